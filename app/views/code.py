"""Code: images as bits. A tower of bits, what a wrong bit does, what random bits decode to, and other programs."""

from functools import partial

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from aevb_lab import cached, controls, linked
from aevb_lab.components.bit_tower import bit_tower
from aevb_lab.escaping import file_stem
from aevb_lab.figures.pictures import enlarge, mosaic, picture_uri, to_bytes
from aevb_lab.figures.style import saved_as
from aevb_lab.figures.tables import markdown_table
from aevb_lab.scripts.coding import code_script
from aevb_lab.session.models import LoadedModel
from aevb_lab.session.viewer import is_dark
from aevb_lab.shown import coding as charts
from vae_core.coding.rivals import NEIGHBOURS, Rival
from vae_core.studies.coding import Flip, Tower

COUNTS = (1, 3, 10, 30, 100, 300, 1000)
USUAL_COUNT = 100
MOST_SEEN, SEEN_A_ROW = 36, 12  # images that come off a tower with a wrong bit
RANDOM = 20
WHY_BITS_COME_OFF = (
    "**Why do bits come off first?** Many places z would do for an image. A choice among them needs random bits, and the tower "
    "gives them. They come back when the image is taken off. The topmost bits, up to 64, are one "
    "number. Each step changes it, so their pattern changes."
)
MATHS = r"""
A code for $x$ with the probabilities $p(x)$ takes $-\log_2 p(x)$ bits. $p_\theta(x)$ is an integral over $z$, which nobody can compute here.
So the sender also sends a $z$. This costs $-\log_2 p_\theta(x|z) - \log_2 p(z)$ bits, which is more than needed, because many $z$ would do.

**Bits back** (Wallace 1990, Hinton and van Camp 1993): which of these $z$ it is, carries a message for free. The sender *takes* $-\log_2 q_\phi(z|x)$ bits off the message
so far, and lets them choose $z$. The receiver, who has $x$, computes $q_\phi(z|x)$ and puts these bits back. The mean length is

$$\mathbb E_{q}\left[-\log_2 p_\theta(x|z) - \log_2 p(z) + \log_2 q_\phi(z|x)\right] = -\mathcal L(\theta, \phi; x) / \ln 2 .$$

So the bound of eq. (2) *is* a length, and $D_{KL}(q_\phi(z|x) \,\|\, p_\theta(z|x))$ are the bits that a better $q$ would save.

**Asymmetric numeral systems** (Duda 2009) make a message a stack: what went on last comes off first. Townsend, Bird and Barber (2019) chained images on it. Each pays with the bits of the
one before. Only the first one needs bits that were there: here they are a checksum of the images.

**The grid**: $z$ lies on $k \cdot 2^{-5}$ with whole $k$. The width of a cell cancels between $q$ and the prior, as long as it is not much larger than $\sigma$. A grey pixel has the
mass of its Gaussian over a cell of the width 1/255.
"""


@controls.page_of_model
def page(model: LoadedModel) -> None:
    controls.page_head(
        "Code",
        "How many bits is this image?",
        "The tower is the message. Put images on it, and take them off again.",
    )
    examples = controls.examples_or_explain(model)
    if examples is None:
        controls.show_maths(MATHS)
        return
    if not model.vae.likelihood.binary:
        st.caption("Grey values have 8 bits here, 0 to 255. Their bound is that of these values, and no density.")
    with st.container(key="code_first", horizontal=True, vertical_alignment="center", gap="medium"):
        first = controls.image_number(
            len(examples.x), 1, key="code_image", help="The first image that goes on the tower. The others follow it."
        )
        answer = st.container(key="code_answer")
    above = st.container()
    count = _costs(model, first, len(examples.x) - first, above)
    tower = cached.tower(model, first, count)
    answer.markdown(charts.answer_in_words(tower, model.vae.likelihood.binary, first + 1))
    with above:
        bit_tower(charts.packed_tower(model, first, count, is_dark()))
        st.markdown(WHY_BITS_COME_OFF)
        _say_coming_back(tower)
    bit = _wrong_bit(model, tower, first, count)
    seed = _random_bits(model)
    controls.take_away(file_stem(model.name), script=partial(code_script, model, first, count, bit, RANDOM, seed))
    controls.show_maths(MATHS)


