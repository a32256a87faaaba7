"""A bundle: one zip with the files of a pretrained folder or of a run's: the model, its card, its curves, its frames, and some images."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Mapping
from pathlib import PurePosixPath

from vae_core.data.containers import MOST_UPLOAD, open_container
from vae_core.errors import CheckpointError, DataError, FileError
from vae_core.files import FilePath, one_line

MODEL, CARD, HISTORY = "model.safetensors", "card.md", "history.json"
FRAMES, REFERENCE = "frames.safetensors", "reference.safetensors"
FILES = (MODEL, CARD, HISTORY, FRAMES, REFERENCE)
ZIP = b"PK\x03\x04"
DATED = (1980, 1, 1, 0, 0, 0)  # the first date of a zip: equal files give an equal bundle


def pack_bundle(folder: str, files: Mapping[str, bytes]) -> bytes:
    """The files as one zip, in a folder of this name. ValueError for a name that is none of `FILES`, or without a model."""
    if MODEL not in files or not set(files) <= set(FILES):
        raise ValueError(f"a bundle must have {MODEL}, and may have {', '.join(FILES[1:])}, got {', '.join(files)}")
    return pack_folder(folder, {name: files[name] for name in FILES if name in files})


def pack_folder(folder: str, files: Mapping[str, bytes]) -> bytes:
    """The files in a folder of this name as one zip. Equal files give an equal zip."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, file in files.items():
            entry = zipfile.ZipInfo(f"{folder}/{name}", DATED)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, file)
    return content.getvalue()


def is_bundle(content: bytes) -> bool:
    """Whether these first bytes are those of a zip."""
    return content[: len(ZIP)] == ZIP


def read_bundle(content: bytes, source: str) -> dict[str, bytes]:
    """The files of a bundle by name; others in the zip do not count. Its members are read in memory, their bytes counted as they come.
    CheckpointError, with the remedy, for a zip that holds no model or several, and for one that no honest program made."""
    try:
        container = open_container(content)
        members = [member for member in container.members if PurePosixPath(member.name).name in FILES]
        folders = {str(PurePosixPath(member.name).parent) for member in members if _name(member.name) == MODEL}
        if len(folders) != 1:
            what = f"holds {len(folders)} models" if folders else "is a zip without a model"
            raise CheckpointError(
                f"{source} {what}: a bundle is a zip with {MODEL}, as the page Models gives it, or of a run's folder"
            )
        container.members = [member for member in members if str(PurePosixPath(member.name).parent) in folders]
        files = {_name(name): read for name, read in container.contents()}
    except DataError as error:
        reason = one_line(error).removeprefix("the file ")
        raise CheckpointError(f"{source} is not a file that this project wrote: it {reason}") from error
    if container.left_out:
        raise CheckpointError(f"{source} is damaged: {container.left_out[0].name}: {container.left_out[0].reason}")
    return files


def _name(path: str) -> str:
    return PurePosixPath(path).name


def bundle_at(path: FilePath) -> dict[str, bytes] | None:
    """The files of the bundle at a path; None where the file is no zip. CheckpointError as `read_bundle`, or where the system does not
    let us read it."""
    try:
        if not os.path.isfile(path):
            return None
        with open(path, "rb") as file:
            if not is_bundle(file.read(len(ZIP))):
                return None
            file.seek(0)
            content = file.read(MOST_UPLOAD + 1)
    except (OSError, ValueError, FileError) as error:
        raise CheckpointError(
            f"cannot read {one_line(path)}: {one_line(getattr(error, 'strerror', '') or error)}"
        ) from error
    return read_bundle(content, one_line(path))
