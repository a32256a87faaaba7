"""Planes, charts and pictures that are drawn once for all who look at them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from app import figures
from app.components.packed import pack_arrays
from app.session.images import bound_of_examples, examples_for, reconstructions
from app.session.models import LoadedModel
from app.shown.planes import LatentPlane, latent_plane, model_plane
from app.state.paths import PLAYED_FRAMES, path_between
from app.state.planes import on_plane, plane_of
from app.theme import palette

__all__ = ["LatentPlane", "bound_terms", "latent_plane", "model_plane", "path_shown", "reconstruction_pictures"]


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
        "chart": chart, "pressable": pressable, "shape": list(shape), "log_prior": played.log_prior.round(3).tolist(),
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
