"""Visitors: browsers, told apart by a cookie; what each of them has on this server, and for how long."""

from __future__ import annotations

import hashlib
import re
import secrets
import threading
from collections.abc import Callable, Mapping
from typing import Any

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "aevb_visitor"
TEACHER = "AEVB_LAB_TEACHER"  # the variable of the environment with the secret of the teacher's link; only for a class
TEACH = "/class/teach/"  # the path of the teacher's link, before the secret
SECRET = re.compile(r"[0-9a-f]{32}")  # 128 random bits
GRACE_SECONDS = 125.0  # a little longer than Streamlit keeps the session of a page that is away
NOT_SHARED = (b"cache-control", b"private, no-cache")  # a school's proxy must not give one pupil's cookie to the next
MOST_LOSSES = 1000  # visitors who may still be told what they lost


class VisitorCookie:
    """Around the app: gives each browser a secret in a cookie, with the page. All tabs and reloads of the browser send it; no link
    has it, and no script can read it."""

    def __init__(self, app: ASGIApp, base_path: Callable[[], str] = str):
        self.app, self.base_path = app, base_path  # asked late: the settings are not read yet

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_page = scope["type"] == "http" and scope["method"] == "GET" and b"text/html" in _header(scope, b"accept")
        if not is_page or visitor_of(cookies_of(scope)):
            return await self.app(scope, receive, send)

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                cookie = f"{COOKIE}={secrets.token_hex(16)}; Path={self.base_path() or '/'}; HttpOnly; SameSite=Lax"
                if scope.get("scheme") == "https":
                    cookie += "; Secure"
                others = [header for header in message.get("headers", []) if header[0].lower() != b"cache-control"]
                own = [(b"set-cookie", cookie.encode()), NOT_SHARED]
                message = {**message, "headers": [*others, *own]}
            await send(message)

        await self.app(scope, receive, send_with_cookie)


def visitor_of(cookies: Mapping[str, str]) -> str | None:
    """The name of the visitor with these cookies; None without ours. The secret cannot be told from the name."""
    secret = str(cookies.get(COOKIE))
    return hashlib.sha256(secret.encode()).hexdigest()[:24] if SECRET.fullmatch(secret) else None


def _header(scope: Scope, name: bytes) -> bytes:
    return b", ".join(value for key, value in scope["headers"] if key == name)


def cookies_of(scope: Scope) -> dict[str, str]:
    """The cookies of a request by name, as Streamlit reads them too. Python's own parser gives none of them where one is not as the
    standard wants it, and a browser sends also those of other programs on the same machine."""
    return HTTPConnection(scope).cookies


class Visitors:
    """Who is here, with which sessions of Streamlit. Whoever has had no session for `grace` seconds is gone: then `on_gone` takes
    away what they have, and its names are told if they come back. A session that lost its connection and got it back need not
    say so: `is_connected` knows."""

    def __init__(
        self,
        on_gone: Callable[[str], list[str]],
        is_connected: Callable[[str], bool] = lambda session: False,
        grace: float | None = None,
    ):
        self._on_gone, self._is_connected = on_gone, is_connected
        self._grace = GRACE_SECONDS if grace is None else grace
        self._lock = threading.RLock()
        self._here: dict[str, set[str]] = {}
        self._away: dict[str, set[str]] = {}  # sessions without connection, which may come back
        self._timers: dict[str, threading.Timer] = {}
        self._belongings: dict[str, dict[str, Any]] = {}
        self._losses: dict[str, list[str]] = {}

    def arrive(self, visitor: str, session: str) -> None:
        """The visitor is here (again), in this session."""
        with self._lock:
            self._here.setdefault(visitor, set()).add(session)
            self._away.get(visitor, set()).discard(session)
            if timer := self._timers.pop(visitor, None):
                timer.cancel()

    def leave(self, visitor: str, session: str) -> None:
        """The session has lost its connection; the visitor has gone if it was the last one and none comes in time."""
        with self._lock:
            self._here.get(visitor, set()).discard(session)
            self._away.setdefault(visitor, set()).add(session)
            if not self._here.get(visitor):
                self._start_timer(visitor)

    def belongings(self, visitor: str) -> dict[str, Any]:
        """What the visitor's sessions share; it goes when the visitor has gone."""
        with self._lock:
            return self._belongings.setdefault(visitor, {})

    def losses(self, visitor: str) -> list[str]:
        """The names of what the visitor lost by being away; told once."""
        with self._lock:
            return self._losses.pop(visitor, [])

    def close(self) -> None:
        """Wait for nobody any more."""
        with self._lock:
            for timer in self._timers.values():
                timer.cancel()
            self._timers.clear()

    def _start_timer(self, visitor: str) -> None:
        if timer := self._timers.pop(visitor, None):
            timer.cancel()
        timer = self._timers[visitor] = threading.Timer(self._grace, self._miss, (visitor,))
        timer.daemon = True
        timer.start()

    def _miss(self, visitor: str) -> None:
        with self._lock:
            if self._timers.get(visitor) is not threading.current_thread():
                return  # back, or away anew, while this timer waited for the lock
            if any(map(self._is_connected, self._away.get(visitor, ()))):
                return self._start_timer(visitor)
            for table in (self._timers, self._here, self._away):
                table.pop(visitor, None)
            belongings = self._belongings.pop(visitor, {})
        names = [*self._on_gone(visitor), *(name for part in belongings.values() for name in part)]
        with self._lock:
            if names:
                self._losses[visitor] = names
            while len(self._losses) > MOST_LOSSES:
                del self._losses[next(iter(self._losses))]
