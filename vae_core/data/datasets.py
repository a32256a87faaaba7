"""The data sets, each one record of `DATASETS` (at the end): where their files are found and how they are read."""

from __future__ import annotations

import hashlib
import os
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from vae_core.data import emoji_like
from vae_core.data.array_files import read_idx, read_npy
from vae_core.data.binarization import published_draw
from vae_core.data.records import DataFile, Dataset, DatasetRecord, Framing, ImageWords, Part
from vae_core.errors import DatasetUnavailable
from vae_core.files import one_line
from vae_core.sizes import FLOAT_BYTES, require_memory

REPOSITORY = Path(__file__).resolve().parents[2]
DIGITS_SPLIT_SEED = 0
FREY_TEST_FRAMES = 365
DRAWN = "vae_core.data.emoji_like"
IDX_FILES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")
FREY_BYTES = 2**24  # the file of Frey Faces has no more; the faces have 1.1 MB


def binarized_test(name: str) -> Tensor:
    """The published draw of the named data set's test images, by its default binarisation."""
    dataset = load_data(name)
    return published_draw(dataset.x_test, dataset.binarization)


# -- loading -----------------------------------------------------------------------------------------------------


def load_data(name: str) -> Dataset:
    """Load a data set by name; see `DATASETS`. Raises DatasetUnavailable naming every place that was searched.

    >>> import vae_core as vc
    >>> digits = vc.load_data("digits")
    >>> digits.x_train.shape, digits.image_shape
    (torch.Size([1500, 64]), (8, 8))
    """
    record = record_of(name)
    check_data_folder(name)
    return record.load(record)


def record_of(name: str) -> DatasetRecord:
    """The record of a data set by name. Raises DatasetUnavailable with the names there are."""
    if name not in DATASETS:
        raise DatasetUnavailable(f"there is no data set named {name!r}; the names are {', '.join(DATASETS)}")
    return DATASETS[name]


def load_test(name: str) -> Part:
    """The test images of a data set, as `load_data` has them; where the set has files for them alone, only those are read."""
    record = record_of(name)
    check_data_folder(name)
    if record.load_test:
        return record.load_test(record)
    dataset = record.load(record)
    return Part(dataset.x_test, dataset.y_test, dataset.image_shape, dataset.class_names)


