"""What one visitor draws on the page Sketch, and the run that trains on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
import streamlit as st

import vae_core as vc
from aevb_lab.jobs.job import BranchPoint, Job, JobSpec, Snapshot
from aevb_lab.session.kept import Kept, arrivals
from aevb_lab.session.reported import as_text, reported
from aevb_lab.session.runs import board, owner
from vae_core import studies
from vae_core.data.point_sets import NAME, POINT_SETS
from vae_core.studies.drawn_points import LEAST_SIGMA

PAD, SET, QUESTION, RATE = "sketch_pad", "sketch_set", "sketch_question", "sketch_rate"  # keys of the page
RATES = (0.0003, 0.001, 0.003, 0.01, 0.03)  # of learning
OWN = "my drawing"
EMPTY = "."
SETS = (*POINT_SETS, OWN)
EPOCHS, BATCH = 600, 100  # an epoch has 50 steps at the least
SIGMAS: dict[str, vc.config.Variance] = {
    "learnt, for each z": "network",
    "learnt, one for all": "shared",
    "fixed": "fixed",
}


def _usable(text: str) -> str | None:
    """The text of a drawing, if it is one. In a link an empty one is `EMPTY`."""
    if text == EMPTY:
        return ""
    try:
        studies.points_of_text(text)
    except vc.DataError:
        return None
    return text


DRAWING: Kept[str] = Kept("sketch_points", "points", _usable, lambda text: text or EMPTY, is_work=True)


@dataclass(frozen=True)
class Choices:
    """What the visitor chose: the fields of both configs that the page has, `sigma` by a name of `SIGMAS`."""

    latent_dim: int
    hidden: int
    sigma: str
    fixed_sigma: float
    algorithm: vc.config.AlgorithmName
    beta: float
    learning_rate: float

    @property
    def model_config(self) -> vc.ModelConfig:
        variance = SIGMAS[self.sigma]
        sigma = self.fixed_sigma if variance == "fixed" else LEAST_SIGMA
        return studies.plane_config(self.latent_dim, self.hidden, variance=variance, sigma=sigma)

    @property
    def train_config(self) -> vc.TrainConfig:
        beta = self.beta if self.algorithm == "aevb" else 1.0
        return vc.TrainConfig(
            epochs=EPOCHS, batch_size=BATCH, learning_rate=self.learning_rate, beta=beta, binarization="none",
            algorithm=self.algorithm, max_grad_norm=100.0,
        )  # fmt: skip


@dataclass(frozen=True, eq=False)
class SketchRun:
    """A run of drawn points, and the moments of the runs that it goes on from, with the steps of all of them counted together.
    An adopted one was begun before this tab knew of it. It may be another tab's, so this tab never discards it."""

    job: Job
    before: tuple[studies.Moment, ...] = ()
    is_adopted: bool = False

    @property
    def first_step(self) -> int:
        """The step at which this run began, counted with those before it."""
        return self.before[-1].step if self.before else 0

    def moments(self, snapshot: Snapshot) -> list[studies.Moment]:
        """All moments so far, oldest first."""
        own = [moment._replace(step=moment.step + self.first_step) for moment in snapshot.moments]
        return [*self.before, *own]

    @property
    def is_paused(self) -> bool:
        return self.job.snapshot().state == "paused"


# -- questions --------------------------------------------------------------------------------------------------------


def ask(values: Mapping[str, Mapping[str, Any]]) -> None:
    """Called when a question is chosen: set the widgets to its values, by its name, and start."""
    if question := values.get(st.session_state[QUESTION]):
        st.session_state.update({**question, "sketch_wants_start": True})


def is_to_start() -> bool:
    """Whether a question has just been chosen; tells it once."""
    return bool(st.session_state.pop("sketch_wants_start", False))


def slower_rate(rate: float) -> float | None:
    """The next smaller learning rate that the page has."""
    return max((smaller for smaller in RATES if smaller < rate), default=None)


def learn_slower() -> None:
    """Called when the visitor asks for the smaller learning rate that the pad names."""
    rate = reported(PAD, "slower", as_rate)
    if rate is not None:
        st.session_state[RATE] = rate


def as_rate(value: Any) -> float | None:
    """One of `RATES`, or nothing."""
    return next((rate for rate in RATES if rate == value), None)


# -- the drawing ---------------------------------------------------------------------------------------------------


