"""A path through latent space on screen: its ends, its film strip, and the frames of the player over the plane."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go

from aevb_lab import cached
from aevb_lab.cached import by_content
from aevb_lab.components.packed import pack_arrays
from aevb_lab.escaping import plain
from aevb_lab.figures.curves import radius_along_path
from aevb_lab.figures.numbers import percent
from aevb_lab.figures.paths import aggregate_posterior
from aevb_lab.figures.pictures import enlarge, film_strip, film_strips, picture_uri, to_bytes
from aevb_lab.session.images import require_examples
from aevb_lab.session.models import LoadedModel
from aevb_lab.shown.path_words import MOST_STRANGE
from aevb_lab.shown.repair import Names, names_of_likely
from aevb_lab.theme import palette
from vae_core.studies import paths
from vae_core.studies.holes import Compared
from vae_core.studies.paths import Dimensions, LatentPath, encoded_point

PLAYED_FRAMES = 61
BESIDE = 6  # draws from the prior side by side, beside the plane
TILE = 60  # pixels of one of them
FEW = 0.05  # a share of codes that makes no difference


class EncodedEnd(NamedTuple):
    """A test image as an end of a path: the mean z (latent,) of its q(z|x), and the image as it is encoded, as a PNG data address."""

    z: np.ndarray
    picture: str


@by_content(entries=256)
def encoded_end(model: LoadedModel, row: int) -> EncodedEnd:
    """One of the model's test images."""
    x, shape = require_examples(model).x[row], model.vae.config.image_shape
    return EncodedEnd(encoded_point(model.vae, x), picture_uri(enlarge(film_strip(x.numpy()[None], shape), 4)))


class ShownPath(NamedTuple):
    """A path's decoded images side by side as a PNG data address, the classes that those between its ends look like, |z| along it, the
    reach of the square plane that holds it, and what `components.path_player` plays."""

    strip: str
    between: list[Names]
    radius: go.Figure
    reach: float
    player: bytes


def played_path(model: LoadedModel, start: np.ndarray, end: np.ndarray, spherical: bool) -> LatentPath:
    """The path in many small steps, for a smooth animation."""
    return cached.path_between(model, start, end, PLAYED_FRAMES, spherical)


@by_content(entries=256)
def shown_path(
    model: LoadedModel, start: np.ndarray, end: np.ndarray, steps: int, spherical: bool, chart: str, dark: bool, *, of_images: bool
) -> ShownPath:  # fmt: skip
    """The path between two points, over the chart with this key; `of_images`: its ends are encoded images. Raises ValueError where there is no such path."""
    path = cached.path_between(model, start, end, steps, spherical)
    animation = played_path(model, start, end, spherical)
    plane, colours, shape = cached.plane(model), palette(dark), model.vae.config.image_shape
    places = plane.place(path.z)
    header = {
        "chart": chart, "is_on_dots": of_images, "image_shape": list(shape), "radius": animation.radius.round(3).tolist(),
        "colours": {"latent": colours.latent, "decoder": colours.decoder, "surface": colours.surface},
    }  # fmt: skip
    arrays = {"steps": places, "positions": plane.place(animation.z), "frames": to_bytes(animation.images)}
    return ShownPath(
        picture_uri(enlarge(film_strip(path.images, shape, gap=2), 5)),
        names_of_likely(model, path.z[1:-1]),
        radius_along_path(path.radius, path.usual_radius, dark=dark),
        max(plane.span[1], 1.1 * float(np.abs(places).max())),
        pack_arrays(header, arrays),
    )


def strangest(
    compared: Compared, rows: Sequence[int], image_shape: tuple[int, ...], x: np.ndarray | None = None
) -> np.ndarray:
    """The draws in these rows, at most `MOST_STRANGE`, the strangest first; below each the most similar picture of an image's code, and that
    one of the images x (images, data), or without them where the two differ. Enlarged."""
    rows = sorted(rows, key=lambda row: -compared.strangeness[row])[:MOST_STRANGE]
    draws, similar = compared.pictures[rows], compared.similar[rows]
    last = np.abs(draws - similar) if x is None else x[compared.images[rows]]
    return enlarge(film_strips([draws, similar, last], image_shape, gap=2), 4)


