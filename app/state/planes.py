"""Old names, for pages that are not converted yet."""

from __future__ import annotations

import numpy as np

from app.cached import plane as plane_of
from app.cached import widest_axes
from app.session.models import LoadedModel
from app.session.sent import bytes_or_address
from app.shown.decoder import published_decoder
from app.shown.planes import manifold_picture
from vae_core.studies.planes import WIDEST, Plane, View, to_probability

__all__ = ["WIDEST", "Plane", "View", "manifold_picture", "on_plane", "packed_decoder", "plane_of", "published_decoder", "to_probability", "widest_axes"]  # fmt: skip


def on_plane(plane: Plane, z: np.ndarray) -> np.ndarray:
    return plane.place(z)


def packed_decoder(model: LoadedModel, chart: str) -> bytes | dict[str, str]:
    return bytes_or_address(published_decoder(model, chart))
