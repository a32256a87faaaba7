"""Files of data sets that are damaged, foreign or too large, and downloads: each is kept whole or refused in one line."""

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
from data_sets import write_idx_files
from own_files import idx, npy

from vae_core import (
    DataError,
    DatasetUnavailable,
    ModelConfig,
    TooLarge,
    TrainConfig,
    fit,
    load_data,
    sizes,
)
from vae_core.data import datasets
from vae_core.data.array_files import read_idx, read_npy
from vae_core.data.datasets import DATASETS, IDX_FILES
from vae_core.data.download import download
from vae_core.errors import FolderInUse
from vae_core.training import start

pytestmark = pytest.mark.usefixtures("global_randomness_untouched")


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
    whole = idx(np.arange(60).reshape(3, 4, 5))
    path = tmp_path / "images"
    path.write_bytes(damage(whole))
    with pytest.raises(DatasetUnavailable, match="images is not an idx file of unsigned bytes, or it is truncated"):
        read_idx(path)


def test_damaged_gzip_files_are_named(tmp_path):
    whole = gzip.compress(idx(np.arange(6000).reshape(3, 40, 50)))
    for bad in (whole[:30], whole[:-5], whole[:40] + b"\xff" * 60 + whole[100:], b"no gzip", whole[:-8] + b"\0" * 8):
        path = tmp_path / "images.gz"
        path.write_bytes(bad)
        with pytest.raises(DatasetUnavailable, match="images.gz cannot be read: "):
            read_idx(path)


def test_no_more_is_unpacked_than_the_header_promises(tmp_path, monkeypatch):
    """64 MB of zeros behind 60 bytes of images, and a promise of a gigabyte before 60 bytes."""
    bomb, liar = tmp_path / "bomb.gz", tmp_path / "liar"
    bomb.write_bytes(gzip.compress(idx(np.arange(60).reshape(3, 4, 5)) + bytes(2**26)))
    liar.write_bytes(idx(np.zeros((1, 1, 60))).replace(b"\0\0\0\x01" * 2, b"\0\0\x04\0" * 2, 1))
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

    gc.freeze()  # so that what is collected below is what the test left, and not looked for among all that torch has loaded
    yield set_proxy
    urllib.request.install_opener(None)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # http.client leaves sockets open after garbage
        gc.collect()
    gc.unfreeze()


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
