"""Reparameterisation and the Gaussian KL."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor
from torch.autograd import Function
from torch.autograd.function import once_differentiable
from torch.distributions import Bernoulli, ContinuousBernoulli, Independent, Normal

from vae_core.randomness import TensorLike, draw_normal, draw_uniform

FAMILIES = ("gaussian", "laplace", "logistic")
FLOAT32_ON_CPU = torch.empty(0, dtype=torch.float32, device="cpu")


def diagonal_normal(loc: Tensor, scale: Tensor) -> Independent:
    """N(loc, diag(scale^2)) with the last dimension as the event."""
    return Independent(Normal(loc, scale, validate_args=False), 1, validate_args=False)


def detached(q: Independent) -> Independent:
    """The same diagonal Gaussian, through whose parameters no gradient goes."""
    return diagonal_normal(q.base_dist.loc.detach(), q.base_dist.scale.detach())


class BernoulliPixels(Independent):
    """Bernoulli variables with these logits, independent, the last dimension as the event. `log_prob` and its gradient take
    fewer passes over the pixels than torch's own."""

    def __init__(self, logits: Tensor):
        super().__init__(Bernoulli(logits=logits, validate_args=False), 1, validate_args=False)

    def log_prob(self, value: Float[Tensor, "*samples event"]) -> Float[Tensor, "*broadcast"]:
        return _BernoulliLogProb.apply(self.base_dist.logits, value)


def bernoulli_log_prob(
    logits: Float[Tensor, "*samples event"], x: Float[Tensor, "*batch event"]
) -> Float[Tensor, "*broadcast"]:
    """sum_i x_i l_i - log(1 + exp(l_i)) for logits l, in nats. autograd does not follow it; use `BernoulliPixels` for that.

    log(1 + exp(l)) = max(l, 0) - log sigmoid(|l|). The sum of the logarithms of many sigmoids is the logarithm of their product,
    which is cheaper. Each factor is at least 1/2, so the product of a hundred factors does not underflow.
    """
    sigmoids = logits.abs().sigmoid_().view(*logits.shape[:-1], -1, _factors_at_a_time(logits.shape[-1]))
    rest = torch.addcmul(torch.relu(logits), x, logits, value=-1.0)
    return sigmoids.prod(-1).log_().sum(-1) - rest.sum(-1)


@cache
def _factors_at_a_time(count: int) -> int:
    """The largest divisor of `count` whose power of 1/2 is a normal float32."""
    return max(n for n in range(1, 127) if count % n == 0)


class _BernoulliLogProb(Function):
    """sum_i x_i l_i - log(1 + exp(l_i)) for logits l; its gradients are x - sigmoid(l) and l."""

    @staticmethod
    def forward(ctx: Any, logits: Tensor, x: Tensor) -> Tensor:
        ctx.save_for_backward(logits, x)
        return bernoulli_log_prob(logits, x)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, Tensor | None]:
        logits, x = ctx.saved_tensors
        of_logits, of_x = ctx.needs_input_grad
        grad = grad.unsqueeze(-1)
        return (
            torch.sub(x, torch.sigmoid(logits)).mul_(grad).sum_to_size(logits.shape) if of_logits else None,
            (logits * grad).sum_to_size(x.shape) if of_x else None,
        )


# -- the continuous Bernoulli distribution (Loaiza-Ganem and Cunningham 2019) -------------------------------------

BERNOULLI_NUMBERS = (  # B_2, B_4, ...: as many as float64 sees at |logit| = 1
    1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510, 43867 / 798,
)  # fmt: skip
MEAN_SERIES = tuple(b / math.factorial(2 * n) for n, b in enumerate(BERNOULLI_NUMBERS, 1))
VARIANCE_SERIES = tuple((2 * n - 1) * c for n, c in enumerate(MEAN_SERIES, 1))


