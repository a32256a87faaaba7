"""The truths that lessons ask for: what a study computes, and how far a visitor's prediction lies from it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from aevb_lab import cached
from aevb_lab.figures.numbers import nats, percent
from aevb_lab.figures.plane import ellipse_rings
from aevb_lab.session import drawing
from aevb_lab.session.images import require_examples
from aevb_lab.session.models import LoadedModel, history_of, load_model
from vae_core import studies
from vae_core.studies.estimation import EXACT
from vae_core.studies.repairs import BLOCKS, COVER

PLACES = 41  # a sketched curve has so many
MOST_CORNERS = 400  # a loop has no more
FARTHEST = 1e6  # from 0
CODED = 100  # images on the tower
SLANT = 20.0  # degrees that are asked for
NOISE = (10, 100, 1000)  # times, in the order of the question's options
UNIT = "on the scale of the map's axes"  # how distances on the map are told


@dataclass(frozen=True)
class Asked:
    """A prediction: the model it is about, the test image's row, the visitor's answer, and the question's scale."""

    model: LoadedModel
    row: int
    answer: Any
    least: float = 0.0
    most: float = 1.0
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class Gap:
    """The gap in words, with its unit. `truth` is a curve's heights from 0 to 1. `lines` and `spot` are drawn on the plane:
    curves or loops of places, and a place."""

    text: str
    truth: list[float] | None = None
    lines: list[np.ndarray] = field(default_factory=list)
    spot: np.ndarray | None = None


def gap_of(truth: str, asked: Asked) -> Gap:
    """The gap between a visitor's answer and the truth of this name. ValueError where the answer is none."""
    return TRUTHS[truth](asked)


def _numbers(answer: Any, count: int, remedy: str) -> np.ndarray:
    """So many numbers of an answer, which a browser may have made of anything."""
    values = answer if isinstance(answer, list | tuple) else []
    if len(values) != count or not all(map(_is_number, values)):
        raise ValueError(f"the answer must be {count} numbers; {remedy}")
    return np.array(values, float)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= FARTHEST


def _place(answer: Any, latent_dim: int) -> np.ndarray:
    return _numbers(answer, latent_dim, "press the map")


def _number(asked: Asked) -> float:
    if not _is_number(asked.answer) or not asked.least <= asked.answer <= asked.most:
        raise ValueError(f"the answer must be a number from {asked.least:g} to {asked.most:g}; move the slider")
    return float(asked.answer)


def _option(asked: Asked) -> int:
    if (
        isinstance(asked.answer, bool)
        or not isinstance(asked.answer, int)
        or not 0 <= asked.answer < len(asked.options)
    ):
        raise ValueError(f"the answer must be one of {len(asked.options)} choices; press one")
    return asked.answer


def _change(asked: Asked) -> Gap:
    """Where the drawing changes from one class to another: the question's two options."""
    examples, model = require_examples(asked.model), asked.model
    place = _place(asked.answer, model.vae.config.latent_dim)
    if len(asked.options) != 2 or not set(asked.options) <= set(examples.class_names):
        raise ValueError("this question needs a map of digits; choose mnist-2d or digits-2d")
    distance, nearest = cached.border(model, *map(examples.class_names.index, asked.options)).distance(place)
    words = "right on the border" if distance < 0.1 else f"{distance:.1f} from the border, {UNIT}"
    first, second = asked.options
    return Gap(
        f"Your point lies {words}. The orange line on the map leads to the nearest place where the drawing changes from a {first} to a "
        f"{second}.",
        lines=[np.stack([place, nearest])],
        spot=nearest,
    )


def _own_digit(asked: Asked) -> Gap:
    model = asked.model
    image = studies.encode_drawing(model.vae, drawing.strokes_on_pad(model.vae.config.image_shape), **model.made_as)
    place = _place(asked.answer, model.vae.config.latent_dim)
    spot = cached.plane(model).place(image.loc[None])[0]
    return Gap(
        f"The encoder puts your drawing where the line from the ✓ ends. That is {image.distance(place):.1f} from your point, {UNIT}.",
        spot=spot,
    )


