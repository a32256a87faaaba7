"""Layers of the networks, as torch's own but for the time they take on a CPU.

torch leaves float32 matrix products on a CPU to MKL, which uses half the width of the vector units of processors that are
not Intel's. oneDNN, which comes with torch too, uses all of it: on an AMD with AVX-512 its products take half the time.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.autograd import Function
from torch.autograd.function import once_differentiable

LEAST_WORK = 2**20  # multiplications below which oneDNN's longer way to its kernel is not made up for
HAS_ONEDNN = torch.backends.mkldnn.is_available() and hasattr(torch.ops.mkldnn, "_linear_pointwise")


def product(a: Tensor, b: Tensor, bias: Tensor | None = None) -> Tensor:
    """a @ b + bias by oneDNN; float32 on a CPU, b of two dimensions, transposed views as good as any."""
    return torch.ops.mkldnn._linear_pointwise(a, b.t(), bias, "none", [], "")


class _Linear(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        ctx.save_for_backward(x, weight)
        return product(x, weight.t(), bias)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, Tensor | None, Tensor | None]:
        x, weight = ctx.saved_tensors
        of_x, of_weight, of_bias = ctx.needs_input_grad
        rows = grad.flatten(0, -2)
        return (
            product(grad, weight) if of_x else None,
            product(rows.t(), x.flatten(0, -2)) if of_weight else None,
            rows.sum(0) if of_bias else None,
        )


class Linear(nn.Linear):
    """x W' + b, as `nn.Linear`, through oneDNN where that is faster."""

    def forward(self, x: Tensor) -> Tensor:
        plain = x.dtype != torch.float32 or x.device.type != "cpu" or not HAS_ONEDNN
        if plain or x.numel() * self.out_features < LEAST_WORK:
            return F.linear(x, self.weight, self.bias)
        return _Linear.apply(x, self.weight, self.bias)


class _Tanh(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        y = torch.sigmoid(2.0 * x).mul_(2.0).sub_(1.0)
        ctx.save_for_backward(y)
        return y

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        (y,) = ctx.saved_tensors
        return torch.ops.aten.tanh_backward(grad, y)


class Tanh(nn.Tanh):
    """tanh(x) = 2 sigmoid(2 x) - 1, which a CPU computes in a third of the time, with an error below 2e-7."""

    def forward(self, x: Tensor) -> Tensor:
        if x.dtype != torch.float32 or x.device.type != "cpu":
            return torch.tanh(x)
        return _Tanh.apply(x)
