"""Figures of bounds: log p(x), its estimators, the gap, the KL of each dimension."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from aevb_lab.figures.numbers import nats
from aevb_lab.figures.plane import ellipse_rings
from aevb_lab.figures.style import hover, style
from aevb_lab.theme import Palette, palette

SMALL_DOT, LARGE_DOT = 4.0, 36.0  # pixels across: a draw with hardly any weight, and one with all of it
EDGE = 0.04  # of the map's height: so far from its edge a place's name stands
SYMBOLS = {"lower": "triangle-right", "upper": "triangle-left", "exact": "diamond"}


def bound_gap(recon_log_lik: float, kl: float, gap: float, *, dark: bool = False) -> go.Figure:
    """Reconstruction − KL = ELBO, and ELBO + gap = log p(x), as bars that each begin at the end of the one above; nats."""
    colours = palette(dark)
    elbo = recon_log_lik - kl
    log_marginal = elbo + gap
    margin = 0.22 * max(kl, gap, 1.0)
    low, high = min(elbo, log_marginal) - margin, max(recon_log_lik, log_marginal) + margin
    bars = (
        ("reconstruction", low, recon_log_lik, colours.decoder, nats(recon_log_lik, 3)),
        ("− KL(q‖p(z))", recon_log_lik, elbo, colours.encoder, nats(-kl, 3)),
        ("= ELBO", low, elbo, colours.latent, nats(elbo, 3)),
        ("+ KL(q‖p(z|x))", elbo, log_marginal, colours.encoder, nats(gap, 3, sign=True)),
        ("= log p(x)", low, log_marginal, colours.text, nats(log_marginal, 3)),
    )
    figure = _cascade(bars, colours, height=240)
    figure.update_xaxes(range=[low, high + 0.12 * (high - low)])
    return figure


def gap_alone(elbo: float, gap: float, lowest: float, *, dark: bool = False) -> go.Figure:
    """ELBO + gap = log p(x) as bars on an axis that shows a small gap; nats. The axis begins below `lowest`, an ELBO to compare with."""
    colours = palette(dark)
    log_marginal = elbo + gap
    reach = log_marginal - min(elbo, lowest)
    low = min(elbo, lowest) - 0.35 * max(reach, 0.02)
    bars = (
        ("ELBO", low, elbo, colours.latent, nats(elbo, 3)),
        ("+ gap", elbo, log_marginal, colours.encoder, nats(gap, 3, sign=True)),
        ("= log p(x)", low, log_marginal, colours.text, nats(log_marginal, 3)),
    )
    figure = _cascade(bars, colours, height=180)
    figure.update_xaxes(range=[low, log_marginal + 0.8 * (log_marginal - low)], nticks=4)
    return figure


def _cascade(bars: Sequence[tuple[str, float, float, str, str]], colours: Palette, *, height: int) -> go.Figure:
    """Bars below each other: the name of each, its start and end in nats, its colour and its text. What a bar adds is pale."""
    figure = go.Figure()
    for name, start, end, colour, text in bars:
        figure.add_bar(
            y=[name],
            x=[end - start],
            base=[start],
            orientation="h",
            marker={"color": colour, "opacity": 0.45 if name.startswith("+") else 0.9},
            showlegend=False,
            hovertemplate=f"{name}: {text} nats<extra></extra>",
        )
        figure.add_annotation(
            x=max(start, end), y=name, text=f"<b>{text}</b>", showarrow=False, xanchor="left", xshift=5
        )
    style(figure, colours, height=height, revision="gap")
    figure.update_xaxes(title="nats (axis cut on the left)")
    figure.update_yaxes(autorange="reversed", ticksuffix=" ")
    return figure


def kl_per_dimension(
    kl: np.ndarray, mean_kl: np.ndarray, mean_error: np.ndarray, *, dark: bool = False, most: int = 20
) -> go.Figure:
    """One image's KL(q(z_j|x) ‖ p(z_j)) by latent dimension, beside the mean over all images; largest means first."""
    colours = palette(dark)
    order = np.argsort(-mean_kl, kind="stable")[:most]
    names = [f"z{j + 1}" for j in order]
    figure = go.Figure()
    hover_text = hover("%{y:.2f} nats<extra></extra>")
    figure.add_bar(
        x=names, y=kl[order].astype(np.float32), name="this image", marker_color=colours.encoder, **hover_text
    )
    figure.add_bar(
        x=names,
        y=mean_kl[order].astype(np.float32),
        error_y={"array": mean_error[order].astype(np.float32), "color": colours.text},
        name="mean of all test images ± s.e.",
        marker_color=colours.prior,
        **hover_text,
    )
    style(figure, colours, height=200, revision="per-dimension")
    figure.update_xaxes(type="category")
    figure.update_yaxes(title="KL, nats (0 = unused)")
    return figure


