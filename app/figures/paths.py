"""q(z) of all images beside the prior."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from aevb_lab.figures.style import style
from aevb_lab.theme import palette

WIDTHS = (3.0, 2.0, 1.2)  # of the lines around the regions, the smallest first


def aggregate_posterior(
    masses: np.ndarray,
    denser: np.ndarray,
    edges: np.ndarray,
    radii: dict[float, float],
    *,
    dark: bool = False,
    axis_titles: tuple[str, str] = ("z₁", "z₂"),
) -> go.Figure:
    """q(z) of all images together on two latent axes, and the prior, each by the smallest regions that hold some shares of it.
    `masses` (rows, columns) are q's probabilities of square cells with these `edges`, rows ascending, and `denser` those of all cells
    that are at least as dense; `radii` are the prior's, by share."""
    colours = palette(dark)
    middles = ((edges[1:] + edges[:-1]) / 2.0).astype(np.float32)
    shares = f"{', '.join(f'{100 * share:.0f}' for share in radii)} %"
    figure = go.Figure()
    figure.add_heatmap(
        x=middles,
        y=middles,
        z=np.sqrt(masses / masses.max()).astype(np.float32),  # the root, so that thin places are still visible
        colorscale=[[0, colours.surface], [0.02, colours.surface], [1, colours.encoder]],
        showscale=False,
        opacity=0.55,
        hoverinfo="skip",
    )
    denser = denser.astype(np.float32)
    for i, (share, width) in enumerate(zip(radii, WIDTHS, strict=True)):
        figure.add_contour(
            x=middles, y=middles, z=denser, showscale=False, hoverinfo="skip", name=f"q(z): {shares}",
            contours={"start": share, "end": share, "size": 1, "coloring": "none"},
            line={"color": colours.encoder, "width": width, "smoothing": 0.4},
            showlegend=i == 0,
        )  # fmt: skip
    angle = np.linspace(0.0, 2.0 * np.pi, 121)
    for i, (radius, width) in enumerate(zip(radii.values(), WIDTHS, strict=True)):
        figure.add_scatter(
            x=(radius * np.cos(angle)).astype(np.float32), y=(radius * np.sin(angle)).astype(np.float32), mode="lines",
            line={"color": colours.text, "width": width, "dash": "dash"}, hoverinfo="skip", name=f"prior: {shares}",
            showlegend=i == 0,
        )  # fmt: skip
    style(figure, colours, height=560, revision="aggregate")
    span = {"range": [float(edges[0]), float(edges[-1])], "zeroline": False, "constrain": "domain"}
    figure.update_xaxes(title=axis_titles[0], **span)
    figure.update_yaxes(title=axis_titles[1], scaleanchor="x", constraintoward="top", **span)
    return figure
