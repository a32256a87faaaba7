"""The border between two classes on the map: where the picture of the decoder changes from one to the other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from vae_core.model import VAE

NEIGHBOURS = 15
SIDE = 81  # points along each axis of the grid on which the border is looked for
REACH = 3.03  # 99 % of the draws from a prior of two dimensions are nearer to 0


@dataclass(frozen=True, eq=False)
class Border:
    """`places` (count, 2) lie on the border, in latent units."""

    places: np.ndarray

    def distance(self, place: np.ndarray) -> tuple[float, np.ndarray]:
        """How far `place` (2,) lies from the border, in latent units, and the border's nearest place."""
        distances = np.linalg.norm(self.places - np.asarray(place), axis=1)
        nearest = int(distances.argmin())
        return float(distances[nearest]), self.places[nearest]


def border(
    vae: VAE, x: Float[Tensor, "images data"], labels: Int[np.ndarray, " images"], first: int, second: int
) -> Border:
    """Where the decoded mean changes between the classes `first` and `second`, for a VAE with two latent dimensions, within REACH of 0.
    The class of a picture is that of most of its nearest NEIGHBOURS among the images x (Euclidean distance of the pixels). ValueError
    for another number of latent dimensions, and where no picture of one class lies beside one of the other."""
    if vae.config.latent_dim != 2:
        raise ValueError(f"latent_dim must be 2 for a border on the map, got {vae.config.latent_dim}")
    axis = np.linspace(-REACH, REACH, SIDE)
    grid = np.stack(np.meshgrid(axis, axis), axis=-1)  # row, column, (z1, z2)
    kinds = _drawn_classes(vae, grid.reshape(-1, 2), x, labels).reshape(SIDE, SIDE)
    kinds[np.linalg.norm(grid, axis=2) > REACH] = -1
    places = [_changes(kinds, grid, first, second), _changes(kinds.T, grid.swapaxes(0, 1), first, second)]
    result = Border(np.concatenate(places))
    if not len(result.places):
        raise ValueError("the two classes touch nowhere on this map; choose two others")
    return result


def _changes(kinds: np.ndarray, grid: np.ndarray, first: int, second: int) -> np.ndarray:
    """The middles of those neighbours in a column of which one is of the class `first` and one of `second`."""
    below, above = kinds[:-1], kinds[1:]
    is_change = ((below == first) & (above == second)) | ((below == second) & (above == first))
    middles: np.ndarray = (grid[:-1] + grid[1:])[is_change] / 2.0
    return middles


@torch.no_grad()
def _drawn_classes(vae: VAE, z: np.ndarray, x: Tensor, labels: np.ndarray) -> np.ndarray:
    """The class of the picture at each z (points, 2)."""
    classes, count = torch.as_tensor(labels, device="cpu"), min(NEIGHBOURS, len(x))
    kinds = []
    for part in torch.as_tensor(z, dtype=x.dtype, device=x.device).split(1024):
        nearest = torch.cdist(vae.decode(part).mean, x).topk(count, largest=False).indices
        kinds.append(torch.nn.functional.one_hot(classes[nearest]).sum(1).argmax(1))
    return torch.cat(kinds).numpy()
