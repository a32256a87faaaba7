"""`compress` and `decompress`: images as a message of few bits, and back, without loss."""

from __future__ import annotations

import argparse
import io
import math
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch

from vae_core.cli.arguments import check_file_path, refuse_inputs, whole
from vae_core.cli.evaluate import chosen_images
from vae_core.cli.own_data import add_reading_flags, data_help, flags_of
from vae_core.cli.progress import progress_bar
from vae_core.coding.bits_back import MOST_PRECISION, PRECISION
from vae_core.coding.message import compress, decompress
from vae_core.coding.pixels import GREY, code_of
from vae_core.config import BINARIZATIONS
from vae_core.data.array_files import read_npy
from vae_core.data.binarization import published_draw
from vae_core.data.reading import ReadOptions
from vae_core.errors import DataError, MessageError
from vae_core.files import regular_size, write_atomic
from vae_core.model import VAE
from vae_core.models import find_model, load_model, model_header
from vae_core.settings import settings_of

ARRAY = ".npy"
MOST_BYTES = 2**30  # of a message


def add_compress_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", help="a pretrained name, or a path to a .safetensors file")
    parser.add_argument(
        "data",
        metavar="FILE",
        help=f"an .npy file, taken as it is (images, height, width): 0 and 1, or grey values 0 to {GREY}; or {data_help()}",
    )
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="where the message goes")
    parser.add_argument("--num-images", type=whole, help="how many images, from the first one (default all)")
    parser.add_argument(
        "--binarization",
        choices=BINARIZATIONS,
        help="how grey pixels become black or white (default: as the model was trained; an .npy file is taken as it is)",
    )
    parser.add_argument(
        "--precision",
        type=whole,
        default=PRECISION,
        help=f"z lies on a grid of the width 2^-PRECISION, 1 to {MOST_PRECISION} (default {PRECISION})",
    )
    add_reading_flags(parser, apart=("likelihood", "binarization"))


def compress_command(args: argparse.Namespace) -> dict[str, Any]:
    check_file_path(args.out)
    model = find_model(args.model)
    refuse_inputs(args.out, [model, Path(args.data)])
    vae = load_model(model)
    if Path(args.data).suffix.lower() == ARRAY:
        for name in flags_of(args):
            raise ValueError(
                f"{settings_of(ReadOptions)[name].flag} does not go with an {ARRAY} file, which is taken as it is: leave it out"
            )
        x = images_in(Path(args.data), vae, args.binarization or "none")
        if args.num_images is not None and args.num_images > len(x):
            raise ValueError(
                f"--num-images must be at most the images in {args.data} (={len(x)}), got {args.num_images}"
            )
        x, about = x[: args.num_images], {"data": args.data, "binarization": args.binarization or "none"}
    else:
        args.split = "all" if Path(args.data).exists() else None
        images, about = chosen_images(args, vae, model_header(model))
        x = code_of(vae.likelihood).nearest(images)
        about |= {} if torch.equal(x, images) else {"note": f"grey values were rounded to {GREY.bit_length()} bits"}
    start = time.monotonic()
    with progress_bar() as bar:
        message = compress(vae, x, precision=args.precision, progress=bar.show_images)
    write_atomic(args.out, message)
    return {"out": str(args.out), "model": args.model, **about, **_sizes(vae, len(x), message, start)}


def add_decompress_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", help="the model of the message: a pretrained name, or a path to a .safetensors file")
    parser.add_argument("message", type=Path, metavar="FILE", help="what compress wrote")
    parser.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="FILE.npy",
        help=f"the images, bytes: 0 and 1, or grey values 0 to {GREY}",
    )


def decompress_command(args: argparse.Namespace) -> dict[str, Any]:
    check_file_path(args.out, ARRAY)
    model = find_model(args.model)
    refuse_inputs(args.out, [model, args.message])
    vae = load_model(model)
    size = regular_size(args.message)
    if size > MOST_BYTES:
        raise MessageError(
            f"{args.message} has {size:,} bytes, and a message may have {MOST_BYTES:,}: give fewer images at a time"
        )
    message, start = args.message.read_bytes(), time.monotonic()
    with progress_bar() as bar:
        x = decompress(vae, message, progress=bar.show_images)
    write_array(args.out, code_of(vae.likelihood).symbols(x).reshape(len(x), *vae.config.image_shape))
    return {"out": str(args.out), "model": args.model, **_sizes(vae, len(x), message, start)}


def _sizes(vae: VAE, images: int, message: bytes, start: float) -> dict[str, Any]:
    bits = 8 * len(message)
    return {
        "images": images,
        "bytes": len(message),
        "bits_per_image": round(bits / images, 2),
        "bits_per_pixel": round(bits / images / vae.config.data_dim, 4),
        "seconds": round(time.monotonic() - start, 1),
    }


def images_in(path: Path, vae: VAE, binarization: str) -> torch.Tensor:
    """The images (images, data_dim), float32, of an .npy file. Whole numbers are grey values 0 to 255, but for a model of black and
    white pixels they may be 0 and 1. DataError for another shape than the model's."""
    array = read_npy(path)
    shape = vae.config.image_shape
    if tuple(array.shape[1:]) not in (tuple(shape), (math.prod(shape),)) or not len(array):
        raise DataError(
            f"{path} must have the shape (images, {', '.join(map(str, shape))}), as this model's images have, got {array.shape}: "
            "take another model, or images of this size"
        )
    is_grey = array.dtype.kind in "ui" and (not vae.likelihood.binary or array.max() > 1)
    x = torch.from_numpy(np.ascontiguousarray(array.reshape(len(array), -1), np.float32))
    x = x / GREY if is_grey else x
    return x if binarization == "none" else published_draw(x, binarization)


def write_array(path: Path, array: np.ndarray) -> None:
    """Write bytes as an .npy file."""
    file = io.BytesIO()
    np.save(file, array, allow_pickle=False)
    write_atomic(path, file.getvalue())
