"""Files that a visitor uploads. Each is read once; then its bytes are freed, of which Streamlit would keep two copies for as long
as the session lasts."""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile

from vae_core.drawing import MAX_BYTES

MOST_KEPT = 2 * MAX_BYTES  # a picture's bytes: enough to show that it is too large


def take_file(key: str) -> tuple[str, bytes] | None:
    """Called when the file uploader with this key has changed: the name and the content of its file. None where there is no new
    file; Streamlit reports a change also when it misses the bytes that were freed."""
    file = st.session_state.get(key)
    return next(iter(_take([file]).items()), None)


def take_files(key: str) -> dict[str, bytes]:
    """The same for an uploader of several files, or of a folder: the contents by name. Of files of one name the last one counts."""
    return _take(st.session_state.get(key) or ())


def _take(files: Iterable[object]) -> dict[str, bytes]:
    run, contents = get_script_run_ctx(), {}
    for file in files:
        if isinstance(file, UploadedFile) and run is not None:
            contents[file.name] = file.getvalue()
            file.truncate(0)
            if isinstance(run.uploaded_file_mgr, MemoryUploadedFileManager):
                run.uploaded_file_mgr.remove_file(run.session_id, file.file_id)
    return contents


def has_file(key: str) -> bool:
    """Whether the file uploader with this key shows a file."""
    return st.session_state.get(key) is not None


def take_picture(key: str) -> None:
    """Called when the uploader of a picture has changed: keep the picture."""
    if file := take_file(key):
        st.session_state[f"content_of_{key}"] = file[1][:MOST_KEPT]


def picture_content(key: str) -> bytes | None:
    """The content of the picture's file that the uploader with this key shows."""
    if not has_file(key):
        st.session_state.pop(f"content_of_{key}", None)
    return st.session_state.get(f"content_of_{key}")
