"""The plane of a model in training: points and pictures that change twice a second, over a chart that stays."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

_FOLDER = Path(__file__).parent
_component = st.components.v2.component(
    "live_plane",
    html='<div class="live-plane" hidden></div>',
    js="\n".join(
        (_FOLDER / f"{name}.js").read_text(encoding="utf-8") for name in ("packed", "plot_overlay", "live_plane")
    ),
    isolate_styles=False,
)


def live_plane(packed: bytes, *, key: str = "live_plane") -> None:
    """Draw what `state.packed_look` packed, in the axes of the chart named there. Plotly would build 2,000 points anew at
    each change, which takes a browser 0.3 s; this takes it 10 ms."""
    _component(data=packed, key=key)
