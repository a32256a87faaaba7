"""Results that all visitors share, kept by content and bounded by bytes: the shelf takes no more memory, whatever models come.

Streamlit's own caches count results. A result of a large model may have a hundred megabytes, and thirty visitors may have thirty
such models.
"""

from __future__ import annotations

import hashlib
import inspect
import threading
import weakref
from collections import Counter, OrderedDict
from collections.abc import Callable, Hashable
from contextlib import nullcontext
from dataclasses import fields, is_dataclass
from functools import partial, update_wrapper
from types import FunctionType, MethodType, ModuleType
from typing import Any, Generic, NamedTuple, ParamSpec, TypeVar

import numpy as np
import streamlit as st

P = ParamSpec("P")
R = TypeVar("R")
Key = tuple[Hashable, ...]

MOST_BYTES = 2**29  # all results together
BASE_BYTES = 64  # what any object takes, about
NO_RESULTS = (type, ModuleType, FunctionType, MethodType)


class Result(NamedTuple):
    value: Any
    num_bytes: int


class Shelf:
    """The results used last, of all functions together, up to `most_bytes`; a result that is larger alone is not kept."""

    def __init__(self, most_bytes: int = MOST_BYTES):
        self.most_bytes = most_bytes
        self.num_bytes = 0
        self._results: OrderedDict[Key, Result] = OrderedDict()  # the one whose last use is longest ago first
        self._counts: Counter[Hashable] = Counter()  # how many results each function has
        self._making: dict[Key, tuple[threading.RLock, int]] = {}
        self._lock = threading.RLock()

    def find_or_make(self, key: Key, make: Callable[[], Any], entries: int) -> Any:
        """The result with this key, whose first part names the function, of which at most so many `entries` stay. Whoever asks while
        somebody makes it waits for that."""
        with self._lock:
            if key in self._results:
                self._results.move_to_end(key)
                return self._results[key].value
            turn, waiting = self._making.get(key, (threading.RLock(), 0))
            self._making[key] = turn, waiting + 1
        try:
            with turn:
                with self._lock:
                    if key in self._results:
                        return self._results[key].value
                value = make()
                self._keep(key, Result(value, num_bytes(value)), entries)
                return value
        finally:
            with self._lock:
                turn, waiting = self._making.pop(key)
                if waiting > 1:
                    self._making[key] = turn, waiting - 1

    def forget(self, name: Hashable) -> None:
        """Forget all results of a function."""
        with self._lock:
            for key in [key for key in self._results if key[0] == name]:
                self._drop(key)

    def forget_about(self, text: str) -> None:
        """Forget all results in whose key this text occurs, such as the key of an object."""
        with self._lock:
            for key in [key for key in self._results if text in repr(key)]:
                self._drop(key)

    def _keep(self, key: Key, result: Result, entries: int) -> None:
        with self._lock:
            if result.num_bytes > self.most_bytes:
                return
            while self._counts[key[0]] >= entries:
                self._drop(next(other for other in self._results if other[0] == key[0]))
            while self.num_bytes + result.num_bytes > self.most_bytes:
                self._drop(next(iter(self._results)))
            self._results[key] = result
            self.num_bytes += result.num_bytes
            self._counts[key[0]] += 1

    def _drop(self, key: Key) -> None:
        self.num_bytes -= self._results.pop(key).num_bytes
        self._counts[key[0]] -= 1


SHELF = Shelf()


def forget_with(owner: Any, text: str) -> None:
    """When nobody has the `owner` any more, forget all results in whose key this text occurs. It may happen anywhere, so a thread of
    its own does it."""
    forget = partial(threading.Thread, target=SHELF.forget_about, args=(text,), daemon=True)
    weakref.finalize(owner, lambda: forget().start()).atexit = False


class Kept(Generic[P, R]):
    """A function whose results stay on the shelf."""

    def __init__(self, function: Callable[P, R], entries: int, spinner: str | bool):
        update_wrapper(self, function)
        self._function, self._entries, self._spinner = function, entries, spinner
        self._signature = inspect.signature(function)
        self.name = f"{function.__module__}.{function.__qualname__}"

    def __call__(self, *args: P.args, **options: P.kwargs) -> R:
        bound = self._signature.bind(*args, **options)
        bound.apply_defaults()
        key = (self.name, *(content_of(value) for value in bound.arguments.values()))

        def make() -> R:
            with st.spinner(self._spinner) if isinstance(self._spinner, str) else nullcontext():
                return self._function(*args, **options)

        result: R = SHELF.find_or_make(key, make, self._entries)
        return result

    def clear(self) -> None:
        """Forget all results."""
        SHELF.forget(self.name)


def kept(*, entries: int = 256, spinner: str | bool = False) -> Callable[[Callable[P, R]], Kept[P, R]]:
    """Keep the results of a function, the last `entries` at most. `spinner` is the text on screen during the computation."""
    return lambda function: Kept(function, entries, spinner)


def content_of(value: Any) -> Hashable:
    """What tells an argument from every other one: numbers and texts by themselves, lists and dicts by what they hold, arrays and
    bytes by their SHA-256, objects that have a `key` by that. TypeError for anything else."""
    if value is None or isinstance(value, (str, int, bool)):
        return type(value).__name__, value
    if isinstance(value, float):
        return "float", repr(value)  # nan is itself
    if isinstance(value, bytes):
        return "bytes", hashlib.sha256(value).digest()
    if isinstance(value, (tuple, list)):
        return type(value).__name__, *map(content_of, value)
    if isinstance(value, dict):
        return "dict", *((key, content_of(value[key])) for key in sorted(value))
    if hasattr(value, "key"):
        return type(value).__name__, content_of(value.key)
    if is_dataclass(value) and not isinstance(value, type):
        return type(value).__qualname__, *(content_of(getattr(value, field.name)) for field in fields(value))
    if isinstance(value, (np.ndarray, np.generic)) or hasattr(value, "detach"):
        array = np.ascontiguousarray(np.asarray(value))
        return "array", array.dtype.str, array.shape, hashlib.sha256(array.tobytes()).digest()
    raise TypeError(f"{type(value).__name__} cannot be a part of a key")


def num_bytes(value: Any) -> int:
    """About how much memory a result takes; what occurs in it twice counts once."""
    total, seen, rest = 0, {}, [value]
    while rest:
        part = rest.pop()
        if id(part) in seen:
            continue
        seen[id(part)] = part  # so that no other object gets its address meanwhile
        total += BASE_BYTES
        if isinstance(part, np.ndarray):
            total += part.nbytes
        elif hasattr(part, "untyped_storage"):
            total += part.untyped_storage().nbytes()
        elif isinstance(part, (str, bytes, bytearray)):
            total += len(part)
        elif isinstance(part, dict):
            rest += [*part.keys(), *part.values()]
        elif isinstance(part, (tuple, list, set, frozenset)):
            rest += part
        elif hasattr(part, "to_plotly_json"):
            rest.append(part.to_plotly_json())
        elif hasattr(part, "__dict__") and not isinstance(part, NO_RESULTS):
            rest += vars(part).values()
    return total
