"""Who may ask this server for something, and what its answers allow a browser to do: the outermost layers of the app.

A page of another site can make a visitor's browser call this server, under a name of its own (DNS rebinding) or from its own
origin. So the guard answers to names that it knows, and takes messages and files from its own pages alone. Its answers let a
page load only what this server serves, whatever text or file of a stranger the page shows.
"""

import ipaddress
import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketDisconnected
from streamlit import config, net_util
from streamlit.proto.BackMsg_pb2 import BackMsg
from uvicorn.protocols.http.auto import AutoHTTPProtocol
from websockets.http11 import Response
from websockets.server import ServerProtocol

from aevb_lab.front_page import inline_scripts

Headers = list[tuple[bytes, bytes]]
EMBEDDERS = "AEVB_EMBED_IN"  # the variable of the environment with the origins that `aevb-lab --embed-in` names
LOOPBACK = ("localhost", "127.0.0.1", "::1")
ANY_ADDRESS = ("0.0.0.0", "::")
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")  # they change nothing
PRIVATE = ("/_stcore/metrics", "/_stcore/script-health-check", "/_stcore/agent/")  # for this machine alone
# What a page says to its server. Streamlit knows more: `clear_cache` would forget every visitor's cache and all runs.
KINDS = (
    "rerun_script",
    "app_heartbeat",
    "stop_script",
    "file_urls_request",
    "backend_operation_request",
    "load_git_info",
)
NO_DATA, NO_MESSAGE = 1003, 1002  # codes of RFC 6455
HOST = re.compile(rb"(\[[0-9a-f:.]+\]|[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?)(?::([0-9]{1,5}))?", re.IGNORECASE)
ORIGIN = re.compile(rb"(https?)://(.+)", re.IGNORECASE)
EMBEDDER = re.compile(r"https?://(?:\*\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)*(?::[0-9]{1,5})?", re.IGNORECASE)
EVERYWHERE: Headers = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"x-dns-prefetch-control", b"off"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=(), payment=(), usb=()"),
]
FOR_STRANGERS: Headers = [  # who may not even show the refusal in a frame
    *EVERYWHERE,
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"x-frame-options", b"DENY"),
]
STRANGER = """\
This app answers only to its own address. On the machine where it runs, use localhost. In a class, use the address that
aevb-lab --class prints. To allow another name, start the app with --allowed-hosts NAME
"""
FOREIGN_PAGE = "This app takes messages and files only from its own pages.\n"
PRIVATE_PATH = "Only the machine on which the app runs may use this address.\n"


class Guard:
    """Around the app: refuses what comes under a name that is not this server's, or from a page that is not, and puts the
    security headers on every answer. `hosts` are names that it answers to besides the loopback ones (None: those of
    Streamlit's settings); `embedders` are the origins whose pages may show the app in a frame. A socket carries what pages say to
    Streamlit, but for those at the paths `own_sockets`, which judge their messages themselves."""

    def __init__(
        self,
        app: ASGIApp,
        hosts: Iterable[str] | None = None,
        embedders: Iterable[str] = (),
        own_sockets: Iterable[str] = (),
    ):
        self.app, self.own_sockets = app, frozenset(own_sockets)
        names = [name.strip().lower().removesuffix(".") for name in (configured_hosts() if hosts is None else hosts)]
        self.names = {*LOOPBACK, *(name.strip("[]") for name in names)}
        self.endings = tuple(name[1:] for name in names if name.startswith("*."))
        self.embedders = [check_embedder(origin) for origin in embedders]
        self.script_hashes = " ".join(f"'sha256-{digest}'" for digest in inline_scripts())
        self.headers_for: Callable[[bytes], Headers | None] = lru_cache(64)(self._headers_for)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            return await self.app(scope, receive, send)
        hosts = [value for name, value in scope["headers"] if name == b"host"]
        headers = self.headers_for(hosts[0]) if len(hosts) == 1 else None
        if headers is None:
            return await _refuse(scope, send, STRANGER, FOR_STRANGERS)
        reason = self.refusal(scope, hosts[0])
        if reason:
            return await _refuse(scope, send, reason, headers)
        if scope["type"] == "websocket":
            is_own = scope["path"] in self.own_sockets
            try:
                return await self.app(scope, receive if is_own else _only_messages(receive, send), send)
            except WebSocketDisconnected:  # Streamlit has shut the socket, and then listens at it
                return None

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *headers]
            await send(message)

        await self.app(scope, receive, send_with_headers)

    def refusal(self, scope: Scope, host: bytes) -> str | None:
        """Why a request under a name of this server is refused; None where it is not."""
        if scope["type"] == "websocket" or scope["method"] not in SAFE_METHODS:
            origins = [value for name, value in scope["headers"] if name == b"origin"]
            # Every browser names the origin of a page that opens a socket or sends a file. Other programs need not.
            if origins and (len(origins) > 1 or not is_same_site(origins[0], host)):
                return FOREIGN_PAGE
        if any(path in scope["path"] for path in PRIVATE) and not is_on_this_machine(scope, host):
            return PRIVATE_PATH
        return None

    def answers_to(self, name: str) -> bool:
        return name in self.names or name.endswith(self.endings) or "*" in self.names

    def _headers_for(self, host: bytes) -> Headers | None:
        """The headers of answers under this Host; None where it is no name of this server."""
        site = read_host(host)
        if site is None or not self.answers_to(site[0]):
            return None
        name, port = site
        headers = [*EVERYWHERE, (b"content-security-policy", self.policy(name, port).encode())]
        if not self.embedders:  # this older header cannot name others
            headers.append((b"x-frame-options", b"SAMEORIGIN"))
        if name in LOOPBACK:  # elsewhere, without encryption, browsers complain of it
            headers.append((b"cross-origin-opener-policy", b"same-origin"))
        return headers

    def policy(self, name: str, port: int | None) -> str:
        """The content security policy. Streamlit needs its inline script, components' modules from blobs, and inline styles."""
        address = name if port is None else f"{name}:{port}"
        # Older browsers do not count a page's own WebSocket as 'self'; an IPv6 address has no place in a policy.
        sockets = "" if ":" in name else f" ws://{address} wss://{address}"
        rules = {
            "default-src": "'none'",
            "script-src": f"'self' blob: {self.script_hashes}",
            "style-src": "'self' 'unsafe-inline'",
            "img-src": "'self' data: blob:",
            "font-src": "'self' data:",
            "connect-src": f"'self' data: blob:{sockets}",
            "worker-src": "'self' blob:",
            "manifest-src": "'self'",
            "base-uri": "'none'",
            "form-action": "'self'",
            "frame-ancestors": " ".join(["'self'", *self.embedders]),
        }
        return "; ".join(f"{rule} {sources}" for rule, sources in rules.items())


