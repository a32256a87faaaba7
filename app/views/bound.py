"""The bound: drag q over a posterior that is known exactly, then see what the gap of a real image is made of."""

from dataclasses import asdict
from functools import partial

import numpy as np
import streamlit as st

from app import controls, figures, state, theme
from app.components.bound_toy import bound_toy
from app.components.ellipse import ellipse, pack_ellipse
from app.state import lesson_scripts

MATHS = r"""
$$\log p_\theta(x) = \underbrace{\mathcal L(\theta, \phi; x)}_{\text{ELBO}} +
\underbrace{D_{KL}\left(q_\phi(z|x) \,\|\, p_\theta(z|x)\right)}_{\text{the gap, } \ge 0} \qquad \text{(eq. 1)}$$

$$\mathcal L = \mathbb E_{q_\phi(z|x)}\left[\log p_\theta(x, z) - \log q_\phi(z|x)\right]
= \mathbb E_{q_\phi(z|x)}\left[\log p_\theta(x|z)\right] - D_{KL}\left(q_\phi(z|x) \,\|\, p(z)\right) \qquad \text{(eq. 2, 3)}$$

The left side does not depend on $q$, so raising the ELBO and closing the gap are the same thing. The gap has two causes: a
Gaussian $q$ cannot have the posterior's shape, and one encoder must serve all $x$. Your $q$ serves one $x$ only.

With one or two latent dimensions, both sides are sums over fine grids of $z$; the ELBO of a $q$ far narrower than the
posterior, such as an autoencoder's, has a grid of its own, and the gap is then the difference of the two. The toy is
$x = f(z) + 0.2\,\epsilon$ with one latent and one pixel; its encoder (3 hidden units) was trained by Algorithm 1 on draws
from the toy itself when this page was first opened.
"""


def page() -> None:
    model = controls.model_picker()
    controls.page_head(
        "The bound",
        "Can you beat the encoder?",
        "Drag q over the true posterior, or drag x. The arrow keys work too.",
    )
    _toy()
    st.subheader("The same sum for a real image", anchor=False)
    examples = controls.examples_or_explain(model)
    if examples is not None:
        row = _chosen_image(model, examples)
        bound = state.image_bound(model, row)
        _image(model, examples, row, bound)
        _binarization(model, row)
        controls.take_away(state.file_stem(model.name), script=partial(lesson_scripts.bound_script, model, row))
    controls.show_maths(MATHS)


@st.fragment
def _toy() -> None:
    numbers = state.toy_numbers() | {"start": state.toy_start(), "colours": _colours()}
    bound_toy(numbers, on_view_change=state.remember_toy)


def _colours() -> dict[str, str]:
    return asdict(theme.palette(state.is_dark()))


def _chosen_image(model: state.LoadedModel, examples: state.Examples) -> int:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        number = st.number_input(
            f"Test image, 1 to {len(examples.x):,}",
            1,
            len(examples.x),
            4,
            key=f"bound_image_{model.name}",
            width=220,
            bind="query-params",
            help="Of the model's test set.",
        )
    return int(number) - 1


