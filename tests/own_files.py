"""Files of images as people bring them, made in memory: pictures, zips, tables, arrays. And how tests read them."""

import gzip
import io
import struct
import zipfile

import numpy as np
import pytest
import torch
from PIL import Image

import vae_core as vc

LABELS = [number % 3 for number in range(20)]


def ink(count=20, side=12, seed=0):
    """Light strokes on black, (count, side, side) uint8: no two are the same."""
    rng = np.random.default_rng(seed)
    images = np.zeros((count, side, side), np.uint8)
    for number, image in enumerate(images):
        row = 1 + number % (side - 2)
        image[row, 2:-2] = 255
        image[2:-2, 1 + rng.integers(side - 2)] = 200 + number % 50
    return images


def photographs(count=20, height=16, width=24, seed=0):
    """Smooth colours with mid greys, (count, height, width, 3) uint8."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[0:height, 0:width] / max(height, width)
    waves = [np.sin(3 * (rows * a + columns * b) + c) for a, b, c in rng.uniform(0.3, 3, (count * 3, 3))]
    return (128 + 90 * np.stack(waves).reshape(count, 3, height, width).transpose(0, 2, 3, 1)).astype(np.uint8)


def picture(pixels, kind="PNG", mode=None, **options):
    image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
    file = io.BytesIO()
    (image.convert(mode) if mode else image).save(file, kind, **options)
    return file.getvalue()


def zipped(files, **options):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content, **options)
    return file.getvalue()


def pngs(images, folder=""):
    return {f"{folder}{number}.png": picture(image) for number, image in enumerate(images)}


def npy(array, **options):
    file = io.BytesIO()
    np.save(file, array, **options)
    return file.getvalue()


def npz(**arrays):
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def table(images, labels=None, *, last=False, header="", delimiter=",", start=""):
    rows = [list(map(str, image.reshape(-1).tolist())) for image in images]
    if labels is not None:
        rows = [row + [str(label)] if last else [str(label)] + row for row, label in zip(rows, labels, strict=True)]
    lines = [header] if header else []
    return (start + "\n".join(lines + [delimiter.join(row) for row in rows]) + "\n").encode()


def idx(array):
    return (
        b"\0\0\x08"
        + bytes([array.ndim])
        + struct.pack(f">{array.ndim}I", *array.shape)
        + array.astype(np.uint8).tobytes()
    )


def gz(content):
    return gzip.compress(content, mtime=0)


SCALED = ink().astype(np.float32) / np.float32(255)


# -- reading ----------------------------------------------------------------------------------------------------


def read(source, **options):
    return vc.read_images(source, options=vc.ReadOptions(**options))


def everything(dataset):
    """All images, (images, *image_shape), the training images first."""
    return torch.cat([dataset.x_train, dataset.x_test]).reshape(-1, *dataset.image_shape)


def same_images(dataset, images, tolerance=0.0):
    """Whether a set holds these grey images, in whatever order."""
    own = sorted(map(tuple, torch.cat([dataset.x_train, dataset.x_test]).tolist()))
    expected = sorted(map(tuple, images.reshape(len(images), -1).tolist()))
    return np.allclose(own, expected, atol=tolerance)


def refused(source, **options):
    with pytest.raises(vc.VaeCoreError) as caught:
        read(source, **options)
    text = str(caught.value)
    assert "\n" not in text and isinstance(caught.value, (ValueError, OSError))
    return text
