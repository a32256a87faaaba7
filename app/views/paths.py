"""Paths: from one image or point to another through latent space; each dimension by itself; the prior and q(z). (Longer than other
views: it has four views, each with its own texts and formulas.)"""

from collections.abc import Callable, Sequence
from functools import partial
from operator import itemgetter
from typing import NamedTuple

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from aevb_lab import cached, controls, linked
from aevb_lab.components.path_player import path_player
from aevb_lab.components.thumbnails import thumbnails
from aevb_lab.escaping import file_stem, plain
from aevb_lab.export import model_files
from aevb_lab.figures.numbers import percent
from aevb_lab.figures.paths import FAR, NEAR, aggregate_posterior
from aevb_lab.figures.pictures import enlarge, film_strip, picture_uri
from aevb_lab.figures.style import saved_as
from aevb_lab.scripts.paths import aggregate_script, dimensions_script, path_script, samples_script
from aevb_lab.session.images import examples_for
from aevb_lab.session.marked import COUNT, GALLERY, keep_marks, marked_rows
from aevb_lab.session.models import LoadedModel
from aevb_lab.session.paths import end_keys, is_point, move_end, move_end_to_image, point_of_text
from aevb_lab.session.reported import choose_pressed
from aevb_lab.session.viewer import is_dark
from aevb_lab.shown import path_words as words
from aevb_lab.shown.gifs import path_gif
from aevb_lab.shown.paths import (
    ShownPath,
    between_in_words,
    clear_classes,
    encoded_end,
    far_or_near,
    is_clear,
    names_along,
    played_path,
    shown_path,
    strangest,
)
from aevb_lab.shown.planes import model_plane
from aevb_lab.shown.thumbnails import packed_marks
from aevb_lab.shown.welcome import has_digits
from vae_core.data.datasets import is_sequence
from vae_core.studies import paths
from vae_core.studies.examples import Examples
from vae_core.studies.holes import Compared, Holes

