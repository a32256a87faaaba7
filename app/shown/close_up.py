"""The posterior of one test image, for the ellipse in the browser."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from aevb_lab import cached
from aevb_lab.components.ellipse import pack_ellipse
from aevb_lab.session.models import LoadedModel
from aevb_lab.theme import palette
from vae_core.studies.close_ups import CloseUp


def close_up_id(model: LoadedModel, row: int) -> str:
    """The name of a test image for the browser and the session."""
    return f"{model.key}/{row}"


def ellipse_numbers(close_up: CloseUp) -> dict[str, Any]:
    """All that the browser needs to compute the bound of any Gaussian on the image's grid, without the grid itself."""
    return {
        "low": list(close_up.low),
        "spacing": close_up.spacing,
        "side": len(close_up.log_joint),
        "peak": float(close_up.log_joint.max()),
        "narrowest": close_up.narrowest,
        "levels": list(close_up.levels),
        "elbos": {name: q.elbo for name, q in close_up.gaussians.items()},
        **{name: q.numbers for name, q in close_up.gaussians.items()},
    }


def packed_ellipse(model: LoadedModel, row: int, seed: int | None, dark: bool) -> bytes:
    """What `components.ellipse` shows of a test image: its grid, and with a `seed` draws of z. Raises ValueError unless there
    are two latent dimensions."""
    close_up = cached.close_up(model, row)
    if close_up is None:
        latent_dim = model.vae.config.latent_dim
        raise ValueError(f"the oval needs a model with two latent dimensions, got {latent_dim}; choose another model")
    header: dict[str, Any] = {"id": close_up_id(model, row), "colours": asdict(palette(dark))}
    header |= {"draws": [] if seed is None else cached.draws(model, row, seed).z.tolist()}
    return pack_ellipse(ellipse_numbers(close_up) | header, close_up.log_joint)
