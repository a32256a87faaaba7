"""How many bits test images take: by bits-back coding with each pretrained model, and by other programs; and what the limit is.

    python benchmarks/coding.py [--models mnist-20d ...] [--num-images N] [--keep-others] [--limits]

writes docs/results/coding.json and coding.md; with --limits, after that, vae_core/experiments/limits.json and docs/results/limits.md. Every message is read again, and the
images have to come back bit for bit.
"""

from __future__ import annotations

import argparse
import json
import math
import platform
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch

import vae_core as vc
from vae_core.averages import error_of_mean
from vae_core.coding.bits_back import Codec
from vae_core.coding.message import HEADER_BYTES, read_header
from vae_core.coding.pixels import code_of
from vae_core.coding.rivals import rivals
from vae_core.data.datasets import is_sequence
from vae_core.experiments import limits

MODELS = {
    "digits-2d": "digits",
    "mnist-2d": "mnist",
    "mnist-20d": "mnist",
    "mnist-50d": "mnist",
    "mnist-50d-iwae": "mnist",
    "frey-2d": "frey_faces",
    "emoji-2d": "emoji_like",
}
BOUND_DRAWS, LIMIT_IMAGES, LIMIT_DRAWS = 16, 1000, 1000
SPLIT_IMAGES, SPLIT_STEPS, SPLIT_DRAWS, SPLIT_RATE = 100, 500, 16, 0.02
RESULTS = Path(__file__).resolve().parent.parent / "docs" / "results"
LIMITS_FILE = limits.COMMITTED
HEAD = """# How many bits an image takes

Written by `python benchmarks/coding.py` from its measurements, [coding.json](coding.json). Made with {made_with}, one thread.

## Bits-back coding

All test images of a data set as one message, `vc.compress(vae, x)`, and back, `vc.decompress(vae, message)`. Every image came back bit for bit. *Bits* are of the
whole message, with its header of {header} bytes and the bits on the stack at the beginning. *Bound* is -ELBO / ln 2 with {draws} draws of z for each image, ± its standard error over images; *by the bound* is the length over it. Seconds are of the processor, one thread.
Grey pixels have 8 bits here, while the ELBO of a Gaussian decoder is of densities. Their bound is that of these values: the pixels' bits at draws of z, and the KL. Messages of few images are longer than
the bound says: the header is a part of them, and so are the bits at the beginning.

"""
RIVALS = """
## Other programs on the same images

Bits per image, and per pixel. General programs get all images together, packed and as a byte a pixel, and the shorter result counts. *Knows* is what a program may
know before it sees these images: a VAE has seen all training images, and none of its weights is in the message. The codes that count pixels have seen the same training images; their
lengths are -log2 of the probabilities. *Ten pixels before* is how JBIG2 predicts a pixel of a fax. *A file for each*: of the first 1,000 images.
"""


def bits_of(name: str, num_images: int | None) -> dict[str, Any]:
    """What the test images of a model's data set take with it."""
    vae, x = vc.load_pretrained(name), test_images(MODELS[name])[:num_images]
    times = [time.process_time()]
    message = vc.compress(vae, x)
    times.append(time.process_time())
    y = vc.decompress(vae, message)
    times.append(time.process_time())
    if not torch.equal(x, y):
        raise AssertionError(f"{name}: the images did not come back")
    codec, generator = Codec(vae), torch.Generator().manual_seed(0)
    symbols = codec.pixels.symbols(x)
    bounds = torch.tensor([codec.bound(image, BOUND_DRAWS, generator) for image in symbols], dtype=torch.float64)
    bits = float(bounds.mean())
    error = float(error_of_mean(bounds, is_sequence=is_sequence(MODELS[name])))
    bound = {"bound": bits, "bound_error": error, "by_bound": 8 * len(message) / len(x) / bits}
    return {
        "model": name,
        "data": MODELS[name],
        "images": len(x),
        "data_dim": x.shape[1],
        "bits": 8 * len(message),
        "start": 32 * read_header(message)[0].start,
        **bound,
        "compress_s": times[1] - times[0],
        "decompress_s": times[2] - times[1],
    }


def test_images(data: str) -> torch.Tensor:
    """The test images, 0 and 1 of the published draw, or grey."""
    dataset = vc.load_data(data)
    return dataset.x_test if dataset.binarization == "none" else vc.binarized_test(data)


def rivals_on(data: str, num_images: int | None) -> dict[str, Any]:
    dataset, x = vc.load_data(data), test_images(data)[:num_images]
    code = code_of(vc.load_pretrained(next(name for name in MODELS if MODELS[name] == data)).likelihood)
    train = None
    if code.levels == 2:
        train = (
            vc.binarize(dataset.x_train, "dynamic", generator=torch.Generator().manual_seed(0)).numpy().astype(np.uint8)
        )
    results = rivals(code.symbols(x), dataset.image_shape, code.levels, train)
    return {"data": data, "images": len(x), "data_dim": x.shape[1], "rivals": [rival._asdict() for rival in results]}


