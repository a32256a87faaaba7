"""The page Figures 2 to 5 as a script: the committed curves, one's own run over them, and whether more latents over-fit."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from aevb_lab.figures.numbers import plus_minus
from aevb_lab.figures.paper import PAPERS_NATS, PAPERS_SAMPLES, paper_panel
from aevb_lab.scripts.figures import figures_script
from aevb_lab.session.reported import choose_pressed
from aevb_lab.session.runs import board
from vae_core.experiments import committed
from vae_core.experiments.committed import gaps, leads, paper_runs
from vae_core.experiments.figure_grid import figure_run
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
    assert len(charts) == len(sizes) and len(runs) >= 2
    names = {point for chart in charts for trace in chart["data"] for point in trace["customdata"]}
    assert names == {run.run.name for run in runs}
    assert "range" not in charts[0]["layout"]["xaxis"]
    last = runs[-1]
    page.selectbox(key="paper_run").set_value(last.run.name).run()
    assert not page.exception and page.code[0].value == last.command
    assert any(f"step size {last.rate:g}, seed {last.run.seed}" in text.value for text in page.markdown)
    other = open_page(paper_axes="the paper's", paper_run=last.run.name)
    assert other.code[0].value == last.command
    spec = json.loads(other.get("plotly_chart")[0].proto.spec)
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
    assert len(paper_panel(runs, None, papers_axes=False).data) == 2 * len(runs)


def test_ones_own_run_is_drawn_on_the_page_while_it_trains(open_page, monkeypatch):
    size = paper_runs("mnist")[0].run.latent_dim
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
    assert page.number_input(key="train_latent_dim").value == paper_runs("mnist")[0].run.latent_dim


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
    def run(size, algorithm, ends):
        points = [
            {"samples": s, "test": {"mean": mean, "std_error": 3.0 if algorithm == "aevb" else 4.0}} for s, mean in ends
        ]
        return paper_runs("mnist")[0]._replace(run=figure_run("mnist", size, algorithm), ends=points)

    both = [run(3, "aevb", [(5, -9.0), (10, -8.0), (20, -1.0)]), run(3, "wake_sleep", [(5, -9.0), (10, -10.5)])]
    assert leads([*both, run(20, "aevb", [(5, -9.0)])]) == [(3, 10, 2.5, 5.0)]
    assert leads([]) == [] and leads([run(3, "aevb", [(5, 0.0)]), run(3, "wake_sleep", [(6, 0.0)])]) == []


def test_the_page_says_who_leads(open_page):
    text = next(
        text.value for text in open_page().markdown if text.value.startswith(("**Yes.**", "**No.**", "**Not always.**"))
    )
    for lead in leads(paper_runs("mnist")):
        assert (
            f"With {lead.latent_dim} latent dimensions AEVB's test bound is {abs(lead.mean):.2f}{plus_minus(lead.std_error)}"
            in text
        )


def test_the_script_prints_the_curves(capsys):
    script = figures_script("mnist")
    exec(compile(script.filled(), script.name, "exec"), {})
    printed = capsys.readouterr().out
    for run in paper_runs("mnist"):
        assert f"after {run.samples[-1]:,.0f} samples the test bound is {run.test[-1]:.3f} nats" in printed
