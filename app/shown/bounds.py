"""The toy of the bound for the browser; the parts of one image's bound in words, as charts and as pictures."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
import plotly.graph_objects as go

from aevb_lab.figures.bounds import bound_gap as draw_bound_gap
from aevb_lab.figures.bounds import gap_alone as draw_gap_alone
from aevb_lab.figures.bounds import kl_per_dimension as draw_kl_per_dimension
from aevb_lab.figures.bounds import redraw_strip as draw_redraw_strip
from aevb_lab.figures.numbers import nats, plus_minus
from aevb_lab.figures.pictures import around, enlarge, film_strip
from aevb_lab.theme import palette
from vae_core.studies.estimation import BOUND_DRAWS
from vae_core.studies.image_bounds import ImageBound
from vae_core.studies.redrawing import FRESH, Redraw, Spread
from vae_core.studies.toys import LEAST_SCALE, MOST_SCALE, REACH, Toy


def toy_numbers(toy: Toy, start: list[float], view: list[float], version: int, dark: bool) -> dict[str, Any]:
    """The numbers of `components.bound_toy`. "Start again" goes to `start` [x, loc, scale]; it begins at a `view`, and anew with
    another `version`."""
    numbers = {name: value.tolist() if isinstance(value, np.ndarray) else value for name, value in vars(toy).items()}
    limits = {"reach": REACH, "scales": [LEAST_SCALE, MOST_SCALE]}
    return numbers | limits | {"start": start, "view": view, "version": version, "colours": asdict(palette(dark))}


def bound_in_words(bound: ImageBound) -> str:
    """Eq. (1) of one image and a q, in Markdown: the numbers, and how they were computed."""
    if bound.exact:
        return (
            f"log p(x) **{nats(bound.log_marginal, 3)}** = ELBO **{nats(bound.elbo, 3)}** + gap KL(q‖p(z|x)) "
            f"**{nats(bound.gap, 3)}** nats. These are sums over fine grids of z (error below 0.001 nats)."
        )
    return (
        f"ELBO **{nats(bound.elbo)}{plus_minus(bound.elbo_error)}** nats ({BOUND_DRAWS} draws). log p(x) is about "
        f"**{nats(bound.log_marginal)}{plus_minus(bound.log_marginal_error)}** (adaptive importance sampling, "
        f"{bound.ess_in_words()}). So the gap is about {nats(bound.gap)}{plus_minus(bound.gap_error)} nats. A grid is possible with at most "
        f"two latent dimensions."
    )


def bound_gap(bound: ImageBound, dark: bool) -> go.Figure:
    """Eq. (1) and (3) as bars that each begin at the end of the one above."""
    return draw_bound_gap(bound.recon_log_lik, bound.kl, bound.gap, dark=dark)


def gap_alone(bound: ImageBound, encoder: ImageBound, dark: bool) -> go.Figure:
    """Eq. (1) alone, on an axis that also has room for the encoder's ELBO."""
    return draw_gap_alone(bound.elbo, bound.gap, encoder.elbo, dark=dark)


def kl_per_dimension(bound: ImageBound, dark: bool) -> go.Figure:
    """The image's KL of each latent dimension beside the mean over all images."""
    return draw_kl_per_dimension(bound.kl_per_dim, bound.mean_kl_per_dim, bound.mean_kl_error, dark=dark)


def in_order(redraws: list[Redraw]) -> list[Redraw]:
    """The fresh draws last, the one with the highest ELBO first, and numbered so."""
    fresh = sorted((redraw for redraw in redraws if redraw.kind == FRESH), key=lambda redraw: -redraw.elbo)
    others = [redraw for redraw in redraws if redraw.kind != FRESH]
    return others + [redraw._replace(kind=f"draw {number}") for number, redraw in enumerate(fresh, 1)]


def chance_in_words(spread: Spread) -> str:
    """By how much chance alone moves the ELBO of one image."""
    return (
        f"**By {spread.high - spread.low:.0f} nats, although the eye sees one image.** {spread.num_draws} draws have ELBOs from {nats(spread.low, 1)} "
        f"to {nats(spread.high, 1)} nats: {nats(spread.mean, 1)} ± {spread.std_error:.1f} on average. So compare two models only on the same black "
        "and white pixels."
    )


def best_and_worst(grey: np.ndarray, ordered: list[Redraw]) -> dict[str, np.ndarray]:
    """The grey image, its draws with the highest and the lowest ELBO, and where these differ: pixels (data_dim,) by their captions."""
    fresh = [redraw for redraw in ordered if redraw.kind.startswith("draw ")]
    best, worst = fresh[0], fresh[-1]
    differs = np.abs(best.x - worst.x)
    return {
        "the grey image": grey,
        f"{best.kind}, the highest ELBO: {nats(best.elbo, 1)} nats": best.x,
        f"{worst.kind}, the lowest: {nats(worst.elbo, 1)} nats": worst.x,
        f"white: the {int(differs.sum())} pixels that differ": differs,
    }


def redraw_pictures(redraws: list[Redraw], image_shape: tuple[int, ...]) -> np.ndarray:
    """All of them in two rows, enlarged."""
    x = np.stack([redraw.x for redraw in redraws])
    upper, lower = (around(film_strip(row, image_shape), 1, 128) for row in np.split(x, 2))
    return enlarge(np.concatenate([upper, lower]), 4)


def redraw_strip(redraws: list[Redraw], dark: bool) -> go.Figure:
    """The ELBO of each, joined to its log p(x) where that is exact."""
    kinds, _, elbo, error, log_marginal = zip(*redraws, strict=True)
    exact = None if log_marginal[0] is None else np.array(log_marginal)
    return draw_redraw_strip(list(kinds), np.array(elbo), np.array(error), exact, dark=dark)
