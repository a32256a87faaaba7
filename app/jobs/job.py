"""One training job: its spec, its snapshot for pages, and its commands."""

from __future__ import annotations

import base64
import queue
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

import vae_core as vc
from vae_core.files import write_atomic
from vae_core.worker import serve

ACTIVE = ("queued", "starting", "running", "paused")
CLOSE_SECONDS = 2.0
INITIAL = "initial.safetensors"
Message = dict[str, Any]


@dataclass(frozen=True)
class BranchPoint:
    """The step of the run `parent` at which a branch begins, with the number of images seen by then and the model at that
    step (the bytes of a model file). The optimiser's moments begin anew."""

    parent: str
    step: int
    samples_seen: int
    model: bytes


@dataclass(frozen=True)
class JobSpec:
    """What to train, completely: equal specs give equal models, bit for bit. Without `branch` it starts from the
    random weights of its seed."""

    data: str
    model_config: vc.ModelConfig
    train_config: vc.TrainConfig
    branch: BranchPoint | None = None


@dataclass(frozen=True, eq=False)
class Look:
    """The model at one step: means of the first test images (points, latent) float32, and decoded means (rows, columns,
    data_dim) uint8 of `vae_core.worker.look_points`. `means_of` is "q(z|x)", or "p(z|x)" where no encoder is trained."""

    step: int
    means: np.ndarray
    pictures: np.ndarray
    means_of: str = "q(z|x)"


@dataclass(frozen=True, eq=False)
class Snapshot:
    """All that a page shows of a job. `queue_position` is 1 for the next one to start; rates are None while unknown;
    `version` grows with every change."""

    history: vc.History
    state: str = "queued"  # then starting, running, paused; then finished, stopped or failed
    queue_position: int | None = None
    message: str = ""
    step: int = 0
    total_steps: int = 0
    samples_seen: int = 0
    epoch: float = 0.0
    images_per_second: float | None = None
    seconds_left: float | None = None
    learning_rate: float | None = None
    look: Look | None = None
    version: int = 0

    @property
    def active(self) -> bool:
        return self.state in ACTIVE

    @property
    def can_pause(self) -> bool:
        return self.state in ("starting", "running")

    @property
    def can_resume(self) -> bool:
        return self.state == "paused"

    can_step = can_resume

    @property
    def can_stop(self) -> bool:
        return self.active


