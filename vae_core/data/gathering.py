"""Everything that a source holds, decoded once and not yet decided on: so that decisions can be changed at once, again and again."""

from __future__ import annotations

import io
import math
import os
import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from vae_core.data.array_files import HEADER_ERRORS, NUMBERS, READ_ERRORS, TEXTS, idx_array, npy_array
from vae_core.data.arrays import TEST_WORDS, TRAIN_WORDS, Part, find_images, plain_label
from vae_core.data.containers import MOST_UNPACKED, Container, LeftOut, Source, open_container, refuse
from vae_core.data.kinds import LOOK, Kind, kind_of
from vae_core.data.picture_files import Picture, read_picture_file, side_for
from vae_core.data.reading import MOST_IMAGES, ReadOptions
from vae_core.data.tables import read_table, too_many
from vae_core.errors import DataError, DatasetUnavailable
from vae_core.files import one_line

MOST_LOSSES = 0.2  # the share of images that may be left out
LISTED = 5  # names in a message
PICKLED = "np.stack the images, they must have one size; pickles are never opened"
Progress = Callable[[int, int], None]


class Group(NamedTuple):
    """Images of one size and kind: their places in the set and their pixels (images, height, width, channels)."""

    places: np.ndarray
    pixels: np.ndarray


@dataclass
class Gathered:
    """What was read. `groups` are pictures, or `parts` are arrays, whose axes are a decision. `classes` and `parts_of_split` have a text
    for each picture. `sizes` are those of the files, as (height, width)."""

    kind: str
    sha256: str
    names: list[str]
    left_out: list[LeftOut]
    groups: list[Group] = field(default_factory=list)
    sizes: list[tuple[int, int]] = field(default_factory=list)
    classes: list[str] | None = None
    class_source: str = ""
    split_parts: list[str] | None = None
    arrays: list[Part] = field(default_factory=list)
    moving: int = 0
    passed_over: int = 0


