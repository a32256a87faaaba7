"""p(x|z) as a code for pixels: which whole number stands for a pixel, and with which probability it is put on the stack.

Parameters of the codes are rounded to a grid. Two machines add up a matrix product in different orders, and their last digits
differ; a code for which these digits counted could not be read on another machine. The grids are so fine that they cost nothing.
"""

from __future__ import annotations

import abc
import math
from typing import Any, ClassVar, final

import numpy as np
import torch
from jaxtyping import Float
from scipy.special import log_ndtr
from torch import Tensor
from torch.distributions import Independent

from vae_core.coding.stack import models
from vae_core.distributions import StableContinuousBernoulli
from vae_core.errors import NonFiniteBound, UnsuitablePixels
from vae_core.likelihoods import Bernoulli, ContinuousBernoulli, Gaussian, Likelihood

STEPS = 64  # of a rounded mean, in a cell, and of a rounded scale, in a doubling
LOGIT_STEPS, MOST_LOGIT, MOST_GREY_LOGIT = 256, 16.0, 4096.0
LEAST_MASS = 2.0**-24
LEAST_SCALE, MOST_SCALE = 1.0 / 16, 2.0**16  # of a Gaussian, in cells
GREY = 255


class PixelCode(abc.ABC):
    """A code for the pixels of one likelihood; `levels` is the number of values that a pixel may have, 0 to `levels` - 1."""

    levels: ClassVar[int]
    rule: ClassVar[str]
    remedy: ClassVar[str]
    model: Any

    def symbols(self, x: Float[Tensor, "images data"]) -> np.ndarray:
        """The pixels as whole numbers (images, data), uint8. UnsuitablePixels unless they come back bit for bit."""
        values = x.detach().cpu().double() * (self.levels - 1)
        whole = values.round()
        suits = torch.isfinite(values).all() and bool(((whole >= 0) & (whole < self.levels)).all())
        if not suits or not torch.equal(self.pixels(whole.numpy().astype(np.uint8)), x.detach().cpu().float()):
            off = x.detach().cpu().flatten()[(values - whole).abs().nan_to_num(1.0).flatten().argmax()]
            raise UnsuitablePixels(
                f"pixels must be {self.rule} to come back bit for bit, got {float(off):g}; {self.remedy}"
            )
        return whole.numpy().astype(np.uint8)

    def nearest(self, x: Float[Tensor, "images data"]) -> Float[Tensor, "images data"]:
        """The images with each grey pixel at the nearest value that comes back; black and white ones as they are."""
        return x if self.levels == 2 else (x * GREY).round().clamp(0, GREY) / GREY

    def pixels(self, symbols: np.ndarray) -> Float[Tensor, "images data"]:
        """The pixels, float32, that these whole numbers stand for."""
        return torch.from_numpy(symbols.astype(np.float32)) / (self.levels - 1)

    @abc.abstractmethod
    def parameters(self, p: Independent) -> tuple[np.ndarray, ...]:
        """The parameters, rounded, of the code for the pixels of one image (data,) each."""

    @abc.abstractmethod
    def bits(self, symbols: np.ndarray, *parameters: np.ndarray) -> np.ndarray:
        """-log2 of each pixel's probability under these parameters, in bits."""


@final
class BinaryCode(PixelCode):
    """Pixels that are 0 or 1, each with its own probability."""

    levels, rule, remedy = 2, "0 or 1", "binarize them ('threshold' or 'dynamic')"
    model = models.Bernoulli(perfect=False)

    def parameters(self, p: Independent) -> tuple[np.ndarray, ...]:
        logits = finite(p.base_dist.logits, "logits of p(x|z)")
        steps = np.round(np.clip(logits, -MOST_LOGIT, MOST_LOGIT) * LOGIT_STEPS)
        return (1.0 / (1.0 + np.exp(-steps / LOGIT_STEPS)),)

    def bits(self, symbols: np.ndarray, *parameters: np.ndarray) -> np.ndarray:
        (ones,) = parameters
        return -np.log2(np.where(symbols == 1, ones, 1.0 - ones))


