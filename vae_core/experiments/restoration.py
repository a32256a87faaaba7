"""Experiments that one command repeats: `python -m vae_core reproduce restoration --data NAME --out DIR`.

Restoration (sec. 1 and 2.1 promise it, the paper has no numbers): test images with pixels missing, noisy or at a lower
resolution, restored by VAEs and by what a user without one would pick, learnt from the same training images.
"""

from __future__ import annotations

import json
import math
import platform
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from vae_core.bounds import estimate_bound
from vae_core.config import ModelConfig, TrainConfig
from vae_core.data.binarization import binarize, published_draw
from vae_core.data.datasets import load_data
from vae_core.experiments.baselines import (
    BASELINES,
    EVERYTHING,
    Baseline,
    Corruption,
    Training,
    hidden_pixels,
    pca_projection,
    pixel_log_prob,
    tune,
)
from vae_core.experiments.scores import (
    SAMPLES,
    Score,
    calibration,
    coverage,
    mean_score,
    psnr_gain,
    psnr_score,
)
from vae_core.experiments.tables import restoration_tables
from vae_core.files import write_atomic
from vae_core.likelihoods import Gaussian
from vae_core.marginal import LogMarginal
from vae_core.model import VAE
from vae_core.models import load_pretrained
from vae_core.randomness import seed_stream
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


# Ways to p(z|y) that are compared with "posterior", for missing pixels and the first model, and their chains and steps.
COMPARED = ("pseudo_gibbs", "metropolis_within_gibbs", "gradient")
CHAINS, STEPS = 10, 300
DISTANCE_IMAGES, DISTANCE_CHAINS, DISTANCE_SAMPLES = 20, 50, 500
CLEAR = 2.0  # standard errors that a difference must exceed
CEILING = "grey original"


class Task(NamedTuple):
    """The test images `x` (images, data_dim), as they were before they were binarised too (`grey`), what the baselines
    learn from, and the seed of every random stream."""

    data: str
    x: Tensor
    grey: Tensor
    training: Training
    binary: bool
    seed: int

    def stream(self, *names: str) -> torch.Generator:
        """The random stream of one purpose. Each purpose has its own, so a row does not depend on the rows run before it."""
        return seed_stream(torch.Generator(), self.seed, "/".join(["restoration", self.data, *names]), 0)


class Model(NamedTuple):
    """A VAE under its name, and log p(x) of the test images."""

    name: str
    vae: VAE
    log_marginal: LogMarginal


class Case(NamedTuple):
    """One row: how the images are corrupted, what is seen of them, and which pixels that does not give away."""

    name: str
    corruption: Corruption
    observation: Observation
    y: Tensor
    hidden: Bool[Tensor, "images data"]


class Outcome(NamedTuple):
    """What one method did in one case: the squared error of each image, for missing pixels the nats per pixel of each
    image, and the other numbers of the table."""

    errors: Float[Tensor, " images"]
    nats: Float[Tensor, " images"] | None
    numbers: dict[str, Any]


def restoration_task(data: str, num_images: int, seed: int) -> Task:
    """Test images spread evenly over the test set. Where the data set is binarised, they are of the published draw, and the
    training images are binarised too."""
    dataset = load_data(data)
    if not 2 <= num_images <= len(dataset.x_test):
        raise ValueError(f"num_images must lie in 2 ... {len(dataset.x_test)}, got {num_images}")
    indices = torch.arange(num_images) * len(dataset.x_test) // num_images
    x = published_draw(dataset.x_test, dataset.binarization)[indices]
    task = Task(
        data,
        x,
        dataset.x_test[indices],
        Training(dataset.x_train, dataset.image_shape),
        dataset.binarization != "none",
        seed,
    )
    x_train = binarize(dataset.x_train, dataset.binarization, generator=task.stream("training images"))
    return task._replace(training=Training(x_train, dataset.image_shape))


def model_of(task: Task, name: str) -> Model:
    vae, full_mask = vae_named(name, task.data), Mask(torch.ones(task.x.shape[1], dtype=torch.bool))
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
    about: dict[str, Any] = {"log_marginal": as_json(mean_score(model.log_marginal.mean))}
    if model.name in TRAINED_HERE:
        generator = task.stream("bound", model.name)
        elbo = estimate_bound(model.vae, load_data(task.data).x_test, num_samples=16, generator=generator).elbo
        about["trained_here"] = {"test_elbo": as_json(mean_score(elbo))}
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
        "methods": {method: method_numbers(case, outcome) for method, outcome in outcomes.items()},
        "verdict": verdicts(vaes, baseline_outcomes),
    }


def vae_outcome(task: Task, case: Case, model: Model, method: str) -> Outcome:
    names = case.name, model.name, method
    options: dict[str, Any] = {} if method == "posterior" else {"num_chains": CHAINS, "num_steps": STEPS}
    options |= {"num_samples": SAMPLES, "method": method, "generator": task.stream(*names)}
    start = time.process_time()
    result = restore(model.vae, case.y, case.observation, **options)
    numbers: dict[str, Any] = {"seconds": round((time.process_time() - start) / len(case.y), 4)}
    numbers["warnings"] = list(result.diagnostics.warnings)

    truth, samples, where = task.x, result.samples, case.hidden
    if task.binary:  # an interval for a single pixel, 0 or 1, says nothing; one for the number that are on does
        numbers |= calibration_numbers(task.x, result.mean, case.hidden)
        truth, samples = ((x * case.hidden).sum(-1, keepdim=True) for x in (truth, samples))
        where = torch.ones_like(truth, dtype=torch.bool)
    numbers["coverage"] = as_json(coverage(truth, samples, where, generator=task.stream(*names, "ties")))
    nats = None
    if method == "posterior" and isinstance(case.observation, Mask):
        nats, numbers["nats_error_of_method"] = missing_nats(task, case, model)
    return Outcome(squared_error(task.x, result.mean, case.hidden), nats, numbers)


