"""Data sets, where they are looked for, damaged files, binarisation and minibatches.
(Longer than other files: all share a made-up folder of data.)

Statistical tests here fail by chance for one seed in a million or fewer (|z| < 5); their seeds are fixed.
"""

import gc
import gzip
import hashlib
import io
import socket
import threading
import tracemalloc
import urllib.request
import warnings
from contextlib import nullcontext
from dataclasses import replace

import numpy as np
import pytest
import torch

from vae_core import (
    DataError,
    Dataset,
    DatasetUnavailable,
    History,
    ModelConfig,
    TooLarge,
    TrainConfig,
    binarize,
    binarized_test,
    fit,
    load_data,
    sizes,
)
from vae_core.data import datasets
from vae_core.data.array_files import read_idx, read_npy
from vae_core.data.binarization import check_likelihood_fits, published_draw
from vae_core.data.datasets import DATASETS, IDX_FILES, check_data_folder, data_folders, is_available, load_test
from vae_core.data.download import download, downloadable
from vae_core.data.minibatches import Minibatches
from vae_core.errors import FolderInUse
from vae_core.training import start

pytestmark = pytest.mark.usefixtures("global_randomness_untouched")
Z = 5.0


def digest(x: torch.Tensor) -> str:
    return hashlib.sha256(x.to(torch.uint8).numpy().tobytes()).hexdigest()[:16]


def idx_bytes(array: np.ndarray) -> bytes:
    header = b"\0\0\x08" + bytes([array.ndim]) + b"".join(side.to_bytes(4, "big") for side in array.shape)
    return header + array.astype(np.uint8).tobytes()


def write_idx_files(folder, train=7, test=3, labels=None):
    folder.mkdir(parents=True, exist_ok=True)
    counts = (train, labels or train, test, test)
    for count, file in zip(counts, IDX_FILES, strict=True):
        shape = (count, 4, 5) if "images" in file else (count,)
        array = np.arange(np.prod(shape)).reshape(shape) % 10
        (folder / f"{file}.gz").write_bytes(gzip.compress(idx_bytes(array)))


@pytest.fixture
def only_here(tmp_path, monkeypatch):
    """The search finds nothing but what a test puts into VAE_DATA_DIR, which this is. It holds another set already."""
    monkeypatch.setattr(datasets, "REPOSITORY", tmp_path / "clone" / "main")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("VAE_DATA_DIR", str(tmp_path / "mine"))
    (tmp_path / "mine" / "fashion_mnist").mkdir(parents=True)
    return tmp_path / "mine"


# -- the data sets -----------------------------------------------------------------------------------------------


def test_digits_split_is_fixed_and_disjoint():
    digits = load_data("digits")
    assert (digits.x_train.shape, digits.x_test.shape) == ((1500, 64), (297, 64))
    assert (digits.y_train.shape, digits.y_test.shape) == ((1500,), (297,))
    assert (digits.image_shape, digits.binarization, len(digits.class_names)) == ((8, 8), "dynamic", 10)
    assert digest(digits.x_test * 16) == "5a5cef63efc660ef"
    everything = {tuple(row) for row in torch.cat([digits.x_train, digits.x_test]).tolist()}
    assert len(everything) == 1797, "an image is in both parts, or twice in one"
    again = load_data("digits")
    assert torch.equal(again.x_train, digits.x_train) and torch.equal(again.y_test, digits.y_test)


def test_the_test_images_alone_are_those_of_the_whole_set(only_here):
    write_idx_files(only_here / "mnist")
    for name in ("mnist", "digits"):
        whole, test = load_data(name), load_test(name)
        assert torch.equal(test.x, whole.x_test) and torch.equal(test.y, whole.y_test)
        assert (test.image_shape, test.class_names) == (whole.image_shape, whole.class_names)
    for file in IDX_FILES[:2]:
        (only_here / "mnist" / f"{file}.gz").unlink()
    assert len(load_test("mnist").x) == 3, "no training image is read"


