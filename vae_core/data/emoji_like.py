"""Coloured shapes with known factors, drawn by this file alone: a small data set in colour that needs no file and no network."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

SIDE = 16  # pixels
FINE = 4  # points a pixel, along each axis
SHAPES = ("disc", "square", "triangle", "heart")
SEED, TRAIN, TEST = 0, 2000, 500


@dataclass(frozen=True, eq=False)
class Factors:
    """What each image is drawn from, (images,) each: the `shape`, an index of SHAPES; the `hue` on the circle of colours, in [0, 1);
    the `radius` and the middle `x`, `y` in pixels; the `angle` by which the shape is turned, in radians."""

    shape: np.ndarray
    hue: np.ndarray
    radius: np.ndarray
    angle: np.ndarray
    x: np.ndarray
    y: np.ndarray


def draw_factors(count: int, seed: int = SEED) -> Factors:
    """Factors of so many images, each evenly spread over its range and independent of the others."""
    random = np.random.Generator(np.random.PCG64(seed))
    middle = SIDE / 2
    return Factors(
        shape=random.integers(len(SHAPES), size=count),
        hue=random.uniform(size=count),
        radius=random.uniform(0.3 * SIDE, 0.45 * SIDE, size=count),
        angle=random.uniform(-0.4, 0.4, size=count),
        x=random.uniform(middle - 1.0, middle + 1.0, size=count),
        y=random.uniform(middle - 1.0, middle + 1.0, size=count),
    )


def draw(factors: Factors) -> np.ndarray:
    """The images of these factors, (images, SIDE, SIDE, 3) uint8: a shape with two dark eyes on black, its edges smoothed."""
    places = (np.arange(SIDE * FINE) + 0.5) / FINE
    dx = places[None, None, :] - factors.x[:, None, None]
    dy = places[None, :, None] - factors.y[:, None, None]
    cos, sin = np.cos(factors.angle)[:, None, None], np.sin(factors.angle)[:, None, None]
    radius = factors.radius[:, None, None]
    u, v = (cos * dx + sin * dy) / radius, (cos * dy - sin * dx) / radius  # the shape's own axes, v downwards
    inside = np.select([factors.shape[:, None, None] == number for number in range(4)], _shapes(u, v))
    eyes = (np.abs(u) - 0.27) ** 2 + (v + 0.1) ** 2 < 0.13**2
    cover = (inside & ~eyes).reshape(len(u), SIDE, FINE, SIDE, FINE).mean((2, 4))
    colours = hue_colours(factors.hue)
    return np.round(255.0 * cover[..., None] * colours[:, None, None, :]).astype(np.uint8)


def _shapes(u: np.ndarray, v: np.ndarray) -> list[np.ndarray]:
    """Which points are inside of each of SHAPES."""
    size = np.maximum(np.abs(u), np.abs(v))
    triangle = (v < 0.62) & (v > 1.75 * np.abs(u) - 1.05)
    lobes = (np.abs(u) - 0.43) ** 2 + (v + 0.3) ** 2 < 0.5**2
    point = (v > -0.3) & (np.abs(u) + 0.9 * v < 0.86)
    return [u**2 + v**2 < 0.85**2, size < 0.75, triangle, lobes | point]


def hue_colours(hue: np.ndarray) -> np.ndarray:
    """Red, green and blue in [0, 1] of hues in [0, 1), (count, 3): 0 is red, 1/3 green, 2/3 blue."""
    distance = np.abs((hue[:, None] - np.array([0.0, 1.0, 2.0]) / 3.0 + 0.5) % 1.0 - 0.5)
    return np.clip(2.0 - 6.0 * distance, 0.0, 1.0)
