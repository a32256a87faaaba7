"""The page Sketch without a browser: its link, its run in the worker, what goes on when a setting changes, its script."""

import math
import runpy
from dataclasses import replace

import numpy as np
import pytest
import torch
from components import sent_to, unpacked
from streamlit.testing.v1 import AppTest
from waiting import until

from aevb_lab.figures.numbers import nats
from aevb_lab.jobs.board import Board
from aevb_lab.jobs.job import Snapshot
from aevb_lab.jobs.workers import WorkerThread
from aevb_lab.scripts.sketch import sketch_script
from aevb_lab.serving import Published
from aevb_lab.session import runs, sketch
from aevb_lab.session.sketch import Choices, SketchRun, texts_of_sets
from aevb_lab.shown.sketch import SketchWatch, dip_words, moment_words, settled_words
from vae_core import studies
from vae_core.data.point_sets import points_of_text
from vae_core.history import History
from vae_core.models import load_model_bytes
from vae_core.studies import Moment
from vae_core.studies.drawn_points import gaussian_log_density

pytestmark = pytest.mark.filterwarnings("default")  # Streamlit's own, outside a server
CHOICES = Choices(1, 8, "learnt, one for all", 0.2, "aevb", 1.0, 0.01)
SEVEN = sketch.named("seven points")


@pytest.fixture
def board(monkeypatch, tmp_path):
    board = Board(1, tmp_path / "jobs", WorkerThread)
    monkeypatch.setattr(sketch, "board", lambda: board)
    monkeypatch.setattr(runs, "board", lambda: board)
    yield board
    board.shutdown()


@pytest.fixture
def open_page(board):
    def open_(**params):
        page = AppTest.from_file("../app/main.py", default_timeout=120)
        for key, value in params.items():
            page.query_params[key] = value
        page.switch_page("views/sketch.py").run()
        assert not page.exception and not page.error, (page.exception, page.error)
        return page

    return open_


def job_of(page):
    return page.session_state["sketch_run"].job


def first_look(job):
    until(lambda: job.snapshot().plane is not None)
    return job.snapshot().plane


def test_before_the_first_run_the_pad_has_the_points_and_the_first_weights(open_page):
    header, arrays = sent_to(open_page(), "sketch_pad")
    moons = studies.point_set("two moons")
    assert header["points"] == studies.text_of_points(moons) and header["address"] == "" and header["state"] == "ready"
    np.testing.assert_allclose(arrays["points"], moons, rtol=1e-6)
    default = Choices(1, 32, "learnt, one for all", 0.2, "aevb", 1.0, 0.01)
    picture = studies.first_picture(moons, default.model_config, default.train_config)
    np.testing.assert_array_equal(arrays["log_density"], picture.log_density)
    assert arrays["moments"][0, 2] == pytest.approx(picture.log_marginal.mean())


def test_log_p_is_compared_with_a_yardstick_and_the_picture_is_explained_above_it(open_page):
    page = open_page(sketch_set="ring")
    usual = gaussian_log_density(points_of_text(texts_of_sets()["ring"]))
    header, _ = sent_to(page, "sketch_pad")
    assert header["usual"] == pytest.approx(usual) and f"worse than one oval cloud, {nats(usual)}." in header["words"]
    assert "better than one oval cloud, −2.55." in moment_words(Moment(1, None, -1.9), -2.55)
    parts = [str(getattr(part, "value", "")) or part.type for part in page.main]
    green = next(i for i, part in enumerate(parts) if "the stronger the more" in part)
    below = next(i for i, part in enumerate(parts) if "Higher is better" in part)
    assert "darker" not in parts[green] and green < below, "on a dark page more points are brighter"
    header, _ = sent_to(open_page(sketch_set="my drawing", points=SEVEN[:3]), "sketch_pad")
    assert header["usual"] is None and "cloud" not in header["words"], "no Gaussian fits one point"


def test_a_fall_of_the_bound_is_explained_once_there_is_one():
    rising = [Moment(0, -3.0, -2.5), Moment(10, -2.0, -1.9), Moment(20, -2.01, -1.9)]
    falling = [*rising, Moment(30, -2.2, -2.0), Moment(40, -1.9, -1.8)]
    config = CHOICES.train_config
    assert (
        dip_words([], config) == dip_words(rising, config) == "" and dip_words([Moment(0, None, 1.0)] * 2, config) == ""
    )
    assert "A smaller learning rate helps" in dip_words(falling, config)
    assert "counts 10 times" in dip_words(falling, config.replace(beta=10.0))
    assert "raises something else" in dip_words(falling, config.replace(algorithm="wake_sleep"))


