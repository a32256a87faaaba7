"""The variance of gradients as a chart, and one iteration in slow motion for the browser."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from functools import cache

import numpy as np
import plotly.graph_objects as go

from aevb_lab import cached
from aevb_lab.components.packed import pack_arrays
from aevb_lab.figures.gradients import NAMES, gradient_arrows
from aevb_lab.figures.gradients import gradient_variance as draw_gradient_variance
from aevb_lab.figures.numbers import SPACE, listed, nats, percent, plus_minus
from aevb_lab.figures.pictures import enlarge, film_strips, to_bytes
from aevb_lab.figures.style import Chart
from aevb_lab.session.progress import Variances
from aevb_lab.theme import palette
from vae_core.studies.gradient_variance import REPEATS, Setting, Variance, variance_ratio, variance_settings
from vae_core.studies.iterations import FirstMinibatch, Iteration
from vae_core.studies.single_gradients import MANY, SingleGradients

AXES = {"L": "draws of z per image, L (M = 10)", "M": "images in the minibatch, M (L = 1)"}
ALL = ("score", "score-baseline", "A", "IWAE", "B", "STL", "DReG")
BELOW = ALL[1:]  # that of the score function lies so high that these could not be told apart beside it
OTHER_CURVES = {
    "A": "(eq. 6) draws z as B does. It also guesses the KL from its draws; B computes the KL exactly.",
    "STL": "is A without one part of its gradient. That part is only noise: its mean is 0. The better q fits, the less noise is left.",
    "IWAE": "has another goal, a higher bound that uses its L draws together. With more draws it tells the encoder less.",
    "DReG": "is IWAE with such a part left out. The better q fits, the steadier it is.",
}
CLEARLY_RIGHT, A_COIN = 0.7, 0.55  # shares of draws
HIGHER_BOUND = ("IWAE", "DReG")  # these climb another bound
AT_THE_END = "With trained weights, A and B end at about the same height, and STL ends below both."
WHY_LOW = "The lower a curve, the steadier the gradient."
CLEAR = 0.15  # relative error of a number that is said
NEAR = 1.25  # times: curves that differ by less are said to stand at about the same height
LEAST = 20 * REPEATS  # gradients at each point: with fewer, standard errors are too unsure
IMAGE_SHAPE = (8, 8)  # the iterations are on digits
DEEPEST = 50.0  # nats of the longest bar in all iterations: a shorter bar means a better image


def gradient_variance(variances: Variances, axis: str, estimators: Sequence[str], dark: bool) -> go.Figure:
    """The variances of these `estimators` measured so far against L or M. The figure holds the number of measurements, for the script that is
    saved with it."""
    points = variance_settings(axis)
    x = sorted({point.num_samples if axis == "L" else point.batch_size for point in points})
    values: dict[str, tuple[np.ndarray, np.ndarray]] = {}
    measured = {point.estimator for point in points}
    for name in ALL:
        if name not in measured or name not in estimators:
            continue
        curve = [variances.at(point) for point in points if point.estimator == name]
        values[name] = (np.array([point.mean for point in curve]), np.array([point.std_error for point in curve]))
    figure = draw_gradient_variance(AXES[axis], x, values, dark=dark)
    figure.update_layout(meta={"chunks": [variances.count]})
    return figure


def packed_iteration(
    iteration: Iteration, number: int, stage: int, *, stages: Sequence[str], last: int, dark: bool
) -> bytes:
    """Iteration `number` of at most `last` for `components.slow_motion`, which begins at one of its `stages`. The plane reaches
    as far as all ellipses, noise and z; the bars have one scale in all iterations."""
    extremes = [np.abs(iteration.loc) + iteration.scale, np.abs(iteration.z), np.abs(iteration.eps), np.ones(1)]
    header = {
        "number": number, "last": last, "stage": stage, "names": list(stages), "image_shape": list(IMAGE_SHAPE),
        "reach": 1.08 * max(float(values.max()) for values in extremes), "deepest": DEEPEST,
        "colours": asdict(palette(dark)),
    }  # fmt: skip
    images = {name: to_bytes(getattr(iteration, name)) for name in ("x", "decoded", "decoded_after")}
    names = ("loc", "scale", "eps", "z", "recon_log_lik", "kl", "elbo_after")
    return pack_arrays(header, images | {name: getattr(iteration, name).astype(np.float32) for name in names})


@cache
def arrows_of(image: int, method: str, dark: bool) -> Chart:
    """The single gradients of an image with the noise "inside" or "outside", as arrows."""
    _, gradients = cached.single_gradients(image)
    values = getattr(gradients, method)
    return Chart(gradient_arrows(values, gradients.mean, gradients.is_right(values), dark=dark))


def arrows_in_words(gradients: SingleGradients, method: str) -> str:
    """How many single gradients with the noise "inside" or "outside" point the right way."""
    values = getattr(gradients, method)
    return f"**Noise {method}: {gradients.is_right(values).sum()} of {len(values)} arrows point the right way.**"


def lengths_in_words(gradients: SingleGradients) -> str:
    """How much longer single gradients are with the noise inside: the arrows do not show it."""
    return (
        f"All arrows are drawn equally long. In truth those with the noise inside are about {_rounded(gradients.times_as_long)} times as long. "
        f"Both ways have the same mean over many draws."
    )


def why_outside(gradients: SingleGradients) -> str:
    """The shares of many draws that point the right way, and what follows where they differ clearly."""
    inside, outside = gradients.inside_right, gradients.outside_right
    shares = f"Of {MANY:,} draws, {percent(outside)} point the right way with the noise outside, and {percent(inside)} with the noise inside"
    if outside < CLEARLY_RIGHT:
        return f"{shares}. For this image the mean is short beside what one draw adds to it, so both ways point nearly everywhere."
    return (
        f"{shares}: as often as a coin shows heads. **So we move the noise outside.**"
        if inside < A_COIN
        else f"{shares}. **So we move the noise outside.**"
    )


def same_images(then: FirstMinibatch, now: FirstMinibatch) -> np.ndarray:
    """The images of iteration 1 in a row; below them, what the decoder drew of them then, and what it draws now. Enlarged."""
    return enlarge(film_strips([then.x, then.decoded, now.decoded], IMAGE_SHAPE), 6)


def same_images_in_words(elbos: dict[int, float]) -> str:
    """The mean ELBO of these images at some iterations, of which the first is iteration 1."""
    (first, start), *others = elbos.items()
    line = ", ".join(
        [f"Iteration {first}: {nats(start, 1)}", *(f"{number}: {nats(elbo, 1)}" for number, elbo in others)]
    )
    return (
        "Each iteration takes other images. So here are the 8 images of iteration 1 again, with their mean ELBO. "
        f"**{line} nats** (higher is better)."
    )


def other_curves(variances: Variances, axis: str, weights: str) -> str:
    """What the curves are that the chart does not have at first: a list. Below it, where they end with trained weights, once the
    measurement shows it."""
    names = {point.estimator for point in variance_settings(axis)}
    lines = [f"- **{name}** {text}" for name, text in OTHER_CURVES.items() if name in names]
    lines += ["", "The noise inside without a baseline is left out here: it lies far above."]
    return "\n".join([*lines, "", AT_THE_END * (weights == "trained" and _ends_as_expected(variances, axis))])


def _ends_as_expected(variances: Variances, axis: str) -> bool:
    """Whether the measurement shows what `AT_THE_END` says."""
    if variances.repeats < LEAST:
        return False
    last = _last(axis)
    a, b, stl = (variances.at(last[name]) for name in ("A", "B", "STL"))
    return 1.0 / NEAR < a.mean / b.mean < NEAR and all(_is_above(variance_ratio(above, stl)) for above in (a, b))


def conclusion(variances: Variances, axis: str) -> str:
    """How many gradients of the score function one of B is worth, where both have the fewest draws or images."""
    points = variance_settings(axis)
    naive, reparameterised = (_first(points, name) for name in ("score", "B"))
    times, rest = (
        variance_ratio(variances.at(other), variances.at(reparameterised)).mean
        for other in (naive, _first(points, "score-baseline"))
    )
    count, enough = (_about(times), f"{_about(rest)} are") if variances.complete else (_many(times), "far fewer are")
    return (
        f"With the noise outside (B), one gradient is as steady as the mean of **{count}** with the noise inside, at {_place(naive, axis)}. "
        f"With a baseline, {enough} enough: from the value of each draw it subtracts the average value of all other draws. "
        + WHY_LOW
    )


def exactly(variances: Variances, axis: str) -> str:
    """How many gradients of the score function one of B is worth, with the standard error."""
    points = variance_settings(axis)
    times, error = variance_ratio(*(variances.at(_first(points, name)) for name in ("score", "B")))
    return (
        f"Measured: {times:,.0f}{plus_minus(error, 0)} gradients with the noise inside for one with the noise outside."
    )


def lowest_curve(variances: Variances, axis: str) -> str:
    """Which curves are the lowest at the right end of the chart, and how far the next ones are above them. Curves at about the same
    height are named together. Until all others are surely above the lowest, it says why nothing is said."""
    last = _last(axis)
    heights = {name: variances.at(point) for name, point in last.items()}
    lowest = min(heights, key=lambda name: heights[name].mean)
    ratios = {name: variance_ratio(height, heights[lowest]) for name, height in heights.items()}
    near = [name for name, ratio in ratios.items() if ratio.mean < NEAR]
    others = {name: ratio for name, ratio in ratios.items() if name not in near}
    if variances.repeats < LEAST:
        return f"**Which curve is the lowest? The page says it after {LEAST} gradients at each point. So far: {variances.repeats}.**"
    if not all(map(_is_above, others.values())):
        return "**Which curve is the lowest? The lowest ones are so near each other that chance may decide.**"
    place = f"**At the right end ({_place(last[lowest], axis)}), "
    if len(near) == 1:
        rival = "B" if "B" in others else min(others, key=lambda name: others[name])
        bound = " It climbs a higher bound than B does." if lowest in HIGHER_BOUND else ""
        return f'{place}"{NAMES[lowest]}" is the lowest: {_times(others[rival])} as steady as "{NAMES[rival]}".**{bound} {WHY_LOW}'
    ratio = min(others.values())
    following = [f'"{NAMES[name]}"' for name, other in others.items() if other.mean < NEAR * ratio.mean]
    times = f"{_times(ratio)} as steady as {listed(following)}, the next one{'s' * (len(following) > 1)}"
    return f"{place}{listed(near)} are the lowest, at about the same height.** {lowest} is {times}. {WHY_LOW}"


def _times(ratio: Variance) -> str:
    """A ratio in words, and as a number once its error is small."""
    if not ratio.std_error < CLEAR * ratio.mean:
        return "several times" if ratio.mean >= 3.0 else "a few times"
    return f"about {ratio.mean:,.{int(ratio.mean < 3.0)}f} times"


def _last(axis: str) -> dict[str, Setting]:
    """The last point of each curve, by the name of its estimator."""
    points = {point.estimator: point for point in variance_settings(axis)}
    return {name: points[name] for name in ALL if name in points}


def _is_above(ratio: Variance) -> bool:
    return ratio.mean - 2.0 * ratio.std_error > 1.0


def _place(point: Setting, axis: str) -> str:
    return f"L{SPACE}={SPACE}{point.num_samples}" if axis == "L" else f"M{SPACE}={SPACE}{point.batch_size}"


def _many(number: float) -> str:
    """A number in a word, while it is measured: its digits would change while one reads."""
    return (
        "thousands"
        if number >= 1000.0
        else "hundreds"
        if number >= 100.0
        else "dozens"
        if number >= 20.0
        else "several"
    )


def _about(number: float) -> str:
    return f"about {float(f'{number:.1e}'):,.0f}"


def _rounded(number: float) -> str:
    return f"{float(f'{number:.0e}'):,.0f}"


def _first(points: list[Setting], name: str) -> Setting:
    """The first point on the curve of an estimator."""
    return next(point for point in points if point.estimator == name)
