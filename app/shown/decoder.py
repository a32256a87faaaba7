"""A model's decoder for browsers: its weights are published, and the image of the first point comes with the page."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

from aevb_lab.cached import by_content
from aevb_lab.components.live_decoder import pack_decoder, pack_point
from aevb_lab.serving import Published
from aevb_lab.session.models import LoadedModel
from vae_core.studies.decoder import decoded_at, mean_layers


@by_content(entries=32)
def published_decoder(model: LoadedModel) -> Published[bytes]:
    """The model's decoder, with its weights."""
    decoder = mean_layers(model.vae)
    header = {"mean": decoder.mean, "activation": decoder.activation}
    return Published(pack_decoder(header, decoder.layers), f"decoders/{secrets.token_urlsafe()}")


def first_point(model: LoadedModel, chart: str, z: Sequence[float] | None) -> bytes:
    """What the live decoder gets: the image at z (the origin, if None), and where the decoder is. It listens to the axes with the
    key `chart`."""
    return _first_point(model, chart, tuple(z or [0.0] * model.vae.config.latent_dim))[0]


@by_content(entries=64)
def _first_point(model: LoadedModel, chart: str, z: tuple[float, ...]) -> tuple[bytes, Published[bytes]]:
    """With the decoder itself, which has its address for as long as something holds it."""
    decoder, config = published_decoder(model), model.vae.config
    header: dict[str, Any] = {
        "id": model.key,
        "address": decoder.address,
        "size": len(decoder.content),
        "chart": chart,
        "image_shape": list(config.image_shape),
        "latent_dim": config.latent_dim,
    }
    return pack_point(header, z, decoded_at(model.vae, z)), decoder