class Job(ABC):
    """One training, made by `Board.submit`. Every method may be called at any time, from any thread, repeatedly; a command that
    makes no sense in the present state does nothing. Commands take effect after the present step."""

    def __init__(
        self, spec: JobSpec, token: str, folder: Path, owner: str, on_end: Callable[[Job], None], paused: bool = False
    ):
        self._starts_paused = paused
        self.spec, self.token, self.folder, self.owner = spec, token, folder, owner
        self._on_end = on_end
        self._snapshot = Snapshot(vc.History.of(spec.data, spec.train_config))
        self._change_lock = threading.Lock()
        self._control = threading.Lock()  # no command may come between leaving the queue and the launch
        self.ended = threading.Event()

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
        """Wait after the present step; before the first one when the job is still starting."""
        self._command("pause", lambda now: now.can_pause)

    def resume(self) -> None:
        """Go on after a pause."""
        self._command("resume", lambda now: now.can_resume)

    def step(self) -> None:
        """Make exactly one optimiser step in a pause."""
        self._command("step", lambda now: now.can_step)

    def stop(self) -> None:
        """End here and keep the model. A job that still waits in the queue leaves it, with no model."""
        if not self._leave_queue():
            self._command("stop", lambda now: now.can_stop)

    def close(self, *, wait: bool = False) -> None:
        """End at once, keeping nothing that is not on disk yet. The slot is free when the process is gone; with
        `wait`, return only then."""
        self.hang_up()
        if not self.ended.is_set():
            self.end(wait)

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the job has ended and its slot is free; False after `timeout` seconds."""
        return self.ended.wait(timeout)

    # -- for the board -------------------------------------------------------------------------------------------

    @classmethod
    def prepare(cls) -> Any:
        """Make something that takes long and that the next job's `start` can use, or None."""
        return None

    def place(self, position: int) -> None:
        """Tell a waiting job its place in the queue."""
        self.change(lambda now: {"queue_position": position} if now.queue_position != position else {})

    def start(self, prepared: Any) -> bool:
        """Leave the queue and train; False when the job was stopped before, or cannot start."""
        with self._control:
            starting = {"state": "starting", "queue_position": None}
            if not self.change(lambda now: starting if now.state == "queued" else {}):
                return False
            request = {
                "command": "start",
                "folder": str(self.folder.absolute()),
                "data": self.spec.data,
                "model_config": self.spec.model_config.to_dict(),
                "train_config": self.spec.train_config.to_dict(),
            }
            try:
                if self.spec.branch:
                    request["initial"] = str(self._write_initial(self.spec.branch.model).absolute())
                self.launch(request, prepared)
                if self._starts_paused:
                    self.send({"command": "pause"})
            except (OSError, RuntimeError) as error:  # no memory for another process, or no more threads
                failed = {"state": "failed", "message": f"training could not start: {error}"}
                self.change(lambda now: failed)
                self.ended.set()
                return False
            return True

    def _write_initial(self, model: bytes) -> Path:
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / INITIAL
        write_atomic(path, model)
        return path

    def hang_up(self) -> None:
        """The first half of `close`: tell the job to end, without waiting."""
        if self._leave_queue():
            return
        with self._control:
            self.change(lambda now: {"state": "stopped", "message": "closed"} if now.active else {})
            if not self.ended.is_set():
                self.drop()

    @abstractmethod
    def launch(self, request: Message, prepared: Any) -> None: ...

    @abstractmethod
    def send(self, command: Message) -> None: ...

    @abstractmethod
    def drop(self) -> None: ...

    @abstractmethod
    def end(self, wait: bool) -> None: ...

    # -- inside --------------------------------------------------------------------------------------------------

    def _command(self, name: str, possible: Callable[[Snapshot], bool]) -> None:
        with self._control:
            if possible(self._snapshot) and self._snapshot.state != "queued":
                self.send({"command": name})

    def _leave_queue(self) -> bool:
        stopped = {"state": "stopped", "queue_position": None, "message": "stopped before it began"}
        if self.change(lambda now: stopped if now.state == "queued" else {}):
            self.finish()
            return True
        return False

    def finish(self) -> None:
        """The last thing that a job does, holding no lock: give its slot back."""
        self._on_end(self)
        self.ended.set()

    def change(self, changes_of: Callable[[Snapshot], Message]) -> bool:
        """Replace the snapshot by one with `changes_of(snapshot)`; False when there are none."""
        with self._change_lock:
            changes = changes_of(self._snapshot)
            if changes:
                self._snapshot = replace(self._snapshot, version=self._snapshot.version + 1, **changes)
            return bool(changes)

    def fold(self, message: Message) -> None:
        """Take a worker's message into the snapshot; a job that has ended changes no more."""
        values = dict(message)
        kind = values.pop("event")
        if kind == "look":
            values = {"look": _look(values)}
        if kind == "record":
            record = vc.Record(**values)
            self.change(lambda now: {"history": now.history.extended(record)} if now.active else {})
        else:
            self.change(lambda now: values if now.active else {})


def _look(values: Message) -> Look:
    means = np.frombuffer(base64.b64decode(values["means"]), np.float16).reshape(values["means_shape"])
    pictures = np.frombuffer(base64.b64decode(values["pictures"]), np.uint8).reshape(values["pictures_shape"])
    return Look(values["step"], means.astype(np.float32), pictures, values["means_of"])


class ThreadJob(Job):
    """A job on a thread of this process: it starts at once, uses as many torch threads as this process does, and can
    be ended only between two steps."""

    def __init__(self, *args: Any):
        super().__init__(*args)
        self._commands: queue.SimpleQueue[Message | None] = queue.SimpleQueue()

    def launch(self, request: Message, prepared: Any) -> None:
        self.send(request)
        threading.Thread(target=self._work, daemon=True, name="training").start()

    def _work(self) -> None:
        serve(self._commands, self.fold)
        self.finish()

    def send(self, command: Message) -> None:
        self._commands.put(command)

    def drop(self) -> None:
        self._commands.put(None)

    def end(self, wait: bool) -> None:
        if wait:
            self.wait(CLOSE_SECONDS)
