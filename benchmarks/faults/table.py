"""The table of what was tried and how it ended, from the results in JSON."""

from __future__ import annotations

from typing import Any

GOOD = {
    "accepted", "refused", "whole", "said so", "went on", "bit for bit", "kills", "own", "pages", "requests", "forgotten", "changes",
}  # fmt: skip


def faults(row: dict[str, Any]) -> int:
    """How many of what a part tried ended badly."""
    return sum(count for kind, count in row["counts"].items() if kind not in GOOD)


def table(rows: list[dict[str, Any]]) -> str:
    """In Markdown."""
    lines = ["| what was tried | how it ended | faults | s |", "| --- | --- | ---: | ---: |"]
    for row in rows:
        counts = ", ".join(f"{count:,} {kind}" for kind, count in row["counts"].items())
        figures = "".join(f"; {name} {value:g}" for name, value in row["figures"].items() if name != "s")
        lines.append(f"| {row['what']} | {counts}{figures} | {faults(row)} | {row['figures']['s']:.0f} |")
    return "\n".join(lines)
