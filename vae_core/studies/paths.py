"""Walks through latent space: from point to point, along one dimension at a time, draws of the prior, and q(z) of all images
together."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from vae_core import latent
from vae_core.bounds import require_flat_image
from vae_core.config import require_whole
from vae_core.model import VAE
from vae_core.posterior import simulate
from vae_core.randomness import seeded
from vae_core.representation import split_information
from vae_core.studies.planes import Plane

TRAVERSED = np.linspace(-3.0, 3.0, 11, dtype=np.float32)
CELLS = 64  # of q(z), along each axis of the plane
REPEATS = 4  # draws of z from each q(z|x), for q(z)
NEAR_LIMIT = 1.0  # nats below its limit from which on the information depends on the number of images

Point = Sequence[float] | np.ndarray | Tensor


# -- from point to point -----------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class LatentPath:
    """A path through latent space: z (steps, latent), decoded means (steps, data_dim), log p(z) (steps,) in nats."""

    z: np.ndarray
    images: np.ndarray
    log_prior: np.ndarray


def encoded_point(vae: VAE, x: Float[Tensor, "data"]) -> np.ndarray:
    """The mean of q(z|x) of one image, (latent,)."""
    require_flat_image(vae, x)
    return latent.encoded_means(vae, x[None])[0].numpy()


def path_between(vae: VAE, start: Point, end: Point, steps: int, *, spherical: bool = False) -> LatentPath:
    """The straight or the spherical path between two points (latent,), both included. Raises ValueError where the latter does
    not exist."""
    path = latent.spherical_path if spherical else latent.straight_path
    z = path(_tensor(vae, start), _tensor(vae, end), steps)
    images = latent.decoded_means(vae, z)
    return LatentPath(z.numpy(), images.numpy(), vae.prior.log_prob(z).numpy())


def move_nearer_end(plane: Plane, ends: Sequence[np.ndarray], place: np.ndarray) -> tuple[int, np.ndarray]:
    """Which of the `ends` (latent,) lies nearer to a place (2,) on the plane, and that end moved to the place. Its part off the
    plane stays."""
    require_whole("the number of ends", len(ends), 1)
    place = np.asarray(place, np.float32)[: len(plane.basis)]
    distances = [float(np.square(plane.basis @ z - place).sum()) for z in ends]
    number = int(np.argmin(distances))
    z = ends[number]
    return number, z + plane.basis.T @ (place - plane.basis @ z)


# -- one dimension at a time -------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Dimensions:
    """What each latent dimension carries over some images: mean KL in nats and its standard error, the variance of the
    encoded mean, and whether it is active (that variance above 0.01); all (latent,). `order` has the largest KL first.
    `traversals` (latent, steps, data_dim), in that order: decoded means as one dimension goes through `TRAVERSED` and the
    others stay."""

    kl: np.ndarray
    kl_error: np.ndarray
    variance: np.ndarray
    active: np.ndarray
    order: list[int]
    traversals: np.ndarray


def dimensions(vae: VAE, x: Float[Tensor, "images data"], z: Point) -> Dimensions:
    """Each latent dimension by itself: its use over the images x, and what it changes around the point z (latent,)."""
    use = latent.latent_use(vae, x)
    order = use.kl.argsort(descending=True, stable=True).tolist()
    traversals = latent.traversals(vae, _tensor(vae, z), order, torch.from_numpy(TRAVERSED).to(vae.prior.mean))
    kl, kl_error, variance, active = (values.numpy() for values in use)
    return Dimensions(kl, kl_error, variance, active, order, traversals.numpy())


# -- the prior ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class PriorSamples:
    """Draws from the model itself: z (images, latent) from the prior, the mean of p(x|z) at each and a draw of x from it,
    (images, data_dim)."""

    z: np.ndarray
    means: np.ndarray
    draws: np.ndarray


def prior_samples(vae: VAE, num_images: int, *, seed: int = 0) -> PriorSamples:
    """Images from the model itself."""
    z, x = simulate(vae, num_images, generator=seeded(seed))
    return PriorSamples(z.numpy(), latent.decoded_means(vae, z).numpy(), x.numpy())


@dataclass(frozen=True, eq=False)
class Aggregate:
    """q(z), the even mixture of `images` images' q(z|x). `masses` (rows, columns) are its probabilities of the plane's
    cells with these `edges` (None with one latent dimension). In nats: KL(q(z) || p(z)) with the standard error of its
    draws, the mean of KL(q(z|x) || p(z)), and their difference, the information."""

    images: int
    masses: np.ndarray | None
    edges: np.ndarray
    marginal_kl: float
    marginal_kl_error: float
    mean_kl: float
    information: float

    @property
    def information_limit(self) -> float:
        """The log of the number of images, nats: the information cannot be larger."""
        return math.log(self.images)

    @property
    def near_limit(self) -> bool:
        """Whether with more images the KL would be smaller."""
        return self.information > self.information_limit - NEAR_LIMIT

    @property
    def outside(self) -> float | None:
        """The share of q(z) outside the plane's cells; None with one latent dimension."""
        return None if self.masses is None else 1.0 - float(self.masses.sum())


def aggregate(vae: VAE, x: Float[Tensor, "images data"], plane: Plane, *, seed: int = 0) -> Aggregate:
    """q(z) of the images x on a plane of two latent axes, and how far it is from the prior. Costs `REPEATS` * images^2
    densities."""
    edges = torch.linspace(*plane.span, CELLS + 1, dtype=torch.float32, device="cpu")
    masses = None
    if vae.config.latent_dim > 1:
        across, up = (int(axis) for axis in np.abs(plane.basis).argmax(1))
        masses = latent.aggregate_masses(vae, x, (across, up), edges, edges).numpy()
    generator = seeded(seed)
    parts = [split_information(vae, x, generator=generator) for _ in range(REPEATS)]
    kl = np.array([part.marginal_kl for part in parts])
    mean, error = float(kl.mean()), float(kl.std(ddof=1) / math.sqrt(REPEATS))
    return Aggregate(len(x), masses, edges.numpy(), mean, error, parts[0].mean_kl, parts[0].mean_kl - mean)


def _tensor(vae: VAE, z: Point) -> Tensor:
    point = torch.as_tensor(z, dtype=vae.dtype, device=vae.device)
    if point.shape != (vae.config.latent_dim,):
        raise ValueError(
            f"a point must have latent_dim (={vae.config.latent_dim}) numbers, got the shape {tuple(point.shape)}"
        )
    return point
