"""A plane through latent space: its axes, and the browser's drawing over them: points by class, decoded pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from aevb_lab import cached
from aevb_lab.cached import by_content
from aevb_lab.components.packed import pack_arrays
from aevb_lab.figures.pictures import mosaic, picture_png, to_bytes
from aevb_lab.figures.plane import MOST_COLOURS, PlaneAxes, Spans, class_marks, point_classes
from aevb_lab.session.images import examples_for
from aevb_lab.session.models import LoadedModel
from aevb_lab.theme import palette
from vae_core.latent import map_cells
from vae_core.studies.planes import WIDEST, Plane, View, class_middles, to_probability

POINT_RADIUS = 3.0  # pixels
LAYERS = ("points", "images")


class Window(NamedTuple):
    """The square part of a plane that is on screen."""

    centre: tuple[float, float]
    reach: float

    @property
    def spans(self) -> Spans:
        """The spans of its two axes."""
        (across, up), reach = self.centre, self.reach
        return (across - reach, across + reach), (up - reach, up + reach)


class LatentPlane(NamedTuple):
    """A plane on screen: its axes, and the drawing of `components.plane` over them."""

    axes: PlaneAxes
    drawing: bytes
    legend: tuple[
        tuple[str, str, str], ...
    ] = ()  # of classes that share colours: the mark, the name, the colour of each


def window(plane: Plane, loc: np.ndarray, covariance: np.ndarray, *, near: bool) -> Window:
    """The window for q(z|x) of an image. With `near` it goes four standard deviations to each side. Otherwise it is the whole
    plane, and larger where the image lies outside of it."""
    if near:
        return Window((float(loc[0]), float(loc[1])), 4.0 * float(np.sqrt(np.linalg.eigvalsh(covariance)[-1])))
    return Window((0.0, 0.0), max(plane.span[1], 1.15 * float(np.abs(loc).max())))


def whole_window(plane: Plane) -> Window:
    """All of the plane."""
    return Window((0.0, 0.0), plane.span[1])


def latent_plane(
    points: np.ndarray,
    labels: np.ndarray | None,
    class_names: Sequence[str],
    axes: dict[str, Any],
    *,
    dark: bool,
    picture: dict[str, Any] | None = None,
    pixels: np.ndarray | None = None,
    legend: bool = False,
    radius: float = POINT_RADIUS,
    version: int = 0,
) -> LatentPlane:
    """Encoded points (count, 2) by class, over a picture, on `PlaneAxes(**axes)`. `picture` has the `span` of the
    square that `pixels` cover, and how many `cells` it has, [rows, columns]; they are a PNG's bytes, or decoded images (rows, columns,
    data_dim), which have an `image_shape`. With `legend` a press on a class's name hides the class. `version` tells drawings for the same axes apart."""
    classes = point_classes(labels, class_names, dark=dark) if len(points) else []
    has_marks = len(classes) > MOST_COLOURS
    marks = class_marks([entry.name for entry in classes])
    order = np.arange(len(points)) if labels is None else np.argsort(labels, kind="stable")
    middles = {} if labels is None else class_middles(points, labels)
    entries, end = [], 0
    for entry, mark in zip(classes, marks, strict=True):
        begin, end = end, len(points) if labels is None else end + int(np.sum(labels == entry.label))
        middle = None if entry.label is None else middles[entry.label].astype(float).tolist()
        names = {"name": entry.name, "colour": entry.colour} | ({"mark": mark} if has_marks else {})
        entries.append(names | {"from": begin, "to": end, "middle": middle})
    header = {
        "revision": axes["revision"], "classes": entries, "surface": palette(dark).surface, "text": palette(dark).text,
        "radius": radius,
        "picture": picture, "version": version, "legend": legend,
    }  # fmt: skip
    arrays = {"points": points[order].astype(np.float32), "rows": order.astype(np.float32)}
    drawn_axes = PlaneAxes(dark=dark, grid=picture is None, **axes)
    rows = [(mark, entry.name, entry.colour) for entry, mark in zip(classes, marks, strict=True) if mark != entry.name]
    packed = pack_arrays(header, arrays if pixels is None else arrays | {"pixels": pixels})
    return LatentPlane(drawn_axes, packed, tuple(rows) if has_marks else ())


def model_plane(
    model: LoadedModel,
    view: View = WIDEST,
    *,
    coordinates: str = "latent",
    layers: Sequence[str] = LAYERS,
    spans: Spans | None = None,
    start: Sequence[float] | None = None,
    pinned: bool = False,
    legend: bool = False,
    radius: float = POINT_RADIUS,
    dark: bool,
) -> LatentPlane:
    """A model's test images and its decoded images, as far as `layers` has them, on a plane through its latent space. The axes
    have the plane's own span where no other `spans` are given. Their `meta` describes the plane to the live decoder,
    which begins at the z `start`, `pinned` there or not."""
    ordered = tuple(layer for layer in LAYERS if layer in layers)
    start_point = None if start is None else tuple(start)
    return _model_plane(model, view, coordinates, ordered, spans, start_point, pinned, legend, radius, dark)


@by_content(entries=128)
def _model_plane(
    model: LoadedModel, view: View, coordinates: str, layers: tuple[str, ...], spans: Spans | None,
    start: tuple[float, ...] | None, pinned: bool, legend: bool, radius: float, dark: bool,
) -> LatentPlane:  # fmt: skip
    plane, examples = cached.plane(model, view), examples_for(model)
    probability, points = coordinates == "probability", plane.points if "points" in layers else np.zeros((0, 2))
    span = (0.0, 1.0) if probability else plane.span
    spans = spans or (span, span)
    manifold = manifold_picture(model, coordinates, view) if "images" in layers else None
    cells = [map_cells(model.vae.config.image_shape)] * 2
    return latent_plane(
        to_probability(points) if probability else points,
        examples.labels if examples is not None and "points" in layers else None,
        examples.class_names if examples is not None else (),
        {
            "spans": spans,
            "titles": tuple(f"Φ({title})" for title in plane.titles) if probability else plane.titles,
            "meta": {
                "coordinates": coordinates,
                "basis": plane.basis.tolist(),
                "rest": plane.rest.tolist(),
                "start": start,
                "pinned": pinned,
            },
            "revision": f"{model.key} {coordinates} {view.axes} {view.principal} {spans}",
        },
        dark=dark,
        picture=None if manifold is None else {"span": list(span), "cells": cells},
        pixels=None if manifold is None else np.frombuffer(manifold, np.uint8),
        legend=legend,
        radius=radius,
    )


@by_content(entries=128)
def manifold_picture(model: LoadedModel, coordinates: str, view: View = WIDEST) -> bytes | None:
    """The decoded manifold over the plane as a PNG; None with one latent dimension."""
    config = model.vae.config
    if config.latent_dim < 2:
        return None
    cells = map_cells(config.image_shape)
    images = cached.plane(model, view).decode(model.vae, cells, coordinates)
    return picture_png(mosaic(to_bytes(images), config.image_shape))
