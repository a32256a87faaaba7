"""The one cache for the results of studies and for what is drawn from them, keyed by content. (Longer than other files: it lists all
that is kept.)

The key of a model is the SHA-256 of its file, and that of test images the SHA-256 of their pixels. Arrays are hashed whole;
Streamlit itself would hash a sample of a large array. So equal content is computed once for all visitors, no visitor gets
the results of another model, and all results together have a bounded size (`shelf`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

import numpy as np

import vae_core as vc
from aevb_lab.session.drawing import Strokes
from aevb_lab.session.images import dataset, examples_for, require_examples
from aevb_lab.session.models import LoadedModel, load_pretrained
from aevb_lab.session.progress import Estimates, Variances
from aevb_lab.shelf import Kept, kept
from vae_core import studies
from vae_core.data.datasets import is_sequence
from vae_core.posterior import DecodedGrid

P = ParamSpec("P")
R = TypeVar("R")


def by_content(*, entries: int = 64, spinner: str | bool = False) -> Callable[[Callable[P, R]], Kept[P, R]]:
    """Keep the last `entries` results of a function, and of all functions together no more bytes than the shelf takes. Callers share
    them and must not change them, except by the `advance` of `Estimates` and `Variances`. `spinner` is the text on screen during
    the computation. Where the result holds a model's name, the name must be an argument too, because the model's key does not
    depend on it."""
    return kept(entries=entries, spinner=spinner)


# -- planes; Latent map, Reconstruct -----------------------------------------------------------------------------


@by_content(entries=64)
def plane(model: LoadedModel, view: studies.View = studies.planes.WIDEST) -> studies.Plane:
    """The plane on which the pages show a model, with its test images."""
    examples = examples_for(model)
    x, labels = (None, None) if examples is None else (examples.x, examples.labels)
    return studies.choose_plane(model.vae, x, labels, view)


@by_content(entries=64)
def widest_axes(model: LoadedModel) -> tuple[int, int]:
    """The two latent dimensions that say most about the model's test images."""
    examples = examples_for(model)
    return studies.widest_axes(model.vae, None if examples is None else examples.x)


def decoded_grid(model: LoadedModel) -> DecodedGrid | None:
    """The model's p(x|z) on a coarse grid, decoded at the first call. None with more than two latent dimensions."""
    return _decoded_grid(model) if model.vae.config.latent_dim <= 2 else None


@by_content(entries=4, spinner="Drawing the pictures on the map…")  # up to 134 MB each
def _decoded_grid(model: LoadedModel) -> DecodedGrid | None:
    examples = examples_for(model)
    return studies.decoded_grid(model.vae, None if examples is None else examples.x)


@by_content(entries=128, spinner="Adding up all places of the map…")
def close_up(model: LoadedModel, row: int) -> studies.CloseUp | None:
    """The posterior of one test image. None unless there are two latent dimensions."""
    return studies.close_up(model.vae, require_examples(model).x[row : row + 1], coarse=decoded_grid(model))


@by_content(entries=16)
def border(model: LoadedModel, first: int, second: int) -> studies.Border:
    """Where on the map the drawing changes between two classes of the test images."""
    examples = require_examples(model)
    return studies.border(model.vae, examples.x, np.asarray(examples.labels), first, second)


@by_content(entries=256)
def encoded(model: LoadedModel, row: int) -> tuple[np.ndarray, np.ndarray]:
    """loc and scale of q(z|x) of one test image, (latent,) each."""
    return studies.encoded(model.vae, require_examples(model).x[row])


@by_content(entries=64)
def draws(model: LoadedModel, row: int, seed: int) -> studies.Draws:
    """Draws of z from q(z|x) of one test image."""
    return studies.draw_codes(model.vae, require_examples(model).x[row], seed=seed)


@by_content(entries=16, spinner="Measuring the bound of each image…")
def bounds(model: LoadedModel) -> studies.Bounds:
    """The bound of each of the model's test images."""
    return studies.measure_bounds(model.vae, require_examples(model).x, is_sequence=is_sequence(model.data))


# -- The bound, Estimating log p(x), Gradients -------------------------------------------------------------------

