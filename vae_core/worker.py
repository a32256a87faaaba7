"""One training run beside a screen: `serve` takes commands and emits messages, both plain dicts.

`python -m vae_core.worker` speaks them as JSON lines on its pipes; a thread can call `serve` with a queue instead.
It trains with `checkpoint.open_run`, as the command line does, so equal seeds give equal tensors.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import queue
import signal
import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, NoReturn

import torch
from jaxtyping import Float
from torch import Tensor

from vae_core.config import ModelConfig, TrainConfig
from vae_core.data.binarization import published_draw
from vae_core.data.datasets import load_data
from vae_core.errors import VaeCoreError, sentence
from vae_core.frames import FRAME_POINTS, frame_points
from vae_core.latent import Q, decoded_means, grid_axis, image_means, means_of, plane_points
from vae_core.model import VAE
from vae_core.optim import learning_rate
from vae_core.runs import finish_run, open_run, resume_run
from vae_core.training import start

PROGRESS_SECONDS = 0.1
LOOK_SECONDS = 0.5
LOOK_SHARE = 0.02
LOOK_CELLS = 20
RATE_SECONDS = 3.0
EXIT_SECONDS = 0.4
NICENESS = 10

Message = dict[str, Any]
Commands = queue.SimpleQueue[Message | None]
Emit = Callable[[Message], None]


class Closed(Exception):
    """The sender of the commands has gone, and nobody reads the messages."""


def serve(commands: Commands, emit: Emit) -> None:
    """Train one run from its start command to its end. A None among the commands ends it at once.

    Commands: perhaps "rehearse" (get ready while waiting), then {"command": "start", "folder", "data",
    "model_config", "train_config", "resume", "initial" (a model file to start from), "look_every"}, then "pause",
    "resume", "step" (one optimiser step, while paused) and "stop" (keep the model as it is).
    Messages: {"event": "state" | "progress" | "record" | "look", ...}; the last one is a state: "finished",
    "stopped", or "failed" with one line that says why, and then the model of the last good state is kept.
    """
    training: Training | None = None
    try:
        request = _take(commands)
        if request.get("command") == "rehearse":
            rehearse()
            request = _take(commands)
        emit(_state("starting"))
        training = Training(request, commands, emit)
        emit(_state(training.train()))
    except Closed:
        pass
    except Exception as error:
        expected = isinstance(error, (VaeCoreError, ValueError, OSError))
        if not expected:
            traceback.print_exc(file=sys.stderr)
        message = sentence(error) if expected else f"{type(error).__name__}: {sentence(error)}"
        if training:
            training.keep_last_good()
        emit(_state("failed", message))


class Training:
    """A run that obeys commands and emits messages. A look draws no random numbers, so it never changes the run."""

    def __init__(self, request: Message, commands: Commands, emit: Emit):
        if request.get("command") != "start":
            raise ValueError(f"the first command must be 'start', got {request.get('command')!r}")
        self._commands, self._emit = commands, emit
        self._folder = Path(request["folder"])
        model_config = ModelConfig.from_dict(request["model_config"])
        config = TrainConfig.from_dict(request["train_config"])
        dataset = load_data(request["data"])
        self._run = open_run(
            self._folder,
            dataset,
            model_config,
            config,
            resume=request.get("resume", False),
            initial=request.get("initial"),
        )
        self._x = published_draw(dataset.x_test, config.binarization)[:FRAME_POINTS].clone()
        self._num_train = len(dataset.x_train)
        self._total_steps = config.epochs * -(-self._num_train // config.batch_size)
        self._rate = Rate()
        self._paused = False
        self._look_every: float | None = request.get("look_every", LOOK_SECONDS)  # None: never
        self._next_progress = self._next_look = 0.0

    def train(self) -> str:
        """Train until the end or the stop command; returns "finished" or "stopped". Raises what `open_run`'s events raise."""
        state = self._run.state
        for record in state.history.records:
            self._emit({"event": "record", **asdict(record)})
        self._emit(_state("running"))
        outcome = "finished"
        with contextlib.closing(self._run.events) as events:
            for event in events:
                if event.record:
                    self._emit({"event": "record", **asdict(event.record)})
                if not event.finished and not self._obey():
                    outcome = "stopped"
                    break
                self._report(state.step, now=False)
        if outcome == "stopped":
            finish_run(self._folder, self._run.algorithm, state)
        self._report(state.step, now=True)
        return outcome

    def keep_last_good(self) -> None:
        """After a failure: write the model of the last state on disk, and report it."""
        self._run.events.close()
        checkpoint = resume_run(self._folder)
        if checkpoint:
            algorithm, state = checkpoint
            finish_run(self._folder, algorithm, state)
            self._run = self._run._replace(algorithm=algorithm, state=state)
            self._report(state.step, now=True)

    def _obey(self) -> bool:
        """Obey the commands that came since the last step, and wait while paused. False means stop."""
        if self._paused:
            self._report(self._run.state.step, now=True)
        while self._paused or not self._commands.empty():
            start = time.monotonic()
            command = _take(self._commands).get("command")
            if self._paused:
                self._rate.skip(time.monotonic() - start)
            if command == "pause" and not self._paused:
                self._paused = True
                self._report(self._run.state.step, now=True)
                self._emit(_state("paused"))
            elif command == "resume" and self._paused:
                self._paused = False
                self._emit(_state("running"))
            elif command == "step" and self._paused:
                return True
            elif command == "stop":
                return False
            elif command not in ("pause", "resume", "step"):
                raise ValueError(f"command must be one of pause, resume, step, stop, got {command!r}")
        return True

    def _report(self, step: int, *, now: bool) -> None:
        """Emit progress and a look, `now` or when they are due. Looks take at most LOOK_SHARE of the time, for any model."""
        clock, start = time.monotonic(), time.thread_time()
        if now or clock >= self._next_progress:
            self._emit(self._progress(step))
            self._next_progress = clock + PROGRESS_SECONDS
        if self._look_every is not None and (now or clock >= self._next_look):
            look = look_at(self._run.algorithm.vae, self._x, means_of(self._run.algorithm.config))
            if look:
                self._emit({"event": "look", "step": step, **look})
            cost = time.thread_time() - start  # processor time of this thread: other processes do not count
            self._next_look = clock + max(self._look_every, cost / LOOK_SHARE)

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