def test_mnist_is_the_real_one(real_data):
    mnist = real_data("mnist")
    assert (mnist.x_train.shape, mnist.x_test.shape, mnist.image_shape) == ((60000, 784), (10000, 784), (28, 28))
    assert mnist.x_train.min() == 0.0 and mnist.x_train.max() == 1.0 and mnist.x_train.dtype == torch.float32
    assert abs(float(mnist.x_train.double().mean()) - 0.1306605) < 1e-6
    assert torch.bincount(mnist.y_test).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert mnist.class_names == tuple("0123456789") and mnist.binarization == "dynamic"


def test_frey_faces_hold_out_the_last_frames_as_one_block(real_data):
    faces = real_data("frey_faces")
    assert (faces.x_train.shape, faces.x_test.shape, faces.image_shape) == ((1600, 560), (365, 560), (28, 20))
    assert 0.0 <= faces.x_train.min() and faces.x_train.max() <= 1.0
    assert (faces.y_train, faces.y_test, faces.binarization) == (None, None, "none")
    jump = (faces.x_test[0] - faces.x_train[-1]).abs().mean()
    assert jump < 0.1, "the first test frame does not follow the last training frame"


def test_a_dataset_out_of_range_or_shape_is_refused():
    good = torch.zeros(5, 6)
    for bad, message in [
        (good + 255, "x_test must lie in \\[0, 1\\], got values from 255 to 255; divide by the largest value"),
        (good + torch.nan, "x_test must lie in \\[0, 1\\]"),
        (good[:, :4], "x_test must have the shape \\(images, data_dim=6\\), got \\(5, 4\\)"),
        (good[:0], "x_test must have the shape"),
    ]:
        with pytest.raises(DataError, match=message):
            Dataset("bad", good, bad, None, None, (2, 3), "none")


def test_a_new_set_is_one_record(made_up_set):
    stripes = load_data("stripes")
    assert (stripes.name, stripes.data_dim, stripes.class_names) == ("stripes", 6, ("rising", "falling"))
    assert torch.equal(load_test("stripes").x, stripes.x_test) and is_available("stripes")
    assert torch.equal(binarized_test("stripes"), stripes.x_test), "not binarised by default"
    with pytest.raises(
        DatasetUnavailable, match="stripes has no download; those that have one are mnist, fashion_mnist"
    ):
        download("stripes")


def test_a_record_says_where_its_training_begins(made_up_set):
    assert made_up_set.own_settings == {"epochs": 20, **made_up_set.training}
    assert DATASETS["mnist"].own_settings == {"likelihood": "bernoulli", "hidden_dims": (500,), "epochs": 20}
    assert DATASETS["digits"].own_settings == {"likelihood": "bernoulli", "hidden_dims": (256, 256), "epochs": 300}
    assert DATASETS["frey_faces"].own_settings == {"likelihood": "gaussian", "hidden_dims": (200,), "epochs": 300}
    with pytest.raises(ValueError, match="likelihood must be one of bernoulli, .*got 'poisson'"):
        replace(made_up_set, training={"likelihood": "poisson"})
    with pytest.raises(ValueError, match="training of stripes must be settings, got width; there are latent_dim, "):
        replace(made_up_set, training={"width": 5})


def test_every_record_names_its_source_and_frey_faces_are_not_passed_on():
    assert all(record.source and record.name == name for name, record in DATASETS.items())
    assert [name for name, record in DATASETS.items() if not record.may_be_passed_on] == ["frey_faces"]
    assert downloadable() == ("mnist", "fashion_mnist")


# -- where they are looked for -----------------------------------------------------------------------------------


def test_a_missing_data_set_lists_every_place_searched_and_says_what_to_do(only_here, tmp_path):
    with pytest.raises(DatasetUnavailable) as error:
        load_data("mnist")
    places = [only_here / "mnist", tmp_path / "clone/shared/data/mnist", tmp_path / "cache/aevb-lab/mnist"]
    assert data_folders("mnist") == places
    text = str(error.value)
    positions = [text.index(str(place)) for place in places]
    assert positions == sorted(positions)
    assert "train-images-idx3-ubyte, train-images-idx3-ubyte.gz" in text and "\n" not in text
    assert "python -m vae_core download mnist" in text and "VAE_DATA_DIR" in text


