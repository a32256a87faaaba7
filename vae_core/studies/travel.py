"""Travel through a run's frames: where it put test images, what its decoder made of them, where training can branch off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from vae_core.config import ModelConfig, require_whole
from vae_core.distributions import FLOAT32_ON_CPU
from vae_core.frames import Frame
from vae_core.latent import decoded_means
from vae_core.model import VAE
from vae_core.randomness import draw_normal, seeded

SHOWN_IMAGES = 10
PRIOR_DRAWS = 10
NO_CLASS = 255


@dataclass(frozen=True, eq=False)
class DecodedFrame:
    """What a frame's own decoder makes of the encoded means of chosen images, (rows, data_dim), and of `prior_draws`,
    (draws, data_dim): means of p(x|z)."""

    reconstructions: np.ndarray
    samples: np.ndarray


def decode_frame(config: ModelConfig, frame: Frame, rows: Sequence[int]) -> DecodedFrame:
    """A full frame's pictures; `rows` are of its encoded means. Raises ValueError for a frame without a decoder."""
    vae = model_at(config, frame)
    reconstructions = decoded_means(vae, frame.means[list(rows)].float())
    draws = prior_draws(config)
    samples = decoded_means(vae, draws) if len(draws) else draws.new_zeros(0, config.data_dim)
    return DecodedFrame(reconstructions.numpy(), samples.numpy())


def model_at(config: ModelConfig, frame: Frame) -> VAE:
    """The model at a frame, with its weights of half precision. Only branch points keep the encoder; for other frames the encoder
    of the result is meaningless. Raises ValueError for a frame without a decoder."""
    if not frame.weights:
        raise ValueError(f"the frame of step {frame.step} keeps no decoder; take one whose `weights` are not empty")
    vae = VAE(config, generator=None)
    vae.load_state_dict({name: tensor.float() for name, tensor in frame.weights.items()}, strict=False)
    return vae


def branch_points(config: ModelConfig, frames: Sequence[Frame]) -> list[Frame]:
    """The frames from which training can continue: those with the encoder, except the untrained model."""
    names = set(VAE(config, generator=None).state_dict())
    return [frame for frame in frames if frame.step and set(frame.weights) == names]


def prior_draws(config: ModelConfig) -> Float[Tensor, "draws latent"]:
    """The draws from the prior, the same at every frame, that full frames decode; none with more than two latent
    dimensions, where every frame's own pictures are of such draws."""
    count = PRIOR_DRAWS if config.latent_dim <= 2 else 0
    return draw_normal((count, config.latent_dim), like=FLOAT32_ON_CPU, generator=seeded(0))


def encoded_points(frames: Sequence[Frame], axes: Sequence[int]) -> np.ndarray:
    """The encoded means of every frame along some latent axes, (frames, points, axes). ValueError without frames."""
    require_whole("the number of frames", len(frames), 1)
    return torch.stack([frame.means for frame in frames]).float()[:, :, list(axes)].numpy()


def point_classes(labels: np.ndarray | None, frame: Frame) -> np.ndarray:
    """The class of each of a frame's points, uint8; NO_CLASS where `labels` do not say."""
    classes = np.full(len(frame.means), NO_CLASS, np.uint8)
    if labels is not None:
        count = min(len(labels), len(classes))
        classes[:count] = np.where(labels[:count] < NO_CLASS, labels[:count], NO_CLASS)
    return classes


def shown_rows(classes: np.ndarray) -> list[int]:
    """The first image of each class, or the first ten."""
    first = [int(np.flatnonzero(classes == label)[0]) for label in np.unique(classes) if label != NO_CLASS]
    return first[:SHOWN_IMAGES] or list(range(min(SHOWN_IMAGES, len(classes))))
