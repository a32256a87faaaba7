"""The variance of gradients as a chart, and one iteration in slow motion for the browser."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import numpy as np
import plotly.graph_objects as go

from aevb_lab.components.packed import pack_arrays
from aevb_lab.figures.gradients import gradient_variance as draw_gradient_variance
from aevb_lab.figures.pictures import to_bytes
from aevb_lab.session.progress import Variances
from aevb_lab.theme import palette
from vae_core.studies.gradient_variance import variance_settings
from vae_core.studies.iterations import Iteration

AXES = {"L": "draws of z per image, L (M = 10)", "M": "images in the minibatch, M (L = 1)"}
ALL = ("score", "score-baseline", "A", "IWAE", "B", "STL", "DReG")
OTHER_CURVES = {
    "A": "(eq. 6) draws z as B does, and draws the KL term too. B computes that term.",
    "STL": "leaves out a part of A's gradient that is 0 on average. The better q fits the posterior, the less noise is left.",
    "IWAE": "belongs to another goal, a higher bound that uses its L draws together. With more draws it tells the encoder less.",
    "DReG": "is IWAE's gradient with such a part left out. It gets steadier, the better q fits.",
}
AT_THE_END = "With trained weights, A and B end at about the same height, and STL ends below both."
STILL_MOVING = "Few gradients are measured yet, so the points still move."
STEADY = 100  # gradients at each point, from which on the points hardly move
IMAGE_SHAPE = (8, 8)  # the iterations are on digits


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
    as far as all ellipses, noise and z; the bars as deep as the lowest bound."""
    extremes = [np.abs(iteration.loc) + iteration.scale, np.abs(iteration.z), np.abs(iteration.eps), np.ones(1)]
    bounds = np.concatenate([iteration.elbo, iteration.elbo_after, iteration.recon_log_lik])
    header = {
        "number": number, "last": last, "stage": stage, "names": list(stages), "image_shape": list(IMAGE_SHAPE),
        "reach": 1.08 * max(float(values.max()) for values in extremes), "deepest": float(-bounds.min()),
        "colours": asdict(palette(dark)),
    }  # fmt: skip
    images = {name: to_bytes(getattr(iteration, name)) for name in ("x", "decoded", "decoded_after")}
    names = ("loc", "scale", "eps", "z", "recon_log_lik", "kl", "elbo_after")
    return pack_arrays(header, images | {name: getattr(iteration, name).astype(np.float32) for name in names})


def other_curves(axis: str, weights: str, repeats: int) -> str:
    """What the curves are that the chart does not have at first: a list. Below it, where they end with trained weights, and whether
    the points still move after so many `repeats`."""
    names = {point.estimator for point in variance_settings(axis)}
    lines = [f"- **{name}** {text}" for name, text in OTHER_CURVES.items() if name in names]
    notes = [AT_THE_END] * (weights == "trained") + [STILL_MOVING] * (repeats < STEADY)
    return "\n".join([*lines, "", " ".join(notes)])
