"""The one place that writes files, and the one that reads safetensors, which it checks before it allocates.

Format 2, of all files with tensors: safetensors whose `__metadata__` holds three strings, in this order. `checksum` is the
SHA-256 of the whole file with the checksum's own 64 digits as zeros; `format` is "pt" (the names are those of a torch
`state_dict`, for other readers of safetensors); `vae_core` is a JSON object with `format`, `kind`, `model_config` and what
the kind needs besides. The same tensors and object give the same bytes. Format 1, of version 0.1.0, has only `vae_core`.

Both configs may get fields later, as `encoder_hidden_dims` was for an encoder whose widths are not the decoder's. Such a field
(`settings.later`) has a default that means what files without it meant, and is written only where it is another: then older
versions refuse the file and say that a newer one wrote it, and format 2 stays.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import stat
import tempfile
from collections.abc import Collection
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor

from vae_core.config import ModelConfig, TrainConfig
from vae_core.errors import CheckpointError, FileError, described
from vae_core.sizes import in_words, require_memory

METADATA_KEY = "vae_core"
MAX_HEADER_BYTES = 8_000_000
MAX_TENSORS = 4_000
FORMATS = (1, 2)
FORMAT = FORMATS[-1]
INSTALL_NEWER = "a newer version wrote it, so install that one"
PART = ".part"
WITHOUT_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}  # such as a stick with FAT
ZERO = "\0"  # a character that no system takes in a path
NO_CHECKSUM = "0" * 64
FilePath = str | os.PathLike[str]
DTYPES = {"F16": torch.float16, "F32": torch.float32, "F64": torch.float64, "I64": torch.int64, "U8": torch.uint8}
FOREIGN_DTYPES = DTYPES | {"BF16": torch.bfloat16}
OURS, SAFETENSORS = (
    "a file that this project wrote",
    "a file in the format safetensors",
)  # what a file is expected to be
DTYPE_NAMES = {dtype: name for name, dtype in DTYPES.items()}


def write_atomic(path: FilePath, data: bytes, *, only_new: bool = False) -> None:
    """Write `data` so that a reader, or a crash at any moment, finds the old file or the new one, never a part.

    Temporary file in the same folder, fsync, rename, fsync of the folder. Any failure raises FileError, an OSError, and the
    old file stays (if only the last fsync fails, the new one). With `only_new` a file that is there is a failure, also one that
    somebody made a moment ago.
    """
    if ZERO in str(path):
        raise FileError(f"{one_line(path)} could not be written: it is no path of a file")
    try:
        _write_and_rename(Path(path), data, only_new)
    except OSError as error:
        raise FileError.of(error, f"{path} could not be written") from error


def remove_parts(folder: Path, names: Collection[str]) -> None:
    """Delete what writes of these files left behind when their process was killed. Only for who has locked the folder: then no
    process is writing them."""
    for path in folder.iterdir():
        if part_of(path) in names:
            with contextlib.suppress(OSError):
                path.unlink()


def part_of(path: Path) -> str:
    """The name of the file that a temporary file of `write_atomic` was to become; "" for any other file."""
    is_part = path.name.startswith(".") and path.suffix == PART
    return path.name[1:].removesuffix(PART).rpartition(".")[0] if is_part else ""


def _write_and_rename(path: Path, data: bytes, only_new: bool) -> None:
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=PART)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)
        (_rename_to_new if only_new else os.replace)(temporary, path)
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


def _rename_to_new(temporary: str, path: Path) -> None:
    """FileExistsError where there is a file of that name, even if it came after the last look."""
    if os.name == "nt":  # whose rename replaces nothing
        os.rename(temporary, path)
        return
    try:
        os.link(temporary, path)
    except OSError as error:
        if error.errno not in WITHOUT_LINKS or os.path.lexists(path):
            raise
        os.replace(temporary, path)
    else:
        os.unlink(temporary)


def file_header(kind: str, config: ModelConfig, about: dict[str, Any]) -> dict[str, Any]:
    """The JSON object in the header of a file of this kind. ValueError where `about` has one of the names that this writes."""
    header = {"format": FORMAT, "kind": kind, "model_config": config.to_dict()}
    taken = sorted(header.keys() & about.keys())
    if taken:
        raise ValueError(f"what stands beside a model must have other names than {', '.join(header)}, got {taken[0]}")
    return header | about


def write_tensors(path: FilePath, tensors: dict[str, Tensor], metadata: dict[str, Any]) -> None:
    """Write tensors and a JSON object (in the header) as one safetensors file, atomically."""
    write_atomic(path, pack_tensors(tensors, metadata))


def pack_tensors(tensors: dict[str, Tensor], metadata: dict[str, Any]) -> bytes:
    """The content of a file of format 2. `safetensors` itself would write the metadata in another order every time."""
    try:
        text = json.dumps({"format": FORMAT} | metadata, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        rule = "must be of JSON's types: texts, finite numbers, True, False, None, lists and dicts"
        raise ValueError(f"what stands beside a model {rule}, got {described(metadata)}") from error
    header: dict[str, Any] = {"__metadata__": {"checksum": NO_CHECKSUM, "format": "pt", METADATA_KEY: text}}
    pieces, end = [], 0
    for name in sorted(tensors, key=lambda name: (-tensors[name].element_size(), name)):  # so that each is aligned
        values = tensors[name].detach().cpu().contiguous()
        pieces.append(values.view(-1).numpy().view("uint8").data)
        offsets = [end, end := end + pieces[-1].nbytes]
        header[name] = {"dtype": DTYPE_NAMES[values.dtype], "shape": list(values.shape), "data_offsets": offsets}
    start = json.dumps(header, separators=(",", ":")).encode()
    start += b" " * (-len(start) % 8)
    start = len(start).to_bytes(8, "little") + start
    return b"".join([_with_checksum(start, _checksum(start, *pieces)), *pieces])


def _checksum(*pieces: bytes | memoryview) -> str:
    total = hashlib.sha256()
    for piece in pieces:
        total.update(piece)
    return total.hexdigest()


def _with_checksum(start: bytes, checksum: str, former: str = NO_CHECKSUM) -> bytes:
    """The first bytes of a file, with another checksum in the place of the `former`."""
    return start.replace(f'"{former}"'.encode(), f'"{checksum}"'.encode(), 1)


def read_tensors(path: FilePath) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Read a file that `write_tensors` wrote; anything else raises CheckpointError with one line."""
    return unpack_tensors(_content(path), str(path))


