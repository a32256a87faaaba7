"""The class beside Streamlit's app: the teacher's link, the socket of each tab, the posts of answers, and the teacher's board.

All addresses begin with /class/. The guard stands before them, so only pages of this server can use them.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from starlette.types import ASGIApp, Receive, Scope, Send

from aevb_lab.classroom.answers import MOST_BYTES, BadMessage, Question, as_csv, read_answer, read_object, read_question
from aevb_lab.classroom.messages import MOST_CHARACTERS, read_message
from aevb_lab.classroom.rates import Bucket, Buckets
from aevb_lab.classroom.room import Room, RoomFull, Seat
from aevb_lab.classroom.sheet import as_sheet
from aevb_lab.visitors import TEACH, cookies_of, visitor_of

LIVE = "/class/live"
COOKIE = "aevb_teacher"
TAB = re.compile(r"[0-9a-f]{16,32}")
HEARTBEAT_SECONDS = 15.0
BETWEEN_SECONDS = 1 / 30  # two messages to one tab
BODY_SECONDS = 10.0
ABORT_SECONDS = 1.0  # what a dead connection may delay the end of the server
MOST_SEATS_OF_AN_ADDRESS = 256  # a whole school may share one
MESSAGES = (40.0, 80.0)  # from one tab: a second, and at once
MOST_IGNORED = 400
ANSWERS, ANSWERS_OF_AN_ADDRESS = (5.0, 40.0), (60.0, 600.0)  # the second for all browsers behind it
WRONG_SECRETS = (0.2, 20.0)
CLOSE_POLICY, CLOSE_FULL, CLOSE_RESTART = 1008, 1013, 1012  # codes of RFC 6455 and its registry
NOT_THE_LINK = "This link is not the teacher's link of this class. You find the teacher's link in the terminal where the server was started.\n"
TOO_OFTEN = "Too many requests came at once. Wait a moment, and try again."
ONLY_TEACHER = "Only the teacher of this class may do this."
ORDERS = ("hide", "reset_all", "show", "stop_all")


@dataclass(frozen=True)
class Acts:
    """What the class asks of the rest of the app, each in a thread of its own: the states of all runs with their owners, to stop
    or to reset all runs, by how many nats a q (x, mean, scale) beats the encoder on the toy of the page The bound, and a question in
    its words, empty where it has none."""

    states: Callable[[], Iterable[tuple[str, str]]] = tuple
    stop_all: Callable[[], int] = int
    reset_all: Callable[[], int] = int
    lead_of: Callable[[tuple[float, ...]], float | None] = lambda view: None
    words_of: Callable[[Question], str] = lambda question: ""


class _Refusal(Exception):
    def __init__(self, status: int, reason: str):
        self.status, self.reason = status, reason


class Classroom:
    """Around the app, which browsers find below the path `base`: answers at the addresses of the class."""

    def __init__(self, app: ASGIApp, room: Room, acts: Acts | None = None, base: str = ""):
        self.app, self.room, self.acts, self.base = app, room, acts or Acts(), base
        self._addresses: Counter[str] = Counter()  # how many sockets each address has open
        self._wrong_secrets = Bucket(*WRONG_SECRETS)
        self._answers, self._answers_of_an_address = Buckets(*ANSWERS), Buckets(*ANSWERS_OF_AN_ADDRESS)
        self._routes: dict[str, tuple[str, Callable[[Scope, Receive, Send], Any]]] = {
            "/class/answers": ("POST", self._take_answer),
            "/class/board": ("GET", self._board),
            "/class/orders": ("POST", self._order),
            "/class/answers.csv": ("GET", self._csv),
            "/class/answers.html": ("GET", self._sheet),
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket" and scope["path"] == LIVE:
            return await self._socket(scope, receive, send)
        if scope["type"] == "http" and scope["path"].startswith(TEACH):
            return await self._teach(scope, send)
        if scope["type"] != "http" or scope["path"] not in self._routes:
            return await self.app(scope, receive, send)
        method, route = self._routes[scope["path"]]
        try:
            if scope["method"] != method:
                raise _Refusal(405, f"This address takes {method} only.")
            await route(scope, receive, send)
        except _Refusal as refusal:
            await _json(send, refusal.status, {"error": refusal.reason})
        except BadMessage as error:
            await _json(send, 400, {"error": str(error)})
        except RoomFull as error:
            await _json(send, 503, {"error": str(error)})

    def _is_teacher(self, scope: Scope) -> bool:
        return self.room.is_teacher(cookies_of(scope).get(COOKIE))

    # -- the teacher's link --------------------------------------------------------------------------------------

    async def _teach(self, scope: Scope, send: Send) -> None:
        """Swap the secret in the address for a cookie: the address may be projected on a wall."""
        if scope["method"] != "GET":
            return await _text(send, 405, "This address takes GET only.\n")
        if not self.room.is_secret(scope["path"].removeprefix(TEACH)):
            is_rare = self._wrong_secrets.take()
            return await _text(send, 403 if is_rare else 429, NOT_THE_LINK if is_rare else f"{TOO_OFTEN}\n")
        cookie = f"{COOKIE}={self.room.token}; Path={self.base or '/'}; HttpOnly; SameSite=Lax"
        if scope.get("scheme") == "https":
            cookie += "; Secure"
        headers = {"location": f"{self.base}/class", "set-cookie": cookie}
        await _answer(send, 303, b"", "text/plain", headers)

    # -- the socket of a tab -------------------------------------------------------------------------------------

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        protocol: Any = getattr(send, "__self__", None)  # uvicorn's
        connection = getattr(protocol, "conn", None)
        if connection is not None:
            connection.max_message_size = 4 * MOST_CHARACTERS  # a character has at most four bytes
        address, event = _address(scope), asyncio.Event()
        try:
            if self._addresses[address] >= MOST_SEATS_OF_AN_ADDRESS:
                raise RoomFull(
                    f"{MOST_SEATS_OF_AN_ADDRESS} tabs of this address are connected, and there is no room for more. Close one, and try again."
                )
            tab = _tab(scope)
            seat = self.room.sit(tab, _visitor(scope, tab), is_teacher=self._is_teacher(scope), wake=event.set)
        except (RoomFull, BadMessage) as error:
            code = CLOSE_FULL if isinstance(error, RoomFull) else CLOSE_POLICY
            return await send({"type": "websocket.close", "code": code, "reason": str(error)})
        self._addresses[address] += 1
        sender = asyncio.create_task(self._tell(seat, event, send))
        try:
            code = await self._listen(seat, receive, send)
        finally:
            sender.cancel()
            self._addresses[address] -= 1
            self.room.leave(seat)
        if code == CLOSE_RESTART and (transport := getattr(protocol, "transport", None)):
            asyncio.get_running_loop().call_later(ABORT_SECONDS, transport.abort)

    async def _tell(self, seat: Seat, event: asyncio.Event, send: Send) -> None:
        """Send what is new, each part in its newest form only: a slow line gets fewer messages, never old ones."""
        news: dict[str, Any] = {"room": self.room.name, "teacher": seat.is_teacher} | self.room.news(seat)
        with suppress(OSError, RuntimeError):  # the connection is gone, and `_listen` hears it
            while True:
                await send({"type": "websocket.send", "text": json.dumps(news, separators=(",", ":"))})
                await asyncio.sleep(BETWEEN_SECONDS)
                news = {}
                with suppress(TimeoutError):
                    async with asyncio.timeout(HEARTBEAT_SECONDS):
                        await event.wait()
                    event.clear()
                    news = self.room.news(seat)

    async def _listen(self, seat: Seat, receive: Receive, send: Send) -> int:
        """Hear what the tab says until its connection ends; returns the code of the end."""
        bucket, ignored = Bucket(*MESSAGES), 0
        while (message := await receive())["type"] == "websocket.receive":
            if not bucket.take():
                ignored += 1
                if ignored > MOST_IGNORED:
                    await send({"type": "websocket.close", "code": CLOSE_POLICY, "reason": TOO_OFTEN})
                    return CLOSE_POLICY
                continue
            try:
                self.room.hear(seat, read_message(message.get("text")))
            except BadMessage as error:
                await send({"type": "websocket.send", "text": json.dumps({"error": str(error)})})
        return int(message.get("code") or 1005)

    # -- answers -------------------------------------------------------------------------------------------------

    async def _take_answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        visitor = _visitor(scope, _tab(scope))
        if not self._answers_of_an_address.take(_address(scope)) or not self._answers.take(visitor):
            raise _Refusal(429, TOO_OFTEN)
        answer = read_answer(await _body(receive, MOST_BYTES))
        is_new = self.room.answer(visitor, answer)
        await _json(send, 200, {"kept": answer.id, "new": is_new})

    # -- the teacher's board -------------------------------------------------------------------------------------

    async def _board(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._require_teacher(scope)
        query = parse_qs(scope["query_string"].decode("latin-1"))
        questions = self.room.questions()
        chosen = self._chosen({name: values[0] for name, values in query.items()}) or next(reversed(questions), None)
        await _json(
            send,
            200,
            {
                **self.room.overview(),
                **await asyncio.to_thread(self._work),
                "questions": [[*question, count] for question, count in questions.items()],
                "words": await asyncio.to_thread(lambda: list(map(self.acts.words_of, questions))),
                "answers": None if chosen is None else self.room.summary(chosen),
                "display": self.room.display and list(self.room.display),
            },
        )

    def _chosen(self, query: Mapping[str, str]) -> Question | None:
        if "question" not in query:
            return None
        step = query.get("step", "")
        return read_question({**query, "step": int(step) if step.isdecimal() and len(step) < 4 else step})

    def _work(self) -> dict[str, Any]:
        """What the class is at: how many browsers train or wait for a turn, and how far they are on the toy."""
        here, states = self.room.visitors(), list(self.acts.states())
        training = {owner for owner, state in states if owner in here and state in ("starting", "running")}
        waiting = {owner for owner, state in states if owner in here and state == "queued"} - training
        leads = [lead for tries in list(self.room.tries.values()) if (lead := self._best_of(tries)) is not None]
        toy = {"tried": len(leads), "beat": sum(lead > 0 for lead in leads), "lead": max(leads, default=None)}
        return {"training": len(training), "waiting": len(waiting), "runs": len(states), "toy": toy}

    def _best_of(self, tries: list[tuple[float, ...]]) -> float | None:
        return max((lead for view in tries if (lead := self.acts.lead_of(view)) is not None), default=None)

    async def _order(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._require_teacher(scope)
        record = read_object(await _body(receive, MOST_BYTES), MOST_BYTES)
        order = record.get("order")
        if order not in ORDERS:
            raise BadMessage(f"order must be one of {', '.join(ORDERS)}")
        count = 0
        if order == "show":
            question = read_question(record)
            self.room.show(question, await asyncio.to_thread(self.acts.words_of, question))
        elif order == "hide":
            self.room.show(None)
        else:
            count = await asyncio.to_thread(self.acts.stop_all if order == "stop_all" else self.acts.reset_all)
        await _json(send, 200, {"done": order, "runs": count})

    async def _csv(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._require_teacher(scope)
        headers = {"content-disposition": 'attachment; filename="answers.csv"'}
        await _answer(send, 200, as_csv(self.room.answers()).encode(), "text/csv; charset=utf-8", headers)

    async def _sheet(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._require_teacher(scope)
        page = await asyncio.to_thread(as_sheet, self.room.answers(), self.acts.words_of)
        await _answer(send, 200, page.encode(), "text/html; charset=utf-8", {})

    def _require_teacher(self, scope: Scope) -> None:
        if not self._is_teacher(scope):
            raise _Refusal(403, ONLY_TEACHER)


def _address(scope: Scope) -> str:
    return str((scope.get("client") or ("unknown", 0))[0])


def _tab(scope: Scope) -> str:
    """The tab's name, which it chose by itself when its page was loaded."""
    tab = parse_qs(scope["query_string"].decode("latin-1")).get("tab", [""])[0]
    if not TAB.fullmatch(tab):
        raise BadMessage("tab must be 16 to 32 digits from 0 to f")
    return tab


