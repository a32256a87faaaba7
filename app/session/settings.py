"""The settings on the Train page: the keys of their widgets, their first and present values. The last values are kept here,
because Streamlit forgets the widgets of a page when the visitor leaves it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import streamlit as st

from aevb_lab.jobs.job import JobSpec
from aevb_lab.session.kept import is_back
from aevb_lab.session.own_images import own_sets
from vae_core.config import ModelConfig, TrainConfig
from vae_core.data.datasets import DATASETS
from vae_core.settings import Choice, Number, Setting, Widths, counts, settings_of

SETTINGS = settings_of(ModelConfig) | settings_of(TrainConfig)
DEFAULTS = {name: getattr(config, name) for config in (ModelConfig, TrainConfig) for name in settings_of(config)}
BY_IMAGES = ("likelihood", "hidden_dims", "epochs", "binarization", "variance")  # what a visitor's own images change
PREVIEWS = {
    "mnist": "mnist-2d",
    "digits": "digits-2d",
    "frey_faces": "frey-2d",
    "emoji_like": "emoji-2d",
}  # by data set
OTHER_KEYS = {"hidden_dims": "hidden", "warmup_steps": "warmup", "binarization": "binarization_bernoulli"}


def settings_with(data: str) -> Mapping[str, Any]:
    """The settings that depend on a data set of this machine, or on the visitor's own set of this name."""
    return DATASETS[data].own_settings if data in DATASETS else own_sets().by_name()[data].report.training


def widget_key(name: str, data: str) -> str:
    """The key of a setting's widget; it ends in the data set's name, or in what tells one's own set from others, where the setting
    depends on it."""
    ending = data if data in DATASETS else own_sets().by_name()[data].key
    return f"train_{OTHER_KEYS.get(name, name)}" + (f"_{ending}" if name in settings_with(data) else "")


def first_value(name: str, data: str) -> Any:
    """The value at which a setting begins with a data set."""
    return (DEFAULTS | dict(settings_with(data)))[name]


def first_data(available: Mapping[str, bool]) -> int:
    """The place of the data set that Train begins with: MNIST where it is, else the digits. Streamlit wants none where a value has been
    set."""
    return list(available).index("mnist") if available["mnist"] and "train_data" not in st.session_state else 0


def first_spec(data: str, image_shape: tuple[int, ...]) -> JobSpec:
    """The training with a data set where nobody has changed a setting."""
    values = {name: first_value(name, data) for name in SETTINGS}
    widgets = {name: to_widget(about, values[name]) for name, about in SETTINGS.items() if counts(about, values)}
    return read_settings(data, image_shape, widgets)


def to_widget(about: Setting, value: Any) -> Any:
    """A setting's value for its widget, where the widths of hidden layers are text, and the number 1 is 1.0."""
    if isinstance(about, Widths):
        return about.write(value)
    return float(value) if isinstance(about, Number) else value


def from_widget(about: Setting, value: Any) -> Any:
    """A setting's value from that of its widget. ValueError for text that has no widths, and for widths too large for a shared
    machine."""
    if not isinstance(about, Widths):
        return value
    try:
        widths = about.read(value)
    except ValueError as error:
        raise ValueError(f"{about.label} {error}") from error
    if len(widths) > about.layers or any(width > about.most for width in widths):
        raise ValueError(
            f"{about.label} may be at most {about.layers}, of at most {about.most:,} units each, got {value!r}"
        )
    return widths


def can_read(about: Setting, value: Any) -> bool:
    """Whether `from_widget` can."""
    try:
        from_widget(about, value)
    except ValueError:
        return False
    return True


def read_settings(data: str, image_shape: tuple[int, ...], widgets: Mapping[str, Any]) -> JobSpec:
    """The job of the widgets' values, which are by the settings' names; a setting that does not count has none. ValueError
    where they make no model."""
    values = {name: DEFAULTS[name] if about.otherwise is None else about.otherwise for name, about in SETTINGS.items()}
    values |= {name: from_widget(SETTINGS[name], value) for name, value in widgets.items()}
    model = {name: values[name] for name in settings_of(ModelConfig)}
    train = {name: values[name] for name in settings_of(TrainConfig)}
    config = ModelConfig(math.prod(image_shape), tuple(image_shape), **model)
    return JobSpec(data, config, TrainConfig(**train), images=own_sets().by_name().get(data))


def keep_settings(spec: JobSpec) -> None:
    """Keep the present values of Train's widgets."""
    st.session_state["training_settings"] = spec


def restore_settings(run: JobSpec | None) -> None:
    """Called before Train's widgets: give them their last values; after a reload, the settings of the `run`. A link that has any
    of them has all that are not the usual ones."""
    spec = st.session_state.get("training_settings", run)
    if spec is None or "train_seed" in st.session_state or is_back() or _are_in_link():
        return
    if spec.data not in DATASETS and spec.data not in own_sets().by_name():
        return  # it had to go for others
    values = vars(spec.model_config) | vars(spec.train_config)
    for name, about in SETTINGS.items():
        if counts(about, values):
            st.session_state[widget_key(name, spec.data)] = to_widget(about, values[name])
    st.session_state["train_data"] = spec.data


def previewed(available: Mapping[str, bool]) -> str:
    """The name of the model that Train shows before the first run: one of the chosen data set, where there is one."""
    data = st.session_state.get("train_data")
    usual = "mnist" if available["mnist"] else "digits"
    return PREVIEWS[data if data in PREVIEWS and available[data] else usual]


def train_link(model: ModelConfig, train: TrainConfig, data: str) -> dict[str, str]:
    """The query parameters of a link to Train with these settings, where they are not the first ones. A link holds an option as it is shown."""
    values = vars(model) | vars(train)
    link = {"train_data": data}
    for name, about in SETTINGS.items():
        if counts(about, values) and values[name] != first_value(name, data):
            widget = to_widget(about, values[name])
            link[widget_key(name, data)] = about.names.get(widget, widget) if isinstance(about, Choice) else f"{widget}"
    return link


def _are_in_link() -> bool:
    return any(name.startswith("train_") for name in st.query_params)
