"""The bound: drag q over an exact posterior, then see the parts of a real image's gap."""

from functools import partial

import streamlit as st

from aevb_lab import cached, controls, linked
from aevb_lab.components.bound_toy import bound_toy
from aevb_lab.components.ellipse import ellipse
from aevb_lab.escaping import file_stem, plain
from aevb_lab.figures.pictures import enlarge, film_strip, picture_uri
from aevb_lab.figures.style import saved_as
from aevb_lab.glossary import COST
from aevb_lab.scripts.bound import bound_script
from aevb_lab.session import latent_map, link
from aevb_lab.session.kept import arrivals
from aevb_lab.session.models import LoadedModel
from aevb_lab.session.viewer import is_dark
from aevb_lab.shown import bounds
from aevb_lab.shown.close_up import close_up_id, packed_ellipse
from vae_core.studies.examples import Examples
from vae_core.studies.image_bounds import ImageBound
from vae_core.studies.redrawing import fresh_spread

CHAPTER = "bound_chapter"
CHAPTERS = TOY, IMAGE, PIXELS = "a toy", "a real image", "other pixels"
QUESTIONS = {  # and what to do
    TOY: ("Can you beat the encoder?", "Drag the orange hill, your guess q, onto a violet one. Violet shows which z could have made this x."),
    IMAGE: ("Can you beat the encoder on a real image?", "The gap says how far q is from the true posterior."),
    PIXELS: (
        "How much does chance change the ELBO of one image?",
        "The data are grey, but this decoder needs black and white pixels. A draw makes each pixel white with its grey value as the "
        "probability. So each draw is another x, with its own ELBO.",
    ),
}  # fmt: skip
FIRST_IMAGE = 4
MATHS = r"""
$$\log p_\theta(x) = \underbrace{\mathcal L(\theta, \phi; x)}_{\text{ELBO}} +
\underbrace{D_{KL}\left(q_\phi(z|x) \,\|\, p_\theta(z|x)\right)}_{\text{the gap, } \ge 0} \qquad \text{(eq. 1)}$$

$$\mathcal L = \mathbb E_{q_\phi(z|x)}\left[\log p_\theta(x, z) - \log q_\phi(z|x)\right]
= \mathbb E_{q_\phi(z|x)}\left[\log p_\theta(x|z)\right] - D_{KL}\left(q_\phi(z|x) \,\|\, p(z)\right) \qquad \text{(eq. 2, 3)}$$

The left side does not depend on $q$, so raising the ELBO and closing the gap are the same thing. The gap has two causes: a
Gaussian $q$ cannot have the posterior's shape, and one encoder must serve all $x$. Your $q$ serves one $x$ only.

With one or two latent dimensions, both sides are sums over fine grids of $z$. A $q$ far narrower than the posterior, such as
an autoencoder's, has a finer grid for its ELBO. The gap is then the difference of the two sides.

The toy is $x = f(z) + 0.2\,\epsilon$ with one latent and one pixel. Its encoder has 3 hidden units. Algorithm 1 trained it on
draws from the toy when this page was first opened.
"""


@controls.page_of_model
def page(model: LoadedModel) -> None:
    head = st.container()
    link.begin_at(CHAPTER, IMAGE, "bound_image_")
    first_row = st.container(horizontal=True, vertical_alignment="center")
    with first_row:
        chapter = linked.choice("Chapter", CHAPTERS, key=CHAPTER, label_visibility="collapsed")
    with head:
        controls.page_head("The bound", *QUESTIONS[chapter])
    if chapter == TOY:
        _toy()
        st.caption("The toy has a model of its own. The model in the side bar is that of the other chapters.")
    examples = controls.examples_or_explain(model)
    if examples is not None:
        row = FIRST_IMAGE - 1
        if chapter != TOY:
            with first_row:
                row = _chosen_image(model, examples)
            if chapter == IMAGE:
                _image(model, row)
            else:
                _binarization(model, examples, row)
        controls.take_away(file_stem(model.name), script=partial(bound_script, model, row, link.toy_view()))
    controls.show_maths(MATHS)


@controls.fragment
def _toy() -> None:
    numbers = bounds.toy_numbers(cached.toy(), link.toy_start(), link.toy_view(), arrivals(), is_dark())
    bound_toy(numbers, on_view_change=link.remember_toy)


def _chosen_image(model: LoadedModel, examples: Examples) -> int:
    """The row of the test image; its number and its picture stand beside the chapters."""
    row = controls.image_number(
        len(examples.x),
        FIRST_IMAGE,
        key=f"bound_image_{model.name}",
        help="The image comes from the model's test set.",
    )
    picture = film_strip(examples.x[row].numpy()[None], model.vae.config.image_shape)
    st.image(picture_uri(enlarge(picture, 8)), width=72, alt=f"Test image {row + 1}")
    st.caption(f"x: image {row + 1} of {plain(examples.source)}.", width=240)
    return row


