"""The page Figures 2 to 5 as a script: the committed curves, one's own run over them, whether more latents over-fit, and the map and the
draws of figures 4 and 5. (Longer than other
files: the page has four figures.)"""

import json
from types import SimpleNamespace

import numpy as np
import pytest
from components import sent_to, unpacked
from streamlit.testing.v1 import AppTest

from aevb_lab.figures.numbers import plus_minus
from aevb_lab.figures.paper import PAPERS_NATS, PAPERS_SAMPLES, lead_chart, likelihood_panel, paper_panel
from aevb_lab.session import paper
from aevb_lab.session.reported import choose_pressed
from aevb_lab.session.runs import board
from aevb_lab.shown import paper_words as words
from vae_core import load_pretrained, studies
from vae_core.experiments import committed
from vae_core.experiments.committed import (
    Gap,
    Lead,
    LikelihoodRun,
    gaps,
    lead_curves,
    leads,
    likelihood_runs,
    paper_runs,
)
from vae_core.experiments.figure_grid import figure_run, likelihood_run
from vae_core.history import History, Record

pytestmark = pytest.mark.filterwarnings("default")  # Streamlit's own, outside a server


@pytest.fixture
def open_page(monkeypatch):
    monkeypatch.setattr("aevb_lab.jobs.board.Board.warm", lambda board: None)

    def open_(view="figures", **params):
        page = AppTest.from_file("../app/main.py", default_timeout=120)
        for key, value in params.items():
            page.query_params[key] = value
        page.switch_page(f"views/{view}.py").run()
        assert not page.exception, page.exception
        return page

    yield open_
    board().shutdown()
    board.clear()


def test_the_page_shows_the_committed_curves_and_the_settings_of_a_run(open_page):
    page = open_page()
    runs = paper_runs("mnist")
    sizes = sorted({run.run.latent_dim for run in runs})
    charts = [json.loads(chart.proto.spec) for chart in page.get("plotly_chart")]
    assert len(charts) == 2 and len(runs) >= 2
    leads_of, panel = charts  # on a phone, a press on a lead changes what stands below it
    assert {point for trace in leads_of["data"] for point in trace["customdata"]} == set(map(str, sizes))
    assert {point for trace in panel["data"] for point in trace["customdata"]} == {
        run.run.name for run in runs if run.run.latent_dim == 20
    }
    assert panel["layout"]["xaxis"]["range"] != list(PAPERS_SAMPLES)
    page.segmented_control(key="paper_size").set_value("all").run()
    panels = [json.loads(chart.proto.spec) for chart in page.get("plotly_chart")][1:]
    assert len(panels) == len(sizes)
    names = {point for chart in panels for trace in chart["data"] for point in trace["customdata"]}
    assert names == {run.run.name for run in runs}
    last = runs[-1]
    curve = page.selectbox(key="paper_run").options[-1]
    assert curve == f"wake-sleep, {last.run.latent_dim} latent dimensions, seed {last.run.seed}"
    page.selectbox(key="paper_run").set_value(curve).run()
    assert not page.exception and page.code[0].value == last.command
    assert any(f"step size {last.rate:g}, seed {last.run.seed}" in text.value for text in page.markdown)
    other = open_page(paper_size=str(last.run.latent_dim), paper_axes="the paper's", paper_run=curve)
    assert other.code[0].value == last.command
    spec = json.loads(other.get("plotly_chart")[1].proto.spec)
    assert spec["layout"]["xaxis"]["range"] == list(PAPERS_SAMPLES)


def test_a_data_set_whose_runs_are_not_made_says_how_to_make_them(open_page, monkeypatch):
    monkeypatch.setattr(committed, "read_figures", lambda path: {"runs": {}})
    paper_runs.cache_clear()
    try:
        page = open_page(paper_data="Frey Faces")
    finally:
        paper_runs.cache_clear()
    assert "python -m vae_core reproduce figure2" in page.info[0].value and not page.get("plotly_chart")


