"""Images as flat float32 vectors in [0, 1]: where they come from and how they are split."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import urllib.request
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from vae_core.data.binarization import published_draw
from vae_core.errors import DataError, DatasetUnavailable
from vae_core.files import write_atomic

REPOSITORY = Path(__file__).resolve().parents[2]


DIGITS_SPLIT_SEED = 0


FREY_TEST_FRAMES = 365


FREY_SHA256 = "2438ba4f0d2a6bd8bac43de756141eaa33c8d248dd613d464bdb1210d9b7af78"


FREY_FILES = ("frey_faces.npy", "frey_rawface.mat")


IDX_FILES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")


DOWNLOADS = {  # address of the folder, and the MD5 of each of IDX_FILES as the publishers gave them
    "mnist": (
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        ("f68b3c2dcbeaaa9fbdd348bbdeb94873", "d53e105ee54ea40749a09fcbcd1e9432",
         "9fb629c4189551a2d022fa330f9573f3", "ec29112dd5afa0611ce80d1b7f02629c"),
    ),
    "fashion_mnist": (
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        ("8d4fb7e6c68d591d4c3dfef9ec88bf0d", "25c81989df183df01b3e8a0aad5dffbe",
         "bef4ecab320f06d8554ea6380940ec79", "bb300cfdad3c16e7a12a480ee83cd310"),
    ),
}  # fmt: skip


ZIP_ERRORS = (zlib.error, zipfile.BadZipFile)


FASHION_CLASSES = ("T-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "boot")


@dataclass(frozen=True, eq=False)
class Dataset:
    """A train and a test set of images: `x_*` (images, data_dim) in [0, 1], `y_*` (images,) int64 or None."""

    name: str
    x_train: Tensor
    x_test: Tensor
    y_train: Tensor | None
    y_test: Tensor | None
    image_shape: tuple[int, int]
    binarization: str
    class_names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("x_train", "x_test"):
            check_images(getattr(self, name), int(np.prod(self.image_shape)), name)

    @property
    def data_dim(self) -> int:
        return self.x_train.shape[1]


class Part(NamedTuple):
    """One part of a data set: `x` (images, data_dim) in [0, 1], `y` (images,) int64 or None."""

    x: Tensor
    y: Tensor | None
    image_shape: tuple[int, int]
    class_names: tuple[str, ...]


def check_images(x: Tensor, data_dim: int, name: str = "x") -> None:
    """Raise DataError unless `x` is (images, data_dim), finite and within [0, 1]."""
    if x.ndim != 2 or x.shape[1] != data_dim or len(x) == 0:
        raise DataError(f"{name} must have the shape (images, data_dim={data_dim}), got {tuple(x.shape)}")
    low, high = float(x.min()), float(x.max())
    if not (low >= 0.0 and high <= 1.0):
        raise DataError(f"{name} must lie in [0, 1], got values from {low:g} to {high:g}; divide by the largest value")


def binarized_test(name: str) -> Tensor:
    """The published draw of the named data set's test images, by its default binarisation."""
    dataset = load_data(name)
    return published_draw(dataset.x_test, dataset.binarization)


# -- loading -----------------------------------------------------------------------------------------------------


def load_data(name: str) -> Dataset:
    """Load a data set by name; see `DATASETS`. Raises DatasetUnavailable naming every place that was searched."""
    if name not in DATASETS:
        raise DatasetUnavailable(f"there is no data set named {name!r}; the names are {', '.join(DATASETS)}")
    return DATASETS[name](name)


def load_test(name: str) -> Part:
    """The test images of a data set, as `load_data` has them; of MNIST in a tenth of its time."""
    if DATASETS.get(name) is _load_idx:
        return _idx_part(name, "test")
    dataset = load_data(name)
    return Part(dataset.x_test, dataset.y_test, dataset.image_shape, dataset.class_names)


