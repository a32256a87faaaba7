"""The ellipse: a Gaussian q(z) that is dragged, stretched and turned over one image's true posterior, with its ELBO."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from aevb_lab.components.declaration import declare
from aevb_lab.components.packed import pack_arrays

_HTML = """
<section class="ellipse-bench">
  <p class="ellipse-legend" data-words><span data-of="latent">true posterior</span> <span data-of="encoder">the encoder's q</span> <span
    data-of="text">your q: drag it</span></p>
  <div data-role="plane"></div>
  <p data-role="own"></p>
  <div data-role="table"><table>
    <thead data-words><tr><th scope="col">nats</th><th scope="col">ELBO</th><th scope="col">gap</th></tr></thead><tbody></tbody>
  </table></div>
  <p><output aria-live="off"></output></p>
  <div class="ellipse-buttons">
    <button type="button" data-role="climb">Let it climb</button>
    <button type="button" data-q="encoder">Encoder's q</button>
    <button type="button" data-q="aligned">Best axis-aligned</button>
    <button type="button" data-q="best">Best Gaussian</button>
  </div>
</section>
"""
_component = declare("ellipse", _HTML, styles="ellipse")


def pack_ellipse(header: dict[str, Any], log_joint: np.ndarray) -> bytes:
    """The ellipse's grid for the browser: log p(x, z) less its `peak`, rows of the second axis, as the array `log_joint`."""
    return pack_arrays(header, {"log_joint": (log_joint - header["peak"]).astype(np.float32)})


def ellipse(content: bytes, *, on_q_change: Callable[[], None], key: str = "ellipse") -> Any:
    """Mount the ellipse. The header has the grid (`low`, `spacing`, `side`, `peak`), the contours' `levels`, the
    `narrowest` scale allowed, three qs [loc1, loc2, scale1, scale2, angle] by name, the `draws` shown as dots, and
    `colours`. When q is released it is the result's `q`."""
    return _component(data=content, key=key, on_q_change=on_q_change, default={"q": None})
