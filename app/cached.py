"""The one cache: what studies say, and what is drawn of it, keyed by the content of what it is of.

A model's key is the SHA-256 of its file, that of test images the SHA-256 of their pixels; arrays are hashed whole, where
Streamlit itself would look at a sample of a large one. So equal content is worked out once for all visitors, and nobody is
shown what is another's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
import streamlit as st

from app.session.models import LoadedModel
from vae_core.studies.examples import Examples

Function = TypeVar("Function", bound=Callable[..., Any])


def _content_of_array(array: Any) -> bytes:
    values = np.ascontiguousarray(np.asarray(array))
    return hashlib.sha256(repr((values.dtype.str, values.shape)).encode() + values.tobytes()).digest()


CONTENT: dict[str | type, Callable[[Any], object]] = {
    LoadedModel: lambda model: model.key,
    Examples: lambda examples: examples.key,
    np.ndarray: _content_of_array,
    "torch.Tensor": _content_of_array,
}


def by_content(*, entries: int = 64, spinner: str | bool = False) -> Callable[[Function], Function]:
    """Keep a function's last `entries` answers, which its callers share and must not change. `spinner` is shown meanwhile.
    Where the answer holds a name, give the name as an argument too: a model's key does not have it."""
    return st.cache_resource(max_entries=entries, show_spinner=spinner, hash_funcs=CONTENT)
