"""Sketches against the truth: a loop drawn around a posterior, and a curve drawn before training."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from vae_core.studies.close_ups import CloseUp

HELD = 0.9  # of the posterior lies in its smallest region of this name


class LoopMass(NamedTuple):
    """`mass`: which share of p(z|x) a loop holds. `area` of the loop, and `least_area` of the smallest region that holds 90 %
    of p(z|x), in squared latent units."""

    mass: float
    area: float
    least_area: float


def loop_mass(close_up: CloseUp, loop: Sequence[Sequence[float]] | np.ndarray) -> LoopMass:
    """What a closed loop of points (z1, z2) holds of the posterior of a close-up, summed over its grid. ValueError with fewer
    than three points."""
    corners = np.asarray(loop, float)
    if corners.ndim != 2 or corners.shape[0] < 3 or corners.shape[1] != 2 or not np.isfinite(corners).all():
        raise ValueError(
            f"loop must have at least three finite points of two numbers, got shape {corners.shape}; draw a loop"
        )
    across, up = close_up.axes
    places = np.stack(np.meshgrid(across, up), axis=-1).reshape(-1, 2)
    cell = close_up.spacing**2
    weight = close_up.density.ravel() * cell
    descending = np.sort(weight)[::-1]
    least = int(np.searchsorted(np.cumsum(descending), HELD * weight.sum())) + 1
    x, y = corners.T
    area = 0.5 * abs(float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))))
    return LoopMass(float(weight[inside(places, corners)].sum() / weight.sum()), area, least * cell)


def inside(places: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """Which places (count, 2) lie within a polygon (corners, 2): a ray to the right crosses its edges an odd number of times."""
    is_inside = np.zeros(len(places), bool)
    x, y = places.T
    for (x1, y1), (x2, y2) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        if y1 == y2:
            continue
        spans = (y1 > y) != (y2 > y)
        is_inside ^= spans & (x < (x2 - x1) * (y - y1) / (y2 - y1) + x1)
    return is_inside


def on_places(places: np.ndarray, values: np.ndarray, count: int) -> np.ndarray:
    """A curve's values (records,) at `count` equally spaced places from the first to the last of `places`, by straight lines."""
    return np.interp(np.linspace(places[0], places[-1], count), places, values)
