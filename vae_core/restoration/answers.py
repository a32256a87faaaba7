"""What posterior draws say of an image: its distinct answers, and groups of like images."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from vae_core.importance import ROWS_AT_A_TIME
from vae_core.model import VAE
from vae_core.posterior import NEGLIGIBLE, Grid
from vae_core.restoration.observations import Observation
from vae_core.restoration.proposals import log_density

MOST_COMPLETIONS = 6
MOST_REPRESENTATIVES = 4
VISIBLE = 0.5  # how much the means of two groups of images must differ in some pixel, of its range of 1
BARRIER = 3.0  # nats that log p may fall on the straight line between two draws of one answer
STOPS = 7  # points on that line where log p is evaluated


class Completion(NamedTuple):
    """One of the distinct answers: its share of the posterior, by draws or by a grid, the most probable draw z (latent,) among them, and
    E[x|z, y] (data,) there."""

    weight: float
    z: Tensor
    image: Tensor


def find_completions(
    vae: VAE,
    y: Tensor,
    observation: Observation,
    z: Float[Tensor, "samples batch latent"],
    grids: Sequence[Grid] = (),
) -> list[list[Completion]]:
    """The distinct answers among posterior draws. Two draws belong to one answer if log p(z, y) falls nowhere on the straight line
    between them more than `BARRIER` nats below the lower of its ends.

    The most probable draw represents the first answer, with all draws that it reaches; the most probable of the remaining draws
    represents the second, and so on. After `MOST_COMPLETIONS` answers, each remaining draw joins the one with the lowest
    barrier. A Gaussian posterior has one answer in any dimension, since log p never dips between two points. In many dimensions
    a shallow dip can be missed: draws lie on a shell, and lines between them run inside it, where log p is higher. One answer
    can contain unlike images, if one changes into the other without a dip: `find_representatives` shows those.

    The weights are shares of the draws, or, where `grids` has p(z|y) of each image, its mass: each point of the grid belongs to the
    answer of the nearest draw.
    """
    density, size = partial(log_density, vae, y, observation), max(1, ROWS_AT_A_TIME // len(y))
    log_p = torch.cat([density(piece) for piece in z.split(size)])
    along = torch.linspace(0.0, 1.0, STOPS + 2, dtype=z.dtype, device=z.device)[1:-1, None, None, None]
    free, lowest = torch.ones_like(log_p, dtype=torch.bool), torch.full_like(log_p, math.inf)
    answer = torch.zeros_like(log_p, dtype=torch.long)
    leaders: list[Tensor] = []
    while bool(free.any()) and len(leaders) < MOST_COMPLETIONS:
        leader = torch.where(free, log_p, -math.inf).argmax(0, keepdim=True)
        at = z.gather(0, leader[..., None].expand(-1, -1, z.shape[-1]))
        stops = (at + along * (z - at)).flatten(0, 1)
        path = torch.cat([density(piece) for piece in stops.split(size)]).unflatten(0, (STOPS, -1))
        barrier = torch.minimum(log_p, log_p.gather(0, leader)) - path.amin(0)
        barrier.scatter_(0, leader, -math.inf)
        closer = free & (barrier < lowest)
        answer, lowest = torch.where(closer, len(leaders), answer), torch.where(closer, barrier, lowest)
        free = free & (barrier > BARRIER)
        leaders.append(leader[0])
    completions = []
    for i, leaders_of in enumerate(torch.stack(leaders, 1)):
        counts = torch.bincount(answer[:, i], minlength=len(leaders))
        weights = _masses(grids[i], z[:, i], answer[:, i], len(leaders)) if grids else counts.double() / len(z)
        inputs = vae, y[i : i + 1], observation.for_images(slice(i, i + 1))
        completions.append(_completions_of(*inputs, z[leaders_of, i], weights))
    return completions


def _masses(grid: Grid, z: Tensor, answer: Tensor, count: int) -> Float[Tensor, " answers"]:
    """The mass of p(z|y) of each answer, on the grid of one image; z (draws, latent) with their answers."""
    log_p = grid.log_joint[0].double()
    near = log_p > log_p.amax() + NEGLIGIBLE
    mass = log_p[near].softmax(0)
    nearest = torch.cat([torch.cdist(points, z).argmin(1) for points in grid.points[near].split(ROWS_AT_A_TIME)])
    return torch.zeros(count, dtype=mass.dtype, device=mass.device).index_add_(0, answer[nearest], mass)


def _completions_of(
    vae: VAE, y: Tensor, observation: Observation, best: Float[Tensor, "answers latent"], weights: Tensor
) -> list[Completion]:
    """The answers of one image, the heaviest first. Leaders without draws are left out."""
    order = [k for k in weights.argsort(descending=True, stable=True).tolist() if weights[k] > 0.0]
    best = best[order]
    images = observation.mean_x(vae.decode(best[:, None]), y)[:, 0]
    return [Completion(*fields) for fields in zip(weights[order].tolist(), best, images, strict=True)]


@torch.no_grad()
def find_representatives(
    vae: VAE, y: Tensor, observation: Observation, z: Float[Tensor, "samples batch latent"]
) -> list[list[Completion]]:
    """What the draws look like: groups of similar E[x|z, y] by Ward's method, at most `MOST_REPRESENTATIVES`, whose means differ
    pairwise by more than `VISIBLE` in some pixel. Each group is given by its share of the draws and the draw nearest to its mean.
    A continuum is divided too: unlike in `find_completions`, two groups need not be two modes of p(z|y).
    """
    return [
        _representatives_of(vae, y[i : i + 1], observation.for_images(slice(i, i + 1)), z[:, i]) for i in range(len(y))
    ]


def _representatives_of(vae: VAE, y: Tensor, observation: Observation, z: Tensor) -> list[Completion]:
    """The groups of one image, the most frequent first."""
    from scipy.cluster.hierarchy import fcluster, linkage  # imported late: nothing else here needs it

    images = observation.mean_x(vae.decode(z[:, None]), y)[:, 0]
    tree = linkage(images.double().cpu(), "ward") if len(z) > 1 else None
    for count in range(MOST_REPRESENTATIVES if len(z) > 1 else 1, 0, -1):
        label = torch.zeros(len(z), dtype=torch.long, device="cpu")
        if count > 1:
            label = torch.from_numpy(fcluster(tree, count, "maxclust")).long().unique(return_inverse=True)[1]
        members = [(label == k).nonzero()[:, 0].to(z.device) for k in range(int(label.max()) + 1)]
        means = torch.stack([images[rows].mean(0) for rows in members])
        differences = (means[:, None] - means).abs().amax(2)
        if bool(
            (differences + torch.eye(len(means), dtype=differences.dtype, device=differences.device) > VISIBLE).all()
        ):
            break
    nearest = [rows[(images[rows] - mean).square().sum(1).argmin()] for rows, mean in zip(members, means, strict=True)]
    representatives = [
        Completion(len(rows) / len(z), z[k], images[k]) for rows, k in zip(members, nearest, strict=True)
    ]
    return sorted(representatives, key=lambda completion: -completion.weight)