def test_a_data_set_without_a_download_does_not_promise_one(only_here):
    with pytest.raises(DatasetUnavailable, match="frey_faces.npy, frey_rawface.mat") as error:
        load_data("frey_faces")
    assert "download" not in str(error.value)


def test_unknown_names_list_the_known_ones():
    with pytest.raises(DatasetUnavailable, match="'minst'; the names are digits, mnist, fashion_mnist, frey_faces"):
        load_data("minst")


def test_the_first_folder_of_the_search_wins(only_here, tmp_path):
    write_idx_files(tmp_path / "cache/aevb-lab/mnist", train=9)
    assert len(load_data("mnist").x_train) == 9
    write_idx_files(tmp_path / "clone/shared/data/mnist", train=8)
    assert len(load_data("mnist").x_train) == 8
    write_idx_files(only_here / "mnist", train=7)
    mnist = load_data("mnist")
    assert (mnist.x_train.shape, mnist.x_test.shape, mnist.image_shape) == ((7, 20), (3, 20), (4, 5))


def test_a_set_comes_whole_from_the_folder_that_was_asked_for_or_not_at_all(only_here, tmp_path, monkeypatch):
    """Training images of one's own tested on other images than one's own: a number that means nothing."""
    for place in (tmp_path / "cache/aevb-lab/mnist", tmp_path / "clone/shared/data/mnist", only_here / "mnist"):
        write_idx_files(place, train=7)
        for file in IDX_FILES[2:]:
            (place / f"{file}.gz").unlink()
        assert not is_available("mnist")
        for load in (load_data, load_test):
            with pytest.raises(DatasetUnavailable) as error:
                load("mnist")
            text = str(error.value)
            assert f"mnist: {place} lacks t10k-images-idx3-ubyte or t10k-images-idx3-ubyte.gz, t10k-labels" in text
            assert "train" not in text.partition("lacks")[2] and "must come from one folder" in text
            assert ("vae_core download mnist` does" in text) == ("cache" in text)
    write_idx_files(tmp_path / "cache/aevb-lab/mnist", train=9)
    write_idx_files(tmp_path / "clone/shared/data/mnist", train=8)
    with pytest.raises(DatasetUnavailable, match="mine/mnist lacks"):
        load_data("mnist")
    write_idx_files(only_here / "mnist", train=7)
    assert load_data("mnist").origin == str(only_here / "mnist")


@pytest.mark.parametrize("name", ["mnist", "frey_faces"])
def test_a_folder_that_cannot_be_meant_is_refused_with_the_remedy(only_here, tmp_path, monkeypatch, name):
    """Other data lie where they would be found."""
    write_idx_files(tmp_path / "cache/aevb-lab/mnist")
    write_idx_files(only_here / "mnist")
    write_idx_files(tmp_path / "flat")
    (tmp_path / "empty/mnist").mkdir(parents=True)
    (tmp_path / "other").mkdir()
    (tmp_path / "file").write_text("")
    for wish, message in {
        "mistyped": "got {wish}, which is no folder: correct it, or unset it",
        "file": "got {wish}, which is no folder",
        "x" * 5000: "which is no folder",
        "mine/mnist": "got {wish}, which holds train-images-idx3-ubyte.gz itself: set it to {mine}",
        "flat": "which holds train-images-idx3-ubyte.gz itself: move its files into {wish}/{name}",
        "other": "got {wish}, which has no folder {name} \\(nor any other set\\): correct it, or unset it",
        "empty": "{wish}/mnist lacks train-images-idx3-ubyte or train-images-idx3-ubyte.gz, train-labels",
    }.items():
        if (name, wish) == ("frey_faces", "empty"):
            continue
        monkeypatch.setenv("VAE_DATA_DIR", str(tmp_path / wish))
        with pytest.raises(DatasetUnavailable, match=message.format(wish=tmp_path / wish, name=name, mine=only_here)):
            load_data(name)
        assert not is_available(name)
    monkeypatch.setenv("VAE_DATA_DIR", "")
    assert load_data("mnist").origin == str(tmp_path / "cache/aevb-lab/mnist")