def test_the_page_says_when_to_stop_and_which_learning_rate_helps():
    flat = tuple(Moment(step, -2.0, -1.9) for step in (0, 2500, 5000))
    running = Snapshot(History.of("points", CHOICES.train_config), state="running", moments=flat)
    assert settled_words(running) == " It hardly rises any more. Press Pause."
    assert settled_words(replace(running, state="paused")) == "" == settled_words(replace(running, moments=flat[:2]))
    assert sketch.slower_rate(0.01) == 0.003 and sketch.slower_rate(0.0003) is None
    assert sketch.as_rate(0.003) == 0.003 and sketch.as_rate(0.5) is None is sketch.as_rate("0.01")


def test_a_link_restores_drawing_and_settings_and_forgets_what_it_cannot_use(open_page):
    page = open_page(
        points=SEVEN, sketch_set="my drawing", sketch_latent="2", sketch_sigma="fixed", sketch_fixed_sigma="0.5",
        sketch_algorithm="Monte Carlo EM", sketch_hidden="8",
    )  # fmt: skip
    header, arrays = sent_to(page, "sketch_pad")
    assert header["points"] == SEVEN and header["latents"] == 2 and "elbo" not in arrays
    np.testing.assert_allclose(arrays["scales"], 0.5)
    for points in ("AA", "é" * 3, "AAA" * 401):
        header, _ = sent_to(open_page(points=points, sketch_set="my drawing", sketch_beta="many"), "sketch_pad")
        assert header["points"] == sketch.named("two moons")


def test_an_empty_pad_says_what_to_do(open_page):
    page = open_page(points=".", sketch_set="my drawing")
    assert page.button(key="sketch_start").disabled
    assert not page.info, "a notice above the pad would push it away from the hand; the pad itself says it"


def test_a_question_sets_the_page_and_starts_and_a_changed_setting_goes_on(open_page, board):
    page = open_page()
    page.selectbox(key="sketch_question").select("What if beta is too large?").run()
    job = job_of(page)
    assert job.spec.train_config.beta == 10.0 and page.selectbox(key="sketch_beta").value == 10.0
    assert runs.my_jobs() == [], "no other page lists it"
    first_look(job)
    page.selectbox(key="sketch_beta").select(1.0).run()
    later = job_of(page)
    assert later is not job and later.spec.branch.parent == job.token and later.spec.train_config.beta == 1.0
    assert page.session_state["sketch_run"].before, "its curves go on"
    page.selectbox(key="sketch_hidden").select(8).run()
    assert job_of(page).spec.branch is None and page.session_state["sketch_run"].before == (), (
        "another network begins anew"
    )
    first_look(job_of(page))
    page.button(key="sketch_pause").click().run()
    until(lambda: job_of(page).snapshot().state == "paused")
    page.run()
    page.selectbox(key="sketch_sigma").select("fixed").run()
    paused = job_of(page)
    assert paused.spec.branch is not None and paused.spec.model_config.variance == "fixed"
    until(lambda: paused.snapshot().state == "paused")
    page.run()
    page.button(key="sketch_resume").click().run()
    until(lambda: paused.snapshot().state == "running")
    assert not page.exception


def test_two_changes_before_a_look_keep_the_weights(board, monkeypatch):
    monkeypatch.setattr(sketch, "owner", lambda: "ann")
    run = SketchRun(board.submit(sketch.spec_of(SEVEN, CHOICES), "ann"))
    first_look(run.job)
    once, twice = (sketch.spec_of(SEVEN, replace(CHOICES, learning_rate=rate)) for rate in (0.003, 0.001))
    later = sketch.follow(run, once)
    unseen = replace(later.job.snapshot(), plane=None, moments=(), state="queued")
    monkeypatch.setattr(later.job, "snapshot", lambda: unseen)
    last = sketch.follow(later, twice)
    assert last.job.spec == replace(twice, branch=later.job.spec.branch) and last.before == later.before != ()


def test_go_on_takes_a_changed_setting_and_keeps_the_weights(open_page):
    page = open_page(sketch_hidden="8")
    page.button(key="sketch_start").click().run()
    job = job_of(page)
    first_look(job)
    job.stop()
    until(lambda: not job.snapshot().active)
    page.run()
    page.selectbox(key="sketch_rate").select(0.001).run()
    assert job_of(page) is job, "a run that has ended does not follow"
    page.button(key="sketch_resume").click().run()
    later = job_of(page).spec
    assert later.train_config.learning_rate == 0.001 and later.branch.parent == job.token


