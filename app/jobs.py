"""Training jobs behind the screen: worker processes or threads, a queue with slots, and snapshots of what they do."""

from __future__ import annotations

import atexit
import base64
import json
import os
import queue
import secrets
import shutil
import subprocess
import sys
import tempfile
import threading
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

import numpy as np

import vae_core as vc
from vae_core.data import REPOSITORY
from vae_core.worker import serve

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

ACTIVE = ("queued", "starting", "running", "paused")
TERMINATE_SECONDS, KILL_SECONDS = 1.0, 2.0
SPARE_SECONDS = 5.0
GRACE_SECONDS = 10.0
Message = dict[str, Any]
FOLDER_PREFIX = "aevb-lab-jobs-"


@dataclass(frozen=True)
class JobSpec:
    """What to train, completely: equal specs give equal models, bit for bit."""

    data: str
    model_config: vc.ModelConfig
    train_config: vc.TrainConfig


@dataclass(frozen=True, eq=False)
class Look:
    """The model at one step: encoded means of the first test images (points, latent) float32, and decoded means
    (rows, columns, data_dim) uint8 of `vae_core.worker.look_points`."""

    step: int
    means: np.ndarray
    pictures: np.ndarray


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
    """One training, made by `Board.submit`. Every method may be called at any time, from any thread, repeatedly; what
    makes no sense in the present state does nothing. Commands take effect after the step that is being made."""

    def __init__(
        self, spec: JobSpec, token: str, folder: Path, owner: str, on_end: Callable[[Job], None], paused: bool = False
    ):
        self._starts_paused = paused
        self.spec, self.token, self.folder, self.owner = spec, token, folder, owner
        self._on_end = on_end
        self._snapshot = Snapshot(vc.History(spec.data, spec.train_config.binarization))
        self._change_lock = threading.Lock()
        self._control = threading.Lock()  # so that no command comes between leaving the queue and being launched
        self._ended = threading.Event()

    def snapshot(self) -> Snapshot:
        """The latest; never blocks."""
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
        if not self._ended.is_set():
            self._end(wait)

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the job has ended and its slot is free; False after `timeout` seconds."""
        return self._ended.wait(timeout)

    # -- for the board -------------------------------------------------------------------------------------------

    @classmethod
    def prepare(cls) -> Any:
        """Something that takes long to make and that the next job's `start` can use, or None."""
        return None

    def place(self, position: int) -> None:
        """Tell a waiting job its place in the queue."""
        self._change(lambda now: {"queue_position": position} if now.queue_position != position else {})

    def start(self, prepared: Any) -> bool:
        """Leave the queue and train; False when the job was stopped before, or cannot start."""
        with self._control:
            starting = {"state": "starting", "queue_position": None}
            if not self._change(lambda now: starting if now.state == "queued" else {}):
                return False
            request = {
                "command": "start",
                "folder": str(self.folder.absolute()),
                "data": self.spec.data,
                "model_config": self.spec.model_config.to_dict(),
                "train_config": self.spec.train_config.to_dict(),
            }
            try:
                self._launch(request, prepared)
                if self._starts_paused:
                    self._send({"command": "pause"})
            except (OSError, RuntimeError) as error:  # no memory for another process, or no more threads
                failed = {"state": "failed", "message": f"training could not start: {error}"}
                self._change(lambda now: failed)
                self._ended.set()
                return False
            return True

    def hang_up(self) -> None:
        """The first half of `close`: tell it to end, and wait for nothing."""
        if self._leave_queue():
            return
        with self._control:
            self._change(lambda now: {"state": "stopped", "message": "closed"} if now.active else {})
            if not self._ended.is_set():
                self._hang_up()

    @abstractmethod
    def _launch(self, request: Message, prepared: Any) -> None: ...

    @abstractmethod
    def _send(self, command: Message) -> None: ...

    @abstractmethod
    def _hang_up(self) -> None: ...

    @abstractmethod
    def _end(self, wait: bool) -> None: ...

    # -- inside --------------------------------------------------------------------------------------------------

    def _command(self, name: str, possible: Callable[[Snapshot], bool]) -> None:
        with self._control:
            if possible(self._snapshot) and self._snapshot.state != "queued":
                self._send({"command": name})

    def _leave_queue(self) -> bool:
        left = {"state": "stopped", "queue_position": None, "message": "stopped before it began"}
        if self._change(lambda now: left if now.state == "queued" else {}):
            self._finish()
            return True
        return False

    def _finish(self) -> None:
        """The last thing that a job does, holding no lock: give its slot back."""
        self._on_end(self)
        self._ended.set()

    def _change(self, changes_of: Callable[[Snapshot], Message]) -> bool:
        """Replace the snapshot by one with `changes_of(snapshot)`; False when there are none."""
        with self._change_lock:
            changes = changes_of(self._snapshot)
            if changes:
                self._snapshot = replace(self._snapshot, version=self._snapshot.version + 1, **changes)
            return bool(changes)

    def _fold(self, message: Message) -> None:
        """Take a worker's message into the snapshot; a job that has ended changes no more."""
        values = dict(message)
        kind = values.pop("event")
        if kind == "look":
            values = {"look": _look(values)}
        if kind == "record":
            record = vc.Record(**values)
            self._change(lambda now: {"history": _extended(now.history, record)} if now.active else {})
        else:
            self._change(lambda now: values if now.active else {})


