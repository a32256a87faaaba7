"""The latent plane: encoded points over the decoded manifold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from app.figures.style import Chart, layout
from app.theme import CLASS_COLORS, Palette, palette

PLANE_PIXELS = 280  # a side of the plane on a telephone; elsewhere it is larger


def latent_plane(
    points: np.ndarray,
    labels: np.ndarray | None,
    class_names: Sequence[str],
    *,
    dark: bool = False,
    span: tuple[float, float] = (-3.5, 3.5),
    background: str | None = None,
    background_span: tuple[float, float] | None = None,
    axis_titles: tuple[str, str] = ("z₁", "z₂"),
    meta: dict[str, Any] | None = None,
    rings: Sequence[np.ndarray] = (),
    hover: bool = True,
    height: int = 560,
    revision: str = "plane",
) -> Chart:
    """Encoded points (count, 2) by class over the decoded manifold. `labels` (count,) index `class_names`; None is
    one class; a class whose points are not finite stands in the legend only. `background` is a picture over the square
    `background_span`; `path` (steps, 2) and the closed curves `rings` (points, 2) of one image's q(z|x) are drawn on top;
    `hover` names the point under the pointer."""
    colours = palette(dark)
    groups = [(None, "encoded images", colours.encoder)] if labels is None else []
    if labels is not None:
        groups = [(c, class_names[c], CLASS_COLORS[c % len(CLASS_COLORS)]) for c in np.unique(labels).tolist()]
    traces, named = [], []
    outline = {"width": 0.6, "color": _translucent(colours.surface)}
    for label, name, colour in groups:
        rows = np.arange(len(points)) if label is None else np.flatnonzero(labels == label)
        traces.append(
            dict(
                x=points[rows, 0].astype(np.float32),
                y=points[rows, 1].astype(np.float32),
                mode="markers",
                name=name,
                marker={"color": _translucent(colour), "size": 6, "line": outline},
                customdata=rows.astype(np.int32),
                hovertemplate=f"{name}<extra></extra>" if hover else None,
                hoverinfo=None if hover else "skip",
            )
        )
        if label is not None and np.isfinite(points[rows]).all():
            named.append((np.median(points[rows], axis=0), name, colour))
    places = _apart([place for place, _, _ in named], [name for _, name, _ in named], span)
    annotations = [_class_label(place, name, colour) for place, (_, name, colour) in zip(places, named, strict=True)]
    traces += _rings(rings, colours)
    if len(rings):
        annotations.append(_ring_label(rings[0], colours))
    low, high = background_span or span
    image = {
        "source": background, "xref": "x", "yref": "y", "x": low, "y": high, "sizex": high - low, "sizey": high - low,
        "sizing": "stretch", "layer": "below", "opacity": 0.55,
    }  # fmt: skip
    square = {"range": list(span), "zeroline": False, "showgrid": background is None, "constrain": "domain"}
    look = layout(colours, height=height, revision=revision)
    return Chart(  # made in one piece: adding and updating part by part takes eight times as long
        traces,
        look
        | {
            "annotations": annotations,
            "images": [image] if background else [],
            "xaxis": look["xaxis"] | {"title": axis_titles[0]} | square,
            "yaxis": look["yaxis"] | {"title": axis_titles[1], "scaleanchor": "x", "constraintoward": "top"} | square,
            "dragmode": False,
            "hoverdistance": 6,
            "hovermode": "closest" if hover else False,
            "meta": meta or {},
            "legend": {
                "itemsizing": "constant", "itemwidth": 30, "orientation": "h", "x": 0, "y": 1.01, "yanchor": "bottom",
            },
        },
    )  # fmt: skip


def with_path(plane: Chart, path: np.ndarray, *, dark: bool = False) -> Chart:
    """A path (steps, 2) over a plane that is drawn already, and may be drawn under many."""
    colours = palette(dark)
    return Chart([_path(path, colours)], {"annotations": _path_ends(path, colours)}, under=plane)


def _apart(places: Sequence[np.ndarray], names: Sequence[str], span: tuple[float, float]) -> np.ndarray:
    """The labels' places (count, 2), moved no further than until none covers another on a plane of PLANE_PIXELS."""
    apart = np.array(places, dtype=float).reshape(-1, 2)
    pixel = (span[1] - span[0]) / PLANE_PIXELS
    width, height = pixel * (8.0 + 9.0 * np.array([len(name) for name in names])), pixel * 24.0
    for _ in range(200):
        moved = False
        for i in range(len(apart)):
            for j in range(i):
                way = apart[i] - apart[j]
                lacking = np.array([(width[i] + width[j]) / 2, height]) - np.abs(way)
                if (lacking > 1e-9 * pixel).all():
                    axis = int(np.argmin(lacking))
                    step = lacking[axis] / 2 * (1.0 if way[axis] >= 0 else -1.0)
                    apart[i, axis] += step
                    apart[j, axis] -= step
                    moved = True
        if not moved:
            break
    return apart


