"""The tower of bits: images put on a stack of bits and taken off again, step by step, in the browser."""

from __future__ import annotations

from aevb_lab.components.declaration import declare

_HTML = """
<section class="bit-tower">
  <div>
    <button type="button" data-role="play" aria-pressed="false">Play</button>
    <button type="button" data-role="back">Take off</button>
    <button type="button" data-role="on">Put on</button>
    <button type="button" data-role="step">One step</button>
    <label>Steps <input type="range" min="0" value="0" step="1" aria-label="Steps of the coding"></label>
  </div>
  <p aria-hidden="true"></p>
  <output aria-live="polite"></output>
  <canvas role="img" aria-label="the tower of bits, the image and its place on the map"></canvas>
</section>
"""
_component = declare("bit_tower", _HTML, styles="bit_tower")


def bit_tower(content: bytes, *, key: str = "bit_tower") -> None:
    """Mount the tower of what `shown.coding.packed_tower` packed."""
    _component(data=content, key=key)
