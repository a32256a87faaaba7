"""The view "each dimension" of the page Paths: what each latent number changes, and what it costs."""

from functools import partial
from operator import itemgetter

import numpy as np
import streamlit as st

from aevb_lab import controls, linked
from aevb_lab.escaping import file_stem, plain
from aevb_lab.figures.pictures import enlarge, film_strip, picture_uri
from aevb_lab.path_views.images import ONLY, image_picker, is_of_digits
from aevb_lab.scripts.paths import dimensions_script
from aevb_lab.session.models import LoadedModel
from aevb_lab.shown import path_words as words
from aevb_lab.shown.paths import (
    clear_classes,
    names_along,
)
from vae_core.data.datasets import is_sequence
from vae_core.studies import paths


def dimensions_view(model: LoadedModel) -> None:
    examples = controls.examples_or_explain(model)
    if examples is None:
        return
    with st.container(key="traverse_row", horizontal=True, vertical_alignment="bottom"):
        around = linked.choice("Other dimensions stay at", ("a test image", "the origin"), key="traverse_around")
        row, z, name = None, np.zeros(model.vae.config.latent_dim, np.float32), "0"
        if around == "a test image":
            row, place = image_picker(model, examples, ONLY, 4)
            z = paths.encoded_point(model.vae, examples.x[row])
            name = f"the encoded mean of test image {row + 1}" + (f", which is {plain(place)}" if place else "")
    use = paths.dimensions(model.vae, examples.x, z, is_sequence=is_sequence(model.data))
    names = names_along(model, use) if is_of_digits(model) else [[] for _ in use.order]
    classes = [clear_classes(of_row) if of_row else [] for of_row in names]
    answer = words.what_numbers_change(use, classes, "the origin" if row is None else "this image")
    st.markdown(f"{answer} {words.BELOW_PICTURES}" if any(names) else answer)
    cells = st.grid("auto", min_column_width=340 if len(use.kl) > words.FEW_STRIPS else 700, key="traversals")
    rows = zip(use.order, use.traversals, names, classes, strict=True)
    for dim, strip, of_row, kinds in sorted(rows, key=itemgetter(0)) if len(use.kl) <= words.FEW_STRIPS else rows:
        with cells.container():
            kind = "active" if use.active[dim] else "dead"
            st.markdown(words.dimension(use, dim, kinds))
            st.image(
                picture_uri(enlarge(film_strip(strip, model.vae.config.image_shape, gap=2), 3)),
                width="stretch",
                alt=f"Decoded images as dimension {dim + 1}, {kind}, goes from −3 to 3",
            )
            if of_row:
                controls.below_strip(["/".join(name) or "?" for name in of_row])
            if len(use.kl) <= words.FEW_STRIPS:
                controls.below_strip([f"{value:.1f}".replace("-", "−") for value in paths.TRAVERSED])
    st.caption(
        f"KL of each latent number: mean ± standard error over {plain(examples.source)}; together {use.total_kl:.1f} nats. Pictures: mean of p(x|z), the "
        f"other dimensions stay at {name}."
    )
    with st.expander("Which dimensions are active?", key="traversal_numbers"):
        st.markdown(
            "A dimension is active if its encoded mean changes from image to image: its variance over the images is above 0.01. "
            f"Here **{use.num_active} of {len(use.kl)}** are."
        )
        st.markdown(words.numbers_of_dimensions(use))
    controls.take_away(file_stem(model.name), script=partial(dimensions_script, model, row))
