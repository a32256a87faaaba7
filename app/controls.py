"""Widgets that several pages share, and the training form, whose every control ends up in a config."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

import vae_core as vc
from app import figures, state
from app.components.plane import plane as draw_plane
from app.components.take_away import take_away as take_away_page
from app.jobs import JobSpec
from app.shown.planes import LatentPlane
from vae_core import config as c

PRESETS = {
    "digits": {"hidden": "256,256", "epochs": 300, "likelihood": "bernoulli"},
    "mnist": {"hidden": "500", "epochs": 20, "likelihood": "bernoulli"},
    "fashion_mnist": {"hidden": "500", "epochs": 20, "likelihood": "bernoulli"},
    "frey_faces": {"hidden": "200", "epochs": 300, "likelihood": "gaussian"},
}
MOST_LAYERS, WIDEST = 8, 5000  # a class shares one machine


def page_head(title: str, question: str, text: str = "") -> None:
    """The page's name, the question it asks, and at most one sentence more."""
    st.title(title, anchor=False)
    st.markdown(f"**{question}**" + (f" {text}" if text else ""))


def model_picker() -> state.LoadedModel:
    """The model that the page shows, chosen in the side bar and kept in the link."""
    names = state.model_names()
    state.restore_choice("model", names)
    with st.sidebar:
        name = st.selectbox(
            "Model",
            names,
            key="model",
            bind="query-params",
            help="Pretrained models, and your own once trained (Train) or uploaded (Models and runs).",
        )
    state.keep_choice("model", name)
    return state.load_model(name if name in names else names[0])


def examples_or_explain(model: state.LoadedModel) -> state.Examples | None:
    """The model's test images, or one line that says what is missing and what to do."""
    examples = state.examples_for(model)
    if examples is None:
        st.info(
            f"This page encodes test images of `{model.data or 'an unknown data set'}`, which are not on this machine. "
            f"Put the data there (the README says where), or choose another model."
        )
    return examples


def take_away(stem: str, *files: state.File, script: Callable[[], state.Script | None]) -> None:
    """One popover with all that can be kept of what the page shows: its pictures, saved under names that begin with
    `stem`, the script with the same numbers, and `files`. It is filled when it is opened: to write the script and to offer the
    files takes the server a sixth of a run."""
    popover = st.popover("Take it away", icon=":material/download:", key="take_away", on_change="rerun")
    if not popover.open:
        return
    with popover:
        for file in files:
            st.download_button(
                file.label, file.make, file_name=file.name, on_click="ignore", key=f"take_{file.name}", width="stretch"
            )
        written = script()
        take_away_page(stem, written and {"name": written.name, "text": written.text, "live": written.live})
        st.caption(
            "PNG: pixels. SVG: lines and letters that stay sharp at any size; decoded pictures in it are pixels."
        )


@st.fragment
def show_maths(text: str) -> None:
    """Equations, folded away until asked for, and not sent before: to set them takes a browser longer than the live decoder's
    first image."""
    maths = st.expander("Show the maths", key="maths", on_change="rerun")
    if maths.open:
        maths.markdown(text)


def latent_plane(plane: LatentPlane, *, key: str, alt: str) -> None:
    """A latent plane: its axes and legend by Plotly in the chart with this key, what lies on it drawn over them."""
    st.plotly_chart(plane.axes, key=key, theme=None, config=figures.CONFIG, height="stretch", alt=alt)
    draw_plane(plane.drawn, chart=key)


