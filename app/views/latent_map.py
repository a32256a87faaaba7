"""Latent map: the encoded test images on the latent plane, the decoded manifold, and the point under the pointer."""

from dataclasses import asdict
from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app import controls, figures, state, theme
from app.components.ellipse import ellipse, pack_ellipse
from app.components.live_decoder import live_decoder
from app.components.on_plane import on_plane
from app.components.thumbnails import thumbnails
from app.state import charts, scripts

MATHS = r"""
Every point $z$ of the plane is decoded to $p_\theta(x|z)$; the picture is its mean. A dot is the mean of
$q_\phi(z|x)$ for one test image $x$. In *probability coordinates* the axes are $u = \Phi(z)$, the Gaussian CDF, so that
equal areas are equally likely under the prior $p(z) = \mathcal N(0, I)$; the mosaic is then the paper's figure 4,
decoded at $z = \Phi^{-1}\left((i + \tfrac12)/20\right)$.

For one image, $\log p_\theta(x) = \mathcal L(q; x) + D_{KL}\left(q(z) \,\|\, p_\theta(z|x)\right)$ for every $q$ (eq. 1). The encoder has
to serve all images with one set of weights (amortisation); the best Gaussian for this image alone closes most of its gap,
and what then remains is that $p_\theta(z|x)$ is not Gaussian.
"""


def page() -> None:
    model = controls.model_picker()
    controls.page_head(
        "Move over the map", "Where does a 4 become a 9?" if _has_digits(model) else "What lies between?"
    )
    with st.container(key="map_row"):
        plane_column, image_column = st.columns([3, 2], gap="medium", vertical_alignment="center")
    with image_column:
        _decoded(model)  # first: it is there while the browser still loads what draws the plane
    look = st.container()
    examples = state.examples_for(model)
    if examples:
        st.caption(
            f"Points: {examples.source}. Touch or move the mouse over the plane; or focus the image, use arrows."
        )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        closer = _look_closer() if examples else None
        view, held = _axes(model) if model.vae.config.latent_dim > 2 else (state.View(), False)
        row = _chosen_image(examples) if examples and (closer == "posterior" or held) else None
    with look:
        _plane(model, plane_column, view._replace(held=row if held else None), row)
    if closer == "posterior":
        _posterior(model, row)
    _thumbnails(model, closer)
    if closer != "posterior":
        _take_away(model, None)
    controls.show_maths(MATHS)


@st.fragment
def _plane(model: state.LoadedModel, column: DeltaGenerator, view: state.View, row: int | None) -> None:
    """How the plane is looked at, and in its column the plane: all that a change of the look draws again."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        coordinates = st.segmented_control(
            "Coordinates",
            ("latent", "probability"),
            default="latent",
            required=True,
            key="coordinates",
            bind="query-params",
            help="latent: z itself. probability: u = Φ(z), where equal areas are equally likely under the prior.",
        )
        layers = st.pills(
            "Show",
            ("images", "points"),
            default=["images", "points"],
            selection_mode="multi",
            key="layers",
            bind="query-params",
            help="images: what the decoder makes of each cell's centre. points: encoded test images, by class.",
        )
    start = _mean(model, view) or state.start_point(model.vae.config.latent_dim)
    look = {"coordinates": coordinates, "layers": layers, "legend": True, "dark": state.is_dark()}
    with column:
        controls.latent_plane(
            charts.model_plane(model, view, start=start, **look),
            key="latent_plane",
            alt="Latent plane: encoded test images by class over the decoded manifold",
        )
        if row is not None and model.vae.config.latent_dim > 1:  # with one there is no plane for it to lie on
            _ellipse(model, view, row, coordinates)


def _mean(model: state.LoadedModel, view: state.View) -> list[float] | None:
    return None if view.held is None else state.encoded(model, view.held)[0].tolist()


def _ellipse(model: state.LoadedModel, view: state.View, row: int, coordinates: str) -> None:
    """q(z|x) of a test image on the plane."""
    loc, covariance = state.gaussian_on_plane(state.plane_of(model, view), *state.encoded(model, row))
    scaled = state.to_probability if coordinates == "probability" else lambda places: places
    rings = [scaled(ring) for ring in figures.ellipse_rings(loc, covariance)]
    on_plane("latent_plane", scaled(loc), rings, asdict(theme.palette(state.is_dark())))


@st.fragment
def _decoded(model: state.LoadedModel) -> None:
    live_decoder(state.packed_decoder(model, "latent_plane"), on_z_change=state.remember_point)


def _axes(model: state.LoadedModel) -> tuple[state.View, bool]:
    """The plane through more than two latent dimensions, and whether the others are held at the test image's."""
    names = [f"z{j + 1}" for j in range(model.vae.config.latent_dim)]
    across, up = state.widest_axes(model)
    principal = (
        st.segmented_control(
            "Axes",
            ("dimensions", "principal"),
            default="dimensions",
            required=True,
            key="axes",
            bind="query-params",
            help="principal: the two directions in which the encoded means vary most.",
        )
        == "principal"
    )
    axes = None
    if not principal:
        first = st.selectbox("Across", names, across, key=f"across_{model.name}", bind="query-params", width=90)
        others = [name for name in names if name != first]
        default = others.index(names[up]) if names[up] in others else 0
        second = st.selectbox("Up", others, default, key=f"up_{model.name}_{first}", bind="query-params", width=90)
        axes = (names.index(first), names.index(second))
    rest = st.segmented_control(
        "Others held at",
        ("zero", "the image's"),
        default="zero",
        required=True,
        key="rest",
        bind="query-params",
        help="What lies off the plane: zero, the prior's mean; or the encoded mean of a test image. Points are projected.",
    )
    return state.View(axes, principal), rest != "zero"


