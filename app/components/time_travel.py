"""Time travel: the frames of a run come to the browser once; slider, playback and pictures move there."""

from __future__ import annotations

from aevb_lab.components.declaration import declare

_HTML = """
<section class="time-travel" aria-label="Time travel through a training run">
  <div class="time-travel-bar">
    <button type="button" data-role="play">Play</button>
    <input type="range" min="0" max="1" step="any" value="0" aria-label="Moment of the training">
  </div>
  <output aria-live="off"></output>
  <div class="time-travel-panes"></div>
</section>
"""
_component = declare("time_travel", _HTML, styles="time_travel")


def time_travel(frames: bytes, *, key: str = "time_travel") -> None:
    """Mount the traveller on the frames that `shown.travel.packed_frames` packed. It reports nothing to the server."""
    _component(data=frames, key=key)
