"""Files and links made to break what reads them: each value of a header replaced by each of a list of bad ones, sizes that lie, bombs."""

from __future__ import annotations

import gzip
import io
import itertools
import json
import os
import random
import struct
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import mutations
import numpy as np
import torch
from children import REPOSITORY, Case, Outcome, try_all
from PIL import Image
from saving import algorithm_at

import vae_core as vc
from aevb_lab.session import link
from vae_core.checkpoint import load_checkpoint, pack_checkpoint
from vae_core.frames import load_frames
from vae_core.models import pretrained_path

VALUES: list[Any] = [
    None, True, 0, -1, 1.5, 1e308, float("nan"), float("inf"), 2**31, 2**63, 10**400, "", "x", "0", "\n", "\x00", "![d](http://evil.example/t.png)",
    "x" * 100_000, [], [[]], [0], [-1], [10**9] * 3, {}, {"a": {}},
]  # fmt: skip
TEXTS = [
    "", " ", "0", "-1", "NaN", "nan", "inf", "-inf", "1e400", "1" + "0" * 400, "0x10", "1_0", "１", "1,2", "1;2", ",", ",,", "0,0", "0,0,0", "1e9,1e9",
    "null", "None", "true", "[]", "{}", "<img src=x>", "<script>1</script>", "![d](http://evil.example/t.png)", "`x`", "$x$", "../../etc/passwd", "\x00",
    "\ud800", "\u202e", "é" * 3, "x" * 100_000, "%00", "%", "&", "=", "+", "mnist-2d", "digits-2d", "elbo", "A", "AAAA", "=" * 9,
]  # fmt: skip
LINK_KEYS = [
    "model", "z", "image", "run", "toy", "paths_view", "likelihood_axis", "curves_axis", "curves_term", "variance_axis", "stage", "bound_image_mnist-2d",
    "coordinates", "layers", "closer", "reconstruct_first", "reconstruct_order", "reconstruct_source", "path_steps", "path_from", "path_to", "hidden",
    "twin_seed", "twin_image", "twin_kind", "compare_view", "run_shown", "train_data", "repair_kind", "", "\n", "x" * 500,
]  # fmt: skip
VIEWS = (
    "latent_map",
    "reconstruct",
    "paths",
    "train",
    "compare",
    "bound",
    "likelihood",
    "gradients",
    "repair",
    "models",
)


# -- files -------------------------------------------------------------------------------------------------------


def try_files(number: int) -> Outcome:
    """Every hostile file, or the first `number` of each kind."""
    kinds = (headers_of_models(), headers_of_checkpoints(), broken_tensors(), idx_sets(), arrays(), pictures())
    return try_all([case for cases in kinds for case in itertools.islice(cases, number or None)])


def with_header(data: bytes, path: tuple[str, ...], value: Any) -> bytes:
    """A file of ours with one value of its JSON object replaced, a header of the right length and a checksum that fits."""
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    about = json.loads(header["__metadata__"]["vae_core"])
    place = about
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    header["__metadata__"]["vae_core"] = json.dumps(about)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return mutations.signed(len(text).to_bytes(8, "little") + text + data[8 + length :])


