"""Repair: y is what is left of a damaged image, and p(z|y) says what the image may have been (sec. 1 and 2.1)."""

from __future__ import annotations

import base64
import binascii
import itertools
import math
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from vae_core.config import ModelConfig, require_choice
from vae_core.data.records import require_sides
from vae_core.errors import DataError
from vae_core.latent import EXTENT, decoded_means, mass_above
from vae_core.likelihoods import likelihood_of
from vae_core.model import VAE
from vae_core.posterior import DecodedGrid, Grid
from vae_core.randomness import seeded
from vae_core.restoration.answers import Completion, find_representatives
from vae_core.restoration.block_means import BlockMeans
from vae_core.restoration.chains import restoration_steps
from vae_core.restoration.distances import psnr, total_variation
from vae_core.restoration.grid import observation_grid
from vae_core.restoration.observations import BitFlips, GaussianNoise, Mask, Observation, hidden_part, random_mask
from vae_core.restoration.restore import restore

COVER, NOISE, COARSE = "cover pixels", "noise", "low resolution"
BLOCKS = ("lower-half", "right-half", "centre", "random-50", "random-80")
FACTORS = (2, 4, 7, 3, 5)
CELLS = 220  # p(z|y) is drawn in at most so many cells along an axis of the plane
MOST_CELLS = 2000  # its raster has no more along an axis of the grid
TOLERANCE = 0.02  # nats by which halving the spacing may change log p(y)
CHAINS = {  # what the page calls them: (the method of `restoration_steps`, steps that are played)
    "pseudo-Gibbs": ("pseudo_gibbs", 200),
    "Metropolis-within-Gibbs": ("metropolis_within_gibbs", 200),
    "HMC": ("posterior", 100),
}
ALIKE, OF_ONE, OF_TWO = 20, 10, 14  # the most similar images, and how many of them must be of one class, or of two
Image = np.ndarray | Tensor  # (data_dim,)


# -- the damage --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Damage:
    """What is done to x: `kind` is COVER, NOISE or COARSE; `hidden` says which pixels are covered (a name in `BLOCKS`, or
    `hidden_text`), `level` is the noise's probability or scale, `factor` the blocks' side; `seed` names the draw of the noise."""

    kind: str
    hidden: str = ""
    level: float = 0.0
    factor: int = 1
    seed: int = 0


def block(name: str, image_shape: tuple[int, ...]) -> Bool[np.ndarray, " pixels"]:
    """The hidden pixels (height * width) of a block of `BLOCKS`; random ones are the same draw every time. A hidden pixel of a colour
    image is hidden in all channels."""
    require_choice("name", name, BLOCKS)
    if name.startswith("random-"):
        share = int(name.removeprefix("random-")) / 100.0
        return ~random_mask((image_shape[0] * image_shape[1],), share, generator=seeded(0)).numpy()
    return ~hidden_part(name, image_shape[:2]).numpy()


def hidden_text(hidden: Bool[np.ndarray, " pixels"]) -> str:
    """Hidden pixels as text: a bit a pixel, in base64 with - and _."""
    return base64.urlsafe_b64encode(np.packbits(hidden).tobytes()).decode().rstrip("=")


def hidden_pixels(text: str, image_shape: tuple[int, ...]) -> Bool[np.ndarray, " pixels"]:
    """The hidden pixels (height * width) that a block's name or `hidden_text` stands for. Raises vc.DataError for other text."""
    require_sides("image_shape", image_shape, 3 if len(image_shape) == 3 else 2)
    if text in BLOCKS:
        return block(text, image_shape)
    try:
        bits = np.unpackbits(np.frombuffer(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), np.uint8))
    except (binascii.Error, ValueError, IndexError):
        bits = np.zeros(0, np.uint8)
    count = image_shape[0] * image_shape[1]
    if len(bits) != 8 * math.ceil(count / 8):
        raise DataError(f"the hidden part must have {count} pixels, as this model's images")
    return bits[:count].astype(bool)


def factors(image_shape: tuple[int, ...]) -> list[int]:
    """The sides of blocks that fill the images exactly."""
    return [side for side in FACTORS if all(length % side == 0 for length in image_shape[:2])] or [1]


