"""What a data set is: its images, flat float32 vectors in [0, 1], and all that is known of it before it is read."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import numpy as np
from torch import Tensor

from vae_core.config import Binarization, ModelConfig, TrainConfig, require_setting
from vae_core.errors import DataError
from vae_core.history import History
from vae_core.likelihoods import default_likelihood
from vae_core.settings import settings_of

FINGERPRINT_IMAGES = 1000
SETTINGS = settings_of(ModelConfig) | settings_of(TrainConfig)


@dataclass(frozen=True, eq=False)
class Dataset:
    """A train and a test set of images: `x_*` (images, data_dim) in [0, 1], `y_*` (images,) int64 or None. `origin` says where
    they come from: the one folder that all files of the set lie in, or the package that ships it."""

    name: str
    x_train: Tensor
    x_test: Tensor
    y_train: Tensor | None
    y_test: Tensor | None
    image_shape: tuple[int, int]
    binarization: Binarization
    class_names: tuple[str, ...] = ()
    origin: str = ""

    def __post_init__(self) -> None:
        for name in ("x_train", "x_test"):
            check_images(getattr(self, name), int(np.prod(self.image_shape)), name)

    @property
    def data_dim(self) -> int:
        return self.x_train.shape[1]

    @property
    def fingerprint(self) -> str:
        """16 digits that tell other images of the same name apart, from up to 1,000 images of each part: all would take long."""
        digest = hashlib.blake2b(digest_size=8)
        for x in (self.x_train, self.x_test):
            digest.update(f"{tuple(x.shape)}".encode())
            digest.update(x[:: 1 + len(x) // FINGERPRINT_IMAGES].contiguous().numpy().data)
        return digest.hexdigest()

    def new_history(self, config: TrainConfig) -> History:
        """The empty history of a run with these data."""
        return History.of(self.name, config, self.origin, self.fingerprint)


class Part(NamedTuple):
    """One part of a data set: `x` (images, data_dim) in [0, 1], `y` (images,) int64 or None."""

    x: Tensor
    y: Tensor | None
    image_shape: tuple[int, int]
    class_names: tuple[str, ...]


class DataFile(NamedTuple):
    """A file of a data set: the names under which it may lie on a machine, and the MD5 of its download as its publishers
    gave it, under the last of these names."""

    names: tuple[str, ...]
    md5: str = ""


class Framing(NamedTuple):
    """How a data set's images were made: the longer side of the ink is `box` pixels; its centre of mass ("mass") or the
    middle of its box ("box") is at the image's centre; the pen is `pen` pixels wide."""

    box: int
    centre: Literal["mass", "box"]
    pen: float


@dataclass(frozen=True, eq=False)
class DatasetRecord:
    """All that is known of a data set before it is read. `load_test` is for sets whose test images can be read alone.

    `source` names the makers and the licence. A model's folder holds sample images only if its set `may_be_passed_on`. The
    `files` can be downloaded if there is an `address`, the URL of a folder. Drawings are not framed if there is no `framing`.
    `training` holds the fields of ModelConfig and TrainConfig that training with this set starts from.
    """

    name: str
    load: Callable[[DatasetRecord], Dataset]
    load_test: Callable[[DatasetRecord], Part] | None = None
    source: str = ""
    may_be_passed_on: bool = False
    files: tuple[DataFile, ...] = ()
    address: str = ""
    pixels_sha256: str = ""
    class_names: tuple[str, ...] = ()
    binarization: Binarization = "dynamic"
    framing: Framing | None = None
    training: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, value in self.training.items():
            if name not in SETTINGS:
                raise ValueError(
                    f"training of {self.name} must be settings, got {name}; there are {', '.join(SETTINGS)}"
                )
            require_setting(name, value, SETTINGS[name])

    @property
    def own_settings(self) -> dict[str, Any]:
        """The settings that depend on the data set, by name; all others begin at the configs' defaults."""
        likelihood = default_likelihood(self.binarization)
        usual = {"likelihood": likelihood, "hidden_dims": ModelConfig.hidden_dims, "epochs": TrainConfig.epochs}
        return usual | dict(self.training)


def check_images(x: Tensor, data_dim: int, name: str = "x") -> None:
    """Raise DataError unless `x` is (images, data_dim), finite and within [0, 1]."""
    if x.ndim != 2 or x.shape[1] != data_dim or len(x) == 0:
        raise DataError(f"{name} must have the shape (images, data_dim={data_dim}), got {tuple(x.shape)}")
    low, high = float(x.min()), float(x.max())
    if not (low >= 0.0 and high <= 1.0):
        raise DataError(f"{name} must lie in [0, 1], got values from {low:g} to {high:g}; divide by the largest value")
