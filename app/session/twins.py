"""Models for a comparison side by side: those that share x and z, and the three that are always there."""

from __future__ import annotations

import streamlit as st

from aevb_lab.session.images import dataset, examples_for
from aevb_lab.session.models import PCA_NAME, LoadedModel, content_key, load_model, model_names
from vae_core import pca
from vae_core.models import pack_model
from vae_core.studies.gradient_variance import binary_draw

TITLES = {
    "digits-2d": "VAE (digits-2d)",
    "digits-ae": "autoencoder (digits-ae)",
    PCA_NAME: "PCA of digits",
}
IN_SENTENCES = {"digits-2d": "the VAE", "digits-ae": "the autoencoder", PCA_NAME: "PCA"}


def title_of(model: LoadedModel) -> str:
    """The model's name on screen beside others."""
    return TITLES.get(model.name, model.name)


def title_in_sentence(model: LoadedModel) -> str:
    """What a sentence calls the model."""
    return IN_SENTENCES.get(model.name, model.name)


def triple() -> list[LoadedModel]:
    """VAE, plain autoencoder and PCA, all of digits with two latent dimensions."""
    return [load_model("digits-2d"), load_model("digits-ae"), pca_of_digits()]


@st.cache_resource(show_spinner=False)
def pca_of_digits() -> LoadedModel:
    """Probabilistic PCA with two components, of one binary draw (seed 0) of the training images of digits."""
    images = dataset("digits")
    x = binary_draw(images.x_train)
    header = {"data": "digits", "train_config": {"binarization": "dynamic"}}
    vae = pca.probabilistic_pca(x, 2, images.image_shape)
    return LoadedModel(PCA_NAME, content_key(pack_model(vae, **header)), vae, header, None)


def twin_names(model: LoadedModel) -> list[str]:
    """The models that share x and z with this one: the same data, image shape and latent size."""
    return [
        name
        for name in model_names()
        if name != model.name and _shares_space(load_model(name), model) and examples_for(load_model(name)) is not None
    ]


def _shares_space(first: LoadedModel, second: LoadedModel) -> bool:
    a, b = first.vae.config, second.vae.config
    same_space = (a.image_shape, a.latent_dim) == (b.image_shape, b.latent_dim)
    return same_space and (first.data, first.binarization) == (second.data, second.binarization)
