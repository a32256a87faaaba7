"""At the end of each page: one thing to do next, and a link to where it shows."""

from __future__ import annotations

from typing import NamedTuple

import streamlit as st


class Step(NamedTuple):
    """What to do, in one sentence; the view where it is done, and the query parameters that show it there."""

    text: str
    view: str
    link: dict[str, str]


STEPS = {  # by the address of the page that they end
    "": Step("Draw a digit of your own and see where on the map it lies.", "reconstruct", {"reconstruct_source": "draw"}),
    "reconstruct": Step("Hide half of an image and see which images still fit.", "repair", {"model": "mnist-2d"}),
    "paths": Step("Draw 40 images from the prior and mark those that are not digits.", "paths", {"paths_view": "prior samples"}),
    "steer": Step("Hide half of an image and see which images still fit.", "repair", {"model": "mnist-2d"}),
    "train": Step("Move through a whole training, step by step.", "compare", {"compare_view": "time travel"}),
    "sketch": Step("Train a model on images in the same way, and watch the two terms.", "train", {}),
    "compare": Step("See how far all codes together lie from the prior.", "paths", {"paths_view": "q(z) beside the prior"}),
    "bound": Step("See an image that the most popular estimator gets wrong.", "likelihood", {"model": "mnist-2d"}),
    "likelihood": Step("See where the encoder looks, and where the true posterior lies.", "latent_map",
        {"model": "mnist-2d", "closer": "posterior", "map_image": "67"}),
    "gradients": Step("Train a model with 100 images in each step, and watch the two terms.", "train", {}),
    "figures": Step("See which of two algorithms is steadier: watch the gradients.", "gradients", {"variance_weights": "trained"}),
    "code": Step("See how many bits a better q would save: drag it over the true posterior.", "latent_map", {"model": "mnist-2d", "closer": "posterior", "map_image": "67"}),
    "repair": Step("Take a path from one answer to another: from a 4 to a 9.", "paths",
        {"model": "mnist-2d", "path_class_A_mnist": "4", "path_class_B_mnist": "9"}),
    "lessons": Step("Begin with First look: five minutes on the map.", "latent_map", {"lesson": "first-look", "step": "1"}),
    "models": Step("Walk over the map of the Frey faces.", "latent_map", {"model": "frey-2d"}),
}  # fmt: skip

OTHERS = {  # where the page shows the step's view already
    "paths": Step("See at which random z the model draws what no real image looks like.", "paths", {"paths_view": "q(z) beside the prior"}),
}  # fmt: skip


def next_step(page: str) -> Step | None:
    """The step at the end of the page with this address; a page without one has none. Nobody is sent to what the page shows already."""
    step = STEPS.get(page)
    is_there = (
        step is not None
        and step.view == page
        and all(st.query_params.get(key) == value for key, value in step.link.items())
    )
    return OTHERS.get(page) if is_there else step


def try_next(page: str) -> None:
    """The link to it."""
    step = next_step(page)
    if step is not None:
        text, view, link = step
        with st.container(key="next_step"):
            st.page_link(f"views/{view}.py", label=f"**Try this next:** {text}", query_params=link)
