"""The one place that writes files, and the one that reads safetensors, which it checks before it allocates."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor

from vae_core.config import ModelConfig
from vae_core.errors import CheckpointError

METADATA_KEY = "vae_core"
MAX_HEADER_BYTES = 8_000_000
MAX_TENSORS = 4_000
FORMAT = 1
FilePath = str | os.PathLike[str]
DTYPES = {"F16": torch.float16, "F32": torch.float32, "F64": torch.float64, "I64": torch.int64, "U8": torch.uint8}


def write_atomic(path: FilePath, data: bytes) -> None:
    """Write `data` so that a reader, or a crash at any moment, finds the old file or the new one, never a part.

    Temporary file in the same folder, fsync, rename, fsync of the folder. Any failure raises OSError, and the old
    file stays.
    """
    path = Path(path)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
    if os.name == "posix":
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def file_header(kind: str, config: ModelConfig, about: dict[str, Any]) -> dict[str, Any]:
    """The JSON object in the header of a file of this kind."""
    return {"format": FORMAT, "kind": kind, "model_config": config.to_dict(), **about}


def write_tensors(path: FilePath, tensors: dict[str, Tensor], metadata: dict[str, Any]) -> None:
    """Write tensors and a JSON object (in the header) as one safetensors file, atomically."""
    write_atomic(path, pack_tensors(tensors, metadata))


def pack_tensors(tensors: dict[str, Tensor], metadata: dict[str, Any]) -> bytes:
    ready = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    return safetensors.torch.save(ready, {METADATA_KEY: json.dumps(metadata, allow_nan=False)})


def read_tensors(path: FilePath) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Read a file that `write_tensors` wrote; anything else raises CheckpointError with one line."""
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise CheckpointError(f"cannot read {path}: {error.strerror}") from error
    return unpack_tensors(data, str(path))


def unpack_tensors(data: bytes, source: str) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """The same from bytes. `source` names them in messages. Tensors are finite and share no memory with `data`."""
    metadata = check_header(data, source)
    try:
        tensors = safetensors.torch.load(data)
    except (SafetensorError, ValueError, RuntimeError) as error:  # it reads headers more strictly than json does
        raise CheckpointError(f"{source} is not a model that this project wrote: {one_line(error)}") from error
    for name, tensor in tensors.items():
        if tensor.is_floating_point() and not bool(torch.isfinite(tensor).all()):
            raise CheckpointError(f"{source} is damaged: {one_line(name)} holds values that are not finite")
    return tensors, metadata


def one_line(text: object) -> str:
    """What a foreign file says of itself, fit for a message: one line, printable, not endless."""
    return "".join(c if c.isprintable() else " " for c in str(text))[:200]


def check_header(data: bytes, source: str) -> dict[str, Any]:
    """Check size, names, shapes, dtypes and offsets; return this project's JSON object. Allocates no tensor."""

    def reject(why: str) -> CheckpointError:
        return CheckpointError(f"{source} is not a model that this project wrote: {one_line(why)}")

    if len(data) < 8:
        raise reject(f"it is only {len(data)} bytes long")
    header_bytes = int.from_bytes(data[:8], "little")
    if header_bytes > min(MAX_HEADER_BYTES, len(data) - 8):
        raise reject("its first bytes are not the length of a safetensors header, or the file is truncated")
    try:
        header = json.loads(data[8 : 8 + header_bytes])
        metadata = json.loads(header.pop("__metadata__")[METADATA_KEY])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise reject(f"it has no {METADATA_KEY} header") from error
    if not isinstance(metadata, dict) or len(header) > MAX_TENSORS:
        raise reject(f"its header is not an object, or lists more than {MAX_TENSORS} tensors")

    end = 0
    try:
        for name, entry in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
            dtype, shape, (start, stop) = DTYPES[entry["dtype"]], entry["shape"], entry["data_offsets"]
            size = dtype.itemsize
            for side in shape:
                if not isinstance(side, int) or not 0 < side <= len(data):
                    raise reject(f"{name} has the shape {shape}")
                size *= side
            if start != end or stop - start != size:
                raise reject(f"the bytes of {name} do not fit its shape {shape}")
            end = stop
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise reject("an entry of its header is malformed") from error
    if end != len(data) - 8 - header_bytes:
        raise reject(f"it should hold {end} bytes of numbers and holds {len(data) - 8 - header_bytes} (truncated?)")
    return metadata
