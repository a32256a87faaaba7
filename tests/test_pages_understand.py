"""The pages of the group Understand without a browser, and what they stand on: sums that add up, estimators that run one
by one, an iteration in slow motion that is the real one. (Longer than other files: three pages share the sums that they
are held against.)"""

import inspect
import json
import math
import re
from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
import torch
from components import sent_to, unpacked
from streamlit.testing.v1 import AppTest
from understand import STAGES, normal, toy_bound, toy_log_joint

import vae_core as vc
from aevb_lab import cached
from aevb_lab.figures.bounds import (
    bound_gap,
    estimates_on_one_axis,
    kl_per_dimension,
    posterior_plane,
    redraw_strip,
)
from aevb_lab.figures.gradients import gradient_variance, gradients_of_weights
from aevb_lab.figures.numbers import as_factor, nats, plus_minus
from aevb_lab.session import images as session_images
from aevb_lab.session import progress, slow_motion
from aevb_lab.session.link import TOY_START
from aevb_lab.session.models import load_model
from aevb_lab.session.runs import board
from aevb_lab.shown import estimate_words as words
from aevb_lab.shown import estimates, stages
from aevb_lab.shown.bounds import best_and_worst, in_order, toy_numbers
from aevb_lab.shown.gradients import (
    AT_THE_END,
    arrows_in_words,
    arrows_of,
    conclusion,
    lengths_in_words,
    lowest_curve,
    other_curves,
    packed_iteration,
    same_images,
    why_outside,
)
from aevb_lab.theme import palette
from vae_core import randomness, studies
from vae_core.data.datasets import REPOSITORY
from vae_core.data.minibatches import Minibatches
from vae_core.gradients import measure_gradient
from vae_core.posterior import bound_on_grid, exact_bound, folded_model
from vae_core.studies import estimation
from vae_core.studies.gradient_variance import REPEATS, binary_draw, measure_variances, variance_settings
from vae_core.studies.iterations import SLOW
from vae_core.studies.redrawing import fresh_spread

IMAGE, ALL_COLUMNS = {"bound_chapter": "a real image"}, {"likelihood_columns": "true"}
WITH_SLOW = {"likelihood_slow": "true"}
PAGES = {"bound": "The bound", "likelihood": "Estimating log p(x)", "gradients": "Gradients"}
pytestmark = pytest.mark.filterwarnings("default")  # Streamlit's own, outside a server


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


# -- the sums ----------------------------------------------------------------------------------------------------


def test_bound_on_grid_is_the_analytic_one_for_gaussians():
    """p(x, z) = p(x) N(z; 0.3, 0.5^2), q = N(-0.2, 0.8^2): the gap is the KL between Gaussians."""
    z, h = torch.linspace(-12, 12, 4801, dtype=torch.float64), 24 / 4800
    log_p, log_q = -3.0 + normal(0.3, 0.5).log_prob(z), normal(-0.2, 0.8).log_prob(z)
    bound = bound_on_grid(log_p, log_q, math.log(h))
    gap = math.log(0.5 / 0.8) + (0.8**2 + 0.5**2) / (2 * 0.5**2) - 0.5
    assert float(bound.log_marginal) == pytest.approx(-3.0, abs=1e-9)
    assert float(bound.gap) == pytest.approx(gap, abs=1e-9)
    assert float(bound.elbo) == pytest.approx(-3.0 - gap, abs=1e-9)
    assert abs(float(bound.outside)) < 1e-9


@pytest.mark.parametrize("row", [0, 7])
def test_exact_bound_agrees_with_quadrature_and_with_the_sampled_bound(row):
    """The sampled one within 4.5 of its standard errors: failure rate 1e-5 each."""
    vae, x = vc.load_pretrained("digits-2d"), vc.binarized_test("digits")[row : row + 1]
    bound = exact_bound(vae, x)
    assert float(bound.elbo + bound.gap) == pytest.approx(float(bound.log_marginal), abs=1e-9)
    truth = vc.log_marginal(vae, x, method="quadrature")
    assert float(bound.log_marginal) == pytest.approx(float(truth.mean), abs=1e-3)
    assert abs(float(bound.outside)) < 1e-6 and float(bound.gap) >= 0.0
    draws = vc.elbo(vae, x.expand(4000, -1), generator=generator()).elbo.detach()
    assert abs(float(bound.elbo - draws.mean())) < 4.5 * float(draws.std()) / math.sqrt(4000)
    with pytest.raises(ValueError, match="one image, got 2"):
        exact_bound(vae, x.repeat(2, 1))


def test_the_toys_posterior_has_two_parts_and_its_encoder_chose_one():
    numbers, vae = toy_numbers(cached.toy(), list(TOY_START), list(TOY_START), 0, False), cached.toy_model()
    row = numbers["xs"].index(TOY_START[0])
    encoder = toy_bound(vae, numbers, numbers["xs"][row], *numbers["encoder"][row])
    better = toy_bound(vae, numbers, numbers["xs"][row], 1.2, 0.2)
    assert float(better.elbo) > float(encoder.elbo) + 0.5, "the question has an answer: the encoder can be beaten"
    log_p = toy_log_joint(vae, numbers, numbers["xs"][row])
    inner = log_p[1:-1]
    assert int(((inner > log_p[:-2]) & (inner > log_p[2:]) & (inner > log_p.max() - 4.0)).sum()) == 2
    assert all(not p.requires_grad for name, p in folded_model().named_parameters() if name.startswith("decoder"))


# -- what is measured bit by bit ---------------------------------------------------------------------------------


