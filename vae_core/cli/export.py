"""`export` and `import`: a model for other programs, and a VAE of another program as a model."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from vae_core.bundles import CARD, HISTORY, bundle_at
from vae_core.cli.arguments import check_folder_path, refuse_inputs
from vae_core.errors import CheckpointError
from vae_core.export.formats import FILES, FORMATS, export_files, require_new, write_files
from vae_core.export.graphs import require_onnx
from vae_core.export.hub import LICENCE, results_of
from vae_core.export.layouts import LAYOUTS, read_foreign
from vae_core.export.weights import About
from vae_core.files import one_line, regular_size, write_atomic
from vae_core.history import History
from vae_core.models import (
    MODEL_FILE,
    SUFFIX,
    find_model,
    list_pretrained,
    load_model,
    model_header,
    pack_model,
    trains_encoder,
)

LICENCES = (
    "unknown",
    "mit",
    "apache-2.0",
    "bsd-3-clause",
    "cc0-1.0",
    "cc-by-4.0",
    "cc-by-sa-4.0",
    "cc-by-nc-4.0",
    "gpl-3.0",
)
MOST_TEXT = 16 * 2**20  # bytes of a card, or of a run's curves


def add_export_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", help="a pretrained name, or a path to a .safetensors file or a bundle")
    parser.add_argument("--format", choices=tuple(FORMATS), required=True, help="for which programs")
    parser.add_argument("--out", type=folder, required=True, metavar="DIR", help="folder, in which no file is replaced")
    parser.add_argument(
        "--license",
        choices=LICENCES,
        help=f"with --format huggingface, what the card says of the model's licence (default {LICENCE} for pretrained models, else unknown)",
    )


def folder(text: str) -> Path:
    """argparse type: the path of a folder. An empty text, as from a variable of the shell that is not set, would be the present one."""
    if not text.strip():
        raise argparse.ArgumentTypeError("must be a folder, got an empty name")
    return Path(text)


def export_command(args: argparse.Namespace) -> dict[str, Any]:
    """Everything is checked before the first file is written."""
    if args.license and args.format != "huggingface":
        raise ValueError(f"--license does not go with --format {args.format}, which has no card: leave it out")
    check_folder_path(args.out)
    require_new(args.out, FILES[args.format])
    if args.format == "onnx":
        require_onnx()
    path = find_model(args.model)
    vae = load_model(path)
    files = export_files(vae, args.format, about_model(args.model, path, args.license))
    write_files(args.out, files)
    return {
        "out": str(args.out),
        "format": args.format,
        "model": args.model,
        "files": {name: len(content) for name, content in files.items()},
    }


def about_model(name: str, path: Path, licence: str | None) -> About:
    """What is known of the model at a path: its data, and the card and the curves that lie beside it or in its bundle."""
    header, is_ours = model_header(path), name in list_pretrained()
    texts = bundle_at(path) or {file: _beside(path, file) for file in (CARD, HISTORY)}
    text = texts.get(CARD, b"").decode(errors="replace")
    try:
        history = History.from_json(texts[HISTORY].decode()) if texts.get(HISTORY) else None
    except ValueError as error:
        raise CheckpointError(f"{HISTORY} beside {path} holds no curves: {one_line(error)}") from error
    title = name if is_ours else path.absolute().parent.name if path.name == MODEL_FILE else path.stem
    binarization = header.get("train_config", {}).get("binarization", "none")
    return About(
        title or path.stem,
        header.get("data", ""),
        licence or (LICENCE if is_ours else LICENCES[0]),
        text,
        results_of(text, history, binarization),
        trains_encoder(header),
    )


def _beside(path: Path, name: str) -> bytes:
    """The content of a file beside a model's file; empty where there is none, or where it belongs to no `model.safetensors`."""
    file = path.parent / name
    if path.name != MODEL_FILE or not file.is_file():
        return b""
    size = regular_size(file)
    if size > MOST_TEXT:
        raise CheckpointError(f"{file} must have at most {MOST_TEXT:,} bytes, got {size:,}")
    return file.read_bytes()


# -- import ----------------------------------------------------------------------------------------------------------


def add_import_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "state", type=Path, help="a state dict in safetensors: an encoder and a decoder of Linear layers"
    )
    parser.add_argument(
        "--config",
        type=Path,
        required=True,
        metavar="FILE.json",
        help="image_shape, likelihood and what the layers do not tell; the names of the layers where they are not those of "
        f"{', '.join(LAYOUTS)}",
    )
    parser.add_argument("--out", type=Path, required=True, help="FILE.safetensors, which must not exist yet")


def import_command(args: argparse.Namespace) -> dict[str, Any]:
    check_model_path(args.out)
    refuse_inputs(args.out, [args.state, args.config])
    vae, about = read_foreign(args.state, args.config)
    write_atomic(args.out, pack_model(vae, **about), only_new=True)
    return {"out": str(args.out), "layout": about["imported"], "model_config": vae.config.to_dict()}


def check_model_path(path: Path) -> None:
    """ValueError unless a new model file can be written there, as far as can be seen before the work."""
    if path.suffix.lower() != SUFFIX:
        raise ValueError(f"--out must end in {SUFFIX}, got {one_line(path)}")
    check_folder_path(path.parent)
    if not path.parent.is_dir():
        raise ValueError(f"--out must be a file in a folder that exists, got {path}: make the folder first")
    if path.is_dir() or path.is_symlink() or path.exists():
        raise ValueError(f"--out must be a new file, got {path}, which is there already: choose another name")
