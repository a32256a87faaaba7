"""Pictures made of pixels: data addresses, ink, film strips."""

from __future__ import annotations

import base64
import io

import numpy as np
from PIL import Image

from app.theme import palette


def picture_uri(picture: np.ndarray) -> str:
    """A PNG data address of a picture: uint8, (height, width) grey or (height, width, 4) RGBA."""
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


def as_ink(picture: np.ndarray, dark: bool) -> np.ndarray:
    """White-on-black pixels (uint8) as ink of the theme's text colour on a transparent ground."""
    colour = palette(dark).text.lstrip("#")
    rgba = np.empty((*picture.shape, 4), np.uint8)
    rgba[..., :3] = [int(colour[i : i + 2], 16) for i in (0, 2, 4)]
    rgba[..., 3] = picture
    return rgba


def enlarge(picture: np.ndarray, factor: int) -> np.ndarray:
    """Repeat pixels, so that a browser that smooths has nothing to smooth."""
    return np.kron(picture, np.ones((factor, factor), picture.dtype))


def film_strip(images: np.ndarray, image_shape: tuple[int, int], gap: int = 1) -> np.ndarray:
    """Flat images (count, data_dim) in [0, 1] side by side with `gap` mid-grey columns between them, uint8."""
    height, width = image_shape
    tiles = (np.clip(images, 0.0, 1.0) * 255.0).round().astype(np.uint8).reshape(-1, height, width)
    strip = np.full((height, len(tiles) * (width + gap) - gap), 128, np.uint8)
    for i, tile in enumerate(tiles):
        strip[:, i * (width + gap) : i * (width + gap) + width] = tile
    return strip