def drawing(chosen: str) -> str:
    """The points on the pad, as text: those of a named set, or the visitor's own."""
    usual = named(next(iter(POINT_SETS)))
    return DRAWING.now(usual) if chosen == OWN else named(chosen)


@cache
def texts_of_sets() -> dict[str, str]:
    """The named sets as text, by name."""
    return {name: studies.text_of_points(studies.point_set(name)) for name in POINT_SETS}


def named(name: str) -> str:
    """A named set as text."""
    return texts_of_sets()[name]


def keep_drawing() -> None:
    """Called when the hand leaves the pad: the points are the visitor's own from now on."""
    text = reported(PAD, "points", as_text)
    if text is None or _usable(text) is None:
        return
    DRAWING.keep(text)
    st.session_state[SET] = OWN
    st.session_state["sketch_by_hand"] = text


def pad_version(text: str) -> str:
    """Which points the pad has to take: another version where they are not those that it reported last."""
    last = st.session_state.get("sketch_version", "")
    if st.session_state.get("sketch_by_hand") != text or not last.startswith(f"{arrivals()} "):
        last = st.session_state["sketch_version"] = f"{arrivals()} {text}"
        st.session_state["sketch_by_hand"] = text
    return last


# -- the run -------------------------------------------------------------------------------------------------------


def spec_of(text: str, choices: Choices) -> JobSpec:
    """The run of these points with these choices. ValueError where no run can have them."""
    return JobSpec(NAME, choices.model_config, choices.train_config, points=text)


def current_run(spec: JobSpec | None) -> SketchRun | None:
    """This tab's run. After a reload it is the visitor's newest run with the page's own settings."""
    run: SketchRun | None = st.session_state.get("sketch_run")
    if run is None:
        jobs = [job for job in board().jobs(owner()) if spec is not None and replace(job.spec, branch=None) == spec]
        run = SketchRun(jobs[-1], is_adopted=True) if jobs else None
    if run is not None and board().get(run.job.token, owner()) is None:
        run = None
    _keep(run)
    return run


def start(spec: JobSpec) -> None:
    """Train from new first weights."""
    _replace(st.session_state.get("sketch_run"), SketchRun(board().submit(spec, owner())))


def follow(run: SketchRun | None, spec: JobSpec | None) -> SketchRun | None:
    """The run for what the page says now. A run that trains goes on with a changed drawing, sigma, beta, rate or algorithm from its present
    weights. Another network begins anew."""
    if run is None or spec is None or replace(run.job.spec, branch=None) == spec or not run.job.snapshot().active:
        return run
    return _go_on(run, spec, paused=run.is_paused)


def go_on(run: SketchRun, spec: JobSpec | None) -> None:
    """After a pause or at its end the run goes on, with what the page says now if it says anything."""
    if run.is_paused:
        run.job.resume()
    else:
        _go_on(run, spec or replace(run.job.spec, branch=None), paused=False)


def _go_on(run: SketchRun, spec: JobSpec, *, paused: bool) -> SketchRun:
    snapshot = run.job.snapshot()
    point = run.job.spec.branch  # before its first look the run is where it began
    if plane := snapshot.plane:
        point = BranchPoint(run.job.token, plane.step, snapshot.samples_seen, plane.model)
    if point is None or not _has_network_of(run.job.spec, spec):
        later = SketchRun(board().submit(spec, owner(), paused=paused))
    else:
        point = replace(point, model=studies.model_file_with_sigma(point.model, spec.model_config))
        job = board().submit(replace(spec, branch=point), owner(), paused=paused)
        later = SketchRun(job, tuple(run.moments(snapshot)))
    _replace(run, later)
    return later


def _has_network_of(spec: JobSpec, other: JobSpec) -> bool:
    """Whether two runs differ in nothing of the network but sigma."""
    config = other.model_config
    return spec.model_config.replace(variance=config.variance, variance_floor=config.variance_floor) == config


def _replace(run: SketchRun | None, later: SketchRun) -> None:
    if run is not None and not run.is_adopted:
        board().discard(run.job)
    _keep(later)


def _keep(run: SketchRun | None) -> None:
    st.session_state["sketch_run"] = run


def points_in(text: str) -> np.ndarray:
    """The points of a drawing's text, (points, 2)."""
    return studies.points_of_text(text)
