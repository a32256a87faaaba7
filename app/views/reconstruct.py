"""Reconstruct: test images beside what the model makes of them, each with its own bound."""

import numpy as np
import streamlit as st

from app import controls, figures, state

SHOWN = 12
MATHS = r"""
$$\mathcal L(\theta, \phi; x) = \underbrace{\mathbb E_{q_\phi(z|x)}\left[\log p_\theta(x|z)\right]}_{\text{reconstruction}}
- \underbrace{D_{KL}\left(q_\phi(z|x) \,\|\, p_\theta(z)\right)}_{\text{what } z \text{ says about } x} \le \log p_\theta(x)
\qquad \text{(eq. 3)}$$

The expectation is estimated with 16 draws of $z$ per image (estimator B, eq. 7); the KL is exact. The picture is the mean
of $p_\theta(x|z)$ at the mean of $q_\phi(z|x)$.
"""


def page() -> None:
    model = controls.model_picker()
    controls.page_head(
        "Reconstruct", "What can the model not draw?", "Left: x, as it is encoded. Right: its decoding, the mean of p(x|z)."
    )
    examples = controls.examples_or_explain(model)
    if examples is None:
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        order = st.segmented_control(
            "Images",
            ("in order", "worst first", "best first"),
            default="worst first",
            required=True,
            key="reconstruct_order",
            bind="query-params",
            help="Sorted by each image's ELBO, its share of the bound in nats (higher is better).",
        )
        names = ["all", *examples.class_names] if examples.labels is not None else ["all"]
        chosen = st.selectbox("Class", names, key=f"reconstruct_class_{model.data}", width=160)
        first = st.number_input("Starting at", 1, len(examples.x), 1, SHOWN, key="reconstruct_first", width=160)
    bound = state.bound_of_examples(model)
    rows = _chosen_rows(examples, bound, order, chosen)
    rows = rows[min(first - 1, max(0, len(rows) - SHOWN)) :][:SHOWN]
    images = state.reconstructions(model, rows)
    _table(model, examples, rows, images, bound)
    st.plotly_chart(
        figures.bound_terms(
            bound.recon_log_lik[rows], bound.kl[rows], [f"#{row + 1}" for row in rows], dark=state.is_dark()
        ),
        key="bound_terms",
        theme=None,
        config=figures.CONFIG,
        alt="Reconstruction cost and KL of each image, in nats",
    )
    st.caption(
        f"Of {examples.source}. Over all {len(bound.elbo):,}: ELBO {bound.elbo.mean():.2f} ± "
        f"{bound.elbo.std() / np.sqrt(len(bound.elbo)):.2f} nats per image (mean ± standard error; higher is better)."
    )
    controls.show_maths(MATHS)


def _chosen_rows(examples: state.Examples, bound: state.ExampleBound, order: str, chosen: str) -> np.ndarray:
    rows = np.arange(len(examples.x))
    if chosen != "all":
        rows = rows[examples.labels == examples.class_names.index(chosen)]
    if order == "in order":
        return rows
    ranked = rows[np.argsort(bound.elbo[rows], kind="stable")]
    return ranked if order == "worst first" else ranked[::-1]


def _table(
    model: state.LoadedModel, examples: state.Examples, rows: np.ndarray, images: np.ndarray, bound: state.ExampleBound
) -> None:
    cells = st.grid("auto", min_column_width=150, key="reconstructions")
    for row, image in zip(rows, images, strict=True):
        name = "" if examples.labels is None else f", class {examples.class_names[examples.labels[row]]}"
        pair = np.stack([examples.x[row].numpy(), image])
        with cells.container():
            st.image(
                figures.enlarge(figures.film_strip(pair, model.vae.config.image_shape), 6),
                width="stretch",
                alt=f"Test image {row + 1}{name} and its reconstruction",
            )
            st.caption(
                f"#{row + 1}{name}  \nELBO **{bound.elbo[row]:.1f}** = {bound.recon_log_lik[row]:.1f} − "
                f"KL {bound.kl[row]:.1f} nats"
            )



page()
