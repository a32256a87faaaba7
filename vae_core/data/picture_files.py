"""One picture file as a small array: upright, its first frame, at most 64 pixels a side, with what a set must decide left open."""

from __future__ import annotations

import io
import math
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageOps

from vae_core.errors import DataError
from vae_core.files import one_line

FORMATS = ("PNG", "JPEG", "GIF", "BMP", "WEBP", "PPM")
MOST_PIXELS = 16_000_000
MOST_JPEG_PIXELS = 50_000_000  # a JPEG is made smaller while it is decoded
MOST_SIDE = 64  # an image of a set has no larger side
DEEP = ("I", "F", "I;16", "I;16B", "I;16L", "I;16N")  # modes of one channel with more than 8 bits


class Picture(NamedTuple):
    """`pixels` (height, width, channels): uint8 of 1 (grey), 2 (grey, alpha), 3 (colour) or 4 channels, or float32 of one channel
    in the file's own units. `size` is the file's own (height, width), upright. `is_moving`: only its first frame is here."""

    pixels: np.ndarray
    size: tuple[int, int]
    is_moving: bool


def read_picture_file(content: bytes, side: int = MOST_SIDE) -> Picture:
    """A picture whose longer side is at most `side`: area-averaged where it is larger. DataError, with the reason, for a file that
    is damaged or too large; of a large one no pixel is decoded."""
    try:
        picture: Image.Image = Image.open(io.BytesIO(content), formats=FORMATS)
        most = MOST_JPEG_PIXELS if picture.format in ("JPEG", "MPO") else MOST_PIXELS
        if picture.width * picture.height > most:
            raise DataError(
                f"it has {picture.width:,} x {picture.height:,} pixels, and may have {most // 10**6} million: save it smaller"
            )
        is_moving = picture.format not in ("JPEG", "MPO") and bool(getattr(picture, "is_animated", False))
        size = picture.height, picture.width
        picture.draft(None, (2 * side, 2 * side))
        turned = _orientation(picture) in (5, 6, 7, 8)
        pixels = as_array(picture, side)
    except DataError:
        raise
    except Image.DecompressionBombError as error:  # Pillow does not even open one of this size
        raise DataError(f"it has far more than {MOST_PIXELS // 10**6} million pixels: save it smaller") from error
    except Exception as error:  # Pillow says of no damage which error it raises
        raise DataError(f"it is damaged: {one_line(error) or type(error).__name__}") from error
    if not np.isfinite(pixels).all():
        raise DataError("it holds values that are not finite")
    size = size[::-1] if turned else size
    return Picture(shrunk_to(pixels[None], fitted(size, side))[0], size, is_moving)


def _orientation(picture: Image.Image) -> int:
    try:
        return int(picture.getexif().get(0x0112, 1))
    except Exception:  # a header may be damaged beside whole pixels
        return 1


def _upright(picture: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(picture)
    except Exception:
        return picture


def _plain(picture: Image.Image) -> Image.Image:
    """The picture in one of the modes L, LA, RGB, RGBA and those of `DEEP`."""
    mode = picture.mode
    if mode in DEEP or mode in ("L", "LA", "RGB", "RGBA") and "transparency" not in picture.info:
        picture.load()
        return picture
    exif = picture.info.get("exif")
    has_alpha = mode in ("PA", "La", "RGBa", "LA", "RGBA") or "transparency" in picture.info
    plain = picture.convert({"1": "L", "L": "L", "La": "L"}.get(mode, "RGB") + ("A" if has_alpha else ""))
    if exif is not None:
        plain.info["exif"] = exif
    return plain


def _halved(picture: Image.Image, side: int) -> Image.Image:
    """A large picture averaged over whole blocks of pixels, fast, to no less than twice the size that it will have."""
    factor = max(picture.size) // (2 * side)
    if factor < 2:
        return picture
    if picture.mode in DEEP:  # Pillow reduces I and F among these
        picture = picture.convert("I") if picture.mode not in ("I", "F") else picture
    exif = picture.info.get("exif")
    small = picture.reduce((min(factor, picture.width), min(factor, picture.height)))
    if exif is not None:
        small.info["exif"] = exif
    return small


def as_array(picture: Image.Image, side: int) -> np.ndarray:
    """The pixels of an open picture, (height, width, channels), upright, no smaller than twice a longer side of `side`."""
    picture = _upright(_halved(_plain(picture), side))
    if picture.mode in DEEP:
        return np.asarray(picture).astype(np.float32)[..., None]
    pixels = np.asarray(picture)
    pixels = pixels[..., None] if pixels.ndim == 2 else pixels
    if pixels.shape[2] in (2, 4) and bool((pixels[..., -1] == 255).all()):
        pixels = pixels[..., :-1]
    return np.ascontiguousarray(pixels)


# -- sizes -------------------------------------------------------------------------------------------------------


def fitted(size: tuple[int, int], side: int) -> tuple[int, int]:
    """A size in the same proportions whose longer side is at most `side`."""
    longer = max(size)
    if longer <= side:
        return size
    height, width = (max(1, round(length * side / longer)) for length in size)
    return height, width


def shrunk_to(images: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Images (images, height, width, channels) at a size: as they are, or each new pixel the mean over its area, or straight lines
    between pixels along a side that gets longer. Colour counts by its alpha. The dtype stays; uint8 is rounded."""
    if images.shape[1:3] == size:
        return images
    values = images.astype(np.float32)
    if images.shape[3] in (2, 4):
        values[..., :-1] *= values[..., -1:]
    for axis, new in zip((1, 2), size, strict=True):
        values = _resized(values, axis, new)
    if images.shape[3] in (2, 4):
        values[..., :-1] /= np.maximum(values[..., -1:], 1e-6)
    return values.round().clip(0, 255).astype(np.uint8) if images.dtype == np.uint8 else values


def _resized(values: np.ndarray, axis: int, new: int) -> np.ndarray:
    """One axis at a new length: means over areas, as differences of running sums, or straight lines between pixels. (Products with
    matrices would be shorter, and wait for threads on a busy machine.)"""
    old = values.shape[axis]
    if new == old:
        return values
    shape = [1] * values.ndim
    shape[axis] = -1
    if new > old:
        places = ((np.arange(new) + 0.5) * old / new - 0.5).clip(0, old - 1)
    else:
        places = np.arange(new + 1) * (old / new)
        sums = np.cumsum(values, axis, np.float64)
        values = np.concatenate([np.zeros_like(np.take(sums, [0], axis)), sums], axis)
    lower = np.minimum(places.astype(np.int64), values.shape[axis] - 1)
    upper = np.minimum(lower + 1, values.shape[axis] - 1)
    share = (places - lower).reshape(shape)
    lines = np.take(values, lower, axis) * (1 - share) + np.take(values, upper, axis) * share
    return (np.diff(lines, axis=axis) * (new / old) if new < old else lines).astype(np.float32)


def side_for(count: int) -> int:
    """The longest side at which so many pictures are kept: 64, less where four bytes for each of their pixels would take too much."""
    return max(1, min(MOST_SIDE, math.isqrt(2**28 // (4 * max(1, count)))))