def calibration_numbers(x: Tensor, probability: Tensor, where: Tensor) -> dict[str, Any]:
    result = calibration(x, probability, where)
    bins = {"expected": result.expected.tolist(), "observed": result.observed.tolist()}
    reliability = {key: [round(v, 4) if math.isfinite(v) else None for v in values] for key, values in bins.items()}
    return {
        "calibration_error": as_json(result.error),
        "reliability": {"count": result.counts.tolist(), **reliability},
    }


def missing_nats(task: Task, case: Case, model: Model) -> tuple[Float[Tensor, " images"], float]:
    """[log p(x) - log p(x_observed)] / number of missing pixels, and the random part of its mean's error that more
    importance samples would remove. Each logarithm is biased low, so the difference may err either way."""
    generator, missing = task.stream(case.name, model.name, "log p(y)"), case.hidden.sum(1)
    log_p_x, log_p_y = model.log_marginal, log_evidence(model.vae, case.y, case.observation, generator=generator)
    errors = (log_p_x.std_error.square() + log_p_y.std_error.square()).sqrt() / missing
    return (log_p_x.mean - log_p_y.mean) / missing, round(float(errors.square().sum().sqrt()) / len(missing), 6)


def baseline_outcome(task: Task, case: Case, baseline: Baseline) -> Outcome:
    generator = task.stream(case.name, "tuning")
    tuned_baseline = tune(baseline, task.training, case.corruption, binary=task.binary, generator=generator)
    _ = task.training.components  # computed once, like a VAE's training: not part of the time per image
    start = time.process_time()
    estimate = tuned_baseline.restore(task.training, case.y, case.observation)
    seconds = (time.process_time() - start) / len(case.y)
    nats = None
    if isinstance(case.observation, Mask):
        nats = pixel_log_prob(task.x, estimate, case.hidden, tuned_baseline.spread, task.binary) / case.hidden.sum(1)
    numbers = {"seconds": round(seconds, 4), "setting": tuned_baseline.setting}
    return Outcome(squared_error(task.x, estimate, case.hidden), nats, numbers)


def method_numbers(case: Case, outcome: Outcome) -> dict[str, Any]:
    overall = outcome.errors * case.hidden.double().mean(1)  # a mask's observed pixels have no error
    nats = {} if outcome.nats is None else {"nats_per_pixel": as_json(mean_score(outcome.nats))}
    return {
        "psnr": as_json(psnr_score(outcome.errors)),
        "psnr_overall": as_json(psnr_score(overall)),
        **nats,
        **outcome.numbers,
    }


def verdicts(vaes: dict[str, Outcome], baselines: dict[str, Outcome]) -> dict[str, Any]:
    """The best VAE against the best of the others on the same images, by PSNR and, for missing pixels, by nats."""

    def verdict(value: Callable[[Outcome], float], gain: Callable[[Outcome, Outcome], Score]) -> dict[str, Any]:
        vae, other = (max(group, key=lambda name: value(group[name])) for group in (vaes, baselines))
        score = gain(vaes[vae], baselines[other])
        clear = abs(score.mean) > CLEAR * score.std_error
        best = "level" if not clear else "VAE" if score.mean > 0 else "other"
        return {"vae": vae, "other": other, "gain": as_json(score), "best": best}

    comparison = {"psnr": verdict(lambda a: -float(a.errors.mean()), lambda a, b: psnr_gain(a.errors, b.errors))}
    if next(iter(vaes.values())).nats is not None:
        comparison["nats_per_pixel"] = verdict(
            lambda a: float(nats_of(a).mean()), lambda a, b: mean_score(nats_of(a) - nats_of(b))
        )
    return comparison


def nats_of(outcome: Outcome) -> Float[Tensor, " images"]:
    """The nats per pixel of each image, which every method has where pixels are missing."""
    if outcome.nats is None:
        raise ValueError("nats must be those of a case with missing pixels, got None")
    return outcome.nats


def as_json(score: Score) -> dict[str, float | None]:
    """JSON knows neither infinity nor nan."""
    return {key: round(value, 6) if math.isfinite(value) else None for key, value in score._asdict().items()}


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
        rows[method] = {"value": as_json(mean_score(distance.value)), "floor": round(float(distance.floor.mean()), 4)}
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
    experiment continues. ValueError where existing rows have other settings."""
    if data not in MODELS:
        raise ValueError(f"data must be one of {', '.join(MODELS)}, got {data!r}")
    out.mkdir(parents=True, exist_ok=True)
    file = out / "restoration.json"
    tables = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    settings = {"num_images": num_images, "seed": seed}
    table = tables.setdefault(data, {**settings, "made_with": software_versions(), "models": {}, "rows": {}})
    for key, value in settings.items():
        if table[key] != value:
            raise ValueError(f"{file} has rows with {key} = {table[key]}, not {value}; choose another --out")

    task = restoration_task(data, num_images, seed)
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
    write_atomic(out / "restoration.json", (json.dumps(tables, indent=1, allow_nan=False) + "\n").encode())
    write_atomic(out / "restoration.md", restoration_tables(tables).encode())
