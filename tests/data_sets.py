"""Data sets as tests make and compare them: files in folders, a search that finds no others, and a digest of images."""

import gzip
import hashlib

import numpy as np
import pytest
import torch
from own_files import idx

from vae_core.data import datasets
from vae_core.data.datasets import IDX_FILES


def digest(x: torch.Tensor) -> str:
    return hashlib.sha256(x.to(torch.uint8).numpy().tobytes()).hexdigest()[:16]


def write_idx_files(folder, train=7, test=3, labels=None):
    folder.mkdir(parents=True, exist_ok=True)
    counts = (train, labels or train, test, test)
    for count, file in zip(counts, IDX_FILES, strict=True):
        shape = (count, 4, 5) if "images" in file else (count,)
        array = np.arange(np.prod(shape)).reshape(shape) % 10
        (folder / f"{file}.gz").write_bytes(gzip.compress(idx(array)))


@pytest.fixture
def only_here(tmp_path, monkeypatch):
    """The search finds nothing but what a test puts into VAE_DATA_DIR, which this is. It holds another set already."""
    monkeypatch.setattr(datasets, "REPOSITORY", tmp_path / "clone" / "main")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("VAE_DATA_DIR", str(tmp_path / "mine"))
    (tmp_path / "mine" / "fashion_mnist").mkdir(parents=True)
    return tmp_path / "mine"
