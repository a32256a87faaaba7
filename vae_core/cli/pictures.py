"""`sample` and `restore`: pictures that a model makes."""

from __future__ import annotations

import argparse
import io
import math
import time
from pathlib import Path
from typing import Any

import torch
from PIL import Image

from vae_core import config as c
from vae_core.cli.arguments import check_picture_path, number, refuse_inputs, seed, whole
from vae_core.data.binarization import binarize
from vae_core.drawing import MAX_BYTES, read_colours, read_picture
from vae_core.errors import DataError
from vae_core.files import regular_size, write_atomic
from vae_core.latent import decoded_means, mosaic
from vae_core.model import VAE
from vae_core.models import find_model, load_model
from vae_core.parallel import choose_device
from vae_core.randomness import draw_normal, seeded
from vae_core.restoration.block_means import BlockMeans
from vae_core.restoration.chains import METHODS as RESTORATION_METHODS
from vae_core.restoration.observations import HIDDEN_PARTS, BitFlips, GaussianNoise, Mask, Observation, hidden_part
from vae_core.restoration.restore import restore
from vae_core.sizes import require_memory

SHOWN_SAMPLES = 5
PIXEL_BYTES = 16  # a pixel as decoded, in its place, as a byte, and compressed


def add_sample_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", help="a pretrained name, or a path to a .safetensors file")
    parser.add_argument("--num", type=whole, default=64, help="how many images (default 64)")
    parser.add_argument("--seed", type=seed, default=0, help="seed of the draws (default 0)")
    parser.add_argument("--out", type=Path, required=True, help="FILE.png")


