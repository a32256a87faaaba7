"""The one cache: what studies say, and what is drawn of it, keyed by the content of what it is of.

A model's key is the SHA-256 of its file, that of test images the SHA-256 of their pixels; arrays are hashed whole, where
Streamlit itself would look at a sample of a large one. So equal content is worked out once for all visitors, and nobody is
shown what is another's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
import streamlit as st

import vae_core as vc
from app.session.images import dataset, examples_for
from app.session.models import LoadedModel, load_pretrained
from app.session.progress import Estimates, Variances
from app.session.travel import Travel
from vae_core.randomness import seeded
from vae_core.studies import close_up as close_up_study
from vae_core.studies import (
    encodings,
    estimators,
    gradient_variance,
    own_image,
    paths,
    planes,
    reconstructions,
    repair,
    twins,
)
from vae_core.studies import image_bound as image_bound_study
from vae_core.studies import iteration as iteration_study
from vae_core.studies import redraws as redraws_study
from vae_core.studies import toy as toy_study
from vae_core.studies.examples import Examples

Function = TypeVar("Function", bound=Callable[..., Any])


def _content_of_array(array: Any) -> bytes:
    values = np.ascontiguousarray(np.asarray(array))
    return hashlib.sha256(repr((values.dtype.str, values.shape)).encode() + values.tobytes()).digest()


CONTENT: dict[str | type, Callable[[Any], object]] = {
    LoadedModel: lambda model: model.key,
    Examples: lambda examples: examples.key,
    Travel: lambda travel: travel.key,
    np.ndarray: _content_of_array,
    "torch.Tensor": _content_of_array,
}


def by_content(*, entries: int = 64, spinner: str | bool = False) -> Callable[[Function], Function]:
    """Keep a function's last `entries` answers, which its callers share and must not change. `spinner` is shown meanwhile.
    Where the answer holds a name, give the name as an argument too: a model's key does not have it."""
    return st.cache_resource(max_entries=entries, show_spinner=spinner, hash_funcs=CONTENT)


# -- planes; Latent map, Reconstruct -----------------------------------------------------------------------------


@by_content(entries=64)
def plane(model: LoadedModel, view: planes.View = planes.WIDEST) -> planes.Plane:
    """The plane that a model is seen on, with its test images."""
    examples = examples_for(model)
    x, labels = (None, None) if examples is None else (examples.x, examples.labels)
    return planes.choose_plane(model.vae, x, labels, view)


@by_content(entries=64)
def widest_axes(model: LoadedModel) -> tuple[int, int]:
    """The two latent dimensions that say most about the model's test images."""
    examples = examples_for(model)
    return planes.widest_axes(model.vae, None if examples is None else examples.x)


def decoded_grid(model: LoadedModel) -> close_up_study.DecodedGrid | None:
    """The model's p(x|z) on a coarse grid, decoded when first asked for. None with more than two latent dimensions."""
    return _decoded_grid(model) if model.vae.config.latent_dim <= 2 else None


@by_content(entries=4, spinner="Decoding the latent plane…")  # up to 134 MB each
def _decoded_grid(model: LoadedModel) -> close_up_study.DecodedGrid | None:
    examples = examples_for(model)
    return close_up_study.decoded_grid(model.vae, None if examples is None else examples.x)


@by_content(entries=128, spinner="Summing over the latent plane…")
def close_up(model: LoadedModel, row: int) -> close_up_study.CloseUp | None:
    """The posterior of one test image. None unless there are two latent dimensions."""
    return close_up_study.close_up(model.vae, examples_for(model).x[row : row + 1], coarse=decoded_grid(model))


@by_content(entries=256)
def encoded(model: LoadedModel, row: int) -> tuple[np.ndarray, np.ndarray]:
    """loc and scale of q(z|x) of one test image, (latent,) each."""
    return encodings.encoded(model.vae, examples_for(model).x[row])


@by_content(entries=64)
def draws(model: LoadedModel, row: int, seed: int) -> encodings.Draws:
    """Draws of z from q(z|x) of one test image."""
    return encodings.draw_codes(model.vae, examples_for(model).x[row], seed=seed)


@by_content(entries=16, spinner="Measuring the bound of each image…")
def bounds(model: LoadedModel) -> reconstructions.Bounds:
    """The bound of each of the model's test images."""
    return reconstructions.measure_bounds(model.vae, examples_for(model).x)


# -- The bound, Estimating log p(x), Gradients -------------------------------------------------------------------

SMALL_MODEL = "digits-2d"  # whose gradients are measured
WEIGHTS = ("untrained", "trained")


@by_content(entries=1, spinner="Training the toy's encoder…")
def toy_model() -> vc.VAE:
    """The toy of the bound, trained when it is first asked for."""
    return toy_study.train_toy()


@by_content(entries=1)
def toy() -> toy_study.Toy:
    """All that the browser needs for the toy's sums."""
    return toy_study.toy(toy_model())


