"""Caches know a model by its content: no visitor is ever sent another visitor's model."""

import json

import numpy as np
import torch

import vae_core as vc
from aevb_lab.session import models
from aevb_lab.shown.decoder import published_decoder
from vae_core.models import pack_model

MOST_UPLOADS = 200


def upload(seed):
    """A visitor's own model, in a file that has the name of everybody's."""
    config = vc.ModelConfig(data_dim=6, image_shape=(2, 3), latent_dim=2, hidden_dims=(5,))
    vae = vc.VAE(config, generator=torch.Generator().manual_seed(seed))
    return models.read_upload(pack_model(vae, data="own"), "model.safetensors"), vae


def sent_weights(model):
    """All numbers after the header in the bytes that a browser would get."""
    packed = published_decoder(model).content
    return np.frombuffer(packed[4 + int.from_bytes(packed[:4], "little") :], "<f4")


def test_a_model_at_the_address_of_a_freed_one_is_sent_with_its_own_decoder():
    addresses, address_came_again = set(), False
    for seed in range(MOST_UPLOADS):
        model, vae = upload(seed)
        address_came_again |= id(model) in addresses
        addresses.add(id(model))
        expected = [p.detach().flatten() for name, p in vae.named_parameters() if name.startswith("decoder.")]
        np.testing.assert_array_equal(sent_weights(model), torch.cat(expected).numpy())
        del model, vae
    assert address_came_again, "the test needs two models that lived at one address"


def test_a_key_is_the_content_and_not_the_name():
    (model, vae), (other, _) = upload(0), upload(1)
    assert model.name == other.name and model.key != other.key
    assert models.read_upload(pack_model(vae, data="own"), "again.safetensors").key == model.key
    assert json.loads(json.dumps(model.key)) == model.key and len(model.key) == 64


def test_pretrained_models_and_pca_have_the_keys_of_their_files():
    from aevb_lab.session.twins import pca_of_digits

    content = (vc.models.pretrained_path("digits-2d") / "model.safetensors").read_bytes()
    assert models.load_pretrained("digits-2d").key == models.content_key(content)
    assert models.read_upload(content, "mine.safetensors").key == models.content_key(content)
    pca = pca_of_digits()
    assert pca.key == models.content_key(pack_model(pca.vae, **pca.header))
