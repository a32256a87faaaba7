"""The posterior p(z|x), known up to its constant p(x): log p(x, z), and a grid where there are at most two latent dimensions.

`vae_core.marginal` turns the grid into that constant. Shapes: S samples, B images, J latent dimensions.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.distributions import Independent

from vae_core.autograd import in_full_precision
from vae_core.bounds import check_pixels, require_one_image
from vae_core.config import ModelConfig, require_number, require_whole
from vae_core.errors import NonFiniteBound, TooLarge
from vae_core.importance import ROWS_AT_A_TIME
from vae_core.likelihoods import Gaussian
from vae_core.model import VAE, require_draws
from vae_core.randomness import draw_normal
from vae_core.sizes import require_memory

ROWS_IN_CACHE = 512  # decoder passes at a time, so that their pixels stay in the processor's cache between operations
BOX = 6.0
FIRST_SPACING = {1: 0.01, 2: 0.1}
NO_GRID = "the numbers of such a model can only be estimated, by importance sampling or annealing"
NEGLIGIBLE = -20.0  # nats below an image's largest value on the grid
MOST_POINTS = 2**20
PIXELS_AT_A_TIME = 2**22
MOST_FIRST_POINTS = 2**22  # the coarse grid reaches from the prior to every encoder mean
GRID_POINT_BYTES = 16  # one point for one image: log p(x, z), and a copy in float64 for its sum
MOST_GRID_NUMBERS = 2**25  # the most numbers in a `DecodedGrid`: 134 MB in float32


def log_joint(
    vae: VAE, x: Float[Tensor, "batch data"], z: Float[Tensor, "*samples batch latent"]
) -> Float[Tensor, "*samples batch"]:
    """log p(x, z) = log p(x|z) + log p(z), in nats: log p(z|x) up to its constant. One decoder pass per z. Raises DataError
    for x that p(x|z) has no probability for."""
    check_pixels(vae, x)
    return log_joint_of_checked(vae, x, z)


def log_joint_of_checked(vae: VAE, x: Tensor, z: Tensor) -> Tensor:
    """`log_joint` without the check of the pixels, for callers that checked them once before many steps."""
    return vae.decode(z).log_prob(x) + vae.prior.log_prob(z)


def log_joint_in_pieces(vae: VAE, x: Tensor, z: Tensor) -> Tensor:
    """The same for many z (samples, batch, latent), a few samples at a time."""
    samples_at_a_time = max(1, ROWS_IN_CACHE // len(x))
    return torch.cat([vae.decode(piece).log_prob(x) for piece in z.split(samples_at_a_time)]) + vae.prior.log_prob(z)


@torch.no_grad()
def simulate(vae: VAE, num_images: int, *, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Draws (z, x) from the model, (num_images, latent_dim) and (num_images, data_dim): z is then an exact sample of
    p(z|x), which nobody has for a real image."""
    require_whole("num_images", num_images, 1)
    require_draws(vae.config, num_images, "num_images")
    z = draw_normal((num_images, vae.config.latent_dim), like=vae, generator=generator)
    return z, vae.likelihood.sample(vae.decode(z), generator)


# -- a grid ------------------------------------------------------------------------------------------------------


class Decoded(NamedTuple):
    """p(x|z) at points z (points, latent): the distributions `p`, batch_shape (points,), and the `likelihoods.PointForm`
    that makes any x cheap, log p(x|z) = linear . x + square . x^2 + constant in nats."""

    z: Tensor
    p: Independent
    linear: Tensor
    square: Tensor | None
    constant: Tensor

    @in_full_precision
    def log_lik(self, x: Float[Tensor, "batch data"]) -> Float[Tensor, "batch points"]:
        """log p(x|z) of every image at every point: a matrix product, without the decoder."""
        x = x.to(self.linear.dtype)
        terms = x @ self.linear.T + self.constant
        return terms if self.square is None else terms + x.square() @ self.square.T


@torch.no_grad()
def decode_points(vae: VAE, z: Float[Tensor, "points latent"]) -> Decoded:
    """Costs one decoder pass per point."""
    p = vae.decode(z)
    return Decoded(z, p, *vae.likelihood.point_form(p))


