"""Models side by side on the same image x, the same noise eps and the same plane."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from vae_core.bounds import elbo, require_flat_image
from vae_core.config import require_whole
from vae_core.latent import decoded_means, encoded_means
from vae_core.model import VAE
from vae_core.randomness import draw_normal, seeded
from vae_core.representation import split_information
from vae_core.studies.planes import reach_of, spread_axes

NOISE_DRAWS = 64
FAR_DRAWS = 4
LEAST_REACH = 4.0


@dataclass(frozen=True, eq=False)
class Twin:
    """A model on one x with the shared eps: the bound over the draws of eps and its terms, nats; the z of the first
    draw, the mean of p(x|z) there, and that mean's squared error per pixel."""

    elbo: float
    elbo_error: float
    recon_log_lik: float
    kl: float
    z: np.ndarray
    reconstruction: np.ndarray
    squared_error: float


@torch.no_grad()
def twins(vaes: Sequence[VAE], x: Float[Tensor, "data"], *, seed: int = 0) -> list[Twin]:
    """Each model on the same x with the same eps, `NOISE_DRAWS` draws from `seed`. The models have the same data_dim and
    latent_dim. Bounds have beta = 1 (eq. 7)."""
    vaes = list(vaes)
    require_whole("the number of models", len(vaes), 1)
    for vae in vaes:
        require_flat_image(vae, x)
    eps = draw_normal((NOISE_DRAWS, vaes[0].config.latent_dim), like=vaes[0], generator=seeded(seed))
    return [_twin(vae, x, eps) for vae in vaes]


def _twin(vae: VAE, x: Tensor, eps: Tensor) -> Twin:
    bound = elbo(vae, x.expand(len(eps), -1), eps=eps[None])  # one draw of eps for each copy of x
    q = vae.encode(x[None]).base_dist
    z = q.loc[0] + q.scale[0] * eps[0]
    reconstruction = decoded_means(vae, z[None])[0]
    error = float(bound.elbo.std()) / len(eps) ** 0.5
    mean, recon_log_lik, kl = (float(term.double().mean()) for term in bound)
    squared_error = float((reconstruction - x).square().mean())
    return Twin(mean, error, recon_log_lik, kl, z.numpy(), reconstruction.numpy(), squared_error)


def distance_to_prior(vae: VAE, x: Float[Tensor, "images data"], *, seed: int = 0) -> float:
    """KL(q(z) ‖ p(z)) in nats, q(z) the even mixture of these images' q(z|x). It is at least the mean KL less the log of the number of
    images. Whether draws from the prior land where no image is encoded is for `holes`. Costs `FAR_DRAWS` * images^2 densities."""
    return split_information(vae, x, num_samples=FAR_DRAWS, generator=seeded(seed)).marginal_kl


@dataclass(frozen=True, eq=False)
class SharedPlane:
    """The plane of the two latent axes along which the first model's encoded means vary most: each model's encoded means on
    it, (images, axes), and how far it reaches from 0."""

    axes: list[int]
    points: tuple[np.ndarray, ...]
    reach: float


def shared_plane(vaes: Sequence[VAE], x: Float[Tensor, "images data"]) -> SharedPlane:
    """The same images as each model encodes them. ValueError without models."""
    require_whole("the number of models", len(vaes), 1)
    means = [encoded_means(vae, x) for vae in vaes]
    axes = spread_axes(means[0])
    points = tuple(mean[:, axes].numpy() for mean in means)
    return SharedPlane(axes, points, max(LEAST_REACH, *(reach_of(mean) for mean in points)))
