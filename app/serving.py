"""The way of files and messages to the browser: layers around Streamlit's ASGI app. What a browser takes packed leaves packed: on a
slow line the page comes in a quarter of the time."""

from __future__ import annotations

import gzip
import mimetypes
import socket
from asyncio import to_thread
from collections.abc import Callable, Iterable
from functools import cached_property
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar
from weakref import WeakValueDictionary

import streamlit as st
from starlette.types import ASGIApp, Receive, Scope, Send

STREAMLIT = (
    Path(st.__file__).parent / "static"
)  # holds Streamlit's page, and in static/ the files that the page asks for
Content = TypeVar("Content", bound=bytes | Callable[[str], bytes])
BYTES = "application/octet-stream"
FOR_GOOD = b"public, immutable, max-age=31536000"
PACK_LEVEL = 6  # a higher one takes twice the time for a hundredth of the bytes
WORTH_PACKING = 0.95  # packed bytes must be fewer than this share: a browser needs time to unpack them
PACKED_KINDS = ("image/png", "image/gif", "font/", "audio/", "video/")  # files that are packed already


class AtOnce:
    """Around the app: every message leaves at once. Streamlit opens its socket without naming TCP, so asyncio does not turn
    Nagle's algorithm off. The second part of each answer would then wait until the browser has acknowledged the first. (This is
    no middleware inside the app, because there `send` is Starlette's and not uvicorn's.)"""

    def __init__(self, app: ASGIApp):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        transport = getattr(getattr(send, "__self__", None), "transport", None)  # uvicorn's
        connection = transport and transport.get_extra_info("socket")
        if connection and connection.family in (socket.AF_INET, socket.AF_INET6):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await self.app(scope, receive, send)


class BelowPath:
    """Around the layers of this project: their addresses are the same wherever the app is. A request below `base`, such as "/lab",
    loses that; one without it comes through a proxy that has taken it away."""

    def __init__(self, app: ASGIApp, base: str):
        self.app, self.base = app, base

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if self.base and path.startswith(f"{self.base}/"):
            scope = {**scope, "path": path.removeprefix(self.base)}
        await self.app(scope, receive, send)


class AtPath:
    """Around Streamlit's app, which wants the path that it was told (`server.baseUrlPath`) before each of its addresses."""

    def __init__(self, app: ASGIApp, base: str):
        self.app, self.base = app, base

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if self.base and scope["type"] != "lifespan" and path != self.base:
            scope = {**scope, "path": f"{self.base}{path}"}
        await self.app(scope, receive, send)


class Stored(NamedTuple):
    """Bytes for browsers: as they are and, where that is much shorter, packed by gzip."""

    kind: str
    body: bytes
    packed: bytes | None

    @classmethod
    def of(cls, body: bytes, kind: str) -> Stored:
        packed = None if kind.startswith(PACKED_KINDS) else gzip.compress(body, PACK_LEVEL, mtime=0)
        return cls(kind, body, packed if packed and len(packed) < WORTH_PACKING * len(body) else None)

    async def send(self, send: Send, scope: Scope, headers: Iterable[tuple[bytes, bytes]]) -> None:
        """Answer a request with the shorter of the two that its browser understands."""
        packed = self.packed if takes_gzip(scope) else None
        body = self.body if packed is None else packed
        fields = [
            (b"content-type", self.kind.encode()),
            (b"content-length", str(len(body)).encode()),
            (b"vary", b"accept-encoding"),
            *headers,
        ]
        if packed is not None:
            fields.append((b"content-encoding", b"gzip"))
        await send({"type": "http.response.start", "status": 200, "headers": fields})
        await send({"type": "http.response.body", "body": body})


def takes_gzip(scope: Scope) -> bool:
    """Whether the browser says that it understands gzip."""
    accepted = b",".join(value for name, value in scope["headers"] if name == b"accept-encoding").lower()
    for coding in accepted.replace(b" ", b"").split(b","):
        name, _, quality = coding.partition(b";q=")
        if name == b"gzip":
            return not quality or quality.strip(b"0.") != b""  # a browser refuses what it gives the quality 0
    return False


class Published(Generic[Content]):
    """Bytes for browsers at `address`, a name that nobody can guess, for as long as something refers to this object.
    `content` is the bytes, or a function that makes them of the query string. That function must be fast: the whole server
    waits for it."""

    by_path: WeakValueDictionary[str, Published[Any]] = WeakValueDictionary()

    def __init__(self, content: Content, address: str):
        self.content, self.address = content, address
        self.by_path[f"/{address}"] = self

    @cached_property
    def stored(self) -> Stored:
        """The bytes, packed at the first call: in a thread, because the whole server would wait."""
        assert isinstance(self.content, bytes)
        return Stored.of(self.content, BYTES)


class FromMemory:
    """Around the app: serves published bytes, and Streamlit's own files, of which each is read and packed once. Streamlit itself
    would go through its routes, a thread and the disk for each file, and pack none of them. A browser may keep files that never
    change."""

    def __init__(self, app: ASGIApp):
        self.app = app
        self.paths = {f"/{path.relative_to(STREAMLIT).as_posix()}": path for path in STREAMLIT.glob("static/*/*.*.*")}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET":
            return await self.app(scope, receive, send)
        published, file = Published.by_path.get(scope["path"]), self.paths.get(scope["path"])
        if published is not None and callable(published.content):
            made = Stored(BYTES, published.content(scope["query_string"].decode("latin-1")), None)
            return await made.send(send, scope, [(b"cache-control", b"no-store")])
        if published is not None:
            is_ready = "stored" in vars(published)
            stored = published.stored if is_ready else await to_thread(lambda: published.stored)
        elif file is not None:
            stored = packed_files[file] if file in packed_files else await to_thread(read_file, file)
        else:
            return await self.app(scope, receive, send)
        await stored.send(send, scope, [(b"cache-control", FOR_GOOD)])


packed_files: dict[Path, Stored] = {}


def read_file(path: Path) -> Stored:
    """One of Streamlit's files, read and packed at the first call."""
    if path not in packed_files:
        kind = mimetypes.guess_type(path.name)[0] or BYTES
        # Windows may have another type for scripts.
        packed_files[path] = Stored.of(path.read_bytes(), "text/javascript" if path.suffix == ".js" else kind)
    return packed_files[path]
