"""Predictions that are drawn or chosen, beside what is computed: a loop around a posterior, a curve, the nearest of some factors."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from vae_core.studies.close_ups import CloseUp

LEAST_CORNERS = 3
NEARLY_ALL = 0.99  # of a mass: the last part of it lies far out, and thin


@dataclass(frozen=True, eq=False)
class Loop:
    """A loop (corners, 2) on the latent plane beside p(z|x). `mass` is the share of p(z|x) inside it; `best_mass` what the region of the
    same `area` with the most mass holds; `distance` how far the middle of the loop lies from the mean of p(z|x), in latent units; `excess`
    how many times the area of the smallest region with `NEARLY_ALL` of the loop's mass goes into the loop's."""

    corners: np.ndarray
    mass: float
    best_mass: float
    area: float
    distance: float
    excess: float


@dataclass(frozen=True, eq=False)
class CurveGap:
    """A sketched curve beside a measured one. `values` (places,) are the measured ones at the sketch's places; `difference` is the mean of
    the absolute differences; `half` the share of the way after which half of the whole change is done."""

    values: np.ndarray
    difference: float
    half: float


def loop_around(close_up: CloseUp, corners: Any) -> Loop:
    """The mass of p(z|x) inside a loop: the sum of its density over the grid's points that the loop goes around. The loop (corners, 2) is
    in latent units, closes itself and may cross itself. ValueError for fewer than three corners, or numbers that are not finite."""
    try:
        loop = np.asarray(corners, np.float64)
    except (TypeError, ValueError):
        loop = np.empty(0)
    if loop.ndim != 2 or loop.shape[1:] != (2,) or len(loop) < LEAST_CORNERS or not np.isfinite(loop).all():
        raise ValueError(
            f"a loop must have at least {LEAST_CORNERS} corners of two finite numbers, got {_short(corners)}"
        )
    cell = close_up.spacing**2
    across, up = close_up.axes
    points = np.stack(np.meshgrid(across, up), axis=-1).reshape(-1, 2)
    share = close_up.density.ravel() * cell
    share = share / share.sum()
    area = _area(loop)
    held = np.cumsum(np.sort(share)[::-1])  # by so many cells, the densest first
    best = held[min(round(area / cell), len(held)) - 1] if area >= cell / 2.0 else 0.0
    middle, mean = (loop.min(0) + loop.max(0)) / 2.0, share @ points
    mass = share[is_inside(points, loop)].sum()
    needed = cell * (1 + int(np.searchsorted(held, NEARLY_ALL * mass)))
    return Loop(loop, float(mass), float(max(best, mass)), area, float(np.linalg.norm(middle - mean)), area / needed)


def is_inside(points: np.ndarray, loop: np.ndarray) -> np.ndarray:
    """Which of the points (count, 2) a closed line (corners, 2) goes around, once or more often: those with a winding number that is not 0."""
    x, y = points[:, 0], points[:, 1]
    winding = np.zeros(len(points), int)
    for (x0, y0), (x1, y1) in zip(loop, np.roll(loop, -1, axis=0), strict=True):
        side = (x1 - x0) * (y - y0) - (x - x0) * (y1 - y0)
        winding += (y0 <= y) & (y < y1) & (side > 0)
        winding -= (y1 <= y) & (y < y0) & (side < 0)
    return np.asarray(winding != 0)


def _area(loop: np.ndarray) -> float:
    """The area of the places that a loop goes around. One that crosses itself may go around parts of it in both ways, so they are counted."""
    low, high = loop.min(0), loop.max(0)
    steps = [low[axis] + (np.arange(200) + 0.5) / 200 * (high - low)[axis] for axis in range(2)]
    inside = is_inside(np.stack(np.meshgrid(*steps), axis=-1).reshape(-1, 2), loop)
    return float(inside.mean() * np.prod(high - low))


def compare_curve(at: Sequence[float], measured: Sequence[float], sketch: Sequence[float]) -> CurveGap:
    """A `sketch` at evenly spaced places beside what was `measured` at the rising places `at`, between which it lies on straight lines.
    ValueError where one of them has fewer than two values, or a value that is not finite."""
    place, curve, drawn = (np.asarray(values, np.float64) for values in (at, measured, sketch))
    if any(values.ndim != 1 for values in (place, curve, drawn)):
        raise ValueError(
            f"a curve must be a list of numbers, got arrays of shape {place.shape}, {curve.shape}, {drawn.shape}"
        )
    if (
        min(len(place), len(drawn)) < 2
        or len(place) != len(curve)
        or not all(np.isfinite(v).all() for v in (place, curve, drawn))
    ):
        raise ValueError(
            f"a curve must have two or more finite values, got {len(curve)} at {len(place)} places, and {len(drawn)} sketched"
        )
    values = np.interp(np.linspace(place[0], place[-1], len(drawn)), place, curve)
    change = values[-1] - values[0]
    is_past = (values - values[0]) * math.copysign(1.0, change) >= abs(change) / 2.0
    half = float(np.argmax(is_past) / (len(values) - 1))
    return CurveGap(values, float(np.abs(drawn - values).mean()), half)


def nearest_factor(times: float, factors: Sequence[float]) -> int:
    """The row of the factor that is nearest to `times` by ratio: 300 is nearer to 1,000 than to 100 by that measure only from 317 on.
    ValueError where there is no factor, or one that is not finite and above 0."""
    numbers = np.asarray(factors, np.float64)
    if numbers.ndim != 1 or not len(numbers):
        raise ValueError(f"factors must be a list of at least one number, got {_short(factors)}")
    if not 0.0 < times < math.inf or not ((numbers > 0.0) & np.isfinite(numbers)).all():
        raise ValueError(f"factors must be above 0 and finite, got {times:g} beside {_short(list(factors))}")
    return int(np.abs(math.log(times) - np.log(numbers)).argmin())


def _short(value: object) -> str:
    text = repr(value).replace("\n", " ")
    return text if len(text) <= 60 else f"{text[:59]}…"
