"""The latent plane: its axes. Its content, with the names of its classes, is drawn over the chart (`components/plane.js`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from aevb_lab.escaping import in_chart
from aevb_lab.figures.style import Chart, layout
from aevb_lab.theme import CLASS_COLORS, palette

MARGIN = {"l": 46, "r": 8, "t": 8, "b": 46}  # as much across as up: a square chart has a square plane


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


def latent_axes(
    classes: Sequence[PointClass],
    spans: tuple[tuple[float, float], tuple[float, float]],
    *,
    dark: bool = False,
    titles: tuple[str, str] = ("z₁", "z₂"),
    grid: bool = True,
    meta: dict[str, Any] | None = None,
    revision: str = "plane",
) -> Chart:
    """The two axes of a plane over `spans`, of one scale. No gesture changes them: there would be no way back on a phone. There is
    no legend, as the names of the classes stand on the plane."""
    look = layout(palette(dark), height=560, revision=revision)
    across, up = (
        look[axis]
        | {"title": title, "range": list(span), "zeroline": False, "showgrid": grid}
        | {"constrain": "domain", "fixedrange": True, "automargin": False}
        for axis, title, span in zip(("xaxis", "yaxis"), titles, spans, strict=True)
    )
    return Chart(  # made in one piece, which is faster than to add and update its parts
        [
            dict(x=[None], y=[None], mode="markers", name=in_chart(entry.name), marker={"color": entry.colour, "size": 6})
            for entry in classes
        ],
        look
        | {
            "xaxis": across,
            "yaxis": up | {"scaleanchor": "x", "constraintoward": "top"},
            "margin": MARGIN,
            "dragmode": False,
            "hovermode": False,
            "meta": meta or {},
            "showlegend": False,
        },
    )  # fmt: skip


def ellipse_rings(loc: np.ndarray, covariance: np.ndarray, points: int = 73) -> list[np.ndarray]:
    """The ellipses of 1 and 2 standard deviations of a Gaussian on a plane, (points, 2) each; lines where it is flat."""
    angle = np.linspace(0.0, 2.0 * np.pi, points)
    values, vectors = np.linalg.eigh(covariance)
    circle = np.column_stack([np.cos(angle), np.sin(angle)]) @ (vectors * np.sqrt(values.clip(min=0.0))).T
    return [loc + factor * circle for factor in (1.0, 2.0)]
