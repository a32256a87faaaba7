"""The path player: a path on the plane, and its decoded images one after the other, in the browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aevb_lab.components.declaration import declare

_HTML = """
<section class="path-player">
  <canvas data-role="frame" role="img" aria-label="decoded image on the path, mean of p(x|z)"></canvas>
  <div>
    <button type="button" aria-pressed="false">Play</button>
    <input type="range" min="0" value="0" step="1" aria-label="place on the path from A to B">
    <output aria-live="off"></output>
  </div>
</section>
"""
_component = declare("path_player", _HTML, styles="path_player")


def path_player(content: bytes, *, on_ends_change: Callable[[], None], key: str = "path_player") -> Any:
    """Mount the player of what `shown.paths.shown_path` packed. The result's `ends` are the places on the plane where A, B or
    both shall go."""
    return _component(data=content, key=key, on_ends_change=on_ends_change)
