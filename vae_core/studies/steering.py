"""Moving z by meaning: one attribute of the decoded image changes, and the others stay as far as possible; and the plain way, along
one direction."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Real

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from vae_core.attributes import attributes_of, difference, measure
from vae_core.autograd import constant_weights, needs_gradients
from vae_core.config import require_whole
from vae_core.errors import DataError, described
from vae_core.latent import decoded_means, encoded_means
from vae_core.model import VAE
from vae_core.randomness import draw_normal, seeded
from vae_core.studies.paths import usual_radius

STEPS = 12  # that the goal takes from the beginning to what was asked
SETTLING = 4  # more steps, with the goal at rest
ASKED, HELD = 10.0, 1.0  # weights of what was asked and of what shall stay
DAMPING = 0.02  # of the squares of a step in z
LONGEST_STEP = 0.4  # in z
PARTS = (1.0, 0.5, 0.25, 0.125)  # of a step: the first that comes nearer to the goal is made, else none
METHOD = {  # for the browser, which does the same
    "steps": STEPS, "settling": SETTLING, "asked": ASKED, "held": HELD, "damping": DAMPING, "longest": LONGEST_STEP, "parts": PARTS,
}  # fmt: skip
EDGES = (0.01, 0.99)  # of the images' attributes: what can be asked for
LEAST_RANGE = 0.3  # in the attribute's unit: one with a smaller range is not offered
DRAWN = 1000  # codes from the prior, where there are no images

Point = Sequence[float] | np.ndarray | Tensor


@dataclass(frozen=True, eq=False)
class Handles:
    """Which attributes of a model's images can be asked for, (attributes,) each: their `names`, in what range, `low` to `high`, and the
    standard deviation `scale` over the decoded images. `directions` (attributes, latent): by how much z changes where an attribute grows by
    one unit, by linear regression of the images' codes on it. `rows` are their places among `attributes_of` these images."""

    names: tuple[str, ...]
    rows: tuple[int, ...]
    low: np.ndarray
    high: np.ndarray
    scale: np.ndarray
    directions: np.ndarray


@dataclass(frozen=True, eq=False)
class Steered:
    """A way through latent space: z (steps, latent), decoded means (steps, data), the attributes (steps, attributes) that these
    measure, in the order of `names`, and |z| (steps,). `usual_radius`: 5, 50 and 95 % of draws from the prior have a smaller |z|."""

    names: tuple[str, ...]
    z: np.ndarray
    images: np.ndarray
    measured: np.ndarray
    radius: np.ndarray
    usual_radius: tuple[float, float, float]


@dataclass(frozen=True, eq=False)
class Sweep:
    """One attribute asked for again and again: the values `asked` (values,), and what the decoded images measure of all attributes,
    (values, attributes), the `steered` ones and those of the `plain` way."""

    asked: np.ndarray
    steered: np.ndarray
    plain: np.ndarray


def changed_most(about: Handles, way: Steered, asked: Sequence[str], image_shape: tuple[int, ...]) -> int | None:
    """The place among `about.names` of the attribute that changed most from the way's beginning to its end, in standard deviations of
    the images, of those that nobody `asked` for; None where none of these can be measured."""
    turns = [attributes_of(image_shape)[row].turn for row in about.rows]
    first, last = (torch.from_numpy(way.measured[step]) for step in (0, -1))
    change = difference(last, first, turns).abs().numpy() / about.scale
    rest = [row for row, name in enumerate(about.names) if name not in asked and np.isfinite(change[row])]
    return max(rest, key=lambda row: float(change[row]), default=None)


# -- what can be asked for ---------------------------------------------------------------------------------------


