"""The test images that pages show, as grey values and as the x that is encoded."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from jaxtyping import Float
from torch import Tensor

from vae_core.data.binarization import published_draw
from vae_core.data.records import Dataset, Part
from vae_core.files import read_tensors

MAP_POINTS = 2000


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
    shown: np.ndarray = published_draw(x, dataset.binarization).numpy()
    return shown


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
    tensors, about = read_tensors(path)
    grey, x = tensors["grey"].float() / 255.0, tensors["x"].float()
    labels, class_names = name_classes(tensors["labels"].numpy(), tuple(about["class_names"]))
    return Examples(grey, x, labels, class_names, about["source"])
