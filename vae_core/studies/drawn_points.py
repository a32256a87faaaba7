"""A model of points in the plane: its density by quadrature, its manifold, draws, and the bound beside log p(x) of the points."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from vae_core.autograd import in_full_precision
from vae_core.bounds import check_pixels
from vae_core.config import ModelConfig, TrainConfig, Variance
from vae_core.data.point_sets import REACH, Points, points_as_data
from vae_core.distributions import kl_to_standard_normal
from vae_core.errors import DataError
from vae_core.likelihoods import Gaussian
from vae_core.model import VAE
from vae_core.models import load_model_bytes, pack_model
from vae_core.posterior import BOX, FIRST_SPACING, Decoded, decode_points, lattice, require_usable
from vae_core.randomness import draw_normal, seeded
from vae_core.training import fit, start

CELLS = 64  # of the density, along each axis
SETTLED_STEPS, SETTLED_RISE = 5000, 0.05  # and nats
TOLERANCE = 0.01  # nats, of log p(x) of each point
MOST_POINTS = {1: 2**14, 2: 2**16}  # of a lattice of z, by latent size
MOST_PAIRS = 2**21  # of points x and z at a time
NODES = {1: 48, 2: 16}  # of the quadrature for the bound, along each axis
LINE = {1: 481, 2: 49}  # points of the manifold along each axis of z
LINE_REACH = 3.5  # how far the manifold goes from z = 0 at the least
DRAWS = 200
LEAST_SIGMA = 0.01
LEAST_LOG = -700.0  # nats; below it exp gives 0 in float64


class Lattice(NamedTuple):
    """p(x|z) at the points z of a square lattice, and the logarithm of p(z) times the volume of a cell, (points,). `coarse` are the rows
    of the points that a lattice of twice the spacing has too."""

    decoded: Decoded
    log_weight: Tensor
    coarse: Tensor

    def log_prob(self, x: Float[Tensor, "points data"]) -> tuple[Tensor, float]:
        """log p(x), (points,) in nats, and the most that it differs from the sum over the coarse points."""
        sums = []
        for piece in x.split(max(1, MOST_PAIRS // len(self.log_weight))):
            log_p = self.decoded.log_lik(piece) + self.log_weight
            most = log_p.amax(1, keepdim=True)
            shares = (log_p - most).float().exp_()  # float32 has digits enough for shares, and its exp is faster
            coarse = shares[:, self.coarse].sum(1).double() * 2.0 ** self.decoded.z.shape[1]
            sums.append(torch.stack([shares.sum(1).double(), coarse]).log() + most[:, 0])
        fine, coarse = torch.cat(sums, 1)
        return fine, float((fine - coarse).abs().max())

    def log_density(self, axis: Tensor) -> Float[Tensor, "rows columns"]:
        """log p(x) in nats at all places of a grid with this axis both ways, the lowest row first. The Gaussian factorises, so the sum
        over z is a product of matrices. At least `LEAST_LOG`."""
        loc, scale = (getattr(self.decoded.p.base_dist, name).double() for name in ("loc", "scale"))
        factors = [
            torch.exp(-0.5 * ((axis[:, None] - loc[:, k]) / scale[:, k]).square()) / scale[:, k] for k in range(2)
        ]
        density = (factors[1] * self.log_weight.exp()) @ factors[0].T / (2.0 * math.pi)
        return density.log().clamp(min=LEAST_LOG)


@dataclass(frozen=True, eq=False)
class PlanePicture:
    """A model of points in the plane. `log_density` (rows, columns) are nats at the middles of square cells that fill the drawing, the lowest row
    first. `line` (points, latent) are places of z, `means` and `scales` (points, 2) what they decode to; with two latent dimensions they
    are a square grid. `draws` (draws, 2) are x ~ p(x), with the same noise each time. `loc` and `scale` (points, latent) are q(z|x) of the drawn
    points, `elbo` their bounds (points,); None where no encoder is trained. `log_marginal` (points,) is their log p(x) by quadrature, in nats;
    halving the spacing changed none of them by more than `change`."""

    log_density: np.ndarray
    line: np.ndarray
    means: np.ndarray
    scales: np.ndarray
    draws: np.ndarray
    log_marginal: np.ndarray
    change: float
    loc: np.ndarray | None
    scale: np.ndarray | None
    elbo: np.ndarray | None


@in_full_precision
@torch.no_grad()
def plane_picture(
    vae: VAE, x: Float[Tensor, "points data"], *, has_encoder: bool = True, cells: int = CELLS, seed: int = 0
) -> PlanePicture:
    """All that the page Sketch shows of a model of points x (points, 2). DataError unless the model has two numbers x, at most two latent
    dimensions and a Gaussian decoder. NonFiniteBound where the encoder's q(z|x) is no distribution. It changes no run: its noise is that of `seed`."""
    check_plane(vae.config)
    check_pixels(vae, x)
    grid, log_marginal, change = _log_marginal(vae, x)
    axis = torch.linspace(-REACH, REACH, 2 * cells + 1, dtype=torch.float64, device="cpu")[1::2]
    generator = seeded(seed)
    z = draw_normal((DRAWS, vae.config.latent_dim), like=vae, generator=generator)
    draws = vae.likelihood.sample(vae.decode(z), generator)
    loc = scale = bound = None
    if has_encoder:
        q = vae.encode(x)
        require_usable(q)
        loc, scale, bound = _array(q.base_dist.loc), _array(q.base_dist.scale), _array(quadrature_bound(vae, x))
    line = manifold_places(vae.config.latent_dim, loc)
    p = vae.decode(line).base_dist
    return PlanePicture(
        _array(grid.log_density(axis)), _array(line), _array(p.loc), _array(p.scale), _array(draws), _array(log_marginal), change,
        loc, scale, bound,
    )  # fmt: skip


