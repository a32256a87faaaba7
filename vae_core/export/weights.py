"""What leaves with a model, whatever the format: its weights as numpy arrays, its settings, and what is known of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch

from vae_core.config import ModelConfig
from vae_core.errors import CheckpointError
from vae_core.model import VAE
from vae_core.models import is_finite


class Result(NamedTuple):
    """A number that was measured: the `kind` of number, its `name` with its unit, the `value`, and the `settings` of the measurement."""

    kind: str
    name: str
    value: float
    settings: dict[str, Any]


@dataclass(frozen=True)
class About:
    """What is known of a model beside its weights. `licence` is one of the hub's words for licences; `card` is text in markdown. Monte
    Carlo EM `trains_encoder` not: then q(z|x) says nothing."""

    name: str = "vae"
    data: str = ""
    licence: str = "unknown"
    card: str = ""
    results: tuple[Result, ...] = ()
    trains_encoder: bool = True


def arrays_of(vae: VAE) -> dict[str, np.ndarray]:
    """The weights by their names in `state_dict`, float32. CheckpointError where they are of another dtype, or not finite."""
    state = vae.state_dict()
    for name, tensor in state.items():
        if tensor.dtype != torch.float32:
            raise CheckpointError(f"an export holds torch.float32, and {name} is {tensor.dtype}: give vae.float()")
        if not is_finite({name: tensor}):
            raise CheckpointError(f"nothing was exported: {name} holds values that are not finite")
    return {name: np.ascontiguousarray(tensor.detach().cpu().numpy()) for name, tensor in state.items()}


def settings_text(config: ModelConfig) -> str:
    """The fields of the config as JSON, each of them, also where a file of ours would leave it out."""
    encoder = None if config.encoder_hidden_dims is None else list(config.encoder_hidden_dims)
    return json.dumps(config.to_dict() | {"encoder_hidden_dims": encoder}, indent=2) + "\n"
