"""The mean of p(x|z) without torch: the decoder's layers as arrays, for a browser or for plain numpy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from torch import nn

from vae_core.model import VAE


@dataclass(frozen=True, eq=False)
class DecoderLayers:
    """h = z; h = activation(weight @ h + bias) for each (weight (out, in), bias (out,)) of `layers` but the last, which has no
    activation; then the function `mean` ("sigmoid", "identity" or "continuous_bernoulli") of each number is the mean of p(x|z).
    The arrays are the model's own."""

    layers: tuple[tuple[np.ndarray, np.ndarray], ...]
    activation: str
    mean: str


def mean_layers(vae: VAE) -> DecoderLayers:
    """The layers that make the mean of p(x|z): of those that also make a variance, only the rows of the mean."""
    config = vae.config
    linear = [layer for layer in vae.decoder if isinstance(layer, nn.Linear)]
    layers = [(layer.weight.detach().numpy(), layer.bias.detach().numpy()) for layer in linear]
    weight, bias = layers[-1]
    rows = vae.likelihood.browser_rows
    layers[-1] = (weight[:rows], bias[:rows])
    return DecoderLayers(tuple(layers), config.activation, vae.likelihood.browser_mean)
