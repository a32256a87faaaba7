"""The weights of a model's decoder, published for browsers."""

from __future__ import annotations

import secrets
from typing import Any

from aevb_lab.cached import by_content
from aevb_lab.components.live_decoder import pack_decoder
from aevb_lab.serving import Published
from aevb_lab.session.models import LoadedModel
from vae_core.studies.decoder import mean_layers


@by_content(entries=32)
def published_decoder(model: LoadedModel, chart: str) -> Published[bytes]:
    """The model's decoder, which listens to the chart with this key."""
    config, decoder = model.vae.config, mean_layers(model.vae)
    address = f"decoders/{secrets.token_urlsafe()}"
    header: dict[str, Any] = {
        "id": model.key,
        "address": address,
        "chart": chart,
        "mean": decoder.mean,
        "activation": decoder.activation,
        "image_shape": list(config.image_shape),
        "latent_dim": config.latent_dim,
    }
    return Published(pack_decoder(header, decoder.layers), address)
