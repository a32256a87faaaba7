"""A run on the Train page: its plane, its pictures, and the status that the browser asks for."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

import numpy as np
import plotly.graph_objects as go

from aevb_lab.components.packed import pack_arrays
from aevb_lab.figures.curves import changes_of_terms, curve_on_test, learning_curve
from aevb_lab.figures.pictures import enlarge, film_strips, mosaic, picture_uri
from aevb_lab.jobs.job import Job, JobSpec, Look, Snapshot
from aevb_lab.serving import Published
from aevb_lab.session.images import run_examples
from aevb_lab.shown.planes import LatentPlane, latent_plane
from vae_core.config import ModelConfig
from vae_core.history import History
from vae_core.looks import reach_of
from vae_core.studies.planes import class_rows

CHANGES = "Above: the bound on log p(x). Solid: test images. Dotted: training images. **Below: how far each term has changed.**"
CURVE_HEIGHT = 480  # pixels, until the style of the page says it
ASK_OFTEN, ASK_SELDOM = 500, 1000  # milliseconds; seldom where a run waits for its turns


def look_plane(look: Look, spec: JobSpec, dark: bool) -> LatentPlane:
    """A look's points on its first two latent axes over its decoded pictures, which fill the axes."""
    examples, config = run_examples(spec), spec.model_config
    labels = None if examples is None or examples.labels is None else examples.labels[: len(look.means)]
    if look.means.shape[1] > 1:
        points, titles = look.means[:, :2], ("z₁", "z₂")
    else:
        points, titles = np.column_stack([look.means, class_rows(labels, len(look.means))]), ("z₁", "class")
    reach = reach_of(float(np.abs(points).max()) if len(points) else 0.0)
    picture = {
        "span": [-reach, reach],
        "cells": list(look.pictures.shape[:2]),
        "image_shape": list(config.image_shape),
    }
    return latent_plane(
        points,
        labels,
        () if examples is None else examples.class_names,
        {"spans": ((-reach, reach),) * 2, "titles": titles, "revision": "train"},
        dark=dark,
        picture=picture if config.latent_dim == 2 else None,
        pixels=look.pictures if config.latent_dim == 2 else None,
        legend=True,
        version=look.step,
    )


def look_picture(pictures: np.ndarray, config: ModelConfig) -> str:
    """Pictures of a look (rows, columns, data_dim) as one PNG data address."""
    return picture_uri(mosaic(pictures, config.image_shape))


def own_picture(pictures: np.ndarray, config: ModelConfig) -> str:
    """The algorithm's own pictures (rows, columns, data_dim) as one PNG data address, with a line between them."""
    return picture_uri(enlarge(film_strips([*pictures / 255.0], config.image_shape), 4))


def curve_before(history: History, dark: bool) -> tuple[go.Figure, str]:
    """What stands in place of a run that has not begun: a finished run's curve, without its terms, which would answer the guess; and its words."""
    return curve_on_test(
        history, dark=dark, height=CURVE_HEIGHT
    ), f"The {history.about.label} of the finished run, on test images."


def curve_during(history: History, dark: bool) -> tuple[go.Figure, str]:
    """A run's curve and what it is, in Markdown: for the ELBO with the changes of its two terms."""
    if history.curve == "elbo":
        return changes_of_terms(history, dark=dark, height=CURVE_HEIGHT), CHANGES
    return learning_curve(history, dark=dark, height=CURVE_HEIGHT), history.about.meaning


class Watch:
    """A run on the Train page. The script of the page draws it, and again only when `drawn_for` changes. In between the browser
    asks at an address for the status and the newest look, which costs the server far less than a run of the script. `chart` is
    the key of the plane's chart."""

    def __init__(self, job: Job, chart: str, dark: bool, words: Callable[[Snapshot], list[str]]):
        self._job, self._chart, self._dark, self._words = job, chart, dark, words
        self._latest: tuple[Look, LatentPlane] | None = None
        self._page_drawing: bytes | None = None  # by the script
        self._published = Published(self._answer, f"runs/{secrets.token_urlsafe()}")

    def plane(self, look: Look) -> LatentPlane:
        """`look_plane` of the run's newest look, made once."""
        latest = self._latest
        if latest is None or latest[0] is not look:
            latest = self._latest = look, look_plane(look, self._job.spec, self._dark)
        return latest[1]

    def page_plane(self, look: Look, *, newest: bool) -> LatentPlane:
        """The plane for the script: the present axes, and on them the `newest` drawing or the one of the run before. An old
        drawing is not sent again, so that the newer one for which the browser has asked stays on screen."""
        plane = self.plane(look)
        if newest or self._page_drawing is None:
            self._page_drawing = plane.drawing
        return plane._replace(drawing=self._page_drawing)

    def about(self, snapshot: Snapshot) -> dict[str, Any]:
        """The status for the browser, and the values by which it knows that the page is out of date."""
        progress = min(1.0, snapshot.step / snapshot.total_steps) if snapshot.total_steps else None
        return {
            "address": self._published.address, "chart": self._chart, "state": snapshot.state,
            "drawn_for": self._page_values(snapshot), "words": self._words(snapshot), "progress": progress,
            "ask_every": ASK_SELDOM if snapshot.state == "queued" or snapshot.share < 1.0 else ASK_OFTEN,
        }  # fmt: skip

    def pack(self, snapshot: Snapshot, drawing: bytes = b"") -> bytes:
        """The content of `components.run_watch`, with a new `drawing` on the plane if there is one."""
        return pack_arrays(self.about(snapshot), {"drawn": np.frombuffer(drawing, np.uint8)})

    def _page_values(self, snapshot: Snapshot) -> list[Any]:
        """The page is out of date when one of these changes: the number of points on the curves, the reach of the axes, and
        the step of the pictures beside the plane."""
        count, look = len(snapshot.history.records), snapshot.look
        if look is None:
            return [count]
        beside = self._job.spec.model_config.latent_dim != 2 or look.own is not None
        return [count, _reach(self.plane(look)), look.step if beside else None]

    def _answer(self, query: str) -> bytes:
        """The present status, and the drawing on the plane where the browser has another one; it says which in `look=STEP`."""
        snapshot = self._job.snapshot()
        look = snapshot.look
        if look is not None and query and query != f"look={look.step}":
            return self.pack(snapshot, self.plane(look).drawing)
        return self.pack(snapshot)


def _reach(plane: LatentPlane) -> float:
    return plane.axes.spans[0][1]
