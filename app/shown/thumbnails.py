"""The pictures of all encoded test images, and of draws from the prior, for the browser."""

from __future__ import annotations

from typing import Any

import numpy as np

from aevb_lab import cached
from aevb_lab.cached import by_content
from aevb_lab.components.thumbnails import pack_thumbnails
from aevb_lab.session.images import examples_for, require_examples
from aevb_lab.session.models import LoadedModel
from vae_core.latent import encoded_means


def packed_thumbnails(
    model: LoadedModel, chart: str, *, pictures: bool, neighbours: bool, choosable: bool
) -> bytes | None:
    """What `components.thumbnails` shows of the model's test images; None without test images. With `pictures` it has all
    images in one sprite. With `neighbours` it lists the images nearest to the point, and has the encoded means and labels
    too. With `choosable` a click on a dot chooses its image."""
    if examples_for(model) is None:
        return None
    return _packed_thumbnails(model, chart, pictures or neighbours, neighbours, choosable)


@by_content(entries=32)
def _packed_thumbnails(model: LoadedModel, chart: str, pictures: bool, neighbours: bool, choosable: bool) -> bytes:
    examples, config = require_examples(model), model.vae.config
    header: dict[str, Any] = {
        "id": model.key,
        "chart": chart,
        "listed": neighbours,
        "choosable": choosable,
        "names": None,
    }
    if neighbours and examples.labels is not None:
        header["names"] = [examples.class_names[label] for label in examples.labels]
    means = encoded_means(model.vae, examples.x).numpy() if neighbours else np.zeros((0, config.latent_dim))
    return pack_thumbnails(header, means, examples.x.numpy() if pictures else None, config.image_shape)


@by_content(entries=64)
def packed_draws(model: LoadedModel, count: int, seed: int, large: int) -> bytes:
    """What `components.thumbnails` shows of draws from the prior, of which the one in row `large` is pressed."""
    draws = cached.prior_samples(model, count, seed)
    header: dict[str, Any] = {
        "id": f"{model.key} {count} {seed}",
        "gallery": [f"|z| = {np.linalg.norm(z):.1f}" for z in draws.z],
        "pressed": [large],
        "framed": [],
        "press": "show it large",
        "mark": "",
    }
    return pack_thumbnails(header, draws.z, draws.means, model.vae.config.image_shape)


@by_content(entries=64)
def packed_marks(
    model: LoadedModel, count: int, seed: int, means: bool, rows: tuple[int, ...], framed: tuple[int, ...]
) -> bytes:
    """The same of draws of which those in these `rows` are marked and others `framed`: the decoder's means, or an x drawn from each."""
    draws = cached.prior_samples(model, count, seed)
    header: dict[str, Any] = {
        "id": f"{model.key} {count} {seed} {means}",
        "gallery": [""] * count,
        "pressed": list(rows),
        "framed": list(framed),
        "press": "mark it, or take its mark away",
        "mark": "✗",
    }
    return pack_thumbnails(header, draws.z, draws.means if means else draws.draws, model.vae.config.image_shape)
