"""A visitor's own images: files that were dropped, how they are read, and the sets that the visitor uses. They are kept as uploaded
models are: in memory, for this browser alone, and no longer than it is here."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

import vae_core as vc
from aevb_lab.escaping import LONGEST_NAME, name_of
from aevb_lab.jobs.job import OwnImages
from aevb_lab.session.kept import arrivals
from aevb_lab.session.uploads import free_files, read_files
from aevb_lab.shelf import forget_with, kept
from vae_core.data.datasets import DATASETS
from vae_core.data.gathering import Gathered, gather
from vae_core.data.own_images import decide
from vae_core.data.own_images import name_of as name_of_source
from vae_core.data.reading import ReadOptions
from vae_core.data.records import Part
from vae_core.settings import Setting, Widths, settings_of
from vae_core.studies.examples import Examples, take_examples

OPTIONS = settings_of(ReadOptions)
GATHERED = ("images", "labels", "row_shape", "most_images", "split_seed")  # what is asked while the files are read
FIRST_FILES = 25  # of a large set, shown before all are read
MOST_SETS, MOST_MB = 5, 64  # sets of one visitor, and the size of their files together
PREFIX = "images_"  # of the keys of the widgets


class Files(dict[str, bytes]):
    """Contents by name. What was computed of them is forgotten when nobody has them any more."""


@dataclass(frozen=True, eq=False)
class Brought:
    """Files that a visitor has just brought, by name. `key` is the SHA-256 of names and contents."""

    name: str
    files: Mapping[str, bytes] = field(repr=False)
    key: str


def take_images(key: str) -> None:
    """Called when an uploader of images has changed: its files are what the visitor has brought."""
    files = read_files(key)
    for option in OPTIONS:
        st.session_state.pop(widget_key(option), None)
    st.session_state["brought_report"] = None
    if not files:
        st.session_state.pop("brought", None)
        return
    name, files = _named(files)
    digest = hashlib.sha256()
    for path, content in sorted(files.items()):
        digest.update(hashlib.sha256(path.encode(errors="replace")).digest() + hashlib.sha256(content).digest())
    images = Brought(name, Files(files), digest.hexdigest())
    forget_with(images.files, images.key)
    st.session_state["brought"] = images


def _named(files: Mapping[str, bytes]) -> tuple[str, dict[str, bytes]]:
    """A name for the set, that of its only file or of the folder that all lie in; and the files by their names in that folder, as the
    folder itself would give them."""
    paths = {name.replace("\\", "/").lstrip("/"): content for name, content in files.items()}
    folders = {path.split("/")[0] if "/" in path else "" for path in paths}
    source = "own images"
    if len(paths) == 1:
        source = next(iter(paths)).rpartition("/")[2]
    elif len(folders) == 1 and "" not in folders:
        source = folders.pop()
        paths = {path.partition("/")[2]: content for path, content in paths.items()}
    return name_of(name_of_source(source)) or "own images", paths


def brought() -> Brought | None:
    """What this tab's visitor has brought and not put away."""
    own_files: Brought | None = st.session_state.get("brought")
    return own_files


def open_window() -> None:
    """Open the window of one's own images on this visit to the page."""
    st.session_state["window_of"] = arrivals()


def is_open() -> bool:
    """Whether that window is open."""
    return st.session_state.get("window_of") == arrivals()


def put_away() -> None:
    """Close the window, and forget what was brought and is not in use."""
    free_files()
    for name in ("window_of", "brought", "brought_report"):
        st.session_state.pop(name, None)


# -- how they are read -------------------------------------------------------------------------------------------


def widget_key(name: str) -> str:
    """The key of the widget of an option."""
    return f"{PREFIX}{name}"


def options_on_page() -> ReadOptions:
    """The options as the widgets have them. ValueError where they are none."""
    values: dict[str, Any] = {}
    for name, about in OPTIONS.items():
        if widget_key(name) in st.session_state:
            value = st.session_state[widget_key(name)]
            values[name] = about.read(value) if isinstance(about, Widths) else value
    return ReadOptions(**values)


def to_widget(about: Setting, value: Any) -> Any:
    """An option's value for its widget."""
    return about.write(value) if isinstance(about, Widths) else value


def first_look(images: Brought) -> vc.Dataset | None:
    """A few of the images of many files, before all are read; None where that says nothing."""
    if st.session_state.get("brought_report") is not None:
        return None
    try:
        return decide(gather(images.files, most_files=FIRST_FILES), name=images.name)[0]
    except vc.DataError:
        return None  # the whole set may be better, or says why not


