"""Paths: what each of its views shows is what vae_core computes, for every model. (Longer than other files: the page has four views.)"""

import base64
import json
import math
import re
from dataclasses import replace

import numpy as np
import pytest
import torch
from components import sent_to
from streamlit.testing.v1 import AppTest

import vae_core as vc
from aevb_lab import cached, next_steps
from aevb_lab.figures.numbers import percent
from aevb_lab.figures.pictures import enlarge, film_strips, picture_uri, to_bytes
from aevb_lab.session import marked
from aevb_lab.session import paths as session_paths
from aevb_lab.session.images import examples_for
from aevb_lab.session.models import load_model
from aevb_lab.session.runs import board
from aevb_lab.shown.path_words import dimension, drawn_at_random, numbers_of_dimensions, what_numbers_change
from aevb_lab.shown.paths import (
    between_in_words,
    clear_classes,
    drawn_beside_similar,
    names_along,
    random_z_on_plane,
    strangest,
)
from aevb_lab.shown.repair import names_of_likely
from vae_core import latent, representation, studies
from vae_core.distributions import kl_per_dim
from vae_core.studies import paths
from vae_core.studies.planes import SUBSCRIPTS

VIEWS = {  # and what is said on it alone
    "a path": "Mean of p(x|z) at each step",
    "each dimension": "Both change which digit it is",
    "prior samples": "draws z of the prior",
    "q(z) beside the prior": "the even mixture",
}
QUESTIONS = {
    "a path": "Is every image in between a digit?",
    "each dimension": "What does each latent number change?",
    "prior samples": "Which of these could not be real images?",
    "q(z) beside the prior": "Does every random z draw a picture like a real one?",
}
pytestmark = pytest.mark.filterwarnings("default")  # Streamlit's own, outside a server


@pytest.fixture
def open_paths(monkeypatch):
    monkeypatch.setattr("aevb_lab.jobs.board.Board.warm", lambda board: None)  # a spare worker costs each test seconds

    def open_(model, **params):
        page = AppTest.from_file("../app/main.py", default_timeout=120)
        for key, value in {"model": model, **params}.items():
            page.query_params[key] = value
        page.switch_page("views/paths.py").run()
        assert not page.exception, page.exception
        return page

    yield open_
    board().shutdown()
    board.clear()


def chart(page):
    return json.loads(page.get("plotly_chart")[0].proto.spec)


def column(trace, axis):
    return np.frombuffer(base64.b64decode(trace[axis]["bdata"]), trace[axis]["dtype"])


def texts(page):
    return " ".join(element.value for element in [*page.markdown, *page.caption])


@pytest.mark.parametrize(("view", "title"), VIEWS.items())
def test_each_view_shows_a_model_of_two_dimensions_and_no_other_view(open_paths, view, title):
    page = open_paths("digits-2d", paths_view=view)
    assert not page.error
    assert [text for text in VIEWS.values() if text in texts(page)] == [title]
    questions = [text.value for text in page.markdown if "?**" in text.value]
    assert len(questions) == 1 and QUESTIONS[view] in questions[0], "one question a view"


def test_a_link_restores_the_images_at_the_ends_unless_there_are_none_such(open_paths):
    rows = [torch.nonzero(vc.load_data("digits").y_test == digit)[:, 0].tolist() for digit in range(10)]
    for link, (a, b) in (
        ({"class_A": "3", "image_A": "2", "class_B": "5", "image_B": "9"}, (rows[3][1], rows[5][8])),
        ({"class_A": "x", "image_A": "99", "class_B": "0", "image_B": "99"}, (rows[1][0], rows[0][0])),
    ):
        page = open_paths("digits-2d", **{f"path_{name}_digits": value for name, value in link.items()})
        assert f"from A, test image {a + 1}, to B, test image {b + 1}." in texts(page)


