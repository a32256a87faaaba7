"""The drawing pad: strokes of a mouse, pen, finger or the arrow keys, which Python hears of when the pen is lifted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aevb_lab.components.declaration import declare
from vae_core.drawing import INKS

_HTML = """
<section class="drawing-pad">
  <canvas data-role="pad" tabindex="0" role="application"
    aria-label="Drawing pad; arrow keys move the pen, with Shift farther; Space lowers and lifts it; Backspace takes the last stroke back">
  </canvas>
  <fieldset class="drawing-pad-inks" aria-label="Colour of the pen" hidden></fieldset>
  <div class="drawing-pad-buttons">
    <button type="button" data-do="undo">Undo</button>
    <button type="button" data-do="clear">Clear</button>
  </div>
  <p class="hand-keys">Keys: arrows, Space to draw, Backspace to undo.</p>
  <output class="drawing-pad-said" aria-live="polite"></output>
</section>
"""
_component = declare("drawing_pad", _HTML, styles="drawing_pad")


def drawing_pad(
    strokes: list[Any],
    image_shape: tuple[int, ...],
    *,
    version: int = 0,
    is_example: bool = False,
    key: str = "drawing_pad",
    on_strokes_change: Callable[[], None],
) -> Any:
    """Mount the pad, in the proportions of `image_shape`, with the strokes that are on it at first; later it takes them only with
    another `version`, because the visitor may have drawn more. The first stroke takes the place of an example (`is_example`).
    Where images have colour, there is a palette. The result's `strokes` are
    those of `drawing.check_strokes`: lists of [x, y] in [0, 1], y downwards, both in units of the longer side about the middle, with
    their ink where it is not white; None before the first."""
    inks = {name: "rgb({:.0%} {:.0%} {:.0%})".format(*ink) for name, ink in INKS.items()}
    data = {
        "strokes": strokes,
        "version": version,
        "image_shape": list(image_shape),
        "inks": inks,
        "is_example": is_example,
    }
    return _component(data=data, key=key, on_strokes_change=on_strokes_change, default={"strokes": None})
