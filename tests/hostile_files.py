"""Hostile and damaged files, and failing writes: generators for the tests, and for a count of faults. (Longer than
other files: one table of damage serves the tests and the count of faults.)

`python tests/hostile_files.py` feeds a sample of them to the readers and prints counts as JSON. It is a program of its own because
pytest checks the types of every call here, and would refuse some files before our code does.
"""

from __future__ import annotations

import contextlib
import errno
import gzip
import hashlib
import io
import itertools
import json
import math
import os
import pickle
import random
import struct
import sys
import tempfile
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.torch
import torch
from PIL import Image

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from vae_core import (
    FitState,
    History,
    ModelConfig,
    Record,
    TrainConfig,
    VaeCoreError,
    load_checkpoint,
    load_model,
    save_model,
)
from vae_core.checkpoint import pack_checkpoint
from vae_core.data.array_files import read_idx, read_npy
from vae_core.drawing import read_picture
from vae_core.errors import FileError
from vae_core.files import pack_tensors, unpack_tensors
from vae_core.frames import load_frames, save_frames
from vae_core.training import fit, start

SHORT = TrainConfig(epochs=4, batch_size=5, learning_rate=0.01)
SMALL = ModelConfig(6, (2, 3), 4, (7,))

# -- files that this project wrote, changed at one place ------------------------------------------------------------


def pack(header: object, payload: bytes = b"") -> bytes:
    """A file of this header. Where that has a checksum, the right one is put in, so that what a test changes is refused for
    itself."""
    header = json.loads(json.dumps(header)) if isinstance(header, dict) else header
    is_sealed = isinstance(header, dict) and "checksum" in (header.get("__metadata__") or ())
    if is_sealed:
        header["__metadata__"]["checksum"] = "0" * 64
    raw = header if isinstance(header, bytes) else json.dumps(header).encode()
    whole = len(raw).to_bytes(8, "little") + raw + payload
    return whole.replace(b"0" * 64, hashlib.sha256(whole).hexdigest().encode(), 1) if is_sealed else whole


def unpack(whole: bytes) -> tuple[dict, bytes]:
    size = int.from_bytes(whole[:8], "little")
    return json.loads(whole[8 : 8 + size]), whole[8 + size :]


def with_metadata(whole: bytes, **changes: object) -> bytes:
    """The file with other values at the top of its JSON object (or without one, where the value is ...)."""
    header, payload = unpack(whole)
    metadata = json.loads(header["__metadata__"]["vae_core"]) | changes
    metadata = {name: value for name, value in metadata.items() if value is not ...}
    header["__metadata__"]["vae_core"] = json.dumps(metadata)
    return pack(header, payload)


def with_config(whole: bytes, **changes: object) -> bytes:
    header, _ = unpack(whole)
    return with_metadata(whole, model_config=json.loads(header["__metadata__"]["vae_core"])["model_config"] | changes)


def with_entry(whole: bytes, name: str, **changes: object) -> bytes:
    header, payload = unpack(whole)
    header[name] |= changes
    return pack(header, payload)


def with_bytes(whole: bytes, name: str, value: float) -> bytes:
    """The file with the first number of a tensor replaced."""
    header, payload = unpack(whole)
    start = header[name]["data_offsets"][0]
    return pack(header, payload[:start] + np.float32(value).tobytes() + payload[start + 4 :])


def renamed(whole: bytes, change) -> bytes:
    header, payload = unpack(whole)
    return pack({change(name) if name != "__metadata__" else name: entry for name, entry in header.items()}, payload)


def with_header(whole: bytes, change) -> bytes:
    header, payload = unpack(whole)
    change(header)
    return pack(header, payload)


def swap_offsets(header: dict) -> None:
    """Two tensors of equal size on the same bytes."""
    header["model.decoder.2.weight"]["data_offsets"] = header[WEIGHT]["data_offsets"]


