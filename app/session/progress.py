"""Measurements that all visitors share and that grow at every run of a page: estimates of log p(x), variances of gradients.

Each step is a call of a study. A lock keeps two sessions from taking the same step. `aevb_lab.cached` keeps the objects.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from vae_core.model import VAE
from vae_core.studies.estimation import SLOW, Estimate, Estimator, estimate
from vae_core.studies.examples import Examples
from vae_core.studies.gradient_variance import REPEATS, Measurement, Setting, Variance, average_variance

MOST_REPEATS = 400  # gradients at every setting; then the measurement ends


@dataclass(eq=False)
class Estimates:
    """The estimators of one image, which run one after the other: those in the `queue`, and the `results` so far."""

    queue: list[Estimator]
    results: list[Estimate] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def by(self, name: str) -> Estimate | None:
        """The estimate of the estimator with this name, once there is one."""
        return next((estimate for estimate in self.results if estimate.name == name), None)

    @property
    def quick(self) -> Estimates:
        """Those of them that are not slow."""
        return Estimates(
            [later for later in self.queue if later.name not in SLOW],
            [result for result in self.results if result.name not in SLOW],
        )

    def advance(self, vae: VAE, examples: Examples, row: int, seed: int) -> None:
        """Run the next estimator on the image in `row`; the quick ones all at once."""
        count = len(self.results)
        with self.lock:
            while self.queue and len(self.results) == count:  # else another session has just run it
                self.results.append(estimate(vae, examples.x[row : row + 1], self.queue[0], seed=seed))
                del self.queue[0]
                count += bool(self.queue) and self.queue[0].name not in SLOW


@dataclass(eq=False)
class Variances:
    """The measurements of the variance of gradients so far, by setting, and the iterator that makes the next ones."""

    measurements: dict[Setting, list[float]]
    steps: Iterator[Measurement]
    lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def of(cls, settings: Sequence[Setting], steps: Iterator[Measurement]) -> Variances:
        return cls({setting: [] for setting in settings}, steps)

    @property
    def count(self) -> int:
        """Measurements so far, over all settings."""
        return sum(map(len, self.measurements.values()))

    @property
    def repeats(self) -> int:
        """Gradients measured at every setting so far."""
        return REPEATS * min(map(len, self.measurements.values()))

    @property
    def complete(self) -> bool:
        return self.repeats >= MOST_REPEATS

    def at(self, setting: Setting) -> Variance:
        return average_variance(self.measurements[setting])

    def advance(self, seconds: float) -> None:
        """Measure until the time is up; every setting once at least."""
        end = time.perf_counter() + seconds
        with self.lock:
            while not self.complete and (self.repeats == 0 or time.perf_counter() < end):
                setting, variance = next(self.steps)
                self.measurements[setting].append(variance)
