"""What one visitor does on the Latent map: the q that they drag, the draws that they ask for, the thumbnail that they press."""

from __future__ import annotations

import streamlit as st

IMAGE, CLOSER = "map_image", "closer"  # keys of the map's widgets that a pressed thumbnail sets


def remember_q() -> None:
    """Put the q that was let go of into the page's link: mean, scales along its axes, angle."""
    q = (st.session_state.get("ellipse") or {}).get("q")
    if q:
        st.query_params["q"] = ",".join(f"{value:.5g}" for value in q)


def keep_q_of(image: str) -> None:
    """Where another image is looked at than before, the link loses its q."""
    if st.session_state.setdefault("q_of", image) != image:
        st.session_state["q_of"] = image
        st.query_params.pop("q", None)


def draw_again() -> None:
    """Other noise from now on."""
    st.session_state["draw_seed"] = draw_seed() + 1


def draw_seed() -> int:
    """What the draws of z are made from."""
    return st.session_state.get("draw_seed", 0)


def note_wanted() -> None:
    """The browser asks for pictures; from then on this session has them."""
    st.session_state["thumbnails_wanted"] = True


def thumbnails_wanted() -> bool:
    """Whether the browser has asked for pictures in this session."""
    return st.session_state.get("thumbnails_wanted", False)


def choose_thumbnail() -> None:
    """Look at the posterior of the image that was pressed, from the next run of the page on."""
    row = (st.session_state.get("thumbnails") or {}).get("row")
    if row is not None:
        st.session_state[IMAGE] = int(row) + 1
        st.session_state[CLOSER] = "posterior"
        st.session_state["thumbnail_chosen"] = True


def thumbnail_was_chosen() -> bool:
    """True once after each choice: the whole page has to follow, not only the thumbnails."""
    return st.session_state.pop("thumbnail_chosen", False)


def fit_image_number(count: int) -> None:
    """Before the widget of the chosen image: another model may have fewer images."""
    if st.session_state.get(IMAGE, 1) > count:
        st.session_state[IMAGE] = count
