"""Hamiltonian Monte Carlo and annealed importance sampling: many chains at once on any differentiable log density.

A log density is a function of positions `(*chains, dim)` that gives `(*chains,)` in nats, up to a constant; the value
of a chain depends on that chain's position alone. Nothing here depends on models or bounds.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from vae_core.autograd import constant_weights, ordinary
from vae_core.config import require_number, require_whole
from vae_core.randomness import draw_normal, draw_uniform
from vae_core.sizes import require_memory

LogDensity = Callable[[Tensor], Tensor]
DOUBLE_BYTES = 8
TARGET_ACCEPTANCE = 0.9
JITTER = 0.3


class Point(NamedTuple):
    """Where the chains are, with the log density and its gradient there."""

    position: Tensor
    log_density: Tensor
    gradient: Tensor


class TransitionInfo(NamedTuple):
    """What one transition reports, `(*chains,)` each: the probability of acceptance, whether the proposal was
    accepted, and the energy error of the trajectory in nats (0 for an exact integrator, inf where it diverged)."""

    acceptance: Tensor
    accepted: Tensor
    energy_error: Tensor


class Samples(NamedTuple):
    """Positions `(samples, *chains, dim)` after tuning, their log densities, the mean probability of acceptance of each
    chain, where the chains ended, and the step size that was used."""

    positions: Tensor
    log_densities: Tensor
    acceptance: Tensor
    end: Point
    step_size: Tensor


def evaluate(log_density: LogDensity, position: Float[Tensor, "*chains dim"]) -> Point:
    """The log density and its gradient at a position: one pass forward and one back. It works in inference mode too, if the density
    holds no tensor that was made in it (`autograd.ordinary`)."""
    with torch.inference_mode(False), torch.enable_grad(), constant_weights():
        position = ordinary(position).detach().requires_grad_()
        value = log_density(position)
        (gradient,) = torch.autograd.grad(value.sum(), position)
    return Point(position.detach(), value.detach(), gradient)


def leapfrog(
    log_density: LogDensity, start: Point, momentum: Float[Tensor, "*chains dim"], step_size: Tensor, num_steps: int
) -> tuple[Point, Float[Tensor, "*chains dim"]]:
    """`num_steps` leapfrog steps of the dynamics with energy -log_density + |momentum|^2 / 2.

    A pure function; volume preserving, and reversible: from the end with the momentum negated it returns to the start.
    The energy error of a path of fixed length falls with the square of the step size. Costs one `evaluate` a step.
    """
    require_whole("num_steps", num_steps, 1)
    point, size = start, step_size.unsqueeze(-1)
    for _ in range(num_steps):
        momentum = momentum + 0.5 * size * point.gradient
        point = evaluate(log_density, point.position + size * momentum)
        momentum = momentum + 0.5 * size * point.gradient
    return point, momentum


def hmc_transition(
    log_density: LogDensity, start: Point, *, step_size: Tensor, num_leapfrog: int, generator: torch.Generator
) -> tuple[Point, TransitionInfo]:
    """Draw a momentum, follow it, accept or stay (Metropolis): leaves the density invariant for every step size.

    `step_size` has a shape that broadcasts against the chains'. Each chain uses it times a fresh factor from 0.7 to
    1.3: trajectories of one length can end where they began, and then chains accept everything and explore nothing. A
    trajectory that leaves the region where the density is finite is rejected.
    """
    jitter = 1.0 + JITTER * (
        2.0 * draw_uniform(start.log_density.shape, like=start.log_density, generator=generator) - 1.0
    )
    momentum = draw_normal(start.position.shape, like=start.position, generator=generator)
    proposal, end_momentum = leapfrog(log_density, start, momentum, step_size * jitter, num_leapfrog)
    kinetic_gain = 0.5 * (end_momentum.square().sum(-1) - momentum.square().sum(-1))
    energy_error = torch.nan_to_num(
        start.log_density - proposal.log_density + kinetic_gain, nan=math.inf, posinf=math.inf
    )
    acceptance = torch.exp(-energy_error.clamp(min=0.0))
    accepted = draw_uniform(acceptance.shape, like=acceptance, generator=generator) < acceptance
    return _select(accepted, proposal, start), TransitionInfo(acceptance, accepted, energy_error)


def tune_step_size(
    step_size: Tensor, acceptance: Float[Tensor, "*chains"], gain: float, target: float = TARGET_ACCEPTANCE
) -> Tensor:
    """One stochastic approximation step of log step_size towards the target acceptance.

    `step_size` is a scalar (shared by all chains) or has the shape of the last axes of the chains: each entry looks at
    the mean acceptance of the chains that share it. It falls nine times faster than it rises: start from above.
    """
    shared = tuple(range(acceptance.ndim - step_size.ndim))
    mean = acceptance.mean(shared) if shared else acceptance
    return step_size * torch.exp(gain * (mean - target))


def hmc_sample(
    log_density: LogDensity,
    start: Float[Tensor, "*chains dim"],
    *,
    num_samples: int,
    num_warmup: int,
    num_leapfrog: int = 10,
    step_size: Tensor,
    target: float = TARGET_ACCEPTANCE,
    generator: torch.Generator,
) -> Samples:
    """`num_warmup` transitions that tune the step size and are thrown away, then `num_samples` with it fixed.

    The step size kept is the geometric mean over the second half of the warm-up. With `num_warmup=0` it stays as
    given. Costs 1 + (num_warmup + num_samples) * num_leapfrog evaluations of each chain.
    """
    require_whole("num_samples", num_samples, 1)
    require_whole("num_warmup", num_warmup, 0)
    require_whole("num_leapfrog", num_leapfrog, 1)
    require_number("target", target, above=0.0)
    require_memory(
        start.numel() * start.dtype.itemsize * num_samples, f"num_samples (={num_samples:,}) of HMC", "choose fewer"
    )
    point, log_sizes = evaluate(log_density, start), []
    options: dict[str, Any] = {"num_leapfrog": num_leapfrog, "generator": generator}
    for i in range(num_warmup):
        point, info = hmc_transition(log_density, point, step_size=step_size, **options)
        step_size = tune_step_size(step_size, info.acceptance, gain=(1 + i) ** -0.5, target=target)
        log_sizes.append(step_size.log())
    if log_sizes:
        step_size = torch.stack(log_sizes[num_warmup // 2 :]).mean(0).exp()
    points, acceptance = [], torch.zeros_like(point.log_density)
    for _ in range(num_samples):
        point, info = hmc_transition(log_density, point, step_size=step_size, **options)
        points.append(point)
        acceptance = acceptance + info.acceptance / num_samples
    positions = torch.stack([p.position for p in points])
    log_densities = torch.stack([p.log_density for p in points])
    return Samples(positions, log_densities, acceptance, point, step_size)


# -- annealing ---------------------------------------------------------------------------------------------------


def temperatures(num_temperatures: int, first: float = 1e-4) -> Float[Tensor, " temperatures"]:
    """0 = beta_0 < ... < beta_T = 1, evenly spaced up to about `first` and geometrically above it.

    Once the likelihood dominates, the spread of log p(x|z) falls as 1 / beta, so equal ratios are equal effort; evenly
    spaced temperatures would spend nearly all of it at the end and jump past the start.
    """
    require_whole("num_temperatures", num_temperatures, 2)
    require_memory(4 * DOUBLE_BYTES * num_temperatures, f"num_temperatures (={num_temperatures:,})", "choose fewer")
    t = torch.linspace(0.0, 1.0, num_temperatures + 1, dtype=torch.float64, device="cpu")
    rate = math.log(1.0 / first)
    return torch.expm1(rate * t) / math.expm1(rate)


class Annealed(NamedTuple):
    """What annealing gives: the log weight of each chain (float64), the step size used at each temperature, the mean acceptance of
    each chain, and where each chain stood last (*chains, dim), at the last temperature but one."""

    log_weight: Tensor
    step_sizes: list[Tensor]
    acceptance: Tensor
    position: Tensor


def anneal(
    log_likelihood: LogDensity,
    start: Float[Tensor, "*chains dim"],
    betas: Float[Tensor, " temperatures"],
    *,
    step_sizes: list[Tensor] | Tensor,
    num_leapfrog: int,
    generator: torch.Generator,
) -> Annealed:
    """Annealed importance sampling between N(0, I) at beta = 0 and N(0, I) * likelihood at beta = 1 (Neal 2001).

    With `betas` rising from 0 to 1 and `start` ~ N(0, I): E[exp(log_weight)] = p(x), so their log-mean-exp is biased
    low. With `betas` falling and `start` ~ p(z|x) exactly: E[exp(log_weight)] = 1 / p(x).

    A list of `step_sizes`, one a temperature, is used as it is. A single tensor is where tuning starts, and then it
    changes with what the chains did, which voids both equations: use such a run only as a pilot for its step sizes.
    Costs T + (T - 1) * num_leapfrog evaluations of each chain, with T + 1 temperatures.
    """
    require_whole("num_leapfrog", num_leapfrog, 1)
    size = step_sizes if isinstance(step_sizes, Tensor) else step_sizes[0]
    position, used_sizes = start, []
    log_weight = torch.zeros(start.shape[:-1], dtype=torch.float64, device=start.device)
    acceptance = torch.zeros(start.shape[:-1], dtype=start.dtype, device=start.device)
    for i in range(1, len(betas)):
        likelihood = evaluate(log_likelihood, position)
        log_weight = log_weight + (betas[i] - betas[i - 1]) * likelihood.log_density.double()
        if i == len(betas) - 1:
            break
        beta = float(betas[i])
        point = Point(
            position,
            _log_normal(position) + beta * likelihood.log_density,
            beta * likelihood.gradient - position,
        )
        if not isinstance(step_sizes, Tensor):
            size = step_sizes[i - 1]
        used_sizes.append(size)

        def log_density(z: Tensor, beta: float = beta) -> Tensor:
            return _log_normal(z) + beta * log_likelihood(z)

        point, info = hmc_transition(log_density, point, step_size=size, num_leapfrog=num_leapfrog, generator=generator)
        position, acceptance = point.position, acceptance + info.acceptance / (len(betas) - 2)
        if isinstance(step_sizes, Tensor):
            size = tune_step_size(size, info.acceptance, gain=0.5)
    return Annealed(log_weight, used_sizes, acceptance, position)


def _log_normal(z: Tensor) -> Tensor:
    return -0.5 * (z.square() + math.log(2.0 * math.pi)).sum(-1)


def _select(accepted: Bool[Tensor, "*chains"], proposal: Point, start: Point) -> Point:
    wide = accepted.unsqueeze(-1)
    return Point(
        torch.where(wide, proposal.position, start.position),
        torch.where(accepted, proposal.log_density, start.log_density),
        torch.where(wide, proposal.gradient, start.gradient),
    )
