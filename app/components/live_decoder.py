"""The live decoder: the browser has the weights of p(x|z) and decodes the point of a plane under the pointer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from aevb_lab.components.declaration import declare
from aevb_lab.components.packed import pack_arrays

_HTML = """
<figure class="live-decoder">
  <canvas data-role="decoded" tabindex="0" role="application"
    aria-label="decoded image, mean of p(x|z); arrow keys move the point, with Shift farther; Enter pins it; Esc frees it"></canvas>
  <figcaption title="The picture is the mean of p(x|z): what the decoder draws at this z."><output aria-live="off"></output></figcaption>
  <p data-role="loading" hidden></p>
</figure>
"""
_component = declare("live_decoder", _HTML, styles="live_decoder")


def pack_decoder(header: dict[str, Any], layers: Sequence[tuple[np.ndarray, np.ndarray]]) -> bytes:
    """The decoder for the browser: `header` has `mean` and `activation` by name, and the arrays are each layer's weight (out,
    in) and bias in float32, `weight0`, `bias0`, `weight1` ..."""
    arrays: dict[str, np.ndarray] = {}
    for number, (weight, bias) in enumerate(layers):
        arrays |= {f"weight{number}": weight.astype(np.float32), f"bias{number}": bias.astype(np.float32)}
    return pack_arrays(header | {"layers": len(layers)}, arrays)


def pack_point(header: dict[str, Any], z: Sequence[float], image: np.ndarray) -> bytes:
    """What the browser shows at once: the `image` (data_dim,) at a first z. `header` has the model's `id`, `image_shape` and
    `latent_dim`, the key of the `chart`, and where the packed decoder is (`address`, and its `size` in bytes)."""
    return pack_arrays(header | {"z": list(z)}, {"first": image.astype(np.float32)})


def live_decoder(
    point: bytes,
    *,
    key: str = "decoder",
    on_z_change: Callable[[], None] = lambda: None,
    on_pinned_change: Callable[[], None] = lambda: None,
) -> Any:
    """Mount the decoder with a packed first point. It listens to the axes named in its header as `chart`; their `meta` says which
    plane they show. The result's `z` is the last point at which the pointer rested, or None; `pinned` is whether it is kept there."""
    return _component(
        data=point,
        key=key,
        on_z_change=on_z_change,
        on_pinned_change=on_pinned_change,
        default={"z": None, "pinned": None},
    )