def _say_coming_back(tower: Tower) -> None:
    images = len(tower.heights)
    back = "came back, bit for bit" if tower.comes_back else "did **not** come back"
    st.caption(
        f"The tower above shows the first {len(tower.x)} of {images:,} images. All {images:,} were put on and taken off: they {back}."
    )


# -- what it costs -------------------------------------------------------------------------------------------------


def _costs(model: LoadedModel, first: int, most: int, above: DeltaGenerator) -> int:
    """What an image takes as the chain grows, and with other programs. Returns how many images there are. What is waited for is said `above`."""
    st.header("Why pack many images together?", anchor=False)
    chart, words = st.columns([3, 2], gap="large", vertical_alignment="center")
    with words.container(key="code_words"):
        counts = [count for count in COUNTS if count <= most]
        count = (
            1
            if len(counts) == 1
            else linked.steps("Images on the tower", counts, min(USUAL_COUNT, counts[-1]), key="code_count")
        )
        with above:
            tower = cached.tower(model, first, count)
        st.markdown(_what_it_takes(tower))
        with st.expander("All numbers of bits", key="code_numbers"):
            st.markdown(_all_numbers(tower))
        if model.name == "mnist-2d":
            st.page_link(
                "views/code.py",
                label="Do more latent numbers save bits? Try mnist-20d.",
                query_params={"model": "mnist-20d"},
            )
    chart.plotly_chart(
        charts.cost_curve(model, first, count, is_dark()), key="code_costs", theme=None, config=saved_as("bits-an-image"),
        alt="Bits an image against the number of images on the tower",
    )  # fmt: skip
    st.header("Does the model beat other programs?", anchor=False)
    st.markdown(_who_needs_least(model, tower, cached.rivals(model, first, count)))
    text = (
        "The model was trained on such images. So it expects them, and pays less for them. The other programs know nothing of such images, so few "
        "images are hard for them. The model's own weights are not in the message."
    )
    if model.vae.likelihood.binary:
        text += (
            " *Each pixel by itself* counts how often each pixel is white. *Ten pixels before* guesses a pixel from ten that come before it, "
            "above it and to its left."
        )
    st.markdown(text)
    st.plotly_chart(
        charts.code_bars(model, first, count, is_dark()), key="code_bars", theme=None, config=saved_as("codes"),
        alt="Bits an image by this model and by other programs",
    )  # fmt: skip
    return count


def _what_it_takes(tower: Tower) -> str:
    """What packing brings, for the images that are on the tower."""
    images, bound = len(tower.heights), f"{tower.bounds.mean():,.0f}"
    if images == 1:
        return (
            "**One image alone pays for all bits with which the tower begins.** From them q(z|x) chooses its z. "
            f"**It takes {tower.per_image[0]:,.0f} bits**, and the bound says {bound}."
        )
    return (
        f"**Many images share the {tower.start:,} bits with which the tower begins.** An image alone pays all of them, and takes "
        f"{tower.mean_per_image[0]:,.0f} bits. A second image chooses its z with bits of the first one, so the two share. "
        f"**{images:,} images take {tower.per_image[-1]:,.0f} bits each**, and their bound says {bound}. "
        f"The curve is the mean of these {images:,} images."
    )


def _all_numbers(tower: Tower) -> str:
    images = len(tower.heights)
    rows = [
        ("the tower at the beginning", f"{tower.start:,}"),
        ("the first image, alone on the tower", f"{tower.per_image[0]:,.1f}"),
        ("its bound, −ELBO in bits", f"{tower.bounds[0]:,.1f}"),
        (f"an image, of {images:,} on the tower", f"{tower.per_image[-1]:,.1f}"),
        ("their mean bound, −ELBO in bits", f"{tower.bounds.mean():,.1f}"),
        ("an image, as a file with its header", f"{tower.message_bits / images:,.1f}"),
        (f"a pixel, of {images:,} images on the tower", f"{tower.per_image[-1] / tower.data_dim:.3f}"),
    ]
    return markdown_table(("what", "bits"), rows)


def _who_needs_least(model: LoadedModel, tower: Tower, others: list[Rival]) -> str:
    """The answer for these images, with the numbers of the bars."""
    count, best = len(tower.heights), min(others, key=lambda rival: rival.bits)
    beaten = sum(rival.bits >= tower.message_bits for rival in others)
    verdict = f"Yes, {'all' if beaten == len(others) else f'{beaten} of'} {len(others)}." if beaten else "No."
    fewer = ", fewer than this model" if beaten < len(others) else ""
    why = _why_neighbours_win(model) if fewer and best.name == NEIGHBOURS else ""
    return (
        f"**{verdict}** As a file, with its header, this model takes {tower.message_bits / count:,.0f} bits an image. Of the others, *{best.name}* takes "
        f"least: {best.bits / count:,.0f}{fewer}.{why}"
    )


