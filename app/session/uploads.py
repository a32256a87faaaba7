"""Files that a visitor uploads. Each is read once; then its bytes are freed, of which Streamlit would keep two copies for as long
as the session lasts."""

from __future__ import annotations

import streamlit as st
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile

from vae_core.drawing import MAX_BYTES

MOST_KEPT = 2 * MAX_BYTES  # a picture's bytes: enough to show that it is too large


def take_file(key: str) -> tuple[str, bytes] | None:
    """Called when the file uploader with this key has changed: the name and the content of its file. None where there is no new
    file; Streamlit reports a change also when it misses the bytes that were freed."""
    file, run = st.session_state.get(key), get_script_run_ctx()
    if not isinstance(file, UploadedFile) or run is None:
        return None
    content = file.getvalue()
    file.truncate(0)
    _free(file.file_id)
    return file.name, content


def read_files(key: str) -> dict[str, bytes]:
    """Called when an uploader of several files, or of a folder, has changed: the contents of all that it shows, by name. They stay with
    Streamlit until `free_files`, because the next change may add one to them."""
    files = [file for file in st.session_state.get(key) or () if isinstance(file, UploadedFile)]
    ids = st.session_state.setdefault("file_ids", set())
    ids.update(file.file_id for file in files)
    return {file.name: file.getvalue() for file in files}


def free_files() -> None:
    """Free what `read_files` has read."""
    for file_id in st.session_state.pop("file_ids", ()):
        _free(file_id)


def _free(file_id: str) -> None:
    run = get_script_run_ctx()
    if run is not None and isinstance(run.uploaded_file_mgr, MemoryUploadedFileManager):
        run.uploaded_file_mgr.remove_file(run.session_id, file_id)


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
