"""Widgets that several pages share."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Sequence
from functools import partial, wraps
from typing import Any, Literal, ParamSpec, TypeVar

import segno
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from aevb_lab import linked
from aevb_lab.components.drawing_pad import drawing_pad
from aevb_lab.components.plane import plane as draw_plane
from aevb_lab.components.plane_axes import plane_axes
from aevb_lab.components.take_away import take_away as take_away_page
from aevb_lab.escaping import LONGEST_NAME, in_code, plain, shortened
from aevb_lab.export import File
from aevb_lab.glossary import DENSITIES
from aevb_lab.jobs.job import Job
from aevb_lab.scripts.writer import Script
from aevb_lab.session.drawing import Strokes, close_pad, is_example, keep_strokes, link_has_drawing, strokes_on_pad
from aevb_lab.session.images import examples_for
from aevb_lab.session.kept import arrivals, first_on_page
from aevb_lab.session.link import keep_choice, lacking_names, rename_choice, restore_choice
from aevb_lab.session.models import LoadedModel, load_model, model_names, name_field, present_names, take_name
from aevb_lab.session.settings import can_read
from aevb_lab.session.uploads import picture_content, take_picture
from aevb_lab.shown.planes import LatentPlane
from vae_core.drawing import MAX_BYTES
from vae_core.errors import VaeCoreError
from vae_core.settings import Choice, Number, Setting, Whole
from vae_core.studies.examples import Examples

MOST_MB = MAX_BYTES // 2**20  # a picture's file; a file uploader's MB have 2**20 bytes too
# How studies refuse a model, its data or a size. The program's own mistakes have other types, and stay errors.
FAILURES = (VaeCoreError, ValueError, ArithmeticError)
# A displayed equation. Markdown takes it for one only where both of its signs have lines of their own.
DISPLAYED = re.compile(r"\$\$\s*(.+?)\s*\$\$", re.DOTALL)
LEGEND_ROW = '<span role="listitem"><b style="border-color: {2}">{0}</b> {1}</span>'
P = ParamSpec("P")
R = TypeVar("R")


def explained(draw: Callable[P, R]) -> Callable[P, R | None]:
    """A page or a part of it that says in one sentence where a study cannot use the model. The sentence names the models among the
    part's arguments."""

    @wraps(draw)
    def explained_part(*args: P.args, **kwargs: P.kwargs) -> R | None:
        try:
            return draw(*args, **kwargs)
        except FAILURES as error:
            _say_failure(error, _models_among(args))
            return None

    return explained_part


def page_of_model(draw: Callable[[LoadedModel], None], first: str | None = None) -> Callable[[], None]:
    """A page about the model that its picker chooses, `explained`. It begins with the model `first` where there is one of this name."""
    show = explained(draw)
    return explained(lambda: show(model_picker(first)))


def fragment(draw: Callable[P, R]) -> Callable[P, R | None]:
    """A part of a page that also runs by itself, `explained`."""
    part: Callable[P, R | None] = st.fragment(explained(draw))
    return part


def _models_among(values: Iterable[Any]) -> list[LoadedModel]:
    lists = [value if isinstance(value, list | tuple) else [value] for value in values]
    return [value for values in lists for value in values if isinstance(value, LoadedModel)]


def _say_failure(error: Exception, models: Iterable[LoadedModel]) -> None:
    names = ", ".join(f"**{plain(model.name)}**" for model in models) or "This part of the page"
    st.error(
        f"{names} cannot be shown here: {failure_in_words(error)}. Choose another model, or go on with another page."
    )


def failure_in_words(error: Exception) -> str:
    """Why a study refused, for a sentence in markdown."""
    if isinstance(error, ArithmeticError):
        return "its weights make numbers that are too large or too small to compute with"
    return plain(str(error)).removesuffix(".")


def page_head(title: str, question: str, text: str = "", below: DeltaGenerator | None = None) -> None:
    """The page's name, the question it asks, and at most one sentence more; the question in `below` where that is given."""
    st.title(title, anchor=False)
    (below or st).markdown(f"**{question}**" + (f" {text}" if text else ""))