def data_folders(name: str) -> list[Path]:
    """The folders that are searched for a data set, in order."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"))
    folders = [REPOSITORY.parent / "shared" / "data" / name, cache / "aevb-lab" / name]
    if os.environ.get("VAE_DATA_DIR"):
        folders.insert(0, Path(os.environ["VAE_DATA_DIR"]) / name)
    return folders


def is_available(name: str) -> bool:
    """Whether the files of a data set are on this machine; reads none of them."""
    try:
        record = record_of(name)
        check_data_folder(name)
        if record.files:
            _find(record, record.files)
    except DatasetUnavailable:
        return False
    return True


def _find(record: DatasetRecord, files: Sequence[DataFile]) -> list[Path]:
    """The paths of these files of a data set, all in one folder: the first that holds any file of the set. A set is never put
    together from several folders: those files might be of other images."""
    folders = data_folders(record.name)
    folder = next((folder for folder in folders if _files_in(folder, record)), None)
    if folder is None:
        remedy = f"run `python -m vae_core download {record.name}`, or " if record.address else ""
        raise DatasetUnavailable(
            f"{record.name}: none of {', '.join(name for file in files[:1] for name in file.names)} found in "
            f"{', '.join(map(str, folders))}; {remedy}put the file there, or name another folder in VAE_DATA_DIR"
        )
    paths = [next((folder / name for name in file.names if os.path.isfile(folder / name)), None) for file in files]
    missing = [" or ".join(file.names) for file, path in zip(files, paths, strict=True) if path is None]
    if missing:
        again = (
            f" (`python -m vae_core download {record.name}` does)" if folder == folders[-1] and record.address else ""
        )
        raise DatasetUnavailable(
            f"{record.name}: {folder} lacks {', '.join(missing)}: put what is missing there{again}, or take the other files "
            "away; the files of one set must come from one folder"
        )
    return [path for path in paths if path]


def _files_in(folder: Path, record: DatasetRecord) -> list[str]:
    """Which files of a data set lie in a folder."""
    return [name for file in record.files for name in file.names if os.path.isfile(folder / name)]


def check_data_folder(name: str = "") -> None:
    """DatasetUnavailable if VAE_DATA_DIR is set and cannot be meant as it is, for this data set or for all: other data would not be
    what was asked for, nor would those of a set that comes from no folder."""
    wish = os.environ.get("VAE_DATA_DIR")
    if not wish:
        return
    root, record = Path(wish), DATASETS.get(name)
    sets, prefix = (f"{name} lies" if record and record.files else "data sets lie"), f"{name}: " if name else ""
    rule = f"{prefix}VAE_DATA_DIR must be the folder that {sets} in, got {one_line(wish)}"
    if not os.path.isdir(root):  # not Path.is_dir, which raises where it may not look
        raise DatasetUnavailable(f"{rule}, which is no folder: correct it, or unset it")
    astray = next((names[0] for other in DATASETS.values() if (names := _files_in(root, other))), None)
    if astray:
        remedy = (
            f"set it to {root.absolute().parent}"
            if root.name in DATASETS
            else f"move its files into {root / (name if record and record.files else 'NAME')}"
        )
        raise DatasetUnavailable(f"{rule}, which holds {astray} itself: {remedy}")
    if not any(os.path.exists(root / folder) for folder in DATASETS):
        missing = f"no folder {name} (nor any other set)" if record and record.files else "no folder of any of them"
        raise DatasetUnavailable(f"{rule}, which has {missing}: correct it, or unset it")
    if record and record.files and os.path.exists(root / name) and not _files_in(root / name, record):
        missing = ", ".join(" or ".join(file.names) for file in record.files)
        raise DatasetUnavailable(
            f"{name}: {root / name} lacks {missing}: put them there, or take the folder away to use another one"
        )
    if record and not record.files and os.path.exists(root / name):
        maker = "this project draws it" if name == "emoji_like" else "scikit-learn ships it"
        raise DatasetUnavailable(f"{name} is read from no folder, since {maker}: take {root / name} away")


def _origin(path: Path) -> str:
    """The folder of a data file for reports and histories, which are passed on: as the README names it, or without the user's
    name."""
    folder, home = Path(os.path.abspath(path.parent)), Path(os.path.expanduser("~"))
    if folder.is_relative_to(REPOSITORY.parent / "shared"):
        return f"../{folder.relative_to(REPOSITORY.parent).as_posix()}"
    return f"~/{folder.relative_to(home).as_posix()}" if folder.is_relative_to(home) else str(folder)


# -- loaders -----------------------------------------------------------------------------------------------------


def _flat(images: np.ndarray, largest: float = 255.0) -> Tensor:
    """The images as a Dataset has them. TooLarge where they and a draw of them would not fit into memory."""
    what = f"{len(images):,} images of {' x '.join(map(str, images.shape[1:]))} pixels"
    require_memory(2 * FLOAT_BYTES * images.size, what, "put fewer or smaller images there")
    x = images.reshape(len(images), -1).astype(np.float32)
    x /= np.float32(largest)
    return torch.from_numpy(x)


def _load_idx(record: DatasetRecord) -> Dataset:
    paths = _find(record, record.files)
    train, test = _idx_part(record, "training", paths[:2]), _idx_part(record, "test", paths[2:])
    if train.image_shape != test.image_shape:
        raise DatasetUnavailable(
            f"{record.name}: training images of {train.image_shape} and test images of {test.image_shape} pixels do not fit"
        )
    parts = train.x, test.x, train.y, test.y
    return Dataset(record.name, *parts, train.image_shape, record.binarization, record.class_names, _origin(paths[0]))


def _load_idx_test(record: DatasetRecord) -> Part:
    return _idx_part(record, "test", _find(record, record.files[2:]))


def _idx_part(record: DatasetRecord, part: str, paths: Sequence[Path]) -> Part:
    images, labels = map(read_idx, paths)
    if images.ndim != 3 or labels.ndim != 1 or len(images) != len(labels) or images.size == 0:
        raise DatasetUnavailable(f"{record.name}: {part} images {images.shape} and labels {labels.shape} do not fit")
    return Part(_flat(images), torch.from_numpy(labels.astype(np.int64)), images.shape[1:], record.class_names)


def _load_digits(record: DatasetRecord) -> Dataset:
    from sklearn.datasets import load_digits  # imported here because it loads slowly and other data sets do not need it

    bunch = load_digits()
    order = np.random.Generator(np.random.PCG64(DIGITS_SPLIT_SEED)).permutation(len(bunch.data))
    x, y = _flat(bunch.images[order], 16.0), torch.from_numpy(bunch.target[order].astype(np.int64))
    parts = x[:1500], x[1500:], y[:1500], y[1500:]
    return Dataset(record.name, *parts, (8, 8), record.binarization, record.class_names, "scikit-learn")


def _load_frey_faces(record: DatasetRecord) -> Dataset:
    (path,) = _find(record, record.files)
    frames = read_npy(path, FREY_BYTES) if path.suffix == ".npy" else _read_mat(path)
    if frames.size != 1965 * 560:
        raise DatasetUnavailable(
            f"{path} does not hold the 1,965 Frey Faces of 28x20 pixels: its shape is {frames.shape}"
        )
    with np.errstate(invalid="ignore"):  # nan: not the pixels either
        frames = frames.reshape(1965, 28, 20).astype(np.uint8)
    if hashlib.sha256(np.ascontiguousarray(frames).tobytes()).hexdigest() != record.pixels_sha256:
        raise DatasetUnavailable(f"{path} has the shape of the Frey Faces, but not their pixels (checksum)")
    # The test set is the last frames as one block: neighbouring frames are near-copies, so a random split would leak.
    x = _flat(frames)
    parts = x[:-FREY_TEST_FRAMES], x[-FREY_TEST_FRAMES:], None, None
    return Dataset(record.name, *parts, (28, 20), record.binarization, origin=_origin(path))


def _draw_emoji_like(record: DatasetRecord) -> Dataset:
    factors = emoji_like.draw_factors(emoji_like.TRAIN + emoji_like.TEST)
    x, y = _flat(emoji_like.draw(factors)), torch.from_numpy(factors.shape.astype(np.int64))
    parts = x[: emoji_like.TRAIN], x[emoji_like.TRAIN :], y[: emoji_like.TRAIN], y[emoji_like.TRAIN :]
    shape = (emoji_like.SIDE, emoji_like.SIDE, 3)
    return Dataset(record.name, *parts, shape, record.binarization, record.class_names, DRAWN)


def _read_mat(path: Path) -> np.ndarray:
    """The faces in MATLAB's file, (faces, pixels)."""
    from scipy.io import loadmat

    try:
        if path.stat().st_size > FREY_BYTES:
            raise ValueError(f"it has more than {FREY_BYTES:,} bytes")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return np.asarray(loadmat(path, variable_names=["ff"])["ff"], np.float64).T
    except Exception as error:  # scipy says of no damage which error it raises: at least ten kinds do occur
        raise DatasetUnavailable(
            f"{path} does not hold the 1,965 Frey Faces of 28x20 pixels: {one_line(error) or type(error).__name__}"
        ) from error


