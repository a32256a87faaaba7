"""What lies on a latent plane: decoded pictures, encoded points and the names of their classes, over its axes."""

from __future__ import annotations

from aevb_lab.components.declaration import declare

_component = declare("plane", '<div class="plane on-chart" hidden></div>', styles="plane")


def plane(content: bytes, *, chart: str) -> None:
    """Draw what `shown.planes.latent_plane` packed in the axes (`plane_axes`) with this key."""
    _component(data=content, key=f"{chart}_points")
