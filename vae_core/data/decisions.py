"""What is decided once for a whole set of one's own images, each with its reason: axes, ground, scale, colour."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from vae_core.data.arrays import arranged
from vae_core.data.containers import LeftOut
from vae_core.data.gathering import Gathered, Group
from vae_core.data.reading import AUTO, MOST_IMAGES, Decision, ReadOptions
from vae_core.data.tables import too_many
from vae_core.errors import DataError

LUMINANCE = np.array([0.299, 0.587, 0.114], np.float32)
AT_ONCE = 500  # images in float32
GREY_SPREAD = 10 / 255  # by which the channels of a grey pixel may differ: noise of JPEG
LARGEST, SMALLEST = 1e30, 1e-30  # of values, and of their range: single precision has no differences of larger ones
GREY_SHARE = 0.999


@dataclass
class Plan:
    """The images on their way, and the decisions so far."""

    options: ReadOptions
    groups: list[Group]
    count: int
    sizes: list[tuple[int, int]]
    names: list[str]
    left_out: list[LeftOut]
    labels: list[str] | None
    split_parts: list[str] | None
    decisions: list[Decision] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)

    def decide(self, name: str, value: Any, words: str, reason: str) -> None:
        """Keep a decision. An option that is set is its reason."""
        asked = getattr(self.options, name) not in (AUTO, 0, "", "none", ())
        self.keep(Decision(name, value, words, "as asked for" if asked else reason))

    def keep(self, decision: Decision) -> None:
        """The same for a decision whose reason says more than that it was asked for."""
        self.decisions.append(decision)
        self.values[decision.name] = decision.value

    def chunks(self) -> Iterator[Group]:
        """The images in small parts, as they were read."""
        for places, pixels in self.groups:
            for start in range(0, len(places), AT_ONCE):
                yield Group(places[start : start + AT_ONCE], pixels[start : start + AT_ONCE])


def planned(gathered: Gathered, options: ReadOptions) -> Plan:
    """The images with their axes decided, without those that hold values that are not finite."""
    plan = Plan(
        options,
        gathered.groups,
        len(gathered.names),
        gathered.sizes,
        gathered.names,
        [*gathered.left_out],
        gathered.classes,
        gathered.split_parts,
    )
    if gathered.arrays:
        _take_arrays(plan, gathered)
    if plan.count < 2:
        raise DataError(f"a set needs at least two images, and {plan.count} could be read")
    return plan


def _take_arrays(plan: Plan, gathered: Gathered) -> None:
    options, pieces, split_parts = plan.options, [], []
    labels: list[str] | None = []
    for part in gathered.arrays:
        count = 0 if part.labels is None else len(part.labels)
        images, axes, words, reason = arranged(part.array, options.axes, options.row_shape, part.name, count)
        if part.labels is not None and count != len(images):
            raise DataError(
                f"{part.name} has {len(images):,} images, and there are {count:,} classes: one for each is needed"
            )
        pieces.append(images)
        split_parts += [part.part] * len(images)
        labels = None if labels is None or part.labels is None else labels + part.labels
    plan.decide("axes", axes, words, reason)
    total = sum(map(len, pieces))
    chosen = np.arange(total)
    if total > MOST_IMAGES and not options.most_images:
        raise too_many(total, gathered.kind)
    if 0 < options.most_images < total:
        order = np.random.Generator(np.random.PCG64(options.split_seed)).permutation(total)
        chosen = np.sort(order[: options.most_images])
    start, kept = 0, []
    for images in pieces:
        own = chosen[(chosen >= start) & (chosen < start + len(images))] - start
        kept.append(images if len(own) == len(images) else images[own])
        start += len(images)
    images = kept[0] if len(kept) == 1 else np.concatenate(kept)
    names = gathered.names if len(gathered.names) == total else [f"image {i + 1}" for i in range(total)]
    finite = np.ones(len(images), bool)
    if images.dtype.kind == "f":
        usable = np.isfinite(images) if images.dtype.itemsize < 8 else np.abs(images) < LARGEST  # nan is not below
        finite = usable.all((1, 2, 3))
        plan.left_out += [LeftOut(names[i], "a value that is not finite") for i in chosen[~finite]]
        losses = int((~finite).sum())
        if losses > len(finite) / 5:
            raise DataError(
                f"{losses:,} of {len(finite):,} images hold values that are not finite, and more than a fifth is too many"
            )
        images = images if finite.all() else images[finite]
    if max(images.shape[1:3]) > 4096:
        raise DataError(f"an image may have 4,096 pixels a side, got the shape {images.shape[1:]}")
    chosen = chosen[finite]
    plan.count, plan.sizes = len(images), [(images.shape[1], images.shape[2])] * len(images)
    plan.names = [names[i] for i in chosen]
    plan.labels = None if labels is None else [labels[i] for i in chosen]
    plan.split_parts = [split_parts[i] for i in chosen] if any(split_parts) else None
    if images.shape[3] in (3, 4) and options.channels == "bgr":
        images = np.concatenate([images[..., 2::-1], images[..., 3:]], -1)
    plan.groups = [Group(np.arange(len(images)), images)]
    plan.values["channels"] = options.channels


# -- values ------------------------------------------------------------------------------------------------------


def decide_ground(plan: Plan) -> None:
    """What stands behind transparent parts: the opposite of the ink, the same in all pictures."""
    ink = weight = 0.0
    count = 0
    for _, pixels in plan.chunks():
        if pixels.shape[3] in (2, 4):
            colour, alpha = pixels[..., :-1].astype(np.float32), pixels[..., -1].astype(np.float32)
            largest = 255.0 if pixels.dtype == np.uint8 else max(1e-9, float(colour.max()))
            ink += float((_luminance(colour) * alpha).sum()) / largest
            weight += float(alpha.sum())
            count += len(pixels)
    if not count and plan.options.ground == AUTO:
        return
    ground = plan.options.ground if plan.options.ground != AUTO else "white" if ink < 0.5 * weight else "black"
    ink_words = "dark" if ink < 0.5 * weight else "light"
    plan.decide(
        "ground", ground, ground, f"{count:,} pictures have transparent parts, and what is seen in them is {ink_words}"
    )


def _luminance(pixels: np.ndarray) -> np.ndarray:
    return pixels[..., 0] if pixels.shape[-1] < 3 else pixels[..., :3] @ LUMINANCE


def decide_scale(plan: Plan) -> tuple[float, float]:
    """The value that becomes black and the one that becomes white; of 8-bit pictures beside deeper ones those of the deeper ones."""
    deep = [group for group in plan.groups if group.pixels.dtype != np.uint8]
    groups = deep or plan.groups
    colours = [colour_part(group.pixels) for group in groups]
    low, high = min(float(c.min()) for c in colours), max(float(c.max()) for c in colours)
    text = f"values from {low:g} to {high:g}"
    if max(abs(low), abs(high)) > LARGEST or 0.0 < high - low < SMALLEST:
        raise DataError(f"the images have {text}, with which single precision cannot compute: scale them to 0 to 1")
    wish = plan.options.scale
    if wish == AUTO:
        value = _scale_of(low, high, is_picture=not deep and bool(plan.split_parts is not None or plan.sizes))
        if value is None:
            raise DataError(
                f"the images have {text}, which is none of the usual ranges: say scale='min-max' (--scale min-max) to make the smallest "
                "black and the largest white"
            )
    else:
        value = wish
    black, white = {
        "0-1": (0.0, 1.0),
        "0-255": (0.0, 255.0),
        "largest": (0.0, high),
        "-1-1": (-1.0, 1.0),
        "min-max": (low, high),
    }[value]
    if white <= black:
        raise DataError(f"the images have {text}: there is nothing to see in them")
    if wish != AUTO and (low < black - 0.01 * (white - black) or high > white + 0.01 * (white - black)):
        text = f"{text}, of which those outside are cut off"
    words = {
        "0-1": "as they are, from 0 to 1",
        "0-255": "divided by 255",
        "largest": f"divided by {high:g}, the largest value of the set",
        "-1-1": "from -1 to 1",
        "min-max": f"from {low:g} to {high:g}, the set's own smallest and largest values",
    }[value]
    plan.decide("scale", value, words, text)
    return black, white


def colour_part(pixels: np.ndarray) -> np.ndarray:
    return pixels[..., :-1] if pixels.shape[3] in (2, 4) else pixels


def _scale_of(low: float, high: float, *, is_picture: bool) -> str | None:
    tolerance = 1e-3
    if low >= -tolerance and high <= 1.0 + tolerance:
        return "0-1"
    if -1.0 - tolerance <= low <= -0.5 and 0.5 <= high <= 1.0 + tolerance:
        return "-1-1"
    if low < 0.0:
        return None
    return "0-255" if 127.0 < high <= 255.0 + tolerance else "largest"


def decide_colour(plan: Plan) -> bool:
    """Whether the images have colour: grey ones that were saved as colour are grey."""
    shape = plan.options.image_shape
    coloured = [group for group in plan.groups if group.pixels.shape[3] >= 3]
    pictures = sum(len(group.places) for group in coloured)
    if not coloured:
        reason, is_colour = "the files are grey", False
    else:
        grey, total = 0, 0
        for _, pixels in plan.chunks():
            if pixels.shape[3] >= 3:
                colour = pixels[..., :3].astype(np.float32)
                spread = (colour.max(-1) - colour.min(-1)) / (
                    255.0 if pixels.dtype == np.uint8 else max(1e-9, float(np.abs(colour).max()))
                )
                grey += int((spread <= GREY_SPREAD).sum())
                total += spread.size
        is_colour = grey < GREY_SHARE * total
        reason = (
            f"{pictures:,} of {plan.count:,} images have colour"
            if is_colour
            else "they are saved as colour, and all pixels are grey"
        )
    if plan.options.colour != AUTO:
        is_colour = plan.options.colour == "colour"
    elif shape:
        is_colour, reason = len(shape) == 3, f"the model's images have the shape {shape}"
    plan.decide("colour", "colour" if is_colour else "grey", "in colour" if is_colour else "grey", reason)
    return is_colour
