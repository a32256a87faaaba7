"""The draws from the prior that a visitor marked as no real image, on the page Paths: kept in the page's link."""

from __future__ import annotations

from typing import NamedTuple

import streamlit as st

from aevb_lab.session.kept import Kept
from aevb_lab.session.reported import as_rows_of, reported

GALLERY = "samples_gallery"  # the key of the component
COUNT = 40  # draws
MOST_OTHERS = 50  # draws whose marks a session keeps beside those on screen
NAMED = 8  # hexadecimal digits of a model's key


class Marks(NamedTuple):
    """The marked rows, and of which draws they are: those of a model, by the beginning of its key, from a seed."""

    model: str
    seed: int
    rows: tuple[int, ...]


def _read(text: str) -> Marks | None:
    model, *numbers = text.split(",")
    if len(numbers) < 2 or len(model) != NAMED or not model.isalnum():
        return None
    if len(numbers) > 1 + COUNT or not all(part.isascii() and part.isdigit() and len(part) <= 10 for part in numbers):
        return None
    seed, *rows = map(int, numbers)
    return Marks(model, seed, tuple(sorted(set(rows)))) if all(row < COUNT for row in rows) else None


def _write(marks: Marks) -> str | None:
    return ",".join(map(str, (marks.model, marks.seed, *marks.rows))) if marks.rows else None


MARKS: Kept[Marks] = Kept("samples_marks", "marked", _read, _write, is_work=True)


def marked_rows(key: str, seed: int) -> tuple[int, ...]:
    """The rows that are marked of the draws from `seed` of the model with this key."""
    marks = MARKS.now(Marks(key[:NAMED], seed, ()))
    if (marks.model, marks.seed) == (key[:NAMED], seed):
        return marks.rows
    rows = _others().get((key[:NAMED], seed), ())
    if rows:
        _keep(Marks(key[:NAMED], seed, rows))
    return rows


def keep_marks(key: str, seed: int) -> None:
    """Called when a draw is pressed: keep all marks, if they are of the draws from `seed` of the model with this key."""
    of, rows = reported(GALLERY, "marked", as_rows_of) or ("", [])
    if of.startswith(f"{key} {COUNT} {seed} ") and all(row < COUNT for row in rows):
        _keep(Marks(key[:NAMED], seed, tuple(sorted(set(rows)))))


def _keep(marks: Marks) -> None:
    """The link holds these marks from now on. The session keeps those of other draws, until the visitor comes back to them."""
    before, others = MARKS.now(marks), _others()
    others[before.model, before.seed] = before.rows
    others.pop((marks.model, marks.seed), None)
    while len(others) > MOST_OTHERS:
        others.pop(next(iter(others)))
    MARKS.keep(marks)


def _others() -> dict[tuple[str, int], tuple[int, ...]]:
    others: dict[tuple[str, int], tuple[int, ...]] = st.session_state.setdefault("samples_marks_of_others", {})
    return others
