"""Importance samples a second of `vc.log_marginal`, against loops over the images; memory; and what all of MNIST takes
with `mnist-2d`:
`python benchmarks/evaluation.py` (two minutes; `--full` measures all 10,000
test images, many minutes).

The loops estimate the same log p(x) of the same images, one after the other, with 784-500-2-500-784 after an epoch:
- all samples of an image in one tensor, with torch.distributions;
- 100 samples at a time, with torch.distributions;
- one sample at a time, as the formula is read (a fiftieth of the samples; a rate all the same);
- pythae's own `get_nll`, 100 samples at a time, where pythae is installed.
"""

import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import torch
from loops import installed, ours, pythae_model
from scaling import resident_bytes
from torch import nn
from torch.distributions import Bernoulli, Independent, Normal

import vae_core as vc

NUM_SAMPLES = 5000
IMAGES = 20
ROUNDS = 5
ONE_BY_ONE = "per image, one sample at a time"
MEMORY_SAMPLES = (1000, 5000, 20_000)


def plain_layers(vae: vc.VAE) -> nn.ModuleList:
    """The model as torch's own layers, as a peer would have it."""
    layers = nn.ModuleList()
    for part in (vae.encoder, vae.decoder):
        for trained in (part[0], part[2]):
            layer = nn.Linear(trained.in_features, trained.out_features)
            layer.load_state_dict(trained.state_dict())
            layers.append(layer)
    return layers


@torch.no_grad()
def per_image(layers: nn.ModuleList, x: torch.Tensor, num_samples: int, at_a_time: int) -> torch.Tensor:
    """log p(x) of each image, as one writes it down."""
    prior = Independent(Normal(torch.zeros(2), torch.ones(2)), 1)
    results = []
    for image in x:
        loc, log_var = layers[1](torch.tanh(layers[0](image))).chunk(2, -1)
        q = Independent(Normal(loc, torch.exp(0.5 * log_var)), 1)
        log_w = []
        for _ in range(num_samples // at_a_time):
            z = q.sample((at_a_time,))
            p = Independent(Bernoulli(logits=layers[3](torch.tanh(layers[2](z)))), 1)
            log_w.append(p.log_prob(image) + prior.log_prob(z) - q.log_prob(z))
        results.append(torch.cat(log_w).logsumexp(0) - math.log(num_samples))
    return torch.stack(results)


def samples_per_second(vae: vc.VAE, x: torch.Tensor) -> dict[str, dict[str, float]]:
    layers = plain_layers(vae)
    fewer = NUM_SAMPLES // 50
    ways: dict[str, Callable[[], float]] = {
        "vae_core.log_marginal": lambda: float(
            vc.log_marginal(
                vae, x, num_samples=NUM_SAMPLES, proposal="encoder", generator=torch.Generator().manual_seed(0)
            ).mean.mean()
        ),
        "per image, all samples at once": lambda: float(per_image(layers, x, NUM_SAMPLES, NUM_SAMPLES).mean()),
        "per image, 100 samples at a time": lambda: float(per_image(layers, x, NUM_SAMPLES, 100).mean()),
        ONE_BY_ONE: lambda: float(per_image(layers, x, fewer, 1).mean()),
    }
    if installed("pythae"):
        model = pythae_model(layers).eval()

        def get_nll() -> float:
            with torch.no_grad():
                return float(model.get_nll(x, n_samples=NUM_SAMPLES, batch_size=100))

        ways["pythae's get_nll"] = get_nll
    torch.manual_seed(0)
    times: dict[str, list[float]] = {name: [] for name in ways}
    values = {}
    for _ in range(ROUNDS):
        for name, way in ways.items():
            began = time.perf_counter()
            values[name] = way()
            times[name].append(time.perf_counter() - began)
    median = {name: statistics.median(seconds) for name, seconds in times.items()}
    median[ONE_BY_ONE] *= NUM_SAMPLES / fewer
    least = median["vae_core.log_marginal"]
    return {
        name: {
            "samples_per_second": round(len(x) * NUM_SAMPLES / seconds),
            "times_ours": round(seconds / least, 2),
            "log_p": round(values[name], 3),
        }
        for name, seconds in median.items()
    }


def peak_memory(num_samples: int, threads: int) -> float:
    """MiB that `log_marginal` of 100 images takes at its peak."""
    torch.set_num_threads(threads)
    vae, x = vc.load_pretrained("mnist-2d"), vc.binarized_test("mnist")[:100].clone()
    before = resident_bytes()
    vc.log_marginal(vae, x, num_samples=num_samples, proposal="encoder", generator=torch.Generator().manual_seed(0))
    return round(resident_bytes(peak=True) - before, 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--full", action="store_true", help="all 10,000 test images, with their mean log p(x)")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_suffix(".json"))
    parser.add_argument("--memory-of", type=int, help="only the memory of this many samples; prints MiB")
    args = parser.parse_args()
    if args.memory_of:
        print(peak_memory(args.memory_of, args.threads))
        return
    load = round(os.getloadavg()[0], 1)  # below 1 on a quiet machine
    torch.set_num_threads(args.threads)
    vae, x = vc.load_pretrained("mnist-2d"), vc.binarized_test("mnist")
    rows = samples_per_second(next(ours(vc.load_data("mnist"), 100)), x[:IMAGES])
    print(f"{'importance samples':<36}{'samples/s':>12}{'x ours':>8}{'log p(x)':>10}")
    for name, row in rows.items():
        print(f"{name:<36}{row['samples_per_second']:>12,}{row['times_ours']:>8.2f}{row['log_p']:>10.2f}")
    memory = {}
    for count in MEMORY_SAMPLES:
        command = [sys.executable, __file__, "--memory-of", str(count), "--threads", str(args.threads)]
        memory[count] = float(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[-1])
        print(f"{count:>6,} samples of 100 images: {memory[count]:.0f} MiB at the peak")
    report = {
        "threads": args.threads,
        "torch": torch.__version__,
        "load_before": load,
        "num_samples": NUM_SAMPLES,
        "images": IMAGES,
    }
    report |= {"rates": rows, "memory_mib": memory}
    part = x if args.full else x[:100]
    began = time.perf_counter()
    result = vc.log_marginal(vae, part, num_samples=NUM_SAMPLES, generator=torch.Generator().manual_seed(0))
    seconds = time.perf_counter() - began
    report["mnist"] = {
        "images": len(part),
        "seconds": round(seconds, 1),
        "seconds_of_10000": round(seconds * 10_000 / len(part), 1),
        "mean_log_p": round(float(result.mean.mean()), 3),
        "std_error": round(float(result.mean.std() / math.sqrt(len(part))), 3),
    }
    how = "measured" if args.full else f"extrapolated from {len(part)}"
    print(
        f"log p(x) of 10,000 images with {NUM_SAMPLES:,} samples each: {report['mnist']['seconds_of_10000']:,.0f} s ({how})"
    )
    args.out.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
