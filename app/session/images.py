"""Test images that models encode, and their bounds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st
import torch

import vae_core as vc
from app.jobs import JobSpec
from app.session.models import LoadedModel, load_pretrained
from vae_core import latent
from vae_core.data.datasets import DATASETS, Part, is_available, load_test
from vae_core.studies.examples import Examples, load_examples, take_examples

BOUND_SAMPLES = 16


def examples_for(model: LoadedModel) -> Examples | None:
    """Test images that the model can encode: of its data set when that is on this machine, else the sample that
    comes with a pretrained model; None when there is neither."""
    examples = _examples(model.data, model.binarization) or (_shipped_examples(model.key))
    fits = examples is not None and examples.x.shape[1] == model.vae.config.data_dim
    return examples if fits else None


@st.cache_resource(show_spinner=False)
def dataset(name: str) -> vc.Dataset:
    """A data set by name. Raises vc.DatasetUnavailable, which is not cached."""
    return vc.load_data(name)


def available_data() -> dict[str, bool]:
    """The data sets by name, and whether each is on this machine."""
    return {name: is_available(name) for name in DATASETS}


@st.cache_resource(show_spinner=False)
def held_out(name: str) -> Part:
    """A data set's test images by name: all that most pages need of it. Raises vc.DatasetUnavailable."""
    return load_test(name)


@st.cache_resource(show_spinner=False)
def _examples(data_name: str, binarization: str) -> Examples | None:
    try:
        return take_examples(held_out(data_name), data_name, binarization)
    except vc.DatasetUnavailable:
        return None


@st.cache_resource(show_spinner=False)
def _shipped_examples(key: str) -> Examples | None:
    """By the model's content, as everything that is cached of them: a pretrained model that is uploaded again has them too."""
    pretrained = (load_pretrained(name) for name in vc.list_pretrained())
    folder = next((model.folder for model in pretrained if model.key == key), None)
    return load_examples(folder / "reference.safetensors") if folder else None


def run_examples(spec: JobSpec) -> Examples | None:
    """The test images whose encoded means a run shows."""
    return _examples(spec.data, spec.train_config.binarization)


@dataclass(frozen=True, eq=False)
class ExampleBound:
    """Each example's bound and its terms in nats, (examples,)."""

    elbo: np.ndarray
    recon_log_lik: np.ndarray
    kl: np.ndarray


def bound_of_examples(model: LoadedModel) -> ExampleBound:
    """The bound of each of `examples_for(model)`, 16 draws of z each, seed 0."""
    return _bound_of_examples(model.key, _model=model)


@st.cache_resource(show_spinner="Measuring the bound of each image…", max_entries=16)
def _bound_of_examples(key: str, _model: LoadedModel) -> ExampleBound:
    generator = torch.Generator().manual_seed(0)
    bound = vc.estimate_bound(_model.vae, examples_for(_model).x, num_samples=BOUND_SAMPLES, generator=generator)
    return ExampleBound(*(term.numpy() for term in bound))


def reconstructions(model: LoadedModel, rows: np.ndarray) -> np.ndarray:
    """The decoded mean at each chosen example's encoded mean, (rows, data_dim)."""
    x = examples_for(model).x[torch.from_numpy(rows.copy())]
    return latent.decoded_means(model.vae, latent.encoded_means(model.vae, x)).numpy()
