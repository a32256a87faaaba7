"""The paper's figures 2 to 5 made again: `python -m vae_core reproduce figure2 --out DIR`, cell by cell (`figure_grid`).

DIR/runs holds a checkpoint of each run, DIR/figures.json what the figures show, and DIR/figures.md the same as tables.
"""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from vae_core.algorithm import Algorithm
from vae_core.checkpoint import load_checkpoint, save_checkpoint
from vae_core.data.binarization import published_draw
from vae_core.data.datasets import is_sequence, load_data
from vae_core.data.records import Dataset
from vae_core.errors import DataError, TrainingDiverged
from vae_core.experiments.figure_grid import (
    CHOICE,
    DRAWN,
    FEW_IMAGES,
    RATES,
    Cell,
    FigureRun,
    cells_of,
    rate_donor,
)
from vae_core.experiments.figure_tables import figure_tables, read_figures
from vae_core.experiments.outcomes import as_json
from vae_core.experiments.restoration import software_versions
from vae_core.experiments.scores import mean_score
from vae_core.files import remove_parts, write_atomic
from vae_core.history import History
from vae_core.latent import manifold, mosaic
from vae_core.locks import lock_folder
from vae_core.marginal import log_marginal
from vae_core.model import VAE
from vae_core.posterior import simulate
from vae_core.randomness import draw_seed, seed_stream
from vae_core.training import FitState, fit, start

JSON_FILE, TABLES_FILE, RUNS = "figures.json", "figures.md", "runs"
SAVE_SECONDS = 30.0
MOST_POINTS = 60  # of a curve, evenly spaced in the logarithm of the samples
APPENDIX_D = {
    "num_samples": 50,
    "num_chains": 10,
    "num_leapfrog": 4,
    "num_warmup": 50,
}  # the first and third: the paper's
IMPORTANCE = {"num_samples": 2000}
DRAWN_SAMPLES, GRID = 100, 20


@cache
def images_of(data: str, num_train: int, num_test: int | None) -> Dataset:
    """The first training and test images of a set."""
    dataset = load_data(data)
    return replace(
        dataset, x_train=dataset.x_train[:num_train], x_test=dataset.x_test[:num_test], y_train=None, y_test=None
    )


def dataset_of(run: FigureRun) -> Dataset:
    return images_of(run.data, run.num_train, run.num_test)


# -- one run ---------------------------------------------------------------------------------------------------------


class Trained(NamedTuple):
    """A run that has come so far, and the processor's seconds that all its steps took, in every session."""

    algorithm: Algorithm
    history: History
    seconds: float


def train_to(runs: Path, run: FigureRun, rate: float, samples: int) -> Trained | None:
    """Train a run up to so many samples, or go on with what is kept of it in the folder `runs`. It keeps a checkpoint at most
    SAVE_SECONDS old. None where it diverges."""
    dataset, config = dataset_of(run), run.train_config(rate, samples)
    path = checkpoint_of(runs, run, rate)
    clock = path.with_suffix(".seconds")
    if path.exists():
        algorithm, state = load_checkpoint(path)
        algorithm.config, seconds = config, float(clock.read_text()) if clock.exists() else 0.0
    else:
        algorithm, generator = start(run.model_config, config)
        state, seconds = FitState(draw_seed(generator), dataset.new_history(config)), 0.0
    begin, last_save = time.process_time() - seconds, time.monotonic()
    try:
        for event in fit(algorithm, dataset, state=state):
            if event.finished or time.monotonic() - last_save > SAVE_SECONDS:
                save_checkpoint(path, algorithm, state)
                write_atomic(clock, f"{time.process_time() - begin:.2f}".encode())
                last_save = time.monotonic()
    except TrainingDiverged:
        return None
    return Trained(algorithm, state.history, time.process_time() - begin)


def checkpoint_of(runs: Path, run: FigureRun, rate: float) -> Path:
    return runs / f"{run.name}-rate{rate:g}.safetensors"


def choose_rate(runs: Path, run: FigureRun) -> dict[str, float | None]:
    """The training bound of each step size after CHOICE samples, over the last epoch of them: None where it diverged. The runs that
    lose are deleted."""
    bounds: dict[str, float | None] = {}
    for rate in RATES:
        trained = train_to(runs, run, rate, CHOICE)
        bounds[f"{rate:g}"] = None if trained is None else _train_value(trained.history, CHOICE)
    best = best_rate(bounds)
    for rate in RATES:
        if rate != best:
            for path in runs.glob(f"{run.name}-rate{rate:g}.*"):
                with suppress(OSError):
                    path.unlink()
    return bounds


def best_rate(bounds: dict[str, float | None]) -> float:
    """The step size with the highest training bound. DataError where every run diverged."""
    finite = {rate: bound for rate, bound in bounds.items() if bound is not None}
    if not finite:
        raise DataError(f"the runs of all step sizes {', '.join(bounds)} diverged, so none of them can be chosen")
    return float(max(finite, key=lambda rate: finite[rate]))


