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
from aevb_lab.jobs.job import JobSpec, Snapshot
from aevb_lab.serving import Published
from aevb_lab.session.sketch import SketchRun, points_in
from aevb_lab.theme import palette
from vae_core.data.point_sets import MOST_POINTS, REACH, SIDES
from vae_core.studies import Moment, moment_of
from vae_core.studies.drawn_points import TOLERANCE

MOST_SEEN = 400  # moments on the curves
SPEEDS = {
    "queued": "waits for its turn",
    "starting": "starting",
    "paused": "paused",
    "finished": "finished",
    "stopped": "stopped",
}


class SketchWatch:
    """A run on the page Sketch, at an address where the browser asks for its newest look."""

    def __init__(self, run: SketchRun):
        self.run = run
        self._published = Published(self._answer, f"sketches/{secrets.token_urlsafe()}")

    @property
    def address(self) -> str:
        return self._published.address

    def _answer(self, query: str) -> bytes:
        """What is new since the step of the query: nothing but the state, or all arrays."""
        snapshot = self.run.job.snapshot()
        header = {"state": snapshot.state, "words": status_words(self.run, snapshot)}
        plane = snapshot.plane
        if plane is None or query == str(plane.step):
            return pack_arrays(header, {})
        moments = self.run.moments(snapshot)
        return pack_arrays(
            header | _about(self.run.job.spec, plane.step, moments[-1].step, plane.change),
            _arrays(self.run.job.spec, plane.arrays, moments),
        )


def status_words(run: SketchRun, snapshot: Snapshot) -> str:
    """The state of a run in one line, with the newest numbers in nats."""
    moments = run.moments(snapshot)
    state = SPEEDS.get(snapshot.state, snapshot.state)
    change = snapshot.plane.change if snapshot.plane else 0.0
    return state if not moments else f"{state} · {moment_words(moments[-1], change)}"


def moment_words(moment: Moment, change: float = 0.0) -> str:
    """The step, the bound and log p(x) at a moment. `change` is that of `studies.PlanePicture`."""
    words = f"step {moment.step:,} · log p(x) {moment.log_marginal:.2f}{doubt_words(change)}"
    if moment.elbo is not None:
        words += f" · bound {moment.elbo:.2f} · gap {round(moment.log_marginal - moment.elbo, 2) + 0.0:.2f} nats"
    return words.replace("-", "−")


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
    words = f"ready · {moment_words(moments[0], picture.change)} · press Start"
    return pack_arrays(header | _about(spec, -1, 0, picture.change) | {"words": words}, _arrays(spec, arrays, moments))


def _about(spec: JobSpec, step: int, total_step: int, change: float) -> dict[str, Any]:
    doubt = doubt_words(change)
    return {"step": step, "total_step": total_step, "latents": spec.model_config.latent_dim, "doubt": doubt}


def _arrays(spec: JobSpec, arrays: Mapping[str, np.ndarray], moments: Sequence[Moment]) -> dict[str, np.ndarray]:
    """The arrays of a look, the points that it was made of, and the curves."""
    every = -(-len(moments) // MOST_SEEN)
    curves = [
        [moment.step, np.nan if moment.elbo is None else moment.elbo, moment.log_marginal]
        for moment in reversed(moments[::-every])  # the newest one is among them
    ]
    return {**arrays, "points": points_in(spec.points or ""), "moments": np.array(curves, np.float32)}
