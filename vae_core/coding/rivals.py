"""What other programs make of the same images, in bits: gzip, bz2, xz, PNG, WebP, and two codes that only count pixels.

Images are whole numbers (images, data), uint8, of `levels` values, as `PixelCode.symbols` gives them. The general programs get them in
two forms, packed with 1 or 8 bits a pixel and a byte a pixel, and the shorter result counts; the picture formats too, each image by
itself and all in one picture. None of them needs a model, so none of their lengths has one.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

MOST_SIDE = 16_383  # pixels of a WebP picture
MOST_SINGLE = 1_000  # pictures that are written one by one; of more images the first ones count for all
NEIGHBOURS = "ten pixels before"
# The ten pixels before a pixel, rows above it first, from which JBIG2 predicts it.
BEFORE = ((-2, -1), (-2, 0), (-2, 1), (-1, -2), (-1, -1), (-1, 0), (-1, 1), (-1, 2), (0, -2), (0, -1))


class Rival(NamedTuple):
    """A way to compress images: what it may know of images before it sees these, and the bits that it takes for all of them."""

    name: str
    knows: str
    bits: float


def rivals(
    symbols: np.ndarray, image_shape: tuple[int, ...], levels: int, train: np.ndarray | None = None
) -> list[Rival]:
    """What each way makes of these images. The codes that count pixels are for black and white ones. They count on the images `train`
    first, if there are any, and go on counting as they code."""
    raw = symbols.size * math.log2(levels)
    forms = _forms(symbols, levels)
    results = [Rival("as they are", "how many values a pixel has", raw)]
    for name, squeeze in GENERAL.items():
        results.append(Rival(name, "nothing", min(8.0 * len(squeeze(form)) for form in forms)))
    pictures = _one_by_one(symbols, image_shape, levels)
    sheet = _sheet(symbols.reshape(-1, *image_shape), levels)
    for name, options in PICTURES.items():
        results.append(
            Rival(f"{name}, a file for each", "that they are pictures", _picture_bits(pictures, options, len(symbols)))
        )
        if max(sheet.size) <= MOST_SIDE:
            results.append(Rival(f"{name}, one picture", "that they are pictures", _picture_bits([sheet], options, 1)))
    if levels == 2:
        knows = "that they are pictures of one size" + (
            "" if train is None else f", and {len(train):,} training images"
        )
        results.append(Rival("each pixel by itself", knows, counted_bits(symbols, _places(symbols.shape[1]), train)))
        if len(image_shape) == 2:
            results.append(Rival(NEIGHBOURS, knows, counted_bits(symbols, _contexts(image_shape), train)))
    return results


GENERAL: dict[str, Callable[[bytes], bytes]] = {
    "gzip": lambda data: gzip.compress(data, 9, mtime=0),
    "bz2": lambda data: bz2.compress(data, 9),
    "xz": lambda data: lzma.compress(data, preset=9 | lzma.PRESET_EXTREME),
}
PICTURES: dict[str, dict[str, Any]] = {
    "PNG": {"format": "PNG", "optimize": True},
    "WebP": {"format": "WEBP", "lossless": True, "quality": 100, "method": 4},
}


def _forms(symbols: np.ndarray, levels: int) -> list[bytes]:
    """The images as bytes: packed as closely as whole bits allow, and a byte a pixel."""
    return [
        np.packbits(symbols).tobytes() if levels == 2 else symbols.tobytes(),
        (symbols * (255 // (levels - 1))).tobytes(),
    ]


def _one_by_one(symbols: np.ndarray, image_shape: tuple[int, ...], levels: int) -> list[Image.Image]:
    return [_picture(image.reshape(image_shape), levels) for image in symbols[:MOST_SINGLE]]


def _sheet(images: np.ndarray, levels: int) -> Image.Image:
    """All images as one picture that is about a square."""
    columns = math.ceil(math.sqrt(len(images)))
    rows = -(-len(images) // columns)
    full = np.zeros((rows * columns, *images.shape[1:]), images.dtype)
    full[: len(images)] = images
    grid = full.reshape(rows, columns, *images.shape[1:]).swapaxes(1, 2)
    return _picture(grid.reshape(rows * images.shape[1], columns * images.shape[2], *images.shape[3:]), levels)


def _picture(pixels: np.ndarray, levels: int) -> Image.Image:
    return Image.fromarray(pixels.astype(bool)) if levels == 2 else Image.fromarray(np.ascontiguousarray(pixels))


def _picture_bits(pictures: list[Image.Image], options: dict[str, Any], count: int) -> float:
    """The bits of `count` picture files, of which these are the first."""
    total = 0
    for picture in pictures:
        file = io.BytesIO()
        picture.save(file, **options)
        total += file.tell()
    return 8.0 * total * count / len(pictures)


# -- codes that count ----------------------------------------------------------------------------------------------

Contexts = Callable[[np.ndarray], np.ndarray]


def counted_bits(symbols: np.ndarray, contexts: Contexts, train: np.ndarray | None = None) -> float:
    """-log2 of the probability of black and white images when each pixel's probability is how often its context was followed by a 1 so
    far, (ones + 1/2) / (pixels + 1). An arithmetic coder writes this length to within a word. Counts are brought up to date after
    each image."""
    size = int(contexts(symbols[:1]).max(initial=0)) + 1 if symbols.size else 1
    size = max(size, 2 ** len(BEFORE), symbols.shape[1])
    counts = np.zeros((2, size))
    for images in (train,) if train is not None else ():
        for value in (0, 1):
            counts[value] += np.bincount(contexts(images)[images == value], minlength=size)
    bits = 0.0
    for image in symbols:
        context = contexts(image[None])[0]
        chosen, total = counts[image, context], counts[:, context].sum(0)
        bits -= float(np.log2((chosen + 0.5) / (total + 1.0)).sum())
        np.add.at(counts, (image, context), 1.0)
    return bits


def _places(data_dim: int) -> Contexts:
    """The context of a pixel is its place in the image."""
    return lambda images: np.broadcast_to(np.arange(data_dim), images.shape)


def _contexts(image_shape: tuple[int, ...]) -> Contexts:
    """The context of a pixel are the values of the ten pixels before it, as a number; beyond the edge all is black."""
    height, width = image_shape

    def of(images: np.ndarray) -> np.ndarray:
        framed = np.pad(images.reshape(-1, height, width).astype(np.int64), ((0, 0), (2, 0), (2, 2)))
        context = np.zeros((len(images), height, width), np.int64)
        for down, right in BEFORE:
            part = framed[:, 2 + down : 2 + down + height, 2 + right : 2 + right + width]
            context = 2 * context + part
        return context.reshape(len(images), -1)

    return of
