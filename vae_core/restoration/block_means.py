"""A lower resolution: y are the means of blocks of pixels."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.distributions import Independent
from torch.nn.functional import pad

from vae_core.autograd import in_full_precision, ordinary
from vae_core.config import ModelConfig, require_whole
from vae_core.data.records import require_sides
from vae_core.distributions import diagonal_normal
from vae_core.errors import DataError
from vae_core.likelihoods import likelihood_of, likelihood_of_pixels
from vae_core.randomness import draw_uniform
from vae_core.restoration.observations import (
    Observation,
    are_binary,
    check_columns,
    check_finite,
    log_prob_of_all_pairs,
)

POINTS_AT_A_TIME = 1024  # whose tables of sums are in memory at once
LARGEST_FACTOR = 8  # with a Bernoulli decoder: with larger blocks the probability of a sum could underflow


# -- a lower resolution ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class BlockMeans(Observation):
    """y are the means of blocks of `factor` x `factor` pixels, row by row: (batch, data_dim / factor**2).

    For a Gaussian decoder a block's mean is Gaussian; for a Bernoulli decoder the sum of its n = factor**2 pixels follows
    the Poisson-binomial distribution, which n convolutions give exactly.
    """

    factor: int
    image_shape: tuple[int, ...]

    def __post_init__(self) -> None:
        require_whole("factor", self.factor, 2)
        object.__setattr__(
            self, "image_shape", require_sides("image_shape", self.image_shape, 3 if len(self.image_shape) == 3 else 2)
        )
        if any(side % self.factor for side in self.image_shape[:2]):
            divisors = [
                str(f)
                for f in range(2, min(self.image_shape[:2]) + 1)
                if not any(side % f for side in self.image_shape[:2])
            ]
            remedy = f"; these do: {', '.join(divisors)}" if divisors else ""
            raise ValueError(
                f"factor must divide both sides of the image (={self.image_shape[0]} x {self.image_shape[1]}), got "
                f"{self.factor}{remedy}"
            )

    @property
    def observed_shape(self) -> tuple[int, ...]:
        """The shape of y as an image. With colour each channel has means of its own."""
        return self.image_shape[0] // self.factor, self.image_shape[1] // self.factor, *self.image_shape[2:]

    def check(self, config: ModelConfig, y: Tensor) -> None:
        likelihood = likelihood_of(config)
        likelihood.check_sums("BlockMeans")
        if tuple(self.image_shape) != tuple(config.image_shape):
            raise ValueError(f"image_shape must be the model's (={config.image_shape}), got {self.image_shape}")
        check_columns(y, math.prod(self.observed_shape), "data_dim / factor**2")
        check_finite(y, "block means", "")
        if likelihood.binary:
            if self.factor > LARGEST_FACTOR:
                raise ValueError(f"factor must be at most {LARGEST_FACTOR} with a Bernoulli decoder, got {self.factor}")
            counts = self._counts(y)
            rounding = 1e-5 + 0.5 / 255  # a picture with 8 bits a pixel is rounded so far
            apart = (y - counts / self.factor**2).abs() > rounding
            if bool((apart | (counts < 0) | (counts > self.factor**2)).any()):
                raise DataError(
                    f"block means of a Bernoulli decoder's pixels must be whole multiples of 1/{self.factor**2} in [0, 1], and "
                    "these are not; binarize the image first"
                )

    def corrupt(
        self, x: Float[Tensor, "*samples data"], *, generator: torch.Generator
    ) -> Float[Tensor, "*samples observed"]:
        return self._blocks(x).mean(-1)

    def log_prob(self, p: Independent, y: Float[Tensor, "batch observed"]) -> Float[Tensor, "*samples batch"]:
        if not are_binary(p):
            return self._of_y(p).log_prob(y)
        probabilities = _log_sums(self._logits(p))
        counts = self._counts(y).expand(probabilities.shape[:-1])[..., None]
        return probabilities.gather(-1, counts)[..., 0].sum(-1).to(y.dtype)

    @in_full_precision
    def log_prob_of_all_pairs(
        self, p: Independent, y: Float[Tensor, "batch observed"]
    ) -> Float[Tensor, "batch points"]:
        if not are_binary(p):
            return log_prob_of_all_pairs(self._of_y(p), y)
        indicators = torch.nn.functional.one_hot(self._counts(y), self.factor**2 + 1).double().flatten(1)
        pieces = self._logits(p).split(POINTS_AT_A_TIME)
        return torch.cat([indicators @ _log_sums(logits).flatten(1).T for logits in pieces], 1).to(y.dtype)

    def mean_x(self, p: Independent, y: Float[Tensor, "batch observed"]) -> Float[Tensor, "*samples batch data"]:
        """For a Bernoulli decoder E[x_i|z, y] = E[x_i|z] + d log p(y|z) / d logit_i, as for all exponential families."""
        if not are_binary(p):
            share, residual = self._kriging(p, y)
            return p.mean + self._image(share * residual)
        with torch.inference_mode(False), torch.enable_grad():
            logits = ordinary(self._logits(p)).detach().requires_grad_()
            table = _log_sums(logits)
            value = table.gather(-1, ordinary(self._counts(y)).expand(table.shape[:-1])[..., None]).sum()
            (gradient,) = torch.autograd.grad(value, logits)
        return self._image((logits.detach().sigmoid() + gradient).clamp(0.0, 1.0)).to(y.dtype)

    def var_x(self, p: Independent, y: Float[Tensor, "batch observed"]) -> Float[Tensor, "*samples batch data"]:
        if are_binary(p):
            mean = self.mean_x(p, y)
            return mean * (1.0 - mean)
        variance = self._blocks(p.variance)
        return self._image(variance * (1.0 - variance / variance.sum(-1, keepdim=True)))

    def sample_x(
        self, p: Independent, y: Float[Tensor, "batch observed"], *, generator: torch.Generator
    ) -> Float[Tensor, "*samples batch data"]:
        """For a Bernoulli decoder one pixel after the other, given the remainder of its block's sum. For a Gaussian decoder a
        draw of x, shifted so that its blocks have the means y."""
        if not are_binary(p):
            x = likelihood_of_pixels(p).sample(p, generator)
            share, _ = self._kriging(p, y)
            return x + self._image(share * (self.factor**2 * (y - self._blocks(x).mean(-1)))[..., None])
        on = self._logits(p).sigmoid()
        suffixes = _sums_of_suffixes(on)
        remainder = self._counts(y).expand(on.shape[:-1])
        pixels = []
        for i in range(self.factor**2):
            rest_sums = pad(suffixes[i + 1], (1, 1))  # index k now holds P(sum of the remaining pixels = k - 1)
            with_pixel, in_all = (sums.gather(-1, remainder[..., None])[..., 0] for sums in (rest_sums, suffixes[i]))
            probability = on[..., i] * with_pixel / in_all
            u = draw_uniform(probability.shape, like=probability, generator=generator)
            pixel = (u < probability) | (remainder == self.factor**2 - i)
            pixels.append(pixel)
            remainder = remainder - pixel.long()
        return self._image(torch.stack(pixels, -1)).to(y.dtype)

    def _of_y(self, p: Independent) -> Independent:
        scale = self._blocks(p.variance).sum(-1).sqrt() / self.factor**2
        return diagonal_normal(self._blocks(p.mean).mean(-1), scale)

    def _kriging(self, p: Independent, y: Tensor) -> tuple[Tensor, Tensor]:
        """Each pixel's share of its block's variance, and by how much the block's sum exceeds its mean."""
        variance = self._blocks(p.variance)
        residual = self.factor**2 * (y - self._blocks(p.mean).mean(-1))
        return variance / variance.sum(-1, keepdim=True), residual[..., None]

    def _logits(self, p: Independent) -> Float[Tensor, "*samples blocks n"]:
        limit = min(35.0, 700.0 / self.factor**2)  # the probability of any sum stays above exp(-700): no underflow
        return self._blocks(p.base_dist.logits).double().clamp(-limit, limit)

    def _counts(self, y: Float[Tensor, "batch observed"]) -> Int[Tensor, "batch observed"]:
        return (y * self.factor**2).round().long()

    def _blocks(self, x: Tensor) -> Tensor:
        """(..., data) to (..., blocks, n)."""
        (rows, columns, *channels), first = self.observed_shape, x.ndim - 1
        grid = x.reshape(*x.shape[:-1], rows, self.factor, columns, self.factor, math.prod(channels))
        grid = grid.permute(*range(first), *(first + axis for axis in (0, 2, 4, 1, 3)))
        return grid.reshape(*x.shape[:-1], math.prod(self.observed_shape), self.factor**2)

    def _image(self, blocks: Tensor) -> Tensor:
        """(..., blocks, n) to (..., data)."""
        (rows, columns, *channels), first = self.observed_shape, blocks.ndim - 2
        grid = blocks.reshape(*blocks.shape[:-2], rows, columns, math.prod(channels), self.factor, self.factor)
        grid = grid.permute(*range(first), *(first + axis for axis in (0, 3, 1, 4, 2)))
        return grid.reshape(*blocks.shape[:-2], math.prod(self.image_shape))