def test_variances_are_those_of_measure_gradient():
    cached.variances.clear()
    variances = cached.variances("untrained", "L")
    variances.advance(0.0)
    assert variances.repeats == REPEATS and not variances.complete
    first = variance_settings("L")[0]
    vae, images = cached.small_model("untrained"), vc.load_data("digits").x_train
    x = vc.binarize(images, "dynamic", generator=generator(0))
    alone = measure_gradient(vae, x, num_repeats=5, generator=generator(1), **first._asdict())
    assert variances.at(first).mean == alone.total_variance
    assert math.isnan(variances.at(first).std_error), "one measurement has no standard error"
    variances.advance(0.2)
    assert variances.measurements[first][0] == alone.total_variance


def test_slow_motion_is_the_run_itself():
    """Iteration 3 of the page is iteration 3 of `vc.fit`: same minibatch bound, same parameters after it."""
    images = vc.load_data("digits")
    algorithm = vc.AEVB(cached.small_model("untrained"), SLOW)
    run = vc.fit(algorithm, images, state=vc.FitState(SLOW.seed, vc.History("digits", SLOW.binarization)))
    for event in run:
        if event.step == 3:
            break
    iteration = cached.iteration(3)
    assert iteration.mean_elbo == pytest.approx(float(event.info.bound.elbo), abs=1e-5)
    assert (
        iteration.gain == pytest.approx(iteration.mean_elbo_after - iteration.mean_elbo, abs=1e-4)
        and iteration.gain > 0
    )
    assert np.array_equal(iteration.z, iteration.loc + iteration.scale * iteration.eps)
    again = vc.AEVB(cached.small_model("untrained"), SLOW)
    noise, batches = torch.Generator(), Minibatches(images.x_train, "dynamic", 8, 0)
    for step in range(3):
        randomness.seed_stream(noise, 0, "noise", step)
        again.step(batches.draw(step, noise), num_train=1500, generator=noise, step=step, total_steps=1000)
    for name, tensor in algorithm.vae.state_dict().items():
        assert torch.equal(tensor, again.vae.state_dict()[name]), name
    norm = float(next(p.grad.norm() for name, p in again.vae.named_parameters() if name == "decoder.4.weight"))
    assert iteration.gradient_norms["decoder.4.weight"] == pytest.approx(norm, rel=1e-5)


def test_every_stage_shows_one_line_of_the_program():
    assert tuple(stage.name for stage in stages.STAGES) == STAGES
    for stage in stages.STAGES:
        program = inspect.getsource(inspect.getmodule(stage.function))
        assert program.count(stage.line) == 1, f"{stage.line!r} must be one line of {stage.function.__module__}"
        line, number = stages.code_line(stage)
        assert line == program.splitlines()[number - 1].strip() and line.startswith(stage.line)