@controls.fragment
def _image(model: LoadedModel, row: int) -> None:
    """Eq. (1) and (3) of one test image."""
    bound = encoder = cached.image_bound(model, row)
    close_up = cached.close_up(model, row)
    owner = "**These bars are of the encoder's q.**"
    left, right = st.columns([1, 1] if close_up is None else [7, 4], gap="medium")
    if close_up is not None:
        left.markdown(
            "**Drag the oval, your q, until it fits the violet: the gap gets smaller.** Its middle moves it, and its handles stretch and "
            "turn it."
        )
        with left, st.container(key="bound_bench"):
            latent_map.keep_q_of(close_up_id(model, row))
            ellipse(packed_ellipse(model, row, None, is_dark()), on_q_change=latent_map.remember_q)
        q = latent_map.visitor_q()
        if q and close_up.can_judge(q[:2], q[2:4], q[4]):
            own = close_up.judge(q[:2], q[2:4], q[4])
            bound, owner = bound.for_q(own), "**These bars are of your q.**"
        owner += " They follow when yours stands still."
    with left if close_up is None else right:
        with st.container(key="bound_words"):
            st.markdown(f"{owner} {bounds.bound_in_words(bound)}")
        controls.say_densities(model)
    if close_up is None:
        with left:
            _terms(bound, "bound_gap")
        with right:
            _cost_of_each_dimension(bound)
        return
    left.markdown(
        "The violet contours hold 39, 86 and 99 % of the true posterior p(z|x), and the two ovals of each q hold 39 and 86 %. An axis-aligned oval is not turned, as the encoder's; a Gaussian is any oval. The arrow keys move your q; with "
        "Shift they go five times as far."
    )
    with right:
        st.plotly_chart(
            bounds.gap_alone(bound, encoder, is_dark()),
            key="bound_gap",
            theme=None,
            config=saved_as("bound-gap"),
            alt="The ELBO plus the gap is log p(x), in nats",
        )
        part = linked.fold("What the ELBO is made of", key="bound_costs")
    if part.open:
        with part:
            _terms(bound, "bound_terms")
            _cost_of_each_dimension(encoder)


def _terms(bound: ImageBound, key: str) -> None:
    """Eq. (1) and (3) of one image and a q."""
    st.plotly_chart(
        bounds.bound_gap(bound, is_dark()),
        key=key,
        theme=None,
        config=saved_as("bound-terms"),
        alt="Reconstruction minus KL is the ELBO, and the ELBO plus the gap is log p(x), in nats",
    )


def _cost_of_each_dimension(bound: ImageBound) -> None:
    st.plotly_chart(
        bounds.kl_per_dimension(bound, is_dark()),
        key="kl_per_dimension",
        theme=None,
        config=saved_as("kl-per-dimension"),
        alt="KL of each latent dimension, of this image and on average",
    )
    st.markdown(f"KL(q(z|x) ‖ p(z)) of each latent dimension, exact. The KL is {COST}.")


def _binarization(model: LoadedModel, examples: Examples, row: int) -> None:
    """One grey test image made black and white in several ways."""
    redraws = cached.redraws(model, row)
    if not redraws:
        st.info(
            f"**{plain(model.name)}** learnt from grey pixels, so each picture is only one x. Choose a model of black and white "
            "pixels to see more."
        )
        return
    st.markdown(bounds.chance_in_words(fresh_spread(redraws)))
    ordered, shape = bounds.in_order(redraws), model.vae.config.image_shape
    left, right = st.columns(2, gap="medium")
    with left, st.container(key="redraw_pictures", horizontal=True):
        for words, picture in bounds.best_and_worst(examples.grey[row].numpy(), ordered).items():
            st.image(picture_uri(enlarge(film_strip(picture[None], shape), 8)), words, width=108, alt=words)
    left.image(
        picture_uri(bounds.redraw_pictures(ordered, shape)),
        width="stretch",
        alt="The published draw, the threshold and twelve draws of the same grey image",
    )
    left.markdown(
        "All of them, from left to right: the published draw, the threshold, and draws 1 to 12 from the best to the worst. The threshold "
        "makes each pixel above one half white, without chance."
    )
    right.plotly_chart(
        bounds.redraw_strip(ordered, is_dark()),
        key="redraw_strip",
        theme=None,
        config=saved_as("redraw-strip"),
        alt="ELBO and log p(x) of the same image by binarisation",
    )


page()
