"""p(x|z), the pixels independent given z: all that differs between one likelihood and another (App. C).

`VAE.likelihood` is a model's likelihood; `likelihood_of` gives that of a config, `likelihood_of_pixels` that of p(x|z). The
rest of `vae_core` asks these. Names of likelihoods are only in the settings of `vae_core.config`, for the options that go with each,
and in `vae_core.data.own_images`, which chooses one for a set of images.
"""

from __future__ import annotations

import abc
import math
from typing import ClassVar, NamedTuple, final

import torch
from jaxtyping import Bool, Float
from torch import Tensor, distributions
from torch.distributions import Distribution, Independent
from torch.nn.functional import softplus

from vae_core.config import BINARIZATIONS, ModelConfig
from vae_core.config import Likelihood as LikelihoodName
from vae_core.distributions import (
    BernoulliPixels,
    StableContinuousBernoulli,
    diagonal_normal,
    reparameterize,
    uniform_noise,
)
from vae_core.errors import UnsuitablePixels
from vae_core.randomness import draw_normal, draw_uniform

FIRST_LOG_VAR = -3.0


class PointForm(NamedTuple):
    """log p(x|z) = linear . x + square . x^2 + constant in nats, at points z: `linear` is (points, data), `constant`
    (points,), and `square` None where x^2 does not occur, else (points, data) or one row where all points have the same."""

    linear: Tensor
    square: Tensor | None
    constant: Tensor


class Likelihood(abc.ABC):
    """p(x|z) of a model. `p` is always `VAE.decode(z)`, with z (*samples, batch, latent) and x (*samples, batch, data).

    - `name`: in `ModelConfig`; `label`: in a sentence; `rule`: which pixels it has a probability for, `remedy`: what to do about others
    - `binary`: x is 0 or 1, and pages show it as ink
    - `exact_sums`: sums of pixels, and pixels plus Gaussian noise, have a p(y|z) that can be computed exactly
    - `gradient_by_hand`: `backprop` knows the gradient
    - `binarizations`: how grey images may be made into x, the default first
    - `first_settings`: fields of `ModelConfig` that suit a first model of one's own images
    - `pixels`: the distribution of one pixel, `p.base_dist`
    """

    name: ClassVar[LikelihoodName]
    label: ClassVar[str]
    rule: ClassVar[str]
    remedy: ClassVar[str]
    pixels: ClassVar[type[Distribution]]
    binary: ClassVar[bool] = False
    exact_sums: ClassVar[bool] = False
    gradient_by_hand: ClassVar[bool] = False
    binarizations: ClassVar[tuple[str, ...]] = ("none",)
    first_settings: ClassVar[dict[str, str]] = {}

    def __init__(self, config: ModelConfig):
        self.config = config

    # -- the decoder ---------------------------------------------------------------------------------------------

    @property
    def num_outputs(self) -> int:
        """How many numbers the decoder's network computes from z."""
        return self.config.data_dim

    @property
    def num_log_vars(self) -> int:
        """How many entries the parameter `VAE.log_var` has."""
        return 0

    def first_log_var(self) -> Float[Tensor, " entries"] | None:
        """Where the parameter `VAE.log_var` begins; None for a likelihood without it."""
        entries = self.num_log_vars
        return torch.full((entries,), FIRST_LOG_VAR, dtype=torch.float32, device="cpu") if entries else None

    @abc.abstractmethod
    def distribution(self, outputs: Float[Tensor, "*batch outputs"], log_var: Tensor | None) -> Independent:
        """p(x|z) from the network's outputs and `VAE.log_var`: batch_shape (*batch,), event_shape (data_dim,)."""

    @property
    def adds_fixed_noise(self) -> bool:
        """Whether x is the network's outputs plus Gaussian noise that does not depend on z: with a linear decoder the
        model is then probabilistic PCA."""
        return False

    # -- which x it has a probability for ------------------------------------------------------------------------

    @staticmethod
    @abc.abstractmethod
    def supports(x: Tensor) -> Bool[Tensor, "..."]:
        """Of each pixel, whether p(x|z) has a probability for it."""

    @classmethod
    @abc.abstractmethod
    def check_data(cls, x: Tensor) -> None:
        """Raise UnsuitablePixels for the pixels of a data set, as they would be trained on, that p(x|z) has no probability for."""

    @abc.abstractmethod
    def check_observed(self, values: Tensor) -> None:
        """Raise UnsuitablePixels for finite observed pixels that no x of this model could have."""

    def check_sums(self, name: str) -> None:
        """Raise ValueError for an observation that needs `exact_sums` where there are none."""
        if not self.exact_sums:
            labels = " or ".join(kind.label for kind in LIKELIHOODS.values() if kind.exact_sums)
            raise ValueError(
                f"{name} needs a {labels} decoder, whose p(y|z) has a closed form, and this model's is {self.label}; "
                "use Mask, or take another model"
            )

    # -- samples and probabilities of p(x|z) -----------------------------------------------------------------------

    @staticmethod
    @abc.abstractmethod
    def sample(p: Independent, generator: torch.Generator) -> Float[Tensor, "*samples batch data"]:
        """x ~ p(x|z)."""

    @abc.abstractmethod
    def point_form(self, p: Independent) -> PointForm:
        """log p(x|z) at points z (points, latent) as a function of x."""

    @staticmethod
    def log_prob_where(
        p: Independent, x: Float[Tensor, "batch data"], where: Bool[Tensor, "batch data"]
    ) -> Float[Tensor, "*samples batch"]:
        """log p of those pixels of x where `where` is True, in nats. Elsewhere x must be 0."""
        return (where * p.base_dist.log_prob(x)).sum(-1)

    @staticmethod
    @abc.abstractmethod
    def log_prob_of_all_pairs(
        p: Independent, x: Float[Tensor, "batch data"], where: Bool[Tensor, "batch data"]
    ) -> Float[Tensor, "batch points"]:
        """`log_prob_where` of every x at every z, with p of z (points, latent): matrix products."""

    # -- for the browser --------------------------------------------------------------------------------------------

    @property
    @abc.abstractmethod
    def browser_mean(self) -> str:
        """The function of the decoder in JavaScript that makes E[x|z] of the last layer's outputs."""

    @property
    def browser_rows(self) -> int:
        """How many rows of the last layer, from the first on, that function needs."""
        return self.config.data_dim


