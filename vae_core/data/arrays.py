"""Arrays of images and of classes: which is which, and which axis of one counts the images, rows, columns and channels."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from vae_core.data.tables import sides_of
from vae_core.errors import DataError
from vae_core.files import one_line

TRAIN_WORDS, TEST_WORDS = ("train", "training"), ("test", "testing", "t10k", "val", "valid", "validation")
LABEL_WORDS = ("label", "target", "class", "y")
SMOOTHNESS_IMAGES = 200
LONGEST = 4  # times the shorter side of an image that looks like one
CLEARLY = 0.9  # a share of the usual reading's roughness: only a much smoother one takes its place


class Part(NamedTuple):
    """An array of images, the text of each image's class or None, and the part of the split that its name says or ""."""

    name: str
    array: np.ndarray
    labels: list[str] | None
    part: str


def part_of(name: str) -> str:
    """ "train" or "test" where a name says so, else ""."""
    words = name.lower().replace("\\", "/").replace(".", "_").replace("-", "_").replace("/", "_").split("_")
    words += [word.rstrip("0123456789") for word in words] + [word[1:] for word in words if word[:1] in "xy"]
    if any(word in TRAIN_WORDS for word in words):
        return "train"
    return "test" if any(word in TEST_WORDS for word in words) else ""


def find_images(arrays: dict[str, np.ndarray], images: str, labels: str, source: str) -> list[Part]:
    """The arrays of images among named arrays, with their classes: one, or a training and a test part."""
    listing = ", ".join(f"{one_line(name)} {array.shape}" for name, array in list(arrays.items())[:12])
    if images:
        if images not in arrays:
            raise DataError(f"{source} has no array {one_line(images)!r}; it has {listing}")
        chosen = [images]
    else:
        chosen = [
            name for name, a in arrays.items() if a.dtype.kind in "buif" and 2 <= a.ndim <= 4 and not _is_labels(a)
        ]
        deep = [name for name in chosen if arrays[name].ndim > 2]
        chosen = deep if deep and len(deep) < len(chosen) else chosen
    parts = [part_of(name) for name in chosen]
    if len(chosen) > 1 and not (sorted(parts) == ["test", "train"] and len({arrays[n].shape[1:] for n in chosen}) == 1):
        raise DataError(
            f"{source} holds several arrays: {listing}; say which has the images with images (--images NAME)"
        )
    if not chosen:
        raise DataError(f"{source} holds no array of images, which has 2 to 4 axes; it holds {listing or 'nothing'}")
    return [
        Part(name, arrays[name], _labels_for(name, arrays, labels, source), part if len(chosen) > 1 else "")
        for name, part in zip(chosen, parts, strict=True)
    ]


def _is_labels(array: np.ndarray) -> bool:
    """Whether an array of two axes is one of classes: a column, or rows with one 1 among zeros."""
    if array.ndim != 2 or array.size == 0:
        return False
    if array.shape[1] == 1:
        return True
    return array.shape[1] <= 1000 and bool(((array == 0) | (array == 1)).all() and (array.sum(1) == 1).all())


def _labels_for(name: str, arrays: dict[str, np.ndarray], labels: str, source: str) -> list[str] | None:
    if labels == "none":
        return None
    image_counts = set(arrays[name].shape)
    if labels:
        if labels not in arrays:
            raise DataError(
                f"{source} has no array {one_line(labels)!r}; it has {', '.join(map(one_line, list(arrays)[:12]))}"
            )
        candidates = [labels]
    else:
        candidates = [
            n for n, a in arrays.items() if n != name and (a.ndim == 1 or _is_labels(a)) and a.shape[0] in image_counts
        ]
        same = [n for n in candidates if part_of(n) == part_of(name)]
        candidates = same or candidates
        named = [n for n in candidates if any(word in n.lower() for word in LABEL_WORDS)]
        candidates = named if len(candidates) > 1 and named else candidates
    if len(candidates) > 1:
        raise DataError(
            f"{source} holds several arrays that may be the classes: {', '.join(map(one_line, candidates[:12]))}; say which with labels "
            "(--labels NAME), or none"
        )
    return label_texts(arrays[candidates[0]]) if candidates else None


def label_texts(array: np.ndarray) -> list[str]:
    """The class of each image as a text: a number without needless digits, or a word."""
    if array.ndim == 2 and array.shape[1] > 1:
        array = array.argmax(1)
    array = array.reshape(-1)
    if array.dtype.kind == "S":
        return [value.decode("utf-8", "replace") for value in array.tolist()]
    return [plain_label(str(value)) for value in array.tolist()]


def plain_label(text: str) -> str:
    """ "3.0" as "3": a class is the same class however its number is written."""
    text = text.strip()
    try:
        number = float(text)
    except ValueError:
        return text
    return str(int(number)) if math.isfinite(number) and number == int(number) and "_" not in text else text


