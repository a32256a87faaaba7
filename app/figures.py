"""All Plotly figures, named by what they show. They take numpy arrays and History, and compute nothing about models."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from PIL import Image

from app.theme import CLASS_COLORS, Palette, palette
from vae_core.history import History

CONFIG = {"displaylogo": False, "modeBarButtonsToRemove": ["select2d", "lasso2d"], "scrollZoom": False}


# -- pictures ----------------------------------------------------------------------------------------------------


def picture_uri(picture: np.ndarray) -> str:
    """A PNG data address of a picture: uint8, (height, width) grey or (height, width, 4) RGBA."""
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


def as_ink(picture: np.ndarray, dark: bool) -> np.ndarray:
    """White-on-black pixels (uint8) as ink of the theme's text colour on a transparent ground."""
    colour = palette(dark).text.lstrip("#")
    rgba = np.empty((*picture.shape, 4), np.uint8)
    rgba[..., :3] = [int(colour[i : i + 2], 16) for i in (0, 2, 4)]
    rgba[..., 3] = picture
    return rgba


def enlarge(picture: np.ndarray, factor: int) -> np.ndarray:
    """Repeat pixels, so that a browser that smooths has nothing to smooth."""
    return np.kron(picture, np.ones((factor, factor), picture.dtype))


def film_strip(images: np.ndarray, image_shape: tuple[int, int], gap: int = 1) -> np.ndarray:
    """Flat images (count, data_dim) in [0, 1] side by side with `gap` mid-grey columns between them, uint8."""
    height, width = image_shape
    tiles = (np.clip(images, 0.0, 1.0) * 255.0).round().astype(np.uint8).reshape(-1, height, width)
    strip = np.full((height, len(tiles) * (width + gap) - gap), 128, np.uint8)
    for i, tile in enumerate(tiles):
        strip[:, i * (width + gap) : i * (width + gap) + width] = tile
    return strip


# -- the latent plane --------------------------------------------------------------------------------------------


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
    path: np.ndarray | None = None,
    height: int = 560,
    revision: str = "plane",
) -> go.Figure:
    """Encoded points (count, 2) by class over the decoded manifold. `labels` (count,) index `class_names`; None is
    one class. `background` is a picture over the square `background_span`; `path` (steps, 2) is drawn on top."""
    colours = palette(dark)
    figure = go.Figure()
    groups = [(None, "encoded images", colours.encoder)] if labels is None else []
    if labels is not None:
        groups = [(c, class_names[c], CLASS_COLORS[c % len(CLASS_COLORS)]) for c in np.unique(labels).tolist()]
    outline = {"width": 0.6, "color": colours.surface}
    for label, name, colour in groups:
        rows = np.arange(len(points)) if label is None else np.flatnonzero(labels == label)
        figure.add_scatter(
            x=points[rows, 0].astype(np.float32),
            y=points[rows, 1].astype(np.float32),
            mode="markers",
            name=name,
            marker={"color": colour, "size": 6, "opacity": 0.8, "line": outline},
            customdata=rows.astype(np.int32),
            hovertemplate=f"{name}<extra></extra>",
        )
    for label, name, colour in groups:
        if label is not None:
            middle = np.median(points[labels == label], axis=0)
            figure.add_annotation(
                x=float(middle[0]),
                y=float(middle[1]),
                text=f"<b>{name}</b>",
                showarrow=False,
                font={"size": 15, "color": "#ffffff"},
                bgcolor=colour,
                borderpad=2,
                opacity=0.9,
                captureevents=False,
            )
    if background:
        low, high = background_span or span
        figure.add_layout_image(
            source=background,
            xref="x",
            yref="y",
            x=low,
            y=high,
            sizex=high - low,
            sizey=high - low,
            sizing="stretch",
            layer="below",
            opacity=0.55,
        )
    if path is not None:
        _add_path(figure, path, colours)
    _style(figure, colours, height=height, revision=revision)
    square = {"range": list(span), "zeroline": False, "showgrid": background is None, "constrain": "domain"}
    figure.update_xaxes(title=axis_titles[0], **square)
    figure.update_yaxes(title=axis_titles[1], scaleanchor="x", **square)
    figure.update_layout(dragmode=False, hoverdistance=6, meta=meta or {})
    figure.update_layout(
        legend={"itemsizing": "constant", "itemwidth": 30, "orientation": "h", "x": 0, "y": 1.01, "yanchor": "bottom"}
    )
    return figure


def _add_path(figure: go.Figure, path: np.ndarray, colours: Palette) -> None:
    figure.add_scatter(
        x=path[:, 0].astype(np.float32),
        y=path[:, 1].astype(np.float32),
        mode="lines+markers",
        name="path",
        line={"color": colours.latent, "width": 4},
        marker={"size": 8, "color": colours.surface, "line": {"width": 2.5, "color": colours.latent}},
        hovertemplate="step %{pointNumber}<extra></extra>",
    )
    for end, text in ((0, "A"), (-1, "B")):
        figure.add_annotation(
            x=float(path[end, 0]),
            y=float(path[end, 1]),
            text=f"<b>{text}</b>",
            showarrow=True,
            arrowhead=0,
            ay=-28,
            ax=0,
            font={"size": 15, "color": colours.surface},
            bgcolor=colours.latent,
            borderpad=3,
        )


# -- curves ------------------------------------------------------------------------------------------------------


