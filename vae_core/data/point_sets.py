"""Points in the plane as data: named sets of points, drawn points as text for links, and both as a data set of two numbers."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray

from vae_core.data.records import Dataset, Table
from vae_core.errors import DataError, described

REACH = 2.5  # both axes of the drawing go from -REACH to REACH
SIDES = 512  # a coordinate is one of so many: a drawing, its link and its script have the same numbers
MOST_POINTS = 400
EPOCH_ROWS = 5000  # an epoch goes through so many rows at the least
NAME = "drawn points"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
LETTERS_OF_POINT = 3  # 18 bits, 9 a coordinate

Points = NDArray[np.float64]


def _random(seed: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(seed))


def _two_moons(seed: int) -> Points:
    from sklearn.datasets import make_moons  # here, because it loads slowly and most data need it not

    return (make_moons(200, noise=0.07, random_state=seed)[0] - [0.5, 0.25]) * [1.3, 1.5]


def _ring(seed: int) -> Points:
    from sklearn.datasets import make_circles

    x, is_inner = make_circles(400, noise=0.05, factor=0.5, random_state=seed)
    return 1.5 * x[is_inner == 0]


def _spiral(seed: int) -> Points:
    turn = np.sqrt(np.linspace(0.02, 1.0, 200)) * 3.2 * math.pi
    return (0.19 * turn * [np.cos(turn), np.sin(turn)]).T + 0.05 * _random(seed).standard_normal((200, 2))


def _checkerboard(seed: int) -> Points:
    cells = np.array([(column, row) for column in range(4) for row in range(4) if (column + row) % 2 == 0])
    return cells[np.arange(200) % len(cells)] + _random(seed).uniform(0.05, 0.95, (200, 2)) - 2.0


def _three_blobs(seed: int) -> Points:
    from sklearn.datasets import make_blobs

    centres = 1.4 * np.array(
        [[math.cos(turn), math.sin(turn)] for turn in (math.pi / 2, 7 * math.pi / 6, 11 * math.pi / 6)]
    )
    points: Points = make_blobs(180, centers=centres, cluster_std=0.22, random_state=seed)[0]
    return points


def _line(seed: int) -> Points:
    random = _random(seed)
    along = random.uniform(-1.9, 1.9, 150)
    return np.column_stack([along, 0.6 * along]) + 0.15 * random.standard_normal((150, 2))


def _seven_points(seed: int) -> Points:
    return np.array([[-1.7, -0.4], [-1.0, 1.1], [-0.3, -1.2], [0.2, 0.5], [0.8, 1.6], [1.2, -0.7], [1.8, 0.6]])


POINT_SETS: dict[str, Callable[[int], Points]] = {
    "two moons": _two_moons,
    "ring": _ring,
    "spiral": _spiral,
    "checkerboard": _checkerboard,
    "three blobs": _three_blobs,
    "line with noise": _line,
    "seven points": _seven_points,
}


def point_set(name: str, *, seed: int = 0) -> Points:
    """The points of a named set of `POINT_SETS`, (points, 2) within [-REACH, REACH], on the grid of drawn points. ValueError for
    another name."""
    if name not in POINT_SETS:
        raise ValueError(f"name must be one of {', '.join(POINT_SETS)}, got {described(name)}")
    return on_grid(POINT_SETS[name](seed))


def on_grid(points: Points) -> Points:
    """The nearest points of the grid on which drawings lie, (points, 2)."""
    return _place(_index(points))


def _index(points: Points) -> NDArray[np.int64]:
    return np.clip(np.floor((points / REACH + 1.0) * 0.5 * SIDES), 0, SIDES - 1).astype(np.int64)


def _place(index: NDArray[np.int64]) -> Points:
    places: Points = ((index + 0.5) / SIDES * 2.0 - 1.0) * REACH
    return places


def text_of_points(points: Points) -> str:
    """Points (points, 2) as text for a link: three letters each. DataError for more than `MOST_POINTS`, or for what is no point."""
    points = np.asarray(points, np.float64)
    if points.ndim != 2 or points.shape[1] != 2 or len(points) > MOST_POINTS or not np.isfinite(points).all():
        raise DataError(f"points must be finite, (points, 2), at most {MOST_POINTS} of them, got {points.shape}")
    numbers = _index(points) @ [SIDES, 1]
    return "".join(LETTERS[n >> 12] + LETTERS[n >> 6 & 63] + LETTERS[n & 63] for n in numbers.tolist())


def points_of_text(text: str) -> Points:
    """The points (points, 2) that `text_of_points` wrote. DataError for any other text."""
    is_text = isinstance(text, str) and len(text) % LETTERS_OF_POINT == 0 and set(text) <= set(LETTERS)
    if not is_text or len(text) > LETTERS_OF_POINT * MOST_POINTS:
        raise DataError(
            f"a drawing must be text of {LETTERS_OF_POINT} letters a point, at most {MOST_POINTS} points, got {described(text)}"
        )
    digits = np.array([LETTERS.index(letter) for letter in text], np.int64).reshape(-1, LETTERS_OF_POINT)
    numbers = digits @ [4096, 64, 1]
    return _place(np.column_stack(np.divmod(numbers, SIDES)))


def points_as_data(points: Points, name: str = NAME) -> Dataset:
    """Points (points, 2) as a data set of two numbers. The test set is these points, each once. In the training set they repeat until
    there are `EPOCH_ROWS` rows at the least, so that an epoch of few points is more than a few steps. DataError for no points."""
    if np.ndim(points) != 2 or np.shape(points)[1] != 2 or len(points) == 0:
        raise DataError(f"points must have the shape (points, 2), one at the least, got {np.shape(points)}: draw some")
    x = torch.tensor(points, dtype=torch.float32, device="cpu")
    repeats = -(-EPOCH_ROWS // len(x))
    return Table(name, x.repeat(repeats, 1), x, None, None, (1, 2), "none")
