"""The page's link: what it restores, and what is written into it."""

from __future__ import annotations

import contextlib

import numpy as np
import streamlit as st
from streamlit.errors import StreamlitAPIException

TOY_START = (0.6, 0.0, 0.5)  # x, and loc and scale of q, of the toy of the bound


def start_point(latent_dim: int) -> list[float] | None:
    """The z of the link that opened this page, read once so that a moving point does not redraw the chart."""
    if "start_point" not in st.session_state:
        text = st.query_params.get("z", "")
        try:
            st.session_state["start_point"] = [float(part) for part in text.split(",")] if text else None
        except ValueError:
            st.session_state["start_point"] = None
    z = st.session_state["start_point"]
    return z if z and len(z) == latent_dim and all(np.isfinite(z)) else None


def remember_point() -> None:
    """Put the z at which the pointer rested into the page's link."""
    z = (st.session_state.get("decoder") or {}).get("z")
    if z and len(z) <= 4:
        st.query_params["z"] = ",".join(f"{value:.2f}" for value in z)


def toy_start() -> list[float]:
    """[x, loc, scale] of the link that opened the page, else the default; read once, so that dragging reloads nothing."""
    if "toy_start" not in st.session_state:
        st.session_state["toy_start"] = list(TOY_START)
        try:
            numbers = [float(part) for part in st.query_params.get("toy", "").split(",")]
        except ValueError:
            numbers = []
        if len(numbers) == 3 and all(np.isfinite(numbers)) and numbers[2] > 0.0:
            st.session_state["toy_start"] = numbers
    return st.session_state["toy_start"]


def remember_toy() -> None:
    """Put the toy's q that was let go of into the page's link."""
    view = (st.session_state.get("bound_toy") or {}).get("view")
    if view:
        st.query_params["toy"] = ",".join(f"{value:.3f}" for value in view)


def restore_choice(key: str, options: list[str]) -> None:
    """Before a widget that several pages have: its value on the page before, unless the link says otherwise. Streamlit
    takes a page's widget for a new one, and its own persistence forgets a value that came from a link."""
    value = st.session_state.get(key, st.session_state.get(f"kept_{key}"))
    if value in options and key not in st.query_params:
        st.session_state[key] = value
        with contextlib.suppress(StreamlitAPIException):  # on the page already, the widget writes the link itself
            st.query_params[key] = value


def keep_choice(key: str, value: str) -> None:
    st.session_state[f"kept_{key}"] = value
