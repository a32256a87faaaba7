"""How far a long command is, on stderr."""

from __future__ import annotations

import sys
import time
from typing import Any

from vae_core.history import CURVES, Curve


class ProgressBar:
    """One line on stderr: progress, speed, time left, and the last test bound."""

    def __init__(self) -> None:
        self._start: tuple[float, int] | None = None
        self._last_print, self._record = 0.0, None

    def show(self, step: int, total: int, samples_seen: int, record: Any, curve: Curve = CURVES["elbo"]) -> None:
        clock = time.monotonic()
        self._start = self._start or (clock, samples_seen)
        self._record = record or self._record
        if clock - self._last_print < (0.2 if sys.stderr.isatty() else 10.0) and step < total:
            return
        self._last_print = clock
        rate = (samples_seen - self._start[1]) / max(clock - self._start[0], 1e-9)
        time_left = f"{(total - step) * samples_seen / step / rate:.0f} s left" if rate and step else "starting"
        value = getattr(self._record, f"test_{curve.terms[0]}", None)
        bound = "" if value is None else f", test {curve.label} {value:.2f} nats"
        filled = "#" * (30 * step // total)
        text = f"[{filled:<30}] {step}/{total} steps, {rate:,.0f} images/s, {time_left}{bound}"
        start, end = ("\r", "") if sys.stderr.isatty() else ("", "\n")  # a log file gets a new line each time
        print(f"{start}{text:<110}", end=end, file=sys.stderr, flush=True)

    def show_images(self, done: int, total: int, unit: str = "images") -> None:
        """The same for an evaluation, which counts images."""
        self._start = self._start or (time.monotonic(), 0)
        filled = "#" * (30 * done // total)
        print(f"\r[{filled:<30}] {done}/{total} {unit}", end="", file=sys.stderr, flush=True)

    def close(self) -> None:
        if self._start:
            print(file=sys.stderr)