def _encoder_gap(asked: Asked) -> Gap:
    truth = cached.image_bound(asked.model, asked.row).gap
    difference = abs(_number(asked) - truth)
    return Gap(f"The encoder loses {nats(truth, 2)} nats on this image. Your answer is off by {difference:.2f} nats.")


def _holes(name: str) -> Callable[[Asked], Gap]:
    def truth(asked: Asked) -> Gap:
        model = load_model(name)
        holes = cached.holes((model,))
        if not holes:
            raise ValueError("there are no images to compare the draws with")
        share = holes[0].share
        difference = abs(_number(asked) - 100.0 * share)
        return Gap(
            f"{percent(share)} of the draws fall in holes (± {percent(holes[0].share_error, 1)}). Your answer is off by "
            f"{difference:.0f} of 100 draws."
        )

    return truth


def _lying_estimator(asked: Asked) -> Gap:
    estimates = cached.estimates(asked.model, asked.row, studies.Effort())
    while estimates.quick.queue:
        estimates.advance(asked.model.vae, require_examples(asked.model), asked.row, studies.Effort().seed)
    exact = estimates.by(EXACT)
    if exact is None:
        raise ValueError("this question needs a model with two latent dimensions; choose mnist-2d or digits-2d")
    wrong = [
        estimate
        for estimate in estimates.quick.results
        if estimate.name not in (EXACT, "ELBO") and estimate.is_wrong(exact.mean) and not estimate.warnings
    ]
    worst = max(wrong, key=lambda estimate: abs(estimate.mean - exact.mean), default=None)
    if worst is None:
        return Gap("On this image each estimator is right within its error, or gives a warning.")
    off = nats(worst.mean - exact.mean, 1, sign=True)
    chosen = asked.options[_option(asked)]
    right = chosen.casefold() in worst.name.casefold() or worst.name.casefold() in chosen.casefold()
    return Gap(
        f"{'Yes' if right else 'No'}: {worst.name} is off by {off} nats. It states an error of ± {worst.std_error:.2f} and gives no warning."
    )


def _answers_that_fit(asked: Asked) -> Gap:
    model = asked.model
    x = require_examples(model).x[asked.row].numpy()
    hidden = studies.hidden_text(studies.block(BLOCKS[0], model.vae.config.image_shape))
    answers = cached.repaired(model, x, studies.Damage(COVER, hidden=hidden), 100).answers
    difference = abs(_number(asked) - len(answers))
    off = "exactly right" if difference == 0 else f"off by {difference:.0f}"
    return Gap(
        f"{len(answers)} answers fit what is seen. The likeliest has a share of {percent(answers[0].weight)}. You are {off}."
    )


def _posterior_loop(asked: Asked) -> Gap:
    """The loop is drawn on the plane of a model with two latent dimensions, which shows z itself."""
    close_up = cached.close_up(asked.model, asked.row)
    if close_up is None:
        raise ValueError("this question needs a model with two latent dimensions; choose mnist-2d or digits-2d")
    corners = asked.answer if isinstance(asked.answer, list | tuple) else []
    loop = studies.loop_around(close_up, [_place(corner, 2) for corner in corners[:MOST_CORNERS]])
    best = close_up.best
    far = f", and its middle lies {loop.distance:.1f} latent units from the middle of p(z|x)" if loop.mass < 0.5 else ""
    if loop.mass >= 0.5 and loop.excess >= 2.0:
        beside = f"But it is large: a loop {loop.excess:,.0f} times smaller can hold nearly as much."
    else:
        beside = f"The best region of the same size holds {percent(loop.best_mass)}."
    return Gap(
        f"Your loop holds {percent(loop.mass)} of p(z|x){far}. {beside} On the map, the line from the ✓ ends where the posterior really is.",
        lines=[np.concatenate([loop.corners, loop.corners[:1]]), *ellipse_rings(np.array(best.loc), best.covariance)],
        spot=np.array(best.loc),
    )


