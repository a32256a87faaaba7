"""Grey images as 0 and 1: which images are data, and whether a likelihood goes with them."""

from __future__ import annotations

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from vae_core.config import BINARIZATIONS, require_choice
from vae_core.errors import DataError
from vae_core.likelihoods import LIKELIHOODS
from vae_core.randomness import draw_uniform

TEST_DRAW_SEED = 13126114


def check_images(
    x: Tensor, data_dim: int, name: str = "x", check_values: Callable[[Tensor, str], None] | None = None
) -> None:
    """Raise DataError unless `x` is (images, data_dim), at least one image, and `check_values` agrees (default: `check_grey`)."""
    check_dense(x, name)
    if x.ndim != 2 or x.shape[1] != data_dim or len(x) == 0:
        raise DataError(f"{name} must have the shape (images, data_dim={data_dim}), got {tuple(x.shape)}")
    (check_values or check_grey)(x, name)


def check_dense(x: object, name: str = "x") -> None:
    """Raise DataError unless `x` is a tensor that holds a value for each of its entries."""
    if not isinstance(x, Tensor):
        raise DataError(f"{name} must be a torch.Tensor, got {type(x).__name__}")
    if x.layout != torch.strided or x.is_meta:
        kind = "on the device meta, which keeps no values" if x.is_meta else f"of {x.layout}; use {name}.to_dense()"
        raise DataError(f"{name} must be a dense tensor with values, got one {kind}")


def check_grey(x: Tensor, name: str = "x") -> None:
    """Raise DataError unless `x` holds grey values: floating point, finite and within [0, 1]."""
    check_dense(x, name)
    if not x.is_floating_point():
        raise DataError(
            f"{name} must be of a floating type, got {x.dtype}; use {name}.float(), and divide by the largest value"
        )
    if x.numel() == 0:
        return
    low, high = float(x.detach().min()), float(x.detach().max())
    if not (low >= 0.0 and high <= 1.0):
        raise DataError(f"{name} must lie in [0, 1], got values from {low:g} to {high:g}; divide by the largest value")


def check_finite(x: Tensor, name: str = "x") -> None:
    """Raise DataError unless `x` holds finite numbers of a floating type."""
    if not x.is_floating_point() or not bool(torch.isfinite(x).all()):
        raise DataError(f"{name} must hold finite numbers of a floating type, got {x.dtype}: leave out nan and inf")


def check_likelihood_fits(x: Tensor, likelihood: str, binarization: str) -> None:
    """Raise UnsuitablePixels for pixels that the likelihood has no probability for, such as grey pixels under a Bernoulli
    decoder: a bound of such pixels would mean nothing."""
    require_choice("likelihood", likelihood, tuple(LIKELIHOODS))
    require_choice("binarization", binarization, BINARIZATIONS)
    if binarization == "none":
        LIKELIHOODS[likelihood].check_data(x)


# -- binarisation ------------------------------------------------------------------------------------------------


def binarize(x: Float[Tensor, "batch data"], mode: str, *, generator: torch.Generator | None = None) -> Tensor:
    """Grey values in [0, 1] to 0 or 1: "dynamic" draws each pixel with its grey value as the probability (needs
    `generator`), "threshold" cuts at 1/2, "none" returns x as it is. DataError for values that are not in [0, 1]."""
    require_choice("binarization", mode, BINARIZATIONS)
    check_grey(x)
    return binarize_checked(x, mode, generator)


def binarize_checked(x: Tensor, mode: str, generator: torch.Generator | None = None) -> Tensor:
    """`binarize` without its check, which would wait for the device: for minibatches of images that were checked before."""
    if mode == "none":
        return x
    if mode == "threshold":
        return (x > 0.5).to(x.dtype)
    if generator is None:
        raise ValueError("generator must be given for dynamic binarization, got None")
    return (draw_uniform(x.shape, like=x, generator=generator) < x).to(x.dtype)


def published_draw(x_test: Tensor, binarization: str) -> Tensor:
    """The one draw of a test set that every published number uses: `torch.rand` from seed 13126114 < grey value."""
    return binarize(x_test, binarization, generator=torch.Generator().manual_seed(TEST_DRAW_SEED))
