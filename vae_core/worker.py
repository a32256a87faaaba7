"""Training runs beside a screen: `serve` takes commands and emits messages, both plain dicts.

`python -m vae_core.worker` speaks them as JSON lines on its pipes; a thread can call `serve` with a queue instead.
It trains with `runs.open_run`, as the command line does, so equal seeds give equal tensors. Many runs can be in memory at once
and take turns, step by step: a run is a function of its seed, so its numbers do not depend on the runs beside it.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Callable
from typing import NoReturn
from weakref import WeakValueDictionary

import torch

from vae_core.config import ModelConfig, TrainConfig
from vae_core.data.datasets import load_data
from vae_core.data.own_images import read_images
from vae_core.data.parcels import unpack_files
from vae_core.data.point_sets import points_as_data, points_of_text
from vae_core.data.reading import ReadOptions
from vae_core.data.records import Dataset
from vae_core.errors import DatasetUnavailable, VaeCoreError
from vae_core.live_run import Emit, LiveRun, Message, state_message
from vae_core.training import start

EXIT_SECONDS = 0.4
NICENESS = 10

Commands = queue.SimpleQueue[Message | None]


class Closed(Exception):
    """The sender of the commands has gone, and nobody reads the messages."""


def serve(commands: Commands, emit: Emit) -> None:
    """Train one run from its start command to its end, or any number of named runs until nobody listens. A None among the
    commands ends it at once.

    One run: perhaps "rehearse" (get ready while waiting), then {"command": "start", "folder", "data", "model_config",
    "train_config", "resume", "initial" (a model file to start from), "images" (one's own: the "path" of `pack_files`, "options", and a
    "key" by which runs share them), "points" (drawn ones, as text), "look_every"}, then "pause", "resume", "step" (one
    optimiser step, while paused) and "stop" (keep the model as it is).
    Messages: {"event": "state" | "progress" | "record" | "look", ...}; the last one of a run is a state: "finished",
    "stopped", or "failed" with one line that says why, and then the model of the last good state is kept.

    Named runs: first "host" (get ready for many). Then each command and message has "run", the run's name, and there are also
    "turn" (train this run from now on, until another one gets the turn), "park" (save the run and forget it; the answer is the
    event "parked") and "drop" (forget it; the answer is the state "stopped"). After any other command to a run that goes on comes the
    event "obeyed". A start may also have "turn" (true: give it
    the turn at once), "paused" (wait before the first step), "step" (a run that resumes paused goes on to this step first) and "since" (tell no record up to this step).
    The event "turn" says on which run the worker works from now on; None means that it has nothing to do.
    """
    Worker(commands, emit).work()


class Worker:
    """The runs of one process. Commands take effect after the present step."""

    def __init__(self, commands: Commands, emit: Emit):
        self._commands, self._emit = commands, emit
        self._runs: dict[str, LiveRun] = {}
        self._turn = ""  # the run that trains; "" is the one without a name
        self._at_work: str | None = ""  # as last announced
        self._hosts = self._is_over = False
        self._datasets: WeakValueDictionary[str, Dataset] = WeakValueDictionary()  # each once for all runs

    def work(self) -> None:
        try:
            while not self._is_over:
                training = self._runs.get(self._turn)
                if training is None or training.paused:
                    self._announce(None)
                    self._obey(_take(self._commands))
                elif not self._commands.empty():
                    self._obey(_take(self._commands))
                else:
                    self._announce(training.name)
                    self._attempt(training, training.advance)
        except Closed:
            for training in self._runs.values():
                with contextlib.suppress(
                    VaeCoreError, OSError
                ):  # its folder may be gone by now; the others must be saved
                    training.close()

    def _announce(self, name: str | None) -> None:
        if self._hosts and self._at_work != name:
            self._at_work = name
            self._emit({"event": "turn", "run": name})

    def _obey(self, message: Message) -> None:
        command, name = message.get("command"), message.get("run", "")
        training = self._runs.get(name)
        if command == "rehearse" and not self._runs:
            rehearse()
        elif command == "host" and not self._runs:
            rehearse()
            self._hosts = True
        elif command == "turn":
            self._give_turn(name)
        elif training and command in ("park", "drop"):
            self._attempt(training, training.close)
            if self._runs.pop(name, None):
                training.emit({"event": "parked"} if command == "park" else state_message("stopped", "closed"))
        elif training:
            if command in ("step", "stop"):  # what takes time, and may end this process
                self._announce(name)
            self._attempt(training, lambda: training.obey(command))
            if self._hosts and not training.has_ended:
                training.emit({"event": "obeyed"})
        elif not self._hosts or command == "start":
            self._start(message)

    def _start(self, message: Message) -> None:
        training = LiveRun(message, self._emit, self._load)
        if message.get("turn"):
            self._give_turn(training.name)
        self._runs[training.name] = training
        self._announce(training.name)
        self._attempt(training, training.open)

    def _give_turn(self, name: str) -> None:
        last = self._runs.get(self._turn)
        if last and not last.paused and self._turn != name:
            self._attempt(last, last.leave)
        self._turn = name
        self._at_work = None  # a turn is always acknowledged
        self._announce(name)

    def _attempt(self, training: LiveRun, action: Callable[[], None]) -> None:
        """Call `action` of this run. Whatever fails in it ends this run alone."""
        try:
            action()
        except Exception as error:
            training.fail(error)
        if training.has_ended:
            self._runs.pop(training.name, None)
            self._is_over = not self._hosts

    def _load(self, request: Message) -> Dataset:
        name, images, points = request["data"], request.get("images"), request.get("points")
        if points is not None:
            return points_as_data(points_of_text(points), name)
        key = images["key"] if images else name
        return self._datasets.get(key) or self._datasets.setdefault(
            key, _own(name, images) if images else load_data(name)
        )


def _own(name: str, images: Message) -> Dataset:
    """One's own images, in the way that the request says."""
    options = ReadOptions.from_dict(images["options"])
    return read_images(unpack_files(images["path"]), name=name, options=options)[0]


def _take(commands: Commands) -> Message:
    command = commands.get()
    if command is None:
        raise Closed
    return command


# -- the process -------------------------------------------------------------------------------------------------


def main() -> NoReturn:
    """Serve runs on stdin and stdout; end when `serve` does, or half a second after stdin ends."""
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
    if sys.platform != "win32" and os.nice(0) <= os.getpriority(os.PRIO_PROCESS, os.getppid()):
        os.nice(NICENESS)


def rehearse() -> None:
    """Train one step and discard it. torch's optimisers and scikit-learn are loaded only at their first use, which is slow: a
    process that waits for its start command loads them now. Without the digits the runs say what is wrong."""
    algorithm, generator = start(ModelConfig(64, (8, 8)), TrainConfig())
    with contextlib.suppress(DatasetUnavailable):
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
