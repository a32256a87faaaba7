"""One's own files as one, on their way to a training process: a zip that is only ours to write and to read."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping

from vae_core.files import FilePath

NAMES = "names.json"


def pack_files(files: Mapping[str, bytes]) -> bytes:
    """Files by name, as they are. Their names, which may be any text, lie in a list: no name in the zip comes from outside."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(NAMES, json.dumps(list(files)))
        for place, content in enumerate(files.values()):
            archive.writestr(str(place), content)
    return file.getvalue()


def unpack_files(path: FilePath) -> dict[str, bytes]:
    """The files that `pack_files` has packed."""
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(str(place)) for place, name in enumerate(json.loads(archive.read(NAMES)))}
