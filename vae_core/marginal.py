"""Estimators of the marginal likelihood log p(x) of each image, with warnings where an estimate cannot be trusted. (Longer than other
files, since one table has all methods.)"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from vae_core.adaptive import ADAPTIVE, ADAPTIVE_PASSES, ALL_PROPOSALS, adaptive_proposal
from vae_core.autograd import in_full_precision, ordinary
from vae_core.bounds import check_pixels, require_defined
from vae_core.config import require_choice, require_whole
from vae_core.hmc import anneal, hmc_sample, temperatures
from vae_core.importance import LogWeights, Proposal, build_proposal, resample, weighted_draws
from vae_core.model import VAE, require_passes
from vae_core.posterior import log_joint_in_pieces, log_joint_of_checked, posterior_grid, simulate
from vae_core.randomness import draw_normal, require_generator

STARTS = ("resampled", "prior")
WITH_GRADIENTS = ("hmc", "ais")
CANDIDATES = 5000  # draws from which the starts of App. D's chains are resampled
IMAGES_AT_A_TIME = 100
LEAST_ESS = 10.0
LEAST_ACCEPTANCE = 0.5
WIDEST_BRACKET = 1.0
WIDEST_ERROR = 0.3

LEAST_SHARE_OF_CHAINS = 0.2  # below it annealing warns: its few chains are all independent draws
FEW_DIMENSIONS = 5  # below it the paper uses App. D

LOW_ESS = f"the effective sample size is below {LEAST_ESS:g}, so neither the estimate nor its error can be trusted"
STUCK = f"chains accept less than {LEAST_ACCEPTANCE:.0%} of their moves: they are stuck and miss parts of the posterior"
APART = f"the standard error between chains is above {WIDEST_ERROR:g} nats: they have settled in different places"
FEW_STARTS = (
    f"fewer than {LEAST_ESS:g} effective candidates to start the chains from: they may miss parts of the posterior"
)
FEW_CHAINS = f"fewer than {LEAST_SHARE_OF_CHAINS:.0%} of the chains carry the estimate, so it may be far too low: use more temperatures"
MANY_DIMENSIONS = f"the paper uses this estimator for fewer than {FEW_DIMENSIONS} latent dimensions, where a fitted density is close to the posterior"
COARSE = "the grid is too coarse: halving its spacing still changes log p(x) by more than the tolerance"
EDGE = "the posterior reaches the edge of the grid"


Watch = Callable[[Tensor, Tensor], None]  # takes draws of z, and their log weights


def _ignore(z: Tensor, log_w: Tensor) -> None:
    """A `Watch` that nobody looks through."""


@dataclass(frozen=True, eq=False)
class LogMarginal:
    """An estimate of log p(x) of each image, in nats.

    `mean`, `std_error` and `ess` are (batch,). `std_error` is of one image's estimate (for quadrature: the change at
    the last halving of the spacing); `ess` counts effective samples (None for quadrature, which has none).
    `direction` says where the estimate lies on average: "lower" and "upper" are stochastic bounds, "exact" is neither.
    `num_samples` is the number of samples per image, which App. D may round up (for quadrature: the points of all grids).
    `decoder_passes` is the cost, summed over the images; passes with a gradient count once, though they cost more.
    `warnings` is empty when nothing speaks against the numbers.
    """

    mean: Tensor
    std_error: Tensor
    ess: Tensor | None
    direction: str
    method: str
    num_samples: int
    decoder_passes: int
    warnings: tuple[str, ...] = ()


class Part(NamedTuple):
    """What a method gives for some images: `num_samples` per image (None for quadrature, which only has grid points);
    `problems` maps a warning to the images (batch,) that it applies to."""

    mean: Tensor
    std_error: Tensor
    ess: Tensor | None
    num_samples: int | None
    decoder_passes: int
    problems: dict[str, Tensor]


@in_full_precision
@torch.inference_mode(False)  # HMC and annealing need gradients
def log_marginal(
    vae: VAE,
    x: Float[Tensor, "batch data"],
    *,
    method: str = "importance",
    num_samples: int | None = None,
    generator: torch.Generator | None = None,
    progress: Callable[[int, int], None] | None = None,
    watch: Watch | None = None,
    **options: Any,
) -> LogMarginal:
    """Estimate log p(x) of each image. Memory does not grow with `num_samples` or the number of images.

    - "importance": log-mean-exp of `num_samples` (5000) weights; biased low. `proposal` "adaptive" is a mixture fitted to the
      posterior first, which costs 3,000 decoder passes an image more; "defensive" is q(z|x), q widened and the prior; "encoder"
      is q(z|x) alone, which can be confidently wrong where q misses a part of the posterior.
    - "hmc": the paper's App. D from `num_samples` (1024) posterior samples of `num_chains` (16) chains, and as many samples
      of other chains for the fit; biased high, given exact posterior samples. Every chain gives the same number, at least
      latent_dim + 2; the result says how many samples that makes. `start` "resampled" or "prior", `num_warmup` (100), `num_leapfrog` (10).
    - "ais": annealed importance sampling from the prior, `num_samples` (16) chains, `num_temperatures` (1000),
      `num_leapfrog` (5); biased low. Each chain is one weighted draw, so `ess` is at most their number. `reverse_ais` and `ais_bracket` give the other side on simulated images.
    - "quadrature": latent_dim <= 2 only; exact to `tolerance` (1e-3). Takes no generator and no `num_samples`.

    `progress` is called with (images done, images) as the work goes on. `watch` is called with the draws z (samples, batch, latent) on
    which the estimate rests, in pieces, and with their log weights (samples, batch): the mean weight is p(x), for
    "hmc" 1 / p(x). Of many images it is called for 100 after the other. Quadrature has no draws. The numbers depend on `generator` alone.

    >>> import torch
    >>> import vae_core as vc
    >>> vae, x = vc.load_pretrained("digits-2d"), vc.load_data("digits").x_test[:3].round()
    >>> exact = vc.log_marginal(vae, x, method="quadrature")
    >>> estimate = vc.log_marginal(vae, x, num_samples=500, generator=torch.Generator().manual_seed(0))
    >>> bool((abs(estimate.mean - exact.mean) < 0.5).all())
    True
    """
    require_choice("method", method, tuple(METHODS))
    check_options(method, options)
    row = METHODS[method]
    if row.num_samples is None and num_samples is not None:
        raise ValueError(f"num_samples must not be given for {method}, which refines its own grid; got {num_samples}")
    if row.num_samples is None and watch is not None:
        raise ValueError(f"watch must not be given for {method}, which has no draws")
    if row.num_samples is not None:
        num_samples = row.num_samples if num_samples is None else num_samples
        require_whole("num_samples", num_samples, row.least_samples)
        require_generator(generator, f" for method {method!r}")
        options = {**options, "num_samples": num_samples, "generator": generator, "watch": watch or _ignore}
    check_pixels(vae, x)
    passes_of_method(vae, len(x), method, options)  # refuses too many
    parts, x = [], ordinary(x)
    for i in range(0, len(x), IMAGES_AT_A_TIME):
        with torch.no_grad():
            parts.append(row.estimate(vae, x[i : i + IMAGES_AT_A_TIME], **options))
        if progress:
            progress(min(i + IMAGES_AT_A_TIME, len(x)), len(x))
    return _join(parts, method, row.direction)


def check_options(method: str, options: dict[str, Any]) -> None:
    """Raise ValueError for an option of another method, and for whole numbers below what the method can work with."""
    allowed = METHODS[method].options
    for name, value in options.items():
        if name not in allowed:
            raise ValueError(f"{name} does not go with method {method!r}, which takes {', '.join(allowed)}")
        if (least := allowed[name]) is not None:
            require_whole(name, value, least)


def passes_of_method(vae: VAE, num_images: int, method: str, options: dict[str, Any]) -> int:
    """How many decoder passes a method makes with these options; 0 where it finds that out by itself. TooLarge where that is more
    than anybody waits for, with the number to lower."""
    row = METHODS[method]
    if row.passes is None:
        return 0
    defaults = inspect.signature(row.estimate).parameters
    values = {
        name: options[name] if name in options else defaults[name].default for name in ("num_samples", *row.options)
    }
    numbers = {name: int(values[name]) for name in values if name == "num_samples" or row.options[name] is not None}
    passes, largest = num_images * row.passes(vae, **values | numbers), max(numbers, key=lambda name: numbers[name])
    what = f"{method} with {largest} (={numbers[largest]:,}) for {num_images:,} images"
    require_passes(vae, passes, what, f"lower {largest}, or take fewer images", gradients=method in WITH_GRADIENTS)
    return passes


# -- importance sampling -----------------------------------------------------------------------------------------


def _importance(
    vae: VAE,
    x: Tensor,
    *,
    num_samples: int,
    generator: torch.Generator,
    watch: Watch = _ignore,
    proposal: str = ADAPTIVE,
) -> Part:
    """p(x) = E_q[w]. Fixed numbers of draws from the components keep E[mean w] = p(x) exactly and lower the variance."""
    require_choice("proposal", proposal, ALL_PROPOSALS)
    density = partial(log_joint_in_pieces, vae, x)
    if proposal == ADAPTIVE:
        mixture: Proposal = adaptive_proposal(vae, x, density, num_samples, generator)
    else:
        mixture = build_proposal(vae, x, num_samples, proposal)
    sums = LogWeights(mixture.counts, len(x), x.device)
    for z, log_w in weighted_draws(density, mixture, generator):
        sums.add(log_w)
        watch(z, log_w)
    passes = _passes_of_importance(vae, num_samples, proposal) * len(x)
    return part_of_draws(sums.estimate(), num_samples, passes, {})


def _passes_of_importance(vae: VAE, num_samples: int, proposal: str) -> int:
    return num_samples + (ADAPTIVE_PASSES if proposal == ADAPTIVE else 0)


# -- App. D: posterior samples, a density fitted to them, and fresh samples ---------------------------------------


def _appendix_d(
    vae: VAE,
    x: Tensor,
    *,
    num_samples: int,
    generator: torch.Generator,
    watch: Watch = _ignore,
    num_chains: int = 16,
    start: str = "resampled",
    num_warmup: int = 100,
    num_leapfrog: int = 10,
) -> Part:
    """Steps 1 to 3 of App. D with HMC: half of the chains for the fit, the other half for the fresh samples. If they were the
    same chains, a part of the posterior with too many chains would get too much weight twice.

    Chains hardly ever cross between separate parts of a posterior, so each part must get its share of the chains at the
    start: "resampled" draws the starts from weighted defensive samples.
    """
    require_choice("start", start, STARTS)
    samples_per_chain = _samples_per_chain(vae, num_samples, num_chains)
    if start == "prior":
        z = draw_normal((2 * num_chains, len(x), vae.config.latent_dim), like=vae, generator=generator)
        candidates = torch.full((len(x),), math.inf, dtype=torch.float64, device=x.device)
    else:
        density, mixture = partial(log_joint_in_pieces, vae, x), build_proposal(vae, x, CANDIDATES, "defensive")
        z, candidates = resample(density, mixture, 2 * num_chains, generator)
    samples = hmc_sample(
        partial(log_joint_of_checked, vae, x),
        z,
        num_samples=samples_per_chain,
        num_warmup=num_warmup,
        num_leapfrog=num_leapfrog,
        step_size=torch.ones(len(x), dtype=z.dtype, device=z.device),
        generator=generator,
    )
    passes = len(x) * _passes_of_chains(vae, num_samples, num_chains, start, num_warmup, num_leapfrog)
    fit, fresh = samples.positions.split(num_chains, dim=1)
    *estimate, log_ratio = density_fit_estimate(fit, fresh, samples.log_densities[:, num_chains:])
    watch(fresh.flatten(0, 1), log_ratio.flatten(0, 1))
    mean, error, ess = estimate
    stuck, apart = ~(samples.acceptance.amin(0) >= LEAST_ACCEPTANCE), ~(error <= WIDEST_ERROR)
    many = torch.full_like(stuck, vae.config.latent_dim >= FEW_DIMENSIONS)
    problems = {STUCK: stuck, APART: apart, FEW_STARTS: ~(candidates >= LEAST_ESS), MANY_DIMENSIONS: many}
    return part_of_draws((mean, error, ess), samples_per_chain * num_chains, passes, problems)


def _samples_per_chain(vae: VAE, num_samples: int, num_chains: int) -> int:
    return max(num_samples // num_chains, vae.config.latent_dim + 2)


def _passes_of_chains(
    vae: VAE, num_samples: int, num_chains: int, start: str, num_warmup: int, num_leapfrog: int
) -> int:
    """Of the chains for the fit, of those for the fresh samples, and of the candidates from which both start."""
    per_chain = 1 + (num_warmup + _samples_per_chain(vae, num_samples, num_chains)) * num_leapfrog  # 1: where it starts
    return 2 * num_chains * per_chain + (CANDIDATES if start == "resampled" else 0)


def density_fit_estimate(
    fit: Float[Tensor, "samples chains batch latent"],
    fresh: Float[Tensor, "more others batch latent"],
    fresh_log_joint: Float[Tensor, "more others batch"],
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """1 / p(x) = E[q(z) / p(x, z)], z ~ p(z|x), with q fitted to other samples of p(z|x) (App. D).

    q is the even mixture of one Gaussian per chain. Gives log p(x), its standard error from the spread between chains,
    and the effective number of samples, (batch,) each; and log q(z) - log p(x, z) of each fresh sample. Biased high given exact
    posterior samples: -log is convex.

    The draws of a chain are alike, so its error and not its number of draws says what they are worth: the effective number is that
    of independent draws with this error, and at most that of the weights.
    """
    fit, fresh = fit.double(), fresh.double()
    loc = fit.mean(0)
    centred = fit - loc
    covariance = torch.einsum("scbi,scbj->cbij", centred, centred) / (len(fit) - 1)
    jitter = 1e-6 * covariance.diagonal(dim1=-2, dim2=-1).mean((0, -1))[:, None, None] + 1e-12
    scale = torch.linalg.cholesky(covariance + jitter * torch.eye(fit.shape[-1], dtype=fit.dtype, device=fit.device))
    components = torch.distributions.MultivariateNormal(loc, scale_tril=scale, validate_args=False)
    log_q = torch.stack([components.log_prob(z.unsqueeze(1)).logsumexp(1) for z in fresh]) - math.log(fit.shape[1])
    log_ratio = log_q - fresh_log_joint.double()
    per_chain = log_ratio.logsumexp(0) - math.log(len(fresh))
    log_mean = per_chain.logsumexp(0) - math.log(len(per_chain))
    error = (per_chain - log_mean).exp().std(0) / math.sqrt(len(per_chain))
    flat = log_ratio.flatten(0, 1)
    of_weights = (2.0 * flat.logsumexp(0) - (2.0 * flat).logsumexp(0)).exp()
    return -log_mean, error, torch.minimum(of_weights, 1.0 / (error.square() + 1.0 / len(flat))), log_ratio


# -- annealed importance sampling --------------------------------------------------------------------------------


def _ais(
    vae: VAE,
    x: Tensor,
    *,
    num_samples: int,
    generator: torch.Generator,
    watch: Watch = _ignore,
    num_temperatures: int = 1000,
    num_leapfrog: int = 5,
    posterior_sample: Tensor | None = None,
) -> Part:
    """A pilot run tunes the step sizes; then chains with those fixed, from the prior, or in reverse from exact samples
    of p(z|x). (A run that tunes itself would break E[w] = p(x).)"""
    betas = temperatures(num_temperatures)
    run = partial(anneal, lambda z: vae.decode(z).log_prob(x), num_leapfrog=num_leapfrog, generator=generator)
    shape = (num_samples, len(x), vae.config.latent_dim)
    pilot = draw_normal((_pilots(num_samples), *shape[1:]), like=vae, generator=generator)
    start = draw_normal(shape, like=vae, generator=generator)
    sizes = run(pilot, betas, step_sizes=torch.ones(len(x), dtype=start.dtype, device=start.device)).step_sizes
    if posterior_sample is None:
        annealed = run(start, betas, step_sizes=sizes)
    else:
        annealed = run(posterior_sample.expand(shape), betas.flip(0), step_sizes=sizes[::-1])
    sums = LogWeights([num_samples], len(x), x.device)
    sums.add(annealed.log_weight)
    watch(annealed.position, annealed.log_weight)
    passes = len(x) * _passes_of_annealing(vae, num_samples, num_temperatures, num_leapfrog)
    stuck = {STUCK: ~(annealed.acceptance.amin(0) >= LEAST_ACCEPTANCE)}
    mean, error, ess = sums.estimate()
    few = {FEW_CHAINS: ~(ess >= LEAST_SHARE_OF_CHAINS * num_samples)}
    part = Part(mean, error, ess, num_samples, passes, few | stuck)
    return part if posterior_sample is None else part._replace(mean=-part.mean)


def _pilots(num_samples: int) -> int:
    return max(2, num_samples // 4)


def _passes_of_annealing(vae: VAE, num_samples: int, num_temperatures: int, num_leapfrog: int) -> int:
    return (num_samples + _pilots(num_samples)) * (num_temperatures + (num_temperatures - 1) * num_leapfrog)


@in_full_precision
@torch.inference_mode(False)
@torch.no_grad()
def reverse_ais(
    vae: VAE,
    x: Float[Tensor, "batch data"],
    posterior_sample: Float[Tensor, "batch latent"],
    *,
    num_samples: int = 16,
    num_temperatures: int = 1000,
    num_leapfrog: int = 5,
    generator: torch.Generator,
) -> LogMarginal:
    """AIS backwards: a stochastic upper bound on log p(x), from E[1/w] = 1/p(x).

    Valid only if `posterior_sample` is an exact sample of p(z|x), as `simulate` gives for simulated x; for real images nobody
    has one. All chains of an image start there, so `std_error` does not include the error of that one sample.
    """
    check_pixels(vae, x)
    require_whole("num_samples", num_samples, 2)
    options: dict[str, Any] = {"num_temperatures": num_temperatures, "num_leapfrog": num_leapfrog}
    check_options("ais", options)
    passes_of_method(vae, len(x), "ais", {**options, "num_samples": num_samples})
    x, posterior_sample = ordinary(x), ordinary(posterior_sample)
    if posterior_sample.shape != (expected := (len(x), vae.config.latent_dim)):
        raise ValueError(f"posterior_sample must have the shape {expected}, got {tuple(posterior_sample.shape)}")
    pairs = zip(x.split(IMAGES_AT_A_TIME), posterior_sample.split(IMAGES_AT_A_TIME), strict=True)
    options |= {"num_samples": num_samples, "generator": generator}
    return _join([_ais(vae, x, posterior_sample=z, **options) for x, z in pairs], "ais-reverse", "upper")


class Bracket(NamedTuple):
    """Images drawn from the model, AIS from below and from above, and a warning when the two are far apart."""

    x: Tensor
    lower: LogMarginal
    upper: LogMarginal
    warnings: tuple[str, ...]


def ais_bracket(
    vae: VAE, num_images: int, *, num_samples: int = 16, num_temperatures: int = 1000, generator: torch.Generator
) -> Bracket:
    """How large the error of AIS with these settings can be, on images drawn from the model itself."""
    z, x = simulate(vae, num_images, generator=generator)
    options: dict[str, Any] = {"num_samples": num_samples, "num_temperatures": num_temperatures, "generator": generator}
    lower, upper = log_marginal(vae, x, method="ais", **options), reverse_ais(vae, x, z, **options)
    width = float((upper.mean - lower.mean).mean())
    wide = f"the bracket is {width:.2f} nats wide on average (more than {WIDEST_BRACKET:g}); use more temperatures"
    return Bracket(x, lower, upper, (wide,) if width > WIDEST_BRACKET else ())


# -- quadrature --------------------------------------------------------------------------------------------------


def _quadrature(vae: VAE, x: Tensor, *, tolerance: float = 1e-3) -> Part:
    """The trapezoid rule on `posterior_grid`."""
    grid = posterior_grid(vae, x, tolerance)
    problems = {COARSE: ~(grid.change <= tolerance), EDGE: grid.at_edge}
    return Part(grid.log_marginal, grid.change, None, None, grid.decoder_passes, problems)


class Method(NamedTuple):
    """A way to estimate log p(x). `estimate` gives a `Part`; `direction` says where its mean lies on average. `num_samples` is the
    default number (None: the method takes neither samples nor a generator), `least_samples` the smallest. `options` maps each
    further option to its least value, or to None if it is no whole number. `passes` gives the decoder passes for one image, of
    those numbers (None: the method bounds its work itself)."""

    estimate: Callable[..., Part]
    direction: str
    num_samples: int | None
    least_samples: int
    options: dict[str, int | None]
    passes: Callable[..., int] | None


METHODS = {
    "importance": Method(_importance, "lower", 5000, 1, {"proposal": None}, _passes_of_importance),
    "hmc": Method(
        _appendix_d,
        "upper",
        1024,
        2,
        {"num_chains": 2, "start": None, "num_warmup": 0, "num_leapfrog": 1},
        _passes_of_chains,
    ),
    "ais": Method(_ais, "lower", 16, 2, {"num_temperatures": 2, "num_leapfrog": 1}, _passes_of_annealing),
    "quadrature": Method(_quadrature, "exact", None, 0, {"tolerance": None}, None),
}


def part_of_draws(
    estimate: tuple[Tensor, Tensor, Tensor], count: int, passes: int, problems: dict[str, Tensor]
) -> Part:
    """`estimate` is the mean, its standard error and the effective sample size."""
    return Part(*estimate, count, passes, {LOW_ESS: ~(estimate[2] >= LEAST_ESS), **problems})


def _join(parts: list[Part], method: str, direction: str) -> LogMarginal:
    mean, std_error = (torch.cat([getattr(part, name) for part in parts]) for name in ("mean", "std_error"))
    require_defined("log p(x)", mean)
    pieces = [part.ess for part in parts if part.ess is not None]
    passes = sum(part.decoder_passes for part in parts)
    counts = {text: int(torch.cat([part.problems[text] for part in parts]).sum()) for text in parts[0].problems}
    warnings = [f"{count} of {len(mean)} images: {text}" for text, count in counts.items() if count]
    num_samples = parts[0].num_samples or passes
    ess = torch.cat(pieces) if pieces else None
    return LogMarginal(mean, std_error, ess, direction, method, num_samples, passes, tuple(warnings))
