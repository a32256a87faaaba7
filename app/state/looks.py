"""What a page shows of a model that is in training."""

from __future__ import annotations

import math

import numpy as np
import torch

import vae_core as vc
from app import figures
from app.jobs import JobSpec, Look
from app.state.charts import LatentPlane, latent_plane
from app.state.images import run_examples
from app.state.planes import cells_picture
from app.theme import palette

PICTURES_SPAN = 3.5  # of `vae_core.worker.look_points`
WIDER = 1.25


def look_plane(look: Look, spec: JobSpec, dark: bool) -> LatentPlane:
    """A look's points on its first two latent axes over its decoded pictures. The axes grow by quarters, so that their chart
    stays as it is from look to look."""
    examples, config = run_examples(spec), spec.model_config
    labels = None if examples is None or examples.labels is None else examples.labels[: len(look.means)]
    if look.means.shape[1] > 1:
        points, titles = look.means[:, :2], ("z₁", "z₂")
    else:
        rows = np.zeros(len(look.means)) if labels is None else labels
        points, titles = np.column_stack([look.means, rows * 0.5 - 2.25]), ("z₁", "class")
    farthest = float(np.abs(points).max()) * 1.05 if len(points) else 0.0
    reach = PICTURES_SPAN * WIDER ** max(0, math.ceil(math.log(max(farthest, 1e-9) / PICTURES_SPAN, WIDER)))
    picture = {
        "span": [-PICTURES_SPAN, PICTURES_SPAN],
        "cells": list(look.pictures.shape[:2]),
        "image_shape": list(config.image_shape),
        "ink": palette(dark).text if config.likelihood == "bernoulli" else None,
    }
    return latent_plane(
        points,
        labels,
        () if examples is None else examples.class_names,
        {"spans": ((-reach, reach),) * 2, "titles": titles, "revision": "train"},
        dark=dark,
        picture=picture if config.latent_dim == 2 else None,
        pixels=look.pictures if config.latent_dim == 2 else None,
        version=look.step,
    )


def look_picture(look: Look, config: vc.ModelConfig, dark: bool) -> str:
    """A look's decoded pictures as one PNG data address."""
    return figures.picture_uri(*cells_picture(torch.tensor(look.pictures).float() / 255.0, config, dark))
