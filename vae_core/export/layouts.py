"""A VAE of another program as a model here: its state dict in safetensors, an encoder and a decoder of linear layers, whose names
follow one of `LAYOUTS` or are listed in the config."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor

from vae_core.config import ModelConfig, require_choice, require_number
from vae_core.errors import CheckpointError, described, reason
from vae_core.files import FilePath, one_line, read_foreign_tensors, regular_size
from vae_core.likelihoods import likelihood_of
from vae_core.model import VAE
from vae_core.models import build_model
from vae_core.settings import settings_of

MOST_CONFIG = 2**20  # bytes of a config
WEIGHT, BIAS, LOG_VAR = ".weight", ".bias", "log_var"
KINDS = ("log_var", "log_scale")  # what the second head of an encoder computes
EXTRAS = ("layout", "scale", "data")  # what a config may have beside the fields of `ModelConfig`


class Layers(NamedTuple):
    """The names of linear layers, each list from its input to its output. The encoder ends in the two heads `loc` and `spread`, which is
    the log-variance or the logarithm of the scale as `kind` says. Without heads its last layer computes both, one after the other."""

    encoder: list[str]
    decoder: list[str]
    loc: str = ""
    spread: str = ""
    kind: str = "log_var"


@dataclass(frozen=True)
class Layout:
    """How a program names its layers: patterns, whose group is the number of a layer. `activation` is the program's own."""

    encoder: str
    decoder: str
    loc: str = ""
    spread: str = ""
    kind: str = "log_var"
    activation: str = ""

    def layers(self, names: list[str]) -> Layers | None:
        """The layers with these names; None where one of them is not of this layout."""
        heads = [name for name in (self.loc, self.spread) if name]
        parts: list[list[str]] = []
        for pattern in (self.encoder, self.decoder):
            matches = [match for name in names if name not in heads and (match := re.fullmatch(pattern, name))]
            parts.append([match[0] for match in sorted(matches, key=lambda match: int(match[1]))])
        if not parts[1] or sorted([*heads, *parts[0], *parts[1]]) != sorted(names):
            return None
        return Layers(parts[0], parts[1], self.loc, self.spread, self.kind)


LAYOUTS = {
    "sequential": Layout(r"encoder\.(\d{1,4})", r"decoder\.(\d{1,4})"),
    "pythae": Layout(
        r"encoder\.layers\.(\d{1,4})\.0", r"decoder\.layers\.(\d{1,4})\.0", "encoder.embedding", "encoder.log_var", activation="relu"
    ),
    "pyro": Layout(
        r"encoder\.fc(1)", r"decoder\.fc(1|21)", "encoder.fc21", "encoder.fc22", kind="log_scale", activation="softplus"
    ),
    "pytorch": Layout(r"fc(1)", r"fc(3|4)", "fc21", "fc22", activation="relu"),
}  # fmt: skip


def read_foreign(path: FilePath, config_path: FilePath) -> tuple[VAE, dict[str, Any]]:
    """The VAE of another program in eval mode, and what stands beside it in a model's file. CheckpointError for a file that holds no such
    VAE, for a config that does not fit it, and for all that `read_foreign_tensors` refuses. No pickle is ever opened."""
    values = read_config(config_path)
    return model_of(read_foreign_tensors(path), values, str(path), str(config_path))