def table(results: dict[str, Any]) -> str:
    """The content of coding.json as markdown."""
    lines = [HEAD.format(made_with=results["made_with"], header=HEADER_BYTES, draws=BOUND_DRAWS)]
    lines += [
        "| model | test images | bits | at the beginning | per image | per pixel | bound, per image | by the bound | compress, s | decompress, s |"
    ]
    lines += ["| --- " + "| ---: " * 9 + "|"]
    for row in results["models"]:
        per = row["bits"] / row["images"]
        bound = f"{row['bound']:.2f} ± {row['bound_error']:.2f} | {row['by_bound']:.4f}"
        lines.append(
            f"| {row['model']} | {row['images']:,} | {row['bits']:,} | {row['start']} | {per:.2f} | {per / row['data_dim']:.4f} | "
            f"{bound} | {row['compress_s']:.1f} | {row['decompress_s']:.1f} |"
        )
    lines.append(RIVALS)
    for data in results["data"]:
        own = [row for row in results["models"] if row["data"] == data["data"]]
        shortest = {
            f"**{row['model']}**": ("the training images, as weights", row["bits"] / row["images"]) for row in own
        }
        shortest |= {rival["name"]: (rival["knows"], rival["bits"] / data["images"]) for rival in data["rivals"]}
        lines += [f"### {data['data']}, {data['images']:,} test images of {data['data_dim']:,} numbers", ""]
        lines += ["| | knows | per image | per pixel |", "| --- | --- | ---: | ---: |"]
        for name, (knows, bits) in sorted(shortest.items(), key=lambda item: item[1][1]):
            lines.append(f"| {name} | {knows} | {bits:.2f} | {bits / data['data_dim']:.4f} |")
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


# -- limits --------------------------------------------------------------------------------------------------------

LIMITS = """# How close each model is to its limit

Written by `python benchmarks/coding.py --limits` from its measurements, `vae_core/experiments/limits.json`. The first test images of each set (the published draw where they are binarised). log p(x)
is the adaptive importance estimate with {draws:,} draws for each image; it is too low, or right. A code for x with this model can be no shorter on average than -log2 p(x). Bits-back coding
takes -ELBO, and the gap between the two is KL(q(z|x) ‖ p(z|x)). All are means over images ± the standard error over images; higher is better for nats, lower for bits.

| model | images | -ELBO, nats | -log p(x), nats | gap, nats | bits per pixel by -ELBO | by log p(x) |
| --- | ---: | ---: | ---: | ---: | ---: | ---: |
"""
SPLIT = """
## Where the gap comes from

For the first images, the q(z) of each image was improved by itself: {steps} steps of Adam on its mean and its standard deviations, from those that the encoder
gives. What that wins is the *amortisation*: one encoder serves all images. What is left is the *shape*: p(z|x) is no Gaussian with a diagonal covariance. Both bounds are of the
same draws. The steps may end too early: the amortisation is too low, or right.

| model | images | gap, nats | amortisation | shape |
| --- | ---: | ---: | ---: | ---: |
"""


def limits_of(name: str, num_images: int) -> dict[str, Any]:
    vae, data = vc.load_pretrained(name), MODELS[name]
    x = test_images(data)[:num_images]
    generator = torch.Generator().manual_seed(0)
    elbo = vc.elbo(vae, x, num_samples=BOUND_DRAWS, generator=generator).elbo.detach().double()
    result = vc.log_marginal(vae, x, method="importance", num_samples=LIMIT_DRAWS, generator=generator)
    values = {"elbo": elbo, "log_marginal": result.mean.double(), "gap": result.mean.double() - elbo}
    means = {
        key: [float(value.mean()), float(error_of_mean(value, is_sequence=is_sequence(data)))]
        for key, value in values.items()
    }
    return {
        "model": name,
        "data": data,
        "images": len(x),
        "data_dim": x.shape[1],
        "binary": vae.likelihood.binary,
        **means,
        "split": split_of_gap(vae, x[:SPLIT_IMAGES], result.mean[:SPLIT_IMAGES].double(), is_sequence(data)),
        "warnings": list(result.warnings),
    }


def bits_per_pixel(row: dict[str, Any]) -> dict[str, float]:
    """Of each other program on the test images of a set."""
    return {rival["name"]: rival["bits"] / row["images"] / row["data_dim"] for rival in row["rivals"]}