def test_the_page_counts_the_images_in_between_that_look_like_one_digit(open_paths):
    page = open_paths("mnist-2d")
    (answer,) = [text.value for text in page.markdown if "images in between" in text.value]
    model = load_model("mnist-2d")
    _, arrays = sent_to(page, "path_player")
    names = names_of_likely(model, arrays["steps"][1:-1].astype(np.float32))
    assert (
        answer == between_in_words(names, "digit", listed=False) and answer.startswith("**") and "one digit" in answer
    )
    (below,) = [text.value for text in page.get("html") if 'class="below-strip"' in text.value]
    assert re.findall("<span>(.*?)</span>", below) == ["A", *("/".join(name) or "?" for name in names), "B"]
    (chart_fold,) = [fold for fold in page.expander if fold.label == "More about the path"]
    assert len(chart_fold.get("plotly_chart")) == 1 and not chart_fold.proto.expanded


def test_the_images_in_between_are_counted_in_words():
    single, double, unclear = ("1",), ("4", "9"), ()
    assert between_in_words([single, ("9",), single], "digit", listed=True) == (
        "**Yes: all 3 images in between look like one digit.** From left to right: 1, 9, 1."
    )
    assert between_in_words([single, double, unclear, unclear], "class", listed=True) == (
        "**For 1 of the 4 images in between, the most similar real images agree on one class.** From left to right: 1, 4 or 9, ?, ?. A ? stands for more than two classes."
    )
    assert between_in_words([single], "digit", listed=False) == "**Yes: the image in between looks like one digit.**"
    assert between_in_words([double, double], "digit", listed=False) == (
        "**No: none of the 2 images in between look like one digit.**"
    )
    assert between_in_words([single, double, unclear], "digit", listed=False) == (
        "**No: 1 of the 3 images in between looks like one digit, the others like two or more.** A ? stands for more than two digits."
    )
    assert between_in_words([unclear], "class", listed=False).endswith(
        "one class.** A ? stands for more than two classes."
    )


def test_a_path_between_points_has_their_coordinates_and_distances(open_paths):
    page = open_paths("digits-2d", path_ends="points")
    page.text_input(key="path_point_A").set_value("0.5, −1").run()
    page.text_input(key="path_point_B").set_value("2").run()
    _, arrays = sent_to(page, "path_player")
    drawn = arrays["steps"]
    assert np.allclose(drawn, np.linspace([0.5, -1.0], [2.0, 0.0], 12), atol=1e-6)
    z = torch.tensor(drawn)
    expected = torch.linalg.vector_norm(z, dim=1).numpy()
    assert np.allclose(column(chart(page)["data"][0], "y"), expected, atol=1e-5)


@pytest.mark.parametrize(("text", "words"), [("1, 2, 3", "2 dimensions"), ("1; 2", "commas"), ("nan", "between")])
def test_a_point_that_is_none_is_explained(open_paths, text, words):
    page = open_paths("digits-2d", path_ends="points")
    page.text_input(key="path_point_B").set_value(text).run()
    assert words in page.error[0].value and not page.get("plotly_chart")


def test_a_spherical_path_is_offered_beyond_two_dimensions_only(open_paths):
    assert not any(box.key == "path_shape" for box in open_paths("digits-2d").selectbox)
    page = open_paths("mnist-20d")
    straight = column(chart(page)["data"][0], "y")
    page.selectbox(key="path_shape").select("spherical").run()
    spherical = column(chart(page)["data"][0], "y")
    assert spherical[[0, -1]] == pytest.approx(straight[[0, -1]], abs=1e-4)
    assert spherical[5] > straight[5] + 1.0, "the straight path comes nearer to the origin"
    page = open_paths("mnist-20d", path_ends="points", path_shape="spherical")
    page.text_input(key="path_point_B").set_value("2, -1").run()
    assert "straight" in page.error[0].value, "opposite points"


