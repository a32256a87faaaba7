"""A plane through latent space: which one shows most of a model, and where points lie on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from vae_core.autograd import in_full_precision
from vae_core.distributions import kl_per_dim
from vae_core.latent import EXTENT, MAP_CELLS, decoded_means, encoded_means, grid_axis, plane_points, require_index
from vae_core.model import VAE

LOWEST_CLASS = -2.25
SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


class View(NamedTuple):
    """Which plane through more than two latent dimensions: two `axes` (None: those with the largest mean KL), or the
    first two principal components of the encoded means; through the encoded mean of the image `held`, or through 0."""

    axes: tuple[int, int] | None = None
    principal: bool = False
    held: int | None = None


WIDEST = View()


@dataclass(frozen=True, eq=False)
class Plane:
    """A plane through latent space: z = rest + a u + b v with (u, v) the orthonormal rows of `basis` and `rest` at right
    angles to both; the encoded points projected onto it (images, 2); its axes' titles and the span of both."""

    basis: np.ndarray
    rest: np.ndarray
    points: np.ndarray
    titles: tuple[str, str]
    span: tuple[float, float]

    @in_full_precision
    def place(self, z: Float[np.ndarray, "points latent"]) -> Float[np.ndarray, "points 2"]:
        """Where points lie on the plane; with one latent dimension at 0 of the other axis."""
        positions = z @ self.basis.T
        return positions if positions.shape[1] == 2 else np.column_stack([positions, np.zeros(len(z), np.float32)])

    @in_full_precision
    def project(self, loc: np.ndarray, scale: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Mean (2,) and covariance (2, 2) on the plane of N(loc, diag(scale^2)). With one latent dimension the plane's other
        axis is the class, in which q does not spread."""
        covariance = np.zeros((2, 2))
        size = len(self.basis)
        covariance[:size, :size] = (self.basis * scale**2) @ self.basis.T
        return self.place(loc[None])[0], covariance

    def nearest(self, place: np.ndarray) -> int:
        """The row of the encoded point that is nearest to a place (2,) on the plane."""
        return int(np.square(self.points - place).sum(1).argmin())

    @in_full_precision
    @torch.no_grad()
    def decode(
        self, vae: VAE, cells: int = MAP_CELLS, coordinates: str = "latent"
    ) -> Float[np.ndarray, "rows columns data"]:
        """The decoded means at the centres of cells of the plane, rows from the top down (figure 4 with "probability")."""
        axis = grid_axis(cells, coordinates, self.span[1])
        if vae.config.latent_dim == 1:
            return decoded_means(vae, plane_points(1, axis, axis)).numpy()
        points = plane_points(2, axis, axis) @ torch.from_numpy(self.basis) + torch.from_numpy(self.rest)
        return decoded_means(vae, points).numpy()


@in_full_precision
def choose_plane(
    vae: VAE, x: Float[Tensor, "images data"] | None, labels: np.ndarray | None = None, view: View = WIDEST
) -> Plane:
    """The plane on which a model is shown; with at most two latent dimensions there is only one. Without images x it has no
    points."""
    latent_dim = vae.config.latent_dim
    view = view if latent_dim > 2 else WIDEST
    means = np.zeros((0, latent_dim)) if x is None else encoded_means(vae, x).numpy()
    for axis in view.axes or ():
        require_index("each of the view's axes", axis, latent_dim)
    if view.held is not None:
        require_index("held", view.held, len(means))
    axes = list(view.axes or widest_axes(vae, x)) if latent_dim > 2 else list(range(latent_dim))
    names = [axis_title(axis) for axis in axes]
    basis = np.eye(latent_dim, dtype=np.float32)[axes]
    if view.principal and len(means) > 1:
        basis, names = _principal_directions(means), ["first principal component", "second principal component"]
    points = means @ basis.T
    if latent_dim == 1:  # the second axis is the class, so that points do not hide each other
        points = np.column_stack([points, class_rows(labels, len(points))])
    titles = (names[0], names[1] if len(names) > 1 else "class")
    rest = np.zeros(latent_dim, np.float32)
    if view.held is not None:
        rest = (means[view.held] - basis.T @ (basis @ means[view.held])).astype(np.float32)
    reach = reach_of(points)
    return Plane(basis, rest, points.astype(np.float32), titles, (-reach, reach))


def axis_title(axis: int) -> str:
    """z with the number of a latent dimension, counted from 1."""
    return "z" + str(axis + 1).translate(SUBSCRIPTS)


def class_rows(labels: np.ndarray | None, count: int) -> np.ndarray:
    """The height at which each class is drawn where there is one latent dimension only; more than ten classes are closer."""
    if labels is None or not len(labels):
        return np.full(count, LOWEST_CLASS)
    return labels * min(0.5, -2.0 * LOWEST_CLASS / max(1, int(labels.max()))) + LOWEST_CLASS


def class_middles(points: Float[np.ndarray, "count 2"], labels: np.ndarray) -> dict[int, np.ndarray]:
    """The middle of each class that occurs in `labels` (count,): the medians (2,) of its points' coordinates."""
    return {label: np.median(points[labels == label], axis=0) for label in np.unique(labels).tolist()}


def reach_of(points: np.ndarray) -> float:
    """How far a square plane around 0 must reach to show nearly all points."""
    return max(EXTENT, float(np.quantile(np.abs(points), 0.995)) * 1.08) if len(points) else EXTENT


@torch.no_grad()
def widest_axes(vae: VAE, x: Float[Tensor, "images data"] | None) -> tuple[int, int]:
    """The two latent dimensions with the largest mean KL(q(z_j|x) || p(z_j)), in order. ValueError for a model with only one."""
    if vae.config.latent_dim < 2:
        raise ValueError(
            "vae must have at least two latent dimensions, got 1: its plane has one axis; see choose_plane"
        )
    if x is None:
        return (0, 1)
    kl = kl_per_dim(vae.encode(x)).mean(0)
    first, second = sorted(kl.argsort(descending=True)[:2].tolist())
    return (first, second)


def spread_axes(means: Float[Tensor, "points latent"]) -> list[int]:
    """The two latent dimensions (or the one) along which encoded means vary most, in order; the first two for one point."""
    if len(means) < 2:
        return list(range(min(2, means.shape[1])))
    return sorted(means.float().var(0).argsort(descending=True)[:2].tolist())


def _principal_directions(means: np.ndarray) -> np.ndarray:
    """The two orthonormal directions (2, latent) in which the means vary most; the largest entry of each is positive."""
    directions = np.linalg.svd(means - means.mean(0), full_matrices=False)[2][:2]
    largest = np.abs(directions).argmax(1)
    return (directions * np.sign(directions[[0, 1], largest])[:, None]).astype(np.float32)


def to_probability(points: Float[np.ndarray, "*points 2"]) -> np.ndarray:
    """u = Phi(z), so that equal areas are equally likely under the prior (App. A)."""
    return torch.special.ndtr(torch.from_numpy(points)).numpy()
