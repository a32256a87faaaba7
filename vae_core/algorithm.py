"""What an algorithm is: it improves a VAE minibatch by minibatch, and its state is all that its next step needs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import asdict
from typing import Any, ClassVar, NamedTuple, final

import torch
from jaxtyping import Float
from torch import Tensor

from vae_core.bounds import estimate_bound
from vae_core.config import TrainConfig
from vae_core.model import VAE
from vae_core.optim import build_optimizer, load_moment_tensors, moment_tensors
from vae_core.parallel import Group


class StepInfo(NamedTuple):
    """What one step reports: the minibatch's mean terms (nats per datapoint, before the update) and the learning rate of the
    step. The terms are a `Bound` with beta = 1; Monte Carlo EM and full VB have other terms, with the names of the fields of
    `History`'s records."""

    bound: Any
    learning_rate: float


class LogMarginalEstimate(NamedTuple):
    """What stands in place of a bound with its two terms: log p(x) in nats, estimated and biased low."""

    log_marginal: Tensor


class Algorithm(ABC):
    """The frame of AEVB, wake-sleep, Monte Carlo EM and full VB: the model, the optimiser, and the state as tensors.

    A subclass is final and defines `step`. It also defines `evaluate` if its curve is not the encoder's bound, and
    `further_state` if its next step depends on more than the parameters and the optimiser's moments.

    `name` replaces `TrainConfig.algorithm` in the config. `options_type` is the dataclass of the options that only this
    algorithm has; files keep them in their header.
    """

    name: ClassVar[str]
    options_type: ClassVar[type | None] = None
    objectives: ClassVar[tuple[str, ...]] = ("ml", "map")  # those of `TrainConfig.objective` that it can ascend
    splits_minibatches: ClassVar[bool] = False  # whether a group's processes can share a minibatch

    def __init__(self, vae: VAE, config: TrainConfig, group: Group, parameters: dict[str, Tensor], options: Any = None):
        if group.size > 1 and not self.splits_minibatches:
            raise ValueError(
                f"algorithm must be one whose minibatches a group of {group.size} processes can share, got {self.name!r}: "
                "start it in one process, without torchrun"
            )
        if config.objective not in self.objectives:
            raise ValueError(
                f"objective must be {' or '.join(map(repr, self.objectives))} for the algorithm {self.name!r}, got "
                f"{config.objective!r}"
            )
        self.vae, self.group, self.options = vae, group, options
        self.config = config if config.algorithm == self.name else config.replace(algorithm=self.name)
        self.parameters = parameters  # what the optimiser moves, by name
        self.optimizer = build_optimizer(parameters.values(), config)

    @abstractmethod
    def step(
        self,
        x: Float[Tensor, "batch data"],
        *,
        num_train: int,
        generator: torch.Generator,
        step: int = 0,
        total_steps: int = 1,
    ) -> StepInfo:
        """Improve the model once by a minibatch of `num_train` datapoints; all noise is drawn from `generator`.

        `step` of `total_steps` sets the learning rate. Raises NonFiniteBound, with the parameters untouched, when the
        objective is not finite.
        """

    def evaluate(self, x: Float[Tensor, "images data"], *, generator: torch.Generator) -> Any:
        """The terms of the test curve, each (images,) in nats, with the names that `step` gives them. Here: the bound."""
        return estimate_bound(self.vae, x, generator=generator)

    def own_pictures(
        self, x: Float[Tensor, "images data"], *, generator: torch.Generator
    ) -> Float[Tensor, "_ _ data"] | None:
        """What is special to this algorithm, as pictures of the model as it is now; None where nothing is. It changes no state."""
        return None

    def further_state(self) -> dict[str, Tensor]:
        """Other tensors that the next step depends on, besides the model's and the moments, by name (not copied)."""
        return {}

    @final
    def options_dict(self) -> dict[str, Any]:
        """The options as JSON types; {} where the algorithm has none."""
        return asdict(self.options) if self.options else {}

    @final
    def state_tensors(self) -> dict[str, Tensor]:
        """All that the next step depends on, by name: "model.", "optimizer.", and further state (not copied)."""
        return self._own_tensors() | moment_tensors(self.optimizer, self.parameters)

    @final
    @torch.inference_mode(False)  # moments that were made in it could not be updated
    @torch.no_grad()
    def load_state_tensors(self, tensors: dict[str, Tensor]) -> None:
        """Copy in what `state_tensors` of an algorithm with the same configs gave; ValueError for anything else."""
        own_tensors = self._own_tensors()
        foreign_names = [name for name in tensors if name not in own_tensors and not name.startswith("optimizer.")]
        if foreign_names:
            raise ValueError(f"{foreign_names[0]!r} is no tensor of the algorithm {self.name}")
        for name, tensor in own_tensors.items():
            if name not in tensors:
                raise ValueError(f"the state of the algorithm {self.name} must hold {name!r}, and it is missing")
            if tensors[name].shape != tensor.shape:
                raise ValueError(
                    f"{name!r} must have the shape {tuple(tensor.shape)}, got {tuple(tensors[name].shape)}"
                )
            tensor.copy_(tensors[name])
        load_moment_tensors(self.optimizer, self.parameters, tensors)

    def _own_tensors(self) -> dict[str, Tensor]:
        return {f"model.{name}": tensor for name, tensor in self.vae.state_dict().items()} | self.further_state()


def generative_parameters(vae: VAE) -> dict[str, Tensor]:
    """theta, the parameters of p(x|z), by name. The other parameters, phi, are those of q(z|x)."""
    return {name: parameter for name, parameter in vae.named_parameters() if not name.startswith("encoder.")}


def log_prior_of_parameters(vae: VAE) -> Tensor:
    """log p(theta) with p(theta) = N(0, I) over the generative parameters, in nats, up to its constant (sec. 5). The
    recognition parameters phi have no prior, since they are not part of the model."""
    squares = [parameter.square().sum() for parameter in generative_parameters(vae).values()]
    return -0.5 * sum(squares[1:], start=squares[0])
