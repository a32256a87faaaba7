"""Proposals for p(z|y), fitted to weighted draws, and resampling from them."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from vae_core.distributions import diagonal_normal, reparameterize
from vae_core.model import VAE
from vae_core.posterior import (
    ROWS_AT_A_TIME,
)
from vae_core.randomness import draw_normal
from vae_core.restoration.observations import (
    Observation,
)

NUM_CANDIDATES = 1000  # draws that the chains are resampled from


NUM_PILOTS = 32  # short recognition-model chains from which the proposal starts


PILOT_STEPS = 20


NUM_ROUNDS = 3  # in which the proposal is fitted again


LEAST_SHARE = 0.1  # of the weighted draws that each fit leaves effective


WIDENING = 1.2  # of the fitted covariance: a proposal should be wider than its target


PROPOSAL_PASSES = NUM_PILOTS * PILOT_STEPS + NUM_ROUNDS * NUM_CANDIDATES


def log_density(vae: VAE, y: Tensor, observation: Observation, z: Float[Tensor, "*samples batch latent"]) -> Tensor:
    """log p(z, y) = log p(y|z) + log p(z) in nats, (*samples, batch): log p(z|y) up to its constant."""
    return observation.log_prob(vae.decode(z), y) + vae.prior.log_prob(z)


def as_model_dtype(vae: VAE, y: Tensor) -> Tensor:
    return y.to(dtype=vae.dtype, device=vae.device)


# -- p(z|y) by resampling and HMC --------------------------------------------------------------------------------


class Proposal(NamedTuple):
    """A mixture for p(z|y): a Gaussian (loc (batch, latent), tril (batch, latent, latent)) that was fitted to it, wide
    Gaussians around the codes of images that fit y (components, batch, latent), and the prior."""

    loc: Tensor
    tril: Tensor
    code_locs: Tensor
    code_scales: Tensor

    def draw(self, num_samples: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """z (samples, batch, latent), fixed numbers from each of the three, and the log density (samples, batch) of the
        mixture at z. Weights with it stay bounded as long as one part is wide enough: the prior always is."""
        counts = _shares(num_samples)
        eps = draw_normal((num_samples, *self.loc.shape), like=self.loc, generator=generator)
        fitted, around, prior = eps.split(counts)
        which = torch.randint(len(self.code_locs), around.shape[:2], generator=generator, device=generator.device)
        which = which.to(eps.device)[..., None].expand_as(around)
        around = self.code_locs.gather(0, which) + self.code_scales.gather(0, which) * around
        z = torch.cat([self.whitened_to_z(fitted), around, prior])
        codes = [diagonal_normal(*code).log_prob(z) for code in zip(self.code_locs, self.code_scales, strict=True)]
        parts = [
            self._fitted_log_prob(z),
            torch.stack(codes).logsumexp(0) - math.log(len(codes)),
            diagonal_normal(torch.zeros_like(self.loc), torch.ones_like(self.loc)).log_prob(z),
        ]
        weighted = [part + math.log(count / num_samples) for part, count in zip(parts, counts, strict=True)]
        return z, torch.stack(weighted).logsumexp(0)

    def whitened_to_z(self, u: Float[Tensor, "*samples batch latent"]) -> Float[Tensor, "*samples batch latent"]:
        """z = loc + tril u: in u the fitted Gaussian is N(0, I), and HMC needs one step size for all directions."""
        return self.loc + torch.einsum("bij,...bj->...bi", self.tril, u)

    def z_to_whitened(self, z: Float[Tensor, "*samples batch latent"]) -> Float[Tensor, "*samples batch latent"]:
        return torch.linalg.solve_triangular(self.tril, (z - self.loc)[..., None], upper=False)[..., 0]

    def _fitted_log_prob(self, z: Tensor) -> Tensor:
        u = self.z_to_whitened(z)
        log_det = self.tril.diagonal(dim1=-2, dim2=-1).log().sum(-1)
        return -0.5 * (u.square().sum(-1) + u.shape[-1] * math.log(2.0 * math.pi)) - log_det


def _shares(num_samples: int) -> list[int]:
    """How many draws are from the fitted Gaussian, from around the codes and from the prior."""
    return [num_samples - num_samples // 5 - num_samples // 10, num_samples // 5, num_samples // 10]


def adapt_proposal(vae: VAE, y: Tensor, observation: Observation, generator: torch.Generator) -> Proposal:
    """A proposal for p(z|y), in two stages, neither of which needs to be right: the weights make it good.

    `NUM_PILOTS` short recognition-model chains, each from its own draw of the prior, spread over the images that fit y;
    a Gaussian is fitted to their codes. Then, `NUM_ROUNDS` times, it is fitted to weighted draws of the last proposal, with
    the weights raised to a power that leaves `LEAST_SHARE` of them effective: the fit comes down to p(z|y) in steps.
    """
    z = draw_normal((NUM_PILOTS, len(y), vae.config.latent_dim), like=y, generator=generator)
    codes = []
    for step in range(PILOT_STEPS):
        q = vae.encode(observation.sample_x(vae.decode(z), y, generator=generator))
        z = reparameterize(q, draw_normal(tuple(z.shape), like=y, generator=generator))
        codes += [z] if step >= PILOT_STEPS // 2 else []
    z, log_w = torch.cat(codes), torch.zeros(len(codes) * NUM_PILOTS, len(y), dtype=torch.float64, device=y.device)
    wide = torch.maximum(q.stddev, q.stddev.sqrt())
    proposal = Proposal(*_fit_gaussian(z, log_w.softmax(0)), q.mean, wide)
    for _ in range(NUM_ROUNDS):
        z, log_w = weighted_draws(vae, y, observation, proposal, NUM_CANDIDATES, generator)
        weights = _temper(log_w, LEAST_SHARE * len(log_w)).softmax(0)
        proposal = Proposal(*_fit_gaussian(z, weights), q.mean, wide)
    return proposal


def weighted_draws(
    vae: VAE, y: Tensor, observation: Observation, proposal: Proposal, num_samples: int, generator: torch.Generator
) -> tuple[Float[Tensor, "samples batch latent"], Float[Tensor, "samples batch"]]:
    """Draws z with log w = log p(z, y) - log proposal(z) in float64: they stand for p(z|y), the mean of w for p(y)."""
    z, log_q = proposal.draw(num_samples, generator)
    pieces = z.split(max(1, ROWS_AT_A_TIME // len(y)))
    log_p = torch.cat([log_density(vae, y, observation, piece) for piece in pieces])
    return z, log_p.double() - log_q.double()


def _effective(log_w: Float[Tensor, "samples batch"]) -> Float[Tensor, " batch"]:
    return log_w.softmax(0).square().sum(0).reciprocal()


def _temper(log_w: Float[Tensor, "samples batch"], least: float) -> Float[Tensor, "samples batch"]:
    """log w times the largest power of at most 1, per image, that leaves `least` samples effective (by bisection)."""
    low, high = torch.zeros_like(log_w[0]), torch.ones_like(log_w[0])
    for _ in range(20):
        middle = 0.5 * (low + high)
        enough = _effective(middle * log_w) >= least
        low, high = torch.where(enough, middle, low), torch.where(enough, high, middle)
    return torch.where(_effective(log_w) >= least, 1.0, low) * log_w


def _fit_gaussian(
    z: Float[Tensor, "samples batch latent"], weights: Float[Tensor, "samples batch"]
) -> tuple[Float[Tensor, "batch latent"], Float[Tensor, "batch latent latent"]]:
    """Mean and Cholesky factor of weighted draws; widened, and where there are few draws for the number of dimensions,
    moved towards a diagonal covariance."""
    weights, draws = weights.double()[..., None], z.double()
    loc = (weights * draws).sum(0)
    centred = draws - loc
    covariance = WIDENING * torch.einsum("sbi,sbj->bij", weights * centred, centred)
    effective = weights[..., 0].square().sum(0).reciprocal()[:, None, None]
    diagonal = torch.diag_embed(covariance.diagonal(dim1=-2, dim2=-1) + 1e-10)
    share = z.shape[-1] / (z.shape[-1] + effective)
    tril = torch.linalg.cholesky((1.0 - share) * covariance + share * diagonal)
    return loc.to(z.dtype), tril.to(z.dtype)


def resample(
    vae: VAE, y: Tensor, observation: Observation, proposal: Proposal, num_draws: int, generator: torch.Generator
) -> tuple[Float[Tensor, "draws batch latent"], Float[Tensor, " batch"]]:
    """Nearly posterior draws, with repeats, and the effective number of candidates that they come from."""
    z, log_w = weighted_draws(vae, y, observation, proposal, NUM_CANDIDATES, generator)
    weights = log_w.softmax(0).T.to(generator.device)
    chosen = torch.multinomial(weights, num_draws, replacement=True, generator=generator).T.to(z.device)
    return z.gather(0, chosen[..., None].expand(-1, -1, z.shape[-1])), _effective(log_w)
