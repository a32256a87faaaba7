"""A closer look at one test image: q(z|x) on the plane, the true posterior on a grid, the best Gaussians there, draws
of z, and the thumbnails of all encoded images."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import streamlit as st
import torch
from torch import Tensor

import vae_core as vc
from app.components.thumbnails import pack_thumbnails
from app.session.images import examples_for
from app.session.models import LoadedModel
from app.state.planes import Plane, on_plane
from vae_core import distributions, latent, posterior
from vae_core.randomness import draw_normal

SIDES = (81, 321)  # fewest and most points of a grid along each axis
HELD = -16.0  # nats below its peak down to which the posterior is inside the grid
REACH = 6.0  # standard deviations of q inside the grid
AGREE = 1e-3  # nats by which the grid's log p(x) may differ from the refined one's
NARROWEST = 0.8  # smallest scale of a q, in spacings: sums over the grid mean nothing below
MOST_CLIMBS, SETTLED = 100, 1e-7  # natural-gradient steps; nats that one more could still gain
DRAWS = 8
IMAGE, CLOSER = "map_image", "closer"  # keys of the map's widgets that a pressed thumbnail sets


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

    key: str
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


def decoded_grid(model: LoadedModel) -> posterior.DecodedGrid | None:
    """The model's p(x|z) on a coarse grid over the prior and the encoded means, decoded when first asked for; over the
    prior alone where the means lie too far out. None with more than two latent dimensions."""
    return _decoded_grid(model.key, _model=model) if model.vae.config.latent_dim <= 2 else None


@st.cache_resource(show_spinner="Decoding the latent plane…", max_entries=4)
@torch.no_grad()
def _decoded_grid(key: str, _model: LoadedModel) -> posterior.DecodedGrid | None:
    vae, examples = _model.vae, examples_for(_model)
    nowhere = torch.zeros(1, vae.config.latent_dim)
    means = vae.encode(examples.x).mean if examples else nowhere
    return posterior.decode_grid(vae, means) or posterior.decode_grid(vae, nowhere)


def close_up(model: LoadedModel, row: int) -> CloseUp | None:
    """None unless there are two latent dimensions."""
    return _close_up(model.key, row, _model=model) if model.vae.config.latent_dim == 2 else None


@st.cache_data(show_spinner="Summing over the latent plane…", max_entries=128)
def _close_up(key: str, row: int, _model: LoadedModel) -> CloseUp:
    vae, x, coarse = _model.vae, examples_for(_model).x[row : row + 1], decoded_grid(_model)
    with torch.no_grad():
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
        f"{key}/{row}",
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


def _dense_grid(vae: vc.VAE, x: Tensor, middle: Tensor, reach: float, side: int) -> tuple[Tensor, Tensor, float]:
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
    found: list[tuple[Tensor, Tensor, float]] = []
    for turned in (False, True):
        tries = [_climb(points, log_joint, *start, NARROWEST * spacing, turned) for start in starts]
        elbos = [_judged(points, log_joint, spacing, *one).elbo for one in tries]
        found.append(tries[int(np.argmax(elbos))])
        starts = [(found[0][0], found[0][1].square().diag()), starts[1]]
    return found


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
            seen = look(there, wide)
            if seen[0] > elbo + 0.1 * rate * gain:
                break
            rate /= 2.0
        else:
            break
        loc, root, (elbo, along, spread) = there, wide, seen
    values, vectors = torch.linalg.eigh(root @ root.T)
    if not turned:
        return loc, root.diagonal(), 0.0
    angle = math.atan2(float(vectors[1, 0]), float(vectors[0, 0]))
    return loc, values.sqrt(), (angle + math.pi / 2.0) % math.pi - math.pi / 2.0


def plain_q(one: Gaussian) -> list[float]:
    """As the browser has it: mean, scales along its axes, angle."""
    return [*one.loc, *one.scale, one.angle]


def ellipse_numbers(shown: CloseUp) -> dict[str, Any]:
    """All that the browser needs to compute the bound of any Gaussian on the image's grid, without the grid itself."""
    return {
        "id": shown.key,
        "low": list(shown.low),
        "spacing": shown.spacing,
        "side": len(shown.log_joint),
        "peak": float(shown.log_joint.max()),
        "narrowest": NARROWEST * shown.spacing,
        "levels": list(shown.levels),
        "elbos": {name: getattr(shown, name).elbo for name in ("encoder", "aligned", "best")},
        "encoder": plain_q(shown.encoder),
        "aligned": plain_q(shown.aligned),
        "best": plain_q(shown.best),
    }


