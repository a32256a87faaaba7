"""The draws from the prior that a visitor marked as no real image, on the page Paths: kept in the page's link."""

from __future__ import annotations

from typing import NamedTuple

from aevb_lab.session.kept import Kept
from aevb_lab.session.reported import as_whole, reported

GALLERY = "samples_gallery"  # the key of the component
COUNT = 40  # draws
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
    return marks.rows if (marks.model, marks.seed) == (key[:NAMED], seed) else ()


def mark(key: str, seed: int) -> None:
    """Called when a draw is pressed: it is marked, or no longer."""
    row = reported(GALLERY, "row", as_whole)
    if row is not None and row < COUNT:
        MARKS.keep(Marks(key[:NAMED], seed, tuple(sorted(set(marked_rows(key, seed)) ^ {row}))))