def _content(path: FilePath) -> bytes:
    """The bytes of a file, which fit into memory. CheckpointError where it cannot be read."""
    if ZERO in str(path):
        raise CheckpointError(f"cannot read {one_line(path)}: it is no path of a file")
    try:
        size = regular_size(path)
        require_memory(2 * size, f"{path} with its {in_words(size)}", "is it the right file? Choose a smaller one")
        return Path(path).read_bytes()
    except OSError as error:
        raise CheckpointError(f"cannot read {path}: {error.strerror}") from error


def regular_size(path: FilePath) -> int:
    """The bytes of a file that is about to be read. OSError for a pipe, which might keep us waiting, and for a device, which might
    have no end."""
    status = os.stat(path)
    if not stat.S_ISREG(status.st_mode):
        number = errno.EISDIR if stat.S_ISDIR(status.st_mode) else errno.EINVAL
        reason = os.strerror(number) if number == errno.EISDIR else "it is a pipe or a device, and a file is needed"
        raise OSError(number, reason, str(path))
    return status.st_size


def unpack_tensors(data: bytes, source: str) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """The same from bytes. `source` names them in messages. Tensors are finite and share no memory with `data`."""
    metadata = check_header(data, source)
    return _load(data, source, OURS), metadata


def read_foreign_tensors(path: FilePath) -> dict[str, Tensor]:
    """The tensors of a safetensors file that any program wrote, which is checked as ours are; CheckpointError for anything else."""
    data, source = _content(path), str(path)
    header, end = _parse_header(data, source, SAFETENSORS)
    header.pop("__metadata__", None)
    _check_entries(header, data, end, source, SAFETENSORS, FOREIGN_DTYPES)
    return _load(data, source, SAFETENSORS)


def _load(data: bytes, source: str, kind: str) -> dict[str, Tensor]:
    """The tensors of a file whose header was checked."""
    try:
        tensors = safetensors.torch.load(data)
    except (SafetensorError, ValueError, RuntimeError) as error:  # safetensors reads headers more strictly than json
        raise CheckpointError(f"{source} is not {kind}: {one_line(error)}") from error
    for name, tensor in tensors.items():
        if tensor.is_floating_point() and not bool(torch.isfinite(tensor).all()):
            raise CheckpointError(f"{source} is damaged: {one_line(name)} holds values that are not finite")
    return tensors


def one_line(text: object) -> str:
    """Text from a foreign file made fit for a message: one line, printable, at most 200 characters."""
    return "".join(c if c.isprintable() else " " for c in str(text))[:200]


