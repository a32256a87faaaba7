"""Weighted draws for a posterior that is known up to its constant: proposals, weights, resampling."""

from __future__ import annotations

import abc
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor
from torch.distributions import Independent

from vae_core.config import require_choice, require_whole
from vae_core.distributions import diagonal_normal, reparameterize
from vae_core.errors import NonFiniteBound
from vae_core.model import VAE
from vae_core.randomness import draw_normal
from vae_core.sizes import require_memory

PROPOSALS = ("encoder", "defensive")  # those that need no fitting; `adaptive` has another
ROWS_AT_A_TIME = 4096  # points held in memory at once
INDEX_BYTES = 8

LogDensity = Callable[[Tensor], Tensor]  # takes z (samples, batch, latent) and gives nats (samples, batch)


class Proposal(abc.ABC):
    """A mixture that candidates for p(z|x) are drawn from, with a fixed number of the `num_samples` draws from each of its
    components (`counts`)."""

    counts: list[int]

    @property
    def num_samples(self) -> int:
        return sum(self.counts)

    @abc.abstractmethod
    def draw(self, generator: torch.Generator) -> Iterator[Float[Tensor, "samples batch latent"]]:
        """All draws, in pieces that fit in memory."""

    @abc.abstractmethod
    def component_log_probs(self, z: Float[Tensor, "samples batch latent"]) -> list[Float[Tensor, "samples batch"]]:
        """The log density of each component."""

    @final
    def log_prob(self, z: Float[Tensor, "samples batch latent"]) -> Float[Tensor, "samples batch"]:
        """The mixture's density, each component weighted by its share of the draws. Weights that divide by it, and not by
        the density of the component that z came from, stay bounded if one component is wide enough. (A component without draws has
        no share.)"""
        parts = [part for part in zip(self.component_log_probs(z), self.counts, strict=True) if part[1]]
        return torch.stack([log_p + math.log(count / self.num_samples) for log_p, count in parts]).logsumexp(0)


