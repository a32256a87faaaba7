"""Monte Carlo EM with HMC: the paper's baseline without an encoder (App. E)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple, final

import torch
from jaxtyping import Float
from torch import Tensor

from vae_core.algorithm import Algorithm, LogMarginalEstimate, StepInfo, generative_parameters, log_prior_of_parameters
from vae_core.autograd import needs_gradients
from vae_core.bounds import check_pixels, draw_eps
from vae_core.config import TrainConfig, require_number, require_whole
from vae_core.errors import NonFiniteBound
from vae_core.hmc import TARGET_ACCEPTANCE, evaluate, hmc_transition, tune_step_size
from vae_core.model import VAE
from vae_core.optim import ascend, learning_rate
from vae_core.parallel import ALONE, Group
from vae_core.posterior import grid_log_joint, log_joint
from vae_core.randomness import draw_normal

TUNING_GAIN = 0.2
MOST = 1_000_000  # no step does or draws more
SHOWN_IMAGES, SHOWN_MOVES = 2, 7  # of `own_pictures`


@dataclass(frozen=True)
class MCEMConfig:
    """How the posterior is sampled; `num_leapfrog` and `num_updates` are the paper's.

    The paper does not say where its chains start, and minibatches keep no chains. Here each chain starts at one of
    `num_candidates` draws from the prior, chosen in proportion to p(x|z), and makes `num_transitions` moves.
    """

    num_leapfrog: int = 10
    num_updates: int = 5
    num_transitions: int = 1
    num_candidates: int = 1000
    target_acceptance: float = TARGET_ACCEPTANCE
    first_step_size: float = 0.2

    def __post_init__(self) -> None:
        for name in ("num_leapfrog", "num_updates", "num_transitions", "num_candidates"):
            require_whole(name, getattr(self, name), 1)
            if getattr(self, name) > MOST:
                raise ValueError(f"{name} must be at most {MOST:,}, got {getattr(self, name):,}")
        require_number("target_acceptance", self.target_acceptance, above=0.0)
        require_number("first_step_size", self.first_step_size, above=0.0)


class Candidates(NamedTuple):
    """Draws z (candidates, latent) from the prior, and log p(x|z) of each image (batch, candidates) in nats."""

    z: Tensor
    log_lik: Tensor

    @property
    def log_marginal(self) -> Float[Tensor, " batch"]:
        """log of the mean p(x|z) over the draws: an estimate of log p(x) that is biased low. The bias is small with two latent
        dimensions and large with many, where few draws from the prior come near the posterior."""
        return self.log_lik.double().logsumexp(-1) - math.log(len(self.z))


@final
class MCEM(Algorithm):
    """E-step: z ~ p(z|x), nearly, by HMC. M-step: a few gradient steps up log p(x, z) in the generative parameters.

    It ascends log p(x) itself, without an encoder. In return each step costs num_transitions * num_leapfrog + 1 gradients of
    the decoder for each image before it learns anything.
    """

    name = "mcem"
    options_type = MCEMConfig

    @torch.inference_mode(False)  # the step size could not be restored later
    def __init__(self, vae: VAE, config: TrainConfig, group: Group = ALONE, options: MCEMConfig | None = None):
        if config.beta != 1.0:
            raise ValueError(f"beta must be 1 for MCEM, whose objective has no KL term to weigh, got {config.beta:g}")
        super().__init__(vae, config, group, generative_parameters(vae), options or MCEMConfig())
        self.step_size = torch.full((), self.options.first_step_size, dtype=vae.dtype, device=vae.device)
        self.acceptance = float("nan")

    @needs_gradients
    def step(
        self,
        x: Float[Tensor, "batch data"],
        *,
        num_train: int,
        generator: torch.Generator,
        step: int = 0,
        total_steps: int = 1,
    ) -> StepInfo:
        """Sample `num_samples` z for each image, then update the weights `num_updates` times with them.

        It reports an estimate of log p(x), the minibatch's mean before the update, from the candidates that the chains start
        at. It does not report the encoder's bound, since the encoder is not trained. `acceptance` and `step_size` show how
        well the sampler works.
        """
        rate = learning_rate(step, total_steps, self.config)
        draw_eps(self.vae, len(x), 1, generator)  # unused: the random stream stays that of version 0.1.0
        candidates = self.draw_candidates(x, generator)
        z = self.sample_posterior(x, candidates, generator)
        for _ in range(self.options.num_updates):
            objective = self.vae.decode(z).log_prob(x).mean()
            if self.config.objective == "map":
                objective = objective + log_prior_of_parameters(self.vae) / num_train
            ascend(self.optimizer, objective, rate, max_grad_norm=self.config.max_grad_norm)
        return StepInfo(LogMarginalEstimate(candidates.log_marginal.mean()), rate)

    def evaluate(self, x: Float[Tensor, "images data"], *, generator: torch.Generator) -> LogMarginalEstimate:
        """An estimate of log p(x) of each image, by importance sampling from the prior: see `Candidates`."""
        check_pixels(self.vae, x)
        return LogMarginalEstimate(self.draw_candidates(x, generator).log_marginal)

    def draw_candidates(self, x: Float[Tensor, "batch data"], generator: torch.Generator) -> Candidates:
        """The same draws from the prior for all images: one decoder pass each, and a matrix product."""
        z = draw_normal((self.options.num_candidates, self.vae.config.latent_dim), like=self.vae, generator=generator)
        return Candidates(z, grid_log_joint(self.vae, x, z) - self.vae.prior.log_prob(z))

    def draw_starts(self, candidates: Candidates, generator: torch.Generator) -> Float[Tensor, "samples batch latent"]:
        """`num_samples` candidates for each image, with repeats, in proportion to p(x|z)."""
        if not bool(torch.isfinite(candidates.log_lik).all()):
            raise NonFiniteBound("log p(x|z) of a minibatch is not finite at draws z from the prior")
        weights = candidates.log_lik.double().softmax(-1).to(generator.device)
        indices = torch.multinomial(weights, self.config.num_samples, replacement=True, generator=generator)
        return candidates.z[indices.T.to(candidates.z.device)]

    @needs_gradients
    def sample_posterior(
        self, x: Float[Tensor, "batch data"], candidates: Candidates, generator: torch.Generator
    ) -> Float[Tensor, "samples batch latent"]:
        """Draws from nearly p(z|x): candidates, resampled and then moved by HMC, whose step size is tuned further."""
        density = partial(log_joint, self.vae, x)
        point = evaluate(density, self.draw_starts(candidates, generator))
        options: dict[str, Any] = {"num_leapfrog": self.options.num_leapfrog, "generator": generator}
        for _ in range(self.options.num_transitions):
            point, info = hmc_transition(density, point, step_size=self.step_size, **options)
            self.step_size = tune_step_size(
                self.step_size, info.acceptance, TUNING_GAIN, self.options.target_acceptance
            )
            self.acceptance = float(info.acceptance.mean())
        return point.position

    @needs_gradients
    def own_pictures(self, x: Float[Tensor, "images data"], *, generator: torch.Generator) -> Float[Tensor, "_ _ data"]:
        """A row for each of the first SHOWN_IMAGES: the image, then the decoded means along its chain, which begins at a candidate."""
        x = x[:SHOWN_IMAGES]
        density = partial(log_joint, self.vae, x)
        point = evaluate(density, self.draw_starts(self.draw_candidates(x, generator), generator)[0])
        pictures = [x]
        for _ in range(SHOWN_MOVES):
            pictures.append(self.vae.decode(point.position).mean)
            options: dict[str, Any] = {"num_leapfrog": self.options.num_leapfrog, "generator": generator}
            point, _ = hmc_transition(density, point, step_size=self.step_size, **options)
        return torch.stack(pictures, 1).detach()

    def further_state(self) -> dict[str, Tensor]:
        """The step size of HMC, which every step tunes."""
        return {"hmc.step_size": self.step_size}