def read_brought(images: Brought, progress: Callable[[int, int], None] | None) -> tuple[vc.Dataset, vc.ReadReport]:
    """What was brought, as the widgets say. DataError or ValueError where that cannot be; `last_report` stays."""
    options = options_on_page()
    _progress.tell = progress
    dataset, report = decided(images, images.name, options)
    st.session_state["brought_report"] = report
    return dataset, report


def last_report() -> vc.ReadReport | None:
    """The report of the last options that could be read."""
    report: vc.ReadReport | None = st.session_state.get("brought_report")
    return report


class _Progress(threading.local):
    """Who is told how many files have been read: it is no part of a key."""

    tell: Callable[[int, int], None] | None = None


_progress = _Progress()
_turn = threading.RLock()  # reading takes the memory of what is unpacked and of all images: one set at a time


@kept(entries=4)
def _gathered(images: Brought, options: ReadOptions) -> Gathered:
    return gather(images.files, options, progress=_progress.tell)


@kept(entries=4)
def decided(images: Brought, name: str, options: ReadOptions) -> tuple[vc.Dataset, vc.ReadReport]:
    """The set as these options describe it: at once, where its files have been read before. Raises vc.DataError."""
    early = ReadOptions(**{name: getattr(options, name) for name in GATHERED})
    with _turn:
        return decide(_gathered(images, early), name=name, options=options)


def read_set(images: OwnImages) -> vc.Dataset:
    """A set in use."""
    return decided(Brought(images.name, images.files, images.source), images.name, images.options)[0]


@kept(entries=16)
def own_examples(images: OwnImages, binarization: str) -> Examples:
    """The test images of a set in use."""
    dataset = read_set(images)
    part = Part(dataset.x_test, dataset.y_test, dataset.image_shape, dataset.class_names)
    return take_examples(part, dataset.name, binarization)


# -- the sets in use ---------------------------------------------------------------------------------------------


class OwnSets:
    """The sets that a visitor uses, kept in `sets` by name, oldest first: at most MOST_SETS, and of at most MOST_MB together."""

    lock = threading.Lock()  # for all visitors: a set is added in microseconds

    def __init__(self, sets: dict[str, OwnImages]):
        self._sets = sets

    def add(self, images: OwnImages) -> list[str]:
        """Keep a set. Returns the names of the oldest ones, which had to go."""
        with self.lock:
            self._sets.pop(images.name, None)
            self._sets[images.name] = images
            gone = []
            while len(self._sets) > MOST_SETS or sum(own.num_bytes for own in self._sets.values()) > MOST_MB * 2**20:
                if len(self._sets) == 1:
                    break  # one upload alone has no more bytes than may be
                gone.append(next(iter(self._sets)))
                del self._sets[gone[-1]]
        return gone

    def by_name(self) -> dict[str, OwnImages]:
        """The sets by name, as they are now."""
        with self.lock:
            return dict(self._sets)


def own_sets() -> OwnSets:
    """The sets of this visitor."""
    return OwnSets(st.session_state.setdefault("own_sets", {}))


def use_brought() -> OwnImages | None:
    """Keep what was brought as a set that the pages know, under a name that no other set has, and choose it on Train. None where
    nothing was brought."""
    images, report = brought(), last_report()
    if images is None or report is None:
        return None
    sets = own_sets()
    options = options_on_page()
    same = [own for own in sets.by_name().values() if own.report.about == report.about]
    if same:
        own = same[0]
    else:
        own = OwnImages(
            _unused_name(images.name, {*DATASETS, *sets.by_name()}), images.files, images.key, options, report
        )
        forget_with(own, own.key)
        gone = sets.add(own)
        if gone:
            st.session_state["sets_gone"] = gone
    st.session_state["train_data"] = own.name
    put_away()
    return own


def tell_gone() -> list[str]:
    """The names of the sets that had to go for the newest one; told once."""
    gone: list[str] = st.session_state.pop("sets_gone", [])
    return gone


def set_with(reading: Mapping[str, Any] | None, others: Collection[OwnImages] = ()) -> OwnImages | None:
    """The set that a model's header means by its `reading`, among this visitor's and `others`."""
    if not isinstance(reading, Mapping):
        return None
    for own in (*own_sets().by_name().values(), *others):
        about = own.report.about
        if (about["sha256"], about["options"]) == (reading.get("sha256"), reading.get("options")):
            return own
    return None


def _unused_name(name: str, taken: Collection[str]) -> str:
    number, unused = 2, name
    while unused in taken:
        ending = f" ({number})"
        unused, number = name[: LONGEST_NAME - len(ending)].rstrip() + ending, number + 1
    return unused
