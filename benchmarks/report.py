"""A page of the benchmarks' results, from their JSON files: `python benchmarks/report.py` (or `make bench`).

Writes report.html, and beside it plotly.min.js out of the installed Plotly: the page needs no network, and only the
small file is kept in the repository. So after cloning, run this once and open benchmarks/report.html.
"""

import html
import json
from pathlib import Path
from typing import Any

import plotly.graph_objects as go
from plotly.offline import get_plotlyjs

from aevb_lab.theme import CLASS_COLORS, LIGHT

FOLDER = Path(__file__).resolve().parent
OURS = "vae_core"
INTRODUCTION = """Each number was measured by the command above its chart and is kept in the JSON file of that name. Ratios
are medians of interleaved epochs; see each script's first lines for what is compared and how."""


def figure(title: str, x: str, y: str, **layout: Any) -> go.Figure:
    chart = go.Figure()
    chart.update_layout(
        title=title, xaxis_title=x, yaxis_title=y, height=380, margin={"l": 70, "r": 70, "t": 60, "b": 60},
        paper_bgcolor=LIGHT.surface, plot_bgcolor=LIGHT.surface, font={"color": LIGHT.text, "size": 14},
        legend={"orientation": "h", "y": -0.3, "yanchor": "top"},
    )  # fmt: skip
    chart.update_layout(**layout)
    chart.update_xaxes(gridcolor=LIGHT.grid, linecolor=LIGHT.muted, automargin=True)
    chart.update_yaxes(gridcolor=LIGHT.grid, linecolor=LIGHT.muted, automargin=True, rangemode="tozero")
    return chart


def bars(title: str, values: dict[str, float], unit: str, form: str) -> go.Figure:
    """A bar for each name, ours in a colour of its own, the first on top."""
    chart = figure(title, unit, "", height=120 + 32 * len(values), yaxis={"autorange": "reversed"})
    colours = [LIGHT.latent if name.startswith(OURS) else LIGHT.prior for name in values]
    chart.add_bar(
        x=list(values.values()), y=list(values), orientation="h", marker_color=colours, texttemplate=form,
        textposition="outside", cliponaxis=False, hovertemplate=f"%{{y}}: {form}<extra></extra>",
    )  # fmt: skip
    return chart


def line(title: str, values: dict[str, float], x: str, y: str, log: bool = True) -> go.Figure:
    chart = figure(title, x, y, xaxis={"type": "log" if log else "linear", "tickvals": [float(at) for at in values]})
    chart.add_scatter(
        x=[float(at) for at in values], y=list(values.values()), mode="lines+markers", line_color=LIGHT.latent
    )
    return chart


def training(report: dict[str, Any]) -> list[go.Figure]:
    charts = []
    for batch, rows in report["results"].items():
        values = {name: row["over_floor"] for name, row in rows.items()}
        title = f"Time of an epoch over the floor's, {batch}, {report['threads']} threads"
        charts.append(bars(title, values, "times the floor (less is better)", "%{x:.2f}"))
    return charts


def scaling(report: dict[str, Any]) -> list[go.Figure]:
    images = report["images"]
    labels = {"batch": "batch size", "latent": "latent dimensions", "hidden": "hidden units", "cores": "threads"}
    charts = [
        line(f"Images a second by {label}", report[name], label, "images/s", log=name != "cores")
        for name, label in labels.items()
    ]
    seconds = {count: row["seconds"] for count, row in images.items()}
    charts.append(line("An epoch by the number of images", seconds, "training images", "seconds an epoch", log=False))
    memory = figure("Memory by the number of images", "training images", "MiB")
    kinds = {
        "data_mib": ("the data, as floats", LIGHT.data),
        "memory_mib": ("training, besides the data", LIGHT.latent),
    }
    for key, (name, colour) in kinds.items():
        x, y = [int(count) for count in images], [row[key] for row in images.values()]
        memory.add_scatter(x=x, y=y, name=name, mode="lines+markers", line_color=colour)
    return [*charts, memory]


def evaluation(report: dict[str, Any]) -> list[go.Figure]:
    rates = {name: row["samples_per_second"] for name, row in report["rates"].items()}
    title = f"Importance samples a second, {report['num_samples']:,} an image, {report['threads']} threads"
    memory = line("Peak memory of log_marginal, 100 images", report["memory_mib"], "samples an image", "MiB")
    return [bars(title, rates, "samples/s (more is better)", "%{x:,}"), memory]


def time_to_bound(report: dict[str, Any]) -> list[go.Figure]:
    chart = figure(f"-ELBO of the test images by seconds of training, {report['threads']} threads", "seconds", "nats")
    for (name, row), colour in zip(report["loops"].items(), CLASS_COLORS, strict=False):
        x, y = zip(*row["curve"], strict=True)
        width = 4 if name.startswith(OURS) else 2
        chart.add_scatter(x=x, y=y, name=name, mode="lines+markers", line={"color": colour, "width": width})
    chart.add_hline(report["target"], line_dash="dot", line_color=LIGHT.muted)
    chart.update_yaxes(rangemode="normal")
    return [chart]


def main() -> None:
    parts = [
        "<!doctype html><html lang='en'><meta charset='utf-8'><meta name='viewport' content='width=device-width'>",
        "<title>AEVB Lab: benchmarks</title><style>body { font: 16px/1.5 system-ui; max-width: 1000px; margin: 2rem auto; "
        f"padding: 0 1rem; color: {LIGHT.text}; background: {LIGHT.surface} }} code {{ background: {LIGHT.grid} }}</style>",
        f"<h1>Benchmarks</h1><p>{INTRODUCTION}</p>",
        "<p id='missing' hidden>plotly.min.js is missing: run <code>python benchmarks/report.py</code> once.</p>",
        "<script src='plotly.min.js' onerror=\"document.getElementById('missing').hidden = false\"></script>",
    ]
    for charts in (training, scaling, evaluation, time_to_bound):
        path = FOLDER / f"{charts.__name__}.json"
        if not path.exists():
            print(f"{path.name} is not there; python benchmarks/{charts.__name__}.py makes it")
            continue
        report = json.loads(path.read_text(encoding="utf-8"))
        where = f"torch {report['torch']}, load of the machine before it began: {report.get('load_before', 'not kept')}"
        parts.append(f"<p><code>python benchmarks/{charts.__name__}.py</code>, {html.escape(where)}</p>")
        for chart in charts(report):
            chart.update_layout(template="none")
            parts.append(chart.to_html(full_html=False, include_plotlyjs=False, config={"displaylogo": False}))
    (FOLDER / "report.html").write_text("\n".join(parts) + "\n", encoding="utf-8")
    (FOLDER / "plotly.min.js").write_text(get_plotlyjs(), encoding="utf-8")


if __name__ == "__main__":
    main()
