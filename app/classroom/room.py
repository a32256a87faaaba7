"""The room of a class: who is here, what the teacher shows, what pupils answered. It is memory only and goes with the server.

A room is used by the server's event loop alone, but for the few values that a page's script reads.
"""

from __future__ import annotations

import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from aevb_lab.classroom.answers import Answer, BadMessage, Question, summary
from aevb_lab.classroom.messages import Away, Follow, Link, Look, Message, Places

MOST_SEATS = 512
MOST_SEATS_OF_A_BROWSER = 24
MOST_BROWSERS = 1000
MOST_TRIES = 4  # what the board keeps of a browser's tries at the toy; each is better than the tab's last one
MOST_ANSWERS = 20_000
MOST_QUESTIONS = 400
AWAY_SECONDS = 120.0  # a tab that is hidden for longer has left the class


class RoomFull(Exception):
    """No seat or no place for an answer is left; the text is one sentence for whoever asked."""


@dataclass(eq=False)
class Seat:
    """One tab of a browser. `pending` are the parts of the room's state that it has not been sent in their present form."""

    tab: str
    visitor: str
    is_teacher: bool
    wake: Callable[[], None]
    pending: set[str]
    page: str = "/"
    is_here: bool = True
    left_at: float = 0.0


@dataclass
class Lead:
    """What the teacher shows: in which tab, on which page and where. `move` grows with each change of the page's link."""

    tab: str | None = None
    link: Link | None = None
    move: int = 0
    places: dict[str, tuple[float, ...]] = field(default_factory=dict)


