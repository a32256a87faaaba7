"""What lies on a latent plane: decoded pictures, encoded points and the names of their classes, over a chart of its axes."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

_FOLDER = Path(__file__).parent
_component = st.components.v2.component(
    "plane",
    html='<div class="plane on-chart" hidden></div>',
    js="\n".join((_FOLDER / f"{name}.js").read_text(encoding="utf-8") for name in ("packed", "plot_overlay", "plane")),
    isolate_styles=False,
)


def plane(drawn: bytes, *, chart: str) -> None:
    """Draw what `shown.planes.latent_plane` packed in the axes of the chart with this key. Plotly would build 2,000 points
    anew at each change, which takes a browser 0.8 s; this takes it 10 ms."""
    _component(data=drawn, key=f"{chart}_points")
