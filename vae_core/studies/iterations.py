"""One iteration of Algorithm 1 in slow motion: all that `AEVB.step` computes, in its order."""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from vae_core.aevb import AEVB
from vae_core.bounds import draw_eps, elbo
from vae_core.config import ModelConfig, TrainConfig, require_whole
from vae_core.data.minibatches import Minibatches
from vae_core.distributions import reparameterize
from vae_core.model import VAE
from vae_core.randomness import seed_stream
from vae_core.training import start

SLOW = TrainConfig(batch_size=8, learning_rate=3e-3, seed=0)  # M = 8 and L = 1, small enough to look at
STEEPEST = 3  # weights of each network


class Weight(NamedTuple):
    """One weight in an iteration: its gradient (how the minibatch's mean bound rises, in nats for each unit that it grows; negative
    where the bound falls), and its value before and after the update."""

    gradient: float
    before: float
    after: float


class FirstMinibatch(NamedTuple):
    """The images of iteration 1 with its noise, at the weights before another iteration: x, the decoded means, and each image's bound
    in nats. With these, iterations can be compared: each of them takes other images."""

    x: np.ndarray
    decoded: np.ndarray
    elbo: np.ndarray


@dataclass(frozen=True, eq=False)
class Iteration:
    """One `AEVB.step` with L = 1: the minibatch x (M, data_dim), q's loc and scale, eps and z (M, latent), the decoded means
    (M, data_dim), the terms of the bound (M,) in nats, the gradient's norm in each tensor, the weights of each network
    with the largest gradients ("encoder 1" has the largest), how far all weights moved together; and what the same minibatch and eps give after the update.
    `first` is what the weights before this iteration give for the run's first minibatch; for a step alone, for its own."""

    x: np.ndarray
    loc: np.ndarray
    scale: np.ndarray
    eps: np.ndarray
    z: np.ndarray
    decoded: np.ndarray
    recon_log_lik: np.ndarray
    kl: np.ndarray
    gradient_norms: dict[str, float]
    steepest: dict[str, Weight]
    step_norm: float
    decoded_after: np.ndarray
    elbo_after: np.ndarray
    first: FirstMinibatch

    @property
    def elbo(self) -> np.ndarray:
        """The bound of each image before the update (M,), nats."""
        return self.recon_log_lik - self.kl

    @property
    def mean_elbo(self) -> float:
        """The minibatch's mean bound before the update, nats."""
        return float(self.elbo.mean())

    @property
    def mean_elbo_after(self) -> float:
        """The same after it, with the same eps."""
        return float(self.elbo_after.mean())

    @property
    def gain(self) -> float:
        """What the update added to the mean bound, nats."""
        return float(self.elbo_after.mean() - self.elbo.mean())


def iteration(
    model_config: ModelConfig, x: Float[Tensor, "images data"], number: int, *, config: TrainConfig = SLOW
) -> Iteration:
    """Iteration `number` (from 1) of a fresh run on the training images x: the same steps as `vc.fit` with a `FitState` that
    has the seed of `config`. It first trains up to there. ValueError for an algorithm other than AEVB."""
    require_whole("number", number, 1)
    algorithm, _ = start(model_config, config)
    if not isinstance(algorithm, AEVB):
        raise ValueError(f"algorithm must be aevb for a step in slow motion, got {config.algorithm!r}")
    batches, noise = Minibatches(x, config.binarization, config.batch_size, config.seed), torch.Generator()
    steps = {"num_train": batches.num_images, "total_steps": config.epochs * batches.steps_per_epoch}
    if number > steps["total_steps"]:
        raise ValueError(f"number must be at most {steps['total_steps']} (epochs={config.epochs}), got {number}")
    seed_stream(noise, config.seed, "noise", 0)
    first_x = batches.draw(0, noise)
    first_eps = draw_eps(algorithm.vae, len(first_x), 1, noise)
    for step in range(number - 1):
        seed_stream(noise, config.seed, "noise", step)
        algorithm.step(batches.draw(step, noise), generator=noise, step=step, **steps)
    first = _first_minibatch(algorithm.vae, first_x, first_eps)
    seed_stream(noise, config.seed, "noise", number - 1)
    trace = trace_step(algorithm, batches.draw(number - 1, noise), generator=noise, step=number - 1, **steps)
    return replace(trace, first=first)