class DecodedGrid(NamedTuple):
    """The first, coarse level of every image's grid, decoded once for a model: points low + spacing * indices."""

    low: Tensor
    spacing: float
    indices: Tensor
    decoded: Decoded

    def covers(self, means: Float[Tensor, "batch latent"]) -> bool:
        """Whether it reaches at least 1 beyond all encoder means, as `posterior_grid` wants it."""
        high = self.low + self.spacing * self.indices[-1].float()
        return bool((means.amin(0) - 1.0 >= self.low).all() and (means.amax(0) + 1.0 <= high).all())


@in_full_precision
@torch.no_grad()
def decode_grid(vae: VAE, means: Float[Tensor, "batch latent"]) -> DecodedGrid | None:
    """The coarse grid over the prior and all these encoder means, for `posterior_grid` of any image of the model and for
    other uses of p(x|z) there (`decoded.p`). None where it would hold more than MOST_GRID_NUMBERS numbers; its points are counted
    first.

    For mnist-2d it has 121 x 121 points of 784 logits, 46 MB. A grid as fine as the posteriors are sharp would have
    2,000 x 2,000 points, so the finer levels are decoded for each image, and only near its mass.
    """
    if not bool(torch.isfinite(means).all()):
        return None
    low, spacing, sides = _first_sides(vae, means)
    if math.prod(sides) * vae.config.data_dim > MOST_GRID_NUMBERS:
        return None
    index = _first_index(sides, means)
    return DecodedGrid(low, spacing, index, decode_points(vae, low + spacing * index.float()))


class Grid(NamedTuple):
    """A square lattice of points z (points, latent) where any image has mass, log p(x, z) of each image (batch, points)
    and its trapezoid sum `log_marginal` (batch,); `change` (batch,) is what halving the spacing did to that,
    `at_edge` (batch,) whether the posterior reaches the edge, `decoder_passes` the cost for all images together."""

    points: Tensor
    log_joint: Tensor
    spacing: float
    log_marginal: Tensor
    change: Tensor
    at_edge: Tensor
    decoder_passes: int


@in_full_precision
def posterior_grid(
    vae: VAE, x: Float[Tensor, "batch data"], tolerance: float = 1e-3, *, coarse: DecodedGrid | None = None
) -> Grid:
    """Halve the spacing of a grid over the prior and every encoder mean until log p(x) of no image changes by more
    than `tolerance` nats. latent_dim <= 2.

    Posteriors are sharp (scales of 0.02 are common). The trapezoid rule converges exponentially once the spacing is below
    the scale, and means nothing before: the first, coarse grid only shows where there is mass. The decoder runs once per
    point for all images together; where `coarse` is given, it does not run for the first level. `check_pixels` judges x.
    TooLarge where the encoder puts an image so far from the prior that a grid over both would have too many points.
    """
    check_pixels(vae, x)
    return refine_grid(vae, lambda decoded: decoded.log_lik(x), vae.encode(x).mean, tolerance, coarse=coarse)


@torch.no_grad()
def refine_grid(
    vae: VAE,
    log_lik: Callable[[Decoded], Float[Tensor, "batch points"]],
    means: Float[Tensor, "places latent"],
    tolerance: float = 1e-3,
    *,
    coarse: DecodedGrid | None = None,
) -> Grid:
    """`posterior_grid` for any likelihood: `log_lik` takes p(x|z) at points and gives the log likelihood of what was observed,
    (batch, points) in nats. `means` are places where there may be a peak; there may be more or fewer of them than images."""
    require_number("tolerance", tolerance, above=0.0)
    if coarse is None or not coarse.covers(means):
        low, spacing, sides = _first_sides(vae, means)
        _require_points(math.prod(sides))
        index = _first_index(sides, means)
        grid = _evaluate_grid(vae, log_lik, low + spacing * index.float(), spacing)
    else:
        low, spacing, index, decoded = coarse
        log_p = log_lik(decoded) + vae.prior.log_prob(decoded.z)
        grid = _sum_grid(decoded.z, log_p, spacing, decoder_passes=0)
    neighbours = lattice([range(-1, 2)] * index.shape[1]).to(index.device)
    edge = ((index == 0) | (index == index.amax(0))).any(1)
    relative = grid.log_joint - grid.log_joint.amax(1, keepdim=True)
    grid = grid._replace(at_edge=(relative[:, edge] > 0.5 * NEGLIGIBLE).any(1))
    while float(grid.change.max()) > tolerance and len(index) <= MOST_POINTS:
        relative = grid.log_joint - grid.log_joint.amax(1, keepdim=True)
        near_means = ((means - low) / spacing).round().long()  # a peak may lie between the points
        active = torch.cat([index[(relative > NEGLIGIBLE).any(0)], near_means])
        index = (2 * active[:, None] + neighbours).reshape(-1, index.shape[1]).unique(dim=0)
        spacing /= 2.0
        finer = _evaluate_grid(vae, log_lik, low + spacing * index.float(), spacing)
        change = (finer.log_marginal - grid.log_marginal).abs()
        passes = grid.decoder_passes + finer.decoder_passes
        grid = finer._replace(change=change, at_edge=grid.at_edge, decoder_passes=passes)
    return grid


