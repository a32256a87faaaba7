"""Looking at a model: encoded means, the decoded manifold (App. A), paths between points, and what the code is worth:
its labels, its bits, its information (sec. 1 and 2.1). All without gradients of the model."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from vae_core.config import ModelConfig, require_choice, require_whole
from vae_core.distributions import kl_per_dim, kl_to_standard_normal, reparameterize
from vae_core.model import VAE
from vae_core.posterior import draw_normal

COORDINATES = ("latent", "probability")


@torch.no_grad()
def encoded_means(vae: VAE, x: Float[Tensor, "images data"], batch_size: int = 2000) -> Float[Tensor, "images latent"]:
    """The mean of q(z|x) of each image."""
    return torch.cat([vae.encode(x[i : i + batch_size]).mean for i in range(0, len(x), batch_size)])


@torch.no_grad()
def decoded_means(
    vae: VAE, z: Float[Tensor, "*points latent"], batch_size: int = 2000
) -> Float[Tensor, "*points data"]:
    """The mean of p(x|z) of each point: grey values, not samples."""
    flat = z.reshape(-1, z.shape[-1])
    means = [vae.decode(flat[i : i + batch_size]).mean for i in range(0, len(flat), batch_size)]
    return torch.cat(means).reshape(*z.shape[:-1], -1)


def grid_axis(cells: int, coordinates: str = "latent", extent: float = 3.5) -> Float[Tensor, "cells"]:
    """The latent values at the centres of `cells` equal cells, ascending.

    "latent": cells of [-extent, extent]. "probability": cells of the unit interval, through the inverse Gaussian CDF
    (App. A and figure 4), so that u_i = (i + 1/2) / cells.
    """
    require_choice("coordinates", coordinates, COORDINATES)
    require_whole("cells", cells, 1)
    u = (torch.arange(cells, dtype=torch.float64) + 0.5) / cells
    z = torch.special.ndtri(u) if coordinates == "probability" else (2.0 * u - 1.0) * extent
    return z.float()


def plane_points(
    latent_dim: int, across: Tensor, up: Tensor, axes: tuple[int, int] = (0, 1), rest: Tensor | None = None
) -> Float[Tensor, "rows columns latent"]:
    """Points of the plane of two latent axes, rows from the top (largest `up`) down; other dimensions stay at `rest`
    (default 0). With one latent dimension there is one row."""
    if latent_dim == 1:
        return across.reshape(1, -1, 1)
    z = torch.zeros(latent_dim) if rest is None else rest
    z = z.expand(len(up), len(across), latent_dim).clone()
    z[..., axes[0]] = across
    z[..., axes[1]] = up.flip(0)[:, None]
    return z


def manifold(
    vae: VAE, cells: int = 20, coordinates: str = "latent", extent: float = 3.5, axes: tuple[int, int] = (0, 1)
) -> Float[Tensor, "rows columns data"]:
    """The decoded means on a grid of the latent plane (figure 4), rows from the top (largest second axis) down."""
    axis = grid_axis(cells, coordinates, extent).to(vae.prior.mean)
    return decoded_means(vae, plane_points(vae.config.latent_dim, axis, axis, axes))


def mosaic(images: Float[Tensor, "rows columns data"], image_shape: tuple[int, int]) -> Float[Tensor, "height width"]:
    """A grid of flat images as one picture."""
    rows, columns = images.shape[:2]
    height, width = image_shape
    return images.reshape(rows, columns, height, width).permute(0, 2, 1, 3).reshape(rows * height, columns * width)


def straight_path(
    start: Float[Tensor, "latent"], end: Float[Tensor, "latent"], steps: int
) -> Float[Tensor, "steps latent"]:
    """`steps` points from start to end, both included."""
    require_whole("steps", steps, 2)
    t = torch.linspace(0.0, 1.0, steps).to(start)[:, None]
    return start + t * (end - start)


def spherical_path(
    start: Float[Tensor, "latent"], end: Float[Tensor, "latent"], steps: int
) -> Float[Tensor, "steps latent"]:
    """`steps` points from start to end whose direction turns evenly and whose length changes evenly: unlike the straight
    path it keeps the distance from the origin, which under the prior of many dimensions hardly varies."""
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
    t = torch.linspace(0.0, 1.0, steps).to(start)[:, None]
    if float(angle) < 1e-6:
        return straight_path(start, end, steps)
    direction = (torch.sin((1.0 - t) * angle) * a + torch.sin(t * angle) * b) / torch.sin(angle)
    return direction * (lengths[0] + t * (lengths[1] - lengths[0]))


class LatentUse(NamedTuple):
    """What each latent dimension carries, (latent,) each, over some images: the mean of KL(q(z_j|x) || p(z_j)) in nats with
    its standard error, the variance of the encoded mean, and whether the dimension is active (that variance above 0.01)."""

    kl: Tensor
    kl_error: Tensor
    variance: Tensor
    active: Tensor


@torch.no_grad()
def latent_use(vae: VAE, x: Float[Tensor, "images data"], threshold: float = 0.01) -> LatentUse:
    """The KL and the activity (Burda et al.) of each latent dimension over two or more images."""
    q = vae.encode(x)
    kl, variance = kl_per_dim(q), q.mean.var(0)
    return LatentUse(kl.mean(0), kl.std(0) / math.sqrt(len(x)), variance, variance > threshold)


def traversals(
    vae: VAE, z: Float[Tensor, "latent"], dims: list[int], values: Float[Tensor, "steps"]
) -> Float[Tensor, "dims steps data"]:
    """Decoded means as one latent dimension after the other takes each value, the others staying as in z."""
    points = z.expand(len(dims), len(values), -1).clone()
    for row, dim in enumerate(dims):
        points[row, :, dim] = values
    return decoded_means(vae, points)


@torch.no_grad()
def aggregate_masses(
    vae: VAE,
    x: Float[Tensor, "images data"],
    axes: tuple[int, int],
    across: Float[Tensor, "columns_and_one"],
    up: Float[Tensor, "rows_and_one"],
) -> Float[Tensor, "rows columns"]:
    """The probability that q(z), the even mixture of these images' q(z|x), has in each cell of a grid over two latent axes
    (edges ascending, rows too). Exact by Gaussian CDFs: a q narrower than a cell is neither lost nor overstated."""
    q = vae.encode(x).base_dist
    loc, scale = q.loc.double(), q.scale.double()
    shares = []
    for axis, edges in zip(axes, (across, up), strict=True):
        shares.append(torch.special.ndtr((edges.double() - loc[:, axis, None]) / scale[:, axis, None]).diff(dim=1))
    return shares[1].T @ shares[0] / len(x)


# -- representation and coding -----------------------------------------------------------------------------------


class Representation(NamedTuple):
    """Shares of test images, in [0, 1], whose class is found from their code, for the encoded means and for principal
    components of the same number: by a vote of the nearest training codes, and by a linear probe."""

    knn: float
    knn_pca: float
    probe: float
    probe_pca: float


class InformationSplit(NamedTuple):
    """`mean_kl = mutual_information + marginal_kl`, nats per image: what z says about x, and how far the codes of all
    images together, q(z), are from the prior."""

    mean_kl: float
    mutual_information: float
    marginal_kl: float


class CodeLength(NamedTuple):
    """What coding an image costs, in bits; fewer is better."""

    per_image: float
    per_pixel: float


@torch.no_grad()
def judge_representation(
    vae: VAE,
    x_train: Float[Tensor, "images data"],
    y_train: Int[Tensor, " images"],
    x_test: Float[Tensor, "others data"],
    y_test: Int[Tensor, " others"],
    *,
    neighbours: int = 5,
) -> Representation:
    """Judge the means of q(z|x) by labels that training never saw, beside PCA of the same size."""
    scores = []
    for train, test in (
        (encoded_means(vae, x_train), encoded_means(vae, x_test)),
        principal_components(x_train, x_test, vae.config.latent_dim),
    ):
        scores.append(knn_accuracy(train, y_train, test, y_test, neighbours))
        scores.append(probe_accuracy(train, y_train, test, y_test))
    return Representation(scores[0], scores[2], scores[1], scores[3])


def principal_components(
    x_train: Float[Tensor, "images data"], x_test: Float[Tensor, "others data"], count: int
) -> tuple[Tensor, Tensor]:
    """Both sets on the `count` directions of the largest variance of the training set, about its mean."""
    require_whole("count", count, 1)
    mean = x_train.mean(0)
    directions = torch.linalg.eigh((x_train - mean).T.double().cov()).eigenvectors[:, -count:].flip(1).to(x_train)
    return (x_train - mean) @ directions, (x_test - mean) @ directions


@torch.no_grad()
def probabilistic_pca(
    x_train: Float[Tensor, "images data"], latent_dim: int, image_shape: tuple[int, int], variance_floor: float = 1e-6
) -> VAE:
    """The linear VAE of the highest likelihood on these images, in closed form: probabilistic PCA. Its encoder is the
    exact posterior p(z|x), so its bound is log p(x), a density per pixel on the images' scale."""
    require_whole("latent_dim", latent_dim, 1)
    config = ModelConfig(
        data_dim=x_train.shape[1], image_shape=image_shape, latent_dim=latent_dim, hidden_dims=(),
        likelihood="gaussian", mean="identity", variance="shared", variance_floor=variance_floor,
    )  # fmt: skip
    mean = x_train.double().mean(0)
    values, vectors = torch.linalg.eigh((x_train.double() - mean).T.cov())
    noise, kept = values[:-latent_dim].mean(), values[-latent_dim:].flip(0)
    loadings = vectors[:, -latent_dim:].flip(1) * (kept - noise).sqrt()
    vae = VAE(config, generator=None)
    decode, encode = vae.decoder[0], vae.encoder[0]
    decode.weight.copy_(loadings)
    decode.bias.copy_(mean)
    encode.weight.zero_()
    encode.weight[:latent_dim] = (loadings / kept).T
    encode.bias[:latent_dim] = -(loadings / kept).T @ mean
    encode.bias[latent_dim:] = (noise / kept).log()
    vae.log_var.fill_((noise - variance_floor).log())
    return vae.eval()


