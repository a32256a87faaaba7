"""Arrays in files from outside, idx and npy: what a file says that it holds is judged and counted before it is read."""

from __future__ import annotations

import gzip
import io
import math
import warnings
import zlib
from pathlib import Path
from tokenize import TokenError

import numpy as np

from vae_core.errors import DatasetUnavailable
from vae_core.files import one_line

MOST_BYTES = 2**30  # one array: MNIST has 47 MB, EMNIST's largest part 550 MB
MOST_SIDES = 4
PIECE = 2**20
NUMBERS, TEXTS = "buif", "US"  # kinds of a dtype
IDX_BYTES = b"\0\0\x08"  # the first bytes of an idx file of unsigned bytes; the fourth is the number of sides
READ_ERRORS = (OSError, EOFError, zlib.error)
HEADER_ERRORS = (
    ValueError,
    TypeError,
    KeyError,
    SyntaxError,
    TokenError,
    RecursionError,
    MemoryError,
)  # an npy file's header: Python text


def read_idx(path: Path) -> np.ndarray:
    """Read an idx file of unsigned bytes, gzipped or not. DatasetUnavailable for any other file, and for one whose size is not
    what its header promises: of it no more is unpacked than that, and one byte."""
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            return idx_array(file, str(path))
    except READ_ERRORS as error:
        raise DatasetUnavailable(f"{path} cannot be read: {_reason(error)}") from error


def idx_array(file: io.BufferedIOBase | io.BytesIO, source: str) -> np.ndarray:
    """The same from a file that is open and not packed; `source` names it in messages."""

    def reject(why: str) -> DatasetUnavailable:
        return DatasetUnavailable(f"{source} is not an idx file of unsigned bytes, or it is truncated: {why}")

    start = file.read(4)
    if len(start) < 4 or start[:3] != IDX_BYTES:
        raise reject(f"it begins with {start.hex(' ') or 'nothing'}, not with {IDX_BYTES.hex(' ')}")
    if not 0 < start[3] <= MOST_SIDES:
        raise reject(f"its header names {start[3]} dimensions, and an array here has 1 to {MOST_SIDES}")
    sides = file.read(4 * start[3])
    if len(sides) < 4 * start[3]:
        raise reject("its header ends too early")
    shape = tuple(int.from_bytes(sides[i : i + 4], "big") for i in range(0, len(sides), 4))
    size = math.prod(shape)
    if size > MOST_BYTES:
        raise reject(f"its header promises {size:,} bytes, and an array may have {MOST_BYTES:,}")
    content = read_at_most(file, size + 1)
    if len(content) != size:
        count = f"{len(content):,}" if len(content) < size else "more"
        raise reject(f"its header promises {size:,} bytes, and it holds {count}")
    return np.frombuffer(content, np.uint8).reshape(shape)


def read_npy(path: Path, most_bytes: int = MOST_BYTES) -> np.ndarray:
    """Read an npy file of numbers. DatasetUnavailable for any other file, for objects (their pickles are never opened), and for
    a size that is not what the header promises, or above `most_bytes`."""
    try:
        with path.open("rb") as file:
            return npy_array(file, most_bytes)
    except (*READ_ERRORS, *HEADER_ERRORS) as error:
        raise DatasetUnavailable(f"{path} cannot be read: {_reason(error)}") from error


def npy_array(file: io.BufferedIOBase | io.BytesIO, most_bytes: int, kinds: str = NUMBERS) -> np.ndarray:
    """The array in an open npy file; its dtype must have one of these `kinds`. Anything else raises one of READ_ERRORS or
    HEADER_ERRORS."""
    start = io.BytesIO(file.read(PIECE))  # a header is shorter
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # numpy warns about headers that Python 2 wrote
        version = np.lib.format.read_magic(start)
        if version not in ((1, 0), (2, 0)):
            raise ValueError(f"its format is {version[0]}.{version[1]}, and 1.0 and 2.0 can be read")
        read_header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, in_columns, dtype = read_header(start)
    if dtype.kind not in kinds:
        raise ValueError(f"it holds {one_line(dtype)}, not numbers")
    if any(side < 0 for side in shape) or math.prod(shape) * dtype.itemsize > most_bytes:
        raise ValueError(f"its header promises the shape {one_line(shape)}, and an array may have {most_bytes:,} bytes")
    size = math.prod(shape) * dtype.itemsize
    file.seek(start.tell())
    content = read_at_most(file, size + 1)
    if len(content) != size:
        raise ValueError(
            f"its header promises {size:,} bytes, and it holds {'fewer' if len(content) < size else 'more'}"
        )
    return np.frombuffer(content, dtype).reshape(shape, order="F" if in_columns else "C")


def read_at_most(file: io.BufferedIOBase | io.BytesIO, count: int) -> bytearray:
    """Up to `count` bytes, in pieces: memory grows with what is there, not with what was promised."""
    content = bytearray()
    while len(content) < count:
        piece = file.read(min(PIECE, count - len(content)))
        if not piece:
            break
        content += piece
    return content


def _reason(error: BaseException) -> str:
    return one_line(error.strerror if isinstance(error, OSError) and error.strerror else error)
