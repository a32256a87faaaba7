"""A measurement that goes on while the page is to be seen."""

from __future__ import annotations

from aevb_lab.components.declaration import declare

_component = declare("measuring", '<button type="button" class="measuring"></button>', styles="measuring")


def measuring(count: int, *, key: str) -> None:
    """A button, and behind it the wish for more: the fragment around it runs again a moment after each run, until a press on
    "Pause". Whoever asked for less motion has one more run at each press. `count` is how much is measured: it changes with each run."""
    _component(data={"count": count}, key=key, on_more_change=lambda: None)