@pytest.mark.parametrize("image", [1, 6, 33])
def test_the_words_on_arrows_count_those_that_climb(image):
    """Along a right one the bound rises: it is that of the model with the noise that made the arrows, over many draws."""
    _, gradients = cached.single_gradients(image)
    for method in ("outside", "inside"):
        figure, values = arrows_of(image, method, False), getattr(gradients, method)
        right, wrong, mean = figure.data
        count = int((values @ gradients.mean > 0).sum())
        assert (len(right.x) // 3, len(wrong.x) // 3) == (count, cached.ARROWS - count)
        assert f"**Noise {method}: {count} of 20 arrows point the right way.**" == arrows_in_words(gradients, method)
        ends = np.stack([right.x, right.y], 1)[1::3]
        assert np.allclose(np.linalg.norm(ends, axis=1), 1.0) and (ends @ gradients.mean > 0).all()
        assert np.allclose(np.array([mean.x[1], mean.y[1]]) * np.linalg.norm(gradients.mean), gradients.mean, atol=1e-4)
    inside, outside = (np.median(np.linalg.norm(values, axis=1)) for values in (gradients.inside, gradients.outside))
    assert f"about {float(f'{inside / outside:.0e}'):.0f} times as long" in lengths_in_words(gradients)


def test_what_follows_from_the_arrows_is_said_only_where_it_is_seen():
    """Near the best place of an image both ways point everywhere: image 41 has 10 of 20 right outside, and 11 inside."""
    shares = {image: cached.single_gradients(image)[1] for image in (6, 41)}
    assert shares[6].outside_right > 0.95 and 0.45 < shares[6].inside_right < 0.55
    text = why_outside(shares[6])
    assert "99\u00a0%" in text and text.endswith("as often as a coin shows heads. **So we move the noise outside.**")
    assert shares[41].outside_right < 0.7 and "both ways point nearly everywhere" in why_outside(shares[41])
    assert "So we move" not in why_outside(shares[41])


# -- figures -----------------------------------------------------------------------------------------------------


def test_bars_of_the_bound_add_up():
    figure = bound_gap(-90.0, 7.0, 2.0)
    ends = {bar.y[0]: (bar.base[0], bar.base[0] + bar.x[0]) for bar in figure.data}
    assert ends["reconstruction"][1] == -90.0
    assert ends["− KL(q‖p(z))"] == (-90.0, -97.0)
    assert ends["= ELBO"][1] == -97.0
    assert ends["+ KL(q‖p(z|x))"] == (-97.0, -95.0)
    assert ends["= log p(x)"][1] == -95.0
    assert "nats" in figure.layout.xaxis.title.text


def test_estimates_stand_where_they_are_and_point_to_the_truth():
    options = (np.array([-10.0, -30.0, -9.0]), np.array([0.1, 0.2, 0.3]), ["exact", "lower", "upper"])
    figure = estimates_on_one_axis(["a", "b", "c"], *options, [None, 3.0, 50.0], ["text"] * 3, -10.0)
    assert [trace.x[0] for trace in figure.data] == [-10.0, -30.0, -9.0]
    assert [trace.marker.symbol for trace in figure.data] == ["diamond", "triangle-right", "triangle-left"]
    assert figure.data[1].error_x.array[0] == pytest.approx(0.4), "two standard errors"
    near = estimates_on_one_axis(["a", "b", "c"], *options, [None, 3.0, 50.0], ["text"] * 3, -10.0, reach=3.0)
    assert near.data[1].marker.opacity == 0.0 and near.layout.annotations[1].text.startswith("« ")


def test_redraws_join_each_elbo_to_its_own_log_marginal():
    elbo = np.array([-12.0, -11.0, -13.0])
    figure = redraw_strip(["a", "b", "b"], elbo, np.full(3, 0.1), elbo + 1.0)
    gaps = np.array(figure.data[0].x).reshape(3, 3)
    assert np.array_equal(gaps[:, 0], elbo) and np.array_equal(gaps[:, 1], elbo + 1.0)
    assert len(redraw_strip(["a"], elbo[:1], np.zeros(1), None).data) == 1


def test_the_page_says_how_much_chance_moves_the_bound_of_one_image(open_page):
    page = open_page("bound", model="digits-2d", bound_chapter="other pixels")
    redraws = cached.redraws(load_model("digits-2d"), 3)
    spread = fresh_spread(redraws)
    answer = f"**By {spread.high - spread.low:.0f} nats, although the eye sees one image.**"
    assert any(text.value.startswith(answer) for text in page.markdown)
    ordered = in_order(redraws)
    assert [redraw.kind for redraw in ordered[2:]] == [f"draw {number}" for number in range(1, 13)]
    assert [redraw.elbo for redraw in ordered[2:]] == sorted((redraw.elbo for redraw in redraws[2:]), reverse=True)
    grey, best, worst, differs = best_and_worst(
        session_images.require_examples(load_model("digits-2d")).grey[3].numpy(), ordered
    ).values()
    assert np.unique(grey).size > 2
    assert np.array_equal(best, ordered[2].x) and np.array_equal(worst, ordered[-1].x)
    assert np.array_equal(differs > 0, best != worst)
    (strip,) = (chart for chart in charts(page) if "draw 1" in chart["layout"]["yaxis"]["ticktext"])
    assert strip["layout"]["yaxis"]["ticktext"] == [redraw.kind for redraw in ordered]


def test_other_figures_show_the_numbers_they_were_given():
    kl, mean = np.array([0.1, 3.0]), np.array([0.2, 2.0])
    figure = kl_per_dimension(kl, mean, np.array([0.01, 0.02]))
    assert list(figure.data[0].x) == ["z2", "z1"] and list(figure.data[0].y) == [np.float32(3.0), np.float32(0.1)]
    values = {"B": (np.array([4.0, 2.0]), np.array([np.nan, 0.1]))}
    assert list(gradient_variance("L", [1, 2], values).data[0].y) == [4.0, 2.0]
    bars = gradients_of_weights({"encoder 1": 2.0, "decoder 1": -1.0})
    assert [list(bar.x) for bar in bars.data] == [[2.0], [-1.0]] and list(bars.data[1].y) == ["decoder 1"]
    assert bars.layout.xaxis.range[0] == -bars.layout.xaxis.range[1], "falls and rises have the same room"
    loc, scale = np.zeros((2, 2), np.float32), np.ones((2, 2), np.float32)
    axis = np.linspace(-1.0, 1.0, 5)
    plane = posterior_plane(axis, axis, np.eye(5), loc[0], scale[0])
    assert np.array_equal(plane.data[0].z, np.eye(5)) and max(plane.data[2].x) == pytest.approx(2.0)
    names = {note.text: note for note in plane.layout.annotations}
    q, p = (next(note for text, note in names.items() if word in text) for word in ("q(z|x)", "p(z|x)"))
    assert (q.x, q.y) == (0.0, 0.0) and (p.x, p.y) == (-1.0, -1.0) and q.ay > 0.9 and p.ay < -0.9, (
        "one above, one below"
    )
    draws = posterior_plane(axis, axis, np.eye(5), loc[0], scale[0], np.zeros((2, 2)), np.array([0.0, 1.0])).data[1]
    assert draws.marker.size[0] < 5.0 < 30.0 < draws.marker.size[1], "a draw with all of the weight is large"
    assert nats(-1234.5) == "−1,234.50"


# -- pages as scripts --------------------------------------------------------------------------------------------


@pytest.fixture
def open_page(monkeypatch):
    monkeypatch.setattr("aevb_lab.jobs.board.Board.warm", lambda board: None)  # a spare worker costs each test seconds

    def open_(name, **params):
        page = AppTest.from_file("../app/main.py", default_timeout=120)
        for key, value in params.items():
            page.query_params[key] = value
        page.switch_page(f"views/{name}.py").run()
        assert not page.exception, page.exception
        return page

    yield open_
    board().shutdown()
    board.clear()


@pytest.fixture
def no_data(monkeypatch, tmp_path):
    """A machine that has only what the repository and scikit-learn bring."""
    monkeypatch.setattr("vae_core.data.datasets.data_folders", lambda name: [tmp_path / name])
    for cache in (session_images.examples_of, session_images.held_out):
        cache.clear()
    yield
    for cache in (session_images.examples_of, session_images.held_out):
        cache.clear()


def charts(page):
    return [json.loads(chart.proto.spec) for chart in page.get("plotly_chart")]


@pytest.mark.parametrize(("name", "title"), PAGES.items())
def test_every_page_starts_alive(open_page, name, title):
    page = open_page(name, model="digits-2d", draws="100", chains="4", temperatures="50", **IMAGE)
    assert page.title[0].value == title
    assert any("?" in text.value for text in page.markdown[:2]), "a page asks a question"
    assert charts(page) and all(chart["data"] for chart in charts(page))
    assert page.expander[-1].label == "Show the maths"


@pytest.mark.parametrize("name", PAGES)
def test_every_page_lives_without_any_data_set(open_page, no_data, name):
    page = open_page(name, model="frey-2d")
    assert name == "gradients" or "frey_faces" in page.info[0].value


def test_the_bound_of_an_image_adds_up_on_the_page(open_page):
    page = open_page("bound", model="digits-2d", **IMAGE)
    page.number_input(key="bound_image_digits-2d").set_value(9).run()
    words = next(text.value for text in page.markdown if "+ gap" in text.value)
    total, elbo, gap = (float(part.replace("−", "-")) for part in re.findall(r"\*\*([−\d.]+)\*\*", words))
    assert total == pytest.approx(elbo + gap, abs=0.002)
    truth = vc.log_marginal(vc.load_pretrained("digits-2d"), vc.binarized_test("digits")[8:9], method="quadrature")
    assert total == pytest.approx(float(truth.mean), abs=0.002)


def test_each_chapter_of_the_bound_asks_a_question_and_shows_no_other_one(open_page):
    charts_of = {"a toy": 0, "a real image": 1, "other pixels": 1}
    page, questions = open_page("bound", model="digits-2d"), set()
    for chapter, count in charts_of.items():
        page.segmented_control(key="bound_chapter").set_value(chapter).run()
        assert not page.exception and len(charts(page)) == count
        assert ("bound_toy" in [element.proto.component_name for element in page.get("bidi_component")]) == (
            chapter == "a toy"
        )
        questions |= {text.value for text in page.markdown[:1]}
        if count:
            assert page.number_input(key="bound_image_digits-2d").value == (4 if chapter == "a real image" else 9)
            page.number_input(key="bound_image_digits-2d").set_value(9).run()
    assert len(questions) == 3 and all("?**" in question for question in questions)
    page.selectbox(key="model").select("frey-2d").run()
    assert not page.exception and any("grey pixels" in text.value for text in page.info), "where its images are"


def test_what_each_latent_number_costs_is_folded_away_where_the_posterior_is_drawn(open_page):
    link = {"bound_chapter": "a real image"}
    assert len(charts(open_page("bound", model="digits-2d", **link))) == 1
    assert len(charts(open_page("bound", model="digits-2d", bound_costs="true", **link))) == 3
    assert len(charts(open_page("bound", model="mnist-20d", **link))) == 2, "no posterior is drawn"


def test_the_bars_are_those_of_the_visitors_q(open_page):
    close_up, bound = (made(load_model("digits-2d"), 3) for made in (cached.close_up, cached.image_bound))
    own = close_up.best
    page = open_page("bound", model="digits-2d", **IMAGE)
    assert any(
        "bars are of the encoder's q" in text.value and nats(bound.gap, 3) in text.value for text in page.markdown
    )
    q = ",".join(f"{value:.6g}" for value in own.numbers)
    page = open_page("bound", model="digits-2d", q=q, **IMAGE)
    (words,) = [text.value for text in page.markdown if "These bars are" in text.value]
    assert "of your q" in words and f"ELBO **{nats(own.elbo, 3)}**" in words and f"**{nats(own.gap, 3)}** nats" in words
    (chart,) = charts(page)
    assert {bar["y"][0]: bar["x"][0] for bar in chart["data"]}["+ gap"] == pytest.approx(own.gap, abs=1e-3)
    low, high = chart["layout"]["xaxis"]["range"]
    assert low < bound.elbo < own.elbo < own.elbo + own.gap < high
    page = open_page("bound", model="digits-2d", q=q, bound_costs="true", **IMAGE)
    lengths = {bar["y"][0]: bar["x"][0] for bar in charts(page)[1]["data"]}
    assert lengths["+ KL(q‖p(z|x))"] == pytest.approx(own.gap, abs=1e-3)
    assert lengths["− KL(q‖p(z))"] == pytest.approx(-own.kl, abs=1e-3)
    for odd in ("9,9,1,1,0", "0,0,1e-9,1,0", "nan,0,1,1,0", "1,2", "x"):
        page = open_page("bound", model="digits-2d", q=odd, **IMAGE)
        assert not page.exception and any("bars are of the encoder's q" in text.value for text in page.markdown), odd


def test_a_link_from_before_the_chapters_opens_its_image(open_page):
    page = open_page("bound", model="digits-2d", **{"bound_image_digits-2d": "9"})
    assert page.segmented_control(key="bound_chapter").value == "a real image"
    assert page.number_input(key="bound_image_digits-2d").value == 9
    page = open_page("bound", model="digits-2d", bound_chapter="a toy", **{"bound_image_digits-2d": "9"})
    assert page.segmented_control(key="bound_chapter").value == "a toy"


def test_with_many_latent_dimensions_the_bound_page_says_what_it_does_not_know(open_page):
    page = open_page("bound", model="mnist-20d", **IMAGE)
    assert any(
        "log p(x) is about" in text.value and "(adaptive importance sampling" in text.value for text in page.markdown
    )
    assert len(charts(page)[1]["data"][0]["x"]) == 20


def estimates_table(page):
    """The page's table, with the name alone of each estimator."""
    table = page.table[0].value.copy()
    table["estimator"] = [text.split("**")[1] for text in table["estimator"]]
    return table


@pytest.mark.slow
def test_all_pages_say_the_same_of_an_image_and_how_much_it_rests_on(open_page):
    link = {"model": "mnist-20d", "bound_image_mnist-20d": "2", "likelihood_image_mnist-20d": "2", **ALL_COLUMNS}
    table = estimates_table(open_page("likelihood", **link, chains="4", temperatures="50")).set_index("estimator")
    texts = (table["log p(x), nats"][name].replace("−", "-") for name in ("ELBO", "importance, adaptive"))
    printed = [float(part) for text in texts for part in text.split("\u00a0±\u00a0")]
    bound = cached.image_bound(load_model("mnist-20d"), 1)
    numbers = [bound.elbo, bound.elbo_error, bound.log_marginal, bound.log_marginal_error]
    assert numbers == pytest.approx(printed, abs=6e-3)
    assert bound.ess == pytest.approx(float(table["ESS"]["importance, adaptive"].replace(",", "")), abs=0.06)
    words = f"(ESS) {bound.ess:,.0f} of 5,000 draws"
    for page in (
        open_page("bound", **link),
        open_page("latent_map", model="mnist-20d", closer="posterior", map_image="2"),
    ):
        assert any(words in text.value and nats(bound.log_marginal) in text.value for text in page.markdown)
    assert replace(bound, ess=9.9).ess_in_words().endswith(" draws: its ± is too small")
    assert replace(bound, ess=10.1).ess_in_words().endswith("(ESS) 10 of 5,000 draws")


def test_the_page_marks_wrong_pixels_and_says_why_the_picture_at_the_best_place_wins(open_page):
    model = load_model("mnist-2d")
    x, close_up = session_images.require_examples(model).x[66:67], cached.close_up(model, 66)
    places = close_up.encoder.loc, close_up.peak
    encoder, best = (studies.log_likelihood_at(model.vae, x, z) for z in places)
    with torch.no_grad():
        decoded = model.vae.decode(torch.tensor([close_up.encoder.loc]))
        assert encoder == pytest.approx(float(decoded.log_prob(x)), abs=1e-4)
    counts = [int(estimates.wrong_pixels(x[0].numpy(), studies.decoded_at(model.vae, z)).sum()) for z in places]
    assert counts[0] == int((decoded.mean.round() != x).sum()) > counts[1]
    reason = words.why_blurred(encoder, best, tuple(counts))
    assert f"{counts[1]} wrong pixels, not {counts[0]}, and log p(x|z) is {nats(best, 1)} nats" in reason
    assert best > encoder + 20.0 and any(text.value == reason for text in open_page("likelihood").markdown)
    assert words.why_blurred(-90.0, -89.0, (9, 8)) == "" == words.why_blurred(-80.0, -90.0, (9, 8))
    assert words.why_blurred(-90.0, -80.0, (8, 9)) == "", "no reason that its numbers do not show"
    marked = estimates.with_marks(np.full((2, 2), 100, np.uint8), np.array([[True, False], [False, False]]))
    assert tuple(marked[0, 0]) != tuple(marked[0, 1]) == (100, 100, 100)
    with pytest.raises(vc.DataError, match=r"z must have latent_dim \(=2\) numbers, got 3"):
        studies.log_likelihood_at(model.vae, x, (0.0, 0.0, 0.0))


def test_a_factor_of_a_likelihood_is_said_with_few_digits():
    factors = {0.0: "1", 0.7: "2", 3.0: "20", 14.0: "1.2 million", 26.07: "210 billion", 43.5: "10¹⁹"}
    assert [as_factor(size) for size in factors] == list(factors.values())
    assert as_factor(27.63) == "10¹²", "and not 1,000 billion"


@pytest.mark.slow
def test_the_popular_estimator_is_confidently_wrong_on_the_image_set_first(open_page):
    page = open_page("likelihood", model="mnist-2d", **WITH_SLOW)
    verdict = next(text.value for text in page.markdown if "too low" in text.value)
    assert "gives no warning" in verdict
    rows = estimates_table(page)
    assert len(rows) == 8 and rows["estimator"].iloc[0] == "quadrature"
    off = {
        name: float(text.split()[0].replace("−", "-"))
        for name, text in zip(rows["estimator"], rows["off by"], strict=True)
        if text != "exact"
    }
    assert off["importance, encoder"] < -5.0
    faults = [" ".join(text.split()[1:]) for text in rows["off by"]]
    assert (
        faults[list(rows["estimator"]).index("importance, encoder")] == "**✗ lies**" and faults.count("**✗ lies**") == 1
    )
    assert abs(off["App. D, chains resampled"]) < 0.3 and abs(off["importance, adaptive"]) < 0.1
    assert page.number_input(key="likelihood_image_mnist-2d").value == 67
    assert "is a hard one" in page.number_input(key="likelihood_image_mnist-2d").help
    assert verdict.endswith("Its dots lie only where the encoder looks.")
    assert f"**{-off['importance, encoder']:g} nats too low**" in verdict, "the table and the card have one number"
    expected = {
        "chains from the prior": "of its dots lie outside",
        "defensive": "few places decide",
        "adaptive": "**Importance, adaptive: it is right.**",
    }
    for name, sentence in expected.items():
        page.segmented_control(key="likelihood_looks").set_value(name).run()
        assert not page.exception and any(sentence in text.value for text in page.markdown), name


@pytest.mark.slow
@pytest.mark.parametrize("model", ["digits-2d", "frey-2d"])
def test_the_page_explains_no_failure_that_did_not_happen_and_names_the_one_that_did(open_page, model):
    page = open_page("likelihood", model=model, **WITH_SLOW)
    assert "hard" not in page.number_input(key=f"likelihood_image_{model}").help
    verdict = next(text.value for text in page.markdown if "is right here" in text.value)
    assert not any("why" in text.value.lower() for text in [*page.caption, *page.markdown])
    warner = "Wrong: App. D, chains from the prior"
    assert (warner in verdict) == ("but it warns" in verdict) == (model == "frey-2d"), "who warns is no liar, but wrong"
    rows = estimates_table(page)
    prior = rows["off by"][rows["estimator"] == "App. D, chains from the prior"].iloc[0]
    assert (
        bool(re.fullmatch(r"−\d{3}\.\d \*\*✗\xa0wrong, and warns\*\*", prior))
        == (model == "frey-2d")
        == ("**" in prior)
    )


def test_slow_estimators_run_only_when_asked_and_a_pupil_sees_three_columns(open_page, monkeypatch):
    slow = []

    def quick_only(vae, x, estimator, *, seed):
        if estimator.name in estimation.SLOW:
            slow.append(estimator.name)
            raise ValueError("too slow")  # the page says so, and ends here
        return estimation.estimate(vae, x, estimator, seed=seed)

    monkeypatch.setattr(progress, "estimate", quick_only)
    cached.estimates.clear()
    page = open_page("likelihood", model="digits-2d")
    assert slow == []
    verdict = next(text.value for text in page.markdown if "Importance sampling from the encoder" in text.value)
    truth = vc.log_marginal(vc.load_pretrained("digits-2d"), vc.binarized_test("digits")[:1], method="quadrature")
    assert (
        page.table[0].value["log p(x), nats"].iloc[0].startswith(nats(float(truth.mean)))
        and "with an error of ±" in verdict
    )
    table = page.table[0].value
    assert list(table.columns) == ["estimator", "log p(x), nats", "off by"]
    judgements = [" ".join(text.split()[1:]) for text in table["off by"]]
    assert judgements == ["", "a bound", *["✓ right"] * 3] and table["off by"].iloc[0] == "exact"
    looks = page.segmented_control(key="likelihood_looks").options
    assert looks == ["encoder", "defensive", "adaptive"]
    page.toggle(key="likelihood_slow").set_value(True).run()
    table = page.table[0].value
    assert slow == ["App. D, chains from the prior"] and not page.exception
    assert len(table) == 8 and list(table["log p(x), nats"][5:]) == ["…"] * 3, "those that have no answer yet"
    assert len(page.segmented_control(key="likelihood_looks").options) == 6
    assert len(open_page("likelihood", model="digits-2d").table[0].value) == 5
    page = open_page("likelihood", model="digits-2d", **ALL_COLUMNS)
    assert list(page.table[0].value.columns)[:3] == list(table.columns) and len(page.table[0].value.columns) == 8
    cached.estimates.clear()


@pytest.mark.slow
def test_without_a_truth_the_fitted_proposal_is_believed_and_not_the_highest_estimate(open_page):
    page = open_page(
        "likelihood",
        model="mnist-20d",
        chains="4",
        temperatures="50",
        **{"likelihood_image_mnist-20d": "1"},
        **ALL_COLUMNS,
        **WITH_SLOW,
    )
    table = estimates_table(page)
    bounds = table[table["its promise, on average"] == "too low, or right"]
    quiet = bounds[bounds["what it says of itself"] == "nothing to report"]
    adaptive = table["log p(x), nats"][table["estimator"] == "importance, adaptive"].iloc[0]
    mean, error = (float(part.replace("−", "-")) for part in adaptive.split("\u00a0±\u00a0"))
    verdict = next(text.value for text in page.markdown if "Nobody knows" in text.value)
    assert f"**{nats(mean)}{plus_minus(error)}**" in verdict and len(quiet) < len(bounds)
    highest = max(float(text.split("\u00a0")[0].replace("−", "-")) for text in quiet["log p(x), nats"])
    assert highest > mean and nats(highest) not in verdict, "the highest is the luckiest"


def test_slow_motion_explains_each_stage_and_sends_it_to_the_scene(open_page):
    page = open_page("gradients")
    for number, stage in enumerate(STAGES):
        page.segmented_control(key="stage").set_value(stage).run()
        assert not page.exception
        assert any(f": {stage}.**" in text.value for text in page.markdown), stage
        assert page.code and "textcolor{#" in page.latex[0].value
        headings = [text.value for text in page.caption if text.value.startswith("**In ")]
        assert [text.split("**")[1] for text in headings] == ["In symbols", "In the code"], "only who wants to reads on"
        header, _ = sent_to(page, "slow_motion")
        assert (header["number"], header["stage"], header["names"][number]) == (1, number, stage)
    assert {"Mean ELBO before, nats", "Mean ELBO after, nats"} <= {metric.label for metric in page.metric}, (
        "short ones, not cut"
    )
    trace = cached.iteration(1)
    change = f"rose from {nats(trace.mean_elbo)} to {nats(trace.mean_elbo_after)} nats"
    assert trace.gain > 0.0 and any(": Update.**" in text.value and change in text.value for text in page.markdown)
    assert not any("changes little" in text.value for text in page.markdown), "an ELBO can rise by 13 nats"
    assert any("Adam averages a weight's last gradients" in text.value for text in page.markdown)
    weights = trace.steepest
    (table,) = (text.value for text in page.markdown if "| weight |" in text.value)
    assert all(f"| {name} | {nats(weight.gradient, 1, sign=True)} |" in table for name, weight in weights.items())
    page.button(key="slow_jump").click().run()
    assert page.number_input(key="iteration").value == 51 and not page.exception
    assert sent_to(page, "slow_motion")[0]["number"] == 51


def test_three_curves_answer_the_question_with_a_number_and_a_switch_shows_all(open_page):
    def names(page):
        return [curve["name"] for curve in charts(page)[-1]["data"]]  # below the arrows

    page = open_page("gradients")
    assert names(page) == ["noise inside (score function)", "noise inside, with a baseline", "noise outside (B)"]
    variances, points = cached.variances("untrained", "L"), variance_settings("L")
    score, by_noise = (next(point for point in points if point.estimator == name) for name in ("score", "B"))
    times = variances.at(score).mean / variances.at(by_noise).mean
    (text,) = (text.value for text in page.markdown if "With the noise outside (B)" in text.value)
    number = "thousands" if times >= 1000 else "hundreds"
    assert f"as steady as the mean of **{number}** with the noise inside" in text, "digits would change while one reads"
    measured = [text.value for text in page.caption if "easur" in text.value]
    (count,) = measured
    assert count.startswith(f"{variances.repeats} of {progress.MOST_REPEATS} gradients are measured"), "how far it is"
    assert "Measured:" not in count, "a number that changes cannot be read"
    page.toggle(key="variance_all").set_value(True).run()
    assert len(names(page)) == 6 and "noise inside (score function)" not in names(page), (
        "it would press the others together"
    )
    kinds = [
        part.type for part in page.main if part.type == "plotly_chart" or "**STL**" in str(getattr(part, "value", ""))
    ]
    assert kinds[-2:] == ["markdown", "plotly_chart"], "what the curves are stands before the chart"
    assert any("lowest" in text.value and text.value.startswith("**") for text in page.markdown), "and what to see"
    page.segmented_control(key="variance_axis").set_value("M").run()
    assert len(names(page)) == 4, "with one draw, IWAE and DReG are A and STL"


def test_the_exact_number_stands_there_once_nothing_changes_it(open_page, monkeypatch):
    monkeypatch.setattr(progress, "MOST_REPEATS", 5)
    page = open_page("gradients", variance_axis="minibatch size M")
    assert any(text.value.startswith("Measured: ") for text in page.caption)


def measured(heights, error=0.02):
    """Variances against M as if 100 gradients had been measured at each point: each curve at one height."""
    points = variance_settings("M")
    values = {
        point: heights[point.estimator] * (1.0 + error * np.sqrt(19) * np.resize([-1.0, 1.0], 20)) for point in points
    }
    return progress.Variances({point: list(value) for point, value in values.items()}, iter(()))


def test_the_lowest_curve_is_named_and_those_that_cannot_be_told_from_it():
    heights = {"score": 9000.0, "score-baseline": 40.0, "A": 20.0, "B": 10.0, "STL": 5.0}
    place = "**At the right end (M\u00a0=\u00a0100), "
    assert lowest_curve(measured(heights), "M").startswith(
        f'{place}"noise outside, shortened (STL)" is the lowest: about 2.0 times as steady as "noise outside (B)".**'
    )
    alike = lowest_curve(measured(heights | {"STL": 10.2, "A": 10.3}), "M")
    assert alike.startswith(f"{place}A, B and STL are the lowest, at about the same height.**")
    assert 'B is about 4 times as steady as "noise inside, with a baseline"' in alike
    few = progress.Variances({point: [1.0, 2.0] for point in variance_settings("M")}, iter(()))
    assert "after 100 gradients at each point. So far: 10." in lowest_curve(few, "M")
    unsure = lowest_curve(measured(heights | {"B": 20.0}, error=0.2), "M")
    assert '(STL)" is the lowest: several times as steady as "noise outside (B)".' in unsure, (
        "no digits while their error is large"
    )
    assert "chance may decide" in lowest_curve(measured(heights, error=0.4), "M"), "4 times as high is never near"


def test_where_trained_curves_end_is_said_once_it_is_measured():
    ends = {"score": 9000.0, "score-baseline": 40.0, "A": 10.0, "B": 10.2, "STL": 5.0}
    assert other_curves(measured(ends), "M", "trained").endswith(AT_THE_END)
    assert AT_THE_END not in other_curves(measured(ends), "M", "untrained")
    assert AT_THE_END not in other_curves(measured(ends | {"A": 20.0}), "M", "trained")
    assert AT_THE_END not in other_curves(measured(ends | {"STL": 10.1}), "M", "trained")
    few = measured(ends)
    few = progress.Variances({point: values[:8] for point, values in few.measurements.items()}, iter(()))
    assert AT_THE_END not in other_curves(few, "M", "trained") and "So far: 40." in lowest_curve(few, "M")


def test_numbers_are_said_once_nothing_changes_them():
    few = measured({"score": 24000.0, "score-baseline": 90.0, "A": 10.0, "B": 10.0, "STL": 5.0})
    assert "the mean of **thousands** with" in conclusion(few, "M") and "far fewer are enough" in conclusion(few, "M")
    all_of_them = progress.Variances({point: 4 * values for point, values in few.measurements.items()}, iter(()))
    text = conclusion(all_of_them, "M")
    assert "the mean of **about 2,400** with" in text and "about 9 are enough" in text


@pytest.mark.slow
def test_with_trained_weights_a_and_b_end_at_about_the_same_height_and_stl_below_both():
    points = [point for point in variance_settings("L") if point.estimator in ("A", "B", "STL")]
    x = binary_draw(cached.dataset("digits").x_train)
    values = {point: [] for point in points}
    for measurement in islice(measure_variances(cached.small_model("trained"), x, points), 100 * len(points)):
        values[measurement.setting].append(measurement.total_variance)
    heights = {
        name: np.array([np.mean(values[point]) for point in points if point.estimator == name])
        for name in ("A", "B", "STL")
    }
    assert 0.85 < np.exp(np.log(heights["B"] / heights["A"]).mean()) < 1.15
    assert (heights["STL"] < 0.9 * np.minimum(heights["A"], heights["B"])).all()


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ([1, 3], (1, "Code z")),
        ([2, 0], (2, "Minibatch")),
        ([1000, 7], (1000, "Update")),
        ([1001, 0], (7, "KL")),  # there is none
        ([0, 7], (7, "KL")),
        ([1, 8], (7, "KL")),
        ([1, -1], (7, "KL")),
        (None, (7, "KL")),
    ],
)
def test_the_page_follows_the_scene_to_places_that_there_are(monkeypatch, at, expected):
    state = {"iteration": 7, "stage": "KL", slow_motion.SCENE: {"at": at}}
    monkeypatch.setattr(slow_motion.st, "session_state", state)
    slow_motion.follow_scene(STAGES, 1000)
    assert (state["iteration"], state["stage"]) == expected


