"""The draws of figure 5: which ones they are, and which of them are large. Both are kept in the page's link."""

from __future__ import annotations

from aevb_lab.session.kept import Kept
from aevb_lab.session.reported import as_whole, reported

DRAWS_OF = "figure5_draws"  # the keys of the components, before the number of their place
COUNT = 10  # draws of one model
MOST_SEED = 10**6
MOST_PLACES = 8  # models of one data set, more than there are


def _read(text: str) -> list[int] | None:
    """The seed, and of each model the row of the large draw."""
    parts = text.split(",")
    if len(parts) > 1 + MOST_PLACES or not all(part.isascii() and part.isdigit() and len(part) <= 7 for part in parts):
        return None
    seed, *rows = map(int, parts)
    return [seed, *rows] if seed <= MOST_SEED and all(row < COUNT for row in rows) else None


def _write(state: list[int]) -> str | None:
    return ",".join(map(str, state)) if any(state) else None


DRAWS: Kept[list[int]] = Kept("paper_draws", "draws_shown", _read, _write)


def draws_seed() -> int:
    """The seed of all draws."""
    return DRAWS.now([0])[0]


def large_draw(place: int) -> int:
    """The row of the large draw of the model in this place, counted from 0; at first the first row."""
    rows = DRAWS.now([0])[1:]
    return rows[place] if place < len(rows) else 0


def draw_others() -> None:
    """Called when the visitor asks for other draws. The same places are large."""
    seed, *rows = DRAWS.now([0])
    DRAWS.keep([(seed + 1) % MOST_SEED, *rows])


def choose_draw(place: int, count: int = COUNT) -> None:
    """Called when one of `count` draws of the model in this place is pressed: it is large from now on."""
    row = reported(f"{DRAWS_OF}_{place}", "row", as_whole)
    if row is None or row >= count:
        return
    seed, *rows = DRAWS.now([0])
    rows += [0] * (place + 1 - len(rows))
    rows[place] = row
    DRAWS.keep([seed, *rows])
