"""Gradient estimators side by side: SGVB A and B, sticking the landing, the naive score function (sec. 2.2 and 2.3), and the two of the
importance-weighted bound."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from vae_core.autograd import needs_gradients
from vae_core.bounds import Bound, check_eps, check_pixels, draw_eps, importance_bound, sgvb
from vae_core.config import ESTIMATORS, require_choice, require_whole
from vae_core.distributions import kl_to_standard_normal, reparameterize
from vae_core.model import VAE, require_passes
from vae_core.randomness import require_generator

BOUND_ESTIMATORS = (*ESTIMATORS, "score", "score-baseline")  # the mean is the gradient of the bound
IMPORTANCE_GRADIENTS = {"IWAE": "A", "DReG": "STL"}  # the mean is that of the importance-weighted bound of L draws
GRADIENT_ESTIMATORS = (*BOUND_ESTIMATORS, *IMPORTANCE_GRADIENTS)
PARTS = ("encoder", "decoder", "all")


@dataclass(frozen=True, eq=False)
class GradientMoments:
    """Mean and variance (parameters,) of a gradient estimator over `num_repeats` draws of minibatch and noise.

    The gradient is that of the mean bound per datapoint, in nats: eq. (8) divided by N. The mean's own standard error
    is sqrt(variance / num_repeats).
    """

    estimator: str
    num_samples: int
    batch_size: int
    num_repeats: int
    mean: Tensor
    variance: Tensor

    @property
    def total_variance(self) -> float:
        """The expected squared distance between one gradient and the mean gradient."""
        return float(self.variance.sum())


@needs_gradients
def gradient_surrogate(
    vae: VAE,
    x: Float[Tensor, "batch data"],
    *,
    estimator: str = "B",
    num_samples: int = 1,
    generator: torch.Generator | None = None,
    eps: Float[Tensor, "samples batch latent"] | None = None,
) -> Float[Tensor, ""]:
    """A scalar whose gradient, in all parameters, is an unbiased estimate of the gradient of the mean bound.

    "A", "B" (eq. 6 and 7) and "STL" differentiate through z = g(eps, x), see `bounds.elbo`. "score" is the naive estimator of sec. 2.2, which
    needs only log q(z|x) to be differentiable: E_q[f(z) grad log q(z|x)] with f = log p(x, z) - log q(z|x), and the
    decoder's gradient at fixed z. "score-baseline" subtracts from f its mean over all other draws of the minibatch,
    which are independent of z, so that the mean stays and the variance falls. "IWAE" and "DReG" are the two gradients of
    `bounds.importance_bound` with k = num_samples, plain and doubly reparameterised; with one draw they are A and STL. The value of the two
    score functions is no bound.
    `check_pixels` judges x.
    """
    check_pixels(vae, x)
    return _surrogate(vae, x, estimator=estimator, num_samples=num_samples, generator=generator, eps=eps)


def _surrogate(
    vae: VAE,
    x: Tensor,
    *,
    estimator: str = "B",
    num_samples: int = 1,
    generator: torch.Generator | None = None,
    eps: Tensor | None = None,
) -> Tensor:
    """`gradient_surrogate` without the check of the pixels."""
    require_choice("estimator", estimator, GRADIENT_ESTIMATORS)
    if estimator in ESTIMATORS:
        return sgvb(vae, x, estimator=estimator, num_samples=num_samples, generator=generator, eps=eps).elbo.mean()
    if estimator in IMPORTANCE_GRADIENTS:
        name = IMPORTANCE_GRADIENTS[estimator]
        return importance_bound(vae, x, estimator=name, num_samples=num_samples, generator=generator, eps=eps).mean()
    q = vae.encode(x)
    eps = draw_eps(vae, len(x), num_samples, generator) if eps is None else eps
    check_eps(vae, eps, len(x))
    z = reparameterize(q, eps).detach()
    log_q, log_p = q.log_prob(z), vae.decode(z).log_prob(x) + vae.prior.log_prob(z)
    f = (log_p - log_q).detach()
    if estimator == "score-baseline":
        if f.numel() < 2:
            raise ValueError("num_samples * batch must be at least 2 for a baseline of other draws, got 1")
        f = f - (f.sum() - f) / (f.numel() - 1)
    return (log_p + f * log_q).mean()


@needs_gradients
def estimate_gradient(
    vae: VAE, x: Float[Tensor, "batch data"], *, part: str = "encoder", **options: Any
) -> Float[Tensor, " parameters"]:
    """One draw of the gradient of the mean bound in the `part`'s parameters, as one vector; `options` are those of
    `gradient_surrogate`. Leaves the parameters' own `.grad` alone."""
    return _gradient(gradient_surrogate(vae, x, **options), vae, part)


