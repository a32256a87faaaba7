"""Models side by side: the browser has their decoders, and decodes the same z with all of them."""

from __future__ import annotations

from aevb_lab.components.declaration import declare

_HTML = """
<section class="twin" aria-label="Models side by side at the same point z">
  <div class="twin-bar"><button type="button" data-role="more">Ten other draws</button></div>
  <div class="twin-columns"></div>
  <div class="twin-bar twin-place">
    <output aria-live="off"></output>
    <span role="group" aria-label="Axes">
      <button type="button" data-role="near" aria-pressed="true">around the prior</button>
      <button type="button" data-role="all" aria-pressed="false">all points</button>
    </span>
  </div>
</section>
"""
_component = declare("twin", _HTML, styles="twin")
_x = declare("twin_x", '<section class="twin-x"><div class="twin-x-columns"></div></section>', styles="twin")


def twin(models: bytes, *, key: str = "twin") -> None:
    """Mount the models that `shown.twins.packed_models` packed; `twin_x` says what they show. It reports nothing to the
    server."""
    _component(data=models, key=key)


def twin_x(content: bytes, *, key: str = "twin_x") -> None:
    """Show each model's reconstruction of x, and its z on the mounted maps, as `shown.twins.packed_twins` packed them."""
    _x(data=content, key=key)