# -- the data sets -----------------------------------------------------------------------------------------------


def idx_files(*md5: str) -> tuple[DataFile, ...]:
    """The four idx files of a data set, with the MD5 of their downloads."""
    return tuple(DataFile((name, f"{name}.gz"), sum_) for name, sum_ in zip(IDX_FILES, md5, strict=True))


# MNIST's box and centre are what its makers describe, and the training set agrees: the median height is 20 pixels and the mean
# centre of mass 14.0. All digits are 8 pixels high. A pen's width is twice the ink divided by the length of its outline (total
# variation), the median over the training images.
HANDWRITTEN = ImageWords("a handwritten digit", "the digit", "handwritten digits")
DATASETS: dict[str, DatasetRecord] = {
    record.name: record
    for record in (
        DatasetRecord(
            "digits",
            _load_digits,
            source="Optical Recognition of Handwritten Digits (Alpaydin and Kaynak), licence CC BY 4.0, as scikit-learn ships it",
            may_be_passed_on=True,
            class_names=tuple("0123456789"),
            framing=Framing(8, "box", 1.5),
            words=HANDWRITTEN,
            training={"hidden_dims": (256, 256), "epochs": 300},
        ),
        DatasetRecord(
            "mnist",
            _load_idx,
            _load_idx_test,
            source="MNIST (Yann LeCun, Corinna Cortes, Christopher J.C. Burges), licence CC BY-SA 3.0",
            may_be_passed_on=True,
            files=idx_files(
                "f68b3c2dcbeaaa9fbdd348bbdeb94873",
                "d53e105ee54ea40749a09fcbcd1e9432",
                "9fb629c4189551a2d022fa330f9573f3",
                "ec29112dd5afa0611ce80d1b7f02629c",
            ),
            address="https://ossci-datasets.s3.amazonaws.com/mnist/",
            hub_name="ylecun/mnist",
            class_names=tuple("0123456789"),
            framing=Framing(20, "mass", 2.4),
            words=HANDWRITTEN,
        ),
        DatasetRecord(
            "fashion_mnist",
            _load_idx,
            _load_idx_test,
            source="Fashion-MNIST (Han Xiao, Kashif Rasul, Roland Vollgraf), licence MIT",
            may_be_passed_on=True,
            files=idx_files(
                "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
                "25c81989df183df01b3e8a0aad5dffbe",
                "bef4ecab320f06d8554ea6380940ec79",
                "bb300cfdad3c16e7a12a480ee83cd310",
            ),
            address="http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
            hub_name="zalando-datasets/fashion_mnist",
            class_names=tuple("T-shirt,trouser,pullover,dress,coat,sandal,shirt,sneaker,bag,boot".split(",")),
            framing=Framing(28, "box", 2.4),
            words=ImageWords("a photo of a piece of clothing", "the piece of clothing", "clothes"),
        ),
        DatasetRecord(
            "frey_faces",
            _load_frey_faces,
            source="Frey Faces (Brendan Frey and Sam Roweis); no image of it may be passed on, so none is here",
            files=(DataFile(("frey_faces.npy", "frey_rawface.mat")),),
            pixels_sha256="2438ba4f0d2a6bd8bac43de756141eaa33c8d248dd613d464bdb1210d9b7af78",
            binarization="none",
            is_sequence=True,
            words=ImageWords("a photo of a face", "the face", "faces"),
            training={"hidden_dims": (200,), "epochs": 300},
        ),
        DatasetRecord(
            "emoji_like",
            _draw_emoji_like,
            source="coloured shapes of known hue, size, angle and place, drawn by vae_core/data/emoji_like.py",
            may_be_passed_on=True,
            class_names=emoji_like.SHAPES,
            binarization="none",
            words=ImageWords("a coloured shape", "the shape", "coloured shapes"),
            training={
                "hidden_dims": (200,),
                "epochs": 100,
                "mean": "identity",
                "variance": "per_pixel",
                "variance_floor": 1e-2,
            },
        ),
    )
}


def is_sequence(name: str | None) -> bool:
    """Whether the images of a data set are frames of a film in their order: then a mean over them has a larger error
    (`averages.error_of_mean`). False for a data set without a record."""
    return name in DATASETS and DATASETS[name].is_sequence


def image_words(name: str) -> ImageWords:
    """What the images of a data set are called; those of one without a record are images."""
    return DATASETS[name].words if name in DATASETS else ImageWords()
