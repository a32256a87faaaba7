"""Gradients: one iteration of AEVB in slow motion; single gradients as arrows; the variance of every estimator, measured while you watch."""

from functools import partial

import numpy as np
import streamlit as st

from aevb_lab import cached, controls, linked
from aevb_lab.components.measuring import measuring
from aevb_lab.components.slow_motion import slow_motion
from aevb_lab.figures.gradients import gradients_of_weights
from aevb_lab.figures.numbers import nats
from aevb_lab.figures.pictures import enlarge, film_strip, picture_uri
from aevb_lab.figures.style import saved_as
from aevb_lab.figures.tables import markdown_table
from aevb_lab.scripts.gradients import gradients_script
from aevb_lab.session.link import follow_new_names
from aevb_lab.session.progress import MOST_REPEATS, Variances
from aevb_lab.session.slow_motion import SCENE, follow_scene, go_to_stage, visited
from aevb_lab.session.viewer import is_dark
from aevb_lab.shown.gradients import (
    BELOW,
    IMAGE_SHAPE,
    arrows_in_words,
    arrows_of,
    conclusion,
    exactly,
    gradient_variance,
    lengths_in_words,
    lowest_curve,
    other_curves,
    packed_iteration,
    same_images,
    same_images_in_words,
    why_outside,
)
from aevb_lab.shown.stages import FORMER_NAMES, STAGES, Stage, code_line, coloured
from aevb_lab.theme import Palette, palette
from vae_core import bounds
from vae_core.studies.gradient_variance import AXES, variance_settings
from vae_core.studies.iterations import SLOW, STEEPEST, Iteration

WORK_SECONDS = 0.35
MOST_ITERATIONS = 1000
HOW = {  # what each method does with the noise
    "outside": "B: draw ε, and compute z from it. So the slope of the image's ELBO says which way is better.",
    "inside": "Score function: draw z, and see only how good it was. This one number scales the whole gradient.",
}
MOST_ARROWS_IMAGES = 100
DECISIVE = ("score", "score-baseline", "B")  # the curves that answer the question
MATHS = r"""
**Score function** (sec. 2.2): $\nabla_\phi \mathbb E_{q_\phi(z)}[f(z)] = \mathbb E_{q_\phi(z)}\left[f(z) \nabla_\phi \log q_\phi(z)\right]$.
The value of $f$, large and noisy, multiplies every gradient. A *baseline* subtracts from $f$ its average over all other draws
of the minibatch, which leaves the mean and lowers the variance.

**Reparameterised** (eq. 4 and 5): $z = g_\phi(\epsilon, x) = \mu + \sigma \odot \epsilon$ with $\epsilon \sim \mathcal N(0, I)$; the noise
is outside, so $\nabla_\phi f(g_\phi(\epsilon, x))$ follows the slope of $f$ instead of its value.

$$\tilde{\mathcal L}^A = \frac 1 L \sum_l \log p_\theta(x, z^{(l)}) - \log q_\phi(z^{(l)}|x) \quad \text{(eq. 6)} \qquad
\tilde{\mathcal L}^B = -D_{KL}\left(q_\phi(z|x) \,\|\, p(z)\right) + \frac 1 L \sum_l \log p_\theta(x|z^{(l)}) \quad \text{(eq. 7)}$$

**STL**, sticking the landing (Roeder et al. 2017), has the value of A. It leaves out the part of
$\nabla_\phi \log q_\phi(z|x)$ that does not go through $z$, whose mean is 0. Where $q_\phi(z|x) = p_\theta(z|x)$ nothing is left
to vary. So it is steadiest near the end of the training.

The curves show how far one gradient lies from the mean gradient: the expected squared distance, in all of the encoder's
parameters. Minibatches and noise are fresh each time. A, B, STL and the score functions have the same mean.

**IWAE** (Burda et al. 2016) is another objective, a higher bound: $\mathcal L_L = \mathbb E\left[\log \frac 1 L \sum_l w_l\right]$ with
$w_l = p_\theta(x, z^{(l)}) / q_\phi(z^{(l)}|x)$. Its gradient in the encoder has less signal, the larger L is. **DReG** (Tucker et al. 2019) is
the same gradient, doubly reparameterised: with the shares $s_l = w_l / \sum_k w_k$ it is
$\sum_l s_l^2 \, \frac{\partial \log w_l}{\partial z^{(l)}} \frac{\partial z^{(l)}}{\partial \phi}$. With one draw the two are A and STL.
"""


