"""The actions of a visitor on the Latent map: dragging q, drawing z again, pressing a thumbnail."""

from __future__ import annotations

import math
from collections.abc import Callable

import streamlit as st

from aevb_lab.session.kept import Kept, is_back
from aevb_lab.session.link import POINT, number_of
from aevb_lab.session.reported import as_numbers, as_whole, reported

MOST_DRAWN = 10**6
IMAGE, CLOSER = "map_image", "closer"  # keys of the map's widgets that a pressed thumbnail sets


def _seed(text: str) -> int | None:
    value = number_of(text)
    return int(value) if 0.0 <= value <= MOST_DRAWN and value == int(value) else None


DRAWN: Kept[int] = Kept("draw_seed", "drawn", _seed, lambda seed: str(seed) if seed else None)


def remember_q() -> None:
    """Called when the visitor lets go of q: write it into the page's link as mean, scales along its axes, angle."""
    q = reported("ellipse", "q", as_numbers)
    if q:
        st.query_params["q"] = ",".join(f"{value:.6g}" for value in q)


def visitor_q() -> list[float] | None:
    """q as the visitor left it: mean, scales along its axes, angle. None before that, and where a link has no such numbers."""
    q = [number_of(text) for text in st.query_params.get("q", "").split(",")]
    return q if len(q) == 5 and all(map(math.isfinite, q)) else None


def keep_q_of(image: str) -> None:
    """Take q out of the link where the page shows another image than at the last call, unless the link itself led to it."""
    if st.session_state.setdefault("q_of", image) != image:
        st.session_state["q_of"] = image
        if not is_back():
            st.query_params.pop("q", None)


def draw_again() -> None:
    """Use other noise from now on."""
    DRAWN.keep((draw_seed() + 1) % MOST_DRAWN)


def draw_seed() -> int:
    """The seed for the draws of z."""
    return DRAWN.now(0)


def request_thumbnails() -> None:
    """Called when the browser asks for pictures; this session has them from then on."""
    st.session_state["thumbnails_requested"] = True


def thumbnails_requested() -> bool:
    """Whether the browser has asked for pictures in this session."""
    return st.session_state.get("thumbnails_requested", False)


def look_at_point(nearest: Callable[[list[float]], int | None]) -> None:
    """Called when “Look closer” changes: the posterior is that of the image `nearest` to the visitor's point, if there is a point."""
    z = POINT.now([])
    row = nearest(z) if z and st.session_state.get(CLOSER) == "posterior" else None
    if row is not None:
        st.session_state[IMAGE] = row + 1


def choose_thumbnail(count: int) -> None:
    """Called when one of `count` thumbnails is pressed: from the next run on the page shows the posterior of its image."""
    row = reported("thumbnails", "row", as_whole)
    if row is not None and row < count:
        st.session_state[IMAGE] = row + 1
        st.session_state[CLOSER] = "posterior"
        st.session_state["thumbnail_chosen"] = True


def thumbnail_was_chosen() -> bool:
    """True at the first call after each choice, because then the whole page has to run again, not only the thumbnails."""
    return st.session_state.pop("thumbnail_chosen", False)