def remember_q() -> None:
    """Put the q that was let go of into the page's link: mean, scales along its axes, angle."""
    q = (st.session_state.get("ellipse") or {}).get("q")
    if q:
        st.query_params["q"] = ",".join(f"{value:.5g}" for value in q)


def keep_q_of(shown: CloseUp) -> None:
    """Where another image is looked at than before, the link loses its q."""
    if st.session_state.setdefault("q_of", shown.key) != shown.key:
        st.session_state["q_of"] = shown.key
        st.query_params.pop("q", None)


# -- q(z|x) and draws from it ------------------------------------------------------------------------------------


@torch.no_grad()
def encoded(model: LoadedModel, row: int) -> tuple[np.ndarray, np.ndarray]:
    """loc and scale of q(z|x) of one example, (latent,) each."""
    q = model.vae.encode(examples_for(model).x[row]).base_dist
    return q.loc.numpy(), q.scale.numpy()


def gaussian_on_plane(plane: Plane, loc: np.ndarray, scale: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean (2,) and covariance (2, 2) on a plane of N(loc, diag(scale^2)). With one latent dimension the plane's other axis
    is the class, in which q does not spread."""
    covariance = np.zeros((2, 2))
    size = len(plane.basis)
    covariance[:size, :size] = (plane.basis * scale**2) @ plane.basis.T
    return on_plane(plane, loc[None])[0], covariance


@dataclass(frozen=True, eq=False)
class Draws:
    """Draws of z from one image's q(z|x): z (draws, latent), the mean of p(x|z) at each (draws, data_dim), and log p(x|z) of the
    image at each (draws,), nats."""

    z: np.ndarray
    images: np.ndarray
    log_lik: np.ndarray


@torch.no_grad()
def draws(model: LoadedModel, row: int, seed: int) -> Draws:
    """Draws by eq. (4), z = mean + scale * eps."""
    vae, x = model.vae, examples_for(model).x[row]
    generator = torch.Generator().manual_seed(seed)
    eps = draw_normal((DRAWS, vae.config.latent_dim), like=vae, generator=generator)
    z = distributions.reparameterize(vae.encode(x), eps)
    p = vae.decode(z)
    return Draws(z.numpy(), p.mean.numpy(), p.log_prob(x).numpy())


def draw_again() -> None:
    """Other noise from now on."""
    st.session_state["draw_seed"] = draw_seed() + 1


def draw_seed() -> int:
    return st.session_state.get("draw_seed", 0)


# -- thumbnails --------------------------------------------------------------------------------------------------


def thumbnails(model: LoadedModel, chart: str, *, pictures: bool, listed: bool, choosable: bool) -> bytes | None:
    """For the browser: all examples' `pictures` in one sprite where wanted; the encoded means and labels where the nearest
    to the point are `listed`; whether an image is `choosable` by a click on its dot. None without examples."""
    if examples_for(model) is None:
        return None
    return _thumbnails(model.key, chart, pictures or listed, listed, choosable, _model=model)


@st.cache_data(show_spinner=False, max_entries=32)
def _thumbnails(key: str, chart: str, pictures: bool, listed: bool, choosable: bool, _model: LoadedModel) -> bytes:
    examples, config = examples_for(_model), _model.vae.config
    header = {"id": key, "chart": chart, "listed": listed, "choosable": choosable, "names": None}
    if listed and examples.labels is not None:
        header["names"] = [examples.class_names[label] for label in examples.labels]
    means = latent.encoded_means(_model.vae, examples.x).numpy() if listed else np.zeros((0, config.latent_dim))
    return pack_thumbnails(header, means, examples.x.numpy() if pictures else None, config.image_shape)


def note_wanted() -> None:
    """The browser asks for pictures; from then on this session has them."""
    st.session_state["thumbnails_wanted"] = True


def thumbnails_wanted() -> bool:
    """Whether the browser has asked for pictures in this session."""
    return st.session_state.get("thumbnails_wanted", False)


def choose_thumbnail() -> None:
    """Look at the posterior of the image that was pressed, from the next run of the page on."""
    row = (st.session_state.get("thumbnails") or {}).get("row")
    if row is not None:
        st.session_state[IMAGE] = int(row) + 1
        st.session_state[CLOSER] = "posterior"
        st.session_state["thumbnail_chosen"] = True


def thumbnail_was_chosen() -> bool:
    """True once after each choice: the whole page has to follow, not only the thumbnails."""
    return st.session_state.pop("thumbnail_chosen", False)


def fit_image_number(count: int) -> None:
    """Before the widget of the chosen image: another model may have fewer images."""
    if st.session_state.get(IMAGE, 1) > count:
        st.session_state[IMAGE] = count
