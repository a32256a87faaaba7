"""Latent map: the encoded test images on the latent plane, the decoded manifold, and the point under the pointer."""

from dataclasses import asdict
from functools import partial

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from aevb_lab import cached, controls, export, linked, theme
from aevb_lab.components.ellipse import ellipse
from aevb_lab.components.live_decoder import live_decoder
from aevb_lab.components.on_plane import on_plane
from aevb_lab.components.thumbnails import thumbnails
from aevb_lab.escaping import file_stem, plain
from aevb_lab.figures.numbers import nats
from aevb_lab.figures.pictures import enlarge, film_strip, picture_uri
from aevb_lab.figures.plane import ellipse_rings
from aevb_lab.scripts.latent_map import map_script
from aevb_lab.session import latent_map as visit
from aevb_lab.session import lesson
from aevb_lab.session.images import examples_for
from aevb_lab.session.link import remember_point, start_is_pinned, start_point
from aevb_lab.session.models import LoadedModel
from aevb_lab.session.runs import job_named
from aevb_lab.session.viewer import is_dark
from aevb_lab.shown.bounds import bound_in_words
from aevb_lab.shown.close_up import close_up_id, packed_ellipse
from aevb_lab.shown.decoder import first_point
from aevb_lab.shown.planes import model_plane
from aevb_lab.shown.run_words import stopped_words
from aevb_lab.shown.thumbnails import packed_thumbnails
from aevb_lab.shown.welcome import first_question, welcome
from aevb_lab.take_home import take_home_files
from vae_core.studies.close_ups import CloseUp
from vae_core.studies.examples import Examples
from vae_core.studies.planes import View, to_probability

PIN = "Press the map to pin the point; press again to free it."
MATHS = r"""
The decoder turns every point $z$ of the map into $p_\theta(x|z)$; the picture is its mean. A dot is the mean of
$q_\phi(z|x)$ for one test image $x$. In *probability coordinates* the axes are $u = \Phi(z)$, the Gaussian CDF. Equal areas
are then equally likely under the prior $p(z) = \mathcal N(0, I)$. The mosaic is the paper's figure 4, decoded at
$z = \Phi^{-1}\left((i + \tfrac12)/n\right)$ with $n = 20$ cells along each side (12 for images of few pixels).

For one image, $\log p_\theta(x) = \mathcal L(q; x) + D_{KL}\left(q(z) \,\|\, p_\theta(z|x)\right)$ for every $q$ (eq. 1). The encoder must
serve all images with one set of weights: that is amortisation. The best Gaussian for this image alone closes most of its
gap. The rest remains because $p_\theta(z|x)$ is not Gaussian.
"""


@controls.page_of_model
def page(model: LoadedModel) -> None:
    examples = examples_for(model)
    _head(model, examples)
    with st.container(key="map_row"):
        plane_column, image_column = st.columns([3, 2])
    row = None
    with plane_column:
        chart = st.container()
        # Below the map, where they stay whatever opens beside it.
        with st.container(horizontal=True, vertical_alignment="bottom", key="map_tools"):
            closer = _look_closer(model) if examples else None
            look = st.container(width="content")
    with image_column:
        _live_decoder(model)  # first: the browser shows it before the plane
        hide = " Press a class's name to hide its dots." if examples and examples.labels is not None else ""
        with st.container(key="map_pin"):
            st.markdown(PIN + hide)
        if examples and closer == "posterior":
            with st.container(horizontal=True, vertical_alignment="bottom", key="closer_choice"):
                row = _chosen_image(examples)
                picture = film_strip(examples.x[row][None].numpy(), model.vae.config.image_shape)
                st.image(picture_uri(enlarge(picture, 4)), width=56, alt=f"x: test image {row + 1}")
        bench = st.container()
        _thumbnails(model, closer)
    with st.container(key="with_keys"):
        st.markdown("With keys: Tab to the image, arrows, Enter to pin, Esc to free it.")
    about_dots = st.container()
    view, at_image = View(), False
    if model.vae.config.latent_dim > 2:
        with st.container(horizontal=True, vertical_alignment="bottom"):
            view, at_image = _axes(model)
            if examples and at_image and row is None:
                row = _chosen_image(examples)
    view = view._replace(held=row if at_image else None)
    if examples:
        about_dots.caption(f"Dots: {plain(examples.source)}.{_outside(model, view)}")
    with look:
        _plane(model, chart, view, row)
    if examples and row is not None and closer == "posterior":
        with bench:
            _bench(model, row)  # after the plane, which needs no sums
        _posterior(model, examples, row, view)
    else:
        _take_away(model, None, view)
    controls.show_maths(MATHS)


