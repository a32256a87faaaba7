"""The bound: drag q over an exact posterior, then see the parts of a real image's gap."""

from functools import partial

import numpy as np
import streamlit as st

from aevb_lab import cached, controls
from aevb_lab.components.bound_toy import bound_toy
from aevb_lab.components.ellipse import ellipse
from aevb_lab.escaping import file_stem
from aevb_lab.figures.bounds import nats
from aevb_lab.figures.pictures import enlarge, film_strip
from aevb_lab.figures.style import saved_as
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


@controls.explained
def page() -> None:
    _show(controls.model_picker())


@controls.explained
def _show(model: LoadedModel) -> None:
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
        _image(model, examples, row, cached.image_bound(model, row))
        _binarization(model, row)
        controls.take_away(file_stem(model.name), script=partial(bound_script, model, row))
    controls.show_maths(MATHS)


@controls.fragment
def _toy() -> None:
    numbers = bounds.toy_numbers(cached.toy(), link.toy_start(), arrivals(), is_dark())
    bound_toy(numbers, on_view_change=link.remember_toy)


def _chosen_image(model: LoadedModel, examples: Examples) -> int:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        return controls.image_number(
            len(examples.x), 4, key=f"bound_image_{model.name}", help="Of the model's test set."
        )


def _image(model: LoadedModel, examples: Examples, row: int, bound: ImageBound) -> None:
    close_up = cached.close_up(model, row)
    left, right = st.columns(2, gap="large")
    if close_up is not None:
        with left:
            _ellipse(model, row)
    with left if close_up is None else right:
        _pixels(examples.x[row].numpy(), model, f"Test image {row + 1}", f"x: image {row + 1} of {examples.source}.")
    with right:
        st.plotly_chart(
            bounds.bound_gap(bound, is_dark()),
            key="bound_gap",
            theme=None,
            config=saved_as("bound-gap"),
            alt="Reconstruction minus KL is the ELBO, and the ELBO plus the gap is log p(x), in nats",
        )
        st.markdown("The encoder's q: " + bounds.bound_in_words(bound))
        st.plotly_chart(
            bounds.kl_per_dimension(bound, is_dark()),
            key="kl_per_dimension",
            theme=None,
            config=saved_as("kl-per-dimension"),
            alt="KL of each latent dimension, of this image and on average",
        )
        st.caption("KL(q(z|x) ‖ p(z)) of each latent dimension, exact: what this dimension tells about x.")


def _ellipse(model: LoadedModel, row: int) -> None:
    latent_map.keep_q_of(close_up_id(model, row))
    ellipse(packed_ellipse(model, row, None, is_dark()), on_q_change=latent_map.remember_q)
    st.caption(
        "Contours: the true posterior p(z|x), holding 39, 86 and 99 % of it. Dashed: the encoder's q, 1 and 2 "
        "standard deviations. Solid: your q; drag its middle, stretch and turn it by its handles, or use the arrow "
        "keys (with Shift five times as far)."
    )


def _pixels(x: np.ndarray, model: LoadedModel, alt: str, caption: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        picture = film_strip(x[None], model.vae.config.image_shape)
        st.image(enlarge(picture, 8), width=140, alt=alt)
        st.caption(caption, width=240)


def _binarization(model: LoadedModel, row: int) -> None:
    redraws = cached.redraws(model, row)
    if not redraws:
        return
    st.subheader("The same picture, other pixels", anchor=False)
    st.markdown(
        "The data are grey, but a Bernoulli decoder needs black and white. The threshold cuts at one half. A draw makes "
        "each pixel white with its grey value as the probability. Each time it is another x, with its own log p(x)."
    )
    st.image(
        bounds.redraw_pictures(redraws, model.vae.config.image_shape),
        width="stretch",
        alt="The published draw, the threshold and four fresh draws of the same grey image",
    )
    st.caption("From the left: the published draw, the threshold at 1/2, four fresh draws.")
    st.plotly_chart(
        bounds.redraw_strip(redraws, is_dark()),
        key="redraw_strip",
        theme=None,
        config=saved_as("redraw-strip"),
        alt="ELBO and log p(x) of the same image by binarisation",
    )
    spread = fresh_spread(redraws)
    st.caption(
        f"{spread.num_draws} fresh draws: ELBO {nats(spread.mean, 1)} ± {spread.std_error:.1f} nats "
        f"(mean ± standard error), from {nats(spread.low, 1)} to {nats(spread.high, 1)}; threshold: "
        f"{nats(redraws[1].elbo, 1)}. Numbers of different binarisations may not be compared."
    )


page()