# -- axes --------------------------------------------------------------------------------------------------------


def arranged(
    array: np.ndarray, axes: str, row_shape: tuple[int, ...], source: str, count: int = 0
) -> tuple[np.ndarray, str, str, str]:
    """The array as (images, height, width, channels), the axes it was read by, that in words, and the reason. `count` is the number
    of classes that came with it, which is that of the images."""
    readings = _readings(array, row_shape, source)
    if axes != "auto":
        if axes not in readings:
            raise DataError(
                f"axes must fit the array's shape {array.shape} of {source}: {axes} does not; {', '.join(readings)} would"
            )
        return readings[axes], axes, axes, "as asked for"
    fitting = {name: images for name, images in readings.items() if not count or len(images) == count} or readings
    first = next(iter(fitting))
    if len(fitting) == 1:
        return fitting[first], first, first, f"the shape {array.shape} fits no other order"
    roughness = {name: _roughness(images) for name, images in fitting.items()}
    best = min(roughness, key=lambda name: roughness[name])
    best = best if roughness[best] < CLEARLY * roughness[first] else first
    others = ", ".join(name for name in fitting if name != best)
    return (
        fitting[best],
        best,
        best,
        f"the shape {array.shape} fits {others} too, and read so the images are less smooth",
    )


def _readings(array: np.ndarray, row_shape: tuple[int, ...], source: str) -> dict[str, np.ndarray]:
    """The ways to read an array, the most usual one first."""
    shape = array.shape
    if 0 in shape:
        raise DataError(f"{source} holds an empty array of the shape {shape}")
    if array.ndim == 3 and shape[2] == 1 and sides_of(shape[1]):
        array, shape = array[..., 0], shape[:2]
    if array.ndim == 2:
        return _row_readings(array, row_shape, source)
    readings: dict[str, np.ndarray] = {}
    if array.ndim == 3:
        if shape[2] in (3, 4) and shape[0] > 8 and shape[1] > 8:
            raise DataError(
                f"{source} has the shape {shape}, which is one picture in colour: put images together with np.stack, (images, height, "
                "width, 3)"
            )
        readings["NHW"] = array[..., None]
        if _may_count_last(*shape):
            readings["HWN"] = array.transpose(2, 0, 1)[..., None]
        return readings
    if array.ndim == 4:
        if shape[3] in (1, 3, 4):
            readings["NHWC"] = array
        if shape[1] in (1, 3, 4):
            readings["NCHW"] = array.transpose(0, 2, 3, 1)
        if shape[2] in (1, 3):
            readings["HWCN"] = array.transpose(3, 0, 1, 2)
    readings = {name: images for name, images in readings.items() if min(images.shape[1:3]) > 1} or readings
    if not readings:
        raise DataError(
            f"{source} has the shape {shape}: an array of images has the axes (images, height, width), or these and 1, 3 or 4 channels"
        )
    return readings


def _may_count_last(first: int, second: int, third: int) -> bool:
    """Whether the last axis of three may count the images, as in MATLAB's files: where else images that are not square, or very long
    ones, would stand beside square ones. (How smooth images are cannot tell: those of a film are alike from one to the next.)"""
    if first == second:
        return third != second
    return max(second, third) > LONGEST * min(second, third) and max(first, second) <= LONGEST * min(first, second)


def _row_readings(array: np.ndarray, row_shape: tuple[int, ...], source: str) -> dict[str, np.ndarray]:
    count, numbers = array.shape
    sides = row_shape or sides_of(numbers)
    if not sides or math.prod(sides) != numbers:
        wanted = (
            f"row_shape {'x'.join(map(str, sides))} has {math.prod(sides):,}" if sides else "that is no square image"
        )
        raise DataError(
            f"{source} has rows of {numbers:,} numbers, and {wanted}: say row_shape (--row-shape HEIGHT,WIDTH), or save the array as "
            "(images, height, width)"
        )
    if len(sides) == 2:
        return {"NHW": array.reshape(count, *sides, 1)}
    height, width, channels = sides
    planes = array.reshape(count, channels, height, width).transpose(0, 2, 3, 1)
    return {"NHWC": array.reshape(count, *sides), "NCHW": planes}


def _roughness(images: np.ndarray) -> float:
    """How much neighbouring pixels differ, for the spread of all values: smooth images are those that somebody could see."""
    part = images[:: max(1, len(images) // SMOOTHNESS_IMAGES)][:SMOOTHNESS_IMAGES, :128, :128].astype(np.float64)
    with np.errstate(all="ignore"):
        spread = float(np.nanstd(part)) or 1.0
        steps = [np.abs(np.diff(part, axis=axis)) for axis in (1, 2) if part.shape[axis] > 1]
        value = float(np.mean([float(np.nanmean(step)) for step in steps])) / spread if steps else math.inf
    return value if math.isfinite(value) else math.inf