WEIGHT = "model.encoder.0.weight"  # (7, 6)
DAMAGE = {
    "empty": lambda whole: b"",
    "seven bytes": lambda whole: whole[:7],
    "random bytes": lambda whole: np.random.default_rng(0).bytes(4000),
    "text": lambda whole: b"<!doctype html><title>404 Not Found</title>",
    "zip": lambda whole: b"PK\x03\x04" + whole,
    "pickle": lambda whole: pickle.dumps({"state_dict": list(range(100))}),
    "huge header length": lambda whole: b"\xff" * 8 + whole[8:],
    "header beyond the end": lambda whole: len(whole).to_bytes(8, "little") + whole[8:],
    "header length zero": lambda whole: bytes(8) + whole[8:],
    "trailing bytes": lambda whole: whole + b"\0" * 4,
    "plain safetensors": lambda whole: safetensors.torch.save({"weight": torch.zeros(7, 6)}),
    "someone else's metadata": lambda whole: safetensors.torch.save({"weight": torch.zeros(7)}, {"format": "pt"}),
    "header a list": lambda whole: pack([1, 2]),
    "header a number": lambda whole: pack(3),
    "header deeply nested": lambda whole: pack(b'{"a":' * 100_000),
    "header in utf-16": lambda whole: pack(json.dumps(unpack(whole)[0]).encode("utf-16"), unpack(whole)[1]),
    "header not utf-8": lambda whole: pack(b'{"\xff": 1}'),
    "metadata no json": lambda whole: pack({"__metadata__": {"vae_core": "{"}}),
    "metadata a list": lambda whole: pack({"__metadata__": {"vae_core": "[]"}}),
    "metadata deeply nested": lambda whole: pack({"__metadata__": {"vae_core": "[" * 100_000}}),
    "metadata a huge number": lambda whole: pack({"__metadata__": {"vae_core": "9" * 10_000}}),
    "config with a number of 400 digits": lambda whole: with_config(whole, variance_floor=10**400),
    "other metadata no string": lambda whole: with_header(whole, lambda h: h["__metadata__"].update(x=1)),
    "no config": lambda whole: with_metadata(whole, model_config=...),
    "config a list": lambda whole: with_metadata(whole, model_config=[1]),
    "config with a foreign field": lambda whole: with_config(whole, **{"evil\n\x1b[31m" + "x" * 9999: 1}),
    "config with a missing field": lambda whole: with_metadata(whole, model_config={"data_dim": 6}),
    "config of other types": lambda whole: with_config(whole, latent_dim="2", hidden_dims=None),
    "config with nan": lambda whole: with_config(whole, variance_floor=math.nan),
    "config with other widths": lambda whole: with_config(whole, hidden_dims=[5]),
    "config without hidden layers": lambda whole: with_config(whole, hidden_dims=[]),
    "config of another likelihood": lambda whole: with_config(whole, likelihood="gaussian"),
    "training config a number": lambda whole: with_metadata(whole, train_config=5),
    "training config of a foreign field": lambda whole: with_metadata(whole, train_config={"evil": 1}),
    "data a list": lambda whole: with_metadata(whole, data=["digits"]),
    "foreign names": lambda whole: renamed(whole, lambda name: name.removeprefix("model.")),
    "a name too many": lambda whole: with_header(
        whole, lambda h: h.update({"model.extra": h.pop("optimizer.encoder.0.bias.step")})
    ),
    "a shape transposed": lambda whole: with_entry(whole, WEIGHT, shape=[6, 7]),
    "a shape flattened": lambda whole: with_entry(whole, WEIGHT, shape=[42]),
    "a shape with a negative side": lambda whole: with_entry(whole, WEIGHT, shape=[-7, -6]),
    "a shape with true": lambda whole: with_entry(whole, WEIGHT, shape=[7, 6, True]),
    "a shape that overflows": lambda whole: with_entry(whole, WEIGHT, shape=[2**62, 2**62, 0]),
    "a shape as text": lambda whole: with_entry(whole, WEIGHT, shape="76"),
    "a dtype of equal size": lambda whole: with_entry(whole, WEIGHT, dtype="F16", shape=[7, 12]),
    "an unknown dtype": lambda whole: with_entry(whole, WEIGHT, dtype="BF16"),
    "a dtype as list": lambda whole: with_entry(whole, WEIGHT, dtype=["F32"]),
    "overlapping tensors": lambda whole: with_header(whole, swap_offsets),
    "offsets beyond the end": lambda whole: with_entry(whole, WEIGHT, data_offsets=[10**9, 10**9 + 168]),
    "offsets negative": lambda whole: with_entry(whole, WEIGHT, data_offsets=[-168, 0]),
    "offsets reversed": lambda whole: with_entry(whole, WEIGHT, data_offsets=[168, 0]),
    "offsets as floats": lambda whole: with_header(
        whole, lambda h: [e.update(data_offsets=[*map(float, e["data_offsets"])]) for e in h.values() if "dtype" in e]
    ),
    "an entry that is no object": lambda whole: with_header(whole, lambda h: h.update({WEIGHT: 3})),
    "nan inside": lambda whole: with_bytes(whole, WEIGHT, math.nan),
    "infinity inside": lambda whole: with_bytes(whole, WEIGHT, -math.inf),
    "nan in a tensor with a name to forge lines": lambda whole: with_bytes(
        renamed(whole, lambda name: name + "\n\x1b[31mall is well" * (name == WEIGHT)),
        WEIGHT + "\n\x1b[31mall is well",
        math.nan,
    ),
    "twenty thousand empty tensors": lambda whole: pack(
        unpack(whole)[0] | {f"{i:x}": {"dtype": "U8", "shape": [0], "data_offsets": [0, 0]} for i in range(20_000)}
    ),
    "a million empty tensors": lambda whole: pack(
        b'{"__metadata__":{"vae_core":"{}"}'
        + b"".join(b',"%x":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}' % i for i in range(1_000_000))
        + b"}"
    ),
}


