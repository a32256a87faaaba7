"""The mean of p(x|z) without torch: the decoder's layers as arrays, for a browser or for plain numpy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from vae_core.config import ModelConfig
from vae_core.errors import DataError
from vae_core.latent import decoded_means
from vae_core.likelihoods import likelihood_of
from vae_core.model import VAE


@dataclass(frozen=True, eq=False)
class DecoderLayers:
    """h = z; h = activation(weight @ h + bias) for each (weight (out, in), bias (out,)) of `layers` but the last, which has no
    activation; then `mean` (`Likelihood.browser_mean`) of that is the mean of p(x|z). The arrays are the model's own."""

    layers: tuple[tuple[np.ndarray, np.ndarray], ...]
    activation: str
    mean: str


def mean_layers(vae: VAE) -> DecoderLayers:
    """The layers that make the mean of p(x|z): of a last layer that also makes a variance, only the rows of the mean."""
    linear_layers = vae.decoder.linear_layers()
    layers = [(layer.weight.detach().numpy(), layer.bias.detach().numpy()) for layer in linear_layers]
    weight, bias = layers[-1]
    rows = vae.likelihood.browser_rows
    layers[-1] = (weight[:rows], bias[:rows])
    return DecoderLayers(tuple(layers), vae.config.activation, vae.likelihood.browser_mean)


def decoded_at(vae: VAE, z: Sequence[float]) -> np.ndarray:
    """The mean of p(x|z) (data_dim,) at one z (latent_dim,). DataError for a z of another length."""
    if len(z) != vae.config.latent_dim:
        raise DataError(f"z must have latent_dim (={vae.config.latent_dim}) numbers, got {len(z)}")
    image: np.ndarray = decoded_means(vae, torch.tensor([list(z)], dtype=torch.float32, device="cpu"))[0].numpy()
    return image


def log_likelihood_at(vae: VAE, x: Float[Tensor, "images data"], z: Sequence[float]) -> float:
    """log p(x|z) of the first image at one z (latent_dim,), nats. DataError for a z of another length."""
    if len(z) != vae.config.latent_dim:
        raise DataError(f"z must have latent_dim (={vae.config.latent_dim}) numbers, got {len(z)}")
    with torch.no_grad():
        return float(vae.decode(torch.tensor([list(z)], dtype=x.dtype, device=x.device)).log_prob(x[:1]))


def count_mean_numbers(config: ModelConfig) -> int:
    """How many numbers the `mean_layers` of a model of this config have."""
    widths = (config.latent_dim, *config.decoder_layers, likelihood_of(config).browser_rows)
    return sum((inputs + 1) * outputs for inputs, outputs in pairwise(widths))
