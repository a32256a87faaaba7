"""A mean's standard error, where images are independent and where they are frames of a film, which are like their neighbours."""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor


def error_of_mean(values: Float[Tensor, "images *rest"], *, is_sequence: bool = False) -> Float[Tensor, "*rest"]:
    """The standard error of the mean over images; undefined (nan) for one image. Where they are a sequence, it is larger by the root
    of `autocorrelation_time`: so many images in a row say as much as one."""
    if len(values) == 1:
        return torch.full_like(values[0], math.nan)
    error = values.std(0) / math.sqrt(len(values))
    return error * autocorrelation_time(values).sqrt() if is_sequence else error


def autocorrelation_time(values: Float[Tensor, "images *rest"]) -> Float[Tensor, "*rest"]:
    """1 + 2 (rho_1 + rho_2 + ...), at least 1, with the autocorrelations rho_k of the images in their order: the number of images in a
    row that say as much as one. The sum ends where a pair of neighbours, rho_2m + rho_2m+1, is not positive any more, and no
    pair counts more than the one before it (Geyer 1992): what follows is noise. A short sequence shows too small a time rather than too large."""
    count = len(values)
    centred = values.double() - values.double().mean(0)
    spectrum = torch.fft.rfft(centred, n=2 * count, dim=0)
    covariances = torch.fft.irfft(spectrum.abs().square(), n=2 * count, dim=0)[:count]
    if count < 2 or not bool((covariances[0] > 0.0).all()):  # equal values have no correlation
        return torch.ones_like(values[0])
    even = count // 2 * 2
    pairs = (covariances[:even] / covariances[0]).unflatten(0, (-1, 2)).sum(1).cummin(0).values.clamp(min=0.0)
    return (2.0 * pairs.sum(0) - 1.0).clamp(min=1.0).to(values)
