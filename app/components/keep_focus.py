"""The focus of the keyboard in a row of buttons, some of which a press disables."""

from __future__ import annotations

from aevb_lab.components.declaration import declare

_component = declare("keep_focus", '<div class="keep-focus on-chart" hidden></div>')


def keep_focus(within: str, next_keys: dict[str, list[str]], *, key: str) -> None:
    """Where the button that has the focus goes away or is disabled, the focus goes to the first enabled one of those in its list.
    Until there is one, the container has it, whose key is `within`. `next_keys` has lists of buttons' keys by the keys of
    buttons in the container."""
    _component(data={"within": within, "next": next_keys}, key=key)
