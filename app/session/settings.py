"""The settings on the Train page. Streamlit forgets the widgets of a page that is left."""

from __future__ import annotations

import streamlit as st

from app.jobs import JobSpec


def keep_settings(spec: JobSpec) -> None:
    """What Train's widgets say now."""
    st.session_state["training_settings"] = spec


def restore_settings(run: JobSpec | None) -> None:
    """Before Train's widgets: what they said when the page was last here; after a reload, the settings of the `run`."""
    spec = st.session_state.get("training_settings", run)
    if spec is None or "train_seed" in st.session_state:
        return
    model, train = spec.model_config, spec.train_config
    values = {
        f"likelihood_{spec.data}": model.likelihood, "latent_dim": model.latent_dim,
        f"hidden_{spec.data}": ",".join(map(str, model.hidden_dims)), "activation": model.activation,
        "optimizer": train.optimizer, "learning_rate": train.learning_rate, "batch_size": train.batch_size,
        "num_samples": train.num_samples, "beta": train.beta, f"epochs_{spec.data}": train.epochs, "seed": train.seed,
        "estimator": train.estimator, "objective": train.objective, "schedule": train.schedule,
        "warmup": train.warmup_steps, f"binarization_{model.likelihood}": train.binarization,
        "initialization": train.initialization, "mean": model.mean, "variance": model.variance,
    }  # fmt: skip
    st.session_state.update({f"train_{name}": value for name, value in values.items()})
    if "train_data" not in st.query_params:
        st.session_state["train_data"] = spec.data