def test_a_second_tab_leaves_the_run_of_the_first(open_page, board, monkeypatch):
    monkeypatch.setattr(sketch, "owner", lambda: "ann")
    first = open_page(sketch_hidden="8")
    first.button(key="sketch_start").click().run()
    second = open_page(sketch_hidden="8")
    assert job_of(second) is job_of(first), "as after a reload"
    for _ in range(2):
        second.button(key="sketch_start").click().run()
        assert board.jobs("ann") == [job_of(first), job_of(second)], "its own runs it does discard"


def test_the_browser_gets_what_is_new_and_the_moments_of_all_runs(board):
    job = board.submit(sketch.spec_of(SEVEN, CHOICES), "ann")
    first_look(job)
    job.pause()
    until(lambda: job.snapshot().state == "paused")
    snapshot = job.snapshot()
    run = SketchRun(job, (Moment(0, None, -3.0), Moment(70, -2.0, -1.5)))
    watch = SketchWatch(run)
    answer = Published.by_path[f"/{watch.address}"].content
    header, arrays = unpacked(answer("-1"))
    assert header["state"] == "paused" and header["step"] == snapshot.plane.step and header["latents"] == 1
    assert header["words"].startswith("Paused: step ") and "Why" in header["dips"], "the run before it was higher"
    assert (
        arrays["moments"][1].tolist() == [70.0, -2.0, -1.5]
        and arrays["moments"][2, 0] == 70.0 + snapshot.moments[0].step
    )
    assert np.isnan(arrays["moments"][0, 1])
    moment = studies.moment_of(0, studies.plane_picture(*_model_and_points(snapshot.plane.model)))
    assert arrays["moments"][-1, 2] == pytest.approx(moment.log_marginal, abs=1e-4), "the number is the study's"
    assert arrays["elbo"].mean() == pytest.approx(moment.elbo, abs=1e-4)
    again, nothing = unpacked(answer(str(snapshot.plane.step)))
    assert nothing == {} and again["state"] == "paused"


def _model_and_points(content):
    return load_model_bytes(content, "here")[0], studies.points_as_data(studies.points_of_text(SEVEN)).x_test


def test_numbers_are_words():
    assert moment_words(Moment(1200, -2.0, -1.5)) == "log p(x) is −1.50.\nThe bound is 0.50 lower: −2.00."
    assert moment_words(Moment(0, None, 1.0)) == "log p(x) is 1.00."


def test_a_sum_over_too_few_places_says_so(open_page):
    doubt = "the grid of z is too coarse here"
    assert moment_words(Moment(0, None, 1.0), change=10.7) == f"log p(x) is 1.00 (± 10.70 nats: {doubt})."
    assert moment_words(Moment(0, None, 1.0), change=math.inf) == f"log p(x) is 1.00 ({doubt})."
    for sigma, is_coarse in (("0.01", True), ("0.5", False)):
        page = open_page(sketch_latent="2", sketch_sigma="fixed", sketch_fixed_sigma=sigma)
        header, _ = sent_to(page, "sketch_pad")
        assert (doubt in header["words"]) is is_coarse and (doubt in header["doubt"]) is is_coarse


@pytest.mark.parametrize("text", [SEVEN, SEVEN[:9]])
def test_the_script_gives_the_numbers_of_the_page(text, tmp_path, capsys, monkeypatch):
    script = sketch_script(text, CHOICES)
    assert ("point_set" in script.text) is (text == SEVEN)
    path = tmp_path / script.name
    path.write_text(script.filled().replace("steps=2000", "steps=3"))
    with torch.enable_grad():  # the script turns gradients off
        runpy.run_path(str(path))
    picture = studies.first_picture(studies.points_of_text(text), CHOICES.model_config, CHOICES.train_config)
    output = capsys.readouterr().out
    assert f"step 0: bound {picture.elbo.mean():.4f}, log p(x) {picture.log_marginal.mean():.4f} nats" in output
    points = studies.points_of_text(text)
    *_, (vae, _) = studies.train_points(points, CHOICES.model_config, CHOICES.train_config, steps=3)
    highest = studies.plane_picture(vae, studies.points_as_data(points).x_test).log_marginal.max()
    assert f"highest log p(x) of a drawn point {highest:.2f} nats" in output
