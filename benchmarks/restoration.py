"""Seconds of processor time per image of `vae_core.restore` on MNIST's test images, on one thread:
`python benchmarks/restoration.py [--num-images 100] [--out benchmarks/restoration.json]`.

Processor time, not the clock's: it hardly depends on what else the machine does.
"""

from __future__ import annotations

import argparse
import json
import platform
import time
from pathlib import Path

import torch

import vae_core as vc

SHAPE = (28, 28)
OBSERVATIONS = {
    "lower half hidden": vc.Mask(vc.hidden_part("lower-half", SHAPE)),
    "flips 0.1": vc.BitFlips(0.1),
    "Gaussian noise 0.5": vc.GaussianNoise(0.5),
    "2x": vc.BlockMeans(2, SHAPE),
    "4x": vc.BlockMeans(4, SHAPE),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--num-images", type=int, default=100)
    parser.add_argument("--out", type=Path, default=Path(__file__).with_suffix(".json"))
    args = parser.parse_args()
    torch.set_num_threads(1)
    x = vc.binarized_test("mnist")[: args.num_images]
    seconds: dict[str, dict[str, float]] = {}
    for name in ("mnist-20d", "mnist-2d"):
        vae = vc.load_pretrained(name)
        seconds[name] = {}
        for what, observation in OBSERVATIONS.items():
            y = observation.corrupt(x, generator=torch.Generator().manual_seed(1))
            began = time.process_time()
            restoration = vc.restore(vae, y, observation, generator=torch.Generator().manual_seed(2))
            seconds[name][what] = round((time.process_time() - began) / len(x), 3)
            print(f"{name}, {what}: {seconds[name][what]} s an image; {restoration.diagnostics.warnings}", flush=True)
    report = {
        "what": "processor seconds per image, 100 samples each, one thread",
        "num_images": len(x),
        "machine": platform.processor() or platform.machine(),
        "torch": torch.__version__,
        "seconds": seconds,
    }
    args.out.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