def _visitor(scope: Scope, tab: str) -> str:
    """The browser by its cookie. One that keeps no cookies, as in a frame of another site, is known by its tab."""
    return visitor_of(cookies_of(scope)) or f"tab {tab}"


async def _body(receive: Receive, most: int) -> bytes:
    """The body of a request, which must come soon and be small."""
    body, is_more = bytearray(), True
    try:
        async with asyncio.timeout(BODY_SECONDS):
            while is_more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise _Refusal(400, "The request ended before it was whole.")
                body += message.get("body", b"")
                if len(body) > most:
                    raise _Refusal(413, f"A message may have {most} bytes.")
                is_more = message.get("more_body", False)
    except TimeoutError:
        raise _Refusal(408, "The request did not come in time.") from None
    return bytes(body)


async def _json(send: Send, status: int, record: Mapping[str, Any]) -> None:
    # After a refusal the rest of a body may still come, for which nobody waits.
    headers = {"connection": "close"} if status in (408, 413) else {}
    await _answer(send, status, json.dumps(record, separators=(",", ":")).encode(), "application/json", headers)


async def _text(send: Send, status: int, text: str) -> None:
    await _answer(send, status, text.encode(), "text/plain; charset=utf-8", {})


async def _answer(send: Send, status: int, body: bytes, kind: str, headers: Mapping[str, str]) -> None:
    fields = {"content-type": kind, "content-length": str(len(body)), "cache-control": "no-store", **headers}
    header_bytes = [(name.encode(), value.encode()) for name, value in fields.items()]
    await send({"type": "http.response.start", "status": status, "headers": header_bytes})
    await send({"type": "http.response.body", "body": body})
