"""Pictures made of pixels: data addresses, ink, film strips, tiles."""

from __future__ import annotations

import base64
import io

import numpy as np
from PIL import Image

GROUND, EDGE = 12, 127  # greys of a tile, as in components/kit/tiles.js
MARGIN = 0.07  # the share of a tile on each side of its image


def picture_uri(picture: np.ndarray, ink: str | None = None) -> str:
    """`picture_png` as a data address."""
    return "data:image/png;base64," + base64.b64encode(picture_png(picture, ink)).decode()


def picture_png(picture: np.ndarray, ink: str | None = None) -> bytes:
    """A grey picture (height, width) uint8 as a PNG: white on black, or `ink` ("#rrggbb") on a transparent ground, as opaque
    as the pixel is white. One byte a pixel either way."""
    image, file = Image.fromarray(picture), io.BytesIO()
    if ink is None:
        image.save(file, "PNG")
    else:
        image.putpalette(bytes.fromhex(ink.lstrip("#")) * 256)
        image.save(file, "PNG", transparency=bytes(range(256)))
    return file.getvalue()


def enlarge(picture: np.ndarray, factor: int) -> np.ndarray:
    """The picture with each pixel repeated, so that a browser does not smooth it when it enlarges it."""
    return np.kron(picture, np.ones((factor, factor), picture.dtype))


def tile(picture: np.ndarray) -> np.ndarray:
    """A grey picture (height, width) uint8 on a dark ground with an edge, as decoded images are drawn on all pages."""
    margin = max(2, round(MARGIN * max(picture.shape)))
    return np.pad(np.pad(picture, margin, constant_values=GROUND), 2, constant_values=EDGE)


def to_bytes(images: np.ndarray) -> np.ndarray:
    """Grey values in [0, 1] as bytes; those outside are cut off."""
    return (np.clip(images, 0.0, 1.0) * 255.0).round().astype(np.uint8)


def mosaic(images: np.ndarray, image_shape: tuple[int, ...]) -> np.ndarray:
    """A grid of flat grey images (rows, columns, data_dim) as one picture (rows * height, columns * width)."""
    rows, columns = images.shape[:2]
    height, width = image_shape
    grid = images.reshape(rows, columns, height, width).swapaxes(1, 2)
    return grid.reshape(rows * height, columns * width)


def film_strip(images: np.ndarray, image_shape: tuple[int, ...], gap: int = 1) -> np.ndarray:
    """Flat grey images (count, data_dim) in [0, 1] side by side with `gap` mid-grey columns between them, uint8."""
    height, width = image_shape
    tiles = to_bytes(images).reshape(-1, height, width)
    strip = np.full((height, len(tiles) * (width + gap) - gap), 128, np.uint8)
    for i, tile in enumerate(tiles):
        strip[:, i * (width + gap) : i * (width + gap) + width] = tile
    return strip
