"""The view "q(z) beside the prior" of the page Paths: where the codes of all images lie, and what random z there draw."""

from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from aevb_lab import cached, controls, linked
from aevb_lab.escaping import file_stem, plain
from aevb_lab.figures.numbers import percent
from aevb_lab.figures.paths import FAR, NEAR, aggregate_posterior
from aevb_lab.figures.pictures import enlarge, film_strip, picture_uri
from aevb_lab.figures.style import saved_as
from aevb_lab.path_views.images import holes_of
from aevb_lab.scripts.paths import aggregate_script
from aevb_lab.session.models import LoadedModel
from aevb_lab.session.reported import choose_pressed
from aevb_lab.session.viewer import is_dark
from aevb_lab.shown import path_words as words
from aevb_lab.shown.paths import (
    far_or_near,
)
from vae_core.studies import paths


def _row() -> tuple[DeltaGenerator, DeltaGenerator]:
    """Containers for a plane and for the widgets beside it, which go below it where there is no room."""
    with st.container(horizontal=True, gap="medium"):
        return st.container(key="paths_plane", width="stretch"), st.container(key="paths_words", width=380)


def aggregate_view(model: LoadedModel) -> None:
    examples = controls.examples_or_explain(model)
    if examples is None:
        return
    plane, mixture = cached.plane(model), cached.aggregate(model)
    left, right = _row()
    with right:
        verdict, pressed = (
            st.container(),
            st.container(key="aggregate_pressed", horizontal=True, vertical_alignment="center"),
        )
    with pressed:
        chosen = _pressed_draw(model, mixture)
    if mixture.masses is not None:
        left.plotly_chart(
            aggregate_posterior(
                mixture.masses, mixture.edges, plane.place(mixture.z), mixture.is_far, paths.usual_radius(2)[-1], dark=is_dark(), axis_titles=plane.titles,
                chosen=chosen, inside=f"{percent(paths.SHARES[-1])} of the prior",
            ),
            key="aggregate_plane",
            theme=None,
            config=saved_as("aggregate-plane"),
            height="stretch",
            on_select=partial(choose_pressed, "aggregate_plane", "aggregate_draw", range(1, len(mixture.z) + 1)),
            selection_mode="points",
            alt="Where the codes of all test images lie, and 100 random z: crosses where no code is near",
        )  # fmt: skip
    with right:
        is_telling = words.says_something(mixture)
        say = (
            words.filled(mixture, holes_of(model))
            if is_telling
            else words.too_few(model.vae.config.latent_dim, holes_of(model))
        )
        verdict.markdown(say)
        for is_far, mark, where in ((True, "× ", FAR), (False, "● ", NEAR)):
            pictures = far_or_near(model, mixture, is_far=is_far)
            if pictures is not None:
                has_map = mixture.masses is not None
                why = f"  \n{words.in_the_cloud(model.vae.config.latent_dim)}" if has_map and is_far else ""
                st.markdown(f"**{mark if has_map else ''}{where}:** what the model draws there{why}")
                st.image(picture_uri(pictures), width=300, alt=f"Pictures of random z {where}")
        with st.expander("How far is q(z) from the prior?", key="aggregate_numbers"):
            if is_telling:
                _distance(mixture)
            st.markdown(
                f"Mean KL(q(z|x) ‖ p(z)) **{mixture.mean_kl:.2f}** nats  \n= information of image and code "
                f"{mixture.information:.2f} (at most log {mixture.images:,} = {mixture.information_limit:.2f})  \n\\+ KL(q(z) ‖ p(z)) "
                f"{mixture.marginal_kl:.2f}{f' (at least {mixture.floor:.2f})' if mixture.floor > 0.0 else ''}"
            )
            st.caption(
                f"q(z): the even mixture of q(z|x) over {plain(examples.source)}. Its KL is estimated from {paths.REPEATS} draws of z from "
                f"each q(z|x), with log q(z|x) and log q(z) at the same z. ± is the standard error of the draws, seed 0. "
                f"No code near: {percent(mixture.empty_share, 1, error=mixture.empty_error)} of {mixture.empty_draws:,} draws of z. They are "
                f"farther than {paths.EMPTY_REACH:g} standard deviations of q(z|x) from every code."
            )
            if mixture.outside is not None:
                st.caption(
                    f"The cloud is q(z): each cell is {mixture.edges[1] - mixture.edges[0]:.2f} wide, and its probability is exact (Gaussian CDF). "
                    f"{percent(mixture.outside, 1)} of q(z) lies outside the picture."
                )
    if mixture.outside is not None:
        st.caption(
            f"{len(mixture.z)} random z. A × has no code near: it is farther than {paths.EMPTY_REACH:g} standard deviations of q(z|x) from each code."
        )
    controls.take_away(file_stem(model.name), script=partial(aggregate_script, model))


def _pressed_draw(model: LoadedModel, mixture: paths.Aggregate) -> int:
    """One of the random z, chosen by its number or its mark on the map, and its picture. Returns its row."""
    place = st.empty()
    first = int(mixture.is_far.argmax())
    count = len(mixture.z)
    row = linked.number(f"Random z, 1 to {count}", 1, count, first + 1, key="aggregate_draw", width=140) - 1
    picture = film_strip(mixture.pictures[[row]], model.vae.config.image_shape)
    place.image(picture_uri(enlarge(picture, 4)), width=84, alt=f"What the model draws at random z number {row + 1}")
    st.markdown(f"**{'×' if mixture.is_far[row] else '●'}** {FAR if mixture.is_far[row] else NEAR}", width="content")
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
