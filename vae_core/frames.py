"""Frames: the model at some steps of its training, for time travel."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from vae_core.config import ModelConfig, require_choice, require_whole
from vae_core.distributions import FLOAT32_ON_CPU
from vae_core.errors import CheckpointError, NonFiniteBound, reason
from vae_core.files import FilePath, file_header, one_line, read_tensors, unpack_tensors, write_tensors
from vae_core.latent import MEANS_OF, Q, decoded_means, grid_axis, image_means, plane_points
from vae_core.model import VAE
from vae_core.randomness import draw_normal, seeded

FRAME_COUNT = 32
FRAME_POINTS = 2000
FRAME_CELLS = 10
FULL_EVERY = 4
BRANCH_EVERY = 12


@dataclass(frozen=True, eq=False)
class Frame:
    """The model at one step, for time travel: the means of fixed test points (half precision) and the decoded pictures
    (uint8, rows x columns x pixels) of `frame_points`. Full frames also keep the decoder in half precision; branch points
    keep decoder and encoder. `means_of` says whether the means are of "q(z|x)" or, where no encoder is trained, of "p(z|x)"."""

    step: int
    samples_seen: int
    means: Tensor
    pictures: Tensor
    weights: dict[str, Tensor] = field(default_factory=dict)
    means_of: str = Q


def frame_steps(total_steps: int) -> dict[int, str]:
    """The steps that become frames, evenly spaced in log(step), and what each keeps: "light", "full" or "branch"."""
    require_whole("total_steps", total_steps, 1)
    steps = {0, *np.unique(np.round(np.geomspace(1, total_steps, FRAME_COUNT - 1)).astype(int)).tolist()}
    kinds = {}
    for from_end, step in enumerate(sorted(steps, reverse=True)):
        kinds[step] = "branch" if from_end % BRANCH_EVERY == 0 else "full" if from_end % FULL_EVERY == 0 else "light"
    return kinds


def frame_points(latent_dim: int) -> Float[Tensor, "rows columns latent"]:
    """The points whose decoded means every frame shows: a grid of the latent plane, or, with more than two latent
    dimensions, fixed draws from the prior."""
    if latent_dim <= 2:
        axis = grid_axis(FRAME_CELLS)
        return plane_points(latent_dim, axis, axis)
    return draw_normal((FRAME_CELLS, FRAME_CELLS, latent_dim), like=FLOAT32_ON_CPU, generator=seeded(0))


def capture_frame(
    vae: VAE, x_test: Tensor, step: int, samples_seen: int, kind: str = "light", means_of: str = Q
) -> Frame:
    """What the model is at this step; draws nothing, so it never changes the run."""
    decoded = decoded_means(vae, frame_points(vae.config.latent_dim).to(vae.device))
    pictures = (decoded.clamp(0.0, 1.0) * 255.0).round().to(torch.uint8).cpu()
    weights = {"light": {}, "full": vae.decoder_state(), "branch": vae.state_dict()}[kind]
    half = {name: _half(name, tensor) for name, tensor in weights.items()}
    means = _half("an encoded mean", image_means(vae, x_test[:FRAME_POINTS], means_of))
    return Frame(step, samples_seen, means, pictures, half, means_of)


def _half(name: str, tensor: Tensor) -> Tensor:
    """In half precision, whose largest number stands for all that are larger: an infinity in a file is damage."""
    require_finite(name, tensor)
    largest = torch.finfo(torch.float16).max
    return tensor.detach().clamp(-largest, largest).half().cpu()


def require_finite(name: str, tensor: Tensor) -> None:
    """NonFiniteBound unless all numbers are finite, from the smallest and the largest: one quick pass."""
    if not bool(torch.isfinite(torch.stack(torch.aminmax(tensor))).all()):
        raise NonFiniteBound(f"{name} is not finite")


# -- as a file ------------------------------------------------------------------------------------------------------


def save_frames(path: FilePath, config: ModelConfig, frames: list[Frame]) -> None:
    """Write the frames of a run as one file: stacked means and pictures, and the weights of full frames."""
    tensors = {
        "step": torch.tensor([frame.step for frame in frames], device="cpu"),
        "samples_seen": torch.tensor([frame.samples_seen for frame in frames], device="cpu"),
        "means": torch.stack([frame.means for frame in frames]),
        "pictures": torch.stack([frame.pictures for frame in frames]),
    }
    for frame in frames:
        tensors |= {f"weights.{frame.step}.{name}": tensor for name, tensor in frame.weights.items()}
    write_tensors(path, tensors, file_header("frames", config, {"means_of": frames[0].means_of}))


def load_frames(path: FilePath) -> list[Frame]:
    """The frames of a run in the order of training."""
    return frames_of(*read_tensors(path), str(path))


def frames_from_others(data: bytes, config: ModelConfig, source: str) -> list[Frame]:
    """The frames in the bytes of a file that somebody gives us with a model of this config. CheckpointError unless they are such a
    model's, and no more than a run makes."""
    frames = frames_of(*unpack_tensors(data, source), source)
    shapes = {name: tuple(tensor.shape) for name, tensor in _shapes(config).items()}
    steps = [frame.step for frame in frames]
    if not frames or len(frames) > FRAME_COUNT + 1 or steps != sorted(set(steps)) or steps[0] < 0:
        raise CheckpointError(
            f"{source} must have 1 to {FRAME_COUNT + 1} frames in the order of their steps, got {len(frames)}"
        )
    for frame in frames:
        means, pictures = tuple(frame.means.shape), tuple(frame.pictures.shape)
        if (
            len(means) != 2
            or means[1] != config.latent_dim
            or means[0] > FRAME_POINTS
            or not frame.means.is_floating_point()
        ):
            raise CheckpointError(
                f"{source} has means of the shape {means}, and the model has {config.latent_dim} latent dimensions"
            )
        if pictures[2:] != (config.data_dim,) or max(pictures[:2]) > FRAME_CELLS or frame.pictures.dtype != torch.uint8:
            raise CheckpointError(
                f"{source} has pictures of the shape {pictures}, and the model's images have {config.data_dim} numbers"
            )
        weights = {name: tuple(tensor.shape) for name, tensor in frame.weights.items()}
        kept = {name: shapes[name] for name in weights if name in shapes}
        if weights != kept or weights and not {name for name in shapes if name.startswith("decoder")} <= set(weights):
            raise CheckpointError(f"{source} has weights at step {frame.step} that are not those of the model")
    return frames


