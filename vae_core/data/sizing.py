"""The images of a set as they are trained on: at one size, padded and not stretched, and light on dark."""

from __future__ import annotations

from collections import Counter

import numpy as np

from vae_core.data.decisions import LUMINANCE, Plan, colour_part
from vae_core.data.picture_files import MOST_SIDE, fitted, shrunk_to
from vae_core.data.reading import AUTO
from vae_core.errors import DataError

MOST_NUMBERS = 2**27  # a set has no more: 512 MB as float32
LIGHT, EVEN = 0.5, 0.2  # a border that is paper: its median, and how far its quartiles lie apart
SAME_PROPORTIONS = 0.8


def decide_size(plan: Plan, channels: int) -> tuple[int, int]:
    """One (height, width) for all images, at most 64 on the longer side, in proportions that most of them have, else square."""
    options = plan.options
    sizes = Counter(plan.sizes)
    turned = options.turn in ("90", "270")
    if turned:
        sizes = Counter({(w, h): n for (h, w), n in sizes.items()})
    (common, times) = sizes.most_common(1)[0]
    shares: Counter[float] = Counter()
    for (height, width), number in sizes.items():
        shares[round(width / height, 1)] += number
    if len(sizes) == 1:
        size, reason = common, f"all images have {common[0]} x {common[1]} pixels"
    elif times >= SAME_PROPORTIONS * plan.count:
        size, reason = common, f"{times:,} of {plan.count:,} images have {common[0]} x {common[1]} pixels"
    else:
        longer = int(np.median([max(size) for size in sizes.elements()]))
        share, number = shares.most_common(1)[0]
        reason = f"the images have {len(sizes)} sizes, from {_words(min(sizes))} to {_words(max(sizes))}"
        size = (longer, longer)
        if number >= SAME_PROPORTIONS * plan.count and share > 0:
            size = (max(1, round(longer / share)), longer) if share >= 1 else (longer, max(1, round(longer * share)))
    most = options.side or MOST_SIDE
    while most > 1 and not options.side and plan.count * channels * int(np.prod(fitted(size, most))) > MOST_NUMBERS:
        most -= 1
    new = fitted(size, most)
    if options.side and max(new) < options.side:
        new = (max(1, round(size[0] * options.side / max(size))), max(1, round(size[1] * options.side / max(size))))
    if options.image_shape:
        new, reason = (options.image_shape[0], options.image_shape[1]), "that of the model"
    if plan.count * channels * new[0] * new[1] > MOST_NUMBERS:
        raise DataError(
            f"{plan.count:,} images of {_words(new)} pixels would need {4 * plan.count * channels * new[0] * new[1] // 10**6:,} MB, and at most "
            f"{4 * MOST_NUMBERS // 10**6:,} MB are taken: choose a smaller side, or fewer images"
        )
    resized = sum(number for own, number in sizes.items() if own != new)
    reason += f"; {resized:,} of {plan.count:,} are resized, padded and not stretched" if resized else ""
    plan.decide("side", max(new), f"{new[0]} x {new[1]} pixels (height x width)", reason)
    return new


def _words(size: tuple[int, int]) -> str:
    return f"{size[0]} x {size[1]}"


def build(plan: Plan, black: float, white: float, is_colour: bool, size: tuple[int, int]) -> np.ndarray:
    """All images as decided but for light and dark, (images, height, width, channels) float32 in [0, 1]."""
    channels = 3 if is_colour else 1
    images = np.empty((plan.count, *size, channels), np.float32)
    has_deep = any(group.pixels.dtype != np.uint8 for group in plan.groups)
    ground = np.float32(plan.values.get("ground") == "white")
    loose: list[tuple[np.ndarray, np.ndarray]] = []
    borders: list[np.ndarray] = []
    for places, pixels in plan.chunks():
        is_byte = pixels.dtype == np.uint8
        low, high = (0.0, 255.0) if is_byte and has_deep else (black, white)
        values = pixels.astype(np.float32)
        colour = colour_part(values)
        if low:
            colour = colour - np.float32(low)
        if high - low != 1.0:
            colour = colour / np.float32(high - low)
        colour = colour.clip(0.0, 1.0)
        if pixels.shape[3] in (2, 4):
            alpha = values[..., -1:] / np.float32(255.0 if is_byte else max(1e-9, float(values[..., -1].max())))
            colour = colour * alpha + ground * (1 - alpha)
        if is_colour:
            colour = np.repeat(colour, 3, -1) if colour.shape[3] == 1 else colour
        elif colour.shape[3] == 3:
            colour = (colour @ LUMINANCE)[..., None]
        colour = np.rot90(colour, -int(plan.options.turn) // 90, (1, 2))
        if plan.options.mirror == "yes":
            colour = colour[:, :, ::-1]
        scale = min(size[0] / colour.shape[1], size[1] / colour.shape[2])
        new = (
            min(size[0], max(1, round(colour.shape[1] * scale))),
            min(size[1], max(1, round(colour.shape[2] * scale))),
        )
        colour = shrunk_to(colour, new).clip(0.0, 1.0)
        if new == size:
            images[places] = colour
        else:
            loose.append((places, colour))
        borders.append(border(colour).reshape(-1, channels)[:: max(1, len(colour) // 10)])
    fill = np.median(np.concatenate(borders), 0)
    for places, colour in loose:
        top, left = (size[0] - colour.shape[1]) // 2, (size[1] - colour.shape[2]) // 2
        images[places] = fill
        images[places, top : top + colour.shape[1], left : left + colour.shape[2]] = colour
    return images


def border(images: np.ndarray) -> np.ndarray:
    """The pixels at the edges of images (images, height, width, channels): (images, pixels, channels)."""
    return np.concatenate([images[:, 0], images[:, -1], images[:, :, 0], images[:, :, -1]], 1)


def decide_polarity(plan: Plan, images: np.ndarray, is_colour: bool) -> bool:
    """Whether light and dark are changed over: grey images of dark ink on paper are. One vote for the set."""
    if is_colour and plan.options.polarity == AUTO:
        plan.decide("polarity", "keep", "as in the files", "colour stays as it is")
        return False
    edges = border(images)[..., 0] if not is_colour else border(images) @ LUMINANCE
    quartiles = np.quantile(edges, [0.25, 0.5, 0.75], axis=1)
    light = (quartiles[1] > LIGHT) & (quartiles[2] - quartiles[0] < EVEN)
    share = f"{int(light.sum()):,} of {plan.count:,} images have a light, even border"
    invert = not is_colour and int(light.sum()) > plan.count / 2
    reason = f"{share}, as ink on paper has" if invert else share
    if plan.options.polarity != AUTO:
        invert = plan.options.polarity == "invert"
    words = "light and dark changed over" if invert else "as in the files"
    plan.decide("polarity", "invert" if invert else "keep", words, reason)
    return invert