def _extended(history: vc.History, record: vc.Record) -> vc.History:
    """A new history, since readers hold the old one."""
    return vc.History(history.data, history.binarization, [*history.records, record])


def _look(values: Message) -> Look:
    means = np.frombuffer(base64.b64decode(values["means"]), np.float16).reshape(values["means_shape"])
    pictures = np.frombuffer(base64.b64decode(values["pictures"]), np.uint8).reshape(values["pictures_shape"])
    return Look(values["step"], means.astype(np.float32), pictures)


class ThreadJob(Job):
    """A job on a thread of this process: it starts at once, uses as many torch threads as this process does, and can
    be ended only between two steps."""

    def __init__(self, *args: Any):
        super().__init__(*args)
        self._commands: queue.SimpleQueue[Message | None] = queue.SimpleQueue()

    def _launch(self, request: Message, prepared: Any) -> None:
        self._send(request)
        threading.Thread(target=self._work, daemon=True, name="training").start()

    def _work(self) -> None:
        serve(self._commands, self._fold)
        self._finish()

    def _send(self, command: Message) -> None:
        self._commands.put(command)

    def _hang_up(self) -> None:
        self._commands.put(None)

    def _end(self, wait: bool) -> None:
        if wait:
            self.wait(KILL_SECONDS)


class WorkerJob(Job):
    """A job in a process of its own, which may crash or be killed and harms nobody."""

    @classmethod
    def prepare(cls) -> WorkerProcess:
        process = WorkerProcess()
        process.send({"command": "rehearse"})
        return process

    def _launch(self, request: Message, prepared: WorkerProcess | None) -> None:
        if prepared and not prepared.alive:
            prepared.dismiss()
            prepared = None
        self._process = prepared or WorkerProcess()
        self._send(request)
        try:
            threading.Thread(target=self._listen, daemon=True, name="listener").start()
        except RuntimeError:
            self._process.end()
            raise

    def _listen(self) -> None:
        try:
            for message in self._process.messages():
                self._fold(message)
            why = self._process.end()
        except (ValueError, KeyError, TypeError) as error:
            self._process.end()
            why = f"the training process sent something that is not a message: {error}"
        self._change(lambda now: {"state": "failed", "message": why} if now.active else {})
        self._finish()

    def _send(self, command: Message) -> None:
        self._process.send(command)

    def _hang_up(self) -> None:
        self._process.hang_up()

    def _end(self, wait: bool) -> None:
        if wait:
            self._process.end()
            self.wait(KILL_SECONDS)
        elif not self._ended.is_set():
            threading.Thread(target=self._process.end, daemon=True).start()


