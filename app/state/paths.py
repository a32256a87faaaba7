"""Paths between images or points, traversals of single dimensions, prior samples, and q(z) of all images together."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import streamlit as st
import torch

import vae_core as vc
from app import figures
from app.session.images import examples_for
from app.session.models import LoadedModel
from app.state.planes import plane_of
from vae_core import latent, representation

PLAYED_FRAMES = 61
TRAVERSED = np.linspace(-3.0, 3.0, 11, dtype=np.float32)
CELLS = 64
REPEATS = 4


@dataclass(frozen=True, eq=False)
class LatentPath:
    """A path through latent space: z (steps, latent), decoded means (steps, data_dim), log p(z) (steps,) in nats."""

    z: np.ndarray
    images: np.ndarray
    log_prior: np.ndarray


def encoded_point(model: LoadedModel, row: int) -> np.ndarray:
    """The mean of q(z|x) of one of `examples_for(model)`."""
    return latent.encoded_means(model.vae, examples_for(model).x[row : row + 1])[0].numpy()


class EncodedEnds(NamedTuple):
    """Two test images as the ends of a path: the means z (2, latent) of their q(z|x), and the images as they are encoded,
    as PNG data addresses."""

    z: np.ndarray
    pictures: list[str]


def encoded_ends(model: LoadedModel, rows: tuple[int, int]) -> EncodedEnds:
    """Two of `examples_for(model)`."""
    return _encoded_ends(model.key, rows, _model=model)


@st.cache_resource(show_spinner=False, max_entries=256)
def _encoded_ends(key: str, rows: tuple[int, int], _model: LoadedModel) -> EncodedEnds:
    images, shape = examples_for(_model).x[list(rows)], _model.vae.config.image_shape
    strips = [figures.film_strip(image[None], shape) for image in images.numpy()]
    z = np.stack([encoded_point(_model, row) for row in rows])
    return EncodedEnds(z, [figures.picture_uri(figures.enlarge(strip, 4)) for strip in strips])


def point_of_text(text: str, latent_dim: int) -> np.ndarray:
    """Coordinates that a user wrote, such as "0.5, -1"; those that are left out are 0. Raises ValueError."""
    parts = [part.strip() for part in text.replace("−", "-").split(",") if part.strip()]
    if len(parts) > latent_dim:
        raise ValueError(f"z has {latent_dim} dimensions, and these are {len(parts)} numbers")
    try:
        z = np.array([float(part) for part in parts] + [0.0] * (latent_dim - len(parts)), np.float32)
    except ValueError as error:
        raise ValueError("a point is a list of numbers with commas, such as 0.5, -1") from error
    if not np.all(np.abs(z) <= 100.0):
        raise ValueError("the coordinates of a point must lie between -100 and 100")
    return z


def move_end(model: LoadedModel, a: np.ndarray, b: np.ndarray) -> None:
    """The end that is nearer to the place pressed on the plane goes there; what lies off the plane stays."""
    press = (st.session_state.get("path_player") or {}).get("press")
    if press is None:
        return
    basis = plane_of(model).basis
    place = np.float32(press[: len(basis)])
    name, z = min(zip("AB", (a, b), strict=True), key=lambda end: float(np.square(basis @ end[1] - place).sum()))
    z = z + basis.T @ (place - basis @ z)
    st.session_state[f"path_point_{name}"] = ", ".join(f"{value:.2f}" for value in z.tolist())


def path_between(model: LoadedModel, start: np.ndarray, end: np.ndarray, steps: int, *, spherical: bool) -> LatentPath:
    """The straight or the spherical path between two points. Raises ValueError where the latter does not exist."""
    return _path_between(model.key, tuple(start.tolist()), tuple(end.tolist()), steps, spherical, _model=model)


@st.cache_resource(show_spinner=False, max_entries=128)
def _path_between(
    key: str, start: tuple[float, ...], end: tuple[float, ...], steps: int, spherical: bool, _model: LoadedModel
) -> LatentPath:
    path = latent.spherical_path if spherical else latent.straight_path
    z = path(torch.tensor(start), torch.tensor(end), steps)
    images = latent.decoded_means(_model.vae, z)
    return LatentPath(z.numpy(), images.numpy(), _model.vae.prior.log_prob(z).numpy())


# -- one dimension at a time -------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class LatentUse:
    """What each latent dimension carries over the examples: mean KL in nats and its standard error, the variance of the
    encoded mean, and whether it is active (that variance above 0.01); all (latent,). `order` has the largest KL first."""

    kl: np.ndarray
    kl_error: np.ndarray
    variance: np.ndarray
    active: np.ndarray
    order: list[int]


def latent_use(model: LoadedModel) -> LatentUse:
    use = latent.latent_use(model.vae, examples_for(model).x)
    order = use.kl.argsort(descending=True, stable=True).tolist()
    return LatentUse(use.kl.numpy(), use.kl_error.numpy(), use.variance.numpy(), use.active.numpy(), order)


def traversals(model: LoadedModel, z: np.ndarray, dims: list[int]) -> np.ndarray:
    """(dims, steps, data_dim): decoded means as each dimension goes through `TRAVERSED`, the others as in z."""
    return latent.traversals(model.vae, torch.from_numpy(z), dims, torch.from_numpy(TRAVERSED)).numpy()


# -- the prior ---------------------------------------------------------------------------------------------------


def prior_samples(model: LoadedModel, count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """`count` images from the model itself: the means of p(x|z) at draws z of the prior, and draws of x at the same z."""
    z, x = vc.simulate(model.vae, count, generator=torch.Generator().manual_seed(seed))
    return latent.decoded_means(model.vae, z).numpy(), x.numpy()


@dataclass(frozen=True, eq=False)
class Aggregate:
    """q(z), the even mixture of `images` test images' q(z|x). `masses` (rows, columns) are its probabilities of the plane's
    cells with these `edges` (None with one latent dimension). In nats: KL(q(z) || p(z)) with the standard error of its
    draws, the mean of KL(q(z|x) || p(z)), and their difference, the information."""

    images: int
    masses: np.ndarray | None
    edges: np.ndarray
    marginal_kl: float
    marginal_kl_error: float
    mean_kl: float
    information: float


def aggregate(model: LoadedModel) -> Aggregate:
    return _aggregate(model.key, _model=model)


@st.cache_resource(show_spinner="Mixing the posteriors of all test images…", max_entries=16)
def _aggregate(key: str, _model: LoadedModel) -> Aggregate:
    x, plane = examples_for(_model).x, plane_of(_model)
    edges = torch.linspace(*plane.span, CELLS + 1)
    masses = None
    if _model.vae.config.latent_dim > 1:
        axes = tuple(int(axis) for axis in np.abs(plane.basis).argmax(1))
        masses = latent.aggregate_masses(_model.vae, x, axes, edges, edges).numpy()
    generator = torch.Generator().manual_seed(0)
    parts = [representation.split_information(_model.vae, x, generator=generator) for _ in range(REPEATS)]
    kl = np.array([part.marginal_kl for part in parts])
    error = float(kl.std(ddof=1) / math.sqrt(REPEATS))
    mean_kl = parts[0].mean_kl
    return Aggregate(len(x), masses, edges.numpy(), float(kl.mean()), error, mean_kl, mean_kl - float(kl.mean()))
