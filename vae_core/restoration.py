"""Approximate inference of x (sec. 1 and 2.1): what an image was, given a part or a corrupted copy y of it.

z ~ p(z|y), in proportion to p(z) p(y|z), and then x ~ p(x|z, y), which is exact (`vae_core.observation`). The recognition
model has never seen such a y: here it only proposes. Shapes: S samples, C chains, B images, J latent dimensions.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from vae_core.config import require_choice, require_whole
from vae_core.distributions import diagonal_normal, reparameterize
from vae_core.hmc import evaluate, hmc_sample, hmc_transition, tune_step_size
from vae_core.marginal import COARSE, EDGE, FEW_STARTS, LEAST_ACCEPTANCE, LEAST_ESS, LOW_ESS, STUCK, LogMarginal
from vae_core.model import VAE
from vae_core.observation import (
    HIDDEN_PARTS,
    BitFlips,
    BlockMeans,
    GaussianNoise,
    Mask,
    Observation,
    draw_normal,
    draw_uniform,
    hidden_part,
    random_mask,
)
from vae_core.posterior import (
    FIRST_SPACING,
    ROWS_AT_A_TIME,
    Decoded,
    DecodedGrid,
    Grid,
    decode_grid,
    refine_grid,
)

__all__ = [
    "HIDDEN_PARTS", "METHODS", "BitFlips", "BlockMeans", "ChainState", "Completion", "Diagnostics", "GaussianNoise", "Mask",
    "Observation", "Restoration", "TotalVariation", "find_completions", "find_representatives", "hidden_part", "log_evidence",
    "observation_grid", "random_mask", "restoration_steps", "restore", "total_variation",
]  # fmt: skip

METHODS = ("posterior", "pseudo_gibbs", "metropolis_within_gibbs", "gradient")
IMAGES_AT_A_TIME = 100
NUM_CANDIDATES = 1000  # draws that the chains are resampled from
NUM_PILOTS = 32  # short recognition-model chains from which the proposal starts
PILOT_STEPS = 20
NUM_ROUNDS = 3  # in which the proposal is fitted again
LEAST_SHARE = 0.1  # of the weighted draws that each fit leaves effective
WIDENING = 1.2  # of the fitted covariance: a proposal should be wider than its target
PROPOSAL_PASSES = NUM_PILOTS * PILOT_STEPS + NUM_ROUNDS * NUM_CANDIDATES
NUM_CHAINS, NUM_STEPS, NUM_LEAPFROG = 32, 12, 5
LEARNING_RATE = 0.05  # of gradient ascent in z
NUM_CELLS = 30  # of total variation: the least exp(entropy) of p(z|y) over them
MOST_COMPLETIONS = 6
MOST_REPRESENTATIVES = 4
VISIBLE = 0.5  # of a pixel's range, by which the means of two groups of images differ somewhere
BARRIER = 3.0  # nats that two draws of one answer may be apart by the straight way
TOLERANCE = 1e-3  # nats of log p(y), of a grid
SETTLING = 5  # Metropolis steps after a draw from a grid
STOPS = 7  # points between two draws where the posterior is looked at

NOTHING_OBSERVED = "nothing is observed, so the samples are of the prior"
ALL_OBSERVED = "every pixel is observed, so there is nothing to restore and the image comes back as it is"


class Completion(NamedTuple):
    """One of the distinct answers: its share of the posterior draws, the most probable draw z (latent,) among them, and
    E[x|z, y] (data,) there."""

    weight: float
    z: Tensor
    image: Tensor


class Diagnostics(NamedTuple):
    """How it went. The effective number of the `NUM_CANDIDATES` that the chains started from and the chains' mean
    probability of acceptance, (batch,) each, are nan where a method has none; `decoder_passes` is the cost of z, all images
    together (with a gradient a pass takes three times as long); `warnings` is empty when nothing speaks against the result.
    """

    effective_candidates: Tensor
    acceptance: Tensor
    decoder_passes: int
    warnings: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Restoration:
    """Draws of x given y and what they say: `samples` (samples, batch, data) and the `z` (samples, batch, latent) that
    each came from; the posterior mean E[x|y] and the standard deviation of every pixel (batch, data), both with x
    averaged out given z; per image its distinct `completions`, most probable first, whose weights add up to 1."""

    samples: Tensor
    z: Tensor
    mean: Tensor
    std: Tensor
    completions: list[list[Completion]]
    diagnostics: Diagnostics
    method: str


class ChainState(NamedTuple):
    """Where the chains are after `step` steps: z (chains, batch, latent), x (chains, batch, data) drawn (for "gradient":
    the mean) given z and y, log p(z, y) in nats and the probability with which this step was accepted (chains, batch)."""

    step: int
    z: Tensor
    x: Tensor
    log_joint: Tensor
    acceptance: Tensor


def log_density(vae: VAE, y: Tensor, observation: Observation, z: Float[Tensor, "*samples batch latent"]) -> Tensor:
    """log p(z, y) = log p(y|z) + log p(z) in nats, (*samples, batch): log p(z|y) up to its constant."""
    return observation.log_prob(vae.decode(z), y) + vae.prior.log_prob(z)


@torch.no_grad()
def restore(
    vae: VAE,
    y: Float[Tensor, "batch observed"],
    observation: Observation,
    *,
    num_samples: int = 100,
    method: str = "posterior",
    generator: torch.Generator,
    num_chains: int | None = None,
    num_steps: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Restoration:
    """Samples of x given y, and what they have in common.

    - "posterior": z ~ p(z|y). For latent_dim <= 2 on a grid, exactly; otherwise by `num_chains` (32) chains of HMC with
      `num_steps` (12) transitions, started by resampling weighted candidates, which give every mode its share.
    - "pseudo_gibbs": the recognition model's chain (Rezende et al. 2014, App. F); its target is not p(z|y).
    - "metropolis_within_gibbs": the same with the acceptance that makes the target right (Mattei & Frellsen 2018).
    - "gradient": ascent of log p(z, y) from draws of the prior to the modes; no posterior, for comparison.

    The last three run `num_chains` (10; "gradient": one per sample) for `num_steps` (300) steps from the prior and keep
    samples of the second half. Raises ValueError or DataError where observation, model and y do not go together. The
    numbers depend on `generator` alone. `progress` is called with (images done, images).
    """
    require_choice("method", method, METHODS)
    require_whole("num_samples", num_samples, 1)
    for name, value in (("num_chains", num_chains), ("num_steps", num_steps)):
        if value is not None:
            require_whole(name, value, 1)
    observation.check(vae.config, y)
    y = _as_the_model(vae, y)
    parts = []
    for i in range(0, len(y), IMAGES_AT_A_TIME):
        images = slice(i, i + IMAGES_AT_A_TIME)
        some = vae, y[images], observation.for_images(images)
        if method != "posterior":
            z, course = _by_steps(*some, method, num_samples, num_chains, num_steps, generator)
        elif vae.config.latent_dim in FIRST_SPACING:
            z, course = _by_grid(*some, num_samples, generator)
        else:
            z, course = _by_chains(*some, num_samples, num_chains or NUM_CHAINS, num_steps or NUM_STEPS, generator)
        parts.append(_summary(*some, z, course, generator))
        if progress:
            progress(min(i + IMAGES_AT_A_TIME, len(y)), len(y))
    return _join(parts, len(y), method)


class _Course(NamedTuple):
    """How z was found for some images; `problems` maps a warning to the images (batch,) it is true of."""

    effective_candidates: Tensor
    acceptance: Tensor
    decoder_passes: int
    problems: dict[str, Tensor]


class _Part(NamedTuple):
    """What a restoration holds, of some images."""

    samples: Tensor
    z: Tensor
    mean: Tensor
    std: Tensor
    completions: list[list[Completion]]
    course: _Course


def _noise(like: Tensor, shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
    """N(0, I) of a shape."""
    return draw_normal(like.new_empty(shape), generator)


def _as_the_model(vae: VAE, y: Tensor) -> Tensor:
    return y.to(vae.encoder[-1].bias)


# -- p(z|y) on a grid --------------------------------------------------------------------------------------------


@torch.no_grad()
def observation_grid(
    vae: VAE,
    y: Float[Tensor, "batch observed"],
    observation: Observation,
    tolerance: float = TOLERANCE,
    *,
    coarse: DecodedGrid | None = None,
) -> Grid:
    """p(z, y) on a grid, halved until log p(y) of no image changes by more than `tolerance` nats. latent_dim <= 2.

    `coarse` is `posterior.decode_grid` of the model, if there is one already: most of the time of the first level.
    """
    if vae.config.latent_dim not in FIRST_SPACING:
        raise ValueError(f"latent_dim must be at most 2 for a grid, got {vae.config.latent_dim}; use restore's samples")
    observation.check(vae.config, y)
    y = _as_the_model(vae, y)
    if coarse is not None or (coarse_here := _coarse_grid(vae)) is None:
        return _refine(vae, y, observation, tolerance, coarse)
    grid = _refine(vae, y, observation, tolerance, coarse_here)
    return grid._replace(decoder_passes=grid.decoder_passes + len(coarse_here.index))


def _coarse_grid(vae: VAE) -> DecodedGrid | None:
    return decode_grid(vae, torch.zeros(1, vae.config.latent_dim).to(vae.encoder[-1].bias))


def _refine(
    vae: VAE,
    y: Tensor,
    observation: Observation,
    tolerance: float,
    coarse: DecodedGrid | None,
    first: Float[Tensor, "batch points"] | None = None,
) -> Grid:
    """`first` is log p(y|z) on the coarse grid, if it is known."""
    places = torch.zeros(1, vae.config.latent_dim).to(y)
    if coarse is not None:  # where the encoder sees the most probable image of the coarse grid: a peak may hide there
        if first is None:
            first = observation.log_prob_of_all_pairs(coarse.decoded.p, y)
        best = coarse.decoded.z[(first + vae.prior.log_prob(coarse.decoded.z)).argmax(1)]
        places = vae.encode(observation.mean_x(vae.decode(best), y)).mean

    def log_lik(decoded: Decoded) -> Tensor:
        known = coarse is not None and decoded is coarse.decoded
        return first if known else observation.log_prob_of_all_pairs(decoded.p, y)

    return refine_grid(vae, log_lik, places, tolerance, coarse=coarse)


def sample_grid(
    grid: Grid, num_samples: int, generator: torch.Generator, log_density: Callable[[Tensor], Tensor] | None = None
) -> Float[Tensor, "samples batch latent"]:
    """Draws of z: a point in proportion to its mass, and evenly within its cell. The log density of z, if given, takes away
    what the cells' size does: `SETTLING` Metropolis steps with such draws as proposals, of which nearly all are accepted."""
    z, log_cell = _draw_cells(grid, num_samples, generator)
    if log_density is None:
        return z
    log_ratio = log_density(z) - log_cell
    for _ in range(SETTLING):
        other, log_cell = _draw_cells(grid, num_samples, generator)
        other_ratio = log_density(other) - log_cell
        accepted = draw_uniform(log_ratio, generator).log() < other_ratio - log_ratio
        z = torch.where(accepted[..., None], other, z)
        log_ratio = torch.where(accepted, other_ratio, log_ratio)
    return z


