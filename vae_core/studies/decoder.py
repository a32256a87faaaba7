"""The mean of p(x|z) without torch: the decoder's layers as arrays, for a browser or for plain numpy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vae_core.model import VAE


@dataclass(frozen=True, eq=False)
class DecoderLayers:
    """h = z; h = activation(weight @ h + bias) for each (weight (out, in), bias (out,)) of `layers` but the last, which has no
    activation; then `mean` ("sigmoid" or "identity") of that is the mean of p(x|z). The arrays are the model's own."""

    layers: tuple[tuple[np.ndarray, np.ndarray], ...]
    activation: str
    mean: str


def mean_layers(vae: VAE) -> DecoderLayers:
    """The layers that make the mean of p(x|z): of those that also make a variance, only the rows of the mean."""
    config = vae.config
    linear_layers = vae.decoder.linear_layers()
    layers = [(layer.weight.detach().numpy(), layer.bias.detach().numpy()) for layer in linear_layers]
    weight, bias = layers[-1]
    layers[-1] = (weight[: config.data_dim], bias[: config.data_dim])
    mean = "sigmoid" if config.likelihood == "bernoulli" else config.mean
    return DecoderLayers(tuple(layers), config.activation, mean)
