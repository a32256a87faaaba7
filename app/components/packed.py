"""How Python hands numbers to the code in the browser; `kit/pack.js` reads them there."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

KINDS = {"f": "f4", "u": "u1"}


def pack_arrays(header: dict[str, Any], arrays: dict[str, np.ndarray]) -> bytes:
    """Header length (uint32), header JSON, arrays (float32 or uint8), each padded to four bytes. Equal content gives
    equal bytes, which Streamlit sends once a session."""
    index = [[name, KINDS[array.dtype.kind], list(array.shape)] for name, array in arrays.items()]
    parts = [json.dumps(header | {"arrays": index}, sort_keys=True, allow_nan=False).encode()]
    parts += [array.astype("<" + KINDS[array.dtype.kind]).tobytes() for array in arrays.values()]
    blocks = [part + (b" " if i == 0 else b"\0") * (-len(part) % 4) for i, part in enumerate(parts)]
    return len(blocks[0]).to_bytes(4, "little") + b"".join(blocks)
