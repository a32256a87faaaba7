"""Model files: safetensors with the config as JSON in the header."""

from __future__ import annotations

import difflib
import os
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor

from vae_core import bundles
from vae_core.bundles import bundle_at
from vae_core.config import ModelConfig, TrainConfig
from vae_core.data.datasets import REPOSITORY
from vae_core.errors import CheckpointError, reason
from vae_core.files import (
    FilePath,
    check_header,
    file_header,
    one_line,
    pack_tensors,
    read_tensors,
    unpack_tensors,
    write_atomic,
)
from vae_core.model import VAE, num_parameters, require_parameters
from vae_core.settings import Whole, Widths, settings_of

INSTALLED = Path(__file__).parent / "pretrained"  # a wheel has the models inside the package
SUFFIX = ".safetensors"
MODEL_FILE = bundles.MODEL
OTHER_KINDS = {"frames": "the frames of a run", "reference": "sample images"}  # files of ours without a model
FOREIGN_SUFFIXES = {".pt", ".pth", ".ckpt", ".bin", ".pkl", ".h5", ".onnx", ".npz", ".npy"}
PRETRAINED = INSTALLED if INSTALLED.exists() else REPOSITORY / "pretrained"


class Limits(NamedTuple):
    """The largest model that is taken from others: a page computes with it, for a class on one machine."""

    pixels: int
    latents: int
    layers: int
    units: int


def page_limits() -> Limits:
    """What the pages take: models that their own form could train, of images of up to 128 x 128 pixels."""
    about = settings_of(ModelConfig)
    latent_dim, hidden_dims = about["latent_dim"], about["hidden_dims"]
    assert isinstance(latent_dim, Whole) and isinstance(hidden_dims, Widths), "they are declared so"
    return Limits(128 * 128, latent_dim.most, hidden_dims.layers, hidden_dims.most)


def check_limits(config: ModelConfig, limits: Limits, source: str) -> None:
    """CheckpointError for a model beyond the limits, with the size that is too large. Allocates nothing."""
    layers = (config.encoder_layers, config.decoder_layers)
    sizes = (
        ("numbers per image", config.data_dim, limits.pixels),
        ("latent dimensions", config.latent_dim, limits.latents),
        ("hidden layers", max(map(len, layers)), limits.layers),
        ("units in a hidden layer", max(map(max, filter(None, layers)), default=0), limits.units),
    )
    for name, size, most in sizes:
        if size > most:
            raise CheckpointError(f"{source} has {size:,} {name}, and at most {most:,} are taken here")


# -- models ------------------------------------------------------------------------------------------------------


def save_model(path: FilePath, vae: VAE, **about: Any) -> None:
    """Write a model; `about` (JSON types: data, training config, ...) goes into the header beside its config. CheckpointError or
    ValueError for what `load_model` would refuse."""
    require_finite_file(path, vae.state_dict())
    write_atomic(path, pack_model(vae, **about))


def pack_model(vae: VAE, **about: Any) -> bytes:
    """The content of a model file, which `load_model` can read. CheckpointError or ValueError where it could not."""
    header, tensors = file_header("model", vae.config, about), vae.state_dict()
    config_of(header, "the file that was to be written")
    for name, tensor in tensors.items():
        if tensor.dtype != torch.float32:
            raise CheckpointError(f"a model's file holds torch.float32, and {name} is {tensor.dtype}: give vae.float()")
    return pack_tensors({f"model.{name}": tensor for name, tensor in tensors.items()}, header)


def load_model(path: FilePath) -> VAE:
    """A VAE in eval mode from a model or checkpoint file of this project, or from a bundle; anything else raises CheckpointError."""
    refuse_folder(Path(path))
    return build_model(*_read_model(path), str(path))


def _read_model(path: FilePath) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """The tensors of a model's file, or of the model in a bundle, and the JSON object in its header."""
    bundle = bundle_at(path)
    return read_tensors(path) if bundle is None else unpack_tensors(bundle[MODEL_FILE], f"{MODEL_FILE} in {path}")


def find_model(name: str) -> Path:
    """The file that a person means by the name of a pretrained model or by a path. CheckpointError says what to give instead."""
    path, names = Path(name), list_pretrained()
    what = f"give a {SUFFIX} file that this project wrote, or the name of a pretrained model ({', '.join(names)}), or a bundle (.zip)"
    if name in names:
        return pretrained_path(name) / MODEL_FILE
    if not name:  # as from a variable of the shell that is not set; as a path it would be the present folder
        raise CheckpointError(f"the model's name is empty: {what}")
    refuse_folder(path)
    if os.path.isdir(path):
        raise CheckpointError(f"{path} is a folder without a model: {what}")
    if path.suffix.lower() in FOREIGN_SUFFIXES:
        raise CheckpointError(f"{path} is no {SUFFIX} file, and files of other kinds are never opened: {what}")
    if path.suffix.lower() == SUFFIX or os.path.lexists(path):
        return path
    if len(path.parts) > 1:
        raise CheckpointError(f"cannot read {path}: No such file or directory; {what}")
    return pretrained_path(name) / MODEL_FILE


