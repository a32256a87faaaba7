"""Reconstruct: test images, a drawing or a picture beside their reconstructions, each with its own bound."""

from dataclasses import asdict
from functools import partial

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

import vae_core as vc
from aevb_lab import cached, controls, linked, theme
from aevb_lab.components.on_plane import on_plane
from aevb_lab.escaping import file_stem, plain
from aevb_lab.export import model_files
from aevb_lab.figures.numbers import nats, plus_minus
from aevb_lab.figures.pictures import enlarge, film_strip, picture_uri
from aevb_lab.figures.plane import ellipse_rings
from aevb_lab.figures.style import saved_as
from aevb_lab.glossary import COST
from aevb_lab.scripts.reconstruct import own_image_script, reconstruct_script
from aevb_lab.session import drawing as pad
from aevb_lab.session.images import examples_for
from aevb_lab.session.models import LoadedModel
from aevb_lab.session.viewer import is_dark
from aevb_lab.shown.planes import model_plane, whole_window, window
from aevb_lab.shown.reconstructions import (
    bound_terms,
    comes_back,
    rank_in_words,
    reconstruction_pictures,
    verdict_in_words,
    why_alike,
    why_in_words,
)
from aevb_lab.shown.repair import in_words, names_of_likely
from aevb_lab.shown.welcome import has_digits
from vae_core.studies.examples import Examples
from vae_core.studies.own_image import OWN_DRAWS, POLARITIES, OwnImage, encode_picture
from vae_core.studies.reconstructions import Bounds

PAIRS = (4, 12)  # the first: few and large, all on the first screen of a laptop
SOURCES = ("test images", pad.DRAW, "upload")
QUESTIONS = {
    "test images": (
        "Which images does the model get wrong?",
        "Left: the image x that goes in. Right: what comes back.",
    ),
    pad.DRAW: (
        "Does your drawing come back?",
        "Draw on the black square. The model’s picture stands beside or below it.",
    ),
    "upload": ("Does your picture come back?", "Left: your picture. Right: what the model makes of it."),
}
MATHS = r"""
$$\mathcal L(\theta, \phi; x) = \underbrace{\mathbb E_{q_\phi(z|x)}\left[\log p_\theta(x|z)\right]}_{\text{reconstruction}}
- \underbrace{D_{KL}\left(q_\phi(z|x) \,\|\, p_\theta(z)\right)}_{\text{what } z \text{ costs}} \le \log p_\theta(x)
\qquad \text{(eq. 3)}$$

The expectation is estimated with 16 draws of $z$ per image (estimator B, eq. 7); the KL is exact. The picture is the mean
of $p_\theta(x|z)$ at the mean of $q_\phi(z|x)$.
"""


@controls.page_of_model
def page(model: LoadedModel) -> None:
    head = st.container()
    source = linked.choice("What is encoded", SOURCES, key=pad.SOURCE, label_visibility="collapsed")
    with head:
        controls.page_head("Reconstruct", *QUESTIONS[source])
    if source == SOURCES[0]:
        if examples_for(model):
            cached.bounds(model)  # before the parts: a model that cannot measure its images says so once
        pairs, aside = st.columns([3, 1], gap="medium")
        with pairs:
            _test_images(model)
        with aside:
            _try_drawing(model)
    else:
        _own_image(model, source)
    controls.show_maths(MATHS)


# -- test images -------------------------------------------------------------------------------------------------


@controls.fragment
def _test_images(model: LoadedModel) -> None:
    examples = controls.examples_or_explain(model)
    if examples is None:
        return
    order, class_name = _filters(model, examples)
    table = st.container()
    with st.container(horizontal=True):
        count = linked.choice(
            "Show",
            PAIRS,
            key="reconstruct_pairs",
            format_func=lambda number: f"{number} pairs",
            label_visibility="collapsed",
        )
        first = linked.number("Starting at", 1, len(examples.x), 1, count, key="reconstruct_first", width=160)
    bounds = cached.bounds(model)
    rows = _chosen_rows(examples, bounds, order, class_name)
    rows = rows[min(first - 1, max(0, len(rows) - count)) :][:count]
    with table:
        st.markdown(
            why_in_words(bounds, int(rows[0])),
            help="Every pixel counts, so the right class alone is not enough. Each image has an ELBO, in nats; higher is better. It is E[log p(x|z)], how well x is drawn, minus the KL, each rounded by itself. The KL is "
            f"{COST}. The average is that of all test images.",
        )
        _table(model, examples, rows, bounds)
    st.plotly_chart(
        bound_terms(model, tuple(rows.tolist()), is_dark()),
        key="bound_terms",
        theme=None,
        config=saved_as("bound-terms"),
        alt="Reconstruction and minus KL of each image, in nats, which together make its ELBO",
    )
    st.caption(
        f"Of {plain(examples.source)}. Over all {len(bounds.elbo):,}: ELBO {nats(bounds.mean_elbo)}"
        f"{plus_minus(bounds.elbo_error)} nats per image (mean ± standard error; higher is better)."
    )
    controls.say_densities(model)
    script = partial(reconstruct_script, model, rows.tolist())
    controls.take_away(file_stem(model.name), *model_files([model]), script=script)


