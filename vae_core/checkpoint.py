"""Checkpoints: all that resuming a run needs, as one file."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from vae_core.algorithm import Algorithm
from vae_core.config import TrainConfig, require_whole
from vae_core.errors import CheckpointError, reason
from vae_core.files import FilePath, file_header, one_line, pack_tensors, read_tensors, write_atomic
from vae_core.history import History, curve_of
from vae_core.models import build_model, require_finite_file
from vae_core.parallel import ALONE, Group
from vae_core.training import FitState, make_algorithm


def save_checkpoint(path: FilePath, algorithm: Algorithm, state: FitState) -> None:
    """Write all that resuming needs: parameters, the optimiser's moments, the random streams' seed, the curves."""
    tensors = algorithm.state_tensors()
    require_finite_file(path, tensors)
    write_atomic(path, pack_checkpoint(algorithm, state))


def pack_checkpoint(algorithm: Algorithm, state: FitState) -> bytes:
    """The content of a checkpoint file."""
    about = state.history.about_data() | about_training(algorithm) | {"state": state.to_dict()}
    return pack_tensors(algorithm.state_tensors(), file_header("checkpoint", algorithm.vae.config, about))


def load_checkpoint(
    path: FilePath, *, device: torch.device | str = "cpu", group: Group = ALONE
) -> tuple[Algorithm, FitState]:
    """The algorithm and the state as they were saved; `fit(algorithm, dataset, state=state)` continues bit for bit
    (with the same number of threads and of processes, on the same kind of device)."""
    return build_algorithm(*read_tensors(path), str(path), device, group)


def build_algorithm(
    tensors: dict[str, Tensor], metadata: dict[str, Any], source: str, device: torch.device | str, group: Group
) -> tuple[Algorithm, FitState]:
    vae = build_model(tensors, metadata, source).train().to(device)
    try:
        config = TrainConfig.from_dict(metadata["train_config"])
        algorithm = make_algorithm(vae, config, group, metadata.get("algorithm_options"))
        algorithm.load_state_tensors(tensors)
        state = _state_of(metadata["state"], config)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise CheckpointError(f"{source} is no checkpoint that can be resumed: {one_line(reason(error))}") from error
    if state.step and not algorithm.optimizer.state:
        raise CheckpointError(f"{source} is no checkpoint that can be resumed: it lacks the optimiser's moments")
    return algorithm, state


def about_training(algorithm: Algorithm) -> dict[str, Any]:
    """How a model is trained, for the header of its files: `train_config`, which names the algorithm, and the algorithm's own
    options."""
    options = algorithm.options_dict()
    return {"train_config": algorithm.config.to_dict()} | ({"algorithm_options": options} if options else {})


def _state_of(content: dict[str, Any], config: TrainConfig) -> FitState:
    require_whole("seed", content["seed"], 0)
    require_whole("step", content["step"], 0)
    history = History.from_dict(content["history"])
    if history.curve != curve_of(config):
        raise ValueError(f"the history's curve must be {curve_of(config)!r}, got {history.curve!r}")
    sums = [float(value) for value in content["sums"]]
    if len(sums) != len(history.about.terms) + 1 or not all(map(math.isfinite, sums)):
        raise ValueError(f"sums must be {len(history.about.terms) + 1} finite numbers, got {sums}")
    return FitState(content["seed"], history, content["step"], sums)
