"""What the page Steer asks for: values of attributes, a place on the wheel of classes, and the images of a sum; in the page's link too."""

from __future__ import annotations

import contextlib
from typing import Any

import numpy as np
import streamlit as st
from streamlit.errors import StreamlitAPIException

from aevb_lab.session.kept import Kept
from aevb_lab.session.link import number_of
from aevb_lab.session.reported import as_numbers, reported
from vae_core.attributes import NAMES
from vae_core.studies.code_sums import rows_inside
from vae_core.studies.planes import Plane
from vae_core.studies.steering import Handles

Asked = tuple[tuple[str, float], ...]  # attributes by name, and the values that were asked for
FARTHEST = 1e4  # from 0
STAYS = (0.0, 0.0)  # a place on the wheel: a turn from 0 to 1, and how far towards the class there
MOST_ROWS = 500  # images of a group
MOST_PICKED = 300  # on the map: more numbers are too long for a link
BY_NUMBER, BY_CLASS = KINDS = ("images by number", "a whole class")  # what a term of a sum is


def _asked_of_text(text: str) -> Asked | None:
    pairs = [part.partition(":") for part in text.split(",")]
    asked = {name.replace("_", " "): number_of(value) for name, _, value in pairs}
    return _checked(asked) if len(asked) == len(pairs) else None


def _checked(asked: dict[Any, Any]) -> Asked | None:
    """Values of attributes that there are, in their order; None for anything else."""
    is_usable = asked and all(name in NAMES for name in asked) and as_numbers(list(asked.values()))
    if not is_usable or not all(abs(value) <= FARTHEST for value in asked.values()):
        return None
    return tuple((name, float(asked[name])) for name in NAMES if name in asked)


def _text_of_asked(asked: Asked) -> str | None:
    return ",".join(f"{name.replace(' ', '_')}:{value:.2f}" for name, value in asked) or None


def _place_of_text(text: str) -> tuple[float, float] | None:
    return _place([number_of(part) for part in text.split(",")])


def _place(numbers: list[float] | None) -> tuple[float, float] | None:
    if numbers is None or len(numbers) != 2 or not all(0.0 <= number <= 1.0 for number in numbers) or not numbers[1]:
        return None
    return numbers[0], numbers[1]


ASKED: Kept[Asked] = Kept("steer_asked", "steer", _asked_of_text, _text_of_asked)
WHEEL: Kept[tuple[float, float]] = Kept(
    "steer_place", "steer_class", _place_of_text, lambda place: f"{place[0]:.3f},{place[1]:.2f}" if place[1] else None
)


def asked_now(about: Handles) -> Asked:
    """What is asked for, as far as the model's attributes can be: what was asked of another model is cut off at this one's range."""
    ranges = dict(zip(about.names, zip(about.low.tolist(), about.high.tolist(), strict=True), strict=True))
    return tuple((name, float(np.clip(value, *ranges[name]))) for name, value in ASKED.now(()) if name in ranges)


def place_now() -> tuple[float, float]:
    """The place on the wheel."""
    return WHEEL.now(STAYS)


def keep_view() -> None:
    """Called when the hand is lifted from the bench: keep what it asks for, as the link has it."""
    view = reported("steering", "view", lambda value: value if isinstance(value, dict) else None)
    if view is None:
        return
    asked, wheel = view.get("asked"), as_numbers(view.get("wheel"))
    if isinstance(asked, dict):
        ASKED.keep(_checked(asked) or ())
    WHEEL.keep(_place(wheel) or STAYS)


def rows_of_text(text: str, count: int) -> list[int]:
    """The rows of a text such as "3, 10-14": numbers of images from 1 to `count`, and ranges of them. Raises ValueError."""
    rows: list[int] = []
    for part in text.replace("–", "-").split(","):
        first, dash, last = (word.strip() for word in part.partition("-"))
        if not first.isdecimal() or (dash and not last.isdecimal()) or len(first) > 6 or len(last) > 6:
            raise ValueError("write numbers of images with commas between them, such as 3, 10-14")
        begin, end = int(first), int(last or first)
        if not 1 <= begin <= end <= count:
            raise ValueError(f"the images have the numbers 1 to {count:,}, got {part.strip()}")
        rows += range(begin - 1, end)
    if len(rows) > MOST_ROWS:
        raise ValueError(f"a group may have {MOST_ROWS} images, got {len(rows):,}")
    return rows


def text_of_rows(rows: list[int]) -> str:
    """Rows in ascending order as a text for `rows_of_text`, neighbours as ranges."""
    runs: list[list[int]] = []
    for row in rows:
        if runs and row == runs[-1][1] + 1:
            runs[-1][1] = row
        else:
            runs.append([row, row])
    return ", ".join(f"{first + 1}" if first == last else f"{first + 1}-{last + 1}" for first, last in runs)


def pick_loop(plane: Plane, term: str) -> None:
    """Called when a loop has been drawn on the map: the images whose dots it goes around become this term, "A", "B" or "C"."""
    loop = reported("steer_lasso", "loop", as_numbers)
    if loop is None or len(loop) < 6 or len(loop) % 2:
        return
    rows = rows_inside(plane, np.array(loop).reshape(-1, 2))[:MOST_PICKED].tolist()
    if rows:
        st.session_state[f"steer_kind_{term}"] = BY_NUMBER
        st.session_state[f"steer_rows_{term}"] = text = text_of_rows(rows)
        with contextlib.suppress(StreamlitAPIException):  # the field is on the page already and writes the link itself
            st.query_params[f"steer_rows_{term}"] = text


def are_rows(text: str, count: int) -> bool:
    """Whether a text stands for images."""
    try:
        rows_of_text(text, count)
    except ValueError:
        return False
    return True
