"""Repair: an image that is partly hidden, noisy or coarse; p(z|y) on the plane, the answers that fit, and chains that sample
them."""

import math
from functools import partial

import numpy as np
import streamlit as st

from aevb_lab import cached, controls, linked
from aevb_lab.components.repair_brush import repair_brush
from aevb_lab.components.repair_plane import repair_chain, repair_map
from aevb_lab.escaping import file_stem, plain
from aevb_lab.figures.numbers import percent
from aevb_lab.figures.pictures import enlarge, film_strip, picture_uri
from aevb_lab.scripts.repair import repair_script
from aevb_lab.session.drawing import is_example
from aevb_lab.session.link import begin_at
from aevb_lab.session.models import LoadedModel
from aevb_lab.session.repair import SEED, draw_noise_again, hidden_now, keep_hidden, remember_shape, seed_now
from aevb_lab.session.viewer import is_dark
from aevb_lab.shown.planes import model_plane
from aevb_lab.shown.repair import (
    VIEW,
    alike_in_words,
    answers_in_words,
    caption_in_words,
    class_of,
    decibels,
    holds_unlike_images,
    legend_in_words,
    lone_spots_in_words,
    names_of_kinds,
    names_of_likely,
    nothing_hidden_in_words,
    packed_brush,
    packed_chain,
    packed_map,
    shares_in_words,
    verdict_in_words,
)  # fmt: skip
from vae_core import studies
from vae_core.errors import DataError
from vae_core.restoration.answers import MOST_REPRESENTATIVES, VISIBLE
from vae_core.studies import repairs
from vae_core.studies.own_image import encode_drawing

SOURCES = ("test image", "draw", "upload")
KINDS = (repairs.COVER, repairs.NOISE, repairs.COARSE)
DEFAULT_IMAGE = 516  # in MNIST: a 3 whose upper half fits a 3, a 2 and an 8
PLANE = "repair_plane"
FOLD = "repair_player"  # of the chain
METHOD = "repair_chain_method"
ANSWER = 106  # pixels
SIDE = 2 * ANSWER + 16  # two answers side by side
REGIONS = "A ring marks a small spot. The strongest violet holds half of p(z|y): the place of the whole image lies there with a probability of 50 %. With the paler violets it is 90 % and 99 %."
MATHS = r"""
What is seen, $y$, has a known $p(y|x)$. Given $z$ the pixels of $x$ are independent. So the sum over what is missing,
$p_\theta(y|z) = \sum_x p(y|x)\, p_\theta(x|z)$, is exact. Hidden pixels drop out. A flipped pixel is a mixture of two
Bernoullis, Gaussian noise is a convolution, and a block's mean is a sum over its pixels. Then

$$p_\theta(z|y) \propto p(z)\, p_\theta(y|z), \qquad x \sim p_\theta(x|z, y).$$

On the map $p_\theta(z|y)$ is summed over a grid, so fine that $\log p(y)$ is known to 0.02 nats. With more latent dimensions
it is sampled, by adaptive importance resampling and then HMC. An answer is one part of $p_\theta(z|y)$, its weight the probability that lies there. The encoder
$q_\phi(z|x)$ has only seen whole images: at most it proposes where to look.

Chains, for comparison. *Pseudo-Gibbs* (Rezende et al. 2014, App. F) draws $z \sim q_\phi(z|x)$, then
$x \sim p_\theta(x|z, y)$, and again: its target is not quite $p_\theta(z|y)$, as $q$ is not the posterior.
*Metropolis-within-Gibbs* (Mattei and Frellsen 2018) starts after 20 steps of pseudo-Gibbs, proposes the same $z$ and accepts or refuses it. That makes the target
right, but the chain may hardly move from one part to another. *HMC* follows the gradient of $\log p(z) + \log p_\theta(y|z)$.
"""


@controls.page_of_model
def page(model: LoadedModel) -> None:
    controls.page_head(
        "Repair", "How many answers fit?", "Hide part of an image, and see which places on the map fit the rest."
    )
    _bench(model)
    controls.show_maths(MATHS)