def data_folders(name: str) -> list[Path]:
    """Where a data set is looked for, in order."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folders = [REPOSITORY.parent / "shared" / "data" / name, cache / "aevb-lab" / name]
    if os.environ.get("VAE_DATA_DIR"):
        folders.insert(0, Path(os.environ["VAE_DATA_DIR"]) / name)
    return folders


def is_available(name: str) -> bool:
    """Whether the files of a data set are on this machine; reads none of them."""
    wanted = {"digits": [], "frey_faces": [FREY_FILES]}.get(name, [(file, f"{file}.gz") for file in IDX_FILES])
    try:
        return all(_find(name, alternatives) for alternatives in wanted)
    except DatasetUnavailable:
        return False


def _find(name: str, alternatives: tuple[str, ...]) -> Path:
    for folder in data_folders(name):
        for file in alternatives:
            if (folder / file).is_file():
                return folder / file
    remedy = f"run `python -m vae_core download {name}`, or " if name in DOWNLOADS else ""
    raise DatasetUnavailable(
        f"{name}: none of {', '.join(alternatives)} found in {', '.join(map(str, data_folders(name)))}; "
        f"{remedy}put the file there, or name another folder in VAE_DATA_DIR"
    )


def read_idx(path: Path) -> np.ndarray:
    """Read an idx file of unsigned bytes, gzipped or not."""
    try:
        data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    except (OSError, EOFError, zlib.error) as error:
        raise DatasetUnavailable(f"{path} cannot be read: {error}") from error
    dims = data[3] if len(data) > 3 and data[:3] == b"\0\0\x08" else 0
    shape = np.frombuffer(data, ">u4", dims, 4) if dims and len(data) >= 4 + 4 * dims else ()
    if not dims or int(np.prod(shape, dtype=np.int64)) != len(data) - 4 - 4 * dims:
        raise DatasetUnavailable(f"{path} is not an idx file of unsigned bytes, or it is truncated")
    return np.frombuffer(data, np.uint8, offset=4 + 4 * dims).reshape(shape)


def _flat(images: np.ndarray, largest: float = 255.0) -> Tensor:
    return torch.from_numpy(images.reshape(len(images), -1).astype(np.float32) / np.float32(largest))


def _load_idx(name: str) -> Dataset:
    train, test = _idx_part(name, "training"), _idx_part(name, "test")
    return Dataset(name, train.x, test.x, train.y, test.y, train.image_shape, "dynamic", train.class_names)


def _idx_part(name: str, part: str) -> Part:
    files = IDX_FILES[2:] if part == "test" else IDX_FILES[:2]
    images, labels = [read_idx(_find(name, (file, f"{file}.gz"))) for file in files]
    if images.ndim != 3 or labels.ndim != 1 or len(images) != len(labels) or images.size == 0:
        raise DatasetUnavailable(f"{name}: {part} images {images.shape} and labels {labels.shape} do not fit")
    classes = FASHION_CLASSES if name == "fashion_mnist" else tuple("0123456789")
    return Part(_flat(images), torch.from_numpy(labels.astype(np.int64)), images.shape[1:], classes)


def _load_digits(name: str) -> Dataset:
    from sklearn.datasets import load_digits  # imported late: it takes a second that other data sets do not need

    bunch = load_digits()
    order = np.random.Generator(np.random.PCG64(DIGITS_SPLIT_SEED)).permutation(len(bunch.data))
    x, y = _flat(bunch.images[order], 16.0), torch.from_numpy(bunch.target[order].astype(np.int64))
    return Dataset(name, x[:1500], x[1500:], y[:1500], y[1500:], (8, 8), "dynamic", tuple("0123456789"))


def _load_frey_faces(name: str) -> Dataset:
    path = _find(name, FREY_FILES)
    try:
        if path.suffix == ".npy":
            frames = np.load(io.BytesIO(path.read_bytes()), allow_pickle=False)
        else:
            from scipy.io import loadmat

            frames = loadmat(path)["ff"].T
        frames = frames.reshape(1965, 28, 20).astype(np.uint8)
    except (OSError, EOFError, ValueError, KeyError, TypeError, AttributeError, *ZIP_ERRORS) as error:
        raise DatasetUnavailable(f"{path} does not hold the 1,965 Frey Faces of 28x20 pixels: {error}") from error
    if hashlib.sha256(np.ascontiguousarray(frames).tobytes()).hexdigest() != FREY_SHA256:
        raise DatasetUnavailable(f"{path} has the shape of the Frey Faces, but not their pixels (checksum)")
    x = _flat(frames)  # the last frames as one block: neighbouring frames are near-copies, a random split leaks
    return Dataset(name, x[:-FREY_TEST_FRAMES], x[-FREY_TEST_FRAMES:], None, None, (28, 20), "none")


DATASETS: dict[str, Callable[[str], Dataset]] = {
    "digits": _load_digits,
    "mnist": _load_idx,
    "fashion_mnist": _load_idx,
    "frey_faces": _load_frey_faces,
}


def download(name: str) -> Path:
    """Fetch a data set's files into the user's cache folder, each checked against its publisher's MD5.

    The only code here that uses the network; nothing calls it but an explicit command or click.
    """
    if name not in DOWNLOADS:
        raise DatasetUnavailable(f"{name} has no download; those that have one are {', '.join(DOWNLOADS)}")
    address, checksums = DOWNLOADS[name]
    folder = data_folders(name)[-1]
    folder.mkdir(parents=True, exist_ok=True)
    for file, expected in zip(IDX_FILES, checksums, strict=True):
        try:
            with urllib.request.urlopen(f"{address}{file}.gz", timeout=60) as response:
                data = response.read(64 * 1024 * 1024)
        except OSError as error:
            raise DatasetUnavailable(f"{name}: {address}{file}.gz could not be fetched: {error}") from error
        found = hashlib.md5(data, usedforsecurity=False).hexdigest()
        if found != expected:
            raise DatasetUnavailable(
                f"{name}: {file}.gz has the checksum {found}, expected {expected}; nothing was kept"
            )
        write_atomic(folder / f"{file}.gz", data)
    return folder
