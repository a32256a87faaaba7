"""The toy of the bound: one latent, one pixel, a posterior of two parts, and eq. (1) for any Gaussian q as sums over a grid."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from vae_core.aevb import AEVB
from vae_core.config import TrainConfig, require_number
from vae_core.model import VAE
from vae_core.posterior import bound_on_grid, folded_model, log_joint, simulate
from vae_core.randomness import seeded

STEPS, BATCH = 300, 200  # Algorithm 1 trains the toy's encoder so long
LARGEST = 1e6  # the toy answers no larger question: its grid ends at 5
FIRST, SPACING, POINTS = -5.0, 0.005, 2001  # the grid of z
LOWEST, HIGHEST, STEP = -0.6, 2.2, 0.02  # the x that can be chosen
REACH, LEAST_SCALE, MOST_SCALE = 3.6, 0.04, 1.5  # as far as the handles of q go: |mean|, standard deviation
ROUNDING = 1e-3  # of a standard deviation in a link


@dataclass(frozen=True, eq=False)
class Toy:
    """All that the toy's sums need: the decoder's mean `f` (points,) at z = first + spacing * i and the standard deviation
    `noise` of x around it; the observations `xs` (count,) with the encoder's loc and scale for each, `encoder` (count, 2)."""

    first: float
    spacing: float
    f: np.ndarray
    noise: float
    xs: np.ndarray
    encoder: np.ndarray


class ToyBound(NamedTuple):
    """log p(x) = elbo + gap of one x and one q, with gap = KL(q(z) || p(z|x)) (eq. 1), in nats."""

    log_marginal: float
    elbo: float
    gap: float


@torch.inference_mode(False)
def train_toy(*, seed: int = 0) -> VAE:
    """`posterior.folded_model` with its encoder trained by Algorithm 1 on draws from the model itself."""
    vae, generator = folded_model(), seeded(seed)
    algorithm = AEVB(vae, TrainConfig(learning_rate=0.05, num_samples=2, schedule="cosine"))
    with torch.enable_grad():
        for step in range(STEPS):
            _, x = simulate(vae, BATCH, generator=generator)
            algorithm.step(x, num_train=BATCH, generator=generator, step=step, total_steps=STEPS)
    return vae


@torch.no_grad()
def toy(vae: VAE) -> Toy:
    """The toy's decoder on the grid of z, and its encoder for each x."""
    xs = torch.arange(LOWEST, HIGHEST + 1e-4, STEP, dtype=torch.float64, device="cpu")[:, None]
    p, q = vae.decode(_grid()).base_dist, vae.encode(xs).base_dist
    encoder = torch.cat([q.loc, q.scale], 1).numpy()
    return Toy(FIRST, SPACING, p.loc[:, 0].numpy(), float(p.scale[0, 0]), xs[:, 0].numpy().round(2), encoder)


@torch.no_grad()
def toy_bound(vae: VAE, x: float, loc: float, scale: float) -> ToyBound:
    """Eq. (1) of one x for q = N(loc, scale^2), both sides summed over the grid of z. A scale below the grid's spacing of
    0.005 is too narrow for it."""
    require_number("x", x, least=-LARGEST)
    require_number("loc", loc, least=-LARGEST)
    require_number("scale", scale, above=0.0)
    z, pixel = _grid(), torch.tensor([[x]], dtype=torch.float64, device="cpu")
    log_p = log_joint(vae, pixel, z[:, None])[:, 0]
    log_q = torch.distributions.Normal(*torch.tensor([loc, scale], dtype=torch.float64, device="cpu")).log_prob(z[:, 0])
    bound = bound_on_grid(log_p, log_q, math.log(SPACING))
    return ToyBound(float(bound.log_marginal), float(bound.elbo), float(bound.gap))


def toy_lead(vae: VAE, numbers: Toy, x: float, loc: float, scale: float) -> float | None:
    """ELBO of q = N(loc, scale^2) less that of the encoder's q, in nats: above 0 where q beats the encoder. None where no handle of the
    toy goes: an x that cannot be chosen, or a q beyond `REACH`, `LEAST_SCALE` and `MOST_SCALE`."""
    row = int(np.argmin(np.abs(numbers.xs - x)))
    is_within = abs(loc) <= REACH and LEAST_SCALE - ROUNDING <= scale <= MOST_SCALE + ROUNDING
    if not is_within or abs(numbers.xs[row] - x) > 1e-6:
        return None
    own, encoder = (toy_bound(vae, x, *q) for q in ((loc, scale), numbers.encoder[row]))
    return own.elbo - encoder.elbo


def _grid() -> Tensor:
    return FIRST + SPACING * torch.arange(POINTS, dtype=torch.float64, device="cpu")[:, None]
