"""The viewer's theme, and values that a session makes once."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

T = TypeVar("T")


def is_dark() -> bool:
    return st.context.theme.type == "dark"


def leave_page() -> bool:
    """At the beginning of a run: where the page differs from that of the last run, forget that page's fragments. Otherwise a
    late request for such a fragment, as when a visitor goes from a field to a link, would be served after this run and leave
    the new page blank. Returns whether the page differs."""
    run = get_script_run_ctx()
    if run is None:
        raise RuntimeError("leave_page needs a run of Streamlit and there is none; call it from the app's script")
    if st.session_state.get("page_shown") == run.page_script_hash:
        return False
    st.session_state["page_shown"] = run.page_script_hash
    run.fragment_storage.clear()
    return True


def tell_page() -> None:
    """Called when Streamlit has found the run's page. The first run of a link to a page begins without its hash, and the second,
    which has it, would pass for one of another page: a state that is in the link but not on the page any more would be lost."""
    run = get_script_run_ctx()
    if run is not None:
        st.session_state["page_shown"] = run.page_script_hash


def once(key: str, make: Callable[[], T]) -> T:
    """What `make` returned at the first call with this key in this session."""
    if key not in st.session_state:
        st.session_state[key] = make()
    value: T = st.session_state[key]
    return value


def once_for(key: str, source: object, make: Callable[[], T]) -> T:
    """What `make` returned at the last call with this key in this session; it is called again only for another `source`."""
    last_source, value = st.session_state.get(key, (None, None))
    if last_source != source:
        value = make()
        st.session_state[key] = source, value
    result: T = value
    return result
