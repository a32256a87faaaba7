"""Types of flags, and where results may go: checked before the work."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, NoReturn

from vae_core.config import TrainConfig
from vae_core.models import pretrained_path
from vae_core.settings import Choice, Number, Setting, Whole, Widths

BAD_INPUT = 2


class Parser(argparse.ArgumentParser):
    """argparse with one line, rather than the whole usage, for bad flags."""

    def error(self, message: str) -> NoReturn:
        self.exit(BAD_INPUT, f"{self.prog}: {message} (see --help)\n")


def whole(text: str) -> int:
    """argparse type: a whole number of at least 1."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number of at least 1, got {text!r}")
    return int(text)


def seed(text: str) -> int:
    """argparse type: what `torch.Generator.manual_seed` takes."""
    try:
        return TrainConfig(seed=int(text)).seed
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"must be a whole number from 0 to 2**63 - 1, got {text!r}") from error


def widths(text: str) -> tuple[int, ...]:
    """argparse type: "500,500" to (500, 500); "" to ()."""
    try:
        return Widths.read(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def flag_options(about: Setting) -> dict[str, Any]:
    """The arguments of argparse for a setting. The config checks the ranges that no type here checks."""
    match about:
        case Choice():
            return {"choices": about.choices}
        case Widths():
            return {"type": widths, "metavar": "W,W"}
        case Number():
            return {"type": float}
        case Whole(below=None):
            return {"type": whole if about.least == 1 else int}
        case _:
            return {"type": seed}


# -- where results go, checked before the work -------------------------------------------------------------------


def check_picture_path(path: Path) -> None:
    if path.suffix.lower() != ".png":
        raise ValueError(f"--out must end in .png, got {path}")
    if path.is_dir():
        raise ValueError(f"--out must be a file, got the folder {path}")
    if not path.parent.is_dir():
        raise ValueError(f"--out must be a file in a folder that exists, got {path}: make the folder first")


def check_folder_path(path: Path) -> None:
    """Missing folders are made later; a file in the place of one is an error."""
    for part in (path, *path.parents):
        if part.is_file():
            raise ValueError(f"--out must be a folder, got the file {part}")


# -- the other commands ------------------------------------------------------------------------------------------


def model_file(name: str) -> Path:
    """The file of MODEL: a pretrained name, or a path."""
    return Path(name) if name.endswith(".safetensors") else pretrained_path(name) / "model.safetensors"


def refuse_flags(args: argparse.Namespace, *names: str) -> None:
    """An option of another method is an error, never ignored."""
    for name in sorted(names):
        if getattr(args, name) is not None:
            raise ValueError(f"--{name.replace('_', '-')} does not go with --method {args.method}")