def _first_sides(vae: VAE, means: Tensor) -> tuple[Tensor, float, list[int]]:
    """Lowest point, spacing and number of points along each axis of the coarse grid over the prior and the means."""
    latent_dim = vae.config.latent_dim
    if latent_dim not in FIRST_SPACING:
        raise ValueError(f"latent_dim must be at most 2 for a grid, got {latent_dim}; use 'importance' or 'ais'")
    spacing = FIRST_SPACING[latent_dim]
    low, high = (means.amin(0) - 1.0).clamp(max=-BOX), (means.amax(0) + 1.0).clamp(min=BOX)
    widths = [float(width) for width in high - low]
    if not all(map(math.isfinite, widths)):
        raise TooLarge(f"the encoder puts an image at infinity, which no grid reaches: {NO_GRID}")
    return low, spacing, [math.ceil(width / spacing) + 1 for width in widths]


def _first_index(sides: list[int], means: Tensor) -> Int[Tensor, "points latent"]:
    """Whole coordinates of the coarse grid, on the device of the means."""
    return lattice([range(side) for side in sides]).to(means.device)


def _require_points(count: int) -> None:
    if count > MOST_FIRST_POINTS:
        raise TooLarge(
            f"the encoder puts an image so far from the prior that a grid over both would need {count:,} points, at most "
            f"{MOST_FIRST_POINTS:,}: {NO_GRID}"
        )


def lattice(axes: list[range]) -> Int[Tensor, "points latent"]:
    """All combinations of whole coordinates."""
    return torch.cartesian_prod(*[torch.tensor(axis, device="cpu") for axis in axes]).reshape(-1, len(axes))


def _evaluate_grid(vae: VAE, log_lik: Callable[[Decoded], Tensor], z: Tensor, spacing: float) -> Grid:
    pieces: list[Tensor] = []
    for piece in z.split(_points_at_a_time(vae)):
        pieces.append(log_lik(decode_points(vae, piece)) + vae.prior.log_prob(piece))
        images = len(pieces[0])
        if len(pieces) == 1:
            require_memory(
                GRID_POINT_BYTES * images * len(z), f"a grid of {len(z):,} points", "take fewer images at a time"
            )
    log_p = torch.cat(pieces, 1)
    return _sum_grid(z, log_p, spacing, decoder_passes=len(z))