@torch.no_grad()
def handles(vae: VAE, x: Float[Tensor, "images data"] | None, *, seed: int = 0) -> Handles:
    """What can be asked for, by the decoded means at the codes of the images x; where there are none or one, at 1,000 draws from the
    prior, with this seed."""
    latent_dim = vae.config.latent_dim
    if x is None or len(x) < 2:
        z = draw_normal((DRAWN, latent_dim), like=vae, generator=seeded(seed))
    else:
        z = encoded_means(vae, x)
    shape = vae.config.image_shape
    measured = measure(decoded_means(vae, z).double(), shape)
    is_measured = torch.isfinite(measured)
    usable = is_measured[:, is_measured.double().mean(0) > 0.5].all(1)  # what most images lack is not offered
    measured, z = measured[usable], z[usable].double()
    if len(z) < 2:
        return _no_handles(latent_dim)
    about = attributes_of(shape)
    middle = measured.median(0).values
    gap = difference(measured, middle, [attribute.turn for attribute in about])
    edges = torch.quantile(gap, torch.tensor(EDGES, dtype=gap.dtype, device="cpu"), 0)
    rows = [row for row in range(len(about)) if bool(edges[1, row] - edges[0, row] >= LEAST_RANGE)]
    low, high = (middle + edges).numpy()
    for row in rows:
        if about[row].turn:
            low[row], high[row] = 0.0, about[row].turn
    spread = gap - gap.mean(0)
    slopes = (spread.T @ (z - z.mean(0)) / spread.square().sum(0)[:, None].clamp(min=torch.finfo(z.dtype).tiny))[rows]
    names = tuple(about[row].name for row in rows)
    return Handles(names, tuple(rows), low[rows], high[rows], gap.std(0)[rows].numpy(), slopes.numpy())


def _no_handles(latent_dim: int) -> Handles:
    none = np.zeros(0)
    return Handles((), (), none, none, none, np.zeros((0, latent_dim)))


# -- moving z ----------------------------------------------------------------------------------------------------


def steer(vae: VAE, start: Point, asked: Mapping[str, float], about: Handles) -> Steered:
    """Move z from `start` (latent,) until its decoded mean measures what was `asked`, by name, such as {"slant": 20.0}; the other
    attributes of `about` shall stay. In each of STEPS + SETTLING steps the goal goes a part of the way, and z follows by damped least
    squares. With J the Jacobian of the attributes in z, one backward pass for each, and r what is missing, both in units of `scale` and
    weighted (ASKED, HELD),

        dz = J' (J J' + DAMPING I)^-1 r

    which makes |J dz - r|^2 + DAMPING |dz|^2 smallest. No step is longer than LONGEST_STEP, and one that would lead away from the goal is
    shortened: so z comes to rest also where no image has what was asked. ValueError for a name that `about` has not."""
    return _steered(vae, _ways(vae, start, [asked], about)[:, 0], about)


def steer_plainly(vae: VAE, start: Point, asked: Mapping[str, float], about: Handles) -> Steered:
    """The plain way: a straight line along one direction for each attribute that was asked, as far as the regression says. It knows
    nothing of the decoder's bends, nor of the other attributes."""
    return _steered(vae, _point(vae, start) + _parts(1.0) * _plain_change(vae, start, [asked], about), about)


def sweep(
    vae: VAE, start: Point, name: str, asked: Mapping[str, float], about: Handles, *, num_values: int = 13
) -> Sweep:
    """Ask for so many values of one attribute, evenly from `low` to `high`, with all else that was `asked` kept, both ways."""
    require_whole("num_values", num_values, 2)
    row = _row(name, about)
    grid = np.linspace(about.low[row], about.high[row], num_values)
    goals = [{**asked, name: float(value)} for value in grid]
    steered = _measured(vae, _ways(vae, start, goals, about)[-1], about)
    plain = _measured(vae, _point(vae, start) + _plain_change(vae, start, goals, about), about)
    return Sweep(grid, steered.numpy(), plain.numpy())


def _ways(
    vae: VAE, start: Point, asked: Sequence[Mapping[str, float]], about: Handles
) -> Float[Tensor, "steps goals latent"]:
    now, change, is_asked = _goals(vae, start, asked, about)
    weights = torch.where(is_asked, ASKED, HELD).to(now)
    path = [_point(vae, start).expand(len(asked), -1)]
    for step in range(1, STEPS + SETTLING + 1):
        path.append(_step(vae, path[-1], now + min(1.0, step / STEPS) * change, weights, about))
    return torch.stack(path)


def _plain_change(
    vae: VAE, start: Point, asked: Sequence[Mapping[str, float]], about: Handles
) -> Float[Tensor, "goals latent"]:
    _, change, _ = _goals(vae, start, asked, about)
    return change @ torch.from_numpy(about.directions)


def _parts(whole: float) -> Float[Tensor, "steps 1"]:
    return torch.linspace(0.0, float(whole), STEPS + 1, dtype=torch.float64, device="cpu")[:, None]


def _row(name: str, about: Handles) -> int:
    if name not in about.names:
        raise ValueError(
            f"name must be one of {', '.join(about.names) or 'none, as nothing varies'}, got {described(name)}"
        )
    return about.names.index(name)


