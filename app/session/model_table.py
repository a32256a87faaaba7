"""The order and the chosen row of the table on Models, which are kept in the page's link."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

TABLE = "model_table"  # the key of the component
UP, DOWN = "up", "down"


def table_view(columns: Sequence[str], names: Sequence[str]) -> dict[str, Any]:
    """The `column` by which the link's table is sorted ("" for none), whether `down`, and the `chosen` row, a name; what the link
    says of other columns and rows is ignored."""
    column, _, order = st.query_params.get("table_sort", "").partition(" ")
    chosen = st.query_params.get("table_row", "")
    is_order = column in columns and order in (UP, DOWN)
    return {
        "column": column if is_order else "",
        "down": is_order and order == DOWN,
        "chosen": chosen if chosen in names else names[0],
    }


def remember_table() -> None:
    """Called when the visitor sorts the table or chooses a row: write that into the page's link."""
    view = (st.session_state.get(TABLE) or {}).get("view")
    if not view:
        return
    if view["column"]:
        st.query_params["table_sort"] = f"{view['column']} {DOWN if view['down'] else UP}"
    else:
        st.query_params.pop("table_sort", None)
    st.query_params["table_row"] = view["chosen"]
