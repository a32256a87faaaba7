"""What one method did in one case of the restoration experiment: its errors, its numbers for the table, who was best."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from vae_core.experiments.baselines import Baseline, Corruption, Training, tune
from vae_core.experiments.scores import (
    SAMPLES,
    Score,
    calibration,
    calibration_floor,
    coverage,
    mean_score,
    psnr_gain,
    psnr_score,
)
from vae_core.marginal import LogMarginal
from vae_core.model import VAE
from vae_core.randomness import seed_stream
from vae_core.restoration.distances import squared_error
from vae_core.restoration.observations import Mask, Observation
from vae_core.restoration.restore import log_evidence, restore

CHAINS, STEPS = 10, 300  # for the samplers other than "posterior"
CLEAR = 2.0  # standard errors that a difference must exceed


class Task(NamedTuple):
    """The test images `x` (images, data_dim), as they were before they were binarised too (`grey`), what the baselines
    learn from, the seed of every random stream, `origin` and `fingerprint` of the `Dataset`, and whether the images are frames of a film."""

    data: str
    x: Tensor
    grey: Tensor
    training: Training
    binary: bool
    seed: int
    origin: str
    fingerprint: str
    is_sequence: bool

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
        numbers |= calibration_numbers(task.x, result.samples, result.mean, case.hidden)
        truth, samples = ((x * case.hidden).sum(-1, keepdim=True) for x in (truth, samples))
        where = torch.ones_like(truth, dtype=torch.bool)
    ties = task.stream(*names, "ties")
    numbers["coverage"] = as_json(coverage(truth, samples, where, generator=ties, is_sequence=task.is_sequence))
    nats = None
    if method == "posterior" and isinstance(case.observation, Mask):
        nats, numbers["nats_error_of_method"] = missing_nats(task, case, model)
        single = single_pixel_nats(task, case, model, result.z)
        numbers["single_pixel_nats"] = as_json(mean_score(single, is_sequence=task.is_sequence))
    return Outcome(squared_error(task.x, result.mean, case.hidden), nats, numbers)


def calibration_numbers(x: Tensor, samples: Tensor, probability: Tensor, where: Tensor) -> dict[str, Any]:
    result = calibration(x, probability, where)
    bins = {"expected": result.expected.tolist(), "observed": result.observed.tolist()}
    reliability = {key: [round(v, 4) if math.isfinite(v) else None for v in values] for key, values in bins.items()}
    return {
        "calibration_error": as_json(result.error),
        "calibration_floor": round(calibration_floor(samples, probability, where), 6),
        "reliability": {"count": result.counts.tolist(), **reliability},
    }


def missing_nats(task: Task, case: Case, model: Model) -> tuple[Float[Tensor, " images"], float]:
    """[log p(x) - log p(x_observed)] / number of missing pixels, and the random part of its mean's error that more
    importance samples would remove. Each logarithm is biased low, so the difference may err either way."""
    generator, missing = task.stream(case.name, model.name, "log p(y)"), case.hidden.sum(1)
    log_p_x, log_p_y = model.log_marginal, log_evidence(model.vae, case.y, case.observation, generator=generator)
    errors = (log_p_x.std_error.square() + log_p_y.std_error.square()).sqrt() / missing
    return (log_p_x.mean - log_p_y.mean) / missing, round(float(errors.square().sum().sqrt()) / len(missing), 6)


@torch.no_grad()
def single_pixel_nats(
    task: Task, case: Case, model: Model, z: Float[Tensor, "samples images latent"]
) -> Float[Tensor, " images"]:
    """The mean of log p(x_d|y) over the missing pixels d, each by itself: a mixture of p(x_d|z) over the draws of p(z|y). The joint
    `missing_nats` are larger by what missing pixels say of each other."""
    log_probs: list[Tensor] = []
    for draws, x, where in zip(z.unbind(1), task.x, case.hidden, strict=True):
        pixels = model.vae.decode(draws).base_dist.log_prob(x).double()  # (samples, data)
        log_probs.append((pixels.logsumexp(0) - math.log(len(draws)))[where].mean())
    return torch.stack(log_probs)


def baseline_outcome(task: Task, case: Case, baseline: Baseline) -> Outcome:
    generator = task.stream(case.name, "tuning")
    tuned_baseline = tune(baseline, task.training, case.corruption, binary=task.binary, generator=generator)
    _ = (
        task.training.components,
        task.training.covariance,
    )  # computed once, like a VAE's training: not part of the time per image
    start = time.process_time()
    estimate = tuned_baseline.restore(task.training, case.y, case.observation)
    seconds = (time.process_time() - start) / len(case.y)
    nats = None
    if isinstance(case.observation, Mask):
        log_prob = tuned_baseline.log_prob(task.training, task.x, estimate, case.observation, task.binary)
        nats = log_prob / case.hidden.sum(1)
    numbers = {"seconds": round(seconds, 4), "setting": tuned_baseline.setting}
    return Outcome(squared_error(task.x, estimate, case.hidden), nats, numbers)


def method_numbers(task: Task, case: Case, outcome: Outcome) -> dict[str, Any]:
    overall = outcome.errors * case.hidden.double().mean(1)  # a mask's observed pixels have no error
    nats = (
        {}
        if outcome.nats is None
        else {"nats_per_pixel": as_json(mean_score(outcome.nats, is_sequence=task.is_sequence))}
    )
    return {
        "psnr": as_json(psnr_score(outcome.errors, is_sequence=task.is_sequence)),
        "psnr_overall": as_json(psnr_score(overall, is_sequence=task.is_sequence)),
        **nats,
        **outcome.numbers,
    }


def verdicts(task: Task, vaes: dict[str, Outcome], baselines: dict[str, Outcome]) -> dict[str, Any]:
    """The best VAE against the best of the others on the same images, by PSNR and, for missing pixels, by nats."""

    def verdict(value: Callable[[Outcome], float], gain: Callable[[Outcome, Outcome], Score]) -> dict[str, Any]:
        vae, other = (max(group, key=lambda name: value(group[name])) for group in (vaes, baselines))
        score = gain(vaes[vae], baselines[other])
        clear = abs(score.mean) > CLEAR * score.std_error
        best = "level" if not clear else "VAE" if score.mean > 0 else "other"
        return {"vae": vae, "other": other, "gain": as_json(score), "best": best}

    film = task.is_sequence
    comparison = {
        "psnr": verdict(lambda a: -float(a.errors.mean()), lambda a, b: psnr_gain(a.errors, b.errors, is_sequence=film))
    }
    if next(iter(vaes.values())).nats is not None:
        comparison["nats_per_pixel"] = verdict(
            lambda a: float(nats_of(a).mean()), lambda a, b: mean_score(nats_of(a) - nats_of(b), is_sequence=film)
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
