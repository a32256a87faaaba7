"""The view "prior samples" of the page Paths: draws that the visitor marks, and those that are strange by their pictures."""

from collections.abc import Sequence
from functools import partial

import numpy as np
import streamlit as st

from aevb_lab import cached, controls, linked
from aevb_lab.components.thumbnails import thumbnails
from aevb_lab.escaping import file_stem
from aevb_lab.figures.pictures import picture_uri
from aevb_lab.path_views.images import holes_of
from aevb_lab.scripts.paths import samples_script
from aevb_lab.session.images import examples_for, require_examples
from aevb_lab.session.marked import COUNT, GALLERY, keep_marks, marked_rows
from aevb_lab.session.models import LoadedModel
from aevb_lab.shown import path_words as words
from aevb_lab.shown.paths import (
    strangest,
)
from aevb_lab.shown.thumbnails import packed_marks
from vae_core.studies.holes import Compared

SAMPLED = ("mean of p(x|z)", "x drawn from p(x|z)")
SAMPLED_IN_WORDS = {SAMPLED[0]: "smooth", SAMPLED[1]: "drawn pixel by pixel"}
SAMPLES_A_ROW = 10  # in the script


@controls.fragment
def samples_view(model: LoadedModel) -> None:
    """Draws from the prior; the visitor counts those that are no real images."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kind = linked.choice("Pictures", SAMPLED, key="samples_of", format_func=SAMPLED_IN_WORDS.get)
        seed = linked.number("Seed", 0, 2**31 - 1, 0, key="samples_seed", width=150)
        with_computer = linked.switch(
            "Compare with the computer", key="samples_compare", help="First press all images that could not be real."
        )
    rows = marked_rows(model.key, seed)
    holes = holes_of(model) if rows and with_computer else None
    compared = None if holes is None else cached.compared_draws(model, COUNT, seed)
    strange = () if compared is None else compared.in_holes
    with st.container(key="samples_counted"):
        text = words.marked(rows, COUNT, holes, strange, means=kind == SAMPLED[0])
        if bool(rows) != with_computer and examples_for(model) is not None:  # the two wait for each other
            text += f" {words.THEN_COMPARE if rows else words.FIRST_PRESS}"
        st.markdown(text)
    thumbnails(
        packed_marks(model, COUNT, seed, kind == SAMPLED[0], rows, strange),
        key=GALLERY,
        on_marked_change=partial(keep_marks, model.key, seed),
    )
    if compared is not None:
        with st.container(key="samples_strange", horizontal=True, gap="large"):
            others, x = [row for row in rows if row not in strange], require_examples(model).x.numpy()
            means, is_all = kind == SAMPLED[0], len(others) == len(rows)
            why_not = words.why_not_framed(len(others), means=means, is_all=is_all)
            _beside_most_similar(model, compared, others, why_not, x)
            _beside_most_similar(model, compared, strange, words.why_framed(len(strange), means=means))
    each = (
        f"each picture is the {kind}"
        if kind == SAMPLED[0]
        else "each picture is one x drawn from p(x|z), pixel by pixel"
    )
    st.caption(f"{COUNT} draws z of the prior N(0, I), seed {seed}; {each}.")
    script = partial(samples_script, model, COUNT, SAMPLES_A_ROW, seed, means=kind == SAMPLED[0])
    controls.take_away(file_stem(model.name), script=script)


def _beside_most_similar(
    model: LoadedModel, compared: Compared, rows: Sequence[int], text: str, x: np.ndarray | None = None
) -> None:
    """Draws in the top row, below them the most similar pictures of real images' codes, and those images x, or without them where the two differ."""
    if rows:
        with st.container(width=430):  # two beside each other on a laptop
            st.markdown(text)
            st.image(
                picture_uri(strangest(compared, rows, model.vae.config.image_shape, x)),
                alt=f"Draws, the pictures most like them that come back from real images, and {'where they differ' if x is None else 'these images'}",
            )
