"""Planes, charts and pictures that are drawn once for all who look at them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from app import figures
from app.state.images import bound_of_examples, examples_for, reconstructions
from app.state.models import LoadedModel, model_key
from app.state.paths import path_between
from app.state.planes import View, manifold_picture, on_plane, plane_of, to_probability
from app.state.posterior import encoded, gaussian_on_plane


def map_plane(
    model: LoadedModel,
    view: View,
    *,
    coordinates: str,
    layers: list[str],
    row: int | None,
    start: list[float] | None,
    dark: bool,
) -> go.Figure:
    """The latent map: test images' points and decoded pictures as far as `layers` has them, with q(z|x) of the test image
    in `row`. The live decoder begins at the z `start`."""
    shown = tuple(layer in layers for layer in ("points", "images"))
    return _map_plane(model_key(model), view, coordinates, shown, row, tuple(start or ()), dark, _model=model)


@st.cache_resource(show_spinner=False, max_entries=64)
def _map_plane(
    key: str, view: View, coordinates: str, shown: tuple[bool, bool], row: int | None, start: tuple[float, ...],
    dark: bool, _model: LoadedModel,
) -> go.Figure:  # fmt: skip
    plane, examples = plane_of(_model, view), examples_for(_model)
    probability, (points, pictures) = coordinates == "probability", shown
    scaled = to_probability if probability else lambda places: places
    rings = []
    if row is not None and len(plane.basis) > 1:
        rings = figures.ellipse_rings(*gaussian_on_plane(plane, *encoded(_model, row)))
    return figures.latent_plane(
        scaled(plane.points) if points else np.zeros((0, 2), np.float32),
        examples.labels if points and examples is not None else None,
        examples.class_names if examples is not None else (),
        dark=dark,
        span=(0.0, 1.0) if probability else plane.span,
        background=manifold_picture(_model, coordinates, dark, view) if pictures else None,
        axis_titles=tuple(f"Φ({title})" for title in plane.titles) if probability else plane.titles,
        rings=[scaled(ring) for ring in rings],
        hover=False,
        meta={
            "coordinates": coordinates,
            "basis": plane.basis.tolist(),
            "rest": plane.rest.tolist(),
            "start": list(start) or None,
        },
        revision=f"{_model.name}-{coordinates}-{view.axes}-{view.principal}",
    )


class PathCharts(NamedTuple):
    """A path's decoded images side by side as a PNG data address, the path on the plane, log p(z) along it."""

    strip: str
    plane: go.Figure
    density: go.Figure


def path_charts(
    model: LoadedModel, start: np.ndarray, end: np.ndarray, steps: int, *, spherical: bool, dark: bool
) -> PathCharts:
    """What is seen of `path_between` these points. Raises ValueError where there is no such path."""
    ends = (tuple(start.tolist()), tuple(end.tolist()))
    return _path_charts(model_key(model), ends, steps, spherical, dark, _model=model)


@st.cache_resource(show_spinner=False, max_entries=256)
def _path_charts(
    key: str, ends: tuple[tuple[float, ...], ...], steps: int, spherical: bool, dark: bool, _model: LoadedModel
) -> PathCharts:
    path = path_between(_model, *np.float32(ends), steps, spherical=spherical)
    plane = plane_of(_model)
    positions = on_plane(plane, path.z)
    reach = max(plane.span[1], 1.1 * float(np.abs(positions).max()))
    strip = figures.enlarge(figures.film_strip(path.images, _model.vae.config.image_shape, gap=2), 5)
    return PathCharts(
        figures.picture_uri(strip),
        figures.with_path(_path_plane(key, reach, dark, _model=_model), positions, dark=dark),
        figures.density_along_path(path.log_prior, dark=dark),
    )


@st.cache_resource(show_spinner=False, max_entries=64)
def _path_plane(key: str, reach: float, dark: bool, _model: LoadedModel) -> go.Figure:
    plane, examples = plane_of(_model), examples_for(_model)
    figure = figures.latent_plane(
        plane.points,
        examples.labels if examples else None,
        examples.class_names if examples else (),
        dark=dark,
        span=(-reach, reach),
        background=manifold_picture(_model, "latent", dark),
        background_span=plane.span,
        axis_titles=plane.titles,
        height=480,
        revision=f"path-{_model.name}-{reach}",
    )
    figure.update_layout(showlegend=False)  # classes have labels on the plane
    return figure


def bound_terms(model: LoadedModel, rows: np.ndarray, dark: bool) -> go.Figure:
    """The two costs of each of some test images."""
    return _bound_terms(model_key(model), tuple(rows.tolist()), dark, _model=model)


@st.cache_resource(show_spinner=False, max_entries=256)
def _bound_terms(key: str, rows: tuple[int, ...], dark: bool, _model: LoadedModel) -> go.Figure:
    bound, chosen = bound_of_examples(_model), list(rows)
    names = [f"#{row + 1}" for row in rows]
    return figures.bound_terms(bound.recon_log_lik[chosen], bound.kl[chosen], names, dark=dark)


def reconstruction_pictures(model: LoadedModel, rows: np.ndarray) -> list[str]:
    """Each of some test images beside its decoding, as PNG data addresses."""
    return _reconstruction_pictures(model_key(model), tuple(rows.tolist()), _model=model)


@st.cache_resource(show_spinner=False, max_entries=256)
def _reconstruction_pictures(key: str, rows: tuple[int, ...], _model: LoadedModel) -> list[str]:
    pairs = np.stack([examples_for(_model).x[list(rows)].numpy(), reconstructions(_model, np.array(rows))], 1)
    strips = [figures.film_strip(pair, _model.vae.config.image_shape) for pair in pairs]
    return [figures.picture_uri(figures.enlarge(strip, 6)) for strip in strips]