def _shapes(config: ModelConfig) -> dict[str, Tensor]:
    with torch.device("meta"):
        return VAE(config, generator=None).state_dict()


def frames_of(tensors: dict[str, Tensor], metadata: dict[str, Any], path: str) -> list[Frame]:
    """The frames in the tensors and the header of a file."""
    if metadata.get("kind") != "frames":
        raise CheckpointError(f"{path} holds no frames; it is of the kind {one_line(metadata.get('kind'))!r}")
    weights: dict[str, dict[str, Tensor]] = {}
    means_of = metadata.get("means_of", Q)  # version 0.1.0 had no others
    try:
        require_choice("means_of", means_of, MEANS_OF)
        for name, tensor in tensors.items():
            if name.startswith("weights."):
                _, step, tensor_name = name.split(".", 2)
                weights.setdefault(step, {})[tensor_name] = tensor
        columns = zip(*(tensors[name] for name in ("step", "samples_seen", "means", "pictures")), strict=True)
        return [
            Frame(int(step), int(samples_seen), means, mosaic, weights.get(str(int(step)), {}), means_of)
            for step, samples_seen, means, mosaic in columns
        ]
    except (KeyError, TypeError, ValueError, RuntimeError) as error:  # RuntimeError: of torch, a number that is many
        raise CheckpointError(f"{path} holds no frames: {one_line(reason(error))}") from error