def _draw_cells(grid: Grid, num_samples: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """z (samples, batch, latent) and the log density that the grid has in their cells (samples, batch)."""
    mass = grid.log_joint.double().softmax(1).to(generator.device)
    chosen = torch.multinomial(mass, num_samples, replacement=True, generator=generator).to(grid.points.device)
    z = grid.points[chosen.T]
    return z + grid.spacing * (draw_uniform(z, generator) - 0.5), grid.log_joint.gather(1, chosen).T


def _by_grid(
    vae: VAE, y: Tensor, observation: Observation, num_samples: int, generator: torch.Generator
) -> tuple[Tensor, _Course]:
    """Image by image, but for the coarse grid: posteriors are sharp and lie apart, so a fine one for all would be large."""
    coarse = _coarse_grid(vae)
    first = None if coarse is None else observation.log_prob_of_all_pairs(coarse.decoded.p, y)
    draws, grids = [], []
    for i in range(len(y)):
        one = y[i : i + 1], observation.for_images(slice(i, i + 1))
        known = None if first is None else first[i : i + 1]
        grids.append(_refine(vae, *one, TOLERANCE, coarse, known))
        draws.append(sample_grid(grids[-1], num_samples, generator, partial(log_density, vae, *one)))
    passes = sum(grid.decoder_passes for grid in grids) + (SETTLING + 1) * num_samples * len(y)
    passes += 0 if coarse is None else len(coarse.index)
    none = torch.full((len(y),), math.nan, dtype=torch.float64, device=y.device)
    change, at_edge = (torch.cat([getattr(grid, name) for grid in grids]) for name in ("change", "at_edge"))
    return torch.cat(draws, 1), _Course(none, none, passes, {COARSE: change > TOLERANCE, EDGE: at_edge})


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
        eps = _noise(self.loc, (num_samples, *self.loc.shape), generator)
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
    z = _noise(y, (NUM_PILOTS, len(y), vae.config.latent_dim), generator)
    codes = []
    for step in range(PILOT_STEPS):
        q = vae.encode(observation.sample_x(vae.decode(z), y, generator=generator))
        z = reparameterize(q, _noise(y, tuple(z.shape), generator))
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


def _by_chains(
    vae: VAE,
    y: Tensor,
    observation: Observation,
    num_samples: int,
    num_chains: int,
    num_steps: int,
    generator: torch.Generator,
) -> tuple[Tensor, _Course]:
    """Chains hardly ever cross between separate parts of a posterior: the resampling gives each part its share of them,
    and HMC, which then leaves the target as it is, spreads them over the part."""
    num_chains = min(num_chains, num_samples)
    each = -(-num_samples // num_chains)
    proposal = adapt_proposal(vae, y, observation, generator)
    start, candidates = resample(vae, y, observation, proposal, num_chains, generator)
    samples = hmc_sample(
        lambda u: log_density(vae, y, observation, proposal.whitened_to_z(u)),
        proposal.z_to_whitened(start),
        num_samples=each,
        num_warmup=num_steps,
        num_leapfrog=NUM_LEAPFROG,
        step_size=torch.ones(len(y), dtype=start.dtype, device=start.device),
        generator=generator,
    )
    acceptance = samples.acceptance.mean(0)
    passes = PROPOSAL_PASSES + NUM_CANDIDATES + (num_steps + each) * NUM_LEAPFROG * num_chains
    problems = {STUCK: acceptance < LEAST_ACCEPTANCE, FEW_STARTS: candidates < LEAST_ESS}
    z = proposal.whitened_to_z(samples.positions.flatten(0, 1)[:num_samples])
    return z, _Course(candidates, acceptance, passes * len(y), problems)


@torch.no_grad()
def log_evidence(
    vae: VAE,
    y: Float[Tensor, "batch observed"],
    observation: Observation,
    *,
    num_samples: int = 5000,
    generator: torch.Generator,
) -> LogMarginal:
    """log p(y) of each image in nats by importance sampling: biased low, with its standard error and effective sample size.

    Beside log p(x) it measures in-painting: (log p(x) - log p(x_observed)) / number missing are nats per missing pixel.
    """
    require_whole("num_samples", num_samples, 10)
    observation.check(vae.config, y)
    y = _as_the_model(vae, y)
    means, errors, sizes = [], [], []
    for i in range(0, len(y), IMAGES_AT_A_TIME):
        images = slice(i, i + IMAGES_AT_A_TIME)
        some = vae, y[images], observation.for_images(images)
        _, log_w = weighted_draws(*some, adapt_proposal(*some, generator), num_samples, generator)
        first, second = log_w.logsumexp(0), (2.0 * log_w).logsumexp(0)
        ess = (2.0 * first - second).exp()
        means.append(first - math.log(num_samples))
        errors.append(((1.0 / ess - 1.0 / num_samples).clamp(min=0.0) * num_samples / (num_samples - 1)).sqrt())
        sizes.append(ess)
    mean, error, ess = torch.cat(means), torch.cat(errors), torch.cat(sizes)
    few = int((ess < LEAST_ESS).sum())
    warnings = (f"{few} of {len(y)} images: {LOW_ESS}",) if few else ()
    passes = (num_samples + PROPOSAL_PASSES) * len(y)
    return LogMarginal(mean, error, ess, "lower", "importance", num_samples, passes, warnings)


# -- step by step ------------------------------------------------------------------------------------------------


@torch.no_grad()
def restoration_steps(
    vae: VAE,
    y: Float[Tensor, "batch observed"],
    observation: Observation,
    *,
    method: str = "posterior",
    num_chains: int = 1,
    start: Float[Tensor, "chains batch latent"] | None = None,
    generator: torch.Generator,
) -> Iterator[ChainState]:
    """The chain of a method, a state at a time, without end; state 0 is where it starts. "posterior" is HMC, started by
    resampling, which tunes its step size over the first 12 transitions; the others start at draws of the prior. With
    `start` (chains, batch, latent), which then is the number of chains, all start there."""
    require_choice("method", method, METHODS)
    require_whole("num_chains", num_chains, 1)
    observation.check(vae.config, y)
    y = _as_the_model(vae, y)
    chain = {
        "posterior": _hmc_chain,
        "pseudo_gibbs": partial(_gibbs_chain, corrected=False),
        "metropolis_within_gibbs": partial(_gibbs_chain, corrected=True),
        "gradient": _ascent,
    }[method]
    return chain(vae, y, observation, num_chains, start, generator)


@torch.no_grad()
def _hmc_chain(
    vae: VAE, y: Tensor, observation: Observation, num_chains: int, start: Tensor | None, generator: torch.Generator
) -> Iterator[ChainState]:
    proposal = adapt_proposal(vae, y, observation, generator)
    if start is None:
        start, _ = resample(vae, y, observation, proposal, num_chains, generator)

    def target(u: Tensor) -> Tensor:
        return log_density(vae, y, observation, proposal.whitened_to_z(u))

    point = evaluate(target, proposal.z_to_whitened(start))
    size, acceptance = torch.ones_like(y[:, 0]), torch.ones_like(point.log_density)
    for step in itertools.count():
        z = proposal.whitened_to_z(point.position)
        x = observation.sample_x(vae.decode(z), y, generator=generator)
        yield ChainState(step, z, x, point.log_density, acceptance)
        point, info = hmc_transition(target, point, step_size=size, num_leapfrog=NUM_LEAPFROG, generator=generator)
        acceptance = info.acceptance
        if step < NUM_STEPS:
            size = tune_step_size(size, acceptance, gain=(1 + step) ** -0.5)


@torch.no_grad()
def _gibbs_chain(
    vae: VAE,
    y: Tensor,
    observation: Observation,
    num_chains: int,
    start: Tensor | None,
    generator: torch.Generator,
    corrected: bool,
) -> Iterator[ChainState]:
    """z' ~ q(z|x), then x ~ p(x|z', y). q is not p(z|x), so the chain's target is not p(z, x|y), unless z' is accepted
    with the probability min(1, p(x, z') q(z|x) / (p(x, z) q(z'|x))) (`corrected`)."""
    z = _noise(y, (num_chains, len(y), vae.config.latent_dim), generator) if start is None else start
    acceptance = torch.ones_like(z[..., 0])
    for step in itertools.count():
        p = vae.decode(z)
        x = observation.sample_x(p, y, generator=generator)
        yield ChainState(step, z, x, observation.log_prob(p, y) + vae.prior.log_prob(z), acceptance)
        q = vae.encode(x)
        proposal = reparameterize(q, _noise(y, tuple(z.shape), generator))
        if corrected:
            log_p = vae.decode(proposal).log_prob(x) + vae.prior.log_prob(proposal)
            log_ratio = log_p - p.log_prob(x) - vae.prior.log_prob(z) + q.log_prob(z) - q.log_prob(proposal)
            acceptance = log_ratio.clamp(max=0.0).exp()
            accepted = draw_uniform(acceptance, generator) < acceptance
            proposal = torch.where(accepted[..., None], proposal, z)
        z = proposal


@torch.no_grad()
def _ascent(
    vae: VAE, y: Tensor, observation: Observation, num_chains: int, start: Tensor | None, generator: torch.Generator
) -> Iterator[ChainState]:
    """Adam up log p(z, y)."""
    z = _noise(y, (num_chains, len(y), vae.config.latent_dim), generator) if start is None else start.clone()
    target = partial(log_density, vae, y, observation)
    optimizer = torch.optim.Adam([z], lr=LEARNING_RATE, maximize=True)
    for step in itertools.count():
        point = evaluate(target, z)
        x = observation.mean_x(vae.decode(z), y)
        yield ChainState(step, z.clone(), x, point.log_density, torch.ones_like(point.log_density))
        z.grad = point.gradient
        optimizer.step()


def _by_steps(
    vae: VAE,
    y: Tensor,
    observation: Observation,
    method: str,
    num_samples: int,
    num_chains: int | None,
    num_steps: int | None,
    generator: torch.Generator,
) -> tuple[Tensor, _Course]:
    """`num_samples` states, spread evenly over the second half of the steps (of the ascent: the last ones)."""
    num_chains = min(num_samples, num_chains or (num_samples if method == "gradient" else 10))
    num_steps = num_steps or 300
    each = -(-num_samples // num_chains)
    kept = set(torch.linspace(num_steps, num_steps // 2 + 1, each).round().int().tolist())
    if method == "gradient":
        kept, each = {num_steps}, 1
    states, acceptance = [], torch.zeros(len(y), dtype=y.dtype, device=y.device)
    for state in restoration_steps(vae, y, observation, method=method, num_chains=num_chains, generator=generator):
        acceptance = acceptance + (state.acceptance.mean(0) / num_steps if state.step else 0.0)
        if state.step in kept:
            states.append(state.z)
        if state.step == num_steps:
            break
    z = torch.cat(states)
    z = z.repeat(-(-num_samples // len(z)), 1, 1)[-num_samples:]
    none = torch.full((len(y),), math.nan, dtype=torch.float64, device=y.device)
    if method != "metropolis_within_gibbs":
        acceptance = none
    return z, _Course(none, acceptance, (num_steps + 1) * num_chains * len(y), {})


# -- distance to the exact p(z|y) --------------------------------------------------------------------------------


class TotalVariation(NamedTuple):
    """Half the sum of |share of the draws - share of p(z|y)| over cells, (batch,): 0 = the same, 1 = nowhere together.
    `floor` is what as many exact, independent draws would show on average, `cell` the side of the square cells."""

    value: Tensor
    floor: Tensor
    cell: Tensor


def total_variation(z: Float[Tensor, "samples batch latent"], grid: Grid) -> TotalVariation:
    """Total variation between draws of z and p(z|y) on a grid, image by image. The cells are whole squares of grid points,
    as large as leaves the posterior exp(entropy) >= `NUM_CELLS` of them: smaller ones would see noise only.

    A method is as good as exact where its value is at the floor, which falls with the square root of the number of draws.
    """
    low, high = grid.points.amin(0), grid.points.amax(0)
    found = []
    for i, mass in enumerate(grid.log_joint.double().softmax(1)):
        for side in (64, 32, 16, 8, 4, 2, 1):
            cell = side * grid.spacing
            exact = _shares_of_cells(grid.points, mass, low, high, cell, grid.spacing)
            if float(torch.special.entr(exact).sum()) >= math.log(NUM_CELLS):
                break
        weights = torch.full_like(z[:, i, 0], 1.0 / len(z), dtype=torch.float64)
        shares = _shares_of_cells(z[:, i], weights, low, high, cell, grid.spacing)
        value = 0.5 * (shares - exact).abs().sum()
        found.append(torch.stack([value, 0.5 * mean_deviation(exact, len(z)).sum(), value.new_tensor(cell)]))
    return TotalVariation(*torch.stack(found, 1))


def _shares_of_cells(
    z: Tensor, weights: Tensor, low: Tensor, high: Tensor, cell: float, spacing: float
) -> Float[Tensor, " cells"]:
    """The weight in each square cell between `low` and `high`, and last that of everything outside."""
    size = ((high - low + 1.5 * spacing) / cell).floor().long() + 1
    place = ((z - low + 0.5 * spacing) / cell).floor().long()
    inside = ((place >= 0) & (place < size)).all(1)
    code = place[:, 0] if len(size) == 1 else place[:, 0] * size[1] + place[:, 1]
    count = int(size.prod())
    return torch.bincount(torch.where(inside, code, count), weights, minlength=count + 1)


def mean_deviation(probability: Float[Tensor, " cells"], count: int) -> Float[Tensor, " cells"]:
    """E|k / count - probability| of a binomial k (de Moivre): 2 (1 - p) m / n P(k = m), where m = floor(n p) + 1."""
    p, n = probability.clamp(1e-300, 1.0 - 1e-15), torch.tensor(float(count), dtype=torch.float64)
    m = (n * p).floor() + 1.0
    log_choose = torch.lgamma(n + 1.0) - torch.lgamma(m + 1.0) - torch.lgamma(n - m + 1.0)
    return 2.0 * (m.log() + log_choose + m * p.log() + (n - m + 1.0) * torch.log1p(-p)).exp() / n


# -- what the draws say ------------------------------------------------------------------------------------------


def _summary(
    vae: VAE, y: Tensor, observation: Observation, z: Tensor, course: _Course, generator: torch.Generator
) -> _Part:
    """Var[x|y] = E[Var[x|z, y]] + Var[E[x|z, y]]."""
    samples, means, variances = [], [], []
    for piece in z.split(max(1, ROWS_AT_A_TIME // len(y))):
        p = vae.decode(piece)
        samples.append(observation.sample_x(p, y, generator=generator))
        means.append(observation.mean_x(p, y))
        variances.append(observation.var_x(p, y))
    means = torch.cat(means)
    mean = means[0] + (means - means[0]).mean(0)  # so that the mean of equal numbers is that number, bit for bit
    std = (torch.cat(variances).mean(0) + (means - mean).square().mean(0)).sqrt()
    if isinstance(observation, Mask):
        seen = observation.observed.to(y.device).expand_as(y)
        problems = {NOTHING_OBSERVED: ~seen.any(1), ALL_OBSERVED: seen.all(1), **course.problems}
        course = course._replace(problems=problems)
    return _Part(torch.cat(samples), z, mean, std, find_completions(vae, y, observation, z), course)


def find_completions(
    vae: VAE, y: Tensor, observation: Observation, z: Float[Tensor, "samples batch latent"]
) -> list[list[Completion]]:
    """The distinct answers among posterior draws. Two draws are one answer if all on the straight line between them is
    plausible too: log p(z, y) falls nowhere on it more than `BARRIER` nats below the lower of its ends.

    The most probable draw speaks for the first answer and for all draws that it reaches, the most probable of the others
    for the second, and so on; after `MOST_COMPLETIONS` the rest go where their barrier is lowest. A Gaussian posterior has
    one answer in any dimension, since log p never dips between two points. In many dimensions a shallow pass goes unseen:
    draws lie on a shell, and lines between them run inside it, where log p is higher. One answer can hold unlike images,
    where one changes into the other without a dip: `find_representatives` shows those.
    """
    density, size = partial(log_density, vae, y, observation), max(1, ROWS_AT_A_TIME // len(y))
    log_p = torch.cat([density(piece) for piece in z.split(size)])
    along = torch.linspace(0.0, 1.0, STOPS + 2, dtype=z.dtype, device=z.device)[1:-1, None, None, None]
    free, lowest = torch.ones_like(log_p, dtype=torch.bool), torch.full_like(log_p, math.inf)
    answer, leaders = torch.zeros_like(log_p, dtype=torch.long), []
    while bool(free.any()) and len(leaders) < MOST_COMPLETIONS:
        leader = torch.where(free, log_p, -math.inf).argmax(0, keepdim=True)
        at = z.gather(0, leader[..., None].expand(-1, -1, z.shape[-1]))
        stops = (at + along * (z - at)).flatten(0, 1)
        path = torch.cat([density(piece) for piece in stops.split(size)]).unflatten(0, (STOPS, -1))
        barrier = torch.minimum(log_p, log_p.gather(0, leader)) - path.amin(0)
        barrier.scatter_(0, leader, -math.inf)
        closer = free & (barrier < lowest)
        answer, lowest = torch.where(closer, len(leaders), answer), torch.where(closer, barrier, lowest)
        free = free & (barrier > BARRIER)
        leaders.append(leader[0])
    return [
        _completions_of(vae, y[i : i + 1], observation.for_images(slice(i, i + 1)), z[:, i], answer[:, i], leaders_of)
        for i, leaders_of in enumerate(torch.stack(leaders, 1))
    ]


def _completions_of(
    vae: VAE, y: Tensor, observation: Observation, z: Tensor, answer: Tensor, leaders: Tensor
) -> list[Completion]:
    """Of one image, the most frequent first. An image without a free draw left has led to no new answer."""
    counts = torch.bincount(answer, minlength=len(leaders))
    order = [k for k in counts.argsort(descending=True, stable=True).tolist() if counts[k]]
    best = z[leaders[order]]
    images = observation.mean_x(vae.decode(best[:, None]), y)[:, 0]
    weights = (counts[order].double() / len(z)).tolist()
    return [Completion(*each) for each in zip(weights, best, images, strict=True)]


@torch.no_grad()
def find_representatives(
    vae: VAE, y: Tensor, observation: Observation, z: Float[Tensor, "samples batch latent"]
) -> list[list[Completion]]:
    """What the draws look like: up to `MOST_REPRESENTATIVES` groups of like E[x|z, y] by Ward's method, as many as differ
    pairwise by more than `VISIBLE` in some pixel of their means; of each its share of the draws and the draw nearest to its
    mean. The groups divide a continuum as well: two of them need not be two modes of p(z|y), as in `find_completions`.
    """
    return [
        _representatives_of(vae, y[i : i + 1], observation.for_images(slice(i, i + 1)), z[:, i]) for i in range(len(y))
    ]


def _representatives_of(vae: VAE, y: Tensor, observation: Observation, z: Tensor) -> list[Completion]:
    """Of one image, the most frequent first."""
    from scipy.cluster.hierarchy import fcluster, linkage  # imported late: nothing else here needs it

    images = observation.mean_x(vae.decode(z[:, None]), y)[:, 0]
    tree = linkage(images.double().cpu(), "ward") if len(z) > 1 else None
    for count in range(MOST_REPRESENTATIVES if len(z) > 1 else 1, 0, -1):
        label = torch.zeros(len(z), dtype=torch.long)
        if count > 1:
            label = torch.as_tensor(fcluster(tree, count, "maxclust"), dtype=torch.long).unique(return_inverse=True)[1]
        members = [(label == k).nonzero()[:, 0].to(z.device) for k in range(int(label.max()) + 1)]
        means = torch.stack([images[one].mean(0) for one in members])
        differences = (means[:, None] - means).abs().amax(2)
        if bool((differences + torch.eye(len(means)).to(differences) > VISIBLE).all()):
            break
    nearest = [one[(images[one] - mean).square().sum(1).argmin()] for one, mean in zip(members, means, strict=True)]
    found = [Completion(len(one) / len(z), z[k], images[k]) for one, k in zip(members, nearest, strict=True)]
    return sorted(found, key=lambda completion: -completion.weight)


def _join(parts: list[_Part], num_images: int, method: str) -> Restoration:
    """The images of all parts; how many of them something is wrong with becomes a line of text."""
    courses = [part.course for part in parts]
    counts = {text: int(torch.cat([c.problems[text] for c in courses]).sum()) for text in courses[0].problems}
    diagnostics = Diagnostics(
        torch.cat([course.effective_candidates for course in courses]),
        torch.cat([course.acceptance for course in courses]),
        sum(course.decoder_passes for course in courses),
        tuple(f"{count} of {num_images} images: {text}" for text, count in counts.items() if count),
    )
    return Restoration(
        torch.cat([part.samples for part in parts], 1),
        torch.cat([part.z for part in parts], 1),
        torch.cat([part.mean for part in parts]),
        torch.cat([part.std for part in parts]),
        [completions for part in parts for completions in part.completions],
        diagnostics,
        method,
    )
