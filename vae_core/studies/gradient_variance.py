"""The variance of gradient estimators against the draws per image (L) and the images in a minibatch (M): sec. 2.2 to 2.4."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from torch import Tensor

from vae_core.config import ModelConfig, require_choice, require_whole
from vae_core.data.binarization import binarize
from vae_core.gradients import BOUND_ESTIMATORS, GRADIENT_ESTIMATORS, measure_gradient
from vae_core.model import VAE
from vae_core.randomness import seeded

AXES = ("L", "M")
SAMPLES = (1, 2, 4, 8, 16)  # L, at M = 10
BATCHES = (2, 5, 10, 30, 100)  # M, at L = 1
REPEATS = 5


class Setting(NamedTuple):
    """One point of the chart: an estimator, L and M."""

    estimator: str
    num_samples: int
    batch_size: int


class Measurement(NamedTuple):
    """An unbiased estimate of the total variance of the encoder's gradient at one setting, from a few gradients."""

    setting: Setting
    total_variance: float


class Variance(NamedTuple):
    """The mean of measurements and its standard error (nan for fewer than two), in nats squared per unit of weight squared."""

    mean: float
    std_error: float


def variance_settings(axis: str, num_images: int = BATCHES[-1]) -> list[Setting]:
    """All points of the chart against "L" or "M" that `num_images` images are enough for. A baseline of other draws
    needs L * M of at least 2. The gradients of the importance-weighted bound are on the chart against L alone: with one draw they
    are A and STL."""
    require_choice("axis", axis, AXES)
    require_whole("num_images", num_images, 1)
    if axis == "L":
        settings = [(samples, min(10, num_images)) for samples in SAMPLES]
        later = tuple(name for name in GRADIENT_ESTIMATORS if name not in BOUND_ESTIMATORS)
    else:
        settings, later = [(1, batch) for batch in BATCHES if batch <= num_images] or [(1, num_images)], ()
    return [
        Setting(name, *setting)
        for names in (BOUND_ESTIMATORS, later)
        for setting in settings
        for name in names
        if name != "score-baseline" or math.prod(setting) > 1
    ]


def binary_draw(x: Float[Tensor, "images data"], *, seed: int = 0) -> Float[Tensor, "images data"]:
    """One draw of grey images in black and white, the same for all measurements."""
    return binarize(x, "dynamic", generator=seeded(seed))


def untrained(config: ModelConfig, *, seed: int = 0) -> VAE:
    """A model with the weights that it has before training."""
    return VAE(config, generator=seeded(seed))


def measure_variances(
    vae: VAE, x: Float[Tensor, "images data"], points: Sequence[Setting], *, seed: int = 1
) -> Iterator[Measurement]:
    """Measurements at one point after the other, again and again without end: take as many as you like. Each is from REPEATS
    gradients of the mean bound, over fresh minibatches of x and fresh noise."""
    require_whole("the number of points", len(points), 1)
    generator = seeded(seed)
    for setting in itertools.cycle(points):
        moments = measure_gradient(vae, x, num_repeats=REPEATS, generator=generator, **setting._asdict())
        yield Measurement(setting, moments.total_variance)


def average_variance(measurements: Sequence[float]) -> Variance:
    """The mean of measurements at one setting."""
    values = np.array(measurements)
    error = values.std(ddof=1) / np.sqrt(len(values)) if len(values) > 1 else np.nan
    return Variance(float(values.mean()), float(error))


def variance_ratio(above: Variance, below: Variance) -> Variance:
    """The ratio of two variances and its standard error, to first order in both errors."""
    quotient = above.mean / below.mean
    return Variance(quotient, float(quotient * np.hypot(above.std_error / above.mean, below.std_error / below.mean)))