VIEWS = ("a path", "each dimension", "prior samples", "q(z) beside the prior")
QUESTIONS = {  # and what to do, or what there is to see
    VIEWS[0]: (
        "Is every image in between a digit?",
        "Drag A and B on the map, or choose two digits. Then play the way from one to the other.",
    ),
    VIEWS[1]: (
        "What does each latent number change?",
        "In each row one latent number goes from −3 to 3, and the others stay. Choose another image.",
    ),
    VIEWS[2]: (
        "Which of these could not be real images?",
        "Nobody made them: the model draws them from random z. Press each image that could not be real.",
    ),
    VIEWS[3]: (
        "Do the codes of all images fill the prior?",
        "Where they do not, random z fall where no image has its code. Press a mark: what is drawn there?",
    ),
}
OF_OTHER_IMAGES = (
    "Could every image in between be a real one?",
    "Choose two images, A and B, and play the way from one to the other.",
)
MOST_NAMED = 14  # images of a path, so that each has room for its class below it
MOST_NAMES = 12  # classes that are pressed by name; more are in a menu
ENDS = ("test images", "points")
ONLY = "Held"  # the name of the one image of each dimension, in its link
SAMPLED = ("mean of p(x|z)", "x drawn from p(x|z)")
SAMPLED_IN_WORDS = {SAMPLED[0]: "smooth", SAMPLED[1]: "drawn pixel by pixel"}
SAMPLES_A_ROW = 10  # in the script
MATHS = {
    VIEWS[0]: r"""
$z_t = (1 - t)\, z_A + t\, z_B$ with $z_A$ and $z_B$ the means $\mu_\phi(x)$ of $q_\phi(z|x)$ of two images, or points;
each frame is the mean of $p_\theta(x|z_t)$. The prior's density is
$\log p(z) = -\tfrac12 \lVert z \rVert^2 - \tfrac J2 \log 2\pi$: it is highest at the origin. That does not make the origin usual.
$\lVert z \rVert$ of a draw follows the $\chi$ distribution with $J$ degrees of freedom. So in many dimensions nearly all of the
prior lies at $\lVert z \rVert \approx \sqrt J$. A straight path cuts through the empty middle. A *spherical* path turns the direction and the length of $z$ evenly instead.

$$z_t = r_t \left( \frac{\sin (1-t)\omega}{\sin \omega} \frac{z_A}{\lVert z_A \rVert}
+ \frac{\sin t\omega}{\sin \omega} \frac{z_B}{\lVert z_B \rVert} \right)$$

Here $r_t = (1-t) \lVert z_A \rVert + t \lVert z_B \rVert$, and $\omega$ is the angle between $z_A$ and $z_B$.
""",
    VIEWS[1]: r"""
With a diagonal $q_\phi(z|x) = \mathcal N(\mu, \operatorname{diag} \sigma^2)$ the KL is a sum over dimensions,
$D_{KL} = \sum_j \tfrac12 \left( \mu_j^2 + \sigma_j^2 - 1 - \log \sigma_j^2 \right)$ (App. B). A dimension is *active* if
$\operatorname{Var}_x\left[\mu_j(x)\right] > 0.01$ (Burda, Grosse and Salakhutdinov, arXiv:1509.00519).
""",
    VIEWS[
        2
    ]: r"$z \sim p(z) = \mathcal N(0, I)$, then $x \sim p_\theta(x|z)$: the generative model of sec. 2, from the top down.",
    VIEWS[3]: r"""
$$q(z) = \frac1N \sum_i q_\phi(z|x_i), \qquad \frac1N \sum_i D_{KL}\left(q_\phi(z|x_i) \,\|\, p(z)\right) =
I_q(i; z) + D_{KL}\left(q(z) \,\|\, p(z)\right)$$

The first term on the right is what $z$ tells about which of the $N$ images it is, and at most $\log N$. The second is how far all codes
together are from the prior. So it is at least the mean KL less $\log N$, whatever the model is, and it falls with more images.

It is large where codes lie and the prior is low. It does not say the opposite, whether draws from the prior land where no image is
encoded. That is measured: an empty place is more than 3 standard deviations of $q_\phi(z|x_i)$ away from each $\mu_i$.
""",
}


class Ends(NamedTuple):
    """The ends of a path and their names on screen, and what a moved end does; for encoded images also their rows, and
    where in their classes they are."""

    a: np.ndarray
    b: np.ndarray
    names: list[str]
    rows: tuple[int, int] | None
    on_move: Callable[[], None]
    places: str = ""


class Image(NamedTuple):
    """A test image: its row, and where in its class it is."""

    row: int
    place: str


@controls.page_of_model
def page(model: LoadedModel) -> None:
    head = st.container()
    view = linked.choice("Look at", VIEWS, key="paths_view", label_visibility="collapsed")
    with head:
        controls.page_head("Paths", *(QUESTIONS[view] if view != VIEWS[0] or _is_of_digits(model) else OF_OTHER_IMAGES))
    {VIEWS[0]: _path, VIEWS[1]: _dimensions, VIEWS[2]: _samples, VIEWS[3]: _aggregate}[view](model)
    controls.show_maths(MATHS[view])


def _is_of_digits(model: LoadedModel) -> bool:
    examples = examples_for(model)
    return has_digits(model.data, () if examples is None else examples.class_names)


def _row() -> tuple[DeltaGenerator, DeltaGenerator]:
    """Containers for a plane and for the widgets beside it, which go below it where there is no room."""
    with st.container(horizontal=True, gap="medium"):
        return st.container(key="paths_plane", width="stretch"), st.container(key="paths_words", width=380)


# -- a path ------------------------------------------------------------------------------------------------------


