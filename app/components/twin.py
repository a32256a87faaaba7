"""Models side by side: their decoders live in the browser, where one z is decoded by all of them."""

from __future__ import annotations

from app.components.declaration import declare

_HTML = """
<section class="twin" aria-label="Models side by side at the same point z">
  <div class="twin-bar">
    <span role="group" aria-label="Axes">
      <button type="button" data-role="near" aria-pressed="true">around the prior</button>
      <button type="button" data-role="all" aria-pressed="false">all points</button>
    </span>
    <output aria-live="polite"></output>
  </div>
  <div class="twin-columns"></div>
</section>
"""
_component = declare("twin", _HTML, styles="twin")
_x = declare("twin_x", "<div hidden></div>")


def twin(models: bytes, *, key: str = "twin") -> None:
    """Mount the models that `shown.twins.packed_models` packed; they show what `twin_x` tells them. It reports nothing to the
    server."""
    _component(data=models, key=key)


def twin_x(seen: bytes, *, key: str = "twin_x") -> None:
    """What the mounted models make of one x, as `shown.twins.packed_twins` packed it."""
    _x(data=seen, key=key)
