"""Your own images, on Train: files are dropped, seen as they would be trained on, every decision can be changed, and training starts."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import streamlit as st

import vae_core as vc
from aevb_lab.controls import failure_in_words
from aevb_lab.escaping import plain, shortened
from aevb_lab.figures.pictures import enlarge, mosaic, picture_uri, to_bytes
from aevb_lab.session import own_images
from aevb_lab.session.runs import submit
from aevb_lab.session.settings import first_spec
from vae_core.data.containers import MOST_UPLOAD
from vae_core.data.reading import AUTO, MOST_IMAGES, ReadReport
from vae_core.data.suggestions import epoch_seconds
from vae_core.settings import Choice, Number, Whole
from vae_core.studies.examples import shown_images

SHOWN = 25  # images, in rows of ROW
ROW = 5
SIDES = (0, 8, 12, 16, 20, 24, 28, 32, 40, 48, 56, 64)
PICTURE_SIDE = 60  # pixels at least
FIRST = ("side", "colour", "polarity", "framing", "turn", "mirror", "likelihood", "binarization")  # always on screen
WAYS = {"files": "Files", "directory": "A folder"}
MOST_LISTED = 8  # files that were left out


@st.dialog("Your own images", width="large", on_dismiss=own_images.put_away)
def bring_images() -> None:
    """The dialog. It closes when training starts or the visitor wants to change settings first."""
    if not own_images.is_open():
        st.rerun()
    _uploaders()
    images = own_images.brought()
    if images is None:
        st.markdown(
            "Drop a zip or a folder of pictures: its folders are the classes. Or drop a .csv, .npy, .npz or idx file.\n\n"
            f"At most {MOST_UPLOAD // 10**6} MB and {MOST_IMAGES:,} images. Nobody else sees them. They stay with the app, "
            "and are deleted two minutes after you close the page."
        )
        return
    seen, switches = st.columns([2, 3], gap="medium")
    place = seen.empty()
    dataset = _read(images, place)
    report = own_images.last_report()
    if dataset is not None and report is not None:
        with place.container(key="images_preview"):
            _start(report)  # first, so that it is in sight
            _pictures(dataset)
            _account(images, report)
    with switches:
        _switches(report)


def _uploaders() -> None:
    way = st.segmented_control(
        "What you drop", list(WAYS), format_func=WAYS.__getitem__, default="files", required=True, key="images_way",
        label_visibility="collapsed",
    )  # fmt: skip
    key = f"images_{way}"
    st.file_uploader(
        "Your images", key=key,
        accept_multiple_files="directory" if way == "directory" else True, on_change=own_images.take_images, args=(key,),
        label_visibility="collapsed",
    )  # fmt: skip


def _read(images: own_images.Brought, place: Any) -> vc.Dataset | None:
    """The images as they would be trained on; None, and the reason on screen, where they cannot be. Of many files it shows the first
    ones while it reads the others."""
    early = own_images.first_look(images)
    if early is not None:
        with place.container():
            _pictures(early)
            bar = st.progress(0.0, "Reading all files…")

        def tell(done: int, total: int) -> None:
            bar.progress(done / total, f"Reading all files: {done:,} of {total:,}")

    try:
        return own_images.read_brought(images, None if early is None else tell)[0]
    except (vc.DataError, ValueError) as error:
        place.error(f"These files cannot be used so: {failure_in_words(error)}.")
        return None


def _pictures(dataset: vc.Dataset) -> None:
    """25 of the images, evenly spread, with the pixels that the encoder gets."""
    images = shown_images(dataset, SHOWN)
    rows = -(-len(images) // ROW)
    height, width = dataset.image_shape[:2]
    cells = np.zeros((rows * ROW, height + 1, width + 1, *dataset.image_shape[2:]), np.uint8) + np.uint8(128)
    cells[len(images) :] = 0
    cells[: len(images), :height, :width] = to_bytes(images).reshape(-1, *dataset.image_shape)
    picture = mosaic(cells.reshape(rows, ROW, -1), cells.shape[1:])
    factor = -(-PICTURE_SIDE // max(height, width))
    st.image(
        picture_uri(enlarge(picture, factor)),
        width="stretch",
        alt=f"{len(images)} of your images, as they are trained on",
    )


def _account(images: own_images.Brought, report: ReadReport) -> None:
    """What was read, in words."""
    st.markdown(
        f"**{plain(images.name)}**: {report.num_images:,} images, {report.num_train:,} for training and {report.num_test:,} for testing."
    )
    st.markdown(f"{plain(_words('labels', report))}.")
    for note in report.notes:
        st.markdown(plain(note))
    if report.left_out:
        with st.expander(f"{len(report.left_out):,} files left out", key="images_left_out"):
            lines = [
                f"- {plain(shortened(item.name, 60))}: {plain(item.reason)}" for item in report.left_out[:MOST_LISTED]
            ]
            more = len(report.left_out) - MOST_LISTED
            st.markdown("\n".join(lines + [f"- and {more:,} more"] * (more > 0)))


def _start(report: ReadReport) -> None:
    training = report.training
    numbers = int(np.prod(report.image_shape))
    seconds = training["epochs"] * epoch_seconds(report.num_train, report.num_test, numbers, training["hidden_dims"][0])
    st.markdown(
        f"A run of {training['epochs']:,} epochs takes about {_duration(seconds)}, longer while others train too."
    )
    with st.container(horizontal=True, key="images_start_row"):
        st.button(
            "Start", key="images_start", type="primary", icon=":material/play_arrow:", on_click=_begin,
            help="Train a model with two latent numbers on these images.",
        )  # fmt: skip
        st.button(
            "Change settings first", key="images_use", on_click=_use,
            help="Close this window, and choose latents, epochs and other settings on the page.",
        )  # fmt: skip


def _use() -> None:
    own_images.use_brought()


def _begin() -> None:
    """Train on what was brought."""
    images = own_images.use_brought()
    if images is not None:
        submit(first_spec(images.name, images.report.image_shape))


def _duration(seconds: float) -> str:
    return f"{max(5, 5 * round(seconds / 5)):.0f} seconds" if seconds < 90 else f"{seconds / 60:.0f} minutes"


# -- the switches -----------------------------------------------------------------------------------------------


def _switches(report: ReadReport | None) -> None:
    """A widget for each option, with what was decided and why."""
    _in_columns(FIRST, report)
    with st.expander("More", key="images_more"):
        _in_columns([name for name in own_images.OPTIONS if name not in FIRST], report)


def _in_columns(names: Sequence[str], report: ReadReport | None) -> None:
    for place in range(0, len(names), 2):
        for column, name in zip(st.columns(2), names[place : place + 2], strict=False):
            with column:
                _switch(name, report)


def _switch(name: str, report: ReadReport | None) -> None:
    about, value = own_images.OPTIONS[name], getattr(vc.ReadOptions(), name)
    look: dict[str, Any] = {"key": own_images.widget_key(name), "help": about.help}
    words = _words(name, report)
    if isinstance(about, Choice):
        names = dict(about.names) | ({AUTO: words} if words else {AUTO: "as the data have it"})
        st.selectbox(about.label, about.choices, about.choices.index(value), format_func=partial(_name, names), **look)
    elif name == "side":
        st.selectbox(about.label, SIDES, format_func=partial(_name, {0: words or "as the data have it"}), **look)
    elif isinstance(about, Whole):
        st.number_input(about.label, about.least, about.most, value, **look)
    elif isinstance(about, Number):
        st.number_input(about.label, about.smallest, about.most, value, 0.05, **look)
    else:
        st.text_input(about.label, own_images.to_widget(about, value), max_chars=200, placeholder=words, **look)
    if reason := next((item.reason for item in report.decisions if item.name == name), "") if report else "":
        st.caption(plain(reason[:1].upper() + reason[1:]))


def _words(name: str, report: ReadReport | None) -> str:
    """What was decided; empty where nothing was."""
    words = next((item.words for item in report.decisions if item.name == name), "") if report else ""
    return words[:1].upper() + words[1:]


def _name(names: dict[Any, str], value: Any) -> str:
    return names.get(value, str(value))
