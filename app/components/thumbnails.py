"""Thumbnails: the image and label of the encoded point under the pointer, and the encoded images nearest to z."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from PIL import Image

COLUMNS = 50
_FOLDER = Path(__file__).parent
_component = st.components.v2.component(
    "thumbnails",
    html='<section class="thumbnails" aria-label="encoded test images nearest to z"></section>',
    css=(_FOLDER / "thumbnails.css").read_text(encoding="utf-8"),
    js=(_FOLDER / "thumbnails.js").read_text(encoding="utf-8"),
    isolate_styles=False,
)


def pack_thumbnails(
    header: dict[str, Any], points: np.ndarray, images: np.ndarray | None, image_shape: tuple[int, int]
) -> bytes:
    """The bytes the browser gets: header length (uint32), header JSON padded to 4 bytes, points (count, latent) in
    float32, and all images as one PNG, 50 to a row; of one bit a pixel where no image has grey."""
    about = {"count": len(points), "latent_dim": points.shape[1], "columns": COLUMNS, "image_shape": list(image_shape)}
    text = json.dumps(header | about | {"pictures": images is not None}, sort_keys=True).encode()
    text += b" " * (-len(text) % 4)
    sprite = b"" if images is None else _sprite(images, image_shape)
    return len(text).to_bytes(4, "little") + text + points.astype("<f4").tobytes() + sprite


def _sprite(images: np.ndarray, image_shape: tuple[int, int]) -> bytes:
    height, width = image_shape
    rows = -(-len(images) // COLUMNS)
    tiles = np.zeros((rows * COLUMNS, height, width), np.uint8)
    tiles[: len(images)] = np.round(np.clip(images, 0.0, 1.0) * 255.0).reshape(-1, height, width)
    picture = tiles.reshape(rows, COLUMNS, height, width).transpose(0, 2, 1, 3).reshape(rows * height, COLUMNS * width)
    file, binary = io.BytesIO(), bool(np.isin(picture, (0, 255)).all())
    (Image.fromarray(picture).convert("1") if binary else Image.fromarray(picture)).save(file, "PNG", optimize=True)
    return file.getvalue()


def thumbnails(
    packed: bytes, *, key: str = "thumbnails", on_wanted_change: Callable[[], None], on_row_change: Callable[[], None]
) -> Any:
    """Mount the thumbnails. They listen to the chart named in the header, to the points drawn over it and to the live
    decoder's z. `wanted` becomes the time once pictures are needed; `row` is the image that was last chosen."""
    return _component(
        data=packed,
        key=key,
        on_wanted_change=on_wanted_change,
        on_row_change=on_row_change,
        default={"wanted": None, "row": None},
    )
