"""Paths: from one image or point to another through latent space; each dimension by itself; the prior and q(z)."""

from functools import partial
from typing import NamedTuple

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from aevb_lab import cached, controls, linked
from aevb_lab.components.path_player import path_player
from aevb_lab.escaping import file_stem, plain
from aevb_lab.export import File, model_files
from aevb_lab.figures.bounds import plus_minus
from aevb_lab.figures.paths import aggregate_posterior
from aevb_lab.figures.pictures import enlarge, film_strip
from aevb_lab.figures.style import saved_as
from aevb_lab.scripts.paths import aggregate_script, dimensions_script, path_script, samples_script
from aevb_lab.session.models import LoadedModel
from aevb_lab.session.paths import is_point, move_end, point_of_text
from aevb_lab.session.viewer import is_dark
from aevb_lab.shown.gifs import path_gif
from aevb_lab.shown.paths import encoded_ends, played_path, shown_path
from aevb_lab.shown.planes import model_plane
from vae_core.studies import paths
from vae_core.studies.examples import Examples

VIEWS = ("a path", "each dimension", "prior samples", "q(z) beside the prior")
ENDS = ("test images", "points")
SAMPLED = ("mean of p(x|z)", "x drawn from p(x|z)")
SAMPLES, SAMPLES_A_ROW = 40, 10
MATHS = {
    VIEWS[0]: r"""
$z_t = (1 - t)\, z_A + t\, z_B$ with $z_A$ and $z_B$ the means $\mu_\phi(x)$ of $q_\phi(z|x)$ of two images, or points;
each frame is the mean of $p_\theta(x|z_t)$. The prior's density is
$\log p(z) = -\tfrac12 \lVert z \rVert^2 - \tfrac J2 \log 2\pi$: it is low far from the origin, where the decoder has seen
few points and its pictures mean less. In many dimensions nearly all of the prior lies at $\lVert z \rVert \approx \sqrt J$. A
straight path cuts through the empty middle. A *spherical* path turns the direction and the length of $z$ evenly instead.

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

The first term on the right is what $z$ tells about which image it is. The second is how far all codes together are from
the prior. Where it is large, samples of the prior fall where no image is encoded.
""",
}


class Ends(NamedTuple):
    """The ends of a path and their names on screen; where they are encoded images, also their pictures and rows."""

    a: np.ndarray
    b: np.ndarray
    names: list[str]
    pictures: list[str] | None
    rows: tuple[int, int] | None


@controls.explained
def page() -> None:
    _show(controls.model_picker())


@controls.explained
def _show(model: LoadedModel) -> None:
    controls.page_head("Paths", "Is every in-between a digit?")
    view = linked.choice("Look at", VIEWS, key="paths_view")
    {VIEWS[0]: _path, VIEWS[1]: _dimensions, VIEWS[2]: _samples, VIEWS[3]: _aggregate}[view](model)
    controls.show_maths(MATHS[view])


def _row() -> tuple[DeltaGenerator, DeltaGenerator]:
    """Containers for a plane and for the widgets beside it, which go below it where there is no room."""
    with st.container(horizontal=True, gap="medium"):
        return st.container(key="paths_plane", width="stretch"), st.container(key="paths_side", width=380)


# -- a path ------------------------------------------------------------------------------------------------------


@controls.fragment
def _path(model: LoadedModel) -> None:
    latent_dim = model.vae.config.latent_dim
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kind = linked.choice("From A to B between", ENDS, key="path_ends")
        path_ends = _ends_of_images(model) if kind == ENDS[0] else _ends_of_points(model)
        spherical = latent_dim > 2 and "spherical" == linked.menu(
            "Interpolation (expert)",
            ("straight", "spherical"),
            key="path_shape",
            width=180,
            help="straight: the shortest way. spherical: the path turns around the origin and stays as far from it as most "
            "draws from the prior.",
        )
        steps = linked.slider("Steps", 3, 24, 12, key="path_steps", width=160)
    if path_ends is not None:
        _between(model, path_ends, steps, spherical)


