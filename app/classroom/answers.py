"""What pupils answer: one small typed record, how it is read, and what the class sees of all records of a question."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from aevb_lab.escaping import in_cell, printable

KINDS = ("choice", "number", "point", "curve", "loop")
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
ID = re.compile(r"[0-9a-f]{16,32}")
MOST_BYTES = 4096  # bytes in a posted answer
MOST_STEPS = 99
LONGEST_CHOICE = 80  # characters
MOST_POINTS = 64  # points in a curve, and corners in a loop
FARTHEST = 1e6  # from 0
MOST_SHOWN = 120  # answers of one question on a screen
MOST_CHOICES = 12

Value = str | float | tuple[float, ...]


class BadMessage(ValueError):
    """Something that a browser sent and that the class cannot use; the text is one sentence for its sender."""


class Question(NamedTuple):
    """What was asked: a question of a step of a lesson."""

    lesson: str
    step: int
    name: str


@dataclass(frozen=True)
class Answer:
    """One answer. Its `id` was chosen by the browser, which may send the same answer more than once."""

    id: str
    question: Question
    kind: str
    value: Value


def read_answer(content: bytes) -> Answer:
    """The answer that a browser posted as JSON. BadMessage says what is wrong with it."""
    record = read_object(content, MOST_BYTES)
    fields = {"id", "lesson", "step", "question", "kind", "value"}
    if set(record) != fields:
        raise BadMessage(f"an answer has the fields {', '.join(sorted(fields))}, got {_names(record)}")
    kind = record["kind"]
    if kind not in KINDS:
        raise BadMessage(f"kind must be one of {', '.join(KINDS)}, got {_short(kind)}")
    id_ = record["id"]
    if not isinstance(id_, str) or not ID.fullmatch(id_):
        raise BadMessage(f"id must be 16 to 32 digits from 0 to f, got {_short(id_)}")
    return Answer(id_, read_question(record), kind, _value_of(kind, record["value"]))


def read_question(record: Mapping[str, Any]) -> Question:
    """The question that a record's `lesson`, `step` and `question` name."""
    lesson, step, name = record.get("lesson"), record.get("step"), record.get("question")
    for field, text in {"lesson": lesson, "question": name}.items():
        if not isinstance(text, str) or not NAME.fullmatch(text):
            raise BadMessage(f"{field} must be at most 40 small letters, digits, - and _, got {_short(text)}")
    if not isinstance(step, int) or isinstance(step, bool) or not 0 <= step <= MOST_STEPS:
        raise BadMessage(f"step must be a whole number from 0 to {MOST_STEPS}, got {_short(step)}")
    return Question(str(lesson), step, str(name))


def read_object(content: bytes | str, most: int) -> dict[str, Any]:
    """A JSON object of at most this many bytes, or characters."""
    if len(content) > most:
        raise BadMessage(f"a message may have {most} bytes, got {len(content)}")
    try:
        record = json.loads(content)
    except (ValueError, RecursionError):
        raise BadMessage("a message must be JSON") from None
    if not isinstance(record, dict):
        raise BadMessage(f"a message must be a JSON object, got {_short(record)}")
    return record


def read_numbers(value: Any, least: int, most: int, field: str) -> tuple[float, ...]:
    """A list of numbers that are finite and not too far from 0."""
    if not isinstance(value, list) or not least <= len(value) <= most:
        count = str(least) if least == most else f"{least} to {most}"
        raise BadMessage(f"{field} must be a list of {count} numbers, got {_short(value)}")
    return tuple(read_number(number, field) for number in value)


def read_number(value: Any, field: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= FARTHEST:
        raise BadMessage(f"{field} must hold numbers from -1e6 to 1e6, got {_short(value)}")
    return float(value)


def _value_of(kind: str, value: Any) -> Value:
    if kind == "choice":
        text = printable(value[: 8 * LONGEST_CHOICE]) if isinstance(value, str) else ""
        if not 0 < len(text) <= LONGEST_CHOICE:
            raise BadMessage(f"a choice must be a text of 1 to {LONGEST_CHOICE} characters, got {_short(value)}")
        return text
    if kind == "number":
        return read_number(value, "value")
    if kind == "loop":
        return _corners(read_numbers(value, 6, MOST_POINTS, "value"))
    return read_numbers(value, 2, 2, "value") if kind == "point" else read_numbers(value, 2, MOST_POINTS, "value")


def _corners(numbers: tuple[float, ...]) -> tuple[float, ...]:
    """The corners of a loop, two numbers each."""
    if len(numbers) % 2:
        raise BadMessage(f"a loop must have two numbers for each corner, got {len(numbers)} numbers")
    return numbers


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:59]}…"


def _names(record: Mapping[str, Any]) -> str:
    return _short(", ".join(sorted(map(str, record))) or "none")


# -- what the class sees -----------------------------------------------------------------------------------------


def summary(question: Question, answers: Iterable[Answer]) -> dict[str, Any]:
    """The answers to one question without their givers: of choices how often each was given, most frequent first; of others the
    values, in their order. A screen has room for MOST_SHOWN of them: `count` says how many there are. Where kinds are mixed, the
    most frequent kind counts."""
    everything = list(answers)
    kinds = Counter(answer.kind for answer in everything)
    kind = max(kinds, key=kinds.__getitem__) if kinds else "choice"
    values = [answer.value for answer in everything if answer.kind == kind]
    head = {"lesson": question.lesson, "step": question.step, "question": question.name, "kind": kind}
    if kind == "choice":
        counts = sorted(Counter(values).items(), key=lambda item: (-item[1], str(item[0])))
        return {**head, "count": len(values), "values": [list(item) for item in counts[:MOST_CHOICES]]}
    return {**head, "count": len(values), "values": [_rounded(value) for value in sorted(_spread(values))]}


def _spread(values: list[Value]) -> list[Value]:
    """At most MOST_SHOWN of them, evenly from all."""
    step = max(1, math.ceil(len(values) / MOST_SHOWN))
    return values[::step]


def _rounded(value: Value) -> Any:
    if isinstance(value, tuple):
        return [_rounded(part) for part in value]
    return float(f"{value:.4g}") if isinstance(value, float) else value


def as_csv(answers: Iterable[Answer]) -> str:
    """All answers as a table for a spreadsheet. They stand in the order of their values, so that nothing says who gave which."""
    rows = sorted(answers, key=lambda answer: (answer.question, answer.kind, str(answer.value)))
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\r\n")
    writer.writerow(["lesson", "step", "question", "kind", "value"])
    for answer in rows:
        value = answer.value
        text = " ".join(f"{part:.6g}" for part in value) if isinstance(value, tuple) else _cell(value)
        writer.writerow(
            [answer.question.lesson, answer.question.step, answer.question.name, answer.kind, in_cell(text)]
        )
    return table.getvalue()


def _cell(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:.6g}"