def gather(
    source: Source, options: ReadOptions | None = None, *, most_files: int = 0, progress: Progress | None = None
) -> Gathered:
    """Read a source once; `decide` makes a data set of it. Of the `options` it uses those that say which array, rows, columns and
    how many. For a first look at a large set, `most_files` reads only so many of its files, evenly spread. `progress` is told how
    many of how many files have been read. DataError where there are no images, or where more than a fifth of them could not be read."""
    options = options or ReadOptions()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow warns about files whose errors we put into words
        container = open_container(source)
        if 0 < most_files < len(container.members):
            container.members = container.members[:: -(-len(container.members) // most_files)]
        return _gather(container, options, progress)


def _gather(container: Container, options: ReadOptions, progress: Progress | None) -> Gathered:
    if container.is_single:
        (name, content), *_ = container.contents()
        kind = kind_of(content[:LOOK], name)
        if kind.family == "picture":
            raise DataError(f"{name} is one picture, and a set needs at least two: give a zip or a folder of pictures")
        return _from_arrays({name: content}, container, options)
    contents: dict[str, bytes] = {}
    pictures: list[tuple[str, Picture]] = []
    side, total, unknown = side_for(len(container.members)), len(container.members), 0
    for done, (name, content) in enumerate(container.contents(), 1):
        kind = kind_of(content[:LOOK], name)
        if kind.family == "picture":
            try:
                pictures.append((name, read_picture_file(content, side)))
            except DataError as error:
                container.left_out.append(LeftOut(name, str(error)))
        elif kind.family in ("array", "text") and not kind.is_picture:
            contents[name] = content
        elif kind.family == "refused" and not kind.is_picture and total == 1:
            refuse(kind, one_line(name))
        else:
            container.left_out.append(LeftOut(name, _why(kind), kind.is_picture))
            unknown += not kind.is_picture
        if len(pictures) > MOST_IMAGES and not options.most_images:
            raise too_many(len(pictures), f"{container.kind} with")
        if progress and (done % 50 == 0 or done == total):
            progress(done, total)
    if pictures:
        container.left_out += [LeftOut(name, "it is no picture", False) for name in contents]
        return _from_pictures(pictures, container, options, unknown + len(contents))
    _stop_above_a_fifth(0, container.left_out)
    if not contents:
        raise DataError(
            f"{container.kind} holds no image: PNG, JPEG, GIF, BMP, WebP and PNM pictures, npy, csv and idx files are read"
        )
    return _from_arrays(contents, container, options)


def _why(kind: Kind) -> str:
    return f"it is {kind.name}: {kind.remedy}" if kind.remedy else f"it is {kind.name}, not a picture"


def _stop_above_a_fifth(read: int, left_out: list[LeftOut]) -> None:
    losses = [item for item in left_out if item.is_loss]
    if losses and len(losses) > MOST_LOSSES * (len(losses) + read):
        listing = "; ".join(f"{one_line(item.name)}: {item.reason}" for item in losses[:LISTED])
        more = f"; and {len(losses) - LISTED:,} more" if len(losses) > LISTED else ""
        raise DataError(
            f"{len(losses):,} of {len(losses) + read:,} images cannot be read, and more than a fifth is too many ({listing}{more})"
        )


# -- pictures ----------------------------------------------------------------------------------------------------


def _from_pictures(
    pictures: list[tuple[str, Picture]], container: Container, options: ReadOptions, passed_over: int
) -> Gathered:
    _stop_above_a_fifth(len(pictures), container.left_out)
    if 0 < options.most_images < len(pictures):
        order = np.random.Generator(np.random.PCG64(options.split_seed)).permutation(len(pictures))
        pictures = [pictures[i] for i in np.sort(order[: options.most_images])]
    names = [name for name, _ in pictures]
    split_parts, classes, source = folders_as_classes(names)
    shapes: dict[tuple[tuple[int, ...], str], list[int]] = {}
    for place, (_, picture) in enumerate(pictures):
        shapes.setdefault((picture.pixels.shape, picture.pixels.dtype.str), []).append(place)
    groups = [
        Group(np.array(places), np.stack([pictures[place][1].pixels for place in places])) for places in shapes.values()
    ]
    return Gathered(
        f"{container.kind} of pictures",
        container.sha256,
        names,
        container.left_out,
        groups,
        [picture.size for _, picture in pictures],
        classes,
        source,
        split_parts,
        moving=sum(picture.is_moving for _, picture in pictures),
        passed_over=passed_over,
    )


def natural(text: str) -> tuple[tuple[int, float, str], ...]:
    """A key that sorts 2 before 10, and numbers by their values before words."""
    try:
        if math.isfinite(number := float(text)) and "_" not in text:
            return ((-1, number, text),)
    except ValueError:
        pass
    pieces = re.split(r"(\d+)", text)
    return tuple((0, int(p), "") if p.isdecimal() and len(p) < 100 else (1, 0, p) for p in pieces if p)


def folders_as_classes(names: list[str]) -> tuple[list[str] | None, list[str] | None, str]:
    """The part of the split and the class of each file by its folders, and that in words: folders that all share do not count; the
    first level below them is the class, or the second where the first is train and test."""
    paths = [tuple(name.split("/")[:-1]) for name in names]
    paths = [path[_common(paths) :] for path in paths]
    split_parts = None
    firsts = {path[0].lower() if path else "" for path in paths}
    if firsts <= {*TRAIN_WORDS, *TEST_WORDS} and firsts & {*TRAIN_WORDS} and firsts & {*TEST_WORDS}:
        tests = {"test", "testing", "t10k"} & firsts or {*TEST_WORDS}
        split_parts = ["test" if path[0].lower() in tests else "train" for path in paths]
        paths = [path[1:] for path in paths]
        shared = _common(paths)
        paths = [path[shared:] for path in paths]
    if not any(paths):
        return split_parts, None, "all pictures lie in one folder"
    return split_parts, [path[0] if path else "no folder" for path in paths], "the folder that a picture lies in"


def _common(paths: list[tuple[str, ...]]) -> int:
    """How many first folders all paths share."""
    return len(os.path.commonprefix(paths)) if paths else 0


# -- arrays ------------------------------------------------------------------------------------------------------


def _from_arrays(contents: dict[str, bytes], container: Container, options: ReadOptions) -> Gathered:
    """The arrays and tables in files: one with images, or a training and a test part, and those of their classes."""
    arrays: dict[str, np.ndarray] = {}
    tables: list[Part] = []
    names: list[str] = []
    about = ""
    left_out = [*container.left_out]
    is_only = len(contents) == 1
    for name, content in contents.items():
        kind = kind_of(content[:LOOK], name)
        if kind.family == "array":
            arrays[_key(name)] = _array(content, kind, one_line(name))
        elif kind.family == "text" and (is_only or options.images in ("", name) and _is_table(content)):
            table = read_table(content, one_line(name), options, MOST_IMAGES)
            labels = None if table.labels is None else [plain_label(label) for label in table.labels]
            tables.append(Part(name, table.pixels, labels, ""))
            names += table.names
            left_out += table.left_out
            about = table.about_labels
            _stop_above_a_fifth(len(table.pixels), table.left_out)
        else:
            refuse(kind, one_line(name))
    source = one_line(next(iter(contents))) if is_only else container.kind
    if tables and not arrays:
        if len(tables) > 1:
            raise DataError(
                f"{source} holds several tables: {', '.join(one_line(t.name) for t in tables)}; give one of them"
            )
        kind_name = "a table (CSV)"
        parts = tables
    else:
        parts = find_images(arrays, options.images, options.labels, source)
        kind_name = container.kind if container.is_single else f"{container.kind} of arrays"
        about = "the array that has a value for each image" if parts[0].labels else ""
        names = []
    return Gathered(
        kind_name,
        container.sha256,
        names,
        left_out,
        arrays=parts,
        class_source=about,
        passed_over=len(container.left_out),
    )


def _key(name: str) -> str:
    return name.rpartition("/")[2].removesuffix(".npy").removesuffix(".gz")


def _is_table(content: bytes) -> bool:
    return content[:LOOK].count(b"\n") > 1 and any(content[:LOOK].count(sign) > 3 for sign in (b",", b";", b"\t", b" "))


def _array(content: bytes, kind: Kind, source: str) -> np.ndarray:
    try:
        if kind.name == "idx":
            return idx_array(io.BytesIO(content), source)
        return npy_array(io.BytesIO(content), MOST_UNPACKED, NUMBERS + TEXTS)
    except DatasetUnavailable as error:
        raise DataError(str(error)) from error
    except (*READ_ERRORS, *HEADER_ERRORS) as error:
        reason = one_line(error) or type(error).__name__
        if "holds |O" in reason or "holds object" in reason or "'O'" in reason:
            reason = f"it holds objects, not numbers: {PICKLED}"
        raise DataError(f"{source} cannot be read: {reason}") from error
