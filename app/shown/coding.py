"""Images on a stack of bits: the tower for the browser, what an image takes as the chain grows, and other programs beside it."""

from __future__ import annotations

from dataclasses import asdict, replace

import numpy as np
import plotly.graph_objects as go

from aevb_lab import cached
from aevb_lab.cached import by_content
from aevb_lab.components.packed import pack_arrays
from aevb_lab.figures import coding as figures
from aevb_lab.figures.pictures import to_bytes
from aevb_lab.session.models import LoadedModel
from aevb_lab.theme import palette
from vae_core.studies.coding import Tower, share_alike, unlikeness
from vae_core.studies.planes import axis_title

LEAST_REACH = 3.2
FULL = 5.0  # bits of a pixel
LEAST_UNLIKE = 0.7  # of what images on the tower are: images that differ less are much alike
ALIKE, MANY = (
    0.5,
    0.4,
)  # of that, two images are alike that differ by less; and a share of alike ones that is worth a sentence
CELLS = 12  # tiles along each axis of the map


@by_content(entries=32)
def packed_tower(model: LoadedModel, first: int, count: int, dark: bool) -> bytes:
    """The tower for `components.bit_tower`. On the map are the two latent dimensions that say most; with only two, decoded images lie
    under it."""
    tower = cached.tower(model, first, count)
    watched, shape, latent_dim = len(tower.x), model.vae.config.image_shape, model.vae.config.latent_dim
    axes = cached.widest_axes(model) if latent_dim > 1 else (0, 0)
    pair = {name: getattr(tower, name)[:watched][:, list(axes)] for name in ("z", "loc", "scale")}
    if latent_dim == 1:  # on a line
        pair = {name: values * [1.0, float(name == "scale")] for name, values in pair.items()}
    spread = np.concatenate([np.abs(pair["z"]), np.abs(pair["loc"]) + 2.0 * pair["scale"]])
    reach = max(LEAST_REACH, 1.05 * float(spread.max()))
    tiles = (
        replace(cached.plane(model), span=(-reach, reach)).decode(model.vae, CELLS) if latent_dim == 2 else np.zeros(0)
    )
    bits = tower.pixel_bits.reshape(watched, *shape)
    bits = bits if len(shape) == 2 else bits.sum(-1)
    header = {
        "id": f"{model.key} {first} {count}", "first": first, "image_shape": list(shape), "latent_dim": latent_dim, "watched": watched, "cell": 2.0**-tower.precision,
        "axes": [axis_title(axis) for axis in axes], "reach": reach, "cells": CELLS,
        "lengths": [len(words) for words in tower.words], "colours": asdict(palette(dark)),
        "most": float((tower.pixels + tower.latent)[:watched].max()),
    }  # fmt: skip
    arrays = {
        "x": to_bytes(tower.x), "means": to_bytes(tower.means), "tiles": to_bytes(tiles), "heat": heat(bits / (1.0 if model.vae.likelihood.binary else 3.0)),
        "words": np.frombuffer(b"".join(words.astype("<u4").tobytes() for words in tower.words), np.uint8),
        "heights": tower.heights[:watched], "bounds": tower.bounds[:watched], **pair,
        **{f"all_{name}": getattr(tower, name)[:watched] for name in ("z", "loc", "scale")},
    }  # fmt: skip
    return pack_arrays(header, arrays)


def heat(bits: np.ndarray) -> np.ndarray:
    """Bits as brightness: `FULL` bits and more are full, and the scale is a root, so that one sees half a bit too."""
    scaled: np.ndarray = (255.0 * np.sqrt(np.clip(bits / FULL, 0.0, 1.0))).round().astype(np.uint8)
    return scaled


def answer_in_words(tower: Tower, is_binary: bool, number: int) -> str:
    """Markdown: the answer to the page's question, for the first image on the tower, test image `number`, and then for all of them. In whole
    bits of heights that are rounded up, as `components.bit_tower` counts."""
    net = np.ceil(tower.heights[0, 3]) - np.ceil(tower.heights[0, 0])
    raw = f"{tower.data_dim:,}, one for each pixel" if is_binary else f"{8 * tower.data_dim:,}, 8 for each value"
    answer = f"**Image {number} takes {net:,.0f} bits** instead of {raw}."
    each, start = f"{tower.per_image[-1]:,.0f}", f"the {tower.start:,} bits at the beginning"
    if len(tower.heights) > 1:
        return f"{answer} {len(tower.heights):,} images take {each} each, with {start}."
    return f"{answer} Alone on the tower, it also pays for {start}: {each}."


def wrong_images_in_words(wrong: np.ndarray, put_on: np.ndarray) -> str:
    """What the wrong images (images, data) that are shown are like, by how unlike they are beside those that were put on."""
    if len(wrong) < 2 or len(put_on) < 2:
        return ""
    usual = unlikeness(put_on)
    if unlikeness(wrong) <= LEAST_UNLIKE * usual:
        return "The wrong images here are much alike: the bits that come back are no longer random."
    if share_alike(wrong, ALIKE * usual) > MANY:
        return "Many of the wrong images here are much alike: the bits that come back are no longer random."
    return "The wrong images here are all sorts of images, as random bits give them."


def cost_curve(model: LoadedModel, first: int, count: int, dark: bool) -> go.Figure:
    """Bits an image, the more images share the beginning, beside the mean bound."""
    tower = cached.tower(model, first, count)
    return figures.cost_curve(tower.mean_per_image, float(tower.bounds.mean()), dark=dark)


def code_bars(model: LoadedModel, first: int, count: int, dark: bool) -> go.Figure:
    """The lengths of all ways to code the images, the shortest above."""
    tower = cached.tower(model, first, count)
    count = len(tower.heights)
    rows = [(rival.name, rival.bits / count, rival.knows, False) for rival in cached.rivals(model, first, count)]
    rows.append(("this model", tower.message_bits / count, "its training images, by its weights", True))
    return figures.code_bars(rows, tower.data_dim, dark=dark)
