"""A close look at one image's posterior: p(z|x) on a grid, q(z|x) by the encoder, and the best Gaussians there (eq. 1)."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from vae_core import posterior
from vae_core.model import VAE

SIDES = (81, 321)  # fewest and most points of a grid along each axis
HELD = -16.0  # nats below its peak down to which the posterior is inside the grid
REACH = 6.0  # standard deviations of q inside the grid
AGREE = 1e-3  # nats by which the grid's log p(x) may differ from the refined one's
NARROWEST = 0.8  # smallest scale of a q, in spacings: sums over the grid mean nothing below
MOST_CLIMBS, SETTLED = 100, 1e-7  # natural-gradient steps; nats that one more could still gain


@dataclass(frozen=True)
class Gaussian:
    """A q(z) on the plane, its principal axis turned by `angle` (radians, anticlockwise), and eq. (1) for it: elbo + gap =
    log p(x), in nats, summed over the image's grid."""

    loc: tuple[float, float]
    scale: tuple[float, float]
    angle: float
    elbo: float
    gap: float


@dataclass(frozen=True, eq=False)
class CloseUp:
    """One image's log p(x, z) on a square grid (rows z2 ascending, columns z1) around its posterior and its q, summed to
    log p(x); q by the encoder, the best axis-aligned Gaussian and the best of all Gaussians, all on the same grid.

    `levels`: log p(x, z) at which contours hold 39.3, 86.5 and 98.9 % of p(z|x), as much as a Gaussian's ellipses of 1,
    2 and 3 standard deviations. `refined` is log p(x) by a grid that was refined until halving its spacing changed that
    by less than 0.001 nats."""

    low: tuple[float, float]
    spacing: float
    log_joint: np.ndarray
    log_marginal: float
    refined: float
    levels: tuple[float, ...]
    encoder: Gaussian
    aligned: Gaussian
    best: Gaussian

    @property
    def axes(self) -> tuple[np.ndarray, np.ndarray]:
        """The grid's z1 and z2, (side,) each."""
        steps = self.spacing * np.arange(len(self.log_joint))
        return self.low[0] + steps, self.low[1] + steps


@torch.no_grad()
def decoded_grid(vae: VAE, x: Float[Tensor, "images data"] | None) -> posterior.DecodedGrid | None:
    """The model's p(x|z) on a coarse grid over the prior and the encoded means of x, for every study of one of its images;
    over the prior alone where the means lie too far out. None with more than two latent dimensions."""
    if vae.config.latent_dim > 2:
        return None
    origin = torch.zeros(1, vae.config.latent_dim)
    means = origin if x is None else vae.encode(x).mean
    return posterior.decode_grid(vae, means) or posterior.decode_grid(vae, origin)


@torch.no_grad()
def close_up(vae: VAE, x: Float[Tensor, "1 data"], *, coarse: posterior.DecodedGrid | None = None) -> CloseUp | None:
    """One image's posterior on a grid that holds it and its q, and the best Gaussians on that grid. None unless there are two
    latent dimensions. `coarse` (`decoded_grid` of the model) saves most of the decoder's passes."""
    if vae.config.latent_dim != 2:
        return None
    grid, q = posterior.posterior_grid(vae, x, coarse=coarse), vae.encode(x[0]).base_dist
    refined, loc, scale = float(grid.log_marginal[0]), q.loc.double(), q.scale.double()
    log_p = grid.log_joint[0].double()
    moments = _moments(grid.points.double(), log_p)
    held = grid.points[log_p > log_p.max() + HELD].double()
    ends = torch.cat([held, torch.stack([loc - REACH * scale, loc + REACH * scale])])
    middle, reach = (ends.amax(0) + ends.amin(0)) / 2.0, float((ends.amax(0) - ends.amin(0)).max()) / 2.0
    needed = [2.2 * reach / float(width.min()) for width in (moments[1].diagonal().sqrt(), scale)]
    if needed[1] > SIDES[1]:  # no grid shows such a q
        needed.pop()
    side = int(min(max(*needed, SIDES[0]), SIDES[1]))
    points, log_joint, spacing = _dense_grid(vae, x, middle, reach, side)
    if abs(_log_sum(log_joint, spacing) - refined) > AGREE and side < SIDES[1]:
        points, log_joint, spacing = _dense_grid(vae, x, middle, reach, SIDES[1])
    mode = points[int(log_joint.argmax())]
    starts = [(loc, scale.square().diag()), moments, (mode, scale.square().diag())]
    aligned, best = _best_gaussians(points, log_joint, spacing, starts)
    encoder = _judged(points, log_joint, spacing, loc, scale, 0.0)
    if float(scale.min()) < NARROWEST * spacing:  # as of an autoencoder: the grid would flatter it by nats
        elbo = float(posterior.exact_bound(vae, x, coarse=coarse).elbo)
        encoder = replace(encoder, elbo=elbo, gap=_log_sum(log_joint, spacing) - elbo)
    side = math.isqrt(len(points))
    return CloseUp(
        (float(points[0, 0]), float(points[0, 1])),
        spacing,
        log_joint.reshape(side, side).T.numpy(),
        _log_sum(log_joint, spacing),
        refined,
        _levels(log_joint),
        encoder,
        _judged(points, log_joint, spacing, *aligned),
        _judged(points, log_joint, spacing, *best),
    )


def _dense_grid(vae: VAE, x: Tensor, middle: Tensor, reach: float, side: int) -> tuple[Tensor, Tensor, float]:
    axes = [torch.linspace(-reach, reach, side, dtype=torch.float64) + m for m in middle]
    points = torch.cartesian_prod(*axes)
    return points, posterior.grid_log_joint(vae, x, points.to(x))[0].double(), 2.0 * reach / (side - 1)