def test_dimensions_are_ordered_by_their_kl_and_the_dead_are_marked(open_paths):
    page = open_paths("mnist-20d", paths_view="each dimension")
    model = load_model("mnist-20d")
    with torch.no_grad():
        q = model.vae.encode(examples_for(model).x)
    kl, variance = kl_per_dim(q).mean(0), q.mean.var(0)
    rows = [text.value.replace("*", "") for text in page.markdown if text.value.startswith("**z")]
    expected = [int(dim) for dim in kl.argsort(descending=True)]
    assert [re.match(r"z([₀-₉]+)", row)[1] for row in rows] == [str(dim + 1).translate(SUBSCRIPTS) for dim in expected]
    assert [f"KL {kl[dim]:.2f}" in row for dim, row in zip(expected, rows, strict=True)] == [True] * 20
    assert ["dead" in row for row in rows] == [not variance[dim] > 0.01 for dim in expected]
    assert f"**{int((variance > 0.01).sum())} of 20**" in texts(page)
    (table,) = (text.value for text in page.markdown if "| variance of the mean |" in text.value)
    assert all(f"| {variance[dim]:.2g} | {'active' if variance[dim] > 0.01 else 'dead'} |" in table for dim in expected)


def test_nobody_is_sent_to_the_view_that_is_on_screen(monkeypatch):
    samples, mixture = "prior samples", "q(z) beside the prior"
    for view, expected in ((None, samples), (samples, mixture), (mixture, samples)):
        monkeypatch.setattr(next_steps.st, "query_params", {} if view is None else {"paths_view": view})
        step = next_steps.next_step("paths")
        assert step is not None and step.link == {"paths_view": expected}


def test_samples_are_the_models_own_and_a_seed_gives_them_again(open_paths):
    model = load_model("digits-2d")
    z, x = vc.simulate(model.vae, 5, generator=torch.Generator().manual_seed(3))
    samples = paths.prior_samples(model.vae, 5, seed=3)
    assert np.array_equal(samples.draws, x.numpy())
    assert np.array_equal(samples.means, latent.decoded_means(model.vae, z).numpy())
    assert "seed 3" in texts(open_paths("digits-2d", paths_view="prior samples", samples_seed="3"))


def test_a_press_marks_a_draw_and_the_page_counts_marks_beside_holes(open_paths):
    """Marks belong to these draws: with another seed there are none, and they are back with the first one."""
    page, key = open_paths("digits-2d", paths_view="prior samples"), load_model("digits-2d").key[:8]
    assert "You pressed **none of 40** yet." in texts(page) and "holes" not in texts(page)
    page.toggle(key="samples_compare").set_value(True).run()
    assert "yet. The computer answers after your first press." in texts(page)
    page = open_paths("digits-2d", paths_view="prior samples", marked=f"{key},0,3,39")
    assert sent_to(page, "thumbnails")[0]["framed"] == [] and "compare with the computer" in texts(page)
    assert "The computer frames" not in texts(page), "first the visitor looks for all"
    page.toggle(key="samples_compare").set_value(True).run()
    header, arrays = sent_to(page, "thumbnails")
    assert header["pressed"] == [3, 39] and header["mark"] == "✗" and not any(header["gallery"])
    model, strange = load_model("digits-2d"), cached.holes((load_model("digits-2d"),))[0]
    drawn = studies.prior_samples(model.vae, 40, seed=0)
    pictures = latent.decoded_means(model.vae, torch.from_numpy(strange.codes)).numpy()
    distances = np.linalg.norm(drawn.means[:, None] - pictures, axis=2).min(1)
    assert header["framed"] == np.flatnonzero(distances > strange.limit).tolist()
    assert f"You pressed **2 of 40**. The computer frames **{len(header['framed']) or 'none'}**" in texts(page)
    assert f"**{percent(strange.share, 1, error=strange.share_error)}**" in texts(page)
    assert ("Why the frames?" in texts(page)) == bool(header["framed"])
    assert not header["framed"] and "Why not yours?" in texts(page)
    page.number_input(key="samples_seed").set_value(1).run()
    assert "You pressed **none of 40** yet." in texts(page)
    page.number_input(key="samples_seed").set_value(0).run()
    assert "You pressed **2 of 40**" in texts(page) and page.query_params["marked"] == f"{key},0,3,39"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "3e513c25",
        "3e513c25,0",
        "3e513c25,0,40",
        "3e513c25,-1,3",
        "3e5,0,1",
        "3e513c25,0,1.5",
        "3e513c25,0," + "1," * 60,
    ],
)
def test_marks_that_no_press_makes_count_as_none(open_paths, text):
    page = open_paths("digits-2d", paths_view="prior samples", marked=text)
    assert not page.exception and "You pressed **none of 40** yet." in texts(page)


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (0.003, "**Nearly: only 0.3\xa0±\xa00.1\xa0% of random z draw a picture unlike every real one.**"),
        (0.077, "**Not every one: 7.7\xa0±\xa00.1\xa0% of random z draw a picture"),
        (0.499, "**No: 49.9\xa0±\xa00.1\xa0% of random z draw a picture"),
    ],
)
def test_the_first_words_on_q_say_which_share_of_random_z_draws_what_is_like_no_real_image(share, words):
    mixture = cached.aggregate(load_model("digits-2d"))
    strange = np.zeros(100, bool)
    assert drawn_at_random(share, 0.001, mixture, strange).startswith(words)
    assert drawn_at_random(share, 0.001, mixture, strange).endswith("every real one.**")
    far = np.arange(100) < 3
    for rows, ending in (
        (far, "All 3 × lie outside all of them."),
        (np.arange(100) < 2, "Both × lie outside all of them."),
        (np.arange(100) < 1, "The × lies outside all of them."),
        (np.arange(100) < 5, "3 of the 5 × lie outside all of them."),
        (np.arange(100) > 95, "None of the 4 × lies outside all of them."),
    ):
        assert drawn_at_random(share, 0.001, replace(mixture, is_far=far), rows).endswith(f" {ending}")