SMALL_MODEL = "digits-2d"  # the model for the variance of gradients
WEIGHTS = ("untrained", "trained")
FIRST_ARROWS_IMAGE = 7  # its digit is easy to see
ARROWS = 20  # single gradients in one picture


@by_content(entries=1)
def toy_model() -> vc.VAE:
    """The toy of the bound, trained at the first call."""
    return studies.train_toy()


@by_content(entries=1, spinner="Training the toy's encoder…")
def toy() -> studies.Toy:
    """All that the browser needs for the toy's sums."""
    return studies.toy(toy_model())


@by_content(entries=4096)
def toy_lead(view: tuple[float, ...]) -> float | None:
    """By how many nats a pupil's q beats the encoder, for the x, mean and scale of a view; None for a view that no hand can reach."""
    return studies.toy_lead(toy_model(), toy(), *view)


@by_content(entries=256, spinner="Adding up all places of the map…")
def image_bound(model: LoadedModel, row: int) -> studies.ImageBound:
    """Eq. (1) and (3) of example `row`."""
    x, on_grid, coarse = require_examples(model).x, close_up(model, row), decoded_grid(model)
    sequence = is_sequence(model.data)
    return studies.image_bound(model.vae, x, row, on_grid=on_grid, coarse=coarse, is_sequence=sequence)


@by_content(entries=256, spinner="Making the image black and white…")
def redraws(model: LoadedModel, row: int) -> list[studies.Redraw]:
    """The pixels of example `row` made black and white in several ways; empty without binarisation."""
    if model.binarization == "none":
        return []
    examples = require_examples(model)
    grey, x = examples.grey[row : row + 1], examples.x[row : row + 1]
    return studies.redraws(model.vae, grey, x, seed=row, coarse=decoded_grid(model))


@by_content(entries=256)
def estimates(model: LoadedModel, row: int, effort: studies.Effort) -> Estimates:
    """The estimates of log p(x) of example `row` so far, for all sessions; the page advances them."""
    return Estimates(studies.estimators(model.vae.config.latent_dim, effort))


@by_content(entries=8)
def variances(weights: str, axis: str) -> Variances:
    """The variances of gradients measured so far, for all sessions: same seed, same numbers. The page advances them."""
    x = studies.binary_draw(dataset("digits").x_train)
    settings = studies.variance_settings(axis)
    return Variances.of(settings, studies.measure_variances(small_model(weights), x, settings))


def small_model(weights: str) -> vc.VAE:
    """digits-2d as it is, or as it was before training."""
    vae = load_pretrained(SMALL_MODEL).vae
    return vae if weights == "trained" else studies.untrained(vae.config)


@by_content(entries=256)
def single_gradients(image: int) -> tuple[np.ndarray, studies.SingleGradients]:
    """Training image `image` of digits (from 1), black and white; and ARROWS gradients of its bound by each method, before training."""
    x = studies.binary_draw(dataset("digits").x_train)[image - 1 : image]
    return x.numpy(), studies.single_gradients(small_model("untrained"), x, ARROWS, seed=image)


@by_content(entries=256, spinner="Training up to this iteration…")
def iteration(number: int) -> studies.Iteration:
    """Iteration `number` (from 1) of a run on digits with M = 8, L = 1, Adam, seed 0."""
    return studies.iteration(load_pretrained(SMALL_MODEL).vae.config, dataset("digits").x_train, number)


@by_content(entries=64)
def first_sketch(points: str, model_config: vc.ModelConfig, train_config: vc.TrainConfig) -> studies.PlanePicture:
    """The model of drawn points, given as text, before its first step."""
    return studies.first_picture(studies.points_of_text(points), model_config, train_config)


# -- Models, Paths, Compare, Repair, Code, Steer -------------------------------------------------------------------


@by_content(entries=128)
def samples(model: LoadedModel) -> np.ndarray:
    """Ten decoded draws from the prior (10, data_dim)."""
    return studies.prior_samples(model.vae, 10).means


