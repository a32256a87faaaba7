"""Test images beside their reconstructions, and the two terms of each ELBO."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from aevb_lab import cached
from aevb_lab.cached import by_content
from aevb_lab.figures.curves import bound_terms as draw_bound_terms
from aevb_lab.figures.pictures import enlarge, film_strip, picture_uri
from aevb_lab.session.images import require_examples
from aevb_lab.session.models import LoadedModel
from vae_core.studies.reconstructions import reconstruct


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
