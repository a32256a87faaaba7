"""The data for the first page, made before the first visitor comes."""

from __future__ import annotations

from aevb_lab.session.images import dataset, examples_for
from aevb_lab.session.models import DEFAULT_MODELS, load_pretrained
from aevb_lab.session.runs import board
from aevb_lab.shown.decoder import first_point
from aevb_lab.shown.planes import model_plane
from vae_core.models import list_pretrained


def warm_up() -> None:
    """Fill this process's caches with the first page's model, test images, plane and pictures, then with the data that
    other pages start on."""
    board()
    model = load_pretrained(next(name for name in DEFAULT_MODELS if name in list_pretrained()))
    examples_for(model)
    first_point(model, "latent_plane", None)
    for dark in (False, True):
        model_plane(model, legend=True, dark=dark)
    dataset("digits")