def _image(model: state.LoadedModel, examples: state.Examples, row: int, bound: state.ImageBound) -> None:
    shown = state.close_up(model, row)
    left, right = st.columns(2, gap="large")
    with left:
        if shown is not None:
            state.keep_q_of(shown)
            numbers = state.ellipse_numbers(shown) | {"colours": _colours(), "draws": []}
            ellipse(pack_ellipse(numbers, shown.log_joint), on_q_change=state.remember_q)
            st.caption(
                "Contours: the true posterior p(z|x), holding 39, 86 and 99 % of it. Dashed: the encoder's q, 1 and 2 "
                "standard deviations. Solid: your q; drag its middle, stretch and turn it by its handles, or use the arrow "
                "keys (with Shift five times as far)."
            )
        else:
            _pixels(
                examples.x[row].numpy(), model, f"Test image {row + 1}", f"x: image {row + 1} of {examples.source}."
            )
    with right:
        if shown is not None:
            _pixels(
                examples.x[row].numpy(), model, f"Test image {row + 1}", f"x: image {row + 1} of {examples.source}."
            )
        st.plotly_chart(
            figures.bound_gap(bound.recon_log_lik, bound.kl, bound.gap, dark=state.is_dark()),
            key="bound_gap",
            theme=None,
            config=figures.saved_as("bound-gap"),
            alt="Reconstruction minus KL is the ELBO, and the ELBO plus the gap is log p(x), in nats",
        )
        st.markdown("The encoder's q: " + _sum_in_words(bound))
        st.plotly_chart(
            figures.kl_per_dimension(
                bound.kl_per_dim, bound.mean_kl_per_dim, bound.mean_kl_error, dark=state.is_dark()
            ),
            key="kl_per_dimension",
            theme=None,
            config=figures.saved_as("kl-per-dimension"),
            alt="KL of each latent dimension, of this image and on average",
        )
        st.caption("KL(q(z|x) ‖ p(z)) of each latent dimension, exact: what it says about x beyond the prior.")


def _pixels(x: np.ndarray, model: state.LoadedModel, alt: str, caption: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        picture = figures.film_strip(x[None], model.vae.config.image_shape)
        st.image(figures.enlarge(picture, 8), width=140, alt=alt)
        st.caption(caption, width=240)


def _sum_in_words(bound: state.ImageBound) -> str:
    nats = figures.nats
    if bound.exact:
        return (
            f"log p(x) **{nats(bound.log_marginal, 3)}** = ELBO **{nats(bound.elbo, 3)}** + gap "
            f"**{nats(bound.gap, 3)}** nats, sums over grids of z as fine as each needs (error below 0.001 nats)."
        )
    return (
        f"ELBO **{nats(bound.elbo)} ± {bound.elbo_error:.2f}** nats (256 draws). log p(x) is estimated from below: "
        f"**{nats(bound.log_marginal)} ± {bound.log_marginal_error:.2f}** (defensive importance sampling, "
        f"{bound.ess_in_words()}), so the gap is probably at least {nats(bound.gap)} nats. A grid is possible with at most two latent dimensions."
    )


def _binarization(model: state.LoadedModel, row: int) -> None:
    redraws = state.redraws(model, row)
    if not redraws:
        return
    st.subheader("The same picture, other pixels", anchor=False)
    st.markdown(
        "The data are grey; a Bernoulli decoder needs black and white. Here the same grey image is cut at one half, or "
        "each pixel is drawn with its grey value as the probability. It is a different x each time, with its own log p(x)."
    )
    strip = np.stack([redraw.x for redraw in redraws[:6]])
    st.image(
        figures.enlarge(figures.film_strip(strip, model.vae.config.image_shape), 4),
        width="stretch",
        alt="The published draw, the threshold and four fresh draws of the same grey image",
    )
    st.caption("From the left: the published draw, the threshold at 1/2, four fresh draws.")
    known = redraws[0].log_marginal is not None
    st.plotly_chart(
        figures.redraw_strip(
            [redraw.kind for redraw in redraws],
            np.array([redraw.elbo for redraw in redraws]),
            np.array([redraw.elbo_error for redraw in redraws]),
            np.array([redraw.log_marginal for redraw in redraws]) if known else None,
            dark=state.is_dark(),
        ),
        key="redraw_strip",
        theme=None,
        config=figures.saved_as("redraw-strip"),
        alt="ELBO and log p(x) of the same image by binarisation",
    )
    fresh = np.array([redraw.elbo for redraw in redraws[2:]])
    st.caption(
        f"{len(fresh)} fresh draws: ELBO {figures.nats(fresh.mean(), 1)} ± {fresh.std(ddof=1) / np.sqrt(len(fresh)):.1f} nats "
        f"(mean ± standard error), from {figures.nats(fresh.min(), 1)} to {figures.nats(fresh.max(), 1)}; threshold: "
        f"{figures.nats(redraws[1].elbo, 1)}. Numbers of different binarisations may not be compared."
    )


page()
