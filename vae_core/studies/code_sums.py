"""Sums of codes: means of images and classes, A - B + C, a step towards a class, and the images that are nearest to where one arrives."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from vae_core.bounds import require_images
from vae_core.config import require_number, require_whole
from vae_core.errors import DataError, described
from vae_core.latent import decoded_means, encoded_means
from vae_core.model import VAE
from vae_core.studies.paths import LatentPath, Point, path_between
from vae_core.studies.planes import Plane
from vae_core.studies.sketches import is_inside

SUM_STEPS = 13  # from A to the sum
CLEARLY = 1.1  # times the usual distance is farther away than usual
SHED = 0.5  # of what is special to an image, on the way to another class: with all of it, half of the sevens never became a nine


@dataclass(frozen=True, eq=False)
class Neighbours:
    """The images whose codes are nearest to a point, (images,) each: their `rows`, how far their codes are in latent units
    (`code_distances`), and how far their decoded pictures are from the point's, as vectors of pixels (`distances`). `nearest` is the
    smallest distance of a picture of all images, which may belong to a code farther away. `usual` is the median distance of such a picture
    from the nearest other one; nan for one image alone."""

    rows: np.ndarray
    code_distances: np.ndarray
    distances: np.ndarray
    nearest: float
    usual: float

    @property
    def is_copy(self) -> bool:
        """Whether a picture is less than half as far away as a picture usually is from its nearest one."""
        return bool(self.nearest < 0.5 * self.usual)

    @property
    def is_new(self) -> bool:
        """Whether each picture is clearly farther away than a picture usually is from its nearest one."""
        return bool(self.nearest > CLEARLY * self.usual)


def mean_code(vae: VAE, x: Float[Tensor, "images data"]) -> np.ndarray:
    """The mean of the codes of some images, (latent,). DataError for none."""
    require_images(vae, x)
    if not len(x):
        raise DataError("x must have at least one image, got none: choose images that there are")
    code: np.ndarray = encoded_means(vae, x).mean(0).numpy()
    return code


def class_codes(vae: VAE, x: Float[Tensor, "images data"], labels: np.ndarray) -> np.ndarray:
    """The mean code of each class, (classes, latent): `labels` (images,) are 0, 1 ... and each occurs."""
    if len(labels) != len(x) or not len(x):
        raise DataError(f"labels must be as many as the images (={len(x)}), and at least one, got {len(labels)}")
    codes = encoded_means(vae, x).numpy()
    return np.stack([codes[labels == label].mean(0) for label in np.unique(labels)])


def towards_class(
    start: np.ndarray, codes: Float[np.ndarray, "classes latent"], own: int, turn: float, amount: float
) -> np.ndarray:
    """z (latent,) moved from its `own` class towards another one: start + amount (code - own code - SHED (start - own code)). The classes
    stand on a circle, the first at turn 0; between two of them the code is a mixture of both. At amount 1 it is the other class, with half
    of what is special to the image."""
    require_whole("own", own, 0)
    if own >= len(codes):
        raise ValueError(f"own must be below the number of classes (={len(codes)}), got {own}")
    require_number("amount", amount, least=0.0)
    place = (float(turn) % 1.0) * len(codes)
    first = int(place) % len(codes)
    part = place - int(place)
    code = (1.0 - part) * codes[first] + part * codes[(first + 1) % len(codes)]
    return np.asarray(start + amount * (code - codes[own] - SHED * (start - codes[own])))


def rows_inside(plane: Plane, corners: np.ndarray) -> np.ndarray:
    """The rows of the plane's points that a loop (corners, 2) on it goes around. DataError for no loop."""
    if not isinstance(corners, np.ndarray) or corners.ndim != 2 or corners.shape[1] != 2:
        raise DataError(f"corners must be an array of places (corners, 2), got {described(corners)}")
    return np.flatnonzero(is_inside(plane.points, corners))


def code_sum(vae: VAE, a: Point, b: Point, c: Point, amount: float = 1.0) -> LatentPath:
    """The straight way from A to A + amount (C - B): at 1 it ends at A - B + C. DataError for points of other sizes."""
    require_number("amount", amount, least=0.0)
    first, second, third = (np.asarray(point, np.float64) for point in (a, b, c))
    shapes = {point.shape for point in (first, second, third)}
    if shapes != {(vae.config.latent_dim,)}:
        raise DataError(
            f"points must have latent_dim (={vae.config.latent_dim}) numbers, got the shapes {sorted(shapes)}"
        )
    return path_between(vae, first, first + amount * (third - second), SUM_STEPS)


@torch.no_grad()
def usual_distance(vae: VAE, x: Float[Tensor, "images data"]) -> float:
    """The median distance of an image's decoded picture from the nearest other one, as vectors of pixels; nan for fewer than two images. It
    decodes all of them, and compares each with each."""
    require_images(vae, x)
    if len(x) < 2:
        return float("nan")
    pictures = decoded_means(vae, encoded_means(vae, x))
    return float(torch.cdist(pictures, pictures).fill_diagonal_(torch.inf).amin(1).median())


@torch.no_grad()
def nearest_images(
    vae: VAE, x: Float[Tensor, "images data"], z: Point, *, count: int = 6, usual: float | None = None
) -> Neighbours:
    """The `count` images of x, or all, whose codes are nearest to z (latent,), the nearest first. `usual` is the `usual_distance` of x, if
    the caller has it; else it is measured, which takes longer than all else."""
    require_images(vae, x)
    require_whole("count", count, 1)
    point = torch.as_tensor(z, dtype=vae.dtype, device=vae.device)
    if not len(x) or point.shape != (vae.config.latent_dim,):
        raise DataError(
            f"z must have latent_dim (={vae.config.latent_dim}) numbers and x an image, got {tuple(point.shape)} and {len(x)}"
        )
    codes = encoded_means(vae, x)
    away = (codes - point).norm(dim=1)
    rows = away.argsort(stable=True)[:count]
    away_in_pixels = torch.cdist(decoded_means(vae, point[None]), decoded_means(vae, codes))[0]
    usual = usual_distance(vae, x) if usual is None else float(usual)
    return Neighbours(
        rows.numpy(), away[rows].numpy(), away_in_pixels[rows].numpy(), float(away_in_pixels.min()), usual
    )
