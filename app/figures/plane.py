"""The latent plane: its axes, which no gesture changes, and the colours of its classes. The browser draws both
(`components/plane_axes.js`, `components/plane.js`)."""

from __future__ import annotations

import string
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from aevb_lab.theme import CLASS_COLORS, palette

MOST_COLOURS = len(CLASS_COLORS)  # classes that colours alone tell apart
Spans = tuple[tuple[float, float], tuple[float, float]]


class PointClass(NamedTuple):
    """One class of encoded points."""

    label: int | None
    name: str
    colour: str


def point_classes(labels: np.ndarray | None, class_names: Sequence[str], *, dark: bool = False) -> list[PointClass]:
    """The classes that occur in `labels` (count,), which index `class_names`; without labels all points are one class."""
    if labels is None:
        return [PointClass(None, "encoded images", palette(dark).encoder)]
    return [PointClass(c, class_names[c], CLASS_COLORS[c % len(CLASS_COLORS)]) for c in np.unique(labels).tolist()]


def class_marks(names: Sequence[str]) -> list[str]:
    """What tells many classes apart that share colours, short enough for a dot: their names where all have one or two characters,
    their first letters where those differ, else A, B, C and so on."""
    firsts = [name[:1].upper() for name in names]
    if all(1 <= len(name) <= 2 for name in names):
        return list(names)
    if len(set(firsts)) == len(names):
        return firsts
    letters = string.ascii_uppercase
    return [(letters[i // 26 - 1] if i >= 26 else "") + letters[i % 26] for i in range(len(names))]


@dataclass(frozen=True)
class PlaneAxes:
    """The two axes of a plane over `spans`, of one scale. `meta` describes the plane to the live decoder. Drawings for axes of another
    `revision` are of another plane."""

    spans: Spans
    titles: tuple[str, str] = ("z₁", "z₂")
    grid: bool = True
    dark: bool = False
    meta: dict[str, Any] = field(default_factory=dict)
    revision: str = "plane"

    def header(self) -> dict[str, Any]:
        """All of it for the browser, with the colours of the theme."""
        colours = palette(self.dark)
        return {
            "spans": [[float(end) for end in span] for span in self.spans],
            "titles": list(self.titles),
            "grid": self.grid,
            "meta": self.meta,
            "revision": self.revision,
            "colours": {"text": colours.text, "grid": colours.grid, "surface": colours.surface},
        }


def ellipse_rings(loc: np.ndarray, covariance: np.ndarray, points: int = 73) -> list[np.ndarray]:
    """The ellipses of 1 and 2 standard deviations of a Gaussian on a plane, (points, 2) each; lines where it is flat."""
    angle = np.linspace(0.0, 2.0 * np.pi, points)
    values, vectors = np.linalg.eigh(covariance)
    circle = np.column_stack([np.cos(angle), np.sin(angle)]) @ (vectors * np.sqrt(values.clip(min=0.0))).T
    return [loc + factor * circle for factor in (1.0, 2.0)]