@controls.explained
def page() -> None:
    controls.page_head(
        "Gradients",
        "What happens in one step of the training?",
        "Press Play, or Step for one at a time.",
    )
    with st.container(key="slow"):
        _slow_motion()
    st.header("Why move the noise outside?", anchor=False)
    with st.container(key="arrows"):
        _arrows()
    st.header("How steady is each way?", anchor=False)
    st.markdown(
        "Each step of the training follows one gradient. Training here usually takes B (eq. 7), with the noise outside."
    )
    variances, weights, axis = _variance()
    controls.take_away("gradients", script=partial(gradients_script, variances, weights, axis))
    controls.show_maths(MATHS)


# -- arrows ------------------------------------------------------------------------------------------------------


@controls.fragment
def _arrows() -> None:
    """Single gradients of one image by two methods."""
    picture, words = st.columns([1, 7], vertical_alignment="center")
    with words:
        st.markdown(
            "Before training, the encoder puts this image's oval somewhere on the map. **Which way should its middle move,** so that the ELBO rises? "
            "Each thin arrow is an answer from one random draw. The thick arrow is their mean over thousands of draws. Dashed: the wrong way."
        )
        image = linked.number("Image", 1, MOST_ARROWS_IMAGES, cached.FIRST_ARROWS_IMAGE, key="arrows_image", width=140)
    x, gradients = cached.single_gradients(image)
    with picture:
        st.image(picture_uri(enlarge(film_strip(x, IMAGE_SHAPE), 12)), width=96, alt=f"Training image {image}")
    for column, method in zip(st.columns(2, gap="medium"), HOW, strict=True):
        with column:
            st.markdown(f"{arrows_in_words(gradients, method)}  \n{HOW[method]}")
            st.plotly_chart(
                arrows_of(image, method, is_dark()),
                key=f"arrows_{method}",
                theme=None,
                config=saved_as(f"gradients-{method}"),
                alt=f"Directions of {cached.ARROWS} single gradients with the noise {method}",
            )
    st.markdown(why_outside(gradients), help=lengths_in_words(gradients))


# -- variance ----------------------------------------------------------------------------------------------------


def _variance() -> tuple[Variances, str, str]:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        axis = linked.choice(
            "Against", AXES, key="variance_axis",
            format_func=lambda name: {"L": "draws per image L", "M": "minibatch size M"}[name],
        )  # fmt: skip
        weights = linked.choice(
            "Weights", cached.WEIGHTS, key="variance_weights",
            help="The weights of digits-2d: random ones, as before its training, or those after its training.",
        )  # fmt: skip
        has_all = linked.switch(
            "All curves", key="variance_all",
            help="Also show A and STL and, against L, IWAE and DReG. Above the chart stands what they are.",
        )  # fmt: skip
    variances = cached.variances(weights, axis)
    _live_variance(variances, axis, weights, has_all)
    return variances, weights, axis


@controls.fragment
def _live_variance(variances: Variances, axis: str, weights: str, has_all: bool) -> None:
    variances.advance(WORK_SECONDS)
    curves = BELOW if has_all else DECISIVE
    with st.container(key="variance_ratio"):
        if has_all:
            st.markdown(other_curves(variances, axis, weights))
            st.markdown(lowest_curve(variances, axis))
        else:
            st.markdown(conclusion(variances, axis))
            st.caption(exactly(variances, axis) if variances.complete else "The exact number comes at the end.")
    st.plotly_chart(
        gradient_variance(variances, axis, curves, is_dark()),
        key="gradient_variance",
        theme=None,
        config=saved_as("gradient-variance"),
        alt="Variance of the gradient of each estimator on logarithmic axes",
    )
    with st.container(key="variance_status", horizontal=True, vertical_alignment="center"):
        points = [point for point in variance_settings(axis) if point.estimator in curves]
        count = f"{variances.repeats} of {MOST_REPEATS} gradients are measured at each of {len(points)} points"
        st.caption(f"{count}, on digits. Bars and ± are standard errors. Both axes are logarithmic.")
        if not variances.complete:
            measuring(variances.count, key="variance_measuring")


# -- slow motion -------------------------------------------------------------------------------------------------


@controls.fragment
def _slow_motion() -> None:
    names, dark = [stage.name for stage in STAGES], is_dark()
    follow_new_names("stage", FORMER_NAMES)
    stage = linked.choice("Stage", names, key="stage")
    position = names.index(stage)
    with st.container(key="slow_row"):
        left, right = st.columns([4, 3], gap="large")
    with right, st.container(key="slow_iteration", horizontal=True, vertical_alignment="center"):
        number = linked.number(
            "Iteration", 1, MOST_ITERATIONS, 1, key="iteration", width=140,
            help="This run on digits begins with random weights: M = 8, L = 1, Adam. The page first trains up to the iteration that you choose.",
        )  # fmt: skip
        st.button(
            "Forward 50", key="slow_jump", on_click=go_to_stage, args=(min(MOST_ITERATIONS, number + 50), stage),
            disabled=number >= MOST_ITERATIONS, help="Show the same stage, 50 iterations later.",
        )  # fmt: skip
    iteration = cached.iteration(number)
    with left:
        scene = packed_iteration(iteration, number, position, stages=names, last=MOST_ITERATIONS, dark=dark)
        slow_motion(scene, on_at_change=partial(follow_scene, names, MOST_ITERATIONS), key=SCENE)
    with right:
        text = STAGES[position].text.format(change=_change(iteration))
        with st.container(key="slow_sentence"):
            st.markdown(f"**{position + 1} of {len(STAGES)}: {stage}.** {text}")
        if number > 1:
            with st.container(key="slow_same"):
                _same_images(number, iteration)
        if stage in _NUMBERS:
            with st.container(key="slow_numbers"):
                _NUMBERS[stage](iteration)
        _program(STAGES[position], palette(dark))