def split_of_gap(vae: vc.VAE, x: torch.Tensor, log_marginal: torch.Tensor, is_sequence: bool) -> dict[str, Any]:
    """The gap of the encoder's q(z|x), what a q(z) of the image's own wins of it, and the rest: means and standard errors, nats."""
    vae.requires_grad_(False)
    generator, q = torch.Generator().manual_seed(1), vae.encode(x).base_dist
    encoders = [q.loc, q.scale.log()]
    own = [value.clone().requires_grad_() for value in encoders]
    optimizer = torch.optim.Adam(own, lr=SPLIT_RATE)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, SPLIT_STEPS)

    def bound(q: list[torch.Tensor], eps: torch.Tensor) -> torch.Tensor:
        loc, log_scale = q
        kl = 0.5 * (loc.square() + (2 * log_scale).exp() - 1) - log_scale
        return vae.decode(loc + log_scale.exp() * eps).log_prob(x).mean(0) - kl.sum(-1)

    for _ in range(SPLIT_STEPS):
        eps = torch.randn(SPLIT_DRAWS, *q.loc.shape, generator=generator)
        optimizer.zero_grad()
        (-bound(own, eps).sum()).backward()
        optimizer.step()
        schedule.step()
    eps = torch.randn(BOUND_DRAWS * SPLIT_DRAWS, *q.loc.shape, generator=generator)
    with torch.no_grad():
        encoder, best = (
            torch.stack([bound(q, part) for part in eps.split(BOUND_DRAWS)]).mean(0).double() for q in (encoders, own)
        )
    parts = {"gap": log_marginal - encoder, "amortisation": best - encoder, "shape": log_marginal - best}
    return {"images": len(x), **{
        key: [float(value.mean()), float(error_of_mean(value, is_sequence=is_sequence))] for key, value in parts.items()
    }}  # fmt: skip


def limits_table(results: dict[str, Any]) -> str:
    lines = [LIMITS.format(draws=LIMIT_DRAWS).rstrip("\n")]
    for row in results["models"]:
        parts = [
            f"{sign * row[key][0]:.2f} ± {row[key][1]:.2f}"
            for key, sign in (("elbo", -1), ("log_marginal", -1), ("gap", 1))
        ]
        per = [
            f"{-row[key][0] / math.log(2) / row['data_dim']:.4f}" if row["binary"] else "–"
            for key in ("elbo", "log_marginal")
        ]
        lines.append(f"| {row['model']} | {row['images']:,} | {' | '.join(parts)} | {' | '.join(per)} |")
    lines.append(SPLIT.format(steps=SPLIT_STEPS).rstrip("\n"))
    for row in results["models"]:
        parts = [f"{row['split'][key][0]:.2f} ± {row['split'][key][1]:.2f}" for key in ("gap", "amortisation", "shape")]
        lines.append(f"| {row['model']} | {row['split']['images']:,} | {' | '.join(parts)} |")
    lines += [
        "",
        f"Made with {results['made_with']}. [coding.md](coding.md) has what messages really take, and other programs on the same images.",
    ]
    noted = [f"- {row['model']}: {'; '.join(row['warnings'])}" for row in results["models"] if row["warnings"]]
    return "\n".join([*lines, *(["", *noted] if noted else [])]) + "\n"


def with_others(key: str, rows: list[dict[str, Any]], file: Path, part: str) -> list[dict[str, Any]]:
    """The new rows, and the file's rows of all that was not measured now, in the order of MODELS."""
    before = json.loads(file.read_text(encoding="utf-8")).get(part, []) if file.exists() else []
    merged = {row[key]: row for row in [*before, *rows]}
    order = list(MODELS) if key == "model" else list(dict.fromkeys(MODELS.values()))
    return [merged[name] for name in order if name in merged]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", nargs="+", choices=MODELS, default=list(MODELS))
    parser.add_argument("--num-images", type=int)
    parser.add_argument("--limits", action="store_true")
    parser.add_argument("--keep-others", action="store_true", help="take the other programs' lengths from coding.json")
    parser.add_argument("--out", type=Path, default=RESULTS)
    args = parser.parse_args()
    torch.set_num_threads(1)
    made_with = f"torch {torch.__version__}, Python {platform.python_version()}, {platform.machine()}"
    if args.limits:
        others = json.loads((RESULTS / "coding.json").read_text(encoding="utf-8"))["data"]
        results: dict[str, Any] = {
            "made_with": made_with,
            "others": {row["data"]: bits_per_pixel(row) for row in others},
            "models": with_others(
                "model",
                [limits_of(name, args.num_images or LIMIT_IMAGES) for name in args.models],
                LIMITS_FILE,
                "models",
            ),
        }
        text, name, file = limits_table(results), "limits", LIMITS_FILE
    else:
        name, file = "coding", args.out / "coding.json"
        data = () if args.keep_others else dict.fromkeys(MODELS[name] for name in args.models)
        results = {
            "made_with": made_with,
            "models": with_others("model", [bits_of(name, args.num_images) for name in args.models], file, "models"),
            "data": with_others("data", [rivals_on(name, args.num_images) for name in data], file, "data"),
        }
        text = table(results)
    file.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    (args.out / f"{name}.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
