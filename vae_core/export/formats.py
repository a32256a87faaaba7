"""The formats in which a model leaves this project, and the folder that it leaves in."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable, Mapping
from pathlib import Path

from vae_core.config import require_choice
from vae_core.errors import FileError
from vae_core.export.arrays import numpy_files
from vae_core.export.graphs import INSTALL, onnx_files
from vae_core.export.hub import hub_files
from vae_core.export.weights import About
from vae_core.files import FilePath, one_line, write_atomic
from vae_core.model import VAE

FORMATS: dict[str, Callable[[VAE, About], dict[str, bytes]]] = {
    "onnx": onnx_files,
    "huggingface": hub_files,
    "numpy": numpy_files,
}
FILES = {
    "onnx": ("encoder.onnx", "decoder.onnx", "bound.onnx"),
    "huggingface": ("README.md", "config.json", "model.safetensors", "modeling_vae.py"),
    "numpy": ("model.npz", "decode.py"),
}


def export_files(vae: VAE, format_: str, about: About | None = None) -> dict[str, bytes]:
    """The files of a model in a format of `FORMATS`, by name. ValueError for another format, MissingPackage where a package that the
    format needs is not installed, TooLarge for a model that it cannot hold.

    Example:
        >>> import vae_core as vc
        >>> sorted(export_files(vc.load_pretrained("digits-2d"), "numpy"))
        ['decode.py', 'model.npz']
    """
    require_choice("format", format_, tuple(FORMATS))
    return FORMATS[format_](vae, about or About())


def lacking(format_: str) -> str:
    """What to install for a format, in one line; "" where all that it needs is there."""
    return INSTALL if format_ == "onnx" and importlib.util.find_spec("onnx") is None else ""


def require_new(folder: FilePath, names: tuple[str, ...]) -> None:
    """FileError for a folder that has a file of one of these names, which might be all that is left of something."""
    for name in names:
        if os.path.lexists(Path(folder) / name):
            raise FileError(
                f"{one_line(folder)} has a file {name} already, and an export replaces nothing: choose another folder"
            )


def write_files(folder: FilePath, files: Mapping[str, bytes]) -> None:
    """Write the files into a folder, which is made where there is none. FileError as `require_new`, or where it cannot be written."""
    require_new(folder, tuple(files))
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        raise FileError.of(error, f"{one_line(folder)} could not be made") from error
    for name, content in files.items():
        write_atomic(Path(folder) / name, content, only_new=True)
