"""A table in markdown, which Streamlit makes a table of the page."""

from __future__ import annotations

from collections.abc import Sequence

from aevb_lab.figures.numbers import SPACE


def markdown_table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """The first column has names, and stands at the left; the others have numbers, at the right. A number's parts (± and its
    error, %) stay in one line."""
    lines = [heads, ["---", *["---:"] * (len(heads) - 1)]]
    lines += [[name, *(cell.replace(" ", SPACE) for cell in cells)] for name, *cells in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
