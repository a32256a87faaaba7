"""The same grey image made black and white in several ways: each gives another x, with another bound and log p(x)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from vae_core.bounds import require_one_image
from vae_core.config import require_whole
from vae_core.data.binarization import binarize
from vae_core.model import VAE
from vae_core.posterior import DecodedGrid, posterior_grid
from vae_core.randomness import seeded
from vae_core.studies.estimation import sampled_elbo

FRESH_DRAWS = 12
FRESH = "fresh draw"


class Redraw(NamedTuple):
    """One way to make black-and-white pixels of a grey image, x (data_dim,), and its numbers in nats (log_marginal None
    where there are more than two latent dimensions)."""

    kind: str
    x: np.ndarray
    elbo: float
    elbo_error: float
    log_marginal: float | None


def redraws(
    vae: VAE,
    grey: Float[Tensor, "1 data"],
    published: Float[Tensor, "1 data"],
    *,
    seed: int = 0,
    coarse: DecodedGrid | None = None,
) -> list[Redraw]:
    """The `published` draw of a grey image, the threshold at 1/2 and 12 fresh draws. `coarse`: the model's `decoded_grid`."""
    for image in (grey, published):
        require_one_image(vae, image)
    generator = seeded(seed)
    fresh = [binarize(grey, "dynamic", generator=generator) for _ in range(FRESH_DRAWS)]
    kinds = ["published draw", "threshold at 1/2"] + [FRESH] * FRESH_DRAWS
    x = torch.cat([published, binarize(grey, "threshold"), *fresh])
    log_marginals: list[float | None] = [None] * len(x)
    if vae.config.latent_dim <= 2:
        with torch.no_grad():
            log_marginals = posterior_grid(vae, x, coarse=coarse).log_marginal.tolist()
    elbos = [sampled_elbo(vae, x[i : i + 1], seed=i) for i in range(len(x))]
    return [Redraw(kinds[i], x[i].numpy(), *elbos[i], log_marginals[i]) for i in range(len(x))]


class Spread(NamedTuple):
    """The ELBO over several draws of one image's pixels, in nats."""

    num_draws: int
    mean: float
    std_error: float
    low: float
    high: float


def fresh_spread(draws: list[Redraw]) -> Spread:
    """How much the ELBO varies over the fresh draws alone. ValueError unless there are two of them."""
    require_whole("the number of fresh draws", sum(redraw.kind == FRESH for redraw in draws), 2)
    elbo = np.array([redraw.elbo for redraw in draws if redraw.kind == FRESH])
    error = elbo.std(ddof=1) / np.sqrt(len(elbo))
    return Spread(len(elbo), float(elbo.mean()), float(error), float(elbo.min()), float(elbo.max()))
