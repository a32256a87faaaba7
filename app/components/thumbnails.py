"""Thumbnails: the image and label of the encoded point under the pointer, and the encoded images nearest to z; or a gallery."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import numpy as np
from PIL import Image

from aevb_lab.components.declaration import declare
from aevb_lab.components.packed import pack_arrays

COLUMNS = 50
_component = declare(
    "thumbnails",
    '<section class="thumbnails" aria-label="encoded test images nearest to z"></section>',
    styles="thumbnails",
)


def pack_thumbnails(
    header: dict[str, Any], points: np.ndarray, images: np.ndarray | None, image_shape: tuple[int, ...]
) -> bytes:
    """The points for the browser, (count, latent_dim), and as the array `png` all images as the bytes of one PNG, 50 to a row;
    of one bit a pixel where no image has grey."""
    about = {"count": len(points), "latent_dim": points.shape[1], "columns": COLUMNS, "image_shape": list(image_shape)}
    arrays = {"points": points.astype(np.float32)}
    if images is not None:
        arrays["png"] = np.frombuffer(_sprite(images, image_shape), np.uint8)
    return pack_arrays(header | about | {"pictures": images is not None}, arrays)


def _sprite(images: np.ndarray, image_shape: tuple[int, ...]) -> bytes:
    height, width, *parts = image_shape
    rows = -(-len(images) // COLUMNS)
    tiles = np.zeros((rows * COLUMNS, height, width, *parts), np.uint8)
    tiles[: len(images)] = np.round(np.clip(images, 0.0, 1.0) * 255.0).reshape(-1, height, width, *parts)
    grid = tiles.reshape(rows, COLUMNS, height, width, *parts).swapaxes(1, 2)
    picture = grid.reshape(rows * height, COLUMNS * width, *parts)
    file, binary = io.BytesIO(), not parts and bool(np.isin(picture, (0, 255)).all())
    (Image.fromarray(picture).convert("1") if binary else Image.fromarray(picture)).save(file, "PNG", optimize=True)
    return file.getvalue()


def thumbnails(
    content: bytes,
    *,
    key: str = "thumbnails",
    on_wanted_change: Callable[[], None] = lambda: None,
    on_row_change: Callable[[], None] = lambda: None,
    on_marked_change: Callable[[], None] = lambda: None,
) -> Any:
    """Mount the thumbnails. They listen to the chart named in the header, to the points drawn over it and to the live
    decoder's z. `wanted` becomes the time once pictures are needed; `row` is the image that has just been chosen. Where the header has a
    `gallery`, a text for each picture, they listen to nothing and show all pictures in order. Those in rows `pressed` are marked, those in rows
    `framed` have a dashed ring; `press` says what a press does. With a `mark` the gallery has the page's width: a press puts the mark on a picture or takes it away, and
    `marked` is all `rows` that have it."""
    return _component(
        data=content,
        key=key,
        on_wanted_change=on_wanted_change,
        on_row_change=on_row_change,
        on_marked_change=on_marked_change,
        default={"wanted": None},
    )
