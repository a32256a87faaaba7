"""Figures of gradients: their variance by estimator, single ones as arrows, and those of a few weights in one iteration."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from aevb_lab.figures.style import hover, style
from aevb_lab.theme import palette

NAMES = {  # what each way to get a gradient does with the noise, and in brackets what others call it
    "score": "noise inside (score function)",
    "score-baseline": "noise inside, with a baseline",
    "A": "noise outside, KL by chance too (A)",
    "B": "noise outside (B)",
    "STL": "noise outside, shortened (STL)",
    "IWAE": "higher bound (IWAE)",
    "DReG": "higher bound, shortened (DReG)",
}


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
        "STL": (colours.decoder, "triangle-up", "solid"),
        "IWAE": (colours.encoder, "diamond-open", "dot"),  # of the importance-weighted bound, whose A this is
        "DReG": (colours.decoder, "triangle-up-open", "dot"),  # and whose STL
    }
    figure = go.Figure()
    for key, (variance, error) in values.items():
        colour, symbol, dash = looks[key]
        figure.add_scatter(
            x=list(x),
            y=variance.astype(np.float32),
            error_y={"array": np.nan_to_num(error).astype(np.float32), "color": colour, "thickness": 1.5},
            mode="lines+markers",
            name=NAMES[key],
            line={"color": colour, "width": 2.5, "dash": dash},
            marker={"symbol": symbol, "size": 9, "color": colour},
            **hover("%{y:.3g} nats²<extra>" + NAMES[key] + "</extra>"),
        )
    style(figure, colours, height=380, revision=axis_title)
    figure.update_xaxes(title=axis_title, type="log", tickvals=list(x), ticktext=[str(value) for value in x])
    figure.update_yaxes(title="variance, nats² (lower is steadier)", type="log", dtick=1, exponentformat="power")
    return figure


def gradients_of_weights(gradients: dict[str, float], *, dark: bool = False) -> go.Figure:
    """The gradients of a few weights, encoder and decoder in their colours, nats per unit of weight: to the right where the bound rises
    if the weight grows."""
    colours = palette(dark)
    figure = go.Figure()
    for part, colour in (("encoder", colours.encoder), ("decoder", colours.decoder)):
        names = [name for name in gradients if name.startswith(part)]
        figure.add_bar(
            y=names,
            x=np.array([gradients[name] for name in names], np.float32),
            orientation="h",
            name=part,
            marker_color=colour,
            showlegend=False,
            **hover("%{x:.2f} nats per unit of weight<extra>%{y}</extra>"),
        )
    style(figure, colours, height=240, revision="weights")
    farthest = 1.1 * max(map(abs, gradients.values()), default=1.0)
    figure.update_xaxes(title="← falls · the ELBO · rises →", range=[-farthest, farthest])
    figure.update_xaxes(zeroline=True, zerolinecolor=colours.muted, zerolinewidth=2)
    figure.update_yaxes(autorange="reversed", ticksuffix=" ")
    return figure


def gradient_arrows(gradients: np.ndarray, mean: np.ndarray, is_right: np.ndarray, *, dark: bool = False) -> go.Figure:
    """The directions of two-dimensional gradients (draws, 2) as arrows of one length, with that of their mean (2,) as a thick one. Those
    that point the wrong way are dashed, in another colour."""
    colours = palette(dark)
    figure = go.Figure()
    for name, arrows, colour, width, dash in (
        ("right way", gradients[is_right], colours.latent, 2, "solid"),
        ("wrong way", gradients[~is_right], colours.encoder, 2, "5px 3px"),
        ("mean of thousands", mean[None], colours.text, 5, "solid"),
    ):
        ends = arrows / np.linalg.norm(arrows, axis=1, keepdims=True)
        # From the middle to the end; then nothing, so that no line leads back.
        x, y = np.stack([0.0 * ends, ends, np.nan * ends], 1).reshape(-1, 2).T.astype(np.float32)
        figure.add_scatter(
            x=x, y=y, mode="lines+markers", name=name, line={"color": colour, "width": width, "dash": dash},
            marker={"symbol": "arrow", "angleref": "previous", "size": [0, 6 + 2.5 * width, 0] * len(ends), "color": colour, "opacity": 1},
            hoverinfo="skip",
        )  # fmt: skip
    style(figure, colours, height=320, revision="arrows")
    figure.update_layout(showlegend=False, margin={"l": 24, "r": 8, "t": 4, "b": 24})
    span = {"range": [-1.08, 1.08], "showticklabels": False, "showgrid": False, "title_standoff": 4}
    figure.update_xaxes(title="z₁", constrain="domain", **span)
    figure.update_yaxes(title="z₂", scaleanchor="x", **span)
    return figure