def observe(config: ModelConfig, x: Image, damage: Damage) -> tuple[Tensor, Observation]:
    """y (1, observed) and how it came from x. Raises ValueError where the damage does not go with the model."""
    require_choice("kind", damage.kind, (COVER, NOISE, COARSE))
    x = x if isinstance(x, Tensor) else torch.as_tensor(x, device="cpu")
    if x.shape != (config.data_dim,):
        raise DataError(f"x must be one image, (data_dim={config.data_dim},), got the shape {tuple(x.shape)}")
    if damage.kind == COVER:
        hidden = hidden_pixels(damage.hidden, config.image_shape)
        observed = torch.from_numpy(~hidden.repeat(config.data_dim // len(hidden)))
        return torch.where(observed, x, torch.nan)[None], Mask(observed)
    observation: Observation
    if damage.kind == COARSE:
        observation = BlockMeans(damage.factor, config.image_shape)
    elif likelihood_of(config).binary:
        observation = BitFlips(damage.level)
    else:
        observation = GaussianNoise(damage.level)
    return observation.corrupt(x[None], generator=seeded(damage.seed)), observation


# -- the repair --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Answer:
    """One answer: its share of the draws of p(z|y), a z in its midst (latent,), and E[x|z, y] there (data_dim,)."""

    weight: float
    z: np.ndarray
    image: np.ndarray


@dataclass(frozen=True, eq=False)
class Raster:
    """p(z|y) on the plane in square cells: the lower left corner, the side of a cell, and for each cell (rows from the bottom
    up) the share of the mass that lies in denser cells."""

    corner: tuple[float, float]
    cell: float
    denser: np.ndarray


@dataclass(frozen=True, eq=False)
class Repair:
    """An image repaired: `observed`, what is seen, as an image, and which of its pixels are `certain`; E[x|y] and its standard
    deviation, all (data_dim,); draws of z (draws, latent), the answers from the heaviest on, `kinds` of like images among the
    draws; PSNR in dB against x of what is seen (nan where that makes no image) and of the mean; `warnings`; p(z|y) as a raster
    where there are two latent dimensions. `widest`: the standard deviation that pictures of the uncertainty show white, for
    black-and-white pixels the largest possible, else the largest here."""

    observed: np.ndarray
    certain: np.ndarray
    mean: np.ndarray
    std: np.ndarray
    z: np.ndarray
    answers: tuple[Answer, ...]
    kinds: tuple[Answer, ...]
    psnr_observed: float
    psnr: float
    warnings: tuple[str, ...]
    raster: Raster | None
    widest: float

    @property
    def share_error(self) -> float:
        """The largest standard error that an answer's share can have: 0 on a grid, else that of a share of a half of the draws."""
        return 0.0 if self.z.shape[1] <= 2 else 0.5 / math.sqrt(len(self.z))

    @property
    def uncertainty(self) -> np.ndarray:
        """The standard deviation as a picture (data_dim,) in [0, 1]."""
        return self.std / self.widest


@torch.no_grad()
def repair(
    vae: VAE,
    x: Image,
    damage: Damage,
    *,
    num_samples: int = 100,
    coarse: DecodedGrid | None = None,
    reach: float = EXTENT,
) -> Repair:
    """Infer x from what is seen of it, by draws of z ~ p(z|y) with the seed of the damage. Raises ValueError with the rule that
    was broken. `coarse` is `decoded_grid` of the model: with two latent dimensions it saves most of the decoder's passes. The
    raster is fine enough for a plane with this `reach`."""
    y, observation = observe(vae.config, x, damage)
    generator = seeded(damage.seed)
    restoration = restore(
        vae, y, observation, num_samples=num_samples, tolerance=TOLERANCE, coarse=coarse, generator=generator
    )
    observed, certain = _observed_image(vae.config, y, damage)
    where, original = ~certain if damage.kind == COVER else np.ones_like(certain), np.asarray(x)
    mean, std = restoration.mean[0].numpy(), restoration.std[0].numpy()
    return Repair(
        observed,
        certain,
        mean,
        std,
        restoration.z[:, 0].numpy(),
        _answers(restoration.completions[0]),
        _answers(find_representatives(vae, y, observation, restoration.z)[0]),
        math.nan if damage.kind == COVER else _psnr_over(observed, original, where),
        _psnr_over(mean, original, where),
        restoration.diagnostics.problems,
        raster(restoration.grids[0], reach) if vae.config.latent_dim == 2 else None,
        0.5 if vae.likelihood.binary else max(1e-6, float(std.max())),
    )


def _answers(completions: list[Completion]) -> tuple[Answer, ...]:
    return tuple(
        Answer(completion.weight, completion.z.numpy(), completion.image.numpy()) for completion in completions
    )


@torch.no_grad()
def likely_classes(
    vae: VAE,
    z: Float[np.ndarray, "answers latent"],
    reconstructions: Float[np.ndarray, "images data"],
    labels: np.ndarray,
) -> list[tuple[int, ...]]:
    """The class that the picture of each answer's z looks like; two where it is between them, the likelier first; none where that is
    not clear. Of the `ALIKE` images whose reconstructions (`studies.reconstruct`) are nearest to it, pixel by pixel, `OF_ONE` must be of one
    class, and fewer than half as many of any other; or `OF_TWO` of two classes. Images themselves are not compared, because a blurred
    picture is nearest to those with little ink. `labels` (images,) are the images' classes."""
    pictures = torch.as_tensor(reconstructions, device="cpu")
    answers = decoded_means(vae, torch.as_tensor(z, dtype=vae.dtype, device=vae.device)).to(pictures)
    count = min(ALIKE, len(pictures))
    alike = torch.cdist(answers, pictures).topk(count, largest=False).indices.numpy()
    return [_likeliest(np.bincount(labels[rows], minlength=2) / count) for rows in alike]


def _likeliest(shares: np.ndarray) -> tuple[int, ...]:
    """One class, two or none, by the share of the similar images that each class has."""
    first, second = (-shares).argsort(kind="stable")[:2].tolist()
    if 2 * shares[second] < shares[first]:
        return (first,) if shares[first] * ALIKE >= OF_ONE else ()
    return (first, second) if (shares[first] + shares[second]) * ALIKE >= OF_TWO else ()


def _observed_image(config: ModelConfig, y: Tensor, damage: Damage) -> tuple[np.ndarray, np.ndarray]:
    """The observation as an image (data_dim,), and which pixels are certain."""
    values = y[0].numpy()
    if damage.kind == COVER:
        return np.nan_to_num(values), ~np.isnan(values)
    if damage.kind == COARSE:
        blocks = values.reshape(BlockMeans(damage.factor, config.image_shape).observed_shape)
        values = blocks.repeat(damage.factor, 0).repeat(damage.factor, 1).reshape(-1)
    return values, np.zeros(config.data_dim, bool)


def _psnr_over(image: np.ndarray, x: np.ndarray, where: np.ndarray) -> float:
    """PSNR over some pixels; nan without pixels."""
    return psnr(float(np.square(image - x, dtype=np.float64)[where].mean())) if where.any() else math.nan


# -- p(z|y) on a grid --------------------------------------------------------------------------------------------


def raster(grid: Grid, reach: float) -> Raster:
    """p(z|y) in square cells with the grid's spacing as their side; the side is larger if a plane of this `reach` would need more
    than `CELLS` of them."""
    cell = grid.spacing * max(1, math.ceil(2.0 * reach / grid.spacing / CELLS))
    first, last = grid.points.amin(0), grid.points.amax(0)
    cell *= max(1, math.ceil(float((last - first).max()) / cell / MOST_CELLS))  # a grid far from the prior is wide
    index = ((grid.points - first) / cell).round().long()
    columns, rows = (index.amax(0) + 1).tolist()
    place = index[:, 1] * columns + index[:, 0]
    mass = torch.zeros(rows * columns, dtype=torch.float64, device="cpu")
    mass.index_add_(0, place, grid.log_joint[0].double().softmax(0))
    denser = mass_above(mass, own=0.0).clamp(0.0, 1.0)
    denser[mass == 0.0] = 1.0
    corner = first.double() - 0.5 * cell
    return Raster((float(corner[0]), float(corner[1])), cell, denser.reshape(rows, columns).numpy())


# -- the chain ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Chain:
    """A chain, from its start on: z (steps, latent), an image of each step (steps, data_dim), whether the step moved
    (steps,), and with two latent dimensions the total variation between its z and p(z|y), and that of as many exact draws."""

    z: np.ndarray
    images: np.ndarray
    moved: np.ndarray
    distance: tuple[float, float] | None


@torch.no_grad()
def chain(vae: VAE, x: Image, damage: Damage, method: str, *, coarse: DecodedGrid | None = None) -> Chain:
    """One chain by a method of `CHAINS`, with the seed of the damage."""
    require_choice("method", method, tuple(CHAINS))
    y, observation = observe(vae.config, x, damage)
    name, count = CHAINS[method]
    steps = restoration_steps(vae, y, observation, method=name, num_chains=1, generator=seeded(damage.seed))
    states = list(itertools.islice(steps, count + 1))
    z = torch.stack([state.z.reshape(-1) for state in states])
    images = torch.stack([state.x.reshape(-1) for state in states])
    moved = np.concatenate([[True], (z[1:] != z[:-1]).any(1).numpy()])
    distance = None
    if vae.config.latent_dim == 2:
        variation = total_variation(z[1:, None], observation_grid(vae, y, observation, TOLERANCE, coarse=coarse))
        distance = float(variation.value), float(variation.floor)
    return Chain(z.numpy(), images.numpy(), moved, distance)