def test_the_same_images_show_what_has_become_better(open_page):
    trace, start = cached.iteration(51), cached.iteration(1)
    assert np.array_equal(trace.first.x, start.x) and not np.array_equal(trace.x, start.x)
    assert np.allclose(start.first.elbo, start.elbo) and np.allclose(start.first.decoded, start.decoded)
    assert trace.first.elbo.mean() > start.elbo.mean() + 10.0
    picture = same_images(start.first, trace.first)
    assert picture.shape == (6 * 26, 6 * 71) and not np.array_equal(picture[6 * 9 : 6 * 17], picture[6 * 18 :])

    def line(page):
        texts = [text.value for text in page.markdown if "of iteration 1 again" in text.value]
        return texts[0].split("**")[1] if texts else None

    page = open_page("gradients", stage="KL")
    assert line(page) is None, "at iteration 1 there is nothing to compare"
    start_elbo, later = (nats(float(trace.first.elbo.mean()), 1) for trace in (start, trace))
    page.button(key="slow_jump").click().run()
    assert line(page) == f"Iteration 1: {start_elbo}, 51: {later} nats"
    page.button(key="slow_jump").click().run()
    assert line(page).startswith(f"Iteration 1: {start_elbo}, 51: {later}, 101: ")


def test_only_the_last_iterations_that_were_seen_are_in_one_line(monkeypatch):
    monkeypatch.setattr(slow_motion.st, "session_state", {})
    for number in (9, 2, 3, 4, 5, 6, 2, 7):
        elbos = slow_motion.visited(number, -float(number))
    assert list(elbos.items()) == [(2, -2.0), (3, -3.0), (4, -4.0), (5, -5.0), (6, -6.0), (7, -7.0)]


