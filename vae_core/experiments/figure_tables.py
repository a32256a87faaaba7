"""What the figures show, `figures.json`, as tables for readers: the markdown is made of the JSON alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from vae_core.experiments.figure_grid import (
    CHOICE,
    FEW_IMAGES,
    FIGURES,
    MAIN_WEIGHTS,
    NUM_TRAIN,
    RATES,
    FigureRun,
    all_cells,
)
from vae_core.experiments.tables import plus_minus, read_made

COMMITTED = Path(__file__).with_name("figures.json")
NAMES = {"aevb": "AEVB", "wake_sleep": "wake-sleep", "mcem": "MCEM"}
DATA = {"mnist": "MNIST", "frey_faces": "Frey Faces"}

INTRODUCTION = f"""# Figures 2 to 5 of the paper, made again

Written by `vae_core/experiments/figures.py` from `figures.json` (here `vae_core/experiments/figures.json`), which has the curves, the settings, the seeds and the command of
each run. `python -m vae_core reproduce figures --out DIR` makes what is missing, cell by cell; `--plan` lists the cells.
[reproduce.md](../reproduce.md) sets the numbers beside the paper's.

Sec. 5: tanh units, 500 for MNIST, 200 for Frey Faces, 100 in figure 3. M = 100, L = 1, Adagrad, MAP with p(θ) = N(0, I). The step size is
that of {", ".join(f"{rate:g}" for rate in RATES)} with the highest training bound after {CHOICE:,} samples, chosen with seed 0. First weights: N(0, 0.01) with 0.01
as the standard deviation, or where it says so as the variance. MNIST: the first {NUM_TRAIN["mnist"]:,} training images, binarised anew each time, and
10,000 test images of the published draw. *grey*: its pixels as they are, with a continuous Bernoulli decoder. Its bound is one of a density, and may be above 0.
Frey Faces: the first {NUM_TRAIN["frey_faces"]:,} frames; the test set are the last 365, as one block.

All numbers are nats per image, higher is better, ± the standard error over images (of frames of a film, by their autocorrelation
time). *Train* and *test* are of the same weights: as many training images, from the first on, as there are test images. Hours are of the processor, one thread."""


def read_figures(file: Path) -> dict[str, Any]:
    """The content of a `figures.json`; {} where there is none. DataError for another file."""
    return read_made(file, "figures", check_figures)


def check_figures(figures: dict[str, Any]) -> None:
    """KeyError, TypeError or another of Python's errors unless all that is read of it later is there."""
    figure_tables(figures)
    for entry in figures.get("runs", {}).values():
        _ = [max(bound for bound in entry["rates"].values() if bound is not None)] if "rates" in entry else []
        _ = entry.get("samples", 0) + 0, entry.get("settings", {}).get("images")
    _ = [picture["samples"] + 0 for picture in figures.get("pictures", {}).values()]


def figure_tables(figures: dict[str, Any]) -> str:
    """The content of `figures.json` as markdown."""
    entries = {name: entry for name, entry in figures.get("runs", {}).items() if "curve" in entry}
    runs = {cell.run.name: cell.run for cell in all_cells()}
    lines = [INTRODUCTION, "", f"Made with {figures.get('made_with', 'nothing yet')}."]
    for data in NUM_TRAIN:
        lines += figure2_section(data, {name: entries[name] for name in runs if name in entries}, runs)
    lines += figure3_section(entries, runs) + picture_section(figures.get("pictures", {}))
    return "\n".join([*lines, *missing_section(figures)]) + "\n"


def figure2_section(data: str, entries: dict[str, Any], runs: dict[str, FigureRun]) -> list[str]:
    names = {cell.run.name for cell in all_cells() if cell.figure == "figure2"}
    own = {name: entry for name, entry in entries.items() if runs[name].data == data and name in names}
    if not own:
        return []
    head = [
        "latent size",
        "algorithm",
        "first weights",
        "seed",
        "step size",
        "samples",
        "train",
        "test",
        "train - test",
    ]
    lines = ["", f"## Figure 2: {DATA[data]}", "", *table_head([*head, "hours"])]
    for name, entry in sorted(own.items(), key=lambda item: order(runs[item[0]])):
        run, best = runs[name], f"{rate_in(entry):g}"
        for end in entry["ends"]:
            hours = f"{entry['processor_seconds'] / 3600:.2f}" if end is entry["ends"][-1] else ""
            numbers = [plus_minus(end[part], 2) for part in ("train", "test", "gap")]
            kind = f"{run.weights}{', grey' if run.is_grey else ''}"
            about = [run.latent_dim, NAMES[run.algorithm], kind, run.seed, best, f"{end['samples']:,}"]
            lines.append(row([*about, *numbers, hours]))
    return lines + comparison(own, runs)


