"""Types of flags, and where results may go: checked before the work."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any, NoReturn

from vae_core.cli.streams import say, write
from vae_core.config import TrainConfig
from vae_core.models import pretrained_path
from vae_core.settings import MOST_DIGITS, Choice, Number, Setting, Whole, Widths

BAD_INPUT = 2
LIMIT = 2**63
MOST_THREADS = max(64, os.cpu_count() or 1)  # thousands of them end torch with a segmentation fault


class Parser(argparse.ArgumentParser):
    """argparse with one line, rather than the whole usage, for bad flags, and with our care for the standard streams."""

    def error(self, message: str) -> NoReturn:
        self.exit(BAD_INPUT, f"{self.prog}: {message} (see --help)\n")

    def exit(self, status: int = 0, message: str | None = None) -> NoReturn:
        if message:
            say(message, end="")
        raise SystemExit(status)

    def print_help(self, file: Any = None) -> None:
        if not write(self.format_help()):
            self.exit(BAD_INPUT)


def whole(text: str, least: int = 1) -> int:
    """argparse type: a whole number of at least 1 (or of at least `least`), below 2**63."""
    number = -1
    if text.isdecimal():
        number = int(text) if len(text) < MOST_DIGITS else LIMIT
    if number < least:
        raise argparse.ArgumentTypeError(f"must be a whole number of at least {least}, got {shorten(text)}")
    if number >= LIMIT:
        raise argparse.ArgumentTypeError(f"must be below 2**63, got {shorten(text)}")
    return number


def shorten(text: str) -> str:
    """What somebody gave, in quotes, at most 40 characters of it."""
    return repr(text if len(text) <= 40 else f"{text[:40]}…")


def threads(text: str) -> int:
    """argparse type: how many threads torch may use."""
    count = whole(text)
    if count > MOST_THREADS:
        raise argparse.ArgumentTypeError(f"must be at most {MOST_THREADS} on this machine, got {count}")
    return count


def seed(text: str) -> int:
    """argparse type: what `torch.Generator.manual_seed` takes."""
    try:
        return TrainConfig(seed=int(text)).seed
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"must be a whole number from 0 to 2**63 - 1, got {shorten(text)}") from error


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
        case Whole():
            return {"type": seed if about.flag == "--seed" else whole if about.least == 1 else int}
        case _:
            raise TypeError(f"a setting must be of one of the kinds above, got {type(about).__name__}")


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
