"""Adaptive importance sampling: a proposal for a posterior, fitted in rounds to weighted draws of the proposal before it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor

from vae_core.autograd import in_full_precision
from vae_core.distributions import diagonal_normal
from vae_core.importance import PROPOSALS, LogDensity, Proposal, build_proposal, effective_number, gather_draws
from vae_core.model import VAE
from vae_core.randomness import draw_normal

ADAPTIVE = "adaptive"
ALL_PROPOSALS = (*PROPOSALS, ADAPTIVE)
NUM_CANDIDATES = 1000  # draws of each round
NUM_ROUNDS = 3  # how often the proposal is fitted
ADAPTIVE_PASSES = NUM_ROUNDS * NUM_CANDIDATES
LEAST_SHARE = 0.1  # the share of the weighted draws that stays effective in each fit
WIDENING = 1.2  # factor of the fitted covariance: a proposal should be wider than its target
MOST_AT_ONCE = 2**24  # numbers of z in memory, where all draws are wanted together
FEW_AT_ONCE = 2**20  # where only the sums of their weights are


@dataclass(frozen=True, eq=False)
class FittedMixture(Proposal):
    """A mixture for a posterior: a Gaussian fitted to it (loc (batch, latent), tril (batch, latent, latent)), Gaussians around
    codes of images (codes, batch, latent), and the prior, which keeps the weights bounded."""

    counts: list[int]
    loc: Tensor
    tril: Tensor
    code_locs: Tensor
    code_scales: Tensor
    numbers_at_once: int = MOST_AT_ONCE

    def draw(self, generator: torch.Generator) -> Iterator[Float[Tensor, "samples batch latent"]]:
        """The Gaussian's draws, those around the codes, and the prior's, in this order."""
        size = max(1, self.numbers_at_once // self.loc.numel())
        ends = [self.counts[0], self.counts[0] + self.counts[1], self.num_samples]
        for i in range(0, self.num_samples, size):
            eps = draw_normal((min(size, self.num_samples - i), *self.loc.shape), like=self.loc, generator=generator)
            first, second = (min(max(end - i, 0), len(eps)) for end in ends[:2])
            fitted, around, prior = eps.split([first, second - first, len(eps) - second])
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


def fit_in_rounds(
    log_density: LogDensity, proposal: Proposal, codes: tuple[Tensor, Tensor], generator: torch.Generator
) -> FittedMixture:
    """A mixture fitted NUM_ROUNDS times, each time to weighted draws of the proposal before it; the first one is given, with its
    own number of draws. A power keeps LEAST_SHARE of the draws effective, so the fit approaches the posterior in steps, and a part
    of it that few draws have reached gets its due in the next round. `codes` are locs and scales (codes, batch, latent).
    Costs one decoder pass a draw. No fit needs to be exact, since weights correct the draws."""
    for _ in range(NUM_ROUNDS):
        z, log_w = gather_draws(log_density, proposal, generator)
        weights = _temper(log_w, LEAST_SHARE * len(log_w)).softmax(0)
        proposal = FittedMixture(shares(NUM_CANDIDATES), *fit_gaussian(z, weights), *codes)
    assert isinstance(proposal, FittedMixture)
    return proposal


def adaptive_proposal(
    vae: VAE, x: Float[Tensor, "batch data"], log_density: LogDensity, num_samples: int, generator: torch.Generator
) -> FittedMixture:
    """A proposal for p(z|x) with `num_samples` draws: fitted from the defensive proposal on, with the encoder's widened q and the
    prior beside the fit. ADAPTIVE_PASSES decoder passes an image. The draws of the rounds are not used again, so E[w] = p(x)."""
    start = build_proposal(vae, x, NUM_CANDIDATES, "defensive")
    wide = start.components[1].base_dist
    fitted = fit_in_rounds(log_density, start, (wide.loc[None], wide.scale[None]), generator)
    return replace(fitted, counts=shares(num_samples), numbers_at_once=FEW_AT_ONCE)


def _temper(log_w: Float[Tensor, "samples batch"], least: float) -> Float[Tensor, "samples batch"]:
    """log w times the largest factor up to 1, per image, that leaves `least` samples effective (by bisection)."""
    low, high = torch.zeros_like(log_w[0]), torch.ones_like(log_w[0])
    for _ in range(20):
        middle = 0.5 * (low + high)
        enough = effective_number(middle * log_w) >= least
        low, high = torch.where(enough, middle, low), torch.where(enough, high, middle)
    return torch.where(effective_number(log_w) >= least, 1.0, low) * log_w


@in_full_precision
def fit_gaussian(
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
