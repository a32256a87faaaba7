"""The border between two classes on a plane: where half of the nearest encoded images are of each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

NEIGHBOURS = 15
SIDE = 161  # points along each axis of the grid on which the border is looked for


@dataclass(frozen=True, eq=False)
class Border:
    """`places` (count, 2) lie on the border, in latent units. Far from all images there is none."""

    places: np.ndarray

    def distance(self, place: np.ndarray) -> tuple[float, np.ndarray]:
        """How far `place` (2,) lies from the border, in latent units, and the border's nearest place."""
        distances = np.linalg.norm(self.places - np.asarray(place), axis=1)
        nearest = int(distances.argmin())
        return float(distances[nearest]), self.places[nearest]


def border(
    points: np.ndarray, is_second: np.ndarray, *, others: np.ndarray | None = None, neighbours: int = NEIGHBOURS
) -> Border:
    """The border between the points (images, 2) of two classes; `is_second` (images,) says which are of the second class.
    A place counts where its nearest `neighbours` points reach no farther than those of nearly all points do, and where less than half of its
    neighbours are among the `others` (images, 2), the points of other classes. ValueError with fewer points than `neighbours`, or with one
    class only."""
    points, is_second = np.asarray(points, float), np.asarray(is_second, bool)
    if len(points) < neighbours or is_second.all() or not is_second.any():
        raise ValueError(
            f"points must have both classes and at least {neighbours} images, got {len(points)} with {int(is_second.sum())} of "
            f"the second class; take more images"
        )
    low, high = points.min(axis=0), points.max(axis=0)
    across, up = (np.linspace(low[axis], high[axis], SIDE) for axis in range(2))
    grid = np.stack(np.meshgrid(across, up), axis=-1)
    reach, share = _nearest(grid.reshape(-1, 2), points, is_second, neighbours)
    usual = np.quantile(_nearest(points, points, is_second, neighbours)[0], 0.95)
    share[reach > usual] = np.nan
    if others is not None:
        everything = np.concatenate([points, others])
        is_other = np.arange(len(everything)) >= len(points)
        share[_nearest(grid.reshape(-1, 2), everything, is_other, neighbours)[1] >= 0.5] = np.nan
    share = share.reshape(SIDE, SIDE)
    crossings = [
        np.stack([(grid[:, 1:] + grid[:, :-1])[_crosses(share[:, 1:], share[:, :-1])] / 2.0]),
        np.stack([(grid[1:] + grid[:-1])[_crosses(share[1:], share[:-1])] / 2.0]),
    ]
    places = np.concatenate([part.reshape(-1, 2) for part in crossings])
    if not len(places):
        raise ValueError("the two classes touch nowhere on this plane; choose two others")
    return Border(places)


def _crosses(share: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Where two shares lie on different sides of a half."""
    return np.asarray((share - 0.5) * (other - 0.5) < 0.0)


def _nearest(
    places: np.ndarray, points: np.ndarray, is_second: np.ndarray, neighbours: int
) -> tuple[np.ndarray, np.ndarray]:
    """For each place, how far its nearest points reach, and the share of the second class among them."""
    reach, share = np.empty(len(places)), np.empty(len(places))
    for start in range(0, len(places), 2048):
        part = places[start : start + 2048]
        distances = np.linalg.norm(part[:, None] - points[None], axis=2)
        nearest = np.argpartition(distances, neighbours - 1, axis=1)[:, :neighbours]
        reach[start : start + 2048] = np.take_along_axis(distances, nearest, axis=1).max(axis=1)
        share[start : start + 2048] = is_second[nearest].mean(axis=1)
    return reach, share
