"""Planes, charts and pictures that are drawn once for all who look at them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from app import figures
from app.components.packed import pack_arrays
from app.session.images import bound_of_examples, examples_for, reconstructions
from app.session.models import LoadedModel
from app.state.paths import PLAYED_FRAMES, path_between
from app.state.planes import WIDEST, View, manifold_picture, on_plane, plane_of, to_probability
from app.theme import palette

POINT_RADIUS = 3.0  # pixels
Spans = tuple[tuple[float, float], tuple[float, float]]


class LatentPlane(NamedTuple):
    """A plane as it is shown: a chart of its axes and classes, and what `components.plane` draws over it."""

    axes: go.Figure
    drawn: bytes


def latent_plane(
    points: np.ndarray,
    labels: np.ndarray | None,
    class_names: Sequence[str],
    axes: dict[str, Any],
    *,
    dark: bool,
    picture: dict[str, Any] | None = None,
    pixels: np.ndarray | None = None,
    radius: float = POINT_RADIUS,
    version: int = 0,
) -> LatentPlane:
    """Encoded points (count, 2) by class, over a picture, on `figures.latent_axes(**axes)`. `picture` has the `span` of the
    square that `pixels` cover: a PNG's bytes, or decoded images (rows, columns, data_dim) and then also the number of
    their `cells`, their `image_shape` and `ink`. `version` tells drawings for the same axes apart."""
    classes = figures.point_classes(labels, class_names, dark=dark) if len(points) else []
    order = np.arange(len(points)) if labels is None else np.argsort(labels, kind="stable")
    listed, end = [], 0
    for one in classes:
        begin, end = end, len(points) if labels is None else end + int(np.sum(labels == one.label))
        middle = None if labels is None else np.median(points[order[begin:end]], axis=0).astype(float).tolist()
        listed.append({"name": one.name, "colour": one.colour, "from": begin, "to": end, "middle": middle})
    header = {
        "revision": axes["revision"], "classes": listed, "surface": palette(dark).surface, "radius": radius,
        "picture": picture, "version": version,
    }  # fmt: skip
    arrays = {"points": points[order].astype(np.float32), "rows": order.astype(np.float32)}
    chart = figures.latent_axes(classes, dark=dark, grid=picture is None, **axes)
    return LatentPlane(chart, pack_arrays(header, arrays if pixels is None else arrays | {"pixels": pixels}))


def model_plane(
    model: LoadedModel,
    view: View = WIDEST,
    *,
    coordinates: str = "latent",
    layers: Sequence[str] = ("points", "images"),
    spans: Spans | None = None,
    start: Sequence[float] | None = None,
    legend: bool = False,
    radius: float = POINT_RADIUS,
    dark: bool,
) -> LatentPlane:
    """A model's test images and what it decodes, as far as `layers` has them, on a plane through its latent space. The axes
    have the plane's own span where no other `spans` are given. The chart's `meta` describes the plane to the live decoder,
    which begins at the z `start`."""
    shown = tuple(layer in layers for layer in ("points", "images"))
    begin = None if start is None else tuple(start)
    return _model_plane(model.key, view, coordinates, shown, spans, begin, legend, radius, dark, _model=model)


@st.cache_resource(show_spinner=False, max_entries=128)
def _model_plane(
    key: str, view: View, coordinates: str, shown: tuple[bool, bool], spans: Spans | None,
    start: tuple[float, ...] | None, legend: bool, radius: float, dark: bool, _model: LoadedModel,
) -> LatentPlane:  # fmt: skip
    plane, examples = plane_of(_model, view), examples_for(_model)
    probability, (points, images) = coordinates == "probability", shown
    span = (0.0, 1.0) if probability else plane.span
    manifold = manifold_picture(_model, coordinates, dark, view) if images else None
    meta = {"coordinates": coordinates, "basis": plane.basis.tolist(), "rest": plane.rest.tolist(), "start": start}
    titles = tuple(f"Φ({title})" for title in plane.titles) if probability else plane.titles
    spans = spans or (span, span)
    axes = {"spans": spans, "titles": titles, "legend": legend, "meta": meta}
    return latent_plane(
        (to_probability(plane.points) if probability else plane.points) if points else np.zeros((0, 2)),
        examples.labels if points and examples is not None else None,
        examples.class_names if examples is not None else (),
        axes | {"revision": f"{_model.name} {coordinates} {view.axes} {view.principal} {spans}"},
        dark=dark,
        picture=None if manifold is None else {"span": list(span)},
        pixels=None if manifold is None else np.frombuffer(manifold, np.uint8),
        radius=radius,
    )


class PathShown(NamedTuple):
    """A path's decoded images side by side as a PNG data address, log p(z) along it, the reach of the square plane that
    holds it, and what `components.path_player` plays."""

    strip: str
    density: go.Figure
    reach: float
    player: bytes


def path_shown(
    model: LoadedModel,
    start: np.ndarray,
    end: np.ndarray,
    steps: int,
    *,
    spherical: bool,
    chart: str,
    pressable: bool,
    dark: bool,
) -> PathShown:
    """What is seen of `path_between` these points, over the chart with this key. Raises ValueError where there is no such
    path."""
    ends = (tuple(start.tolist()), tuple(end.tolist()))
    return _path_shown(model.key, ends, steps, spherical, chart, pressable, dark, _model=model)


@st.cache_resource(show_spinner=False, max_entries=256)
def _path_shown(
    key: str, ends: tuple[tuple[float, ...], ...], steps: int, spherical: bool, chart: str, pressable: bool, dark: bool,
    _model: LoadedModel,
) -> PathShown:  # fmt: skip
    path, played = (path_between(_model, *np.float32(ends), n, spherical=spherical) for n in (steps, PLAYED_FRAMES))
    plane, colours = plane_of(_model), palette(dark)
    places = on_plane(plane, path.z)
    shape = _model.vae.config.image_shape
    header = {
        "chart": chart, "pressable": pressable, "image_shape": list(shape), "log_prior": played.log_prior.round(3).tolist(),
        "colours": {"latent": colours.latent, "decoder": colours.decoder, "surface": colours.surface},
    }  # fmt: skip
    pixels = (np.clip(played.images, 0.0, 1.0) * 255.0).round().astype(np.uint8)
    arrays = {"steps": places, "positions": on_plane(plane, played.z), "frames": pixels}
    return PathShown(
        figures.picture_uri(figures.enlarge(figures.film_strip(path.images, shape, gap=2), 5)),
        figures.density_along_path(path.log_prior, dark=dark),
        max(plane.span[1], 1.1 * float(np.abs(places).max())),
        pack_arrays(header, arrays),
    )


def bound_terms(model: LoadedModel, rows: np.ndarray, dark: bool) -> go.Figure:
    """The two costs of each of some test images."""
    return _bound_terms(model.key, tuple(rows.tolist()), dark, _model=model)


@st.cache_resource(show_spinner=False, max_entries=256)
def _bound_terms(key: str, rows: tuple[int, ...], dark: bool, _model: LoadedModel) -> go.Figure:
    bound, chosen = bound_of_examples(_model), list(rows)
    names = [f"#{row + 1}" for row in rows]
    return figures.bound_terms(bound.recon_log_lik[chosen], bound.kl[chosen], names, dark=dark)


def reconstruction_pictures(model: LoadedModel, rows: np.ndarray) -> list[str]:
    """Each of some test images beside its decoding, as PNG data addresses."""
    return _reconstruction_pictures(model.key, tuple(rows.tolist()), _model=model)


@st.cache_resource(show_spinner=False, max_entries=256)
def _reconstruction_pictures(key: str, rows: tuple[int, ...], _model: LoadedModel) -> list[str]:
    pairs = np.stack([examples_for(_model).x[list(rows)].numpy(), reconstructions(_model, np.array(rows))], 1)
    strips = [figures.film_strip(pair, _model.vae.config.image_shape) for pair in pairs]
    return [figures.picture_uri(figures.enlarge(strip, 6)) for strip in strips]
