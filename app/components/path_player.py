"""The path player: a path on the plane, and its decoded images one after the other, in the browser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

_FOLDER = Path(__file__).parent
_HTML = """
<section class="path-player">
  <canvas data-role="frame" role="img" aria-label="decoded image on the path, mean of p(x|z)"></canvas>
  <div>
    <button type="button" aria-pressed="false">Play</button>
    <input type="range" min="0" value="0" step="1" aria-label="place on the path from A to B">
    <output></output>
  </div>
</section>
"""
_component = st.components.v2.component(
    "path_player",
    html=_HTML,
    css=(_FOLDER / "path_player.css").read_text(encoding="utf-8"),
    js="\n".join(
        (_FOLDER / f"{name}.js").read_text(encoding="utf-8")
        for name in ("packed", "plot_overlay", "play_button", "path_player")
    ),
    isolate_styles=False,
)


def path_player(packed: bytes, *, on_press_change: Callable[[], None] | None = None, key: str = "path_player") -> Any:
    """Mount the player of what `state.charts.path_shown` packed. With `on_press_change`, for a path whose header says
    `pressable`, the result's `press` is the place on the plane that was pressed last; else it tells Python nothing."""
    return _component(data=packed, key=key, on_press_change=on_press_change or (lambda: None), default={"press": None})
