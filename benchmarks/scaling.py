"""How the speed of `vc.fit` depends on batch size, latent size, hidden size, threads and the number of images:
`python benchmarks/scaling.py` (about three minutes). Images a second, beside the plain torch loop where it has the same
model; for the number of images also seconds an epoch and the memory that training takes besides the data.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import torch

import vae_core as vc

SECONDS = 2.0
BATCH_SIZES = (1, 10, 100, 1000, 10_000)
LATENT_DIMS = (2, 10, 50, 200)
HIDDEN_DIMS = (100, 250, 500, 1000, 2000)
IMAGES = (2_500, 5_000, 10_000, 20_000, 40_000, 60_000)


def images_per_second(dataset: vc.Dataset, *, batch: int = 100, latent: int = 2, hidden: int = 500) -> float:
    """Of `fit`, everything included, over whole steps of at least SECONDS, after as many steps as warm up."""
    config = vc.ModelConfig(784, (28, 28), latent_dim=latent, hidden_dims=(hidden,))
    algorithm = vc.AEVB(
        vc.VAE(config, generator=torch.Generator().manual_seed(0)), vc.TrainConfig(epochs=1000, batch_size=batch)
    )
    began = seen = None
    start = time.perf_counter()
    for event in vc.fit(algorithm, dataset, generator=torch.Generator().manual_seed(1)):
        now = time.perf_counter()
        if began is None and event.step >= 3 and now - start > 0.5 * SECONDS:
            began, seen = now, event.samples_seen
        elif began is not None and now - began > SECONDS:
            return (event.samples_seen - seen) / (now - began)
    raise RuntimeError("the run ended before the clock")


def epoch_of(num_images: int, threads: int) -> dict[str, float]:
    """Mean seconds of the third and fourth epoch, and the peak of memory above the loaded data, in a process of its own."""
    torch.set_num_threads(threads)
    full = vc.load_data("mnist")
    dataset = replace(
        full, x_train=full.x_train[:num_images].clone(), x_test=full.x_test[:1000], y_train=None, y_test=None
    )
    del full
    algorithm = vc.AEVB(
        vc.VAE(
            vc.ModelConfig(784, (28, 28), latent_dim=2, hidden_dims=(500,)), generator=torch.Generator().manual_seed(0)
        ),
        vc.TrainConfig(epochs=1000),
    )
    steps, times = -(-num_images // 100), []
    before = resident_bytes()
    for event in vc.fit(algorithm, dataset, generator=torch.Generator().manual_seed(1)):
        if event.step % steps == 0:
            times.append(time.perf_counter())
        if len(times) == 5:  # with the one before the first step
            break
    peak = resident_bytes(peak=True) - before
    data = dataset.x_train.numel() * 4 / 2**20
    return {"seconds": (times[4] - times[2]) / 2, "memory_mib": peak, "data_mib": data}


def resident_bytes(peak: bool = False) -> float:
    """MiB of this process: now, or at most so far since the last call that asked for now."""
    if peak:
        status = Path("/proc/self/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0]) / 1024
    Path("/proc/self/clear_refs").write_text("5")  # sets the peak back to what there is now
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 2**20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--out", type=Path, default=Path(__file__).with_suffix(".json"))
    parser.add_argument("--epoch-of", type=int, help="only this many images, in this process; prints JSON")
    args = parser.parse_args()
    if args.epoch_of:
        print(json.dumps(epoch_of(args.epoch_of, args.threads)))
        return
    load = round(os.getloadavg()[0], 1)  # below 1 on a quiet machine
    torch.set_num_threads(args.threads)
    full = vc.load_data("mnist")
    dataset = replace(full, x_train=full.x_train[:20_000], x_test=full.x_test[:1000], y_train=None, y_test=None)
    report: dict = {"threads": args.threads, "torch": torch.__version__, "load_before": load, "seconds_each": SECONDS}

    def sweep(name: str, values: tuple[int, ...]) -> None:
        report[name] = {}
        for value in values:
            report[name][value] = rate = round(images_per_second(dataset, **{name: value}))
            print(f"{name:>8} {value:>6,}: {rate:>9,} images/s")

    sweep("batch", BATCH_SIZES)
    sweep("latent", LATENT_DIMS)
    sweep("hidden", HIDDEN_DIMS)
    report["cores"] = {}
    for count in range(1, (os.cpu_count() or 1) + 1):
        torch.set_num_threads(count)
        report["cores"][count] = rate = round(images_per_second(dataset))
        print(f" threads {count:>6,}: {rate:>9,} images/s")
    report["images"] = {}
    for count in IMAGES:
        command = [sys.executable, __file__, "--epoch-of", str(count), "--threads", str(args.threads)]
        row = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        report["images"][count] = row
        print(
            f"  images {count:>6,}: {row['seconds']:.2f} s an epoch, {1e6 * row['seconds'] / count:.1f} us an image; memory "
            f"{row['memory_mib']:.0f} MiB above the data's {row['data_mib']:.0f} MiB"
        )
    args.out.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
