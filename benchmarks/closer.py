"""Look closer: seconds for the first look at an image once its model is warm, and how far its grid is from the refined one.

    python benchmarks/closer.py [--images 40]

CPU seconds of one thread, which other work on the machine disturbs little; nothing is cached between images."""

import argparse
import logging
import time

import numpy as np
import torch

logging.disable(logging.WARNING)  # Streamlit's, outside a server
from aevb_lab import cached  # noqa: E402
from aevb_lab.session.images import examples_for  # noqa: E402
from aevb_lab.session.models import load_model  # noqa: E402

MODELS = ("digits-2d", "mnist-2d", "frey-2d", "digits-ae")


def measure(name: str, num_images: int) -> str:
    model = load_model(name)
    examples = examples_for(model)
    if examples is None:
        return f"{name:10} its images are not on this machine"
    began = time.process_time()
    cached.decoded_grid(model)
    decoding = time.process_time() - began
    seconds, off = [], []
    for row in np.random.default_rng(0).choice(len(examples.x), min(num_images, len(examples.x)), replace=False):
        began = time.process_time()
        close_up = cached.close_up(model, int(row))
        seconds.append(time.process_time() - began)
        off.append(abs(close_up.log_marginal - close_up.refined_log_marginal))
    median, most = np.quantile(seconds, [0.5, 0.95])
    return f"{name:10} {decoding:6.2f} {median:7.3f} {most:6.3f}   {max(off):.1e}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=40)
    options = parser.parse_args()
    torch.set_num_threads(1)
    print("model      decode  median    p95   largest error of log p(x), nats")
    for name in MODELS:
        print(measure(name, options.images), flush=True)
