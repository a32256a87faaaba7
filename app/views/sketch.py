"""Sketch: draw points in the plane, and watch a VAE learn them."""

from functools import partial
from typing import Any, NamedTuple

import streamlit as st

from aevb_lab import controls, linked
from aevb_lab.components.sketch_pad import sketch_pad
from aevb_lab.escaping import plain
from aevb_lab.jobs.job import JobSpec
from aevb_lab.scripts.sketch import sketch_script
from aevb_lab.session import sketch
from aevb_lab.session.sketch import Choices, SketchRun
from aevb_lab.session.viewer import is_dark, once_for
from aevb_lab.shown.sketch import SketchWatch, packed_pad
from vae_core.config import AlgorithmName

LATENTS, HIDDEN = (1, 2), (4, 8, 16, 32, 64)
ALGORITHMS: dict[str, AlgorithmName] = {"AEVB": "aevb", "wake-sleep": "wake_sleep", "Monte Carlo EM": "mcem"}
BETAS = (0.0, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0)
KEPT: dict[str, Any] = {"persist_state": "session"}  # through visits to other pages
FIXED = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0)


class Question(NamedTuple):
    """What to look at, and the widgets' values that show it; all others take their first value."""

    text: str
    values: dict[str, Any]


FIRST: dict[str, Any] = {
    "sketch_latent": 1, "sketch_hidden": 32, "sketch_algorithm": "AEVB", "sketch_sigma": "learnt, one for all", "sketch_fixed_sigma": 0.2,
    "sketch_beta": 1.0, "sketch_rate": 0.01,
}  # fmt: skip
NO_QUESTION = "choose a question"
QUESTIONS = {
    "What if beta is too large?": Question(
        "The KL counts ten times. Does the line still reach the points, or does q(z|x) become the prior for all of them?",
        {sketch.SET: "two moons", "sketch_beta": 10.0},
    ),
    "What if sigma is too large?": Question(
        "Sigma is fixed at 2, so all points are alike to the decoder. What is left for z to say? Then set sigma to 0.2.",
        {sketch.SET: "two moons", "sketch_sigma": "fixed", "sketch_fixed_sigma": 2.0},
    ),
    "Can one number follow a spiral?": Question(
        "A line can be wound up like the spiral. Does the training find this? Then try Monte Carlo EM, or two latent numbers.",
        {sketch.SET: "spiral"},
    ),
    "Why does a ring need a cut?": Question(
        "z is a line with two ends, and a ring has none. Where is the cut? Look at points on both sides of it.",
        {sketch.SET: "ring"},
    ),
    "Can seven points be learnt by heart?": Question(
        "The line may go through each point, and sigma shrinks. How high does log p(x) climb? It has no limit, so sigma stops at 0.01.",
        {sketch.SET: "seven points", "sketch_hidden": 64, "sketch_rate": 0.003},
    ),
}
SIDE = 280  # pixels, of the settings beside the pad
VALUES = {name: {**FIRST, **question.values} for name, question in QUESTIONS.items()}
MATHS = r"""
The data are points $x \in \mathbb R^2$. The decoder is a Gaussian around a curve, or around a sheet with two latent numbers:
$p_\theta(x|z) = \mathcal N(x; f_\theta(z), \sigma^2 I)$. Here $\sigma$ is learnt once, learnt for each $z$ and coordinate, or fixed.

**The density.** With at most two latent numbers the integral is a sum over a lattice of $z$. Its spacing $h$ is halved until no drawn point's value changes by more than 0.01 nats.
The lattice has at most 65,536 places, or 16,384 with one latent number. Where they are too few, the page says so.

$$\log p_\theta(x) = \log \int p(z)\, p_\theta(x|z)\, dz \approx \log \sum_k h^J\, p(z_k)\, p_\theta(x|z_k)$$

**The gap** between the curves is the mean of $D_{KL}(q_\phi(z|x) \,\|\, p_\theta(z|x))$ (eq. 1). The bound's mean over $q_\phi(z|x)$ is a Gauss-Hermite quadrature, without draws.

**Collapse.** A term of the bound pulls $q_\phi(z|x)$ to the prior, with the weight $\beta$; the other one pays $1 / \sigma^2$ for each squared distance. Say that the decoder is linear and
$\beta \sigma^2$ is above the largest variance of the data. Then the best $f_\theta$ is constant: nothing of $x$ is left in $z$.

**No limit.** A curve that goes through all $n$ points has a likelihood that grows without bound as $\sigma \to 0$. Here a learnt $\sigma$ never falls below 0.01.
"""


@controls.explained
def page() -> None:
    controls.page_head(
        "Sketch", "What does a VAE make of what you draw?", "Press Start and watch. Then draw points of your own."
    )
    above = st.container()  # the buttons: they need what the settings say
    with st.container(horizontal=True, gap="medium", key="sketch_row"):
        pad = st.container(key="sketch_bench", width="stretch")
        side = st.container(key="sketch_settings", width=SIDE)
    with side:
        chosen, choices = _settings()
    text = sketch.drawing(chosen)
    spec = sketch.spec_of(text, choices) if text else None
    run = sketch.current_run(spec)
    if spec is not None and sketch.is_to_start():
        sketch.start(spec)
        run = sketch.current_run(spec)
    run = sketch.follow(run, spec)
    with above:
        _buttons(spec, run)
    with pad:
        _pad(text, spec, run)
    controls.take_away("sketch", script=partial(sketch_script, text, choices) if text else lambda: None)
    controls.show_maths(MATHS)