def _why_neighbours_win(model: LoadedModel) -> str:
    """Why a rule that reads ten pixels can need fewer bits than a model with few latent numbers."""
    count = model.vae.config.latent_dim
    numbers = "one number" if count == 1 else f"{count} numbers"
    text = f" It reads ten sharp pixels near each pixel. This model draws a whole image from {numbers}, so its edges are blurred."
    return text + (" *mnist-20d* has 20 numbers, and beats it." if model.name == "mnist-2d" else "")


# -- a wrong bit, random bits --------------------------------------------------------------------------------------


def _wrong_bit(model: LoadedModel, tower: Tower, first: int, count: int) -> int:
    st.header("What does one wrong bit do?", anchor=False)
    height = int(tower.heights[-1, 3])
    bit = linked.number(
        "Wrong bit, counted from the top", 1, height, min(height, int(1 + 6.5 * tower.net.mean())), key="code_bit", width=300,
        help=f"The tower has {height:,} bits. The image that went on last lies on top, and comes off first.",
    )  # fmt: skip
    flip = cached.flipped(model, first, count, bit)
    before = int(np.argmin(np.append(flip.is_right, False)))
    with st.container(key="code_flip"):
        if len(flip.x):
            st.image(
                picture_uri(_rows(model, flip)), width="stretch",
                alt=f"Images as they come off the tower with one wrong bit: the first {before} are right",
            )  # fmt: skip
        st.markdown(_what_the_flip_does(tower, flip, before))
    return bit


def _rows(model: LoadedModel, flip: Flip) -> np.ndarray:
    """The images in the order in which they come off, with a line below those that are right."""
    shape = model.vae.config.image_shape
    images = flip.x[:MOST_SEEN]
    height, width, *channels = shape
    rows = -(-len(images) // SEEN_A_ROW) if len(images) > SEEN_A_ROW else 1
    columns = min(SEEN_A_ROW, len(images))
    cells = np.full((rows * columns, height + 3, width + 2, *channels), 128, np.uint8)
    for cell, image, right in zip(cells, to_bytes(images), flip.is_right, strict=False):
        cell[:height, :width] = image.reshape(shape)
        cell[height:] = 255 if right else 128
    return enlarge(mosaic(cells.reshape(rows, columns, -1), (height + 3, width + 2, *channels)), 3)


def _what_the_flip_does(tower: Tower, flip: Flip, before: int) -> str:
    images = len(flip.x) + flip.lost
    text = f"**{before} of {images:,} images come back.** " if before else "**No image comes back.** "
    if flip.lost:
        text += f"Of {flip.lost:,} nothing could be taken off: there were no bits left. "
    if len(flip.x) > MOST_SEEN:
        text += f"The picture shows the first {MOST_SEEN}. "
    text += (
        "The image that went on last comes off first, on the left. A white line below an image says that it is right. "
        "All images after the first wrong one are wrong too, because the bits that a wrong image gives back choose the next one. "
    )
    return text + charts.wrong_images_in_words(flip.x[:MOST_SEEN][~flip.is_right[:MOST_SEEN]], tower.x)


def _random_bits(model: LoadedModel) -> int:
    st.header("What do random bits decode to?", anchor=False)
    seed = linked.number("Seed of the bits", 0, 2**31 - 1, 0, key="code_seed", width=200)
    draws = cached.random_bits(model, RANDOM, seed)
    images = to_bytes(draws.x).reshape(2, RANDOM // 2, -1)
    with st.container(key="code_random"):
        st.image(
            picture_uri(enlarge(mosaic(images, model.vae.config.image_shape), 3)), width="stretch",
            alt=f"{RANDOM} images decoded from random bits",
        )  # fmt: skip
        st.markdown(
            "**Nobody put these images on:** the decoder read random bits. "
            f"z comes off with p(z), and x with p(x|z), pixel by pixel. These {RANDOM} images took {draws.bits.sum():,.0f} bits, "
            f"{draws.bits.mean():,.0f} each in the mean. Another seed draws other images, which take more or fewer. "
            "A program that compresses well is a program that draws new images."
        )
    return seed


page()