@controls.fragment
def _bench(model: LoadedModel) -> None:
    """A row in the order of the model: the observed image y, p(z|y) on the plane, the answers for x."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        source = linked.choice("Image", SOURCES, key="repair_source")
        x, original, row = _image(model, source)
        kind = linked.choice(
            "What happens to the image",
            KINDS if model.vae.likelihood.exact_sums else KINDS[:1],
            key="repair_kind",
            help="cover pixels: you hide pixels. noise: some pixels are wrong. low resolution: you see only the mean of each block.",
        )
        if x is None:
            return
        hidden, fault = hidden_now(model.vae.config.image_shape)
        damage = _damage(model, kind, hidden)
    bench = st.container()
    num_samples = _expert()
    with bench:
        method = _repair(model, x, original, row, damage, hidden, num_samples, fault)
    script = partial(repair_script, model, x, row, damage, num_samples, method) if method else lambda: None
    controls.take_away(file_stem(model.name), script=script)


def _repair(
    model: LoadedModel, x: np.ndarray, original: str, row: int | None, damage: repairs.Damage, hidden: np.ndarray,
    num_samples: int, fault: str | None,
) -> str | None:  # fmt: skip
    """Show the repair. Returns the method of the chain; None where nothing could be repaired."""
    if fault:
        st.warning(f"The link's hidden part was not used: {fault}.")
    with st.container(horizontal=True, gap="medium", key="repair_row"):
        left = st.container(key="repair_given", width=260)
        middle = st.container(key="repair_middle", width="stretch")
        side = st.container(key="repair_side", width=SIDE)
    with left:
        if damage.kind == repairs.COVER:
            remember_shape(model.vae.config.image_shape)
            repair_brush(packed_brush(model, x, hidden, is_dark()), on_hidden_change=keep_hidden)
    try:
        restoration = cached.repaired(model, x, damage, num_samples)
    except ValueError as error:
        st.error(f"**{plain(model.name)}** could not repair the image: {controls.failure_in_words(error)}.")
        return None
    with left:
        if damage.kind != repairs.COVER:
            _picture(model, restoration.observed, "y, what is seen", 250)
    with middle:
        chart = st.container()
        st.markdown(legend_in_words(restoration), help=REGIONS if restoration.raster else None)
        if spots := lone_spots_in_words(restoration):
            st.markdown(spots)
        repair_map(packed_map(model, restoration, PLANE, is_dark()))  # before the chart: it follows the brush
        player = st.container()  # here its path on the map is in sight
    with chart:
        _plane(model)
    for warning in () if restoration.certain.all() else restoration.warnings:
        st.warning(f"{plain(warning[0].upper() + warning[1:])}.")
    with side:
        own = class_of(model, row)
        names = _answers(model, restoration, own)
        with st.expander("Show the original", key="repair_original"):
            with st.container(horizontal=True, gap="small"):
                _picture(model, x, "x", 72, f"The original x: {original}")
                st.container(width=92).markdown(verdict_in_words(restoration.answers[0], names, own))
        st.caption("Each picture is a mean. So it is grey where the model is not sure.")
    more = st.container(key="repair_more")
    if len(restoration.kinds) > len(restoration.answers):
        with more:
            _kinds(model, restoration)
    with player:
        method, chain = _chain(model, x, damage)
    with more, st.expander("The numbers", key="repair_numbers"):
        _numbers(model, restoration, damage, chain)
    return method


def _image(model: LoadedModel, source: str) -> tuple[np.ndarray | None, str, int | None]:
    """x (data_dim,), the original's name on screen, and its row if it is a test image."""
    if source == SOURCES[0]:
        examples = controls.examples_or_explain(model)
        if examples is None:
            return None, "", None
        row = controls.image_number(
            len(examples.x), DEFAULT_IMAGE, key="repair_image", width=180, help="Choose one of the model's test images."
        )
        name = class_of(model, row)
        return examples.x[row].numpy(), f"test image {row + 1}{f', class {name}' if name else ''}", row
    try:
        if source == "draw":
            return *_drawing(model), None
        content = controls.picture_uploader("repair_picture")
        if content is None:
            return None, "", None
        return cached.own_picture(model, content).x, "your picture", None
    except DataError as error:
        st.error(f"**{plain(model.name)}** has nothing to repair: {controls.failure_in_words(error)}.")
        return None, "", None


