"""What browsers say over the socket of a class: each message is one small record, read and checked here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from aevb_lab.classroom.answers import BadMessage, read_numbers, read_object

MOST_CHARACTERS = 4096  # characters in a message
LONGEST_QUERY = 2000
MOST_PLACES = 8
MOST_COORDINATES = 64
PATH = re.compile(r"/[a-z0-9_-]{0,40}")
QUERY = re.compile(r"[!-~]*")
PLACE = re.compile(r"[a-z][a-z0-9_-]{0,39}")


@dataclass(frozen=True)
class Follow:
    """The teacher wants to be followed in this tab, or no longer."""

    on: bool


@dataclass(frozen=True)
class Link:
    """The page of the teacher, and the query that holds its model and settings."""

    path: str
    query: str


@dataclass(frozen=True)
class Places:
    """Where the teacher's points are, by name: `z` on a plane, the q of the page The bound, and others."""

    values: dict[str, tuple[float, ...]]


@dataclass(frozen=True)
class Look:
    """The page that a browser shows, and the x, mean and scale of its best q on the toy of the page The bound."""

    path: str
    best: tuple[float, ...] | None


@dataclass(frozen=True)
class Away:
    """The tab will be hidden and closes its socket; it may come back."""


Message = Follow | Link | Places | Look | Away


def read_message(text: str | None) -> Message:
    """The message that a browser sent as JSON: an object with one field, its name. BadMessage says what is wrong with it."""
    if text is None:
        raise BadMessage("a message must be text")
    record = read_object(text, MOST_CHARACTERS)
    if len(record) != 1:
        raise BadMessage("a message has one field: away, follow, link, look or places")
    (kind, value), *_ = record.items()
    if kind == "away":
        return Away()
    if kind == "follow":
        if not isinstance(value, bool):
            raise BadMessage("follow must be true or false")
        return Follow(value)
    if kind not in ("link", "look", "places"):
        raise BadMessage("a message has one field: away, follow, link, look or places")
    if not isinstance(value, dict):
        raise BadMessage(f"{kind} must be a JSON object")
    return _places(value) if kind == "places" else _link(value) if kind == "link" else _look(value)


def _link(record: dict[str, Any]) -> Link:
    query = record.get("query")
    if not isinstance(query, str) or len(query) > LONGEST_QUERY or not QUERY.fullmatch(query):
        raise BadMessage(f"query must be at most {LONGEST_QUERY} characters of a link")
    return Link(_path(record), query.removeprefix("?"))


def _path(record: dict[str, Any]) -> str:
    path = record.get("path")
    if not isinstance(path, str) or not PATH.fullmatch(path):
        raise BadMessage("path must be / and the name of a page")
    return path


def _places(record: dict[str, Any]) -> Places:
    if len(record) > MOST_PLACES or not all(map(PLACE.fullmatch, record)):
        raise BadMessage(f"places must have at most {MOST_PLACES} names of small letters")
    return Places({name: read_numbers(value, 1, MOST_COORDINATES, name) for name, value in record.items()})


def _look(record: dict[str, Any]) -> Look:
    best = record.get("best")
    return Look(_path(record), None if best is None else read_numbers(best, 3, 3, "best"))
