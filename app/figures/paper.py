"""Figure 2 of the paper: a panel for each latent size."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from aevb_lab.figures.style import hover, style
from aevb_lab.theme import palette
from vae_core.experiments.committed import PaperRun
from vae_core.history import History

PAPERS_SAMPLES = (5, 8)  # powers of ten
PAPERS_NATS = {"mnist": (-150.0, -100.0), "frey_faces": (0.0, 1600.0)}
LOWEST_POINTS = 0.15  # share of points that may lie below the axes
NAMES = {"aevb": "AEVB", "wake_sleep": "wake-sleep"}


def paper_panel(runs: Sequence[PaperRun], own: History | None, *, papers_axes: bool, dark: bool = False) -> go.Figure:
    """The bound of runs with one latent size against the training images seen, test solid and train dotted, and over them one's `own` run. A
    point knows the name of its run (`customdata`)."""
    colours = palette(dark)
    by_algorithm = {"aevb": colours.decoder, "wake_sleep": colours.encoder}
    figure = go.Figure()
    for run in runs:
        about, colour = run.run, by_algorithm[run.run.algorithm]
        seed = f", seed {about.seed}" if about.seed else ""
        parts = (("test", "solid", run.samples, run.test), ("train", "dot", run.train_samples, run.train))
        for part, dash, x, y in parts:
            name = f"{NAMES[about.algorithm]}, {part}{seed}"
            figure.add_scatter(
                x=x,
                y=y,
                name=name,
                customdata=[about.name] * len(x),
                mode="lines+markers",
                line={"color": colour, "width": 2.5 if part == "test" else 1.6, "dash": dash},
                marker={"size": 5, "color": colour},
                unselected={"marker": {"opacity": 1.0}},
                **hover("%{x:,.0f} images: %{y:.2f} nats<extra>" + name + "</extra>"),
            )
    if own is not None and len(own.records) > 1:
        figure.add_scatter(
            x=own.column("samples_seen")[1:],
            y=own.column("test_elbo")[1:],
            name="your run, test",
            mode="lines+markers",
            line={"color": colours.latent, "width": 3},
            marker={"size": 6, "symbol": "diamond", "color": colours.latent},
            unselected={"marker": {"opacity": 1.0}},
            **hover("%{x:,.0f} images: %{y:.2f} nats<extra>your run</extra>"),
        )
    style(figure, colours, height=340, revision=f"paper-{papers_axes}")
    figure.update_xaxes(title="training images seen", type="log", exponentformat="power", dtick=1)
    figure.update_yaxes(title="bound, nats per image")
    if papers_axes:
        figure.update_xaxes(range=PAPERS_SAMPLES)
        figure.update_yaxes(range=PAPERS_NATS[runs[0].run.data])
    else:
        figure.update_yaxes(range=_close(figure))
    return figure


def _close(figure: go.Figure) -> tuple[float, float]:
    """Where most points lie: the first ones may lie 10^14 nats lower, and would make lines of all curves."""
    values = np.concatenate([np.array(trace.y, float) for trace in figure.data])
    values = values[np.isfinite(values)]
    best, low = float(values.max()), float(np.quantile(values, LOWEST_POINTS))
    margin = 0.05 * (best - low)
    return low - margin, best + margin
