"""The data for the first page, made before the first visitor comes."""

from __future__ import annotations

from app.session.images import dataset, examples_for
from app.session.models import DEFAULT_MODELS, load_pretrained
from app.session.runs import board
from app.shown.decoder import published_decoder
from app.shown.planes import model_plane
from vae_core.models import list_pretrained


def warm_up() -> None:
    """Fill this process's caches with the first page's model, test images, plane and pictures, then with the data that
    other pages start on."""
    board()
    model = load_pretrained(next(name for name in DEFAULT_MODELS if name in list_pretrained()))
    examples_for(model)
    published_decoder(model, "latent_plane")
    for dark in (False, True):
        model_plane(model, legend=True, dark=dark)
    dataset("digits")
