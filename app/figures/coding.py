"""Figures of coding: bits an image as a chain grows, and the lengths of other codes, by image and by pixel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from aevb_lab.figures.style import Chart, hover, layout
from aevb_lab.theme import palette


def cost_curve(per_image: np.ndarray, bound: float, *, dark: bool) -> go.Figure:
    """What an image takes with its share of the beginning, in bits, against the number of images (log); and the mean bound in bits."""
    colours = palette(dark)
    count = np.arange(1, len(per_image) + 1)
    base = layout(colours, height=300, revision="cost")
    lines = [
        go.Scatter(
            x=count,
            y=per_image,
            name="an image and its share of the beginning",
            mode="lines+markers" if len(count) <= 30 else "lines",
            line={"color": colours.latent, "width": 3},
            **hover("%{x:,} images: %{y:.1f} bits each<extra></extra>"),
        ),
        go.Scatter(
            x=count[[0, -1]],
            y=[bound, bound],
            name="the mean bound, −ELBO in bits",
            mode="lines",
            line={"color": colours.encoder, "width": 2, "dash": "dash"},
            **hover("bound: %{y:.1f} bits<extra></extra>"),
        ),
    ]
    base["xaxis"] = base["xaxis"] | {"title": "images on the tower", "type": "log", "dtick": 1}
    base["yaxis"] = base["yaxis"] | {"title": "bits an image<br>(lower is better)", "rangemode": "tozero"}
    return Chart(lines, base)


def code_bars(rows: Sequence[tuple[str, float, str, bool]], data_dim: int, *, dark: bool) -> go.Figure:
    """A bar for each code: name, bits an image, what it knows beforehand, and whether it is the model's. The shortest is on top."""
    colours = palette(dark)
    ordered = sorted(rows, key=lambda row: -row[1])
    base = layout(colours, height=28 * len(rows) + 70, revision="codes")
    bars = go.Bar(
        x=[bits for _, bits, _, _ in ordered],
        y=[name for name, _, _, _ in ordered],
        orientation="h",
        marker={"color": [colours.latent if own else colours.prior for _, _, _, own in ordered]},
        text=[f"{bits:,.0f}" for _, bits, _, _ in ordered],
        textposition="outside",
        cliponaxis=False,
        customdata=[(knows, f"{bits / data_dim:.3f}") for _, bits, knows, _ in ordered],
        **hover(
            "%{y}: %{x:,.1f} bits an image<br>%{customdata[1]} bits a pixel<br>knows: %{customdata[0]}<extra></extra>"
        ),
    )
    most = ordered[0][1]
    base["xaxis"] = base["xaxis"] | {"title": "bits an image", "range": [0, 1.18 * most]}
    base["margin"] = base["margin"] | {"l": 150, "r": 12}
    return Chart([bars], base)


def pixel_bars(
    models: Mapping[str, tuple[float, float]], others: Mapping[str, float], *, revision: str, dark: bool
) -> go.Figure:
    """A bar for each code, bits a pixel. That of a model, (limit, bound), is dark up to its limit and light from there to its bound. The
    shortest is on top."""
    colours = palette(dark)
    ends = {name: bound for name, (_, bound) in models.items()} | dict(others)
    names = sorted(ends, key=lambda name: -ends[name])
    look = {"y": names, "orientation": "h", "hoverinfo": "skip", "showlegend": False}
    dark_parts = [models[name][0] if name in models else ends[name] for name in names]
    inks = [colours.latent if name in models else colours.prior for name in names]
    bars = [
        go.Bar(x=dark_parts, marker={"color": inks}, **look),
        go.Bar(
            x=[ends[name] - part for name, part in zip(names, dark_parts, strict=True)],
            marker={"color": inks, "opacity": 0.45},
            text=[
                f"<b>{ends[name]:.3f}</b>, limit {models[name][0]:.3f}" if name in models else f"{ends[name]:.3f}"
                for name in names
            ],
            textposition="outside",
            cliponaxis=False,
            **look,
        ),
    ]
    base = layout(colours, height=28 * len(names) + 54, revision=revision) | {"barmode": "stack"}
    base["xaxis"] = base["xaxis"] | {"title": "bits a pixel", "range": [0, 1.7 * max(ends.values())], "nticks": 4}
    base["margin"] = base["margin"] | {"l": max(120, 7 * max(map(len, names))), "r": 12, "t": 4}
    return Chart(bars, base)
