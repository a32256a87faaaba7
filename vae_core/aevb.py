"""Auto-Encoding Variational Bayes: Algorithm 1, one minibatch at a time."""

from __future__ import annotations

from typing import final

import torch
from jaxtyping import Float
from torch import Tensor

from vae_core.algorithm import Algorithm, LogMarginalEstimate, StepInfo, log_prior_of_parameters
from vae_core.autograd import needs_gradients
from vae_core.backprop import backpropagate, backpropagate_importance, has_gradient_by_hand
from vae_core.bounds import (
    IMPORTANCE_ESTIMATORS,
    Bound,
    draw_eps,
    estimate_bound,
    estimate_importance_bound,
    importance_bound,
    sgvb,
)
from vae_core.config import OBJECTIVES, TrainConfig, require_choice
from vae_core.model import VAE
from vae_core.optim import learning_rate, update
from vae_core.parallel import ALONE, Group


@final
class AEVB(Algorithm):
    """Stochastic gradient ascent on the bound in generative and recognition parameters at once (Algorithm 1).

    In a `group`, all processes make the same steps with the same generators, and each computes the gradients of its own rows
    of the minibatch."""

    name = "aevb"
    objectives = OBJECTIVES
    splits_minibatches = True

    def __init__(self, vae: VAE, config: TrainConfig, group: Group = ALONE):
        if config.objective == "iwae":
            require_choice("estimator of the objective 'iwae'", config.estimator, IMPORTANCE_ESTIMATORS)
            if config.beta != 1.0:
                raise ValueError(
                    f"beta must be 1 for the objective 'iwae', which has no KL term to weigh, got {config.beta:g}"
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
        """The objective is eq. (8) divided by N = num_train: the minibatch's mean bound, plus log p(theta) / N for MAP. With
        "iwae" the bound is the importance-weighted one."""
        config, rate = self.config, learning_rate(step, total_steps, self.config)
        rows, copies = self.group.rows(len(x))
        share = 1.0 / (len(x) * copies)  # the weight of a datapoint in the minibatch's mean

        eps = draw_eps(self.vae, len(x), config.num_samples, generator)[:, rows]
        by_hand = config.estimator != "A" and config.objective != "map" and has_gradient_by_hand(self.vae)
        bound: Bound | LogMarginalEstimate
        if by_hand and config.objective == "iwae":  # the bound and its gradient in one pass
            bound = LogMarginalEstimate(backpropagate_importance(self.vae, x[rows], eps, weight=share))
        elif by_hand:
            bound = backpropagate(self.vae, x[rows], eps, estimator=config.estimator, beta=config.beta, weight=share)
        elif config.objective == "iwae":
            bound = LogMarginalEstimate(importance_bound(self.vae, x[rows], estimator=config.estimator, eps=eps))
        else:
            bound = sgvb(self.vae, x[rows], estimator=config.estimator, eps=eps)
        mean = share * torch.stack(bound).sum(1)
        objective = mean[0] if config.beta == 1.0 else mean[1] - config.beta * mean[2]
        if config.objective == "map":
            objective = objective + log_prior_of_parameters(self.vae) / (num_train * self.group.size)
        if not by_hand:
            self.optimizer.zero_grad(set_to_none=True)
            (-objective).backward()  # the loss
        terms = mean.detach()
        update(self.optimizer, objective.detach(), rate, self.group, terms, max_grad_norm=self.config.max_grad_norm)
        return StepInfo(type(bound)(*terms), rate)

    def evaluate(self, x: Float[Tensor, "images data"], *, generator: torch.Generator) -> Bound | LogMarginalEstimate:
        """The bound of each image; for the objective "iwae" the importance-weighted one, with as many draws as in training."""
        if self.config.objective != "iwae":
            return estimate_bound(self.vae, x, generator=generator)
        return LogMarginalEstimate(
            estimate_importance_bound(self.vae, x, num_samples=self.config.num_samples, generator=generator)
        )
