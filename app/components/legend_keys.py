"""The keyboard in the charts' legends."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

_FOLDER = Path(__file__).parent
_component = st.components.v2.component(
    "legend_keys",
    html='<div class="on-chart" hidden></div>',
    css=(_FOLDER / "legend_keys.css").read_text(encoding="utf-8"),
    js=(_FOLDER / "legend_keys.js").read_text(encoding="utf-8"),
    isolate_styles=False,
)


def legend_keys() -> None:
    """Let Tab reach the legends of all charts of the page, and Enter and Space show and hide what they name."""
    _component(key="legend_keys")
