"""The order and the chosen row of the table on Models, which are kept in the page's link, and the card of that row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from aevb_lab.session.kept import Kept
from aevb_lab.session.models import present_names
from aevb_lab.session.reported import as_text, reported

TABLE, CARD = "model_table", "model_card"  # the keys of the component, and of the fold with the chosen row's card
UP, DOWN = "up", "down"
SORT: Kept[str] = Kept("table_sort", "table_sort", lambda text: text, lambda sort: sort or None)
ROW: Kept[str] = Kept("table_row", "table_row", lambda text: text, lambda name: name or None)


def table_view(columns: Sequence[str], names: Sequence[str], usual: str) -> dict[str, Any]:
    """The `column` by which the table is sorted ("" for none), whether `down`, and the `chosen` row, a name, at first the `usual` one; what the
    link says of other columns and rows is ignored."""
    column, _, order = SORT.now("").partition(" ")
    chosen = ROW.now("")
    chosen = present_names().get(chosen, chosen)
    is_order = column in columns and order in (UP, DOWN)
    return {
        "column": column if is_order else "",
        "down": is_order and order == DOWN,
        "chosen": chosen if chosen in names else usual,
    }


def lacking_rows(names: Sequence[str]) -> list[str]:
    """The row that the link chooses, where it is none of `names`."""
    chosen = ROW.now("")
    return [chosen] if chosen and present_names().get(chosen, chosen) not in names else []


def follow_row(chosen: str, comparable: list[str]) -> None:
    """Called before the menu of curves: where another row is chosen since, they are those that may be compared with it."""
    if st.session_state.setdefault("curves_row", chosen) != chosen:
        st.session_state.update(curves_row=chosen, curves_of=comparable)


def remember_table() -> None:
    """Called when the visitor sorts the table or chooses a row: keep that."""
    view = reported(TABLE, "view", lambda view: view if isinstance(view, dict) else None) or {}
    column, chosen = view.get("column"), view.get("chosen")
    if not isinstance(column, str) or not isinstance(chosen, str):
        return
    SORT.keep(f"{column} {DOWN if view.get('down') else UP}" if column else "")
    ROW.keep(chosen)


def open_card() -> None:
    """Called when the visitor asks for a row's card: choose the row, and unfold its card."""
    if name := reported(TABLE, "card", as_text):
        ROW.keep(name)
        st.session_state[CARD] = True