@by_content(entries=64)
def drawn_beside_similar(model: LoadedModel, *, is_strange: bool) -> str | None:
    """The first `BESIDE` random z whose pictures are unlike every real one, the strangest first, or of the others: what is drawn there, and below it
    the most similar picture that comes back from a real image; of strange ones also where the two differ. A PNG data address; None for none."""
    compared = cached.compared_random(model)
    rows = np.argsort(-compared.strangeness, kind="stable")
    rows = rows[compared.strangeness[rows] > 1.0] if is_strange else np.flatnonzero(compared.strangeness <= 1.0)
    if not len(rows):
        return None
    shape = model.vae.config.image_shape
    strips = [compared.pictures[rows[:BESIDE]], compared.similar[rows[:BESIDE]]]
    if is_strange:
        strips.append(np.abs(strips[0] - strips[1]))
    return picture_uri(enlarge(film_strips(strips, shape, gap=1), max(1, TILE // shape[1])))


@by_content(entries=128)
def random_z_on_plane(model: LoadedModel, is_strange: np.ndarray | None, chosen: int, dark: bool) -> go.Figure | None:
    """The codes of all images and random z on the model's plane, with a ring around the `chosen` one; crosses where the picture there
    `is_strange` (draws,). None with one latent number."""
    plane, mixture, radius = cached.plane(model), cached.aggregate(model), paths.usual_radius(2)[-1]
    if mixture.masses is None:
        return None
    draws, codes = paths.SHARES[-1], mixture.share_within(radius)
    inside = f"{percent(draws)} of random z" + (f", {percent(codes)} of codes" if abs(codes - draws) > FEW else "")
    return aggregate_posterior(
        mixture.masses, mixture.edges, plane.place(mixture.z), is_strange, radius, dark=dark, axis_titles=plane.titles,
        chosen=chosen, inside=inside,
    )  # fmt: skip


def names_along(model: LoadedModel, use: Dimensions) -> list[list[Names]]:
    """For each dimension, in `use`'s order, the classes that each of its pictures looks like."""
    steps = use.points.shape[1]
    names = names_of_likely(model, np.concatenate(use.points))
    return [names[i : i + steps] for i in range(0, len(names), steps)]


def clear_classes(names: Sequence[Names]) -> list[str]:
    """The classes that pictures in a row clearly look like, in the order in which they come. One class only where all pictures look like it;
    none where that is not so, or where images have no classes."""
    kinds = list(dict.fromkeys(name for (name,) in filter(is_clear, names)))
    return kinds if len(kinds) > 1 or all(map(is_clear, names)) else []


def is_clear(names: Names) -> bool:
    """Whether a picture looks like one class."""
    return len(names) == 1


def between_in_words(between: list[Names], kind: str, *, listed: bool) -> str:
    """Markdown: how many of the images between the ends of a path look like one class and, `listed`, which each looks like; `kind` is what a
    class is called."""
    alone, count = sum(map(is_clear, between)), len(between)
    amount = (
        f"all {count} images"
        if alone == count > 1
        else f"{alone or 'none'} of the {count} images"
        if count > 1
        else f"{'the' if alone else 'no'} image"
    )
    each = ", ".join(" or ".join(map(plain, names)) or "?" for names in between)
    listing = f" From left to right: {each}." if listed else ""
    unclear = f" A ? stands for more than two {kind}{'es' if kind.endswith('s') else 's'}." if () in between else ""
    if kind == "digit":  # of other images it does not say whether they could be real
        looks = "looks like one digit" if alone == 1 else "look like one digit"
        verdict = f"Yes: {amount} in between {looks}" if alone == count else f"No: {amount} in between {looks}"
        return f"**{verdict}{', the others like two or more' if 0 < alone < count else ''}.**{listing}{unclear}"
    return f"**For {amount} in between, the most similar real images agree on one {kind}.**{listing}{unclear}"