def _settings() -> tuple[str, Choices]:
    """Which points, and what the visitor chose of the model and its training."""
    st.markdown(
        "**Settings.** A run goes on when you change one. Another latent size or other hidden units begin anew."
    )
    chosen = linked.menu(
        "Points",
        sketch.SETS,
        key="sketch_set",
        help="Points to begin with. Draw on them, and they are your drawing.",
        **KEPT,
    )
    left, right = st.columns(2, gap="small")
    with left:
        latent = linked.choice(
            "Latent size",
            LATENTS,
            key="sketch_latent",
            help="How many numbers z has. One gives a line in the drawing, two give a sheet.",
            **KEPT,
        )
    with right:
        hidden = linked.menu(
            "Hidden units",
            HIDDEN,
            HIDDEN.index(FIRST["sketch_hidden"]),
            key="sketch_hidden",
            help="Units in each of the two hidden layers. With more, the line can bend more sharply.",
            **KEPT,
        )
    kinds = list(sketch.SIGMAS)
    sigma = linked.menu(
        "Sigma of p(x|z)",
        kinds,
        kinds.index(FIRST["sketch_sigma"]),
        key="sketch_sigma",
        help="How far a point may lie from the line: learnt once, learnt for each z, or as you say.",
        **KEPT,
    )
    fixed = FIRST["sketch_fixed_sigma"]
    if sigma == "fixed":
        fixed = linked.menu(
            "Sigma, fixed at",
            FIXED,
            FIXED.index(fixed),
            key="sketch_fixed_sigma",
            help="In units of the drawing, which goes from −2.5 to 2.5.",
            **KEPT,
        )
    name = linked.menu(
        "Algorithm",
        list(ALGORITHMS),
        key="sketch_algorithm",
        help="AEVB and wake-sleep train an encoder. Monte Carlo EM has none, so there is no bound.",
        **KEPT,
    )
    left, right = st.columns(2, gap="small")
    with left:
        rate = linked.menu(
            "Learning rate",
            sketch.RATES,
            sketch.RATES.index(FIRST[sketch.RATE]),
            key=sketch.RATE,
            help="How far the weights move in one step.",
            **KEPT,
        )
    beta = FIRST["sketch_beta"]
    if name == "AEVB":
        with right:
            beta = linked.menu(
                "beta",
                BETAS,
                BETAS.index(beta),
                key="sketch_beta",
                help="How much the KL counts in training. The curves always use 1.",
                **KEPT,
            )
    return chosen, Choices(latent, hidden, sigma, fixed, ALGORITHMS[name], beta, rate)


def _buttons(spec: JobSpec | None, run: SketchRun | None) -> None:
    snapshot = run.job.snapshot() if run else None
    trains = snapshot is not None and snapshot.takes_turns
    with st.container(horizontal=True, key="sketch_buttons", vertical_alignment="bottom"):
        st.button(
            "Start again" if run else "Start", key="sketch_start", type="secondary" if trains else "primary", icon=":material/play_arrow:",
            disabled=spec is None, on_click=sketch.start, args=(spec,), help="Train from new first weights.",
        )  # fmt: skip
        st.button(
            "Pause", key="sketch_pause", icon=":material/pause:", disabled=not trains, on_click=run.job.pause if run else None,
            help="Pause the training after this step.",
        )  # fmt: skip
        st.button(
            "Go on", key="sketch_resume", icon=":material/resume:", disabled=run is None or trains, on_click=sketch.go_on, args=(run, spec),
            help="Go on from the present weights.",
        )  # fmt: skip
        question = linked.menu(
            "A question to try", [NO_QUESTION, *QUESTIONS], key="sketch_question", width=330, on_change=sketch.ask, args=(VALUES,), **KEPT,
            help="It sets the points and the settings, and starts.",
        )  # fmt: skip
    if question in QUESTIONS:
        st.markdown(QUESTIONS[question].text)
    if snapshot is not None and snapshot.message:
        (st.error if snapshot.state == "failed" else st.info)(plain(snapshot.message))


def _pad(text: str, spec: JobSpec | None, run: SketchRun | None) -> None:
    watch = once_for("sketch_watch", run.job.token, lambda: SketchWatch(run)) if run else None
    content = packed_pad(text, sketch.pad_version(text), spec, watch, dark=is_dark())
    st.markdown(_what_is_seen(spec))
    sketch_pad(content, key="sketch_pad", on_points_change=sketch.keep_drawing, on_slower_change=sketch.learn_slower)
    st.caption(
        "Higher is better. Training raises the bound, which is never above log p(x). Both are in nats a point, and of a density, so they may be above 0."
    )


def _what_is_seen(spec: JobSpec | None) -> str:
    is_line = spec is None or spec.model_config.latent_dim == 1
    return (
        "**Blue: the points. Green: where the model expects points**, the stronger the more. "
        f"The {'line' if is_line else 'net'} shows where z leads, and the band around it is sigma. It is in one piece, so it also crosses places without points."
    )


page()
