"""How a component is declared: its HTML, its bundle of JavaScript, and its styles."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

_FOLDER = Path(__file__).parent


def declare(name: str, html: str, *, styles: str | None = None) -> Callable[..., Any]:
    """The Streamlit component of this name. Its JavaScript is `bundles/name.js`, which `npm run build` makes of `name.js`; its
    styles are `styles`.css, if there are any."""
    return st.components.v2.component(
        name,
        html=html,
        css=None if styles is None else (_FOLDER / f"{styles}.css").read_text(encoding="utf-8"),
        js=(_FOLDER / "bundles" / f"{name}.js").read_text(encoding="utf-8"),
        isolate_styles=False,
    )
