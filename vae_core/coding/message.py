"""A message: images as bytes, which say by themselves what they need to be read.

| bytes | content |
| ---: | --- |
| 8 | `aevbcode` |
| 1, 1, 2 | version of the format (1), `precision` of z, grey levels of a pixel |
| 4, 4, 4 | how many images, numbers per image, 32-bit words on the stack at the beginning |
| 32 | SHA-256 of the model: of `pack_model(vae)`, its file without what the header says of data and training |
| 32 | SHA-256 of the whole message with these bytes as zeros |
| rest | the stack: words of 32 bits, the top one last |

All numbers are little-endian. The bits on the stack at the beginning are not lost: they are the SHAKE-256 of the images, as many bits
as are needed. When all images are taken off, they lie there again, and say whether the images are the right ones.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from torch import Tensor

from vae_core.coding.bits_back import LEAST_PRECISION, MOST_PRECISION, PRECISION, Codec, Coded
from vae_core.coding.stack import LEAST_WORDS, TOP_BIT, WORD_BITS, Drained, Stack
from vae_core.data.binarization import check_finite, check_images
from vae_core.errors import MessageError, TooLarge
from vae_core.model import VAE, require_passes
from vae_core.models import pack_model
from vae_core.sizes import require_memory

MAGIC, VERSION = b"aevbcode", 1
FIELDS = struct.Struct("<8sBBHIII32s")
HEADER_BYTES = FIELDS.size + hashlib.sha256().digest_size
MOST_START = 2**20  # words on the stack at the beginning
SPARE_BITS = 8
BYTES_PER_PIXEL = 8  # of the images while they are read: whole numbers, float32, and a copy
REMEDY = "give fewer images at a time"
Progress = Callable[[int, int], None]


class Header(NamedTuple):
    """What a message says of itself; `model` is the SHA-256 of its model in hexadecimal digits."""

    precision: int
    levels: int
    images: int
    data_dim: int
    start: int
    model: str


class Chain(NamedTuple):
    """Images on one stack, in the order in which they were put on; the last comes off first. `start` are the words at the beginning,
    `words` those at the end."""

    start: np.ndarray
    words: np.ndarray
    steps: tuple[Coded, ...]


def compress(
    vae: VAE, x: Float[Tensor, "images data"], *, precision: int = PRECISION, progress: Progress | None = None
) -> bytes:
    """Images as a message, lossless: about -ELBO / ln 2 bits each (eq. 3), and some to begin with. `decompress` gives them back bit for bit.

    A Bernoulli decoder takes pixels that are 0 or 1, the others grey values of 8 bits. z lies on a grid of cells of the width
    2^-precision: the finer it is, the closer one image comes to its bound, and the more bits the first one needs. `progress` is told how many
    images of how many are done. The message is a function of the model and x: nothing is drawn at random. Costs a pass through the encoder
    and one through the decoder for each image. UnsuitablePixels for pixels that would not come back.
    """
    check_images(x, vae.config.data_dim, check_values=check_finite)
    codec = Codec(vae, precision)
    symbols = codec.pixels.symbols(x)
    require_passes(vae, 2 * len(symbols), f"compressing {len(symbols):,} images", REMEDY)
    chain = chain_of(codec, symbols, progress=progress)
    about = FIELDS.pack(
        MAGIC,
        VERSION,
        precision,
        codec.pixels.levels,
        *symbols.shape,
        len(chain.start),
        bytes.fromhex(model_sha256(vae)),
    )
    stack = chain.words.astype("<u4").tobytes()
    return about + _checksum(about, stack) + stack


def decompress(vae: VAE, message: bytes, *, progress: Progress | None = None) -> Float[Tensor, "images data"]:
    """The images of a message of `compress`, float32, bit for bit. MessageError for a message of another model, one that is damaged, and
    for bytes that are none. Costs a pass through the decoder and one through the encoder for each image."""
    header, stack = read_header(message)
    if header.model != model_sha256(vae):
        raise MessageError(
            f"the message was written with the model of the SHA-256 {header.model[:16]}…, and this one has {model_sha256(vae)[:16]}…: "
            "give the model with which the images were compressed"
        )
    codec = Codec(vae, header.precision)
    if (header.levels, header.data_dim) != (codec.pixels.levels, codec.data_dim):
        raise _damaged(
            f"its images have {header.data_dim:,} numbers of {header.levels:,} levels, and the model's have others"
        )
    require_memory(BYTES_PER_PIXEL * header.images * header.data_dim, f"a message of {header.images:,} images", REMEDY)
    require_passes(vae, 2 * header.images, f"reading {header.images:,} images", REMEDY)
    symbols = images_of(codec, np.frombuffer(stack, "<u4").astype(np.uint32), header, progress)
    return codec.pixels.pixels(symbols)


def read_header(message: bytes) -> tuple[Header, bytes]:
    """What a message says of itself, and its stack. MessageError unless it is whole and of a format that can be read."""
    if not message.startswith(MAGIC):
        raise MessageError(
            f"this is no message of `aevb compress`: it begins with {bytes(message[:8]).hex(' ') or 'nothing'}, not with {MAGIC.hex(' ')}; "
            "give the file that it wrote"
        )
    if len(message) < HEADER_BYTES + 4 * LEAST_WORDS:
        raise _damaged(f"it has {len(message):,} bytes, and the shortest has {HEADER_BYTES + 4 * LEAST_WORDS}")
    _, version, precision, levels, images, data_dim, start, model = FIELDS.unpack_from(message)
    if version != VERSION:
        raise MessageError(
            f"the message has the format {version}, and this version reads {VERSION}: install a newer version"
        )
    stack = bytes(message[HEADER_BYTES:])
    if _checksum(message[: FIELDS.size], stack) != message[FIELDS.size : HEADER_BYTES]:
        raise _damaged("its bytes do not have the checksum that was written with them")
    header = Header(precision, levels, images, data_dim, start, model.hex())
    words = len(stack) // 4
    if (
        len(stack) % 4
        or not LEAST_PRECISION <= precision <= MOST_PRECISION
        or not LEAST_WORDS <= start <= words
        or not images * data_dim
        or stack[-4:] == bytes(4)
    ):
        raise _damaged(f"its header describes no images: {', '.join(map(str, header[:-1]))}, with {words:,} words")
    return header, stack


def chain_of(codec: Codec, symbols: np.ndarray, start: int = 0, progress: Progress | None = None) -> Chain:
    """Images (images, data), uint8, one after the other on a stack of `start` words at the beginning: by default, and where these do not
    suffice, of as many as are needed. TooLarge where no number would do."""
    count = start or LEAST_WORDS + int(codec.bits_to_begin(symbols[0]) + SPARE_BITS) // WORD_BITS
    while count <= MOST_START:
        words = first_words(symbols, count)
        stack, steps = Stack(words), []
        try:
            for done, image in enumerate(symbols, 1):
                steps.append(codec.push(stack, image))
                if progress:
                    progress(done, len(symbols))
            return Chain(words, stack.words(), tuple(steps))
        except Drained:
            count += 1 + count // 4
    raise TooLarge(f"a stack of {MOST_START:,} words would not suffice to begin with: take another model")


def images_of(codec: Codec, words: np.ndarray, header: Header, progress: Progress | None = None) -> np.ndarray:
    """The images (images, data), uint8, on a stack of these words. MessageError unless the bits at its end are those of the beginning."""
    symbols = np.zeros((header.images, header.data_dim), np.uint8)
    try:
        stack = Stack(words)
        for done in range(header.images):
            symbols[-1 - done] = codec.pop(stack)
            if progress:
                progress(done + 1, header.images)
    except Drained:
        raise _damaged(f"it has too few bits for {header.images:,} images") from None
    if not np.array_equal(stack.words(), first_words(symbols, header.start)):
        raise MessageError(
            "the images are not those that were compressed. Either the message was changed, or this machine computes other numbers with the "
            "model than the one that wrote it: read it there"
        )
    return symbols


def first_words(symbols: np.ndarray, count: int) -> np.ndarray:
    """The words on the stack at the beginning: as good as random, and the checksum of the images."""
    content = hashlib.shake_256(struct.pack("<2I", *symbols.shape))
    content.update(np.ascontiguousarray(symbols).data)
    words = np.frombuffer(content.digest(4 * count), "<u4").astype(np.uint32)
    words[-1] |= TOP_BIT  # the top word must not be 0; so the height is a whole number of words
    return words


def model_sha256(vae: VAE) -> str:
    """The SHA-256 of a model's config and weights."""
    return hashlib.sha256(pack_model(vae)).hexdigest()


def _checksum(about: bytes, stack: bytes) -> bytes:
    return hashlib.sha256(about + bytes(hashlib.sha256().digest_size) + stack).digest()


def _damaged(why: str) -> MessageError:
    return MessageError(f"the message is damaged: {why}; take another copy of the file")
