"""`reproduce`: the experiments."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

from vae_core.cli.arguments import check_folder_path, seed, whole
from vae_core.cli.progress import progress_bar
from vae_core.experiments.restoration import MODELS, run_restoration


def add_reproduce_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("experiment", choices=("restoration",))
    parser.add_argument("--data", choices=MODELS, required=True)
    parser.add_argument("--num-images", type=whole, default=100, help="how many test images (default 100)")
    parser.add_argument("--seed", type=seed, default=0)
    parser.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="folder of the tables; rows that are there already stay"
    )


def reproduce_command(args: argparse.Namespace) -> dict[str, Any]:
    check_folder_path(args.out)
    start = time.monotonic()
    with progress_bar() as bar:
        table = run_restoration(
            args.data,
            args.out,
            num_images=args.num_images,
            seed=args.seed,
            progress=lambda done, total: bar.show_images(done, total, "rows"),
        )
    best = {name: row["verdict"]["psnr"]["best"] for name, row in table["rows"].items()}
    return {
        "out": str(args.out),
        "data": args.data,
        "data_from": table.get("data_from", ""),
        "rows": len(table["rows"]),
        "the VAE wins": [name for name, winner in best.items() if winner == "VAE"],
        "the VAE does not win": [name for name, winner in best.items() if winner != "VAE"],
        "seconds": round(time.monotonic() - start, 1),
    }
