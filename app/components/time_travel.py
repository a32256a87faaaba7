"""Time travel: the frames of a run come to the browser once; slider, playback and pictures move there."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

_FOLDER = Path(__file__).parent
_HTML = """
<section class="time-travel" aria-label="Time travel through a training run">
  <div class="time-travel-bar">
    <button type="button" data-role="play">Play</button>
    <input type="range" min="0" max="1" step="any" value="0" aria-label="Moment of the training">
  </div>
  <output aria-live="polite"></output>
  <div class="time-travel-panes"></div>
</section>
"""
_component = st.components.v2.component(
    "time_travel",
    html=_HTML,
    css=(_FOLDER / "time_travel.css").read_text(encoding="utf-8"),
    js="\n".join(
        (_FOLDER / name).read_text(encoding="utf-8") for name in ("packed.js", "play_button.js", "time_travel.js")
    ),
    isolate_styles=False,
)


def time_travel(frames: bytes, *, key: str = "time_travel") -> None:
    """Mount the traveller on the frames that `state.packed_frames` packed. It reports nothing to the server."""
    _component(data=frames, key=key)
