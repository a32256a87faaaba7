"""The minibatches of a run as a function of the step."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from vae_core.config import BINARIZATIONS, require_choice, require_whole
from vae_core.data.binarization import binarize_checked
from vae_core.randomness import seed_stream


class Minibatches:
    """The minibatches of a run as a function of the step, so that a run resumes anywhere without stored state.

    Every epoch visits all images once in a new order. Only the images themselves are stored.
    """

    def __init__(self, x: Float[Tensor, "images data"], binarization: str, batch_size: int, seed: int):
        require_choice("binarization", binarization, BINARIZATIONS)
        require_whole("batch_size", batch_size, 1)
        require_whole("seed", seed, 0)
        self._x, self._binarization = x, binarization
        self._batch_size, self._seed = batch_size, seed
        self._epoch, self._order = -1, torch.empty(0, dtype=torch.int64, device="cpu")
        self.num_images = len(x)
        self.steps_per_epoch = -(-len(x) // batch_size)

    def samples_seen(self, step: int) -> int:
        """How many training images the first `step` minibatches hold."""
        epoch, index = divmod(step, self.steps_per_epoch)
        return epoch * self.num_images + index * self._batch_size

    def draw(self, step: int, generator: torch.Generator) -> Float[Tensor, "batch data"]:
        """Minibatch number `step`, binarised with `generator`."""
        epoch, index = divmod(step, self.steps_per_epoch)
        if epoch != self._epoch:
            stream = seed_stream(torch.Generator(), self._seed, "order", epoch)
            self._epoch = epoch
            self._order = torch.randperm(self.num_images, generator=stream, device="cpu").to(self._x.device)
        order = self._order[index * self._batch_size : (index + 1) * self._batch_size]
        rows = self._x.index_select(0, order)
        if self._binarization != "dynamic":
            return binarize_checked(rows, self._binarization)
        u = uniform_16_bits(rows.shape, generator)
        return torch.lt(u, rows, out=torch.empty_like(rows))  # writes floats at once: no conversion from booleans


def uniform_16_bits(shape: torch.Size, generator: torch.Generator) -> Tensor:
    """Uniform multiples of 2^-16 in [0, 1), on the generator's device. Each 64-bit draw gives four of them, which is
    cheaper than `torch.rand`. P(u < p) is within 2^-16 of p, and exact for p = 0 and p = 1."""
    size = shape.numel()
    words = torch.empty(-(-size // 4), dtype=torch.int64, device=generator.device)
    words.random_(-(2**63), None, generator=generator)
    return words.view(torch.int16)[:size].view(shape).to(torch.float32).add_(2.0**15).mul_(2.0**-16)
