"""A run's frames for the time traveller."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from aevb_lab.cached import by_content
from aevb_lab.components.packed import pack_arrays
from aevb_lab.figures.pictures import to_bytes
from aevb_lab.session.travel import Travel
from aevb_lab.theme import CLASS_COLORS, palette
from vae_core.latent import EXTENT, Q
from vae_core.studies.planes import axis_title, class_rows, reach_of, spread_axes
from vae_core.studies.travel import NO_CLASS, decode_frame, encoded_points, prior_draws, shown_rows


def packed_frames(travels: Sequence[Travel], dark: bool) -> bytes:
    """The frames of a run, or of a run and its branch, whose clock begins at the branch point."""
    return _packed_frames(tuple(travels), dark)


@by_content(entries=16, spinner="Packing the frames…")
def _packed_frames(travels: tuple[Travel, ...], dark: bool) -> bytes:
    arrays: dict[str, np.ndarray] = {}
    axes = spread_axes(travels[0].frames[-1].means)
    reach = max(reach_of(encoded_points(travel.frames[-1:], axes)[0]) for travel in travels)
    tracks = []
    for number, travel in enumerate(travels):
        track, track_arrays = _track(travel, axes, reach)
        tracks.append(track)
        arrays |= {f"{name}{number}": array for name, array in track_arrays.items()}
    examples = travels[0].examples
    header = {
        "id": json.dumps([travel.name for travel in travels]),
        "tracks": tracks,
        "class_names": list(examples.class_names) if examples is not None else [],
        "class_colours": list(CLASS_COLORS),
        "colours": asdict(palette(dark)),
        "curve_caption": "Mean over the whole test set, with beta = 1. Higher is better. You can drag here too.",
    }
    return pack_arrays(header, arrays)


def _track(travel: Travel, axes: list[int], reach: float) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    frames, config, classes = travel.frames, travel.config, travel.classes
    rows, full = shown_rows(classes), [i for i, frame in enumerate(frames) if frame.weights]
    arrays, titles = _points(travel, axes)
    arrays["pictures"] = np.stack([frame.pictures.numpy() for frame in frames])
    decodings = [decode_frame(config, frames[i], rows) for i in full]
    arrays["reconstructions"] = _stacked([decoding.reconstructions for decoding in decodings], config.data_dim)
    draws = len(prior_draws(config))
    if draws:
        arrays["samples"] = _stacked([decoding.samples for decoding in decodings], config.data_dim)
    examples = travel.examples
    if examples is not None and len(examples.x) > max(rows):
        arrays["originals"] = to_bytes(examples.x[rows].numpy())
    return _about(travel) | {
        "points": len(classes),
        "full": full,
        "count": len(rows),
        "draws": draws,
        "originals": "originals" in arrays,
        "span": [-reach, reach],
        "titles": titles,
    }, arrays


def _points(travel: Travel, axes: list[int]) -> tuple[dict[str, np.ndarray], list[str]]:
    """Each frame's points on the plane, and the titles of its axes. With one latent dimension the second axis is the class."""
    means, classes, titles = encoded_points(travel.frames, axes), travel.classes, [axis_title(axis) for axis in axes]
    if len(axes) == 1:
        rows = class_rows(np.where(classes == NO_CLASS, 0, classes), len(classes))
        means, titles = np.concatenate([means, np.broadcast_to(rows[:, None], means.shape)], -1), [*titles, "class"]
    return {"means": means.astype("<f4"), "labels": classes}, titles


def _about(travel: Travel) -> dict[str, Any]:
    """The header of a track: the run, its steps and its curve."""
    frames, records, config, branch = travel.frames, travel.records, travel.config, travel.branch
    title = travel.name if branch is None else f"{travel.name}, from step {branch.step:,}"
    if frames[0].means_of != Q:
        title += f" (dots: means of {frames[0].means_of})"
    history = travel.history
    if records and history and history.curve != "elbo":
        title += f" (curve: {history.about.label})"
    return {
        "title": title,
        "latent_dim": config.latent_dim,
        "image_shape": list(config.image_shape),
        "cells": list(frames[0].pictures.shape[:2]),
        "steps": [frame.step for frame in frames],
        "seen": [frame.samples_seen for frame in frames],
        "offset": branch.samples_seen if branch else 0,
        "picture_span": [-EXTENT, EXTENT],
        "pictures_caption": f"Means of p(x|z) along the line z₁ from −{EXTENT} to {EXTENT}"
        if config.latent_dim == 1
        else "Means of p(x|z) at 100 fixed draws from the prior",
        "record_steps": [record.step for record in records],
        "record_seen": [record.samples_seen for record in records],
        "elbo": [record.test_elbo for record in records],
        "recon": [record.test_recon_log_lik for record in records],
        "kl": [record.test_kl for record in records],
    }


def _stacked(pictures: list[np.ndarray], data_dim: int) -> np.ndarray:
    """The pictures of all full frames as bytes; one empty picture where there is no full frame."""
    return to_bytes(np.concatenate(pictures or [np.zeros((1, data_dim), np.float32)]))
