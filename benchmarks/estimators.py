"""How honest the standard errors of log p(x) are: the spread of each estimator over many seeds, by the error that it states.

    python benchmarks/estimators.py

writes docs/results/estimators.md. 1 is honest. A larger number means that the stated error is too small.
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from typing import Any

import torch

import vae_core as vc

SEEDS = 40
LOWEST, HIGHEST = 0.8, 1.3  # bounds of the median ratio
IMAGES = slice(0, 200, 25)  # eight of the published draw, evenly spread over its first 200
IMPORTANCE: dict[str, Any] = {"method": "importance", "num_samples": 5000}
ESTIMATORS: dict[str, dict[str, Any]] = {
    "ELBO, 256 draws": {},
    "importance, encoder": IMPORTANCE | {"proposal": "encoder"},
    "importance, defensive": IMPORTANCE | {"proposal": "defensive"},
    "importance, adaptive": IMPORTANCE | {"proposal": "adaptive"},
    "App. D, chains resampled": {"method": "hmc", "num_samples": 512},
    "annealed importance, 200 temperatures": {"method": "ais", "num_temperatures": 200},
}
BOUND_DRAWS = 256
OUT = Path(__file__).resolve().parent.parent / "docs" / "results" / "estimators.md"
HEAD = """# How honest the stated errors are

Written by `python benchmarks/estimators.py`. {images} images of MNIST's published draw, `{model}`, {seeds} seeds each. The ratio is the standard
deviation of an estimate over the seeds, by the root of its mean squared standard error. 1 is honest; above 1 the stated error is too small. The offset
is the mean estimate less log p(x) by quadrature, in nats; for the ELBO it is minus the gap.

| estimator | median ratio | smallest | largest | offset, nats | images that warn |
| --- | --- | --- | --- | --- | --- |
"""


@torch.no_grad()
def ratios(vae: vc.VAE, x: torch.Tensor, options: dict[str, Any], seeds: int) -> tuple[torch.Tensor, torch.Tensor, int]:
    """Of each image: the spread over the seeds by the stated error, and the mean estimate; and of how many images a seed warned."""
    means, errors, warned = [], [], torch.zeros(len(x), dtype=torch.bool)
    for seed in range(seeds):
        generator = torch.Generator().manual_seed(seed)
        if options:
            result = vc.log_marginal(vae, x, generator=generator, **options)
            means.append(result.mean)
            errors.append(result.std_error)
            if result.ess is not None and options["method"] != "ais":
                warned |= ~(result.ess >= 10)
        else:
            draws = vc.elbo(vae, x.repeat(BOUND_DRAWS, 1), generator=generator).elbo.unflatten(0, (BOUND_DRAWS, -1))
            means.append(draws.double().mean(0))
            errors.append(draws.double().std(0) / math.sqrt(BOUND_DRAWS))
    estimates, stated = torch.stack(means), torch.stack(errors).square().mean(0).sqrt()
    return estimates.std(0) / stated, estimates.mean(0), int(warned.sum())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--out", type=Path, default=OUT)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    vae, x = vc.load_pretrained("mnist-2d"), vc.binarized_test("mnist")[IMAGES]
    truth = vc.log_marginal(vae, x, method="quadrature").mean
    lines = []
    for name, options in ESTIMATORS.items():
        ratio, mean, warned = ratios(vae, x, options, SEEDS)
        offset = float((mean - truth).mean())
        line = f"| {name} | {ratio.median():.2f} | {ratio.min():.2f} | {ratio.max():.2f} | {offset:+.3f} | {warned} |"
        print(line, flush=True)
        lines.append(line)
    text = HEAD.format(images=len(x), model="mnist-2d", seeds=SEEDS) + "\n".join(lines) + "\n"
    args.out.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
