"""The networks' layers: torch's own, with faster matrix products on a CPU.

torch leaves float32 matrix products on a CPU to MKL. On a processor that is not Intel's, MKL uses only half the width of the
vector units. oneDNN, which comes with torch too, uses all of it, and computes a tanh in the same pass. `benchmarks/` measures
the training speed that results.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.autograd import Function
from torch.autograd.function import once_differentiable

from vae_core.autograd import weights_are_constant

LEAST_WORK = 2**20  # multiplications from which oneDNN's kernel makes up for the longer call
LEAST_TANH = 2**14  # outputs from which its tanh makes up for the longer call
FEW_COLUMNS = 8  # with fewer columns MKL computes the transposed product faster
HAS_ONEDNN = torch.backends.mkldnn.is_available() and hasattr(torch.ops.mkldnn, "_linear_pointwise")


def suits_onednn(a: Tensor, columns: int, tanh: bool = False) -> bool:
    """Whether oneDNN computes a product of `a` with this many columns faster than MKL."""
    if a.dtype != torch.float32 or a.device.type != "cpu" or not HAS_ONEDNN:
        return False
    return a.numel() * columns >= LEAST_WORK or (tanh and a.numel() // a.shape[-1] * columns >= LEAST_TANH)


def product(a: Tensor, b: Tensor, bias: Tensor | None = None, *, tanh: bool = False) -> Tensor:
    """a @ b' + bias, or with `tanh` its tanh; b has two dimensions and may be a transposed view. autograd does not follow
    it; use `Linear` for that."""
    if suits_onednn(a, b.shape[0], tanh):
        return torch.ops.mkldnn._linear_pointwise(a, b, bias, "tanh" if tanh else "none", [], "")
    if b.shape[0] < FEW_COLUMNS and a.ndim == 2 and bias is None and a.device.type == "cpu":
        return torch.mm(b.contiguous(), a.t()).t().contiguous()
    y = F.linear(a, b, bias)
    return y.tanh_() if tanh else y


class LinearFunction(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor, tanh: bool) -> Tensor:
        y = product(x, weight, bias, tanh=tanh)
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
            product(grad, weight.t()) if of_x else None,
            product(rows.t(), x.flatten(0, -2).t()) if of_weight else None,
            rows.sum(0) if of_bias else None,
            None,
        )


class Linear(nn.Linear):
    """x W' + b, or with `tanh` its tanh, through oneDNN where that is faster. In float32 where no dtype is given, whatever torch's
    default is."""

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        device: torch.device | str | None = None,
        dtype: torch.dtype = torch.float32,
    ):
        super().__init__(in_features, out_features, bias, device, dtype)

    def forward(self, x: Tensor, tanh: bool = False) -> Tensor:
        if suits_onednn(x, self.out_features, tanh):
            if weights_are_constant():
                return LinearFunction.apply(x, self.weight.detach(), self.bias.detach(), tanh)
            return LinearFunction.apply(x, self.weight, self.bias, tanh)
        y = F.linear(x, self.weight, self.bias)
        return torch.tanh(y) if tanh else y


class Mlp(nn.Sequential):
    """Linear layers with activations between them. The layer before a tanh computes it too."""

    def linear_layers(self) -> list[nn.Linear]:
        """The layers without the activations between them."""
        return [layer for layer in self if isinstance(layer, nn.Linear)]

    def forward(self, x: Tensor) -> Tensor:
        *hidden, last = self
        for linear, activation in zip(hidden[::2], hidden[1::2], strict=True):
            x = linear(x, tanh=True) if isinstance(activation, nn.Tanh) else activation(linear(x))
        return last(x)