def _head(model: LoadedModel, examples: Examples | None) -> None:
    """The product's name, a way round, and the first sentence, which is true for this model."""
    with st.container(key="map_head", horizontal=True, vertical_alignment="center"):
        st.title("AEVB Lab", anchor=False)
        if lesson.name_now() is None:
            st.button(
                "Show me around",
                key="show_around",
                icon=":material/tour:",
                on_click=lesson.follow,
                args=("first-look", 1),
            )
    question = first_question(model.data, examples.class_names if examples else ())
    st.markdown(f"{welcome(model.data, model.vae.config.latent_dim, has_dots=bool(examples))} **{question}**")
    job = job_named(model.name)
    words = stopped_words(job.snapshot()) if job else ""
    if words:
        st.info(words)


def _outside(model: LoadedModel, view: View) -> str:
    """How many dots lie outside the map's axes, in words."""
    plane = cached.plane(model, view)
    count = int((np.abs(plane.points) > plane.span[1]).any(1).sum())
    return f" {count:,} of them lie outside the map." if count else ""


@controls.fragment
def _plane(model: LoadedModel, column: DeltaGenerator, view: View, row: int | None) -> None:
    """The widgets for the plane's look, and in its column the plane. They are one fragment, so that a change of the look draws
    nothing else."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        coordinates = linked.choice(
            "Coordinates",
            ("latent", "probability"),
            key="coordinates",
            help="latent: the axes are z. probability: the axes are u = Φ(z), so equal areas are equally likely under the prior.",
        )
        layers = linked.choices(
            "Show",
            ("images", "points"),
            key="layers",
            help="images: what the decoder draws at each place. points: the encoded test images, in the colour of their class.",
        )
    mean, dark = _mean(model, view), is_dark()
    linked_point, is_pinned = start_point(model.vae.config.latent_dim), start_is_pinned()
    with column:
        controls.latent_plane(
            model_plane(
                model,
                view,
                coordinates=coordinates,
                layers=layers,
                start=mean or linked_point,
                pinned=mean is None and linked_point is not None and is_pinned,
                legend=True,
                dark=dark,
            ),
            key="latent_plane",
            alt="Latent map: encoded test images by class over the decoded manifold",
        )
        if row is not None and model.vae.config.latent_dim > 1:  # with one there is no plane for it to lie on
            _ellipse(model, view, row, coordinates)


def _mean(model: LoadedModel, view: View) -> list[float] | None:
    return None if view.held is None else cached.encoded(model, view.held)[0].tolist()


def _ellipse(model: LoadedModel, view: View, row: int, coordinates: str) -> None:
    """q(z|x) of a test image on the plane."""
    loc, covariance = cached.plane(model, view).project(*cached.encoded(model, row))
    scaled = to_probability if coordinates == "probability" else lambda places: places
    rings = [scaled(ring) for ring in ellipse_rings(loc, covariance)]
    on_plane("latent_plane", scaled(loc), rings, asdict(theme.palette(is_dark())))


@controls.fragment
def _live_decoder(model: LoadedModel) -> None:
    live_decoder(
        first_point(model, "latent_plane", start_point(model.vae.config.latent_dim)),
        on_z_change=remember_point,
        on_pinned_change=remember_point,
    )


def _axes(model: LoadedModel) -> tuple[View, bool]:
    """The plane through more than two latent dimensions, and whether the other dimensions are held at the test image's mean."""
    names = [f"z{j + 1}" for j in range(model.vae.config.latent_dim)]
    across, up = cached.widest_axes(model)
    kind = linked.choice(
        "Axes",
        ("dimensions", "principal"),
        key="axes",
        help="principal: the two directions in which the encoded means vary most.",
    )
    axes = None
    if kind == "dimensions":
        first = linked.menu("Across", names, across, key=f"across_{model.name}", width=90)
        second_names = [name for name in names if name != first]
        default = second_names.index(names[up]) if names[up] in second_names else 0
        second = linked.menu("Up", second_names, default, key=f"up_{model.name}_{first}", width=90)
        axes = (names.index(first), names.index(second))
    anchor = linked.choice(
        "Other dimensions",
        ("zero", "the image's"),
        key="rest",
        help="The map shows two dimensions. The others stay at zero, or at the encoded mean of a test image.",
    )
    return View(axes, kind == "principal"), anchor != "zero"


def _take_away(model: LoadedModel, row: int | None, view: View) -> None:
    script = partial(map_script, model, row, visit.draw_seed())
    files = [*take_home_files(model, view), *export.model_files([model]), *export.run_files(model.name)]
    controls.take_away(file_stem(model.name), *files, script=script)


# -- looking closer ----------------------------------------------------------------------------------------------