def _filters(model: LoadedModel, examples: Examples) -> tuple[str, str]:
    """The order of the images, and the class that is shown or "all"."""
    with st.container(horizontal=True):
        order = linked.choice(
            "Images",
            ("in order", "worst first", "best first"),
            default="worst first",
            key="reconstruct_order",
            label_visibility="collapsed",
        )
        names = ["all", *examples.class_names] if examples.labels is not None else ["all"]
        class_name = linked.menu(
            "Class",
            names,
            key=f"reconstruct_class_{model.data}",
            width=150,
            label_visibility="collapsed",
            format_func=lambda name: "all classes" if name == "all" else name,
        )
    return order, class_name


def _chosen_rows(examples: Examples, bounds: Bounds, order: str, class_name: str) -> np.ndarray:
    rows = np.arange(len(examples.x))
    if class_name != "all":
        rows = rows[examples.labels == examples.class_names.index(class_name)]
    if order == "in order":
        return rows
    ranked = rows[np.argsort(bounds.elbo[rows], kind="stable")]
    return ranked if order == "worst first" else ranked[::-1]


def _table(model: LoadedModel, examples: Examples, rows: np.ndarray, bounds: Bounds) -> None:
    cells = st.grid("auto", min_column_width=280, key="reconstructions")
    pictures = reconstruction_pictures(model, tuple(rows.tolist()))
    likely = names_of_likely(model, np.stack([cached.encoded(model, int(row))[0] for row in rows]))
    for row, picture, likeness in zip(rows, pictures, likely, strict=True):
        own = "" if examples.labels is None else examples.class_names[examples.labels[row]]
        name = f", class {own}" if own else ""
        note = f": {comes_back(likeness, own)}" if own else ""
        share = bounds.share_below(float(bounds.elbo[row]))
        rank = rank_in_words(share, " of all") if share else "the worst"
        with cells.container(gap="xsmall"):
            st.image(picture, width="stretch", alt=f"Test image {row + 1}{name} and its reconstruction")
            st.markdown(f"#{row + 1}{note}  \nELBO **{nats(bounds.elbo[row], 1)}** nats, {rank}")


@controls.fragment
def _try_drawing(model: LoadedModel) -> None:
    """The pad beside the test images, and what the model makes of the drawing."""
    st.markdown("**Draw one yourself**")
    strokes = controls.drawing_on_pad(model)
    controls.say_drawing_without_link()
    if not strokes:
        st.markdown("Draw something here. Use mouse, pen or finger.")
        return
    try:
        image = cached.own_drawing(model, strokes)
    except vc.DataError as error:
        st.error(f"**{plain(model.name)}** could not encode the drawing: {controls.failure_in_words(error)}.")
        return
    _own_pair(model, image)
    with st.container(key="own_numbers"):
        st.markdown(
            f"{_looks_like(model, image)}{_verdict(model, image)}ELBO **{nats(image.elbo, 1)}** ± {image.elbo_error:.1f} nats"
        )
    label = "See where your drawing lies on the map"
    if st.button(label, key="own_look_closer", on_click=pad.look_at_drawing, width="stretch"):
        st.rerun()  # the whole page, not only this part of it


# -- one's own image ---------------------------------------------------------------------------------------------


def _own_image(model: LoadedModel, source: str) -> None:
    """A row in the order of the model: x, q(z|x) on the plane, the decoded image; then the bound. A stroke changes all but the
    plane, unless the image lies outside the plane's window."""
    with st.container(horizontal=True, key="own_row"):
        left = st.container(key="own_given", width=264)
        middle = st.container(key="own_middle", width="stretch")
        right = st.container(key="own_decoded", width=224)
    with middle:
        near = linked.switch(
            "Close-up of q(z|x)",
            key="own_close_up",
            help="Zoom in on the oval of q(z|x). It is often as small as a dot.",
        )
    pad.forget_window()
    _encoding(model, source, near, left, right)
    with middle:
        _plane(model, near)


