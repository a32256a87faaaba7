"""The viewer's theme, what a session keeps, and text that is safe to show."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx


def plain(text: str) -> str:
    """Text that a user or a file gave, so that no character of it is read as markdown."""
    return re.sub(r"([\\`*_{}\[\]()#+\-.!|<>~$:])", r"\\\1", text)


def is_dark() -> bool:
    return st.context.theme.type == "dark"


def leave_page() -> None:
    """At the beginning of a run: on another page than the last, forget that one's fragments. A request for one of them that
    comes late, as from a field left for a link, would else be served after this run and leave the page blank."""
    run = get_script_run_ctx()
    if st.session_state.get("page_shown") != run.page_script_hash:
        st.session_state["page_shown"] = run.page_script_hash
        run.fragment_storage.clear()


def kept(key: str, make: Callable[[], Any]) -> Any:
    """What a session makes at its first run and has from then on."""
    if key not in st.session_state:
        st.session_state[key] = make()
    return st.session_state[key]


def kept_for(key: str, what: object, make: Callable[[], Any]) -> Any:
    """What a session makes of `what`, and has until it is of something else."""
    of, value = st.session_state.get(key, (None, None))
    if of != what:
        value = make()
        st.session_state[key] = what, value
    return value