@needs_gradients
def measure_gradient(
    vae: VAE,
    x: Float[Tensor, "images data"],
    *,
    estimator: str,
    num_samples: int = 1,
    batch_size: int = 100,
    num_repeats: int = 1000,
    part: str = "encoder",
    generator: torch.Generator,
) -> GradientMoments:
    """Mean and variance of one gradient over fresh minibatches of `batch_size` (M) of the images, drawn without
    replacement, and fresh noise with `num_samples` (L). Costs num_repeats * L * M decoder passes, forward and back.

    With exactly `batch_size` images the minibatch is not random, only the noise is. `check_pixels` judges x.
    """
    check_pixels(vae, x)
    require_whole("num_repeats", num_repeats, 2)
    require_whole("batch_size", batch_size, 1)
    require_whole("num_samples", num_samples, 1)
    if batch_size > len(x):
        raise ValueError(f"batch_size must be at most the number of images (={len(x)}), got {batch_size}")
    require_passes(
        vae,
        num_repeats * num_samples * batch_size,
        f"num_repeats (={num_repeats:,}) with num_samples (={num_samples:,})",
        "choose fewer",
        gradients=True,
    )
    require_generator(generator)
    mean = squares = torch.zeros((), dtype=torch.float64, device=x.device)
    options: dict[str, Any] = {"estimator": estimator, "num_samples": num_samples, "generator": generator}
    for i in range(num_repeats):
        rows = torch.randperm(len(x), generator=generator, device=generator.device)[:batch_size].to(x.device)
        gradient = _gradient(_surrogate(vae, x[rows], **options), vae, part).double()
        if i == 0:
            mean, squares = torch.zeros_like(gradient), torch.zeros_like(gradient)
        change = gradient - mean
        mean = mean + change / (i + 1)
        squares = squares + change * (gradient - mean)  # running sums: memory does not grow with num_repeats
    return GradientMoments(estimator, num_samples, batch_size, num_repeats, mean, squares / (num_repeats - 1))


def linear_gaussian_bound(vae: VAE, x: Float[Tensor, "batch data"]) -> Bound:
    """The exact bound of a linear decoder with Gaussian noise (`hidden_dims=()`, mean "identity"), differentiable:
    E_q[log p(x|z)] is log p(x|z) at the mean of q less the spread of the decoded mean, in units of the noise, halved.
    """
    config = vae.config
    if config.decoder_layers or not vae.likelihood.adds_fixed_noise:
        raise ValueError(
            "the exact bound needs hidden_dims (), likelihood 'gaussian', mean 'identity' and variance 'shared' or "
            f"'per_pixel', got {config.hidden_dims}, {config.likelihood!r}, {config.mean!r}, {config.variance!r}"
        )
    check_pixels(vae, x)
    q = vae.encode(x)
    p = vae.decode(q.mean)
    spread = q.variance @ vae.decoder.linear_layers()[0].weight.square().T
    recon_log_lik = p.log_prob(x) - 0.5 * (spread / p.variance).sum(-1)
    kl = kl_to_standard_normal(q)
    return Bound(recon_log_lik - kl, recon_log_lik, kl)


@needs_gradients
def exact_gradient(vae: VAE, x: Float[Tensor, "batch data"], *, part: str = "encoder") -> Float[Tensor, " parameters"]:
    """The gradient of the mean exact bound of a linear-Gaussian model: what every estimator's mean must be."""
    return _gradient(linear_gaussian_bound(vae, x).elbo.mean(), vae, part)


def _gradient(objective: Tensor, vae: VAE, part: str) -> Tensor:
    require_choice("part", part, PARTS)
    in_encoder = {name: name.startswith("encoder.") for name, _ in vae.named_parameters()}
    parameters = [p for name, p in vae.named_parameters() if part == "all" or in_encoder[name] == (part == "encoder")]
    return torch.cat([g.reshape(-1) for g in torch.autograd.grad(objective, parameters)])