def posterior_plane(
    z1: np.ndarray,
    z2: np.ndarray,
    density: np.ndarray,
    loc: np.ndarray,
    scale: np.ndarray,
    draws: np.ndarray | None = None,
    shares: np.ndarray | None = None,
    *,
    dark: bool = False,
    height: int = 380,
) -> go.Figure:
    """p(z|x) of one image (rows z2, columns z1), and q(z|x) by its ellipses of 1 and 2 standard deviations, to scale. The `draws`
    (draws, 2) are dots, with an area for the share of each in all weights."""
    colours = palette(dark)
    figure = go.Figure()
    figure.add_heatmap(
        x=z1.astype(np.float32),
        y=z2.astype(np.float32),
        z=np.sqrt(density / density.max()).astype(np.float32),  # the root: a hundredth of the peak is still visible
        colorscale=[[0, colours.surface], [0.04, colours.surface], [1, colours.latent]],
        showscale=False,
        zsmooth="best",
        **hover("z = (%{x:.2f}, %{y:.2f})<extra></extra>"),
    )
    if draws is not None and shares is not None:
        marker = {
            "color": colours.decoder,
            "size": np.sqrt(SMALL_DOT**2 + LARGE_DOT**2 * shares).astype(np.float32),
            "opacity": 0.6,
            "line": {"width": 1, "color": colours.surface},
        }
        z1s, z2s = draws.T.astype(np.float32)
        words = [f"{share:.1%} of the estimate" for share in shares]
        figure.add_scatter(
            x=z1s,
            y=z2s,
            mode="markers",
            marker=marker,
            text=words,
            hoverinfo="text",
            showlegend=False,
        )
    _add_q(figure, loc, scale, colours.encoder)
    row, column = np.unravel_index(density.argmax(), density.shape)
    is_peak_above, edge = z2[row] > loc[1], EDGE * float(z2[-1] - z2[0])
    for (x, y), text, colour, is_above in (
        ((z1[column], z2[row]), "where to look: p(z|x)", colours.latent, is_peak_above),
        (loc, "encoder looks here: q(z|x)", colours.encoder, not is_peak_above),
    ):
        figure.add_annotation(
            x=float(x),
            y=float(y),
            text=f"<b>{text}</b>",
            font={"color": colour},
            bgcolor=colours.surface,
            opacity=0.9,
            showarrow=True,
            arrowcolor=colour,
            arrowhead=0,
            axref="x",
            ayref="y",
            ax=float(x),
            ay=float(z2[-1] - edge if is_above else z2[0] + edge),  # where nothing else is
        )
    style(figure, colours, height=height, revision="posterior")
    figure.update_xaxes(title="z₁", showgrid=False, zeroline=False, constrain="domain", range=[z1[0], z1[-1]])
    figure.update_yaxes(title="z₂", showgrid=False, zeroline=False, scaleanchor="x", range=[z2[0], z2[-1]])
    return figure


def _add_q(figure: go.Figure, loc: np.ndarray, scale: np.ndarray, colour: str) -> None:
    """The mean of q(z|x), and its ellipses of 1 and 2 standard deviations."""
    for ring, width in zip(ellipse_rings(loc, np.diag(scale**2)), (3, 1.5), strict=True):
        figure.add_scatter(
            x=ring[:, 0].astype(np.float32),
            y=ring[:, 1].astype(np.float32),
            mode="lines",
            line={"color": colour, "width": width},
            showlegend=False,
            hoverinfo="skip",
        )
    figure.add_scatter(
        x=loc[:1],
        y=loc[1:],
        mode="markers",
        marker={"color": colour, "size": 9, "symbol": "cross"},
        showlegend=False,
        **hover("mean of q: (%{x:.2f}, %{y:.2f})<extra></extra>"),
    )


