"""What all visitors measure together, a little more at every run of a page: estimates of log p(x), variances of gradients.

No studies: these objects grow, and a lock keeps two sessions from taking the same step. Each step is a study's call.
`app.cached` keeps them.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from vae_core.model import VAE
from vae_core.studies.estimators import Estimate, Estimator, estimate
from vae_core.studies.examples import Examples
from vae_core.studies.gradient_variance import REPEATS, Measurement, Setting, Variance, average

MOST_REPEATS = 400  # gradients at every setting, after which nothing is measured any more


@dataclass(eq=False)
class Estimates:
    """The estimators of one image, done one after the other."""

    pending: list[Estimator]
    done: list[Estimate] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def by(self, name: str) -> Estimate | None:
        """What the estimator of this name gave, if it has been run."""
        return next((estimate for estimate in self.done if estimate.name == name), None)

    def advance(self, vae: VAE, examples: Examples, row: int, seed: int) -> None:
        """Run the next estimator on the image in `row`."""
        count = len(self.done)
        with self.lock:
            if self.pending and len(self.done) == count:  # else another session has just done it
                self.done.append(estimate(vae, examples.x[row : row + 1], self.pending[0], seed=seed))
                del self.pending[0]


@dataclass(eq=False)
class Variances:
    """Measurements of the variance of gradients so far, by setting, and the study that goes on measuring."""

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
        return average(self.measurements[setting])

    def advance(self, seconds: float) -> None:
        """Measure until the time is up; every setting once at least."""
        end = time.perf_counter() + seconds
        with self.lock:
            while not self.complete and (self.repeats == 0 or time.perf_counter() < end):
                setting, variance = next(self.steps)
                self.measurements[setting].append(variance)
