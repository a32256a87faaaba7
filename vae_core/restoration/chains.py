"""The chains of each method, a state at a time."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from vae_core.adaptive import NUM_CANDIDATES
from vae_core.config import require_choice, require_whole
from vae_core.distributions import reparameterize
from vae_core.errors import described
from vae_core.hmc import evaluate, hmc_transition, tune_step_size
from vae_core.importance import resample
from vae_core.model import VAE, require_passes
from vae_core.randomness import draw_normal, draw_uniform, require_generator
from vae_core.restoration.observations import Observation, require_observation
from vae_core.restoration.proposals import (
    PROPOSAL_PASSES,
    adapt_proposal,
    as_model_dtype,
    log_density,
    log_density_in_pieces,
)

METHODS = ("posterior", "pseudo_gibbs", "metropolis_within_gibbs", "gradient")
NUM_CHAINS, NUM_STEPS, NUM_LEAPFROG = 32, 12, 5
WARM_STEPS = 20  # pseudo-Gibbs before Metropolis-within-Gibbs, as its authors start it
LEARNING_RATE = 0.05  # for gradient ascent in z


class ChainState(NamedTuple):
    """Where the chains are after `step` steps: z (chains, batch, latent), x (chains, batch, data) drawn (for "gradient":
    the mean) given z and y, log p(z, y) in nats and the probability with which this step was accepted (chains, batch)."""

    step: int
    z: Tensor
    x: Tensor
    log_joint: Tensor
    acceptance: Tensor


# -- step by step ------------------------------------------------------------------------------------------------


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
    resampling, which tunes its step size over the first 12 transitions; the others start at draws of the prior, and
    "metropolis_within_gibbs" after WARM_STEPS steps of "pseudo_gibbs" from there. With `start` (chains, batch, latent) all chains
    start there, and `num_chains` is not used."""
    require_choice("method", method, METHODS)
    require_whole("num_chains", num_chains, 1)
    require_generator(generator)
    require_observation(observation)
    observation.check(vae.config, y)
    y = as_model_dtype(vae, y)
    shape = (len(y), vae.config.latent_dim)
    if start is not None and (not isinstance(start, Tensor) or start.ndim != 3 or start.shape[1:] != shape):
        raise ValueError(f"start must have the shape (chains, {shape[0]}, {shape[1]}), got {described(start)}")
    chains: dict[str, Callable[..., Iterator[ChainState]]] = {
        "posterior": _hmc_chain,
        "pseudo_gibbs": partial(_gibbs_chain, corrected=False),
        "metropolis_within_gibbs": partial(_gibbs_chain, corrected=True),
        "gradient": _ascent,
    }
    return _in_own_mode(chains[method](vae, y, observation, num_chains, start, generator))


def _in_own_mode(chain: Iterator[ChainState]) -> Iterator[ChainState]:
    """The states, each computed outside of inference mode, for HMC and ascent need gradients; between them the caller's mode holds."""
    while True:
        with torch.inference_mode(False), torch.no_grad():
            state = next(chain)
        yield state


def passes_of_steps(method: str, num_steps: int) -> int:
    """Decoder passes of one chain from its start to this step, of the methods other than "posterior"."""
    others = {"pseudo_gibbs": 0, "metropolis_within_gibbs": num_steps + WARM_STEPS + 1, "gradient": num_steps + 1}
    return num_steps + 1 + others[method]


def passes_of_hmc(num_samples: int, num_chains: int, num_steps: int) -> int:
    """Decoder passes for one image of the chains of "posterior" that `restore` makes, with those for where they start."""
    num_chains = min(num_chains, num_samples)
    samples_per_chain = -(-num_samples // num_chains)
    per_chain = 1 + (num_steps + samples_per_chain) * NUM_LEAPFROG  # 1: where the chain starts
    return PROPOSAL_PASSES + NUM_CANDIDATES + per_chain * num_chains


def require_chain_passes(
    vae: VAE, num_images: int, method: str, num_samples: int, num_chains: int | None, num_steps: int | None
) -> None:
    """TooLarge where `restore` would need more decoder passes than anybody waits for, with the number to lower."""
    if method == "posterior":
        passes = passes_of_hmc(num_samples, num_chains or NUM_CHAINS, num_steps or NUM_STEPS)
    else:
        passes = passes_of_steps(method, num_steps or 300) * min(num_samples, num_chains or num_samples)
    numbers = {"num_samples": num_samples, "num_chains": num_chains or 1, "num_steps": num_steps or 1}
    largest = max(numbers, key=lambda name: numbers[name])
    what, remedy = f"{largest} (={numbers[largest]:,}) for {num_images:,} images", f"choose a smaller {largest}"
    require_passes(vae, passes * num_images, what, remedy, gradients=method in ("posterior", "gradient"))


def _hmc_chain(
    vae: VAE, y: Tensor, observation: Observation, num_chains: int, start: Tensor | None, generator: torch.Generator
) -> Iterator[ChainState]:
    proposal = adapt_proposal(vae, y, observation, generator)
    if start is None:
        start, _ = resample(log_density_in_pieces(vae, y, observation), proposal, num_chains, generator)

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
    with the probability min(1, p(x, z') q(z|x) / (p(x, z) q(z'|x))) (`corrected`). A corrected chain that starts at a draw of the
    prior hardly ever moves: there z fits no y, so the x of a chain is unlike any image, and the encoder's z' is refused."""
    if corrected and start is None:
        warm = _gibbs_chain(vae, y, observation, num_chains, None, generator, corrected=False)
        start = next(state.z for state in warm if state.step == WARM_STEPS)
    z = (
        draw_normal((num_chains, len(y), vae.config.latent_dim), like=y, generator=generator)
        if start is None
        else start
    )
    acceptance = torch.ones_like(z[..., 0])
    for step in itertools.count():
        p = vae.decode(z)
        x = observation.sample_x(p, y, generator=generator)
        yield ChainState(step, z, x, observation.log_prob(p, y) + vae.prior.log_prob(z), acceptance)
        q = vae.encode(x)
        proposal = reparameterize(q, draw_normal(tuple(z.shape), like=y, generator=generator))
        if corrected:
            log_p = vae.decode(proposal).log_prob(x) + vae.prior.log_prob(proposal)
            log_ratio = log_p - p.log_prob(x) - vae.prior.log_prob(z) + q.log_prob(z) - q.log_prob(proposal)
            acceptance = log_ratio.clamp(max=0.0).exp()
            accepted = draw_uniform(acceptance.shape, like=acceptance, generator=generator) < acceptance
            proposal = torch.where(accepted[..., None], proposal, z)
        z = proposal


def _ascent(
    vae: VAE, y: Tensor, observation: Observation, num_chains: int, start: Tensor | None, generator: torch.Generator
) -> Iterator[ChainState]:
    """Adam up log p(z, y)."""
    z = (
        draw_normal((num_chains, len(y), vae.config.latent_dim), like=y, generator=generator)
        if start is None
        else start.clone()
    )
    target = partial(log_density, vae, y, observation)
    optimizer = torch.optim.Adam([z], lr=LEARNING_RATE, maximize=True)
    for step in itertools.count():
        point = evaluate(target, z)
        x = observation.mean_x(vae.decode(z), y)
        yield ChainState(step, z.clone(), x, point.log_density, torch.ones_like(point.log_density))
        z.grad = point.gradient
        with z.device:  # where torch makes its count of the steps
            optimizer.step()
