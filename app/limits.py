"""Room for visitors: how many files the server may have open, and how many closed sessions it keeps.

Streamlit keeps a closed session for two minutes, in which its browser may come back, and each has an event loop of its own:
three open files. macOS allows a process 256 unless it asks for more.
"""

import sys
from typing import Any

from streamlit.runtime import memory_session_storage
from streamlit.runtime.memory_session_storage import MemorySessionStorage

if sys.platform != "win32":
    import resource

MACOS_FILES = 10_240  # macOS calls its hard limit infinite and refuses more than this
KEPT_SESSIONS = 128  # Streamlit's own number
FEWEST_SESSIONS = 8
FILES_OF_THE_SERVER = 128  # modules, workers, connections of the visitors who are there
FILES_OF_A_SESSION = 3


def make_room() -> None:
    """Before the server starts: raise the limit of open files as far as it goes, and keep no more closed sessions than fit."""
    raise_file_limit()
    memory_session_storage.MemorySessionStorage = BoundedStorage  # type: ignore[misc]


def raise_file_limit() -> None:
    """Raise the soft limit to the hard one, or as far as the system lets it; it is never lowered. Windows has no such limit."""
    if sys.platform == "win32":
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    endless = resource.RLIM_INFINITY
    for limit in (hard, MACOS_FILES):
        if soft != endless and (limit == endless or limit > soft):
            try:
                return resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
            except (ValueError, OSError):
                continue


def kept_sessions(files: int | None) -> int:
    """How many closed sessions fit where this many files may be open (None: any number)."""
    if files is None:
        return KEPT_SESSIONS
    return max(FEWEST_SESSIONS, min(KEPT_SESSIONS, (files - FILES_OF_THE_SERVER) // (2 * FILES_OF_A_SESSION)))


def file_limit() -> int | None:
    """How many files this process may have open; None where there is no limit."""
    if sys.platform == "win32":
        return None
    soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return None if soft == resource.RLIM_INFINITY else soft


class BoundedStorage(MemorySessionStorage):
    """Streamlit's storage of closed sessions, with room for as many as there are files for."""

    def __init__(self, *arguments: Any, **options: Any):
        super().__init__(*arguments, **{"maxsize": kept_sessions(file_limit())} | options)
