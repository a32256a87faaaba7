"""Steer: an image changed by what is measured of it, by its class, or by a sum of codes; and whether the result is new."""

from collections.abc import Sequence
from functools import partial

import numpy as np
import streamlit as st

import vae_core as vc
from aevb_lab import cached, controls, linked
from aevb_lab.components.lasso import lasso
from aevb_lab.components.steering import steering
from aevb_lab.escaping import file_stem, plain
from aevb_lab.figures.curves import radius_along_path
from aevb_lab.figures.style import saved_as
from aevb_lab.scripts.steering import steering_script, sum_script
from aevb_lab.session.images import examples_for
from aevb_lab.session.kept import arrivals
from aevb_lab.session.models import LoadedModel
from aevb_lab.session.steering import (
    BY_CLASS,
    KINDS,
    MOST_PICKED,
    are_rows,
    asked_now,
    keep_view,
    pick_loop,
    place_now,
    rows_of_text,
)
from aevb_lab.session.viewer import is_dark
from aevb_lab.shown import steering as pictures
from aevb_lab.shown.gifs import path_gif
from aevb_lab.shown.planes import model_plane
from aevb_lab.shown.welcome import has_digits
from aevb_lab.theme import palette
from vae_core.studies.examples import Examples

VIEWS = ("sliders", "a sum of codes")
TEXTS = {
    VIEWS[0]: "Move a slider. The green picture does what you ask, and all else stays as far as it can.",
    VIEWS[1]: "Take A, take away what B has, and add what C has.",
}
SOURCES = ("test image", "draw", "upload")
FILM = 9  # pictures of a way
TURNED = np.linspace(0.0, 1.0, 8, endpoint=False)  # of the way of the wheel, before that of the sliders
MATHS = r"""
An attribute $a_i(x)$, such as the slant, is a formula of sums over the pixels. So the decoded mean $\hat x(z)$ has a slope for each,
$J_{ij} = \partial a_i(\hat x(z)) / \partial z_j$: one backward pass through the decoder for each attribute. With what is missing, $r$, each step is

$$\Delta z = J^\top \left(J J^\top + \lambda I\right)^{-1} r .$$

It makes $\lVert J \Delta z - r \rVert^2 + \lambda \lVert \Delta z \rVert^2$ smallest. In the first term, what you asked for counts a hundred times as much as what shall stay. The second term keeps
the step short. No step is longer than 0.4, and one that leads away from the goal is shortened.

**The plain way** is a straight line, $\Delta z = \beta_i\, \Delta a_i$. $\beta_i$ is the slope of the codes of all test images against this attribute.
It knows nothing of the decoder's bends. It also brings along all that goes with the attribute in the data.

**The law of** $\lVert z \rVert$: for $z \sim p(z) = \mathcal N(0, I)$ it is the $\chi$ distribution with as many degrees of freedom as there are latent numbers.

**The wheel**: $z = z_0 + t\,(c - c_0 - \tfrac12 (z_0 - c_0))$ with the mean codes $c_0$ and $c$ of the image's class and of the other one.

**Sums**: $z = z_A + t\,(z_C - z_B)$, with the means of codes. At $t = 1$ this is $A - B + C$.

**Slant** is $\arctan(-\sigma_{uv} / \sigma_{vv})$ with the second moments of the bright pixels. **Height** is $\sqrt{12\,\sigma_{vv}}$, and **width** is
$\sqrt{12\,(\sigma_{uu} - \sigma_{uv}^2 / \sigma_{vv})}$. **Stroke width** is twice the ink by the length of the outline.
"""


@partial(controls.page_of_model, first="mnist-20d")  # two latent numbers leave little room for what shall stay
def page(model: LoadedModel) -> None:
    head, examples = st.container(), examples_for(model)
    view = linked.choice("How to steer", VIEWS, key="steer_view", label_visibility="collapsed")
    is_of_digits = has_digits(model.data, () if examples is None else examples.class_names)
    with head:
        controls.page_head(
            "Steer",
            _question(view, is_of_digits),
            TEXTS[view],
        )
    {VIEWS[0]: _bench, VIEWS[1]: _sum}[view](model)
    controls.show_maths(MATHS)


def _question(view: str, is_of_digits: bool) -> str:
    if view != VIEWS[0]:
        return "Can you compute with images?"
    return "Can you make this digit lean?" if is_of_digits else "Can you change one thing and nothing else?"


# -- sliders -----------------------------------------------------------------------------------------------------