@pytest.mark.parametrize("customdata", ["b", ["b", 1]])
def test_a_pressed_point_chooses_its_run_and_nothing_else(monkeypatch, customdata):
    state = {"chart": {"selection": {"points": [3, {"customdata": "other"}, {"customdata": customdata}]}}}
    monkeypatch.setattr("aevb_lab.session.reported.st.session_state", state)
    choose_pressed("chart", "menu", ["a", "b"])
    assert state["menu"] == "b"
    for odd in ({}, {"selection": None}, {"selection": {"points": [{"customdata": [{}]}, {}]}}):
        state["chart"] = odd
        choose_pressed("chart", "menu", ["a"])
    assert state["menu"] == "b"
    for odd in (3.5, 4, "3", True, [2.0]):
        state["chart"] = {"selection": {"points": [{"customdata": odd}]}}
        choose_pressed("chart", "menu", range(2, 4))
    assert state["menu"] == 2 and type(state["menu"]) is int, "a number, and only one of the options"


def own_history():
    records = [Record(step, 100 * step, step / 600, -1.0, -1.0, 0.0, -300.0 + step, -300.0, 0.0) for step in (0, 9, 90)]
    return History("mnist", "dynamic", records)


def test_ones_own_run_lies_over_the_curves():
    runs = paper_runs("mnist")[:2]
    figure = paper_panel(runs, own_history(), papers_axes=True)
    assert [trace.name for trace in figure.data[-1:]] == ["your run, test"]
    assert list(figure.data[-1].x) == [900, 9000] and list(figure.data[-1].y) == [-291.0, -210.0]
    assert figure.layout.yaxis.range == PAPERS_NATS["mnist"]
    first = figure.data[0]
    assert np.array_equal(first.x, runs[0].samples) and np.array_equal(first.y, runs[0].test)
    close = paper_panel(runs, None, papers_axes=False)
    assert len(close.data) == 2 * len(runs)
    (low, _), (first, last) = close.layout.yaxis.range, close.layout.xaxis.range
    places = [x for trace in close.data for x, y in zip(trace.x, trace.y, strict=True) if y >= low and x > 0]
    assert min(places) / 2 < 10**first < min(places) and max(places) < 10**last < 2 * max(places)


@pytest.mark.parametrize("data", ["mnist", "frey_faces"])
def test_the_curves_bear_their_names_and_an_arrow_says_how_many_images_a_lead_saves(data):
    size = (
        20 if data == "mnist" else 10
    )  # with 10, AEVB is ahead of wake-sleep's last bound once, and behind it at the end
    runs = [run for run in paper_runs(data) if run.run.latent_dim == size]
    (lead,) = [lead for lead in leads(runs) if lead.latent_dim == size]
    figure = paper_panel(runs, None, papers_axes=False, lead=lead)
    assert figure.layout.showlegend is False
    texts, more = [note.text for note in figure.layout.annotations], "" if data == "mnist" else ", training"
    assert set(texts[-2:]) == {f"<b>AEVB{more}</b>", f"<b>wake-sleep{more}</b>"}
    arrows = [note for note in figure.layout.annotations if note.showarrow is True]
    assert 0 < lead.same_after < lead.samples and len(arrows) == (data == "mnist")
    if data == "mnist":
        (arrow,) = arrows
        assert 10**arrow.ax == pytest.approx(10_000_000) and 10**arrow.x == pytest.approx(lead.same_after)
        assert texts[1] == f"<b>{10_000_000 / lead.same_after:.1f} ×</b>" == "<b>4.7 ×</b>"


def test_ones_own_run_is_drawn_on_the_page_while_it_trains(open_page, monkeypatch):
    size = paper_runs("mnist")[0].run.latent_dim  # which is shown first then
    snapshot = SimpleNamespace(history=own_history(), active=True)
    spec = SimpleNamespace(data="mnist", images=None, model_config=SimpleNamespace(latent_dim=size))
    job = SimpleNamespace(spec=spec, snapshot=lambda: snapshot, token="abcd1234", title="my run")
    monkeypatch.setattr("aevb_lab.session.runs.current_job", lambda: job)
    page = open_page()
    assert any("your run, test" in chart.proto.spec for chart in page.get("plotly_chart"))
    assert any("Your run **my run**" in text.value for text in page.markdown)
    snapshot.history = History("mnist", "threshold", own_history().records)
    assert not any("your run, test" in chart.proto.spec for chart in open_page().get("plotly_chart")), "other pixels"


