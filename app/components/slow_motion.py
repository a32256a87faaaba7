"""One iteration of AEVB in slow motion, played or step by step in the browser."""

from __future__ import annotations

from collections.abc import Callable

from aevb_lab.components.declaration import declare

_HTML = """
<section class="slow-motion">
  <div>
    <button type="button" data-role="play" aria-pressed="false">Play</button>
    <button type="button" data-role="back">Back</button>
    <button type="button" data-role="step">Step</button>
    <output aria-live="polite"></output>
  </div>
  <canvas tabindex="0" role="application" aria-label="One iteration of AEVB in slow motion; arrow keys left and right go from stage to stage, up and down from image to image"></canvas>
</section>
"""
_component = declare("slow_motion", _HTML, styles="slow_motion")


def slow_motion(content: bytes, *, on_at_change: Callable[[], None], key: str) -> None:
    """Mount the scene of what `shown.gradients.packed_iteration` packed. The component's `at` is [iteration, stage] where the
    visitor has taken it; the iteration may be the one before or after."""
    _component(data=content, key=key, on_at_change=on_at_change)
