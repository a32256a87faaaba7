"""Experiments that one command repeats: `python -m vae_core reproduce restoration --data NAME --out DIR`.

Restoration (sec. 1 and 2.1 promise it, the paper has no numbers): test images with pixels missing, noisy or at a lower
resolution, restored by VAEs and by what a user without one would pick, learnt from the same training images.
"""

from __future__ import annotations

import json
import math
import platform
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import torch

from vae_core.bounds import estimate_bound
from vae_core.config import ModelConfig, TrainConfig
from vae_core.data.binarization import binarize, published_draw
from vae_core.data.datasets import is_sequence, load_data
from vae_core.experiments.baselines import (
    BASELINES,
    EVERYTHING,
    Baseline,
    Corruption,
    Training,
    hidden_pixels,
    pca_projection,
)
from vae_core.experiments.outcomes import (
    STEPS,
    Case,
    Model,
    Outcome,
    Task,
    as_json,
    baseline_outcome,
    method_numbers,
    vae_outcome,
    verdicts,
)
from vae_core.experiments.scores import mean_score
from vae_core.experiments.tables import read_tables, restoration_tables
from vae_core.files import remove_parts, write_atomic
from vae_core.likelihoods import Gaussian
from vae_core.locks import lock_folder
from vae_core.model import VAE
from vae_core.models import load_pretrained
from vae_core.restoration.block_means import BlockMeans
from vae_core.restoration.distances import squared_error, total_variation
from vae_core.restoration.grid import observation_grid
from vae_core.restoration.observations import BitFlips, GaussianNoise, Mask, Observation, hidden_part, random_mask
from vae_core.restoration.restore import log_evidence, restore
from vae_core.training import fit, start

MODELS = {"digits": ("digits-2d",), "mnist": ("mnist-20d",), "frey_faces": ("frey-20d", "frey-2d")}
DISTANCE_MODELS = {"digits": "digits-2d", "mnist": "mnist-2d", "frey_faces": "frey-2d"}
TRAINED_HERE = {  # as frey-2d, with 20 latent dimensions; 250 and 800 epochs were worse on the last 300 training frames
    "frey-20d": (
        ModelConfig(560, (28, 20), 20, (200,), Gaussian.name, variance="per_pixel", variance_floor=1e-3),
        TrainConfig(epochs=400, schedule="cosine", binarization="none", initialization="glorot"),
    )
}
# Ways to p(z|y) that are compared with "posterior", for missing pixels and the first model.
COMPARED = ("pseudo_gibbs", "metropolis_within_gibbs", "gradient")
DISTANCE_IMAGES, DISTANCE_CHAINS, DISTANCE_SAMPLES = 20, 50, 500
CEILING = "grey original"
JSON_FILE, TABLES_FILE = "restoration.json", "restoration.md"


def restoration_task(data: str, num_images: int, seed: int) -> Task:
    """Test images spread evenly over the test set. Where the data set is binarised, they are of the published draw, and the
    training images are binarised too."""
    dataset = load_data(data)
    if not 2 <= num_images <= len(dataset.x_test):
        raise ValueError(f"num_images must lie in 2 ... {len(dataset.x_test)}, got {num_images}")
    indices = torch.arange(num_images, device="cpu") * len(dataset.x_test) // num_images
    x = published_draw(dataset.x_test, dataset.binarization)[indices]
    task = Task(
        data,
        x,
        dataset.x_test[indices],
        Training(dataset.x_train, dataset.image_shape),
        dataset.binarization != "none",
        seed,
        dataset.origin,
        dataset.fingerprint,
        is_sequence(data),
    )
    x_train = binarize(dataset.x_train, dataset.binarization, generator=task.stream("training images"))
    return task._replace(training=Training(x_train, dataset.image_shape))


def model_of(task: Task, name: str) -> Model:
    vae, full_mask = vae_named(name, task.data), Mask(torch.ones(task.x.shape[1], dtype=torch.bool, device="cpu"))
    return Model(name, vae, log_evidence(vae, task.x, full_mask, generator=task.stream("log p(x)", name)))