RESUMING = {
    "no training config": lambda whole: with_metadata(whole, train_config=...),
    "no state": lambda whole: with_metadata(whole, state=...),
    "state a list": lambda whole: with_metadata(whole, state=[]),
    "step as text": lambda whole: with_state(whole, step="7"),
    "step negative": lambda whole: with_state(whole, step=-7),
    "seed as text": lambda whole: with_state(whole, seed="5"),
    "sums too short": lambda whole: with_state(whole, sums=[0.0]),
    "sums infinite": lambda whole: with_state(whole, sums=[math.inf, 0, 0, 1]),
    "history a list": lambda whole: with_state(whole, history=[]),
    "records of other fields": lambda whole: with_state(whole, history={**HISTORY, "records": [{"step": 1}]}),
    "records as text": lambda whole: with_state(whole, history={**HISTORY, "records": "none"}),
    "records of text": lambda whole: with_state(whole, history={**HISTORY, "records": [RECORD | {"test_kl": "low"}]}),
    "records of nan": lambda whole: with_state(whole, history={**HISTORY, "records": [RECORD | {"test_kl": math.nan}]}),
    "records without a bound": lambda whole: with_state(
        whole, history={**HISTORY, "records": [RECORD | {"test_kl": None}]}
    ),
    "moments of a foreign parameter": lambda whole: renamed(whole, lambda name: name.replace("r.encoder.0", "r.x.0")),
    "moments of a foreign name": lambda whole: renamed(whole, lambda name: name.replace("exp_avg_sq", "sum")),
    "moments of a wrong shape": lambda whole: with_entry(whole, f"{MOMENT}.exp_avg", shape=[6, 7]),
    "moments of a wrong dtype": lambda whole: with_entry(whole, f"{MOMENT}.exp_avg", dtype="F64", shape=[7, 3]),
    "moments of integers": lambda whole: with_entry(whole, f"{MOMENT}.step", dtype="U8", shape=[4]),
    "moments of some parameters": lambda whole: without(whole, "optimizer.encoder"),
    "no moments": lambda whole: without(whole, "optimizer."),
    "foreign tensors": lambda whole: renamed(whole, lambda name: name.replace("optimizer", "x")),
    "moments of another optimizer": lambda whole: with_metadata(
        whole, train_config={**SHORT.to_dict(), "optimizer": "adagrad"}
    ),
}
HISTORY = {"data": "toy", "binarization": "dynamic", "records": []}
RECORD = dict.fromkeys((field.name for field in fields(Record)), 1)
MOMENT = "optimizer.encoder.0.weight"


def with_state(whole: bytes, **changes: object) -> bytes:
    header, _ = unpack(whole)
    return with_metadata(whole, state=json.loads(header["__metadata__"]["vae_core"])["state"] | changes)


def without(whole: bytes, prefix: str) -> bytes:
    """The file without the tensors of some names."""
    metadata = json.loads(unpack(whole)[0]["__metadata__"]["vae_core"])
    tensors = safetensors.torch.load(whole)
    return pack_tensors({name: t for name, t in tensors.items() if not name.startswith(prefix)}, metadata)


# -- many more, by rule ----------------------------------------------------------------------------------------------

ODD = [None, True, -1, 0.5, 10**30, 1e308, math.nan, "", "x" * 999, "\ud800", [], [[]], [1, 2], {}, {"a": 1}]  # fmt: skip
ODD_ENTRIES = [None, True, -1, 2**63, "F32", "", [], [0], [-1, 5], [2**62, 2**62], [[1]], {}]


