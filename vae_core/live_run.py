"""One training run that obeys commands and says how far it is, for a screen beside it. Commands and messages are plain dicts."""

from __future__ import annotations

import contextlib
import sys
import time
import traceback
from collections import deque
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from vae_core.config import ModelConfig, TrainConfig
from vae_core.data.binarization import published_draw
from vae_core.data.records import Dataset
from vae_core.errors import NonFiniteBound, VaeCoreError, sentence
from vae_core.frames import FRAME_POINTS
from vae_core.latent import means_of
from vae_core.looks import look_at, points_look
from vae_core.optim import learning_rate
from vae_core.randomness import seeded
from vae_core.runs import finish_run, open_run, resume_run

PROGRESS_SECONDS = 0.1
LOOK_SECONDS = 0.5
LOOK_SHARE = 0.02
POINTS_SECONDS = 0.25  # between looks at a model of points in the plane, which people watch from its first second
POINTS_SHARE = 0.3
RATE_SECONDS = 3.0
COMMANDS = ("pause", "resume", "step", "stop")

Message = dict[str, Any]
Emit = Callable[[Message], None]


class LiveRun:
    """A run that obeys commands and emits messages. A look draws no random numbers, so it never changes the run."""

    def __init__(self, request: Message, emit: Emit, load: Callable[[Message], Dataset]):
        self.name = str(request.get("run", ""))
        self.paused = bool(request.get("paused"))
        self.has_ended = self._is_open = False
        self._request, self._load = request, load
        self.emit: Emit = (lambda message: emit({"run": self.name} | message)) if self.name else emit
        self._folder = Path()
        self._rate = Rate()
        self._left: float | None = None  # when the run was left for another one
        self._is_of_points = "points" in request
        usual = POINTS_SECONDS if self._is_of_points else LOOK_SECONDS
        self._look_every: float | None = request.get("look_every", usual)  # None: never
        self._next_progress = self._next_look = 0.0

    def open(self) -> None:
        """Begin, or go on from the checkpoint in the folder. Raises what `open_run` and its events raise."""
        request = self._request
        if request.get("command") != "start":
            raise ValueError(f"the first command must be 'start', got {request.get('command')!r}")
        self.emit(state_message("starting"))
        self._folder = Path(request["folder"])
        configs = ModelConfig.from_dict(request["model_config"]), TrainConfig.from_dict(request["train_config"])
        dataset = self._load(request)
        options = {"resume": request.get("resume", False), "initial": request.get("initial")}
        self._run = open_run(self._folder, dataset, *configs, **options)
        self._is_open = True
        self._x = dataset.x_test
        if not self._is_of_points:  # points are no grey values, and all of them are looked at
            self._x = published_draw(self._x, configs[1].binarization)[:FRAME_POINTS].clone()
        self._num_train = len(dataset.x_train)
        self._total_steps = configs[1].epochs * -(-self._num_train // configs[1].batch_size)
        for record in self._run.state.history.records:
            if record.step > request.get("since", -1):
                self.emit({"event": "record", **asdict(record)})
        if not self.paused:
            self.emit(state_message("running"))
        if not self._run.state.history.records:  # the event of step 0 is still to come
            self._next_event()
        while self.paused and self._run.state.step < request.get("step", 0) and not self.has_ended:
            self._next_event()
        if self.has_ended:
            return
        if self.paused:
            self.leave()
            self.emit(state_message("paused"))
        else:
            self._report(now=False)

    def advance(self) -> None:
        """Make one step."""
        self._next_event()
        if not self.has_ended:
            self._report(now=False)

    def obey(self, command: object) -> None:
        """Obey one of `COMMANDS`; one that makes no sense now does nothing."""
        if command == "pause" and not self.paused:
            self.paused = True
            self.leave()
            self.emit(state_message("paused"))
        elif command == "resume" and self.paused:
            self.paused = False
            self.emit(state_message("running"))
        elif command == "step" and self.paused:
            self._next_event()
            if not self.has_ended:
                self.leave()
        elif command == "stop":
            self._come_back()
            self.close()
            finish_run(self._folder, self._run.algorithm, self._run.state)
            self._end("stopped")
        elif command not in COMMANDS:
            raise ValueError(f"command must be one of {', '.join(COMMANDS)}, got {command!r}")

    def leave(self) -> None:
        """Report where the run is; the time until its next step does not count."""
        self._come_back()
        self._report(now=True)
        self._left = time.monotonic()

    def close(self) -> None:
        """Save the run as it is."""
        if self._is_open:
            self._run.close()

    def fail(self, error: Exception) -> None:
        """End with the model of the last state on disk, and one line about what went wrong."""
        expected = isinstance(error, (VaeCoreError, ValueError, OSError))
        if not expected:
            traceback.print_exception(error, file=sys.stderr)
        with contextlib.suppress(VaeCoreError, ValueError, OSError):  # the first failure is the one to tell
            self._keep_last_good()
        self.has_ended = True
        self.emit(
            state_message("failed", sentence(error) if expected else f"{type(error).__name__}: {sentence(error)}")
        )

    def _keep_last_good(self) -> None:
        if not self._is_open:
            return
        self._run.close()
        checkpoint = resume_run(self._folder)
        if checkpoint:
            algorithm, state = checkpoint
            finish_run(self._folder, algorithm, state)
            self._run = self._run._replace(algorithm=algorithm, state=state)
            self._report(now=True)

    def _come_back(self) -> None:
        """The time since `leave` does not count."""
        if self._left is not None:
            away, self._left = time.monotonic() - self._left, None
            self._rate.skip(away)
            self._next_progress += away
            self._next_look += away

    def _next_event(self) -> None:
        self._come_back()
        event = next(self._run.events, None)
        if event and event.record:
            self.emit({"event": "record", **asdict(event.record)})
        if event is None or event.finished:
            next(self._run.events, None)  # the run's own end
            self._end("finished")

    def _end(self, state: str) -> None:
        self._report(now=True)
        self.has_ended = True
        self.emit(state_message(state))

    def _report(self, *, now: bool) -> None:
        """Emit progress and a look, `now` or when they are due. Looks take at most LOOK_SHARE of the time, for any model of images, and
        POINTS_SHARE for points in the plane."""
        step, clock, start = self._run.state.step, time.monotonic(), time.thread_time()
        if now or clock >= self._next_progress:
            self.emit(self._progress(step))
            self._next_progress = clock + PROGRESS_SECONDS
        if self._look_every is not None and (now or clock >= self._next_look):
            look = self._look()
            if look:
                self.emit({"event": "look", "step": step, **look})
            cost = time.thread_time() - start  # processor time of this thread: other processes do not count
            share = POINTS_SHARE if self._is_of_points else LOOK_SHARE
            self._next_look = clock + max(self._look_every, cost / share)

    def _look(self) -> Message | None:
        """What is to be seen of the model; None where it gives nothing that can be drawn."""
        algorithm = self._run.algorithm
        with contextlib.suppress(NonFiniteBound):  # a diverging model: the run's next step says so
            if self._is_of_points:
                return points_look(algorithm.vae, self._x, has_encoder=algorithm.config.trains_encoder)
            own = algorithm.own_pictures(self._x, generator=seeded(0))  # not the run's generator
            return look_at(algorithm.vae, self._x, means_of(algorithm.config), own)
        return None if self._is_of_points else look_at(algorithm.vae, self._x, means_of(algorithm.config))

    def _progress(self, step: int) -> Message:
        config = self._run.algorithm.config
        epoch, index = divmod(step, -(-self._num_train // config.batch_size))
        samples_seen = epoch * self._num_train + index * config.batch_size
        rate = self._rate.measure(samples_seen)
        return {
            "event": "progress",
            "step": step,
            "total_steps": self._total_steps,
            "samples_seen": samples_seen,
            "epoch": samples_seen / self._num_train,
            "images_per_second": rate,
            "seconds_left": (config.epochs * self._num_train - samples_seen) / rate if rate else None,
            "learning_rate": learning_rate(max(step - 1, 0), self._total_steps, config),
        }


class Rate:
    """Images per second over the last seconds of training; time spent waiting does not count."""

    def __init__(self) -> None:
        self._marks: deque[tuple[float, int]] = deque()
        self._skipped = 0.0

    def skip(self, seconds: float) -> None:
        """Leave out this much time, which was spent waiting."""
        self._skipped += seconds

    def measure(self, samples_seen: int) -> float | None:
        """The rate until now, when `samples_seen` images have been trained on; None before there is one."""
        clock = time.monotonic() - self._skipped
        self._marks.append((clock, samples_seen))
        while len(self._marks) > 2 and clock - self._marks[0][0] > RATE_SECONDS:
            self._marks.popleft()
        start, first = self._marks[0]
        return (samples_seen - first) / (clock - start) if samples_seen > first and clock > start else None


def state_message(state: str, message: str = "") -> Message:
    return {"event": "state", "state": state, "message": message}