def plane_config(
    latent_dim: int, hidden: int, *, variance: Variance = "shared", sigma: float = LEAST_SIGMA
) -> ModelConfig:
    """The config of a model of points in the plane: two hidden layers of so many units, and a Gaussian decoder whose mean is any number. A
    learnt standard deviation never falls below `sigma`; a fixed one is `sigma`."""
    return ModelConfig(
        2,
        (1, 2),
        latent_dim,
        (hidden, hidden),
        Gaussian.name,
        mean="identity",
        variance=variance,
        variance_floor=sigma**2,
    )


def check_plane(config: ModelConfig) -> None:
    """DataError unless a model is one of points in the plane that this study can show."""
    if config.data_dim != 2 or config.latent_dim not in LINE or config.likelihood != Gaussian.name:
        raise DataError(
            f"the model must have data_dim 2, latent_dim 1 or 2 and a Gaussian decoder, got data_dim {config.data_dim}, latent_dim "
            f"{config.latent_dim} and {config.likelihood}"
        )


def manifold_places(latent_dim: int, loc: np.ndarray | None = None) -> Float[Tensor, "points latent"]:
    """The places of z whose decoded means are the manifold: a line, or a square grid. The line goes beyond all means `loc` (points, 1) of
    q(z|x), as far as `posterior.BOX`."""
    reach = LINE_REACH
    if latent_dim == 1 and loc is not None:
        reach = min(max(reach, 1.1 * float(np.abs(loc).max())), float(BOX))
    axis = torch.linspace(-reach, reach, LINE[latent_dim], dtype=torch.float32, device="cpu")
    return torch.cartesian_prod(*[axis] * latent_dim).reshape(-1, latent_dim)


def decode_lattice(vae: VAE, spacing: float) -> Lattice:
    """p(x|z) on a lattice of z that reaches `posterior.BOX` from 0 along each axis. One decoder pass a point."""
    steps = round(BOX / spacing)
    index = lattice([range(-steps, steps + 1)] * vae.config.latent_dim)
    z = (spacing * index.double()).to(vae.dtype)
    log_weight = vae.prior.log_prob(z).double() + index.shape[1] * math.log(spacing)
    return Lattice(decode_points(vae, z), log_weight, (index % 2 == 0).all(1).nonzero()[:, 0])


def _log_marginal(vae: VAE, x: Tensor) -> tuple[Lattice, Tensor, float]:
    """The spacing is halved until log p(x) of no point changes by more than `TOLERANCE`, or the lattice is as large as may be."""
    latent_dim = vae.config.latent_dim
    spacing = FIRST_SPACING[latent_dim]
    grid = decode_lattice(vae, spacing)
    log_marginal, change = grid.log_prob(x)
    while change > TOLERANCE and 2**latent_dim * len(grid.log_weight) <= MOST_POINTS[latent_dim]:
        spacing /= 2.0
        grid = decode_lattice(vae, spacing)
        log_marginal, change = grid.log_prob(x)
    return grid, log_marginal, change


@torch.no_grad()
def quadrature_bound(vae: VAE, x: Float[Tensor, "points data"]) -> Float[Tensor, " points"]:
    """The bound of each point, in nats (eq. 3): the KL is exact, and the mean over q(z|x) is a Gauss-Hermite quadrature with `NODES` nodes along
    each latent dimension, instead of draws."""
    latent_dim = vae.config.latent_dim
    nodes, weights = np.polynomial.hermite_e.hermegauss(NODES[latent_dim])
    eps, weight = (
        torch.cartesian_prod(*[torch.tensor(values, device="cpu")] * latent_dim).reshape(-1, latent_dim)
        for values in (nodes, weights / weights.sum())
    )
    q = vae.encode(x)
    z = q.base_dist.loc + q.base_dist.scale * eps.to(vae.dtype)[:, None]
    log_lik = vae.decode(z).log_prob(x).double()
    return weight.prod(1) @ log_lik - kl_to_standard_normal(q).double()


