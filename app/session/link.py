"""The page's link: values that are read from it and written into it."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Collection, Mapping
from urllib.parse import parse_qs

import streamlit as st
from streamlit.errors import StreamlitAPIException
from streamlit.runtime.scriptrunner import get_script_run_ctx

from aevb_lab.session.kept import Kept, first_on_page, is_back, is_first_on_page
from aevb_lab.session.reported import MOST_NUMBERS, as_numbers, as_text, reported

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


def follow_new_names(key: str, new_names: Mapping[str, str]) -> None:
    """Called before a widget whose value is in the link: a link from before an option was renamed chooses it under its new name."""
    run = get_script_run_ctx()
    if run is None:
        return
    with run.session_state.query_params() as link:
        value = link.get_initial_value(key)
    new_name = new_names.get(value) if isinstance(value, str) else None
    if new_name is not None:
        forget_unless(key, lambda link_name: link_name != value)
        st.session_state[key] = new_name


def lacking_names(key: str, names: Collection[str]) -> list[str]:
    """The names in the link for the widget with this key that are none of `names`, such as a model that another browser trained: as
    they were when the visitor came to the page, because a widget forgets what it cannot use. Called before that widget."""
    run = get_script_run_ctx()
    if run is None:
        return []
    with run.session_state.query_params() as link:
        value = link.get_initial_value(key)
    lacking = [name for name in ([value] if isinstance(value, str) else value or []) if name and name not in names]
    return first_on_page(f"lacking_{key}", lacking)


def number_of(text: str) -> float:
    """The number that a link's text stands for; nan where it stands for none."""
    try:
        return float(text)
    except ValueError:
        return math.nan


def _numbers(text: str) -> list[float] | None:
    """The numbers of a link's text, with commas between them; None where one of them is of no use."""
    parts = text.split(",")
    numbers = [number_of(part) for part in parts] if len(parts) <= MOST_NUMBERS else []
    return numbers if numbers and all(abs(number) <= FARTHEST for number in numbers) else None


def _view_of_toy(text: str) -> list[float] | None:
    view = _numbers(text)
    return view if view and _is_view_of_toy(view) else None


def _is_view_of_toy(view: list[float]) -> bool:
    return len(view) == 3 and view[2] > 0.0


POINT: Kept[list[float]] = Kept("map_point", "z", _numbers, lambda z: ",".join(f"{value:.2f}" for value in z) or None)
PINNED: Kept[bool] = Kept(
    "map_pinned", "pinned", lambda text: text == "true" or None, lambda pinned: "true" if pinned else None
)
TOY = Kept("toy_view", "toy", _view_of_toy, lambda view: ",".join(f"{value:.4f}" for value in view))


def start_point(latent_dim: int) -> list[float] | None:
    """The z at which the plane of this page begins. None where there is none of this size."""
    z = POINT.first([])
    return z if len(z) == latent_dim else None


def start_is_pinned() -> bool:
    """Whether that z is pinned."""
    return PINNED.first(False)


def remember_point() -> None:
    """Called when the pointer rests at a z, or z is pinned or freed."""
    z, pinned = reported("decoder", "z", as_numbers), reported("decoder", "pinned", bool)
    if z is None:
        return
    POINT.keep(z)
    if pinned is not None:
        PINNED.keep(pinned)


def leave_point() -> None:
    """Before the map of another model: it begins at its own point, free."""
    POINT.keep([])
    PINNED.keep(False)


def toy_start() -> list[float]:
    """[x, loc, scale] at which the toy begins."""
    return TOY.first(list(TOY_START))


def remember_toy() -> None:
    """Called when the visitor lets go of the toy's q."""
    view = reported("bound_toy", "view", as_numbers)
    if view and _is_view_of_toy(view):
        TOY.keep(view)


def toy_view() -> list[float]:
    """[x, loc, scale] of the toy as the visitor left it; at first its start."""
    return TOY.now(list(TOY_START))


def begin_at(key: str, value: str, prefix: str) -> None:
    """Called before a widget whose value is in the link: it begins at `value` where the link has a parameter that begins with
    `prefix` and none of the widget's own. So links from before there was such a widget show what they showed then."""
    run = get_script_run_ctx()
    if run is None or key in st.session_state or key in st.query_params:
        return
    if any(name.startswith(prefix) for name in st.query_params):
        st.query_params[key] = value
        with run.session_state.query_params() as link:
            link.set_initial_query_params_from_current()


def _in_address(key: str) -> str | None:
    """The address's value for this widget: that of the link which led here, else of the page before. Streamlit forgets it where the widget
    begins with the same one."""
    run = get_script_run_ctx()
    return None if run is None else parse_qs(run.query_string).get(key, [None])[-1]


def restore_choice(key: str, options: list[str]) -> None:
    """Called before a widget that several pages have: give it the value that was chosen on another page, unless the link has another
    one. For Streamlit the widget of each page is a new one, and its own persistence forgets a value that came from a link."""
    kept, is_first = st.session_state.get(f"kept_{key}"), is_first_on_page(f"{key}_restored")
    value = None if is_back() else kept if is_first else st.session_state.get(key, kept)
    value = (_in_address(key) if is_first and not is_back() else None) or value
    if value in options and key not in st.query_params:
        st.session_state[key] = value
        with contextlib.suppress(StreamlitAPIException):  # the widget is on the page already and writes the link itself
            st.query_params[key] = value


def keep_choice(key: str, value: str, usual: str | None = None) -> None:
    """Keep the value of a widget that several pages have, for `restore_choice`. The page's `usual` value is kept only where the visitor
    has chosen another one before: else each page begins with its own."""
    if value != usual or f"kept_{key}" in st.session_state:
        st.session_state[f"kept_{key}"] = value


def rename_choice(key: str, name: str, new_name: str) -> None:
    """A thing that was chosen under `name` has a new one: the page's link and what is kept for the next page say so."""
    for place in (key, f"kept_{key}"):
        if st.session_state.get(place) == name:
            st.session_state[place] = new_name
    if st.query_params.get(key) == name:
        st.session_state[f"kept_{key}"] = new_name  # `restore_choice` writes it into the link
        forget_unless(key, lambda link_name: link_name != name)


def word_of_link() -> str | None:
    """The word of the glossary whose entry is open; None while the glossary is shut."""
    return st.query_params.get("word")


def remember_word(word: str) -> None:
    """Open the glossary at a word."""
    st.query_params["word"] = word


def remember_pressed_word() -> None:
    """Called when the visitor presses an underlined word: open the glossary there."""
    word = reported("page_marks", "word", as_text)
    if word:
        remember_word(word)


def forget_word() -> None:
    """Called when the visitor shuts the glossary."""
    st.query_params.pop("word", None)