def configured_hosts() -> list[str]:
    """The names that Streamlit's settings give this server."""
    addresses = [config.get_option("server.address"), config.get_option("browser.serverAddress")]
    return [
        *config.get_option("server.allowedHosts"),
        *(name for name in addresses if name and name not in ANY_ADDRESS),
    ]


def stay_home() -> None:
    """Streamlit asks another host for this machine's address at some starts, and again, while everybody waits, at a foreign
    origin. It goes on without an answer, so from now on it gets none."""
    net_util.get_external_ip = lambda: None


def guard_what_is_no_request() -> None:
    """Uvicorn answers what is no HTTP before any app is asked, and what is no handshake of a WebSocket by what the package
    websockets says. From now on these answers have the security headers too."""
    AutoHTTPProtocol.send_400_response = _answer_no_http  # type: ignore[attr-defined]
    ServerProtocol.reject = _reject_with_headers  # type: ignore[assignment, method-assign]


def _answer_no_http(protocol: Any, message: str) -> None:
    if (
        protocol.cycle is None or protocol.cycle.response_complete
    ):  # else it would get into the middle of another answer
        body = message.encode()
        fields = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
        lines = [name + b": " + value for name, value in [*fields, (b"connection", b"close"), *FOR_STRANGERS]]
        protocol.transport.write(b"\r\n".join([b"HTTP/1.1 400 Bad Request", *lines, b"", body]))
    protocol.transport.close()


def _reject_with_headers(
    protocol: ServerProtocol, status: Any, text: str, reject: Any = ServerProtocol.reject
) -> Response:
    response: Response = reject(protocol, status, text)
    for name, value in FOR_STRANGERS:
        response.headers[name.decode()] = value.decode()
    return response


def read_host(text: bytes) -> tuple[str, int | None] | None:
    """The name, in lower case and its shortest form, and the port of a Host header; None where it is malformed."""
    match = HOST.fullmatch(text)
    if match is None:
        return None
    name, port = match[1].decode().lower().removesuffix("."), int(match[2]) if match[2] else None
    if port is not None and not 1 <= port <= 65535:
        return None
    if name.startswith("["):
        try:
            name = ipaddress.IPv6Address(name[1:-1]).compressed
        except ValueError:
            return None
    return name, port


def is_same_site(origin: bytes, host: bytes) -> bool:
    """Whether the page with this Origin came from the server that is asked as this Host: same name, same port."""
    match = ORIGIN.fullmatch(origin)
    page, server = read_host(match[2]) if match else None, read_host(host)
    if match is None or page is None or server is None:
        return False
    default = 443 if match[1].lower() == b"https" else 80
    return (page[0], page[1] or default) == (server[0], server[1] or default)


def is_on_this_machine(scope: Scope, host: bytes) -> bool:
    """Whether a request comes from this machine and names it so: a proxy on this machine passes on the names of others."""
    site, client = read_host(host), scope.get("client")
    return bool(site and site[0] in LOOPBACK and client and client[0] in LOOPBACK)


def check_embedder(origin: str) -> str:
    """The origin of a page that may show the app in a frame, as a policy names it. ValueError where it is none."""
    if not EMBEDDER.fullmatch(origin):
        raise ValueError(
            f"a platform must be named as https://NAME, without a path, got {origin!r}; try https://moodle.school.example"
        )
    return origin.lower()


async def _refuse(scope: Scope, send: Send, reason: str, headers: Headers) -> None:
    """403, with its reason. A server that cannot answer a WebSocket with one closes it before it is accepted, which says the same."""
    kind = "http.response" if scope["type"] == "http" else "websocket.http.response"
    if scope["type"] == "websocket" and kind not in scope.get("extensions", {}):
        return await send({"type": "websocket.close", "code": 1008})
    body = reason.encode()
    fields = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    await send({"type": f"{kind}.start", "status": 403, "headers": [*fields, *headers]})
    await send({"type": f"{kind}.body", "body": body})


def _only_messages(receive: Receive, send: Send) -> Receive:
    """Receives of a WebSocket what pages say. What is no message ends the socket; a message of another kind is ignored."""

    async def receive_message() -> Message:
        while True:
            message = await receive()
            if message["type"] != "websocket.receive":
                return message
            code = NO_DATA if message.get("bytes") is None else NO_MESSAGE
            try:
                kind = BackMsg.FromString(message.get("bytes") or b"").WhichOneof("type")
            except Exception:  # protobuf's own, and protobuf is Streamlit's requirement, not ours
                kind = None
            if kind is None:
                await send({"type": "websocket.close", "code": code})
                return {"type": "websocket.disconnect", "code": code}
            if kind in KINDS:
                return message

    return receive_message
