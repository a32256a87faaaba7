"""The wake-sleep algorithm: the paper's baseline with the same recognition model (sec. 5)."""

from __future__ import annotations

from typing import final

import torch
from jaxtyping import Float
from torch import Tensor

from vae_core.algorithm import Algorithm, StepInfo, log_prior_of_parameters
from vae_core.autograd import needs_gradients
from vae_core.bounds import Bound, draw_eps
from vae_core.config import TrainConfig
from vae_core.distributions import kl_to_standard_normal, reparameterize
from vae_core.model import VAE
from vae_core.optim import ascend, learning_rate
from vae_core.parallel import ALONE, Group
from vae_core.posterior import simulate

DREAMS = 8  # that are shown


@final
class WakeSleep(Algorithm):
    """Two objectives that are not one: awake, the decoder learns from codes of real images; asleep, the encoder learns
    to recognise the codes of dreamt ones.

    Wake: ascend E_q(z|x)[log p(x, z)] in the generative parameters. Sleep: ascend E_p(x, z)[log q(z|x)] in the
    recognition parameters, which minimises KL(p(z|x) || q(z|x)), the reverse of the bound's KL, on dreams. The bound need not
    rise; log p(x) rises if q is close to the posterior. Costs about two AEVB steps.
    """

    name = "wake_sleep"

    def __init__(self, vae: VAE, config: TrainConfig, group: Group = ALONE):
        if config.beta != 1.0:
            raise ValueError(
                f"beta must be 1 for wake-sleep, whose objective has no KL term to weigh, got {config.beta:g}"
            )
        super().__init__(vae, config, group, dict(vae.named_parameters()))

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
        """One wake and one sleep update, with `num_samples` codes per image and as many dreams in all. The bound
        reported is the minibatch's, before the update. For MAP, log p(theta) / num_train is added."""
        rate = learning_rate(step, total_steps, self.config)
        num_samples = self.config.num_samples
        with torch.no_grad():
            q = self.vae.encode(x)
            z = reparameterize(q, draw_eps(self.vae, len(x), num_samples, generator))
            kl = kl_to_standard_normal(q).mean()
        recon_log_lik = self.vae.decode(z).log_prob(x).mean()
        dream_z, dream_x = simulate(self.vae, num_samples * len(x), generator=generator)
        objective = recon_log_lik + self.vae.encode(dream_x).log_prob(dream_z).mean()
        if self.config.objective == "map":
            objective = objective + log_prior_of_parameters(self.vae) / num_train
        ascend(self.optimizer, objective, rate, max_grad_norm=self.config.max_grad_norm)
        recon_log_lik = recon_log_lik.detach()
        return StepInfo(Bound(recon_log_lik - kl, recon_log_lik, kl), rate)

    @torch.no_grad()
    def own_pictures(
        self, x: Float[Tensor, "images data"], *, generator: torch.Generator
    ) -> Float[Tensor, "2 dreams data"]:
        """Above, dreams: x ~ p(x|z) with z ~ p(z). Below, each dream decoded at the mean of its q(z|x). The encoder learns from dreams
        alone."""
        _, dreams = simulate(self.vae, DREAMS, generator=generator)
        return torch.stack([dreams, self.vae.decode(self.vae.encode(dreams).mean).mean])