def test_the_strangest_draws_stand_above_the_pictures_most_like_them():
    model = load_model("digits-ae")
    compared, (measured,) = cached.compared_draws(model, 40, 0), cached.holes((model,))
    pictures = latent.decoded_means(model.vae, torch.from_numpy(measured.codes)).numpy()
    distances = np.linalg.norm(compared.pictures[:, None] - pictures, axis=2)
    assert np.allclose(compared.pictures, cached.prior_samples(model, 40, 0).means)
    assert np.allclose(compared.similar, pictures[distances.argmin(1)])
    assert compared.strangeness == pytest.approx(distances.min(1) / measured.limit, abs=2e-4)
    assert compared.in_holes == tuple(np.flatnonzero(compared.strangeness > 1.0)) and len(compared.in_holes) > 8
    strip = strangest(compared, compared.in_holes, (8, 8))
    assert strip.shape == (4 * (3 * 8 + 2 * 2), 4 * (8 * 8 + 7 * 2)), "three rows of eight"
    first = int(compared.strangeness.argmax())
    assert np.array_equal(strip[: 4 * 8 : 4, : 4 * 8 : 4], to_bytes(compared.pictures[first]).reshape(8, 8))
    assert np.array_equal(strip[4 * 10 : 4 * 18 : 4, : 4 * 8 : 4], to_bytes(compared.similar[first]).reshape(8, 8))


def test_marks_of_other_draws_are_kept_while_the_visitor_looks_elsewhere(monkeypatch):
    key, state, link = load_model("digits-2d").key, {}, {}
    monkeypatch.setattr("streamlit.session_state", state)
    monkeypatch.setattr("streamlit.query_params", link)
    for seed, rows in ((0, [3, 5]), (1, [7])):
        state[marked.GALLERY] = {"marked": {"of": f"{key} 40 {seed} True", "rows": rows}}
        marked.keep_marks(key, seed)
    assert link["marked"] == f"{key[:8]},1,7"
    marked.keep_marks(key, 2)
    assert marked.marked_rows(key, 2) == (), "a press on the draws before belongs to them"
    assert marked.marked_rows(key, 0) == (3, 5) and link["marked"] == f"{key[:8]},0,3,5"
    assert marked.marked_rows(key, 1) == (7,) and marked.marked_rows("0" * 8, 0) == ()
    for seed in range(2, 2 * marked.MOST_OTHERS):
        state[marked.GALLERY] = {"marked": {"of": f"{key} 40 {seed} True", "rows": [seed % 40]}}
        marked.keep_marks(key, seed)
    assert marked.marked_rows(key, 0) == () and marked.marked_rows(key, 2 * marked.MOST_OTHERS - 2) != ()


