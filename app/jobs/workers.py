"""Jobs in worker processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import suppress

from aevb_lab.jobs.job import CLOSE_SECONDS, Job, Message
from vae_core.data.datasets import REPOSITORY
from vae_core.worker import NICENESS

TERMINATE_SECONDS, KILL_SECONDS = CLOSE_SECONDS / 2, CLOSE_SECONDS


class WorkerJob(Job):
    """A job in a process of its own, which may crash or be killed and harms nobody."""

    @classmethod
    def prepare(cls) -> WorkerProcess:
        process = WorkerProcess()
        process.send({"command": "rehearse"})
        return process

    def launch(self, request: Message, prepared: WorkerProcess | None) -> None:
        if prepared and not prepared.alive:
            prepared.dismiss()
            prepared = None
        self.process = prepared or WorkerProcess()
        self.send(request)
        try:
            threading.Thread(target=self._listen, daemon=True, name="listener").start()
        except RuntimeError:
            self.process.end()
            raise

    def _listen(self) -> None:
        try:
            for message in self.process.messages():
                self.fold(message)
            reason = self.process.end()
        except (ValueError, KeyError, TypeError) as error:
            self.process.end()
            reason = f"the training process sent something that is not a message: {error}"
        self.change(lambda now: {"state": "failed", "message": reason} if now.active else {})
        self.finish()

    def send(self, command: Message) -> None:
        self.process.send(command)

    def drop(self) -> None:
        self.process.hang_up()

    def end(self, wait: bool) -> None:
        if wait:
            self.process.end()
            self.wait(KILL_SECONDS)
        elif not self.ended.is_set():
            threading.Thread(target=self.process.end, daemon=True).start()


class WorkerProcess:
    """`python -m vae_core.worker` and its pipes. It ends when its stdin is closed, and so also when this process is killed
    (if it still imports torch, as soon as it has)."""

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
        assert self._popen.stdin and self._popen.stdout  # both are pipes
        self._stdin, self._stdout = self._popen.stdin, self._popen.stdout
        if hasattr(os, "setpriority"):
            with suppress(OSError):  # it imports torch while other runs are in training
                os.setpriority(os.PRIO_PROCESS, self._popen.pid, min(os.nice(0) + NICENESS, 19))

    @property
    def pid(self) -> int:
        return self._popen.pid

    @property
    def alive(self) -> bool:
        return self._popen.poll() is None

    def send(self, command: Message) -> None:
        """Write a command. Does nothing where the process has ended; the thread that reads its messages notices that."""
        with self._lock, suppress(OSError, ValueError):
            self._stdin.write(json.dumps(command).encode() + b"\n")
            self._stdin.flush()

    def messages(self) -> Iterator[Message]:
        """The messages of the process, until it ends."""
        with self._stdout as lines:
            for line in lines:
                if line.endswith(b"\n"):  # else it ended in the middle of a line
                    yield json.loads(line)

    def hang_up(self) -> None:
        """Close the stdin of the process, which ends it."""
        with self._lock, suppress(OSError):
            self._stdin.close()

    def end(self) -> str:
        """End the process for certain (hang up, then terminate, then kill). Returns how it ended, in words."""
        self.hang_up()
        for patience, signal in (
            (TERMINATE_SECONDS, self._popen.terminate),
            (KILL_SECONDS - TERMINATE_SECONDS, self._popen.kill),
        ):
            try:
                self._popen.wait(patience)
            except subprocess.TimeoutExpired:
                signal()
        code = self._popen.wait()
        ending = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
        return f"the training process {ending}{self._last_words()}"

    def dismiss(self) -> None:
        """End the process where no thread reads its messages."""
        self.end()
        self._stdout.close()

    def _last_words(self) -> str:
        with self._lock:
            if self._errors.closed:
                return ""
            with self._errors:
                self._errors.seek(0)
                lines = self._errors.read().decode(errors="replace").split("\n")
        return next((f": {line.strip()}" for line in reversed(lines) if line.strip()), "")