def _drawing(model: LoadedModel) -> tuple[np.ndarray | None, str]:
    """x (data_dim,), and what it is called."""
    strokes = controls.drawing_pad_behind_button(model, key="repair_pad")
    if not strokes:
        return None, ""
    name = "an example: draw your own" if is_example(strokes) else "your drawing"
    return encode_drawing(model.vae, strokes, **model.made_as).x, name


def _damage(model: LoadedModel, kind: str, hidden: np.ndarray) -> repairs.Damage:
    seed = seed_now()
    if kind == repairs.COVER:
        return repairs.Damage(kind, hidden=repairs.hidden_text(hidden), seed=seed)
    if kind == repairs.COARSE:
        names = [f"{side}x" for side in repairs.factors(model.vae.config.image_shape)]
        factor = linked.choice(
            "Resolution lowered by",
            names,
            key="repair_factor",
            help="4x: of each block of 4 by 4 pixels you see only the mean.",
        )
        return repairs.Damage(kind, factor=int(factor[:-1]), seed=seed)
    binary = model.vae.likelihood.binary
    level = linked.slider(
        "Flipped pixels, share" if binary else "Standard deviation of the noise",
        0.01,
        0.45 if binary else 1.0,
        0.2,
        0.01,
        key="repair_flips" if binary else "repair_scale",
        width=240,
        help="Every pixel turns to its opposite with this probability."
        if binary
        else "Gaussian noise is added to every pixel. From black to white is 1.",
    )
    st.button("Draw the noise again", on_click=draw_noise_again, key="repair_again")
    return repairs.Damage(kind, level=level, seed=seed)


def _expert() -> int:
    with st.expander("Settings", key="repair_settings"), st.container(horizontal=True):
        num_samples = linked.number(
            "Draws of x", 10, 2000, 100, 10, key="repair_samples", width=160,
            help="How many draws stand for p(z|y). More draws make the shares of the answers more exact.",
        )  # fmt: skip
        linked.number(
            "Seed", 0, 2**31 - 1, 0, key=SEED, width=160, help="The same seed gives the same noise and the same draws."
        )
    return num_samples


# -- the repair --------------------------------------------------------------------------------------------------


def _picture(model: LoadedModel, image: np.ndarray, caption: str, width: int, alt: str | None = None) -> None:
    shape = model.vae.config.image_shape
    strip = film_strip(image[None], shape)
    picture = picture_uri(
        enlarge(strip, max(1, round(280 / max(shape))))
    )  # a file of its own would be gone after the next stroke
    st.image(picture, width=width, caption=caption, alt=alt or caption)


def _plane(model: LoadedModel) -> None:
    controls.latent_plane(
        model_plane(model, VIEW, legend=True, radius=1.75, dark=is_dark()),
        key=PLANE,
        alt="p(z | what is seen) on the latent map, over the encoded test images",
    )


def _answers(model: LoadedModel, restoration: repairs.Repair, own: str | None) -> tuple[str, ...]:
    """The answers for an image of the class `own`. Returns the classes that the likeliest looks like."""
    names = pictured = names_of_likely(model, np.stack([answer.z for answer in restoration.answers]))
    if holds_unlike_images(model, restoration):
        names = [()] * len(names)  # the share of an answer is not that of one class
    is_whole = bool(restoration.certain.all())
    st.markdown(
        nothing_hidden_in_words(names[0], own) if is_whole else answers_in_words(restoration.answers, names),
        help=shares_in_words(restoration.share_error),
    )
    # `empty` takes away at once the answers of the run before: the chain below may take seconds.
    with st.empty().container(horizontal=True, key="repair_answers"):
        for number, answer in enumerate(restoration.answers):
            letter = chr(ord("A") + number)  # digits are on the map already
            words = f"{letter}: {caption_in_words(names[number], pictured[number], percent(answer.weight))}"
            with st.container(width=ANSWER):
                image = studies.decoded_at(model.vae, answer.z.tolist()) if is_whole else answer.image
                _picture(model, image, words, ANSWER, f"Answer {letter}")
    return names[0]