def _require_finite(name: str, value: float) -> None:
    if isinstance(value, bool) or not isinstance(value, Real) or not math.isfinite(value):
        raise ValueError(f"{name} must be a finite number, got {described(value)}")


def _point(vae: VAE, z: Point) -> Float[Tensor, "latent"]:
    point = torch.as_tensor(z, dtype=torch.float64, device="cpu").detach()
    if point.shape != (vae.config.latent_dim,):
        raise DataError(
            f"a point must have latent_dim (={vae.config.latent_dim}) numbers, got the shape {tuple(point.shape)}"
        )
    return point


def _goals(
    vae: VAE, start: Point, asked: Sequence[Mapping[str, float]], about: Handles
) -> tuple[Tensor, Tensor, Tensor]:
    """The attributes at the start (attributes,), by how much each shall change (goals, attributes), and which of them were asked for."""
    now = _measured(vae, _point(vae, start)[None], about)[0]
    wanted, is_asked = now.repeat(len(asked), 1), torch.zeros(len(asked), len(now), dtype=torch.bool, device="cpu")
    for goal, values in enumerate(asked):
        for name, value in values.items():
            _require_finite(f"asked[{name!r}]", value)
            wanted[goal, _row(name, about)] = value
            is_asked[goal, _row(name, about)] = True
    return now, _difference(vae, wanted, now, about), is_asked


@torch.no_grad()
def _measured(vae: VAE, z: Float[Tensor, "points latent"], about: Handles) -> Float[Tensor, "points attributes"]:
    return measure(decoded_means(vae, z.to(vae.dtype)).double(), vae.config.image_shape)[:, list(about.rows)]


def _difference(vae: VAE, value: Tensor, other: Tensor, about: Handles) -> Tensor:
    turns = [attributes_of(vae.config.image_shape)[row].turn for row in about.rows]
    return difference(value, other, turns)


@needs_gradients
def _jacobian(vae: VAE, z: Float[Tensor, "points latent"], about: Handles) -> tuple[Tensor, Tensor]:
    """The attributes at each z, and how they change with it, (points, attributes, latent): one backward pass an attribute, all at once."""
    points = z.to(vae.dtype)[:, None].repeat(1, len(about.rows), 1).requires_grad_()
    with constant_weights():
        images = vae.decode(points).mean
    values = measure(images.double(), vae.config.image_shape)[..., list(about.rows)]
    (slopes,) = torch.autograd.grad(values.diagonal(dim1=1, dim2=2).sum(), points)
    return values[:, 0].detach(), slopes.double()


def _step(vae: VAE, z: Tensor, goals: Tensor, weights: Tensor, about: Handles) -> Tensor:
    if not about.rows:
        return z
    now, jacobian = _jacobian(vae, z, about)
    unit = weights / torch.from_numpy(about.scale)
    slopes, missing = unit[..., None] * jacobian, unit * _difference(vae, goals, now, about)
    usable = torch.isfinite(slopes).all(-1).all(-1) & torch.isfinite(missing).all(-1)
    slopes, missing = (
        slopes.where(usable[:, None, None], 0.0),
        missing.where(usable[:, None], 0.0),
    )  # a black image has no slope: here the way ends
    square = slopes @ slopes.mT + DAMPING * torch.eye(len(about.rows), device="cpu").to(slopes)
    change = (slopes.mT @ torch.linalg.solve(square, missing)[..., None])[..., 0]
    change *= LONGEST_STEP / change.norm(dim=-1, keepdim=True).clamp(min=LONGEST_STEP)
    nearer, best = z, missing.norm(dim=-1)
    is_made = torch.zeros(len(z), dtype=torch.bool, device="cpu")
    for part in PARTS:
        there = z + part * change
        gap = (unit * _difference(vae, goals, _measured(vae, there, about), about)).norm(dim=-1)
        is_nearer = ~is_made & (gap < best)
        nearer, is_made = torch.where(is_nearer[:, None], there, nearer), is_made | is_nearer
    return nearer


def _steered(vae: VAE, z: Float[Tensor, "steps latent"], about: Handles) -> Steered:
    images = decoded_means(vae, z.to(vae.dtype))
    return Steered(
        about.names, z.numpy(), images.numpy(), _measured(vae, z, about).numpy(), z.norm(dim=1).numpy(),
        usual_radius(vae.config.latent_dim),
    )  # fmt: skip
