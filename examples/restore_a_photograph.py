"""Restore a photograph of a digit whose lower half is lost: the answers that fit, with their shares, and what is certain.

    python examples/restore_a_photograph.py [--photograph mine.png] [--out restored.png]

Without a photograph it makes one of a test image: dark ink on bright paper, larger than the data's images, and a little noisy.
"""

import argparse
import io
from pathlib import Path

import numpy as np
import torch
from PIL import Image

import vae_core as vc


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photograph", type=Path)
    parser.add_argument("--out", type=Path, default=Path("restored.png"))
    options = parser.parse_args()

    vae = vc.load_pretrained("digits-2d")
    content = options.photograph.read_bytes() if options.photograph else photograph()
    image = vc.studies.encode_picture(vae, content, data="digits", binarization="threshold")
    x = torch.as_tensor(image.x).reshape(1, 64)

    seen = torch.arange(64) < 32  # the upper half
    draws = vc.restore(vae, x, vc.Mask(seen), num_samples=100, generator=torch.Generator().manual_seed(0))
    damage = vc.studies.Damage("cover pixels", vc.studies.hidden_text(~seen.numpy()))
    repair = vc.studies.repair(vae, x[0], damage)
    for number, answer in enumerate(repair.answers, 1):
        print(f"answer {number} has {answer.weight:.0%} of p(z given what is seen)")
    print(f"the least certain pixel has a standard deviation of {float(draws.std.max()):.2f}")

    strip = np.concatenate(
        [part.reshape(8, 8) for part in (x[0].numpy(), draws.mean[0].numpy(), draws.std[0].numpy())], axis=1
    )
    Image.fromarray(np.uint8(255 * np.kron(strip.clip(0, 1), np.ones((16, 16))))).save(options.out)
    print(f"{options.out}: what was, E[x|y], and how uncertain each pixel is")


def photograph() -> bytes:
    """A test image as a camera sees it."""
    digit = vc.load_data("digits").x_test[3].reshape(8, 8).numpy()
    paper = np.full((400, 300), 0.9)
    paper[90:330, 30:270] -= 0.8 * np.kron(digit, np.ones((30, 30)))
    paper += 0.01 * np.random.default_rng(0).standard_normal(paper.shape)
    file = io.BytesIO()
    Image.fromarray(np.uint8(255 * paper.clip(0, 1))).save(file, "PNG")
    return file.getvalue()


if __name__ == "__main__":
    main()
