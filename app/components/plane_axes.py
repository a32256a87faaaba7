"""The axes of a latent plane, over which other components draw. They need no Plotly, whose code is half of a page's bytes."""

from __future__ import annotations

from typing import Any

from aevb_lab.components.declaration import declare
from aevb_lab.components.packed import pack_arrays

_component = declare("plane_axes", '<div class="plane-axes" role="group"></div>', styles="plane_axes")


def plane_axes(header: dict[str, Any], *, key: str, alt: str) -> None:
    """Draw the axes of `figures.plane.PlaneAxes.header`. `alt` says what the plane shows to those who hear the page."""
    _component(data=pack_arrays(header | {"alt": alt}, {}), key=key)