def learning_curve(history: History, *, dark: bool = False, height: int = 360, axis: str = "samples_seen") -> go.Figure:
    """The bound and its two terms, ELBO = reconstruction + (−KL), against training samples (log) or epochs; nats per
    image, beta = 1. Test solid, train dotted."""
    colours = palette(dark)
    figure = go.Figure()
    parts = (
        ("elbo", "ELBO", colours.latent, 3),
        ("recon_log_lik", "reconstruction", colours.decoder, 1.8),
        ("kl", "−KL", colours.encoder, 1.8),
    )
    for split, dash in (("test", "solid"), ("train", "dot")):
        for field, name, colour, width in parts:
            y = history.column(f"{split}_{field}")
            if field == "kl":
                y = [None if value is None else -value for value in y]
            figure.add_scatter(
                x=_progress(history, axis),
                y=y,
                name=name,
                legendgroup=field,
                showlegend=split == "test",
                mode="lines+markers" if len(y) < 12 else "lines",
                line={"color": colour, "width": width, "dash": dash},
                hovertemplate="%{y:.2f} nats<extra>" + f"{split} {field}</extra>",
            )
    _style(figure, colours, height=height, revision="curve")
    _progress_axis(figure, axis)
    figure.update_yaxes(title="nats per image (higher is better)")
    figure.update_layout(legend={"orientation": "h", "y": 1.01, "yanchor": "bottom", "x": 0}, hovermode="x unified")
    return figure


def overlaid_curves(
    histories: dict[str, History], *, dark: bool = False, axis: str = "samples_seen", term: str = "elbo"
) -> go.Figure:
    """One term of the bound of several runs, test solid and train dotted; nats per image."""
    colours = palette(dark)
    figure = go.Figure()
    for number, (name, history) in enumerate(histories.items()):
        colour = CLASS_COLORS[number % len(CLASS_COLORS)]
        for split, dash in (("test", "solid"), ("train", "dot")):
            figure.add_scatter(
                x=_progress(history, axis),
                y=history.column(f"{split}_{term}"),
                name=f"{name}, {split} ({history.data}, {history.binarization})",
                legendgroup=name,
                mode="lines",
                line={"color": colour, "width": 2.5 if split == "test" else 1.6, "dash": dash},
                hovertemplate="%{y:.2f} nats<extra>" + f"{name}, {split}</extra>",
            )
    _style(figure, colours, height=460, revision=f"{axis}-{term}")
    _progress_axis(figure, axis)
    better = "" if term == "kl" else ", higher is better"
    figure.update_yaxes(title=f"{term.replace('_', ' ')}, nats per image{better}")
    figure.update_layout(legend={"orientation": "h", "y": -0.18, "x": 0})
    return figure


def density_along_path(log_density: np.ndarray, *, dark: bool = False) -> go.Figure:
    """log p(z) at each step of a path, in nats."""
    colours = palette(dark)
    figure = go.Figure()
    figure.add_scatter(
        x=np.arange(len(log_density)),
        y=log_density.astype(np.float32),
        mode="lines+markers",
        line={"color": colours.prior, "width": 2.5},
        name="log p(z)",
        hovertemplate="step %{x}: %{y:.2f} nats<extra></extra>",
    )
    _style(figure, colours, height=240, revision="density")
    figure.update_xaxes(title="step from A to B", dtick=1 if len(log_density) <= 16 else None)
    figure.update_yaxes(title="log p(z), nats")
    return figure


def bound_terms(recon_log_lik: np.ndarray, kl: np.ndarray, names: Sequence[str], *, dark: bool = False) -> go.Figure:
    """Each image's two costs, -E[log p(x|z)] and KL, stacked to its -ELBO in nats (shorter is better)."""
    colours = palette(dark)
    figure = go.Figure()
    for values, name, colour in (
        (-recon_log_lik, "−E[log p(x|z)]: pixels not explained", colours.decoder),
        (kl, "KL(q(z|x) ‖ p(z)): what z says about x", colours.encoder),
    ):
        figure.add_bar(
            x=list(names),
            y=values.astype(np.float32),
            name=name,
            marker={"color": colour},
            hovertemplate="%{y:.1f} nats<extra></extra>",
        )
    _style(figure, colours, height=300, revision="terms")
    figure.update_yaxes(title="−ELBO, nats (shorter is better)")
    figure.update_xaxes(type="category")
    figure.update_layout(barmode="stack", legend={"orientation": "h", "y": 1.16, "x": 0})
    return figure


# -- shared looks ------------------------------------------------------------------------------------------------


def _progress(history: History, axis: str) -> list[float | None]:
    values = history.column(axis)
    return [value or None for value in values] if axis == "samples_seen" else values  # a log axis has no zero


def _progress_axis(figure: go.Figure, axis: str) -> None:
    if axis == "samples_seen":
        figure.update_xaxes(title="training images seen (log)", type="log", dtick=1)
    else:
        figure.update_xaxes(title="epochs")


def _style(figure: go.Figure, colours: Palette, *, height: int, revision: str) -> None:
    lines = {"gridcolor": colours.grid, "linecolor": colours.grid, "zerolinecolor": colours.grid, "automargin": True}
    figure.update_layout(
        template="none",
        height=height,
        margin={"l": 48, "r": 36, "t": 12, "b": 44},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"color": colours.text, "size": 13, "family": "system-ui, Segoe UI, Roboto, Arial, sans-serif"},
        hoverlabel={"bgcolor": colours.surface, "font": {"color": colours.text}},
        modebar={"orientation": "v", "bgcolor": "rgba(0,0,0,0)", "color": colours.muted, "activecolor": colours.latent},
        uirevision=revision,
    )
    figure.update_xaxes(**lines)
    figure.update_yaxes(**lines)
