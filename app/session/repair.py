"""Which pixels of an image a visitor hides, and the seed of the noise."""

from __future__ import annotations

import numpy as np
import streamlit as st

from aevb_lab.escaping import plain
from aevb_lab.session.kept import Kept
from aevb_lab.session.reported import as_text, reported
from vae_core.errors import DataError
from vae_core.studies.repairs import BLOCKS, block, hidden_pixels

HIDDEN: Kept[str] = Kept(
    "repair_hidden", "hidden", lambda text: text, lambda text: text
)  # as `hidden_text` writes them
SHAPE = "repair_shape"  # the shape of the image under the brush
SEED = "repair_seed"


def hidden_now(image_shape: tuple[int, ...]) -> tuple[np.ndarray, str | None]:
    """The hidden pixels in this session, at first those of the link; and the fault of the link, if it has one. After a visit
    to a model with images of another shape, a block of pixels is hidden."""
    try:
        return hidden_pixels(HIDDEN.now(BLOCKS[0]), image_shape), None
    except DataError as error:
        other_shape = st.session_state.get(SHAPE, image_shape) != image_shape
        fault = f"{plain(str(error))}; the {BLOCKS[0].replace('-', ' ')} is hidden"
        return block(BLOCKS[0], image_shape), None if other_shape else fault


def remember_shape(image_shape: tuple[int, ...]) -> None:
    """Keep the shape of the image under the brush."""
    st.session_state[SHAPE] = image_shape


def keep_hidden() -> None:
    """Called when the brush is lifted: keep the hidden pixels through visits to other pages, and write them into the link."""
    text = reported("repair_brush", "hidden", as_text)
    if text is not None:
        HIDDEN.keep(text)


def seed_now() -> int:
    return int(st.session_state.get(SEED, 0))


def draw_noise_again() -> None:
    """Use another draw of the noise from now on."""
    st.session_state[SEED] = seed_now() + 1
