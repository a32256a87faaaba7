"""The ends of a path on the Paths page: points in text fields, or test images by class and number."""

from __future__ import annotations

import numpy as np
import streamlit as st

from aevb_lab.session.link import FARTHEST
from aevb_lab.session.reported import as_places, reported
from vae_core.studies.examples import Examples
from vae_core.studies.paths import moved_to_place
from vae_core.studies.planes import Plane


def point_of_text(text: str, latent_dim: int) -> np.ndarray:
    """The point of a user's text such as "0.5, -1". Missing coordinates are 0. Raises ValueError."""
    parts = [part.strip() for part in text.replace("−", "-").split(",") if part.strip()]
    if len(parts) > latent_dim:
        raise ValueError(f"z has {latent_dim} dimensions, and these are {len(parts)} numbers")
    try:
        z = [float(part) for part in parts]
    except ValueError as error:
        raise ValueError("a point is a list of numbers with commas, such as 0.5, -1") from error
    if not all(abs(value) <= FARTHEST for value in z):  # before float32, which has no room for 1e39
        raise ValueError(f"the coordinates of a point must lie between -{FARTHEST:g} and {FARTHEST:g}")
    return np.array(z + [0.0] * (latent_dim - len(z)), np.float32)


def is_point(text: str, latent_dim: int) -> bool:
    """Whether a text stands for a point."""
    try:
        point_of_text(text, latent_dim)
    except ValueError:
        return False
    return True


def end_keys(end: str, data: str) -> tuple[str, str]:
    """The keys of the two widgets that choose the test image at an end, "A" or "B": its class, and its number in the class."""
    return f"path_class_{end}_{data}", f"path_image_{end}_{data}"


def move_end(plane: Plane, a: np.ndarray, b: np.ndarray) -> None:
    """Called when an end is moved on the plane: it goes there."""
    for end, place in _moved():
        z = moved_to_place(plane, {"A": a, "B": b}[end], place)
        st.session_state[f"path_point_{end}"] = ", ".join(f"{value:.2f}" for value in z.tolist())


def move_end_to_image(plane: Plane, examples: Examples, data: str) -> None:
    """Called when an end is moved on the plane: it becomes the test image whose point is nearest to the place."""
    for end, place in _moved():
        row = plane.nearest(place)
        class_key, image_key = end_keys(end, data)
        if examples.labels is None:
            st.session_state[image_key] = row + 1
            continue
        label = examples.labels[row]
        st.session_state[class_key] = examples.class_names[label]
        st.session_state[image_key] = int((examples.labels[: row + 1] == label).sum())


def _moved() -> list[tuple[str, np.ndarray]]:
    """The ends that were moved, "A" or "B", and where to on the plane."""
    report = reported("path_player", "ends", as_places) or {}
    return [(end, np.asarray(place, np.float32)) for end, place in report.items() if end in ("A", "B")]
