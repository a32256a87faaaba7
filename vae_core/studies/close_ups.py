"""A close look at one image's posterior: p(z|x) on a grid, q(z|x) by the encoder, and the best Gaussians there (eq. 1)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from vae_core import posterior
from vae_core.bounds import require_one_image
from vae_core.latent import mass_above
from vae_core.model import VAE
from vae_core.posterior import DecodedGrid
from vae_core.studies.gaussians import NARROWEST, Gaussian, Grid, best_gaussians, moments

SIDES = (81, 321)  # the least and the largest number of grid points along each axis
LOWEST_INSIDE = -16.0  # the grid holds the posterior down to this many nats relative to its peak
REACH = 6.0  # standard deviations of q inside the grid
INSIDE = 2.99  # standard deviations of a judged q inside the grid; the browser keeps 3 there
ROUNDED = 1e-4  # of a scale that is given with a few digits
AGREE = 1e-3  # nats by which the grid's log p(x) may differ from the refined one's


class GapParts(NamedTuple):
    """Where the gap of the encoder's q comes from, in nats; the parts add up to it. `amortisation`: one encoder serves all
    images. `alignment`: its q cannot turn. `shape`: p(z|x) is no Gaussian."""

    amortisation: float
    alignment: float
    shape: float


@dataclass(frozen=True, eq=False)
class CloseUp:
    """One image's log p(x, z) on a square grid (rows z2 ascending, columns z1) around its posterior and its q, summed to
    log p(x); q by the encoder, the best axis-aligned Gaussian and the best of all Gaussians, on the same grid. Only where
    `encoder_on_grid` is False, the encoder's q is too narrow for it (an autoencoder's is): its ELBO is then that of
    `posterior.exact_bound`, and its gap log p(x) less that.

    `levels`: log p(x, z) at which contours hold 39.3, 86.5 and 98.9 % of p(z|x), as much as a Gaussian's ellipses of 1,
    2 and 3 standard deviations. `refined_log_marginal` is log p(x) by a grid that was refined until halving its spacing
    changed that by less than 0.001 nats."""

    low: tuple[float, float]
    spacing: float
    log_joint: np.ndarray
    log_marginal: float
    refined_log_marginal: float
    levels: tuple[float, ...]
    encoder: Gaussian
    encoder_on_grid: bool
    aligned: Gaussian
    best: Gaussian

    @property
    def axes(self) -> tuple[np.ndarray, np.ndarray]:
        """The grid's z1 and z2, (side,) each."""
        steps = self.spacing * np.arange(len(self.log_joint))
        return self.low[0] + steps, self.low[1] + steps

    @property
    def density(self) -> np.ndarray:
        """p(z|x) at each point of the grid."""
        return np.exp(self.log_joint - self.log_marginal)

    @property
    def peak(self) -> tuple[float, float]:
        """z1 and z2 of the grid's point where p(z|x) is highest."""
        row, column = np.unravel_index(self.log_joint.argmax(), self.log_joint.shape)
        return float(self.axes[0][column]), float(self.axes[1][row])

    @property
    def narrowest(self) -> float:
        """The smallest scale of a q that sums over the grid can judge."""
        return NARROWEST * self.spacing

    @property
    def gap_parts(self) -> GapParts:
        """The encoder's gap as a sum."""
        encoder, aligned, best = self.encoder.gap, self.aligned.gap, self.best.gap
        return GapParts(encoder - aligned, aligned - best, best)

    def judge(self, loc: Sequence[float], scale: Sequence[float], angle: float = 0.0) -> Gaussian:
        """Eq. (1), log p(x) = elbo + gap, for any q = N(loc, R diag(scale^2) R') with R a turn by `angle`, summed over this
        grid. Overstates the ELBO of a q with a scale below `narrowest`."""
        points = torch.cartesian_prod(*map(torch.from_numpy, self.axes))
        grid = Grid(points, torch.from_numpy(self.log_joint.T.ravel()), self.spacing)
        return grid.judge(points.new_tensor(loc), points.new_tensor(scale), angle)

    def can_judge(self, loc: Sequence[float], scale: Sequence[float], angle: float = 0.0) -> bool:
        """Whether the sums of `judge` are right for this q: nearly all of it lies on the grid, which is fine enough for it."""
        if not min(scale) >= (1.0 - ROUNDED) * self.narrowest:
            return False
        width, (cosine, sine) = self.spacing * (len(self.log_joint) - 1), (math.cos(angle), math.sin(angle))
        reach = INSIDE * np.hypot(np.array([cosine, sine]) * scale[0], np.array([sine, cosine]) * scale[1])
        offset = np.subtract(loc, self.low)
        return bool((reach <= offset).all() and (offset + reach <= width).all())

    @property
    def gaussians(self) -> dict[str, Gaussian]:
        """The three Gaussians q(z) by name."""
        return {"encoder": self.encoder, "aligned": self.aligned, "best": self.best}


