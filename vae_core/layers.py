"""The networks' layers, as torch's own but for the time they take on a CPU.

torch leaves float32 matrix products on a CPU to MKL, which uses half the width of the vector units of processors that are
not Intel's. oneDNN, which comes with torch too, uses all of it: on an AMD with AVX-512 its products take half the time,
and the tanh on the way costs next to nothing.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.autograd import Function
from torch.autograd.function import once_differentiable

LEAST_WORK = 2**20  # multiplications below which oneDNN's longer way to its kernel is not made up for
LEAST_TANH = 2**14  # numbers whose tanh makes up for it
HAS_ONEDNN = torch.backends.mkldnn.is_available() and hasattr(torch.ops.mkldnn, "_linear_pointwise")


def product(a: Tensor, b: Tensor, bias: Tensor | None = None, activation: str = "none") -> Tensor:
    """activation(a @ b + bias) by oneDNN; float32 on a CPU, b of two dimensions, transposed views as good as any."""
    return torch.ops.mkldnn._linear_pointwise(a, b.t(), bias, activation, [], "")


class _Linear(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor, tanh: bool) -> Tensor:
        y = product(x, weight.t(), bias, "tanh" if tanh else "none")
        ctx.save_for_backward(x, weight, y if tanh else None)
        return y

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, Tensor | None, Tensor | None, None]:
        x, weight, y = ctx.saved_tensors
        of_x, of_weight, of_bias, _ = ctx.needs_input_grad
        if y is not None:
            grad = torch.ops.aten.tanh_backward(grad, y)
        rows = grad.flatten(0, -2)
        return (
            product(grad, weight) if of_x else None,
            product(rows.t(), x.flatten(0, -2)) if of_weight else None,
            rows.sum(0) if of_bias else None,
            None,
        )


class Linear(nn.Linear):
    """x W' + b, or with `tanh` its tanh, through oneDNN where that is faster."""

    def forward(self, x: Tensor, tanh: bool = False) -> Tensor:
        rows, plain = x.numel() // self.in_features, x.dtype != torch.float32 or x.device.type != "cpu"
        small = rows * self.weight.numel() < LEAST_WORK and not (tanh and rows * self.out_features >= LEAST_TANH)
        if plain or small or not HAS_ONEDNN:
            y = F.linear(x, self.weight, self.bias)
            return torch.tanh(y) if tanh else y
        return _Linear.apply(x, self.weight, self.bias, tanh)


class Mlp(nn.Sequential):
    """Linear layers with activations between them. A tanh is the business of the layer before it."""

    def forward(self, x: Tensor) -> Tensor:
        *hidden, last = self
        for linear, activation in zip(hidden[::2], hidden[1::2], strict=True):
            x = linear(x, tanh=True) if isinstance(activation, nn.Tanh) else activation(linear(x))
        return last(x)
