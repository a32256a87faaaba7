"""Figures of gradients: their variance by estimator, one iteration's norms, and its noise on the plane."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from aevb_lab.figures.bounds import ellipse_outline
from aevb_lab.figures.style import hover, style
from aevb_lab.theme import CLASS_COLORS, ink_on, palette


def gradient_variance(
    axis_title: str, x: Sequence[int], values: dict[str, tuple[np.ndarray, np.ndarray]], *, dark: bool = False
) -> go.Figure:
    """Total variance of the gradient against L or M on logarithmic axes; `values` name -> (variances, standard
    errors) at each x, nan where nothing is known yet."""
    colours = palette(dark)
    looks = {
        "score": (colours.muted, "circle", "dot"),
        "score-baseline": (colours.prior, "square", "dash"),
        "A": (colours.encoder, "diamond", "solid"),
        "B": (colours.latent, "circle", "solid"),
    }
    names = {
        "score": "score function",
        "score-baseline": "score function, baseline",
        "A": "A (eq. 6)",
        "B": "B (eq. 7)",
    }
    figure = go.Figure()
    for key, (variance, error) in values.items():
        colour, symbol, dash = looks[key]
        figure.add_scatter(
            x=list(x),
            y=variance.astype(np.float32),
            error_y={"array": np.nan_to_num(error).astype(np.float32), "color": colour, "thickness": 1.5},
            mode="lines+markers",
            name=names[key],
            line={"color": colour, "width": 2.5, "dash": dash},
            marker={"symbol": symbol, "size": 9, "color": colour},
            **hover("%{y:.3g} nats²<extra>" + names[key] + "</extra>"),
        )
    style(figure, colours, height=420, revision=axis_title)
    figure.update_xaxes(title=axis_title, type="log", tickvals=list(x), ticktext=[str(value) for value in x])
    figure.update_yaxes(title="variance of the gradient, nats²", type="log", dtick=1, exponentformat="power")
    return figure


def noise_on_plane(
    loc: np.ndarray,
    scale: np.ndarray,
    points: np.ndarray | None,
    letter: str = "z",
    *,
    from_loc: bool = False,
    dark: bool = False,
) -> go.Figure:
    """Each image's Gaussian (images, 2) by its ellipse of 1 standard deviation, numbered, and a point drawn from it;
    `from_loc` draws the way from the mean to the point."""
    colours = palette(dark)
    figure = go.Figure()
    for i, (middle, spread) in enumerate(zip(loc, scale, strict=True)):
        colour = CLASS_COLORS[i % len(CLASS_COLORS)]
        x, y = ellipse_outline(middle, spread)
        figure.add_scatter(
            x=x, y=y, mode="lines", line={"color": colour, "width": 2}, hoverinfo="skip", showlegend=False
        )
        point = middle if points is None else points[i]
        if from_loc:
            figure.add_scatter(
                x=[middle[0], point[0]], y=[middle[1], point[1]], mode="lines", line={"color": colour, "width": 1.5, "dash": "dot"},
                hoverinfo="skip", showlegend=False,
            )  # fmt: skip
        figure.add_scatter(
            x=point[:1],
            y=point[1:],
            mode="markers+text",
            text=[str(i + 1)],
            textposition="middle center",
            textfont={"size": 11, "color": ink_on(colour)},
            marker={"color": colour, "size": 18},
            showlegend=False,
            **hover(f"image {i + 1}: (%{{x:.2f}}, %{{y:.2f}})<extra></extra>"),
        )
    extremes = np.concatenate([loc - scale, loc + scale] + ([] if points is None else [points]))
    reach = max(1.2, float(np.abs(extremes).max()) * 1.15)
    style(figure, colours, height=380, revision="noise")
    figure.update_xaxes(title=f"{letter}₁", range=[-reach, reach], constrain="domain")
    figure.update_yaxes(title=f"{letter}₂", range=[-reach, reach], scaleanchor="x")
    return figure


def gradient_norms(norms: dict[str, float], *, dark: bool = False) -> go.Figure:
    """The length of the gradient in each tensor, encoder and decoder in their colours; nats per unit of weight."""
    colours = palette(dark)
    figure = go.Figure()
    for part, colour in (("encoder", colours.encoder), ("decoder", colours.decoder)):
        names = [name for name in norms if name.startswith(part)]
        figure.add_bar(
            y=names,
            x=np.array([norms[name] for name in names], np.float32),
            orientation="h",
            name=part,
            marker_color=colour,
            **hover("%{x:.3f}<extra>%{y}</extra>"),
        )
    style(figure, colours, height=380, revision="norms")
    figure.update_xaxes(title="length of the gradient, nats per unit of weight")
    figure.update_yaxes(autorange="reversed", ticksuffix=" ")
    return figure
