"""Looking at a model: encoded means, the decoded manifold (App. A), paths between points. All without gradients."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from vae_core.config import require_choice, require_whole
from vae_core.model import VAE

COORDINATES = ("latent", "probability")


@torch.no_grad()
def encoded_means(vae: VAE, x: Float[Tensor, "images data"], batch_size: int = 2000) -> Float[Tensor, "images latent"]:
    """The mean of q(z|x) of each image."""
    return torch.cat([vae.encode(x[i : i + batch_size]).mean for i in range(0, len(x), batch_size)])


@torch.no_grad()
def decoded_means(vae: VAE, z: Float[Tensor, "*points latent"], batch_size: int = 2000) -> Float[Tensor, "*points data"]:
    """The mean of p(x|z) of each point: grey values, not samples."""
    flat = z.reshape(-1, z.shape[-1])
    means = [vae.decode(flat[i : i + batch_size]).mean for i in range(0, len(flat), batch_size)]
    return torch.cat(means).reshape(*z.shape[:-1], -1)


def grid_axis(cells: int, coordinates: str = "latent", extent: float = 3.5) -> Float[Tensor, "cells"]:
    """The latent values at the centres of `cells` equal cells, ascending.

    "latent": cells of [-extent, extent]. "probability": cells of the unit interval, through the inverse Gaussian CDF
    (App. A and figure 4), so that u_i = (i + 1/2) / cells.
    """
    require_choice("coordinates", coordinates, COORDINATES)
    require_whole("cells", cells, 1)
    u = (torch.arange(cells, dtype=torch.float64) + 0.5) / cells
    z = torch.special.ndtri(u) if coordinates == "probability" else (2.0 * u - 1.0) * extent
    return z.float()


def plane_points(
    latent_dim: int, across: Tensor, up: Tensor, axes: tuple[int, int] = (0, 1), rest: Tensor | None = None
) -> Float[Tensor, "rows columns latent"]:
    """Points of the plane of two latent axes, rows from the top (largest `up`) down; other dimensions stay at `rest`
    (default 0). With one latent dimension there is one row."""
    if latent_dim == 1:
        return across.reshape(1, -1, 1)
    z = torch.zeros(latent_dim) if rest is None else rest
    z = z.expand(len(up), len(across), latent_dim).clone()
    z[..., axes[0]] = across
    z[..., axes[1]] = up.flip(0)[:, None]
    return z


def manifold(
    vae: VAE, cells: int = 20, coordinates: str = "latent", extent: float = 3.5, axes: tuple[int, int] = (0, 1)
) -> Float[Tensor, "rows columns data"]:
    """The decoded means on a grid of the latent plane (figure 4), rows from the top (largest second axis) down."""
    axis = grid_axis(cells, coordinates, extent).to(vae.prior.mean)
    return decoded_means(vae, plane_points(vae.config.latent_dim, axis, axis, axes))


def mosaic(images: Float[Tensor, "rows columns data"], image_shape: tuple[int, int]) -> Float[Tensor, "height width"]:
    """A grid of flat images as one picture."""
    rows, columns = images.shape[:2]
    height, width = image_shape
    return images.reshape(rows, columns, height, width).permute(0, 2, 1, 3).reshape(rows * height, columns * width)


def straight_path(start: Float[Tensor, "latent"], end: Float[Tensor, "latent"], steps: int) -> Float[Tensor, "steps latent"]:
    """`steps` points from start to end, both included."""
    require_whole("steps", steps, 2)
    t = torch.linspace(0.0, 1.0, steps).to(start)[:, None]
    return start + t * (end - start)
