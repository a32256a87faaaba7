"""Where the bytes of images come from: a file, a folder, a zip in memory, or files that a browser sent. Nothing is unpacked onto
the disk, what is unpacked is counted, and what Mac and Windows add is passed over."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import NamedTuple, cast

from vae_core.data.kinds import NESTED, Kind, kind_of
from vae_core.errors import DataError, FileError, described
from vae_core.files import one_line, regular_size

MOST_UNPACKED = 256 * 10**6  # bytes of an archive's members together, and of one file
MOST_UPLOAD = 64 * 10**6  # bytes that are given as such: a browser sent them
MOST_ENTRIES = 100_000  # files of a folder or an archive, whatever they are
PIECE = 2**20
LITTER = ("thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r")  # beside what begins with "." and the folder __MACOSX
ENTRY_MAGIC = b"PK\x01\x02"
OFFICE, TORCH = "[content_types].xml", "data.pkl"

Source = str | os.PathLike[str] | bytes | Mapping[str, bytes]


class LeftOut(NamedTuple):
    """A file (a row, an image of an array) that is not among the images, and why. `is_loss`: it was meant to be."""

    name: str
    reason: str
    is_loss: bool = True


class Member(NamedTuple):
    """A file of a container: its path in it, with /, and its content, which is read when it is asked for."""

    name: str
    read: Callable[[], bytes]


@dataclass
class Container:
    """What was brought: `kind` in words, the `members`, the SHA-256 (of the file; of a folder that of its members' sums and names,
    one a line, as sha256sum prints them), and what is left out before anything is read."""

    kind: str
    members: list[Member]
    left_out: list[LeftOut]
    is_single: bool = False
    digest: str = ""
    budget: Budget | None = None  # one for a whole zip; in a folder each file has its own

    def __post_init__(self) -> None:
        self._sums: dict[str, str] = {}

    def contents(self) -> Iterator[tuple[str, bytes]]:
        """Names and contents, one after another; members that cannot be read are left out with the reason."""
        for name, read in self.members:
            try:
                content = read()
            except DataError:
                raise
            except (OSError, EOFError, zlib.error, zipfile.BadZipFile, NotImplementedError, ValueError) as error:
                reason = error.strerror if isinstance(error, OSError) and error.strerror else error
                self.left_out.append(LeftOut(name, f"it cannot be read: {one_line(reason) or type(error).__name__}"))
                continue
            if not self.digest:
                self._sums[name] = hashlib.sha256(content).hexdigest()
            if kind_of(content, name).name == "gzip":
                content = unpacked(content, one_line(name), self.budget or Budget())
            yield name, content

    @property
    def sha256(self) -> str:
        """The sum, once all contents have been read."""
        lines = "".join(f"{total}  {name}\n" for name, total in sorted(self._sums.items()))
        return self.digest or hashlib.sha256(lines.encode("utf-8", "surrogateescape")).hexdigest()


class Budget:
    """The bytes that may still be unpacked: counted as they come, for headers may lie."""

    def __init__(self) -> None:
        self._left = self._most = MOST_UNPACKED

    def read(self, file: io.BufferedIOBase, source: str) -> bytes:
        """The whole of a file. DataError as soon as more comes than may."""
        content = bytearray()
        while piece := file.read(PIECE):
            self._left -= len(piece)
            if self._left < 0:
                raise DataError(
                    f"{one_line(source)} holds more than {self._most // 10**6} MB once unpacked, which is not read: take fewer "
                    "or smaller images"
                )
            content += piece
        return bytes(content)


def open_container(source: Source) -> Container:
    """What `source` holds: the path of a file or a folder, the bytes of a file, or several files as a mapping from names to bytes.
    DataError for what is refused as a whole, FileError for what the system does not let us read."""
    if isinstance(source, Mapping):
        return _of_files(source)
    if isinstance(source, (bytes, bytearray, memoryview)):
        if len(source) > MOST_UPLOAD:
            raise DataError(
                f"the file has {len(source) / 10**6:,.0f} MB, and at most {MOST_UPLOAD // 10**6} MB are taken: make it smaller, or "
                "give the path of a file or folder on this machine"
            )
        return _of_content(bytes(source), "the file")
    if not isinstance(source, (str, os.PathLike)):
        raise TypeError(
            f"path_or_bytes must be a path, bytes, or a mapping from names to bytes, got {described(source)}"
        )
    if "\0" in str(source) or not str(source):
        raise DataError(f"{one_line(source) or 'an empty text'} is no path of a file or a folder")
    path = Path(source)
    try:
        if os.path.isdir(path):
            return _of_folder(path)
        size = regular_size(path)
        if size > MOST_UNPACKED:
            raise DataError(
                f"{one_line(path)} has {size / 10**6:,.0f} MB, and at most {MOST_UNPACKED // 10**6} MB are read: take fewer or smaller "
                "images, or give a folder of pictures"
            )
        return _of_content(path.read_bytes(), one_line(path))
    except OSError as error:
        if isinstance(error, FileError):
            raise
        raise FileError.of(error, f"{one_line(path)} cannot be read") from error


def _of_files(files: Mapping[str, bytes]) -> Container:
    for name, content in files.items():
        if not isinstance(name, str) or not isinstance(content, (bytes, bytearray, memoryview)):
            raise TypeError(
                f"path_or_bytes must be a mapping from names to bytes, got {described(content)} under {described(name)}"
            )
    total = sum(map(len, files.values()))
    if total > MOST_UPLOAD:
        raise DataError(
            f"the files have {total / 10**6:,.0f} MB, and at most {MOST_UPLOAD // 10**6} MB are taken: take fewer or smaller images, "
            "or give the path of a folder on this machine"
        )
    if len(files) == 1:
        return _of_content(bytes(next(iter(files.values()))), one_line(next(iter(files))))
    names = [name for name in sorted(files) if not is_litter(name)]
    return Container("files", [Member(name.replace("\\", "/"), partial(bytes, files[name])) for name in names], [])


def _of_content(content: bytes, source: str) -> Container:
    kind = kind_of(content, source)
    digest = hashlib.sha256(content).hexdigest()
    if kind.name == "zip":
        return _of_zip(content, source, digest)
    if kind.name == "gzip":
        content = unpacked(content, source, Budget())
        kind = kind_of(content, source)
        if kind.family == "archive":
            raise DataError(
                f"{source} is {kind.name} within gzip, and an archive in another one is not read: unpack it first"
            )
    refuse(kind, source)
    return Container(kind.name, [Member(source, lambda: content)], [], True, digest)


def refuse(kind: Kind, source: str) -> None:
    """DataError for a file of a kind that is not read, with the remedy."""
    if kind.family == "refused":
        raise DataError(f"{source} is {kind.name}, which is not read: {kind.remedy}")
    if kind.family == "unknown":
        raise DataError(
            f"{source} is {kind.name}: give a zip or a folder of pictures, an .npy, .npz or .csv file, or an idx file"
        )


def unpacked(content: bytes, source: str, budget: Budget) -> bytes:
    """What a gzip file holds."""
    try:
        with gzip.open(io.BytesIO(content)) as file:
            return budget.read(file, source)
    except (OSError, EOFError, zlib.error) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"{source} is a damaged gzip file: {one_line(error)}") from error


def is_litter(name: str) -> bool:
    """Whether a Mac or Windows added this file of its own, or it lies in a hidden folder."""
    parts = name.replace("\\", "/").split("/")
    return (
        any(part.startswith(".") and part not in (".", "..") or part == "__MACOSX" for part in parts)
        or parts[-1].lower() in LITTER
    )


# -- folders -----------------------------------------------------------------------------------------------------


def _of_folder(path: Path) -> Container:
    members, left_out = [], []
    for folder, folders, files in os.walk(path, onerror=_raise):
        inside = Path(folder).relative_to(path)
        for name in [name for name in folders if os.path.islink(os.path.join(folder, name))]:
            left_out.append(LeftOut((inside / name).as_posix(), "it is a link, and links are not followed", False))
        folders[:] = sorted(name for name in folders if not is_litter(name))
        for name in sorted(files):
            relative = (inside / name).as_posix()
            if is_litter(name):
                continue
            mode = os.lstat(os.path.join(folder, name)).st_mode
            if stat.S_ISLNK(mode):
                left_out.append(LeftOut(relative, "it is a link, and links are not followed", False))
            elif not stat.S_ISREG(mode):
                left_out.append(LeftOut(relative, "it is a pipe or a device", False))
            else:
                members.append(Member(relative, partial(_read_file, os.path.join(folder, name))))
            if len(members) + len(left_out) > MOST_ENTRIES:
                raise DataError(
                    f"{one_line(path)} holds more than {MOST_ENTRIES:,} files: choose the folder of the images alone"
                )
    members.sort(key=lambda member: member.name)  # as those of a zip, so that both give the same numbers
    return Container("a folder", members, left_out)


def _read_file(path: str) -> bytes:
    size = regular_size(path)
    if size > MOST_UPLOAD:
        raise ValueError(f"it has {size / 10**6:,.0f} MB, and a file of a folder may have {MOST_UPLOAD // 10**6} MB")
    return Path(path).read_bytes()


def _raise(error: OSError) -> None:
    raise error


# -- zip ---------------------------------------------------------------------------------------------------------


def _of_zip(content: bytes, source: str, digest: str) -> Container:
    if content.count(ENTRY_MAGIC) > MOST_ENTRIES:  # before any of them becomes an object
        raise DataError(f"{source} holds more than {MOST_ENTRIES:,} files: make a zip of the images alone")
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        entries = archive.infolist()
    except Exception as error:  # zipfile says of no damage which error it raises
        raise DataError(f"{source} is a damaged zip: {one_line(error) or type(error).__name__}") from error
    budget, members = Budget(), []
    names = [zip_name(entry) for entry in entries]
    for name in names:
        if name.lower() == OFFICE:
            raise DataError(f"{source} is an Office file: save its sheet as CSV")
        if name.rpartition("/")[2] == TORCH:
            raise DataError(
                f"{source} holds a pickle, and pickles are never opened: save the images with np.save or np.savez"
            )
    for entry, name in zip(entries, names, strict=True):
        if is_litter(name):
            continue
        _check_entry(entry, name, source)
        if name and not name.endswith("/"):
            members.append(Member(name, partial(_member, archive, entry, name, source, budget)))
    members.sort(key=lambda member: member.name)
    return Container("a zip", members, [], digest=digest, budget=budget)


def zip_name(entry: zipfile.ZipInfo) -> str:
    """The path of a zip's entry. Names that are not marked as UTF-8 and are UTF-8 all the same are read as it."""
    name = entry.filename
    if not entry.flag_bits & 0x800:
        try:
            name = name.encode("cp437").decode("utf-8")
        except UnicodeError:
            pass
    return name.replace("\\", "/")


def _check_entry(entry: zipfile.ZipInfo, name: str, source: str) -> None:
    """DataError for an entry that no honest zip of images has."""
    if entry.flag_bits & 0x1:
        raise DataError(f"{source} is encrypted ({one_line(name)}): make a zip without a password")
    if name.startswith("/") or ".." in PurePosixPath(name).parts or (len(name) > 1 and name[1] == ":"):
        raise DataError(
            f"{source} holds a path that leads outside, {one_line(name)}: make the zip again from one folder"
        )
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise DataError(f"{source} holds a link, {one_line(name)}: make the zip again with the files themselves")


def _member(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str, source: str, budget: Budget) -> bytes:
    try:
        with archive.open(entry) as file:
            content = budget.read(cast(io.BufferedIOBase, file), source)
    except RuntimeError as error:  # zipfile asks for passwords so
        raise DataError(f"{source} cannot be unpacked at {one_line(name)}: {one_line(error)}") from error
    if kind_of(content, name).name in NESTED:
        raise DataError(f"{source} holds another archive, {one_line(name)}: unpack it, and make one zip of the images")
    return content
