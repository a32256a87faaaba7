"""The data sets, each one record of `DATASETS` (at the end): where their files are found and how they are read."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import urllib.request
import zipfile
import zlib
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from vae_core.data.binarization import published_draw
from vae_core.data.records import DataFile, Dataset, DatasetRecord, Framing, Part
from vae_core.errors import DatasetUnavailable
from vae_core.files import write_atomic

REPOSITORY = Path(__file__).resolve().parents[2]
DIGITS_SPLIT_SEED = 0
FREY_TEST_FRAMES = 365
IDX_FILES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")
ZIP_ERRORS = (zlib.error, zipfile.BadZipFile)


def binarized_test(name: str) -> Tensor:
    """The published draw of the named data set's test images, by its default binarisation."""
    dataset = load_data(name)
    return published_draw(dataset.x_test, dataset.binarization)


# -- loading -----------------------------------------------------------------------------------------------------


def load_data(name: str) -> Dataset:
    """Load a data set by name; see `DATASETS`. Raises DatasetUnavailable naming every place that was searched."""
    record = record_of(name)
    return record.load(record)


def record_of(name: str) -> DatasetRecord:
    """The record of a data set by name. Raises DatasetUnavailable with the names there are."""
    if name not in DATASETS:
        raise DatasetUnavailable(f"there is no data set named {name!r}; the names are {', '.join(DATASETS)}")
    return DATASETS[name]


def load_test(name: str) -> Part:
    """The test images of a data set, as `load_data` has them; where the set has files for them alone, only those are read."""
    record = record_of(name)
    if record.load_test:
        return record.load_test(record)
    dataset = record.load(record)
    return Part(dataset.x_test, dataset.y_test, dataset.image_shape, dataset.class_names)


