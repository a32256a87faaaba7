"""CSV files of images: a row is an image, its numbers are pixels, and one column may be the class."""

from __future__ import annotations

import csv
import math
import re
from dataclasses import dataclass, field

import numpy as np

from vae_core.data.containers import LeftOut
from vae_core.data.reading import ReadOptions
from vae_core.errors import DataError
from vae_core.files import one_line

DELIMITERS = (",", ";", "\t", " ")
MOST_NUMBERS = 2**25  # a table that is read has no more: 128 MB as float32
LABEL_NAMES = ("label", "labels", "class", "classes", "target", "targets", "y", "digit", "category", "species")
INDEX_NAMES = ("", "id", "index", "unnamed: 0", "image_id", "imageid")
SAMPLE_ROWS = 200  # spread over the table: many tables are sorted by class
DECIMAL_COMMA = re.compile(r"^\s*-?\d+,\d+\s*$")


@dataclass
class Table:
    """Rows as images: `pixels` (rows, numbers) float32, `labels` a text for each row or None, and the words of what was decided."""

    pixels: np.ndarray
    labels: list[str] | None
    names: list[str]
    left_out: list[LeftOut] = field(default_factory=list)
    about_labels: str = ""


def read_table(content: bytes, source: str, options: ReadOptions, most: int) -> Table:
    """A table from the bytes of a text. The options' `labels` is the name or number of its column of classes, "" to look for it, "none" for
    none; of more than `most` rows DataError, unless only `most_images` of them, drawn at random, are wanted."""
    sides, chosen = options.row_shape, options.most_images
    lines = [line for line in _decoded(content).splitlines() if line.strip()]
    if not lines:
        raise DataError(f"{source} is empty")
    delimiter = _delimiter(lines, source)
    first, second = (_fields(line, delimiter) for line in (lines[0], lines[min(1, len(lines) - 1)]))
    header = _header(first, second)
    rows = lines[1:] if header else lines
    if not rows:
        raise DataError(f"{source} has a header and no row below it")
    names = [f"row {number}" for number in range(2 if header else 1, len(lines) + 1)]
    if chosen and len(rows) > chosen:
        order = np.sort(np.random.Generator(np.random.PCG64(options.split_seed)).permutation(len(rows))[:chosen])
        rows, names = [rows[i] for i in order], [names[i] for i in order]
    if len(rows) > most:
        raise too_many(len(rows), source)
    width = len(first)
    if width * len(rows) > MOST_NUMBERS:
        raise DataError(
            f"{source} holds {width * len(rows):,} numbers, and at most {MOST_NUMBERS:,} are read: take fewer rows"
        )
    sample = [
        fields for line in rows[:: max(1, len(rows) // SAMPLE_ROWS)] if len(fields := _fields(line, delimiter)) == width
    ]
    label_column, dropped, about = _columns(header, sample, options.labels, sides, source)
    pixel_columns = [column for column in range(width) if column != label_column and column not in dropped]
    table = _parse(rows, names, delimiter, width, pixel_columns, label_column)
    table.about_labels = about
    return table


def too_many(count: int, source: str) -> DataError:
    return DataError(
        f"{source} holds {count:,} images, and at most 20,000 are read: leave some out, or draw some at random with "
        "most_images (--most-images 20000)"
    )


def _decoded(content: bytes) -> str:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encodings = ["utf-16"]
    else:
        encodings = ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return content.decode("latin-1")


def _fields(line: str, delimiter: str) -> list[str]:
    try:
        fields = next(
            csv.reader([line.strip() if delimiter == " " else line], delimiter=delimiter, skipinitialspace=True)
        )
    except (csv.Error, StopIteration):
        return [line]
    return [field.strip() for field in fields]


def _delimiter(lines: list[str], source: str) -> str:
    """What stands between the numbers: what divides the first rows into the most equal parts."""
    sample = lines[:20]
    counts = {d: [len(_fields(line, d)) for line in sample] for d in DELIMITERS}
    fitting = {
        d: numbers[-1]
        for d, numbers in counts.items()
        if numbers.count(numbers[-1]) >= 0.8 * len(numbers) and numbers[-1] > 1
    }
    if not fitting:
        raise DataError(
            f"{source} is a text without rows of numbers: a table of images has a row for each, with its pixels"
        )
    delimiter = max((d for d in fitting), key=lambda d: (d in ";\t" and fitting[d] > 1, fitting[d]))
    if delimiter in ";\t " and any(
        DECIMAL_COMMA.match(part) for line in sample[-3:] for part in _fields(line, delimiter)
    ):
        raise DataError(
            f"{source} has numbers with a decimal comma, such as 0,5: save it with decimal points (in a spreadsheet: the language "
            "English), or as whole numbers"
        )
    return delimiter


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return "_" not in text


def _header(first: list[str], second: list[str]) -> list[str]:
    """The names of the columns, if the first row has them: hardly a number in it where the second row has many."""
    texts = sum(not _is_number(part) for part in first)
    is_header = texts > len(first) / 2 or (first and not _is_number(first[0]) and first[0].lower() in LABEL_NAMES)
    is_header = is_header or texts > sum(not _is_number(part) for part in second)
    return [part.lower() for part in first] if is_header else []


def sides_of(count: int) -> tuple[int, ...]:
    """(side, side), or (side, side, 3), of so many numbers that are a square image; () where they are none."""
    for channels in (1, 3, 4):
        side = math.isqrt(count // channels)
        if side > 1 and side * side * channels == count:
            return (side, side) if channels == 1 else (side, side, channels)
    return ()


def _columns(
    header: list[str], sample: list[list[str]], label: str, sides: tuple[int, ...], source: str
) -> tuple[int | None, set[int], str]:
    """The column of the classes, columns that hold neither them nor pixels, and the reason in words."""
    if not sample:
        raise DataError(
            f"{source} has rows of different lengths: a row for each image, all of the same length, is what is read"
        )
    width = len(sample[0])
    columns = [[row[i] for row in sample] for i in range(width)]

    def fits(count: int) -> bool:
        return count == math.prod(sides) if sides else bool(sides_of(count))

    texts = [i for i in range(width) if sum(not _is_number(part) for part in columns[i]) > len(sample) / 2]
    chosen, about = _asked_for(label, header, width, source)
    if label and label != "none":
        texts = [i for i in texts if i != chosen]
    elif not label:
        named = [i for i, name in enumerate(header) if name in LABEL_NAMES]
        if named:
            chosen, about = named[0], f"the column named {header[named[0]]}"
            texts = [i for i in texts if i != chosen]
    dropped = {i for i in range(width) if i != chosen and _is_index(i, header, columns[i])}
    dropped = dropped if not fits(width - (chosen is not None)) else set()
    texts = [i for i in texts if i not in dropped]
    if chosen is None and label != "none" and len(texts) == 1:
        chosen, about, texts = texts[0], f"column {texts[0] + 1}, the one of words", []
    dropped |= set(texts) if len(texts) <= 2 else set()
    if chosen is None and label != "none" and not fits(width - len(dropped)) and fits(width - len(dropped) - 1):
        chosen, about = _label_among(columns, [i for i in range(width) if i not in dropped], source)
    count = width - len(dropped) - (chosen is not None)
    if not fits(count):
        wanted = (
            f"an image of {' x '.join(map(str, sides))} has {math.prod(sides)}" if sides else "that is no square image"
        )
        raise DataError(
            f"{source} has {count:,} numbers in a row{' beside the class' if chosen is not None else ''}, and {wanted}: say "
            "row_shape (--row-shape HEIGHT,WIDTH), and which column is the class (--labels)"
        )
    return chosen, dropped, about or "no column is left over for classes"


def _asked_for(label: str, header: list[str], width: int, source: str) -> tuple[int | None, str]:
    if label in ("", "none"):
        return None, "without classes, as asked for" if label else ""
    if label.lower() in header:
        return header.index(label.lower()), f"the column named {one_line(label)}"
    number = {"first": 1, "last": width}.get(label.lower()) or (
        int(label) if label.isdecimal() and len(label) < 9 else 0
    )
    if not 1 <= number <= width:
        names = f", the names are {', '.join(header[:5])} ..." if header else ""
        raise DataError(
            f"{source} has no column {one_line(label)!r}: it has {width:,} columns{names}; first and last are words too"
        )
    return number - 1, f"column {number}, as asked for"


def _is_index(place: int, header: list[str], column: list[str]) -> bool:
    """Whether the first column only counts the rows."""
    if place != 0:
        return bool(header) and header[place] in INDEX_NAMES[1:]
    counted = [str(number) for number in range(len(column))], [str(number + 1) for number in range(len(column))]
    return len(column) > 2 and column in counted or bool(header) and header[0] in INDEX_NAMES


def _label_among(columns: list[list[str]], places: list[int], source: str) -> tuple[int, str]:
    """The first or the last column, whichever is no pixel: whole numbers of few values, unlike the column beside it."""

    def unlike_neighbour(place: int, neighbour: int) -> float:
        values, beside = (np.array([float(v or "nan") for v in columns[i]]) for i in (place, neighbour))
        distinct = np.unique(values)
        if (
            len(distinct) < 2
            or len(distinct) > max(2, 0.6 * len(values))
            and len(values) > 8
            or (values != values.round()).any()
        ):
            return -1.0
        spread = float(np.nanstd(values) + np.nanstd(beside)) or 1.0
        return float(np.nanmean(np.abs(values - beside))) / spread

    first, last = unlike_neighbour(places[0], places[1]), unlike_neighbour(places[-1], places[-2])
    if max(first, last) < 0:
        raise DataError(
            f"{source} has one number a row more than a square image, and neither the first nor the last column looks like classes: say "
            "which it is with labels (--labels first, or last)"
        )
    place, where = (places[0], "first") if first >= last else (places[-1], "last")
    return place, f"the {where} column: the other {len(places) - 1:,} are a square image, and it has few values"


def _parse(
    rows: list[str], names: list[str], delimiter: str, width: int, pixels: list[int], label: int | None
) -> Table:
    """All rows at once; where one of them is damaged, one by one."""
    try:
        values = np.loadtxt(
            rows,
            np.float32,
            comments=None,
            delimiter=None if delimiter == " " else delimiter,
            usecols=pixels,
            ndmin=2,
            quotechar='"',
        )
        is_even = delimiter == " " or all(row.count(delimiter) == width - 1 for row in rows)
        if is_even and len(values) == len(rows) and np.isfinite(values).all():
            labels = None if label is None else [_field(row, delimiter, label, width) for row in rows]
            return Table(values, labels, names)
    except (ValueError, IndexError, OverflowError):
        pass
    kept: list[np.ndarray] = []
    table = Table(np.empty((0, len(pixels)), np.float32), None if label is None else [], [])
    for row, name in zip(rows, names, strict=True):
        fields = _fields(row, delimiter)
        numbers = _numbers(fields, pixels, width)
        if isinstance(numbers, str):
            table.left_out.append(LeftOut(name, numbers))
            continue
        kept.append(numbers)
        table.names.append(name)
        if label is not None and table.labels is not None:
            table.labels.append(fields[label])
    if kept:
        table.pixels = np.stack(kept)
    return table


def _numbers(fields: list[str], pixels: list[int], width: int) -> np.ndarray | str:
    """The pixels of a row, or what is wrong with it."""
    if len(fields) != width:
        return f"it has {len(fields):,} columns, and most rows have {width:,}"
    try:
        numbers = np.array([fields[i] for i in pixels]).astype(np.float32)
    except ValueError:
        return "a value that is no number" if all(fields) else "an empty field"
    return numbers if np.isfinite(numbers).all() else "a value that is not finite"


def _field(row: str, delimiter: str, place: int, width: int) -> str:
    """One field of a row; the first and the last without taking all of it apart."""
    if delimiter == " " or '"' in row or place not in (0, width - 1):
        return _fields(row, delimiter)[place]
    return (row.split(delimiter, 1)[0] if place == 0 else row.rsplit(delimiter, 1)[1]).strip()
