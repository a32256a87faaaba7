"""Files and links made to break what reads them: odd values in headers, sizes that lie, bombs, texts that are no numbers."""

from __future__ import annotations

import gzip
import io
import itertools
import logging
import os
import random
import struct
import sys
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import mutations
import numpy as np
from children import REPOSITORY, Case, Outcome, try_all
from PIL import Image

import vae_core as vc
from aevb_lab.session import link
from aevb_lab.session.paths import point_of_text
from vae_core.checkpoint import load_checkpoint
from vae_core.frames import load_frames
from vae_core.studies.repairs import hidden_pixels

sys.path[:0] = [str(REPOSITORY / "tests")]

from hostile_files import READERS, hostile_idx, hostile_models, hostile_npy, valid_files, whole_checkpoint  # noqa: E402
from hostile_links import links  # noqa: E402
from hostile_models import accepted_files, far_files, refused_files  # noqa: E402

VIEWS = (
    "latent_map",
    "reconstruct",
    "paths",
    "train",
    "compare",
    "bound",
    "likelihood",
    "code",
    "sketch",
    "steer",
    "gradients",
    "repair",
    "models",
)
PAGE_SECONDS = 200.0  # the first visitor of a page waits for studies that are kept then
SUFFIXES = {"npy": ".npy", "idx, gzipped": ".gz"}


# -- files -------------------------------------------------------------------------------------------------------


def try_files(number: int) -> Outcome:
    """Every hostile file, or the first `number` of each kind."""
    kinds = (models(), headers(), broken(), sets(), mats(), pictures())
    return try_all([case for cases in kinds for case in itertools.islice(cases, number or None)])


def read(reader: Callable[[Path], Any], content: bytes, suffix: str = "") -> None:
    path = Path(mutations.FOLDER.name) / f"file{suffix}"
    path.write_bytes(content)
    reader(path)


def models() -> Iterator[Case]:
    """Models as a visitor uploads them."""
    for name, content in itertools.chain(refused_files(), accepted_files(), far_files()):
        yield f"upload, {name}", partial(mutations.open_model, content)


def headers() -> Iterator[Case]:
    """Every value in the header of a checkpoint, and every property of a tensor, replaced by odd ones; read as each of three."""
    for name, content in hostile_models(whole_checkpoint()):
        yield f"upload, {name}", partial(mutations.open_model, content)
        for reader in (vc.load_model, load_checkpoint, load_frames):
            yield f"{reader.__name__}, {name}", partial(read, reader, content)


