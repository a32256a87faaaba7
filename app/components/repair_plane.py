"""Drawings on the plane of the Repair page: p(z|y) with the numbers of its answers, and a player for the steps of a chain. They
ask nothing of the server."""

from __future__ import annotations

from aevb_lab.components.declaration import declare

_MAP = '<div class="repair-map on-chart" hidden></div>'
_CHAIN = """
<section class="repair-chain" aria-label="The chain, step by step">
  <canvas data-role="state" role="img" aria-label="image at this step of the chain"></canvas>
  <div>
    <div class="repair-row">
      <button type="button" data-do="play" aria-pressed="false">Play</button>
      <button type="button" data-do="step">Step</button>
      <button type="button" data-do="restart">Restart</button>
    </div>
    <input type="range" min="0" value="0" step="1" aria-label="step of the chain">
    <output aria-live="off"></output>
  </div>
</section>
"""

_map = declare("repair_map", _MAP, styles="repair")
_chain = declare("repair_chain", _CHAIN, styles="repair")


def repair_map(content: bytes, *, key: str = "repair_map") -> None:
    """Mount p(z|y) over a chart. The header has the chart's key as `chart`, an `id`, `colours`, and where the `answers` are on
    the plane. Its `raster` (`low`, `cell`, `shape`) says where the array `outside` lies, whose rows go from the bottom up: how
    much of p(z|y) is in denser cells, as 0 to 255. Without a raster there are `draws` (draws, 2)."""
    _map(data=content, key=key)


def repair_chain(content: bytes, *, key: str = "repair_chain") -> None:
    """Mount the player. The header has an `id`, the `chart`, the images' `image_shape`, the number of `steps` and `colours`;
    the arrays are `positions` (steps, 2), `images` (steps, data_dim) from 0 to 255 and `moved` (steps,)."""
    _chain(data=content, key=key)