def sample_command(args: argparse.Namespace) -> dict[str, Any]:
    check_picture_path(args.out)
    model = find_model(args.model)
    refuse_inputs(args.out, [model])
    vae = load_model(model).to(choose_device(args.device))
    columns = math.ceil(math.sqrt(args.num))
    rows = -(-args.num // columns)
    numbers = rows * columns * vae.config.data_dim
    require_memory(PIXEL_BYTES * numbers, f"a picture of --num {args.num:,} images", "choose a smaller --num")
    z = draw_normal((args.num, vae.config.latent_dim), like=vae, generator=seeded(args.seed))
    x = torch.zeros(rows * columns, vae.config.data_dim, dtype=torch.float32, device="cpu")
    x[: args.num] = decoded_means(vae, z).clamp(0.0, 1.0).cpu()
    picture = mosaic(x.reshape(rows, columns, -1), vae.config.image_shape)
    file = io.BytesIO()
    Image.fromarray((picture * 255).round().to(torch.uint8).numpy()).save(file, "PNG")
    write_atomic(args.out, file.getvalue())
    return {"out": str(args.out), "num": args.num, "seed": args.seed, "shows": "means of p(x|z), z from the prior"}


# -- restore -----------------------------------------------------------------------------------------------------


def add_restore_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", help="a pretrained name, or a path to a .safetensors file")
    parser.add_argument(
        "images", nargs="+", type=Path, metavar="IMAGE", help="PNG or JPEG of the model's size (smaller with --factor)"
    )
    flags = parser.add_mutually_exclusive_group(required=True)
    flags.add_argument(
        "--mask",
        type=Path,
        metavar="FILE",
        help="a picture of the model's size: white pixels were seen, black ones are missing",
    )
    flags.add_argument("--hide", choices=HIDDEN_PARTS, help="this part of the images is missing")
    flags.add_argument(
        "--noise",
        type=number,
        metavar="SCALE",
        help="standard deviation of Gaussian noise in the images (pixels lie in [0, 1])",
    )
    flags.add_argument(
        "--flip", type=number, metavar="PROBABILITY", help="the probability with which each pixel, 0 or 1, was flipped"
    )
    flags.add_argument("--factor", type=whole, help="each pixel is the mean of FACTOR x FACTOR of the restored image")
    parser.add_argument(
        "--binarization",
        choices=c.BINARIZATIONS,
        default="none",
        help="how grey pixels of the images become black or white (default none)",
    )
    parser.add_argument("--method", choices=RESTORATION_METHODS, default="posterior")
    parser.add_argument("--num-samples", type=whole, default=100, help="draws of z per image (default 100)")
    parser.add_argument("--seed", type=seed, default=0, help="seed of the draws (default 0)")
    parser.add_argument("--out", type=Path, required=True, help="FILE.png")


def restore_command(args: argparse.Namespace) -> dict[str, Any]:
    """A row per image: the observation (missing pixels grey), mean and standard deviation of x given it, five samples."""
    check_picture_path(args.out)
    model = find_model(args.model)
    refuse_inputs(args.out, [model, *args.images, *([args.mask] if args.mask else [])])
    vae = load_model(model).to(choose_device(args.device))
    generator = seeded(args.seed)
    observation = read_observation(args, vae.config.image_shape)
    shape = observation.observed_shape if isinstance(observation, BlockMeans) else vae.config.image_shape
    images = torch.stack([read_image(path, shape) for path in args.images])
    y = binarize(images, args.binarization, generator=generator)
    start = time.monotonic()
    restoration = restore(
        vae, y.to(vae.device), observation, method=args.method, num_samples=args.num_samples, generator=generator
    )
    observed_images = enlarge(
        torch.where(observation.observed, y, 0.5) if isinstance(observation, Mask) else y, shape, vae
    )
    columns = (restoration.mean, restoration.std, *restoration.samples[:SHOWN_SAMPLES])
    rows = torch.stack([observed_images, *(column.cpu() for column in columns)], 1)
    picture = mosaic(rows.clamp(0.0, 1.0), vae.config.image_shape)
    file = io.BytesIO()
    Image.fromarray((picture * 255).round().to(torch.uint8).numpy()).save(file, "PNG")
    write_atomic(args.out, file.getvalue())
    diagnostics = restoration.diagnostics
    return {
        "out": str(args.out),
        "model": args.model,
        "images": [str(path) for path in args.images],
        "columns": ["seen", "mean", "std", *(f"sample {i + 1}" for i in range(rows.shape[1] - 3))],
        "binarization": args.binarization,
        "method": restoration.method,
        "num_samples": args.num_samples,
        "seed": args.seed,
        "answers": [[round(answer.weight, 4) for answer in answers] for answers in restoration.completions],
        "mean_std": [float(value) for value in restoration.std.mean(1)],
        "effective_candidates": [None if math.isnan(n) else n for n in diagnostics.effective_candidates.tolist()],
        "acceptance": [None if math.isnan(a) else a for a in diagnostics.acceptance.tolist()],
        "decoder_passes": diagnostics.decoder_passes,
        "seconds": round(time.monotonic() - start, 1),
        "warnings": list(diagnostics.warnings),
    }


def read_observation(args: argparse.Namespace, image_shape: tuple[int, ...]) -> Observation:
    """The observation that the flags describe."""
    if args.mask:
        seen = read_image(args.mask, image_shape[:2]) > 0.5
        return Mask(seen.repeat_interleave(math.prod(image_shape[2:])))  # in all colours
    if args.hide:
        return Mask(hidden_part(args.hide, image_shape))
    if args.factor:
        return BlockMeans(args.factor, image_shape)
    return BitFlips(args.flip) if args.noise is None else GaussianNoise(args.noise)


def read_image(path: Path, shape: tuple[int, ...]) -> torch.Tensor:
    """The grey values (pixels,) in [0, 1] of a picture, or its colours for a shape (height, width, 3). DataError unless it has this
    shape."""
    read = read_colours if len(shape) == 3 else read_picture
    try:
        regular_size(path)
        with path.open("rb") as file:
            picture = read(file.read(MAX_BYTES + 1))
    except DataError as error:
        raise DataError(f"{path}: {error}") from error
    if tuple(picture.shape) != tuple(shape):
        raise DataError(
            f"{path} must be {shape[0]} pixels high and {shape[1]} wide here, got {picture.shape[0]} and {picture.shape[1]}"
        )
    return picture.flatten()


def enlarge(x: torch.Tensor, shape: tuple[int, ...], vae: VAE) -> torch.Tensor:
    """Images (images, pixels) of a shape enlarged to the model's, by repeating pixels."""
    height, width, *channels = vae.config.image_shape
    rows, columns = height // shape[0], width // shape[1]
    parts = x.reshape(len(x), *shape[:2], math.prod(channels))
    return parts.repeat_interleave(rows, 1).repeat_interleave(columns, 2).reshape(len(x), -1)
