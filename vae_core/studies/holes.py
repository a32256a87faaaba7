"""Holes: draws from the prior whose pictures are unlike the picture of any image, and images that no draw comes near."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from vae_core.autograd import in_full_precision
from vae_core.bounds import check_pixels
from vae_core.latent import decoded_means, grid_axis, plane_points
from vae_core.model import VAE
from vae_core.randomness import draw_normal, seeded

REPEATS = 10
DRAWS = 1000  # in each repeat
MOST_IMAGES = 1000  # more cost time and change little
LEVEL = 0.99  # this share of the images' own pictures is in no hole, and this share of the draws within reach
SHOWN = 100  # as many draws as a page shows
SIMILAR = 5  # images whose pictures are most like a draw's
AGREEING = 4  # so many of them have one class, or the draw is like none: that of one image is often wrong for a blurred picture
NO_CLASS = -1
MAP_CELLS = 64  # along each side of a map of holes


@dataclass(frozen=True, eq=False)
class Holes:
    """Which share of draws falls in holes: of `num_draws` from the prior N(0, I), and of as many from the Gaussian with the mean
    and covariance of the model's codes. And which share of codes is out of reach: farther from 0 than `LEVEL` of the draws. Each
    has its standard error. `draws` (shown, latent) are some of those from the prior,
    the same for each model with this latent_dim, and `in_hole` (shown,) says which of them fall in a hole. `similar_images` (shown, similar) are the
    indices of the images whose codes' pictures are most like the draw's, the most similar first, and `nearest` (shown, latent) is the code of that one. `distances` (shown,) are
    how far apart the two pictures are, as vectors of pixels; above the `limit` the draw is in a hole. `codes` (images, latent) are all codes
    with which the shown draws were compared."""

    share: float
    share_error: float
    fitted_share: float
    fitted_share_error: float
    out_of_reach: float
    out_of_reach_error: float
    num_draws: int
    draws: np.ndarray
    in_hole: np.ndarray
    similar_images: np.ndarray
    nearest: np.ndarray
    distances: np.ndarray
    limit: float
    codes: np.ndarray

    def most_alike(self, labels: np.ndarray) -> tuple[int, int]:
        """The class that most of the shown draws are like, and how many are; `labels` (images,) are those of the images."""
        classes = self.classes(labels)
        counts = np.bincount(classes[classes != NO_CLASS], minlength=1)
        return int(counts.argmax()), int(counts.max())

    def classes(self, labels: np.ndarray) -> np.ndarray:
        """The class (shown,) of each shown draw: that of at least `AGREEING` of its `SIMILAR` most similar images; `NO_CLASS` where there is none."""
        near = np.asarray(labels)[self.similar_images]
        counts = (near[:, :, None] == near[:, None]).sum(2)
        most = near[np.arange(len(near)), counts.argmax(1)].astype(int)
        return np.where(counts.max(1) * SIMILAR >= AGREEING * near.shape[1], most, NO_CLASS)


@torch.no_grad()
def holes(vae: VAE, x: Float[Tensor, "images data"], *, seed: int = 0) -> Holes:
    """How well draws from the prior and the codes of images meet. A draw z is in a hole if the mean of p(x|z) lies farther from that of each image's code
    than `LEVEL` of these means lie from their nearest one. A code is a draw from q(z|x), since that is where the decoder is
    trained. Pixels measure the distance: latent units have no meaning of their own, as a model whose codes are stretched and
    whose decoder undoes it is the same model. So 1 - LEVEL is what images have themselves, and what draws have if q(z) = p(z).

    It is one minus a precision as Kynkaanniemi et al. (2019) define it, with one radius for all images. Each of `REPEATS` repeats
    has codes and draws of its own; the standard error is over repeats, for these images. At most `MOST_IMAGES` of x are used.
    ValueError for fewer than two images."""
    check_pixels(vae, x)
    if len(x) < 2:
        raise ValueError(f"x must have at least 2 images, got {len(x)}: a picture is compared with its nearest one")
    latent_dim, x = vae.config.latent_dim, x[:MOST_IMAGES]
    generator = seeded(seed)
    draws = draw_normal((REPEATS, DRAWS, latent_dim), like=vae, generator=generator)
    q = vae.encode(x).base_dist
    reach = draws.flatten(0, 1).norm(dim=1).quantile(LEVEL)
    prior: list[Tensor] = []
    fitted, outside = [], []
    nearest: list[tuple[np.ndarray, np.ndarray, np.ndarray, float, np.ndarray]] = []
    for z in draws:
        codes = q.loc + q.scale * draw_normal((len(x), latent_dim), like=vae, generator=generator)
        pictures = _pictures(vae, codes)
        radius = _radius(pictures)
        outside.append(codes.norm(dim=1) > reach)
        to_images = torch.cdist(_pictures(vae, z), pictures)
        distances = to_images.min(1)
        similar = to_images[:SHOWN].topk(min(SIMILAR, len(x)), largest=False).indices
        near = distances.values[:SHOWN].numpy()
        nearest.append((similar.numpy(), codes[distances.indices[:SHOWN]].numpy(), near, float(radius), codes.numpy()))
        prior.append(distances.values > radius)
        fitted.append(torch.cdist(_pictures(vae, _as_spread_as(codes, z)), pictures).min(1).values > radius)
    images, nearest_codes, near, limit, all_codes = nearest[0]
    return Holes(
        *_mean_and_error(prior), *_mean_and_error(fitted), *_mean_and_error(outside), REPEATS * DRAWS,
        draws[0, :SHOWN].numpy(), prior[0][:SHOWN].numpy(), images, nearest_codes, near, limit, all_codes,
    )  # fmt: skip


@torch.no_grad()
def hole_map(vae: VAE, measured: Holes, axes: Sequence[int], extent: float) -> Float[np.ndarray, "rows columns"]:
    """Where holes lie on the plane of two latent axes: at the centres of `MAP_CELLS` x `MAP_CELLS` equal cells of [-extent, extent], how far
    the picture there is from the most similar one of `measured.codes`, in limits: above 1 is a hole. Rows from the top (largest second
    axis) down; other dimensions are 0. With one latent dimension there is one row."""
    axis = grid_axis(MAP_CELLS, extent=extent).to(vae.prior.mean)
    z = plane_points(vae.config.latent_dim, axis, axis, (axes[0], axes[-1]))
    return compare_with_codes(vae, measured, z.flatten(0, 1).numpy()).strangeness.reshape(z.shape[:-1])


class Compared(NamedTuple):
    """The picture of each z, the most similar one of the images' codes (points, data) each, how far apart these two are (points,), in
    limits: above 1 is a hole; and the row of that image (points,)."""

    pictures: Float[np.ndarray, "points data"]
    similar: Float[np.ndarray, "points data"]
    strangeness: Float[np.ndarray, " points"]
    images: Int[np.ndarray, " points"]

    @property
    def in_holes(self) -> tuple[int, ...]:
        """The rows of the points in holes."""
        return tuple(np.flatnonzero(self.strangeness > 1.0).tolist())


@torch.no_grad()
def compare_with_codes(vae: VAE, measured: Holes, z: Float[np.ndarray, "points latent"]) -> Compared:
    """The pictures of points z beside those of `measured.codes`. ValueError for no z."""
    if len(z) == 0:
        raise ValueError("z must have at least 1 point, got 0")
    pictures, others = (_pictures(vae, torch.from_numpy(values).to(vae.prior.mean)) for values in (z, measured.codes))
    distances, rows = torch.cdist(pictures, others).min(1)
    strangeness = distances / max(measured.limit, torch.finfo(distances.dtype).tiny)
    return Compared(pictures.numpy(), others[rows].numpy(), strangeness.numpy(), rows.numpy())


def _pictures(vae: VAE, z: Tensor) -> Tensor:
    pictures = decoded_means(vae, z)
    if not bool(torch.isfinite(pictures).all()):  # as of codes that are too large
        raise ArithmeticError("the pictures of the model's codes must be finite, got nan or inf: choose another model")
    return pictures


def _radius(pictures: Tensor) -> Tensor:
    distances = torch.cdist(pictures, pictures).fill_diagonal_(torch.inf)
    return distances.min(1).values.quantile(LEVEL)


@in_full_precision
def _as_spread_as(codes: Tensor, z: Tensor) -> Tensor:
    """Standard normal draws z with the codes' mean and covariance. A covariance without full rank has no Cholesky factor."""
    covariance = torch.atleast_2d(codes.double().T.cov())
    if not bool(torch.isfinite(covariance).all()):
        raise ArithmeticError("the model's codes must have a finite covariance, got nan or inf: choose another model")
    values, vectors = torch.linalg.eigh(covariance)
    return codes.mean(0) + z @ (vectors * values.clamp(min=0.0).sqrt()).T.to(z.dtype)


def _mean_and_error(repeats: list[Tensor]) -> tuple[float, float]:
    shares = torch.stack(repeats).double().mean(1)
    return float(shares.mean()), float(shares.std()) / len(shares) ** 0.5
