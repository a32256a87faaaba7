"""Gradients whatever mode the caller is in: `torch.no_grad` and `torch.inference_mode` are state of the whole thread."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

import torch
from torch import Tensor

Function = TypeVar("Function", bound=Callable[..., Any])


def ordinary(tensor: Tensor) -> Tensor:
    """The tensor itself, or a copy of one that was made in inference mode: autograd refuses to save such a tensor."""
    if not tensor.is_inference():
        return tensor
    with torch.inference_mode(False):
        return tensor.clone()


def needs_gradients(function: Function) -> Function:
    """The function with gradients enabled and outside of inference mode, in whatever mode it is called. Its tensors become
    `ordinary`."""

    @wraps(function)
    def run(*args: Any, **options: Any) -> Any:
        tensors = any(isinstance(value, Tensor) and value.is_inference() for value in (*args, *options.values()))
        if torch.is_grad_enabled() and not tensors:  # inference mode disables gradients too
            return function(*args, **options)
        with torch.inference_mode(False), torch.enable_grad():
            args = tuple(_ordinary_value(value) for value in args)
            return function(*args, **{name: _ordinary_value(value) for name, value in options.items()})

    return cast(Function, run)


def _ordinary_value(value: Any) -> Any:
    return ordinary(value) if isinstance(value, Tensor) else value