def comparison(entries: dict[str, Any], runs: dict[str, FigureRun]) -> list[str]:
    """AEVB less wake-sleep on the test set, where both have come equally far."""
    lines = [
        "",
        "AEVB less wake-sleep on the same test images, after so many samples:",
        "",
        *table_head(["run", "samples", "difference"]),
    ]
    for name in sorted(entries, key=lambda name: order(runs[name])):
        other = name.replace("-aevb", "-wakesleep")
        if other == name or other not in entries:
            continue
        theirs = {end["samples"]: end["test"] for end in entries[other]["ends"]}
        for end in entries[name]["ends"]:
            if end["samples"] in theirs:
                difference = lead_of(end, theirs[end["samples"]])
                lines.append(row([name.replace("-aevb", ""), f"{end['samples']:,}", plus_minus(difference, 2, "+")]))
    return lines if len(lines) > 5 else []


def lead_of(end: dict[str, Any], other_test: dict[str, float]) -> dict[str, Any]:
    """AEVB's lead at one of its ends. Where the images were not paired, the error adds both as if the images were others, and so is too
    large."""
    if "lead" in end:
        return dict(end["lead"])
    mine = end["test"]
    error = (mine["std_error"] ** 2 + other_test["std_error"] ** 2) ** 0.5
    return {"mean": mine["mean"] - other_test["mean"], "std_error": error}


def figure3_section(entries: dict[str, Any], runs: dict[str, FigureRun]) -> list[str]:
    own = {name: entry for name, entry in entries.items() if "log_marginal" in entry}
    if not own:
        return []
    head = [
        "training images",
        "algorithm",
        "step size",
        "samples",
        "App. D: train",
        "test",
        "importance: train",
        "test",
    ]
    lines = ["", "## Figure 3: log p(x)", ""]
    lines += [
        f"100 hidden units, 3 latent dimensions, the first {FEW_IMAGES:,} training and test images. App. D: 50 posterior samples"
    ]
    lines += [
        "(10 chains, 4 leapfrog steps, 50 warm-up steps). Importance: 2,000 adaptive importance samples, biased low.",
        "",
    ]
    lines += table_head([*head, "images a second"])
    for name, entry in sorted(own.items(), key=lambda item: (runs[item[0]].num_train, order(runs[item[0]]))):
        run = runs[name]
        for point in entry["log_marginal"]:
            numbers = [plus_minus(point[m][part], 2) for m in ("hmc", "importance") for part in ("train", "test")]
            speed = f"{entry['samples'] / entry['processor_seconds']:,.0f}"
            about = [f"{run.num_train:,}", NAMES[run.algorithm], f"{rate_in(entry):g}", f"{point['samples']:,}"]
            lines.append(row([*about, *numbers, speed]))
    return lines


def picture_section(pictures: dict[str, Any]) -> list[str]:
    if not pictures:
        return []
    lines = ["", "## Figures 4 and 5", "", "Pictures that the command has written into DIR:", ""]
    return lines + [f"- {name}: {p['run']} after {p['samples']:,} samples" for name, p in sorted(pictures.items())]


def missing_section(figures: dict[str, Any]) -> list[str]:
    """How many cells of each figure are not there yet."""
    counts = {figure: [0, 0] for figure in FIGURES}
    for cell in all_cells():
        counts[cell.figure][0] += 1
        counts[cell.figure][1] += cell.is_in(figures)
    lines = [f"- {figure}: {done} of {count} cells" for figure, (count, done) in counts.items()]
    return ["", "## How far it is", "", *lines]


def rate_in(entry: dict[str, Any]) -> float:
    return float(entry["settings"]["training"]["learning_rate"])


def order(run: FigureRun) -> tuple[bool, bool, int, int, str]:
    return run.is_grey, run.weights != MAIN_WEIGHTS, run.latent_dim, run.seed, run.algorithm


def table_head(names: list[str]) -> list[str]:
    return [row(names), row(["---"] * len(names))]


def row(values: list[Any]) -> str:
    return f"| {' | '.join(map(str, values))} |"
