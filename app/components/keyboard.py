"""What the keyboard needs on every page: a way past the side bar, the charts' legends, and a focus that stays."""

from __future__ import annotations

from aevb_lab.components.declaration import declare

_component = declare("keyboard", '<div class="on-chart" hidden></div>', styles="keyboard")


def keyboard() -> None:
    """The first Tab of a page offers to skip to its plane. Tab reaches the legends of all charts, and what scrolls. Where a press
    disables or replaces what was pressed, the focus goes to its neighbour."""
    _component(key="keyboard")
