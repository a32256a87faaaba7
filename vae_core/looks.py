"""A look at a model in training, small enough to be sent twice a second: where test images lie, and what the plane decodes to."""

from __future__ import annotations

import base64
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from vae_core.frames import frame_points
from vae_core.latent import MAP_CELLS, Q, decoded_means, grid_axis, image_means, map_cells, plane_points
from vae_core.model import VAE


def look_points(latent_dim: int, cells: int = MAP_CELLS) -> Float[Tensor, "rows columns latent"]:
    """The points whose decoded means a look shows: cells x cells of the latent plane (one row with one latent
    dimension), or the fixed prior draws of the frames with more than two."""
    if latent_dim > 2:
        return frame_points(latent_dim)
    axis = grid_axis(cells)
    return plane_points(latent_dim, axis, axis)


def look_at(vae: VAE, x: Float[Tensor, "images data"], of: str = Q) -> dict[str, Any] | None:
    """The means of `x` under q(z|x), or `of` p(z|x) where no encoder is trained (float16), and the decoded means of
    `look_points` (uint8) in base64 with their shapes; None when a diverging model gives nothing that can be drawn. It draws no
    random numbers, so it never changes a run."""
    means = image_means(vae, x, of).half()
    decoded = decoded_means(vae, look_points(vae.config.latent_dim, map_cells(vae.config.image_shape)))
    if not bool(torch.isfinite(means).all() and torch.isfinite(decoded).all()):
        return None
    pictures = (decoded.clamp(0.0, 1.0) * 255.0).round().to(torch.uint8)
    return {
        "means_of": of,
        "means": _base64(means),
        "means_shape": list(means.shape),
        "pictures": _base64(pictures),
        "pictures_shape": list(pictures.shape),
    }


def _base64(tensor: Tensor) -> str:
    return base64.b64encode(tensor.cpu().numpy().tobytes()).decode("ascii")
