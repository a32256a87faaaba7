"""How long the cells of figures 2 to 5 take on this machine, by a measurement of a few steps."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import cache
from pathlib import Path

from vae_core.data.minibatches import Minibatches
from vae_core.experiments.figure_grid import (
    CHOICE,
    FEW_IMAGES,
    MAIN_WEIGHTS,
    RATES,
    FigureRun,
    all_cells,
    cells_of,
    rate_donor,
)
from vae_core.experiments.figure_tables import read_figures
from vae_core.experiments.figures import JSON_FILE, dataset_of, images_for_bounds, log_marginals
from vae_core.model import VAE
from vae_core.randomness import seeded
from vae_core.training import start

MEASURED_STEPS, MEASURED_IMAGES = 20, 20


def plan(names: tuple[str, ...], out: Path, *, pattern: str = "*") -> dict[str, str]:
    """Each cell in order: done, or the core hours that it will take by a measurement of a few steps on this machine."""
    figures = read_figures(out / JSON_FILE)
    reached = {name: entry.get("samples", 0) for name, entry in figures.get("runs", {}).items()}
    lines, total = {}, 0.0
    for cell in cells_of(names, pattern):
        if cell.is_in(figures):
            lines[cell.name] = "done"
            continue
        samples = max(0, cell.exact_samples - reached.get(cell.run.name, 0))
        if rate_donor(cell.run) == cell.run and "rates" not in figures.get("runs", {}).get(cell.run.name, {}):
            samples += 0 if cell.run.name in reached else (len(RATES) - 1) * CHOICE
        seconds = samples * seconds_per_sample(cell.run) + (seconds_of_estimates() if cell.figure == "figure3" else 0.0)
        reached[cell.run.name] = max(cell.exact_samples, reached.get(cell.run.name, 0))
        lines[cell.name] = f"{seconds / 3600:.2f} core hours"
        total += seconds / 3600
    return lines | {"all together": f"{total:.1f} core hours"}


@cache
def seconds_per_sample(run: FigureRun) -> float:
    """The processor's time of one training sample, with its share of the test curve."""
    if run.seed or run.weights != MAIN_WEIGHTS:  # which cost the same
        return seconds_per_sample(replace(run, seed=0, weights=MAIN_WEIGHTS))
    config, dataset = run.train_config(RATES[0], CHOICE), dataset_of(run)
    algorithm, generator = start(run.model_config, config)
    batches = Minibatches(dataset.x_train, config.binarization, config.batch_size, 0)
    begin = time.process_time()
    for step in range(MEASURED_STEPS):
        algorithm.step(batches.draw(step, generator), num_train=run.num_train, generator=generator)
    per_step = (time.process_time() - begin) / MEASURED_STEPS
    x, begin = images_for_bounds(run)["test"], time.process_time()
    algorithm.evaluate(x, generator=generator)
    return per_step / config.batch_size + (time.process_time() - begin) / run.num_train


@cache
def seconds_of_estimates() -> float:
    """The processor's time of figure 3's estimates of log p(x), which does not depend on how the model was trained."""
    run = next(cell.run for cell in all_cells() if cell.figure == "figure3")
    vae, begin = VAE(run.model_config, generator=seeded(0)), time.process_time()
    log_marginals(vae, run, MEASURED_IMAGES)
    return (time.process_time() - begin) * FEW_IMAGES / MEASURED_IMAGES