def paths_of(values: Any, before: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The way to each value in nested objects."""
    for name, value in values.items():
        yield (*before, name)
        if isinstance(value, dict):
            yield from paths_of(value, (*before, name))


def about_of(data: bytes) -> dict[str, Any]:
    header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    about: dict[str, Any] = json.loads(header["__metadata__"]["vae_core"])
    return about


def headers_of_models() -> Iterator[Case]:
    data = mutations.model_file()
    for path, value in itertools.product(paths_of(about_of(data)), VALUES):
        yield (
            f"model {'.'.join(path)} = {str(value)[:30]}",
            partial(mutations.open_model, with_header(data, path, value)),
        )


def headers_of_checkpoints() -> Iterator[Case]:
    data = pack_checkpoint(*algorithm_at(1))
    for path, value in itertools.product(paths_of(about_of(data)), VALUES):
        yield (
            f"checkpoint {'.'.join(path)} = {str(value)[:30]}",
            partial(_open_file, load_checkpoint, with_header(data, path, value)),
        )


def broken_tensors() -> Iterator[Case]:
    """Models and frames with other numbers in them, cut off, joined, or called what they are not."""
    config = vc.ModelConfig(data_dim=6, image_shape=(2, 3), latent_dim=2, hidden_dims=(4,))
    for value in (float("nan"), float("inf"), 3e38, 1e30, 3000.0, -3000.0, 0.0):
        for name in dict(vc.VAE(config, generator=torch.Generator()).named_parameters()):
            vae = vc.VAE(config, generator=torch.Generator().manual_seed(0))
            with torch.no_grad():
                dict(vae.named_parameters())[name].fill_(value)
            try:
                data = vc.models.pack_model(vae, data="digits")
            except vc.VaeCoreError:
                continue
            yield f"model with {name} = {value}", partial(mutations.open_model, data)
    for kind, data in {
        "model": mutations.model_file(),
        "frames": (pretrained_path("digits-2d") / "frames.safetensors").read_bytes(),
        "checkpoint": pack_checkpoint(*algorithm_at(1)),
    }.items():
        pieces = {f"cut at {at}": data[:at] for at in (0, 1, 7, 8, 9, 100, len(data) // 2, len(data) - 1)}
        pieces |= {
            "twice": data * 2,
            "zeros": bytes(len(data)),
            "and more": data + b"x",
            "gzipped": gzip.compress(data),
        }
        for name, content in pieces.items():
            for load in (load_frames, load_checkpoint, vc.load_model):
                yield f"{kind}, {name}, as {load.__name__}", partial(_open_file, load, content)


def _open_file(load: Callable[[Path], Any], content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "file").write_bytes(content)
        load(Path(folder) / "file")


def idx_sets() -> Iterator[Case]:
    files = mutations.idx_files()
    images, labels = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"

    def case(name: str, **changes: bytes | None) -> Case:
        content = {file: data for file, data in (files | {labels if key == "labels" else images: value for key, value in changes.items()}).items() if data is not None}  # fmt: skip
        return f"idx, {name}", partial(mutations.open_data, "mnist", content)

    for dims in (0, 1, 2, 4, 5, 64, 65, 255):
        yield case(f"{dims} dimensions", images=b"\0\0\x08" + bytes([dims]) + struct.pack(">I", 1) * dims + b"\0")
    for sizes in (
        (0, 28, 28),
        (3, 0, 0),
        (2**32 - 1,) * 3,
        (2**31, 2, 1),
        (65536, 65536, 1),
        (3, 28, 27),
        (4, 28, 28),
        (1, 1, 1),
        (3, 784, 1),
    ):
        yield case(f"sizes {sizes}", images=b"\0\0\x08\x03" + struct.pack(">3I", *sizes) + bytes(3 * 784))
    for kind in (0x09, 0x0B, 0x0C, 0x0D, 0x0E, 0x00, 0xFF):
        yield case(f"type {kind}", images=b"\0\0" + bytes([kind]) + files[images][3:])
    yield case("labels of another number", labels=b"\0\0\x08\x01" + struct.pack(">I", 2) + b"\0\1")
    yield case("labels of 255", labels=b"\0\0\x08\x01" + struct.pack(">I", 3) + b"\xff" * 3)
    yield case("no labels", labels=None)
    yield case("no images", images=None)
    for at in (0, 3, 4, 15, 16, 17, 400):
        yield case(f"cut at {at}", images=files[images][:at])
    for name, content in {
        "bomb": gzip.compress(b"\0\0\x08\x03" + bytes(300_000_000), 1),
        "cut": gzip.compress(files[images])[:-5],
        "crc": gzip.compress(files[images])[:-8] + b"\0" * 8,
        "text": b"not gzip",
        "nested": gzip.compress(gzip.compress(files[images])),
        "zlib": zlib.compress(files[images]),
    }.items():
        changed = {file: data for file, data in files.items() if file != images} | {f"{images}.gz": content}
        yield f"idx, gz {name}", partial(mutations.open_data, "mnist", changed)


def arrays() -> Iterator[Case]:
    """npy and mat files in the place of the Frey Faces."""
    shapes: list[tuple[int, ...]] = [(), (0,), (1965,), (1965, 560), (1965, 28, 20), (560, 1965), (2, 2, 2, 2)]
    for shape, kind in itertools.product(shapes, ("uint8", "float64", "complex64", "bool", "S3", "datetime64[s]")):
        file = io.BytesIO()
        np.save(file, np.zeros(shape, kind))
        yield f"npy {shape} {kind}", partial(mutations.open_data, "frey_faces", {"frey_faces.npy": file.getvalue()})
    for header in ("{}", "[]", "x", "{'descr': '<f4', 'fortran_order': False, 'shape': (10**12,)}", "__import__('os')", "{" * 3000,
                   "{'descr': 'O', 'fortran_order': False, 'shape': (1,)}", "{'descr': '<f4', 'fortran_order': 3, 'shape': (-1,)}"):  # fmt: skip
        for version in (b"\x01\x00", b"\x02\x00", b"\x03\x00", b"\x09\x00"):
            length = struct.pack("<H" if version == b"\x01\x00" else "<I", len(header))
            content = b"\x93NUMPY" + version + length + header.encode() + bytes(64)
            yield f"npy {header[:30]}", partial(mutations.open_data, "frey_faces", {"frey_faces.npy": content})
    start = b"MATLAB 5.0 MAT-file".ljust(124) + b"\x00\x01IM"
    for name, content in {
        "empty": b"", "text": b"not a mat file" * 20, "start": start, "zeros": start + bytes(64), "huge": start + struct.pack("<2I", 14, 2**31),
        "packed": start + struct.pack("<2I", 15, 20) + zlib.compress(bytes(20)), "noise": start + random.Random(0).randbytes(400),
        "hdf5": b"\x89HDF\r\n\x1a\n" + bytes(200),
    }.items():  # fmt: skip
        yield f"mat {name}", partial(mutations.open_data, "frey_faces", {"frey_rawface.mat": content})


def pictures() -> Iterator[Case]:
    def saved(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
        file = io.BytesIO()
        image.save(file, kind, **options)
        return file.getvalue()

    def png(width: int, height: int, depth: int = 8, colour: int = 0, body: bytes = b"") -> bytes:
        def chunk(name: bytes, data: bytes) -> bytes:
            return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

        head = struct.pack(">2I5B", width, height, depth, colour, 0, 0, 0)
        return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(body)) + chunk(b"IEND", b"")

    files = {f"{mode} {size}": saved(Image.new(mode, size)) for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")
             for size in ((1, 1), (1, 900), (900, 1), (3, 5))}  # fmt: skip
    files |= {
        f"{kind} file": saved(Image.new("RGB", (9, 9)), kind) for kind in ("GIF", "BMP", "TIFF", "WEBP", "PPM", "ICO")
    }
    files |= {f"JPEG {mode}": saved(Image.new(mode, (9, 9)), "JPEG") for mode in ("L", "RGB", "CMYK")}
    files |= {
        f"png {size}": png(*size)
        for size in ((0, 0), (2**31 - 1, 1), (60_000, 60_000), (30_000, 30_000), (1, 2**31 - 1), (5, 5))
    }
    files |= {
        f"png depth {depth} colour {colour}": png(4, 4, depth, colour, bytes(40))
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


def random_text(choice: random.Random) -> str:
    """A bad value of a link: one of the list, several with commas, or one that is changed."""
    parts = [choice.choice(TEXTS) for _ in range(choice.choice([1, 1, 2, 3]))]
    text = ",".join(parts)[:2000]
    if choice.random() < 0.5:
        text = mutations.mutated(text.encode(errors="surrogatepass") or b"0", choice).decode("latin-1")
    return text


def try_links(number: int) -> Outcome:
    """What reads numbers from links, with bad texts."""
    cases: list[Case] = []
    for i in range(number):
        choice = random.Random(f"link {i}")
        key, text = choice.choice(["z", "toy"]), random_text(choice)
        cases.append((f"link {i}: {key}={text[:60]!r}", partial(_read_link, key, text, choice.randint(1, 4))))
    return try_all(cases)


def _read_link(key: str, text: str, latent_dim: int) -> None:
    link.st = SimpleNamespace(query_params={key: text}, session_state={})  # of this child
    values = link.start_point(latent_dim) if key == "z" else link.toy_start()
    if values is not None and not all(np.isfinite(values)):
        raise TypeError(f"{key}={text[:60]!r} gave {values}")


def try_pages(number: int) -> Outcome:
    """Pages opened by links of which several parameters are bad. A page must stand, without an exception."""
    sys.path.append(str(REPOSITORY / "tests"))
    cases = [(f"page {i}", partial(_open_page, random.Random(f"page {i}"))) for i in range(number)]
    return try_all(cases)


def _open_page(choice: random.Random) -> None:
    from streamlit.testing.v1 import AppTest

    from aevb_lab.jobs.board import Board

    os.chdir(REPOSITORY)
    Board.warm = lambda board: None  # of this child: a spare worker costs seconds
    page = AppTest.from_file(str(REPOSITORY / "app" / "main.py"), default_timeout=60)
    view = choice.choice(VIEWS)
    link_values = {choice.choice(LINK_KEYS): random_text(choice)[:300] for _ in range(choice.randint(1, 4))}
    for key, value in link_values.items():
        page.query_params[key] = value
    page.run()
    if not page.exception and view != "latent_map":
        page.switch_page(f"views/{view}.py").run()
    if page.exception:
        raise TypeError(f"/{view}?{link_values}: {page.exception[0].message[:200]}")