def broken() -> Iterator[Case]:
    """Valid files of every kind, cut off, joined, or read as what they are not."""
    for kind, (data, _) in valid_files().items():
        pieces = {f"cut at {at}": data[:at] for at in (0, 1, 7, 8, 9, 100, len(data) // 2, len(data) - 1)}
        pieces |= {
            "twice": data * 2,
            "zeros": bytes(len(data)),
            "and more": data + b"x",
            "gzipped": gzip.compress(data),
        }
        for (name, content), (other, reader) in itertools.product(pieces.items(), READERS.items()):
            yield f"{kind}, {name}, as {other}", partial(read, reader, content, SUFFIXES.get(other, ""))


def sets() -> Iterator[Case]:
    """Data sets and arrays, and gzipped ones that unpack to much more or to nothing."""
    for name, content in hostile_idx():
        yield f"idx, {name}", partial(read, READERS["idx"], content, ".gz" if name.endswith(".gz") else "")
    for name, content in hostile_npy():
        yield f"npy, {name}", partial(read, READERS["npy"], content, ".npy")
    files, images = mutations.idx_files(), "train-images-idx3-ubyte"
    for name, content in {
        "bomb": gzip.compress(b"\0\0\x08\x03" + bytes(100_000_000), 1),
        "bomb of many members": gzip.compress(b"\0\0\x08\x03") + gzip.compress(bytes(10_000_000), 1) * 20,
        "cut": gzip.compress(files[images])[:-5],
        "wrong sum": gzip.compress(files[images])[:-8] + bytes(8),
        "text": b"not gzip",
        "nested": gzip.compress(gzip.compress(files[images])),
        "zlib": zlib.compress(files[images]),
    }.items():
        changed = {file: data for file, data in files.items() if file != images} | {f"{images}.gz": content}
        yield f"data set, gz {name}", partial(mutations.open_data, "mnist", changed)
    for name in files:
        rest = {file: data for file, data in files.items() if file != name}
        yield f"data set without {name}", partial(mutations.open_data, "mnist", rest)


def mats() -> Iterator[Case]:
    """MATLAB files in the place of the Frey Faces."""
    start = b"MATLAB 5.0 MAT-file".ljust(124) + b"\x00\x01IM"
    contents = {
        "empty": b"", "text": b"not a mat file" * 20, "start": start, "zeros": start + bytes(64), "huge": start + struct.pack("<2I", 14, 2**31),
        "packed": start + struct.pack("<2I", 15, 20) + zlib.compress(bytes(20)), "hdf5": b"\x89HDF\r\n\x1a\n" + bytes(200),
        "array": start + struct.pack("<2I", 14, 56) + struct.pack("<14I", 6, 8, 6, 0, 5, 8, 2**31 - 1, 2**31 - 1, 1, 2, 102, 9, 8, 0),
    }  # fmt: skip
    contents |= {f"noise {seed}": start + random.Random(seed).randbytes(400) for seed in range(20)}
    for name, content in contents.items():
        yield f"mat, {name}", partial(mutations.open_data, "frey_faces", {"frey_rawface.mat": content})


def pictures() -> Iterator[Case]:
    def saved(image: Image.Image, kind: str = "PNG") -> bytes:
        file = io.BytesIO()
        image.save(file, kind)
        return file.getvalue()

    def png(width: int, height: int, depth: int = 8, colour: int = 0, body: bytes = b"") -> bytes:
        def chunk(name: bytes, data: bytes) -> bytes:
            return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

        head = struct.pack(">2I5B", width, height, depth, colour, 0, 0, 0)
        return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(body)) + chunk(b"IEND", b"")

    modes, sizes = ("1", "L", "LA", "P", "RGB", "RGBA", "I;16"), ((1, 1), (1, 900), (900, 1), (3, 5))
    large = ((0, 0), (2**31 - 1, 1), (60_000, 60_000), (30_000, 30_000), (1, 2**31 - 1), (5, 5))
    files = {f"{mode} {size}": saved(Image.new(mode, size)) for mode, size in itertools.product(modes, sizes)}
    files |= {
        f"{kind} file": saved(Image.new("RGB", (9, 9)), kind) for kind in ("GIF", "BMP", "TIFF", "WEBP", "PPM", "ICO")
    }
    files |= {f"JPEG {mode}": saved(Image.new(mode, (9, 9)), "JPEG") for mode in ("L", "RGB", "CMYK")}
    files |= {f"png of {size}": png(*size) for size in large}
    files |= {
        f"png of depth {depth}, colour {colour}": png(4, 4, depth, colour, bytes(40))
        for depth in (0, 1, 3, 16, 32)
        for colour in (0, 3, 6, 9)
    }
    files |= {
        "empty": b"",
        "svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        "long": b"\x89PNG\r\n\x1a\n" * 600_000,
        "eps": b"%!PS-Adobe-3.0 EPSF",
    }
    for name, content in files.items():
        yield f"picture, {name}", partial(mutations.open_picture, content)


# -- links -------------------------------------------------------------------------------------------------------


def try_links(number: int) -> Outcome:
    """What reads texts of links, with bad ones, of which some have a few characters changed."""
    cases: list[Case] = []
    for i, parameters in enumerate(links(number, keys=list(PARSERS))):
        choice = random.Random(f"link {i}")
        key, (text, *_) = next(iter(parameters.items()))
        if choice.random() < 0.5 and text:
            text = mutations.mutated(text.encode(errors="surrogatepass"), choice).decode("latin-1")
        cases.append((f"link {i}: {key}={text[:60]!r}", partial(PARSERS[key], text, choice.randint(1, 4))))
    return try_all(cases)


def _point(text: str, latent_dim: int) -> None:
    link.st = SimpleNamespace(query_params={"z": text}, session_state={})  # in this child alone
    _require_finite(link.start_point(latent_dim) or [])


def _toy(text: str, _: int) -> None:
    link.st = SimpleNamespace(query_params={"toy": text}, session_state={})
    _require_finite(link.toy_start())


def _end(text: str, latent_dim: int) -> None:
    _require_finite(point_of_text(text, latent_dim))


def _hidden(text: str, side: int) -> None:
    if hidden_pixels(text, (side, 8)).shape != (8 * side,):
        raise TypeError(f"hidden={text[:60]!r} hides pixels that are not there")


def _require_finite(values: Any) -> None:
    if not np.all(np.isfinite(values)):
        raise TypeError(f"a link gave {values}")


PARSERS: dict[str, Callable[[str, int], None]] = {"z": _point, "toy": _toy, "path_point_A": _end, "hidden": _hidden}


def try_pages(number: int) -> Outcome:
    """Pages opened by links of which several parameters are bad. A page must stand, without an exception."""
    cases = [
        (f"page {i}", partial(_open_page, random.Random(f"page {i}").choice(VIEWS), parameters))
        for i, parameters in enumerate(links(number, seed=1))
    ]
    return try_all(cases, PAGE_SECONDS)


def _open_page(view: str, parameters: dict[str, list[str]]) -> None:
    from streamlit.testing.v1 import AppTest

    from aevb_lab.jobs.board import Board

    logging.disable(logging.CRITICAL)  # Streamlit's, of threads without a browser
    os.chdir(REPOSITORY)
    Board.warm = lambda board: None  # in this child alone: a spare worker costs seconds
    page = AppTest.from_file(str(REPOSITORY / "app" / "main.py"), default_timeout=PAGE_SECONDS)
    for key, values in parameters.items():
        page.query_params[key] = values
    page.run()
    if not page.exception and view != "latent_map":
        page.switch_page(f"views/{view}.py").run()
    if page.exception:
        raise TypeError(f"/{view}?{str(parameters)[:300]}: {page.exception[0].message[:200]}")
