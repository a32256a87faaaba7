"""How far a restored image is from the truth, in dB, and draws from the exact p(z|y): total variation over a grid's cells."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from vae_core.config import require_whole
from vae_core.posterior import Grid

MOST_CELLS = 2**26
NUM_CELLS = 30  # the least exp(entropy) of p(z|y) over the cells of total variation


# -- distance to the truth ---------------------------------------------------------------------------------------


def squared_error(
    truth: Float[Tensor, "images data"], estimate: Float[Tensor, "images data"], where: Bool[Tensor, "images data"]
) -> Float[Tensor, " images"]:
    """The mean squared error of each image over the pixels in `where`, in float64; nan where there are none."""
    error = (truth.double() - estimate.double()).square() * where
    return error.sum(1) / where.sum(1)


def psnr(error: float) -> float:
    """Peak signal-to-noise ratio, 10 log10(1 / mean squared error), in dB for pixels in [0, 1]: higher is better, infinite
    without error, nan for nan."""
    return math.inf if error == 0.0 else -10.0 * math.log10(error)


# -- distance to the exact p(z|y) --------------------------------------------------------------------------------


class TotalVariation(NamedTuple):
    """Half the sum of |share of the draws - share of p(z|y)| over cells, (batch,): 0 = the same, 1 = nowhere together.
    `floor` is what as many exact, independent draws would show on average, `cell` the side of the square cells."""

    value: Tensor
    floor: Tensor
    cell: Tensor


def total_variation(z: Float[Tensor, "samples batch latent"], grid: Grid) -> TotalVariation:
    """Total variation between draws of z and p(z|y) on a grid, image by image. The cells are squares of grid points, as
    large as possible while the posterior has an exp(entropy) of at least `NUM_CELLS` cells: smaller cells would show only noise.

    A method whose value is at the floor is as good as exact. The floor falls with the square root of the number of draws.
    """
    low, high = grid.points.amin(0), grid.points.amax(0)
    least_side = 1
    while float(((high - low).double() / (least_side * grid.spacing) + 3.0).prod()) > MOST_CELLS:
        least_side *= 2  # smaller cells would not fit into memory
    distances = []
    for i, mass in enumerate(grid.log_joint.double().softmax(1)):
        for side in [side for side in (64, 32, 16, 8, 4, 2, 1) if side > least_side] + [least_side]:
            cell = side * grid.spacing
            exact = _shares_of_cells(grid.points, mass, low, high, cell, grid.spacing)
            if float(torch.special.entr(exact).sum()) >= math.log(NUM_CELLS):
                break
        weights = torch.full_like(z[:, i, 0], 1.0 / len(z), dtype=torch.float64)
        shares = _shares_of_cells(z[:, i], weights, low, high, cell, grid.spacing)
        value = 0.5 * (shares - exact).abs().sum()
        distances.append(torch.stack([value, 0.5 * mean_deviation(exact, len(z)).sum(), value.new_tensor(cell)]))
    return TotalVariation(*torch.stack(distances, 1))


def _shares_of_cells(
    z: Tensor, weights: Tensor, low: Tensor, high: Tensor, cell: float, spacing: float
) -> Float[Tensor, " cells"]:
    """The weight in each square cell between `low` and `high`, and last that of everything outside."""
    size = ((high - low + 1.5 * spacing) / cell).floor().long() + 1
    place = ((z - low + 0.5 * spacing) / cell).floor().long()
    inside = ((place >= 0) & (place < size)).all(1)
    code = place[:, 0] if len(size) == 1 else place[:, 0] * size[1] + place[:, 1]
    count = int(size.prod())
    return torch.bincount(torch.where(inside, code, count), weights, minlength=count + 1)


def mean_deviation(probability: Float[Tensor, " cells"], count: int) -> Float[Tensor, " cells"]:
    """E|k / count - probability| of a binomial k (de Moivre): 2 (1 - p) m / n P(k = m), where m = floor(n p) + 1."""
    require_whole("count", count, 1)
    p, n = (
        probability.clamp(1e-300, 1.0 - 1e-15),
        torch.tensor(float(count), dtype=torch.float64, device=probability.device),
    )
    m = (n * p).floor() + 1.0
    log_choose = torch.lgamma(n + 1.0) - torch.lgamma(m + 1.0) - torch.lgamma(n - m + 1.0)
    return 2.0 * (m.log() + log_choose + m * p.log() + (n - m + 1.0) * torch.log1p(-p)).exp() / n
