"""Where a command takes its images from: the name of a data set, or the path of one's own images."""

from __future__ import annotations

import argparse
import os
from collections.abc import Collection
from typing import Any

from vae_core.cli.arguments import flag_options
from vae_core.data.datasets import DATASETS, load_data
from vae_core.data.gathering import gather
from vae_core.data.own_images import decide, name_of
from vae_core.data.reading import ReadOptions, ReadReport
from vae_core.data.records import Dataset
from vae_core.errors import CheckpointError, DatasetUnavailable
from vae_core.files import one_line
from vae_core.settings import settings_of

FLAGS_OF_ARRAYS = ("axes", "channels", "images", "row_shape")
PREFIX = "read_"  # these flags' names begin so: some are those of other flags


def data_help() -> str:
    """What --data takes."""
    return f"{', '.join(DATASETS)}, or the path of one's own images: a zip or folder of pictures, .npy, .npz, .csv, idx"


def add_reading_flags(parser: argparse.ArgumentParser, apart: Collection[str] = ()) -> None:
    """A flag for each setting of `ReadOptions`, but for those of these names."""
    group = parser.add_argument_group("one's own images", "each overrules a decision that `inspect` shows")
    for name, about in settings_of(ReadOptions).items():
        if name not in apart:
            text = about.short or about.help.split(". ")[0].rstrip(".")
            options = {"help": text, **flag_options(about)}
            group.add_argument(about.flag, dest=f"{PREFIX}{name}", default=argparse.SUPPRESS, **options)


def flags_of(args: argparse.Namespace) -> dict[str, Any]:
    """The flags of `add_reading_flags` that were given, by the setting's name."""
    return {name.removeprefix(PREFIX): value for name, value in vars(args).items() if name.startswith(PREFIX)}


def is_name(data: str) -> bool:
    """Whether `data` names a data set. ValueError unless it does or is the path of something."""
    if data in DATASETS:
        return True
    if "\0" in data or not os.path.lexists(data):
        raise DatasetUnavailable(
            f"there is no data set named {one_line(repr(data))}; the names are {', '.join(DATASETS)}, and no file or folder is named so"
        )
    return False


def load_named(args: argparse.Namespace) -> Dataset:
    """The data set that --data names. ValueError for a flag that only counts for one's own images."""
    for name in flags_of(args):
        flag = settings_of(ReadOptions)[name].flag
        raise ValueError(
            f"{flag} does not go with --data {args.data}, which is always read in the same way: leave it out"
        )
    return load_data(args.data)


def read_own(
    args: argparse.Namespace, former: dict[str, Any] | None = None, **settings: Any
) -> tuple[Dataset, ReadReport]:
    """The images at the path --data. `former` is how a run or a model has them read; flags and `settings` overrule it."""
    options = options_of(former) if former else ReadOptions()
    return read_with_flags(args.data, options.replace(**settings), flags_of(args))


def read_with_flags(path: str, options: ReadOptions, flags: dict[str, Any]) -> tuple[Dataset, ReadReport]:
    """`read_images` with flags that overrule the options. ValueError for a flag that such images would ignore."""
    options = options.replace(**flags)
    gathered = gather(path, options)
    ignored: tuple[str, ...] = () if gathered.arrays else FLAGS_OF_ARRAYS
    if gathered.arrays and all(part.array.ndim > 2 for part in gathered.arrays):
        ignored = ("row_shape",)
    for name in flags:
        if name in ignored:
            rest = "whose images are no rows" if gathered.arrays else "which has no arrays"
            raise ValueError(
                f"{settings_of(ReadOptions)[name].flag} does not go with {one_line(path)}, {rest}: leave it out"
            )
    return decide(gathered, name=name_of(path), options=options)


def options_of(reading: dict[str, Any]) -> ReadOptions:
    """The options that a history or a model's header has kept. CheckpointError for what they cannot be."""
    try:
        return ReadOptions.from_dict(reading.get("options", {}))
    except (ValueError, TypeError, OverflowError) as error:
        raise CheckpointError(f"the file does not say how its images were read: {one_line(error)}") from error
