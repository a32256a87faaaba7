"""Data sets, and the test images that models encode."""

from __future__ import annotations

import streamlit as st

import vae_core as vc
from aevb_lab.escaping import plain
from aevb_lab.jobs.job import JobSpec
from aevb_lab.session.models import LoadedModel, load_pretrained, set_of
from aevb_lab.session.own_images import own_examples, own_sets
from vae_core.data.datasets import DATASETS, check_data_folder, is_available, load_test
from vae_core.data.records import Part
from vae_core.models import pretrained_path
from vae_core.studies.examples import Examples, load_examples, take_examples


def examples_for(model: LoadedModel) -> Examples | None:
    """Test images that the model can encode: of its data set when that is on this machine, else the sample that
    comes with a pretrained model; None when there is neither."""
    own = set_of(model)
    if own is not None:
        return own_examples(own, model.binarization)
    examples = examples_of(model.data, model.binarization) or _brought_examples(model) or _shipped_examples(model.key)
    fits = examples is not None and examples.x.shape[1] == model.vae.config.data_dim
    return examples if fits else None


def require_examples(model: LoadedModel) -> Examples:
    """`examples_for`, where a page has made sure that there are some. Raises LookupError."""
    examples = examples_for(model)
    if examples is None:
        raise LookupError(
            f"{model.name} needs test images of {model.data or 'an unknown data set'}, which are not on this machine; "
            "put the data there, or choose another model"
        )
    return examples


def tell_data_folder() -> None:
    """Say it on the page if VAE_DATA_DIR cannot be meant as it is. Pretrained models bring images along and open without it."""
    try:
        check_data_folder()
    except vc.DatasetUnavailable as error:
        st.warning(plain(str(error)))


@st.cache_resource(show_spinner=False)
def dataset(name: str) -> vc.Dataset:
    """A data set by name. Raises vc.DatasetUnavailable, which is not cached."""
    return vc.load_data(name)


def available_data() -> dict[str, bool]:
    """The data sets by name, and whether each is on this machine; the visitor's own sets are."""
    return {name: is_available(name) for name in DATASETS} | dict.fromkeys(own_sets().by_name(), True)


def image_shape(name: str) -> tuple[int, ...]:
    """The shape of a data set's images, or of those of the visitor's own set. Raises vc.DatasetUnavailable."""
    own = own_sets().by_name().get(name)
    return held_out(name).image_shape if own is None else own.report.image_shape


@st.cache_resource(show_spinner=False)
def held_out(name: str) -> Part:
    """A data set's test images by name: all that most pages need of it. Raises vc.DatasetUnavailable."""
    return load_test(name)


@st.cache_resource(show_spinner=False)
def examples_of(data_name: str, binarization: str) -> Examples | None:
    """Test images of a data set; None where it is not on this machine."""
    try:
        return take_examples(held_out(data_name), data_name, binarization)
    except vc.DatasetUnavailable:
        return None


@st.cache_resource(show_spinner=False)
def _shipped_examples(key: str) -> Examples | None:
    name = shipped_name(key)
    return load_examples(pretrained_path(name) / "reference.safetensors") if name else None


def _brought_examples(model: LoadedModel) -> Examples | None:
    return model.extras.examples if model.extras else None


def shipped_name(key: str) -> str | None:
    """The name of the pretrained model with this key. One that is uploaded again has the same key, and so the same sample."""
    return next((name for name in vc.list_pretrained() if load_pretrained(name).key == key), None)


def run_examples(spec: JobSpec) -> Examples | None:
    """The test images whose encoded means a run shows."""
    if spec.images:
        return own_examples(spec.images, spec.train_config.binarization)
    return examples_of(spec.data, spec.train_config.binarization)