@controls.fragment
def _bench(model: LoadedModel) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        source = linked.choice("Image", SOURCES, key="steer_source")
        x, start, row = _image(model, source)
        with_plain = linked.switch(
            "Compare with the plain way",
            key="steer_plain",
            help="Also show a straight line in z, and the charts of both ways.",
        )
    if x is None or start is None:
        return
    asked, place = asked_now(cached.handles(model)), place_now()
    own = _own_class(model, start, row)
    steering(
        pictures.packed_steering(model, x, start, own, asked, place, arrivals(), with_plain, is_dark()),
        on_view_change=keep_view,
    )
    if model.vae.config.latent_dim <= 2 and has_digits(model.data, tuple(cached.wheel(model)[0])):
        st.markdown(
            "**Two latent numbers leave little room:** most that shall stay moves too. Choose the model mnist-20d beside."
        )
    base = cached.wheel_start(model, start, own, place)
    way = cached.steered(model, base, asked)
    if asked:
        rest = pictures.words_of_rest(model, way, asked, bool(place[1]))
        st.markdown(f"{rest} {'' if place[1] else pictures.words_of_class(model, way.z[-1], own)}")
    if asked or place[1]:
        turned = (
            [cached.wheel_start(model, start, own, (place[0], place[1] * part)) for part in TURNED] if place[1] else []
        )
        _film(
            model,
            np.concatenate([*(pictures.decoded(model, z) for z in turned), way.images if asked else way.images[:1]]),
        )
    st.markdown(
        "A faint slider is held as far as it can be; an arrow says that it moved all the same. Press × to hold an attribute again. "
        "Slant is the lean of all bright pixels together; above 0 it is to the right. Keys: arrows on a slider or on the wheel."
    )
    _nearest(model, way.z[-1], is_moved=bool(asked or place[1]))
    is_plain_image = row is not None and not place[1]
    script = partial(steering_script, model, base, row if is_plain_image else None, asked)
    controls.take_away(file_stem(model.name), script=script if examples_for(model) else lambda: None)


def _image(model: LoadedModel, source: str) -> tuple[np.ndarray | None, np.ndarray | None, int | None]:
    """x (data_dim,), its code (latent,), and its row if it is a test image."""
    if source == SOURCES[0]:
        examples = controls.examples_or_explain(model)
        if examples is None:
            return None, None, None
        row = controls.image_number(
            len(examples.x), 1, key="steer_image", help="Choose one of the model's test images."
        )
        return examples.x[row].numpy(), cached.encoded(model, row)[0], row
    try:
        if source == SOURCES[1]:
            strokes = controls.drawing_pad_behind_button(model, key="steer_pad")
            if not strokes:
                return None, None, None
            image = cached.own_drawing(model, strokes)
        else:
            content = controls.picture_uploader("steer_picture")
            if content is None:
                return None, None, None
            image = cached.own_picture(model, content)
    except vc.DataError as error:
        st.error(f"**{plain(model.name)}** could not encode the image: {controls.failure_in_words(error)}.")
        return None, None, None
    return image.x, image.loc, None


def _own_class(model: LoadedModel, start: np.ndarray, row: int | None) -> int:
    """The place of the image's class on the wheel; of an image without a label, the class whose mean code is nearest."""
    examples, codes = examples_for(model), cached.wheel(model)[1]
    if not len(codes):
        return 0
    if row is not None and examples is not None and examples.labels is not None:
        return int(examples.labels[row])
    return int(np.linalg.norm(codes - start, axis=1).argmin())


# -- where one arrives -------------------------------------------------------------------------------------------


def _film(model: LoadedModel, images: np.ndarray) -> None:
    """The decoded images of a way, (steps, data_dim), and their film to keep."""
    few = images[np.linspace(0, len(images) - 1, min(FILM, len(images))).round().astype(int)]
    with st.container(key="steer_film"):
        st.image(
            pictures.way_strip(model, few), width="stretch", alt=f"{len(few)} decoded images on the way to the result"
        )
        st.download_button(
            "Save the way as a GIF",
            partial(path_gif, images, model.vae.config.image_shape),
            f"{file_stem(model.name)}-steer.gif",
            "image/gif",
            icon=":material/download:",
            on_click="ignore",
            key="steer_gif",
        )


def _nearest(model: LoadedModel, z: np.ndarray, *, is_moved: bool = True) -> None:
    """The test images whose codes are nearest to a point, and, once it `is_moved`, whether its picture is one of theirs."""
    examples = examples_for(model)
    if examples is None:
        return
    near = cached.neighbours(model, z)
    st.header("Is it new, or a copy?", anchor=False)
    with st.container(key="steer_near"):
        text = f"Of all test images, the nearest picture is **{near.nearest:.2f}** away, as a vector of pixels."
        if np.isfinite(near.usual):
            verdict = "nearly a copy" if near.is_copy else "new" if near.is_new else "as new as a test image is"
            text += f" A test image's picture is usually {near.usual:.2f} away from its own nearest one. So this is **{verdict}**."
        if not is_moved:
            text = "**Nothing is moved yet.** Move something above to make a new image."
        st.markdown(text)
        with st.container(horizontal=True):
            for row, distance in zip(near.rows.tolist(), near.code_distances.tolist(), strict=True):
                label = (
                    "" if examples.labels is None else f", class {plain(examples.class_names[examples.labels[row]])}"
                )
                with st.container(width=118):
                    st.image(
                        pictures.image_picture(model, row), width=104, caption=f"#{row + 1}{label}", alt=f"test image {row + 1}{label}, {distance:.2f} from z"
                    )  # fmt: skip
        st.caption(
            f"The images with the nearest codes, of {plain(examples.source)}. The first is {near.code_distances[0]:.2f} away in z."
        )