@controls.fragment
def _encoding(model: LoadedModel, source: str, near: bool, left: DeltaGenerator, right: DeltaGenerator) -> None:
    image, account = None, ""
    with left:
        try:
            image, account = _drawing(model) if source == pad.DRAW else _upload(model)
        except vc.DataError as error:
            st.error(f"**{plain(model.name)}** could not encode the image: {controls.failure_in_words(error)}.")
    if image is None:
        right.empty()
        return
    plane = cached.plane(model)
    loc, covariance = plane.project(image.loc, image.scale)
    if pad.needs_redrawing(window(plane, loc, covariance, near=near)):
        st.rerun()
    colours = asdict(theme.palette(is_dark()))
    on_plane("own_plane", loc, ellipse_rings(loc, covariance), colours)
    with right:
        _own_pair(model, image)
        with st.container(key="own_sides"):
            st.markdown(
                f"Left: x, the image that goes in. Right: the mean of p(x|z) at the mean of q(z|x). {_why_alike(model)}"
            )
        _numbers(model, image)
    st.caption(
        f"{account} ELBO ± standard error of {OWN_DRAWS} draws of z, seed 0; higher is better. {_binarization(model)}"
    )
    controls.say_densities(model)
    script = partial(own_image_script, model, image)
    controls.take_away(file_stem(model.name), *model_files([model]), script=script)


def _drawing(model: LoadedModel) -> tuple[OwnImage | None, str]:
    strokes = controls.drawing_on_pad(model)
    controls.say_drawing_without_link()
    if not strokes:
        st.markdown("Draw something here. Use mouse, pen or finger, or the arrow keys and Space.")
        return None, ""
    framing = model.framing
    return cached.own_drawing(model, strokes), (
        f"Your drawing, scaled and centred as {plain(model.data)} was. Its longer side has {framing.box} pixels, and "
        f"{'its centre of mass' if framing.centre == 'mass' else 'the middle of its box'} is in the middle. The pen is "
        f"{framing.pen:g} pixels wide."
        if framing
        else "The pad is the whole image."
    )


def _upload(model: LoadedModel) -> tuple[OwnImage | None, str]:
    content = controls.picture_uploader("own_picture")
    polarity = linked.menu(
        "Light and dark",
        POLARITIES,
        key="own_polarity",
        help="The model knows light digits on a dark ground. detect: the border of your picture decides.",
    )
    if content is None:
        return None, ""
    image = encode_picture(model.vae, content, polarity=polarity, **model.made_as)
    frame = f"scaled and centred as {plain(model.data)} was" if model.framing else "its middle cut out"
    made = "in colour" if len(model.vae.config.image_shape) == 3 else "made grey"
    return image, f"Your picture, {made}, {'inverted' if image.inverted else 'not inverted'}, {frame}."


def _plane(model: LoadedModel, near: bool) -> None:
    page_window = pad.drawn_window(whole_window(cached.plane(model)))
    layers = ("points",) if near else ("points", "images")
    controls.latent_plane(
        model_plane(model, layers=layers, spans=page_window.spans, legend=not near, dark=is_dark()),
        key="own_plane",
        alt="The encoded test images on the latent map, and over it the image's place and oval",
    )


def _own_pair(model: LoadedModel, image: OwnImage) -> None:
    pair = np.stack([image.x, image.reconstruction])
    st.image(
        picture_uri(enlarge(film_strip(pair, model.vae.config.image_shape), 6)),
        width="stretch",
        alt="The image that was encoded, and its reconstruction",
    )


def _looks_like(model: LoadedModel, image: OwnImage) -> str:
    """A line with the class that the reconstruction looks like, where images have classes."""
    examples = examples_for(model)
    if examples is None or examples.labels is None:
        return ""
    (names,) = names_of_likely(model, image.loc[None])
    kind = "lies" if len(names) > 1 else "looks like"
    return f"What comes back {kind} {in_words(names)}.  \n" if names else "It is hard to say what comes back.  \n"


def _verdict(model: LoadedModel, image: OwnImage) -> str:
    """How well the image fits beside the test images, where there are any."""
    if examples_for(model) is None:
        return ""
    return f"{verdict_in_words(cached.bounds(model).share_below(image.elbo))}  \n"


def _why_alike(model: LoadedModel) -> str:
    """Why the image comes back like one of the test images, where there are any."""
    examples = examples_for(model)
    if examples is None:
        return ""
    return why_alike("digits" if has_digits(model.data, examples.class_names) else "images like the test images")


def _numbers(model: LoadedModel, image: OwnImage) -> None:
    spread = ", ".join(f"{scale:.2g}" for scale in image.scale[:4]) + (", …" if len(image.scale) > 4 else "")
    with st.container(key="own_numbers"):
        st.markdown(
            f"{_looks_like(model, image)}{_verdict(model, image)}ELBO **{nats(image.elbo, 1)}** ± {image.elbo_error:.1f} nats  \n= E[log p(x|z)] "
            f"{nats(image.recon_log_lik, 1)}  \n− KL {image.kl:.1f}  \nStandard deviations of q(z|x): {spread}"
        )


def _binarization(model: LoadedModel) -> str:
    return {
        "dynamic": "Binarised: each pixel drawn once with its grey value as the probability of white, seed 0.",
        "threshold": "Binarised: cut at 1/2.",
    }.get(model.binarization, "The values of the pixels, as the model was trained.")


page()