@controls.fragment
def _path(model: LoadedModel) -> None:
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
        between_in_words(path.between, "digit" if _is_of_digits(model) else "class", listed=not has_room),
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
    images = _image_picker(model, examples, "A", 1), _image_picker(model, examples, "B", 7)
    rows = images[0].row, images[1].row
    places = " and ".join(f"{end} is {image.place}" for end, image in zip("AB", images, strict=True) if image.place)
    a, b = (encoded_end(model, row).z for row in rows)
    on_move = partial(move_end_to_image, cached.plane(model), examples, model.data)
    return Ends(a, b, [f"test image {row + 1}" for row in rows], rows, on_move, places)


def _image_picker(model: LoadedModel, examples: Examples, name: str, default: int) -> Image:
    """A test image, by the name of its class and its number there; its picture stands before them."""
    rows, number, place = np.arange(len(examples.x)), 1, ""
    class_key, image_key = end_keys(name, model.data)
    of_class, of_image = ("Class", "Image") if name == ONLY else (f"{name}: class", f"{name}: image")
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        picture, number_field = st.container(width=64), st.container(width=125)
        if examples.labels is not None:
            options, label = list(examples.class_names), of_class
            default = min(default, len(options) - 1)
            kind = (
                linked.choice(label, options, default=options[default], key=class_key, width="stretch")
                if len(options) <= MOST_NAMES
                else linked.menu(label, options, default, key=class_key, width=180)
            )
            rows = np.flatnonzero(examples.labels == options.index(kind))
            place = f"of class {kind}"
        elif name == "B":
            number = len(rows) // 2
        with number_field:
            number = linked.number(of_image, 1, len(rows), number, key=image_key)
    row = int(rows[number - 1])
    picture.image(
        encoded_end(model, row).picture,
        width="stretch",
        alt="Test image, as encoded" if name == ONLY else f"Test image {name}, as encoded",
    )
    return Image(row, f"image {number} {place}" if place else "")


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


# -- each dimension ----------------------------------------------------------------------------------------------


def _dimensions(model: LoadedModel) -> None:
    examples = controls.examples_or_explain(model)
    if examples is None:
        return
    with st.container(key="traverse_row", horizontal=True, vertical_alignment="bottom"):
        around = linked.choice("Other dimensions stay at", ("a test image", "the origin"), key="traverse_around")
        row, z, name = None, np.zeros(model.vae.config.latent_dim, np.float32), "0"
        if around == "a test image":
            row, place = _image_picker(model, examples, ONLY, 4)
            z = paths.encoded_point(model.vae, examples.x[row])
            name = f"the encoded mean of test image {row + 1}" + (f", which is {plain(place)}" if place else "")
    use = paths.dimensions(model.vae, examples.x, z, is_sequence=is_sequence(model.data))
    names = names_along(model, use) if _is_of_digits(model) else [[] for _ in use.order]
    classes = [clear_classes(of_row) if of_row else [] for of_row in names]
    answer = words.what_numbers_change(use, classes, "the origin" if row is None else "this image")
    st.markdown(f"{answer} {words.BELOW_PICTURES}" if any(names) else answer)
    cells = st.grid("auto", min_column_width=340 if len(use.kl) > words.FEW_STRIPS else 700, key="traversals")
    rows = zip(use.order, use.traversals, names, classes, strict=True)
    for dim, strip, of_row, kinds in sorted(rows, key=itemgetter(0)) if len(use.kl) <= words.FEW_STRIPS else rows:
        with cells.container():
            kind = "active" if use.active[dim] else "dead"
            st.markdown(words.dimension(use, dim, kinds))
            st.image(
                picture_uri(enlarge(film_strip(strip, model.vae.config.image_shape, gap=2), 3)),
                width="stretch",
                alt=f"Decoded images as dimension {dim + 1}, {kind}, goes from −3 to 3",
            )
            if of_row:
                controls.below_strip([kind for (kind,) in (name if is_clear(name) else ("?",) for name in of_row)])
            if len(use.kl) <= words.FEW_STRIPS:
                controls.below_strip([f"{value:.1f}".replace("-", "−") for value in paths.TRAVERSED])
    st.caption(
        f"KL of each latent number: mean ± standard error over {plain(examples.source)}. Pictures: mean of p(x|z), the "
        f"other dimensions stay at {name}."
    )
    with st.expander("Which dimensions are active?", key="traversal_numbers"):
        st.markdown(
            "A dimension is active if its encoded mean changes from image to image: its variance over the images is above 0.01. "
            f"Here **{use.num_active} of {len(use.kl)}** are."
        )
        st.markdown(words.numbers_of_dimensions(use))
    controls.take_away(file_stem(model.name), script=partial(dimensions_script, model, row))