def test_a_wish_that_cannot_be_meant_is_refused_for_what_scikit_learn_ships_too(only_here, tmp_path, monkeypatch):
    write_idx_files(only_here / "mnist")
    write_idx_files(tmp_path / "flat")
    (tmp_path / "other").mkdir()
    (tmp_path / "own/digits").mkdir(parents=True)
    for wish, message in {
        "mistyped": "digits: VAE_DATA_DIR must be the folder that data sets lie in, got {wish}, which is no folder: correct it",
        "mine/mnist": "got {wish}, which holds train-images-idx3-ubyte.gz itself: set it to {mine}",
        "flat": "which holds train-images-idx3-ubyte.gz itself: move its files into {wish}/NAME",
        "other": "which has no folder of any of them: correct it, or unset it",
        "own": "digits is read from no folder, since scikit-learn ships it: take {wish}/digits away",
    }.items():
        monkeypatch.setenv("VAE_DATA_DIR", str(tmp_path / wish))
        for load in (load_data, load_test, binarized_test):
            with pytest.raises(DatasetUnavailable, match=message.format(wish=tmp_path / wish, mine=only_here)):
                load("digits")
        assert not is_available("digits")
        if wish != "own":
            with pytest.raises(
                DatasetUnavailable, match="^VAE_DATA_DIR must be the folder that data sets lie in, got "
            ):
                check_data_folder()
    monkeypatch.setenv("VAE_DATA_DIR", str(only_here))
    check_data_folder()
    assert len(load_test("digits").x) == 297


def test_a_set_that_is_not_among_ones_own_comes_from_elsewhere_and_says_so(only_here, tmp_path, monkeypatch):
    write_idx_files(tmp_path / "clone/shared/data/mnist")
    assert load_data("mnist").origin == "../shared/data/mnist", "as the README names it"
    assert load_data("digits").origin == "scikit-learn"
    monkeypatch.setenv("HOME", str(tmp_path))
    write_idx_files(only_here / "mnist")
    assert load_data("mnist").origin == "~/mine/mnist", "no name of a user in a file that is passed on"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VAE_DATA_DIR", "mine")
    assert load_data("mnist").origin == "~/mine/mnist"


def test_histories_name_the_folder_and_tell_other_images_apart(only_here):
    write_idx_files(only_here / "mnist")
    mnist = load_data("mnist")
    history = mnist.new_history(TrainConfig())
    assert (history.origin, history.fingerprint) == (str(only_here / "mnist"), mnist.fingerprint)
    assert History.from_json(history.to_json()) == history and len(mnist.fingerprint) == 16
    for part in ("x_train", "x_test"):
        assert replace(mnist, **{part: getattr(mnist, part).flip(1)}).fingerprint != mnist.fingerprint
        fewer = {name: getattr(mnist, name)[1:] for name in (part, part.replace("x", "y"))}
        assert replace(mnist, **fewer).fingerprint != mnist.fingerprint
    assert replace(mnist, x_train=mnist.x_train.clone()).fingerprint == mnist.fingerprint


def test_training_and_test_images_of_other_sizes_are_refused(only_here):
    write_idx_files(only_here / "mnist")
    (only_here / "mnist" / f"{IDX_FILES[2]}.gz").write_bytes(gzip.compress(idx_bytes(np.zeros((3, 5, 4)))))
    with pytest.raises(
        DatasetUnavailable, match=r"training images of \(4, 5\) and test images of \(5, 4\) pixels do not fit"
    ):
        load_data("mnist")


# -- damaged files -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "damage",
    [
        lambda whole: b"",
        lambda whole: whole[:3],
        lambda whole: whole[:10],
        lambda whole: whole[:-1],
        lambda whole: whole + b"\0",
        lambda whole: b"\0\0\x0d" + whole[3:],
        lambda whole: b"\0\0\x08\xff" + whole[4:],
        lambda whole: whole[:4] + b"\xff" * 12 + whole[16:],
        lambda whole: b"<html>moved permanently</html>",
    ],
)
def test_damaged_idx_files_are_named(tmp_path, damage):
    whole = idx_bytes(np.arange(60).reshape(3, 4, 5))
    path = tmp_path / "images"
    path.write_bytes(damage(whole))
    with pytest.raises(DatasetUnavailable, match="images is not an idx file of unsigned bytes, or it is truncated"):
        read_idx(path)