@torch.no_grad()
def decoded_grid(vae: VAE, x: Float[Tensor, "images data"] | None) -> DecodedGrid | None:
    """The model's p(x|z) on a coarse grid, for every study of an image among x. The grid covers the prior and the encoded
    means, or the prior alone where the means are too far out. None with more than two latent dimensions."""
    if vae.config.latent_dim > 2:
        return None
    origin = torch.zeros(1, vae.config.latent_dim, dtype=vae.dtype, device=vae.device)
    means = origin if x is None else vae.encode(x).mean
    return posterior.decode_grid(vae, means) or posterior.decode_grid(vae, origin)


@torch.no_grad()
def close_up(vae: VAE, x: Float[Tensor, "one data"], *, coarse: DecodedGrid | None = None) -> CloseUp | None:
    """One image's posterior on a grid that holds it and its q, and the best Gaussians on that grid. None unless there are two
    latent dimensions. ValueError for more than one image. `coarse` (`decoded_grid` of the model) saves most of the decoder's
    passes."""
    require_one_image(vae, x)
    if vae.config.latent_dim != 2:
        return None
    posterior.require_usable(vae.encode(x))
    refined_grid, q = posterior.posterior_grid(vae, x, coarse=coarse), vae.encode(x[0]).base_dist
    loc, scale, refined_log_marginal = q.loc.double(), q.scale.double(), float(refined_grid.log_marginal[0])
    points, log_p = refined_grid.points.double(), refined_grid.log_joint[0].double()
    mean, covariance = moments(points, log_p)
    middle, reach = _square_around(points[log_p > log_p.max() + LOWEST_INSIDE], loc, scale)
    side = _side_for(reach, [covariance.diagonal().sqrt(), scale])
    grid = _dense_grid(vae, x, middle, reach, side)
    if abs(grid.log_marginal - refined_log_marginal) > AGREE and side < SIDES[1]:
        side = SIDES[1]
        grid = _dense_grid(vae, x, middle, reach, side)
    mode = grid.points[int(grid.log_joint.argmax())]
    starts = [(loc, scale.square().diag()), (mean, covariance), (mode, scale.square().diag())]
    encoder, encoder_on_grid = grid.judge(loc, scale), float(scale.min()) >= grid.narrowest
    if not encoder_on_grid:  # such as an autoencoder's q, whose bound the grid would overstate
        elbo = float(posterior.exact_bound(vae, x, coarse=coarse).elbo)
        encoder = replace(encoder, elbo=elbo, gap=grid.log_marginal - elbo)
    return CloseUp(
        (float(grid.points[0, 0]), float(grid.points[0, 1])),
        grid.spacing,
        grid.log_joint.reshape(side, side).T.numpy(),
        grid.log_marginal,
        refined_log_marginal,
        _levels(grid.log_joint),
        encoder,
        encoder_on_grid,
        *best_gaussians(grid, starts),
    )


def _square_around(points: Float[Tensor, "count 2"], loc: Tensor, scale: Tensor) -> tuple[Tensor, float]:
    """Middle (2,) and half a side of the square that holds the points and q."""
    ends = torch.cat([points, torch.stack([loc - REACH * scale, loc + REACH * scale])])
    low, high = ends.amin(0), ends.amax(0)
    return (high + low) / 2.0, float((high - low).max()) / 2.0


def _side_for(reach: float, scales: list[Tensor]) -> int:
    """The number of points along each axis that resolves Gaussians of the posterior's and of q's scales."""
    needed = [2.2 * reach / float(scale.min()) for scale in scales]
    if needed[1] > SIDES[1]:  # no allowed grid resolves such a q
        needed.pop()
    return int(min(max(*needed, SIDES[0]), SIDES[1]))


def _dense_grid(vae: VAE, x: Tensor, middle: Tensor, reach: float, side: int) -> Grid:
    axes = [torch.linspace(-reach, reach, side, dtype=torch.float64, device="cpu") + m for m in middle]
    points = torch.cartesian_prod(*axes)
    log_joint = posterior.grid_log_joint(vae, x, points.to(x))[0].double()
    return Grid(points, log_joint, 2.0 * reach / (side - 1))


def _levels(log_joint: Tensor) -> tuple[float, ...]:
    """The levels above which the share 1 - exp(-k^2 / 2) of the mass lies, k = 1, 2, 3."""
    above = mass_above(log_joint.softmax(0), own=0.5)
    return tuple(float(log_joint.masked_fill(above < 1.0 - math.exp(-0.5 * k * k), -math.inf).max()) for k in (1, 2, 3))
