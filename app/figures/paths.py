"""q(z) of all images, and draws from the prior in it."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from aevb_lab.figures.style import style
from aevb_lab.theme import palette

UNLIKE, LIKE = "unlike every real picture", "like a real picture"  # what is drawn at a random z


def aggregate_posterior(
    masses: np.ndarray,
    edges: np.ndarray,
    places: np.ndarray,
    is_strange: np.ndarray | None,
    radius: float,
    *,
    dark: bool = False,
    axis_titles: tuple[str, str] = ("z₁", "z₂"),
    chosen: int | None = None,
    inside: str = "",
) -> go.Figure:
    """q(z) of all images together on two latent axes as a cloud, and draws from the prior at `places` (draws, 2): crosses where
    what is drawn there `is_strange` (draws,), dots elsewhere, or where that is not known. `masses` (rows, columns) are q's probabilities of square cells with these `edges`, rows ascending. A
    circle has this `radius`, with words for what lies `inside`, and the `chosen` draw a ring. Each draw names its number, counted from 1."""
    colours = palette(dark)
    middles = ((edges[1:] + edges[:-1]) / 2.0).astype(np.float32)
    figure = go.Figure()
    figure.add_heatmap(
        x=middles,
        y=middles,
        z=np.sqrt(masses / masses.max()).astype(np.float32),  # the root, so that thin places are still visible
        colorscale=[[0, colours.surface], [0.02, colours.surface], [1, colours.encoder]],
        showscale=False,
        opacity=0.8,
        hoverinfo="skip",
        name="codes of the images",
        showlegend=True,
    )
    angle = np.linspace(0.0, 2.0 * np.pi, 121)
    figure.add_scatter(
        x=(radius * np.cos(angle)).astype(np.float32), y=(radius * np.sin(angle)).astype(np.float32), mode="lines",
        line={"color": colours.muted, "width": 1.2, "dash": "dash"}, hoverinfo="skip", name=inside, showlegend=bool(inside),
    )  # fmt: skip
    dot, cross = (
        {"symbol": "circle", "size": 7, "color": colours.latent},
        {"symbol": "x", "size": 13, "color": colours.text},
    )
    marks = (
        {"random z": (np.ones(len(places), bool), dot)}
        if is_strange is None
        else {f"random z: {LIKE}": (~is_strange, dot), f"random z: {UNLIKE}": (is_strange, cross)}
    )
    for name, (rows, mark) in marks.items():
        figure.add_scatter(
            x=places[rows, 0], y=places[rows, 1], mode="markers", name=name, customdata=np.flatnonzero(rows) + 1,
            hovertemplate="press: what is drawn here<extra></extra>", marker=mark | {"line": {"color": colours.surface, "width": 1}},
            selected={"marker": {"opacity": 1}}, unselected={"marker": {"opacity": 1}},
        )  # fmt: skip
    if chosen is not None:
        figure.add_scatter(
            x=places[[chosen], 0], y=places[[chosen], 1], mode="markers", hoverinfo="skip", showlegend=False,
            marker={"symbol": "circle-open", "size": 20, "color": colours.latent, "line": {"width": 3}},
        )  # fmt: skip
    style(figure, colours, height=560, revision="aggregate")
    span = {"range": [float(edges[0]), float(edges[-1])], "zeroline": False, "constrain": "domain"}
    figure.update_xaxes(title=axis_titles[0], **span)
    figure.update_yaxes(title=axis_titles[1], scaleanchor="x", constraintoward="top", **span)
    return figure
