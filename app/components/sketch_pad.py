"""The pad of the page Sketch: points that a hand draws, and over them the model that learns them, as it is now."""

from __future__ import annotations

from collections.abc import Callable

from aevb_lab.components.declaration import declare

_HTML = """
<section class="sketch-pad">
  <div class="sketch-main">
    <fieldset class="sketch-tools" aria-label="What the hand does">
      <label><input type="radio" name="sketch-tool" value="spray" checked>Spray</label>
      <label><input type="radio" name="sketch-tool" value="line">Line</label>
      <label><input type="radio" name="sketch-tool" value="erase">Eraser</label>
      <label><input type="radio" name="sketch-tool" value="look">Look at a point</label>
      <button type="button" data-do="undo">Undo</button>
      <button type="button" data-do="clear">Clear</button>
    </fieldset>
    <canvas data-role="pad" tabindex="0" role="application"
      aria-label="Drawing pad; arrow keys move the hand, with Shift farther; Space lowers and lifts it; Backspace takes the last change back"></canvas>
    <fieldset class="sketch-layers" aria-label="What is drawn">
      <label><input type="checkbox" name="density" checked>green p(x)</label>
      <label><input type="checkbox" name="tube" checked>line ± σ</label>
      <label><input type="checkbox" name="draws">new points</label>
    </fieldset>
    <p class="hand-keys">Keys: arrows, Space to draw, Backspace to undo.</p>
  </div>
  <div class="sketch-side">
    <p data-role="status"></p>
    <canvas data-role="curves" role="img" aria-label="The bound and log p(x) of the drawn points as the training goes on"></canvas>
    <p data-role="dips"></p>
    <button type="button" data-do="slower" hidden></button>
    <p data-role="words"></p>
    <p data-role="legend"></p>
    <canvas data-role="latent" role="img" aria-label="q(z|x) and p(z|x) of a point"></canvas>
  </div>
  <output aria-live="polite"></output>
</section>
"""
_component = declare("sketch_pad", _HTML, styles="sketch_pad")


def sketch_pad(
    content: bytes, *, key: str, on_points_change: Callable[[], None], on_slower_change: Callable[[], None]
) -> None:
    """Mount the pad of what `shown.sketch` packed. The result's `points` are the drawing's text. `outdated` is set where the run is no longer
    in the state for which the page was drawn, `slower` where the visitor asks for the smaller learning rate that the content names."""
    _component(
        data=content,
        key=key,
        on_points_change=on_points_change,
        on_slower_change=on_slower_change,
        on_outdated_change=lambda: None,
        default={"points": None},
    )
