"""Partial and corrupted observations y of an image x: p(y|x), and with p(x|z) everything that follows from it.

Given z the pixels are independent, so unobserved pixels integrate out: p(y|z) and p(x|z, y) are exact for every decoder. In
every signature `p` is p(x|z) = `vae.decode(z)` for z `(*samples, batch, latent)`, x `(*samples, batch, data)` and y
`(batch, observed)`.
"""

from __future__ import annotations

import abc
import math
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.distributions import Independent
from torch.nn.functional import softplus

from vae_core.autograd import in_full_precision, ordinary
from vae_core.config import ModelConfig, require_choice, require_number
from vae_core.data.records import require_sides
from vae_core.distributions import diagonal_normal
from vae_core.errors import DataError, described
from vae_core.likelihoods import likelihood_of, likelihood_of_pixels
from vae_core.randomness import draw_normal, draw_uniform, require_generator
from vae_core.sizes import FLOAT_BYTES, require_memory

LEAST_FLIP = 1e-30  # float32 has no logarithm of much less
NOISE_SCALES = (1e-7, 1e6)
HIDDEN_PARTS = ("lower-half", "upper-half", "left-half", "right-half", "centre")


class Observation(abc.ABC):
    """How y came from x, with the pixels of p(x|z) independent."""

    @abc.abstractmethod
    def check(self, config: ModelConfig, y: Tensor) -> None:
        """Raise ValueError if the observation does not go with the model, DataError if y is no such observation."""

    @abc.abstractmethod
    def corrupt(
        self, x: Float[Tensor, "*samples data"], *, generator: torch.Generator
    ) -> Float[Tensor, "*samples observed"]:
        """y ~ p(y|x)."""

    @abc.abstractmethod
    def log_prob(self, p: Independent, y: Float[Tensor, "batch observed"]) -> Float[Tensor, "*samples batch"]:
        """log p(y|z) in nats: x is summed, or integrated, out. Differentiable in p's parameters."""

    @abc.abstractmethod
    def log_prob_of_all_pairs(
        self, p: Independent, y: Float[Tensor, "batch observed"]
    ) -> Float[Tensor, "batch points"]:
        """log p(y|z) of every y at every z, with p of z (points, latent): a matrix product where there is one."""

    @abc.abstractmethod
    def mean_x(self, p: Independent, y: Float[Tensor, "batch observed"]) -> Float[Tensor, "*samples batch data"]:
        """E[x|z, y]."""

    @abc.abstractmethod
    def var_x(self, p: Independent, y: Float[Tensor, "batch observed"]) -> Float[Tensor, "*samples batch data"]:
        """Var[x|z, y] of each pixel."""

    @abc.abstractmethod
    def sample_x(
        self, p: Independent, y: Float[Tensor, "batch observed"], *, generator: torch.Generator
    ) -> Float[Tensor, "*samples batch data"]:
        """x ~ p(x|z, y)."""

    def for_images(self, images: slice) -> Observation:
        """The observation of these images alone."""
        return self


def require_observation(observation: object) -> None:
    """ValueError unless it is an `Observation`."""
    if not isinstance(observation, Observation):
        kind = type(observation).__name__
        raise ValueError(f"observation must be a vc.Observation, such as vc.Mask(observed), got {kind}")


