"""Curves and bars of bounds, in nats."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence

import numpy as np
import plotly.graph_objects as go

from aevb_lab.escaping import in_chart
from aevb_lab.figures.style import Chart, hover, layout, style
from aevb_lab.theme import CLASS_COLORS, palette
from vae_core.history import History, Record

FAR = 100.0  # times the span of nearly all points: one step of a training may lie so far off that all else would be a line


def _leave_far_points_out(traces: Sequence[go.Scatter]) -> str:
    """Breaks the lines at points that are very far off, and returns what they are in words, for below the chart's axis: no place
    in the plot is free of curves for certain. Where there are none, returns ""."""
    values = np.array([value for trace in traces for value in trace.y if value is not None], dtype=np.float64)
    values = values[np.isfinite(values)]
    if not len(values):
        return ""
    low, high = np.quantile(values, (0.1, 0.9))  # short runs have far points too
    reach = FAR * max(high - low, 1.0)
    is_far = (values < low - reach) | (values > high + reach)
    if not is_far.any():
        return ""
    far = set(values[is_far].tolist())
    recovers = not any(trace.y[-1] in far for trace in traces)
    for trace in traces:
        trace.y = [None if value in far else value for value in trace.y]
    return f"A spike is a step that went wrong{'<br>and recovered' if recovers else ''}. The largest are left out."


def changes_of_terms(history: History, *, dark: bool = False, height: int = 360) -> go.Figure:
    """A run's ELBO against training samples (log), test solid and train dotted; and below it how far its two terms, on the test set, are from
    their first values; nats per image, beta = 1. Beside the ELBO itself they could not be told apart: one is nearly as large, the other small."""
    figure, note = _test_curve(history, dark, height)
    x, colours = figure.data[0].x, palette(dark)
    figure.add_scatter(
        x=x,
        y=history.column("train_elbo"),
        name="ELBO, training images",
        legendgroup="elbo",
        mode="lines",
        line={"color": colours.latent, "width": 2.5, "dash": "dot"},
        showlegend=False,
        **hover("%{y:.2f} nats<extra>train elbo</extra>"),
    )
    for field, name, colour in (
        ("recon_log_lik", "images: reconstruction", colours.decoder),
        ("kl", "codes: KL", colours.encoder),
    ):
        values = history.column(f"test_{field}")
        first = next((value for value in values if value is not None), 0.0)
        figure.add_scatter(
            x=x,
            y=[None if value is None else value - first for value in values],
            name=name,
            legendgroup=field,
            yaxis="y2",
            mode="lines+markers" if len(values) < 12 else "lines",
            line={"color": colour, "width": 3},
            **hover("%{y:+.2f} nats<extra>" + name + "</extra>"),
        )
    notes = note, _leave_far_points_out(figure.data[1:2]), _leave_far_points_out(figure.data[2:])  # each axis by itself
    _progress_axis(figure, "samples_seen", [history], next(filter(None, notes), ""))
    figure.update_layout(
        hoversubplots="axis",
        xaxis_anchor="y2",
        yaxis={"domain": [0.54, 1.0], "title": "ELBO, nats"},
        yaxis2=figure.layout.yaxis.to_plotly_json()
        | {"domain": [0.0, 0.46], "anchor": "x", "title": "change, nats", "zeroline": True},
    )
    return figure


def curve_on_test(history: History, *, dark: bool = False, height: int = 360) -> go.Figure:
    """The history's first curve, on the test set, against training samples (log); nats per image, beta = 1."""
    return _test_curve(history, dark, height)[0]


def _test_curve(history: History, dark: bool, height: int) -> tuple[go.Figure, str]:
    colours = palette(dark)
    values = history.column(f"test_{history.about.terms[0]}")
    figure = go.Figure()
    figure.add_scatter(
        x=_progress(history, "samples_seen", _start([history])),
        y=values,
        name=history.about.label,
        legendgroup=history.about.terms[0],
        showlegend=True,
        mode="lines+markers" if len(values) < 12 else "lines",
        line={"color": colours.latent, "width": 2.5},
        **hover("%{y:.2f} nats<extra>test</extra>"),
    )
    note = _leave_far_points_out(figure.data)
    style(figure, colours, height=height, revision="curve")
    _progress_axis(figure, "samples_seen", [history], note)
    figure.update_yaxes(title="nats per image<br>(higher is better)")
    figure.update_layout(hovermode="x unified")
    return figure, note