@by_content(entries=128)
def prior_samples(model: LoadedModel, count: int, seed: int) -> studies.PriorSamples:
    """So many draws from the prior, with their z."""
    return studies.prior_samples(model.vae, count, seed=seed)


@by_content(entries=128)
def path_between(
    model: LoadedModel, start: np.ndarray, end: np.ndarray, steps: int, spherical: bool
) -> studies.LatentPath:
    """The path between two points (latent,). Raises ValueError where there is no spherical one."""
    return studies.path_between(model.vae, start, end, steps, spherical=spherical)


@by_content(entries=16, spinner="Adding up q(z|x) of all test images…")
def aggregate(model: LoadedModel) -> studies.Aggregate:
    """q(z) of all the model's test images."""
    return studies.aggregate(model.vae, require_examples(model).x, plane(model))


@by_content(entries=256)
def twins_on(models: tuple[LoadedModel, ...], row: int, seed: int) -> list[studies.Twin]:
    """Each model on the same x, one of the first model's test images."""
    return studies.twins([model.vae for model in models], require_examples(models[0]).x[row], seed=seed)


@by_content(entries=32)
def distance_to_prior(model: LoadedModel) -> float:
    """KL(q(z) ‖ p(z)) of the model's test images, nats."""
    return studies.distance_to_prior(model.vae, require_examples(model).x)


def holes(models: tuple[LoadedModel, ...]) -> list[studies.Holes]:
    """Which share of the same draws falls in each model's holes. Empty where there is only one image to compare with."""
    return [_holes(model) for model in models] if len(require_examples(models[0]).x) > 1 else []


@by_content(entries=64)
def compared_draws(model: LoadedModel, count: int, seed: int) -> studies.Compared:
    """Draws from the prior beside the most similar pictures of the images' codes."""
    return studies.compare_with_codes(model.vae, _holes(model), prior_samples(model, count, seed).z)


@by_content(entries=32)
def compared_random(model: LoadedModel) -> studies.Compared:
    """The random z of `aggregate` beside the most similar pictures of the images' codes."""
    return studies.compare_with_codes(model.vae, _holes(model), aggregate(model).z)


@by_content(entries=32, spinner="Counting the draws in holes…")
def _holes(model: LoadedModel) -> studies.Holes:
    return studies.holes(model.vae, require_examples(model).x)


@by_content(entries=64)
def shared_plane(models: tuple[LoadedModel, ...]) -> studies.SharedPlane:
    """The plane of models side by side, with the first model's test images."""
    return studies.shared_plane([model.vae for model in models], require_examples(models[0]).x)


@by_content(entries=64, spinner="Looking for images that fit…")
def repaired(model: LoadedModel, x: np.ndarray, damage: studies.Damage, num_samples: int) -> studies.Repair:
    """An image x (data_dim,) inferred from its observed part. Raises ValueError with the rule that was broken."""
    coarse = decoded_grid(model) if model.vae.config.latent_dim == 2 else None
    reach = plane(model).span[1]
    return studies.repair(model.vae, x, damage, num_samples=num_samples, coarse=coarse, reach=reach)


@by_content(entries=32, spinner="Running the chain…")
def repair_chain(model: LoadedModel, x: np.ndarray, damage: studies.Damage, method: str) -> studies.Chain:
    """One chain of p(z|y), by a method of `studies.repairs.CHAINS`."""
    coarse = decoded_grid(model) if model.vae.config.latent_dim == 2 else None
    return studies.chain(model.vae, x, damage, method, coarse=coarse)


@by_content(entries=32, spinner="Putting the images on the tower…")
def tower(model: LoadedModel, first: int, count: int) -> studies.Tower:
    """So many of the model's test images on a stack of bits, from row `first` on. Raises ValueError for pixels that would not come back."""
    return studies.tower(model.vae, coded_images(model, first, count))


@by_content(entries=32)
def flipped(model: LoadedModel, first: int, count: int, bit: int) -> studies.Flip:
    """What comes off the same stack with one wrong bit."""
    return studies.flip_bit(model.vae, coded_images(model, first, count), bit)