def test_damaged_gzip_files_are_named(tmp_path):
    whole = gzip.compress(idx_bytes(np.arange(6000).reshape(3, 40, 50)))
    for bad in (whole[:30], whole[:-5], whole[:40] + b"\xff" * 60 + whole[100:], b"no gzip", whole[:-8] + b"\0" * 8):
        path = tmp_path / "images.gz"
        path.write_bytes(bad)
        with pytest.raises(DatasetUnavailable, match="images.gz cannot be read: "):
            read_idx(path)


def test_no_more_is_unpacked_than_the_header_promises(tmp_path, monkeypatch):
    """64 MB of zeros behind 60 bytes of images, and a promise of a gigabyte before 60 bytes."""
    bomb, liar = tmp_path / "bomb.gz", tmp_path / "liar"
    bomb.write_bytes(gzip.compress(idx_bytes(np.arange(60).reshape(3, 4, 5)) + bytes(2**26)))
    liar.write_bytes(idx_bytes(np.zeros((1, 1, 60))).replace(b"\0\0\0\x01" * 2, b"\0\0\x04\0" * 2, 1))
    for path, words in (
        (bomb, "promises 60 bytes, and it holds more"),
        (liar, "promises 62,914,560 bytes, and it holds 60"),
    ):
        tracemalloc.start()
        with pytest.raises(DatasetUnavailable, match=words):
            read_idx(path)
        assert tracemalloc.get_traced_memory()[1] < 8e6
        tracemalloc.stop()


def test_an_npy_file_is_what_numpy_reads_and_no_more(tmp_path):
    path = tmp_path / "a.npy"
    for array in (np.arange(24.0).reshape(2, 3, 4), np.asfortranarray(np.arange(6).reshape(2, 3)), np.zeros((0, 3))):
        np.save(path, array)
        assert np.array_equal(read_npy(path), array) and read_npy(path).dtype == array.dtype
        with (
            pytest.raises(DatasetUnavailable, match="a.npy cannot be read: its header promises")
            if array.size
            else nullcontext()
        ):
            read_npy(path, most_bytes=array.nbytes - 1 if array.size else 0)
    path.write_bytes(npy(np.arange(6)) + b"x")
    with pytest.raises(
        DatasetUnavailable, match="a.npy cannot be read: its header promises 48 bytes, and it holds more"
    ):
        read_npy(path)


@pytest.mark.parametrize(
    "content", [b"", b"MATLAB 5.0 MAT-file" + bytes(400), bytes(128) + b"\x0e\0\0\0\xff\xff\xff\x7f"]
)
def test_a_damaged_file_of_matlab_is_named(only_here, content):
    (only_here / "frey_faces").mkdir(parents=True)
    (only_here / "frey_faces/frey_rawface.mat").write_bytes(content)
    with pytest.raises(
        DatasetUnavailable, match="frey_rawface.mat does not hold the 1,965 Frey Faces of 28x20 pixels: ."
    ):
        load_data("frey_faces")


def test_images_that_would_not_fit_into_memory_are_counted_first(only_here, monkeypatch):
    write_idx_files(only_here / "mnist")
    monkeypatch.setattr(sizes, "FEW_BYTES", 0)
    monkeypatch.setattr(sizes, "free_memory", lambda: 1000)
    with pytest.raises(
        TooLarge, match=r"^7 images of 4 x 5 pixels would need 1.1 kB of memory and .* fewer or smaller"
    ):
        load_data("mnist")
    monkeypatch.setattr(sizes, "free_memory", lambda: 10_000)
    assert len(load_data("mnist").x_train) == 7


def test_images_and_labels_that_do_not_fit_are_refused(only_here):
    write_idx_files(only_here / "mnist", labels=6)
    with pytest.raises(DatasetUnavailable, match=r"training images \(7, 4, 5\) and labels \(6,\) do not fit"):
        load_data("mnist")
    write_idx_files(only_here / "mnist", test=0)
    with pytest.raises(DatasetUnavailable, match=r"test images \(0, 4, 5\) and labels \(0,\) do not fit"):
        load_data("mnist")