# -- the prior ---------------------------------------------------------------------------------------------------


@controls.fragment
def _samples(model: LoadedModel) -> None:
    """Draws from the prior; the visitor counts those that are no real images."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kind = linked.choice("Pictures", SAMPLED, key="samples_of", format_func=SAMPLED_IN_WORDS.get)
        seed = linked.number("Seed", 0, 2**31 - 1, 0, key="samples_seed", width=150)
        with_computer = linked.switch(
            "Compare with the computer", key="samples_compare", help="First press all images that could not be real."
        )
    rows = marked_rows(model.key, seed)
    holes = _holes(model) if rows and with_computer else None
    compared = None if holes is None else cached.compared_draws(model, COUNT, seed)
    strange = () if compared is None else compared.in_holes
    with st.container(key="samples_counted"):
        text = words.marked(rows, COUNT, holes, strange, means=kind == SAMPLED[0])
        st.markdown(text if with_computer or not rows else f"{text} {words.THEN_COMPARE}")
    thumbnails(
        packed_marks(model, COUNT, seed, kind == SAMPLED[0], rows, strange),
        key=GALLERY,
        on_marked_change=partial(keep_marks, model.key, seed),
    )
    if compared is not None:
        with st.container(key="samples_strange", horizontal=True, gap="large"):
            others = [row for row in rows if row not in strange]
            means, is_all = kind == SAMPLED[0], len(others) == len(rows)
            _beside_most_similar(model, compared, strange, words.why_framed(len(strange), means=means))
            _beside_most_similar(model, compared, others, words.why_not_framed(len(others), means=means, is_all=is_all))
    each = (
        f"each picture is the {kind}"
        if kind == SAMPLED[0]
        else "each picture is one x drawn from p(x|z), pixel by pixel"
    )
    st.caption(f"{COUNT} draws z of the prior N(0, I), seed {seed}; {each}.")
    script = partial(samples_script, model, COUNT, SAMPLES_A_ROW, seed, means=kind == SAMPLED[0])
    controls.take_away(file_stem(model.name), script=script)


def _beside_most_similar(model: LoadedModel, compared: Compared, rows: Sequence[int], text: str) -> None:
    """Draws in the top row, below them the most similar pictures of real images' codes, and where they differ."""
    if rows:
        with st.container(width=460):
            st.markdown(text)
            st.image(
                picture_uri(strangest(compared, rows, model.vae.config.image_shape)),
                alt="Draws, the pictures most like them that come back from real images, and where they differ",
            )


def _holes(model: LoadedModel) -> Holes | None:
    """Which share of draws lies in holes; None where there are no images to compare with, or where that cannot be measured."""
    try:
        of_model = [] if examples_for(model) is None else cached.holes((model,))
    except (ValueError, ArithmeticError):  # the model's codes or pictures are odd: all else is shown
        return None
    return of_model[0] if of_model else None


# -- q(z) --------------------------------------------------------------------------------------------------------


def _aggregate(model: LoadedModel) -> None:
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
            words.filled(mixture, _holes(model))
            if is_telling
            else words.too_few(model.vae.config.latent_dim, _holes(model))
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


page()
