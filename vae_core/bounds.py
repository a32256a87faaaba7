"""The variational bound and its SGVB estimators (eq. 2, 3, 6, 7), in nats per datapoint, higher is better."""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from vae_core.config import ESTIMATORS, require_choice, require_whole
from vae_core.distributions import kl_to_standard_normal, reparameterize
from vae_core.errors import DataError
from vae_core.model import VAE
from vae_core.randomness import draw_normal, require_generator


class Bound(NamedTuple):
    """`elbo = recon_log_lik - kl`, each (batch,) in nats: E_q[log p(x|z)] and KL(q(z|x) || p(z)) of eq. (3)."""

    elbo: Tensor
    recon_log_lik: Tensor
    kl: Tensor


def elbo(
    vae: VAE,
    x: Float[Tensor, "batch data"],
    *,
    estimator: str = "B",
    num_samples: int = 1,
    generator: torch.Generator | None = None,
    eps: Float[Tensor, "samples batch latent"] | None = None,
) -> Bound:
    """The SGVB estimate of the bound of each datapoint, unbiased for every num_samples (L).

    Estimator "A" (eq. 6) samples both terms, so its `kl` is a Monte Carlo estimate that may be negative; "B" (eq. 7)
    has the KL in closed form. The noise is drawn from `generator`, or given as `eps` ~ N(0, I) (then `num_samples`
    is its first dimension). Differentiable in all parameters through z = g(eps, x). Costs L decoder passes and
    L * batch * data_dim numbers of memory; `estimate_bound` does large sets in pieces. `check_pixels` judges x.
    """
    check_pixels(vae, x)
    return sgvb(vae, x, estimator=estimator, num_samples=num_samples, generator=generator, eps=eps)


def check_pixels(vae: VAE, x: Tensor) -> None:
    """Raise DataError unless x is a batch of images, (batch, data_dim), in the model's dtype, of values that its likelihood
    has a probability for (`Likelihood.supports`). Reads x once."""
    _check_shape(vae, x)
    if len(x) == 0:
        raise DataError(f"x must have at least one image, got {tuple(x.shape)}")
    likelihood, dtype = vae.likelihood, vae.dtype
    if x.dtype != dtype:
        raise DataError(f"x must be {dtype}, as the model is, got {x.dtype}: give x.to({dtype})")
    if bool(likelihood.supports(x).all()):
        return
    undefined = (~torch.isfinite(x)).sum(1).count_nonzero()
    if undefined:
        raise DataError(f"x must be finite, got nan or inf in {int(undefined)} of {len(x)} images: leave these out")
    raise DataError(
        f"x must be {likelihood.rule} for a {likelihood.label} decoder, got values from {float(x.min()):g} to "
        f"{float(x.max()):g}; {likelihood.remedy}"
    )


def require_one_image(vae: VAE, x: Tensor) -> None:
    """Raise DataError unless x is one image, (1, data_dim). What its pixels may be is for `check_pixels`."""
    _check_shape(vae, x)
    if len(x) != 1:
        raise DataError(
            f"x must be one image, got {len(x)}: give x[i : i + 1], which is (1, data_dim={vae.config.data_dim})"
        )


def require_flat_image(vae: VAE, x: Tensor) -> None:
    """Raise DataError unless x is one image without an axis for more, (data_dim,)."""
    if not isinstance(x, Tensor) or x.shape != (vae.config.data_dim,):
        size = f"the shape {tuple(x.shape)}" if isinstance(x, Tensor) else type(x).__name__
        raise DataError(f"x must be one image, (data_dim={vae.config.data_dim},), got {size}: give x[i] of a batch")


def _check_shape(vae: VAE, x: Tensor) -> None:
    if not isinstance(x, Tensor):
        raise DataError(f"x must be a tensor, got {type(x).__name__}: give torch.as_tensor(x, dtype={vae.dtype})")
    if x.ndim != 2 or x.shape[1] != vae.config.data_dim:  # one image would broadcast against the noise
        raise DataError(f"x must have the shape (batch, data_dim={vae.config.data_dim}), got {tuple(x.shape)}")


def sgvb(
    vae: VAE,
    x: Float[Tensor, "batch data"],
    *,
    estimator: str = "B",
    num_samples: int = 1,
    generator: torch.Generator | None = None,
    eps: Float[Tensor, "samples batch latent"] | None = None,
) -> Bound:
    """`elbo` (eq. 6, 7) without the check of the pixels, which would wait for the device. Training steps call it: their data
    were checked before."""
    require_choice("estimator", estimator, ESTIMATORS)
    _check_shape(vae, x)
    q = vae.encode(x)
    if eps is None:
        eps = draw_eps(vae, len(x), num_samples, generator)
    check_eps(vae, eps, len(x))
    z = reparameterize(q, eps)
    recon_log_lik = vae.decode(z).log_prob(x).mean(0)
    if estimator == "A":
        kl = (q.log_prob(z) - vae.prior.log_prob(z)).mean(0)
    else:
        kl = kl_to_standard_normal(q)
    return Bound(recon_log_lik - kl, recon_log_lik, kl)


def check_eps(vae: VAE, eps: Tensor, batch: int) -> None:
    """Raise ValueError unless eps is noise for so many images, (samples, batch, latent_dim), in the model's dtype."""
    shape = (batch, vae.config.latent_dim)
    if not isinstance(eps, Tensor) or eps.ndim != 3 or eps.shape[1:] != shape or len(eps) == 0:
        size = tuple(eps.shape) if isinstance(eps, Tensor) else type(eps).__name__
        raise ValueError(
            f"eps must have the shape (samples, batch, latent_dim), here (samples, {shape[0]}, {shape[1]}), got {size}"
        )
    if eps.dtype != vae.dtype:
        raise ValueError(f"eps must be {vae.dtype}, as the model is, got {eps.dtype}: give eps.to({vae.dtype})")


def draw_eps(
    vae: VAE, batch: int, num_samples: int, generator: torch.Generator | None
) -> Float[Tensor, "samples batch latent"]:
    """eps ~ N(0, I) in the model's dtype and on its device, drawn on the generator's."""
    require_whole("num_samples", num_samples, 1)
    require_generator(generator, " (or give eps)")
    assert generator is not None
    return draw_normal((num_samples, batch, vae.config.latent_dim), like=vae, generator=generator)


@torch.no_grad()
def estimate_bound(
    vae: VAE,
    x: Float[Tensor, "images data"],
    *,
    estimator: str = "B",
    num_samples: int = 1,
    generator: torch.Generator,
    batch_size: int = 1000,
) -> Bound:
    """`elbo` of a whole set in pieces that fit in memory. All noise is drawn first, so that the numbers depend on
    `generator` and not on `batch_size`, but for the last bits of a float."""
    check_pixels(vae, x)
    eps = draw_eps(vae, len(x), num_samples, generator)
    rows = max(1, batch_size // num_samples)
    pieces = [sgvb(vae, x[i : i + rows], estimator=estimator, eps=eps[:, i : i + rows]) for i in range(0, len(x), rows)]
    return Bound(*(torch.cat(parts) for parts in zip(*pieces, strict=True)))