def whole_checkpoint(model_config: ModelConfig = SMALL, dataset: Any = None) -> bytes:
    """A checkpoint file of step 7, which is a model file too."""
    algorithm, _ = start(model_config, SHORT)
    state = FitState(5, History("toy", "dynamic"))
    next(event for event in fit(algorithm, dataset or toy_images(), state=state) if event.step == 7)
    return pack_checkpoint(algorithm, state)


def toy_images() -> Any:
    """23 + 11 grey images of 2 x 3 pixels."""
    from vae_core import Dataset

    x = torch.rand(34, 6, generator=torch.Generator().manual_seed(7))
    return Dataset("toy", x[:23], x[23:], None, None, (2, 3), "dynamic")


def places(node: Any, path: tuple = ()) -> Iterator[tuple]:
    """The way to every value inside JSON, of lists to their first only."""
    steps = node.items() if isinstance(node, dict) else [(0, node[0])] if isinstance(node, list) and node else []
    for key, value in steps:
        yield (*path, key)
        yield from places(value, (*path, key))


def with_value(node: Any, path: tuple, value: Any) -> Any:
    """A copy of JSON with another value at one place."""
    if not path:
        return value
    copy = node.copy()
    copy[path[0]] = with_value(node[path[0]], path[1:], value)
    return copy


def hostile_models(whole: bytes) -> Iterator[tuple[str, bytes]]:
    """Model and checkpoint files by name: all of DAMAGE and RESUMING, every value of the JSON object replaced by odd ones, and
    every property of a tensor. Each has a right checksum where it has one, so that it is judged for itself."""
    for name, change in (DAMAGE | RESUMING).items():
        if "million" not in name:  # takes seconds
            yield name, change(whole)
    header, payload = unpack(whole)
    metadata = json.loads(header["__metadata__"]["vae_core"])
    for path in places(metadata):
        for value in ODD:
            name = f"{'.'.join(map(str, path))} = {value!r:.20}"
            yield name, with_metadata(whole, **with_value(metadata, path, value))
    for key in ("dtype", "shape", "data_offsets"):
        for value in ODD_ENTRIES:
            yield f"{key} of a tensor = {value!r:.20}", with_entry(whole, WEIGHT, **{key: value})
    for name, value in (("a list", []), ("a string", "x"), ("null", None)):
        yield f"metadata {name}", pack(header | {"__metadata__": value}, payload)


def idx_bytes(shape: tuple[int, ...], content: bytes) -> bytes:
    return b"\0\0\x08" + bytes([len(shape)]) + b"".join(side.to_bytes(4, "big") for side in shape) + content


def hostile_idx() -> Iterator[tuple[str, bytes]]:
    """idx files by name; those that end in .gz are gzipped."""
    good = idx_bytes((3, 4, 5), bytes(60))
    yield from {
        "empty": b"",
        "three bytes": good[:3],
        "half a header": good[:9],
        "a byte too few": good[:-1],
        "a byte too many": good + b"x",
        "floats": b"\0\0\x0d" + good[3:],
        "a web page": b"<html>moved</html>",
        "no dimensions": b"\0\0\x08\0" + bytes(60),
        "65 dimensions": idx_bytes((1,) * 65, b"x"),
        "255 dimensions": idx_bytes((1,) * 255, b"x"),
        "33 dimensions of 0": idx_bytes((0,) * 33, b""),
        "sides of 4 G": idx_bytes((2**32 - 1,) * 3, bytes(60)),
        "sides that overflow to 60": idx_bytes((2**31, 2**31, 4), bytes(60)),
        "a terabyte": idx_bytes((10**6, 10**3, 10**3), bytes(60)),
        "a gigabyte promised": idx_bytes((2**10, 2**10, 2**10), bytes(60)),
    }.items()
    packed = gzip.compress(good)
    yield from {
        "cut.gz": packed[:-9],
        "without its end.gz": packed[:-8],
        "wrong sum.gz": packed[:-8] + bytes(8),
        "not gzipped.gz": good,
        "twice.gz": packed + packed,
        "with a tail.gz": packed + b"tail",
        "zeros after the images.gz": gzip.compress(good + bytes(10**7)),
        "only zeros.gz": gzip.compress(bytes(10**7)),
        "a gigabyte promised.gz": gzip.compress(idx_bytes((2**10, 2**10, 2**10), bytes(10**6))),
        "empty.gz": b"",
    }.items()
    for count in range(1, 5):
        for side in (0, 1, 7, 2**16, 2**31, 2**32 - 1):
            yield f"{count} sides of {side}", idx_bytes((side,) * count, bytes(7))