def model_picker(first: str | None = None) -> LoadedModel:
    """The model that the page shows, chosen in the side bar and kept in the link; at first `first`, or the first of all."""
    names = model_names()
    usual = first if first in names else names[0]
    for name, present_name in present_names().items():
        rename_choice("model", name, present_name)  # a link from before the run was renamed
    lacking = lacking_names("model", names)
    restore_choice("model", names)
    with st.sidebar:
        name = linked.menu(
            "Model",
            names,
            names.index(usual),
            key="model",
            help="Choose a pretrained model or one of yours. You train a model on Train, and you upload one on Models and runs.",
        )
    keep_choice("model", name, usual)
    say_lacking("model", lacking, name)
    model = load_model(name)
    if not model.trains_encoder:
        st.warning(
            "This model was trained by Monte Carlo EM, which trains no encoder. So q(z|x), the bound and the encoded images on "
            "this page come from an untrained encoder. The decoder, p(x|z), is trained."
        )
    return model


def say_lacking(kind: str, lacking: Sequence[str], choice: str) -> None:
    """Say what the page shows in place of models or runs that its link names and this browser does not have, until the visitor chooses
    another one."""
    if lacking and first_on_page(f"{kind}_for_lacking", choice) == choice:
        names = ", ".join(f"**{plain(shortened(name, LONGEST_NAME))}**" for name in lacking[:3])
        st.info(
            f"This link leads to the {kind} {names}, which this browser does not have. Another browser may have it, or it is gone. "
            f"You see **{plain(choice)}** instead."
        )


def examples_or_explain(model: LoadedModel) -> Examples | None:
    """The model's test images, or one line that says what is missing and what to do."""
    examples = examples_for(model)
    if examples is None:
        st.info(
            f"This page encodes test images of {_data_of(model)}, which are not on this machine. "
            f"Put the data there (the README says where), or choose another model."
        )
    return examples


def say_densities(model: LoadedModel) -> None:
    """Where a model's pixels are grey: why its ELBO may be above 0."""
    if not model.vae.likelihood.binary:
        st.caption(DENSITIES)


def _data_of(model: LoadedModel) -> str:
    return in_code(shortened(model.data, 60)) if model.data else "an unknown data set"


def image_number(count: int, first: int, *, key: str, help: str, width: int = 220) -> int:
    """The row of one of `count` test images, which the visitor chooses by its number; at the beginning it is number `first`."""
    return linked.number(f"Test image, 1 to {count:,}", 1, count, first, key=key, width=width, help=help) - 1


def picture_uploader(key: str) -> bytes | None:
    """The content of the visitor's picture file. Where there is none, it says what to take a picture of."""
    st.file_uploader(
        f"A picture (PNG or JPEG, to {MOST_MB} MB)",
        type=["png", "jpg", "jpeg"],
        key=key,
        max_upload_size=MOST_MB,
        on_change=take_picture,
        args=(key,),
    )
    content = picture_content(key)
    if content is None:
        st.markdown("Take a photo of one digit on white paper. Nothing else should be in the picture.")
    else:
        st.caption("A link cannot hold your picture. Another browser that opens the link asks for a picture.")
    return content


def drawing_on_pad(model: LoadedModel) -> Strokes:
    """The drawing pad, framed as the model's images are, and what is on it."""
    image_shape = model.vae.config.image_shape
    strokes = strokes_on_pad(image_shape)
    drawing_pad(
        strokes, image_shape, version=arrivals(), is_example=is_example(strokes), on_strokes_change=keep_strokes
    )
    return strokes


def drawing_pad_behind_button(model: LoadedModel, *, key: str) -> Strokes:
    """The drawing pad in a popover, which its button "Done" closes. What is on the pad; where that is nothing, the page says what to do."""
    with st.popover("Open the drawing pad", icon=":material/draw:", key=key, on_change="rerun"):
        strokes = drawing_on_pad(model)
        st.button("Done", key="pad_done", type="primary", width="stretch", on_click=close_pad, args=(key,))
    say_drawing_without_link()
    if not strokes:
        st.markdown("Draw something on the pad.")
    return strokes


