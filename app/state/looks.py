"""What a page shows of a model that is in training."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch

import vae_core as vc
from app.jobs import JobSpec, Look
from app.state.compare import pack_arrays
from app.state.images import run_examples
from app.state.planes import cells_picture
from app.theme import CLASS_COLORS, palette

PICTURES_SPAN = 3.5  # of `vae_core.worker.look_points`
WIDER = 1.25


@dataclass(frozen=True, eq=False)
class LivePlane:
    """A look's points (count, 2) on its first two latent axes in the order of their `labels` (count,), which index
    `class_names`; None is one class. `span` is that of the axes."""

    points: np.ndarray
    labels: np.ndarray | None
    class_names: tuple[str, ...]
    titles: tuple[str, str]
    span: tuple[float, float]


def live_plane_of(look: Look, spec: JobSpec) -> LivePlane:
    """The plane of a look. Its axes grow by quarters, so that the chart stays as it is from look to look."""
    examples = run_examples(spec)
    names = () if examples is None else examples.class_names
    labels = None if examples is None or examples.labels is None else examples.labels[: len(look.means)]
    if look.means.shape[1] > 1:
        points, titles = look.means[:, :2], ("z₁", "z₂")
    else:
        rows = np.zeros(len(look.means)) if labels is None else labels
        points, titles = np.column_stack([look.means, rows * 0.5 - 2.25]), ("z₁", "class")
    if labels is not None:
        order = np.argsort(labels, kind="stable")
        points, labels = points[order], labels[order]
    farthest = float(np.abs(points).max()) * 1.05 if len(points) else 0.0
    reach = PICTURES_SPAN * WIDER ** max(0, math.ceil(math.log(max(farthest, 1e-9) / PICTURES_SPAN, WIDER)))
    return LivePlane(points.astype(np.float32), labels, names, titles, (-reach, reach))


def packed_look(look: Look, plane: LivePlane, config: vc.ModelConfig, chart: str, dark: bool) -> bytes:
    """The points by class and the decoded pictures for the browser, which draws them over the chart with this key."""
    colours = palette(dark)
    header = {
        "chart": chart,
        "step": look.step,
        "classes": _classes(plane, colours.encoder),
        "surface": colours.surface,
        "span": [-PICTURES_SPAN, PICTURES_SPAN],
        "cells": list(look.pictures.shape[:2]),
        "image_shape": list(config.image_shape),
        "ink": colours.text if config.likelihood == "bernoulli" else None,
    }
    pictures = {"pictures": look.pictures} if config.latent_dim == 2 else {}
    return pack_arrays(header, {"points": plane.points} | pictures)


def _classes(plane: LivePlane, colour: str) -> list[dict]:
    """Each class's name, colour, range of rows, and the middle of its points, where its name stands."""
    if plane.labels is None:
        return [{"name": "encoded images", "colour": colour, "from": 0, "to": len(plane.points), "middle": None}]
    listed = []
    for label in np.unique(plane.labels).tolist():
        first, end = np.searchsorted(plane.labels, [label, label + 1]).tolist()
        about = {"name": plane.class_names[label], "colour": CLASS_COLORS[label % len(CLASS_COLORS)]}
        middle = np.median(plane.points[first:end], axis=0).astype(float).tolist()
        listed.append(about | {"from": first, "to": end, "middle": middle})
    return listed


def look_picture(look: Look, config: vc.ModelConfig, dark: bool) -> str:
    """A look's decoded pictures as one PNG data address."""
    return cells_picture(torch.tensor(look.pictures).float() / 255.0, config, dark)
