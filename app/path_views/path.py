"""The view "a path" of the page Paths: its two ends, its film, its map and its distance from 0."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np
import streamlit as st

from aevb_lab import cached, controls, linked
from aevb_lab.components.path_player import path_player
from aevb_lab.escaping import file_stem, plain
from aevb_lab.export import model_files
from aevb_lab.figures.style import saved_as
from aevb_lab.path_views.images import image_picker, is_of_digits
from aevb_lab.scripts.paths import path_script
from aevb_lab.session.images import examples_for
from aevb_lab.session.models import LoadedModel
from aevb_lab.session.paths import is_point, move_end, move_end_to_image, point_of_text
from aevb_lab.session.viewer import is_dark
from aevb_lab.shown.gifs import path_gif
from aevb_lab.shown.paths import (
    ShownPath,
    between_in_words,
    encoded_end,
    played_path,
    shown_path,
)
from aevb_lab.shown.planes import model_plane

MOST_NAMED = 14  # images of a path, so that each has room for its class below it
ENDS = ("test images", "points")


class Ends(NamedTuple):
    """The ends of a path and their names on screen, and what a moved end does; for encoded images also their rows, and
    where in their classes they are."""

    a: np.ndarray
    b: np.ndarray
    names: list[str]
    rows: tuple[int, int] | None
    on_move: Callable[[], None]
    places: str = ""


@controls.fragment
def path_view(model: LoadedModel) -> None:
    with st.container(key="path_bench"):  # theme.CSS puts the plane beside all else where there is room
        chosen_ends, film = st.container(key="path_ends_shown"), st.container(key="path_film")
        plane, side = st.container(key="path_map"), st.container(key="paths_side")
    with side:
        more = st.container(horizontal=True)
        numbers = st.expander("More about the path", key="path_numbers")
    with more.popover("More", icon=":material/tune:", key="path_more"):
        kind = linked.choice("A and B are", ENDS, key="path_ends")
        steps = linked.slider("Steps of the film", 3, 24, 12, key="path_steps")
        spherical = model.vae.config.latent_dim > 2 and "spherical" == linked.menu(
            "Shape of the path (expert)",
            ("straight", "spherical"),
            key="path_shape",
            help="straight: the shortest path. spherical: the path turns around the origin, and its distance from the origin "
            "changes evenly.",
        )
    with chosen_ends:
        ends = _ends_of_images(model) if kind == ENDS[0] else _ends_of_points(model)
    if ends is None:
        return
    a, b, names, rows, on_move, places = ends
    try:
        path = shown_path(model, a, b, steps, spherical, "path_plane", is_dark(), of_images=rows is not None)
    except ValueError as error:
        film.error(f"**{plain(model.name)}** has no such path: {controls.failure_in_words(error)}.")
        return
    film.image(path.strip, width="stretch", alt=f"{steps} decoded images from {names[0]} to {names[1]}")
    with film:
        _answer(model, path, steps)
    with plane:
        _path_on_plane(model, path, names, places)
    with film:
        path_player(path.player, on_ends_change=on_move)
        goal = "there" if rows is None else "to the dot nearest to the place"
        st.markdown(
            f"**Drag A or B,** or press the map: the nearer end goes {goal}. With keys: Tab to A or B, then the arrows."
        )
    with more:
        st.download_button(
            "Save the film as a GIF",
            partial(_gif, model, a, b, spherical),
            f"{file_stem(model.name)}-path.gif",
            "image/gif",
            icon=":material/download:",
            on_click="ignore",
            key="path_gif",
        )
    with numbers:
        _radius(model, path)
    script = partial(path_script, model, (a, b), rows, steps, spherical)
    controls.take_away(file_stem(model.name), *model_files([model]), script=script)


def _path_on_plane(model: LoadedModel, path: ShownPath, names: list[str], places: str) -> None:
    spans = ((-path.reach, path.reach),) * 2
    controls.latent_plane(
        model_plane(model, spans=spans, legend=True, dark=is_dark()),
        key="path_plane",
        alt="The path on the latent map",
    )
    text = f"Mean of p(x|z) at each step from A, {names[0]}, to B, {names[1]}."
    if model.vae.config.latent_dim > 2:
        text += f" The map shows 2 of {model.vae.config.latent_dim} latent numbers; the film and |z| are of all."
    st.caption(text + (f" {plain(places)}." if places else ""))


def _answer(model: LoadedModel, path: ShownPath, steps: int) -> None:
    """The answer to the page's question for this path, where images have classes: below each image what it looks like, where there is room."""
    examples = examples_for(model)
    if examples is None or examples.labels is None:
        return
    has_room = steps <= MOST_NAMED and max(map(len, examples.class_names)) == 1
    if has_room:
        controls.below_strip(["A", *("/".join(classes) or "?" for classes in path.between), "B"])
    st.markdown(
        between_in_words(path.between, "digit" if is_of_digits(model) else "class", listed=not has_room),
        help="What stands below an image are the classes of the test images whose pictures are most similar to it.",
    )


def _radius(model: LoadedModel, path: ShownPath) -> None:
    st.plotly_chart(
        path.radius,
        key="path_density",
        theme=None,
        config=saved_as("path-radius"),
        alt="The distance of the path from 0, and the band that holds nine of ten draws from the prior",
    )
    latent_dim = model.vae.config.latent_dim
    text = "|z|, the distance from 0. Nine of ten draws from the prior lie in the grey band, half of them above the dashed line."
    if latent_dim > 2:
        text += " Below the band a point is denser than most draws and yet unusual: near 0 there is too little room for draws."
    st.markdown(
        text,
        help=f"With {latent_dim} latent numbers |z| follows the chi distribution with {latent_dim} degrees of freedom. log p(z) is highest at 0, "
        "so it does not say how usual a point is.",
    )


def _gif(model: LoadedModel, a: np.ndarray, b: np.ndarray, spherical: bool) -> bytes:
    return path_gif(played_path(model, a, b, spherical).images, model.vae.config.image_shape)


def _ends_of_images(model: LoadedModel) -> Ends | None:
    examples = controls.examples_or_explain(model)
    if examples is None:
        return None
    images = image_picker(model, examples, "A", 1), image_picker(model, examples, "B", 7)
    rows = images[0].row, images[1].row
    places = " and ".join(f"{end} is {image.place}" for end, image in zip("AB", images, strict=True) if image.place)
    a, b = (encoded_end(model, row).z for row in rows)
    on_move = partial(move_end_to_image, cached.plane(model), examples, model.data)
    return Ends(a, b, [f"test image {row + 1}" for row in rows], rows, on_move, places)


def _ends_of_points(model: LoadedModel) -> Ends | None:
    latent_dim, points, texts = model.vae.config.latent_dim, [], []
    with st.container(horizontal=True, vertical_alignment="bottom"):
        for name, default in (("A", "−2, 1"), ("B", "2, 0")):
            text = linked.text(
                f"{name}: z",
                default if latent_dim > 1 else default.split(",")[0],
                key=f"path_point_{name}",
                is_usable=partial(is_point, latent_dim=latent_dim),
                width=180,
                help=f"Write {latent_dim} numbers with commas between them. Numbers that you leave out are 0.",
            )
            try:
                points.append(point_of_text(text, latent_dim))
            except ValueError as error:
                st.error(f"{name}: {plain(str(error))}.")
                return None
            coordinates = [f"{value:g}" for value in points[-1][:3]] + ["…"] * (latent_dim > 3)
            texts.append(f"z = ({', '.join(coordinates)})".replace("-", "−"))
    a, b = points
    return Ends(a, b, texts, None, partial(move_end, cached.plane(model), a, b))
