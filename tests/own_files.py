"""Files of images as people bring them, made in memory: pictures, zips, tables, arrays."""

import gzip
import io
import struct
import zipfile

import numpy as np
from PIL import Image


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
    return b"\0\0\x08" + bytes([array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


def gz(content):
    return gzip.compress(content, mtime=0)