def vae_named(name: str, data: str) -> VAE:
    """A pretrained model, or one of TRAINED_HERE, which is trained now and not saved."""
    if name not in TRAINED_HERE:
        return load_pretrained(name)
    algorithm, generator = start(*TRAINED_HERE[name])
    for _ in fit(algorithm, load_data(data), generator=generator):
        pass
    return algorithm.vae.eval()


def about_model(model: Model, task: Task) -> dict[str, Any]:
    """log p(x) of the table's test images; for a model without a card also the bound of the whole test set."""
    about: dict[str, Any] = {"log_marginal": as_json(mean_score(model.log_marginal.mean, is_sequence=task.is_sequence))}
    if model.name in TRAINED_HERE:
        generator = task.stream("bound", model.name)
        elbo = estimate_bound(model.vae, load_data(task.data).x_test, num_samples=16, generator=generator).elbo
        about["trained_here"] = {"test_elbo": as_json(mean_score(elbo, is_sequence=task.is_sequence))}
    return about


def corruptions(image_shape: tuple[int, ...], binary: bool) -> dict[str, Corruption]:
    """The rows of the table."""
    data_dim = math.prod(image_shape)

    def random_pixels(share: float, count: int, generator: torch.Generator) -> Observation:
        return Mask(random_mask((count, data_dim), share, generator=generator))

    def always(observation: Observation) -> Corruption:
        return lambda count, generator: observation

    rows: dict[str, Corruption] = {
        f"{share:.0%} of pixels missing": partial(random_pixels, share) for share in (0.2, 0.5, 0.8)
    }
    rows["lower half missing"] = always(Mask(hidden_part("lower-half", image_shape)))
    rows["centre block missing"] = always(Mask(hidden_part("centre", image_shape)))
    if binary:
        rows |= {f"{share:.0%} of pixels flipped": always(BitFlips(share)) for share in (0.1, 0.2, 0.3)}
    else:
        rows |= {f"Gaussian noise of scale {s:g}": always(GaussianNoise(s)) for s in (0.1, 0.2, 0.4)}
    return rows | {f"{f}x super-resolution": always(BlockMeans(f, image_shape)) for f in (2, 4)}


# -- one row -----------------------------------------------------------------------------------------------------


def restoration_row(task: Task, name: str, corruption: Corruption, models: list[Model]) -> dict[str, Any]:
    """All methods on the same y, and whether a VAE beats the best of the others."""
    observation = corruption(len(task.x), task.stream(name, "observation"))
    y = observation.corrupt(task.x, generator=task.stream(name, "y"))
    case = Case(name, corruption, observation, y, hidden_pixels(observation, task.x))
    masked = isinstance(observation, Mask)

    vaes = {model.name: vae_outcome(task, case, model, "posterior") for model in models}
    sampler_outcomes = {
        f"{models[0].name}, {method}": vae_outcome(task, case, models[0], method)
        for method in (COMPARED if masked else ())
    }
    baselines = BASELINES | {
        f"PCA, {size} components": Baseline(pca_projection, EVERYTHING, (size,))
        for size in sorted({model.vae.config.latent_dim for model in models})
    }
    baseline_outcomes = {
        baseline_name: baseline_outcome(task, case, baseline)
        for baseline_name, baseline in baselines.items()
        if isinstance(observation, baseline.handles)
    }
    ceiling = {}
    if task.binary and masked:  # noise and block means tell something about the binarised draw itself
        ceiling[CEILING] = Outcome(squared_error(task.x, task.grey, case.hidden), None, {})
    outcomes = vaes | sampler_outcomes | baseline_outcomes | ceiling
    return {
        "hidden_pixels": float(case.hidden.double().sum(1).mean()),
        "methods": {method: method_numbers(task, case, outcome) for method, outcome in outcomes.items()},
        "verdict": verdicts(task, vaes, baseline_outcomes),
    }


# -- how far from the exact p(z|y) -------------------------------------------------------------------------------


