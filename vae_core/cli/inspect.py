"""`inspect`: what would be read of one's own images, without training."""

from __future__ import annotations

import argparse
import io
import math
from pathlib import Path
from typing import Any

import torch
from PIL import Image

from vae_core.cli.arguments import check_picture_path, refuse_inputs
from vae_core.cli.own_data import add_reading_flags, flags_of, read_with_flags
from vae_core.data.reading import ReadOptions
from vae_core.data.records import Dataset
from vae_core.files import write_atomic
from vae_core.latent import mosaic

PREVIEW = 25
PREVIEW_SIDE = 480  # pixels of the preview's longer side, at least


def add_inspect_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("path", help="a zip or a folder of pictures, an .npy, .npz, .csv or idx file")
    parser.add_argument(
        "--out", type=Path, metavar="FILE.png", help=f"the first {PREVIEW} images as they would be trained on"
    )
    add_reading_flags(parser)


def inspect_command(args: argparse.Namespace) -> dict[str, Any]:
    if args.out:
        check_picture_path(args.out)
        refuse_inputs(args.out, [Path(args.path)])
    dataset, report = read_with_flags(args.path, ReadOptions(), flags_of(args))
    if args.out:
        write_atomic(args.out, preview(dataset))
    picture = {"out": str(args.out)} if args.out else {}
    if args.json:
        return {"path": args.path, "name": dataset.name, **report.to_dict(), **picture}
    words = {
        "images": f"{report.num_images:,} ({report.kind}), {report.num_train:,} for training, {report.num_test:,} for testing"
    }
    words |= {"image_shape": " x ".join(map(str, report.image_shape)), "sha256": report.sha256}
    words |= {decision.name: f"{decision.words} ({decision.reason})" for decision in report.decisions}
    words |= {f"left out: {item.name}": item.reason for item in report.left_out}
    words |= {f"note {number}": note for number, note in enumerate(report.notes, 1)}
    return words | picture


def preview(dataset: Dataset) -> bytes:
    """The first images of a set as a PNG, side by side."""
    images = torch.cat([dataset.x_train[:PREVIEW], dataset.x_test])[:PREVIEW]
    columns = math.ceil(math.sqrt(len(images)))
    rows = -(-len(images) // columns)
    cells = torch.zeros(rows * columns, images.shape[1], dtype=images.dtype, device=images.device)
    cells[: len(images)] = images
    picture = mosaic(cells.reshape(rows, columns, -1), dataset.image_shape)
    pixels = (picture * 255).round().to(torch.uint8)
    factor = max(1, PREVIEW_SIDE // max(pixels.shape[:2]))
    pixels = pixels.repeat_interleave(factor, 0).repeat_interleave(factor, 1)
    file = io.BytesIO()
    Image.fromarray(pixels.numpy()).save(file, "PNG")
    return file.getvalue()
