"""Figures 2 and 3 of the paper: a panel for each latent size or number of training images, and AEVB's lead over wake-sleep."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from aevb_lab.figures.style import hover, style
from aevb_lab.theme import CLASS_COLORS, Palette, palette
from vae_core.experiments.committed import Lead, LikelihoodRun, PaperRun
from vae_core.experiments.figure_tables import NAMES
from vae_core.history import History

PAPERS_SAMPLES = (5, 8)  # powers of ten
PAPERS_NATS = {"mnist": (-150.0, -100.0), "frey_faces": (0.0, 1600.0)}
LEAD_COLOURS = (0, 3, 7, 6, 9)  # of the classes: those that no algorithm has
EARLY_HEIGHT = 1.5  # of the leads in the last decade: so high may those before it be on the chart
LEAD_DECADES = 2.0  # of training images on the chart of the leads: before them the bounds are far apart by chance
PALE = 0.45  # opacity of the curves of other seeds
OVER_FITTED = 50.0  # nats between the ends of a run's two curves that are far apart
BEFORE_END = 0.06  # of a curve's training images
LABEL_SHIFT = 15  # pixels between a curve and its name
LOWEST_POINTS = 0.15  # share of points that may lie below the axes
CLOSE_MARGIN = 0.1  # decades


def paper_panel(
    runs: Sequence[PaperRun],
    own: History | None,
    *,
    papers_axes: bool,
    lead: Lead | None = None,
    dark: bool = False,
) -> go.Figure:
    """The bound of runs with one latent size against the training images seen, test solid and train dotted, and over them one's `own` run. Other
    seeds than 0 are pale. An arrow shows how many training images AEVB's `lead` saves. A point knows the name of its run (`customdata`)."""
    colours = palette(dark)
    by_algorithm = {"aevb": colours.decoder, "wake_sleep": colours.encoder}
    figure = go.Figure()
    main = {
        run.run.algorithm: run.run.seed for run in sorted(runs, key=lambda run: -run.run.seed)
    }  # the first seed of each
    for run in runs:
        about, colour = run.run, by_algorithm[run.run.algorithm]
        is_other, seed = about.seed != main[about.algorithm], f", seed {about.seed}" if about.seed else ""
        parts = (("test", "solid", run.samples, run.test), ("train", "dot", run.train_samples, run.train))
        for part, dash, x, y in parts:
            name = f"{NAMES[about.algorithm]}, {part}{seed}"
            figure.add_scatter(
                x=x,
                y=y,
                name=name,
                customdata=[about.name] * len(x),
                mode="lines+markers",
                line={"color": colour, "width": 1.0 if is_other else 2.5 if part == "test" else 1.6, "dash": dash},
                marker={"size": 3 if is_other else 5, "color": colour},
                opacity=PALE if is_other else 1.0,
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
    figure.update_layout(showlegend=False, margin_t=24)  # the curves bear their names
    if own is not None and len(own.records) > 1:
        _add_name(figure, figure.data[-1].x[-1], figure.data[-1].y[-1], "your run", colours.latent, up=True)
    if lead is not None and 0 < lead.same_after < lead.samples and lead.mean > 2.0 * lead.std_error:
        _add_saving(figure, runs, lead, colours)
    figure.update_xaxes(title="training images seen", type="log", exponentformat="power", dtick=1)
    figure.update_yaxes(title="bound, nats per image")
    if papers_axes:
        figure.update_xaxes(range=PAPERS_SAMPLES)
        figure.update_yaxes(range=PAPERS_NATS[runs[0].run.data])
    else:
        low, high = _close(figure)
        seen = np.concatenate([np.array(trace.x, float)[np.array(trace.y, float) >= low] for trace in figure.data])
        seen = seen[seen > 0.0]
        first, last = np.log10(seen.min()), np.log10(seen.max())
        figure.update_xaxes(range=[first - CLOSE_MARGIN, last + CLOSE_MARGIN])  # from where the first curve comes in
        figure.update_yaxes(range=[low, high])
    _add_names(figure, [run for run in runs if run.run.seed == main[run.run.algorithm]], by_algorithm)
    return figure


def _add_names(figure: go.Figure, runs: Sequence[PaperRun], colours: Mapping[str, str]) -> None:
    """Each algorithm's name: above the end of the higher training curve, and below the other one before its end, where no curve is. Where training
    and test curves are far apart, it says which one it names, and there is room above both."""
    lowest = figure.layout.yaxis.range[0]
    for place, run in enumerate(sorted(runs, key=lambda run: -float(run.train[-1]))):
        is_apart = float(run.train[-1] - run.test[-1]) > OVER_FITTED
        end = int(np.searchsorted(run.train_samples, BEFORE_END * run.train_samples[-1]))
        end = max(end, int((run.train > lowest).argmax())) if place and not is_apart else -1
        point = float(run.train_samples[end]), float(run.train[end])
        name = NAMES[run.run.algorithm] + (", training" if is_apart else "")
        _add_name(figure, *point, name, colours[run.run.algorithm], up=is_apart or not place)


def _add_name(figure: go.Figure, x: float, y: float, name: str, colour: str, *, up: bool) -> None:
    about = {"x": math.log10(x), "y": y, "text": f"<b>{name}</b>", "font": {"color": colour, "size": 14}}
    place = {"xanchor": "right", "yshift": LABEL_SHIFT} if up else {"xanchor": "left", "yshift": -LABEL_SHIFT - 4}
    figure.add_annotation(**about, **place, showarrow=False)


def _add_saving(figure: go.Figure, runs: Sequence[PaperRun], lead: Lead, colours: Palette) -> None:
    """An arrow at wake-sleep's last bound, from its training images to those that AEVB needs, and how many times fewer these are."""
    last = next(run for run in runs if run.run.algorithm == "wake_sleep" and run.run.seed == 0)
    bound, start, end = float(last.test[-1]), math.log10(lead.samples), math.log10(lead.same_after)
    places = {"axref": "x", "ayref": "y", "ax": start, "ay": bound, "x": end, "y": bound}
    look = {"arrowhead": 2, "arrowsize": 1.2, "arrowwidth": 2.5, "arrowcolor": colours.text}
    figure.add_annotation(**places, **look, text="", showarrow=True)
    times = f"<b>{lead.samples / lead.same_after:.1f} ×</b>"
    about = {"x": end, "y": bound, "text": times, "font": {"size": 14}, "bgcolor": colours.surface}
    figure.add_annotation(**about, xanchor="left", yanchor="top", yshift=-4, showarrow=False)


def lead_chart(
    curves: Mapping[int, tuple[np.ndarray, np.ndarray]],
    measured: Sequence[Lead],
    chosen: int | None,
    *,
    dark: bool = False,
) -> go.Figure:
    """AEVB's lead over wake-sleep, nats per image, against the training images seen: a line for each latent size. The `chosen` one is thick,
    and its last point has a bar of two standard errors. A point knows its latent size (`customdata`)."""
    colours = palette(dark)
    figure = go.Figure()
    for place, (size, (samples, lead)) in enumerate(curves.items()):
        colour = CLASS_COLORS[LEAD_COLOURS[place]]
        figure.add_scatter(
            x=samples,
            y=lead,
            name=str(size),
            customdata=[str(size)] * len(lead),
            mode="lines+markers",
            line={"color": colour, "width": 4 if size == chosen else 2},
            marker={"size": 6, "color": colour},
            unselected={"marker": {"opacity": 1.0}},
            **hover("%{x:,.0f} images: %{y:.2f} nats<extra>" + f"{size} latent dimensions</extra>"),
        )
    for end in measured:
        if end.latent_dim == chosen:
            _add_last_error(figure, end, CLASS_COLORS[LEAD_COLOURS[list(curves).index(end.latent_dim)]])
    style(figure, colours, height=340, revision="leads")
    figure.update_layout(legend_title={"text": "latent size: ", "side": "left"})
    late = np.concatenate([lead[samples >= 0.1 * samples[-1]] for samples, lead in curves.values()])
    early = np.concatenate([lead[samples >= 10.0**-LEAD_DECADES * samples[-1]] for samples, lead in curves.values()])
    bars = [lead.mean - 2.0 * lead.std_error for lead in measured if lead.latent_dim == chosen]
    highest, lowest = min(float(early.max()), EARLY_HEIGHT * float(late.max())), min(float(late.min()), *bars, 0.0)
    longest = math.log10(max(samples[-1] for samples, _ in curves.values()))
    figure.update_xaxes(title="training images seen", type="log", exponentformat="power", dtick=1)
    figure.update_xaxes(range=[longest - LEAD_DECADES, longest + 0.05])
    figure.update_yaxes(
        title="AEVB's lead, nats per image",
        range=[min(1.3 * lowest, -0.15 * highest), 1.15 * abs(highest)],
        zeroline=True,
    )
    figure.add_hline(y=0.0, line={"color": colours.text, "width": 1.5})
    for words, x, y, anchor in (("AEVB is ahead", 0.98, 0.97, "right"), ("wake-sleep is ahead", 0.02, 0.01, "left")):
        figure.add_annotation(
            text=words,
            x=x,
            xref="paper",
            y=y,
            yref="paper",
            xanchor=anchor,
            showarrow=False,
        )
    return figure


def _add_last_error(figure: go.Figure, lead: Lead, colour: str) -> None:
    """Two standard errors at the end of a line: a trace by itself, since each point of one with errors says ± when it is pressed."""
    error = {"array": [2.0 * lead.std_error], "color": colour, "thickness": 3, "width": 6}
    figure.add_scatter(
        x=[lead.samples],
        y=[lead.mean],
        mode="markers",
        marker={"size": 1, "color": colour},
        customdata=[str(lead.latent_dim)],
        error_y=error,
        hoverinfo="skip",
        showlegend=False,
    )


def likelihood_panel(
    runs: Sequence[LikelihoodRun], method: str, *, span: tuple[float, float] | None = None, dark: bool = False
) -> go.Figure:
    """log p(x) by this method of runs with equally many training images, test filled and train open; nats per image, ± 2 standard errors.
    `span` is that of the vertical axis.
    Against the images seen; or while each run has one point only, an algorithm beside the other."""
    colours = palette(dark)
    by_algorithm = {"aevb": colours.decoder, "wake_sleep": colours.encoder, "mcem": colours.latent}
    is_short = all(len(run.points) == 1 for run in runs)
    figure = go.Figure()
    for run in runs:
        colour, algorithm = by_algorithm[run.run.algorithm], NAMES[run.run.algorithm]
        for part, dash, symbol in (("test", "solid", "circle"), ("train", "dot", "circle-open")):
            values = [point[method][part] for point in run.points]
            figure.add_scatter(
                x=[algorithm] if is_short else [point["samples"] for point in run.points],
                y=[value["mean"] for value in values],
                error_y={"array": [2.0 * value["std_error"] for value in values], "color": colour, "thickness": 1.2},
                name=algorithm,
                showlegend=part == "test",
                mode="markers" if is_short else "lines+markers",
                line={"color": colour, "width": 2.5 if part == "test" else 1.6, "dash": dash},
                marker={"size": 12 if is_short else 8, "color": colour, "symbol": symbol},
                **hover("%{y:.2f} nats<extra>" + f"{algorithm}, {part}</extra>"),
            )
    style(figure, colours, height=340, revision=f"figure-3-{is_short}")
    if not is_short:
        seen = sorted({point["samples"] for run in runs for point in run.points})
        ticks = {"tickvals": seen, "ticktext": [f"{samples / 1e6:g}" for samples in seen]}
        figure.update_xaxes(title="training images seen, millions", type="log", range=_seen_by(runs), **ticks)
        for run in runs:
            if len(run.points) == 1:  # a point without a line, whose run is not at its end
                score = run.points[0][method]["train"]
                about = {
                    "x": math.log10(run.points[0]["samples"]),
                    "y": score["mean"],
                    "text": f"<b>{NAMES[run.run.algorithm]}</b>",
                    "align": "left",
                }
                figure.add_annotation(**about, xanchor="left", xshift=8, showarrow=False)
    figure.update_yaxes(title="log p(x), nats per image", range=span)
    figure.update_layout(showlegend=not is_short)  # the algorithms stand below their points
    return figure


def _seen_by(runs: Sequence[LikelihoodRun]) -> tuple[float, float]:
    """The powers of ten between which the runs' points lie, with a margin."""
    samples = [point["samples"] for run in runs for point in run.points]
    return float(np.log10(min(samples))) - 0.2, float(np.log10(max(samples))) + 0.2


def likelihood_span(runs: Sequence[LikelihoodRun], method: str) -> tuple[float, float]:
    """Where all values and their error bars lie."""
    parts = [point[method][part] for run in runs for point in run.points for part in ("train", "test")]
    low = min(part["mean"] - 2.0 * part["std_error"] for part in parts)
    high = max(part["mean"] + 2.0 * part["std_error"] for part in parts)
    return low - 0.05 * (high - low), high + 0.05 * (high - low)


def _close(figure: go.Figure) -> tuple[float, float]:
    """Where most points lie: the first ones may lie 10^14 nats lower, and would make lines of all curves."""
    values = np.concatenate([np.array(trace.y, float) for trace in figure.data])
    values = values[np.isfinite(values)]
    best, low = float(values.max()), float(np.quantile(values, LOWEST_POINTS))
    margin = 0.05 * (best - low)
    return low - margin, best + margin
