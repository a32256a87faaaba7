"""Room for visitors: how many files the server may have open, how many closed sessions it keeps, and for how long it waits.

Streamlit keeps a closed session for two minutes, in which its browser may come back, and each has an event loop of its own:
three open files. macOS allows a process 256 unless it asks for more.
"""

import asyncio
import sys
import time
from collections.abc import Iterable
from typing import Any
from weakref import WeakKeyDictionary

from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit.runtime import memory_session_storage
from streamlit.runtime.memory_session_storage import MemorySessionStorage

if sys.platform != "win32":
    import resource

MACOS_FILES = 10_240  # macOS calls its hard limit infinite and refuses more than this
KEPT_SESSIONS = 128  # Streamlit's own number
FEWEST_SESSIONS = 8
FILES_OF_THE_SERVER = 128  # modules, workers, connections of the visitors who are there
FILES_OF_A_SESSION = 3
SILENT_SECONDS = 20.0
LOOK_SECONDS = 5.0


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


class Impatient:
    """Around the app: closes connections on which no whole request comes for SILENT_SECONDS. Uvicorn waits for ever, and each
    takes an open file. Browsers open some in advance, and open another where one is gone."""

    def __init__(self, app: ASGIApp):
        self.app = app
        self.silent_since: WeakKeyDictionary[Any, float] = WeakKeyDictionary()
        self.watch: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.watch is None and scope["type"] == "http":
            transport = getattr(getattr(send, "__self__", None), "transport", None)  # uvicorn's, as in serving.AtOnce
            connections = getattr(transport and transport.get_protocol(), "connections", None)
            if connections is not None:
                self.watch = asyncio.create_task(self.look_again(connections))
        await self.app(scope, receive, send)

    async def look_again(self, connections: Iterable[Any]) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            self.close_silent(connections, time.monotonic())

    def close_silent(self, connections: Iterable[Any], now: float) -> None:
        """Close those that were silent at each look for long enough. A WebSocket has no request to wait for."""
        for connection in [connection for connection in connections if hasattr(connection, "cycle")]:
            if connection.cycle is not None and not connection.cycle.response_complete:
                self.silent_since.pop(connection, None)
            elif now - self.silent_since.setdefault(connection, now) > SILENT_SECONDS:
                connection.transport.close()
