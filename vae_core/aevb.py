"""Auto-Encoding Variational Bayes: Algorithm 1, one minibatch at a time."""

from __future__ import annotations

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from vae_core.backprop import backpropagate, has_gradient_by_hand
from vae_core.bounds import Bound, draw_eps, sgvb
from vae_core.config import TrainConfig
from vae_core.model import VAE
from vae_core.optim import ascend, build_optimizer, learning_rate, load_moment_tensors, moment_tensors, update
from vae_core.parallel import ALONE, Group


class StepInfo(NamedTuple):
    """What a human watches of one step: the minibatch's mean bound (beta = 1, nats per datapoint, before the
    update) and the learning rate that was used."""

    bound: Bound
    learning_rate: float


class AEVB:
    """Stochastic gradient ascent on the bound in generative and recognition parameters at once (Algorithm 1).

    In a `group` of processes that make the same steps with the same generators, each computes the gradients of its
    rows of the minibatch."""

    def __init__(self, vae: VAE, config: TrainConfig, group: Group = ALONE):
        self.vae, self.config, self.group = vae, config, group
        self.optimizer = build_optimizer(vae.parameters(), config)

    def step(
        self,
        x: Float[Tensor, "batch data"],
        *,
        num_train: int,
        generator: torch.Generator,
        step: int = 0,
        total_steps: int = 1,
    ) -> StepInfo:
        """One iteration of Algorithm 1 on a minibatch of `num_train` datapoints. Draws eps from `generator`.

        The objective is eq. (8) divided by N = num_train: the minibatch's mean bound, plus log p(theta) / N for MAP.
        `step` of `total_steps` sets the learning rate. Raises NonFiniteBound, with the parameters untouched, when the
        bound is not finite.
        """
        rows, copies = self.group.rows(len(x))
        eps = draw_eps(self.vae, len(x), self.config.num_samples, generator)[:, rows]
        beta, share = self.config.beta, 1.0 / (len(x) * copies)  # of this process in the mean
        by_hand = self.config.estimator == "B" and self.config.objective == "ml" and has_gradient_by_hand(self.vae)
        if by_hand:
            bound = backpropagate(self.vae, x[rows], eps, beta=beta, weight=share)
        else:
            bound = sgvb(self.vae, x[rows], estimator=self.config.estimator, eps=eps)
        means = share * torch.stack(bound).sum(1)
        objective = means[0] if beta == 1.0 else means[1] - beta * means[2]
        if self.config.objective == "map":
            objective = objective + log_prior_of_parameters(self.vae) / (num_train * self.group.size)
        rate = learning_rate(step, total_steps, self.config)
        watched = means.detach()
        if by_hand:
            update(self.optimizer, objective, rate, self.group, watched)
        else:
            ascend(self.optimizer, objective, rate, self.group, watched)
        return StepInfo(Bound(*watched), rate)

    def state_tensors(self) -> dict[str, Tensor]:
        """All that the next step depends on, by name: parameters and the optimiser's moments (not copied)."""
        model = {f"model.{name}": tensor for name, tensor in self.vae.state_dict().items()}
        return model | moment_tensors(self.optimizer, dict(self.vae.named_parameters()))

    @torch.no_grad()
    def load_state_tensors(self, tensors: dict[str, Tensor]) -> None:
        """Copy in what `state_tensors` gave, of this or of an equal algorithm; ValueError for anything else."""
        parameters = dict(self.vae.named_parameters())
        for name, tensor in tensors.items():
            kind, _, rest = name.partition(".")
            if kind == "model":
                parameters[rest].copy_(tensor)
            elif kind != "optimizer":
                raise ValueError(f"{name!r} is no tensor of AEVB")
        load_moment_tensors(self.optimizer, parameters, tensors)


def log_prior_of_parameters(vae: VAE) -> Tensor:
    """log p(theta) with p(theta) = N(0, I) over the generative parameters, in nats, up to its constant (sec. 5). The
    recognition parameters phi have no prior: they are no part of the model."""
    theta = [parameter for name, parameter in vae.named_parameters() if not name.startswith("encoder.")]
    return -0.5 * sum(parameter.square().sum() for parameter in theta)
