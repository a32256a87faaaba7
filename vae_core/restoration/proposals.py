"""Proposals for p(z|y): chains of the recognition model find images that agree with y, and `adaptive` fits a mixture from there."""

from __future__ import annotations

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from vae_core.adaptive import ADAPTIVE_PASSES, NUM_CANDIDATES, FittedMixture, fit_gaussian, fit_in_rounds, shares
from vae_core.autograd import ordinary
from vae_core.distributions import reparameterize
from vae_core.importance import ROWS_AT_A_TIME
from vae_core.model import VAE
from vae_core.randomness import draw_normal
from vae_core.restoration.observations import Observation

NUM_PILOTS = 32  # short recognition-model chains from which the proposal starts
PILOT_STEPS = 20
PROPOSAL_PASSES = NUM_PILOTS * PILOT_STEPS + ADAPTIVE_PASSES


def log_density(vae: VAE, y: Tensor, observation: Observation, z: Float[Tensor, "*samples batch latent"]) -> Tensor:
    """log p(z, y) = log p(y|z) + log p(z) in nats, (*samples, batch): log p(z|y) up to its constant."""
    return observation.log_prob(vae.decode(z), y) + vae.prior.log_prob(z)


def log_density_in_pieces(vae: VAE, y: Tensor, observation: Observation) -> Callable[[Tensor], Tensor]:
    """`log_density` in float64 as a function of many z (samples, batch, latent), in pieces that fit in memory."""
    size = max(1, ROWS_AT_A_TIME // len(y))
    return lambda z: torch.cat([log_density(vae, y, observation, piece) for piece in z.split(size)]).double()


def as_model_dtype(vae: VAE, y: Tensor) -> Tensor:
    """y as the model's other inputs are, and as autograd can save it."""
    return ordinary(y).to(dtype=vae.dtype, device=vae.device)


# -- p(z|y) by resampling and HMC --------------------------------------------------------------------------------


def adapt_proposal(vae: VAE, y: Tensor, observation: Observation, generator: torch.Generator) -> FittedMixture:
    """A proposal for p(z|y), made in two stages. Neither needs to be exact, since weights correct the draws.

    First `NUM_PILOTS` short recognition-model chains, each from its own draw of the prior, spread over the images that agree
    with y, and a Gaussian is fitted to their codes. Then `fit_in_rounds`.
    """
    z = draw_normal((NUM_PILOTS, len(y), vae.config.latent_dim), like=y, generator=generator)
    codes = []
    for step in range(PILOT_STEPS):
        q = vae.encode(observation.sample_x(vae.decode(z), y, generator=generator))
        z = reparameterize(q, draw_normal(tuple(z.shape), like=y, generator=generator))
        codes += [z] if step >= PILOT_STEPS // 2 else []
    z = torch.cat(codes)
    even = torch.full((len(z), len(y)), 1.0 / len(z), dtype=torch.float64, device=y.device)
    around = q.mean, torch.maximum(q.stddev, q.stddev.sqrt())
    start = FittedMixture(shares(NUM_CANDIDATES), *fit_gaussian(z, even), *around)
    return fit_in_rounds(log_density_in_pieces(vae, y, observation), start, around, generator)
