"""Download: the browser saves the page's pictures, and the script with the values that only the browser has."""

from __future__ import annotations

from typing import Any

from aevb_lab.components.declaration import declare

_HTML = """
<section class="take-away" aria-label="Pictures of this page, and the script">
  <div data-role="script"></div>
  <div data-role="pictures"></div>
  <output aria-live="polite"></output>
</section>
"""
_component = declare("take_away", _HTML, styles="take_away")


def take_away(stem: str, script: dict[str, Any] | None, *, key: str = "take_away_page") -> None:
    """Mount the list of the page's charts (PNG, SVG) and canvases (PNG), saved as `stem`-name; and `script`, if there is
    one: its file `name`, its `text`, and `live`, [selector, property, default] of each `$name` in the text. It reports
    nothing to the server."""
    _component(data={"stem": stem, "script": script}, key=key)