def _log_sum(log_joint: Tensor, spacing: float) -> float:
    return float(log_joint.logsumexp(0)) + 2.0 * math.log(spacing)


def _moments(points: Tensor, log_p: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and covariance of p(z|x) on a grid."""
    p = log_p.softmax(0)
    mean = p @ points
    return mean, ((points - mean).T * p) @ (points - mean)


def _levels(log_joint: Tensor) -> tuple[float, ...]:
    """The values above which 1 - exp(-k^2 / 2) of the mass lies, k = 1, 2, 3."""
    order = log_joint.sort(descending=True).values
    share = order.softmax(0)
    held = share.cumsum(0) - 0.5 * share  # a cell lies on both sides of its own level
    return tuple(float(order[int((held < 1.0 - math.exp(-0.5 * k * k)).sum())]) for k in (1, 2, 3))


def log_gaussian(points: Tensor, loc: Tensor, scale: Tensor, angle: float | Tensor) -> Tensor:
    """log N(z; loc, R diag(scale^2) R') with R a turn by `angle`, at points (count, 2)."""
    angle = torch.as_tensor(angle, dtype=points.dtype)
    cos, sin, offset = torch.cos(angle), torch.sin(angle), points - loc
    along, across = offset[:, 0] * cos + offset[:, 1] * sin, offset[:, 1] * cos - offset[:, 0] * sin
    square = (along / scale[0]).square() + (across / scale[1]).square()
    return -0.5 * square - scale.log().sum() - math.log(2.0 * math.pi)


def _judged(points: Tensor, log_joint: Tensor, spacing: float, loc: Tensor, scale: Tensor, angle: float) -> Gaussian:
    log_q = log_gaussian(points, loc, scale, angle)
    bound = posterior.bound_on_grid(log_joint, log_q, 2.0 * math.log(spacing))
    return Gaussian(tuple(loc.tolist()), tuple(scale.tolist()), float(angle), float(bound.elbo), float(bound.gap))


def _best_gaussians(
    points: Tensor, log_joint: Tensor, spacing: float, starts: list[tuple[Tensor, Tensor]]
) -> list[tuple[Tensor, Tensor, float]]:
    """The axis-aligned Gaussian and the Gaussian with the largest ELBO on the grid: (loc, scale, angle) of each. There are
    several optima where the posterior has several parts, hence several starts (mean, covariance)."""
    optima: list[tuple[Tensor, Tensor, float]] = []
    for turned in (False, True):
        tries = [_climb(points, log_joint, *start, NARROWEST * spacing, turned) for start in starts]
        elbos = [_judged(points, log_joint, spacing, *gaussian).elbo for gaussian in tries]
        optima.append(tries[int(np.argmax(elbos))])
        starts = [(optima[0][0], optima[0][1].square().diag()), starts[1]]
    return optima


def _climb(
    points: Tensor, log_joint: Tensor, loc: Tensor, covariance: Tensor, narrowest: float, turned: bool
) -> tuple[Tensor, Tensor, float]:
    """The natural gradient of the ELBO on the grid, followed from N(loc, covariance) to a maximum over all Gaussians, or
    where not `turned` over the axis-aligned ones.

    q is the law of loc + R eps. With w = R^-1 (z - loc) and r = log q(z) - log p(x, z), a change of loc by R d and of R to
    R exp(S) changes the ELBO by -E_q[(w . d + w'Sw - tr S) r], and Fisher's information of (d, S) is |d|^2 + 2 |S|^2. Where
    the posterior is itself Gaussian this is Newton's method.
    """
    root = torch.linalg.cholesky(covariance) if turned else covariance.diagonal().sqrt().diag()

    def look(loc: Tensor, root: Tensor) -> tuple[float, Tensor, Tensor]:
        w = torch.linalg.solve_triangular(root, (points - loc).T, upper=False)
        log_q = (-0.5 * w.square().sum(0)).log_softmax(0)  # normalised on the grid; the cell's volume is a constant
        r = log_q - log_joint
        share = log_q.exp()
        elbo = -float(share @ r)
        weight = share * (r + elbo)
        return elbo, -(w @ weight), -0.5 * (w * weight) @ w.T

    elbo, along, spread = look(loc, root)
    for _ in range(MOST_CLIMBS):
        spread = spread if turned else spread.diagonal().diag()
        gain, rate = float(along.square().sum() + 2.0 * spread.square().sum()), 1.0
        if gain < SETTLED:
            break
        rate = min(1.0, 1.0 / math.sqrt(gain))  # no further than one standard deviation at a time
        while rate * gain > SETTLED:
            there, wide = loc + rate * root @ along, root @ torch.linalg.matrix_exp(rate * spread)
            values, vectors = torch.linalg.eigh(wide @ wide.T)
            wide = torch.linalg.cholesky((vectors * values.clamp(min=narrowest**2)) @ vectors.T)
            step = look(there, wide)
            if step[0] > elbo + 0.1 * rate * gain:
                break
            rate /= 2.0
        else:
            break
        loc, root, (elbo, along, spread) = there, wide, step
    values, vectors = torch.linalg.eigh(root @ root.T)
    if not turned:
        return loc, root.diagonal(), 0.0
    angle = math.atan2(float(vectors[1, 0]), float(vectors[0, 0]))
    return loc, values.sqrt(), (angle + math.pi / 2.0) % math.pi - math.pi / 2.0