def npy(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"garbage", npy(np.zeros((3, 4))), npy(np.zeros((1965, 560)))])
def test_foreign_frey_faces_are_refused(only_here, content):
    (only_here / "frey_faces").mkdir(parents=True)
    (only_here / "frey_faces/frey_faces.npy").write_bytes(content)
    refused = "frey_faces.npy (cannot be read: |does not hold the 1,965 Frey|has the shape of the Frey)"
    with pytest.raises(DatasetUnavailable, match=refused):
        load_data("frey_faces")


@pytest.mark.parametrize("change", [torch.Tensor.bfloat16, torch.Tensor.half, torch.Tensor.double])
def test_images_of_another_type_than_the_models_are_refused_by_the_run_in_our_words(dataset, change):
    other = replace(dataset, x_train=change(dataset.x_train), x_test=change(dataset.x_test))
    algorithm, generator = start(ModelConfig(6, (2, 3)), TrainConfig(binarization="none"))
    with pytest.raises(DataError, match=r"give x.to\(torch.float32\)$"):
        next(fit(algorithm, other, generator=generator))


def test_images_that_need_a_gradient_are_images_too(dataset):
    x = dataset.x_train.clone().requires_grad_()
    assert replace(dataset, x_train=x).fingerprint == dataset.fingerprint


def test_a_download_is_kept_whole_by_one_process_at_a_time(only_here, tmp_path, monkeypatch):
    files = {f"{name}.gz": name.encode() for name in IDX_FILES}
    sums = [hashlib.md5(content, usedforsecurity=False).hexdigest() for content in files.values()]
    record = replace(DATASETS["mnist"], files=datasets.idx_files(*sums))
    monkeypatch.setitem(DATASETS, "mnist", record)
    folder = tmp_path / "cache/aevb-lab/mnist"

    def answer(address, timeout):
        if address.endswith(IDX_FILES[3] + ".gz"):
            with pytest.raises(FolderInUse, match="mnist is in use by process"):
                download("mnist")
        return io.BytesIO(files[address.rpartition("/")[2]])

    monkeypatch.setattr(urllib.request, "urlopen", answer)
    folder.mkdir(parents=True)
    (folder / f".{IDX_FILES[0]}.gz.abc.part").write_bytes(b"of a process that was killed")
    assert download("mnist") == folder
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == files


def test_a_download_with_another_checksum_is_not_kept(only_here, tmp_path, monkeypatch):
    monkeypatch.setattr(urllib.request, "urlopen", lambda *args, **kwargs: io.BytesIO(b"not MNIST"))
    with pytest.raises(DatasetUnavailable, match="checksum .*, expected .*; nothing was kept"):
        download("mnist")
    assert not list((tmp_path / "cache").rglob("*ubyte*"))
    with pytest.raises(DatasetUnavailable, match="digits has no download; those that have one are mnist, fashion"):
        download("digits")


ANSWERS = {
    "garbage": b"\x16\x03\x01 what?\r\n\r\n",
    "nothing": b"",
    "no status": b"HTTP/1.1\r\n\r\n",
    "a status of letters": b"HTTP/1.1 two OK\r\n\r\n",
    "a long line": b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000 + b"\r\n\r\n",
    "two hundred headers": b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n",
    "fewer bytes than promised": b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nfew",
    "a length of letters": b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\nfew",
    "broken chunks": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nfew\r\n",
    "cut chunks": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfe",
    "a redirection to nowhere": b"HTTP/1.1 302 Found\r\nLocation: http://[/\r\n\r\n",
    "a redirection to a file": b"HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\n\r\n",
    "not found": b"HTTP/1.1 404 Not Found\r\n\r\n",
    "log in first": b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n",
}


