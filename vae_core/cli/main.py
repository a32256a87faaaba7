"""The command line: `python -m vae_core train | evaluate | inspect | sample | restore | compress | decompress | export |
import | reproduce | list | download`."""

from __future__ import annotations

import argparse
from typing import Any

import torch

from vae_core.cli.arguments import BAD_INPUT, Parser, threads
from vae_core.cli.coding import (
    add_compress_flags,
    add_decompress_flags,
    compress_command,
    decompress_command,
)
from vae_core.cli.evaluate import add_evaluate_flags, evaluate_command
from vae_core.cli.export import add_export_flags, add_import_flags, export_command, import_command
from vae_core.cli.inspect import add_inspect_flags, inspect_command
from vae_core.cli.pictures import add_restore_flags, add_sample_flags, restore_command, sample_command
from vae_core.cli.reproduce import add_reproduce_flags, reproduce_command
from vae_core.cli.streams import PROG, prepare_streams, say, write_report
from vae_core.cli.train import add_train_flags, train_command
from vae_core.data.download import download, downloadable
from vae_core.errors import VaeCoreError, sentence
from vae_core.models import find_model, list_pretrained, model_header
from vae_core.parallel import DEVICES, launched
from vae_core.runs import has_checkpoint


def main(argv: list[str] | None = None) -> int:
    """Run one command; 0, or 2 with one clear line on stderr, also where stdout cannot be written. 0 where its reader has left."""
    prepare_streams()
    args = build_parser().parse_args(argv)
    process = ""
    try:
        group = launched()
        process = f", process {group.rank} of {group.size}" if group.size > 1 else ""
        if group.size > 1 and args.command is not train_command:
            raise ValueError("only train runs on several processes; start the other commands without torchrun")
        if "threads" in args:
            torch.set_num_threads(args.threads)
        report = args.command(args)
    except (VaeCoreError, ValueError, OSError) as error:
        say(f"{PROG}{process}: {sentence(error)}")
        return BAD_INPUT
    except (MemoryError, RuntimeError) as error:
        if not isinstance(error, MemoryError) and "memory" not in str(error):
            raise
        say(f"{PROG}: there is not enough memory for this: choose a smaller model, fewer samples or fewer images")
        return BAD_INPUT
    except KeyboardInterrupt:
        goes_on = args.command is train_command and has_checkpoint(args.out)
        say(f"{PROG}: interrupted{'; the run goes on with --resume' if goes_on else ''}")
        return 130
    return 0 if report is None or write_report(report, as_json=args.json) else BAD_INPUT


def build_parser() -> argparse.ArgumentParser:
    parser = Parser(prog="python -m vae_core", description="Auto-Encoding Variational Bayes.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Any, text: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=text)
        sub.set_defaults(command=run)
        sub.add_argument("--json", action="store_true", help="print one JSON object on stdout")
        if name not in ("list", "download"):  # which compute nothing
            sub.add_argument("--threads", type=threads, default=1, help="torch threads (default 1)")
        if name in ("train", "evaluate", "sample", "restore"):
            sub.add_argument(
                "--device",
                choices=DEVICES,
                default="auto",
                help="where to compute; auto (default) takes CUDA where there is one",
            )
        return sub

    train = command("train", train_command, "Train a VAE and keep it in a folder.")
    add_train_flags(train)

    evaluate = command("evaluate", evaluate_command, "Estimate the bound, or log p(x), of a data set, in nats.")
    add_evaluate_flags(evaluate)

    inspect = command("inspect", inspect_command, "Say and show what would be read of one's own images.")
    add_inspect_flags(inspect)

    sample = command("sample", sample_command, "Decode draws from the prior, and write the means of p(x|z) as a PNG.")
    add_sample_flags(sample)

    restore_ = command(
        "restore", restore_command, "Restore pictures from a part or a bad copy of them, and write them as a PNG."
    )
    add_restore_flags(restore_)

    compress_ = command("compress", compress_command, "Compress images with a model, without loss (bits-back coding).")
    add_compress_flags(compress_)

    decompress_ = command("decompress", decompress_command, "Give the images back that compress made a message of.")
    add_decompress_flags(decompress_)

    export = command(
        "export", export_command, "Write a model for other programs: ONNX, a folder for the hub, or numpy."
    )
    add_export_flags(export)

    import_ = command("import", import_command, "Make a model of another program's VAE, whose layers are linear.")
    add_import_flags(import_)

    reproduce = command("reproduce", reproduce_command, "Make the tables of an experiment again, row by row.")
    add_reproduce_flags(reproduce)

    command("list", list_command, "List the pretrained models.")
    fetch = command(
        "download", download_command, "Download a data set into the user's cache folder (uses the network)."
    )
    fetch.add_argument("data", choices=downloadable())
    return parser


def list_command(args: argparse.Namespace) -> dict[str, Any]:
    models = {}
    for name in list_pretrained():
        header = model_header(find_model(name))
        model = header["model_config"]
        models[name] = (
            f"{header.get('data')}, {model['likelihood']}, latent_dim {model['latent_dim']}, hidden {model['hidden_dims']}"
        )
    return models


def download_command(args: argparse.Namespace) -> dict[str, Any]:
    return {"data": args.data, "folder": str(download(args.data))}
