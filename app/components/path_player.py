"""The path player: the decoded images of a path one after the other, in the browser, with the point on the plane."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

_FOLDER = Path(__file__).parent
_HTML = """
<section class="path-player">
  <canvas data-role="frame" role="img" aria-label="decoded image on the path, mean of p(x|z)"></canvas>
  <div>
    <button type="button" aria-pressed="false">Play</button>
    <input type="range" min="0" value="0" step="1" aria-label="place on the path from A to B">
    <output></output>
  </div>
</section>
"""
_component = st.components.v2.component(
    "path_player",
    html=_HTML,
    css=(_FOLDER / "path_player.css").read_text(encoding="utf-8"),
    js=(_FOLDER / "path_player.js").read_text(encoding="utf-8"),
    isolate_styles=False,
)


def path_player(
    images: np.ndarray, image_shape: tuple[int, int], positions: np.ndarray, log_prior: np.ndarray, *, chart: str,
    on_press_change: Callable[[], None] | None = None, key: str = "path_player",
) -> Any:  # fmt: skip
    """Mount the player of images (frames, data_dim) in [0, 1]; `positions` (frames, 2) are their places on the plane of the
    chart with the key `chart`, `log_prior` (frames,) is log p(z) in nats. With
    `on_press_change` the result's `press` is the place on the plane that was pressed last; else it tells Python nothing."""
    header: dict[str, Any] = {"shape": list(image_shape), "chart": chart, "pressable": on_press_change is not None}
    header |= {"positions": positions.round(4).tolist(), "log_prior": log_prior.round(3).tolist()}
    text = json.dumps(header).encode()
    pixels = (np.clip(images, 0.0, 1.0) * 255.0).round().astype(np.uint8)
    data = len(text).to_bytes(4, "little") + text + pixels.tobytes()
    return _component(data=data, key=key, on_press_change=on_press_change or (lambda: None), default={"press": None})
