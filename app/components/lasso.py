"""A loop drawn around dots of a map that is on the page already."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aevb_lab.components.declaration import declare

_component = declare("lasso", '<div class="on-chart lasso" hidden></div>')


def lasso(chart: str, colour: str, *, on_loop_change: Callable[[], None], key: str = "steer_lasso") -> Any:
    """Draw loops of this colour over the axes with the key `chart`. The result's `loop` has the corners of the last one, in the axes'
    values: x, y, x, y ... of at most 50 corners."""
    return _component(
        data={"chart": chart, "colour": colour}, key=key, on_loop_change=on_loop_change, default={"loop": None}
    )
