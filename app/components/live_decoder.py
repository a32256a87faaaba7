"""The live decoder: holds p(x|z)'s weights in the browser and decodes the point under the pointer of a plane."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

_FOLDER = Path(__file__).parent
_HTML = """
<figure class="live-decoder">
  <canvas data-role="decoded" tabindex="0" role="img" aria-label="decoded image, mean of p(x|z)"></canvas>
  <figcaption><output aria-live="polite"></output></figcaption>
</figure>
"""
_component = st.components.v2.component(
    "live_decoder",
    html=_HTML,
    css=(_FOLDER / "live_decoder.css").read_text(encoding="utf-8"),
    js=(_FOLDER / "live_decoder.js").read_text(encoding="utf-8"),
    isolate_styles=False,
)


def pack_decoder(header: dict[str, Any], layers: list[tuple[np.ndarray, np.ndarray]]) -> bytes:
    """The bytes the browser gets: header length (uint32), header JSON padded to 4 bytes, then each layer's weight
    (out, in) and bias in float32."""
    shapes = [list(weight.shape) for weight, _ in layers]
    text = json.dumps(header | {"layers": shapes}, sort_keys=True).encode()
    text += b" " * (-len(text) % 4)
    numbers = [array.astype("<f4").tobytes() for layer in layers for array in layer]
    return len(text).to_bytes(4, "little") + text + b"".join(numbers)


def live_decoder(
    decoder: bytes | dict[str, str], *, key: str = "decoder", on_z_change: Callable[[], None] = lambda: None
) -> Any:
    """Mount the decoder: packed, or {"address"} of what was sent before. It listens to the chart named in its header; the
    chart's `layout.meta` says which plane it shows. The result's `z` is the last point at which the pointer rested, or None."""
    return _component(data=decoder, key=key, on_z_change=on_z_change, default={"z": None})
