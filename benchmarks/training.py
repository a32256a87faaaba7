"""Training speed as ratios, in one interleaved run: `python benchmarks/training.py` (or `make bench`).

An epoch of each loop is timed in turn, many times over, so that a busy moment of the machine hits all of them; the table
gives the median time over the floor's. The data are 6,000 training and 1,000 test images, so that an epoch is short and
our `fit` pays for its evaluation, its events and its history in every epoch, in the proportion of real MNIST.

The floor is torch's own matrix products (MKL's on a CPU) and a fused Adam. `vae_core.layers` takes oneDNN's products,
which on processors that are not Intel's are faster: so `fit` may be below the floor. The last row is the floor with
those products, for how far `fit` is from the best this machine can do.
"""

import argparse
import json
import os
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import torch
from loops import matrix_products, training_loops

import vae_core as vc
from vae_core import layers

ROUNDS = 15
WARM_UP = 3  # rounds; they hold fit's frequent first frames
FLOOR = "floor: matrix products + fused Adam"


def measure(batch: int, rounds: int) -> dict[str, dict[str, float]]:
    """Median seconds an epoch of every loop, over the floor's, and images a second."""
    full = vc.load_data("mnist")
    dataset = replace(
        full, x_train=full.x_train[:6000], y_train=full.y_train[:6000], x_test=full.x_test[:1000], y_test=None
    )
    steps = -(-len(dataset.x_train) // batch)
    loops: dict[str, Callable[[], Iterator]] = {
        "matrix products": lambda: matrix_products(steps, batch, adam=False),
        FLOOR: lambda: matrix_products(steps, batch, adam=True),
        **training_loops(dataset, batch),
    }
    if layers.HAS_ONEDNN:
        loops["the floor with oneDNN's products"] = lambda: matrix_products(
            steps, batch, adam=True, product=lambda a, b, bias=None: layers.product(a, b.t(), bias)
        )
    running = {name: make() for name, make in loops.items()}
    times: dict[str, list[float]] = {name: [] for name in running}
    for _ in range(WARM_UP + rounds):
        for name, loop in running.items():
            began = time.perf_counter()
            next(loop)
            times[name].append(time.perf_counter() - began)
    median = {name: statistics.median(values[WARM_UP:]) for name, values in times.items()}
    return {
        name: {"over_floor": round(seconds / median[FLOOR], 3), "images_per_second": round(6000 / seconds)}
        for name, seconds in median.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--batch-sizes", type=int, nargs="+", default=[100, 500])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("training.json"))
    args = parser.parse_args()
    load = round(os.getloadavg()[0], 1)  # below 1 on a quiet machine
    torch.set_num_threads(args.threads)
    results = {}
    for batch in args.batch_sizes:
        results[f"batch {batch}"] = rows = measure(batch, args.rounds)
        ours = rows["vae_core.fit"]["over_floor"]
        print(
            f"\nbatch {batch}, {args.threads} threads\n{'loop':<42}{'over floor':>12}{'over fit':>10}{'images/s':>12}"
        )
        for name, row in rows.items():
            over = row["over_floor"]
            print(f"{name:<42}{over:>12.2f}{over / ours:>10.2f}{row['images_per_second']:>12,}")
    report = {
        "threads": args.threads,
        "torch": torch.__version__,
        "load_before": load,
        "rounds": args.rounds,
        "results": results,
    }
    args.out.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
