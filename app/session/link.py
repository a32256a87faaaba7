"""The page's link: values that are read from it and written into it."""

from __future__ import annotations

import contextlib

import numpy as np
import streamlit as st
from streamlit.errors import StreamlitAPIException

TOY_START = (0.6, 0.0, 0.5)  # the toy of the bound: x, and loc and scale of q


def start_point(latent_dim: int) -> list[float] | None:
    """The z of the link that opened this page. It is read once in a session, so that a moving point does not redraw the
    chart."""
    if "start_point" not in st.session_state:
        text = st.query_params.get("z", "")
        try:
            st.session_state["start_point"] = [float(part) for part in text.split(",")] if text else None
        except ValueError:
            st.session_state["start_point"] = None
    z = st.session_state["start_point"]
    return z if z and len(z) == latent_dim and all(np.isfinite(z)) else None


def remember_point() -> None:
    """Called when the pointer rests at a z: write it into the page's link."""
    z = (st.session_state.get("decoder") or {}).get("z")
    if z and len(z) <= 4:
        st.query_params["z"] = ",".join(f"{value:.2f}" for value in z)


def toy_start() -> list[float]:
    """[x, loc, scale] of the link that opened the page, else the default. Read once, so that dragging draws nothing anew."""
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
    """Called when the visitor lets go of the toy's q: write it into the page's link."""
    view = (st.session_state.get("bound_toy") or {}).get("view")
    if view:
        st.query_params["toy"] = ",".join(f"{value:.3f}" for value in view)


def restore_choice(key: str, options: list[str]) -> None:
    """Called before a widget that several pages have: give it the value from the last page, unless the link has another one.
    For Streamlit the widget of each page is a new one, and its own persistence forgets a value that came from a link."""
    value = st.session_state.get(key, st.session_state.get(f"kept_{key}"))
    if value in options and key not in st.query_params:
        st.session_state[key] = value
        with contextlib.suppress(StreamlitAPIException):  # the widget is on the page already and writes the link itself
            st.query_params[key] = value


def keep_choice(key: str, value: str) -> None:
    """Keep the value of a widget that several pages have, for `restore_choice`."""
    st.session_state[f"kept_{key}"] = value
