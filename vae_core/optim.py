"""The optimisers of the paper (Adagrad) and of today (Adam), and the learning rate of each step."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor

from vae_core.config import TrainConfig
from vae_core.errors import NonFiniteBound
from vae_core.parallel import ALONE, Group

MOMENTS = {"adam": ("step", "exp_avg", "exp_avg_sq"), "adagrad": ("step", "sum")}


class Adam(torch.optim.Adam):
    """torch's fused Adam without the bookkeeping around its kernel, which takes longer than the kernel itself when the model is
    small. The numbers are the same."""

    @torch.no_grad()
    def step(self, closure: Any = None) -> Any:
        (group,) = self.param_groups
        parameters = [parameter for parameter in group["params"] if parameter.grad is not None]
        moments = [self.state[parameter] for parameter in parameters]
        if closure is not None or not all(moments):  # the first step makes the moments
            return super().step(closure)
        steps = [moment["step"] for moment in moments]
        torch._foreach_add_(steps, 1)
        torch._fused_adam_(
            parameters,
            [parameter.grad for parameter in parameters],
            [moment["exp_avg"] for moment in moments],
            [moment["exp_avg_sq"] for moment in moments],
            [],
            steps,
            lr=group["lr"],
            beta1=group["betas"][0],
            beta2=group["betas"][1],
            weight_decay=group["weight_decay"],
            eps=group["eps"],
            amsgrad=False,
            maximize=False,
        )
        return None


def build_optimizer(parameters: Iterable[Tensor], config: TrainConfig) -> torch.optim.Optimizer:
    """The config's optimiser with fused kernels, which are faster than the default ones on a CPU and give the same numbers in
    every run."""
    kinds = {"adam": Adam, "adagrad": torch.optim.Adagrad}
    return kinds[config.optimizer](parameters, lr=config.learning_rate, fused=True)


def learning_rate(step: int, total_steps: int, config: TrainConfig) -> float:
    """The rate of step number `step` (from 0): a linear rise over `warmup_steps`, then constant or a half cosine."""
    rise = min(1.0, (step + 1) / (config.warmup_steps + 1))
    if config.schedule == "constant":
        return config.learning_rate * rise
    progress = min(1.0, max(0, step - config.warmup_steps) / max(1, total_steps - config.warmup_steps))
    return config.learning_rate * rise * 0.5 * (1.0 + math.cos(math.pi * progress))


def ascend(
    optimizer: torch.optim.Optimizer,
    objective: Tensor,
    rate: float,
    group: Group = ALONE,
    terms: Tensor | None = None,
    *,
    max_grad_norm: float = 0.0,
) -> None:
    """One step up the objective at this learning rate; autograd computes the gradient. See `update`."""
    optimizer.zero_grad(set_to_none=True)
    (-objective).backward()
    update(optimizer, objective.detach(), rate, group, terms, max_grad_norm=max_grad_norm)


def update(
    optimizer: torch.optim.Optimizer,
    objective: Tensor,
    rate: float,
    group: Group = ALONE,
    terms: Tensor | None = None,
    *,
    max_grad_norm: float = 0.0,
) -> None:
    """One step of the optimiser. The parameters' `grad` hold the gradients of the negative objective.

    In a group each process gives its share of the objective, and the step ascends their sum. `terms`, a tensor of numbers
    to report, is replaced by its sum over the processes in the same message. A gradient whose norm is above `max_grad_norm` (0: no
    limit) is scaled down to it; where its norm is not finite the step is left out.

    Without a limit it raises NonFiniteBound, with the parameters untouched, if the objective is not finite. It checks this on a
    CPU only: the check would make any other device wait at every step, so there `fit` reads the bounds of many steps at once.
    """
    parameters = [parameter for part in optimizer.param_groups for parameter in part["params"]]
    total = objective
    if group.size > 1:
        total = objective.clone()
        gradients = [
            parameter.grad for parameter in parameters if parameter.grad is not None
        ]  # frozen parameters have none
        group.sum_(total, *([] if terms is None else [terms]), *gradients)
    if max_grad_norm:
        norm = torch.nn.utils.clip_grad_norm_(parameters, max_grad_norm)
        if not math.isfinite(norm.item() + total.item()):
            return
    elif total.device.type == "cpu" and not math.isfinite(total.item()):
        raise NonFiniteBound(f"the objective of a minibatch is {total.item():g} (learning rate {rate:g})")
    for part in optimizer.param_groups:
        part["lr"] = rate
    optimizer.step()


def moment_tensors(optimizer: torch.optim.Optimizer, parameters: dict[str, Tensor]) -> dict[str, Tensor]:
    """The optimiser's moments as "optimizer.<parameter>.<moment>" (not copied)."""
    tensors = {}
    for name, parameter in parameters.items():
        for key, value in optimizer.state.get(parameter, {}).items():
            tensors[f"optimizer.{name}.{key}"] = value
    return tensors


def load_moment_tensors(
    optimizer: torch.optim.Optimizer, parameters: dict[str, Tensor], tensors: dict[str, Tensor]
) -> None:
    """Copy in what `moment_tensors` gave, for all parameters or for none; ValueError for anything else."""
    optimizer.state.clear()
    for name, tensor in tensors.items():
        kind, _, rest = name.partition(".")
        owner, _, key = rest.rpartition(".")
        if kind == "optimizer":
            if owner not in parameters:
                raise ValueError(f"{name!r} is no moment of this optimiser's parameters")
            optimizer.state[parameters[owner]][key] = tensor.detach().to(parameters[owner].device, copy=True)
    keys = MOMENTS["adam" if isinstance(optimizer, torch.optim.Adam) else "adagrad"]
    for parameter, moments in optimizer.state.items():
        like = {key: parameter for key in keys} | {"step": torch.zeros((), dtype=torch.float32, device="cpu")}
        expected_shapes = {key: f"{tuple(tensor.shape)} {tensor.dtype}" for key, tensor in like.items()}
        shapes = {key: f"{tuple(tensor.shape)} {tensor.dtype}" for key, tensor in moments.items()}
        if shapes != expected_shapes or len(optimizer.state) != len(parameters):
            raise ValueError(f"the optimiser's moments of a parameter are {shapes}, expected {expected_shapes}")
