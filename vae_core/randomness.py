"""Seeds, named random streams, and the one line that draws noise in a given dtype on a given device."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from numbers import Integral
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor

from vae_core.config import require_whole
from vae_core.errors import described
from vae_core.sizes import FEW_BYTES, require_memory


@runtime_checkable
class TensorLike(Protocol):
    """A tensor or a model, whose dtype and device the noise gets."""

    @property
    def dtype(self) -> torch.dtype: ...
    @property
    def device(self) -> torch.device: ...


def require_generator(generator: object, when: str = "") -> None:
    """ValueError unless it is a torch.Generator; `when` says for what, or what else may be given."""
    if not isinstance(generator, torch.Generator):
        is_seed = isinstance(generator, Integral) and not isinstance(generator, bool)
        remedy = f": give torch.Generator().manual_seed({generator})" if is_seed else ""
        raise ValueError(f"generator must be a torch.Generator{when}, got {described(generator)}{remedy}")


def draw_normal(shape: tuple[int, ...], *, like: TensorLike | None = None, generator: torch.Generator) -> Tensor:
    """N(0, I) in the dtype and on the device of `like`; without it in float32, where the generator is. It is drawn on the
    generator's device, so that the numbers do not depend on where the model is. TooLarge for more numbers than fit into memory."""
    return _draw(torch.randn, shape, like, generator)


def draw_uniform(shape: tuple[int, ...], *, like: TensorLike | None = None, generator: torch.Generator) -> Tensor:
    """U[0, 1), drawn as `draw_normal` draws."""
    return _draw(torch.rand, shape, like, generator)


def _draw(
    sample: Callable[..., Tensor], shape: tuple[int, ...], like: TensorLike | None, generator: torch.Generator
) -> Tensor:
    require_generator(generator)
    dtype = torch.float32 if like is None else like.dtype
    num_bytes = math.prod(shape) * dtype.itemsize
    if num_bytes > FEW_BYTES:  # so that small draws cost nothing
        require_memory(num_bytes, f"noise of the shape {tuple(shape)}", "draw less of it at a time")
    noise = sample(shape, generator=generator, device=generator.device, dtype=dtype)
    return noise if like is None else noise.to(like.device)


def draw_seed(generator: torch.Generator) -> int:
    """One 63-bit seed from `generator`, which names all the random streams of a run."""
    require_generator(generator)
    return int(torch.randint(0, 2**63 - 1, (), generator=generator, device=generator.device, dtype=torch.int64))


def seeded(seed: int) -> torch.Generator:
    """A fresh generator on the CPU. ValueError unless the seed is a whole number from 0 to 2**63 - 1."""
    require_whole("seed", seed, 0)
    if seed >= 2**63:
        raise ValueError(f"seed must be below 2**63, got {seed}")
    return torch.Generator().manual_seed(int(seed))


def seed_stream(generator: torch.Generator, seed: int, stream: str, index: int) -> torch.Generator:
    """Point `generator` at draw number `index` of a named stream of run `seed`, and return it.

    A run's randomness is thereby a function of (seed, stream, index): resuming needs no generator state, and
    looking (evaluation, frames) uses other streams than learning, so it never changes the run.
    """
    digest = hashlib.blake2b(f"{seed}/{stream}/{index}".encode(), digest_size=8).digest()
    return generator.manual_seed(int.from_bytes(digest, "little", signed=True))
