"""A repair for the browser: the image under the brush, p(z|y) over the plane, a chain for the player; and its answers in words."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
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
from vae_core.restoration.answers import BARRIER
from vae_core.studies.planes import View
from vae_core.studies.repairs import BLOCKS, Answer, Chain, Raster, Repair, block, likely_classes

BLOCK_LABELS = {name: name.replace("-", " ") + (" %" if name.startswith("random") else "") for name in BLOCKS}
MOST_IMAGES = 1000  # with which a picture is compared
FALL = round(math.exp(BARRIER))  # times less likely
SURE = 0.9  # an answer with at least this share
SPOTS = 0.99  # the share of p(z|y) that violet spots hold
Names = tuple[str, ...]  # of classes: one, two or none
VIEW = View(principal=True)  # counts for models with more than two latent dimensions


@cached.by_content(entries=64)
def names_of_likely(model: LoadedModel, z: np.ndarray) -> list[Names]:
    """What the picture of each z (answers, latent) looks like: the name of a class; two where it is between them; none where that is not
    clear or images have no classes."""
    examples = examples_for(model)
    if examples is None or examples.labels is None:
        return [()] * len(z)
    classes = likely_classes(model.vae, z, *_reconstructions(model))
    return [tuple(examples.class_names[number] for number in numbers) for numbers in classes]


@cached.by_content(entries=8)
def _reconstructions(model: LoadedModel) -> tuple[np.ndarray, np.ndarray]:
    """Those of the model's first test images, with which pictures are compared, and the images' classes."""
    examples = require_examples(model)
    return studies.reconstruct(model.vae, examples.x[:MOST_IMAGES]), np.asarray(examples.labels)[:MOST_IMAGES]


def names_of_kinds(model: LoadedModel, restoration: Repair) -> list[Names]:
    """The same for the picture of each kind of image among the draws."""
    return names_of_likely(model, np.stack([kind.z for kind in restoration.kinds]))


def holds_unlike_images(model: LoadedModel, restoration: Repair) -> bool:
    """Whether some answer may hold images of several classes."""
    if len(restoration.kinds) <= len(restoration.answers):
        return False
    return restoration.raster is None or len(set(names_of_kinds(model, restoration))) > 1


def caption_in_words(names: Names, pictured: Names, share: str) -> str:
    """Below an answer's picture: the classes that it looks like and its share. Where it has no `names`, as it holds unlike images, what this one
    picture looks like."""
    if names:
        return f"{in_words(names)}, {share}"
    return f"{share}, here {in_words(pictured)}" if pictured else share


LEAST_SHARE = 0.01  # of an answer that counts beside the likeliest


def answers_in_words(answers: Sequence[Answer], names: list[Names]) -> str:
    """Markdown: how many answers fit, and which is likeliest; `names` (answers) are the classes that they look like."""
    count, share = len(names), percent(answers[0].weight)
    likeliest = in_words(names[0])
    if len(names[0]) > 1:
        likeliest = f"an image {likeliest}"
    if count == 1:
        return f"**1 answer fits what is seen:** {likeliest or 'an image like this'}."
    shares = [percent(answer.weight) for answer in answers]
    if len(shares) > 1 and answers[1].weight < LEAST_SHARE:
        return f"**1 answer fits well:** {likeliest or 'an image like A'}. {'The other one has' if count == 2 else 'Each other one has'} less than {percent(LEAST_SHARE)}."
    alike = alike_in_words(names)
    if len(shares) > 1 and shares[1] == share:
        return f"**{count} different answers fit what is seen.**{alike} A and B are about as likely, {share} each."
    likeliest = "A" if alike and names.count(names[0]) > 1 else likeliest or "an image like A"
    return f"**{count} different answers fit what is seen.**{alike} The model finds {likeliest} most likely, {share}."


def shares_in_words(share_error: float) -> str:
    """Markdown: what an answer, its share and its name are; `share_error` is that of `Repair`."""
    error = "" if share_error == 0.0 else f", ± {100.0 * share_error:.0f} points"
    return (
        f"A share says how much of p(z|y) belongs to the answer{error}. Its picture is drawn at its most likely place on the map. "
        "Two places are of different answers if the straight way between them crosses places that fit much worse: "
        f"at least {FALL} times. With many latent dimensions the app may miss this. One answer can hold different images. "
        "“A 3” means: most of the test images with the most similar pictures are of class 3. “Between a 3 and an 8” means: most are of these two classes."
    )


def alike_in_words(names: Sequence[Names]) -> str:
    """Markdown: which pictures are of the same class, and so differ in their shape only. Nothing where there are none."""
    text = ""
    for name, count in Counter(names).items():
        if len(name) == 1 and count > 1:
            who = f"{count} of them" if count < len(names) else "Both" if count == 2 else f"All {count}"
            text += f" {who} look like {in_words(name)}, in different shapes."
    return text


def nothing_hidden_in_words(names: Names, own: str | None) -> str:
    """Markdown for an image of the class `own` of which nothing is hidden: what to do. Where the model's own picture looks like other
    classes, `names`, that too."""
    words = "**Nothing is hidden:** hide a part first. A is how the model draws the whole image"
    if own is None or names in ((), (own,)):
        return f"{words}."
    kind = f"something {in_words(names)}" if len(names) > 1 else in_words(names)
    return f"{words}: **it takes this {plain(own)} for {kind}.**"


def verdict_in_words(answer: Answer, names: Names, own: str | None) -> str:
    """Markdown: whether the likeliest answer, which looks like `names`, is of the original's class `own`. Nothing where that is not known."""
    if own is None:
        return ""
    original = f"the original is {one_of(own)}."
    if not names:
        return f"**Neither right nor wrong:** {original} The most likely answer looks like no one class."
    if len(names) > 1:
        verdict = "half right" if own in names else "wrong"
        return f"**The model is {verdict}:** {original} Its most likely answer lies {in_words(names)}."
    if names == (own,):
        return f"**The model is right:** {original}"
    verdict = "The model is sure, and wrong" if answer.weight >= SURE else "The model is wrong"
    return f"**{verdict}:** {original} To the model, what is seen fits {in_words(names)} better."