def _elbo_curve(asked: Asked) -> Gap:
    history = history_of(asked.model)
    records = [record for record in history.records if record.test_elbo is not None] if history else []
    heights = _numbers(asked.answer, PLACES, "draw the curve from left to right")
    if len(records) < 2:
        raise ValueError("this model has no curve; choose a pretrained one")
    span = asked.most - asked.least
    gap = studies.compare_curve(
        [record.samples_seen for record in records],
        [record.test_elbo for record in records if record.test_elbo is not None],
        asked.least + span * np.clip(heights, 0.0, 1.0),
    )
    return Gap(
        f"Your curve is off by {gap.difference:.0f} nats on average. The bound makes half of its rise in the first {percent(gap.half)} of the training.",
        truth=np.clip((gap.values - asked.least) / span, 0.0, 1.0).tolist(),
    )


def _noise_ratio(asked: Asked) -> Gap:
    """At L = 1 and M = 10, as the page shows it."""
    variances = cached.variances("untrained", "L")
    variances.advance(0.0)
    score, by_noise = (variances.at(studies.Setting(name, 1, 10)) for name in ("score", "B"))
    times = studies.variance_ratio(score, by_noise)
    right = "Yes" if _option(asked) == studies.nearest_factor(times.mean, NOISE) else "No"
    error = "" if np.isnan(times.std_error) else f" ± {times.std_error:,.0f}"
    return Gap(
        f"{right}: with 10 images, the variance of the score function's gradient is {times.mean:,.0f}{error} times as large."
    )


def _bits_an_image(asked: Asked) -> Gap:
    """With as many images on the tower as the page Code has at first, or all that there are."""
    model = asked.model
    count = min(CODED, len(require_examples(model).x) - asked.row)
    tower = cached.tower(model, asked.row, count)
    truth, raw = float(tower.per_image[-1]), tower.data_dim
    difference = abs(_number(asked) - truth)
    return Gap(
        f"{truth:.0f} bits an image, with {count} images together. That is one bit for {raw / truth:.1f} pixels. Your answer is off by {difference:.0f} bits."
    )


def _plain_slant(asked: Asked) -> Gap:
    """The plain way, asked for a slant of SLANT degrees."""
    about = cached.handles(asked.model)
    if "slant" not in about.names:
        raise ValueError("this question needs images that lean; choose mnist-2d")
    start = cached.encoded(asked.model, asked.row)[0]
    ways = [way(asked.model, start, (("slant", SLANT),)) for way in (cached.steered_plainly, cached.steered)]
    plain, steered = (float(way.measured[-1, about.names.index("slant")]) for way in ways)
    difference = abs(_number(asked) - plain)
    texts = [f"{value:.0f}".replace("-", "−") for value in (plain, steered)]
    return Gap(
        f"The plain way's picture has {texts[0]} degrees, and the steered one {texts[1]}. Your answer is off by {difference:.0f} degrees."
    )


TRUTHS: dict[str, Callable[[Asked], Gap]] = {
    "where one digit becomes another": _change,
    "where a drawing lands": _own_digit,
    "what the encoder loses": _encoder_gap,
    "holes of the autoencoder": _holes("digits-ae"),
    "holes of the VAE": _holes("digits-2d"),
    "which estimator is wrong": _lying_estimator,
    "how many answers fit": _answers_that_fit,
    "where the posterior is": _posterior_loop,
    "how the bound rises": _elbo_curve,
    "how much noisier the gradient is": _noise_ratio,
    "how many bits an image takes": _bits_an_image,
    "what the plain way measures": _plain_slant,
}

KIND_OF = {  # how each of them is predicted
    "where one digit becomes another": "point",
    "where a drawing lands": "point",
    "what the encoder loses": "number",
    "holes of the autoencoder": "number",
    "holes of the VAE": "number",
    "which estimator is wrong": "choice",
    "how many answers fit": "number",
    "where the posterior is": "loop",
    "how the bound rises": "curve",
    "how much noisier the gradient is": "choice",
    "how many bits an image takes": "number",
    "what the plain way measures": "number",
}


def row_of(link: dict[str, str], keys: Sequence[str], count: int) -> int:
    """The row of the test image that a link names by its number, from 1; the first one where it names none."""
    text = next((link[key] for key in keys if key in link), "1")
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 1
    return min(max(number, 1), count) - 1
