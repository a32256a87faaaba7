"""The best Gaussians for p(z|x) on a grid: the q(z) with the largest ELBO there, axis-aligned and of all."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from vae_core.posterior import bound_on_grid

NARROWEST = 0.8  # the smallest scale of a q, in spacings, for which sums over the grid are accurate
MOST_CLIMBS, SETTLED = 100, 1e-7  # the most natural-gradient steps; nats of possible gain at which they stop


@dataclass(frozen=True)
class Gaussian:
    """A q(z) on the plane, its principal axis turned by `angle` (radians, anticlockwise), and eq. (1) for it: elbo + gap =
    log p(x), in nats, summed over the image's grid."""

    loc: tuple[float, float]
    scale: tuple[float, float]
    angle: float
    elbo: float
    gap: float

    @property
    def numbers(self) -> list[float]:
        """Mean, scales along its axes, angle."""
        return [*self.loc, *self.scale, self.angle]

    @property
    def kl(self) -> float:
        """KL(q(z) ‖ p(z)) in nats (App. B; turning q does not change it)."""
        return 0.5 * sum(m * m + s * s - 1.0 - math.log(s * s) for m, s in zip(self.loc, self.scale, strict=True))

    @property
    def covariance(self) -> np.ndarray:
        """(2, 2): the scales squared along axes that are turned by the angle."""
        cosine, sine = math.cos(self.angle), math.sin(self.angle)
        axes = np.array([[cosine, -sine], [sine, cosine]]) * self.scale
        return np.asarray(axes @ axes.T)


class Grid(NamedTuple):
    """One image's log p(x, z) at the points (count, 2) of a square grid."""

    points: Float[Tensor, "count 2"]
    log_joint: Float[Tensor, "count"]
    spacing: float

    @property
    def log_marginal(self) -> float:
        """log p(x), nats."""
        return float(self.log_joint.logsumexp(0)) + 2.0 * math.log(self.spacing)

    @property
    def narrowest(self) -> float:
        """The smallest scale that sums over this grid can judge."""
        return NARROWEST * self.spacing

    def moments(self) -> tuple[Tensor, Tensor]:
        """Mean (2,) and covariance (2, 2) of p(z|x)."""
        return moments(self.points, self.log_joint)

    def judge(self, loc: Tensor, scale: Tensor, angle: float = 0.0) -> Gaussian:
        """A Gaussian, and its bound summed over this grid."""
        log_q = log_gaussian(self.points, loc, scale, angle)
        bound = bound_on_grid(self.log_joint, log_q, 2.0 * math.log(self.spacing))
        return Gaussian(tuple(loc.tolist()), tuple(scale.tolist()), float(angle), float(bound.elbo), float(bound.gap))


def moments(points: Float[Tensor, "count 2"], log_p: Float[Tensor, "count"]) -> tuple[Tensor, Tensor]:
    """Mean (2,) and covariance (2, 2) of the distribution with the masses p at the points; log_p up to a constant."""
    p = log_p.softmax(0)
    mean = p @ points
    return mean, ((points - mean).T * p) @ (points - mean)


def log_gaussian(points: Float[Tensor, "count 2"], loc: Tensor, scale: Tensor, angle: float | Tensor) -> Tensor:
    """log N(z; loc, R diag(scale^2) R') with R a turn by `angle`, (count,)."""
    angle = torch.as_tensor(angle, dtype=points.dtype, device=points.device)
    cos, sin, offset = torch.cos(angle), torch.sin(angle), points - loc
    along, across = offset[:, 0] * cos + offset[:, 1] * sin, offset[:, 1] * cos - offset[:, 0] * sin
    square = (along / scale[0]).square() + (across / scale[1]).square()
    return -0.5 * square - scale.log().sum() - math.log(2.0 * math.pi)


def best_gaussians(grid: Grid, starts: list[tuple[Tensor, Tensor]]) -> tuple[Gaussian, Gaussian]:
    """The axis-aligned Gaussian and the Gaussian with the largest ELBO on the grid. A posterior with
    several parts has several optima, hence several starts (mean, covariance); the second start is not aligned."""
    optima: list[Gaussian] = []
    for turned in (False, True):
        optima.append(max((grid.judge(*_climb(grid, *start, turned)) for start in starts), key=lambda q: q.elbo))
        loc, scale = (grid.points.new_tensor(values) for values in (optima[0].loc, optima[0].scale))
        starts = [(loc, scale.square().diag()), starts[1]]
    return optima[0], optima[1]


def _climb(grid: Grid, loc: Tensor, covariance: Tensor, turned: bool) -> tuple[Tensor, Tensor, float]:
    """Follow the natural gradient of the ELBO on the grid from N(loc, covariance) to a maximum over all Gaussians, or over the
    axis-aligned ones if not `turned`. Returns the loc, scale and angle of the maximum.

    q is the law of loc + R eps. With w = R^-1 (z - loc) and r = log q(z) - log p(x, z), a change of loc by R d and of R to
    R exp(S) changes the ELBO by -E_q[(w . d + w'Sw - tr S) r], and Fisher's information of (d, S) is |d|^2 + 2 |S|^2. Where
    the posterior is itself Gaussian this is Newton's method.
    """
    root = torch.linalg.cholesky(covariance) if turned else covariance.diagonal().sqrt().diag()
    elbo, along, spread = _slope(grid, loc, root)
    for _ in range(MOST_CLIMBS):
        spread = spread if turned else spread.diagonal().diag()
        gain = float(along.square().sum() + 2.0 * spread.square().sum())
        if gain < SETTLED:
            break
        rate = min(1.0, 1.0 / math.sqrt(gain))  # no further than one standard deviation at a time
        while rate * gain > SETTLED:
            next_loc, next_root = loc + rate * root @ along, root @ torch.linalg.matrix_exp(rate * spread)
            next_root = _at_least(next_root, grid.narrowest)
            step = _slope(grid, next_loc, next_root)
            if step[0] > elbo + 0.1 * rate * gain:
                break
            rate /= 2.0
        else:
            break
        loc, root, (elbo, along, spread) = next_loc, next_root, step
    if not turned:
        return loc, root.diagonal(), 0.0
    values, vectors = torch.linalg.eigh(root @ root.T)
    angle = math.atan2(float(vectors[1, 0]), float(vectors[0, 0]))
    return loc, values.sqrt(), (angle + math.pi / 2.0) % math.pi - math.pi / 2.0


def _slope(grid: Grid, loc: Tensor, root: Tensor) -> tuple[float, Tensor, Tensor]:
    """The ELBO of N(loc, root root') on the grid, less a constant, and its natural gradient (d, S)."""
    w = torch.linalg.solve_triangular(root, (grid.points - loc).T, upper=False)
    log_q = (-0.5 * w.square().sum(0)).log_softmax(0)  # normalised on the grid; the cell's volume is a constant
    r = log_q - grid.log_joint
    share = log_q.exp()
    elbo = -float(share @ r)
    weight = share * (r + elbo)
    return elbo, -(w @ weight), -0.5 * (w * weight) @ w.T


def _at_least(root: Tensor, narrowest: float) -> Tensor:
    """A root of the same covariance with no axis shorter than `narrowest`."""
    values, vectors = torch.linalg.eigh(root @ root.T)
    return torch.linalg.cholesky((vectors * values.clamp(min=narrowest**2)) @ vectors.T)