def say_drawing_without_link() -> None:
    """Say where a drawing is too long for a link."""
    if not link_has_drawing():
        st.caption("This drawing is too long for a link. A link to this page shows our example instead.")


def link_and_code(link: str) -> None:
    """A link and its QR code, large enough to be read from a wall."""
    with st.container(horizontal=True, vertical_alignment="center"):
        svg = segno.make(link, micro=False).svg_data_uri(scale=6, border=3, light="#ffffff", dark="#000000")
        st.image(svg, width=220, alt=f"QR code of {link}")
        st.markdown(f"`{link}`")


def take_away(stem: str, *files: File, script: Callable[[], Script | None]) -> None:
    """One popover with all that a visitor can keep of the page: its pictures, saved under names that begin with `stem`, the
    script with the same numbers, and `files`. It is filled only when it is open, which spares each other run that work."""
    popover = st.popover("Download", icon=":material/download:", key="take_away", on_change="rerun")
    if not popover.open:
        return
    with popover:
        for file in files:
            st.download_button(
                file.label, file.make, file_name=file.name, on_click="ignore", key=f"take_{file.name}", width="stretch"
            )
        file_script = script()
        take_away_page(
            stem,
            None
            if file_script is None
            else {"name": file_script.name, "text": file_script.text, "live": file_script.live},
        )
        st.markdown(
            "A PNG is made of pixels. In an SVG, lines and letters stay sharp at any size, and decoded pictures are pixels."
        )


@fragment
def show_maths(text: str) -> None:
    """Equations, folded away. They are sent only once the visitor unfolds them, because a browser needs long to set them."""
    maths = linked.fold("Show the maths", key="maths")
    if maths.open:
        maths.markdown(DISPLAYED.sub(r"\n$$\n\1\n$$\n", text))


def latent_plane(plane: LatentPlane, *, key: str, alt: str) -> None:
    """A latent plane: the axes with this key, and what is drawn over them."""
    plane_axes(plane.axes.header(), key=key, alt=alt)
    draw_plane(plane.drawing, chart=key)
    if plane.legend:
        rows = "".join(LEGEND_ROW.format(*map(html.escape, row)) for row in plane.legend)
        st.html(f'<div class="class-legend" role="list" tabindex="0" aria-label="Classes on the map">{rows}</div>')


def below_strip(texts: Sequence[str]) -> None:
    """A text below each picture of a film strip that has the page's width."""
    cells = "".join(f"<span>{html.escape(text)}</span>" for text in texts)
    wide = " many" if max(map(len, texts)) > 3 else ""  # on a phone, every other one has room
    st.html(f'<div class="below-strip{wide}" style="--pictures: {len(texts)}">{cells}</div>')


def name_run(job: Job) -> None:
    """The name of one's own run, which the visitor can change."""
    st.text_input(
        "Name of this run",
        max_chars=LONGEST_NAME,
        key=name_field(job),
        width=330,
        on_change=take_name,
        args=(job,),
        help="Its model gets the same name, on every page. If you leave this empty, the run gets its first name back.",
    )


def setting_widget(about: Setting, value: Any, *, key: str, width: int | Literal["stretch"] = "stretch") -> Any:
    """The widget of one training setting, which begins at `value`; returns its value."""
    label, look = about.label, dict[str, Any](key=key, help=about.help, width=width)
    match about:
        case Choice():
            first = about.choices.index(value)
            names = about.names
            return linked.menu(
                label, about.choices, first, format_func=lambda choice: names.get(choice, choice), **look
            )
        case Whole():
            return linked.number(label, about.least, about.most, value, **look)
        case Number():
            display = None if about.step else "%g"
            return linked.decimal(label, about.smallest, about.most, value, step=about.step, format=display, **look)
        case _:
            return linked.text(label, value, is_usable=partial(can_read, about), **look)
