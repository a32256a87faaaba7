"""The test images that pages show, as grey values and as the x that is encoded."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from vae_core.config import ModelConfig
from vae_core.data.binarization import published_draw
from vae_core.data.records import Dataset, Part, check_labels
from vae_core.errors import CheckpointError, DataError
from vae_core.files import pack_tensors, read_tensors, unpack_tensors
from vae_core.likelihoods import likelihood_of

MAP_POINTS = 2000
SAMPLE_IMAGES = 200  # of a data set, in a bundle


@dataclass(frozen=True, eq=False)
class Examples:
    """Test images as grey values and as what is encoded (the published draw), (images, data_dim) each; `labels` (images,)
    where there are any, which index `class_names`; `source` describes the images in words."""

    grey: Float[Tensor, "images data"]
    x: Float[Tensor, "images data"]
    labels: np.ndarray | None
    class_names: tuple[str, ...]
    source: str

    @cached_property
    def key(self) -> str:
        """The SHA-256 of images, labels and names: the key of these images in caches."""
        content = hashlib.sha256(repr((tuple(self.x.shape), self.class_names, self.source)).encode())
        content.update(np.ascontiguousarray(self.x.numpy()).data)
        content.update(np.ascontiguousarray(self.grey.numpy()).data)
        content.update(b"" if self.labels is None else self.labels.tobytes())
        return content.hexdigest()


def take_examples(test: Part, name: str, binarization: str, count: int = MAP_POINTS) -> Examples:
    """The first images of the data set `name`'s test part, as its published draw has them."""
    x = published_draw(test.x, binarization)[:count]
    labels, class_names = name_classes(None if test.y is None else test.y[:count].numpy(), test.class_names)
    source = f"the first {len(x):,} test images of {name}, binarisation: {binarization}"
    return Examples(test.x[:count], x, labels, class_names, source)


def shown_images(dataset: Dataset, count: int) -> Float[np.ndarray, "images data"]:
    """About so many training images, evenly spread over the set, with the pixels that an encoder gets of them."""
    x = dataset.x_train[:: max(1, len(dataset.x_train) // count)][:count]
    images: np.ndarray = published_draw(x, dataset.binarization).numpy()
    return images


def name_classes(labels: np.ndarray | None, class_names: tuple[str, ...]) -> tuple[np.ndarray | None, tuple[str, ...]]:
    """The classes that occur in the labels (images,) of a data set, in order: the labels as indices of these classes, and the
    classes' names. A class for which the set has no name is called by its number."""
    if labels is None:
        return None, ()
    classes, places = np.unique(labels, return_inverse=True)
    names = (class_names[label] if 0 <= label < len(class_names) else str(label) for label in classes.tolist())
    return places.reshape(labels.shape), tuple(names)


def load_examples(path: Path) -> Examples | None:
    """The sample in a pretrained model's reference.safetensors; None where there is no such file. CheckpointError for
    another file."""
    if not path.exists():
        return None
    return _examples_of(*read_tensors(path))


def _examples_of(tensors: dict[str, Tensor], about: dict[str, Any]) -> Examples:
    grey = tensors["grey"].float() / 255.0
    x = tensors["x"].float() if "x" in tensors else grey
    labels = tensors["labels"].numpy() if "labels" in tensors else None
    labels, class_names = name_classes(labels, tuple(about["class_names"]))
    return Examples(grey, x, labels, class_names, about["source"])


def pack_examples(examples: Examples, count: int = SAMPLE_IMAGES, **about: str) -> bytes:
    """The first of some test images as the content of reference.safetensors, which `load_examples` reads. Grey values have 8 bits; x is
    beside them where it has black and white pixels alone. `about` says more of them, such as where they are from."""
    grey, x = examples.grey[:count], examples.x[:count]
    tensors = {"grey": (grey * 255.0).round().to(torch.uint8)}
    if not torch.equal(grey, x):
        tensors["x"] = x.to(torch.uint8)
    if examples.labels is not None:
        tensors["labels"] = torch.from_numpy(examples.labels[:count])
    header = {"kind": "reference", "source": examples.source.replace(f"{len(examples.x):,}", f"{len(grey):,}", 1)}
    return pack_tensors(tensors, header | {"class_names": list(examples.class_names)} | about)


def examples_from_others(data: bytes, config: ModelConfig, source: str) -> Examples:
    """The sample in the bytes of a file that somebody gives us with a model of this config. CheckpointError unless its images are such
    a model's."""
    tensors, about = unpack_tensors(data, source)
    if about.get("kind", "reference") != "reference" or "grey" not in tensors:
        raise CheckpointError(f"{source} holds no sample images")
    count = len(tensors["grey"]) if tensors["grey"].ndim else 0
    for name in ("grey", "x"):
        tensor = tensors.get(name, tensors["grey"])
        if (
            tuple(tensor.shape) != (count, config.data_dim)
            or not 0 < count <= MAP_POINTS
            or tensor.dtype != torch.uint8
        ):
            raise CheckpointError(
                f"{source} must hold up to {MAP_POINTS:,} images of {config.data_dim:,} bytes, got {name} {tuple(tensor.shape)}"
            )
    if "x" in tensors and int(tensors["x"].max()) > 1:
        raise CheckpointError(f"{source} must have black and white pixels in x, 0 and 1, got {int(tensors['x'].max())}")
    names, words, labels = about.get("class_names"), about.get("source"), tensors.get("labels")
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names) or not isinstance(words, str):
        raise CheckpointError(f"{source} does not say what its images and classes are")
    if labels is not None:
        try:
            check_labels(labels, count, f"labels in {source}")
        except DataError as error:
            raise CheckpointError(str(error)) from error
    examples = _examples_of(tensors, about)
    try:
        likelihood_of(config).check_observed(examples.x)
    except ValueError as error:
        raise CheckpointError(f"{source} does not go with the model: {error}") from error
    return examples