def test_the_link_to_train_has_the_papers_settings(open_page):
    link = next(
        element.proto
        for element in open_page().get("page_link")
        if element.proto.label.startswith("Train such a model")
    )
    params = dict(part.split("=") for part in link.query_string.split("&"))
    assert params["train_data"] == "mnist"
    page = open_page("train", **{name: value.replace("+", " ") for name, value in params.items() if "%" not in value})
    assert page.number_input(key="train_latent_dim").value == 20


def test_the_gap_is_of_equally_many_samples():
    def run(size, ends):
        about = figure_run("mnist", size)
        points = [{"samples": s, "gap": {"mean": float(size), "std_error": 0.5}} for s in ends]
        return paper_runs("mnist")[0]._replace(run=about, ends=points)

    measured = gaps([run(3, (5, 10)), run(20, (5, 10, 30)), run(200, (5, 10))])
    assert [(gap.latent_dim, gap.samples, gap.mean) for gap in measured] == [
        (3, 10, 3.0),
        (20, 10, 20.0),
        (200, 10, 200.0),
    ]
    assert gaps([]) == [] and gaps([run(3, (5,)), run(20, (10,))]) == []


def test_the_lead_is_that_of_the_most_samples_which_both_algorithms_have_seen():
    def run(size, algorithm, ends, curve=None):
        points = [
            {"samples": s, "test": {"mean": mean, "std_error": 3.0 if algorithm == "aevb" else 4.0}} for s, mean in ends
        ]
        samples, test = np.array([(0.0, -99.0), *(curve or ends)]).T
        return paper_runs("mnist")[0]._replace(
            run=figure_run("mnist", size, algorithm), ends=points, samples=samples, test=test
        )

    both = [run(3, "aevb", [(5, -9.0), (10, -8.0), (20, -1.0)]), run(3, "wake_sleep", [(5, -9.0), (10, -10.5)])]
    assert leads([*both, run(20, "aevb", [(5, -9.0)])]) == [(3, 10, 2.5, 5.0, 5, 0)]
    slow, fast = [(1, -9.0), (2, -8.0), (3, -5.0), (4, -5.5)], [(1, -8.0), (2, -7.0), (3, -6.0), (4, -5.0)]
    late = [run(3, "aevb", [(4, -5.5)], slow), run(3, "wake_sleep", [(4, -5.0)], fast)]
    assert leads(late)[0].last_behind == 4
    assert leads([run(3, "aevb", [(4, -5.5)], slow[:2]), run(3, "wake_sleep", [(4, -5.0)], fast)])[0].last_behind == 2
    assert leads([run(3, "aevb", [(4, -5.5)], slow[2:3]), run(3, "wake_sleep", [(4, -5.0)], fast)])[0].last_behind == 0
    assert leads([]) == [] and leads([run(3, "aevb", [(5, 0.0)]), run(3, "wake_sleep", [(6, 0.0)])]) == []


def test_the_page_says_who_leads(open_page):
    texts = [text.value for text in open_page().markdown]
    assert any(text.startswith(("**Yes.**", "**No.**", "**Not always.**")) for text in texts)
    text = next(text for text in texts if "latent sizes" in text)
    least = min(leads(paper_runs("mnist")), key=lambda lead: lead.mean)
    assert f"{least.mean:.1f}{plus_minus(least.std_error, 1)} nats with {least.latent_dim} latent dimensions" in text


def leading_words(*args):
    return "\n\n".join(words.leading(*args))