def learning_curve(history: History, *, dark: bool = False, height: int = 360, axis: str = "samples_seen") -> go.Figure:
    """The history's curve against training samples (log) or epochs; nats per image, beta = 1. For a bound also its terms,
    with the KLs negative so that they add up to it. Test solid, train dotted."""
    colours, start = palette(dark), _start([history])
    figure = go.Figure()
    parts = {
        "recon_log_lik": ("reconstruction", colours.decoder, 7),
        "kl": ("−KL of z" if "kl_parameters" in history.about.terms else "−KL", colours.encoder, 1.8),
        "kl_parameters": ("−KL of θ / N (train only)", colours.prior, 1.8),
    }
    first = history.about.terms[0]
    parts[first] = (history.about.label, colours.latent, 2.5)
    for split, dash in (("test", "solid"), ("train", "dot")):
        for field in history.about.terms:
            if not hasattr(Record, f"{split}_{field}"):
                continue  # a term of training alone
            name, colour, width = parts[field]
            sign = -1 if field.startswith("kl") else 1
            y = [None if value is None else sign * value for value in history.column(f"{split}_{field}")]
            figure.add_scatter(
                x=_progress(history, axis, start),
                y=y,
                name=name,
                legendgroup=field,
                showlegend=split == "test" or not hasattr(Record, f"test_{field}"),
                mode="lines+markers" if len(y) < 12 else "lines",
                line={"color": colour, "width": width if split == "test" else min(width, 3), "dash": dash},
                # Where the KL is small, the reconstruction lies under the bound: it is so wide that its edges are seen.
                zorder=int(field == first),
                **hover("%{y:.2f} nats<extra>" + f"{split} {field}</extra>"),
            )
    note = _leave_far_points_out(figure.data)
    style(figure, colours, height=height, revision="curve")
    _progress_axis(figure, axis, [history], note)
    figure.update_yaxes(title="nats per image<br>(higher is better)")
    figure.update_layout(hovermode="x unified")
    return figure


def overlaid_curves(
    histories: dict[str, History], *, dark: bool = False, axis: str = "samples_seen", term: str = "elbo"
) -> go.Figure:
    """One term of several runs, test solid and train dotted; nats per image. "elbo" stands for each run's main curve, and the
    legend names that curve where it is no ELBO. A run whose curve does not have the term is left out."""
    colours, start = palette(dark), _start(histories.values())
    figure = go.Figure()
    for number, (name, history) in enumerate(histories.items()):
        colour = CLASS_COLORS[number % len(CLASS_COLORS)]
        field = history.about.terms[0] if term == "elbo" else term
        shown_name = in_chart(name)
        about = f"{in_chart(history.data)}, {history.binarization}"
        about += "" if history.curve == "elbo" else f"; {history.about.label}"
        if field not in history.about.terms:
            continue
        for split, dash in (("test", "solid"), ("train", "dot")):
            figure.add_scatter(
                x=_progress(history, axis, start),
                y=history.column(f"{split}_{field}"),
                name=f"{shown_name}, {split} ({about})",
                legendgroup=name,
                mode="lines",
                line={"color": colour, "width": 2.5 if split == "test" else 1.6, "dash": dash},
                **hover("%{y:.2f} nats<extra>" + f"{shown_name}, {split}</extra>"),
            )
    note = _leave_far_points_out(figure.data)
    style(figure, colours, height=460, revision=f"{axis}-{term}")
    _progress_axis(figure, axis, histories.values(), note)
    better = "" if term == "kl" else ", higher is better"
    name = {"elbo": "ELBO", "recon_log_lik": "reconstruction", "kl": "KL"}[term]
    figure.update_yaxes(title=f"{name} (nats){better}")
    return figure


