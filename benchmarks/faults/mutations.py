"""Valid files and links with a few bytes changed: 20,000 of each kind."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import random
import re
import resource
import struct
import sys
import tempfile
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import torch
from children import Case, Outcome, try_all
from PIL import Image

import vae_core as vc
from aevb_lab.session.models import read_upload
from vae_core.data.framing import frame_picture
from vae_core.data.records import Framing
from vae_core.drawing import read_picture
from vae_core.models import pack_model

CHECKSUM = re.compile(rb'"checksum":\s*"([0-9a-f]{64})"')
NUMBERS = [b"0", b"-1", b"1e308", b"NaN", b"null", b"[]", b"{}", b'""', b"99999999999", b"1.5", b"true", b'"a"']
FOLDER = (
    tempfile.TemporaryDirectory()
)  # one for all children, which follow one another: some systems take long to remove one
EXTREMES = [0x00, 0x01, 0x7F, 0x80, 0xFF]


def mutated(data: bytes, choice: random.Random) -> bytes:
    """The data with one to four changes of the kinds that break parsers."""
    text = bytearray(data)
    for _ in range(choice.randint(1, 4)):
        at = choice.randrange(len(text) + 1)
        # Headers decide what a reader does, and they come first.
        at = choice.randrange(min(len(text), 2000) + 1) if choice.random() < 0.7 else at
        length = choice.randint(1, 16)
        match choice.randrange(8):
            case 0 if at < len(text):
                text[at] ^= 1 << choice.randrange(8)
            case 1 if at < len(text):
                text[at] = choice.choice(EXTREMES)
            case 2:
                del text[at : at + length]
            case 3:
                text[at:at] = text[at : at + length]
            case 4:
                text[at:at] = choice.randbytes(length)
            case 5:
                del text[at:]
            case 6:
                _replace_number(text, choice)
            case 7:
                text[at : at + 4] = struct.pack(
                    choice.choice(["<I", ">I"]), choice.choice([0, 1, 2**31 - 1, 2**31, 2**32 - 1])
                )
            case _:
                text += choice.randbytes(length)
    return bytes(text)


def _replace_number(text: bytearray, choice: random.Random) -> None:
    """Put another value in the place of a number in the text at the beginning, as in a header of JSON."""
    places = list(re.finditer(rb"(?<=[:\[, ])-?\d+(?:\.\d+)?", bytes(text[:4000])))
    if places:
        place = choice.choice(places)
        text[place.start() : place.end()] = choice.choice(NUMBERS)


def signed(data: bytes) -> bytes:
    """The file with a checksum that fits its bytes again, so that what stands behind the checksum's check is tried too."""
    match = CHECKSUM.search(data[:8000])
    if match is None:
        return data
    blank = data[: match.start(1)] + b"0" * 64 + data[match.end(1) :]
    return blank[: match.start(1)] + hashlib.sha256(blank).hexdigest().encode() + blank[match.end(1) :]


def with_fitting_length(data: bytes, original: bytes) -> bytes:
    """A safetensors file whose first eight bytes give the new length of its header, where the tensors are as they were."""
    start = 8 + int.from_bytes(original[:8], "little")
    tensors = original[start:]
    if not data.endswith(tensors) or len(data) < len(tensors) + 8:
        return data
    return (len(data) - len(tensors) - 8).to_bytes(8, "little") + data[8:]


def model_file() -> bytes:
    config = vc.ModelConfig(data_dim=6, image_shape=(2, 3), latent_dim=2, hidden_dims=(4,))
    vae = vc.VAE(config, generator=torch.Generator().manual_seed(0))
    return pack_model(vae, data="digits", train_config=vc.TrainConfig().to_dict(), step=3)


def idx_files() -> dict[str, bytes]:
    """A data set of three training and two test images, as MNIST's files are."""
    files = {}
    for part, count in (("train", 3), ("t10k", 2)):
        pixels = (np.arange(count * 784) * 7 % 256).astype(np.uint8)
        files[f"{part}-images-idx3-ubyte"] = b"\0\0\x08\x03" + struct.pack(">3I", count, 28, 28) + pixels.tobytes()
        files[f"{part}-labels-idx1-ubyte"] = b"\0\0\x08\x01" + struct.pack(">I", count) + bytes(range(count))
    return files


def npy_file() -> bytes:
    file = io.BytesIO()
    np.save(file, np.linspace(0, 1, 40, dtype=np.float32).reshape(8, 5))
    return file.getvalue()


def pictures() -> list[bytes]:
    image = Image.fromarray((np.add.outer(np.arange(24), np.arange(20)) * 5).astype(np.uint8))
    files = []
    for kind, options in (("PNG", {}), ("JPEG", {}), ("PNG", {"bits": 1})):
        file = io.BytesIO()
        (image.convert("P") if options else image).save(file, kind, **options)
        files.append(file.getvalue())
    return files


def open_model(content: bytes) -> None:
    model = read_upload(content, "model.safetensors")
    with torch.no_grad():
        model.vae.decode(torch.zeros(1, model.vae.config.latent_dim))