@dataclass(frozen=True, eq=False)
class DiagonalMixture(Proposal):
    """Diagonal Gaussians (batch, latent), each with its number of draws."""

    counts: list[int]
    components: list[Independent]

    def draw(self, generator: torch.Generator) -> Iterator[Float[Tensor, "samples batch latent"]]:
        for count, q in zip(self.counts, self.components, strict=True):
            loc = q.base_dist.loc
            size = max(1, ROWS_AT_A_TIME // len(loc))
            for i in range(0, count, size):
                shape = (min(size, count - i), *loc.shape)
                yield reparameterize(q, draw_normal(shape, like=loc, generator=generator))

    def component_log_probs(self, z: Float[Tensor, "samples batch latent"]) -> list[Float[Tensor, "samples batch"]]:
        return [q.log_prob(z) for q in self.components]


def build_proposal(vae: VAE, x: Float[Tensor, "batch data"], num_samples: int, proposal: str) -> DiagonalMixture:
    """With "encoder" the encoder's q(z|x). With "defensive" a third of the draws each from q, from q with a scale halfway
    (geometrically) to the prior's, and from the prior."""
    require_choice("proposal", proposal, PROPOSALS)
    q = vae.encode(x)
    if proposal == "encoder":
        return DiagonalMixture([num_samples], [q])
    require_whole("num_samples of the defensive proposal", num_samples, 3)
    loc, scale = q.base_dist.loc, q.base_dist.scale
    wide = diagonal_normal(loc, torch.maximum(scale, scale.sqrt()))
    prior = diagonal_normal(torch.zeros_like(loc), torch.ones_like(scale))
    third = num_samples // 3
    return DiagonalMixture([num_samples - 2 * third, third, third], [q, wide, prior])


def weighted_draws(
    log_density: LogDensity, proposal: Proposal, generator: torch.Generator
) -> Iterator[tuple[Float[Tensor, "samples batch latent"], Float[Tensor, "samples batch"]]]:
    """All draws z with log w = log_density(z) - log proposal(z) in float64, in pieces that fit in memory. Where the density
    is p(x, z), the weighted draws stand for p(z|x) and the mean weight for p(x)."""
    for z in proposal.draw(generator):
        yield z, (log_density(z) - proposal.log_prob(z)).double()


def gather_draws(
    log_density: LogDensity, proposal: Proposal, generator: torch.Generator
) -> tuple[Float[Tensor, "samples batch latent"], Float[Tensor, "samples batch"]]:
    """All of `weighted_draws` at once: z and log w. NonFiniteBound where the draws have no weights."""
    z, log_w = (torch.cat(parts) for parts in zip(*weighted_draws(log_density, proposal, generator), strict=True))
    if not bool(torch.isfinite(log_w.softmax(0)).all()):
        raise NonFiniteBound(
            "the weights of draws for a posterior are not finite: the model's weights are too large for float32"
        )
    return z, log_w


def resample(
    log_density: LogDensity, proposal: Proposal, num_draws: int, generator: torch.Generator
) -> tuple[Float[Tensor, "draws batch latent"], Float[Tensor, " batch"]]:
    """Nearly posterior samples: draws of the proposal, chosen with repeats in proportion to their weights; and the effective
    number of the draws. Where that is small, parts of the posterior may have no draw at all."""
    z, log_w = gather_draws(log_density, proposal, generator)
    weights = log_w.softmax(0).T.to(generator.device)
    require_memory(INDEX_BYTES * num_draws * z[0].numel(), f"{num_draws:,} draws for each image", "choose fewer draws")
    indices = torch.multinomial(weights, num_draws, replacement=True, generator=generator)
    return z.gather(0, indices.T.to(z.device)[..., None].expand(-1, -1, z.shape[-1])), effective_number(log_w)


def effective_number(log_w: Float[Tensor, "samples batch"]) -> Float[Tensor, " batch"]:
    """The number of equally weighted draws that would be as good."""
    return log_w.softmax(0).square().sum(0).reciprocal()


class LogWeights:
    """Running log sums of weights and of their squares for each component of a proposal, (components, batch) in float64: memory does
    not grow with their number. `counts` is the number of draws of each component, which come in this order."""

    def __init__(self, counts: list[int], batch: int, device: torch.device) -> None:
        self._counts, self._position = counts, 0
        self._first, self._second = torch.full((2, len(counts), batch), -math.inf, dtype=torch.float64, device=device)

    def add(self, log_w: Float[Tensor, "samples batch"]) -> None:
        """The weights of the next draws."""
        for k, end in enumerate(accumulate(self._counts)):
            part = log_w[: max(0, end - self._position)]
            if len(part):
                self._first[k] = torch.logaddexp(self._first[k], part.logsumexp(0))
                self._second[k] = torch.logaddexp(self._second[k], (2.0 * part).logsumexp(0))
                log_w, self._position = log_w[len(part) :], self._position + len(part)

    def estimate(self) -> tuple[Float[Tensor, " batch"], Float[Tensor, " batch"], Float[Tensor, " batch"]]:
        """The log of the mean weight, its standard error, and the effective sample size.

        Each component has a fixed number of draws, so the differences between components add nothing to the error: it is
        the sum of the components' own variances (by the delta method). A component with one draw does not show its variance; then the
        draws count as one sample, and the error is too large rather than too small. It is undefined (nan) for one draw.
        """
        total, count = self._first.logsumexp(0), sum(self._counts)
        ess = (2.0 * total - self._second.logsumexp(0)).exp()
        if 1 in self._counts:
            variance = (1.0 / ess - 1.0 / count).clamp(min=0.0) * count / (count - 1 or math.nan)
        else:
            variance = torch.zeros_like(total)
            for first, second, size in zip(self._first, self._second, self._counts, strict=True):
                if size:
                    share, squares = (first - total).exp(), (second - 2.0 * total).exp()
                    variance += (squares - share.square() / size).clamp(min=0.0) * size / (size - 1.0)
        return total - math.log(count), variance.sqrt(), ess
