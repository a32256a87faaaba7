"""Workers, which hold training runs and give them turns: processes, and threads for comparison. Both speak `vae_core.worker`."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import suppress

from aevb_lab.jobs.job import CLOSE_SECONDS, Message
from vae_core.data.datasets import REPOSITORY
from vae_core.worker import NICENESS, serve

WINDOWS_FLAGS = 0
if sys.platform == "win32":  # a group of its own does not hear Ctrl-C; the second is what NICENESS is elsewhere
    WINDOWS_FLAGS = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.BELOW_NORMAL_PRIORITY_CLASS


class Worker(ABC):
    """Takes commands and gives messages, from when it is made until it ends."""

    pid: int | None = None

    @abstractmethod
    def send(self, command: Message) -> None:
        """Give it a command. Does nothing where it has ended; whoever reads its messages notices that."""

    @abstractmethod
    def messages(self) -> Iterator[Message]:
        """Its messages, until it ends. Raises ValueError for what is none."""

    @abstractmethod
    def hang_up(self) -> None:
        """Tell it to end, without waiting."""

    @abstractmethod
    def kill(self) -> None:
        """End it at once, where that is possible."""

    @abstractmethod
    def end(self, patience: float | None = None) -> str:
        """End it for certain, within about `patience` seconds (default CLOSE_SECONDS). Returns how it ended, in words."""


class WorkerProcess(Worker):
    """`python -m vae_core.worker` and its pipes: it may crash or be killed, and harms nobody. It ends when its stdin is closed,
    and so also when this process is killed (if it still imports torch, as soon as it has)."""

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
            creationflags=WINDOWS_FLAGS,
        )
        assert self._popen.stdin and self._popen.stdout  # both are pipes
        self._stdin, self._stdout = self._popen.stdin, self._popen.stdout
        self.pid = self._popen.pid
        if sys.platform != "win32":
            with suppress(OSError):  # it imports torch while other runs are in training
                os.setpriority(os.PRIO_PROCESS, self._popen.pid, min(os.nice(0) + NICENESS, 19))

    def send(self, command: Message) -> None:
        with self._lock, suppress(OSError, ValueError):
            self._stdin.write(json.dumps(command).encode() + b"\n")
            self._stdin.flush()

    def messages(self) -> Iterator[Message]:
        with self._stdout as lines:
            for line in lines:
                if line.endswith(b"\n"):  # else it ended in the middle of a line
                    yield json.loads(line)

    def hang_up(self) -> None:
        with self._lock, suppress(OSError):
            self._stdin.close()

    def kill(self) -> None:
        self._popen.kill()

    def end(self, patience: float | None = None) -> str:
        """Hang up, terminate after half of the time, and kill at its end."""
        self.hang_up()
        for signal in (self._popen.terminate, self._popen.kill):
            try:
                self._popen.wait((CLOSE_SECONDS if patience is None else patience) / 2)
            except subprocess.TimeoutExpired:
                signal()
        code = self._popen.wait()
        ending = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
        return f"the training process {ending}{self._last_words()}"

    def _last_words(self) -> str:
        with self._lock:
            if self._errors.closed:
                return ""
            with self._errors:
                self._errors.seek(0)
                lines = self._errors.read().decode(errors="replace").split("\n")
        return next((f": {line.strip()}" for line in reversed(lines) if line.strip()), "")


class WorkerThread(Worker):
    """A worker on a thread of this process, with the same numbers: it starts at once, uses as many torch threads as this process
    does, and can be ended only between two steps."""

    def __init__(self) -> None:
        self._commands: queue.SimpleQueue[Message | None] = queue.SimpleQueue()
        self._messages: queue.SimpleQueue[Message | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, daemon=True, name="training")
        self._thread.start()

    def _work(self) -> None:
        try:
            serve(self._commands, self._messages.put)
        finally:
            self._messages.put(None)

    def send(self, command: Message) -> None:
        self._commands.put(command)

    def messages(self) -> Iterator[Message]:
        while (message := self._messages.get()) is not None:
            yield message

    def hang_up(self) -> None:
        self._commands.put(None)

    kill = hang_up

    def end(self, patience: float | None = None) -> str:
        self.hang_up()
        self._thread.join(CLOSE_SECONDS if patience is None else patience)
        return "the training thread ended"
