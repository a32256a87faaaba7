"""What the views of the page Paths share: whether images are digits, a test image chosen by its class and its number there, and the
share of draws in holes."""

from typing import NamedTuple

import numpy as np
import streamlit as st

from aevb_lab import cached, linked
from aevb_lab.session.images import examples_for
from aevb_lab.session.models import LoadedModel
from aevb_lab.session.paths import end_keys
from aevb_lab.shown.paths import (
    encoded_end,
)
from aevb_lab.shown.welcome import has_digits
from vae_core.studies.examples import Examples
from vae_core.studies.holes import Holes

MOST_NAMES = 12  # classes that are pressed by name; more are in a menu
ONLY = "Held"  # the name of the one image of each dimension, in its link


class Image(NamedTuple):
    """A test image: its row, and where in its class it is."""

    row: int
    place: str


def is_of_digits(model: LoadedModel) -> bool:
    examples = examples_for(model)
    return has_digits(model.data, () if examples is None else examples.class_names)


def image_picker(model: LoadedModel, examples: Examples, name: str, default: int) -> Image:
    """A test image, by the name of its class and its number there; its picture stands before them."""
    rows, number, place = np.arange(len(examples.x)), 1, ""
    class_key, image_key = end_keys(name, model.data)
    of_class, of_image = ("Class", "Image") if name == ONLY else (f"{name}: class", f"{name}: image")
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        picture, number_field = st.container(width=64), st.container(width=125)
        if examples.labels is not None:
            options, label = list(examples.class_names), of_class
            default = min(default, len(options) - 1)
            kind = (
                linked.choice(label, options, default=options[default], key=class_key, width="stretch")
                if len(options) <= MOST_NAMES
                else linked.menu(label, options, default, key=class_key, width=180)
            )
            rows = np.flatnonzero(examples.labels == options.index(kind))
            place = f"of class {kind}"
        elif name == "B":
            number = len(rows) // 2
        with number_field:
            number = linked.number(of_image, 1, len(rows), number, key=image_key)
    row = int(rows[number - 1])
    picture.image(
        encoded_end(model, row).picture,
        width="stretch",
        alt="Test image, as encoded" if name == ONLY else f"Test image {name}, as encoded",
    )
    return Image(row, f"image {number} {place}" if place else "")


def holes_of(model: LoadedModel) -> Holes | None:
    """Which share of draws lies in holes; None where there are no images to compare with, or where that cannot be measured."""
    try:
        of_model = [] if examples_for(model) is None else cached.holes((model,))
    except (ValueError, ArithmeticError):  # the model's codes or pictures are odd: all else is shown
        return None
    return of_model[0] if of_model else None
