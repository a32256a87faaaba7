"""q(z|x) of one image over a chart of the plane that is on the page already."""

from __future__ import annotations

from typing import Any

import numpy as np

from aevb_lab.components.declaration import declare

_component = declare("on_plane", '<div class="on-chart" hidden></div>')


def on_plane(
    chart: str,
    loc: np.ndarray,
    rings: list[np.ndarray],
    colours: dict[str, Any],
    *,
    letter: str = "x",
    key: str = "on_plane",
) -> None:
    """Draw the closed curves `rings` (points, 2) of q and a `letter` at its mean (2,), in the axes of the chart with this key."""
    data = {"chart": chart, "at": loc.astype(float).tolist(), "rings": [ring.astype(float).tolist() for ring in rings]}
    _component(data=data | {"colours": colours, "letter": letter}, key=key)
