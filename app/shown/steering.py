"""The steering bench for the browser, and pictures of a way that z took."""

from __future__ import annotations

from dataclasses import asdict
from hashlib import sha256

import numpy as np

from aevb_lab import cached
from aevb_lab.cached import by_content
from aevb_lab.components.packed import pack_arrays
from aevb_lab.escaping import plain
from aevb_lab.figures.numbers import SPACE, nats
from aevb_lab.figures.pictures import enlarge, film_strip, picture_uri, to_bytes
from aevb_lab.serving import Published
from aevb_lab.session.images import examples_for, require_examples
from aevb_lab.session.models import LoadedModel
from aevb_lab.session.steering import Asked
from aevb_lab.shown.decoder import published_decoder
from aevb_lab.theme import palette
from vae_core.attributes import attributes_of
from vae_core.studies import Steered, changed_most
from vae_core.studies.code_sums import SHED
from vae_core.studies.decoder import decoded_at
from vae_core.studies.steering import METHOD

SWEPT = 13  # values of the small chart


def packed_steering(
    model: LoadedModel, x: np.ndarray, start: np.ndarray, own: int, asked: Asked, place: tuple[float, float], version: int, with_plain: bool, dark: bool
) -> bytes:  # fmt: skip
    """The bench for `components.steering`: the image x (data_dim,) with the code `start` (latent,), of the class `own`. `version` grows
    where the browser shall take `asked` and `place` from the page. `with_plain` shows the plain way and the charts too."""
    return _packed_steering(model, x, start, own, asked, place, version, with_plain, dark)[0]


@by_content(entries=64)
def _packed_steering(
    model: LoadedModel, x: np.ndarray, start: np.ndarray, own: int, asked: Asked, place: tuple[float, float], version: int, with_plain: bool, dark: bool
) -> tuple[bytes, Published[bytes]]:  # fmt: skip
    """With the decoder itself, which has its address for as long as something holds it."""
    decoder, about, config = published_decoder(model), cached.handles(model), model.vae.config
    attributes = [attributes_of(config.image_shape)[row] for row in about.rows]
    names, codes = cached.wheel(model)
    base = cached.wheel_start(model, start, own, place)
    values = dict(asked)
    ends = [cached.steered(model, base, asked), cached.steered_plainly(model, base, asked)]
    header = {
        "id": f"{model.key} {sha256(start.tobytes()).hexdigest()}", "address": decoder.address, "size": len(decoder.content), "version": version,
        "image_shape": list(config.image_shape), "latent_dim": config.latent_dim, "classes": names, "own": own, "shed": SHED,
        "attributes": [asdict(attribute) for attribute in attributes],
        "handles": {
            "rows": list(about.rows), "turns": [attribute.turn for attribute in attributes], "method": METHOD,
            "low": about.low.tolist(), "high": about.high.tolist(), "scale": about.scale.tolist(),
        },
        "asked": [values.get(name) for name in about.names], "wheel": list(place), "with_plain": with_plain, "usual_radius": list(ends[0].usual_radius),
        "sweep": np.linspace(0.0, 1.0, SWEPT).tolist(), "colours": asdict(palette(dark)),
    }  # fmt: skip
    arrays = {
        "image": to_bytes(x), "first": ends[0].images[-1], "plain": ends[1].images[-1], "start": start.astype(np.float32),
        "directions": about.directions.astype(np.float32), "codes": codes.astype(np.float32), "tiles": to_bytes(cached.wheel_images(model)),
    }  # fmt: skip
    return pack_arrays(header, arrays), decoder


def words_of_rest(model: LoadedModel, way: Steered, asked: Asked, is_turned: bool) -> str:
    """Markdown: which attribute that nobody asked for changed most on the way, which begins behind the wheel where that `is_turned`; ""
    where there is none."""
    about = cached.handles(model)
    rest = changed_most(about, way, [name for name, _ in asked], model.vae.config.image_shape)
    if rest is None:
        return ""
    before, after = (nats(float(values[rest]), 1) for values in (way.measured[0], way.measured[-1]))
    unit = attributes_of(model.vae.config.image_shape)[about.rows[rest]].unit
    begin = "The wheel turned first. After that, of all else," if is_turned else "Of all else,"
    if before == after:
        return "The wheel turned first. After that, all else stayed." if is_turned else "All else stayed as it was."
    return (
        f"{begin} **{about.names[rest]}** changed most: from {before} to {after}{'' if unit == '°' else SPACE}{unit}."
    )


def words_of_class(model: LoadedModel, z: np.ndarray, own: int) -> str:
    """Markdown: that most test images near z (latent,) are of another class than the image's `own`; "" where they are not."""
    examples = examples_for(model)
    if examples is None or examples.labels is None:
        return ""
    labels = examples.labels[cached.neighbours(model, z).rows]
    counts = np.bincount(labels, minlength=len(examples.class_names))
    most = int(counts.argmax())
    if most == own or 2 * counts[most] <= len(labels):
        return ""
    name = plain(examples.class_names[most])
    return f"**It may be of another class now:** {counts[most]} of the {len(labels)} nearest test images are of class {name}."


@by_content(entries=128)
def way_strip(model: LoadedModel, images: np.ndarray) -> str:
    """Decoded images of a way side by side, as a PNG data address."""
    return picture_uri(enlarge(film_strip(images, model.vae.config.image_shape, gap=2), 5))


def decoded(model: LoadedModel, z: np.ndarray) -> np.ndarray:
    """The decoded mean at z (latent,), as (1, data_dim)."""
    return decoded_at(model.vae, z.tolist())[None]


@by_content(entries=256)
def picture_at(model: LoadedModel, z: np.ndarray) -> str:
    """The decoded mean at z (latent,), as a PNG data address."""
    return way_strip(model, decoded(model, z))


@by_content(entries=256)
def image_picture(model: LoadedModel, row: int) -> str:
    """A test image as it is encoded, as a PNG data address."""
    return way_strip(model, require_examples(model).x[row : row + 1].numpy())