def class_of(model: LoadedModel, row: int | None) -> str | None:
    """The name of a test image's class; None where there is none."""
    examples = examples_for(model)
    if row is None or examples is None or examples.labels is None:
        return None
    return examples.class_names[examples.labels[row]]


def in_words(names: Names) -> str:
    """Classes with their article: a 3; between a 3 and an 8."""
    words = " and ".join(map(one_of, names))
    return f"between {words}" if len(names) > 1 else words


def one_of(name: str) -> str:
    """A class's name with its article: a 3, an 8."""
    return f"{'an' if name[:1].lower() in '8aeiou' else 'a'} {plain(name)}"


def decibels(value: float) -> str:
    return "∞ dB" if math.isinf(value) else f"{value:.1f} dB"


def legend_in_words(restoration: Repair) -> str:
    """Markdown: what the violet on the map is, and the letters."""
    letters = "Letters: the answers."
    if restoration.raster is None:
        return f"**Violet:** {len(restoration.z)} draws from p(z|y), places on the map that fit what is seen. {letters}"
    return f"**Violet:** places that fit what is seen, p(z|y). {letters}"


def lone_spots_in_words(restoration: Repair) -> str:
    """Markdown: what violet spots without a letter are; "" where there are none."""
    lone = 0 if restoration.raster is None else spots_without_draws(restoration.raster, restoration.z)
    if not lone:
        return ""
    spots = "The small spot without a letter is" if lone == 1 else "Small spots without a letter are"
    return f"{spots} too unlikely to count as {'an answer' if lone == 1 else 'answers'}."


def spots_without_draws(raster: Raster, z: np.ndarray) -> int:
    """How many violet spots, which hold 99 % together, have none of the draws (draws, 2) of p(z|y), and so no answer."""
    from scipy.ndimage import label  # imported late: nothing else on the page needs it

    spots, count = label(raster.denser < SPOTS, np.ones((3, 3)))
    columns, rows = np.floor((z - np.array(raster.corner)) / raster.cell).astype(int).T
    return int(count) - len(set(spots[rows, columns].tolist()) - {0})


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