def read_config(path: FilePath) -> dict[str, Any]:
    """The JSON object in a config's file. CheckpointError for anything else."""
    try:
        size = regular_size(path)
        if size > MOST_CONFIG:
            raise CheckpointError(f"{path} must have at most {MOST_CONFIG:,} bytes, got {size:,}: is it the config?")
        values = json.loads(Path(path).read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise CheckpointError(f"cannot read {one_line(path)}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise CheckpointError(f"{one_line(path)} is no config: {reason(error)}") from error
    if not isinstance(values, dict):
        raise CheckpointError(f"{one_line(path)} is no config: it must be an object of JSON, got {described(values)}")
    return values


def model_of(
    state: Mapping[str, Tensor], values: dict[str, Any], source: str, config_source: str
) -> tuple[VAE, dict[str, Any]]:
    """`read_foreign` of a state dict and of a config's values. The two sources name them in messages."""
    unknown = sorted(set(values) - {*EXTRAS} - {*ModelConfig.__dataclass_fields__})
    if unknown:
        raise CheckpointError(
            f"{config_source} has {one_line(unknown[0])}, and a config has {', '.join([*ModelConfig.__dataclass_fields__, *EXTRAS])}"
        )
    try:
        name, layers = layers_of(state, values.get("layout"))
        tensors = dict(_network("encoder", layers, state, source) | _network("decoder", layers, state, source))
        config = _config(tensors, values, LAYOUTS[name].activation if name in LAYOUTS else "")
        tensors |= _log_var(config, state, values)
        about = _about(values) | {"imported": name}
    except (ValueError, TypeError, OverflowError) as error:
        raise CheckpointError(f"{config_source} does not fit {source}: {reason(error)}") from error
    for title, tensor in tensors.items():
        if not bool(torch.isfinite(tensor).all()):
            raise CheckpointError(f"{source} holds a number in {one_line(title)} that is too large for float32")
    vae = build_model({f"model.{title}": t for title, t in tensors.items()}, {"model_config": config.to_dict()}, source)
    return vae, about


# -- which tensor is which layer -------------------------------------------------------------------------------------


def layers_of(state: Mapping[str, Tensor], layout: Any) -> tuple[str, Layers]:
    """The name of the layout, "own" for one that is listed, and the layers. ValueError where the names do not follow it."""
    others = [title for title in state if title != LOG_VAR and not title.endswith((WEIGHT, BIAS))]
    if others:
        raise ValueError(f"only weights and biases of linear layers are taken, and it holds {one_line(others[0])}")
    names = list(dict.fromkeys(_layer(title) for title in state if title != LOG_VAR))
    if isinstance(layout, dict):
        return "own", _listed(layout, names)
    if layout is not None:
        require_choice("layout", layout, tuple(LAYOUTS))
    for name, row in LAYOUTS.items():
        if layout in (None, name) and (layers := row.layers(names)):
            return name, layers
    rule = f"those of layout {layout}" if layout else f"those of a layout ({', '.join(LAYOUTS)})"
    raise ValueError(
        f"the names of its layers must be {rule}, got {one_line(', '.join(names)) or 'none'}; list them in the config's layout"
    )


def _layer(title: str) -> str:
    return title.removesuffix(WEIGHT) if title.endswith(WEIGHT) else title.removesuffix(BIAS)


def _listed(layout: dict[str, Any], names: list[str]) -> Layers:
    """The layers that a config lists."""
    fields = {"encoder", "decoder", "loc", *KINDS}
    if unknown := sorted(map(str, layout.keys() - fields)):
        raise ValueError(
            f"layout has {one_line(unknown[0])}, and it has encoder, decoder, loc and log_var or log_scale"
        )
    lists = [layout.get(part, []) for part in ("encoder", "decoder")]
    for part, titles in zip(("encoder", "decoder"), lists, strict=True):
        if not isinstance(titles, list) or not all(isinstance(title, str) for title in titles):
            raise ValueError(f"{part} of layout must be a list of names of layers, got {described(titles)}")
    kinds = [kind for kind in KINDS if kind in layout]
    heads = [layout[name] for name in ("loc", *kinds) if name in layout]
    if len(heads) not in (0, 2) or len(kinds) > 1 or not all(isinstance(head, str) for head in heads):
        raise ValueError("layout must have the names of loc and of log_var or log_scale, or of none of them")
    listed = [*lists[0], *lists[1], *heads]
    if missing := [title for title in listed if title not in names]:
        raise ValueError(f"layout names {one_line(missing[0])}, which is no layer there")
    if surplus := [title for title in names if title not in listed]:
        raise ValueError(f"layout must name each layer, and {one_line(surplus[0])} is left out")
    if len(set(listed)) != len(listed):
        raise ValueError("layout must name each layer once")
    loc, spread = heads or ("", "")
    return Layers(lists[0], lists[1], loc, spread, kinds[0] if kinds else KINDS[0])


def _network(part: str, layers: Layers, state: Mapping[str, Tensor], source: str) -> dict[str, Tensor]:
    """The layers of the encoder or the decoder by the names that they have here."""
    names = layers.encoder if part == "encoder" else layers.decoder
    network = [_linear(name, state, source) for name in names]
    if part == "encoder" and layers.loc:
        loc, spread = _linear(layers.loc, state, source), _linear(layers.spread, state, source)
        if loc[0].shape != spread[0].shape:
            raise ValueError(f"{layers.loc} and {layers.spread} must have the same shape")
        factor = 2.0 if layers.kind == "log_scale" else 1.0  # log variance = 2 log scale
        network.append((torch.cat([loc[0], factor * spread[0]]), torch.cat([loc[1], factor * spread[1]])))
    if not network:
        raise ValueError(f"the {part} must have a layer")
    for (first, _), (second, _) in pairwise(network):
        if second.shape[1] != len(first):
            raise ValueError(
                f"each layer of the {part} must take what the one before it gives, got {second.shape[1]} for {len(first)}"
            )
    titled: dict[str, Tensor] = {}
    for number, (weight, bias) in enumerate(network):
        titled |= {f"{part}.{2 * number}{WEIGHT}": weight, f"{part}.{2 * number}{BIAS}": bias}
    return titled


def _linear(name: str, state: Mapping[str, Tensor], source: str) -> tuple[Tensor, Tensor]:
    """Weight and bias of a linear layer in float32; a layer without a bias has one of zeros here."""
    weight = state.get(f"{name}{WEIGHT}")
    if weight is None or weight.ndim != 2 or not weight.is_floating_point():
        size = "has none" if weight is None else f"is {tuple(weight.shape)} {weight.dtype}"
        raise CheckpointError(
            f"{source}: only linear layers are taken, whose weight is (outputs, inputs), and that of {one_line(name)} {size}"
        )
    bias = state.get(f"{name}{BIAS}", weight.new_zeros(len(weight)))
    if bias.shape != weight.shape[:1] or not bias.is_floating_point():
        raise CheckpointError(
            f"{source}: the bias of {one_line(name)} must have {len(weight)} numbers, got {tuple(bias.shape)} {bias.dtype}"
        )
    return weight.float(), bias.float()


# -- what a config says of it ------------------------------------------------------------------------------------------


def _config(tensors: dict[str, Tensor], values: dict[str, Any], activation: str) -> ModelConfig:
    """The config of the model: what the layers tell, and what the file says. ValueError where the two differ, or where it says too
    little."""
    encoder, decoder = (
        [tensor.shape for name, tensor in tensors.items() if name.startswith(part) and name.endswith(WEIGHT)]
        for part in ("encoder", "decoder")
    )
    widths = [outputs for outputs, _ in decoder[:-1]][::-1]
    told: dict[str, Any] = {
        "data_dim": encoder[0][1],
        "latent_dim": decoder[0][1],
        "hidden_dims": widths,
        "encoder_hidden_dims": [outputs for outputs, _ in encoder[:-1]],
    }
    if encoder[-1][0] != 2 * told["latent_dim"]:
        raise ValueError(
            f"the encoder must give 2 x {told['latent_dim']} numbers, as the decoder takes {told['latent_dim']}, got {encoder[-1][0]}"
        )
    given = {name: value for name, value in values.items() if name not in EXTRAS}
    for name in ("image_shape", "likelihood"):
        if name not in given:
            raise ValueError(f"the config must have {name}, which the layers do not tell")
    has_hidden = len(encoder) + len(decoder) > 2
    if has_hidden and "activation" not in given and not activation:
        about = settings_of(ModelConfig)["activation"]
        raise ValueError(f"the config must have activation, one of {', '.join(getattr(about, 'choices', ()))}")
    if activation:
        given.setdefault("activation", activation)
    if given.get("encoder_hidden_dims", ...) is None:
        del given["encoder_hidden_dims"]
    for name, value in told.items():
        if given.setdefault(name, value) != value:
            raise ValueError(f"{name} must be {value}, as in the layers, got {described(given[name])}")
    config = ModelConfig.from_dict(given)
    outputs = likelihood_of(config).num_outputs
    if decoder[-1][0] != outputs:
        raise ValueError(
            f"the decoder must give {outputs} numbers for data_dim {config.data_dim}, got {decoder[-1][0]}"
        )
    return config


def _log_var(config: ModelConfig, state: Mapping[str, Tensor], values: dict[str, Any]) -> dict[str, Tensor]:
    """The parameter `log_var` of a Gaussian decoder whose variance does not depend on z: from the file, or from the config's `scale`."""
    entries, is_given = likelihood_of(config).num_log_vars, LOG_VAR in state
    if not entries:
        if is_given or "scale" in values:
            what = f"a tensor {LOG_VAR}" if is_given else "scale"
            raise ValueError(f"{what} does not go with this decoder, which has no variance of its own")
        return {}
    if is_given == ("scale" in values):
        raise ValueError(
            f"a Gaussian decoder must have a tensor {LOG_VAR} or, in the config, its standard deviation as scale, got "
            f"{'both' if is_given else 'neither'}"
        )
    if is_given:
        tensor = state[LOG_VAR].float()
        if tensor.shape != (entries,):
            raise ValueError(f"{LOG_VAR} must have the shape ({entries},), got {tuple(tensor.shape)}")
        return {LOG_VAR: tensor}
    scale, floor = values["scale"], config.variance_floor
    require_number("scale", scale, above=math.sqrt(floor))  # variance = variance_floor + exp(log_var)
    require_number("the square of scale", scale * scale, above=floor)
    return {LOG_VAR: torch.full((entries,), math.log(scale * scale - floor), dtype=torch.float32, device="cpu")}


def _about(values: dict[str, Any]) -> dict[str, Any]:
    """What the config says of the images, for a model's header."""
    if not isinstance(values.get("data", ""), str):
        raise ValueError(f"data must be the name of a data set, got {described(values['data'])}")
    return {"data": values["data"]} if "data" in values else {}