@pytest.mark.parametrize("dark", [False, True])
def test_the_scene_has_the_iterations_own_numbers_and_the_colours_of_the_app(dark):
    trace = cached.iteration(3)
    header, arrays = unpacked(packed_iteration(trace, 3, 4, stages=STAGES, last=1000, dark=dark))
    first, _ = unpacked(packed_iteration(cached.iteration(1), 1, 4, stages=STAGES, last=1000, dark=dark))
    assert header["deepest"] == first["deepest"], "on one scale, shorter bars are better images"
    for name in ("loc", "scale", "eps", "z", "recon_log_lik", "kl", "elbo_after"):
        assert np.array_equal(arrays[name], getattr(trace, name)), name
    assert np.array_equal(arrays["x"], 255 * trace.x.astype(np.uint8)) and arrays["decoded"].shape == (8, 64)
    assert np.allclose(arrays["z"], arrays["loc"] + arrays["scale"] * arrays["eps"], atol=1e-6)
    assert header["reach"] >= max(np.abs(arrays[name]).max() for name in ("z", "eps", "loc"))
    assert header["deepest"] >= (arrays["kl"] - arrays["recon_log_lik"]).max()
    colours = palette(dark)
    assert header["colours"]["data"] == colours.data and header["colours"]["decoder"] == colours.decoder
    equations = "".join(re.findall(r'r"(.*)"', (REPOSITORY / "app" / "shown" / "stages.py").read_text()))
    for letter in "XQZPE":
        assert f"\\{letter}{{" in equations, "each part of the model has its colour in some equation"


def test_a_link_from_before_the_fourth_stage_had_words_still_shows_it(open_page):
    page = open_page("gradients", stage="z = g(ε, x)")
    assert page.segmented_control(key="stage").value == "Code z"
    assert open_page("gradients", stage="nonsense").segmented_control(key="stage").value == "Minibatch"