def distances(task: Task) -> dict[str, Any]:
    """How far each method's draws are from the exact p(z|y), in total variation: two latent dimensions, lower half hidden, draws
    from the second half of the chains. `floor` is what the same number of exact draws would show."""
    vae = load_pretrained(DISTANCE_MODELS[task.data])
    observation = Mask(hidden_part("lower-half", task.training.image_shape))
    y = observation.corrupt(task.x[:DISTANCE_IMAGES], generator=torch.Generator())
    grid = observation_grid(vae, y, observation)
    rows = {}
    for method in ("posterior", *COMPARED):
        options: dict[str, Any] = {} if method == "posterior" else {"num_chains": DISTANCE_CHAINS, "num_steps": STEPS}
        options |= {"num_samples": DISTANCE_SAMPLES, "method": method, "generator": task.stream("distance", method)}
        distance = total_variation(restore(vae, y, observation, **options).z, grid)
        rows[method] = {
            "value": as_json(mean_score(distance.value, is_sequence=task.is_sequence)),
            "floor": round(float(distance.floor.mean()), 4),
        }
    settings = {"num_samples": DISTANCE_SAMPLES, "num_chains": DISTANCE_CHAINS, "num_steps": STEPS}
    return {"model": DISTANCE_MODELS[task.data], "num_images": len(y), **settings, "methods": rows}


# -- the experiment, a row at a time -----------------------------------------------------------------------------


def run_restoration(
    data: str,
    out: Path,
    *,
    num_images: int = 100,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, Any]:
    """Fill DIR/restoration.json row by row, and write DIR/restoration.md from it. Existing rows are kept, so an interrupted
    experiment continues. ValueError where existing rows have other settings, DataError where the file is no such table, and
    FolderInUse where another process fills it."""
    if data not in MODELS:
        raise ValueError(f"data must be one of {', '.join(MODELS)}, got {data!r}")
    task = restoration_task(data, num_images, seed)
    lock = lock_folder(out)
    try:
        remove_parts(out, (JSON_FILE, TABLES_FILE))
        return _fill(out, task, num_images, progress)
    finally:
        lock.release()


def _fill(out: Path, task: Task, num_images: int, progress: Callable[[int, int], None] | None) -> dict[str, Any]:
    """`run_restoration` in a folder that is locked."""
    file, data = out / JSON_FILE, task.data
    if (out / TABLES_FILE).exists() and not file.exists():
        raise ValueError(
            f"{out / TABLES_FILE} would be overwritten and has no {JSON_FILE} beside it; choose another --out"
        )
    tables = read_tables(file)
    settings = {"num_images": num_images, "seed": task.seed, "images": task.fingerprint}
    about = {"data_from": task.origin, "made_with": software_versions(), "models": {}, "rows": {}}
    table = tables.setdefault(data, settings | about)
    for key, value in settings.items():
        kept = table.get(key, value)  # version 0.1.0 kept no fingerprint of the images
        if type(kept) is not type(value) or kept != value:
            raise ValueError(f"{file} has rows with {key} = {kept!r}, not {value!r}; choose another --out")

    rows = corruptions(task.training.image_shape, task.binary)
    missing = [name for name in rows if name not in table["rows"]]
    models = [model_of(task, name) for name in (MODELS[data] if missing else ())]
    table["models"] |= {model.name: about_model(model, task) for model in models}
    for name in missing:
        table["rows"][name] = restoration_row(task, name, rows[name], models)
        save(out, tables)
        if progress:
            progress(len(table["rows"]), len(rows) + 1)
    if "distances" not in table:
        table["distances"] = distances(task)
    save(out, tables)
    if progress:
        progress(len(rows) + 1, len(rows) + 1)
    return table


def software_versions() -> str:
    return f"torch {torch.__version__}, Python {platform.python_version()}, {platform.machine()}"


def save(out: Path, tables: dict[str, Any]) -> None:
    write_atomic(out / JSON_FILE, (json.dumps(tables, indent=1, allow_nan=False) + "\n").encode())
    write_atomic(out / TABLES_FILE, restoration_tables(tables).encode())
