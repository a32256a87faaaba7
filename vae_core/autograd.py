"""Gradients and precision whatever mode the caller is in: `torch.no_grad`, `torch.inference_mode` and `torch.autocast` are state of
the whole thread."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, TypeVar, cast

import torch
from torch import Tensor

Function = TypeVar("Function", bound=Callable[..., Any])

_weights_are_constant = ContextVar("_weights_are_constant", default=False)


@contextmanager
def constant_weights() -> Iterator[None]:
    """Here `vae_core.layers` takes its weights as constants. For gradients in a layer's input alone: the way back of a layer would else
    compute its weights' gradient too, which takes about as long, and throw it away."""
    token = _weights_are_constant.set(True)
    try:
        yield
    finally:
        _weights_are_constant.reset(token)


def weights_are_constant() -> bool:
    """Whether this runs within `constant_weights`."""
    return _weights_are_constant.get()


def ordinary(tensor: Tensor) -> Tensor:
    """The tensor itself, or a copy of one that was made in inference mode: autograd refuses to save such a tensor."""
    if not tensor.is_inference():
        return tensor
    with torch.inference_mode(False):
        return tensor.clone()


def in_full_precision(function: Function) -> Function:
    """The function in its tensors' own dtype, also where `torch.autocast` would compute products with fewer digits: bounds differ by
    less than those digits."""

    @wraps(function)
    def run(*args: Any, **options: Any) -> Any:
        kinds = [kind for kind in ("cpu", "cuda") if torch.is_autocast_enabled(kind)]
        if not kinds:
            return function(*args, **options)
        with ExitStack() as stack:
            for kind in kinds:
                stack.enter_context(torch.autocast(kind, enabled=False))
            return function(*args, **options)

    return cast(Function, run)


def needs_gradients(function: Function) -> Function:
    """The function with gradients enabled and outside of inference mode, in whatever mode it is called, and in full precision. Its
    tensors become `ordinary`."""

    @wraps(function)
    @in_full_precision
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