# -- training ------------------------------------------------------------------------------------------------------


class Moment(NamedTuple):
    """Where a training is: the step, the mean bound of the points (None without an encoder) and their mean log p(x), in nats."""

    step: int
    elbo: float | None
    log_marginal: float


def has_settled(moments: Sequence[Moment]) -> bool:
    """Whether a training hardly rises any more: in the second half of its steps, `SETTLED_STEPS` or more, its best bound rose by less than
    `SETTLED_RISE` nats. Without an encoder log p(x) counts. Earlier a flat curve says nothing: a spiral rests at -2.5 nats from step 1,000
    to 4,000, and comes to -1.9. After such a moment the page's sets rose by at most 0.09 nats until step 12,000, at the usual settings."""
    if not moments or moments[-1].step < SETTLED_STEPS:
        return False
    values = [(moment.step, moment.log_marginal if moment.elbo is None else moment.elbo) for moment in moments]
    half = moments[-1].step / 2
    early, every = [
        max((value for step, value in values if step <= until), default=-math.inf) for until in (half, moments[-1].step)
    ]
    return every - early < SETTLED_RISE


def train_points(
    points: Points, model_config: ModelConfig, train_config: TrainConfig, *, steps: int, every: int = 200
) -> Iterator[tuple[VAE, Moment]]:
    """Train on points (points, 2), as the page Sketch does, for so many steps. Gives the model and where it is, at the first step, every so
    many steps, and at the last one. Equal configs give equal numbers."""
    dataset = points_as_data(points)
    algorithm, generator = start(model_config, train_config)
    for event in fit(algorithm, dataset, generator=generator):
        is_last = event.step == steps or event.finished
        if event.step % every == 0 or is_last:
            picture = plane_picture(algorithm.vae, dataset.x_test, has_encoder=train_config.trains_encoder)
            yield algorithm.vae, moment_of(event.step, picture)
        if is_last:
            return


def gaussian_log_density(points: Float[np.ndarray, "points 2"]) -> float:
    """The mean log density of points under the one Gaussian that fits them best, in nats a point; nan where they lie on a line."""
    covariance = np.cov(np.asarray(points, dtype=np.float64).T, bias=True) if len(points) > 2 else np.zeros((2, 2))
    sign, log_det = np.linalg.slogdet(covariance)
    return -0.5 * float(2.0 * math.log(2.0 * math.pi) + log_det + 2.0) if sign > 0.0 else math.nan


def first_picture(points: Points, model_config: ModelConfig, train_config: TrainConfig) -> PlanePicture:
    """What `plane_picture` shows of points (points, 2) before the first step of their training. DataError for no points."""
    x = points_as_data(points).x_test
    return plane_picture(start(model_config, train_config)[0].vae, x, has_encoder=train_config.trains_encoder)


def moment_of(step: int, picture: PlanePicture) -> Moment:
    """The mean bound and the mean log p(x) of the points of a picture."""
    elbo = None if picture.elbo is None else float(picture.elbo.mean())
    return Moment(step, elbo, float(picture.log_marginal.mean()))


@torch.inference_mode(False)
@torch.no_grad()
def with_sigma(vae: VAE, config: ModelConfig) -> VAE:
    """The same encoder and decoded means in a model of another config, which differs in its variance alone. A variance that is learnt from
    now on begins where it is, at z = 0. ValueError for a config that differs in more."""
    if vae.config.replace(variance=config.variance, variance_floor=config.variance_floor) != config:
        raise ValueError(f"config must differ in its variance alone from {vae.config!r}, got {config!r}")
    model = VAE(config, generator=None)
    state = {name: tensor.clone() for name, tensor in vae.state_dict().items() if name != "log_var"}
    variance = vae.decode(torch.zeros(1, config.latent_dim, device="cpu")).base_dist.scale[0].square()
    log_var = (variance - config.variance_floor).clamp(min=1e-6).log()
    last = len(vae.decoder) - 1
    weight, bias = (state[f"decoder.{last}.{name}"][: config.data_dim] for name in ("weight", "bias"))
    if config.variance == "network":
        weight, bias = torch.cat([weight, torch.zeros_like(weight)]), torch.cat([bias, log_var])
    state |= {f"decoder.{last}.weight": weight, f"decoder.{last}.bias": bias}
    if model.log_var is not None:
        state["log_var"] = log_var.mean().expand_as(model.log_var)
    model.load_state_dict(state)
    return model


def model_file_with_sigma(content: bytes, config: ModelConfig) -> bytes:
    """`with_sigma` of the bytes of a model's file, as the bytes of a file. CheckpointError for what is no model."""
    vae, _ = load_model_bytes(content, "the model of the drawing")
    return content if vae.config == config else pack_model(with_sigma(vae, config))


def _array(tensor: Tensor) -> np.ndarray:
    return tensor.detach().cpu().numpy().astype(np.float32)