def npy_bytes(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def npy_with(header: str, content: bytes = bytes(60), version: int = 1) -> bytes:
    text = header.encode("latin-1") + b"\n"
    size = struct.pack("<H" if version == 1 else "<I", len(text))
    return b"\x93NUMPY" + bytes([version, 0]) + size + text + content


def hostile_npy() -> Iterator[tuple[str, bytes]]:
    """npy files by name."""
    good = npy_bytes(np.arange(60, dtype=np.uint8).reshape(3, 4, 5))
    head = "{'descr': %s, 'fortran_order': %s, 'shape': %s, }"
    pickled = io.BytesIO()
    np.save(pickled, np.array([{"a": 1}, None], object), allow_pickle=True)
    yield from {
        "empty": b"",
        "magic alone": good[:6],
        "cut in the header": good[:40],
        "a byte too few": good[:-1],
        "a byte too many": good + b"x",
        "a zip": b"PK\x03\x04" + good,
        "objects": pickled.getvalue(),
        "bare pickle": pickle.dumps([1, 2, 3]),
        "version 3": b"\x93NUMPY\x03\x00" + good[8:],
        "version 9": b"\x93NUMPY\x09\x09" + good[8:],
        "header of 4 G": b"\x93NUMPY\x02\x00" + b"\xff" * 4 + good[10:],
        "header no dict": npy_with("[1, 2]"),
        "header no Python": npy_with("{{{"),
        "header of brackets": npy_with("(" * 5000),
        "header of minus signs": npy_with("-" * 9000 + "1"),
        "header with a call": npy_with(head % ("__import__('os').getcwd()", False, (60,))),
        "header of Python 2": npy_with("{'descr': '|u1', 'fortran_order': False, 'shape': (60L,), }"),
        "header unfinished": npy_with("{'descr': '|u1', 'fortran_order': False, 'shape': ("),
        "key too many": npy_with("{'descr': '|u1', 'fortran_order': False, 'shape': (60,), 'x': 1}"),
        "structs": npy_with(head % ("[('a', '|u1')]", False, (60,))),
        "a struct of structs": npy_with(head % ("[('a', [('b', '|O')])]", False, (60,))),
    }.items()
    for descr in (
        "'|O'",
        "'|S5'",
        "'<U3'",
        "'<M8[s]'",
        "'<c16'",
        "'|V4'",
        "'x'",
        "5",
        "None",
        "'<f8'",
        "'|u1'",
        "'>i4'",
    ):
        for order in (False, True, "None"):
            yield f"descr {descr}, order {order}", npy_with(head % (descr, order, "(60,)"))
    shapes = (
        "()",
        "(0,)",
        "(-1,)",
        "(-60,)",
        "(2**40,)",
        "(10**12,)",
        "(True,)",
        "(60.0,)",
        "('a',)",
        "60",
        "[60]",
        "None",
    )
    for shape in (*shapes, str((1,) * 70), "(4294967296, 4294967296)", "(6, 10)", "(99999999999999999999999,)"):
        yield f"shape {shape:.20}", npy_with(head % ("'|u1'", False, shape))


def mutations(content: bytes, seed: int, count: int) -> Iterator[bytes]:
    """So many copies of a file, each with one to four places changed: a bit, bytes, numbers of the largest size, a piece taken
    out, put in, doubled, or the end cut off. The same for the same seed."""
    rng = random.Random(seed)
    for _ in range(count):
        data = bytearray(content)
        for _ in range(rng.randint(1, 4)):
            place, length = rng.randrange(len(data) + 1), rng.choice((1, 2, 4, 8, 64))
            match rng.randrange(7):
                case 0 if place < len(data):
                    data[place] ^= 1 << rng.randrange(8)
                case 1:
                    data[place : place + length] = rng.randbytes(length)
                case 2:
                    data[place : place + length] = b"\xff" * length
                case 3:
                    del data[place : place + length]
                case 4:
                    data[place:place] = rng.randbytes(length)
                case 5:
                    data[place:place] = data[place : place + length]
                case 6 if rng.random() < 0.2:
                    del data[place:]
        yield bytes(data)


def sealed(content: bytes) -> bytes:
    """A damaged file of ours with the checksum that goes with it, so that the damage is met behind that check."""
    start = content.find(b'"checksum":"')
    if start < 0 or start > 100:
        return content
    start += len(b'"checksum":"')
    blank = content[:start] + b"0" * 64 + content[start + 64 :]
    return blank[:start] + hashlib.sha256(blank).hexdigest().encode() + blank[start + 64 :]


def valid_files() -> dict[str, tuple[bytes, str]]:
    """A valid file of every kind that is read, and the end of its name."""
    algorithm, generator = start(SMALL, SHORT)
    frames = [event.frame for event in fit(algorithm, toy_images(), generator=generator) if event.frame]
    with tempfile.TemporaryDirectory() as folder:
        save_frames(Path(folder) / "f.safetensors", SMALL, frames)
        frame_file = (Path(folder) / "f.safetensors").read_bytes()
        save_model(Path(folder) / "m.safetensors", algorithm.vae, data="toy")
        model = (Path(folder) / "m.safetensors").read_bytes()
    pixels = np.random.default_rng(0).integers(0, 255, (9, 8), np.uint8)
    picture, photograph = io.BytesIO(), io.BytesIO()
    Image.fromarray(pixels).save(picture, "PNG")
    Image.fromarray(pixels).save(photograph, "JPEG")
    idx = idx_bytes((3, 4, 5), bytes(range(60)))
    return {
        "model": (model, ".safetensors"),
        "checkpoint": (whole_checkpoint(), ".safetensors"),
        "frames": (frame_file, ".safetensors"),
        "reference": (pack_tensors({"x": torch.arange(6, dtype=torch.uint8)}, {"source": "toy"}), ".safetensors"),
        "idx": (idx, ""),
        "idx, gzipped": (gzip.compress(idx), ".gz"),
        "npy": (npy_bytes(np.arange(60, dtype=np.uint8).reshape(3, 4, 5)), ".npy"),
        "PNG": (picture.getvalue(), ".png"),
        "JPEG": (photograph.getvalue(), ".jpg"),
    }


READERS: dict[str, Callable[[Path], object]] = {
    "model": load_model,
    "checkpoint": load_checkpoint,
    "frames": load_frames,
    "reference": lambda path: unpack_tensors(path.read_bytes(), str(path)),
    "idx": read_idx,
    "idx, gzipped": read_idx,
    "npy": read_npy,
    "PNG": lambda path: read_picture(path.read_bytes()),
    "JPEG": lambda path: read_picture(path.read_bytes()),
}


# -- feeding them to the readers -------------------------------------------------------------------------------------


def outcome(read: Callable[[Path], object], path: Path, content: bytes) -> str:
    """ "read", "refused" by one of our errors in one printable line, or what else came out."""
    path.write_bytes(content)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            read(path)
    except VaeCoreError as error:
        text = str(error)
        return "refused" if text.isprintable() and 0 < len(text) < 1000 else f"unfit text: {text!r:.200}"
    except Exception as error:
        return f"{type(error).__name__}: {error!s:.200}"
    return "read"


def sweep(files: Iterator[tuple[str, bytes]], kinds: tuple[str, ...], folder: Path) -> Counter[str]:
    """The outcomes of files by name, each read by the reader of every kind; foreign outcomes carry the name of the file."""
    outcomes: Counter[str] = Counter()
    for name, content in files:
        for kind in kinds:
            end = ".gz" if name.endswith(".gz") else ".npy" if kind == "npy" else ""
            result = outcome(READERS[kind], folder / f"hostile{end}", content)
            outcomes[result if result in ("read", "refused") else f"{kind}, {name}: {result}"] += 1
    return outcomes


def sweep_mutations(kind: str, count: int, folder: Path, seed: int = 0) -> Counter[str]:
    """The outcomes of so many mutations of a valid file. Every second one of our own files gets the right checksum."""
    content, end = valid_files()[kind]
    outcomes: Counter[str] = Counter()
    for number, mutation in enumerate(mutations(content, seed, count)):
        mutation = sealed(mutation) if end == ".safetensors" and number % 2 else mutation
        result = outcome(READERS[kind], folder / f"mutation{end}", mutation)
        outcomes[result if result in ("read", "refused") else f"{kind}, mutation {number}: {result}"] += 1
    return outcomes


# -- failing writes --------------------------------------------------------------------------------------------------

ERRNOS = tuple(getattr(errno, name) for name in ("ENOSPC", "EIO", "EDQUOT", "EROFS", "EACCES", "EMFILE"))
WRITE_CALLS = ((tempfile, "mkstemp"), (os, "fdopen"), (os, "fsync"), (os, "chmod"), (os, "replace"), (os, "open"))


class _FailingFile:
    """An open file whose `write`, `flush` and `close` count as calls of their own."""

    def __init__(self, file: Any, count: Callable[[str], None]):
        self._file, self._count = file, count

    def __enter__(self) -> _FailingFile:
        return self

    def __exit__(self, *error: object) -> None:
        self._file.close()
        self._count("close")

    def write(self, data: bytes) -> None:
        self._file.write(data[: len(data) // 2])  # a disk that fills up takes a part
        self._count("write")
        self._file.write(data[len(data) // 2 :])

    def flush(self) -> None:
        self._count("flush")
        self._file.flush()

    def fileno(self) -> int:
        return self._file.fileno()


@contextlib.contextmanager
def failing_call(number: int, code: int) -> Iterator[list[str]]:
    """Within, call number `number` among those that a save makes of the system fails with this errno. Gives the calls made."""
    calls: list[str] = []

    def count(name: str) -> None:
        calls.append(name)
        if len(calls) == number + 1:
            raise OSError(code, os.strerror(code))

    def counted(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **options: Any) -> Any:
            count(name)
            result = real(*args, **options)
            return _FailingFile(result, count) if name == "fdopen" else result

        return call

    before = [(module, name, getattr(module, name)) for module, name in WRITE_CALLS]
    try:
        for module, name, real in before:
            setattr(module, name, counted(name, real))
        yield calls
    finally:
        for module, name, real in before:
            setattr(module, name, real)


def failing_saves(save: Callable[[], object], path: Path, new: bytes) -> Iterator[tuple[str, str]]:
    """Let every call that `save` makes fail in turn, with every errno. Gives the call and the outcome: "kept" where the error is
    ours and names the file, and the file at `path` is the old one (after the rename: the `new` one), whole and alone."""
    old = path.read_bytes()
    for number in itertools.count():
        for code in ERRNOS:
            with failing_call(number, code) as calls:
                try:
                    save()
                    result = "no error"
                except FileError as error:
                    words = path.name in str(error) and os.strerror(code) in str(error) and ".part" not in str(error)
                    result = "kept" if words and "[Errno" not in str(error) else f"unfit text: {error}"
                except BaseException as error:
                    result = f"{type(error).__name__}: {error}"
            if number >= len(calls):  # it makes no more calls, and nothing failed
                path.write_bytes(old)
                return
            content = path.read_bytes()
            if content != old and not (content == new and "replace" in calls):
                result = "damaged"
            if [entry.name for entry in path.parent.iterdir()] != [path.name]:
                result = "something is left behind"
            path.write_bytes(old)
            yield f"{number}: {calls[number]}", result


# -- a sample as a program -------------------------------------------------------------------------------------------


def count_faults(mutations_of_each: int, every: int = 1) -> dict[str, dict[str, int]]:
    """Counts of outcomes: hostile files (`every` third of them, say), so many mutations of each kind of file, and failing
    writes."""
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        whole = whole_checkpoint()
        counts = {
            "hostile models and checkpoints": sweep(
                itertools.islice(hostile_models(whole), 0, None, every), ("model", "checkpoint"), folder
            ),
            "hostile idx files": sweep(hostile_idx(), ("idx",), folder),
            "hostile npy files": sweep(hostile_npy(), ("npy",), folder),
        }
        for kind in READERS:
            counts[f"mutations: {kind}"] = sweep_mutations(kind, mutations_of_each, folder)
        target = folder / "save" / "model.safetensors"
        target.parent.mkdir()
        vae = load_model(_written(folder / "whole.safetensors", whole))
        save_model(target, vae, version=2)
        new = target.read_bytes()
        save_model(target, vae, version=1)
        counts["failing writes"] = Counter(
            result for _, result in failing_saves(lambda: save_model(target, vae, version=2), target, new)
        )
    return {name: dict(count) for name, count in counts.items()}


def _written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


if __name__ == "__main__":
    print(json.dumps(count_faults(*map(int, sys.argv[1:] or ["100"])), indent=1))
