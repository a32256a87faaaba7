"""A visitor's drawing on the pad, and the window of the plane around its place."""

from __future__ import annotations

from typing import Any

import streamlit as st

SOURCE, DRAW = "reconstruct_source", "draw"  # the key of the choice of what is encoded, and its option for the pad
EXAMPLE = [[
    [0.32, 0.34], [0.35, 0.27], [0.42, 0.22], [0.51, 0.21], [0.60, 0.24], [0.65, 0.31], [0.65, 0.39], [0.61, 0.47],
    [0.54, 0.55], [0.46, 0.63], [0.38, 0.71], [0.32, 0.78], [0.42, 0.775], [0.52, 0.77], [0.61, 0.775], [0.69, 0.79],
]]  # fmt: skip


def strokes_on_pad() -> list[list[list[float]]]:
    """The last drawing in this session; at first an example, so that the page is not empty."""
    return st.session_state.get("own_strokes", EXAMPLE)


def keep_strokes() -> None:
    """Called when the pad reports: keep its strokes through visits to other pages."""
    strokes = (st.session_state.get("drawing_pad") or {}).get("strokes")
    if strokes is not None:
        st.session_state["own_strokes"] = strokes


def look_at_drawing() -> None:
    """Called when the visitor wants to see more of the drawing beside the test images."""
    st.session_state[SOURCE] = DRAW


def needs_redrawing(window: Any) -> bool:
    """Whether the chart is on the page already and shows another window of the plane. From now on `drawn_window` is
    `window`."""
    last_window = st.session_state.get("own_window")
    st.session_state["own_window"] = window
    return last_window is not None and last_window != window


def drawn_window(whole: Any) -> Any:
    """The window on the chart; the `whole` plane while there is no image."""
    return st.session_state.setdefault("own_window", whole)


def forget_window() -> None:
    """Called when the whole page is drawn anew."""
    st.session_state.pop("own_window", None)
