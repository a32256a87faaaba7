"""Models side by side, for the browser: their decoders and points, and their reconstructions of the same x."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict
from statistics import NormalDist
from typing import Any

import numpy as np

from aevb_lab import cached
from aevb_lab.cached import by_content
from aevb_lab.components.packed import pack_arrays
from aevb_lab.escaping import plain
from aevb_lab.figures.numbers import nats, percent, plus_minus
from aevb_lab.figures.tables import markdown_table
from aevb_lab.session.images import require_examples
from aevb_lab.session.models import LoadedModel
from aevb_lab.session.twins import title_in_sentence, title_of
from aevb_lab.theme import CLASS_COLORS, palette
from vae_core import studies
from vae_core.studies.decoder import mean_layers
from vae_core.studies.holes import LEVEL, MAP_CELLS, Holes
from vae_core.studies.planes import axis_title
from vae_core.studies.side_by_side import Twin
from vae_core.studies.travel import NO_CLASS

NEAR_SPAN = 4.0  # of the maps around the prior
LIMIT = 127.5  # in a packed map of holes; twice as far, and all that is farther, is the largest byte


def packed_twins(models: Sequence[LoadedModel], twins: Sequence[Twin]) -> bytes:
    """Each model's z of the chosen x, and its reconstruction."""
    about = [{"title": title_of(model), "name": title_in_sentence(model)} for model in models]
    header = {"id": _id(models), "models": about, "image_shape": list(models[0].vae.config.image_shape)}
    axes = cached.shared_plane(tuple(models)).axes
    arrays: dict[str, np.ndarray] = {}
    for number, twin in enumerate(twins):
        arrays[f"z{number}"] = _planar(twin.z[None, axes])[0]
        arrays[f"reconstruction{number}"] = twin.reconstruction.astype(np.float32)
    return pack_arrays(header, arrays)


def measures(models: Sequence[LoadedModel], holes: Sequence[Holes]) -> str:
    """Markdown: how draws and codes meet. A row for each measure, a column for each model; without `holes`, only that of q(z)."""
    rows = [["KL(q(z) ‖ p(z)), nats", *(nats(cached.distance_to_prior(model)) for model in models)]]
    if holes:
        rows = [
            ["in holes, of draws from N(0, I)", *(f"**{percent(a.share, 1, error=a.share_error)}**" for a in holes)],
            ["in holes, of draws from a Gaussian fitted to the codes", *(percent(a.fitted_share, 1, error=a.fitted_share_error) for a in holes)],
            ["out of reach, of test images", *(percent(a.out_of_reach, 1, error=a.out_of_reach_error) for a in holes)],
            *rows,
        ]  # fmt: skip
        most = most_alike(models, holes)
        if most:
            cells = (f"{plain(name)} ({number})" for name, number in most)
            rows.append([f"of {len(holes[0].draws)} draws, most are like a", *cells])
    return _table(models, rows)


def measures_of_x(models: Sequence[LoadedModel], twins: Sequence[Twin]) -> str:
    """Markdown: the bound of the chosen x, its terms and the error of its reconstruction."""
    rows = [
        ["ELBO, nats: higher is better", *(f"**{nats(twin.elbo)}**{plus_minus(twin.elbo_error)}" for twin in twins)],
        ["reconstruction, nats", *(nats(twin.recon_log_lik) for twin in twins)],
        ["KL, nats", *(nats(twin.kl) for twin in twins)],
        ["squared error a pixel", *(f"{twin.squared_error:.3f}" for twin in twins)],
    ]
    return _table(models, rows)


def _table(models: Sequence[LoadedModel], rows: list[list[str]]) -> str:
    return markdown_table(["measure", *(plain(title_of(model)) for model in models)], rows)


def most_alike(models: Sequence[LoadedModel], holes: Sequence[Holes]) -> list[tuple[str, int]]:
    """Of each model, the class that most of the draws on the page are like, and how many are. Empty where images have no classes."""
    examples = require_examples(models[0])
    if examples.labels is None:
        return []
    most = [share.most_alike(examples.labels) for share in holes]
    return [(examples.class_names[label], number) for label, number in most]


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
            "share": f"in holes: {percent(holes[number].share)}" if holes else "",
            "limit": holes[number].limit if holes else 0.0,
        })  # fmt: skip
        if holes:
            arrays[f"holes{number}"] = holes[number].in_hole.astype(np.uint8)
            arrays[f"nearest{number}"] = holes[number].nearest.astype(np.float32)
            arrays[f"distances{number}"] = holes[number].distances.astype(np.float32)
            for span, extent in {"near": NEAR_SPAN, "all": plane.reach}.items():
                places = studies.hole_map(model.vae, holes[number], plane.axes, extent)
                arrays[f"{span}{number}"] = np.rint(LIMIT * places.clip(0.0, 2.0)).astype(np.uint8)
            if examples.labels is not None:
                arrays[f"classes{number}"] = holes[number].classes(examples.labels).astype(np.float32)
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
        "spans": {"near": NEAR_SPAN, "all": plane.reach},
        "limit": LIMIT,
        "cells": MAP_CELLS,
        "radius": _radius(len(plane.axes)),
        "colours": asdict(palette(dark)),
        "class_colours": list(CLASS_COLORS),
        "class_names": list(examples.class_names),
    }
    return pack_arrays(header, arrays)


def _radius(axes: int) -> float:
    """How far from 0 on a plane `LEVEL` of the draws from N(0, I) lie; on a line, with one axis."""
    return NormalDist().inv_cdf((1.0 + LEVEL) / 2.0) if axes == 1 else math.sqrt(-2.0 * math.log(1.0 - LEVEL))


def _planar(points: np.ndarray) -> np.ndarray:
    """The points with two coordinates each; with one latent dimension the second is 0."""
    points = points.astype(np.float32)
    return points if points.shape[1] == 2 else np.column_stack([points, np.zeros(len(points), np.float32)])