def _look_closer(model: LoadedModel) -> str | None:
    def nearest(z: list[float]) -> int | None:
        plane = cached.plane(model, View())
        return (
            plane.nearest(plane.place(np.array([z], np.float32))[0]) if len(z) == model.vae.config.latent_dim else None
        )

    return linked.choice_or_none(
        "Look closer",
        ("posterior", "neighbours"),
        key="closer",
        help="posterior: q(z|x) and p(z|x) of the test image nearest to the point. neighbours: the encoded images nearest to the point.",
        on_change=visit.look_at_point,
        args=(nearest,),
    )


def _chosen_image(examples: Examples) -> int:
    return controls.image_number(
        len(examples.x), 4, key="map_image", help="You can also press a dot on the map.", width=190
    )


@controls.fragment
def _bench(model: LoadedModel, row: int) -> None:
    """Beside the plane: the image's posterior, and a q to drag."""
    if cached.close_up(model, row) is None:
        return
    visit.keep_q_of(close_up_id(model, row))
    st.markdown(
        f"**The map near x, magnified.** Drag your q until it fits the violet: the places that could have made image {row + 1}."
    )
    st.fragment(controls.explained(ellipse))(
        packed_ellipse(model, row, visit.draw_seed(), is_dark()), on_q_change=visit.remember_q
    )


@controls.explained
def _posterior(model: LoadedModel, examples: Examples, row: int, view: View) -> None:
    draws = cached.draws(model, row, visit.draw_seed())
    close_up = cached.close_up(model, row)
    with st.container(key="closer_row"):
        left, right = st.columns(2, gap="large")
    with left:
        _image(model, examples, row)
        st.markdown(_in_words(close_up) if close_up is not None else bound_in_words(cached.image_bound(model, row)))
    with right:
        st.markdown(f"**{len(draws.z)} draws of z from q(z|x)**, each decoded: the mean of p(x|z)")
        strip = film_strip(draws.images, model.vae.config.image_shape, gap=2)
        st.image(picture_uri(enlarge(strip, 5)), width="stretch", alt="The decoded means of the draws, in order")
        log_lik = ", ".join(nats(value, 1) for value in draws.log_lik)
        st.caption(f"log p(x|z) of the image at each draw, in nats (higher is better): {log_lik}.")
        st.button("Draw new z", key="draw_again", on_click=visit.draw_again)
    if close_up is not None:
        st.markdown(
            "The contours hold 39, 86 and 99 % of the true posterior p(z|x), as much as a Gaussian has within 1, 2 and 3 standard "
            "deviations. The ovals of a q are at 1 and 2 standard deviations. Drag the middle of your q to move it, and its handles to stretch "
            "and turn it. The arrow keys do the same; with Shift they go five times as far. The dots are the draws."
        )
    _take_away(model, row, view)


def _image(model: LoadedModel, examples: Examples, row: int) -> None:
    name = "" if examples.labels is None else f", class {examples.class_names[examples.labels[row]]}"
    st.markdown(f"**Test image {row + 1}{plain(name)}**: x, as it is encoded")
    picture = film_strip(examples.x[row : row + 1].numpy(), model.vae.config.image_shape)
    st.image(picture_uri(enlarge(picture, 8)), width=140, alt=f"Test image {row + 1}{name}")


def _in_words(close_up: CloseUp) -> str:
    encoder, parts, side = close_up.encoder, close_up.gap_parts, len(close_up.log_joint)
    grid = f"one grid of {side} × {side} points"
    sums = f"all sums over {grid}" if close_up.encoder_on_grid else f"sums over {grid} and, for the ELBO, a finer one"
    return (
        f"log p(x) **{nats(close_up.log_marginal, 3)}** = ELBO **{nats(encoder.elbo, 3)}** + gap KL(q‖p(z|x)) "
        f"**{nats(encoder.gap, 3)}** nats, {sums}.\n\n"
        f"The encoder's gap has three parts:\n"
        f"- **{nats(parts.amortisation, 3)}** nats because one encoder serves all images\n"
        f"- **{nats(parts.alignment, 3)}** because its oval cannot turn\n"
        f"- **{nats(parts.shape, 3)}** because p(z|x) is not a Gaussian"
    )


@controls.fragment
def _thumbnails(model: LoadedModel, closer: str | None) -> None:
    if visit.thumbnail_was_chosen():
        st.rerun()
    examples, neighbours = examples_for(model), closer == "neighbours"
    sprite = packed_thumbnails(
        model,
        "latent_plane",
        pictures=visit.thumbnails_requested(),
        neighbours=neighbours,
        choosable=closer is not None,
    )
    if examples is None or sprite is None:
        return
    choose = partial(visit.choose_thumbnail, len(examples.x))
    thumbnails(sprite, on_wanted_change=visit.request_thumbnails, on_row_change=choose)
    if neighbours:
        st.markdown(
            "These are the test images whose encoded means are nearest to your point (Euclidean distance in z). They change as "
            "you move. Press one to see its posterior."
        )


page()