class Room:
    """One class. `secret` opens it for its teacher; `name` tells this class from others, for answers that a browser still keeps."""

    def __init__(self, secret: str, now: Callable[[], float] = time.monotonic):
        self._secret, self._now = secret, now
        self.token = secrets.token_hex(16)  # what the teacher's cookie holds in place of the secret
        self.name = secrets.token_hex(4)
        self.seats: dict[str, Seat] = {}
        self.lead = Lead()
        self.display: Question | None = None  # the class sees its answers
        self._display_words = ""
        self.tries: dict[str, list[tuple[float, ...]]] = {}  # by browser: its best q's, as x, mean and scale
        self._answers: dict[Question, dict[str, Answer]] = {}
        self._answer_ids: set[str] = set()

    # -- who is here ---------------------------------------------------------------------------------------------

    def is_secret(self, text: str) -> bool:
        return secrets.compare_digest(text.encode(errors="replace"), self._secret.encode())

    def is_teacher(self, token: str | None) -> bool:
        return token is not None and secrets.compare_digest(token.encode(errors="replace"), self.token.encode())

    def sit(self, tab: str, visitor: str, *, is_teacher: bool, wake: Callable[[], None]) -> Seat:
        """The seat of a tab from now on; it begins with all parts of the state pending. A tab that connects again takes the
        place of its old connection. RoomFull where there is no room."""
        self._forget_absent()
        old = self.seats.get(tab)
        if old is not None and old.visitor != visitor:
            raise RoomFull("This name of a tab belongs to another browser.")
        if old is None:
            if len(self.seats) >= MOST_SEATS:
                raise RoomFull(
                    f"The class has {MOST_SEATS} tabs open, and there is no room for more. Close one, and try again."
                )
            if sum(seat.visitor == visitor for seat in self.seats.values()) >= MOST_SEATS_OF_A_BROWSER:
                raise RoomFull(
                    f"This browser has {MOST_SEATS_OF_A_BROWSER} tabs open, and it may have no more. Close one, and try again."
                )
        seat = Seat(tab, visitor, is_teacher, wake, {"lead", "places", "display"} | ({"here"} if is_teacher else set()))
        if old is not None:
            seat.page = old.page
        self.seats[tab] = seat
        self._tell("here")
        return seat

    def leave(self, seat: Seat) -> None:
        """The tab's connection is gone; it may come back."""
        if self.seats.get(seat.tab) is seat and seat.is_here:
            seat.is_here, seat.left_at = False, self._now()
            self._tell("here")

    def _forget_absent(self) -> None:
        now = self._now()
        for seat in [seat for seat in self.seats.values() if not seat.is_here and now - seat.left_at > AWAY_SECONDS]:
            del self.seats[seat.tab]

    def here(self) -> int:
        """How many pupils' browsers are connected."""
        return len({seat.visitor for seat in self._pupils() if seat.is_here})

    def _pupils(self) -> list[Seat]:
        return [seat for seat in list(self.seats.values()) if not seat.is_teacher]

    def overview(self) -> dict[str, Any]:
        """Numbers of pupils, never names: how many are here and away, and on which pages."""
        self._forget_absent()
        pupils = self._pupils()
        present = {seat.visitor for seat in pupils if seat.is_here}
        pages = Counter(seat.page for seat in pupils if seat.is_here)
        return {
            "here": len(present),
            "away": len({seat.visitor for seat in pupils} - present),
            "pages": sorted(pages.items(), key=lambda item: (-item[1], item[0])),
            "leading": self.lead.tab is not None,
        }

    def visitors(self) -> set[str]:
        """The browsers of all seats."""
        return {seat.visitor for seat in list(self.seats.values())}

    # -- what the teacher shows ----------------------------------------------------------------------------------

    def hear(self, seat: Seat, message: Message) -> None:
        """A tab said something. What only the leading tab may say is ignored where another one says it, since it may have led a
        moment ago; BadMessage where a pupil's tab wants to lead."""
        match message:
            case Look():
                seat.page = message.path
                if message.best is not None and not seat.is_teacher:
                    self._try(seat.visitor, message.best)
            case Away():
                self.leave(seat)
            case _ if not seat.is_teacher:
                raise BadMessage("only the teacher can lead; the teacher's link is in the terminal of the server")
            case Follow():
                self._follow(seat, message.on)
            case Link() if self.lead.tab == seat.tab:
                if message != self.lead.link:
                    self.lead.link, self.lead.move = message, self.lead.move + 1
                    self._tell("lead")
            case Places() if self.lead.tab == seat.tab:
                self.lead.places = message.values
                self._tell("places")

    def _follow(self, seat: Seat, is_on: bool) -> None:
        if is_on:
            self.lead.tab = seat.tab
        elif self.lead.tab == seat.tab:
            self.lead = Lead(move=self.lead.move)
            self._tell("places")
        self._tell("lead")

    def _try(self, visitor: str, best: tuple[float, ...]) -> None:
        if visitor in self.tries or len(self.tries) < MOST_BROWSERS:
            tries = self.tries.setdefault(visitor, [])
            if best not in tries:
                self.tries[visitor] = [*tries, best][-MOST_TRIES:]

    def show(self, question: Question | None, words: str = "") -> None:
        """Show the class the answers to this question, which has these words, or none."""
        self.display, self._display_words = question, words
        self._tell("display")

    def _tell(self, part: str) -> None:
        for seat in self.seats.values():
            if seat.is_here and (part != "here" or seat.is_teacher):
                seat.pending.add(part)
                seat.wake()

    def news(self, seat: Seat) -> dict[str, Any]:
        """What has changed for this tab since the last call, each part in its present form only."""
        parts, seat.pending = sorted(seat.pending), set()
        return {part: self._part(part, seat) for part in parts}

    def _part(self, part: str, seat: Seat) -> Any:
        lead = self.lead
        if part == "here":
            return self.here()
        if part == "places":
            return {name: list(values) for name, values in lead.places.items()}
        if part == "display":
            return None if self.display is None else self.summary(self.display) | {"words": self._display_words}
        link = lead.link and {"path": lead.link.path, "query": lead.link.query}
        state = {"on": lead.tab is not None, "mine": lead.tab == seat.tab, "move": lead.move, "link": link}
        return state | (
            {"tab": lead.tab} if seat.is_teacher else {}
        )  # by which a tab that was reloaded goes on leading

    # -- answers -------------------------------------------------------------------------------------------------

    def answer(self, visitor: str, answer: Answer) -> bool:
        """Take an answer; the last one of each browser to a question counts. False where it is here already: a browser that heard
        nothing sends it again. RoomFull where no more fit."""
        if answer.id in self._answer_ids:
            return False
        if len(self._answer_ids) >= MOST_ANSWERS:
            raise RoomFull(
                f"The class has given {MOST_ANSWERS} answers, and there is no room for more. Save them and start the server again."
            )
        if answer.question not in self._answers and len(self._answers) >= MOST_QUESTIONS:
            raise RoomFull(f"The class has answered {MOST_QUESTIONS} questions, and there is no room for more.")
        self._answer_ids.add(answer.id)
        self._answers.setdefault(answer.question, {})[visitor] = answer
        if answer.question == self.display:
            self._tell("display")
        return True

    def questions(self) -> dict[Question, int]:
        """The questions that somebody has answered, the first answered one first, and how many browsers did."""
        return {question: len(answers) for question, answers in self._answers.items()}

    def summary(self, question: Question) -> dict[str, Any]:
        return summary(question, list(self._answers.get(question, {}).values()))

    def answers(self) -> Iterable[Answer]:
        """All answers that count."""
        return [answer for answers in list(self._answers.values()) for answer in list(answers.values())]


ROOMS: list[Room] = []  # of this server: one, or none where there is no class


def open_room(secret: str) -> Room:
    """The room of this server's class, from now on."""
    ROOMS[:] = [Room(secret)]
    return ROOMS[0]


def room() -> Room | None:
    """The room of this server's class; None where there is no class."""
    return ROOMS[0] if ROOMS else None
