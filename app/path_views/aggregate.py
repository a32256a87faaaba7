"""The view "q(z) beside the prior" of the page Paths: where the codes of all images lie, and what random z there draw."""

from functools import partial

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from aevb_lab import cached, controls, linked
from aevb_lab.escaping import file_stem, plain
from aevb_lab.figures.numbers import percent
from aevb_lab.figures.paths import LIKE, UNLIKE
from aevb_lab.figures.pictures import enlarge, film_strip, picture_uri
from aevb_lab.figures.style import saved_as
from aevb_lab.path_views.images import holes_of
from aevb_lab.scripts.paths import aggregate_script
from aevb_lab.session.models import LoadedModel
from aevb_lab.session.reported import choose_pressed
from aevb_lab.session.viewer import is_dark
from aevb_lab.shown import path_words as words
from aevb_lab.shown.paths import BESIDE, drawn_beside_similar, random_z_on_plane
from vae_core.studies import paths
from vae_core.studies.holes import Compared


def _row() -> tuple[DeltaGenerator, DeltaGenerator]:
    """Containers for a plane and for the widgets beside it, which go below it where there is no room."""
    with st.container(horizontal=True, gap="medium"):
        return st.container(key="paths_plane", width="stretch"), st.container(key="paths_words", width=380)


def aggregate_view(model: LoadedModel) -> None:
    examples = controls.examples_or_explain(model)
    if examples is None:
        return
    mixture, measured = cached.aggregate(model), holes_of(model)
    compared = None if measured is None else cached.compared_random(model)
    is_strange = np.zeros(len(mixture.z), bool) if compared is None else compared.strangeness > 1.0
    left, right = _row()
    with right:
        verdict = st.container()
        pressed = st.container(key="aggregate_pressed", horizontal=True, vertical_alignment="center")
    with pressed:
        chosen = _pressed_draw(model, mixture, compared)
    plane = random_z_on_plane(model, None if compared is None else is_strange, chosen, is_dark())
    if plane is not None:
        left.plotly_chart(
            plane,
            key="aggregate_plane",
            theme=None,
            config=saved_as("aggregate-plane"),
            height="stretch",
            on_select=partial(choose_pressed, "aggregate_plane", "aggregate_draw", range(1, len(mixture.z) + 1)),
            selection_mode="points",
            alt="Where the codes of all test images lie, and 100 random z: crosses where the picture is unlike every real one",
        )
    with right:
        if measured is not None:
            verdict.markdown(words.drawn_at_random(measured.share, measured.share_error, mixture, is_strange))
        for kind, mark, text in ((True, "×", UNLIKE), (False, "●", LIKE)):
            pictures = drawn_beside_similar(model, is_strange=kind) if compared is not None else None
            if pictures is not None:
                st.markdown(
                    f"**{mark} {text}:** top drawn, {'middle real, bottom what differs' if kind else 'bottom real'}"
                )
                st.image(
                    pictures,
                    width=50 * min(BESIDE, int(np.sum(is_strange == kind))),
                    alt=f"Pictures of random z {text}, above the most similar real ones",
                )
        with st.expander("How far is q(z) from the prior?", key="aggregate_numbers"):
            if words.says_something(mixture):
                _distance(mixture)
            st.markdown(
                f"Mean KL(q(z|x) ‖ p(z)) **{mixture.mean_kl:.2f}** nats  \n= information of image and code "
                f"{mixture.information:.2f} (at most log {mixture.images:,} = {mixture.information_limit:.2f})  \n\\+ KL(q(z) ‖ p(z)) "
                f"{mixture.marginal_kl:.2f}{f' (at least {mixture.floor:.2f})' if mixture.floor > 0.0 else ''}"
            )
            st.caption(
                f"q(z): the even mixture of q(z|x) over {plain(examples.source)}. Its KL is estimated from {paths.REPEATS} draws of z from "
                f"each q(z|x), with q(z|x) and q(z) at the same z. ± is the standard error of the draws, seed 0. "
                f"No code near: {percent(mixture.empty_share, 1, error=mixture.empty_error)} of {mixture.empty_draws:,} draws of z. They are "
                f"farther than {paths.EMPTY_REACH:g} standard deviations of q(z|x) from every code."
            )
            if mixture.outside is not None:
                st.caption(
                    f"The cloud is q(z): each cell is {mixture.edges[1] - mixture.edges[0]:.2f} wide, and its probability is exact (Gaussian CDF). "
                    f"{percent(mixture.outside, 1)} of q(z) lies outside the picture."
                )
    if compared is not None:
        st.caption(words.what_crosses_are(mixture))
    controls.take_away(file_stem(model.name), script=partial(aggregate_script, model))


def _pressed_draw(model: LoadedModel, mixture: paths.Aggregate, compared: Compared | None) -> int:
    """One of the random z, chosen by its number or its mark on the map; its picture and, if it is `compared`, the most similar real one.
    The first is the strangest. Returns its row."""
    place, count = st.empty(), len(mixture.z)
    first = 0 if compared is None else int(compared.strangeness.argmax())
    row = linked.number(f"Random z, 1 to {count}", 1, count, first + 1, key="aggregate_draw", width=140) - 1
    pictures = (
        mixture.pictures[[row]] if compared is None else np.stack([compared.pictures[row], compared.similar[row]])
    )
    place.image(
        picture_uri(enlarge(film_strip(pictures, model.vae.config.image_shape, gap=1), 4)),
        width=84 * len(pictures),
        alt=f"What the model draws at random z number {row + 1}{', and the most similar real picture' if len(pictures) > 1 else ''}",
    )
    if compared is not None:
        mark, text = ("×", UNLIKE) if compared.strangeness[row] > 1.0 else ("●", LIKE)
        st.markdown(f"**{mark} {text}.** Left: drawn here. Right: the real one most like it.")
    return row


def _distance(mixture: paths.Aggregate) -> None:
    """The KL from the prior, and what it depends on."""
    st.metric(
        "KL(q(z) ‖ p(z)), nats",
        f"{mixture.marginal_kl:.3f} ± {mixture.marginal_kl_error:.3f}",
        help="How far the codes of these images together are from the prior. It is too high for all images there could be, and "
        "falls with the number of images.",
    )
    text = f"The KL is of these {mixture.images:,} images. With more of them it would be smaller."
    if mixture.near_limit:
        text += " Here it is close to its least value, because hardly two codes overlap. So it says how many images there are, and nothing of the model."
    st.markdown(text)
