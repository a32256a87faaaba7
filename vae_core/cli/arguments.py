"""Types of flags, and where results may go: checked before the work."""

from __future__ import annotations

import argparse
import os
import stat
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

from vae_core.cli.streams import say, write
from vae_core.config import TrainConfig
from vae_core.files import one_line
from vae_core.settings import MOST_DIGITS, Choice, Number, Setting, Text, Whole, Widths

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
    """argparse type: a whole number of at least `least`, below 2**63."""
    number = -1
    if text.isdecimal():
        number = int(text) if len(text) < MOST_DIGITS else LIMIT
    if number < least:
        raise argparse.ArgumentTypeError(f"must be a whole number of at least {least}, got {short(text)}")
    if number >= LIMIT:
        raise argparse.ArgumentTypeError(f"must be below 2**63, got {short(text)}")
    return number


def threads(text: str) -> int:
    """argparse type: how many threads torch may use."""
    count = whole(text)
    if count > MOST_THREADS:
        raise argparse.ArgumentTypeError(f"must be at most {MOST_THREADS} on this machine, got {count}")
    return count


def number(text: str) -> float:
    """argparse type: a number; the config or the command checks its range."""
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"must be a number, such as 0.5 or 1e-3, got {short(text)}") from None


def short(text: str) -> str:
    """What a person typed, for a message."""
    return repr(text if len(text) <= 40 else f"{text[:37]}...")


def seed(text: str) -> int:
    """argparse type: what `torch.Generator.manual_seed` takes."""
    try:
        return TrainConfig(seed=int(text)).seed
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"must be a whole number from 0 to 2**63 - 1, got {short(text)}") from error


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
        case Text():
            return {"metavar": "TEXT"}
        case Number():
            return {"type": number}
        case Whole():
            return {"type": seed if about.flag in ("--seed", "--split-seed") else partial(whole, least=about.least)}
        case _:
            raise TypeError(f"a setting must be of one of the kinds above, got {type(about).__name__}")


# -- where results go, checked before the work -------------------------------------------------------------------


def check_picture_path(path: Path) -> None:
    check_file_path(path, ".png")


def check_file_path(path: Path, suffix: str = "") -> None:
    """ValueError unless a file can be written there, whose name has to end in `suffix`."""
    if suffix and path.suffix.lower() != suffix:
        raise ValueError(f"--out must end in {suffix}, got {path}")
    if path.is_dir():
        raise ValueError(f"--out must be a file, got the folder {path}")
    if os.path.exists(path) and not os.path.isfile(path):
        raise ValueError(f"--out must be a file, got {path}, which is a pipe or a device: choose another name")
    if not path.parent.is_dir():
        raise ValueError(f"--out must be a file in a folder that exists, got {path}: make the folder first")


def refuse_inputs(path: Path, inputs: Sequence[Path]) -> None:
    """ValueError if what the command writes would take the place of a file that it reads, however the two are spelt."""
    for file in inputs:
        if os.path.exists(path) and os.path.exists(file) and os.path.samefile(path, file):
            raise ValueError(f"--out must be another file than {file}, which is read and would be lost, got {path}")


def check_folder_path(path: Path) -> None:
    """Missing folders are made later; what stands in the place of one, or cannot be a path, is an error."""
    rule = "--out must be a folder, got"
    for part in (path, *path.parents):
        try:
            mode = os.stat(part).st_mode
        except FileNotFoundError:
            if os.path.islink(part):
                raise ValueError(f"{rule} {one_line(part)}, a link that leads nowhere: choose another name") from None
        except NotADirectoryError:
            continue  # what is above it says more
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is no path of a file"
            raise ValueError(f"{rule} {one_line(part)}, which cannot be opened: {reason}") from error
        else:
            if stat.S_ISREG(mode):
                raise ValueError(f"{rule} the file {one_line(part)}")
            if not stat.S_ISDIR(mode):
                raise ValueError(f"{rule} {one_line(part)}, which is a pipe or a device: choose another name")


# -- flags that count only beside others ---------------------------------------------------------------------------


def refuse_flags(args: argparse.Namespace, takes: Mapping[str, tuple[str, ...]]) -> None:
    """ValueError for a flag that was given and that --method would ignore. `takes` maps flags to the methods that take them."""
    for name, methods in takes.items():
        if getattr(args, name) is not None and args.method not in methods:
            flag = f"--{name.replace('_', '-')}"
            raise ValueError(
                f"{flag} does not go with --method {args.method}: leave it out, or choose --method {' or '.join(methods)}"
            )
