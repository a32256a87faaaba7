"""Pictures made of pixels: data addresses, ink, film strips, tiles. They are uint8, (height, width) of grey or (height, width, 3) of red,
green and blue, as the images are that they show; flat images have the values of a pixel beside each other."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence

import numpy as np
from PIL import Image

GROUND, EDGE = 12, 127  # greys of a tile, as in components/kit/tiles.js
MARGIN = 0.07  # the share of a tile on each side of its image


def picture_uri(picture: np.ndarray, ink: str | None = None) -> str:
    """`picture_png` as a data address."""
    return "data:image/png;base64," + base64.b64encode(picture_png(picture, ink)).decode()


def picture_png(picture: np.ndarray, ink: str | None = None) -> bytes:
    """A picture as a PNG. A grey one is white on black, or `ink` ("#rrggbb") on a transparent ground, as opaque as the pixel is
    white: one byte a pixel either way. Colour has its own inks."""
    image, file = Image.fromarray(picture), io.BytesIO()
    if ink is None or picture.ndim == 3:
        image.save(file, "PNG")
    else:
        image.putpalette(bytes.fromhex(ink.lstrip("#")) * 256)
        image.save(file, "PNG", transparency=bytes(range(256)))
    return file.getvalue()


def enlarge(picture: np.ndarray, factor: int) -> np.ndarray:
    """The picture with each pixel repeated, so that a browser does not smooth it when it enlarges it."""
    return picture.repeat(factor, 0).repeat(factor, 1)


def tile(picture: np.ndarray) -> np.ndarray:
    """A picture on a dark ground with an edge, as decoded images are drawn on all pages."""
    margin = max(2, round(MARGIN * max(picture.shape[:2])))
    return around(around(picture, margin, GROUND), 2, EDGE)


def around(picture: np.ndarray, width: int, grey: int) -> np.ndarray:
    """The picture with an edge of one grey around it."""
    return np.pad(picture, ((width, width), (width, width), (0, 0))[: picture.ndim], constant_values=grey)


def to_bytes(images: np.ndarray) -> np.ndarray:
    """Values in [0, 1] as bytes; those outside are cut off."""
    return (np.clip(images, 0.0, 1.0) * 255.0).round().astype(np.uint8)


def mosaic(images: np.ndarray, image_shape: tuple[int, ...]) -> np.ndarray:
    """A grid of flat images (rows, columns, data_dim) as one picture, rows * height pixels high and columns * width wide."""
    rows, columns = images.shape[:2]
    height, width, *channels = image_shape
    grid = images.reshape(rows, columns, *image_shape).swapaxes(1, 2)
    return grid.reshape(rows * height, columns * width, *channels)


def film_strips(rows: Sequence[np.ndarray], image_shape: tuple[int, ...], gap: int = 1) -> np.ndarray:
    """Several film strips below each other, with `gap` mid-grey rows between them."""
    first, *others = [film_strip(images, image_shape, gap) for images in rows]
    line = np.full_like(first[:gap], 128)
    return np.concatenate([first, *(part for strip in others for part in (line, strip))])


def film_strip(images: np.ndarray, image_shape: tuple[int, ...], gap: int = 1) -> np.ndarray:
    """Flat images (count, data_dim) in [0, 1] side by side with `gap` mid-grey columns between them, uint8."""
    height, width, *channels = image_shape
    tiles = to_bytes(images).reshape(-1, *image_shape)
    strip = np.full((height, len(tiles) * (width + gap) - gap, *channels), 128, np.uint8)
    for i, tile in enumerate(tiles):
        strip[:, i * (width + gap) : i * (width + gap) + width] = tile
    return strip
