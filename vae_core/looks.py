"""A look at a model in training, small enough to be sent some times a second: where test images lie and what the plane decodes to,
or all that is to be seen of a model of points in the plane."""

from __future__ import annotations

import base64
import math
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from vae_core.frames import frame_points
from vae_core.latent import EXTENT, MAP_CELLS, Q, decoded_means, grid_axis, image_means, map_cells, plane_points
from vae_core.model import VAE
from vae_core.models import pack_model
from vae_core.studies.drawn_points import plane_picture

WIDER = 1.25


def reach_of(farthest: float) -> float:
    """How far from 0 the plane of a look goes, which holds coordinates up to `farthest`. It grows by quarters, so that it stays as it
    is from look to look."""
    return EXTENT * WIDER ** max(0, math.ceil(math.log(max(1.05 * farthest, 1e-9) / EXTENT, WIDER)))


def look_points(latent_dim: int, cells: int = MAP_CELLS, reach: float = EXTENT) -> Float[Tensor, "rows columns latent"]:
    """The points whose decoded means a look shows: cells x cells of the latent plane up to `reach` (one row with one latent
    dimension), or the fixed prior draws of the frames with more than two."""
    if latent_dim > 2:
        return frame_points(latent_dim)
    axis = grid_axis(cells, extent=reach)
    return plane_points(latent_dim, axis, axis)


def look_at(
    vae: VAE, x: Float[Tensor, "images data"], of: str = Q, own: Float[Tensor, "rows columns data"] | None = None
) -> dict[str, Any] | None:
    """The means of `x` under q(z|x), or `of` p(z|x) where no encoder is trained (float16), and the decoded means of
    `look_points` (uint8), as far as the plane with these means goes, in base64 with their shapes; None when a diverging model gives
    nothing that can be drawn. `own` are the algorithm's own pictures. It draws no random numbers, so it never changes a run."""
    means = image_means(vae, x, of).half()
    if not bool(torch.isfinite(means).all()):
        return None
    points = look_points(vae.config.latent_dim, map_cells(vae.config.image_shape), reach_of(float(means.abs().max())))
    decoded = decoded_means(vae, points)
    if not bool(torch.isfinite(decoded).all()):
        return None
    pictures = _as_bytes(decoded)
    further = {} if own is None else {"own": _base64(_as_bytes(torch.nan_to_num(own))), "own_shape": list(own.shape)}
    return further | {
        "means_of": of,
        "means": _base64(means),
        "means_shape": list(means.shape),
        "pictures": _base64(pictures),
        "pictures_shape": list(pictures.shape),
    }


def points_look(vae: VAE, x: Float[Tensor, "points data"], *, has_encoder: bool) -> dict[str, Any]:
    """The arrays of `studies.plane_picture` as float32, in base64 with their shapes, and the model itself, which is small. NonFiniteBound as
    there. It changes no run."""
    picture = plane_picture(vae, x, has_encoder=has_encoder)
    arrays = {name: value for name, value in vars(picture).items() if isinstance(value, np.ndarray)}
    packed = {
        name: [base64.b64encode(value.tobytes()).decode("ascii"), list(value.shape)] for name, value in arrays.items()
    }
    model = base64.b64encode(pack_model(vae)).decode("ascii")
    return {"plane": packed, "change": picture.change, "model": model}


def _as_bytes(means: Tensor) -> Tensor:
    return (means.clamp(0.0, 1.0) * 255.0).round().to(torch.uint8)


def _base64(tensor: Tensor) -> str:
    return base64.b64encode(tensor.cpu().numpy().tobytes()).decode("ascii")
