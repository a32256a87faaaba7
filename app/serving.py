"""The way of files and messages to the browser: layers around and inside Streamlit's ASGI app."""

import mimetypes
import re
import socket
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Generic, TypeVar
from weakref import WeakValueDictionary

import streamlit as st
from starlette.types import ASGIApp, Message, Receive, Scope, Send

STREAMLIT = (
    Path(st.__file__).parent / "static"
)  # holds Streamlit's page, and in static/ the files that the page asks for
Content = TypeVar("Content", bound=bytes | Callable[[str], bytes])


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


class Published(Generic[Content]):
    """Bytes for browsers at `address`, a name that nobody can guess, for as long as something refers to this object.
    `content` is the bytes, or a function that makes them of the query string. That function must be fast: the whole server
    waits for it."""

    by_path: "WeakValueDictionary[str, Published[Any]]" = WeakValueDictionary()

    def __init__(self, content: Content, address: str):
        self.content, self.address = content, address
        self.by_path[f"/{address}"] = self


class FromMemory:
    """Around the app: serves published bytes, and Streamlit's own files, of which each is read once. Streamlit itself would go
    through its routes, a thread and the disk for each file. A browser may keep files that never change for good."""

    def __init__(self, app: ASGIApp):
        self.app = app
        self.paths = {f"/{path.relative_to(STREAMLIT).as_posix()}": path for path in STREAMLIT.glob("static/*/*.*.*")}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = self.find(scope["path"]) if scope["type"] == "http" and scope["method"] == "GET" else None
        if answer is None:
            return await self.app(scope, receive, send)
        content, kind = answer
        body = content if isinstance(content, bytes) else content(scope["query_string"].decode("latin-1"))
        headers = {
            "content-type": kind,
            "content-length": str(len(body)),
            "cache-control": "public, immutable, max-age=31536000" if body is content else "no-store",
        }
        header_bytes = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": 200, "headers": header_bytes})
        await send({"type": "http.response.body", "body": body})

    def find(self, path: str) -> tuple[bytes | Callable[[str], bytes], str] | None:
        """The content at this address, or the function that makes it, and its media type. None where there is neither."""
        if published := Published.by_path.get(path):
            return published.content, "application/octet-stream"
        return _read(self.paths[path]) if path in self.paths else None


@cache
def _read(path: Path) -> tuple[bytes, str]:
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return (
        path.read_bytes(),
        "text/javascript" if path.suffix == ".js" else kind,
    )  # Windows may have another type for it


class DecoderFirst:
    """Middleware: with the page, name the files for the live decoder and for the choice of its model, so that the browser loads
    them at once. Otherwise it asks for them one after the other, after the server's first run, and the decoded image often
    waits until the browser has loaded Plotly."""

    PARTS = (
        "Html",
        "Selectbox",
        "BidiComponent",
    )  # Streamlit's names for parts that it loads when they are first on screen

    def __init__(self, app: ASGIApp):
        self.app = app
        self.link = ", ".join(f"<./static/js/{name}>; rel=modulepreload; crossorigin" for name in self.files()).encode()

    @classmethod
    def files(cls) -> list[str]:
        """The files of the parts and all their imports, without those that Streamlit's page names itself."""
        folder = STREAMLIT / "static" / "js"
        page = (STREAMLIT / "index.html").read_text(encoding="utf-8")
        names = [path.name for part in cls.PARTS for path in folder.glob(f"{part}.*.js")]
        for name in names:  # the loop adds to this list
            imports = re.findall(r'(?:from|import)"\./([^"]+)"', (folder / name).read_text(encoding="utf-8"))
            names += [module for module in dict.fromkeys(imports) if module not in names and module not in page]
        return names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_link(message: Message) -> None:
            headers = message.get("headers", [])
            if any(name == b"content-type" and value.startswith(b"text/html") for name, value in headers):
                message = {**message, "headers": [*headers, (b"link", self.link)]}
            await send(message)

        await self.app(scope, receive, send_with_link if scope["type"] == "http" else send)