def _points_at_a_time(vae: VAE) -> int:
    """Fewer for large images, whose pixels would take more memory than the points."""
    return max(256, min(ROWS_AT_A_TIME, PIXELS_AT_A_TIME // vae.config.data_dim))


def _sum_grid(z: Tensor, log_p: Tensor, spacing: float, decoder_passes: int) -> Grid:
    log_marginal = log_p.double().logsumexp(1) + z.shape[1] * math.log(spacing)
    if not bool(torch.isfinite(log_marginal).all()):
        raise NonFiniteBound("log p(x, z) is not finite on the grid: the decoder's weights are too large for float32")
    change = torch.full_like(log_marginal, math.inf)
    return Grid(z, log_p, spacing, log_marginal, change, torch.zeros_like(change, dtype=torch.bool), decoder_passes)


def grid_log_joint(
    vae: VAE, x: Float[Tensor, "batch data"], z: Float[Tensor, "points latent"]
) -> Float[Tensor, "batch points"]:
    """log p(x, z) of every image at every point: one decoder pass a point and a matrix product."""
    pieces = z.split(_points_at_a_time(vae))
    return torch.cat([decode_points(vae, piece).log_lik(x) + vae.prior.log_prob(piece) for piece in pieces], 1)


class BoundOnGrid(NamedTuple):
    """log p(x) = elbo + gap, with gap = KL(q(z) || p(z|x)) (eq. 1), summed over one grid, so that they add up; in nats.

    `outside` is the share of q that lies outside the grid (1 less its density summed over the grid). Where it is not small, the
    other three are wrong.
    """

    log_marginal: Tensor
    elbo: Tensor
    gap: Tensor
    outside: Tensor


def bound_on_grid(log_p: Float[Tensor, " points"], log_q: Float[Tensor, " points"], log_cell: float) -> BoundOnGrid:
    """Eq. (1) for any q, given log p(x, z) and log q(z) on a grid whose cells have the volume exp(log_cell).

    q is normalised on the grid. The sum converges exponentially once the spacing is below the scale of q and p(z|x).
    """
    log_p, log_q = log_p.double(), log_q.double()
    log_marginal = log_p.logsumexp(0) + log_cell
    mass = log_q.logsumexp(0) + log_cell
    log_q = log_q - mass
    q = (log_q + log_cell).exp()
    elbo = (q * (log_p - log_q)).sum()
    gap = (q * (log_q - (log_p - log_marginal))).sum()
    return BoundOnGrid(log_marginal, elbo, gap, -torch.expm1(mass))


def require_usable(q: Independent) -> None:
    """NonFiniteBound for a q(z|x) that is no distribution in float32: its mean or its scale is infinite, or a scale is 0."""
    loc, scale = q.base_dist.loc, q.base_dist.scale
    if not bool(torch.isfinite(loc).all() and torch.isfinite(scale).all() and (scale > 0.0).all()):
        raise NonFiniteBound(
            f"the encoder's q(z|x) must have a finite mean and a finite scale above 0, got scales from {float(scale.min()):g} to "
            f"{float(scale.max()):g}: its weights are too large"
        )


@in_full_precision
@torch.no_grad()
def exact_bound(
    vae: VAE, x: Float[Tensor, "one data"], tolerance: float = 1e-4, *, coarse: DecodedGrid | None = None
) -> BoundOnGrid:
    """Eq. (1) of one image and its encoder's q(z|x), each sum on a lattice of its own scale: log p(x) by `posterior_grid`,
    the ELBO over z = loc + scale * eps with eps on a lattice to 6 standard deviations, halved until it changes by no more
    than `tolerance` nats. latent_dim <= 2. A q far sharper than the posterior,
    such as an autoencoder's, does not need a finer grid."""
    check_pixels(vae, x)
    require_one_image(vae, x)
    require_usable(vae.encode(x))
    log_marginal = posterior_grid(vae, x, tolerance, coarse=coarse).log_marginal[0]
    q, steps, elbo, change = vae.encode(x[0]), 12, log_marginal.new_tensor(math.inf), math.inf
    loc, scale = q.base_dist.loc, q.base_dist.scale
    while change > tolerance and steps ** len(loc) <= MOST_POINTS:
        eps = (BOX / steps * lattice([range(-steps, steps + 1)] * len(loc)).float()).to(loc)
        z, log_cell = loc + scale * eps, len(loc) * math.log(BOX / steps) + float(scale.log().sum())
        sums = bound_on_grid(grid_log_joint(vae, x, z)[0], q.log_prob(z), log_cell)
        elbo, change, steps = sums.elbo, float((sums.elbo - elbo).abs()), 2 * steps
    return BoundOnGrid(log_marginal, elbo, log_marginal - elbo, sums.outside)


@torch.inference_mode(False)
def folded_model() -> VAE:
    """A toy with one latent dimension and one pixel, x = f(z) + noise. f rises and falls again, so most x have two explanations
    and p(z|x) has two parts, which no Gaussian q(z|x) can cover. Only the encoder's weights are random."""
    config = ModelConfig(1, (1, 1), 1, (3,), Gaussian.name, mean="identity", variance="shared")
    vae = VAE(config, generator=torch.Generator().manual_seed(0)).double()
    weights = {
        "decoder.0.weight": [[1.6], [2.4], [1.0]],
        "decoder.0.bias": [2.4, -1.9, 0.0],
        "decoder.2.weight": [[1.0, -0.85, 0.15]],
        "decoder.2.bias": [0.0],
        "log_var": [math.log(0.2**2)],
    }
    vae.load_state_dict(
        {name: torch.tensor(value, dtype=torch.float32, device="cpu") for name, value in weights.items()}, strict=False
    )
    for name, parameter in vae.named_parameters():
        parameter.requires_grad_(name.startswith("encoder."))
    return vae
