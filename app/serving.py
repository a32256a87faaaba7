"""How files and messages reach the browser: around and inside the ASGI app that Streamlit makes."""

import mimetypes
import re
import socket
from collections.abc import Callable
from functools import cache
from pathlib import Path
from weakref import WeakValueDictionary

import streamlit as st
from starlette.types import ASGIApp, Message, Receive, Scope, Send

STREAMLIT = Path(st.__file__).parent / "static"  # its page, and under static/ the files that the page asks for


class AtOnce:
    """Around the app: what is sent leaves at once. Streamlit opens its socket without naming TCP, so that asyncio does not turn
    Nagle's algorithm off, and the second part of an answer would wait 40 ms for the browser to acknowledge the first: of each
    of the hundred files of a first visit, and of each run. (As middleware inside the app it would see Starlette's `send`.)"""

    def __init__(self, app: ASGIApp):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        transport = getattr(getattr(send, "__self__", None), "transport", None)  # uvicorn's
        connection = transport and transport.get_extra_info("socket")
        if connection and connection.family in (socket.AF_INET, socket.AF_INET6):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await self.app(scope, receive, send)


class Published:
    """Bytes for browsers, which find them at `address`, a name that nobody guesses, as long as this object is held somewhere:
    `content`, or what it makes of the question after the address's question mark. Making it must not take long: the whole
    server waits."""

    held: "WeakValueDictionary[str, Published]" = WeakValueDictionary()

    def __init__(self, content: bytes | Callable[[str], bytes], address: str):
        self.content, self.address = content, address
        self.held[f"/{address}"] = self


class FromMemory:
    """Around the app: what is published, and Streamlit's own files, each read once. By its own way, through routes and threads
    to the disk, each takes the server six times as long. A browser keeps for good what never changes."""

    def __init__(self, app: ASGIApp):
        self.app = app
        self.paths = {f"/{path.relative_to(STREAMLIT).as_posix()}": path for path in STREAMLIT.glob("static/*/*.*.*")}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = self.find(scope["path"]) if scope["type"] == "http" and scope["method"] == "GET" else None
        if found is None:
            return await self.app(scope, receive, send)
        content, kind = found
        body = content if isinstance(content, bytes) else content(scope["query_string"].decode("latin-1"))
        headers = {
            "content-type": kind,
            "content-length": str(len(body)),
            "cache-control": "public, immutable, max-age=31536000" if body is content else "no-store",
        }
        encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": 200, "headers": encoded})
        await send({"type": "http.response.body", "body": body})

    def find(self, path: str) -> tuple[bytes | Callable[[str], bytes], str] | None:
        """Content, or what makes it, and type of what has this address."""
        if published := Published.held.get(path):
            return published.content, "application/octet-stream"
        return _read(self.paths[path]) if path in self.paths else None


@cache
def _read(path: Path) -> tuple[bytes, str]:
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return path.read_bytes(), "text/javascript" if path.suffix == ".js" else kind  # Windows may know another one


class DecoderFirst:
    """Middleware: with the page, name the files that show the live decoder and the choice of its model, so that the browser
    has them before the server's first run tells it what to show; else it asks for one after the other, and the decoded image
    waits for Plotly's five megabytes in every other visit."""

    PARTS = ("Html", "Selectbox", "BidiComponent")  # as Streamlit calls what it loads when first shown

    def __init__(self, app: ASGIApp):
        self.app = app
        self.link = ", ".join(f"<./static/js/{name}>; rel=modulepreload; crossorigin" for name in self.files()).encode()

    @classmethod
    def files(cls) -> list[str]:
        """The parts' files and all that they import, without those that the page names by itself."""
        folder = STREAMLIT / "static" / "js"
        named = (STREAMLIT / "index.html").read_text(encoding="utf-8")
        found = [path.name for part in cls.PARTS for path in folder.glob(f"{part}.*.js")]
        for name in found:  # which grows on the way
            imports = re.findall(r'(?:from|import)"\./([^"]+)"', (folder / name).read_text(encoding="utf-8"))
            found += [other for other in dict.fromkeys(imports) if other not in found and other not in named]
        return found

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def named(message: Message) -> None:
            headers = message.get("headers", [])
            if any(name == b"content-type" and value.startswith(b"text/html") for name, value in headers):
                message = {**message, "headers": [*headers, (b"link", self.link)]}
            await send(message)

        await self.app(scope, receive, named if scope["type"] == "http" else send)