def redraw_strip(
    names: Sequence[str],
    elbo: np.ndarray,
    elbo_error: np.ndarray,
    log_marginal: np.ndarray | None,
    *,
    dark: bool = False,
) -> go.Figure:
    """The ELBO (± standard error) of the same grey image by how its pixels were made black and white, joined to its
    log p(x) where that is known; nats. Each way has a row."""
    colours = palette(dark)
    y = np.arange(len(names))
    figure = go.Figure()
    if log_marginal is not None:
        figure.add_scatter(
            x=np.stack([elbo, log_marginal, np.full_like(elbo, np.nan)], 1).ravel().astype(np.float32),
            y=np.repeat(y, 3),
            mode="lines",
            line={"color": colours.encoder, "width": 3},
            opacity=0.5,
            name="the gap",
            hoverinfo="skip",
        )
        figure.add_scatter(
            x=log_marginal.astype(np.float32),
            y=y,
            mode="markers",
            name="log p(x)",
            marker={"color": colours.text, "symbol": "line-ns-open", "size": 9, "line": {"width": 2}},
            **hover("%{x:.2f} nats<extra>log p(x)</extra>"),
        )
    figure.add_scatter(
        x=elbo.astype(np.float32),
        y=y,
        error_x={"array": elbo_error.astype(np.float32), "thickness": 1.2, "width": 3},
        mode="markers",
        name="ELBO ± s.e.",
        marker={"color": colours.latent, "size": 8},
        **hover("%{x:.2f} nats<extra>ELBO</extra>"),
    )
    style(figure, colours, height=390, revision="redraws")
    figure.update_xaxes(title="nats (right is better)")
    figure.update_yaxes(
        tickvals=y, ticktext=names, range=[len(names) - 0.5, -0.5], ticksuffix=" ", showgrid=True, zeroline=False
    )
    return figure


def estimates_on_one_axis(
    names: Sequence[str],
    means: np.ndarray,
    std_errors: np.ndarray,
    directions: Sequence[str],
    ess: Sequence[float | None],
    parts: Sequence[str],
    truth: float | None,
    *,
    reach: float | None = None,
    dark: bool = False,
) -> go.Figure:
    """Estimates of log p(x) of one image with ± 2 standard errors; a triangle points to where the truth must lie. `parts`
    name the part of the model from which each estimator draws, which has a colour; `truth` is a line. `reach` cuts the axis
    so many nats below it (or below the highest estimate)."""
    colours = palette(dark)
    figure = go.Figure()
    low, high = axis = _axis_around(means, truth, reach)
    names = [name.replace(", ", ",<br>") for name in names]  # two lines leave room for the axis on a phone
    rows = zip(names, means, std_errors, directions, ess, parts, strict=True)
    for name, mean, error, direction, effective, part in rows:
        _add_estimate(figure, name, mean, error, direction, axis, getattr(colours, part))
        text = nats(mean) + ("" if effective is None else f" · ESS {effective:,.0f}")
        figure.add_annotation(
            x=float(np.clip(mean, low, high)),
            y=name,
            text=f"« {text}" if mean < low else f"{text} »" if mean > high else text,
            showarrow=False,
            yshift=18 if low <= mean <= high else 0,
            xanchor=_anchor(mean, low, high),
            font={"size": 12},
            bgcolor=colours.surface,
            borderpad=1,
        )
    if truth is not None:
        figure.add_vline(x=truth, line={"color": colours.text, "width": 1.5, "dash": "dot"})
    style(figure, colours, height=64 + 56 * max(len(names), 1), revision=f"estimates-{reach}")
    figure.update_xaxes(title="log p(x), nats", range=[low, high], nticks=6)
    figure.update_yaxes(
        autorange=False,
        range=[len(names) - 0.5, -0.7],
        categoryorder="array",
        categoryarray=list(names),
        ticksuffix=" ",
    )
    return figure


def _axis_around(means: np.ndarray, truth: float | None, reach: float | None) -> tuple[float, float]:
    """The ends of an axis that has room for all estimates, or for `reach` nats below the truth (or the highest estimate)."""
    centre = truth if truth is not None else float(means.max())
    if reach is not None:
        return centre - reach, centre + 0.2 * reach
    low, high = min(means.min(), centre), max(means.max(), centre)
    margin = max(0.12 * (high - low), 0.3)
    return low - margin, high + margin


def _add_estimate(
    figure: go.Figure, name: str, mean: float, error: float, direction: str, axis: tuple[float, float], colour: str
) -> None:
    """An estimate with its error; outside of the axis nothing but its text."""
    low, high = axis
    inside = low <= mean <= high
    figure.add_scatter(
        x=[float(np.clip(mean, low, high))],
        y=[name],
        error_x={"array": [2.0 * error], "color": colour, "thickness": 2, "width": 6} if inside and error else None,
        mode="markers",
        marker={"symbol": SYMBOLS[direction], "size": 15, "color": colour, "opacity": float(inside)},
        showlegend=False,
        cliponaxis=False,
        hovertemplate=f"{nats(mean, 3)} ± {error:.3f} nats<extra></extra>",
    )


def _anchor(value: float, low: float, high: float) -> str:
    """The side at which a label is anchored, so that it stays within the axis."""
    place = (value - low) / (high - low)
    return "left" if place < 0.4 else "right" if place > 0.75 else "center"