@by_content(entries=256, spinner="Summing over the latent plane…")
def image_bound(model: LoadedModel, row: int) -> image_bound_study.ImageBound:
    """Eq. (1) and (3) of example `row`."""
    grids = {"on_grid": close_up(model, row), "coarse": decoded_grid(model)}
    return image_bound_study.image_bound(model.vae, examples_for(model).x, row, **grids)


@by_content(entries=256, spinner="Drawing the same image again…")
def redraws(model: LoadedModel, row: int) -> list[redraws_study.Redraw]:
    """The pixels of example `row` made black and white in several ways; empty without binarisation."""
    if model.binarization == "none":
        return []
    grey, x = (images[row : row + 1] for images in (examples_for(model).grey, examples_for(model).x))
    return redraws_study.redraws(model.vae, grey, x, seed=row, coarse=decoded_grid(model))


@by_content(entries=256)
def estimates(model: LoadedModel, row: int, effort: estimators.Effort) -> Estimates:
    """The estimates of log p(x) of example `row` so far, for all sessions; the page advances them."""
    return Estimates(estimators.estimators(model.vae.config.latent_dim, effort))


@by_content(entries=8)
def variances(weights: str, axis: str) -> Variances:
    """The variances of gradients measured so far, for all sessions: same seed, same numbers. The page advances them."""
    x = vc.binarize(dataset("digits").x_train, "dynamic", generator=seeded(0))
    settings = gradient_variance.settings(axis)
    return Variances.of(settings, gradient_variance.measure_variances(small_model(weights), x, settings))


def small_model(weights: str) -> vc.VAE:
    """digits-2d as it is, or as it was before training."""
    vae = load_pretrained(SMALL_MODEL).vae
    return vae if weights == "trained" else vc.VAE(vae.config, generator=seeded(0))


@by_content(entries=256, spinner="Training up to this iteration…")
def iteration(number: int) -> iteration_study.Iteration:
    """Iteration `number` (from 1) of a run on digits with M = 8, L = 1, Adam, seed 0."""
    return iteration_study.iteration(load_pretrained(SMALL_MODEL).vae.config, dataset("digits").x_train, number)


# -- Paths, Compare, Repair --------------------------------------------------------------------------------------


@by_content(entries=128)
def path_between(
    model: LoadedModel, start: np.ndarray, end: np.ndarray, steps: int, spherical: bool
) -> paths.LatentPath:
    """The path between two points (latent,). Raises ValueError where there is no spherical one."""
    return paths.path_between(model.vae, start, end, steps, spherical=spherical)


@by_content(entries=16, spinner="Mixing the posteriors of all test images…")
def aggregate(model: LoadedModel) -> paths.Aggregate:
    """q(z) of all the model's test images."""
    return paths.aggregate(model.vae, examples_for(model).x, plane(model))


@by_content(entries=256)
def twins_on(models: tuple[LoadedModel, ...], row: int, seed: int) -> list[twins.Twin]:
    """Each model on the same x, one of the first model's test images."""
    return twins.twins([model.vae for model in models], examples_for(models[0]).x[row], seed=seed)


@by_content(entries=32)
def distance_to_prior(model: LoadedModel) -> float:
    """KL(q(z) ‖ p(z)) of the model's test images, nats."""
    return twins.distance_to_prior(model.vae, examples_for(model).x)


@by_content(entries=64)
def shared_plane(models: tuple[LoadedModel, ...]) -> twins.SharedPlane:
    """The plane of models side by side, with the first model's test images."""
    return twins.shared_plane([model.vae for model in models], examples_for(models[0]).x)


@by_content(entries=64, spinner="Inferring x…")
def repaired(model: LoadedModel, x: np.ndarray, damage: repair.Damage, num_samples: int) -> repair.Repair:
    """An image x (data_dim,) inferred from what is seen of it. Raises ValueError with the rule that was broken."""
    coarse = decoded_grid(model) if model.vae.config.latent_dim == 2 else None
    options = {"num_samples": num_samples, "coarse": coarse, "reach": plane(model).span[1]}
    return repair.repair(model.vae, x, damage, **options)


@by_content(entries=32, spinner="Running the chain…")
def repair_chain(model: LoadedModel, x: np.ndarray, damage: repair.Damage, method: str) -> repair.Chain:
    """One chain of p(z|y), by a method of `studies.repair.CHAINS`."""
    coarse = decoded_grid(model) if model.vae.config.latent_dim == 2 else None
    return repair.chain(model.vae, x, damage, method, coarse=coarse)


@by_content(entries=16)
def own_picture(model: LoadedModel, content: bytes) -> own_image.OwnImage:
    """The content of a visitor's picture file as the model encodes it. Raises vc.DataError."""
    return own_image.encode_picture(model.vae, content, data=model.data, binarization=model.binarization)