@pytest.fixture
def proxy(monkeypatch):
    """Set the proxy of downloads. urllib keeps the one of its first request, until it is told to forget it."""

    def set_proxy(address: str) -> None:
        monkeypatch.setenv("http_proxy", address)
        monkeypatch.delenv("no_proxy", raising=False)
        urllib.request.install_opener(None)

    yield set_proxy
    urllib.request.install_opener(None)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # http.client leaves sockets open after garbage
        gc.collect()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_whatever_a_proxy_answers_is_one_line(only_here, tmp_path, proxy, answer):
    server = socket.create_server(("127.0.0.1", 0))

    def serve():
        connection, _ = server.accept()
        with connection:
            connection.recv(10_000)
            connection.sendall(answer)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    proxy(f"http://127.0.0.1:{server.getsockname()[1]}")
    with pytest.raises(DatasetUnavailable, match="^fashion_mnist: ") as error:
        download("fashion_mnist")
    thread.join(timeout=60)
    assert not thread.is_alive(), "nobody asked the proxy"
    server.close()
    text = str(error.value)
    assert text.isprintable() and "train-images-idx3-ubyte.gz" in text and "proxy" in text
    assert not list((tmp_path / "cache").rglob("*ubyte*"))


@pytest.mark.parametrize("address", ["http://127.0.0.1:nine", "http://[::1", "nonsense://x", "http://127.0.0.1:1"])
def test_a_proxy_that_is_none_is_one_line(only_here, proxy, address):
    proxy(address)
    with pytest.raises(
        DatasetUnavailable, match="^fashion_mnist: http://fashion.* could not be fetched: .+look at the conn"
    ) as error:
        download("fashion_mnist")
    assert "Errno" not in str(error.value) and "urlopen" not in str(error.value)


# -- binarisation ------------------------------------------------------------------------------------------------


def test_threshold_and_none_draw_nothing(grey_dataset):
    x = grey_dataset.x_test
    assert binarize(x, "none") is x
    assert torch.equal(binarize(torch.tensor([[0.0, 0.5, 0.51, 1.0]]), "threshold"), torch.tensor([[0.0, 0, 1, 1]]))


def test_dynamic_draws_pixels_with_their_grey_value_as_probability(generator):
    x = torch.tensor([0.0, 0.2, 0.9, 1.0]).expand(20000, 4)
    drawn = binarize(x, "dynamic", generator=generator(1))
    assert set(drawn.unique().tolist()) == {0.0, 1.0}
    assert bool((drawn[:, 0] == 0).all() and (drawn[:, 3] == 1).all())
    error = (x * (1 - x) / len(x)).sqrt()[0]
    assert bool(((drawn.mean(0) - x[0]).abs() <= Z * error).all())
    assert torch.equal(drawn, binarize(x, "dynamic", generator=generator(1)))
    assert not torch.equal(drawn, binarize(x, "dynamic", generator=generator(2)))


def test_dynamic_asks_for_a_generator_and_modes_are_checked():
    with pytest.raises(ValueError, match="generator must be given for dynamic binarization, got None"):
        binarize(torch.zeros(2, 3), "dynamic")
    with pytest.raises(ValueError, match="binarization must be one of dynamic, threshold, none, got 'grey'"):
        binarize(torch.zeros(2, 3), "grey")


def test_grey_pixels_under_a_bernoulli_decoder_are_refused_with_the_remedies(dataset, grey_dataset):
    with pytest.raises(DataError, match="choose binarization 'dynamic' or 'threshold', or the likelihood 'gaussian'"):
        check_likelihood_fits(grey_dataset.x_train, "bernoulli", "none")
    check_likelihood_fits(grey_dataset.x_train, "bernoulli", "dynamic")
    check_likelihood_fits(grey_dataset.x_train, "gaussian", "none")
    check_likelihood_fits(dataset.x_train, "bernoulli", "none")


def test_the_published_draw_of_digits_is_one_draw_and_has_the_grey_values_as_mean():
    drawn, grey = binarized_test("digits"), load_data("digits").x_test
    assert torch.equal(drawn, binarized_test("digits"))
    assert digest(drawn) == "619f9578ed583828"
    z = (drawn - grey).sum() / (grey * (1 - grey)).sum().sqrt()
    assert abs(float(z)) < Z


def test_the_published_draw_of_mnist_is_the_one_that_the_cards_are_of(real_data):
    grey = real_data("mnist").x_test
    drawn = published_draw(grey, "dynamic")
    assert digest(drawn) == "78739197e175e0db"
    z = (drawn.double() - grey).sum() / (grey.double() * (1 - grey)).sum().sqrt()
    assert abs(float(z)) < Z


