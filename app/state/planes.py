"""Planes and paths through latent space, the decoded manifold, and the decoder that goes to the browser."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import streamlit as st
import torch

import vae_core as vc
from app import figures
from app.components.live_decoder import pack_decoder
from app.serving import Published
from app.session.images import examples_for
from app.session.models import LoadedModel
from app.theme import palette
from vae_core import distributions, latent

MAP_CELLS = 20


class View(NamedTuple):
    """Which plane through more than two latent dimensions: two `axes` (None: those with the largest mean KL), or the
    first two principal components of the encoded means; through the encoded mean of the example `held`, or through 0."""

    axes: tuple[int, int] | None = None
    principal: bool = False
    held: int | None = None


WIDEST = View()


@dataclass(frozen=True, eq=False)
class Plane:
    """A plane through latent space: z = rest + a u + b v with (u, v) the orthonormal rows of `basis` and `rest` at right
    angles to both; the encoded points projected onto it."""

    basis: np.ndarray
    rest: np.ndarray
    points: np.ndarray
    titles: tuple[str, str]
    span: tuple[float, float]


def plane_of(model: LoadedModel, view: View = WIDEST) -> Plane:
    """The plane that a model is seen on; with at most two latent dimensions there is only one."""
    return _plane(model.key, view if model.vae.config.latent_dim > 2 else WIDEST, _model=model)


@st.cache_resource(show_spinner=False, max_entries=64)
def _plane(key: str, view: View, _model: LoadedModel) -> Plane:
    latent_dim = _model.vae.config.latent_dim
    examples = examples_for(_model)
    means = latent.encoded_means(_model.vae, examples.x).numpy() if examples else np.zeros((0, latent_dim))
    axes = list(view.axes or widest_axes(_model)) if latent_dim > 2 else list(range(latent_dim))
    names = [f"z{_subscript(axis + 1)}" for axis in axes]
    basis = np.eye(latent_dim, dtype=np.float32)[axes]
    if view.principal and len(means) > 1:
        basis, names = _principal_directions(means), ["first principal component", "second principal component"]
    points = means @ basis.T
    if latent_dim == 1:  # a second axis that says nothing: the class, so that points do not hide each other
        rows = examples.labels if examples is not None and examples.labels is not None else np.zeros(len(points))
        points = np.column_stack([points, rows * 0.5 - 2.25])
    reach = max(3.5, float(np.quantile(np.abs(points), 0.995)) * 1.08) if len(points) else 3.5
    titles = (names[0], names[1] if len(names) > 1 else "class")
    rest = np.zeros(latent_dim, np.float32)
    if view.held is not None:
        rest = (means[view.held] - basis.T @ (basis @ means[view.held])).astype(np.float32)
    return Plane(basis, rest, points.astype(np.float32), titles, (-reach, reach))


def _principal_directions(means: np.ndarray) -> np.ndarray:
    """The two orthonormal directions (2, latent) in which the means vary most; the largest entry of each is positive."""
    directions = np.linalg.svd(means - means.mean(0), full_matrices=False)[2][:2]
    largest = np.abs(directions).argmax(1)
    return (directions * np.sign(directions[[0, 1], largest])[:, None]).astype(np.float32)


def widest_axes(model: LoadedModel) -> tuple[int, int]:
    """The two latent dimensions that say most about x (largest mean KL), in order."""
    return _widest_axes(model.key, _model=model)


@st.cache_data(show_spinner=False, max_entries=64)
@torch.no_grad()
def _widest_axes(key: str, _model: LoadedModel) -> tuple[int, int]:
    examples = examples_for(_model)
    if examples is None:
        return (0, 1)
    kl = distributions.kl_per_dim(_model.vae.encode(examples.x)).mean(0)
    first, second = sorted(kl.argsort(descending=True)[:2].tolist())
    return (first, second)


def _subscript(number: int) -> str:
    return str(number).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))


def to_probability(points: np.ndarray) -> np.ndarray:
    """u = Phi(z), so that equal areas are equally likely under the prior."""
    return torch.special.ndtr(torch.from_numpy(points)).numpy()


def on_plane(plane: Plane, z: np.ndarray) -> np.ndarray:
    """Points (count, latent) as positions (count, 2) on a plane."""
    positions = z @ plane.basis.T
    return positions if positions.shape[1] == 2 else np.column_stack([positions, np.zeros(len(z), np.float32)])


def manifold_picture(model: LoadedModel, coordinates: str, dark: bool, view: View = WIDEST) -> bytes | None:
    """The decoded manifold over the plane as a PNG; None with one latent dimension."""
    if model.vae.config.latent_dim < 2:
        return None
    return _manifold_picture(model.key, coordinates, dark, view, _model=model)


@st.cache_data(show_spinner=False, max_entries=128)
def _manifold_picture(key: str, coordinates: str, dark: bool, view: View, _model: LoadedModel) -> bytes:
    plane = plane_of(_model, view)
    axis = latent.grid_axis(MAP_CELLS, coordinates, plane.span[1])
    grid = latent.plane_points(2, axis, axis) @ torch.from_numpy(plane.basis) + torch.from_numpy(plane.rest)
    images = latent.decoded_means(_model.vae, grid)
    return figures.picture_png(*cells_picture(images, _model.vae.config, dark))


def cells_picture(images: torch.Tensor, config: vc.ModelConfig, dark: bool) -> tuple[np.ndarray, str | None]:
    """Decoded images (rows, columns, data_dim) in [0, 1] as one grey picture, and its ink if they are binary."""
    grey = latent.mosaic(images.clamp(0.0, 1.0), config.image_shape)
    picture = (grey * 255.0).round().to(torch.uint8).numpy()
    return picture, palette(dark).text if config.likelihood == "bernoulli" else None


def packed_decoder(model: LoadedModel, chart: str) -> bytes | dict[str, str]:
    """The decoder for the browser, which listens to the chart with this key: its bytes, and once they were sent only their
    address. Streamlit would copy the bytes and hash them three times at each run, to send nothing."""
    decoder = published_decoder(model, chart)
    sent = st.session_state.get("decoder_sent") == decoder.address
    st.session_state["decoder_sent"] = decoder.address
    return {"address": decoder.address} if sent else decoder.content


def published_decoder(model: LoadedModel, chart: str) -> Published:
    """The decoder for all browsers."""
    return _published_decoder(model.key, chart, _model=model)


@st.cache_resource(show_spinner=False, max_entries=32)
def _published_decoder(key: str, chart: str, _model: LoadedModel) -> Published:
    config = _model.vae.config
    linear = [layer for layer in _model.vae.decoder if isinstance(layer, torch.nn.Linear)]
    layers = [(layer.weight.detach().numpy(), layer.bias.detach().numpy()) for layer in linear]
    weight, bias = layers[-1]
    layers[-1] = (weight[: config.data_dim], bias[: config.data_dim])  # a variance head is of no use to the picture
    mean = "sigmoid" if config.likelihood == "bernoulli" else config.mean
    address = f"decoders/{secrets.token_urlsafe()}"
    header = {"id": key, "address": address, "chart": chart, "mean": mean, "activation": config.activation}
    header |= {"image_shape": list(config.image_shape), "latent_dim": config.latent_dim}
    return Published(pack_decoder(header, layers), address)