def _log_sums(logits: Float[Tensor, "*blocks n"]) -> Float[Tensor, "*blocks n_and_1"]:
    """log P(x_1 + ... + x_n = k), k = 0 ... n, of independent pixels with these logits (Poisson-binomial)."""
    sums = torch.ones_like(logits[..., :1])
    for on in logits.sigmoid().split(1, -1):
        sums = _add_pixel(sums, on)
    return sums.log()


def _sums_of_suffixes(on: Float[Tensor, "*blocks n"]) -> list[Tensor]:
    """P(x_i + ... + x_n = k), k = 0 ... n - i + 1, with P(x_j = 1) = on_j, for i = 1 ... n + 1 (there k is 0)."""
    sums = [torch.ones_like(on[..., :1])]
    for i in reversed(range(on.shape[-1])):
        sums.append(_add_pixel(sums[-1], on[..., i : i + 1]))
    return sums[::-1]


def _add_pixel(sums: Float[Tensor, "*blocks k"], on: Float[Tensor, "*blocks 1"]) -> Float[Tensor, "*blocks k_and_1"]:
    """The probabilities of a sum, with one more pixel in it. Only products and sums of positive numbers: no
    cancellation."""
    return pad(sums * (1.0 - on), (0, 1)) + pad(sums * on, (1, 0))
