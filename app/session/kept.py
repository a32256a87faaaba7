"""States of pages that no widget has, such as a drawing or a point on a plane: kept in the session and in the page's link."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import parse_qs

import streamlit as st
from streamlit.errors import StreamlitAPIException
from streamlit.runtime.scriptrunner import get_script_run_ctx

T = TypeVar("T")
LONGEST = 4000  # characters of one state in a link


@dataclass(frozen=True)
class Kept(Generic[T]):
    """A state that is in the session as `name`, through visits to other pages, and in the link of its page as `param`. `read` is the
    state that a link's text stands for, None where it is of no use; `write` is the text of a state, None where it needs none.
    `is_work`: the visitor made it by hand. Then only a link that has such a state replaces it."""

    name: str
    param: str
    read: Callable[[str], T | None]
    write: Callable[[T], str | None]
    is_work: bool = False

    def now(self, usual: T) -> T:
        """The state in this session, else that of the link, else the `usual` one."""
        self._is_on_page()
        if self.name not in st.session_state:
            text = st.query_params.get(self.param)
            state = None if text is None or len(text) > LONGEST else self.read(text)
            if state is None:
                self._put(None)
                return usual
            st.session_state[self.name] = state
        own_state: T = st.session_state[self.name]
        self._put(self.write(own_state))
        return own_state

    def first(self, usual: T) -> T:
        """The state when the visitor came to the page. A component begins there, and no later change draws it anew."""
        return first_on_page(self.name, self.now(usual))

    def keep(self, state: T) -> None:
        """From now on the state is this one."""
        self._is_on_page()
        st.session_state[self.name] = state
        self._put(self.write(state))

    def fits(self) -> bool:
        """Whether the state is short enough for a link."""
        text = self.write(st.session_state[self.name]) if self.name in st.session_state else None
        return text is None or len(text) <= LONGEST

    def _put(self, text: str | None) -> None:
        if text is None or len(text) > LONGEST:
            st.query_params.pop(self.param, None)
        elif st.query_params.get(self.param) != text:
            st.query_params[self.param] = text

    def _is_on_page(self) -> None:
        st.session_state.setdefault("kept_states", {})[self.name] = self.param, self.is_work
        st.session_state.setdefault("states_on_page", set()).add(self.name)


def first_on_page(name: str, value: T) -> T:
    """The `value` of this name when the visitor came to the page."""
    first_value: T = st.session_state.setdefault("first_on_page", {}).setdefault(name, value)
    return first_value


def is_first_on_page(name: str) -> bool:
    """Whether this is the first call with this name since the visitor came to the page."""
    is_first = name not in st.session_state.setdefault("first_on_page", {})
    first_on_page(name, None)
    return is_first


def is_back() -> bool:
    """Whether the browser's Back or Forward led to this run."""
    run = get_script_run_ctx()
    return run is not None and run.is_history_navigation


def begin_run(is_new_page: bool) -> None:
    """Called when a whole page begins to run. Where the visitor has just come to it, the link says what it has of the states, and the
    session what it has not; after the browser's Back the link says all, so that a state that it lacks is the usual one, but for what
    the visitor made by hand."""
    st.session_state["states_on_page"] = set()
    _take_link_of_back()
    if not is_new_page and not is_back():
        return
    for name, (param, is_work) in st.session_state.get("kept_states", {}).items():
        if (is_back() and not is_work) or param in st.query_params:
            st.session_state.pop(name, None)
    st.session_state["first_on_page"] = {}
    st.session_state["arrivals"] = arrivals() + 1


def _take_link_of_back() -> None:
    """After the browser's Back from another page, Streamlit forgets the parameters of widgets that both pages have, such as the model:
    they come back from the address."""
    run = get_script_run_ctx()
    if run is None or not is_back():
        return
    lost = {key: values for key, values in parse_qs(run.query_string, True).items() if key not in st.query_params}
    for key, values in lost.items():
        with contextlib.suppress(StreamlitAPIException):  # Streamlit's own parameters, which no app may write
            st.query_params[key] = values[0] if len(values) == 1 else values
    if lost:
        with run.session_state.query_params() as link:
            link.set_initial_query_params_from_current()


def end_run() -> None:
    """Called when a whole page has run: its link forgets the states of what is not on it."""
    on_page = st.session_state["states_on_page"]
    for name, (param, _) in st.session_state.get("kept_states", {}).items():
        if name not in on_page:
            st.query_params.pop(param, None)


def arrivals() -> int:
    """How often the visitor has come to a page. A component whose state is the visitor's takes the page's state where this grows."""
    return int(st.session_state.get("arrivals", 0))
