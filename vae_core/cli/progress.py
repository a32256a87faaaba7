"""How far a long command is, on stderr: a bar on a terminal, a line now and then in a file.

tqdm was tried and is not used: a full disk or a reader that has left ends its work, and in a file it writes `\\r`.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from vae_core.cli.streams import can_say, is_terminal, say
from vae_core.history import CURVES, Curve

BAR_SECONDS, LINE_SECONDS = 0.2, 10.0


class ProgressBar:
    """Progress, speed, time left, and the last test bound. Nothing that goes wrong with stderr reaches the caller."""

    def __init__(self) -> None:
        self._start: tuple[float, int] | None = None
        self._last_print, self._record = 0.0, None
        self._bar = is_terminal()
        self._on_bar = False

    def show(self, step: int, total: int, samples_seen: int, record: Any, curve: Curve = CURVES["elbo"]) -> None:
        """Steps of a training run."""
        clock = time.monotonic()
        self._start = self._start or (clock, samples_seen)
        self._record = record or self._record
        if not self._is_due(clock, step, total):
            return
        rate = (samples_seen - self._start[1]) / max(clock - self._start[0], 1e-9)
        time_left = f"{(total - step) * samples_seen / step / rate:.0f} s left" if rate and step else "starting"
        value = getattr(self._record, f"test_{curve.terms[0]}", None)
        bound = "" if value is None else f", test {curve.label} {value:.2f} nats"
        self._print(step, total, f"{step}/{total} steps, {rate:,.0f} images/s, {time_left}{bound}")

    def show_images(self, done: int, total: int, unit: str = "images") -> None:
        """The same for work that is counted in images or in other units."""
        clock = time.monotonic()
        self._start = self._start or (clock, done)
        if self._is_due(clock, done, total):
            made, seconds = done - self._start[1], clock - self._start[0]
            time_left = f", {(total - done) * seconds / made:.0f} s left" if made and done < total else ""
            self._print(done, total, f"{done}/{total} {unit}{time_left}")

    def close(self) -> None:
        """What is written next begins a new line."""
        if self._on_bar:
            say("")
            self._on_bar = False

    def _is_due(self, clock: float, done: int, total: int) -> bool:
        if clock - self._last_print < (BAR_SECONDS if self._bar else LINE_SECONDS) and done < total:
            return False
        self._last_print = clock
        return can_say()

    def _print(self, done: int, total: int, text: str) -> None:
        filled = "#" * (30 * done // max(total, 1))
        line = f"[{filled:<30}] {text}"
        if not self._bar:
            return say(line)
        width = max(20, shutil.get_terminal_size((110, 24)).columns - 1)
        say(f"\r{line[:width]:<{min(width, 110)}}", end="")
        self._on_bar = True


@contextmanager
def progress_bar() -> Iterator[ProgressBar]:
    """A bar that is closed at the end, so that an error starts on a new line."""
    bar = ProgressBar()
    try:
        yield bar
    finally:
        bar.close()