# -- some pixels, exactly ----------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Mask(Observation):
    """Some pixels are observed exactly: `observed` (data,) or (batch, data), True = observed. y has the shape of x; its
    unobserved entries are ignored, NaN included."""

    observed: Tensor

    def __post_init__(self) -> None:
        if (
            not isinstance(self.observed, Tensor)
            or self.observed.dtype != torch.bool
            or self.observed.ndim not in (1, 2)
        ):
            kind = getattr(self.observed, "dtype", type(self.observed).__name__)
            shape = tuple(getattr(self.observed, "shape", ()))
            raise ValueError(
                f"observed must be a bool tensor (True = observed) of the shape (data_dim,) or (batch, data_dim), got "
                f"{kind} {shape}"
            )
        object.__setattr__(self, "observed", ordinary(self.observed))

    def check(self, config: ModelConfig, y: Tensor) -> None:
        check_columns(y, config.data_dim, "data_dim")
        if self.observed.shape[-1] != config.data_dim:
            raise ValueError(
                f"the mask must have data_dim (={config.data_dim}) entries per image, got {tuple(self.observed.shape)}"
            )
        if self.observed.ndim == 2 and len(self.observed) != len(y):
            raise ValueError(
                f"the mask must be one for all or one for each of the {len(y)} images, got {len(self.observed)}"
            )
        values = y[self.observed.to(y.device).expand_as(y)]
        check_finite(values, "observed pixels", "; mark them as missing in the mask")
        likelihood_of(config).check_observed(values)

    def corrupt(
        self, x: Float[Tensor, "*samples data"], *, generator: torch.Generator
    ) -> Float[Tensor, "*samples data"]:
        return torch.where(self._mask_on_device_of(x), x, math.nan)

    def log_prob(self, p: Independent, y: Float[Tensor, "batch data"]) -> Float[Tensor, "*samples batch"]:
        mask, y = self._mask_and_filled(y)
        return likelihood_of_pixels(p).log_prob_where(p, y, mask)

    def log_prob_of_all_pairs(self, p: Independent, y: Float[Tensor, "batch data"]) -> Float[Tensor, "batch points"]:
        mask, y = self._mask_and_filled(y)
        return likelihood_of_pixels(p).log_prob_of_all_pairs(p, y, mask)

    def mean_x(self, p: Independent, y: Float[Tensor, "batch data"]) -> Float[Tensor, "*samples batch data"]:
        return torch.where(self._mask_on_device_of(y), y.to(p.mean.dtype), p.mean)

    def var_x(self, p: Independent, y: Float[Tensor, "batch data"]) -> Float[Tensor, "*samples batch data"]:
        return torch.where(self._mask_on_device_of(y), torch.zeros_like(p.variance), p.variance)

    def sample_x(
        self, p: Independent, y: Float[Tensor, "batch data"], *, generator: torch.Generator
    ) -> Float[Tensor, "*samples batch data"]:
        """Observed pixels are y's, bit for bit."""
        return torch.where(self._mask_on_device_of(y), y.to(p.mean.dtype), likelihood_of_pixels(p).sample(p, generator))

    def for_images(self, images: slice) -> Mask:
        return self if self.observed.ndim == 1 else Mask(self.observed[images])

    def _mask_on_device_of(self, like: Tensor) -> Bool[Tensor, "*batch data"]:
        return self.observed.to(like.device)

    def _mask_and_filled(self, y: Tensor) -> tuple[Bool[Tensor, "batch data"], Float[Tensor, "batch data"]]:
        """The mask of each image, and y with zeros where nothing is observed: NaN times zero would be NaN."""
        mask = self._mask_on_device_of(y).expand_as(y)
        return mask, torch.where(mask, y, torch.zeros_like(y))


