"""The command line: `python -m vae_core train | evaluate | sample | restore | reproduce | list | download`."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import torch

from vae_core import config as c
from vae_core.cli.arguments import BAD_INPUT, Parser, model_file, seed, whole
from vae_core.cli.evaluate import evaluate_command
from vae_core.cli.pictures import add_restore_flags, restore_command, sample_command
from vae_core.cli.reproduce import reproduce_command
from vae_core.cli.train import add_train_flags, train_command
from vae_core.data.datasets import DATASETS, download, downloadable
from vae_core.errors import VaeCoreError
from vae_core.experiments.restoration import MODELS
from vae_core.importance import PROPOSALS
from vae_core.marginal import METHODS
from vae_core.models import list_pretrained, model_header
from vae_core.parallel import DEVICES, launched


def main(argv: list[str] | None = None) -> int:
    """Run one command; 0, or 2 with one clear line on stderr."""
    args = build_parser().parse_args(argv)
    try:
        torch.set_num_threads(args.threads)
        if launched().size > 1 and args.command is not train_command:
            raise ValueError("only train runs on several processes; start the other commands without torchrun")
        report = args.command(args)
    except (VaeCoreError, ValueError, OSError) as error:
        process = f", process {launched().rank} of {launched().size}" if launched().size > 1 else ""
        print(f"vae_core{process}: {error}", file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt:
        print("vae_core: interrupted; a run continues with --resume", file=sys.stderr)
        return 130
    if report is not None:
        print(json.dumps(report) if args.json else "\n".join(f"{key}: {value}" for key, value in report.items()))
    return 0


def build_parser() -> argparse.ArgumentParser:
    parser = Parser(prog="python -m vae_core", description="Auto-Encoding Variational Bayes.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Any, text: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=text)
        sub.set_defaults(command=run)
        sub.add_argument("--json", action="store_true", help="print one JSON object on stdout")
        sub.add_argument("--threads", type=whole, default=1, help="torch threads (default 1)")
        if name in ("train", "evaluate", "sample", "restore"):
            sub.add_argument(
                "--device", choices=DEVICES, default="auto", help="auto (default): CUDA where there is one"
            )
        return sub

    train = command("train", train_command, "Train a VAE and keep it in a folder.")
    add_train_flags(train)

    evaluate = command("evaluate", evaluate_command, "Estimate the bound, or log p(x), of a data set, in nats.")
    evaluate.add_argument("model", help="a pretrained name, or a path to a .safetensors file")
    evaluate.add_argument("--data", help=f"{', '.join(DATASETS)} (default: what the model was trained on)")
    evaluate.add_argument("--split", choices=("test", "train"), default="test")
    evaluate.add_argument("--num-images", type=whole, help="only the first so many images of the split")
    evaluate.add_argument("--method", choices=("elbo", *METHODS), default="elbo")
    counts = {"elbo": 1} | {method: row.num_samples for method, row in METHODS.items() if row.num_samples}
    defaults = ", ".join(f"{method} {count}" for method, count in counts.items())
    evaluate.add_argument("--num-samples", type=whole, help=f"samples (ais: chains) per image (default {defaults})")
    evaluate.add_argument("--estimator", choices=c.ESTIMATORS, help="of the ELBO (default B)")
    evaluate.add_argument("--proposal", choices=PROPOSALS, help="of importance (default encoder)")
    evaluate.add_argument("--num-temperatures", type=whole, help="of ais (default 1000)")
    evaluate.add_argument("--binarization", choices=c.BINARIZATIONS, help="default: the model's own")
    evaluate.add_argument("--seed", type=seed, default=0)

    sample = command("sample", sample_command, "Decode draws from the prior into a PNG: means of p(x|z).")
    sample.add_argument("model", help="a pretrained name, or a path to a .safetensors file")
    sample.add_argument("--num", type=whole, default=64)
    sample.add_argument("--seed", type=seed, default=0)
    sample.add_argument("--out", type=Path, required=True, help="FILE.png")

    restore_ = command(
        "restore", restore_command, "Draw what pictures were, given a part or a bad copy of them, into a PNG."
    )
    add_restore_flags(restore_)

    reproduce = command("reproduce", reproduce_command, "Make the tables of an experiment again, row by row.")
    reproduce.add_argument("experiment", choices=("restoration",))
    reproduce.add_argument("--data", choices=MODELS, required=True)
    reproduce.add_argument("--num-images", type=whole, default=100, help="test images (default 100)")
    reproduce.add_argument("--seed", type=seed, default=0)
    reproduce.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="rows that are there already are kept"
    )

    command("list", list_command, "List the pretrained models.")
    fetch = command("download", download_command, "Fetch a data set into the user's cache folder (uses the network).")
    fetch.add_argument("data", choices=downloadable())
    return parser


def list_command(args: argparse.Namespace) -> dict[str, Any]:
    models = {}
    for name in list_pretrained():
        header = model_header(model_file(name))
        model = header["model_config"]
        models[name] = (
            f"{header.get('data')}, {model['likelihood']}, latent_dim {model['latent_dim']}, hidden {model['hidden_dims']}"
        )
    return models


def download_command(args: argparse.Namespace) -> dict[str, Any]:
    return {"data": args.data, "folder": str(download(args.data))}
