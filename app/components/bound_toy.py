"""The bound, live: q is dragged in the browser, where sums over a grid split log p(x) into ELBO and KL at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

_FOLDER = Path(__file__).parent
_HTML = """
<section class="bound-bench {name}">
  <div data-role="plot"></div>
  <div data-role="sum" role="img"></div>
  <p><output aria-live="polite"></output></p>
  <div class="bound-buttons">
    <button type="button" data-role="climb">Let it climb</button>
    <button type="button" data-role="encoder">Use the encoder's q</button>
    <button type="button" data-role="restart">Start again</button>
  </div>
</section>
"""


def _component(name: str) -> Callable[..., Any]:
    source = [(_FOLDER / file).read_text(encoding="utf-8") for file in ("bench.js", f"{name}.js")]
    css = (_FOLDER / "bounds.css").read_text(encoding="utf-8")
    html = _HTML.format(name=name.replace("_", "-"))
    return st.components.v2.component(name, html=html, css=css, js="\n".join(source), isolate_styles=False)


_toy, _map = _component("bound_toy"), _component("bound_map")


def bound_toy(model: dict[str, Any], *, key: str = "bound_toy", on_view_change: Callable[[], None]) -> Any:
    """Mount the toy of one dimension. `model` has the latent grid (`first`, `spacing`), the decoder's mean `f` on it and
    its `noise`; the observations `xs` that can be chosen and the `encoder`'s [loc, scale] for each; `start`
    [x, loc, scale], and `colours`. The result's `view` is the last [x, loc, scale] that was let go of, or None."""
    return _toy(data=model, key=key, on_view_change=on_view_change, default={"view": None})


def bound_map(model: dict[str, Any], *, key: str = "bound_map") -> Any:
    """Mount the plane of one image. `model` has its `id`, two `axes`, `logJoint` (log p(x, z), rows of the second axis),
    the `encoder`'s q as [loc1, loc2, scale1, scale2], and `colours`. The result's `view` is such a q, or None."""
    return _map(data=model, key=key, on_view_change=lambda: None, default={"view": None})
