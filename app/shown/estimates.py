"""Estimates of log p(x) of one image as charts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from aevb_lab.figures.bounds import estimates_on_one_axis as draw_estimates_on_one_axis
from aevb_lab.figures.bounds import posterior_plane as draw_posterior_plane
from vae_core.studies.close_ups import CloseUp
from vae_core.studies.estimation import ADAPTIVE, ANNEALED, CHAINS, DEFENSIVE, ENCODER, EXACT, RESAMPLED, Estimate

HALF = 0.5  # a pixel's probability of being white, from which on the decoder rather says white
WRONG = (255, 92, 72)  # red, green and blue of the mark on a pixel that is wrong
MARK = 0.75  # how much of the mark covers the pixel
PARTS = {  # the part of the model from which each estimator draws; the part has a colour
    EXACT: "text",
    "ELBO": "encoder",
    ENCODER: "encoder",
    DEFENSIVE: "latent",
    ADAPTIVE: "latent",
    CHAINS: "prior",
    RESAMPLED: "latent",
    ANNEALED: "prior",
}


def estimates_on_one_axis(
    estimates: Sequence[Estimate], exact: Estimate | None, reach: float | None, dark: bool
) -> go.Figure:
    """Each estimate with its error bar and its promise; the axis goes `reach` nats below the exact value."""
    return draw_estimates_on_one_axis(
        [estimate.name for estimate in estimates],
        np.array([estimate.mean for estimate in estimates]),
        np.array([estimate.std_error for estimate in estimates]),
        [estimate.direction for estimate in estimates],
        [estimate.ess for estimate in estimates],
        [PARTS[estimate.name] for estimate in estimates],
        exact.mean if exact else None,
        reach=reach,
        dark=dark,
    )


def posterior_plane(close_up: CloseUp, estimate: Estimate | None, dark: bool) -> go.Figure:
    """p(z|x) on its grid, the encoder's q as ellipses, and where the estimate looked as dots."""
    loc, scale = np.array(close_up.encoder.loc), np.array(close_up.encoder.scale)
    draws = estimate.draws if estimate and estimate.draws else (None, None)
    return draw_posterior_plane(*close_up.axes, close_up.density, loc, scale, *draws, dark=dark, height=380)


def wrong_pixels(x: np.ndarray, decoded: np.ndarray) -> np.ndarray:
    """Which pixels of a black and white image (data_dim,) the decoder rather gives the other colour."""
    return (decoded > HALF) != (x > HALF)


def with_marks(picture: np.ndarray, is_wrong: np.ndarray) -> np.ndarray:
    """A grey picture (rows, columns), uint8, in colour, and where it `is_wrong` marked."""
    colours = np.repeat(picture[:, :, None], 3, axis=2).astype(float)
    colours[is_wrong] += MARK * (np.array(WRONG) - colours[is_wrong])
    return colours.astype(np.uint8)
