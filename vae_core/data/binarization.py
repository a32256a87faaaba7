"""Grey images as 0 and 1, and whether a likelihood goes with them."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from vae_core.config import BINARIZATIONS, require_choice
from vae_core.likelihoods import LIKELIHOODS
from vae_core.randomness import draw_uniform

TEST_DRAW_SEED = 13126114


def check_likelihood_fits(x: Tensor, likelihood: str, binarization: str) -> None:
    """Raise DataError for pixels that the likelihood has no probability for, such as grey pixels under a Bernoulli decoder:
    a bound of such pixels would mean nothing."""
    if binarization == "none":
        LIKELIHOODS[likelihood].check_data(x)


# -- binarisation ------------------------------------------------------------------------------------------------


def binarize(x: Float[Tensor, "batch data"], mode: str, *, generator: torch.Generator | None = None) -> Tensor:
    """Grey values in [0, 1] to 0 or 1: "dynamic" draws each pixel with its grey value as the probability (needs
    `generator`), "threshold" cuts at 1/2, "none" returns x as it is."""
    require_choice("binarization", mode, BINARIZATIONS)
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