def _widths(text: str) -> tuple[int, ...]:
    """Of hidden layers, as they were typed; ValueError for anything but a few whole numbers, none of them huge."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not all(part.isdecimal() for part in parts):
        raise ValueError(f"Hidden layers must be whole numbers with commas between them, such as 500,500, got {text!r}")
    if len(parts) > MOST_LAYERS or any(int(part) > WIDEST for part in parts):
        raise ValueError(f"Hidden layers may be at most {MOST_LAYERS}, of at most {WIDEST:,} units each, got {text!r}")
    return tuple(map(int, parts))


def training_form(run: JobSpec | None = None) -> JobSpec | None:
    """All training settings: at first those of the `run` on the page, after another page those that were here before. None,
    with the reason shown, when they do not make a valid run."""
    available = state.available_data()
    state.restore_settings(run)
    data = st.selectbox(
        "Data set",
        list(available),
        key="train_data",
        bind="query-params",
        persist_state="session",
        format_func=lambda name: name if available[name] else f"{name} (not on this machine)",
        help="digits (8x8) comes with the app; the others are read from this machine.",
    )
    preset = PRESETS[data]
    with st.expander("Settings", expanded=False):
        st.caption("The model")
        row = st.columns(4)
        likelihood = row[0].selectbox(
            "Likelihood p(x|z)",
            c.LIKELIHOODS,
            index=c.LIKELIHOODS.index(preset["likelihood"]),
            key=f"train_likelihood_{data}",
            help="Bernoulli for black-and-white pixels, Gaussian for grey ones.",
        )
        latent_dim = row[1].number_input(
            "Latent size", 1, 200, 2, key="train_latent_dim", help="Dimensions of z. Two can be seen on a plane."
        )
        hidden = row[2].text_input(
            "Hidden layers",
            preset["hidden"],
            key=f"train_hidden_{data}",
            help="Widths of the encoder's hidden layers, such as 500,500. Empty: a linear model.",
        )
        activation = row[3].selectbox("Activation", c.ACTIVATIONS, key="train_activation")
        st.caption("The training")
        row = st.columns(4)
        optimizer = row[0].selectbox("Optimiser", c.OPTIMIZERS, key="train_optimizer", help="The paper used Adagrad.")
        rate = row[1].number_input(
            "Learning rate", 1e-6, 100.0, 1e-3, format="%g", key="train_learning_rate", help="Size of a step."
        )
        batch = row[2].number_input("Batch size M", 1, 10000, 100, key="train_batch_size", help="Images per step.")
        samples = row[3].number_input(
            "Samples L", 1, 100, 1, key="train_num_samples", help="Draws of z per image; 1 is enough when M is 100."
        )
        row = st.columns(4)
        beta = row[0].number_input(
            "beta", 0.0, 100.0, 1.0, 0.1, key="train_beta", help="Weight of the KL term while training; curves use 1."
        )
        epochs = row[1].number_input("Epochs", 1, 10000, preset["epochs"], key=f"train_epochs_{data}")
        seed = row[2].number_input("Seed", 0, 2**31 - 1, 0, key="train_seed", help="Same seed, same numbers.")
        estimator = row[3].selectbox(
            "Estimator", ("B", "A"), key="train_estimator", help="B has the KL in closed form (eq. 7), A samples it."
        )
        row = st.columns(4)
        objective = row[0].selectbox(
            "Objective", c.OBJECTIVES, key="train_objective", help="ml: the bound. map: plus log p(theta)."
        )
        schedule = row[1].selectbox("Rate schedule", c.SCHEDULES, key="train_schedule")
        warmup = row[2].number_input("Warm-up steps", 0, 100000, 0, key="train_warmup")
        modes = ("none",) if likelihood == "gaussian" else ("dynamic", "threshold", "none")
        binarization = row[3].selectbox(
            "Binarisation",
            modes,
            key=f"train_binarization_{likelihood}",
            help="dynamic: each pixel drawn anew at each visit with its grey value as the probability.",
        )
        row = st.columns(4)
        initialization = row[0].selectbox(
            "First weights",
            c.INITIALIZATIONS,
            key="train_initialization",
            help="Normal with variance 1 / inputs (fan_in), 2 / (inputs + outputs) (glorot) or 0.01 (paper).",
        )
        mean, variance = "sigmoid", "shared"
        if likelihood == "gaussian":
            mean = row[1].selectbox("Gaussian mean", c.MEANS, key="train_mean")
            variance = row[2].selectbox("Gaussian variance", c.VARIANCES, key="train_variance")
    if not available[data]:
        st.warning(f"`{data}` is not on this machine. The README says where to put it; `digits` is always there.")
        return None
    shape = state.held_out(data).image_shape
    try:
        model_config = vc.ModelConfig(
            data_dim=shape[0] * shape[1],
            image_shape=tuple(shape),
            latent_dim=latent_dim,
            hidden_dims=_widths(hidden),
            likelihood=likelihood,
            mean=mean,
            variance=variance,
            activation=activation,
        )
        train_config = vc.TrainConfig(
            epochs=epochs,
            batch_size=batch,
            learning_rate=rate,
            optimizer=optimizer,
            schedule=schedule,
            warmup_steps=warmup,
            estimator=estimator,
            num_samples=samples,
            objective=objective,
            beta=beta,
            binarization=binarization,
            seed=seed,
            initialization=initialization,
        )
    except ValueError as error:
        st.error(f"These settings make no model: {error}")
        return None
    spec = JobSpec(data, model_config, train_config)
    state.keep_settings(spec)
    return spec
