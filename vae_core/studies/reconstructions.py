"""Reconstructions of images, and the bound of each image (eq. 3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from vae_core.averages import error_of_mean
from vae_core.bounds import estimate_bound
from vae_core.latent import decoded_means, encoded_means, require_index
from vae_core.model import VAE
from vae_core.randomness import seeded

BOUND_SAMPLES = 16


class BelowMean(NamedTuple):
    """How far one image's ELBO lies below the mean of all images, and how much of that each term costs: elbo = recon_log_lik + kl,
    in nats. Negative numbers mean that the image is above the mean there."""

    elbo: float
    recon_log_lik: float
    kl: float


@dataclass(frozen=True, eq=False)
class Bounds:
    """The bound of each of several images, elbo = recon_log_lik - kl, in nats, (images,) each; higher is better. `is_sequence`: the
    images are frames of a film in their order."""

    elbo: np.ndarray
    recon_log_lik: np.ndarray
    kl: np.ndarray
    is_sequence: bool = False

    @property
    def mean_elbo(self) -> float:
        """Nats per image."""
        return float(self.elbo.mean(dtype=float))

    @property
    def elbo_error(self) -> float:
        """The standard error of that mean over the images, nats; nan for one image, for which it is undefined."""
        return float(error_of_mean(torch.from_numpy(self.elbo).double(), is_sequence=self.is_sequence))

    def share_below(self, elbo: float) -> float:
        """The share of these images whose ELBO is lower."""
        return float((self.elbo < elbo).mean())

    def below_mean(self, row: int) -> BelowMean:
        """How far the image in `row` lies below the mean of all, by the terms of its ELBO. Raises ValueError for other rows."""
        require_index("row", row, len(self.elbo))
        recon_log_lik = float(self.recon_log_lik.mean(dtype=float) - self.recon_log_lik[row])
        kl = float(self.kl[row] - self.kl.mean(dtype=float))
        return BelowMean(recon_log_lik + kl, recon_log_lik, kl)


def measure_bounds(
    vae: VAE,
    x: Float[Tensor, "images data"],
    *,
    num_samples: int = BOUND_SAMPLES,
    seed: int = 0,
    is_sequence: bool = False,
) -> Bounds:
    """The bound of each image by estimator B (eq. 7) with `num_samples` draws of z. `is_sequence`: they are frames of a film."""
    bound = estimate_bound(vae, x, num_samples=num_samples, generator=seeded(seed))
    elbo, recon_log_lik, kl = (term.numpy() for term in bound)
    return Bounds(elbo, recon_log_lik, kl, is_sequence)


def reconstruct(vae: VAE, x: Float[Tensor, "images data"]) -> Float[np.ndarray, "images data"]:
    """The mean of p(x|z) at the mean of each image's q(z|x)."""
    return decoded_means(vae, encoded_means(vae, x)).numpy()