def look_points(latent_dim: int) -> Float[Tensor, "rows columns latent"]:
    """The points whose decoded means a look shows: 20x20 cells of the latent plane (one row with one latent
    dimension), or the fixed prior draws of the frames with more than two."""
    if latent_dim > 2:
        return frame_points(latent_dim)
    axis = grid_axis(LOOK_CELLS)
    return plane_points(latent_dim, axis, axis)


def look_at(vae: VAE, x: Float[Tensor, "images data"], of: str = Q) -> Message | None:
    """The means of `x` under q(z|x), or `of` p(z|x) where no encoder is trained (float16), and the decoded means of
    `look_points` (uint8) in base64 with their shapes; None when a diverging model gives nothing that can be drawn."""
    means = image_means(vae, x, of).half()
    decoded = decoded_means(vae, look_points(vae.config.latent_dim))
    if not bool(torch.isfinite(means).all() and torch.isfinite(decoded).all()):
        return None
    pictures = (decoded.clamp(0.0, 1.0) * 255.0).round().to(torch.uint8)
    return {
        "means_of": of,
        "means": _base64(means),
        "means_shape": list(means.shape),
        "pictures": _base64(pictures),
        "pictures_shape": list(pictures.shape),
    }


def _base64(tensor: Tensor) -> str:
    return base64.b64encode(tensor.cpu().numpy().tobytes()).decode("ascii")


def _state(state: str, message: str = "") -> Message:
    return {"event": "state", "state": state, "message": message}


def _take(commands: Commands) -> Message:
    command = commands.get()
    if command is None:
        raise Closed
    return command


# -- the process -------------------------------------------------------------------------------------------------


def main() -> NoReturn:
    """Serve one run on stdin and stdout; end when it ends, or half a second after stdin does."""
    messages = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # other prints must not get between the messages
    sys.stdout = sys.stderr
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in the server's terminal is for the server
    torch.set_num_threads(1)
    _lower_priority()

    def emit(message: Message) -> None:
        messages.write(json.dumps(message, allow_nan=False) + "\n")
        messages.flush()

    commands: Commands = queue.SimpleQueue()
    threading.Thread(target=_read_commands, args=(commands,), daemon=True).start()
    with contextlib.suppress(BrokenPipeError):
        serve(commands, emit)
    sys.stderr.flush()
    os._exit(0)  # everything is written; this skips the slow shutdown of torch


def _lower_priority() -> None:
    """Run at a lower priority than the server, unless the server has arranged that already."""
    if hasattr(os, "nice") and os.nice(0) <= os.getpriority(os.PRIO_PROCESS, os.getppid()):
        os.nice(NICENESS)


def rehearse() -> None:
    """Train one step and discard it. torch's optimisers and scikit-learn are loaded only at their first use, which is slow: a
    process that waits for its start command loads them now."""
    algorithm, generator = start(ModelConfig(64, (8, 8)), TrainConfig())
    algorithm.step(load_data("digits").x_train[:2].round(), num_train=2, generator=generator)


def _read_commands(commands: Commands) -> None:
    with open(0, "rb", buffering=0) as pipe:  # unbuffered: a buffer's lock would hang the interpreter's exit
        for line in pipe:
            try:
                commands.put(dict(json.loads(line)))
            except (ValueError, TypeError):
                commands.put({"command": line.decode(errors="replace").strip()})
    commands.put(None)
    time.sleep(EXIT_SECONDS)  # time for `serve` to end between two steps
    os._exit(0)


if __name__ == "__main__":
    main()
