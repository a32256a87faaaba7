"""Single gradients of one image's bound, each from one draw of the noise, in the mean of q(z|x): sec. 2.2 beside sec. 2.3."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from vae_core.autograd import constant_weights, needs_gradients
from vae_core.bounds import check_pixels, draw_eps, require_one_image
from vae_core.config import require_whole
from vae_core.distributions import reparameterize
from vae_core.model import VAE
from vae_core.randomness import seeded

MANY = 4096  # draws of the mean gradient


@dataclass(frozen=True, eq=False)
class SingleGradients:
    """Gradients in the mean of q(z|x), nats for each unit of z: of the same draws, with the noise `inside` (the score function) and
    `outside` (B), both (draws, latent). Both have one mean (latent,): `mean` is that of MANY others with the noise outside. Of these,
    `inside_right` and `outside_right` are the shares that climb."""

    inside: np.ndarray
    outside: np.ndarray
    mean: np.ndarray
    inside_right: float
    outside_right: float

    def is_right(self, gradients: np.ndarray) -> Bool[np.ndarray, " draws"]:
        """Which of these gradients climb: a short step along such a one raises the bound, as it does along their mean."""
        return np.asarray(gradients @ self.mean > 0.0)

    @property
    def times_as_long(self) -> float:
        """The median length of the gradients with the noise inside, in those with the noise outside."""
        inside, outside = (np.median(np.linalg.norm(values, axis=1)) for values in (self.inside, self.outside))
        return float(inside / outside)


def single_gradients(vae: VAE, x: Float[Tensor, "images data"], count: int, *, seed: int = 0) -> SingleGradients:
    """`count` gradients of the bound of one image x (1, data_dim) by each method. `check_pixels` judges x; DataError for more than one
    image, ValueError for a count below 1, ArithmeticError where a gradient is not finite."""
    require_one_image(vae, x)
    check_pixels(vae, x)
    require_whole("count", count, 1)
    outside, inside = _gradients(vae, x, count, seeded(seed))
    many_outside, many_inside = _gradients(vae, x, MANY, seeded(seed + 1))
    mean = many_outside.mean(0)
    if not bool(torch.isfinite(torch.cat([outside, inside, mean[None]])).all()):
        raise ArithmeticError("the gradients must be finite, got nan or inf: choose another model")
    shares = [float((many @ mean > 0.0).double().mean()) for many in (many_inside, many_outside)]
    return SingleGradients(inside.numpy(), outside.numpy(), mean.numpy(), *shares)


@needs_gradients
def _gradients(vae: VAE, x: Tensor, count: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """With the noise outside and inside, of the same draws."""
    with torch.no_grad():
        q = vae.encode(x)
    loc, scale = q.base_dist.loc.requires_grad_(), q.base_dist.scale
    eps = draw_eps(vae, 1, count, generator)
    z = reparameterize(q, eps)  # z = mu + sigma * eps, eq. 4
    with constant_weights():
        recon_log_lik = vae.decode(z).log_prob(x)
    (slope,) = torch.autograd.grad(recon_log_lik.sum(), z)
    outside = slope - loc.detach()  # the KL's gradient in the mean is the mean (App. B)
    z = z.detach()
    f = recon_log_lik.detach() + vae.prior.log_prob(z) - q.log_prob(z).detach()
    inside = f[..., None] * eps / scale  # f(z) times the gradient of log q(z|x), sec. 2.2
    return outside[:, 0], inside[:, 0]