def _train_value(history: History, samples: int) -> float:
    record = [record for record in history.records if record.samples_seen <= samples][-1]
    return float(getattr(record, f"train_{history.about.terms[0]}"))


def curve_of_run(history: History) -> dict[str, Any]:
    """At most MOST_POINTS points of the two curves. A training point is a mean over the minibatches since the record before it, so it
    lies in the middle between the two."""
    term, records = history.about.terms[0], history.records
    kept = np.unique(np.geomspace(1, len(records) - 1, MOST_POINTS).round().astype(int)).tolist()
    pairs = [(records[index - 1], records[index]) for index in kept]
    return {
        "term": term,
        "samples": [record.samples_seen for _, record in pairs],
        "test": [round(getattr(record, f"test_{term}"), 3) for _, record in pairs],
        "train_samples": [(before.samples_seen + record.samples_seen) // 2 for before, record in pairs],
        "train": [round(getattr(record, f"train_{term}"), 3) for _, record in pairs],
    }


# -- what a figure shows of a run ------------------------------------------------------------------------------------


def stream(run: FigureRun, *names: str) -> torch.Generator:
    """The random stream of one purpose."""
    return seed_stream(torch.Generator(), run.seed, "/".join(["figures", run.name, *names]), 0)


def ends(algorithm: Algorithm, run: FigureRun) -> dict[str, Any]:
    """The run's own curve on training and test images with the same weights, and their difference, which is what over-fitting adds."""
    values = {}
    for part, x in images_for_bounds(run).items():
        terms = algorithm.evaluate(x, generator=stream(run, "bound", part))
        values[part] = mean_score(terms[0].double(), is_sequence=is_sequence(run.data))
    gap, error = values["train"].mean - values["test"].mean, sum(v.std_error**2 for v in values.values()) ** 0.5
    return {part: as_json(value) for part, value in values.items()} | {
        "gap": {"mean": round(gap, 6), "std_error": round(error, 6)}
    }


def lead(runs: Path, rates: dict[FigureRun, float], samples: int) -> dict[str, Any] | None:
    """How much higher the first run's curve is than the second's on the test images. They are paired, so that the difficulty of an image,
    which both share, cancels in the standard error. None unless the checkpoints of both have seen so many samples."""
    bounds = []
    for run, rate in rates.items():
        if not (path := checkpoint_of(runs, run, rate)).exists():
            return None
        algorithm, state = load_checkpoint(path)
        if state.history.records[-1].samples_seen != samples:
            return None
        x = images_for_bounds(run)["test"]
        bounds.append(algorithm.evaluate(x, generator=stream(run, "bound", "test"))[0].double())
    return as_json(mean_score(bounds[0] - bounds[1], is_sequence=is_sequence(run.data)))


def images_for_bounds(run: FigureRun, count: int | None = None) -> dict[str, Tensor]:
    """All test images, and as many training images from the first on, both of the published draw."""
    dataset = dataset_of(run)
    count = len(dataset.x_test) if count is None else count
    parts = {"train": dataset.x_train[:count], "test": dataset.x_test[:count]}
    binarization = run.train_config(RATES[0], 1).binarization
    return {part: published_draw(x, binarization) if binarization != "none" else x for part, x in parts.items()}


def log_marginals(vae: VAE, run: FigureRun, count: int = FEW_IMAGES) -> dict[str, Any]:
    """log p(x) of the first training and test images: by App. D as the paper has it, and by adaptive importance sampling."""
    result: dict[str, Any] = {}
    methods: dict[str, dict[str, Any]] = {"hmc": APPENDIX_D, "importance": IMPORTANCE}
    for method, options in methods.items():
        for part, x in images_for_bounds(run, count).items():
            estimate = log_marginal(vae, x, method=method, generator=stream(run, method, part), **options)
            result.setdefault(method, {})[part] = as_json(mean_score(estimate.mean.double())) | {
                "warnings": list(estimate.warnings)
            }
    return result


def picture(vae: VAE, cell: Cell) -> Tensor:
    """Figure 4: the decoded manifold through the inverse Gaussian CDF. Figure 5: the means of p(x|z) for random z."""
    if cell.figure == "figure4":
        images = manifold(vae, GRID, "probability")
    else:
        side = round(DRAWN_SAMPLES**0.5)
        z, _ = simulate(vae, DRAWN_SAMPLES, generator=stream(cell.run, "samples"))
        with torch.no_grad():
            images = vae.decode(z).mean.unflatten(0, (side, side))
    return mosaic(images, vae.config.image_shape)


def write_picture(path: Path, pixels: Tensor) -> None:
    buffer = io.BytesIO()
    Image.fromarray((pixels.clamp(0.0, 1.0) * 255).round().to(torch.uint8).numpy()).save(buffer, "PNG")
    write_atomic(path, buffer.getvalue())


# -- cell by cell ----------------------------------------------------------------------------------------------------


def run_figures(
    names: tuple[str, ...], out: Path, *, pattern: str = "*", progress: Callable[[int, int, str], None] | None = None
) -> dict[str, Any]:
    """Make the cells of these figures that match the pattern and are not in DIR/figures.json yet. An interrupted run goes on where its
    last checkpoint is. DataError where the file is no such table, and FolderInUse where another process fills it."""
    cells = cells_of(names, pattern)
    lock = lock_folder(out)
    try:
        runs = out / RUNS
        runs.mkdir(exist_ok=True)
        remove_parts(out, (JSON_FILE, TABLES_FILE))
        remove_parts(runs, {path.name for path in runs.iterdir()})
        figures = read_figures(out / JSON_FILE)
        for done, cell in enumerate(cells):
            if progress:
                progress(done, len(cells), cell.name)
            if not cell.is_in(figures):
                make_cell(figures, out, cell)
                save(out, figures)
        if progress:
            progress(len(cells), len(cells), "")
    finally:
        lock.release()
    return figures


def make_cell(figures: dict[str, Any], out: Path, cell: Cell) -> None:
    """Train the cell's run as far as it goes, and put what its figure shows into `figures`."""
    run, runs, dataset = cell.run, figures.setdefault("runs", {}), dataset_of(cell.run)
    figures.setdefault("made_with", software_versions())
    rate = rate_of(figures, out, run)
    entry = runs.setdefault(run.name, {})
    if entry.get("settings", {}).get("images", dataset.fingerprint) != dataset.fingerprint:
        raise DataError(f"{out / JSON_FILE} is of other images of {run.data}: choose another --out")
    trained = train_to(out / RUNS, run, rate, cell.samples)
    if trained is None:
        raise DataError(f"the run {run.name} diverged with the step size {rate:g}, with which shorter runs did not")
    algorithm, history, seconds = trained
    samples = history.records[-1].samples_seen
    about = {"num_train": run.num_train, "num_test": len(dataset.x_test), "images": dataset.fingerprint}
    about |= {"data_from": dataset.origin}
    training = algorithm.config.to_dict() | algorithm.options_dict()
    entry |= {
        "settings": {"model": run.model_config.to_dict(), "training": training} | about,
        "command": cell.command,
        "samples": samples,
        "processor_seconds": round(seconds, 3),
        "curve": curve_of_run(history),
    }
    add_point(entry, "ends", samples, lambda: ends(algorithm, run))
    if cell.figure == "figure2":
        add_lead(figures, out / RUNS, run, samples)
    if cell.figure == "figure3":
        add_point(entry, "log_marginal", samples, lambda: log_marginals(algorithm.vae, run))
    if cell.figure in DRAWN:
        write_picture(out / cell.picture, picture(algorithm.vae, cell))
        figures.setdefault("pictures", {})[cell.picture] = {"run": run.name, "samples": samples}


def add_point(entry: dict[str, Any], name: str, samples: int, measure: Callable[[], dict[str, Any]]) -> None:
    """Measure something after so many samples, unless it has been."""
    points = entry.setdefault(name, [])
    if all(point["samples"] != samples for point in points):
        points.append({"samples": samples} | measure())


def add_lead(figures: dict[str, Any], runs: Path, run: FigureRun, samples: int) -> None:
    """AEVB's lead over wake-sleep after so many samples, once both runs are there; it stands with AEVB's ends."""
    pair = [replace(run, algorithm=name) for name in ("aevb", "wake_sleep")]
    entries = [figures["runs"].get(rate_donor(run).name, {}) for run in pair]
    if run.algorithm not in ("aevb", "wake_sleep") or not all("rates" in entry for entry in entries):
        return
    rates = {run: best_rate(entry["rates"]) for run, entry in zip(pair, entries, strict=True)}
    difference = lead(runs, rates, samples)
    for end in figures["runs"].get(pair[0].name, {}).get("ends", []):
        if end["samples"] == samples and difference is not None:
            end["lead"] = difference


def rate_of(figures: dict[str, Any], out: Path, run: FigureRun) -> float:
    """The step size of a run, chosen now if it has not been."""
    donor = rate_donor(run)
    entry = figures["runs"].setdefault(donor.name, {})
    if "rates" not in entry:
        entry["rates"] = choose_rate(out / RUNS, donor)
        save(out, figures)
    return best_rate(entry["rates"])


def save(out: Path, figures: dict[str, Any]) -> None:
    write_atomic(out / JSON_FILE, (json.dumps(figures, indent=1, allow_nan=False) + "\n").encode())
    write_atomic(out / TABLES_FILE, figure_tables(figures).encode())
