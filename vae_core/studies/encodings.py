"""q(z|x) of one image: its mean and scale, draws of z from it, and what they decode to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from vae_core.bounds import require_flat_image
from vae_core.config import require_whole
from vae_core.distributions import reparameterize
from vae_core.model import VAE, require_draws
from vae_core.randomness import draw_normal, seeded

DRAWS = 8


@dataclass(frozen=True, eq=False)
class Draws:
    """Draws of z from one image's q(z|x): z (draws, latent), the mean of p(x|z) at each (draws, data_dim), and log p(x|z) of the
    image at each (draws,), nats."""

    z: np.ndarray
    images: np.ndarray
    log_lik: np.ndarray


@torch.no_grad()
def encoded(vae: VAE, x: Float[Tensor, "*images data"]) -> tuple[np.ndarray, np.ndarray]:
    """loc and scale of q(z|x), (*images, latent) each."""
    q = vae.encode(x).base_dist
    return q.loc.numpy(), q.scale.numpy()


@torch.no_grad()
def draw_codes(vae: VAE, x: Float[Tensor, "data"], *, num_draws: int = DRAWS, seed: int = 0) -> Draws:
    """Draws by eq. (4), z = mean + scale * eps."""
    require_flat_image(vae, x)
    require_whole("num_draws", num_draws, 1)
    require_draws(vae.config, num_draws, "num_draws")
    eps = draw_normal((num_draws, vae.config.latent_dim), like=vae, generator=seeded(seed))
    z = reparameterize(vae.encode(x), eps)
    p = vae.decode(z)
    return Draws(z.numpy(), p.mean.numpy(), p.log_prob(x).numpy())
