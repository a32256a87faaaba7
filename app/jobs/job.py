"""One training job: its spec, its snapshot for pages, and its commands."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

import vae_core as vc

ACTIVE = ("queued", "starting", "running", "paused")
CLOSE_SECONDS = 2.0
MOST_MOMENTS = 2000  # of a run of drawn points
Message = dict[str, Any]


@dataclass(frozen=True)
class BranchPoint:
    """The step of the run `parent` at which a branch begins, with the number of images seen by then and the model at that
    step (the bytes of a model file). The optimiser's moments begin anew."""

    parent: str
    step: int
    samples_seen: int
    model: bytes


@dataclass(frozen=True, eq=False)
class OwnImages:
    """A visitor's own images: their `files` by name as they came, whose names and contents have the SHA-256 `source`, the options by
    which they are read, and the `report` of that."""

    name: str
    files: Mapping[str, bytes] = field(repr=False)
    source: str
    options: vc.ReadOptions
    report: vc.ReadReport = field(repr=False)

    @property
    def key(self) -> str:
        """What tells these images, read in this way, from all others; as short as a name."""
        text = json.dumps([self.name, self.report.about], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @property
    def num_bytes(self) -> int:
        """The size of the files."""
        return sum(map(len, self.files.values()))


@dataclass(frozen=True)
class JobSpec:
    """What to train, completely: equal specs give equal models, bit for bit. Without `branch` it starts from the
    random weights of its seed. With `images` the data are these, and `data` is their name. With `points` (the text of
    `point_sets.text_of_points`) the data are points in the plane, and looks are of them."""

    data: str
    model_config: vc.ModelConfig
    train_config: vc.TrainConfig
    branch: BranchPoint | None = None
    images: OwnImages | None = None
    points: str | None = None


@dataclass(frozen=True, eq=False)
class PlaneLook:
    """The model of drawn points at one step: the `arrays` of `studies.drawn_points.PlanePicture` by name, float32, how far the sums were from
    those over half as many places, and the bytes of the model's file."""

    step: int
    arrays: Mapping[str, np.ndarray]
    change: float
    model: bytes

    @property
    def moment(self) -> vc.studies.Moment:
        """The mean bound and the mean log p(x) of the points, in nats."""
        elbo = float(self.arrays["elbo"].mean()) if "elbo" in self.arrays else None
        return vc.studies.Moment(self.step, elbo, float(self.arrays["log_marginal"].mean()))


@dataclass(frozen=True, eq=False)
class Look:
    """The model at one step: means of the first test images (points, latent) float32, and decoded means (rows, columns,
    data_dim) uint8 of `vae_core.looks.look_points`. `means_of` is "q(z|x)", or "p(z|x)" where no encoder is trained. `own` are the
    algorithm's own pictures, as `pictures` are, if it has any."""

    step: int
    means: np.ndarray
    pictures: np.ndarray
    means_of: str = "q(z|x)"
    own: np.ndarray | None = None


@dataclass(frozen=True, eq=False)
class Snapshot:
    """All that a page shows of a job. `version` grows with every change.

    While it waits for its first turn, `queue_position` is 1 for the next one of `queue_length` to start, and `wait_seconds` is
    how long that takes. Afterwards it has `share` of the time of one processor core, because it takes turns with `others`.
    `images_per_second` and `seconds_left` are those of its own turns. What is not known yet is None.
    """

    history: vc.History
    state: str = "queued"  # then starting, running, paused; then finished, stopped or failed
    queue_position: int | None = None
    queue_length: int = 0
    wait_seconds: float | None = None
    share: float = 1.0
    others: int = 0
    message: str = ""
    step: int = 0
    total_steps: int = 0
    samples_seen: int = 0
    epoch: float = 0.0
    images_per_second: float | None = None
    seconds_left: float | None = None
    learning_rate: float | None = None
    look: Look | None = None
    plane: PlaneLook | None = None  # of drawn points, in place of a look
    moments: tuple[vc.studies.Moment, ...] = ()  # of all looks at them
    version: int = 0

    @property
    def active(self) -> bool:
        return self.state in ACTIVE

    @property
    def takes_turns(self) -> bool:
        """Whether the run waits for turns at training or has one."""
        return self.state in ("queued", "starting", "running")

    @property
    def can_pause(self) -> bool:
        return self.state in ("starting", "running")

    @property
    def can_resume(self) -> bool:
        return self.state == "paused"

    can_step = can_resume

    @property
    def waits_for_start(self) -> bool:
        """Whether the run waits at its first step, as after a reset."""
        return self.state == "paused" and self.step == 0

    @property
    def offers_resume(self) -> bool:
        """Whether a button says Resume: at the first step it says Start."""
        return self.can_resume and not self.waits_for_start

    @property
    def can_stop(self) -> bool:
        return self.active

    @property
    def time_left(self) -> float | None:
        """Seconds until the run is finished, if it goes on getting its present share of the time."""
        return None if self.seconds_left is None else self.seconds_left / self.share


class Job:
    """One training, made by `Board.submit`. Every method may be called at any time, from any thread, repeatedly; a command that
    makes no sense in the present state does nothing. Commands take effect after the present step."""

    def __init__(self, spec: JobSpec, token: str, folder: Path, owner: str, tell: Callable[[Job, str], None]):
        self.spec, self.token, self.folder, self.owner = spec, token, folder, owner
        self.title = ""  # the owner's name for it, if there is one
        self._tell = tell
        self._snapshot = Snapshot(vc.History.of(spec.data, spec.train_config))
        self._change_lock = threading.Lock()
        self.ended = threading.Event()

    @property
    def images_path(self) -> Path:
        """Where the visitor's own images lie for the worker, beside the run's folder: they go with it."""
        return images_beside(self.folder)

    def follow(self, parent: str, name: str) -> None:
        """If this is a branch of the run `parent`, know that run by its new `name`."""
        branch = self.spec.branch
        if branch is not None and branch.parent == parent:
            self.spec = replace(self.spec, branch=replace(branch, parent=name))

    def snapshot(self) -> Snapshot:
        """The latest snapshot; never blocks."""
        return self._snapshot

    @property
    def model_path(self) -> Path | None:
        """The model's file, once the job has ended and left one (a stopped or failed one may have)."""
        path = self.folder / "model.safetensors"
        return path if not self._snapshot.active and path.exists() else None

    @property
    def frames_path(self) -> Path | None:
        """The file of the frames so far, or None."""
        path = self.folder / "frames.safetensors"
        return path if path.exists() else None

    def pause(self) -> None:
        """Wait after the present step. A paused run takes no turns, so it is in nobody's way."""
        self._tell(self, "pause")

    def resume(self) -> None:
        """Go on after a pause."""
        self._tell(self, "resume")

    def step(self) -> None:
        """Make exactly one optimiser step in a pause, without waiting for a turn."""
        self._tell(self, "step")

    def stop(self) -> None:
        """End here and keep the model. A job that still waits in the queue leaves it, with no model."""
        self._tell(self, "stop")

    def close(self, *, wait: bool = False) -> None:
        """End, and keep nothing that is not on disk yet; with `wait`, return when nobody writes to the folder any more."""
        self._tell(self, "close")
        if wait:
            self.wait(CLOSE_SECONDS)

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the job has ended; False after `timeout` seconds."""
        return self.ended.wait(timeout)

    # -- for the board -------------------------------------------------------------------------------------------

    def change(self, **values: Any) -> None:
        """Replace the snapshot by one with these values, where they are new; a job that has ended changes no more."""
        self._change(lambda now: {name: value for name, value in values.items() if getattr(now, name) != value})

    def fold(self, message: Message) -> None:
        """Take a worker's message into the snapshot. Raises KeyError, TypeError or ValueError for what is none."""
        values = dict(message)
        kind = values.pop("event")
        if kind == "record":
            self._add(vc.Record(**values))
        elif kind == "look" and "plane" in values:
            plane = _plane_look(values)
            self._change(lambda now: {"plane": plane, "moments": (*now.moments, plane.moment)[-MOST_MOMENTS:]})
        elif kind == "look":
            look = _look(values)
            self._change(lambda now: {"look": look})
        else:
            self._change(lambda now: values)

    def _add(self, record: vc.Record) -> None:
        """Add to the curves, unless the point is there: a run that goes on from a checkpoint makes its last ones again, and they
        are the same."""

        def changes(now: Snapshot) -> Message:
            records = now.history.records
            return {} if records and record.step <= records[-1].step else {"history": now.history.extended(record)}

        self._change(changes)

    def _change(self, changes_of: Callable[[Snapshot], Message]) -> None:
        with self._change_lock:
            changes = changes_of(self._snapshot) if self._snapshot.active else {}
            if changes:
                self._snapshot = replace(self._snapshot, version=self._snapshot.version + 1, **changes)


def images_beside(folder: Path) -> Path:
    """The file of a visitor's own images beside the folder of a run."""
    return folder.with_name(f"{folder.name}-images.zip")


def _look(values: Message) -> Look:
    means = np.frombuffer(base64.b64decode(values["means"]), np.float16).reshape(values["means_shape"])
    pictures = _pictures(values, "pictures")
    own = _pictures(values, "own") if "own" in values else None
    return Look(values["step"], means.astype(np.float32), pictures, values["means_of"], own)


def _plane_look(values: Message) -> PlaneLook:
    arrays = {
        name: np.frombuffer(base64.b64decode(text), np.float32).reshape(shape)
        for name, (text, shape) in values["plane"].items()
    }
    return PlaneLook(values["step"], arrays, float(values["change"]), base64.b64decode(values["model"]))


def _pictures(values: Message, name: str) -> np.ndarray:
    return np.frombuffer(base64.b64decode(values[name]), np.uint8).reshape(values[f"{name}_shape"])