def _numbers(
    model: LoadedModel, restoration: repairs.Repair, damage: repairs.Damage, chain: repairs.Chain | None
) -> None:
    """The mean of all answers and how unlike they are; how far the mean is from x, and the chain from p(z|y)."""
    with st.container(horizontal=True):
        with st.container(width=108):
            _picture(model, restoration.mean, "E[x|y], the mean", 104)
        with st.container(width=108):
            _picture(model, restoration.uncertainty, f"Uncertainty (white: s.d. {restoration.widest:.2g})", 104)
    if not math.isnan(restoration.psnr):
        where = " over the hidden pixels" if damage.kind == repairs.COVER else ""
        observed = restoration.psnr_observed
        before = "" if math.isnan(observed) else f"; what is seen has {decibels(observed)}"
        with st.container(key="repair_psnr"):
            st.markdown(
                f"PSNR of E[x|y] against x{where}: **{decibels(restoration.psnr)}**{before}.",
                help="Peak signal-to-noise ratio, 10 log10(1 / mean squared error), in dB: higher is better.",
            )
    if chain is not None and chain.distance is not None:
        value, floor = chain.distance
        st.markdown(
            f"Total variation between the {len(chain.z) - 1} draws of the chain and p(z|y): **{value:.2f}**. "
            f"The same number of exact draws has {floor:.2f}.",
            help="How different two distributions are. 0: the same; 1: nothing in common. Lower is better.",
        )


def _kinds(model: LoadedModel, restoration: repairs.Repair) -> None:
    """The kinds of image among the draws. One answer may hold several: unlike images with no dip of p(z|y) between them."""
    names = names_of_kinds(model, restoration)
    st.markdown(
        f"One answer can hold different images. **{len(restoration.kinds)} kinds of image** fit here, each with its share.{alike_in_words(names)}",
        help=f"Ward's method puts {len(restoration.z)} draws of E[x|z, y] into at most {MOST_REPRESENTATIVES} groups. Their means differ "
        f"by more than {VISIBLE:g} in some pixel. Each picture is the draw nearest to its group's mean. "
        "There may be images between two kinds: a kind is not a part of p(z|y).",
    )
    with st.empty().container(horizontal=True, key="repair_kinds"):
        for number, kind in enumerate(restoration.kinds, 1):
            with st.container(width=118):
                words = caption_in_words(names[number - 1], (), percent(kind.weight))
                _picture(model, kind.image, words, 112, f"Kind {number}")


def _chain(model: LoadedModel, x: np.ndarray, damage: repairs.Damage) -> tuple[str | None, repairs.Chain | None]:
    """The player of a chain, folded away at first. Returns the chain's method, None where it makes no chain; and the chain once it is
    unfolded."""
    begin_at(FOLD, "true", "chain_step")
    begin_at(FOLD, "true", METHOD)
    fold = linked.fold("Watch a chain", key=FOLD)
    if not fold.open:
        return next(iter(repairs.CHAINS)), None
    with fold:
        st.markdown("A chain looks for answers step by step: orange on the map.")
        player = st.container()
        method = linked.menu(
            "Method",
            list(repairs.CHAINS),
            key=METHOD,
            help="Each step goes to a next place on the map that may fit. You see its path on the map, and its x here. “Show the maths” says "
            "what each method does.",
            width=210,
        )
        try:
            chain = cached.repair_chain(model, x, damage, method)
        except ValueError as error:
            st.error(f"**{plain(model.name)}** makes no chain: {controls.failure_in_words(error)}.")
            return None, None
    with player:
        repair_chain(packed_chain(model, chain, PLANE, is_dark()))
    return method, chain


page()