def _same_images(number: int, iteration: Iteration) -> None:
    """What has become better. The numbers of the scene do not say it: each iteration has other images."""
    then, now = cached.iteration(1).first, iteration.first
    st.markdown(same_images_in_words({1: float(then.elbo.mean())} | visited(number, float(now.elbo.mean()))))
    st.image(
        same_images(then, now),
        caption=f"Top: the images. Middle: drawn before iteration 1. Bottom: drawn before iteration {number}.",
    )


def _program(stage: Stage, colours: Palette) -> None:
    """What only some want: the equation of a stage and its line of code. They stand below the numbers that the stage speaks of."""
    line, number = code_line(stage)
    st.caption(f"**In symbols**, if you want them ({stage.place})")
    st.latex(coloured(stage.equation, colours))
    st.caption(
        f"**In the code**: `{stage.function.__module__.replace('.', '/')}.py`, line {number}."
        + (" This run does it by hand: `vae_core/backprop.py`." if stage.function is bounds.elbo else "")
    )
    st.code(line, language="python", wrap_lines=True)


def _change(iteration: Iteration) -> str:
    """What the update did to the mean ELBO."""
    verb = "rose" if iteration.gain > 0.0 else "fell"
    return f"{verb} from {nats(iteration.mean_elbo)} to {nats(iteration.mean_elbo_after)} nats"


def _reconstruction(iteration: Iteration) -> None:
    st.markdown("log p(x|z) of each image, in nats (higher is better):")
    _values({r"log p(x\|z)": iteration.recon_log_lik})


def _kl(iteration: Iteration) -> None:
    st.markdown(f"Mean ELBO: {nats(iteration.mean_elbo)} nats (higher is better). Each number is rounded by itself.")
    _values({r"log p(x\|z)": iteration.recon_log_lik, "− KL": -iteration.kl, "= ELBO": iteration.elbo})


def _gradient(iteration: Iteration) -> None:
    st.plotly_chart(
        gradients_of_weights({name: weight.gradient for name, weight in iteration.steepest.items()}, dark=is_dark()),
        key="gradient_weights",
        theme=None,
        config=saved_as("gradients-of-weights"),
        alt="Gradients of a few weights: to the right, the ELBO rises if the weight grows",
    )
    st.caption(
        f"Of each network, the {STEEPEST} weights on which the mean ELBO depends most; nats for each unit of weight."
    )


def _update(iteration: Iteration) -> None:
    before, after = st.columns(2)
    before.metric("Mean ELBO before, nats", nats(iteration.mean_elbo, 3))
    after.metric("Mean ELBO after, nats", nats(iteration.mean_elbo_after, 3), f"{iteration.gain:+.3f}")
    st.markdown("**Forward 50** shows the same stage 50 steps later.")
    st.caption(
        f"Both are of the same images with the same noise. Together, all weights moved by {iteration.step_norm:.4f} (Euclidean distance). The learning rate is {SLOW.learning_rate:g}."
    )
    rows = [
        [name, nats(weight.gradient, 1, sign=True), nats(weight.before, 4), nats(weight.after, 4)]
        for name, weight in iteration.steepest.items()
    ]
    with st.expander("How each weight moved", key="slow_weights"):
        st.markdown(markdown_table(("weight", "gradient", "before", "after"), rows))
        st.markdown(
            "Adam averages a weight's last gradients and divides by their usual size. So a weight with a small gradient may move farther."
        )


_NUMBERS = {"Reconstruction": _reconstruction, "KL": _kl, "Gradient": _gradient, "Update": _update}


def _values(columns: dict[str, np.ndarray]) -> None:
    """A table with a line for each image, because eight columns would not fit beside the text."""
    rows = [
        [str(i), *(nats(value) for value in values)] for i, values in enumerate(zip(*columns.values(), strict=True), 1)
    ]
    st.markdown(markdown_table(("image", *columns), rows))


page()
