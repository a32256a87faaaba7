"""The repair brush: an image whose pixels are covered with a mouse, pen, finger or the arrow keys, or by blocks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aevb_lab.components.declaration import declare

_HTML = """
<section class="repair-brush">
  <canvas data-role="brush" tabindex="0" role="application"
    aria-label="Image under the brush; arrow keys move the brush, with Shift farther; Space covers or reveals; Backspace takes back">
  </canvas>
  <div class="repair-row" role="group" aria-label="Brush">
    <button type="button" data-tool="cover" aria-pressed="true">Cover</button>
    <button type="button" data-tool="reveal" aria-pressed="false">Eraser</button>
    <label>Size <input type="range" min="1" max="9" step="1" value="3" aria-label="Brush size, pixels"></label>
  </div>
  <div class="repair-row" role="group" aria-label="Cover a block" data-role="blocks"></div>
  <div class="repair-row">
    <button type="button" data-do="undo">Undo</button>
    <button type="button" data-do="clear">Clear</button>
  </div>
  <p class="hand-keys">Keys: arrows, Space to cover, Backspace to undo.</p>
  <output class="repair-said" aria-live="polite"></output>
</section>
"""
_component = declare("repair_brush", _HTML, styles="repair")


def repair_brush(content: bytes, *, key: str = "repair_brush", on_hidden_change: Callable[[], None]) -> Any:
    """Mount the brush. The header has the image's `image_shape`, the names of the `blocks` and the `version` of the hidden
    pixels; the arrays are `x` (data_dim,) from 0 to 255, `blocks` (blocks, pixels) and `hidden` (pixels,), 1 = hidden. The
    brush keeps what was painted until `version` changes. The result's `hidden` has one bit a pixel, 1 = hidden, first pixel
    first, in base64 with - and _; Python hears of it when the brush is lifted."""
    return _component(data=content, key=key, on_hidden_change=on_hidden_change, default={"hidden": None})
