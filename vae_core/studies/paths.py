"""Walks through latent space: from point to point, along one dimension at a time, draws of the prior, and q(z) of all images
together."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from vae_core import latent
from vae_core.bounds import require_flat_image
from vae_core.config import require_whole
from vae_core.errors import DataError
from vae_core.model import VAE
from vae_core.posterior import simulate
from vae_core.randomness import draw_normal, seeded
from vae_core.representation import split_information
from vae_core.studies.planes import Plane

TRAVERSED = np.linspace(-3.0, 3.0, 11, dtype=np.float32)
SHARES = (0.05, 0.5, 0.95)  # shares of draws from the prior that say which |z| is usual
CELLS = 64  # q(z) has so many along each axis of the plane
EMPTY_DRAWS = 10_000  # draws from the prior, which say which share of it is empty
SHOWN_DRAWS = 100  # of them that are shown
EMPTY_REACH = 3.0  # standard deviations
REPEATS = 4  # draws of z from each q(z|x), for q(z)
NEAR_LIMIT = 1.0  # nats below its limit from which on the information depends on the number of images

Point = Sequence[float] | np.ndarray | Tensor


# -- from point to point -----------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class LatentPath:
    """A path through latent space: z (steps, latent), decoded means (steps, data_dim), log p(z) (steps,) in nats, and |z| (steps,).
    `usual_radius`: of draws from the prior, 5, 50 and 95 % have a smaller |z|."""

    z: np.ndarray
    images: np.ndarray
    log_prior: np.ndarray
    radius: np.ndarray
    usual_radius: tuple[float, float, float]


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
    radius = usual_radius(vae.config.latent_dim)
    return LatentPath(z.numpy(), images.numpy(), vae.prior.log_prob(z).numpy(), z.norm(dim=1).numpy(), radius)


def usual_radius(latent_dim: int) -> tuple[float, float, float]:
    """The quantiles of |z| at SHARES for z ~ N(0, I): |z| follows the chi distribution with latent_dim degrees of freedom.

    log p(z) does not say how usual z is: it is highest at 0, where in many dimensions hardly any draw is, since there is so little
    room. |z| does."""
    from scipy.special import gammaincinv  # imported late: it takes a while

    require_whole("latent_dim", latent_dim, 1)
    low, middle, high = (math.sqrt(2.0 * float(gammaincinv(0.5 * latent_dim, share))) for share in SHARES)
    return low, middle, high


def moved_to_place(plane: Plane, z: np.ndarray, place: np.ndarray) -> np.ndarray:
    """z (latent,) moved to a place (2,) on the plane. Its part off the plane stays. DataError for a place of another shape."""
    place = np.asarray(place, np.float32)[: len(plane.basis)]
    if place.shape != (len(plane.basis),):
        raise DataError(f"place must have a number for each axis of the plane (={len(plane.basis)}), got {place.shape}")
    return np.asarray(z + plane.basis.T @ (place - plane.basis @ z))


# -- one dimension at a time -------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Dimensions:
    """What each latent dimension carries over some images: mean KL in nats and its standard error, the variance of the
    encoded mean, and whether it is active (that variance above 0.01); all (latent,). `order` has the largest KL first.
    `traversals` (latent, steps, data_dim), in that order: decoded means as one dimension goes through `TRAVERSED` and the
    others stay, at `points` (latent, steps, latent)."""

    kl: np.ndarray
    kl_error: np.ndarray
    variance: np.ndarray
    active: np.ndarray
    order: list[int]
    points: np.ndarray
    traversals: np.ndarray

    @property
    def total_kl(self) -> float:
        """The mean KL of all dimensions together, nats."""
        return float(self.kl.sum())

    @property
    def num_active(self) -> int:
        """How many dimensions are active."""
        return int(self.active.sum())


def dimensions(vae: VAE, x: Float[Tensor, "images data"], z: Point, *, is_sequence: bool = False) -> Dimensions:
    """Each latent dimension by itself: its use over the images x, and what it changes around the point z (latent,). `is_sequence`: the
    images are frames of a film."""
    use = latent.latent_use(vae, x, is_sequence=is_sequence)
    order = use.kl.argsort(descending=True, stable=True).tolist()
    points = latent.traversed(_tensor(vae, z), order, torch.from_numpy(TRAVERSED).to(vae.prior.mean))
    kl, kl_error, variance, active = (values.numpy() for values in use)
    return Dimensions(
        kl, kl_error, variance, active, order, points.cpu().numpy(), latent.decoded_means(vae, points).numpy()
    )


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
    draws, the mean of KL(q(z|x) || p(z)), and their difference, the information. `empty_share` of `empty_draws` draws from the
    prior lie where no image is encoded, as `far_from_codes` says, with its standard error; the first of them are z (draws, latent),
    `pictures` (draws, data_dim) their means of p(x|z), and `is_far` (draws,) says which of them lie there."""

    images: int
    masses: np.ndarray | None
    edges: np.ndarray
    marginal_kl: float
    marginal_kl_error: float
    mean_kl: float
    information: float
    empty_share: float
    empty_error: float
    empty_draws: int
    z: np.ndarray
    pictures: np.ndarray
    is_far: np.ndarray

    @property
    def floor(self) -> float:
        """The mean KL less the log of the number of images, nats: KL(q(z) || p(z)) of so many images is at least that."""
        return self.mean_kl - self.information_limit

    @property
    def information_limit(self) -> float:
        """The log of the number of images, nats: the information cannot be larger."""
        return math.log(self.images)

    @property
    def near_limit(self) -> bool:
        """Whether the codes hardly overlap: then the KL is the floor, and says how many images there are, not how good the model is."""
        return self.information > self.information_limit - NEAR_LIMIT

    def share_within(self, radius: float) -> float:
        """The share of q(z) whose first two plane coordinates are nearer to 0 than the radius: of the cells with their centre there."""
        if self.masses is None:
            raise ValueError("masses must be those of a plane, got None: with one latent dimension there is none")
        middles = 0.5 * (self.edges[1:] + self.edges[:-1])
        return float(self.masses[np.hypot(middles[:, None], middles) < radius].sum())

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
    draws = draw_normal((EMPTY_DRAWS, vae.config.latent_dim), like=vae, generator=generator)
    is_far = far_from_codes(vae, x, draws)
    z, share = draws[:SHOWN_DRAWS], float(is_far.mean())
    share_error = math.sqrt(share * (1.0 - share) / EMPTY_DRAWS)
    mean_kl = parts[0].mean_kl
    return Aggregate(
        len(x), masses, edges.numpy(), mean, error, mean_kl, mean_kl - mean, share, share_error, EMPTY_DRAWS,
        z.cpu().numpy(), latent.decoded_means(vae, z).numpy(), is_far[:SHOWN_DRAWS],
    )  # fmt: skip


@torch.no_grad()
def far_from_codes(
    vae: VAE, x: Float[Tensor, "images data"], z: Float[Tensor, "points latent"]
) -> Bool[np.ndarray, "points"]:
    """Which points z lie more than EMPTY_REACH standard deviations of q(z|x) from the mean of every q(z|x): there the decoder was not
    trained. KL(q(z) || p(z)) does not say that: it is large where q(z) is and the prior is not. Costs points * images distances."""
    q = vae.encode(x).base_dist
    loc, precision = q.loc.double(), q.scale.double().square().reciprocal()
    own, nearest = (loc.square() * precision).sum(1), []
    for part in z.double().split(500):
        squared = part.square() @ precision.T - 2.0 * (part @ (loc * precision).T) + own
        nearest.append(squared.amin(1))
    far: np.ndarray = (torch.cat(nearest) > EMPTY_REACH**2).cpu().numpy()
    return far


def _tensor(vae: VAE, z: Point) -> Tensor:
    point = torch.as_tensor(z, dtype=vae.dtype, device=vae.device)
    if point.shape != (vae.config.latent_dim,):
        raise ValueError(
            f"a point must have latent_dim (={vae.config.latent_dim}) numbers, got the shape {tuple(point.shape)}"
        )
    return point
