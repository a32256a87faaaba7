"""The class that this session's browser belongs to, and whether the browser is the teacher's."""

from __future__ import annotations

from urllib.parse import urlsplit

import streamlit as st

from aevb_lab import hosting
from aevb_lab.classroom.room import Room, room
from aevb_lab.classroom.routes import COOKIE
from aevb_lab.guard import LOOPBACK


def class_room() -> Room | None:
    """The room of this server's class; None where there is no class."""
    return room()


def is_teacher() -> bool:
    """Whether this browser came by the teacher's link of the present class."""
    present = room()
    return present is not None and present.is_teacher(st.context.cookies.get(COOKIE))


def page_names() -> dict[str, str]:
    """The names of the pages by their paths, such as {"/train": "Train"}."""
    sections = st.session_state.get("pages", {})
    return {f"/{page.url_path}": page.title for pages in sections.values() for page in pages}


def class_address() -> str:
    """The origin at which pupils find this page, for links and their QR codes; empty where there is no class: then the page's own
    address counts."""
    return _origin() if room() is not None else ""


def pupils_link() -> str:
    """The address of the app for pupils."""
    return f"{_origin()}{hosting.base_path()}"


def _origin() -> str:
    """That of this page or, where the teacher's browser is on the server's own machine, the one that the launcher found."""
    address = urlsplit(st.context.url or "")
    if address.hostname is None or address.hostname in LOOPBACK:
        return f"http://{st.get_option('browser.serverAddress')}:{st.get_option('server.port')}"
    return f"{address.scheme}://{address.netloc}"
