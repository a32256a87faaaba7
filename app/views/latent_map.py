"""Latent map: the encoded test images on the latent plane, the decoded manifold, and the point under the pointer."""

import numpy as np
import streamlit as st

from app import controls, figures, state
from app.components.live_decoder import live_decoder

MATHS = r"""
Every point $z$ of the plane is decoded to $p_\theta(x|z)$; the picture is its mean. A dot is the mean of
$q_\phi(z|x)$ for one test image $x$. In *probability coordinates* the axes are $u = \Phi(z)$, the Gaussian CDF, so that
equal areas are equally likely under the prior $p(z) = \mathcal N(0, I)$; the mosaic is then the paper's figure 4,
decoded at $z = \Phi^{-1}\left((i + \tfrac12)/20\right)$.
"""


def page() -> None:
    model = controls.model_picker()
    controls.page_head(
        "Move over the map", "Where does a 4 become a 9?" if _has_digits(model) else "What lies between?"
    )
    with st.container(key="map_row"):
        plane_column, image_column = st.columns([3, 2], gap="medium", vertical_alignment="center")
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
    with plane_column:
        _plane(model, coordinates, layers)
    with image_column:
        _decoded(model)
    examples = state.examples_for(model)
    if examples:
        st.caption(
            f"Points: {examples.source}. Touch or move the mouse over the plane; or focus the image, use arrows."
        )
    controls.show_maths(MATHS)


def _plane(model: state.LoadedModel, coordinates: str, layers: list[str]) -> None:
    plane, examples = state.plane_of(model), state.examples_for(model)
    probability = coordinates == "probability"
    span = (0.0, 1.0) if probability else plane.span
    points = state.to_probability(plane.points) if probability else plane.points
    shown = "points" in layers
    labels = examples.labels if examples is not None else None
    titles = tuple(f"Φ({title})" for title in plane.titles) if probability else plane.titles
    figure = figures.latent_plane(
        points if shown else np.zeros((0, 2), np.float32),
        labels if shown else None,
        examples.class_names if examples is not None else (),
        dark=state.is_dark(),
        span=span,
        background=state.manifold_picture(model, coordinates, state.is_dark()) if "images" in layers else None,
        axis_titles=titles,
        meta={
            "coordinates": coordinates,
            "basis": plane.basis.tolist(),
            "rest": plane.rest.tolist(),
            "start": state.start_point(model.vae.config.latent_dim),
        },
        revision=f"{model.name}-{coordinates}",
    )
    st.plotly_chart(
        figure,
        key="latent_plane",
        theme=None,
        config=figures.CONFIG,
        alt="Latent plane: encoded test images by class over the decoded manifold",
    )


@st.fragment
def _decoded(model: state.LoadedModel) -> None:
    live_decoder(state.packed_decoder(model, "latent_plane"), on_z_change=state.remember_point)


def _has_digits(model: state.LoadedModel) -> bool:
    return model.data in ("digits", "mnist")


page()