# -- a sum of codes ----------------------------------------------------------------------------------------------


@controls.fragment
def _sum(model: LoadedModel) -> None:
    examples = controls.examples_or_explain(model)
    if examples is None:
        return
    columns = st.columns(3, gap="medium")
    groups = []
    for column, name, sign in zip(columns, "ABC", ("", "− ", "+ "), strict=True):
        with column:
            groups.append(_term(model, examples, name, f"{sign}{name}"))
    _map(model)
    if not all(groups):
        return
    amount = linked.slider("How much of C − B", 0.0, 2.0, 1.0, 0.05, key="steer_amount")
    a, b, c = (cached.group_code(model, tuple(group)) for group in groups)
    way = cached.code_sum(model, a, b, c, amount)
    with st.container(horizontal=True, key="steer_terms"):
        terms = (
            ("A", a),
            ("B", b),
            ("C", c),
            ("A − B", a - b),
            ("A − B + C" if amount == 1.0 else f"A + {amount:g} (C − B)", way.z[-1]),
        )
        for name, z in terms:
            with st.container(width=160):
                st.image(
                    pictures.picture_at(model, z),
                    width="stretch",
                    caption=f"{name}, |z| {np.linalg.norm(z):.2f}",
                    alt=f"decoded image of {name}",
                )
    low, _, high = way.usual_radius
    if way.radius[-1] > high:
        st.warning(
            f"|z| of the sum is {way.radius[-1]:.2f}. Nine of ten draws from the prior have {low:.2f} to {high:.2f}: you have left what the model has learnt."
        )
    _film(model, way.images)
    st.plotly_chart(
        radius_along_path(way.radius, way.usual_radius, dark=is_dark(), end="the sum"), key="steer_radius", theme=None, config=saved_as("sum-radius"),
        alt="The distance of the way from 0, and the band that holds nine of ten draws from the prior",
    )  # fmt: skip
    _nearest(model, way.z[-1])
    script = partial(sum_script, model, tuple(tuple(group) for group in groups), amount)
    controls.take_away(file_stem(model.name), script=script)


def _map(model: LoadedModel) -> None:
    """The map, on which a loop picks a group."""
    part = linked.fold("Pick a group on the map", key="steer_map")
    if not part.open:
        return
    with part:
        term = linked.menu("The loop picks", ("A", "B", "C"), 2, key="steer_term", width=160)
        st.markdown(f"Draw a loop around dots: these images become {term}, at most the first {MOST_PICKED}.")
        with st.container(width=560):
            controls.latent_plane(
                model_plane(model, legend=True, dark=is_dark()),
                key="steer_plane",
                alt="The map, on which a loop picks a group of test images",
            )
        lasso("steer_plane", palette(is_dark()).latent, on_loop_change=partial(pick_loop, cached.plane(model), term))


def _term(model: LoadedModel, examples: Examples, name: str, label: str) -> Sequence[int]:
    """The rows of the images whose codes' mean is this term; none where the visitor's text names none."""
    count, labels, classes = len(examples.x), examples.labels, list(examples.class_names)
    if labels is not None and BY_CLASS == linked.menu(label, KINDS, int(name != "A"), key=f"steer_kind_{name}"):
        first = (int(labels[0]) + (min(3, len(classes) - 1) if name == "C" else 0)) % len(classes)
        chosen = linked.menu(f"{name}: class", classes, first, key=f"steer_of_{name}_{model.data}")
        return np.flatnonzero(labels == classes.index(chosen)).tolist()
    quarter = max(1, count // 4)
    usual = {"A": "1", "B": f"1-{min(quarter, 50)}", "C": f"{count - min(quarter, 50) + 1}-{count}"}[name]
    text = linked.text(
        f"{label}: images",
        usual,
        key=f"steer_rows_{name}",
        is_usable=partial(are_rows, count=count),
        help="Numbers of test images, such as 3, 10-14. Of several, the mean of their codes is taken.",
    )
    try:
        return rows_of_text(text, count)
    except ValueError as error:
        st.error(f"{name}: {plain(str(error))}.")
        return []


page()