def test_the_words_say_at_which_sizes_nobody_or_wake_sleep_is_ahead():
    measured = [Lead(3, 10, 5.0, 1.0, 4, 2), Lead(20, 10, 1.0, 1.0), Lead(200, 10, -9.0, 1.0, 0, 7)]
    text = leading_words(measured, 3)
    assert text.startswith(
        "**Not always.** With 3 latent dimensions AEVB needs 4 images for what wake-sleep reaches after 10. **Counted in images, it is 2.5 times as fast.**\n\n"
    )
    assert "After 10 training images AEVB is ahead at 1 of 3 latent sizes: by 5.0\u00a0±\u00a01.0" in text
    assert (
        "With 20 latent dimensions nobody is clearly ahead" in text
        and "wake-sleep led at a few points, with 3 latent dimensions for the last time at 2 images" in text
    )
    at_the_end = [measured[0], measured[1]._replace(last_behind=10)]
    assert "with 20 latent dimensions for the last" not in leading_words(at_the_end, 3), "nobody is ahead there"
    at_the_start = [measured[0]._replace(samples=1000)]
    assert "Earlier" not in leading_words(at_the_start, 3), "before the chart begins"
    assert leading_words(measured, 20).startswith(
        "**Not always.** With 20 latent dimensions nobody is clearly ahead: AEVB"
    )
    unclear = [*measured[:2], Lead(50, 10, 1.0, 1.0)]
    assert "With 20 and 50 latent dimensions nobody is clearly ahead." in leading_words(unclear, 3)
    assert "With 200 latent dimensions wake-sleep is ahead by 9.0\u00a0" in text
    assert "After 10 training images AEVB is ahead by 5.0\u00a0±\u00a01.0" in leading_words(measured[:1])
    assert leading_words(measured[1:2]).startswith("**No.** With 20") and "not made yet" in leading_words([])
    gaps_of = [Gap(2, 10, 30.0, 1.0), Gap(20, 10, 31.0, 1.0)]
    text = words.over_fitting("frey_faces", gaps_of)
    assert (
        "**No**: with more of them" in text
        and "Those with 2 and with 20 latent numbers both over-fit here." in text
        and "film" in text
    )
    assert "**Yes**" in words.over_fitting("mnist", [gaps_of[0], Gap(20, 10, 40.0, 1.0)])
    assert "**It is not clear**" in words.over_fitting("mnist", [gaps_of[0], Gap(20, 10, 32.5, 1.0)])
    assert "not made yet" in words.over_fitting("mnist", gaps_of[:1])


def test_where_aevb_falls_behind_the_words_say_that_it_was_ahead():
    seen = np.array([100, 90_000, 120_000])
    curves = {2: (seen, np.array([-5.0, 60.4, -9.0])), 20: (seen, np.array([-5.0, 200.0, -9.0]))}
    behind = [Lead(2, 10**6, 1.0, 1.0), Lead(20, 10**6, -9.0, 1.0)]
    assert words.early(curves, behind) == " After 100,000 images AEVB was ahead at all 2, by 60 to 200 nats."
    assert words.early(curves, [lead._replace(mean=9.0) for lead in behind]) == "", "it is at the end too"
    assert words.early({**curves, 5: (seen, np.array([9.0, -1.0, 9.0]))}, behind) == "" == words.early({}, behind)
    frey = paper_runs("frey_faces")
    assert "AEVB was ahead at all 4, by " in words.early(lead_curves(frey), leads(frey))


def test_figure_3_says_which_algorithm_is_best_with_so_many_images():
    def run(algorithm, test, train):
        parts = {"test": {"mean": test, "std_error": 1.0}, "train": {"mean": train, "std_error": 1.0}}
        others = {part: score | {"mean": score["mean"] - 1.0} for part, score in parts.items()}
        points = [{"samples": 500, "hmc": parts, "importance": others}]
        return LikelihoodRun(likelihood_run(algorithm, 1000), 0.02, points, 2000.0, "command")

    def numbers_of(runs):
        return words.few_images(runs, "hmc").panels[1000].numbers

    runs = [run("aevb", -160.0, -150.0), run("wake_sleep", -170.0, -165.0), run("mcem", -165.0, -120.0)]
    answer, panels = words.few_images(runs, "hmc")
    assert not answer and panels[1000].verdict == "AEVB, wake-sleep and MCEM over-fit."
    assert "AEVB +10.0, wake-sleep +5.0 and MCEM +45.0." in panels[1000].numbers
    assert "After 500 were seen, AEVB is best on test images: −160.0\u00a0±\u00a01.0" in panels[1000].numbers
    short = runs[1]._replace(points=[runs[1].points[0] | {"samples": 90}])
    assert "wake-sleep has seen only 90 so far." in numbers_of([runs[0], short, runs[2]])
    level = {"train": {"mean": -160.0, "std_error": 1.0}, "test": {"mean": -162.0, "std_error": 1.0}}
    few = [run._replace(points=[run.points[0] | {"hmc": level}]) for run in runs[:1]]
    assert words.few_images(few, "hmc").panels[1000].verdict == "Nothing clearly over-fits."
    assert words.few_images([*few, runs[1]], "hmc").panels[1000].verdict == "wake-sleep over-fits."
    many = likelihood_run("aevb", 50000)
    both = words.few_images([runs[0], runs[0]._replace(run=many)], "hmc").answer
    assert "Yet on test images AEVB is about as good with 1,000 images as with 50,000" in both
    level["test"] = level["train"]
    other = runs[0]._replace(
        run=many, points=[runs[0].points[0] | {"hmc": {part: {"mean": -100.0, "std_error": 1.0} for part in level}}]
    )
    assert "about as good" not in words.few_images([runs[0], other], "hmc").answer
    far = runs[2]._replace(points=[*runs[2].points, runs[2].points[0] | {"samples": 900}])
    assert words.few_images([*runs[:2], far], "hmc").panels == panels, "after as many images as most have seen"
    assert words.few_images(runs, "importance").panels != panels
    fallen = runs[0]._replace(points=[*runs[0].points, {"samples": 900, "hmc": level}])
    assert "AEVB gets worse with time, on training images too: −150.0 after 500, and −160.0 at the" in numbers_of(
        [fallen]
    )
    assert "gets worse" not in panels[1000].numbers
    figure = likelihood_panel(runs, "hmc")
    assert [(trace.x[0], trace.y[0]) for trace in figure.data[::2]] == [
        ("AEVB", -160.0),
        ("wake-sleep", -170.0),
        ("MCEM", -165.0),
    ]
    assert figure.data[0].error_y.array[0] == 2.0
    assert list(likelihood_panel([far], "hmc").data[0].x) == [500, 900]
    assert not likelihood_panel([far], "hmc").layout.annotations
    texts = [note.text for note in likelihood_panel([runs[0], far], "hmc").layout.annotations]
    assert texts == ["<b>AEVB</b>"], "a point without a line"
    assert "| 1,000 | MCEM | 0.02 | 2,000 | `command` |" in words.likelihood_settings(runs)


