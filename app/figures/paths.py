"""q(z) of all images beside the prior."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from aevb_lab.figures.style import style
from aevb_lab.theme import palette

SHARES = (0.5, 0.8, 0.95)


def aggregate_posterior(
    masses: np.ndarray, edges: np.ndarray, *, dark: bool = False, axis_titles: tuple[str, str] = ("z₁", "z₂")
) -> go.Figure:
    """q(z) of all images together on two latent axes, and the prior, each by the smallest regions that hold 50, 80 and
    95 % of it. `masses` (rows, columns) are q's probabilities of square cells with these `edges`, rows ascending."""
    colours = palette(dark)
    middles = ((edges[1:] + edges[:-1]) / 2.0).astype(np.float32)
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
    outside = _share_that_is_denser(masses).astype(np.float32)
    for share, width in zip(SHARES, (3.0, 2.0, 1.2), strict=True):
        figure.add_contour(
            x=middles, y=middles, z=outside, showscale=False, hoverinfo="skip", name="q(z): 50, 80, 95 %",
            contours={"start": share, "end": share, "size": 1, "coloring": "none"},
            line={"color": colours.encoder, "width": width, "smoothing": 0.4},
            showlegend=share == SHARES[0],
        )  # fmt: skip
    angle = np.linspace(0.0, 2.0 * np.pi, 121)
    for share, width in zip(SHARES, (3.0, 2.0, 1.2), strict=True):
        radius = np.sqrt(-2.0 * np.log1p(-share))  # |z|^2 of two standard normals is exponential with mean 2
        figure.add_scatter(
            x=(radius * np.cos(angle)).astype(np.float32), y=(radius * np.sin(angle)).astype(np.float32), mode="lines",
            line={"color": colours.text, "width": width, "dash": "dash"}, hoverinfo="skip", name="prior: 50, 80, 95 %",
            showlegend=share == SHARES[0],
        )  # fmt: skip
    style(figure, colours, height=560, revision="aggregate")
    span = {"range": [float(edges[0]), float(edges[-1])], "zeroline": False, "constrain": "domain"}
    figure.update_xaxes(title=axis_titles[0], **span)
    figure.update_yaxes(title=axis_titles[1], scaleanchor="x", constraintoward="top", **span)
    return figure


def _share_that_is_denser(masses: np.ndarray) -> np.ndarray:
    """For each cell the probability of all cells that are at least as dense: its contour at 0.5 encloses half of q."""
    order = np.argsort(-masses, axis=None, kind="stable")
    share = np.empty(masses.size)
    share[order] = np.cumsum(masses.ravel()[order])
    return share.reshape(masses.shape)
