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
    """Mount p(z|y) over the chart with the key `chart` of the header, which also has an `id`, the places of the `answers` on
    the plane, `colours`, and the `raster` (`low`, `cell`, `shape`, rows from the bottom up) of the array `outside`: the
    share of p(z|y) in denser cells, of 255. Instead of it there may be `draws` (draws, 2)."""
    _map(data=content, key=key)


def repair_chain(content: bytes, *, key: str = "repair_chain") -> None:
    """Mount the player. The header has an `id`, the `chart`, the images' `image_shape`, the number of `steps` and `colours`;
    the arrays are `positions` (steps, 2), `images` (steps, data_dim) from 0 to 255 and `moved` (steps,)."""
    _chain(data=content, key=key)