def test_where_hardly_two_codes_overlap_the_page_does_not_count_codes(open_paths):
    """With 20 latent numbers each draw is far from all codes: "100 of 100" would say nothing of the model."""
    page, model = open_paths("mnist-20d", paths_view="q(z) beside the prior"), load_model("mnist-20d")
    share = cached.holes((model,))[0]
    assert cached.aggregate(model).empty_share > 0.95 and not page.metric
    assert "The map shows 2 of 20 latent numbers" in texts(page) and "has its code near" not in texts(page)
    assert f"**Nearly: only {percent(share.share, 1, error=share.share_error)}** of random z" in texts(page).replace(
        "\xa0% of", "\xa0%** of"
    )
    narrow = open_paths("digits-ae", paths_view="q(z) beside the prior")
    assert re.fullmatch("95\u00a0% of random z, [0-9]+\u00a0% of codes", chart(narrow)["data"][1]["name"]), (
        "the two differ"
    )
    assert "each q(z|x) is narrow" in texts(narrow) and "The map shows 2 of" not in texts(narrow)
    page, mixture = open_paths("emoji-2d", paths_view="q(z) beside the prior"), cached.aggregate(load_model("emoji-2d"))
    assert mixture.near_limit and "× lie outside all of them." in texts(page)
    assert "nothing of the model" in texts(page) and len(page.metric) == 1


def test_without_a_measure_of_holes_all_else_is_shown(open_paths, monkeypatch):
    def fail(models):
        raise ArithmeticError("the pictures of the model's codes must be finite")

    monkeypatch.setattr("aevb_lab.cached.holes", fail)
    mark = f"{load_model('digits-2d').key[:8]},0,3"
    page = open_paths("digits-2d", paths_view="prior samples", marked=mark, samples_compare="true")
    assert "You pressed **1 of 40**." in texts(page) and not page.error and "holes" not in texts(page)
    page = open_paths("digits-2d", paths_view="q(z) beside the prior")
    assert len(page.metric) == 1 and not page.error and "×" not in texts(page)
    assert chart(page)["data"][2]["name"] == "random z" and "customdata" not in chart(page)["data"][3], (
        "the ring follows"
    )


def test_with_one_image_nobody_knows_which_dimensions_are_dead():
    single = paths.dimensions(
        load_model("digits-2d").vae, examples_for(load_model("digits-2d")).x[:1], np.zeros(2, np.float32)
    )
    assert np.isnan(single.kl_error).all() and "dead" not in "".join(dimension(single, number) for number in range(2))
    assert (
        "| undefined | undefined |" in numbers_of_dimensions(single)
        and "dead |" not in numbers_of_dimensions(single).split("\n", 2)[2]
    )


def test_each_latent_number_says_which_digits_it_goes_through():
    model = load_model("mnist-20d")
    z = paths.encoded_point(model.vae, examples_for(model).x[4])
    use = paths.dimensions(model.vae, examples_for(model).x, z)
    classes = [clear_classes(names) for names in names_along(model, use)]
    for names, number in list(zip(classes, use.order, strict=True))[:3]:
        points = np.tile(z, (11, 1))
        points[:, number] = paths.TRAVERSED
        own = [name for name, *others in filter(None, names_of_likely(model, points)) if not others]
        expected = list(dict.fromkeys(own))
        assert names == (expected if len(expected) > 1 or len(own) == 11 else [])
    assert sum(len(names) > 1 for names in classes) > 5
    text = what_numbers_change(use, [["4", "9"]] * 12 + [["4"]] * 7 + [[]], "this image")
    assert text.startswith(
        "**From this image, 12 of 20 latent numbers clearly change which digit it is.** The costliest comes first."
    )
    text = what_numbers_change(use, [["4"]] * 20, "the origin")
    assert text.startswith("**From the origin, none of 20 latent numbers clearly changes which digit it is.** ")
    assert what_numbers_change(use, [["4", "9"]] * 20, "this image").startswith("**Each changes which digit it is.**")
    assert what_numbers_change(use, [[]] * 20, "this image").startswith("**20 of 20** latent numbers are active")
    assert dimension(use, 0, ["4", "9*"]).startswith(r"**z₁: 4, 9\*.** KL ")
    assert dimension(use, 0, ["4"]).startswith("**z₁** keeps 4. KL ") and dimension(use, 0).startswith("**z₁**. KL ")


