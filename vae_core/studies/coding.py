"""Images on a stack of bits, step by step: what each takes, what a wrong bit does, what random bits decode to, and other programs
(bits-back coding, sec. 2.1)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from vae_core.coding.bits_back import PRECISION, Codec
from vae_core.coding.message import HEADER_BYTES, chain_of, first_words
from vae_core.coding.pixels import code_of
from vae_core.coding.rivals import Rival, rivals
from vae_core.coding.stack import TOP_BIT, WORD_BITS, Drained, Stack
from vae_core.config import require_whole
from vae_core.latent import decoded_means
from vae_core.model import VAE
from vae_core.randomness import seeded

WATCHED = 30  # images whose every step is kept
BOUND_DRAWS = 16


@dataclass(frozen=True, eq=False)
class Tower:
    """Images put on a stack one after the other, lengths in bits. `heights` (images, 4) are those of the stack before an image, without
    the bits that q(z|x) took, with its pixels, and with its z; `bounds` (images,) are the images' bounds as lengths. z, and the mean
    `loc` and `scale` of q(z|x), are (images, latent). Of the first images: `x`, `means` of p(x|z) and `pixel_bits` (watched, data), and in `words` the stack as words
    of 32 bits, at the beginning and after each of the three steps of each image. `comes_back`: all images were taken off again, bit for bit."""

    data_dim: int
    precision: int
    heights: np.ndarray
    bounds: np.ndarray
    z: np.ndarray
    loc: np.ndarray
    scale: np.ndarray
    x: np.ndarray
    means: np.ndarray
    pixel_bits: np.ndarray
    words: tuple[np.ndarray, ...]
    start: int
    message_bits: int
    comes_back: bool

    @property
    def taken(self) -> np.ndarray:
        """Bits that q(z|x) took off, (images,)."""
        return np.asarray(self.heights[:, 0] - self.heights[:, 1])

    @property
    def pixels(self) -> np.ndarray:
        """Bits of the pixels, (images,)."""
        return np.asarray(self.heights[:, 2] - self.heights[:, 1])

    @property
    def latent(self) -> np.ndarray:
        """Bits of z, (images,)."""
        return np.asarray(self.heights[:, 3] - self.heights[:, 2])

    @property
    def net(self) -> np.ndarray:
        """By how many bits the stack grew, (images,)."""
        return np.asarray(self.heights[:, 3] - self.heights[:, 0])

    @property
    def per_image(self) -> np.ndarray:
        """The height of the stack by the number of images on it, after each image."""
        return np.asarray(self.heights[:, 3] / np.arange(1, len(self.heights) + 1))

    @property
    def mean_per_image(self) -> np.ndarray:
        """The same for any of these images, in any order: the mean of what they take, and a share of the stack that was there."""
        return np.asarray(self.heights[0, 0] / np.arange(1, len(self.heights) + 1) + self.net.mean())


@dataclass(frozen=True, eq=False)
class Flip:
    """What comes off a stack with one wrong bit: images (taken off, data) as x, float32, in the order in which they come, whether each
    `is_right`, and how many could not be taken off for lack of bits. `image` is the one, counted from 0 in this order, in whose bits the
    wrong one lies."""

    x: np.ndarray
    is_right: np.ndarray
    lost: int
    image: int


@dataclass(frozen=True, eq=False)
class RandomBits:
    """Images that random bits decode to: x (images, data) float32, their z, and how many bits each used."""

    x: np.ndarray
    z: np.ndarray
    bits: np.ndarray


def codable(vae: VAE, x: Float[Tensor, "images data"]) -> Float[Tensor, "images data"]:
    """The images with grey values of 8 bits, which come back bit for bit; black and white images as they are."""
    return code_of(vae.likelihood).nearest(x)


def tower(
    vae: VAE, x: Float[Tensor, "images data"], *, precision: int = PRECISION, watched: int = WATCHED, seed: int = 0
) -> Tower:
    """Put images on a stack and take them off again. `seed` is that of the draws for the bounds, 16 an image; the coding draws nothing. Raises
    ValueError for pixels that would not come back."""
    require_whole("watched", watched, 0)
    codec = Codec(vae, precision)
    symbols = codec.pixels.symbols(x)
    chain = chain_of(codec, symbols)
    stack, words, generator = Stack(chain.start), [chain.start], seeded(seed)
    for image in symbols[:watched]:
        codec.push(stack, image, watch=lambda stack: words.append(stack.words()))
    cells = np.array([step.cells for step in chain.steps])
    q = np.array([codec.posterior(image) for image in symbols])
    points = torch.from_numpy(codec.point(cells[:watched])).to(vae.dtype).to(vae.device)
    pixel_bits = [
        codec.pixels.bits(image, *codec.decoded(step.cells))
        for image, step in zip(symbols[:watched], chain.steps, strict=False)
    ]
    return Tower(
        data_dim=symbols.shape[1],
        precision=precision,
        heights=np.array([step.heights for step in chain.steps]),
        bounds=np.array([codec.bound(image, BOUND_DRAWS, generator) for image in symbols]),
        z=codec.point(cells),
        loc=codec.point(q[:, 0]),
        scale=codec.point(q[:, 1]),
        x=x[:watched].cpu().numpy(),
        means=decoded_means(vae, points).cpu().numpy(),
        pixel_bits=np.array(pixel_bits).reshape(len(pixel_bits), symbols.shape[1]),
        words=tuple(words),
        start=WORD_BITS * len(chain.start),
        message_bits=8 * HEADER_BYTES + WORD_BITS * len(chain.words),
        comes_back=_comes_back(codec, chain.words, symbols, len(chain.start)),
    )


def _comes_back(codec: Codec, words: np.ndarray, symbols: np.ndarray, start: int) -> bool:
    stack = Stack(words)
    same = all([np.array_equal(codec.pop(stack), image) for image in symbols[::-1]])
    return same and np.array_equal(stack.words(), first_words(symbols, start))


def unlikeness(x: Float[np.ndarray, "images data"]) -> float:
    """By how much two of these images differ at a pixel, in the mean over all pairs. ValueError for fewer than two images."""
    if len(x) < 2:
        raise ValueError(f"x must have at least 2 images, got {len(x)}: two of them are compared")
    return float(np.mean([np.abs(image - x[:i]).mean() for i, image in enumerate(x) if i]))


def share_alike(x: Float[np.ndarray, "images data"], distance: float) -> float:
    """The share of these images that are alike: of all other images, how many differ from one by less than this distance at a pixel, in the mean,
    for the image of which most do. ValueError for fewer than two images."""
    if len(x) < 2:
        raise ValueError(f"x must have at least 2 images, got {len(x)}: two of them are compared")
    return max(float(np.mean(np.abs(np.delete(x, i, 0) - image).mean(1) < distance)) for i, image in enumerate(x))


def flip_bit(vae: VAE, x: Float[Tensor, "images data"], bit: int, *, precision: int = PRECISION) -> Flip:
    """Turn one bit of a stack of images over, the `bit`-th from the top, from 1 on, and take off what comes. ValueError for a bit that is
    not there."""
    require_whole("bit", bit, 1)
    codec = Codec(vae, precision)
    symbols = codec.pixels.symbols(x)
    chain = chain_of(codec, symbols)
    height = int(chain.steps[-1].heights[3])
    if bit > height:
        raise ValueError(f"bit must be at most the bits on the stack (={height:,}), got {bit:,}")
    words, place = chain.words.copy(), height - bit
    words[place // WORD_BITS] ^= np.uint32(1 << place % WORD_BITS)
    images: list[np.ndarray] = []
    try:
        stack = Stack(words)
        for _ in symbols:
            images.append(codec.pop(stack))
    except Drained:
        pass
    off = np.array(images, np.uint8).reshape(len(images), symbols.shape[1])
    ends = np.array([step.heights[0] for step in chain.steps])
    inside = len(symbols) - 1 - max(0, int(np.searchsorted(ends, place, side="right")) - 1)
    is_right = (off == symbols[::-1][: len(off)]).all(1)
    return Flip(codec.pixels.pixels(off).numpy(), is_right, len(symbols) - len(off), inside)


def decode_random(vae: VAE, count: int, *, seed: int, precision: int = PRECISION) -> RandomBits:
    """Take `count` images off a stack of random bits, which are drawn from `seed`: draws from p(z) p(x|z)."""
    require_whole("count", count, 1)
    codec = Codec(vae, precision)
    generator = seeded(seed)
    size = 64 + count * (codec.data_dim * codec.pixels.levels.bit_length() + 16 * codec.latent_dim) // WORD_BITS
    words = (
        torch.randint(0, 2**WORD_BITS, (size,), generator=generator, dtype=torch.int64, device="cpu")
        .numpy()
        .astype(np.uint32)
    )
    words[-1] |= TOP_BIT
    stack, cells, symbols, heights = Stack(words), [], [], []
    for _ in range(count):
        heights.append(stack.height)
        z, image = codec.draw(stack)
        cells.append(z)
        symbols.append(image)
    bits = -np.diff([*heights, stack.height])
    return RandomBits(codec.pixels.pixels(np.array(symbols)).numpy(), codec.point(np.array(cells)), bits)


def compare_codes(vae: VAE, x: Float[Tensor, "images data"]) -> list[Rival]:
    """What other programs make of the same images, in bits for all of them. The codes that count pixels count on these images alone."""
    codec = Codec(vae)
    return rivals(codec.pixels.symbols(x), vae.config.image_shape, codec.pixels.levels)
