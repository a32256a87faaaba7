"""The keyboard in the charts' legends."""

from __future__ import annotations

from aevb_lab.components.declaration import declare

_component = declare("legend_keys", '<div class="on-chart" hidden></div>', styles="legend_keys")


def legend_keys() -> None:
    """Let Tab reach the legends of all charts of the page, and let Enter and Space show and hide a class."""
    _component(key="legend_keys")
