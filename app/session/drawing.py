"""A visitor's drawing on the pad, in the page's link too, and the window of the plane around its place."""

from __future__ import annotations

import math
from typing import Any

import streamlit as st

from aevb_lab.session.kept import Kept
from aevb_lab.session.reported import reported
from vae_core.drawing import INKS

SOURCE, DRAW = "reconstruct_source", "draw"  # the key of the choice of what is encoded, and its option for the pad
Stroke = list[list[float]] | dict[str, Any]  # points, or in colour {"ink": name, "points": points}
Strokes = list[Stroke]
DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
FINENESS = 1000  # steps from 0 to 1, to which the pad rounds a coordinate
FARTHEST_STEP = 31  # between two points, for a digit each; a farther one is a 0 and both coordinates anew
NO_STROKES = "."
INK = "~"  # before a stroke in colour, and then a digit: the ink's place in INKS
INK_NAMES = tuple(INKS)
EXAMPLE: Strokes = [[
    [0.32, 0.34], [0.35, 0.27], [0.42, 0.22], [0.51, 0.21], [0.60, 0.24], [0.65, 0.31], [0.65, 0.39], [0.61, 0.47],
    [0.54, 0.55], [0.46, 0.63], [0.38, 0.71], [0.32, 0.78], [0.42, 0.775], [0.52, 0.77], [0.61, 0.775], [0.69, 0.79],
]]  # fmt: skip

DISC: Strokes = [
    {"ink": "orange", "points": [
        [round(0.5 + radius * math.cos(turn * math.pi / 12), 3), round(0.5 + radius * math.sin(turn * math.pi / 12), 3)]
        for turn in range(25)
    ]}
    for radius in (0.24, 0.18, 0.12, 0.06)
]  # fmt: skip


def text_of_strokes(strokes: Strokes) -> str | None:
    """A drawing as text for a link: strokes with dots between them. A stroke begins with its first point, two digits (of 64) a
    coordinate; of each other point there is the step to it, a digit a coordinate. A stroke that is not white has `INK` and a digit
    before it. None for points that no pad has."""
    try:
        parts = [
            (stroke["ink"], stroke["points"]) if isinstance(stroke, dict) else ("white", stroke) for stroke in strokes
        ]
        grid = [[(round(x * FINENESS), round(y * FINENESS)) for x, y in points] for _, points in parts]
        inks = [INK + DIGITS[INK_NAMES.index(ink)] if ink != "white" else "" for ink, _ in parts]
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
    if not all(grid) or not all(0 <= value <= FINENESS for stroke in grid for point in stroke for value in point):
        return None
    return ".".join(ink + _text_of_stroke(stroke) for ink, stroke in zip(inks, grid, strict=True)) or NO_STROKES


def _text_of_stroke(stroke: list[tuple[int, int]]) -> str:
    text = _digits(stroke[0])
    for last, point in zip(stroke, stroke[1:], strict=False):
        step = [value - before for value, before in zip(point, last, strict=True)]
        if all(abs(part) <= FARTHEST_STEP for part in step):
            text += "".join(DIGITS[part + FARTHEST_STEP + 1] for part in step)
        else:
            text += DIGITS[0] + _digits(point)
    return text


def _digits(point: tuple[int, int]) -> str:
    return "".join(DIGITS[value // 64] + DIGITS[value % 64] for value in point)


def strokes_of_text(text: str) -> Strokes | None:
    """The drawing of a link's text; None for a text that `text_of_strokes` did not write."""
    if text == NO_STROKES:
        return []
    try:
        strokes = [_stroke_of_text(part) for part in text.split(".")]
    except (ValueError, IndexError):
        return None
    return strokes if text_of_strokes(strokes) == text else None


def _stroke_of_text(text: str) -> Stroke:
    if text.startswith(INK):
        return {"ink": INK_NAMES[DIGITS.index(text[1])], "points": _points_of_text(text[2:])}
    return _points_of_text(text)


def _points_of_text(text: str) -> list[list[float]]:
    digits = [DIGITS.index(letter) for letter in text]
    place, point, stroke = -1, [0, 0], []
    while place < len(digits):
        if place < 0 or digits[place] == 0:  # a point by its coordinates
            a, b, c, d = digits[place + 1 : place + 5]
            point, place = [64 * a + b, 64 * c + d], place + 5
        else:
            steps = digits[place], digits[place + 1]
            point, place = (
                [value + step - FARTHEST_STEP - 1 for value, step in zip(point, steps, strict=True)],
                place + 2,
            )
        stroke.append([value / FINENESS for value in point])
    return stroke


DRAWING: Kept[Strokes] = Kept("own_strokes", "drawing", strokes_of_text, text_of_strokes, is_work=True)


def strokes_on_pad(image_shape: tuple[int, ...]) -> Strokes:
    """The last drawing in this session, else that of the link; else an example, so that the page is not empty: a digit, and where
    images have colour a disc."""
    return DRAWING.now(DISC if len(image_shape) == 3 else EXAMPLE)


def is_example(strokes: Strokes) -> bool:
    """Whether these are what stands on the pad before the visitor draws: the first stroke takes their place."""
    return strokes is EXAMPLE or strokes is DISC


def link_has_drawing() -> bool:
    """Whether the link restores the drawing on the pad."""
    return DRAWING.fits()


def keep_strokes() -> None:
    """Called when the pad reports: keep its strokes."""
    strokes = reported("drawing_pad", "strokes", lambda value: value if isinstance(value, list) else None)
    if strokes is not None and text_of_strokes(strokes) is not None:
        DRAWING.keep(strokes)


def close_pad(key: str) -> None:
    """Called by the button "Done" of a pad in the popover with this key."""
    st.session_state[key] = False


def look_at_drawing() -> None:
    """Called when the visitor wants to see more of the drawing beside the test images."""
    st.session_state[SOURCE] = DRAW


def needs_redrawing(window: Any) -> bool:
    """Whether the chart is on the page already and shows another window of the plane. From now on `drawn_window` is
    `window`."""
    last_window = st.session_state.get("own_window")
    st.session_state["own_window"] = window
    return last_window is not None and last_window != window


def drawn_window(whole: Any) -> Any:
    """The window on the chart; the `whole` plane while there is no image."""
    return st.session_state.setdefault("own_window", whole)


def forget_window() -> None:
    """Called when the whole page is drawn anew."""
    st.session_state.pop("own_window", None)