# -- minibatches -------------------------------------------------------------------------------------------------


def numbered(count: int) -> torch.Tensor:
    """Images that can be told apart: image i has the value i / count in each of 3 pixels."""
    return (torch.arange(count) / count)[:, None].expand(count, 3)


def epoch_of(batches: Minibatches, epoch: int, noise: torch.Generator) -> list[torch.Tensor]:
    first = epoch * batches.steps_per_epoch
    return [batches.draw(step, noise) for step in range(first, first + batches.steps_per_epoch)]


def test_each_epoch_visits_every_image_once_in_an_order_of_its_own(generator):
    batches = Minibatches(numbered(23), "none", 5, seed=3)
    epochs = [epoch_of(batches, epoch, generator()) for epoch in range(3)]
    assert [len(batch) for batch in epochs[0]] == [5, 5, 5, 5, 3]
    orders = [torch.cat(batches_of)[:, 0] for batches_of in epochs]
    for order in orders:
        assert torch.equal(order.sort().values, numbered(23)[:, 0])
    assert not torch.equal(orders[0], orders[1]) and not torch.equal(orders[1], orders[2])


def test_samples_seen_counts_the_short_last_minibatch(generator):
    batches = Minibatches(numbered(23), "none", 5, seed=3)
    sizes = [len(batch) for epoch in range(2) for batch in epoch_of(batches, epoch, generator())]
    assert [batches.samples_seen(step) for step in range(11)] == [sum(sizes[:step]) for step in range(11)]


@pytest.mark.parametrize("binarization", ["none", "threshold", "dynamic"])
def test_a_minibatch_is_a_function_of_seed_and_step_alone(generator, binarization):
    def batches(seed=3):
        return Minibatches(numbered(23), binarization, 5, seed=seed)

    in_order = batches()
    forwards = [in_order.draw(step, generator(step)) for step in range(12)]
    shuffled = batches()
    for step in (11, 0, 7, 4, 5, 7):
        assert torch.equal(shuffled.draw(step, generator(step)), forwards[step])
        assert torch.equal(batches().draw(step, generator(step)), forwards[step])
    other = batches(seed=4)
    assert not all(torch.equal(other.draw(step, generator(step)), forwards[step]) for step in range(4))


def test_dynamic_minibatches_have_the_grey_values_as_mean(generator):
    grey = torch.tensor([0.0, 1e-3, 0.25, 0.5, 0.9, 1.0]).expand(5000, 6)
    batches, noise = Minibatches(grey, "dynamic", 1000, seed=0), generator(5)
    drawn = torch.cat([batches.draw(step, noise) for step in range(100)]).double()
    assert set(drawn.unique().tolist()) == {0.0, 1.0}
    assert bool((drawn[:, 0] == 0).all()), "a pixel that is 0 came out as 1"
    assert bool((drawn[:, -1] == 1).all()), "a pixel that is 1 came out as 0"
    p = grey[0].double()
    error = (p * (1 - p) / len(drawn)).sqrt()
    assert bool(((drawn.mean(0) - p).abs() <= Z * error + 2.0**-16).all())


def test_dynamic_minibatches_draw_every_pixel_independently(generator):
    """Four pixels share a 64-bit word; the correlation of each pair of 8 neighbours is zero within its error."""
    batches, noise = Minibatches(torch.full((4000, 8), 0.5), "dynamic", 4000, seed=0), generator(6)
    x = torch.cat([batches.draw(step, noise) for step in range(10)]).double() - 0.5
    correlation = 4 * x.T @ x / len(x) - torch.eye(8)
    assert float(correlation.abs().max()) < Z / len(x) ** 0.5


def test_minibatches_leave_the_data_set_as_it_is(grey_dataset, generator):
    before = grey_dataset.x_train.clone()
    batches = Minibatches(grey_dataset.x_train, "dynamic", 5, seed=0)
    epoch_of(batches, 0, generator())
    assert torch.equal(grey_dataset.x_train, before)