def test_the_mixture_is_that_of_the_test_images_and_its_numbers_add_up(open_paths):
    page = open_paths("digits-2d", paths_view="q(z) beside the prior")
    model = load_model("digits-2d")
    mixture = cached.aggregate(model)
    x = examples_for(model).x
    split = representation.split_information(model.vae, x, num_samples=20, generator=torch.Generator().manual_seed(9))
    assert mixture.marginal_kl == pytest.approx(split.marginal_kl, abs=5 * mixture.marginal_kl_error + 0.01)
    assert mixture.mean_kl == pytest.approx(mixture.information + mixture.marginal_kl)
    assert 0.97 < mixture.masses.sum() <= 1.0
    assert mixture.outside == pytest.approx(1.0 - mixture.masses.sum()) and mixture.information_limit == math.log(297)
    assert not mixture.near_limit and replace(mixture, information=math.log(297) - 0.9).near_limit
    assert any(f"(at most log 297 = {math.log(297):.2f})" in text.value for text in page.markdown)
    assert mixture.floor == pytest.approx(mixture.mean_kl - math.log(297)) and mixture.marginal_kl >= mixture.floor
    assert percent(mixture.empty_share, 1, error=mixture.empty_error) in texts(page) and mixture.empty_share < 0.01
    assert "With more of them it would be smaller." in texts(page) and "nothing of the model" not in texts(page)
    middles = 0.5 * (mixture.edges[1:] + mixture.edges[:-1])
    radius = paths.usual_radius(2)[-1]
    inside = sum(
        mixture.masses[i, j] for i in range(64) for j in range(64) if math.hypot(middles[i], middles[j]) < radius
    )
    assert mixture.share_within(radius) == pytest.approx(inside, abs=1e-5)
    assert chart(page)["data"][1]["name"] == "95\u00a0% of random z" and abs(inside - 0.95) < 0.05, "no word of codes"
    with pytest.raises(ValueError, match="masses must be those of a plane"):
        replace(mixture, masses=None).share_within(radius)
    assert any(f" {100 * mixture.outside:.1f}\u00a0% of q(z) lies outside" in caption.value for caption in page.caption)
    assert page.metric[0].value == f"{mixture.marginal_kl:.3f} ± {mixture.marginal_kl_error:.3f}"
    heat = chart(page)["data"][0]
    drawn = column(heat, "z")
    assert np.allclose(drawn.reshape(mixture.masses.shape) ** 2, mixture.masses / mixture.masses.max(), atol=1e-5)


def test_random_z_with_a_picture_unlike_every_real_one_are_crosses_and_stand_above_the_one_most_like_it():
    model = load_model("mnist-2d")
    mixture, measured, compared = cached.aggregate(model), cached.holes((model,))[0], cached.compared_random(model)
    q = model.vae.encode(examples_for(model).x).base_dist
    reach = ((torch.from_numpy(mixture.z)[:, None] - q.loc) / q.scale).square().sum(2).amin(1).sqrt()
    assert mixture.z.shape == (100, 2) and np.array_equal(mixture.is_far, (reach > 3.0).numpy())
    real = latent.decoded_means(model.vae, torch.from_numpy(measured.codes)).numpy()
    distances = np.linalg.norm(mixture.pictures[:, None] - real, axis=2)
    is_strange = distances.min(1) > measured.limit
    assert np.array_equal(is_strange, compared.strangeness > 1.0) and is_strange.sum() == 4
    places = cached.plane(model).place(mixture.z)
    figure = random_z_on_plane(model, is_strange, 0, False)
    _, circle, near, far, ring = figure.data
    assert np.array_equal(np.column_stack([far.x, far.y]), places[is_strange]) and far.marker.symbol == "x"
    assert np.array_equal(np.column_stack([near.x, near.y]), places[~is_strange])
    assert np.array_equal(np.column_stack([ring.x, ring.y]), places[:1])
    assert 1.0 - np.exp(-(np.hypot(circle.x, circle.y) ** 2) / 2.0) == pytest.approx(0.95)
    by_strangeness = np.argsort(-distances.min(1))[:4]
    for strange, rows in ((True, by_strangeness), (False, np.flatnonzero(~is_strange)[:6])):
        pairs = np.stack([mixture.pictures[rows], real[distances.argmin(1)[rows]]])
        strips = enlarge(film_strips([*pairs, *([np.abs(pairs[0] - pairs[1])] if strange else [])], (28, 28), gap=1), 2)
        assert drawn_beside_similar(model, is_strange=strange) == picture_uri(strips)