def _between(model: LoadedModel, ends: Ends, steps: int, spherical: bool) -> None:
    """The film strip, the path on the plane, and beside it the player and log p(z)."""
    a, b, names, pictures, rows = ends
    pressable, dark = rows is None, is_dark()
    try:
        path = shown_path(model, a, b, steps, spherical, "path_plane", pressable, dark)
    except ValueError as error:
        st.error(f"**{plain(model.name)}** has no such path: {controls.failure_in_words(error)}.")
        return
    st.image(path.strip, width="stretch", alt=f"{steps} decoded images from {names[0]} to {names[1]}")
    st.caption(f"Mean of p(x|z) at each step from A, {names[0]}, to B, {names[1]}.")
    plane_column, side_column = _row()
    with plane_column:
        spans = ((-path.reach, path.reach),) * 2
        controls.latent_plane(
            model_plane(model, spans=spans, dark=dark), key="path_plane", alt="The path on the latent plane"
        )
    with side_column:
        path_player(path.player, on_press_change=partial(move_end, cached.plane(model), a, b) if pressable else None)
        if pressable:
            st.caption("Press the plane: the nearer end, A or B, goes there.")
        st.plotly_chart(
            path.density,
            key="path_density",
            theme=None,
            config=saved_as("path-density"),
            alt="Log density of the prior along the path",
        )
        st.caption("log p(z), nats: how likely the prior makes this point. Higher is more likely.")
        if pictures is not None:
            with st.container(horizontal=True, key="path_ends_shown"):
                for name, picture in zip("AB", pictures, strict=True):
                    st.image(picture, width=112, caption=f"{name}, as encoded", alt=f"Test image {name}, as encoded")
    stem = file_stem(model.name)
    gif = File("Path (GIF)", f"{stem}-path.gif", partial(_gif, model, a, b, spherical))
    script = partial(path_script, model, (a, b), rows, steps, spherical)
    controls.take_away(stem, gif, *model_files([model]), script=script)


def _gif(model: LoadedModel, a: np.ndarray, b: np.ndarray, spherical: bool) -> bytes:
    return path_gif(played_path(model, a, b, spherical), model.vae.config.image_shape)


def _ends_of_images(model: LoadedModel) -> Ends | None:
    examples = controls.examples_or_explain(model)
    if examples is None:
        return None
    rows = _image_picker(model, examples, "A", 1), _image_picker(model, examples, "B", 7)
    ends = encoded_ends(model, rows)
    return Ends(ends.z[0], ends.z[1], [f"test image {row + 1}" for row in rows], ends.pictures, rows)


def _image_picker(model: LoadedModel, examples: Examples, name: str, default: int) -> int:
    """The row of a test image, by class and number."""
    rows, number = np.arange(len(examples.x)), 1
    if examples.labels is not None:
        options = list(examples.class_names)
        kind = linked.menu(f"{name}: class", options, default, key=f"path_class_{name}_{model.data}", width=100)
        rows = np.flatnonzero(examples.labels == options.index(kind))
    elif name == "B":
        number = len(rows) // 2
    number = linked.number(f"{name}: image", 1, len(rows), number, key=f"path_image_{name}_{model.data}", width=125)
    return int(rows[number - 1])


def _ends_of_points(model: LoadedModel) -> Ends | None:
    latent_dim, points, texts = model.vae.config.latent_dim, [], []
    for name, default in (("A", "-2, 1"), ("B", "2, 0")):
        text = linked.text(
            f"{name}: z",
            default if latent_dim > 1 else default.split(",")[0],
            key=f"path_point_{name}",
            is_usable=partial(is_point, latent_dim=latent_dim),
            width=180,
            help=f"{latent_dim} numbers with commas; those left out are 0.",
        )
        try:
            points.append(point_of_text(text, latent_dim))
        except ValueError as error:
            st.error(f"{name}: {plain(str(error))}.")
            return None
        coordinates = [f"{value:g}" for value in points[-1][:3]] + ["…"] * (latent_dim > 3)
        texts.append(f"z = ({', '.join(coordinates)})")
    return Ends(points[0], points[1], texts, None, None)


# -- each dimension ----------------------------------------------------------------------------------------------


