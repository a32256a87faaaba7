"""A drawing and the model that learns it, for the pad of the page Sketch: as the script draws it, and as the browser asks for it."""

from __future__ import annotations

import math
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from aevb_lab import cached
from aevb_lab.components.packed import pack_arrays
from aevb_lab.figures.numbers import nats
from aevb_lab.jobs.job import JobSpec, Snapshot
from aevb_lab.serving import Published
from aevb_lab.session.sketch import SketchRun, points_in, slower_rate
from aevb_lab.theme import palette
from vae_core.config import TrainConfig
from vae_core.data.point_sets import MOST_POINTS, REACH, SIDES
from vae_core.studies import Moment, gaussian_log_density, moment_of
from vae_core.studies.drawn_points import TOLERANCE, has_settled

MOST_SEEN = 400  # moments on the curves
STATES = {"queued": "Waiting for its turn", "running": "Training"}
SMALLER_RATE = "A smaller learning rate helps."
LEAST_DIP = 0.05  # nats: a smaller one is hardly seen on the curves


class SketchWatch:
    """A run on the page Sketch, at an address where the browser asks for its newest look."""

    def __init__(self, run: SketchRun):
        self.run = run
        self.usual = usual_log_p(run.job.spec.points or "")
        self._published = Published(self._answer, f"sketches/{secrets.token_urlsafe()}")

    @property
    def address(self) -> str:
        return self._published.address

    def _words(self, snapshot: Snapshot, moments: Sequence[Moment]) -> str:
        """The state of the run in one line, and in others its newest numbers."""
        state = STATES.get(snapshot.state, snapshot.state.capitalize())
        if not moments:
            return f"{state}."
        change = snapshot.plane.change if snapshot.plane else 0.0
        return f"{state}: step {moments[-1].step:,}.{settled_words(snapshot)}\n{moment_words(moments[-1], self.usual, change)}"

    def _answer(self, query: str) -> bytes:
        """What is new since the step of the query: nothing but the state, or all arrays."""
        snapshot = self.run.job.snapshot()
        moments = self.run.moments(snapshot)
        header = {"state": snapshot.state, "words": self._words(snapshot, moments)}
        plane = snapshot.plane
        if plane is None or query == str(plane.step):
            return pack_arrays(header, {})
        spec = self.run.job.spec
        about = _about(spec, plane.step, moments[-1].step, plane.change)
        return pack_arrays(about | header | _dips(moments, spec.train_config), _arrays(spec, plane.arrays, moments))


def settled_words(snapshot: Snapshot) -> str:
    """That a run which trains can be paused, where it hardly rises any more; else nothing."""
    is_done = snapshot.state == "running" and has_settled(snapshot.moments)
    return " It hardly rises any more. Press Pause." if is_done else ""


def moment_words(moment: Moment, usual: float | None = None, change: float = 0.0) -> str:
    """The bound and log p(x) at a moment, in nats a point, beside `usual`, what one oval cloud has. `change` is that of
    `studies.PlanePicture`."""
    words = f"log p(x) is {nats(moment.log_marginal)}{doubt_words(change)}"
    if usual is not None:
        verdict = "better" if moment.log_marginal > usual else "worse"
        words += f": {verdict} than one oval cloud, {nats(usual)}"
    if moment.elbo is not None:
        words += f".\nThe bound is {nats(round(moment.log_marginal - moment.elbo, 2) + 0.0)} lower: {nats(moment.elbo)}"
    return f"{words}."


def dip_words(moments: Sequence[Moment], config: TrainConfig) -> str:
    """Why the bound has fallen during a run; empty where it has not."""
    bounds = np.array([moment.elbo for moment in moments if moment.elbo is not None])
    if len(bounds) < 2 or (np.maximum.accumulate(bounds) - bounds).max() < LEAST_DIP:
        return ""
    if config.algorithm != "aevb":
        return "Why does the bound fall at times? This algorithm raises something else."
    if config.beta != 1.0:
        return f"Why may the bound fall? In training the KL counts {config.beta:g} times, in the curve once."
    return (
        "Why does the bound fall at times? Chance picks points and z for each step, so some steps go wrong. "
        + SMALLER_RATE
    )


def _dips(moments: Sequence[Moment], config: TrainConfig) -> dict[str, Any]:
    """Why the bound has fallen, and the learning rate that would help."""
    words = dip_words(moments, config)
    return {"dips": words, "slower": slower_rate(config.learning_rate) if words.endswith(SMALLER_RATE) else None}


def doubt_words(change: float) -> str:
    """How far log p(x) may be wrong, in nats, where halving the spacing of z last changed it by more than it may."""
    if change <= TOLERANCE:
        return ""
    amount = f"± {change:,.2f} nats: " if math.isfinite(change) else ""
    return f" ({amount}the grid of z is too coarse here)"


def packed_pad(text: str, version: str, spec: JobSpec | None, watch: SketchWatch | None, *, dark: bool) -> bytes:
    """The content of `components.sketch_pad`: the drawing and where the browser asks for the model. Before the first run it is the model of the
    first weights."""
    snapshot = watch.run.job.snapshot() if watch else None
    header: dict[str, Any] = {
        "points": text, "version": version, "reach": REACH, "sides": SIDES, "most": MOST_POINTS, "colours": asdict(palette(dark)),
        "address": watch.address if watch else "", "state": snapshot.state if snapshot else "ready", "active": bool(snapshot and snapshot.active),
    }  # fmt: skip
    if watch is not None or spec is None:
        return pack_arrays(header, {})
    picture = cached.first_sketch(spec.points or "", spec.model_config, spec.train_config)
    arrays = {name: value for name, value in vars(picture).items() if isinstance(value, np.ndarray)}
    moments = [moment_of(0, picture)]
    about = _about(spec, -1, 0, picture.change)
    words = f"Ready: press Start.\n{moment_words(moments[0], about['usual'], picture.change)}"
    return pack_arrays(header | about | {"words": words}, _arrays(spec, arrays, moments))


def _about(spec: JobSpec, step: int, total_step: int, change: float) -> dict[str, Any]:
    doubt, usual = doubt_words(change), usual_log_p(spec.points or "")
    latents = spec.model_config.latent_dim
    return {
        "step": step,
        "total_step": total_step,
        "latents": latents,
        "doubt": doubt,
        "usual": usual,
        "dips": "",
        "slower": None,
    }


def usual_log_p(text: str) -> float | None:
    """What one oval cloud (a Gaussian) has for drawn points, in nats a point: a yardstick. None where no such cloud fits them."""
    usual = gaussian_log_density(points_in(text)) if text else math.nan
    return usual if math.isfinite(usual) else None


def _arrays(spec: JobSpec, arrays: Mapping[str, np.ndarray], moments: Sequence[Moment]) -> dict[str, np.ndarray]:
    """The arrays of a look, the points that it was made of, and the curves."""
    every = -(-len(moments) // MOST_SEEN)
    curves = [
        [moment.step, np.nan if moment.elbo is None else moment.elbo, moment.log_marginal]
        for moment in reversed(moments[::-every])  # the newest one is among them
    ]
    return {**arrays, "points": points_in(spec.points or ""), "moments": np.array(curves, np.float32)}
