"""The game of the page The bound: by how many nats a pupil's q beats the encoder, computed here again."""

from __future__ import annotations

from functools import cache, lru_cache

import numpy as np

import vae_core as vc
from vae_core import studies

FARTHEST, LEAST_SCALE, MOST_SCALE = 3.6, 0.039, 1.501  # as far as the toy's handles go, and a little for rounding


@cache
def toy() -> tuple[vc.VAE, studies.Toy]:
    """The toy of the page The bound, as the page has it: its model, and all that its sums need."""
    vae = studies.train_toy()
    return vae, studies.toy(vae)


@lru_cache(4096)
def lead_of(view: tuple[float, ...]) -> float | None:
    """ELBO of q = N(mean, scale^2) less that of the encoder's q, for the x, mean and scale of a view, in nats. None for a view that
    no hand on the page can reach."""
    x, loc, scale = view
    vae, numbers = toy()
    row = int(np.argmin(np.abs(numbers.xs - x)))
    if abs(numbers.xs[row] - x) > 1e-6 or abs(loc) > FARTHEST or not LEAST_SCALE <= scale <= MOST_SCALE:
        return None
    own, encoder = (studies.toy_bound(vae, x, *q) for q in ((loc, scale), numbers.encoder[row]))
    return own.elbo - encoder.elbo