def radius_along_path(
    radius: np.ndarray, usual: tuple[float, float, float], *, dark: bool = False, end: str = "B"
) -> go.Figure:
    """|z| at each step of a path from A to its `end`, from 0 on, with the band that holds 90 % of the prior's draws, and the prior's median."""
    colours = palette(dark)
    low, middle, high = usual
    line = dict(
        x=np.arange(len(radius)),
        y=radius.astype(np.float32),
        mode="lines+markers",
        line={"color": colours.latent, "width": 2.5},
        name="|z|",
        **hover("step %{x}: |z| %{y:.2f}<extra></extra>"),
    )
    look = layout(colours, height=240, revision="radius")
    rise = {"title": "|z|, distance from 0", "range": [0.0, 1.1 * max(high, float(radius.max()))]}
    steps = {"title": f"step from A to {end}", "dtick": 1 if len(radius) <= 16 else None}
    across = {"type": "rect", "xref": "paper", "x0": 0, "x1": 1, "layer": "below", "line": {"width": 0}}
    band = across | {"y0": low, "y1": high, "fillcolor": colours.prior, "opacity": 0.25}
    median = {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": middle, "y1": middle, "layer": "below"}
    median |= {"line": {"color": colours.prior, "width": 1.5, "dash": "dash"}}
    return Chart(
        [line], look | {"xaxis": look["xaxis"] | steps, "yaxis": look["yaxis"] | rise, "shapes": [band, median]}
    )


def bound_terms(recon_log_lik: np.ndarray, kl: np.ndarray, names: Sequence[str], *, dark: bool = False) -> go.Figure:
    """The two terms of each image's ELBO in nats (higher is better): a bar from 0 to E[log p(x|z)], which is positive for many densities,
    and from its end a narrower bar down to the ELBO, as long as the KL."""
    colours = palette(dark)
    bars = [
        dict(
            type="bar",
            x=list(names),
            y=values.astype(np.float32),
            base=starts.astype(np.float32),
            width=width,
            name=name,
            marker={"color": colour},
            customdata=values.astype(np.float32),
            hovertemplate="%{customdata:.1f} nats<extra></extra>",
        )
        for values, starts, width, name, colour in (
            (recon_log_lik, np.zeros_like(recon_log_lik), 0.8, "E[log p(x|z)]: how well x is drawn", colours.decoder),
            (-kl, recon_log_lik, 0.5, "−KL: what z costs", colours.encoder),
        )
    ]
    look = layout(colours, height=300, revision="terms")
    return Chart(
        bars,
        look
        | {
            "barmode": "overlay",
            "xaxis": look["xaxis"] | {"type": "category"},
            "yaxis": look["yaxis"] | {"title": "ELBO, nats<br>(higher is better)"},
        },
    )


def _progress(history: History, axis: str, start: float) -> list[float]:
    return [record.samples_seen or start if axis == "samples_seen" else record.epoch for record in history.records]


def _start(histories: Collection[History]) -> float:
    """Where the beginning of training stands on a logarithmic axis, which has no zero: as far before the first point as a third is."""
    seen = [record.samples_seen for history in histories for record in history.records if record.samples_seen]
    return min(seen, default=1.0) / 3.0


def _progress_axis(figure: go.Figure, axis: str, histories: Collection[History], note: str) -> None:
    """The axis of a training's progress; its title ends with the `note`, if there is one."""
    title = "training images seen (log)" if axis == "samples_seen" else "epochs"
    figure.update_xaxes(title=f'{title}<br><span style="font-size: 12px">{note}</span>' if note else title)
    if axis != "samples_seen":
        return
    start = _start(histories)
    last = max((record.samples_seen for history in histories for record in history.records), default=1)
    decades = [10.0**k for k in range(math.ceil(math.log10(3.0 * start)), math.floor(math.log10(max(last, 1))) + 1)]
    ticks = {"tickvals": [start, *decades], "ticktext": ["0", *map(_short, decades)]}
    figure.update_xaxes(type="log", tickmode="array", **ticks)


def _short(decade: float) -> str:
    """1000, 10k, 100k, 1M."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if decade >= size:
            return f"{decade / (1e3 if letter == 'k' else size):g}{letter}"
    return f"{decade:g}"