def _dimensions(model: LoadedModel) -> None:
    examples = controls.examples_or_explain(model)
    if examples is None:
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        around = linked.choice("Other dimensions stay at", ("a test image", "the origin"), key="traverse_around")
        row, z, name = None, np.zeros(model.vae.config.latent_dim, np.float32), "0"
        if around == "a test image":
            row = _image_picker(model, examples, "Held", 4)
            z, name = paths.encoded_point(model.vae, examples.x[row]), f"the encoded mean of test image {row + 1}"
    use = paths.dimensions(model.vae, examples.x, z)
    st.markdown(
        f"**{int(use.active.sum())} of {len(use.kl)}** dimensions are active. Together they tell {use.kl.sum():.2f} nats about "
        f"an image. Each row moves one of them from −3 to 3; the one that tells most comes first."
    )
    cells = st.grid("auto", min_column_width=340, key="traversals")
    for dim, strip in zip(use.order, use.traversals, strict=True):
        with cells.container():
            kind = "active" if use.active[dim] else "dead"
            st.image(
                enlarge(film_strip(strip, model.vae.config.image_shape, gap=2), 3),
                width="stretch",
                alt=f"Decoded images as dimension {dim + 1}, {kind}, goes from −3 to 3",
            )
            st.caption(
                f"z{dim + 1}: KL **{use.kl[dim]:.2f}**{plus_minus(use.kl_error[dim])} nats, variance of the mean "
                f"{'undefined' if np.isnan(use.variance[dim]) else f'{use.variance[dim]:.2g}'}, {'active' if use.active[dim] else '**dead**'}"
            )
    st.caption(
        f"KL(q(z_j|x) ‖ p(z_j)): mean ± standard error over {examples.source}; 0 = unused. Pictures: mean of p(x|z), the "
        f"other dimensions stay at {name}. Active: the encoded mean's variance over the images is above 0.01."
    )
    controls.take_away(file_stem(model.name), script=partial(dimensions_script, model, row))


# -- the prior ---------------------------------------------------------------------------------------------------


def _samples(model: LoadedModel) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kind = linked.choice("Show", SAMPLED, key="samples_of")
        seed = linked.number("Seed", 0, 2**31 - 1, 0, key="samples_seed", width=150)
    samples = paths.prior_samples(model.vae, SAMPLES, seed=seed)
    images = samples.means if kind == SAMPLED[0] else samples.draws
    rows = images.reshape(-1, SAMPLES_A_ROW, images.shape[1])
    shape = model.vae.config.image_shape
    strips = [np.pad(film_strip(row, shape, gap=2), ((0, 2), (0, 0)), constant_values=128) for row in rows]
    st.image(enlarge(np.concatenate(strips)[:-2], 4), width="stretch", alt=f"{SAMPLES} samples of the model: {kind}")
    st.caption(f"{SAMPLES} draws z of the prior N(0, I), seed {seed}; each picture is the {kind}." if kind == SAMPLED[0]
               else f"{SAMPLES} draws z of the prior N(0, I), seed {seed}; each picture is one x drawn from p(x|z), pixel by pixel.")  # fmt: skip
    script = partial(samples_script, model, SAMPLES, SAMPLES_A_ROW, seed, means=kind == SAMPLED[0])
    controls.take_away(file_stem(model.name), script=script)


def _aggregate(model: LoadedModel) -> None:
    examples = controls.examples_or_explain(model)
    if examples is None:
        return
    plane, mixture = cached.plane(model), cached.aggregate(model)
    left, right = _row()
    if mixture.masses is not None:
        left.plotly_chart(
            aggregate_posterior(
                mixture.masses, mixture.edges, dark=is_dark(), axis_titles=plane.titles
            ),
            key="aggregate_plane",
            theme=None,
            config=saved_as("aggregate-plane"),
            height="stretch",
            alt="The density of all encoded test images together beside the prior's",
        )  # fmt: skip
    with right:
        st.metric(
            "KL(q(z) ‖ p(z)), nats",
            f"{mixture.marginal_kl:.3f} ± {mixture.marginal_kl_error:.3f}",
            help="How far the codes of all images together are from the prior; 0 = samples of the prior look as encoded "
            "images do.",
        )
        st.markdown(
            f"Mean KL(q(z|x) ‖ p(z)) **{mixture.mean_kl:.2f}** nats  \n= information of image and code "
            f"{mixture.information:.2f} (at most log {mixture.images:,} = {mixture.information_limit:.2f})  \n\\+ KL(q(z) ‖ p(z)) "
            f"{mixture.marginal_kl:.2f}"
        )
        st.caption(
            f"q(z): the even mixture of q(z|x) over {examples.source}. Its KL is estimated from {paths.REPEATS} draws of z from "
            f"each q(z|x), with log q(z) of the whole mixture. ± is the standard error of the draws, seed 0."
            + (" The information is near its limit: with more images the KL would be smaller." if mixture.near_limit
               else "")
        )  # fmt: skip
    if mixture.masses is not None:
        st.caption(
            f"Lines: the smallest regions that hold 50, 80 and 95 % of q(z) (on this plane) and of the prior (dashed). Cells are "
            f"{mixture.edges[1] - mixture.edges[0]:.2f} wide and hold exact probabilities, by the Gaussian CDF; {mixture.outside:.1%} of q(z) lies outside the picture."
        )
    controls.take_away(file_stem(model.name), script=partial(aggregate_script, model))


page()