@torch.no_grad()
def _first_minibatch(vae: VAE, x: Tensor, eps: Tensor) -> FirstMinibatch:
    z = reparameterize(vae.encode(x), eps)[0]
    return FirstMinibatch(x.numpy(), vae.decode(z).mean.numpy(), elbo(vae, x, eps=eps).elbo.numpy())


def trace_step(
    algorithm: AEVB,
    x: Float[Tensor, "batch data"],
    *,
    num_train: int,
    generator: torch.Generator,
    step: int = 0,
    total_steps: int = 1,
) -> Iteration:
    """Take `algorithm.step` with these arguments, and look at what it computes. Its noise comes from a copy of the
    generator, so that both draw the same. ValueError unless L, the algorithm's num_samples, is 1."""
    if algorithm.config.num_samples != 1:
        raise ValueError(f"num_samples must be 1 for a step in slow motion, got {algorithm.config.num_samples}")
    before, same_noise = copy.deepcopy(algorithm.vae), torch.Generator()
    same_noise.set_state(generator.get_state())
    algorithm.step(x, num_train=num_train, generator=generator, step=step, total_steps=total_steps)
    after = algorithm.vae
    with torch.no_grad():
        q = before.encode(x)  # q(z|x), eq. 9
        eps = draw_eps(before, len(x), 1, same_noise)  # eps ~ N(0, I)
        z = reparameterize(q, eps)[0]  # z = mu + sigma * eps, eq. 4
        bound = elbo(before, x, eps=eps)  # log p(x|z) - KL, eq. 7
        gradients = ((name, parameter.grad) for name, parameter in after.named_parameters())  # the step's, eq. 8
        weights = zip(after.parameters(), before.parameters(), strict=True)
        squares = sum(
            ((new - old).square().sum() for new, old in weights), start=torch.zeros((), dtype=x.dtype, device=x.device)
        )
        z_after = reparameterize(after.encode(x), eps)[0]
        return Iteration(
            x=x.numpy(),
            loc=q.base_dist.loc.numpy(),
            scale=q.base_dist.scale.numpy(),
            eps=eps[0].numpy(),
            z=z.numpy(),
            decoded=before.decode(z).mean.numpy(),
            recon_log_lik=bound.recon_log_lik.numpy(),
            kl=bound.kl.numpy(),
            gradient_norms={name: float(gradient.norm()) for name, gradient in gradients if gradient is not None},
            steepest=_steepest(before, after, "encoder") | _steepest(before, after, "decoder"),
            step_norm=float(squares.sqrt()),
            decoded_after=after.decode(z_after).mean.numpy(),
            elbo_after=elbo(after, x, eps=eps).elbo.numpy(),
            first=_first_minibatch(before, x, eps),
        )


def _steepest(before: VAE, after: VAE, part: str) -> dict[str, Weight]:
    """The weights of one network on which the bound depends most. A parameter's `grad` is that of what training descends."""
    pairs = zip(before.named_parameters(), after.parameters(), strict=True)
    own = [(-new.grad, old, new) for (name, old), new in pairs if name.startswith(part) and new.grad is not None]
    gradients, olds, news = (torch.cat([tensor.flatten() for tensor in tensors]) for tensors in zip(*own, strict=True))
    places = gradients.abs().topk(min(STEEPEST, len(gradients))).indices
    rows = zip(*(values[places].tolist() for values in (gradients, olds, news)), strict=True)
    return {f"{part} {number}": Weight(*row) for number, row in enumerate(rows, 1)}
