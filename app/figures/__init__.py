"""All Plotly figures, named by what they show. They take numpy arrays and History, and compute nothing about models."""

from app.figures.bounds import (
    bound_gap,
    estimates_on_one_axis,
    gradient_norms,
    gradient_variance,
    kl_per_dimension,
    nats,
    noise_on_plane,
    posterior_plane,
    redraw_strip,
)
from app.figures.curves import bound_terms, density_along_path, learning_curve, overlaid_curves
from app.figures.paths import aggregate_posterior
from app.figures.pictures import enlarge, film_strip, mosaic, picture_png, picture_uri, to_bytes
from app.figures.plane import PointClass, ellipse_rings, latent_axes, point_classes
from app.figures.style import CONFIG, saved_as

__all__ = [
    "bound_gap", "estimates_on_one_axis", "gradient_norms", "gradient_variance", "kl_per_dimension", "nats", "noise_on_plane",
    "posterior_plane", "redraw_strip",
    "aggregate_posterior",
    "CONFIG", "PointClass", "bound_terms", "density_along_path", "ellipse_rings", "enlarge", "film_strip", "latent_axes",
    "learning_curve", "mosaic", "overlaid_curves", "picture_png", "picture_uri", "point_classes", "saved_as", "to_bytes",
]  # fmt: skip