def _take_away(model: state.LoadedModel, row: int | None) -> None:
    script = partial(scripts.map_script, model, row, state.draw_seed())
    files = [*state.model_files([model]), *state.run_files(model.name)]
    controls.take_away(state.file_stem(model.name), *files, script=script)


# -- looking closer ----------------------------------------------------------------------------------------------


def _look_closer() -> str | None:
    return st.segmented_control(
        "Look closer",
        ("posterior", "neighbours"),
        key="closer",
        bind="query-params",
        help="posterior: q(z|x) and p(z|x) of one test image. neighbours: the encoded images nearest to the point.",
    )


def _chosen_image(examples: state.Examples) -> int:
    state.fit_image_number(len(examples.x))
    number = st.number_input(
        f"Test image, 1 to {len(examples.x):,}",
        1,
        len(examples.x),
        4,
        key="map_image",
        bind="query-params",
        width=220,
        help="Or press its dot on the plane.",
    )
    return int(number) - 1


@st.fragment
def _posterior(model: state.LoadedModel, row: int) -> None:
    examples = state.examples_for(model)
    drawn = state.draws(model, row, state.draw_seed())
    shown = state.close_up(model, row)
    with st.container(key="closer_row"):
        left, right = st.columns(2, gap="large")
    with left:
        if shown is not None:
            colours = {"colours": asdict(theme.palette(state.is_dark())), "draws": drawn.z.tolist()}
            state.keep_q_of(shown)
            packed = pack_ellipse(state.ellipse_numbers(shown) | colours, shown.log_joint)
            ellipse(packed, on_q_change=state.remember_q)
        else:
            _image(model, examples, row)
    with right:
        if shown is not None:
            _image(model, examples, row)
        st.markdown(_in_words(shown) if shown is not None else _estimated(state.image_bound(model, row)))
        st.markdown(f"**{len(drawn.z)} draws of z from q(z|x)**, each decoded to the mean of p(x|z)")
        strip = figures.film_strip(drawn.images, model.vae.config.image_shape, gap=2)
        st.image(figures.enlarge(strip, 5), width="stretch", alt="The decoded means of the draws, in order")
        log_lik = ", ".join(figures.nats(value, 1) for value in drawn.log_lik)
        st.caption(f"log p(x|z) of the image at each draw, nats: {log_lik}.")
        st.button("Draw z again", key="draw_again", on_click=state.draw_again)
    if shown is not None:
        st.caption(
            "Contours: the true posterior p(z|x), holding 39, 86 and 99 % of it, as a Gaussian's ellipses of 1, 2 and 3 "
            "standard deviations do. Dashed: the encoder's q(z|x), 1 and 2 standard deviations. Solid: your q; drag its middle, "
            "stretch and turn it by its handles. Dots: the draws."
        )
    _take_away(model, row)


def _image(model: state.LoadedModel, examples: state.Examples, row: int) -> None:
    name = "" if examples.labels is None else f", class {examples.class_names[examples.labels[row]]}"
    st.markdown(f"**Test image {row + 1}{name}**: x, as it is encoded")
    picture = figures.film_strip(examples.x[row : row + 1].numpy(), model.vae.config.image_shape)
    st.image(figures.enlarge(picture, 8), width=140, alt=f"Test image {row + 1}{name}")


def _in_words(shown: state.CloseUp) -> str:
    nats, encoder, aligned, best = figures.nats, shown.encoder, shown.aligned, shown.best
    return (
        f"log p(x) **{nats(shown.log_marginal, 3)}** = ELBO **{nats(encoder.elbo, 3)}** + gap KL(q‖p(z|x)) "
        f"**{nats(encoder.gap, 3)}** nats, all sums over one grid of {len(shown.log_joint)} × {len(shown.log_joint)} points.\n\n"
        f"Where the encoder's gap comes from: **{nats(encoder.gap - aligned.gap, 3)}** nats because one encoder serves all "
        f"images, **{nats(aligned.gap - best.gap, 3)}** because its q cannot turn, **{nats(best.gap, 3)}** because p(z|x) is "
        f"no Gaussian."
    )


def _estimated(bound: state.ImageBound) -> str:
    nats = figures.nats
    if bound.exact:
        return (
            f"log p(x) **{nats(bound.log_marginal, 3)}** = ELBO **{nats(bound.elbo, 3)}** + gap KL(q‖p(z|x)) "
            f"**{nats(bound.gap, 3)}** nats, all sums over one grid."
        )
    return (
        f"ELBO **{nats(bound.elbo)} ± {bound.elbo_error:.2f}** nats (256 draws); log p(x) is at least about "
        f"**{nats(bound.log_marginal)} ± {bound.log_marginal_error:.2f}** (importance sampling, "
        f"{bound.ess_in_words()}), so the gap KL(q‖p(z|x)) is about **{nats(bound.gap)}** nats or more. A grid needs at most "
        f"two latent dimensions."
    )


@st.fragment
def _thumbnails(model: state.LoadedModel, closer: str | None) -> None:
    if state.thumbnail_was_chosen():
        st.rerun()
    listed = closer == "neighbours"
    packed = state.thumbnails(
        model,
        "latent_plane",
        pictures=state.thumbnails_wanted(),
        listed=listed,
        choosable=closer is not None,
    )
    if packed is None:
        return
    thumbnails(packed, on_wanted_change=state.note_wanted, on_row_change=state.choose_thumbnail)
    if listed:
        st.caption(
            "The encoded test images whose means are nearest to the point, by Euclidean distance in z; they follow the "
            "pointer. Press one to look at its posterior."
        )


def _has_digits(model: state.LoadedModel) -> bool:
    return model.data in ("digits", "mnist")


page()
