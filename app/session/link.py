"""The page's link: values that are read from it and written into it."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable

import streamlit as st
from streamlit.errors import StreamlitAPIException
from streamlit.runtime.scriptrunner import get_script_run_ctx

TOY_START = (0.6, 0.0, 0.5)  # the toy of the bound: x, and loc and scale of q
FARTHEST = 100.0  # from 0: numbers of a link that are farther away are of no use


def forget_unless(key: str, is_usable: Callable[[str], bool]) -> None:
    """Called before a widget whose value is in the link: forget the link's value where the widget cannot use it, so that the
    widget begins at its default. Streamlit itself shows no choice at all for an empty value, and fails at infinite numbers."""
    run = get_script_run_ctx()
    if run is None:
        return
    with run.session_state.query_params() as link:
        value = link.get_initial_value(key)
        values = [value] if isinstance(value, str) else value or []
        if not all(map(is_usable, values)):
            link.remove_param(key)
            link.set_initial_query_params_from_current()


def number_of(text: str) -> float:
    """The number that a link's text stands for; nan where it stands for none."""
    try:
        return float(text)
    except ValueError:
        return math.nan


def _numbers(key: str) -> list[float]:
    """The numbers of a link's parameter, with commas between them; none where one of them is of no use."""
    numbers = [number_of(part) for part in st.query_params.get(key, "").split(",")]
    return numbers if all(abs(number) <= FARTHEST for number in numbers) else []


def start_point(latent_dim: int) -> list[float] | None:
    """The z of the link that opened this page. It is read once in a session, so that a moving point does not redraw the
    chart."""
    if "start_point" not in st.session_state:
        st.session_state["start_point"] = _numbers("z")
    z = st.session_state["start_point"]
    return z if len(z) == latent_dim else None


def start_is_pinned() -> bool:
    """Whether that link holds its z pinned. Read once too."""
    if "start_pinned" not in st.session_state:
        st.session_state["start_pinned"] = st.query_params.get("pinned") == "true"
    return bool(st.session_state["start_pinned"])


def remember_point() -> None:
    """Called when the pointer rests at a z, or z is pinned or freed: write it into the page's link."""
    decoder = st.session_state.get("decoder") or {}
    z, pinned = decoder.get("z"), decoder.get("pinned")
    if not z or len(z) > 4:
        return
    st.query_params["z"] = ",".join(f"{value:.2f}" for value in z)
    if pinned:
        st.query_params["pinned"] = "true"
    elif pinned is not None:
        st.query_params.pop("pinned", None)


def toy_start() -> list[float]:
    """[x, loc, scale] of the link that opened the page, else the default. Read once, so that dragging draws nothing anew."""
    if "toy_start" not in st.session_state:
        numbers = _numbers("toy")
        is_usable = len(numbers) == 3 and numbers[2] > 0.0
        st.session_state["toy_start"] = numbers if is_usable else list(TOY_START)
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


def word_of_link() -> str | None:
    """The word of the glossary whose entry is open; None while the glossary is shut."""
    return st.query_params.get("word")


def remember_word(word: str) -> None:
    """Open the glossary at a word."""
    st.query_params["word"] = word


def remember_pressed_word() -> None:
    """Called when the visitor presses an underlined word: open the glossary there."""
    word = (st.session_state.get("page_marks") or {}).get("word")
    if word:
        remember_word(word)


def forget_word() -> None:
    """Called when the visitor shuts the glossary."""
    st.query_params.pop("word", None)
