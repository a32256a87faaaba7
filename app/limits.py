"""Room for visitors: how many files the server may have open, how many closed sessions and untaken uploads it keeps, for how long it
waits, and how much it reads.

Streamlit keeps a closed session for two minutes, in which its browser may come back, and each has an event loop of its own:
three open files. macOS allows a process 256 unless it asks for more.
"""

import asyncio
import sys
import threading
import time
from collections.abc import Iterable
from typing import Any
from weakref import WeakKeyDictionary

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.runtime import memory_session_storage, memory_uploaded_file_manager
from streamlit.runtime.memory_session_storage import MemorySessionStorage
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

if sys.platform != "win32":
    import resource

MACOS_FILES = 10_240  # macOS calls its hard limit infinite and refuses more than this
KEPT_SESSIONS = 128  # Streamlit's own number
FEWEST_SESSIONS = 8
FILES_OF_THE_SERVER = 128  # modules, workers, connections of the visitors who are there
FILES_OF_A_SESSION = 3
SILENT_SECONDS = 20.0
LOOK_SECONDS = 5.0
BODY_SECONDS = 300.0  # for all of an upload: 64 MB at 2 Mbit/s
OTHER_BYTES = 2**16  # the body of a request that is no upload; Streamlit reads none
UPLOADS = "/_stcore/upload_file/"
WAITING_BYTES = 2**26  # uploads of one session that no page has taken: as large as the largest that Streamlit lets in
WAITING_FILES = 8
WAITING_SECONDS = 120.0  # a page takes an upload at once


def make_room() -> None:
    """Before the server starts: raise the limit of open files as far as it goes, and keep no more closed sessions than fit."""
    raise_file_limit()
    memory_session_storage.MemorySessionStorage = BoundedStorage  # type: ignore[misc]
    memory_uploaded_file_manager.MemoryUploadedFileManager = BoundedUploads  # type: ignore[misc]


def raise_file_limit() -> None:
    """Raise the soft limit to the hard one, or as far as the system lets it; it is never lowered. Windows has no such limit."""
    if sys.platform != "win32":
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
    if sys.platform != "win32":
        soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        return None if soft == resource.RLIM_INFINITY else soft
    return None


class BoundedStorage(MemorySessionStorage):
    """Streamlit's storage of closed sessions, with room for as many as there are files for."""

    def __init__(self, *arguments: Any, **options: Any):
        super().__init__(*arguments, **{"maxsize": kept_sessions(file_limit())} | options)


class BoundedUploads(MemoryUploadedFileManager):
    """Streamlit's storage of uploads, which keeps them until their session ends. A page takes an upload as soon as it is there; one
    that no page takes is dropped after a while, and sooner where the session has many or large ones."""

    def __init__(self, *arguments: Any, **options: Any):
        super().__init__(*arguments, **options)
        self.waiting: dict[tuple[str, str], tuple[int, threading.Timer]] = {}  # oldest first: bytes, and who drops it

    def add_file(self, session_id: str, file: UploadedFileRec) -> None:
        self.forget(session_id, file.file_id)
        super().add_file(session_id, file)
        timer = threading.Timer(WAITING_SECONDS, self.remove_file, (session_id, file.file_id))
        timer.daemon = True
        self.waiting[session_id, file.file_id] = len(file.data), timer
        timer.start()
        while True:
            own = [(key, size) for key, (size, _) in list(self.waiting.items()) if key[0] == session_id]
            if len(own) <= WAITING_FILES and sum(size for _, size in own) <= WAITING_BYTES:
                return
            self.remove_file(*own[0][0])

    def remove_file(self, session_id: str, file_id: str) -> None:
        self.forget(session_id, file_id)
        super().remove_file(session_id, file_id)

    def remove_session_files(self, session_id: str) -> None:
        for session, file_id in list(self.waiting):
            if session == session_id:
                self.forget(session, file_id)
        super().remove_session_files(session_id)

    def forget(self, session_id: str, file_id: str) -> None:
        """Wait no longer for somebody who takes this file."""
        entry = self.waiting.pop((session_id, file_id), None)
        if entry:
            entry[1].cancel()


class Impatient:
    """Around the app: closes connections on which no whole request comes for SILENT_SECONDS. Uvicorn waits for ever, and each
    takes an open file. Browsers open some in advance, and open another where one is gone. The body of a request must go on coming
    too, end in time, and be no larger than what its address takes."""

    def __init__(self, app: ASGIApp):
        self.app = app
        self.silent_since: WeakKeyDictionary[Any, tuple[Any, float]] = WeakKeyDictionary()
        self.watch: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        if self.watch is None:
            transport = getattr(getattr(send, "__self__", None), "transport", None)  # uvicorn's, as in serving.AtOnce
            connections = getattr(transport and transport.get_protocol(), "connections", None)
            if connections is not None:
                self.watch = asyncio.create_task(self.look_again(connections))
        if scope["method"] not in ("GET", "HEAD"):
            receive = _bounded(receive, None if UPLOADS in scope["path"] else OTHER_BYTES)
        await self.app(scope, receive, send)

    async def look_again(self, connections: Iterable[Any]) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            self.close_silent(connections, time.monotonic())

    def close_silent(self, connections: Iterable[Any], now: float) -> None:
        """Close those that had no new request at each look for long enough. A WebSocket has no request to wait for."""
        for connection in [connection for connection in connections if hasattr(connection, "cycle")]:
            request = connection.cycle
            if request is not None and not request.response_complete:
                self.silent_since.pop(connection, None)
                continue
            last, since = self.silent_since.get(connection, (None, now))
            if last is not request:
                since = now
            self.silent_since[connection] = request, since
            if now - since > SILENT_SECONDS:
                connection.transport.close()


def _bounded(receive: Receive, most_bytes: int | None) -> Receive:
    """Receives the body of a request. Whoever reads one that stops coming, does not end in time or is too large gets an
    HTTPException, which becomes the answer."""
    deadline, size, is_whole = time.monotonic() + BODY_SECONDS, 0, False

    async def receive_body() -> Message:
        nonlocal size, is_whole
        if is_whole:
            return await receive()  # that the sender has left, whenever that is
        try:
            message = await asyncio.wait_for(receive(), max(0.0, min(SILENT_SECONDS, deadline - time.monotonic())))
        except TimeoutError:
            raise HTTPException(408, "Your data did not come in time. Send it again.") from None
        if message["type"] != "http.request":
            raise HTTPException(400, "The sender left before all data had come.")
        size += len(message.get("body", b""))
        is_whole = not message.get("more_body", False)
        if most_bytes is not None and size > most_bytes:
            raise HTTPException(413, f"This address takes {most_bytes} bytes at most.")
        return message

    return receive_body