def data_folders(name: str) -> list[Path]:
    """The folders that are searched for a data set, in order."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folders = [REPOSITORY.parent / "shared" / "data" / name, cache / "aevb-lab" / name]
    if os.environ.get("VAE_DATA_DIR"):
        folders.insert(0, Path(os.environ["VAE_DATA_DIR"]) / name)
    return folders


def is_available(name: str) -> bool:
    """Whether the files of a data set are on this machine; reads none of them."""
    try:
        record = record_of(name)
        return all(_find(record, file) for file in record.files)
    except DatasetUnavailable:
        return False


def _find(record: DatasetRecord, file: DataFile) -> Path:
    folders = data_folders(record.name)
    for folder in folders:
        for name in file.names:
            if (folder / name).is_file():
                return folder / name
    remedy = f"run `python -m vae_core download {record.name}`, or " if record.address else ""
    raise DatasetUnavailable(
        f"{record.name}: none of {', '.join(file.names)} found in {', '.join(map(str, folders))}; "
        f"{remedy}put the file there, or name another folder in VAE_DATA_DIR"
    )


def downloadable() -> tuple[str, ...]:
    """The names of the data sets that have a download."""
    return tuple(name for name, record in DATASETS.items() if record.address)


def download(name: str) -> Path:
    """Fetch a data set's files into the user's cache folder, each checked against its publisher's MD5.

    The only code here that uses the network; nothing calls it but an explicit command or click.
    """
    if name not in downloadable():
        raise DatasetUnavailable(f"{name} has no download; those that have one are {', '.join(downloadable())}")
    record = DATASETS[name]
    folder = data_folders(name)[-1]
    folder.mkdir(parents=True, exist_ok=True)
    for names, expected in record.files:
        file = names[-1]
        try:
            with urllib.request.urlopen(f"{record.address}{file}", timeout=60) as response:
                data = response.read(64 * 1024 * 1024)
        except OSError as error:
            raise DatasetUnavailable(f"{name}: {record.address}{file} could not be fetched: {error}") from error
        checksum = hashlib.md5(data, usedforsecurity=False).hexdigest()
        if checksum != expected:
            raise DatasetUnavailable(
                f"{name}: {file} has the checksum {checksum}, expected {expected}; nothing was kept"
            )
        write_atomic(folder / file, data)
    return folder


# -- loaders -----------------------------------------------------------------------------------------------------


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


def _load_idx(record: DatasetRecord) -> Dataset:
    train, test = _idx_part(record, "training"), _load_idx_test(record)
    return Dataset(
        record.name, train.x, test.x, train.y, test.y, train.image_shape, record.binarization, record.class_names
    )


def _load_idx_test(record: DatasetRecord) -> Part:
    return _idx_part(record, "test")


def _idx_part(record: DatasetRecord, part: str) -> Part:
    files = record.files[2:] if part == "test" else record.files[:2]
    images, labels = [read_idx(_find(record, file)) for file in files]
    if images.ndim != 3 or labels.ndim != 1 or len(images) != len(labels) or images.size == 0:
        raise DatasetUnavailable(f"{record.name}: {part} images {images.shape} and labels {labels.shape} do not fit")
    return Part(_flat(images), torch.from_numpy(labels.astype(np.int64)), images.shape[1:], record.class_names)


def _load_digits(record: DatasetRecord) -> Dataset:
    from sklearn.datasets import load_digits  # imported here because it loads slowly and other data sets do not need it

    bunch = load_digits()
    order = np.random.Generator(np.random.PCG64(DIGITS_SPLIT_SEED)).permutation(len(bunch.data))
    x, y = _flat(bunch.images[order], 16.0), torch.from_numpy(bunch.target[order].astype(np.int64))
    return Dataset(record.name, x[:1500], x[1500:], y[:1500], y[1500:], (8, 8), record.binarization, record.class_names)


def _load_frey_faces(record: DatasetRecord) -> Dataset:
    path = _find(record, record.files[0])
    try:
        if path.suffix == ".npy":
            frames = np.load(io.BytesIO(path.read_bytes()), allow_pickle=False)
        else:
            from scipy.io import loadmat

            frames = loadmat(path)["ff"].T
        frames = frames.reshape(1965, 28, 20).astype(np.uint8)
    except (OSError, EOFError, ValueError, KeyError, TypeError, AttributeError, *ZIP_ERRORS) as error:
        raise DatasetUnavailable(f"{path} does not hold the 1,965 Frey Faces of 28x20 pixels: {error}") from error
    if hashlib.sha256(np.ascontiguousarray(frames).tobytes()).hexdigest() != record.pixels_sha256:
        raise DatasetUnavailable(f"{path} has the shape of the Frey Faces, but not their pixels (checksum)")
    # The test set is the last frames as one block: neighbouring frames are near-copies, so a random split would leak.
    x = _flat(frames)
    return Dataset(record.name, x[:-FREY_TEST_FRAMES], x[-FREY_TEST_FRAMES:], None, None, (28, 20), record.binarization)


# -- the data sets -----------------------------------------------------------------------------------------------


def _idx_files(*md5: str) -> tuple[DataFile, ...]:
    return tuple(DataFile((name, f"{name}.gz"), sum_) for name, sum_ in zip(IDX_FILES, md5, strict=True))


# MNIST's box and centre are what its makers describe, and the training set agrees: the median height is 20 pixels and the mean
# centre of mass 14.0. All digits are 8 pixels high. A pen's width is twice the ink divided by the length of its outline (total
# variation), the median over the training images.
DATASETS: dict[str, DatasetRecord] = {
    record.name: record
    for record in (
        DatasetRecord(
            "digits",
            _load_digits,
            source="Optical Recognition of Handwritten Digits (Alpaydin and Kaynak), as scikit-learn ships it",
            may_be_passed_on=True,
            class_names=tuple("0123456789"),
            framing=Framing(8, "box", 1.5),
            training={"hidden_dims": (256, 256), "epochs": 300},
        ),
        DatasetRecord(
            "mnist",
            _load_idx,
            _load_idx_test,
            source="MNIST (Yann LeCun, Corinna Cortes, Christopher J.C. Burges), licence CC BY-SA 3.0",
            may_be_passed_on=True,
            files=_idx_files(
                "f68b3c2dcbeaaa9fbdd348bbdeb94873",
                "d53e105ee54ea40749a09fcbcd1e9432",
                "9fb629c4189551a2d022fa330f9573f3",
                "ec29112dd5afa0611ce80d1b7f02629c",
            ),
            address="https://ossci-datasets.s3.amazonaws.com/mnist/",
            class_names=tuple("0123456789"),
            framing=Framing(20, "mass", 2.4),
        ),
        DatasetRecord(
            "fashion_mnist",
            _load_idx,
            _load_idx_test,
            source="Fashion-MNIST (Han Xiao, Kashif Rasul, Roland Vollgraf), licence MIT",
            may_be_passed_on=True,
            files=_idx_files(
                "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
                "25c81989df183df01b3e8a0aad5dffbe",
                "bef4ecab320f06d8554ea6380940ec79",
                "bb300cfdad3c16e7a12a480ee83cd310",
            ),
            address="http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
            class_names=(
                "T-shirt",
                "trouser",
                "pullover",
                "dress",
                "coat",
                "sandal",
                "shirt",
                "sneaker",
                "bag",
                "boot",
            ),
            framing=Framing(28, "box", 2.4),
        ),
        DatasetRecord(
            "frey_faces",
            _load_frey_faces,
            source="Frey Faces (Brendan Frey and Sam Roweis); no image of it may be passed on, so none is here",
            files=(DataFile(("frey_faces.npy", "frey_rawface.mat")),),
            pixels_sha256="2438ba4f0d2a6bd8bac43de756141eaa33c8d248dd613d464bdb1210d9b7af78",
            binarization="none",
            training={"hidden_dims": (200,), "epochs": 300},
        ),
    )
}