def check_header(data: bytes, source: str) -> dict[str, Any]:
    """Check format, size, names, shapes, dtypes, offsets and checksum; return this project's JSON object. Allocates no
    tensor."""
    header, end = _parse_header(data, source, OURS)
    try:
        texts = header.pop("__metadata__")
        metadata = json.loads(texts[METADATA_KEY])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise CheckpointError(f"{source} is not {OURS}: it has no {METADATA_KEY} header") from error
    if not isinstance(metadata, dict):
        raise CheckpointError(f"{source} is not {OURS}: its header is not an object")
    number = metadata.get("format", 1)
    if type(number) is not int or number not in FORMATS:  # True and 2.0 are in (1, 2) too
        raise CheckpointError(
            f"{source} has the format {one_line(repr(number))}, and this version reads {FORMATS[0]} and {FORMATS[1]}: {INSTALL_NEWER}"
        )
    _check_entries(header, data, end, source, OURS, DTYPES)
    _check_checksum(data, end, texts.get("checksum"), metadata, source)
    _require_known_fields(metadata, source)
    return metadata


def _parse_header(data: bytes, source: str, kind: str) -> tuple[dict[str, Any], int]:
    """The JSON object at the beginning of a safetensors file, and where it ends."""
    if len(data) < 8:
        raise CheckpointError(f"{source} is not {kind}: it is only {len(data)} bytes long")
    header_bytes = int.from_bytes(data[:8], "little")
    if header_bytes > min(MAX_HEADER_BYTES, len(data) - 8):
        why = "its first bytes are not the length of a safetensors header, or the file is truncated"
        raise CheckpointError(f"{source} is not {kind}: {why}")
    try:
        header = json.loads(data[8 : 8 + header_bytes])
    except (ValueError, RecursionError) as error:
        why = "it has no header of safetensors" if kind == SAFETENSORS else f"it has no {METADATA_KEY} header"
        raise CheckpointError(f"{source} is not {kind}: {why}") from error
    if not isinstance(header, dict) or len(header) > MAX_TENSORS + 1:
        raise CheckpointError(
            f"{source} is not {kind}: its header is not an object, or lists more than {MAX_TENSORS} tensors"
        )
    return header, 8 + header_bytes


def _check_entries(
    header: dict[str, Any], data: bytes, end: int, source: str, kind: str, dtypes: dict[str, torch.dtype]
) -> None:
    """Check what a header that ends at `end` says of each tensor, before one is allocated."""

    def reject(why: str) -> CheckpointError:
        return CheckpointError(f"{source} is not {kind}: {one_line(why)}")

    last = 0
    try:
        for name, entry in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
            if entry["dtype"] not in dtypes:
                raise reject(f"{name} is of the type {entry['dtype']}, and {', '.join(dtypes)} are read")
            dtype, shape, (start, stop) = dtypes[entry["dtype"]], entry["shape"], entry["data_offsets"]
            size = dtype.itemsize
            for side in shape:
                if not isinstance(side, int) or not 0 < side <= len(data):
                    raise reject(f"{name} has the shape {shape}")
                size *= side
            if start != last or stop - start != size:
                raise reject(f"the bytes of {name} do not fit its shape {shape}")
            last = stop
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise reject("an entry of its header is malformed") from error
    if last != len(data) - end:
        raise reject(f"it should hold {last} bytes of numbers and holds {len(data) - end} (truncated?)")


def _require_known_fields(metadata: dict[str, Any], source: str) -> None:
    """Refuse configs with fields that a later version added: without them the file would be another model."""
    for name, kind in (("model_config", ModelConfig), ("train_config", TrainConfig)):
        values = metadata.get(name)
        if isinstance(values, dict) and (unknown := kind.unknown_fields(values)):
            fields = one_line(", ".join(unknown))
            raise CheckpointError(
                f"{source} has {fields} in its {name}, which this version does not know: {INSTALL_NEWER}"
            )


def _check_checksum(data: bytes, end: int, checksum: object, metadata: dict[str, Any], source: str) -> None:
    """Refuse a file whose bytes are not those that were written; only format 1 may be without a checksum. The header ends at
    `end`."""
    if checksum is None and metadata.get("format", 1) == 1:
        return
    if not isinstance(checksum, str) or len(checksum) != len(NO_CHECKSUM) or not checksum.isascii():
        raise CheckpointError(f"{source} is damaged: it has no checksum, which a file of format 2 must have")
    start = _with_checksum(data[:end], NO_CHECKSUM, checksum)
    if _checksum(start, memoryview(data)[end:]) != checksum:
        raise CheckpointError(f"{source} is damaged: its bytes do not have the checksum that was written with them")