def knn_accuracy(
    train: Float[Tensor, "images code"],
    y_train: Int[Tensor, " images"],
    test: Float[Tensor, "others code"],
    y_test: Int[Tensor, " others"],
    neighbours: int = 5,
) -> float:
    """The share of test codes whose class wins the vote of its nearest training codes; ties go to the lower class."""
    require_whole("neighbours", neighbours, 1)
    right = 0
    for codes, labels in zip(test.split(500), y_test.split(500), strict=True):
        nearest = torch.cdist(codes, train).topk(neighbours, largest=False).indices
        right += int((y_train[nearest].mode(1).values == labels).sum())
    return right / len(test)


def probe_accuracy(
    train: Float[Tensor, "images code"],
    y_train: Int[Tensor, " images"],
    test: Float[Tensor, "others code"],
    y_test: Int[Tensor, " others"],
    penalty: float = 1e-4,
) -> float:
    """The share of test codes that a softmax regression on standardised training codes classifies rightly."""
    mean, scale = train.mean(0), train.std(0).clamp(min=1e-8)
    train, test = ((codes - mean) / scale for codes in (train, test))
    weight = torch.zeros(train.shape[1] + 1, int(y_train.max()) + 1, dtype=train.dtype, requires_grad=True)
    optimizer = torch.optim.LBFGS([weight], max_iter=200, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimizer.zero_grad()
        value = torch.nn.functional.cross_entropy(train @ weight[:-1] + weight[-1], y_train)
        value = value + penalty * weight.square().sum()
        value.backward()
        return value

    with torch.enable_grad():
        optimizer.step(loss)
    return float(((test @ weight[:-1] + weight[-1]).argmax(1) == y_test).double().mean())


def code_length(elbo: Float[Tensor, " images"], data_dim: int) -> CodeLength:
    """The mean of -ELBO in bits: the length of a code for binary images by bits-back coding with z (sec. 2.1). For a
    Gaussian decoder, whose densities are not probabilities, it lacks the constant of the pixels' precision and may be
    negative."""
    bits = float(-elbo.double().mean()) / math.log(2.0)
    return CodeLength(bits, bits / data_dim)


@torch.no_grad()
def active_units(vae: VAE, x: Float[Tensor, "images data"], threshold: float = 0.01) -> int:
    """How many latent dimensions carry something: those whose encoded mean varies between images by more than
    `threshold` (in units of the prior's variance)."""
    return int(latent_use(vae, x, threshold).active.sum())


@torch.no_grad()
def split_information(
    vae: VAE, x: Float[Tensor, "images data"], *, num_samples: int = 1, generator: torch.Generator
) -> InformationSplit:
    """Split the mean of KL(q(z|x) || p(z)) over these images into the mutual information of image and code, and
    KL(q(z) || p(z)), q(z) the even mixture of all their q(z|x).

    Only E[log q(z)] is sampled; the parts add up exactly. The information is at most log(images), and reaches it once
    the codes do not overlap: of sharp codes it says only that. Costs num_samples * images^2 densities.
    """
    q = vae.encode(x)
    loc, scale = q.base_dist.loc.double(), q.base_dist.scale.double()
    precision = scale.square().reciprocal()
    constant = (loc.square() * precision + 2.0 * scale.log() + math.log(2.0 * math.pi)).sum(-1)
    total = torch.zeros((), dtype=torch.float64, device=x.device)
    for _ in range(num_samples):
        z = reparameterize(q, draw_normal(vae, tuple(loc.shape), generator)).double()
        for piece in z.split(500):
            log_q = piece @ (loc * precision).T - 0.5 * (piece.square() @ precision.T + constant)
            total = total + (log_q.logsumexp(1) - math.log(len(x))).sum()
    negative_entropy = -(scale.log() + 0.5 * math.log(2.0 * math.pi * math.e)).sum(-1).mean()
    information = float(negative_entropy - total / (num_samples * len(x)))
    mean_kl = float(kl_to_standard_normal(q).double().mean())
    return InformationSplit(mean_kl, information, mean_kl - information)
