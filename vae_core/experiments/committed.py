"""The committed runs of figures 2 and 3, and what they say of wake-sleep and of over-fitting."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from vae_core.experiments.figure_grid import FigureRun, all_cells
from vae_core.experiments.figure_tables import COMMITTED, lead_of, order, rate_in, read_figures


class PaperRun(NamedTuple):
    """A run of figure 2: its curves in nats per image over the training samples seen, and all that it takes to make it again. `rates` are
    the training bounds by which its step size was chosen, with seed 0."""

    run: FigureRun
    rate: float
    rates: dict[str, float | None]
    samples: np.ndarray
    test: np.ndarray
    train_samples: np.ndarray
    train: np.ndarray
    ends: list[dict[str, Any]]
    hours: float
    command: str


class LikelihoodRun(NamedTuple):
    """A run of figure 3: at each of its `points` log p(x) of training and test images by App. D ("hmc") and by adaptive importance sampling
    ("importance"), in nats per image. `speed`: training images a second on one core, with its share of the test curve."""

    run: FigureRun
    rate: float
    points: list[dict[str, Any]]
    speed: float
    command: str


class Gap(NamedTuple):
    """Train less test bound after so many samples, measured with the same weights, in nats per image."""

    latent_dim: int
    samples: int
    mean: float
    std_error: float


class Lead(NamedTuple):
    """How much higher AEVB's test bound is than wake-sleep's after so many samples, in nats per image."""

    latent_dim: int
    samples: int
    mean: float
    std_error: float
    same_after: int = 0  # samples at AEVB's first point that is not below wake-sleep's last one; 0 where there is none
    last_behind: int = 0  # samples at the last point of the curves where wake-sleep is above AEVB; 0 is never


@cache
def paper_runs(data: str) -> tuple[PaperRun, ...]:
    """The committed runs of figure 2 on a data set with first weights of standard deviation 0.01, by latent size, seed and algorithm."""
    entries, runs = read_figures(COMMITTED)["runs"], {}
    for cell in all_cells():
        if cell.figure == "figure2" and cell.run.data == data and cell.run.is_main:
            runs[cell.run.name] = cell.run
    names = [name for name in runs if "curve" in entries.get(name, {})]
    return tuple(_paper_run(runs[name], entries) for name in sorted(names, key=lambda name: order(runs[name])))


def _paper_run(run: FigureRun, entries: dict[str, Any]) -> PaperRun:
    entry = entries[run.name]
    curve = entry["curve"]
    arrays = {name: np.array(curve[name], float) for name in ("samples", "test", "train_samples", "train")}
    rates = entries[run.name.rpartition("-seed")[0] + "-seed0"].get("rates", {})
    command = f"python -m vae_core reproduce figure2 --cells 'figure2/{run.name}/*' --out DIR"
    hours = entry["processor_seconds"] / 3600
    return PaperRun(run, rate_in(entry), rates, **arrays, ends=entry["ends"], hours=hours, command=command)


@cache
def likelihood_runs() -> tuple[LikelihoodRun, ...]:
    """The committed runs of figure 3, by the number of training images and the algorithm."""
    entries = read_figures(COMMITTED)["runs"]
    runs = {cell.run.name: cell.run for cell in all_cells() if cell.figure == "figure3"}
    return tuple(
        _likelihood_run(run, entries[name])
        for name, run in sorted(runs.items(), key=lambda item: (item[1].num_train, order(item[1])))
        if "log_marginal" in entries.get(name, {})
    )


def _likelihood_run(run: FigureRun, entry: dict[str, Any]) -> LikelihoodRun:
    command = f"python -m vae_core reproduce figure3 --cells 'figure3/{run.name}/*' --out DIR"
    speed = entry["samples"] / entry["processor_seconds"]
    return LikelihoodRun(run, rate_in(entry), entry["log_marginal"], speed, command)


def _key(run: PaperRun) -> tuple[int, str]:
    return run.run.latent_dim, run.run.algorithm


def leads(runs: Sequence[PaperRun]) -> list[Lead]:
    """AEVB's lead over wake-sleep for each latent size, after the most samples that both have seen; of the first seed."""
    own = {_key(run): run for run in runs if run.run.seed == 0}
    pairs = [
        (size, own[size, "aevb"], own[size, "wake_sleep"])
        for size, name in own
        if name == "aevb" and (size, "wake_sleep") in own
    ]
    curves, result = lead_curves(runs), []
    for size, aevb, wake_sleep in pairs:
        ends = _ends(aevb, wake_sleep)
        if ends:
            samples = max(ends)
            bound = next(end["test"]["mean"] for end in wake_sleep.ends if end["samples"] == samples)
            same, last = _same_after(runs, size, bound), _last_behind(*curves[size])
            result.append(Lead(size, samples, **ends[samples], same_after=same, last_behind=last))
    return result


def _ends(aevb: PaperRun, wake_sleep: PaperRun) -> dict[int, dict[str, Any]]:
    """AEVB's measured lead by samples, where both runs have an end."""
    others = {end["samples"]: end["test"] for end in wake_sleep.ends}
    return {end["samples"]: lead_of(end, others[end["samples"]]) for end in aevb.ends if end["samples"] in others}


def lead_curves(runs: Sequence[PaperRun]) -> dict[int, tuple[np.ndarray, np.ndarray]]:
    """AEVB's lead on test images by latent size: the samples (points,) at which both curves are known, and nats (points,) per image; of the
    first seed. A point is the difference of the curves, or where both runs have an end, of these, which have more draws."""
    by_run = {_key(run): run for run in runs if run.run.seed == 0}
    curves = {}
    for size in sorted({size for size, _ in by_run}):
        aevb, wake_sleep = by_run.get((size, "aevb")), by_run.get((size, "wake_sleep"))
        if aevb and wake_sleep:
            samples = np.intersect1d(aevb.samples[aevb.samples > 0], wake_sleep.samples)
            own, other = (run.test[np.isin(run.samples, samples)] for run in (aevb, wake_sleep))
            lead = own - other
            for count, measured in _ends(aevb, wake_sleep).items():
                lead[samples == count] = measured["mean"]
            curves[size] = samples, lead
    return curves


def _same_after(runs: Sequence[PaperRun], latent_dim: int, bound: float) -> int:
    """The samples at the first point of AEVB's test curve that reaches a bound; of the first seed. 0 where none does."""
    curve = next(run for run in runs if (*_key(run), run.run.seed) == (latent_dim, "aevb", 0))
    reached = curve.samples[curve.test >= bound]
    return int(reached[0]) if len(reached) else 0


def _last_behind(samples: np.ndarray, lead: np.ndarray) -> int:
    return int(samples[lead < 0.0].max(initial=0))


def gaps(runs: Sequence[PaperRun], algorithm: str = "aevb") -> list[Gap]:
    """The gap of each latent size after as many samples as all of them have seen; of the first seed."""
    own = [run for run in runs if run.run.algorithm == algorithm and run.run.seed == 0]
    if not own:
        return []
    common = set.intersection(*({end["samples"] for end in run.ends} for run in own))
    if not common:
        return []
    rows = [(run, next(end for end in run.ends if end["samples"] == max(common))) for run in own]
    return [
        Gap(run.run.latent_dim, end["samples"], *map(end["gap"].__getitem__, ("mean", "std_error")))
        for run, end in rows
    ]