class StableContinuousBernoulli(ContinuousBernoulli):
    """x in [0, 1] with the density exp(logit x - A(logit)), where A(logit) = log of the integral of exp(logit x).

    Everything is computed from the logits. torch's own class goes through probabilities, which round to 0 or 1 in float32 from
    logits of about 17 on.
    """

    @property
    def mean(self) -> Tensor:
        """A'(logit) = 1 / (1 - exp(-logit)) - 1 / logit; its series where |logit| < 1, since the two terms cancel."""
        logits = self.logits
        size, small = _size(logits)
        below = size.reciprocal() + (-size).exp() / torch.expm1(-size)  # the mean for -|logit|
        series = 0.5 + logits * _polynomial(MEAN_SERIES, logits.square().clamp(max=1.0))
        return torch.where(small, series, torch.where(logits > 0.0, 1.0 - below, below))

    @property
    def variance(self) -> Tensor:
        """A''(logit) = 1 / logit^2 - 1 / (2 sinh(logit / 2))^2; its series where |logit| < 1."""
        size, small = _size(self.logits)
        direct = size.square().reciprocal() - (-size).exp() / torch.expm1(-size).square()
        return torch.where(small, _polynomial(VARIANCE_SERIES, self.logits.square().clamp(max=1.0)), direct)

    def log_prob(self, value: Tensor) -> Tensor:
        """logit x - A(logit), in nats, from the end of the interval where the density is highest: without cancellation."""
        return (value - (self.logits > 0.0).to(value.dtype)) * self.logits - _LogMass.apply(self.logits)

    def log_partition(self) -> Tensor:
        """A(logit); its gradient is the mean."""
        return torch.relu(self.logits) + _LogMass.apply(self.logits)

    def cdf(self, value: Tensor) -> Tensor:
        """(exp(logit x) - 1) / (exp(logit) - 1), of the mirrored distribution where that would overflow; x for logit 0."""
        size = self.logits.abs().clamp(min=1e-20)
        x = value.clamp(0.0, 1.0)
        share = torch.expm1(-size * torch.where(self.logits > 0.0, 1.0 - x, x)) / torch.expm1(-size)
        return torch.where(self.logits > 0.0, 1.0 - share, share)

    def icdf(self, value: Tensor) -> Tensor:
        """log(1 + u (exp(logit) - 1)) / logit, of the mirrored distribution where that would overflow; u for logit 0."""
        logits = self.logits
        size = logits.abs().clamp(min=1e-20)
        u = torch.where(logits > 0.0, 1.0 - value, value)
        below = (torch.log1p(u * torch.expm1(-size)) / -size).clamp(0.0, 1.0)
        return torch.where(logits > 0.0, 1.0 - below, below)


def _size(logits: Tensor) -> tuple[Tensor, Tensor]:
    """|logits|, with 1 in place of the small ones, for which a series is used (so that no gradient divides by 0); and which those
    are."""
    small = logits.abs() < 1.0
    return torch.where(small, torch.ones_like(logits), logits.abs()), small


def _polynomial(coefficients: tuple[float, ...], x: Tensor) -> Tensor:
    value = torch.full_like(x, coefficients[-1])
    for coefficient in coefficients[-2::-1]:
        value = value * x + coefficient
    return value


class _LogMass(Function):
    """A(l) - max(l, 0) = log((1 - exp(-|l|)) / |l|), accurate near 0 too. The derivative of this formula would lose
    its digits there, so `backward` uses the mean, which has a series."""

    @staticmethod
    def forward(ctx: Any, logits: Tensor) -> Tensor:
        ctx.save_for_backward(logits)
        size = logits.abs().clamp_(min=1e-20)
        return torch.expm1(-size).neg_().div_(size).log_()

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        (logits,) = ctx.saved_tensors
        mean = StableContinuousBernoulli(logits=logits, validate_args=False).mean
        return grad * (mean - (logits > 0.0).to(grad.dtype))


def reparameterize(
    q: Independent, eps: Float[Tensor, "*samples batch latent"]
) -> Float[Tensor, "*samples batch latent"]:
    """z = g(eps, x) = loc + scale * eps with eps ~ N(0, I) (eq. 4 and sec. 2.4, location-scale)."""
    return q.base_dist.loc + q.base_dist.scale * eps


def kl_to_standard_normal(q: Independent) -> Float[Tensor, "*batch"]:
    """KL(q || N(0, I)) of a diagonal Gaussian, in nats, exact and never negative (App. B)."""
    return kl_per_dim(q).sum(-1)


def kl_per_dim(q: Independent) -> Float[Tensor, "*batch latent"]:
    """Each latent dimension's share of `kl_to_standard_normal`, in nats; 0 = unused.

    `expm1(log_var) - log_var` rather than `exp(log_var) - log_var - 1`: the latter loses all digits in float32
    when q is close to the prior, and goes below zero.
    """
    return _GaussianKL.apply(q.base_dist.loc, q.base_dist.scale)


