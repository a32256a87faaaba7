"""Approximate inference of x (sec. 1 and 2.1): what an image was, given a part or a corrupted copy y of it. (Longer than other
files, since one call has all methods, whose options are checked in one place.)

z ~ p(z|y), in proportion to p(z) p(y|z), and then x ~ p(x|z, y), which is exact (`restoration.observations`). The recognition
model was not trained on such y, so it only makes proposals. Shapes: S samples, C chains, B images, J latent dimensions.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from vae_core.adaptive import shares
from vae_core.autograd import in_full_precision
from vae_core.bounds import require_defined
from vae_core.config import require_choice, require_number, require_whole
from vae_core.hmc import hmc_sample
from vae_core.importance import ROWS_AT_A_TIME, LogWeights, resample, weighted_draws
from vae_core.marginal import COARSE, EDGE, FEW_STARTS, LEAST_ACCEPTANCE, LEAST_ESS, LOW_ESS, STUCK, LogMarginal
from vae_core.model import VAE, require_passes
from vae_core.posterior import FIRST_SPACING, DecodedGrid, Grid
from vae_core.randomness import require_generator
from vae_core.restoration.answers import Completion, find_completions
from vae_core.restoration.chains import (
    METHODS,
    NUM_CHAINS,
    NUM_LEAPFROG,
    NUM_STEPS,
    passes_of_hmc,
    passes_of_steps,
    require_chain_passes,
    restoration_steps,
)
from vae_core.restoration.grid import SETTLING, TOLERANCE, decode_prior_grid, refine_observed, sample_grid
from vae_core.restoration.observations import Mask, Observation, require_observation
from vae_core.restoration.proposals import (
    PROPOSAL_PASSES,
    adapt_proposal,
    as_model_dtype,
    log_density,
    log_density_in_pieces,
)
from vae_core.sizes import FLOAT_BYTES, require_memory

IMAGES_AT_A_TIME = 100
SAMPLE_NUMBERS = 4  # for each pixel of a sample: the sample, E[x|z, y] and Var[x|z, y], and a sum of these
NOTHING_OBSERVED = "nothing is observed, so the samples are of the prior"
ALL_OBSERVED = "every pixel is observed, so there is nothing to restore and the image comes back as it is"


class Diagnostics(NamedTuple):
    """How well the sampler worked: the effective number of the `NUM_CANDIDATES` that the chains started from, and the chains' mean
    probability of acceptance, (batch,) each, nan for a method without them. `decoder_passes` is the cost of z for all images
    together, with or without a gradient. `warnings` is empty when nothing speaks against the result. `problems` are the same
    without the number of images.
    """

    effective_candidates: Tensor
    acceptance: Tensor
    decoder_passes: int
    warnings: tuple[str, ...]
    problems: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Restoration:
    """Draws of x given y, and their summary: `samples` (samples, batch, data) and the `z` (samples, batch, latent) that
    each came from; the posterior mean E[x|y] and the standard deviation of every pixel (batch, data), both with x
    averaged out given z; per image its distinct `completions`, most probable first, whose weights add up to 1, and where
    z was drawn from a grid, that grid of p(z, y) of this image alone (else `grids` is empty)."""

    samples: Tensor
    z: Tensor
    mean: Tensor
    std: Tensor
    completions: list[list[Completion]]
    diagnostics: Diagnostics
    method: str
    grids: tuple[Grid, ...] = ()


@in_full_precision
@torch.inference_mode(False)  # HMC needs gradients
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
    tolerance: float = TOLERANCE,
    coarse: DecodedGrid | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Restoration:
    """Samples of x given y, and their summary.

    - "posterior": z ~ p(z|y). For latent_dim <= 2 on a grid, halved until log p(y) changes by no more than `tolerance`
      nats, exactly (`coarse` is `posterior.decode_grid` of the model, if there is one already); otherwise by `num_chains`
      (32) chains of HMC with `num_steps` (12) transitions, started by resampling weighted candidates, which give every mode
      its share.
    - "pseudo_gibbs": the recognition model's chain (Rezende et al. 2014, App. F); its target is not p(z|y).
    - "metropolis_within_gibbs": the same with the acceptance that makes the target right (Mattei & Frellsen 2018),
      after 20 steps without it.
    - "gradient": ascent of log p(z, y) from draws of the prior to the modes; no posterior, for comparison.

    The last three run `num_chains` (10; "gradient": one per sample) for `num_steps` (300) steps from the prior and keep
    samples of the second half. Raises ValueError or DataError where observation, model and y do not go together. The
    numbers depend on `generator` alone. `progress` is called with (images done, images).

    >>> import torch
    >>> import vae_core as vc
    >>> vae, x = vc.load_pretrained("digits-2d"), vc.load_data("digits").x_test[:3].round()
    >>> part = vc.Mask(torch.arange(64) < 32)
    >>> restoration = vc.restore(vae, x[:1], part, num_samples=20, generator=torch.Generator().manual_seed(0))
    >>> restoration.samples.shape
    torch.Size([20, 1, 64])
    """
    require_choice("method", method, METHODS)
    require_whole("num_samples", num_samples, 1)
    for name, value in (("num_chains", num_chains), ("num_steps", num_steps)):
        if value is not None:
            require_whole(name, value, 1)
    require_generator(generator)
    require_observation(observation)
    observation.check(vae.config, y)
    require_number("tolerance", tolerance, above=0.0)
    require_memory(
        SAMPLE_NUMBERS * FLOAT_BYTES * num_samples * len(y) * vae.config.data_dim,
        f"num_samples (={num_samples:,}) for {len(y):,} images",
        "choose fewer samples",
    )
    require_chain_passes(vae, len(y), method, num_samples, num_chains, num_steps)
    y = as_model_dtype(vae, y)
    parts = []
    for i in range(0, len(y), IMAGES_AT_A_TIME):
        images = slice(i, i + IMAGES_AT_A_TIME)
        inputs = vae, y[images], observation.for_images(images)
        if method != "posterior":
            z, course = _by_steps(*inputs, method, num_samples, num_chains, num_steps, generator)
        elif vae.config.latent_dim in FIRST_SPACING:
            z, course = _by_grid(*inputs, num_samples, tolerance, coarse, generator)
        else:
            z, course = _by_chains(*inputs, num_samples, num_chains or NUM_CHAINS, num_steps or NUM_STEPS, generator)
        parts.append(_summary(*inputs, z, course, generator))
        if progress:
            progress(min(i + IMAGES_AT_A_TIME, len(y)), len(y))
    return _join(parts, len(y), method)


class _Course(NamedTuple):
    """How z was sampled for some images; `problems` maps a warning to the images (batch,) that it applies to."""

    effective_candidates: Tensor
    acceptance: Tensor
    decoder_passes: int
    problems: dict[str, Tensor]
    grids: tuple[Grid, ...] = ()


class _Part(NamedTuple):
    """A restoration of some of the images."""

    samples: Tensor
    z: Tensor
    mean: Tensor
    std: Tensor
    completions: list[list[Completion]]
    course: _Course


def _by_grid(
    vae: VAE,
    y: Tensor,
    observation: Observation,
    num_samples: int,
    tolerance: float,
    coarse: DecodedGrid | None,
    generator: torch.Generator,
) -> tuple[Tensor, _Course]:
    """The coarse grid is common to all images, the finer ones are not: posteriors are sharp and far apart, so one fine grid for
    all would be large."""
    if coarse is not None and not isinstance(coarse, DecodedGrid):
        raise ValueError(f"coarse must be what decode_prior_grid gives, or None, got {type(coarse).__name__}")
    passes = (SETTLING + 1) * num_samples * len(y)
    if coarse is None:
        coarse = decode_prior_grid(vae)
        passes += 0 if coarse is None else len(coarse.indices)
    log_liks = None if coarse is None else observation.log_prob_of_all_pairs(coarse.decoded.p, y)
    draws, grids = [], []
    for i in range(len(y)):
        inputs = y[i : i + 1], observation.for_images(slice(i, i + 1))
        log_lik = None if log_liks is None else log_liks[i : i + 1]
        grids.append(refine_observed(vae, *inputs, tolerance, coarse, log_lik))
        draws.append(sample_grid(grids[-1], num_samples, generator, partial(log_density, vae, *inputs)))
    passes += sum(grid.decoder_passes for grid in grids)
    undefined = torch.full((len(y),), math.nan, dtype=torch.float64, device=y.device)
    change, at_edge = (torch.cat([getattr(grid, name) for grid in grids]) for name in ("change", "at_edge"))
    return torch.cat(draws, 1), _Course(
        undefined, undefined, passes, {COARSE: ~(change <= float(tolerance)), EDGE: at_edge}, tuple(grids)
    )


def _by_chains(
    vae: VAE,
    y: Tensor,
    observation: Observation,
    num_samples: int,
    num_chains: int,
    num_steps: int,
    generator: torch.Generator,
) -> tuple[Tensor, _Course]:
    """Chains hardly ever cross between separate parts of a posterior. So resampling gives each part its share of the chains, and
    HMC, which leaves the target invariant, spreads them over the part."""
    num_chains = min(num_chains, num_samples)
    samples_per_chain = -(-num_samples // num_chains)
    proposal = adapt_proposal(vae, y, observation, generator)
    start, candidates = resample(log_density_in_pieces(vae, y, observation), proposal, num_chains, generator)
    samples = hmc_sample(
        lambda u: log_density(vae, y, observation, proposal.whitened_to_z(u)),
        proposal.z_to_whitened(start),
        num_samples=samples_per_chain,
        num_warmup=num_steps,
        num_leapfrog=NUM_LEAPFROG,
        step_size=torch.ones(len(y), dtype=start.dtype, device=start.device),
        generator=generator,
    )
    acceptance = samples.acceptance.mean(0)
    passes = passes_of_hmc(num_samples, num_chains, num_steps)
    problems = {STUCK: ~(acceptance >= LEAST_ACCEPTANCE), FEW_STARTS: ~(candidates >= LEAST_ESS)}
    z = proposal.whitened_to_z(samples.positions.flatten(0, 1)[:num_samples])
    return z, _Course(candidates, acceptance, passes * len(y), problems)


@in_full_precision
@torch.inference_mode(False)
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
    require_generator(generator)
    require_observation(observation)
    observation.check(vae.config, y)
    require_memory(
        2 * FLOAT_BYTES * num_samples * min(len(y), IMAGES_AT_A_TIME) * vae.config.latent_dim,
        f"num_samples (={num_samples:,})",
        "choose fewer samples",
    )
    require_passes(vae, num_samples * len(y), f"num_samples (={num_samples:,}) for {len(y):,} images", "choose fewer")
    y = as_model_dtype(vae, y)
    parts = []
    for i in range(0, len(y), IMAGES_AT_A_TIME):
        images = slice(i, i + IMAGES_AT_A_TIME)
        inputs = vae, y[images], observation.for_images(images)
        proposal = replace(adapt_proposal(*inputs, generator), counts=shares(num_samples))
        sums = LogWeights(proposal.counts, len(inputs[1]), y.device)
        for _, log_w in weighted_draws(log_density_in_pieces(*inputs), proposal, generator):
            sums.add(log_w)
        parts.append(sums.estimate())
    mean, error, ess = (torch.cat(column) for column in zip(*parts, strict=True))
    require_defined("log p(y)", mean)
    num_low = int((~(ess >= LEAST_ESS)).sum())
    warnings = (f"{num_low} of {len(y)} images: {LOW_ESS}",) if num_low else ()
    passes = (num_samples + PROPOSAL_PASSES) * len(y)
    return LogMarginal(mean, error, ess, "lower", "importance", num_samples, passes, warnings)


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
    samples_per_chain = -(-num_samples // num_chains)
    sampled_steps = set(
        torch.linspace(num_steps, num_steps // 2 + 1, samples_per_chain, dtype=torch.float32, device="cpu")
        .round()
        .int()
        .tolist()
    )
    if method == "gradient":
        sampled_steps, samples_per_chain = {num_steps}, 1
    states, acceptance = [], torch.zeros(len(y), dtype=y.dtype, device=y.device)
    for state in restoration_steps(vae, y, observation, method=method, num_chains=num_chains, generator=generator):
        acceptance = acceptance + (state.acceptance.mean(0) / num_steps if state.step else 0.0)
        if state.step in sampled_steps:
            states.append(state.z)
        if state.step == num_steps:
            break
    z = torch.cat(states)
    z = z.repeat(-(-num_samples // len(z)), 1, 1)[-num_samples:]
    undefined = torch.full((len(y),), math.nan, dtype=torch.float64, device=y.device)
    if method != "metropolis_within_gibbs":
        acceptance = undefined
    return z, _Course(undefined, acceptance, passes_of_steps(method, num_steps) * num_chains * len(y), {})


# -- what the draws say ------------------------------------------------------------------------------------------


def _summary(
    vae: VAE, y: Tensor, observation: Observation, z: Tensor, course: _Course, generator: torch.Generator
) -> _Part:
    """Var[x|y] = E[Var[x|z, y]] + Var[E[x|z, y]]."""
    samples, pieces, variances = [], [], []
    for piece in z.split(max(1, ROWS_AT_A_TIME // len(y))):
        p = vae.decode(piece)
        samples.append(observation.sample_x(p, y, generator=generator))
        pieces.append(observation.mean_x(p, y))
        variances.append(observation.var_x(p, y))
    means = torch.cat(pieces)
    mean = means[0] + (means - means[0]).mean(0)  # the mean of equal numbers is then that number, bit for bit
    std = (torch.cat(variances).mean(0) + (means - mean).square().mean(0)).sqrt()
    require_defined("E[x|y]", mean.sum(1))
    if isinstance(observation, Mask):
        mask = observation.observed.to(y.device).expand_as(y)
        problems = {NOTHING_OBSERVED: ~mask.any(1), ALL_OBSERVED: mask.all(1), **course.problems}
        course = course._replace(problems=problems)
    return _Part(torch.cat(samples), z, mean, std, find_completions(vae, y, observation, z, course.grids), course)


def _join(parts: list[_Part], num_images: int, method: str) -> Restoration:
    """The images of all parts. Each warning becomes a line of text with the number of images that it applies to."""
    courses = [part.course for part in parts]
    counts = {text: int(torch.cat([c.problems[text] for c in courses]).sum()) for text in courses[0].problems}
    diagnostics = Diagnostics(
        torch.cat([course.effective_candidates for course in courses]),
        torch.cat([course.acceptance for course in courses]),
        sum(course.decoder_passes for course in courses),
        tuple(f"{count} of {num_images} images: {text}" for text, count in counts.items() if count),
        tuple(text for text, count in counts.items() if count),
    )
    return Restoration(
        torch.cat([part.samples for part in parts], 1),
        torch.cat([part.z for part in parts], 1),
        torch.cat([part.mean for part in parts]),
        torch.cat([part.std for part in parts]),
        [completions for part in parts for completions in part.completions],
        diagnostics,
        method,
        tuple(grid for course in courses for grid in course.grids),
    )