class WorkerProcess:
    """`python -m vae_core.worker` and its pipes. It ends when its stdin does, and so also when this process is killed
    (while it still imports torch, a few seconds later)."""

    def __init__(self) -> None:
        environment = dict(os.environ, PYTHONSAFEPATH="1")  # nothing in the user's folder may shadow a module
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, [str(REPOSITORY), os.environ.get("PYTHONPATH")]))
        self._lock = threading.Lock()
        self._errors = tempfile.TemporaryFile()
        self._popen = subprocess.Popen(
            [sys.executable, "-m", "vae_core.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env=environment,
            start_new_session=True,  # Ctrl-C in the server's terminal is for the server to handle
        )

    @property
    def pid(self) -> int:
        return self._popen.pid

    @property
    def alive(self) -> bool:
        return self._popen.poll() is None

    def send(self, command: Message) -> None:
        """Write a command. To a process that is gone this writes nothing: its end is noticed where it is read."""
        with self._lock, suppress(OSError, ValueError):
            self._popen.stdin.write(json.dumps(command).encode() + b"\n")
            self._popen.stdin.flush()

    def messages(self) -> Iterator[Message]:
        """What it says, until its end."""
        with self._popen.stdout as lines:
            for line in lines:
                if line.endswith(b"\n"):  # else it ended in the middle of a line
                    yield json.loads(line)

    def hang_up(self) -> None:
        """Close its stdin, which ends it."""
        with self._lock, suppress(OSError):
            self._popen.stdin.close()

    def end(self) -> str:
        """Make sure that it is gone (hang up, then terminate, then kill), and say how it ended."""
        self.hang_up()
        for patience, harsher in (
            (TERMINATE_SECONDS, self._popen.terminate),
            (KILL_SECONDS - TERMINATE_SECONDS, self._popen.kill),
        ):
            try:
                self._popen.wait(patience)
            except subprocess.TimeoutExpired:
                harsher()
        code = self._popen.wait()
        how = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
        return f"the training process {how}{self._last_words()}"

    def dismiss(self) -> None:
        """End it when nobody listens to it."""
        self.end()
        self._popen.stdout.close()

    def _last_words(self) -> str:
        with self._lock:
            if self._errors.closed:
                return ""
            with self._errors:
                self._errors.seek(0)
                lines = self._errors.read().decode(errors="replace").split("\n")
        return next((f": {line.strip()}" for line in reversed(lines) if line.strip()), "")


class Board:
    """All jobs of this server: at most `slots` train at a time, the others wait, first come, first served.

    A paused job keeps its slot. Jobs are private to the owner who submitted them; when the owner is gone, the jobs
    and their folders go too.
    """

    def __init__(self, slots: int | None = None, folder: Path | None = None, kind: type[Job] = WorkerJob):
        self.slots = slots or max(1, os.cpu_count() or 1)
        self._kind = kind
        self._lock = threading.RLock()
        self._jobs: dict[str, Job] = {}
        self._waiting: deque[Job] = deque()
        self._running: set[Job] = set()
        self._graces: dict[str, threading.Timer] = {}
        self._spare: Any = None
        self._keeps_spare = self._closed = False
        self.folder, self._claim = (Path(folder), None) if folder else _claimed_folder()
        atexit.register(self.shutdown)

    def submit(self, spec: JobSpec, owner: str, *, paused: bool = False) -> Job:
        """Put a job in the queue; it starts as soon as a slot is free. The same spec again is the same run again.
        With `paused` it waits at step 0, with its initial weights, until it is told to resume or step."""
        token = secrets.token_urlsafe(16)
        job = self._kind(spec, token, self.folder / token, owner, self._ended, paused)
        with self._lock:
            if self._closed:
                raise RuntimeError("the board has been shut down and takes no more jobs")
            self.touch(owner)
            self._jobs[token] = job
            self._waiting.append(job)
            self._fill()
        return job

    def get(self, token: str, owner: str) -> Job | None:
        """The owner's job with this token; None for anybody else."""
        job = self._jobs.get(token)
        return job if job and job.owner == owner else None

    def adopt(self, token: str, owner: str) -> Job | None:
        """A page that was reloaded comes as a new owner: with the token of a job whose owner is gone, but not yet
        forgotten, it takes over all of that owner's jobs. None, and nothing, while the owner is there."""
        with self._lock:
            job = self._jobs.get(token)
            if job is None or job.owner not in self._graces:
                return None
            old = job.owner
            self.touch(old)
            for theirs in self.jobs(old):
                theirs.owner = owner
            return job

    def jobs(self, owner: str) -> list[Job]:
        """The owner's jobs, oldest first."""
        with self._lock:
            return [job for job in self._jobs.values() if job.owner == owner]

    def discard(self, job: Job) -> None:
        """Close a job and delete its folder, in the background."""
        with self._lock:
            self._jobs.pop(job.token, None)
        threading.Thread(target=_delete, args=([job],), daemon=True).start()

    def release(self, owner: str, grace: float = GRACE_SECONDS) -> None:
        """The owner seems to be gone: unless `touch` or `submit` comes within `grace` seconds, discard their jobs."""
        with self._lock:
            self.touch(owner)
            timer = self._graces[owner] = threading.Timer(grace, self._forget, (owner,))
            timer.daemon = True
            timer.start()

    def touch(self, owner: str) -> None:
        """The owner is here (again)."""
        with self._lock:
            timer = self._graces.pop(owner, None)
            if timer:
                timer.cancel()

    def warm(self) -> None:
        """From now on keep a spare process that has torch loaded (some 300 MB), so that a job begins in a tenth of a
        second instead of several."""
        with self._lock:
            self._keeps_spare = not self._closed
            if self._keeps_spare and self._spare is None:
                self._spare = self._kind.prepare()

    def shutdown(self) -> None:
        """End all jobs, wait for that, and delete their folders."""
        with self._lock:
            if self._closed:
                return
            self._closed, self._keeps_spare = True, False
            jobs, graces, spare = list(self._jobs.values()), list(self._graces.values()), self._spare
            self._jobs.clear()
            self._graces.clear()
            self._spare = None
        for timer in graces:
            timer.cancel()
        if spare:
            spare.hang_up()
        _delete(jobs)
        if spare:
            spare.dismiss()
        if self._claim:
            self._claim.close()
            shutil.rmtree(self.folder, ignore_errors=True)
        atexit.unregister(self.shutdown)

    def _fill(self) -> None:
        with self._lock:
            while self._waiting and len(self._running) < self.slots and not self._closed:
                job = self._waiting.popleft()
                if job.start(self._spare):
                    self._running.add(job)
                    self._spare = None
                    self._warm_later()
            for position, job in enumerate(self._waiting, 1):
                job.place(position)

    def _warm_later(self) -> None:
        """When the new job has begun: two processes that import torch at once take twice as long."""
        if self._keeps_spare:
            timer = threading.Timer(SPARE_SECONDS, self.warm)
            timer.daemon = True
            timer.start()

    def _ended(self, job: Job) -> None:
        with self._lock:
            self._running.discard(job)
            if job in self._waiting:
                self._waiting.remove(job)
            self._fill()

    def _forget(self, owner: str) -> None:
        with self._lock:
            if self._graces.get(owner) is not threading.current_thread():
                return  # touched, or released anew, while this timer waited for the lock
            del self._graces[owner]
            jobs = self.jobs(owner)
            for job in jobs:
                del self._jobs[job.token]
        _delete(jobs)


def _delete(jobs: list[Job]) -> None:
    for job in jobs:
        job.hang_up()
    for job in jobs:
        job.close(wait=True)
        shutil.rmtree(job.folder, ignore_errors=True)


def _claimed_folder() -> tuple[Path, IO[str]]:
    """A new folder for jobs, and an open file in it whose lock says that its server lives. Folders of servers that
    were killed, whose locks are free, are deleted first (not on Windows)."""
    folder = Path(tempfile.mkdtemp(prefix=FOLDER_PREFIX))
    file = (folder / "new").open("w")
    if fcntl:
        fcntl.flock(file, fcntl.LOCK_EX)
        (folder / "new").rename(folder / "claim")  # locked before others can see it
        for claim in folder.parent.glob(f"{FOLDER_PREFIX}*/claim"):
            with suppress(OSError), claim.open("r+") as other:
                fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(claim.parent, ignore_errors=True)
    return folder, file
