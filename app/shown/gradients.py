"""The variance of gradients, and one iteration in slow motion, as charts and pictures."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from aevb_lab.figures.curves import bound_terms
from aevb_lab.figures.gradients import gradient_variance as draw_gradient_variance
from aevb_lab.figures.pictures import film_strip
from aevb_lab.session.progress import Variances
from vae_core.studies.gradient_variance import variance_settings
from vae_core.studies.iterations import Iteration

AXES = {"L": "draws of z per image, L (M = 10)", "M": "images in the minibatch, M (L = 1)"}


def gradient_variance(variances: Variances, axis: str, dark: bool) -> go.Figure:
    """The variances measured so far against L or M. The figure holds the number of measurements, for the script that is
    saved with it."""
    points = variance_settings(axis)
    x = sorted({point.num_samples if axis == "L" else point.batch_size for point in points})
    values = {}
    for name in ("score", "score-baseline", "A", "B"):
        curve = [variances.at(point) for point in points if point.estimator == name]
        values[name] = (np.array([point.mean for point in curve]), np.array([point.std_error for point in curve]))
    figure = draw_gradient_variance(AXES[axis], x, values, dark=dark)
    figure.update_layout(meta={"chunks": [variances.count]})
    return figure


def terms_of_batch(iteration: Iteration, dark: bool) -> go.Figure:
    """The two terms of the ELBO of each image of the minibatch."""
    numbers = [str(i + 1) for i in range(len(iteration.kl))]
    return bound_terms(iteration.recon_log_lik, iteration.kl, numbers, dark=dark)


def tiles(images: np.ndarray) -> np.ndarray:
    """Images of 8x8 pixels side by side, each pixel ten times as large."""
    large = np.kron(images.reshape(-1, 8, 8), np.ones((1, 10, 10), images.dtype)).reshape(len(images), -1)
    return film_strip(large, (80, 80), gap=12)
