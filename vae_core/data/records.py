"""What a data set is: its images, flat float32 vectors in [0, 1], and all that is known of it before it is read."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import torch
from torch import Tensor

from vae_core.config import (
    BINARIZATIONS,
    Binarization,
    ModelConfig,
    TrainConfig,
    require_choice,
    require_setting,
    require_whole,
)
from vae_core.data.binarization import check_finite, check_grey, check_images
from vae_core.errors import DataError, described
from vae_core.history import History
from vae_core.likelihoods import default_likelihood
from vae_core.settings import as_sizes, settings_of

FINGERPRINT_IMAGES = 200
MOST_SIDES = 8  # an array of images has no more axes
SETTINGS = settings_of(ModelConfig) | settings_of(TrainConfig)


def require_sides(name: str, value: Any, count: int | None = None) -> tuple[int, ...]:
    """The sides of an image, whole numbers of at least 1, as a tuple of Python's numbers: `count` of them, where it is given.
    ValueError for anything else."""
    sides = as_sizes(name, value, MOST_SIDES)
    for side in sides:
        require_whole(f"each side of {name}", side, 1)
    if count is not None and len(sides) != count:
        raise ValueError(f"{name} must have {count} sides, got {sides}")
    return sides


@dataclass(frozen=True, eq=False)
class Dataset:
    """A train and a test set of images: `x_*` (images, data_dim) in [0, 1], `y_*` (images,) int64 of at least 0, or None.

    DataError for anything else. `class_names` are those of the labels from 0 on; there may be labels beyond them. `origin` says
    where the images come from: the one folder that all files of the set lie in, or the package that ships it. `reading` says of one's
    own images how they were read (`ReadReport.about`, JSON types); it goes into histories and headers of models."""

    name: str
    x_train: Tensor
    x_test: Tensor
    y_train: Tensor | None
    y_test: Tensor | None
    image_shape: tuple[int, ...]
    binarization: Binarization
    class_names: tuple[str, ...] = ()
    origin: str = ""
    reading: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        require_choice("binarization", self.binarization, BINARIZATIONS)
        if not (isinstance(self.name, str) and self.name and isinstance(self.origin, str)):
            raise DataError(f"name and origin must be texts, got {described(self.name)} and {described(self.origin)}")
        if not all(isinstance(name, str) for name in self.class_names):
            raise DataError(f"class_names must be texts, got {described(self.class_names)}")
        shape = self.image_shape
        if not isinstance(shape, (tuple, list)) or len(shape) not in (2, 3):
            raise DataError(f"image_shape must be (height, width), or (height, width, 3), got {shape!r}")
        for side in shape:
            require_whole("each side of image_shape", side, 1)
        for part in ("train", "test"):
            x, y = getattr(self, f"x_{part}"), getattr(self, f"y_{part}")
            check_images(x, math.prod(shape), f"x_{part}", self.check_values)
            check_labels(y, len(x), f"y_{part}")
        if self.x_train.dtype != self.x_test.dtype:
            raise DataError(f"x_test must be {self.x_train.dtype}, as x_train is, got {self.x_test.dtype}")

    @staticmethod
    def check_values(x: Tensor, name: str) -> None:
        """Raise DataError for an x with values that are not in [0, 1]."""
        check_grey(x, name)

    @property
    def data_dim(self) -> int:
        """The number of pixels (of numbers, with colour) of an image."""
        return self.x_train.shape[1]

    @property
    def fingerprint(self) -> str:
        """16 digits that tell other images of the same name apart, from up to 200 images of each part: all would take long."""
        digest = hashlib.blake2b(digest_size=8)
        for x in (self.x_train, self.x_test):
            digest.update(f"{tuple(x.shape)}".encode())
            rows = x[:: -(-len(x) // FINGERPRINT_IMAGES)].detach().cpu().contiguous()
            digest.update(rows.view(torch.uint8).numpy().data)  # numpy has no bfloat16
        return digest.hexdigest()

    def new_history(self, config: TrainConfig) -> History:
        """The empty history of a run with these data."""
        return History.of(self.name, config, self.origin, self.fingerprint, dict(self.reading))


class Table(Dataset):
    """A train and a test set of rows of numbers that are no images."""

    @staticmethod
    def check_values(x: Tensor, name: str) -> None:
        """Raise DataError for an x with values that are not finite."""
        check_finite(x, name)


class Part(NamedTuple):
    """One part of a data set: `x` (images, data_dim) in [0, 1], `y` (images,) int64 or None."""

    x: Tensor
    y: Tensor | None
    image_shape: tuple[int, ...]
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


class ImageWords(NamedTuple):
    """What a data set's images show, in words: one `image`, the `thing` on it, many `things`."""

    image: str = "an image"
    thing: str = "the image"
    things: str = "images"


@dataclass(frozen=True, eq=False)
class DatasetRecord:
    """All that is known of a data set before it is read. `load_test` is for sets whose test images can be read alone.

    `source` names the makers and the licence. A model's folder holds sample images only if its set `may_be_passed_on`. The
    `files` can be downloaded if there is an `address`, the URL of a folder. Drawings are not framed if there is no `framing`.
    `hub_name` is its name on the Hugging Face hub. `is_sequence`: the images are frames of a film in their order, so neighbours are alike. Pages call the images by their `words`.
    `training` holds the fields of ModelConfig and TrainConfig that training with this set starts from.
    """

    name: str
    load: Callable[[DatasetRecord], Dataset]
    load_test: Callable[[DatasetRecord], Part] | None = None
    source: str = ""
    may_be_passed_on: bool = False
    files: tuple[DataFile, ...] = ()
    address: str = ""
    hub_name: str = ""
    pixels_sha256: str = ""
    class_names: tuple[str, ...] = ()
    binarization: Binarization = "dynamic"
    framing: Framing | None = None
    is_sequence: bool = False
    words: ImageWords = ImageWords()
    training: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        require_choice(f"binarization of {self.name}", self.binarization, BINARIZATIONS)
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


def check_labels(y: Tensor | None, count: int, name: str = "y") -> None:
    """Raise DataError unless `y` is None or one whole number of at least 0 for each of `count` images, int64."""
    if y is None:
        return
    if not isinstance(y, Tensor):
        raise DataError(f"{name} must be a torch.Tensor or None, got {type(y).__name__}")
    if y.dtype != torch.int64 or tuple(y.shape) != (count,):
        raise DataError(
            f"{name} must be int64 of the shape ({count},), a label for each image, got {y.dtype} {tuple(y.shape)}"
        )
    if count and int(y.min()) < 0:
        raise DataError(f"{name} must be labels of at least 0, got {int(y.min())}")
