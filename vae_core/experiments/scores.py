"""How good a restored image is, and how honest its uncertainty: PSNR, coverage, calibration, each with a standard error.

Images are the independent draws; pixels of one image are not. So every error here is of a mean over images.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from vae_core.averages import error_of_mean
from vae_core.randomness import draw_uniform
from vae_core.restoration.distances import psnr

LEVEL = 0.9
SAMPLES = 99  # a truth can have 100 ranks among them, of which LEVEL * 100 in the middle count as covered
BINS = 10
FLOOR_SAMPLES = 20


class Score(NamedTuple):
    """A mean over images and its standard error, nan where there is one image only."""

    mean: float
    std_error: float


def mean_score(values: Float[Tensor, " images"], *, is_sequence: bool = False) -> Score:
    """`is_sequence`: the images are frames of a film in their order, so that neighbours are alike (`averages.error_of_mean`)."""
    values = values.double()
    return Score(float(values.mean()), float(error_of_mean(values, is_sequence=is_sequence)))


# -- the distance to the truth -----------------------------------------------------------------------------------


def psnr_score(errors: Float[Tensor, " images"], *, is_sequence: bool = False) -> Score:
    """`psnr` in dB, from the squared error of each image.

    It is the PSNR of the mean error over all images. The mean of one PSNR per image would be infinite as soon as one image is
    perfect. The standard error is the delta method's. The score is infinite if all images are perfect.
    """
    mean, error = mean_score(errors, is_sequence=is_sequence)
    if mean == 0.0:
        return Score(psnr(mean), math.nan)
    return Score(psnr(mean), 10.0 / math.log(10.0) * error / mean)


def psnr_gain(
    errors: Float[Tensor, " images"], other_errors: Float[Tensor, " images"], *, is_sequence: bool = False
) -> Score:
    """How many dB better the errors are than those of another method on the same images. They are paired, so that the difficulty
    of an image, which both share, cancels in the standard error."""
    gain = psnr_score(errors).mean - psnr_score(other_errors).mean
    relative = other_errors / other_errors.mean() - errors / errors.mean()
    return Score(gain, 10.0 / math.log(10.0) * mean_score(relative, is_sequence=is_sequence).std_error)


# -- the uncertainty ---------------------------------------------------------------------------------------------


def coverage(
    truth: Float[Tensor, "images quantities"],
    samples: Float[Tensor, "samples images quantities"],
    where: Bool[Tensor, "images quantities"],
    *,
    generator: torch.Generator,
    is_sequence: bool = False,
) -> Score:
    """How often the truth lies in the middle 90 % of 99 samples: 0.9 if it is a draw from the same distribution.

    If truth and samples are exchangeable, the truth's rank among the samples is uniform on 0 ... 99. Ranks 5 ... 94 count as
    covered, so a finite number of samples adds no error. Ties, which counts often have, are broken at random.
    """
    if len(samples) != SAMPLES:
        raise ValueError(
            f"samples must be {SAMPLES} per image, which makes the {LEVEL:.0%} interval exact, got {len(samples)}"
        )
    below, ties = (samples < truth).sum(0), (samples == truth).sum(0)
    rank = below + (draw_uniform(ties.shape, generator=generator) * (ties + 1)).long()
    tail = round((1.0 - LEVEL) / 2.0 * (SAMPLES + 1))
    is_covered = (rank >= tail) & (rank <= SAMPLES - tail)
    return mean_score((is_covered & where).sum(1) / where.sum(1), is_sequence=is_sequence)


class Calibration(NamedTuple):
    """Pixels binned by their predicted probability of being on: (bins,) each, and the mean distance between expected and observed
    frequency over all pixels, 0 = perfectly calibrated.

    With finitely many images the distance of a perfect method is above 0 too, by more than its standard error (`calibration_floor`).
    """

    error: Score
    counts: Int[Tensor, " bins"]
    expected: Float[Tensor, " bins"]
    observed: Float[Tensor, " bins"]


def calibration(
    truth: Float[Tensor, "images data"], probability: Float[Tensor, "images data"], where: Bool[Tensor, "images data"]
) -> Calibration:
    """Whether the predicted probabilities are right: of the binary pixels with p(x=1) = 0.3, for example, 30 % should be on. The
    standard error is the jackknife's over images. Empty bins have nan for both frequencies."""
    place = (probability * BINS).long().clamp(0, BINS - 1)
    member = torch.nn.functional.one_hot(place, BINS).double() * where[..., None]  # (images, data, bins)
    count = member.sum(1)
    expected = torch.einsum("idb,id->ib", member, probability.double())
    observed = torch.einsum("idb,id->ib", member, truth.double())

    def distance(expected: Tensor, observed: Tensor, count: Tensor) -> Tensor:
        return (expected - observed).abs().sum(-1) / count.sum(-1)

    total = (expected.sum(0), observed.sum(0), count.sum(0))
    left_out = distance(total[0] - expected, total[1] - observed, total[2] - count)
    spread = math.sqrt(len(truth) - 1) * float(left_out.std(correction=0))
    error = Score(float(distance(*total)), spread if len(truth) > 1 else math.nan)
    return Calibration(error, total[2].long(), total[0] / total[2], total[1] / total[2])


def calibration_floor(
    samples: Float[Tensor, "samples images data"],
    probability: Float[Tensor, "images data"],
    where: Bool[Tensor, "images data"],
) -> float:
    """The calibration error that a perfect method shows with as many images: the mean error where each of the samples x ~ p(x|y), from
    which the probabilities come, is the truth in turn. It has the dependence between the pixels of an image."""
    errors = [calibration(sample, probability, where).error.mean for sample in samples[:FLOOR_SAMPLES]]
    return sum(errors) / len(errors)
