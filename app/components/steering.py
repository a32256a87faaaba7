"""The steering bench: sliders for measured attributes and a wheel of classes, under which the browser moves z and decodes it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aevb_lab.components.declaration import declare

_HTML = """
<section class="steering">
  <div data-role="pictures">
    <figure><canvas data-role="begin" role="img" aria-label="the image x"></canvas><figcaption>x, the image</figcaption></figure>
    <figure><canvas data-role="steered" role="img" aria-label="steered image, mean of p(x|z)"></canvas><figcaption>steered</figcaption></figure>
    <figure class="plain"><canvas data-role="plain" role="img" aria-label="image of the plain way, mean of p(x|z)"></canvas><figcaption>the plain way</figcaption></figure>
  </div>
  <div data-role="controls">
    <div data-role="handles" role="group" aria-label="measured attributes"></div>
    <canvas data-role="law" role="img" aria-label="the length of z beside its law under the prior"></canvas>
  </div>
  <div data-role="answer">
    <button type="button" data-do="reset">Back to the image</button>
    <p data-role="loading" hidden></p>
    <output aria-live="polite"></output>
  </div>
  <div data-role="side">
    <canvas data-role="wheel" tabindex="0" role="application"
      aria-label="wheel of classes; arrow keys left and right choose a class, up goes towards it, down back; Esc leaves it"></canvas>
    <p data-role="hint">Pull the dot towards a class.</p>
    <canvas data-role="chart" role="img" aria-label="what was asked for against what is measured"></canvas>
  </div>
</section>
"""
_component = declare("steering", _HTML, styles="steering")


def steering(content: bytes, *, on_view_change: Callable[[], None], key: str = "steering") -> Any:
    """Mount the bench of what `shown.steering.packed_steering` packed. The result's `view` is what the visitor asked for when the hand was
    lifted last: `asked`, values by the attributes' names, and `wheel`, a turn and an amount."""
    return _component(data=content, key=key, on_view_change=on_view_change, default={"view": None})