def test_a_lead_is_a_line_for_each_size_and_the_chosen_one_is_thick():
    curves = lead_curves(paper_runs("mnist"))
    measured = leads(paper_runs("mnist"))
    *lines, end = lead_chart(curves, measured, 20).data
    assert [trace.customdata[0] for trace in lines] == list(map(str, curves))
    assert [trace.line.width for trace in lines] == [4 if size == 20 else 2 for size in curves]
    samples, lead = curves[20]
    of_20 = measured[list(curves).index(20)]
    assert lead[samples == of_20.samples] == of_20.mean, "the text and the chart have one number"
    assert all(trace.error_y.array is None for trace in lines), "no point says ± 0"
    assert (end.x, end.y, end.error_y.array) == ((of_20.samples,), (of_20.mean,), (2.0 * of_20.std_error,))
    assert end.customdata == ("20",) and np.array_equal(lines[list(curves).index(20)].x, samples)


# -- figures 4 and 5 ---------------------------------------------------------------------------------------------


def galleries(page):
    protos = [element.proto for element in page.get("bidi_component") if element.proto.component_name == "thumbnails"]
    return [unpacked(proto.bytes) for proto in protos]


@pytest.mark.parametrize(("data", "name", "sizes"), [("MNIST", "mnist-2d", [2, 20]), ("Frey Faces", "frey-2d", [2])])
def test_figures_4_and_5_follow_the_data_set(open_page, data, name, sizes):
    page = open_page(paper_data=data, paper_figure="4: map")
    header, arrays = sent_to(page, "live_decoder")
    assert header["chart"] == "figure4_plane" and header["latent_dim"] == 2
    shape = load_pretrained(name).config.image_shape
    assert header["image_shape"] == list(shape) and arrays["first"].size == np.prod(shape)
    assert sent_to(page, "plane_axes")[0]["meta"]["coordinates"] == "probability"
    plane, drawn = sent_to(page, "plane")
    assert plane["picture"]["span"] == [0.0, 1.0] and drawn["pixels"].size and drawn["points"].size == 0, (
        "only the mosaic"
    )
    links = [element.proto for element in page.get("page_link") if "all its tools" in element.proto.label]
    assert [link.query_string for link in links] == [f"model={name}&coordinates=probability"]
    page.segmented_control(key="paper_figure").set_value("5: draws").run()
    assert [header["latent_dim"] for header, _ in galleries(page)] == sizes


