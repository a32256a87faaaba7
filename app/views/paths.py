"""Paths: from one test image to another along a straight line through latent space."""

import numpy as np
import streamlit as st

from app import controls, figures, state

MATHS = r"""
$z_t = (1 - t)\, \mu_\phi(x_A) + t\, \mu_\phi(x_B)$ with $\mu_\phi(x)$ the mean of $q_\phi(z|x)$; each frame is the mean of
$p_\theta(x|z_t)$. The prior's density is $\log p(z) = -\tfrac12 \lVert z \rVert^2 - \tfrac J2 \log 2\pi$: it is low far
from the origin, where the decoder has seen few points and its pictures mean less.
"""


def page() -> None:
    model = controls.model_picker()
    controls.page_head("Paths", "Is every in-between a digit?", "A straight line through latent space, decoded.")
    examples = controls.examples_or_explain(model)
    if examples is None:
        return
    start, end, steps = _ends(model, examples)
    path = state.path_between(model, start, end, steps)
    st.image(
        figures.enlarge(figures.film_strip(path.images, model.vae.config.image_shape, gap=2), 5),
        width="stretch",
        alt=f"{steps} decoded images from test image {start + 1} to test image {end + 1}",
    )
    st.caption("Mean of p(x|z) at each step from A to B.")
    plane_column, density_column = st.columns([3, 2], gap="medium")
    plane = state.plane_of(model)
    figure = figures.latent_plane(
        plane.points,
        examples.labels,
        examples.class_names,
        dark=state.is_dark(),
        span=plane.span,
        background=state.manifold_picture(model, "latent", state.is_dark()),
        axis_titles=plane.titles,
        path=state.on_plane(plane, path.z),
        height=480,
        revision=f"path-{model.name}",
    )
    plane_column.plotly_chart(
        figure, key="path_plane", theme=None, config=figures.CONFIG, alt="The path on the latent plane"
    )
    with density_column:
        a, b = st.columns(2, wrap=False)
        for column, row, name in ((a, start, "A"), (b, end, "B")):
            column.image(
                figures.enlarge(figures.film_strip(examples.x[row : row + 1].numpy(), model.vae.config.image_shape), 8),
                width="stretch",
                caption=f"{name}: test image {row + 1}",
                alt=f"Image {name}, as encoded",
            )
        st.plotly_chart(
            figures.density_along_path(path.log_prior, dark=state.is_dark()),
            key="path_density",
            theme=None,
            config=figures.CONFIG,
            alt="Log density of the prior along the path",
        )
        st.caption("log p(z), nats: how usual the point is under the prior; higher is more usual.")
    controls.show_maths(MATHS)


def _ends(model: state.LoadedModel, examples: state.Examples) -> tuple[int, int, int]:
    """The two images' rows and the number of steps."""
    classes = examples.labels is not None
    with st.container(horizontal=True, vertical_alignment="bottom"):
        picks = []
        for name, default, number in (("A", 1, 1), ("B", 7, 1)):
            rows = np.arange(len(examples.x))
            if classes:
                options = list(examples.class_names)
                kind = st.selectbox(
                    f"{name}: class", options, index=min(default, len(options) - 1), key=f"path_class_{name}_{model.data}",
                    width=140,
                )  # fmt: skip
                rows = np.flatnonzero(examples.labels == options.index(kind))
            else:
                number = 1 if name == "A" else len(rows) // 2
            which = st.number_input(
                f"{name}: image", 1, len(rows), number, key=f"path_image_{name}_{model.data}", width=140
            )
            picks.append(int(rows[which - 1]))
        steps = st.slider("Steps", 3, 24, 12, key="path_steps", bind="query-params", width=220)
    return picks[0], picks[1], steps


page()