def _class_label(place: np.ndarray, name: str, colour: str) -> dict[str, Any]:
    return {
        "x": float(place[0]), "y": float(place[1]), "text": f"<b>{name}</b>", "showarrow": False, "bgcolor": colour,
        "font": {"size": 15, "color": "#ffffff"}, "borderpad": 2, "opacity": 0.9, "captureevents": False,
    }  # fmt: skip


def _translucent(colour: str) -> str:
    """A colour "#rrggbb" of 80 % opacity. As a marker's `opacity` it would make a browser compose every point by itself,
    which takes it 6 ms a frame for 2,000 points."""
    return f"rgba({', '.join(str(int(colour[i : i + 2], 16)) for i in (1, 3, 5))}, 0.8)"


def _path(path: np.ndarray, colours: Palette) -> dict[str, Any]:
    return dict(
        x=path[:, 0].astype(np.float32),
        y=path[:, 1].astype(np.float32),
        mode="lines+markers",
        name="path",
        line={"color": colours.latent, "width": 4},
        marker={"size": 8, "color": colours.surface, "line": {"width": 2.5, "color": colours.latent}},
        hovertemplate="step %{pointNumber}<extra></extra>",
    )


def _path_ends(path: np.ndarray, colours: Palette) -> list[dict[str, Any]]:
    return [
        {
            "x": float(place[0]), "y": float(place[1]), "text": f"<b>{text}</b>", "showarrow": True, "arrowhead": 0,
            "ax": 0, "ay": -28, "font": {"size": 15, "color": colours.surface}, "bgcolor": colours.latent, "borderpad": 3,
        }
        for place, text in ((path[0], "A"), (path[-1], "B"))
    ]  # fmt: skip


def ellipse_rings(loc: np.ndarray, covariance: np.ndarray, points: int = 73) -> list[np.ndarray]:
    """The ellipses of 1 and 2 standard deviations of a Gaussian on a plane, (points, 2) each; lines where it is flat."""
    angle = np.linspace(0.0, 2.0 * np.pi, points)
    values, vectors = np.linalg.eigh(covariance)
    circle = np.column_stack([np.cos(angle), np.sin(angle)]) @ (vectors * np.sqrt(values.clip(min=0.0))).T
    return [loc + factor * circle for factor in (1.0, 2.0)]


def _rings(rings: Sequence[np.ndarray], colours: Palette) -> list[dict[str, Any]]:
    return [
        dict(
            x=ring[:, 0].astype(np.float32),
            y=ring[:, 1].astype(np.float32),
            mode="lines",
            name="q(z|x)",
            legendgroup="q",
            showlegend=number == 0,
            line={"color": colours.encoder, "width": 3 - number},
            hoverinfo="skip",
        )
        for number, ring in enumerate(rings)
    ]


def _ring_label(ring: np.ndarray, colours: Palette) -> dict[str, Any]:
    return {
        "x": float(ring[:-1, 0].mean()), "y": float(ring[:-1, 1].mean()), "text": "<b>x</b>", "arrowhead": 2,
        "arrowcolor": colours.encoder, "ax": 26, "ay": -30, "font": {"size": 15, "color": colours.surface},
        "bgcolor": colours.encoder, "borderpad": 3,
    }  # fmt: skip