@final
class GreyCode(PixelCode):
    """Grey values of 8 bits. Each has the mass of the Gaussian over its cell of the width 1/255; black and white have the tails too."""

    levels, rule = GREY + 1, "grey values of 8 bits, 0/255 to 255/255,"
    remedy = "round them, as (255 * x).round() / 255 does"
    model = models.QuantizedGaussian(0, GREY)

    def parameters(self, p: Independent) -> tuple[np.ndarray, ...]:
        loc, scale = finite(p.base_dist.loc, "means of p(x|z)"), finite(p.base_dist.scale, "scales of p(x|z)")
        return rounded_gaussian(GREY * loc, GREY * scale, 0, GREY)

    def bits(self, symbols: np.ndarray, *parameters: np.ndarray) -> np.ndarray:
        loc, scale = parameters
        return gaussian_bits(symbols, loc, scale, 0, GREY)


@final
class ContinuousCode(PixelCode):
    """Grey values of 8 bits. Each has the mass of the continuous Bernoulli over its cell of the width 1/255, within [0, 1]."""

    levels, rule, remedy = GreyCode.levels, GreyCode.rule, GreyCode.remedy
    model = models.Categorical(perfect=False)

    def parameters(self, p: Independent) -> tuple[np.ndarray, ...]:
        logits = finite(p.base_dist.logits, "logits of p(x|z)")
        steps = np.round(np.clip(logits, -MOST_GREY_LOGIT, MOST_GREY_LOGIT) * STEPS)
        pixels = StableContinuousBernoulli(logits=torch.from_numpy(steps / STEPS)[:, None], validate_args=False)
        below = pixels.cdf((torch.arange(GREY, dtype=torch.float64, device="cpu") + 0.5) / GREY)
        masses = torch.diff(below, prepend=torch.zeros_like(below[:, :1]), append=torch.ones_like(below[:, :1]))
        return (masses.clamp(min=LEAST_MASS).numpy(),)

    def bits(self, symbols: np.ndarray, *parameters: np.ndarray) -> np.ndarray:
        (masses,) = parameters
        own = np.take_along_axis(masses, symbols[:, None].astype(np.int64), 1)[:, 0]
        return -np.log2(own / masses.sum(1))


CODES: dict[type[Likelihood], type[PixelCode]] = {
    Bernoulli: BinaryCode,
    Gaussian: GreyCode,
    ContinuousBernoulli: ContinuousCode,
}


def code_of(likelihood: Likelihood) -> PixelCode:
    """The code for the pixels of a likelihood."""
    return CODES[type(likelihood)]()


# -- Gaussians on whole numbers ------------------------------------------------------------------------------------


def finite(values: Tensor, name: str) -> np.ndarray:
    """The values as one row of float64. NonFiniteBound where one of them is no number."""
    row = values.detach().double().flatten().numpy()
    if not np.isfinite(row).all():
        raise NonFiniteBound(f"the {name} must be finite to code with, and some are not: take another model")
    return row


def rounded_gaussian(loc: np.ndarray, scale: np.ndarray, least: int, most: int) -> tuple[np.ndarray, np.ndarray]:
    """Means and standard deviations, in cells, rounded, and kept where a code with the cells `least` to `most` can use them."""
    steps = np.round(np.log2(np.clip(scale, LEAST_SCALE, MOST_SCALE)) * STEPS)
    return np.round(np.clip(loc, least, most) * STEPS) / STEPS, np.exp2(steps / STEPS)


def gaussian_bits(cells: np.ndarray, loc: np.ndarray, scale: np.ndarray, least: int, most: int) -> np.ndarray:
    """-log2 of the mass of a Gaussian on whole numbers, each with the cell of the width 1 around it; the first and the last cell have
    the tails too."""
    low = np.where(cells == least, -np.inf, (cells - 0.5 - loc) / scale)
    high = np.where(cells == most, np.inf, (cells + 0.5 - loc) / scale)
    bits: np.ndarray = -_log_mass(low, high) / math.log(2.0)
    return bits


def _log_mass(low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """log of the standard normal's mass from `low` to `high`, from the side where no digits cancel."""
    low, high = np.where(low > 0.0, -high, low), np.where(low > 0.0, -low, high)
    upper = log_ndtr(high)
    log_mass: np.ndarray = upper + np.log1p(-np.exp(np.minimum(log_ndtr(low) - upper, -1e-16)))
    return log_mass