def test_figure_3_has_the_papers_data_set_and_the_choice_of_another_stays(open_page):
    page = open_page(paper_data="Frey Faces", paper_figure="3: few data")
    assert len(page.get("plotly_chart")) == len({run.run.num_train for run in likelihood_runs()})
    page.segmented_control(key="paper_figure").set_value("4: map").run()
    assert sent_to(page, "live_decoder")[0]["image_shape"] == list(load_pretrained("frey-2d").config.image_shape)


def test_the_draws_are_the_studys_and_others_come_when_asked(open_page):
    page = open_page(paper_figure="5: draws")
    for seed in (0, 1):
        for (header, _), name in zip(galleries(page), ("mnist-2d", "mnist-20d"), strict=True):
            draws = studies.prior_samples(load_pretrained(name), 10, seed=seed)
            assert header["gallery"] == [f"|z| = {np.linalg.norm(z):.1f}" for z in draws.z] and header["pressed"] == [0]
        page.button(key="figure5_again").click().run()
        assert not page.exception
    assert page.query_params["draws_shown"] in ("2", ["2"])


@pytest.mark.parametrize(
    ("link", "seed", "rows"),
    [("7,2,9", 7, [2, 9]), ("7,2", 7, [2, 0]), ("7,2,10", 0, [0, 0]), ("-1", 0, [0, 0]), ("1e9", 0, [0, 0]), ("", 0, [0, 0]),
     ("1," * 40, 0, [0, 0])],
)  # fmt: skip
def test_the_link_holds_the_draws_and_which_are_large(open_page, link, seed, rows):
    page = open_page(draws_shown=link, paper_figure="5: draws")
    assert [header["pressed"] for header, _ in galleries(page)] == [[row] for row in rows]
    z = studies.prior_samples(load_pretrained("mnist-20d"), 10, seed=seed).z[rows[1]]
    caption = f"Draw {rows[1] + 1}: **|z| = {np.linalg.norm(z):.2f}**"
    assert any(text.value.startswith(caption) for text in page.markdown)


def test_a_pressed_draw_is_large_and_the_other_models_stays(monkeypatch):
    state, link = {f"{paper.DRAWS_OF}_1": {"row": 3}}, {}
    monkeypatch.setattr("streamlit.session_state", state)
    monkeypatch.setattr("streamlit.query_params", link)
    paper.choose_draw(1)
    assert (paper.large_draw(0), paper.large_draw(1), link["draws_shown"]) == (0, 3, "0,0,3")
    paper.draw_others()
    assert (paper.draws_seed(), paper.large_draw(1)) == (1, 3)


def test_a_missing_pretrained_model_is_named(open_page, monkeypatch):
    monkeypatch.setattr("vae_core.models.list_pretrained", lambda: ["digits-2d", "mnist-20d"])
    for figure in ("4: map", "5: draws"):
        page = open_page(paper_figure=figure)
        assert [info.value for info in page.info] == [
            "The pretrained model mnist-2d is not on this machine, so this figure lacks it."
        ]
    assert [header["latent_dim"] for header, _ in galleries(page)] == [20]


def test_the_answer_says_that_both_over_fit_where_the_test_curves_fall():
    frey = [run for run in paper_runs("frey_faces") if run.run.latent_dim == 20]
    assert all(run.test.max() - run.test[-1] > 50 for run in frey if not run.run.seed)
    assert words.both_over_fit(frey) == " Later both over-fit: on test images they get worse."
    assert words.both_over_fit(paper_runs("mnist")) == words.both_over_fit([]) == ""


def test_the_page_says_of_frey_faces_that_both_over_fit(open_page):
    page = open_page()
    page.segmented_control(key="paper_data").set_value("frey_faces").run()
    assert "Later both over-fit: on test images they get worse." in page.markdown[1].value


@pytest.mark.parametrize("data", ["mnist", "frey_faces"])
@pytest.mark.parametrize("papers_axes", [False, True])
def test_each_name_of_a_curve_lies_on_the_axes(data, papers_axes):
    for size in sorted({run.run.latent_dim for run in paper_runs(data)}):
        figure = paper_panel(
            [run for run in paper_runs(data) if run.run.latent_dim == size], None, papers_axes=papers_axes
        )
        (low, high), (first, last) = figure.layout.yaxis.range, figure.layout.xaxis.range
        names = [note for note in figure.layout.annotations if note.showarrow is False]
        assert len(names) == 2
        assert all(low < note.y <= high and first <= note.x <= last for note in names), (data, size)
