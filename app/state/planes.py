"""Planes and paths through latent space, the decoded manifold, and the decoder that goes to the browser."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st
import torch

import vae_core as vc
from app import figures
from app.components.live_decoder import pack_decoder
from app.jobs import JobSpec, Look
from app.state.images import Examples, examples_for, run_examples
from app.state.models import LoadedModel, model_key
from vae_core import exploration

MAP_CELLS = 20


@dataclass(frozen=True, eq=False)
class Plane:
    """A plane through latent space: z = rest + a u + b v with (u, v) the rows of `basis`, and the encoded points on it."""

    basis: np.ndarray
    rest: np.ndarray
    points: np.ndarray
    titles: tuple[str, str]
    span: tuple[float, float]


def plane_of(model: LoadedModel) -> Plane:
    """The two latent dimensions that say most about x (largest mean KL), the others held at 0."""
    return _plane(model.name, model_key(model), _model=model)


@st.cache_resource(show_spinner=False, max_entries=64)
def _plane(_name: str, key: str, _model: LoadedModel) -> Plane:
    latent_dim = _model.vae.config.latent_dim
    examples = examples_for(_model)
    means = exploration.encoded_means(_model.vae, examples.x).numpy() if examples else np.zeros((0, latent_dim))
    axes = _widest_axes(_model, examples) if latent_dim > 2 else list(range(latent_dim))
    basis = np.eye(latent_dim, dtype=np.float32)[axes]
    points = means @ basis.T
    if latent_dim == 1:  # a second axis that says nothing: the class, so that points do not hide each other
        rows = examples.labels if examples is not None and examples.labels is not None else np.zeros(len(points))
        points = np.column_stack([points, rows * 0.5 - 2.25])
    reach = max(3.5, float(np.quantile(np.abs(points), 0.995)) * 1.08) if len(points) else 3.5
    names = [f"z{_subscript(axis + 1)}" for axis in axes]
    titles = (names[0], names[1] if len(names) > 1 else "class")
    return Plane(basis, np.zeros(latent_dim, np.float32), points.astype(np.float32), titles, (-reach, reach))


@torch.no_grad()
def _widest_axes(model: LoadedModel, examples: Examples | None) -> list[int]:
    if examples is None:
        return [0, 1]
    q = model.vae.encode(examples.x).base_dist
    kl = 0.5 * (q.loc.square() + q.scale.square() - 1.0 - 2.0 * q.scale.log()).mean(0)
    return sorted(kl.argsort(descending=True)[:2].tolist())


def _subscript(number: int) -> str:
    return str(number).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))


def to_probability(points: np.ndarray) -> np.ndarray:
    """u = Phi(z), so that equal areas are equally likely under the prior."""
    return torch.special.ndtr(torch.from_numpy(points)).numpy()


def on_plane(plane: Plane, z: np.ndarray) -> np.ndarray:
    """Points (count, latent) as positions (count, 2) on a plane."""
    positions = z @ plane.basis.T
    return positions if positions.shape[1] == 2 else np.column_stack([positions, np.zeros(len(z), np.float32)])


def manifold_picture(model: LoadedModel, coordinates: str, dark: bool) -> str | None:
    """The decoded manifold over the plane as a PNG data address; None with one latent dimension."""
    if model.vae.config.latent_dim < 2:
        return None
    return _manifold_picture(model_key(model), coordinates, dark, _model=model)


@st.cache_data(show_spinner=False, max_entries=128)
def _manifold_picture(key: str, coordinates: str, dark: bool, _model: LoadedModel) -> str:
    plane = plane_of(_model)
    axis = exploration.grid_axis(MAP_CELLS, coordinates, plane.span[1])
    grid = exploration.plane_points(2, axis, axis) @ torch.from_numpy(plane.basis) + torch.from_numpy(plane.rest)
    return cells_picture(exploration.decoded_means(_model.vae, grid), _model.vae.config, dark)


def cells_picture(images: torch.Tensor, config: vc.ModelConfig, dark: bool) -> str:
    """Decoded images (rows, columns, data_dim) in [0, 1] as one PNG data address: binary images as ink."""
    grey = exploration.mosaic(images.clamp(0.0, 1.0), config.image_shape)
    picture = (grey * 255.0).round().to(torch.uint8).numpy()
    return figures.picture_uri(figures.as_ink(picture, dark) if config.likelihood == "bernoulli" else picture)


def packed_decoder(model: LoadedModel, chart: str) -> bytes:
    """The decoder for the browser, which listens to the chart with this key."""
    return _packed_decoder(model_key(model), chart, _model=model)


@st.cache_data(show_spinner=False, max_entries=32)
def _packed_decoder(key: str, chart: str, _model: LoadedModel) -> bytes:
    config = _model.vae.config
    linear = [layer for layer in _model.vae.decoder if isinstance(layer, torch.nn.Linear)]
    layers = [(layer.weight.detach().numpy(), layer.bias.detach().numpy()) for layer in linear]
    weight, bias = layers[-1]
    layers[-1] = (weight[: config.data_dim], bias[: config.data_dim])  # a variance head is of no use to the picture
    mean = "sigmoid" if config.likelihood == "bernoulli" else config.mean
    header = {"id": key, "chart": chart, "mean": mean, "activation": config.activation}
    return pack_decoder(header | {"image_shape": list(config.image_shape), "latent_dim": config.latent_dim}, layers)


@dataclass(frozen=True, eq=False)
class LatentPath:
    """A path through latent space: z (steps, latent), decoded means (steps, data_dim), log p(z) (steps,) in nats."""

    z: np.ndarray
    images: np.ndarray
    log_prior: np.ndarray


def path_between(model: LoadedModel, start: int, end: int, steps: int) -> LatentPath:
    """The straight line between the encoded means of two examples."""
    ends = exploration.encoded_means(model.vae, examples_for(model).x[[start, end]])
    z = exploration.straight_path(ends[0], ends[1], steps)
    images = exploration.decoded_means(model.vae, z)
    return LatentPath(z.numpy(), images.numpy(), model.vae.prior.log_prob(z).numpy())


def look_picture(look: Look, config: vc.ModelConfig, dark: bool) -> str:
    """A look's decoded pictures as one PNG data address."""
    return cells_picture(torch.tensor(look.pictures).float() / 255.0, config, dark)


def look_points(look: Look, spec: JobSpec) -> tuple[np.ndarray, tuple[str, str]]:
    """A look's encoded means on its first two latent axes, and the axes' names."""
    if look.means.shape[1] > 1:
        return look.means[:, :2], ("z₁", "z₂")
    examples = run_examples(spec)
    rows = examples.labels[: len(look.means)] if examples is not None and examples.labels is not None else 0.0
    return np.column_stack([look.means, np.zeros(len(look.means)) + rows * 0.5 - 2.25]), ("z₁", "class")
