"""`reproduce`: the experiments."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

from vae_core.cli.arguments import check_folder_path, seed, whole
from vae_core.cli.progress import progress_bar
from vae_core.experiments.figure_grid import FIGURES
from vae_core.experiments.figure_plan import plan
from vae_core.experiments.figures import run_figures
from vae_core.experiments.restoration import MODELS, run_restoration

RESTORATION, ALL_FIGURES = "restoration", "figures"
NUM_IMAGES, SEED = 100, 0


def add_reproduce_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "experiment",
        choices=(RESTORATION, *FIGURES, ALL_FIGURES),
        help="figures: those of the paper together, in the best order",
    )
    parser.add_argument("--data", choices=MODELS, help="of restoration: the data set")
    parser.add_argument("--num-images", type=whole, help=f"of restoration: how many test images (default {NUM_IMAGES})")
    parser.add_argument("--seed", type=seed, help=f"of restoration (default {SEED}); each cell of a figure has its own")
    parser.add_argument(
        "--cells",
        metavar="PATTERN",
        help="of figures: only the cells of these names, such as 'figure2/mnist-20d-*/1e6'",
    )
    parser.add_argument(
        "--plan",
        action="store_true",
        help="of figures: list the cells and the core hours that each will take, and make none",
    )
    parser.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="folder of the results; what is there already stays"
    )


def reproduce_command(args: argparse.Namespace) -> dict[str, Any]:
    of_restoration, of_figures = ("data", "num_images", "seed"), ("cells", "plan")
    for name in of_figures if args.experiment == RESTORATION else of_restoration:
        if getattr(args, name) not in (None, False):
            raise ValueError(f"--{name.replace('_', '-')} does not go with {args.experiment}: leave it out")
    check_folder_path(args.out)
    return restoration_command(args) if args.experiment == RESTORATION else figures_command(args)


def figures_command(args: argparse.Namespace) -> dict[str, Any]:
    names = FIGURES if args.experiment == ALL_FIGURES else (args.experiment,)
    pattern, start = args.cells or "*", time.monotonic()
    if args.plan:
        return {"out": str(args.out)} | plan(names, args.out, pattern=pattern)
    with progress_bar() as bar:
        made = run_figures(
            names,
            args.out,
            pattern=pattern,
            progress=lambda done, total, cell: bar.show_images(done, total, f"cells {cell}"),
        )
    return {
        "out": str(args.out),
        "runs": len(made["runs"]),
        "files": ["figures.json", "figures.md", *made.get("pictures", {})],
        "seconds": round(time.monotonic() - start, 1),
    }


def restoration_command(args: argparse.Namespace) -> dict[str, Any]:
    if args.data is None:
        raise ValueError(f"--data must be given for {RESTORATION}: {', '.join(MODELS)}")
    start = time.monotonic()
    with progress_bar() as bar:
        table = run_restoration(
            args.data,
            args.out,
            num_images=args.num_images or NUM_IMAGES,
            seed=SEED if args.seed is None else args.seed,
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
