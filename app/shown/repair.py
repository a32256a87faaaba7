"""A repair for the browser: the image under the brush, p(z|y) over the plane, a chain for the player; and its answers in words."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict

import numpy as np

from aevb_lab import cached
from aevb_lab.components.packed import pack_arrays
from aevb_lab.escaping import plain
from aevb_lab.figures.numbers import percent
from aevb_lab.figures.pictures import to_bytes
from aevb_lab.session.images import examples_for, require_examples
from aevb_lab.session.models import LoadedModel
from aevb_lab.theme import palette
from vae_core import studies
from vae_core.studies.planes import View
from vae_core.studies.repairs import BLOCKS, Answer, Chain, Repair, block, likely_classes

BLOCK_LABELS = {name: name.replace("-", " ") + (" %" if name.startswith("random") else "") for name in BLOCKS}
MOST_IMAGES = 1000  # with which a picture is compared
VIEW = View(principal=True)  # counts for models with more than two latent dimensions


@cached.by_content(entries=64)
def likely_names(model: LoadedModel, z: np.ndarray) -> list[str | None]:
    """The name of the class that the picture of each z (answers, latent) looks like; None where it is not clear or images have no
    classes."""
    examples = examples_for(model)
    if examples is None or examples.labels is None:
        return [None] * len(z)
    classes = likely_classes(model.vae, z, _reconstructions(model), examples.labels[:MOST_IMAGES])
    return [None if number is None else examples.class_names[number] for number in classes]


@cached.by_content(entries=8)
def _reconstructions(model: LoadedModel) -> np.ndarray:
    """Those of the model's first test images, with which pictures are compared."""
    return studies.reconstruct(model.vae, require_examples(model).x[:MOST_IMAGES])


def answers_in_words(answers: Sequence[Answer], names: list[str | None]) -> str:
    """Markdown: how many answers fit, and which is likeliest; `names` (answers) are the classes that they look like."""
    count, share = len(names), percent(answers[0].weight)
    if count == 1:
        return f"**1 answer fits what is seen.** The model finds {one_of(names[0]) if names[0] else 'an image like this'} most likely."
    likeliest = one_of(names[0]) if names[0] else "an image like A"
    return f"**{count} different answers fit what is seen.** The model finds {likeliest} most likely, {share}."


def one_of(name: str) -> str:
    """A class's name with its article: a 3, an 8."""
    return f"{'an' if name[:1].lower() in '8aeiou' else 'a'} {plain(name)}"


def packed_brush(model: LoadedModel, x: np.ndarray, hidden: np.ndarray, dark: bool) -> bytes:
    """An image under the brush."""
    shape = model.vae.config.image_shape
    colours = {"cover": "#5b5b78", "hatch": "#9a9ab8"} if dark else {"cover": "#c9c9dd", "hatch": "#8f8fb4"}
    header = {
        "image_shape": list(shape), "blocks": list(BLOCK_LABELS.values()), "version": f"{shape}",
        "colours": colours,
    }  # fmt: skip
    arrays = {
        "x": to_bytes(x),
        "blocks": np.stack([block(name, shape) for name in BLOCKS]).astype(np.uint8),
        "hidden": hidden.astype(np.uint8),
    }
    return pack_arrays(header, arrays)


def packed_map(model: LoadedModel, restoration: Repair, chart: str, dark: bool) -> bytes:
    """p(z|y) for the plane of a chart."""
    plane = cached.plane(model, VIEW)
    places = [plane.place(answer.z[None])[0].tolist() for answer in restoration.answers]
    header = {"chart": chart, "answers": places, "colours": asdict(palette(dark))}
    if restoration.raster is None:
        arrays = {"draws": plane.place(restoration.z).astype(np.float32)}
    else:
        raster = restoration.raster
        header["raster"] = {"low": list(raster.corner), "cell": raster.cell, "shape": list(raster.denser.shape)}
        arrays = {"outside": np.floor(raster.denser * 255.0).astype(np.uint8)}
    return pack_arrays(header | {"id": f"{_id(model, restoration.mean, restoration.z)}-{dark}"}, arrays)


def packed_chain(model: LoadedModel, chain: Chain, chart: str, dark: bool) -> bytes:
    """A chain for the player."""
    colours = {"path": palette(dark).encoder, "surface": palette(dark).surface}
    header = {
        "id": _id(model, chain.z, chain.images), "chart": chart, "image_shape": list(model.vae.config.image_shape),
        "colours": colours, "steps": len(chain.z),
    }  # fmt: skip
    arrays = {
        "positions": cached.plane(model, VIEW).place(chain.z).astype(np.float32),
        "images": to_bytes(chain.images),
        "moved": chain.moved.astype(np.uint8),
    }
    return pack_arrays(header, arrays)


def _id(model: LoadedModel, *arrays: np.ndarray) -> str:
    """A name for these arrays, by which the browser knows whether it has them already."""
    content = hashlib.sha256(b"".join(array.tobytes() for array in arrays)).hexdigest()[:16]
    return f"{model.key}/{content}"