def hidden_part(part: str, image_shape: tuple[int, ...]) -> Bool[Tensor, " data"]:
    """A mask (True = observed) that hides half of the image or the middle of it, half as high and wide as the whole: with colour in all
    channels."""
    require_choice("part", part, HIDDEN_PARTS)
    sides = require_sides("image_shape", image_shape)
    height, width, *channels = require_sides("image_shape", sides, 3 if len(sides) == 3 else 2)
    require_memory(math.prod(sides), f"a mask of the shape {sides}", "choose a smaller image_shape")
    observed = torch.ones(height, width, dtype=torch.bool, device="cpu")
    rows, columns = slice(None), slice(None)
    if part == "centre":
        rows, columns = slice(height // 4, height - height // 4), slice(width // 4, width - width // 4)
    elif part in ("lower-half", "upper-half"):
        rows = slice(height // 2, None) if part == "lower-half" else slice(0, height // 2)
    else:
        columns = slice(width // 2, None) if part == "right-half" else slice(0, width // 2)
    observed[rows, columns] = False
    return observed[..., None].expand(height, width, math.prod(channels)).flatten()


def random_mask(shape: tuple[int, ...], share_missing: float, *, generator: torch.Generator) -> Bool[Tensor, "..."]:
    """A mask (True = observed) that hides each pixel with the probability `share_missing`."""
    if not isinstance(share_missing, (int, float)) or not 0.0 <= share_missing <= 1.0:
        raise ValueError(f"share_missing must lie in [0, 1], got {described(share_missing)}")
    require_generator(generator)
    shape = require_sides("shape", shape)
    require_memory(FLOAT_BYTES * math.prod(shape), f"a mask of the shape {shape}", "choose a smaller shape")
    return draw_uniform(shape, generator=generator) >= share_missing


# -- every pixel, through noise ----------------------------------------------------------------------------------


class _NoisyPixels(Observation):
    """Each pixel is observed with independent noise. For pixels that are 0 or 1, p(y_i|z) is a mixture of two terms."""

    @abc.abstractmethod
    def evidence(self, y: Tensor) -> tuple[Tensor, Tensor]:
        """log p(y_i|x_i = 0) and log p(y_i|x_i = 1), with the shape of y."""

    def log_prob(self, p: Independent, y: Float[Tensor, "batch data"]) -> Float[Tensor, "*samples batch"]:
        return _log_mixture(self.evidence(y), p.base_dist.logits).sum(-1)

    def log_prob_of_all_pairs(self, p: Independent, y: Float[Tensor, "batch data"]) -> Float[Tensor, "batch points"]:
        return torch.stack([_log_mixture(self.evidence(row), p.base_dist.logits).sum(-1) for row in y])

    def mean_x(self, p: Independent, y: Float[Tensor, "batch data"]) -> Float[Tensor, "*samples batch data"]:
        off, on = self.evidence(y)
        return torch.sigmoid(p.base_dist.logits + (on - off))

    def var_x(self, p: Independent, y: Float[Tensor, "batch data"]) -> Float[Tensor, "*samples batch data"]:
        mean = self.mean_x(p, y)
        return mean * (1.0 - mean)

    def sample_x(
        self, p: Independent, y: Float[Tensor, "batch data"], *, generator: torch.Generator
    ) -> Float[Tensor, "*samples batch data"]:
        mean = self.mean_x(p, y)
        return (draw_uniform(mean.shape, like=mean, generator=generator) < mean).to(mean.dtype)


@dataclass(frozen=True)
class BitFlips(_NoisyPixels):
    """Each pixel, 0 or 1, is flipped with `probability`, independently. Bernoulli decoders only."""

    probability: float

    def __post_init__(self) -> None:
        require_number("probability of a flip", self.probability, above=0.0)
        if self.probability < LEAST_FLIP:
            raise ValueError(f"probability of a flip must be at least {LEAST_FLIP:g}, got {self.probability!r}")
        if self.probability >= 0.5:
            raise ValueError(
                f"probability of a flip must be below 0.5, where y says nothing about x, got {self.probability!r}"
            )

    def check(self, config: ModelConfig, y: Tensor) -> None:
        likelihood = likelihood_of(config)
        if not likelihood.binary:
            remedy = "GaussianNoise" if likelihood.exact_sums else "Mask"
            raise ValueError(f"BitFlips needs a Bernoulli decoder and this model's is {likelihood.label}; use {remedy}")
        check_columns(y, config.data_dim, "data_dim")
        check_finite(y, "pixels", "")
        likelihood.check_observed(y)

    def corrupt(
        self, x: Float[Tensor, "*samples data"], *, generator: torch.Generator
    ) -> Float[Tensor, "*samples data"]:
        return torch.where(draw_uniform(x.shape, like=x, generator=generator) < self.probability, 1.0 - x, x)

    def evidence(self, y: Tensor) -> tuple[Tensor, Tensor]:
        log_flip, log_stay = math.log(self.probability), math.log1p(-self.probability)
        return log_stay + y * (log_flip - log_stay), log_flip + y * (log_stay - log_flip)

    def log_prob(self, p: Independent, y: Float[Tensor, "batch data"]) -> Float[Tensor, "*samples batch"]:
        return self._log_prob_of_on((2.0 * y - 1.0) * p.base_dist.logits).sum(-1)

    @in_full_precision
    def log_prob_of_all_pairs(self, p: Independent, y: Float[Tensor, "batch data"]) -> Float[Tensor, "batch points"]:
        on, off = self._log_prob_of_on(p.base_dist.logits), self._log_prob_of_on(-p.base_dist.logits)
        return y @ (on - off).T + off.sum(-1)

    def _log_prob_of_on(self, logits: Tensor) -> Tensor:
        """log p(y_i = 1|z). It is never near 0 or -inf, since every pixel may have been flipped."""
        return (self.probability + (1.0 - 2.0 * self.probability) * logits.sigmoid()).log()


@dataclass(frozen=True)
class GaussianNoise(_NoisyPixels):
    """y = x + scale * eps, eps ~ N(0, I): for a Gaussian decoder p(y|z) is a convolution of two Gaussians."""

    scale: float

    def __post_init__(self) -> None:
        require_number("scale of the noise", self.scale, above=0.0)
        if not NOISE_SCALES[0] <= self.scale <= NOISE_SCALES[1]:
            raise ValueError(
                f"scale of the noise must lie in [{NOISE_SCALES[0]:g}, {NOISE_SCALES[1]:g}], where float32 is precise enough, got "
                f"{self.scale!r}"
            )

    def check(self, config: ModelConfig, y: Tensor) -> None:
        likelihood_of(config).check_sums("GaussianNoise")
        check_columns(y, config.data_dim, "data_dim")
        check_finite(y, "pixels", "")

    def corrupt(
        self, x: Float[Tensor, "*samples data"], *, generator: torch.Generator
    ) -> Float[Tensor, "*samples data"]:
        return x + self.scale * draw_normal(x.shape, like=x, generator=generator)

    def evidence(self, y: Tensor) -> tuple[Tensor, Tensor]:
        constant = -math.log(self.scale) - 0.5 * math.log(2.0 * math.pi)
        return constant - 0.5 * (y / self.scale).square(), constant - 0.5 * ((y - 1.0) / self.scale).square()

    def log_prob(self, p: Independent, y: Float[Tensor, "batch data"]) -> Float[Tensor, "*samples batch"]:
        return super().log_prob(p, y) if are_binary(p) else self._of_y(p).log_prob(y)

    def log_prob_of_all_pairs(self, p: Independent, y: Float[Tensor, "batch data"]) -> Float[Tensor, "batch points"]:
        if are_binary(p):
            return super().log_prob_of_all_pairs(p, y)
        return log_prob_of_all_pairs(self._of_y(p), y)

    def mean_x(self, p: Independent, y: Float[Tensor, "batch data"]) -> Float[Tensor, "*samples batch data"]:
        if are_binary(p):
            return super().mean_x(p, y)
        return p.mean + p.variance / (p.variance + self.scale**2) * (y - p.mean)

    def var_x(self, p: Independent, y: Float[Tensor, "batch data"]) -> Float[Tensor, "*samples batch data"]:
        if are_binary(p):
            return super().var_x(p, y)
        return p.variance * (self.scale**2 / (p.variance + self.scale**2))

    def sample_x(
        self, p: Independent, y: Float[Tensor, "batch data"], *, generator: torch.Generator
    ) -> Float[Tensor, "*samples batch data"]:
        if are_binary(p):
            return super().sample_x(p, y, generator=generator)
        return self.mean_x(p, y) + self.var_x(p, y).sqrt() * draw_normal(p.mean.shape, like=p.mean, generator=generator)

    def _of_y(self, p: Independent) -> Independent:
        return diagonal_normal(p.mean, (p.variance + self.scale**2).sqrt())


# -- pixels ------------------------------------------------------------------------------------------------------


def are_binary(p: Independent) -> bool:
    """Whether the pixels of p(x|z) are 0 or 1."""
    return likelihood_of_pixels(p).binary


def log_prob_of_all_pairs(p: Independent, y: Float[Tensor, "batch data"]) -> Float[Tensor, "batch points"]:
    """log p(y) of every y, all of whose pixels are observed, at every point of p, in nats."""
    return likelihood_of_pixels(p).log_prob_of_all_pairs(p, y, torch.ones_like(y, dtype=torch.bool))


def _log_mixture(evidence: tuple[Tensor, Tensor], logits: Tensor) -> Tensor:
    """log p(y_i|z) = log(p(y_i|x_i = 0) + p(y_i|x_i = 1) e^logit) - log(1 + e^logit)."""
    off, on = evidence
    return torch.logaddexp(off, on + logits) - softplus(logits)


def check_columns(y: Tensor, columns: int, name: str) -> None:
    if y.ndim != 2 or y.shape[1] != columns or len(y) == 0:
        raise DataError(f"y must have the shape (images, {name}={columns}), got {tuple(y.shape)}")


def check_finite(values: Tensor, kind: str, remedy: str) -> None:
    count = int((~torch.isfinite(values)).sum())
    if count:
        raise DataError(f"y has {count} {kind} that are not finite numbers{remedy}")
