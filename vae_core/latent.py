"""Looking at a latent space: encoded means, the decoded manifold (App. A), paths between points, what each dimension carries.
Nothing here needs gradients of the model."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from vae_core.autograd import in_full_precision
from vae_core.averages import error_of_mean
from vae_core.bounds import require_images
from vae_core.config import TrainConfig, require_choice, require_number, require_whole
from vae_core.distributions import kl_per_dim
from vae_core.model import VAE
from vae_core.posterior import decode_points
from vae_core.randomness import draw_normal, seeded
from vae_core.settings import as_sizes
from vae_core.sizes import FLOAT_BYTES, require_memory

COORDINATES = ("latent", "probability")
Q, POSTERIOR = MEANS_OF = ("q(z|x)", "p(z|x)")
DOUBLE_BYTES = 8
CANDIDATES = 1000
MAP_CELLS = 20  # along each side of a decoded plane, as in figure 4
FEW_CELLS, FEW_PIXELS = 12, 12  # larger cells for images whose longer side has so few pixels or fewer
EXTENT = 3.5  # how far from 0 the latent plane is decoded by default
ACTIVE_VARIANCE = 0.01  # a dimension is active where its encoded means vary more, in units of the prior's variance


def require_index(name: str, value: Any, count: int) -> None:
    """ValueError unless it is a whole number from 0 on, below `count`."""
    require_whole(name, value, 0)
    if value >= count:
        raise ValueError(f"{name} must be below {count}, got {value}")


@torch.no_grad()
def encoded_means(vae: VAE, x: Float[Tensor, "images data"], batch_size: int = 2000) -> Float[Tensor, "images latent"]:
    """The mean of q(z|x) of each image. DataError for what are no images of this model.

    >>> import vae_core as vc
    >>> vae, x = vc.load_pretrained("digits-2d"), vc.load_data("digits").x_test[:3].round()
    >>> vc.encoded_means(vae, x).shape
    torch.Size([3, 2])
    """
    require_whole("batch_size", batch_size, 1)
    require_images(vae, x)
    return torch.cat([vae.encode(x[i : i + batch_size]).mean for i in range(0, len(x), batch_size)])


def means_of(config: TrainConfig) -> str:
    """Which distribution's mean is an image's place in the latent space, for a model with this training: q(z|x), or p(z|x) if no
    encoder was trained."""
    return Q if config.trains_encoder else POSTERIOR


def image_means(vae: VAE, x: Float[Tensor, "images data"], of: str = Q) -> Float[Tensor, "images latent"]:
    """Where each image lies in the latent space: the mean of q(z|x) (`encoded_means`) or of p(z|x) (`posterior_means`)."""
    require_choice("of", of, MEANS_OF)
    return encoded_means(vae, x) if of == Q else posterior_means(vae, x)


@in_full_precision
@torch.no_grad()
def posterior_means(vae: VAE, x: Float[Tensor, "images data"]) -> Float[Tensor, "images latent"]:
    """The mean of p(z|x) of each image, without the encoder: the mean of CANDIDATES draws from the prior, the same for all images,
    weighted by p(x|z). It is good with two latent dimensions and poor with many, where few draws have any weight."""
    z = draw_normal((CANDIDATES, vae.config.latent_dim), like=vae, generator=seeded(0))
    weights = decode_points(vae, z).log_lik(x).softmax(-1)
    return weights.to(z.dtype) @ z


@torch.no_grad()
def decoded_means(
    vae: VAE, z: Float[Tensor, "*points latent"], batch_size: int = 2000
) -> Float[Tensor, "*points data"]:
    """The mean of p(x|z) of each point: grey values, not samples. TooLarge for more points than fit into memory."""
    require_whole("batch_size", batch_size, 1)
    count = z.numel() // max(1, z.shape[-1])
    require_memory(
        2 * FLOAT_BYTES * count * vae.config.data_dim,
        f"the images of {count:,} points",
        "decode fewer points at a time",
    )
    flat = z.reshape(-1, z.shape[-1])
    means = [vae.decode(flat[i : i + batch_size]).mean for i in range(0, len(flat), batch_size)]
    return torch.cat(means).reshape(*z.shape[:-1], -1)


def grid_axis(cells: int, coordinates: str = "latent", extent: float = EXTENT) -> Float[Tensor, "cells"]:
    """The latent values at the centres of `cells` equal cells, ascending.

    "latent": cells of [-extent, extent]. "probability": cells of the unit interval, through the inverse Gaussian CDF
    (App. A and figure 4), so that u_i = (i + 1/2) / cells.
    """
    require_choice("coordinates", coordinates, COORDINATES)
    require_whole("cells", cells, 1)
    require_number("extent", extent, above=0.0)
    require_memory(DOUBLE_BYTES * cells, f"cells (={cells:,}) of an axis", "choose fewer cells")
    u = (torch.arange(cells, dtype=torch.float64, device="cpu") + 0.5) / cells
    z = torch.special.ndtri(u) if coordinates == "probability" else (2.0 * u - 1.0) * float(extent)
    return z.float()


def map_cells(image_shape: tuple[int, ...]) -> int:
    """How many cells a decoded plane has along each side."""
    return FEW_CELLS if max(image_shape[:2]) <= FEW_PIXELS else MAP_CELLS


def plane_points(
    latent_dim: int, across: Tensor, up: Tensor, axes: tuple[int, int] = (0, 1), rest: Tensor | None = None
) -> Float[Tensor, "rows columns latent"]:
    """Points of the plane of two latent axes, rows from the top (largest `up`) down; other dimensions stay at `rest`
    (default 0). With one latent dimension there is one row."""
    require_whole("latent_dim", latent_dim, 1)
    if latent_dim == 1:
        return across.reshape(1, -1, 1)
    axes = as_sizes("axes", axes, 2)
    if len(axes) != 2:
        raise ValueError(f"axes must be two of the latent dimensions, got {axes}")
    for axis in axes:
        require_index("each of axes", axis, latent_dim)
    require_memory(
        across.dtype.itemsize * len(up) * len(across) * latent_dim,
        f"{len(up):,} x {len(across):,} points of a plane",
        "choose fewer cells",
    )
    z = across.new_zeros(latent_dim) if rest is None else rest
    z = z.expand(len(up), len(across), latent_dim).clone()
    z[..., axes[0]] = across
    z[..., axes[1]] = up.flip(0)[:, None]
    return z


def manifold(
    vae: VAE, cells: int = 20, coordinates: str = "latent", extent: float = EXTENT, axes: tuple[int, int] = (0, 1)
) -> Float[Tensor, "rows columns data"]:
    """The decoded means on a grid of the latent plane (figure 4), rows from the top (largest second axis) down.

    >>> import vae_core as vc
    >>> vc.manifold(vc.load_pretrained("digits-2d"), cells=5).shape
    torch.Size([5, 5, 64])
    """
    require_whole("cells", cells, 1)
    rows = cells if vae.config.latent_dim > 1 else 1
    require_memory(
        2 * FLOAT_BYTES * rows * cells * vae.config.data_dim, f"{rows:,} x {cells:,} images", "choose fewer cells"
    )
    axis = grid_axis(cells, coordinates, extent).to(vae.prior.mean)
    return decoded_means(vae, plane_points(vae.config.latent_dim, axis, axis, axes))


def mosaic(
    images: Float[Tensor, "rows columns data"], image_shape: tuple[int, ...]
) -> Float[Tensor, "height width *channels"]:
    """A grid of flat images as one picture, grey or in colour as the images are."""
    rows, columns = images.shape[:2]
    height, width, *channels = image_shape
    cells = images.reshape(rows, columns, height, width, *channels).transpose(1, 2)
    return cells.reshape(rows * height, columns * width, *channels)


def straight_path(
    start: Float[Tensor, "latent"], end: Float[Tensor, "latent"], steps: int
) -> Float[Tensor, "steps latent"]:
    """`steps` evenly spaced points from start to end, both included."""
    require_whole("steps", steps, 2)
    return start + _shares_of_way(start, steps) * (end - start)


def spherical_path(
    start: Float[Tensor, "latent"], end: Float[Tensor, "latent"], steps: int
) -> Float[Tensor, "steps latent"]:
    """`steps` points from start to end whose direction turns evenly and whose length changes evenly. Unlike the straight
    path it stays at the typical distance from the origin, which hardly varies under a prior with many dimensions."""
    require_whole("steps", steps, 2)
    lengths = torch.stack([start, end]).norm(dim=-1)
    if float(lengths.min()) == 0.0:
        raise ValueError("a spherical path needs two points that are not the origin; take the straight path")
    a, b = start / lengths[0], end / lengths[1]
    angle = 2.0 * torch.atan2(
        (a - b).norm(), (a + b).norm()
    )  # arccos of a @ b, without its loss of digits near 0 and pi
    if float((a + b).norm()) < 1e-6:
        raise ValueError("a spherical path between opposite points has no one direction; take the straight path")
    t = _shares_of_way(start, steps)
    if float(angle) < 1e-6:
        return straight_path(start, end, steps)
    direction = (torch.sin((1.0 - t) * angle) * a + torch.sin(t * angle) * b) / torch.sin(angle)
    return direction * (lengths[0] + t * (lengths[1] - lengths[0]))


def _shares_of_way(start: Tensor, steps: int) -> Float[Tensor, "steps one"]:
    """0 to 1 in even steps, in the dtype of the points."""
    require_memory(start.dtype.itemsize * steps * len(start), f"steps (={steps:,}) of a path", "choose fewer steps")
    return torch.linspace(0.0, 1.0, steps, dtype=torch.float32, device="cpu").to(start)[:, None]


class LatentUse(NamedTuple):
    """What each latent dimension carries, (latent,) each, over some images: the mean of KL(q(z_j|x) || p(z_j)) in nats with
    its standard error, the variance of the encoded mean, and whether the dimension is active (that variance above 0.01)."""

    kl: Tensor
    kl_error: Tensor
    variance: Tensor
    active: Tensor


@torch.no_grad()
def latent_use(
    vae: VAE, x: Float[Tensor, "images data"], threshold: float = ACTIVE_VARIANCE, *, is_sequence: bool = False
) -> LatentUse:
    """The KL and the activity (Burda et al.) of each latent dimension. One image alone has no standard error (nan), and its
    variance is 0. `is_sequence`: the images are frames of a film (`error_of_mean`)."""
    q = vae.encode(x)
    kl, variance = kl_per_dim(q), torch.zeros_like(q.mean[0]) if len(x) == 1 else q.mean.var(0)
    return LatentUse(kl.mean(0), error_of_mean(kl, is_sequence=is_sequence), variance, variance > threshold)


def traversals(
    vae: VAE, z: Float[Tensor, "latent"], dims: list[int], values: Float[Tensor, "steps"]
) -> Float[Tensor, "dims steps data"]:
    """Decoded means at `traversed`."""
    return decoded_means(vae, traversed(z, dims, values))


def traversed(
    z: Float[Tensor, "latent"], dims: list[int], values: Float[Tensor, "steps"]
) -> Float[Tensor, "dims steps latent"]:
    """Points where one latent dimension at a time takes each value and the others stay as in z."""
    for dim in dims:
        require_index("each of dims", dim, len(z))
    points = z.expand(len(dims), len(values), -1).clone()
    for row, dim in enumerate(dims):
        points[row, :, dim] = values
    return points


@in_full_precision
@torch.no_grad()
def aggregate_masses(
    vae: VAE,
    x: Float[Tensor, "images data"],
    axes: tuple[int, int],
    across: Float[Tensor, "columns_and_one"],
    up: Float[Tensor, "rows_and_one"],
) -> Float[Tensor, "rows columns"]:
    """The probability that q(z), the even mixture of these images' q(z|x), has in each cell of a grid over two latent axes
    (edges ascending, rows too). Gaussian CDFs make it exact, also for a q narrower than a cell."""
    q = vae.encode(x).base_dist
    loc, scale = q.loc.double(), q.scale.double()
    shares = []
    for axis, edges in zip(axes, (across, up), strict=True):
        shares.append(torch.special.ndtr((edges.double() - loc[:, axis, None]) / scale[:, axis, None]).diff(dim=1))
    return shares[1].T @ shares[0] / len(x)


def mass_above(mass: Float[Tensor, "*cells"], *, own: float) -> Float[Tensor, "*cells"]:
    """For each cell the mass of all denser cells and the share `own` of its own: the smallest region that holds half of the mass
    ends where this is 0.5."""
    ranks = mass.flatten().argsort(descending=True, stable=True)
    ranked = mass.flatten()[ranks]
    above = torch.empty_like(ranked)
    above[ranks] = ranked.cumsum(0) - (1.0 - own) * ranked
    return above.view_as(mass)
