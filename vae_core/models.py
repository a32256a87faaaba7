"""Model files: safetensors with the config as JSON in the header."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from vae_core.config import ModelConfig, TrainConfig
from vae_core.data.datasets import REPOSITORY
from vae_core.errors import CheckpointError
from vae_core.files import FilePath, file_header, one_line, pack_tensors, read_tensors, unpack_tensors, write_atomic
from vae_core.model import VAE

INSTALLED = Path(__file__).parent / "pretrained"  # a wheel has the models inside the package
PRETRAINED = INSTALLED if INSTALLED.exists() else REPOSITORY / "pretrained"


# -- models ------------------------------------------------------------------------------------------------------


def save_model(path: FilePath, vae: VAE, **about: Any) -> None:
    """Write a model; `about` (JSON types: data, training config, ...) goes into the header beside its config."""
    require_finite_file(path, vae.state_dict())
    write_atomic(path, pack_model(vae, **about))


def pack_model(vae: VAE, **about: Any) -> bytes:
    """The content of a model file."""
    return pack_tensors({f"model.{k}": v for k, v in vae.state_dict().items()}, file_header("model", vae.config, about))


def load_model(path: FilePath) -> VAE:
    """A VAE in eval mode from a model or checkpoint file of this project; anything else raises CheckpointError."""
    return build_model(*read_tensors(path), str(path))


def load_model_bytes(data: bytes, source: str) -> tuple[VAE, dict[str, Any]]:
    """The same from bytes (an upload), with the header's JSON object. `source` names them in messages."""
    tensors, metadata = unpack_tensors(data, source)
    return build_model(tensors, metadata, source), metadata


def model_header(path: FilePath) -> dict[str, Any]:
    """The JSON object in a model's header: model_config, and what `save_model` got as `about`."""
    return read_tensors(path)[1]


def trains_encoder(header: dict[str, Any]) -> bool:
    """Whether the encoder of the model with this header was trained. Monte Carlo EM trains none: then q(z|x) says nothing,
    and an image's place in the latent space is the mean of p(z|x) (`latent.image_means`)."""
    return TrainConfig.from_dict(header.get("train_config", {})).trains_encoder


def list_pretrained() -> list[str]:
    """The names of the models that come with the project."""
    return sorted(path.parent.name for path in PRETRAINED.glob("*/model.safetensors"))


def pretrained_path(name: str) -> Path:
    """The folder of a pretrained model."""
    if name not in list_pretrained():
        raise CheckpointError(f"there is no pretrained model {name!r}; there are {', '.join(list_pretrained())}")
    return PRETRAINED / name


def load_pretrained(name: str) -> VAE:
    """A pretrained model by name, in eval mode, wherever Python was started."""
    return load_model(pretrained_path(name) / "model.safetensors")


def is_finite(tensors: dict[str, Tensor]) -> bool:
    return all(bool(torch.isfinite(tensor).all()) for tensor in tensors.values())


def require_finite_file(path: FilePath, tensors: dict[str, Tensor]) -> None:
    for name, tensor in tensors.items():
        if not is_finite({name: tensor}):
            raise CheckpointError(f"{path} was not written: {name} holds values that are not finite")


def _config_of(metadata: dict[str, Any], source: str) -> ModelConfig:
    try:
        if "train_config" in metadata:
            TrainConfig.from_dict(metadata["train_config"])
        if not isinstance(metadata.get("data", ""), str):
            raise ValueError(f"data must be a name, got {metadata['data']!r}")
        return ModelConfig.from_dict(metadata["model_config"])
    except (KeyError, ValueError, TypeError) as error:
        raise CheckpointError(f"{source} has no usable configs: {one_line(error)}") from error


def build_model(tensors: dict[str, Tensor], metadata: dict[str, Any], source: str) -> VAE:
    config = _config_of(metadata, source)
    size = config.latent_dim + sum(config.hidden_dims) + config.data_dim
    if size > sum(t.numel() for t in tensors.values()) or len(config.hidden_dims) > len(tensors):
        raise CheckpointError(f"{source} is damaged: its config describes a larger model than it holds")
    with torch.device("meta"):
        expected = VAE(config, generator=None).state_dict()
    for name, tensor in expected.items():
        file_tensor = tensors.get(f"model.{name}")
        if file_tensor is None or file_tensor.shape != tensor.shape or file_tensor.dtype != tensor.dtype:
            fault = "is missing" if file_tensor is None else f"is {tuple(file_tensor.shape)} {file_tensor.dtype}"
            raise CheckpointError(
                f"{source} does not fit its config: {name} {fault}, not {tuple(tensor.shape)} float32"
            )
    surplus_names = [
        name for name in tensors if name.startswith("model.") and name.removeprefix("model.") not in expected
    ]
    if surplus_names:
        raise CheckpointError(f"{source} does not fit its config: it holds {one_line(surplus_names[0])} besides")
    vae = VAE(config, generator=None)
    vae.load_state_dict({name: tensors[f"model.{name}"] for name in expected})
    return vae.eval()
