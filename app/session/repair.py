"""What one visitor hides of an image, and which draw of the noise is seen."""

from __future__ import annotations

import numpy as np
import streamlit as st

from app.session.viewer import plain
from vae_core.errors import DataError
from vae_core.studies.repair import BLOCKS, block, hidden_pixels

HIDDEN = "repair_hidden"  # what is hidden, as `hidden_text` writes it
SHAPE = "repair_shape"  # of the image that was under the brush
SEED = "repair_seed"


def hidden_now(image_shape: tuple[int, int]) -> tuple[np.ndarray, str | None]:
    """The pixels that are hidden in this session, at first those of the link; and what is wrong with the link. After a visit to
    a model with images of another shape a block is hidden."""
    if HIDDEN not in st.session_state:
        st.session_state[HIDDEN] = st.query_params.get("hidden", BLOCKS[0])
    try:
        return hidden_pixels(st.session_state[HIDDEN], image_shape), None
    except DataError as error:
        fault = None if st.session_state.get(SHAPE, image_shape) != image_shape else plain(str(error))
        return block(BLOCKS[0], image_shape), fault


def remember_shape(image_shape: tuple[int, int]) -> None:
    """The shape of the image that is under the brush now."""
    st.session_state[SHAPE] = image_shape


def keep_hidden() -> None:
    """Called when the brush is lifted: what it covers outlives a visit to another page, and is in the link."""
    text = (st.session_state.get("repair_brush") or {}).get("hidden")
    if text is not None:
        st.session_state[HIDDEN] = st.query_params["hidden"] = text


def seed_now() -> int:
    return int(st.session_state.get(SEED, 0))


def draw_noise_again() -> None:
    """Another draw from now on."""
    st.session_state[SEED] = seed_now() + 1