@by_content(entries=32)
def random_bits(model: LoadedModel, count: int, seed: int) -> studies.RandomBits:
    """So many images that random bits decode to."""
    return studies.decode_random(model.vae, count, seed=seed)


@by_content(entries=32, spinner="Asking the other programs…")
def rivals(model: LoadedModel, first: int, count: int) -> list[studies.Rival]:
    """What other programs make of the same images."""
    return studies.compare_codes(model.vae, coded_images(model, first, count))


def coded_images(model: LoadedModel, first: int, count: int) -> Any:
    """The test images that are put on the stack, grey ones with 8 bits."""
    return studies.codable(model.vae, require_examples(model).x[first : first + count])


@by_content(entries=32, spinner="Measuring the images…")
def handles(model: LoadedModel) -> studies.Handles:
    """What can be asked for of the model's images."""
    examples = examples_for(model)
    return studies.handles(model.vae, None if examples is None else examples.x)


@by_content(entries=256)
def steered(model: LoadedModel, start: np.ndarray, asked: tuple[tuple[str, float], ...]) -> studies.Steered:
    """z moved from `start` (latent,) until the image measures what was asked."""
    return studies.steer(model.vae, start, dict(asked), handles(model))


@by_content(entries=256)
def steered_plainly(model: LoadedModel, start: np.ndarray, asked: tuple[tuple[str, float], ...]) -> studies.Steered:
    """The same on a straight line."""
    return studies.steer_plainly(model.vae, start, dict(asked), handles(model))


@by_content(entries=32)
def wheel(model: LoadedModel) -> tuple[list[str], np.ndarray]:
    """The names of the classes, and their mean codes (classes, latent); none where the images have no labels."""
    examples = examples_for(model)
    if examples is None or examples.labels is None or len(examples.class_names) < 2:
        return [], np.zeros((0, model.vae.config.latent_dim))
    return list(examples.class_names), studies.class_codes(model.vae, examples.x, examples.labels)


@by_content(entries=32)
def wheel_images(model: LoadedModel) -> np.ndarray:
    """What the decoder draws at the mean code of each class, (classes, data_dim)."""
    images = [studies.decoded_at(model.vae, code.tolist()) for code in wheel(model)[1]]
    return np.array(images).reshape(len(images), model.vae.config.data_dim)


def wheel_start(model: LoadedModel, start: np.ndarray, own: int, place: tuple[float, float]) -> np.ndarray:
    """z moved from `start` (latent,), of the class `own`, to a place on the wheel."""
    codes = wheel(model)[1]
    return studies.towards_class(start, codes, own, *place) if len(codes) and place[1] else start


@by_content(entries=256)
def code_sum(model: LoadedModel, a: np.ndarray, b: np.ndarray, c: np.ndarray, amount: float) -> studies.LatentPath:
    """The way from A to A + amount (C - B)."""
    return studies.code_sum(model.vae, a, b, c, amount)


@by_content(entries=64)
def neighbours(model: LoadedModel, z: np.ndarray) -> studies.Neighbours:
    """The test images whose codes are nearest to z (latent,)."""
    return studies.nearest_images(model.vae, require_examples(model).x, z, usual=usual_distance(model))


@by_content(entries=32)
def usual_distance(model: LoadedModel) -> float:
    """How far a test image's decoded picture is from the nearest other one, in the median."""
    return studies.usual_distance(model.vae, require_examples(model).x)


@by_content(entries=256)
def group_code(model: LoadedModel, rows: tuple[int, ...]) -> np.ndarray:
    """The mean code of some test images, (latent,)."""
    return studies.mean_code(model.vae, require_examples(model).x[list(rows)])


@by_content(entries=64)
def own_drawing(model: LoadedModel, strokes: Strokes) -> studies.OwnImage:
    """A visitor's strokes on the pad as the model encodes them. Raises vc.DataError."""
    return studies.encode_drawing(model.vae, strokes, **model.made_as)


@by_content(entries=16)
def own_picture(model: LoadedModel, content: bytes) -> studies.OwnImage:
    """The content of a visitor's picture file as the model encodes it. Raises vc.DataError."""
    return studies.encode_picture(model.vae, content, **model.made_as)