@final
class Bernoulli(Likelihood):
    """Pixels that are 0 or 1; the network computes their logits (App. C.1)."""

    name, label, rule = "bernoulli", "Bernoulli", "0 or 1"
    remedy = "choose binarization 'dynamic' or 'threshold', or the likelihood 'gaussian'"
    pixels = distributions.Bernoulli
    binary = exact_sums = gradient_by_hand = True
    binarizations = BINARIZATIONS
    browser_mean = "sigmoid"

    def distribution(self, outputs: Float[Tensor, "*batch outputs"], log_var: Tensor | None) -> Independent:
        return BernoulliPixels(outputs)

    @staticmethod
    def supports(x: Tensor) -> Bool[Tensor, "..."]:
        return (x == 0) | (x == 1)

    @classmethod
    def check_data(cls, x: Tensor) -> None:
        if not bool(cls.supports(x).all()):
            raise UnsuitablePixels(f"a Bernoulli decoder needs pixels that are 0 or 1 and these are grey; {cls.remedy}")

    def check_observed(self, values: Tensor) -> None:
        if not bool(self.supports(values).all()):
            raise UnsuitablePixels(
                "a Bernoulli decoder needs observed pixels that are 0 or 1 and these are grey; binarize them ('threshold' or "
                "'dynamic'), or take a Gaussian model"
            )

    @staticmethod
    def sample(p: Independent, generator: torch.Generator) -> Float[Tensor, "*samples batch data"]:
        return (draw_uniform(p.mean.shape, like=p.mean, generator=generator) < p.mean).to(p.mean.dtype)

    def point_form(self, p: Independent) -> PointForm:
        logits = p.base_dist.logits
        return PointForm(logits, None, -softplus(logits).sum(-1))

    @staticmethod
    def log_prob_where(
        p: Independent, x: Float[Tensor, "batch data"], where: Bool[Tensor, "batch data"]
    ) -> Float[Tensor, "*samples batch"]:
        logits = p.base_dist.logits
        return (x * logits - where * softplus(logits)).sum(-1)

    @staticmethod
    def log_prob_of_all_pairs(
        p: Independent, x: Float[Tensor, "batch data"], where: Bool[Tensor, "batch data"]
    ) -> Float[Tensor, "batch points"]:
        logits = p.base_dist.logits
        return x @ logits.T - where.to(x.dtype) @ softplus(logits).T


