"""The toy of the bound: visitors drag q, and the browser splits log p(x) into ELBO and KL by sums over a grid."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aevb_lab.components.declaration import declare

_HTML = """
<section class="bound-toy">
  <div data-role="plot"></div>
  <div data-role="sum" role="img"></div>
  <p><output aria-live="off"></output></p>
  <p class="bound-words" data-words>ELBO + gap = log p(x), all in nats. The gap is the KL between q and the true posterior. It is never negative. p(x) is a density here, so its log can be above 0.</p>
  <div class="bound-buttons">
    <button type="button" data-role="climb">Let it climb</button>
    <button type="button" data-role="encoder">Use the encoder's q</button>
    <button type="button" data-role="restart">Start again</button>
  </div>
</section>
"""
_component = declare("bound_toy", _HTML, styles="bound_toy")


def bound_toy(model: dict[str, Any], *, key: str = "bound_toy", on_view_change: Callable[[], None]) -> Any:
    """Mount the toy of one dimension. `model` has the latent grid (`first`, `spacing`), the decoder's mean `f` on it and
    its `noise`; the observations `xs` that can be chosen and the `encoder`'s [loc, scale] for each; the `view` [x, loc, scale]
    at which it begins, anew with another `version`; the `start` to which its button goes back; how far q's handles go, `reach` and `scales`; and `colours`. The result's
    `view` is the last [x, loc, scale] that was released, or None."""
    return _component(data=model, key=key, on_view_change=on_view_change, default={"view": None})