def test_two_presses_on_names_choose_the_ends_and_one_saves_the_film(open_paths):
    page = open_paths("digits-2d")
    for end, name in (("A", "4"), ("B", "9")):
        page.segmented_control(key=f"path_class_{end}_digits").set_value(name).run()
    labels = vc.load_data("digits").y_test
    first = [int(torch.nonzero(labels == digit)[0]) + 1 for digit in (4, 9)]
    assert f"from A, test image {first[0]}, to B, test image {first[1]}." in texts(page)
    (button,) = [element.proto for element in page.get("download_button") if element.proto.id.endswith("path_gif")]
    assert button.label == "Save the film as a GIF"


@pytest.mark.parametrize("labelled", [True, False])
def test_an_end_that_is_moved_becomes_the_nearest_image(monkeypatch, labelled):
    model = load_model("digits-2d")
    plane, examples = cached.plane(model), examples_for(model)
    if not labelled:
        examples = replace(examples, labels=None, class_names=())
    row = 17
    state = {"path_player": {"ends": {"B": [*map(float, plane.points[row])]}}}
    monkeypatch.setattr(session_paths.st, "session_state", state)
    session_paths.move_end_to_image(plane, examples, "digits")
    end = "B"
    if not labelled:
        assert state[f"path_image_{end}_digits"] == row + 1
        return
    of_class = np.flatnonzero(examples.labels == examples.labels[row])
    assert state[f"path_class_{end}_digits"] == examples.class_names[examples.labels[row]]
    assert of_class[state[f"path_image_{end}_digits"] - 1] == row
    assert not any(key.startswith("path_class_A") for key in state)


def test_an_end_that_is_moved_keeps_its_part_off_the_plane(monkeypatch):
    model = load_model("mnist-20d")
    plane = cached.plane(model)
    basis = plane.basis
    a, b = np.full(20, 0.5, np.float32), np.full(20, -1.0, np.float32)
    fields = {"path_player": {"ends": {"B": [-1.5, -0.75]}}}
    monkeypatch.setattr(session_paths.st, "session_state", fields)
    session_paths.move_end(plane, a, b)
    assert "path_point_A" not in fields
    z = session_paths.point_of_text(fields["path_point_B"], 20)
    assert np.allclose(basis @ z, [-1.5, -0.75], atol=0.01)
    assert np.allclose(z - basis.T @ (basis @ z), b - basis.T @ (basis @ b), atol=0.01)


def test_a_pressed_random_z_is_ringed_and_its_picture_shown(open_paths):
    page = open_paths("mnist-2d", paths_view="q(z) beside the prior")
    model, plane = load_model("mnist-2d"), cached.plane(load_model("mnist-2d"))
    mixture = cached.aggregate(model)
    strangeness = cached.compared_random(model).strangeness
    assert page.number_input(key="aggregate_draw").value == int(strangeness.argmax()) + 1, "the strangest"
    near = int((strangeness <= 1.0).argmax())
    numbers = [column(trace, "customdata") for trace in chart(page)["data"] if trace.get("customdata")]
    assert sorted(np.concatenate(numbers)) == list(range(1, 101)) and near + 1 in numbers[0]
    assert any(text.value.startswith("**× unlike every real picture.** Left") for text in page.markdown)
    page.number_input(key="aggregate_draw").set_value(near + 1).run()
    ring = chart(page)["data"][-1]
    assert np.allclose([column(ring, "x"), column(ring, "y")], plane.place(mixture.z[[near]]).T, atol=1e-6)
    assert any(text.value.startswith("**● like a real picture.** Left") for text in page.markdown)
