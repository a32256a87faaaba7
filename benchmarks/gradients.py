"""What a training step costs by gradient estimator, as ratios to plain B, in one interleaved run: `python benchmarks/gradients.py`.

Steps of `AEVB` on 100 random images of MNIST's size, 500 tanh units, 20 latent dimensions, Adam. The estimators take turns, so that a busy
moment of the machine hits all of them; the times are the processor's. DReG and IWAE are the gradients of the importance-weighted bound.
"""

import argparse
import json
import os
import statistics
import time
from pathlib import Path

import torch

import vae_core as vc
from vae_core import aevb, training

ROUNDS, STEPS = 25, 4
KINDS = {
    "B": {},
    "A": {"estimator": "A"},
    "STL": {"estimator": "STL"},
    "B, L = 5": {"num_samples": 5},
    "IWAE, k = 5": {"objective": "iwae", "estimator": "A", "num_samples": 5},
    "DReG, k = 5": {"objective": "iwae", "estimator": "STL", "num_samples": 5},
    "DReG, k = 5, through autograd": {"objective": "iwae", "estimator": "STL", "num_samples": 5},
    "DReG, k = 10": {"objective": "iwae", "estimator": "STL", "num_samples": 10},
}


def measure(rounds: int) -> dict[str, dict[str, float]]:
    """Median milliseconds of a step, and its ratio to B's."""
    generator = torch.Generator().manual_seed(0)
    x = (torch.rand(100, 784, generator=generator) < 0.13).float()
    config = vc.ModelConfig(784, (28, 28), 20, (500,))
    algorithms = {name: training.start(config, vc.TrainConfig(**options))[0] for name, options in KINDS.items()}
    times: dict[str, list[float]] = {name: [] for name in KINDS}
    by_hand = aevb.has_gradient_by_hand
    for _ in range(rounds):
        for name, algorithm in algorithms.items():
            aevb.has_gradient_by_hand = (lambda vae: False) if "autograd" in name else by_hand
            began = time.process_time()
            for step in range(STEPS):
                algorithm.step(x, num_train=60_000, generator=generator, step=step, total_steps=STEPS)
            times[name].append((time.process_time() - began) / STEPS)
    median = {name: statistics.median(values[2:]) for name, values in times.items()}
    return {
        name: {"over_B": round(seconds / median["B"], 2), "milliseconds": round(1000 * seconds, 2)}
        for name, seconds in median.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("gradients.json"))
    args = parser.parse_args()
    load = round(os.getloadavg()[0], 1)  # below 1 on a quiet machine
    torch.set_num_threads(1)
    results = measure(args.rounds)
    for name, row in results.items():
        print(f"{name:<34}{row['over_B']:>8.2f}{row['milliseconds']:>10.2f} ms")
    report = {"threads": 1, "torch": torch.__version__, "load_before": load, "rounds": args.rounds, "results": results}
    args.out.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
