"""Bits-back coding: images on a stack of bits, each for about as many bits as the bound says (Townsend, Bird, Barber 2019).

To put an image x on: *take* a z off the stack with q(z|x), which draws it and makes the stack lower; put x on with p(x|z); put z on
with p(z). The stack grows by -log p(x|z) - log p(z) + log q(z|x), whose mean over z is -ELBO (eq. 3), in bits. To take x off, the
same steps backwards: z comes off, x comes off, and q(z|x) puts back the bits that had chosen z.

z lies on a grid, k * 2^-precision with whole k. The width of its cells cancels between q and the prior, so that a fine grid costs
bits only once: those that must lie on the stack before the first z is taken.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch

from vae_core.coding.pixels import code_of, finite, rounded_gaussian
from vae_core.coding.stack import Stack, models
from vae_core.config import require_whole
from vae_core.distributions import kl_to_standard_normal, reparameterize
from vae_core.model import VAE
from vae_core.randomness import draw_normal

PRECISION = 5
LEAST_PRECISION, MOST_PRECISION = 1, 12
REACH = 8.0  # the grid goes from -8 to 8 standard deviations of the prior


class Coded(NamedTuple):
    """One image on its way onto the stack: the cells k of its z, and the height of the stack in bits before it, without the bits that
    q(z|x) took, with the pixels, and with z."""

    cells: np.ndarray
    heights: tuple[float, float, float, float]

    @property
    def taken(self) -> float:
        """Bits that q(z|x) took off to choose z."""
        return self.heights[0] - self.heights[1]

    @property
    def pixels(self) -> float:
        """Bits of x, put on with p(x|z)."""
        return self.heights[2] - self.heights[1]

    @property
    def latent(self) -> float:
        """Bits of z, put on with p(z)."""
        return self.heights[3] - self.heights[2]

    @property
    def net(self) -> float:
        """By how many bits the stack grew."""
        return self.heights[3] - self.heights[0]


class Codec:
    """Puts images on a `Stack` and takes them off with a VAE, one image at a time, on a CPU and in float64: sizes of batches, devices and
    float32 would change the last digits of numbers that must be the same both ways. The images are whole numbers (data,), uint8, of
    `Codec.pixels.symbols`."""

    def __init__(self, vae: VAE, precision: int = PRECISION):
        require_whole("precision", precision, LEAST_PRECISION)
        if precision > MOST_PRECISION:
            raise ValueError(f"precision must be at most {MOST_PRECISION}, got {precision}: finer cells gain nothing")
        self.precision, self.latent_dim, self.data_dim = precision, vae.config.latent_dim, vae.config.data_dim
        self.pixels = code_of(vae.likelihood)
        self._vae = copy.deepcopy(vae).to("cpu", torch.float64)
        self._last = int(REACH * 2**precision)
        self._latents = models.QuantizedGaussian(-self._last, self._last)
        self._prior = (np.zeros(self.latent_dim), np.full(self.latent_dim, 2.0**precision))

    def point(self, cells: np.ndarray) -> np.ndarray:
        """The z of these cells."""
        z: np.ndarray = cells * 2.0**-self.precision
        return z

    @torch.no_grad()
    def posterior(self, symbols: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Mean and standard deviation of q(z|x), (latent,), in cells, rounded."""
        q = self._vae.encode(self.pixels.pixels(symbols[None]).double())
        cells = 2.0**self.precision
        loc, scale = finite(q.base_dist.loc, "means of q(z|x)"), finite(q.base_dist.scale, "scales of q(z|x)")
        return rounded_gaussian(cells * loc, cells * scale, -self._last, self._last)

    @torch.no_grad()
    def decoded(self, cells: np.ndarray) -> tuple[np.ndarray, ...]:
        """The parameters of the pixels' code, given z."""
        return self.pixels.parameters(self._vae.decode(torch.from_numpy(self.point(cells))[None]))

    def push(self, stack: Stack, symbols: np.ndarray, watch: Callable[[Stack], None] | None = None) -> Coded:
        """Put an image on; `watch` sees the stack after each of the three steps. Drained where the stack has too few bits to choose a z
        with."""
        see = watch or (lambda stack: None)
        before = stack.height
        cells = stack.pop(self.latent_dim, self._latents, *self.posterior(symbols))
        without = stack.height
        see(stack)
        stack.push(symbols.astype(np.int32), self.pixels.model, *self.decoded(cells))
        with_pixels = stack.height
        see(stack)
        stack.push(cells, self._latents, *self._prior)
        see(stack)
        return Coded(cells, (before, without, with_pixels, stack.height))

    def draw(self, stack: Stack) -> tuple[np.ndarray, np.ndarray]:
        """Take a z and an image off, without giving back the bits that chose z: of random bits they are a draw from p(z) p(x|z)."""
        cells = stack.pop(self.latent_dim, self._latents, *self._prior)
        return cells, stack.pop(self.data_dim, self.pixels.model, *self.decoded(cells)).astype(np.uint8)

    def pop(self, stack: Stack) -> np.ndarray:
        """Take off the image that was put on last. Drained where there are no more bits."""
        cells, symbols = self.draw(stack)
        stack.push(cells, self._latents, *self.posterior(symbols))
        return symbols

    @torch.no_grad()
    def bound(self, symbols: np.ndarray, num_samples: int, generator: torch.Generator) -> float:
        """The bound of an image as a length in bits: the mean of the pixels' bits over `num_samples` draws of z from q(z|x), and
        KL(q(z|x) ‖ p(z)) (eq. 3). For black and white pixels it is -ELBO / ln 2."""
        q = self._vae.encode(self.pixels.pixels(symbols[None]).double())
        eps = draw_normal((num_samples, self.latent_dim), like=self._vae, generator=generator)
        parameters = self.pixels.parameters(self._vae.decode(reparameterize(q, eps)))
        bits = self.pixels.bits(np.tile(symbols, num_samples), *parameters).sum() / num_samples
        return float(bits) + float(kl_to_standard_normal(q)) / math.log(2.0)

    def bits_to_begin(self, symbols: np.ndarray) -> float:
        """About how many bits q(z|x) takes off to choose the z of this image."""
        _, scale = self.posterior(symbols)
        return float(np.log2(scale * np.sqrt(2.0 * np.pi * np.e)).clip(min=0.0).sum())
