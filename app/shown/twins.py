"""Models side by side, for the browser: their decoders and points, and their reconstructions of the same x."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from aevb_lab import cached
from aevb_lab.cached import by_content
from aevb_lab.components.packed import pack_arrays
from aevb_lab.figures.numbers import percent
from aevb_lab.session.images import require_examples
from aevb_lab.session.models import LoadedModel
from aevb_lab.session.twins import title_in_sentence, title_of
from aevb_lab.theme import CLASS_COLORS, palette
from vae_core.studies.decoder import mean_layers
from vae_core.studies.examples import Examples
from vae_core.studies.holes import Holes
from vae_core.studies.planes import axis_title
from vae_core.studies.side_by_side import Twin
from vae_core.studies.travel import NO_CLASS


def packed_twins(models: Sequence[LoadedModel], twins: Sequence[Twin]) -> bytes:
    """Each model's z of the chosen x, and its reconstruction."""
    axes = cached.shared_plane(tuple(models)).axes
    arrays: dict[str, np.ndarray] = {}
    for number, twin in enumerate(twins):
        arrays[f"z{number}"] = _planar(twin.z[None, axes])[0]
        arrays[f"reconstruction{number}"] = twin.reconstruction.astype(np.float32)
    return pack_arrays({"id": _id(models)}, arrays)


def packed_models(models: Sequence[LoadedModel], dark: bool) -> bytes:
    """The models' decoders and points."""
    names = tuple((title_of(model), title_in_sentence(model)) for model in models)
    return _packed_models(tuple(models), names, _id(models), dark)


def _id(models: Sequence[LoadedModel]) -> str:
    """The names are in it too, because the packed bytes hold them."""
    return json.dumps([[model.name, model.key] for model in models])


@by_content(entries=16)
def _packed_models(models: tuple[LoadedModel, ...], names: tuple[tuple[str, str], ...], id: str, dark: bool) -> bytes:
    examples, plane, holes = require_examples(models[0]), cached.shared_plane(models), cached.holes(models)
    classes = np.full(len(examples.x), NO_CLASS, np.uint8)
    arrays = {"labels": classes if examples.labels is None else examples.labels.astype(np.uint8)}
    about: list[dict[str, Any]] = []
    for number, (model, (title, name)) in enumerate(zip(models, names, strict=True)):
        decoder = mean_layers(model.vae)
        arrays[f"points{number}"] = _planar(plane.points[number])
        for i, (weight, bias) in enumerate(decoder.layers):
            arrays |= {f"weight{number}.{i}": weight, f"bias{number}.{i}": bias}
        about.append({
            "title": title, "name": name, "layers": len(decoder.layers), "activation": decoder.activation, "mean": decoder.mean,
            "share": f"In holes: {percent(holes[number].share)} of the draws" if holes else "",
            "reach": f"Out of reach: {percent(holes[number].out_of_reach)} of the images" if holes else "",
            "likeness": _likeness(examples, holes[number]) if holes else "", "limit": holes[number].limit if holes else 0.0,
        })  # fmt: skip
        if holes:
            arrays[f"holes{number}"] = holes[number].in_hole.astype(np.uint8)
            arrays[f"nearest{number}"] = holes[number].nearest.astype(np.float32)
            arrays[f"distances{number}"] = holes[number].distances.astype(np.float32)
    arrays |= {"draws": holes[0].draws.astype(np.float32)} if holes else {}
    config = models[0].vae.config
    header = {
        "id": id,
        "models": about,
        "draws": len(holes[0].draws) if holes else 0,
        "latent_dim": config.latent_dim,
        "image_shape": list(config.image_shape),
        "axes": plane.axes,
        "titles": [*(axis_title(axis) for axis in plane.axes), ""][:2],
        "reach": plane.reach,
        "colours": asdict(palette(dark)),
        "class_colours": list(CLASS_COLORS),
        "class_names": list(examples.class_names),
    }
    return pack_arrays(header, arrays)


def _likeness(examples: Examples, holes: Holes) -> str:
    """The class that most of the shown draws are like, by the image whose picture is most similar."""
    if examples.labels is None:
        return ""
    label, count = holes.most_alike(examples.labels)
    return f"{count} of {len(holes.nearest_image)} draws are most like: {examples.class_names[label]}"


def _planar(points: np.ndarray) -> np.ndarray:
    """The points with two coordinates each; with one latent dimension the second is 0."""
    points = points.astype(np.float32)
    return points if points.shape[1] == 2 else np.column_stack([points, np.zeros(len(points), np.float32)])
