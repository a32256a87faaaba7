"""The ellipse: a Gaussian q(z) that is dragged, stretched and turned over one image's true posterior, with its ELBO."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

_FOLDER = Path(__file__).parent
_HTML = """
<section class="ellipse-bench">
  <div data-role="plane"></div>
  <div data-role="table"></div>
  <p><output aria-live="polite"></output></p>
  <div class="ellipse-buttons">
    <button type="button" data-role="climb">Let it climb</button>
    <button type="button" data-q="encoder">Encoder's q</button>
    <button type="button" data-q="aligned">Best axis-aligned</button>
    <button type="button" data-q="best">Best Gaussian</button>
  </div>
</section>
"""
_component = st.components.v2.component(
    "ellipse",
    html=_HTML,
    css=(_FOLDER / "ellipse.css").read_text(encoding="utf-8"),
    js=(_FOLDER / "ellipse.js").read_text(encoding="utf-8"),
    isolate_styles=False,
)


def pack_ellipse(header: dict[str, Any], log_joint: np.ndarray) -> bytes:
    """The bytes the browser gets: header length (uint32), header JSON padded to 4 bytes, log p(x, z) less its `peak` in
    float32, rows of the second axis."""
    text = json.dumps(header, sort_keys=True).encode()
    text += b" " * (-len(text) % 4)
    return len(text).to_bytes(4, "little") + text + (log_joint - header["peak"]).astype("<f4").tobytes()


@st.fragment
def ellipse(packed: bytes, *, on_q_change: Callable[[], None], key: str = "ellipse") -> Any:
    """Mount the ellipse. The header has the grid (`low`, `spacing`, `side`, `peak`), the contours' `levels`, the
    `narrowest` scale allowed, three qs [loc1, loc2, scale1, scale2, angle] by name, the `draws` shown as dots, and
    `colours`. When q is let go of it is the result's `q`; nothing else on the page is run again for that."""
    return _component(data=packed, key=key, on_q_change=on_q_change, default={"q": None})
