"""Test images beside their reconstructions, the two terms of each ELBO, and what costs an image its nats."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from aevb_lab import cached
from aevb_lab.cached import by_content
from aevb_lab.escaping import plain
from aevb_lab.figures.curves import bound_terms as draw_bound_terms
from aevb_lab.figures.numbers import percent
from aevb_lab.figures.pictures import enlarge, film_strip, picture_uri
from aevb_lab.session.images import require_examples
from aevb_lab.session.models import LoadedModel
from aevb_lab.shown.repair import Names
from vae_core.studies.reconstructions import Bounds, reconstruct

LEVEL = 0.05  # nats: a smaller difference is none on the screen
WORST = 0.01  # a share of the test images
REASONS = {
    ("E[log p(x|z)]", "below"): "the model cannot draw this shape",
    ("E[log p(x|z)]", "above"): "the model draws this shape well",
    ("the KL", "below"): "the image needs an unusual or a very exact place on the map",
    ("the KL", "above"): "the image has a usual place on the map",
}


@by_content(entries=256)
def bound_terms(model: LoadedModel, rows: tuple[int, ...], dark: bool) -> go.Figure:
    """The two terms of the ELBO of some test images."""
    bounds, indices = cached.bounds(model), list(rows)
    names = [f"#{row + 1}" for row in rows]
    return draw_bound_terms(bounds.recon_log_lik[indices], bounds.kl[indices], names, dark=dark)


@by_content(entries=256)
def reconstruction_pictures(model: LoadedModel, rows: tuple[int, ...]) -> list[str]:
    """Each of some test images beside its decoding, as PNG data addresses."""
    x, shape = require_examples(model).x[list(rows)], model.vae.config.image_shape
    pairs = np.stack([x.numpy(), reconstruct(model.vae, x)], 1)
    return [picture_uri(enlarge(film_strip(pair, shape), 6)) for pair in pairs]


def comes_back(names: Names, own: str) -> str:
    """Markdown: the class `own` of an image, and those that its reconstruction looks like; bold where that is another one."""
    returned = " or ".join(map(plain, names)) or "unclear"
    return f"{plain(own)} → {returned if names == (own,) else f'**{returned}**'}"


def why_in_words(bounds: Bounds, row: int) -> str:
    """How far one image is below or above the average of all, and which term of its ELBO does most of that; in Markdown."""
    below = bounds.below_mean(row)
    if abs(below.elbo) < LEVEL:
        return f"**#{row + 1} is as good as the average image.**"
    side, sign = ("below", 1.0) if below.elbo > 0.0 else ("above", -1.0)
    terms = {"E[log p(x|z)]": below.recon_log_lik, "the KL": below.kl}
    comparatives = {"E[log p(x|z)]": ("lower", "higher"), "the KL": ("larger", "smaller")}
    parts = [
        (name, f"{name} is {abs(nats):,.1f} {comparatives[name][nats < 0.0]}")
        for name, nats in sorted(terms.items(), key=lambda term: -sign * term[1])
    ]
    reason = REASONS[parts[0][0], side]
    return f"**#{row + 1}: {reason}.** It is {abs(below.elbo):,.1f} nats {side} the average image. {_sentence(parts[0][1])}, and {parts[1][1]}."


def rank_in_words(share: float, whole: str = " of the test images") -> str:
    """The yardstick of an ELBO: the share of the test images that have a lower one; `whole` says of what it is a share."""
    if not share:
        return "no test image is worse"
    rank = f"worse than {percent(1.0 - WORST)}" if share < WORST else f"better than {percent(min(share, 1.0 - WORST))}"
    return f"{rank}{whole}"


def verdict_in_words(share: float) -> str:
    """Markdown: how well a drawing fits the model, by the same share."""
    rank = rank_in_words(share)
    return f"**{_sentence(rank if not share else f'it fits {rank}' if share >= WORST else f'it is {rank}')}.**"


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"


def why_alike(kind: str) -> str:
    """Why a drawing of anything comes back like what the model was trained on, its `kind`."""
    return f"The decoder only knows {kind}. So whatever you draw comes back like one of them."