def open_data(name: str, files: dict[str, bytes]) -> None:
    """Load a data set from a folder that holds these files."""
    folder = Path(FOLDER.name) / name
    folder.mkdir(exist_ok=True)
    for path in folder.iterdir():
        path.unlink()
    for file, content in files.items():
        (folder / file).write_bytes(content)
    os.environ["VAE_DATA_DIR"] = FOLDER.name  # in this child alone
    vc.load_data(name)


def open_picture(content: bytes) -> None:
    frame_picture(read_picture(content), (28, 28), Framing(20, "mass", 2.4))


def try_models(number: int, seed: int = 0) -> Outcome:
    original = model_file()

    def make(choice: random.Random) -> Callable[[], None]:
        data = mutated(original, choice)
        if choice.random() < 0.8:
            data = signed(with_fitting_length(data, original))
        return partial(open_model, data)

    return try_all(_cases("model", number, seed, make))


def try_idx(number: int, seed: int = 0) -> Outcome:
    originals = idx_files()

    def make(choice: random.Random) -> Callable[[], None]:
        files, name = dict(originals), choice.choice(list(originals))
        if choice.random() < 0.3:
            content = files.pop(name)
            early = choice.random() < 0.5
            files[f"{name}.gz"] = (
                gzip.compress(mutated(content, choice)) if early else mutated(gzip.compress(content), choice)
            )
        else:
            files[name] = mutated(files[name], choice)
        return partial(open_data, "mnist", files)

    return try_all(_cases("idx", number, seed, make))


def try_npy(number: int, seed: int = 0) -> Outcome:
    original = npy_file()

    def make(choice: random.Random) -> Callable[[], None]:
        data = mutated(original, choice)
        return partial(open_data, "frey_faces", {"frey_faces.npy": data})

    return try_all(_cases("npy", number, seed, make))


def try_pictures(number: int, seed: int = 0) -> Outcome:
    originals = pictures()

    def make(choice: random.Random) -> Callable[[], None]:
        data = mutated(choice.choice(originals), choice)
        return partial(open_picture, data)

    return try_all(_cases("picture", number, seed, make))


def own_images() -> list[bytes | dict[str, bytes]]:
    """Sets of six images of each form that people bring."""
    pixels = (np.arange(6 * 36) * 7 % 256).astype(np.uint8).reshape(6, 6, 6)
    files: list[bytes | dict[str, bytes]] = []
    for kind, options in (
        ("PNG", {}),
        ("JPEG", {}),
        ("GIF", {}),
        ("WEBP", {"lossless": True}),
        ("BMP", {}),
        ("PPM", {}),
    ):
        pictures = {
            f"{'ab'[i % 2]}/{i}": _picture(Image.fromarray(image), kind, **options) for i, image in enumerate(pixels)
        }
        files += [pictures, zipped(pictures)]
    clear = {f"{i}.png": _picture(Image.fromarray(image).convert("RGBA"), "PNG") for i, image in enumerate(pixels)}
    rows = [",".join(map(str, [i % 2, *image.reshape(-1)])) for i, image in enumerate(pixels)]
    table = "\n".join(["label," + ",".join(f"p{i}" for i in range(36)), *rows]).encode()
    arrays, npy, labels = io.BytesIO(), io.BytesIO(), np.arange(6) % 2
    np.savez(arrays, x=pixels, y=labels)
    np.save(npy, pixels / 255.0)
    idx = b"\0\0\x08\x03" + struct.pack(">3I", 6, 6, 6) + pixels.tobytes()
    of_idx = {
        "train-images": idx,
        "train-labels": b"\0\0\x08\x01" + struct.pack(">I", 6) + labels.astype(np.uint8).tobytes(),
    }
    plain = [table, arrays.getvalue(), npy.getvalue(), idx, zipped(of_idx), zipped(clear)]
    return [*files, *plain, gzip.compress(table), gzip.compress(idx), of_idx, clear]


def _picture(image: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def zipped(files: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file.getvalue()


def open_own_images(source: bytes | dict[str, bytes]) -> None:
    """Read a set; growth by more than 256 MB is a fault."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try:
        vc.read_images(source)
    finally:
        growth = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / (
            1 if sys.platform == "darwin" else 1024
        )
        if growth > 256:
            raise MemoryError(f"it grew by {growth:.0f} MB")


def try_own_images(number: int, seed: int = 0) -> Outcome:
    originals = own_images()

    def make(choice: random.Random) -> Callable[[], None]:
        source = choice.choice(originals)
        if isinstance(source, dict):
            names = choice.sample(sorted(source), choice.randint(1, len(source)))
            return partial(open_own_images, source | {name: mutated(source[name], choice) for name in names})
        return partial(open_own_images, mutated(source, choice))

    return try_all(_cases("own images", number, seed, make))


def _cases(kind: str, number: int, seed: int, make: Callable[[random.Random], Callable[[], None]]) -> list[Case]:
    """A case is a function of its number, so that the one that is named in a fault can be made again."""
    return [(f"{kind} {seed + i}", make(random.Random(f"{kind} {seed + i}"))) for i in range(number)]
