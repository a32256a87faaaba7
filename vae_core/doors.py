"""The front door: arguments of a wrong type are answered in our words, whichever public function gets them."""

from __future__ import annotations

import collections.abc
import inspect
import linecache
import os
import traceback
import types
import typing
from collections import deque
from collections.abc import Callable
from functools import wraps
from numbers import Integral, Real
from pathlib import Path
from typing import Any, TypeVar, cast

import numpy as np
from torch import Tensor

from vae_core.errors import described

Function = TypeVar("Function", bound=Callable[..., Any])

JUDGED = ("Observation",)  # classes that functions look at themselves, with more to say
MOST_ITEMS = 1000  # so many items of a sequence are looked at
FAILURES = (AttributeError, TypeError, IndexError, KeyError, RuntimeError, StopIteration, ValueError)
WORDS: dict[Any, str] = {
    int: "a whole number",
    float: "a number",
    bool: "True or False",
    str: "a text",
    bytes: "bytes",
    Path: "a path",
    Tensor: "a torch.Tensor",
    np.ndarray: "a numpy array",
    type(None): "None",
}


def door(function: Function) -> Function:
    """The function, whose arguments of our own classes are looked at before the call, and all others once the call has failed: what
    is of a wrong type ends in one TypeError that names it. Errors with our words pass."""
    signature = inspect.signature(function)
    hints: dict[str, Any] = {}
    named = {name for name, p in signature.parameters.items() if p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)}
    first: set[str] = set()  # what is looked at before the call

    @wraps(function)
    def call(*args: Any, **options: Any) -> Any:
        if not hints:  # at the first call, when every module is there
            hints.update(typing.get_type_hints(function))
            is_later = inspect.isgeneratorfunction(function)  # it fails outside of this call
            first.update(name for name in named if is_later or is_ours(hints.get(name)))
        arguments = signature.bind(*args, **options).arguments

        def look_at(names: set[str]) -> None:
            for name, value in arguments.items():
                if name in names:
                    require(name, value, hints.get(name, Any))

        look_at(first)
        try:
            return function(*args, **options)
        except FAILURES as error:
            if not is_raised_here(error):
                look_at(named)
            raise

    return cast(Function, call)


def is_raised_here(error: BaseException) -> bool:
    """Whether a line of this package raises this error, in our words; else it came out of Python, numpy or torch."""
    frame, line = deque(traceback.walk_tb(error.__traceback__), 1)[0]
    is_here = str(frame.f_globals.get("__name__")).startswith("vae_core.")
    source = linecache.getline(frame.f_code.co_filename, line).strip()
    return isinstance(error, ValueError) and is_here and (source.startswith("raise") or not source)


def require(name: str, value: Any, hint: Any) -> None:
    """TypeError unless a value is of the type of an annotation."""
    if not is_of(value, hint):
        raise TypeError(f"{name} must be {in_words(hint)}, got {described(value)}")


def is_ours(hint: Any) -> bool:
    """Whether an annotation names a class of this package, alone, as one of several, or as what is in a sequence."""
    if typing.get_origin(hint) is not None:
        return any(map(is_ours, typing.get_args(hint)))
    return isinstance(hint, type) and hint.__module__.startswith("vae_core.") and hint.__name__ not in JUDGED


def is_of(value: Any, hint: Any) -> bool:
    """Whether a value is of the type of an annotation, as far as that can be told at once."""
    origin, parts = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return any(is_of(value, part) for part in parts)
    if origin is typing.Literal:
        return value in parts
    if hasattr(hint, "array_type"):  # one of jaxtyping's, which know the number of dimensions too
        return isinstance(value, hint)
    if hint in (int, float):
        return isinstance(value, Integral if hint is int else Real) and not isinstance(value, (bool, np.bool_))
    if hint is bool:
        return isinstance(value, (bool, np.bool_))
    if hint is Path:
        return isinstance(value, os.PathLike)
    if origin is tuple:
        ends = len(parts) == 2 and parts[1] is Ellipsis
        kinds = parts[:1] * len(value) if isinstance(value, (tuple, list)) and ends else parts
        return isinstance(value, (tuple, list)) and len(value) == len(kinds) and all(map(is_of, value, kinds))
    if isinstance(origin, type) and issubclass(origin, (collections.abc.Collection, list)):
        arrays = (Tensor, np.ndarray) if not parts or parts[0] in (int, float, Any) else ()
        if not isinstance(value, (origin, *arrays)) or isinstance(value, (str, bytes)):
            return False
        items = list(value)[:MOST_ITEMS] if isinstance(value, (list, tuple)) and len(parts) == 1 else []
        return all(is_of(item, parts[0]) for item in items)
    if origin is collections.abc.Callable:
        return callable(value)
    if isinstance(origin, type):
        return isinstance(value, origin)
    return isinstance(value, hint) if isinstance(hint, type) else True


def in_words(hint: Any) -> str:
    """What an annotation asks for."""
    origin, parts = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return " or ".join(dict.fromkeys(map(in_words, parts)))
    if origin is typing.Literal:
        return f"one of {', '.join(map(str, parts))}"
    if hasattr(hint, "array_type"):
        size = f" ({getattr(hint, 'dim_str', '').strip()})"
        return f"{in_words(hint.array_type)}{'' if size == ' ()' else size}"
    if origin is collections.abc.Callable:
        return "a function"
    if origin is not None:
        return f"a {origin.__name__.lower()} ({', '.join('...' if part is Ellipsis else in_words(part) for part in parts)})"
    name = getattr(hint, "__name__", str(hint))
    return WORDS.get(hint, f"{'an' if name[0] in 'AEIOU' else 'a'} {name}")


def guard_doors(names: dict[str, Any], public: list[str]) -> None:
    """Put a door before each public function of a module's names."""
    for name in public:
        if inspect.isfunction(names[name]):
            names[name] = door(names[name])