@final
class Gaussian(Likelihood):
    """Grey pixels; the network computes their means and, with `variance` "network", their log-variances (App. C.2)."""

    name, label, rule, remedy = "gaussian", "Gaussian", "finite", "leave these images out"
    pixels = distributions.Normal
    exact_sums = True
    first_settings: ClassVar[dict[str, str]] = {"variance": "per_pixel"}

    @property
    def num_outputs(self) -> int:
        return self.config.data_dim * (2 if self.config.variance == "network" else 1)

    @property
    def num_log_vars(self) -> int:
        return {"shared": 1, "per_pixel": self.config.data_dim, "network": 0, "fixed": 0}[self.config.variance]

    def distribution(self, outputs: Float[Tensor, "*batch outputs"], log_var: Tensor | None) -> Independent:
        if self.config.variance == "network":
            outputs, log_var = outputs.chunk(2, dim=-1)
        loc = torch.sigmoid(outputs) if self.config.mean == "sigmoid" else outputs
        floor = self.config.variance_floor
        scale = torch.full_like(loc, math.sqrt(floor)) if log_var is None else torch.sqrt(floor + torch.exp(log_var))
        return diagonal_normal(loc, scale.expand_as(loc))

    @property
    def adds_fixed_noise(self) -> bool:
        return self.config.mean == "identity" and self.config.variance != "network"

    @staticmethod
    def supports(x: Tensor) -> Bool[Tensor, "..."]:
        return torch.isfinite(x)

    @classmethod
    def check_data(cls, x: Tensor) -> None:
        """Every data set has finite pixels."""

    def check_observed(self, values: Tensor) -> None:
        if self.config.mean == "sigmoid":
            check_unit_interval(values)

    @staticmethod
    def sample(p: Independent, generator: torch.Generator) -> Float[Tensor, "*samples batch data"]:
        return reparameterize(p, draw_normal(p.mean.shape, like=p.mean, generator=generator))

    def point_form(self, p: Independent) -> PointForm:
        """In float64: large squares cancel, and float32 is too short."""
        loc, scale = p.base_dist.loc.double(), p.base_dist.scale.double()
        scale = scale if self.config.variance == "network" else scale[:1]
        precision = scale.square().reciprocal()
        constant = -(0.5 * loc.square() * precision + scale.log() + 0.5 * math.log(2.0 * math.pi)).sum(-1)
        return PointForm(loc * precision, -0.5 * precision, constant)

    @staticmethod
    def log_prob_of_all_pairs(
        p: Independent, x: Float[Tensor, "batch data"], where: Bool[Tensor, "batch data"]
    ) -> Float[Tensor, "batch points"]:
        """In float64, as `point_form`."""
        loc, precision = p.base_dist.loc.double(), p.base_dist.scale.double().square().reciprocal()
        weights, x64 = where.double(), x.double()
        constant = loc.square() * precision - precision.log() + math.log(2.0 * math.pi)
        return x64 @ (loc * precision).T - 0.5 * ((weights * x64.square()) @ precision.T + weights @ constant.T)

    @property
    def browser_mean(self) -> str:
        return self.config.mean


@final
class ContinuousBernoulli(Likelihood):
    """Grey pixels in [0, 1] with the density exp(logit x - A(logit)); the network computes their logits (Loaiza-Ganem and
    Cunningham 2019). E[x|z] is not the sigmoid of the logit. Sums of pixels have no closed form."""

    name, label, rule = "continuous_bernoulli", "continuous Bernoulli", "in [0, 1]"
    remedy = "divide by the largest value, or choose the likelihood 'gaussian'"
    pixels = StableContinuousBernoulli
    browser_mean = "continuous_bernoulli"

    def distribution(self, outputs: Float[Tensor, "*batch outputs"], log_var: Tensor | None) -> Independent:
        return Independent(StableContinuousBernoulli(logits=outputs, validate_args=False), 1, validate_args=False)

    @staticmethod
    def supports(x: Tensor) -> Bool[Tensor, "..."]:
        return (x >= 0) & (x <= 1)

    @classmethod
    def check_data(cls, x: Tensor) -> None:
        if not bool(cls.supports(x).all()):
            raise UnsuitablePixels(
                f"a continuous Bernoulli decoder needs pixels in [0, 1], got values from {float(x.min()):g} to "
                f"{float(x.max()):g}; {cls.remedy}"
            )

    def check_observed(self, values: Tensor) -> None:
        check_unit_interval(values)

    @staticmethod
    def sample(p: Independent, generator: torch.Generator) -> Float[Tensor, "*samples batch data"]:
        logits = p.base_dist.logits
        return p.base_dist.icdf(uniform_noise(logits.shape, generator=generator, like=logits))

    def point_form(self, p: Independent) -> PointForm:
        return PointForm(p.base_dist.logits, None, -p.base_dist.log_partition().sum(-1))

    @staticmethod
    def log_prob_of_all_pairs(
        p: Independent, x: Float[Tensor, "batch data"], where: Bool[Tensor, "batch data"]
    ) -> Float[Tensor, "batch points"]:
        return x @ p.base_dist.logits.T - where.to(x.dtype) @ p.base_dist.log_partition().T


def check_unit_interval(values: Tensor) -> None:
    """Raise UnsuitablePixels unless observed pixels lie in [0, 1]."""
    if len(values) and not (float(values.min()) >= 0.0 and float(values.max()) <= 1.0):
        raise UnsuitablePixels(
            f"observed pixels must lie in [0, 1] for this model, got values from {float(values.min()):g} to "
            f"{float(values.max()):g}; divide by the largest value"
        )


LIKELIHOODS: dict[str, type[Likelihood]] = {kind.name: kind for kind in (Bernoulli, Gaussian, ContinuousBernoulli)}


def likelihood_of(config: ModelConfig) -> Likelihood:
    """The likelihood of models of this config."""
    return LIKELIHOODS[config.likelihood](config)


def likelihood_of_pixels(p: Independent) -> type[Likelihood]:
    """The kind of likelihood that p(x|z) = `VAE.decode(z)` is of."""
    return next(kind for kind in LIKELIHOODS.values() if isinstance(p.base_dist, kind.pixels))


def default_likelihood(binarization: str) -> str:
    """The name of the likelihood for images that are binarised in this way, the first of those that fit."""
    return next(name for name, kind in LIKELIHOODS.items() if kind.binary == (binarization != "none"))