def refuse_folder(path: Path) -> None:
    """CheckpointError for a folder that has a model in it, given in place of the model."""
    for name in (MODEL_FILE, "checkpoint.safetensors"):
        if os.path.isfile(path / name):
            raise CheckpointError(f"{path} is a folder; its model is {path / name}")


def load_model_bytes(data: bytes, source: str, *, limits: Limits | None = None) -> tuple[VAE, dict[str, Any]]:
    """The same from bytes (an upload), with the header's JSON object. `source` names them in messages. CheckpointError also for a
    model beyond the `limits`, before its tensors are read."""
    if limits:
        check_limits(config_of(check_header(data, source), source), limits, source)
    tensors, metadata = unpack_tensors(data, source)
    return build_model(tensors, metadata, source), metadata


def model_header(path: FilePath) -> dict[str, Any]:
    """The JSON object in a model's header: model_config, and what `save_model` got as `about`."""
    return _read_model(path)[1]


def trains_encoder(header: dict[str, Any]) -> bool:
    """Whether the encoder of the model with this header was trained. Monte Carlo EM trains none: then q(z|x) says nothing,
    and an image's place in the latent space is the mean of p(z|x) (`latent.image_means`)."""
    return TrainConfig.from_dict(header.get("train_config", {})).trains_encoder


def list_pretrained() -> list[str]:
    """The names of the models that come with the project."""
    return sorted(path.parent.name for path in PRETRAINED.glob(f"*/{MODEL_FILE}"))


def pretrained_path(name: str) -> Path:
    """The folder of a pretrained model."""
    names = list_pretrained()
    if name not in names:
        near = difflib.get_close_matches(name.lower(), names, 1)
        meant = f"; did you mean {near[0]}?" if near else ""
        raise CheckpointError(f"there is no pretrained model {one_line(name)!r}; there are {', '.join(names)}{meant}")
    return PRETRAINED / name


def load_pretrained(name: str) -> VAE:
    """A pretrained model by name, in eval mode, wherever Python was started.

    >>> import vae_core as vc
    >>> vc.load_pretrained("digits-2d").config.latent_dim
    2
    """
    return load_model(pretrained_path(name) / MODEL_FILE)


def is_finite(tensors: dict[str, Tensor]) -> bool:
    return all(bool(torch.isfinite(tensor).all()) for tensor in tensors.values())


def require_finite_file(path: FilePath, tensors: dict[str, Tensor]) -> None:
    for name, tensor in tensors.items():
        if not is_finite({name: tensor}):
            raise CheckpointError(f"{path} was not written: {name} holds values that are not finite")


def config_of(metadata: dict[str, Any], source: str) -> ModelConfig:
    """The model's config in a header. CheckpointError unless all that pages use of the header is what it should be."""
    try:
        if "train_config" in metadata:
            TrainConfig.from_dict(metadata["train_config"])
        if not isinstance(metadata.get("data", ""), str):
            raise ValueError(f"data must be a name, got {metadata['data']!r}")
        return ModelConfig.from_dict(metadata["model_config"])
    except (KeyError, ValueError, TypeError, OverflowError) as error:
        raise CheckpointError(f"{source} has no usable configs: {one_line(reason(error))}") from error


def build_model(tensors: dict[str, Tensor], metadata: dict[str, Any], source: str) -> VAE:
    content = OTHER_KINDS.get(str(metadata.get("kind")))
    if content:
        raise CheckpointError(f"{source} holds {content} and no model: give {MODEL_FILE} beside it")
    larger = CheckpointError(f"{source} is damaged: its config describes a larger model than it holds")
    about = metadata.get("model_config")
    for name in ("hidden_dims", "encoder_hidden_dims"):
        widths = about.get(name) if isinstance(about, dict) else None
        if isinstance(widths, list) and len(widths) > len(tensors):  # counted before the config judges each of them
            raise larger
    config = config_of(metadata, source)
    if num_parameters(config) > sum(t.numel() for t in tensors.values()):
        raise larger
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
    require_parameters(config)
    vae = VAE(config, generator=None)
    vae.load_state_dict({name: tensors[f"model.{name}"] for name in expected})
    return vae.eval()
