"""Proposals for p(z|y), fitted to weighted draws, and resampling from them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from vae_core.autograd import in_full_precision, ordinary
from vae_core.distributions import diagonal_normal, reparameterize
from vae_core.importance import ROWS_AT_A_TIME, Proposal, effective_number, weighted_draws
from vae_core.model import VAE
from vae_core.randomness import draw_normal
from vae_core.restoration.observations import Observation

NUM_CANDIDATES = 1000  # draws from which the starts of the chains are resampled
NUM_PILOTS = 32  # short recognition-model chains from which the proposal starts
PILOT_STEPS = 20
NUM_ROUNDS = 3  # how often the proposal is fitted again
LEAST_SHARE = 0.1  # the share of the weighted draws that stays effective in each fit
WIDENING = 1.2  # factor of the fitted covariance: a proposal should be wider than its target
PROPOSAL_PASSES = NUM_PILOTS * PILOT_STEPS + NUM_ROUNDS * NUM_CANDIDATES


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


@dataclass(frozen=True, eq=False)
class FittedMixture(Proposal):
    """A mixture for p(z|y): a Gaussian fitted to it (loc (batch, latent), tril (batch, latent, latent)), wide Gaussians around the
    codes of images that agree with y (components, batch, latent), and the prior, which keeps the weights bounded."""

    counts: list[int]
    loc: Tensor
    tril: Tensor
    code_locs: Tensor
    code_scales: Tensor

    def draw(self, generator: torch.Generator) -> Iterator[Float[Tensor, "samples batch latent"]]:
        """All draws in one piece."""
        eps = draw_normal((self.num_samples, *self.loc.shape), like=self.loc, generator=generator)
        fitted, around, prior = eps.split(self.counts)
        index = torch.randint(len(self.code_locs), around.shape[:2], generator=generator, device=generator.device)
        index = index.to(eps.device)[..., None].expand_as(around)
        around = self.code_locs.gather(0, index) + self.code_scales.gather(0, index) * around
        yield torch.cat([self.whitened_to_z(fitted), around, prior])

    def component_log_probs(self, z: Float[Tensor, "samples batch latent"]) -> list[Float[Tensor, "samples batch"]]:
        codes = [diagonal_normal(*code).log_prob(z) for code in zip(self.code_locs, self.code_scales, strict=True)]
        return [
            self._fitted_log_prob(z),
            torch.stack(codes).logsumexp(0) - math.log(len(codes)),
            diagonal_normal(torch.zeros_like(self.loc), torch.ones_like(self.loc)).log_prob(z),
        ]

    @in_full_precision
    def whitened_to_z(self, u: Float[Tensor, "*samples batch latent"]) -> Float[Tensor, "*samples batch latent"]:
        """z = loc + tril u: in u the fitted Gaussian is N(0, I), and HMC needs one step size for all directions."""
        return self.loc + torch.einsum("bij,...bj->...bi", self.tril, u)

    def z_to_whitened(self, z: Float[Tensor, "*samples batch latent"]) -> Float[Tensor, "*samples batch latent"]:
        return torch.linalg.solve_triangular(self.tril, (z - self.loc)[..., None], upper=False)[..., 0]

    def _fitted_log_prob(self, z: Tensor) -> Tensor:
        u = self.z_to_whitened(z)
        log_det = self.tril.diagonal(dim1=-2, dim2=-1).log().sum(-1)
        return -0.5 * (u.square().sum(-1) + u.shape[-1] * math.log(2.0 * math.pi)) - log_det


def shares(num_samples: int) -> list[int]:
    """How many of the draws of a `FittedMixture` are from its Gaussian, from around the codes and from the prior."""
    return [num_samples - num_samples // 5 - num_samples // 10, num_samples // 5, num_samples // 10]


def adapt_proposal(vae: VAE, y: Tensor, observation: Observation, generator: torch.Generator) -> FittedMixture:
    """A proposal for p(z|y), made in two stages. Neither needs to be exact, since weights correct the draws.

    First `NUM_PILOTS` short recognition-model chains, each from its own draw of the prior, spread over the images that agree
    with y, and a Gaussian is fitted to their codes. Then it is fitted `NUM_ROUNDS` times to weighted draws of the last
    proposal. A power keeps `LEAST_SHARE` of the draws effective, so the fit approaches p(z|y) in steps.
    """
    z = draw_normal((NUM_PILOTS, len(y), vae.config.latent_dim), like=y, generator=generator)
    codes = []
    for step in range(PILOT_STEPS):
        q = vae.encode(observation.sample_x(vae.decode(z), y, generator=generator))
        z = reparameterize(q, draw_normal(tuple(z.shape), like=y, generator=generator))
        codes += [z] if step >= PILOT_STEPS // 2 else []
    z, log_w = torch.cat(codes), torch.zeros(len(codes) * NUM_PILOTS, len(y), dtype=torch.float64, device=y.device)
    wide = torch.maximum(q.stddev, q.stddev.sqrt())
    counts, density = shares(NUM_CANDIDATES), log_density_in_pieces(vae, y, observation)
    proposal = FittedMixture(counts, *_fit_gaussian(z, log_w.softmax(0)), q.mean, wide)
    for _ in range(NUM_ROUNDS):
        ((z, log_w),) = weighted_draws(density, proposal, generator)
        weights = _temper(log_w, LEAST_SHARE * len(log_w)).softmax(0)
        proposal = FittedMixture(counts, *_fit_gaussian(z, weights), q.mean, wide)
    return proposal


def _temper(log_w: Float[Tensor, "samples batch"], least: float) -> Float[Tensor, "samples batch"]:
    """log w times the largest factor up to 1, per image, that leaves `least` samples effective (by bisection)."""
    low, high = torch.zeros_like(log_w[0]), torch.ones_like(log_w[0])
    for _ in range(20):
        middle = 0.5 * (low + high)
        enough = effective_number(middle * log_w) >= least
        low, high = torch.where(enough, middle, low), torch.where(enough, high, middle)
    return torch.where(effective_number(log_w) >= least, 1.0, low) * log_w


@in_full_precision
def _fit_gaussian(
    z: Float[Tensor, "samples batch latent"], weights: Float[Tensor, "samples batch"]
) -> tuple[Float[Tensor, "batch latent"], Float[Tensor, "batch latent latent"]]:
    """Mean and Cholesky factor of the covariance of weighted draws. The covariance is widened, and, with few draws for the number
    of dimensions, moved towards a diagonal one."""
    weights, draws = weights.double()[..., None], z.double()
    loc = (weights * draws).sum(0)
    centred = draws - loc
    covariance = WIDENING * torch.einsum("sbi,sbj->bij", weights * centred, centred)
    effective = weights[..., 0].square().sum(0).reciprocal()[:, None, None]
    diagonal = torch.diag_embed(covariance.diagonal(dim1=-2, dim2=-1) + 1e-10)
    share = z.shape[-1] / (z.shape[-1] + effective)
    tril = torch.linalg.cholesky((1.0 - share) * covariance + share * diagonal)
    return loc.to(z.dtype), tril.to(z.dtype)
