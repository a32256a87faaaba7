"""The drawing pad: strokes of a mouse, pen, finger or the arrow keys, which Python hears of when the pen is lifted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

_FOLDER = Path(__file__).parent
_HTML = """
<section class="drawing-pad">
  <canvas data-role="pad" tabindex="0" role="application"
    aria-label="Drawing pad; arrow keys move the pen, Space lowers and lifts it, Backspace takes the last stroke back.">
  </canvas>
  <div class="drawing-pad-buttons">
    <button type="button" data-do="undo">Undo</button>
    <button type="button" data-do="clear">Clear</button>
  </div>
  <output class="drawing-pad-said" aria-live="polite"></output>
</section>
"""
_component = st.components.v2.component(
    "drawing_pad",
    html=_HTML,
    css=(_FOLDER / "drawing_pad.css").read_text(encoding="utf-8"),
    js="\n".join((_FOLDER / name).read_text(encoding="utf-8") for name in ("hand_canvas.js", "drawing_pad.js")),
    isolate_styles=False,
)


def drawing_pad(
    strokes: list[list[list[float]]],
    image_shape: tuple[int, int],
    *,
    key: str = "drawing_pad",
    on_strokes_change: Callable[[], None],
) -> Any:
    """Mount the pad, in the proportions of `image_shape`, with the strokes that are on it at first. The result's `strokes`
    are lists of [x, y] in [0, 1], y downwards, both in units of the longer side about the middle; None before the first."""
    data = {"strokes": strokes, "shape": list(image_shape)}
    return _component(data=data, key=key, on_strokes_change=on_strokes_change, default={"strokes": None})