class _GaussianKL(Function):
    """The KL's gradients are loc and scale - 1 / scale."""

    @staticmethod
    def forward(ctx: Any, loc: Tensor, scale: Tensor) -> Tensor:
        ctx.save_for_backward(loc, scale)
        log_var = scale.log().mul_(2.0)
        return torch.expm1(log_var).sub_(log_var).addcmul_(loc, loc).mul_(0.5)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor]:
        loc, scale = ctx.saved_tensors
        return loc * grad, (scale - scale.reciprocal()).mul_(grad)


# -- the three routes to z = g(eps, parameters) of sec. 2.4, each differentiable in its parameters ----------------


def uniform_noise(
    shape: tuple[int, ...], *, generator: torch.Generator, like: TensorLike = FLOAT32_ON_CPU
) -> Float[Tensor, "..."]:
    """u ~ U(0, 1), never 0 or 1, where an inverse CDF may be infinite; in the dtype and on the device of `like`."""
    tiny = torch.finfo(like.dtype).eps / 2
    return draw_uniform(shape, like=like, generator=generator).clamp(tiny, 1.0 - tiny)


def exponential(rate: Tensor, u: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
    """Exponential(rate) by its inverse CDF: -log(1 - u) / rate (sec. 2.4, route 1)."""
    return -torch.log1p(-u) / rate


def cauchy(loc: Tensor, scale: Tensor, u: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
    """Cauchy(loc, scale) by its inverse CDF: loc + scale tan(pi (u - 1/2)) (sec. 2.4, route 1)."""
    return loc + scale * torch.tan(math.pi * (u - 0.5))


def logistic(loc: Tensor, scale: Tensor, u: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
    """Logistic(loc, scale) by its inverse CDF: loc + scale log(u / (1 - u)) (sec. 2.4, route 1)."""
    return location_scale(loc, scale, torch.logit(u))


def location_scale(loc: Tensor, scale: Tensor, eps: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
    """loc + scale * eps, eps a standard draw of the family: Gaussian, Laplace, logistic, ... (sec. 2.4, route 2)."""
    return loc + scale * eps


def standard_noise(
    family: str, shape: tuple[int, ...], *, generator: torch.Generator, like: TensorLike = FLOAT32_ON_CPU
) -> Float[Tensor, "..."]:
    """eps with loc 0 and scale 1 of a family for `location_scale`: "gaussian", "laplace" or "logistic"; in the dtype and on
    the device of `like`."""
    if family not in FAMILIES:
        raise ValueError(f"family must be one of {', '.join(FAMILIES)}, got {family!r}")
    if family == "gaussian":
        return draw_normal(shape, like=like, generator=generator)
    u = uniform_noise(shape, generator=generator, like=like)
    if family == "logistic":
        return torch.logit(u)
    return torch.sign(u - 0.5) * -torch.log1p(-2.0 * (u - 0.5).abs())


def log_normal(loc: Tensor, scale: Tensor, eps: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
    """exp of a Gaussian, eps ~ N(0, 1) (sec. 2.4, route 3: composition)."""
    return torch.exp(location_scale(loc, scale, eps))


def gamma(rate: Tensor, u: Float[Tensor, "*batch shape"]) -> Float[Tensor, "*batch"]:
    """Gamma(shape, rate) for a whole `shape`: the sum over u's last axis of so many exponentials (route 3)."""
    rate = rate if isinstance(rate, Tensor) else u.new_tensor(rate)
    return exponential(rate.unsqueeze(-1), u).sum(-1)


def dirichlet(concentration: tuple[int, ...], u: Float[Tensor, "*batch total"]) -> Float[Tensor, "*batch parts"]:
    """Dirichlet for whole concentrations: Gammas divided by their sum (route 3). u's last axis has as many entries as
    all concentrations together."""
    if u.shape[-1] != sum(concentration) or min(concentration) < 1:
        raise ValueError(
            f"u's last axis must have the sum of the concentrations (={sum(concentration)}, each a whole number of at "
            f"least 1), got {u.shape[-1]} for {concentration}"
        )
    gammas = torch.stack([gamma(u.new_ones(()), part) for part in u.split(concentration, dim=-1)], -1)
    return gammas / gammas.sum(-1, keepdim=True)
