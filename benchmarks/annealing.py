"""The adaptive estimate of log p(x) beside annealed importance sampling, where no exact value can be had.

    python benchmarks/annealing.py [--model mnist-20d FILE ...]

writes docs/results/annealing.md: 20 images of MNIST's published draw for each model, a pretrained one or a file. The lines of other models
stay. About half an hour of one core a model.
"""

from __future__ import annotations

import argparse
import math
import time
from pathlib import Path

import torch

import vae_core as vc
from vae_core.marginal import LogMarginal

IMAGES, TEMPERATURES, SEED = 20, 10_000, 0
MODELS = ("mnist-20d",)
OUT = Path(__file__).resolve().parent.parent / "docs" / "results" / "annealing.md"
HEAD = f"""# The adaptive estimate beside annealing

Written by `python benchmarks/annealing.py`. The first {IMAGES} images of MNIST's published draw, seed {SEED}. *Adaptive* is the default of
`log_marginal` (5,000 samples); *annealed* is `method="ais"` with {TEMPERATURES:,} temperatures and 16 chains. Nats; ± is the standard error of a
mean over these images, of the estimators alone. The difference is adaptive less annealed: both are low on average, so the higher one is nearer.
*Images apart*: those whose two estimates differ by more than 3 of their joint errors and by more than 0.1 nat.

| model | adaptive | annealed | difference | largest difference of an image | images apart | seconds of processor |
| --- | --- | --- | --- | --- | --- | --- |
"""


def line_of(name: str, adaptive: LogMarginal, annealed: LogMarginal, seconds: tuple[float, float]) -> str:
    """The table's line of one model."""
    difference = adaptive.mean - annealed.mean
    joint = (adaptive.std_error.square() + annealed.std_error.square()).sqrt()
    apart = int(((difference.abs() > 3 * joint) & (difference.abs() > 0.1)).sum())
    means = [f"{float(e.mean.mean()):.3f} ± {error_of(e.std_error):.3f}" for e in (adaptive, annealed)]
    largest = float(difference[difference.abs().argmax()])
    return (
        f"| {name} | {means[0]} | {means[1]} | {float(difference.mean()):+.3f} ± {error_of(joint):.3f} | {largest:+.3f} | {apart} | "
        f"{seconds[0]:,.0f} and {seconds[1]:,.0f} |"
    )


def error_of(errors: torch.Tensor) -> float:
    """The standard error of a mean of independent estimates with these errors."""
    return float(errors.square().sum().sqrt() / len(errors))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", nargs="+", default=MODELS)
    parser.add_argument("--temperatures", type=int, default=TEMPERATURES)
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args()
    torch.set_num_threads(1)
    rows = options.out.read_text(encoding="utf-8").removeprefix(HEAD).splitlines() if options.out.exists() else []
    lines = {row.split(" | ")[0].removeprefix("| "): row for row in rows}
    for model in options.model:
        name = Path(model).stem
        vae = vc.load_pretrained(model) if model in vc.list_pretrained() else vc.load_model(model)
        x = vc.binarized_test("mnist")[:IMAGES]
        results, seconds = [], []
        for settings in ({}, {"method": "ais", "num_temperatures": options.temperatures}):
            start = time.process_time()
            results.append(vc.log_marginal(vae, x, generator=torch.Generator().manual_seed(SEED), **settings))
            seconds.append(time.process_time() - start)
        assert all(math.isfinite(float(result.mean.mean())) for result in results)
        lines[name] = line_of(name, results[0], results[1], (seconds[0], seconds[1]))
        print(lines[name], flush=True)
        options.out.write_text(HEAD + "\n".join(lines.values()) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
