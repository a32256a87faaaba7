"""What components of the page report. A browser may send any JSON in their name, so what no component sends counts as nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import streamlit as st

T = TypeVar("T")
MOST_NUMBERS = 100  # such as those of a z
FARTHEST = 1e9  # from 0


def reported(key: str, name: str, read: Callable[[Any], T | None]) -> T | None:
    """What the component with this key reports as `name`, as `read` gives it: None for what is of no use."""
    value = (st.session_state.get(key) or {}).get(name)
    return None if value is None else read(value)


def choose_pressed(chart: str, menu: str, options: Sequence[Any]) -> None:
    """Called when a point of this chart is pressed: the widget with this key takes the option that the point names (`customdata`)."""
    for point in ((st.session_state.get(chart) or {}).get("selection") or {}).get("points") or []:
        names = point.get("customdata") if isinstance(point, dict) else None
        name = names[0] if isinstance(names, list) and names else names
        if name in options:
            st.session_state[menu] = options[options.index(name)]


def as_numbers(value: Any) -> list[float] | None:
    """Numbers, at least one, none of them huge or undefined."""
    usable = isinstance(value, list) and 0 < len(value) <= MOST_NUMBERS and all(map(_is_number, value))
    return value if usable else None


def as_text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def as_whole(value: Any) -> int | None:
    """A whole number that is not negative."""
    return int(value) if _is_number(value) and value >= 0 and value == int(value) else None


def as_rows_of(value: Any) -> tuple[str, list[int]] | None:
    """The `rows` of a list, which may be none, and what it is a list `of`."""
    about, rows = (value.get("of"), value.get("rows")) if isinstance(value, dict) else (None, None)
    if not isinstance(about, str) or not isinstance(rows, list) or len(rows) > MOST_NUMBERS:
        return None
    wholes = [row for row in map(as_whole, rows) if row is not None]
    return (about, wholes) if len(wholes) == len(rows) else None


def as_places(value: Any) -> dict[str, list[float]] | None:
    """Pairs of numbers by name."""
    if not isinstance(value, dict) or len(value) > MOST_NUMBERS:
        return None
    places = {name: as_numbers(place) for name, place in value.items()}
    return {name: place for name, place in places.items() if place is not None and len(place) == 2}


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= FARTHEST
