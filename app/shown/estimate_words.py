"""Estimates of log p(x) of one image in words: the verdict, where each estimator looks, and what it says of itself."""

from __future__ import annotations

import math

from aevb_lab.figures.numbers import SPACE, as_factor, nats, plus_minus
from aevb_lab.session.progress import Estimates
from vae_core import marginal
from vae_core.studies.close_ups import CloseUp
from vae_core.studies.estimation import (
    ADAPTIVE,
    ANNEALED,
    CHAINS,
    DEFENSIVE,
    ENCODER,
    EXACT,
    LEAST_ERROR,
    RESAMPLED,
    Estimate,
)

PROMISES = {"lower": "too low, or right", "upper": "too high, or right", "exact": "right"}
IN_SHORT = {
    marginal.LOW_ESS: "ESS below 10: not to be trusted",
    marginal.FEW_CHAINS: "few chains carry it: may be far too low",
    marginal.MANY_DIMENSIONS: "made for fewer than 5 dimensions",
    marginal.FEW_STARTS: "chains may have started in too few places",
    marginal.STUCK: "chains are stuck",
    marginal.APART: "chains disagree",
    marginal.COARSE: "grid too coarse",
    marginal.EDGE: "posterior leaves the grid",
}
LOOKS = {  # a short name, and where the estimator looks
    ENCODER: ("encoder", "Its dots lie only where the encoder looks."),
    DEFENSIVE: (
        "defensive",
        "A third of its dots lie where the encoder looks, a third around it, and a third all over the map.",
    ),
    ADAPTIVE: ("adaptive", "It searches for the posterior first, three times. Then most of its dots lie there."),
    CHAINS: (
        "chains from the prior",
        "Each chain walks from a random place to a place where p(x, z) is high. Where a chain is stuck low, it decides: "
        "the mean is of q(z)/p(x, z).",
    ),
    RESAMPLED: ("chains resampled", "Each chain begins at a place that is good already, and draws as it walks."),
    ANNEALED: ("annealed", "Each chain walks from a random place to the posterior, in many small steps."),
}
IN_WORDS = {  # a few words beside each name in the table
    EXACT: "adds up the map",
    "ELBO": "training raises it",
    ENCODER: "looks where the encoder says",
    DEFENSIVE: "looks there and everywhere",
    ADAPTIVE: "searches first, then looks",
    CHAINS: "walks from random places",
    RESAMPLED: "walks from good places",
    ANNEALED: "walks in many small steps",
}
FAR = 10.0  # nats: a distance from there on has one digit after the point
ALIKE = 2.0  # nats between two places that one need not explain
SOME, MUCH = 0.2, 0.3  # shares that are worth a sentence: of the dots outside, and of one dot in the estimate
LIES, WARNS = "lies", "wrong, and warns"  # of an estimator that is wrong
ABOUT_FAULTS = (
    f"**warns**: it says that one cannot trust it. Of those that do not warn: **✓ right** is off by at most three times its ±, or "
    f"by less than {LEAST_ERROR} nats. **✗ {LIES}** is off by more."
)


def verdict(estimates: Estimates) -> str:
    """Of the estimators that have an answer: which one is wrong, by how much, and what it says of its error."""
    truth, popular = estimates.by(EXACT), estimates.by(ENCODER)
    if popular is None:
        if not estimates.queue:
            raise LookupError(
                f"the page needs the estimate of {ENCODER!r} and the study has none; add it to `estimators`"
            )
        return "The verdict comes in a moment."
    if truth is None:
        return _verdict_without_truth(estimates)
    difference = popular.mean - truth.mean
    if not popular.is_wrong(truth.mean):
        doubt = f" But it says that it cannot be trusted ({_ess(popular)})." if popular.warnings else ""
        return (
            f"**Importance sampling from the encoder is right here{', by luck' if doubt else ''}**: {nats(difference, sign=True)} nats from the "
            f"exact value, with an error of ±{SPACE}{popular.std_error:.2f}.{doubt}"
            + _wrong_estimates(estimates, truth.mean, "Wrong")
        )
    knows = "says that it cannot be trusted" if popular.warnings else "gives no warning"
    return (
        f"**Importance sampling from the encoder {'is wrong' if popular.warnings else 'lies'}.** It is "
        f"**{_side(popular, truth.mean)}**: its p(x) is {as_factor(abs(difference))} times too {'small' if difference < 0.0 else 'large'}. "
        f"It states an error of only ±{SPACE}{popular.std_error:.2f} nats, and **{knows}**."
        + _wrong_estimates(estimates, truth.mean, "Wrong as well")
    )


def verdict_on(name: str, estimates: Estimates, close_up: CloseUp) -> str:
    """The verdict on the estimator with this name, and where it looks."""
    estimate, truth = estimates.by(name), estimates.by(EXACT)
    place = where_it_looks(name, estimate, truth, close_up)
    if name == ENCODER:
        return f"{verdict(estimates)} {place}" if estimate else verdict(estimates)
    if estimate is None or truth is None:
        return place
    judgement = {LIES: LIES, WARNS: "is wrong"}.get(
        fault(estimate, truth.mean), "is not sure" if estimate.warnings else "is right"
    )
    warns = f" It warns: {own_words(estimate.warnings)}." if estimate.warnings else ""
    error = f"states an error of{_error(estimate)} nats" if math.isfinite(estimate.std_error) else "states no error"
    return f"**{name[:1].upper()}{name[1:]}: it {judgement}.** It is {_side(estimate, truth.mean)}, and {error}.{warns} {place}"


def _ess(estimate: Estimate) -> str:
    return f"ESS {estimate.ess or 0.0:,.0f} of {estimate.num_samples:,}"


def why_blurred(encoder: float, best: float, wrong_pixels: tuple[int, int]) -> str:
    """Why the picture at the best place is better although it may look worse: log p(x|z), nats, and the wrong pixels at both places, first
    where the encoder looks; nothing where they are alike."""
    if best - encoder < ALIKE or wrong_pixels[1] >= wrong_pixels[0]:
        return ""
    return (
        f"The picture at the best place fits better: {wrong_pixels[1]} wrong pixels, not {wrong_pixels[0]}, and log p(x|z) is "
        f"{nats(best, 1)} nats, not {nats(encoder, 1)}."
    )


def _verdict_without_truth(estimates: Estimates) -> str:
    """Chosen by how it draws and not by its height: the highest of several estimates is too high on average."""
    best = estimates.by(ADAPTIVE)
    if best is None:
        return "The verdict comes in a moment."
    unknown = "Nobody knows log p(x) here, because a grid in so many dimensions is too large."
    if best.warnings:
        return f"{unknown} The adaptive proposal, which is fitted to this posterior, warns here. Take more draws."
    return (
        f"{unknown} The adaptive proposal is fitted to this posterior: it says **{nats(best.mean)}{plus_minus(best.std_error)}** nats. "
        f"An estimate is no floor: of several, the highest is only the luckiest."
    )


def _wrong_estimates(estimates: Estimates, truth: float, heading: str) -> str:
    """The other estimators that are wrong, and whether they warn."""
    names = [
        f"{estimate.name} ({nats(abs(estimate.mean - truth), 1)} nats too {'low' if estimate.mean < truth else 'high'}, {'but it warns' if estimate.warnings else 'without a warning'})"
        for estimate in estimates.results
        if estimate.name != ENCODER and fault(estimate, truth)
    ]
    return f" {heading}: {'; '.join(names)}." if names else ""


def fault(estimate: Estimate, truth: float) -> str:
    """A word for an estimator that is wrong; an empty one for the others. The ELBO never is: it promises only a bound."""
    if estimate.name in (EXACT, "ELBO") or not estimate.is_wrong(truth):
        return ""
    return WARNS if estimate.warnings else LIES


def in_short(estimate: Estimate, truth: float) -> str:
    """The judgement on an estimate in a word or two."""
    if estimate.name in (EXACT, "ELBO"):
        return "exact" if estimate.name == EXACT else "a bound"
    word = fault(estimate, truth)
    return f"**✗{SPACE}{word}**" if word else "not sure: warns" if estimate.warnings else f"✓{SPACE}right"


def distance(estimate: Estimate, truth: float) -> str:
    """How far an estimate is from the exact value, as both are shown: with two digits after the point, from `FAR` on with one."""
    difference = round(estimate.mean, 2) - round(truth, 2)
    return nats(difference, 1 if abs(difference) >= FAR else 2, sign=True)


def _side(estimate: Estimate, truth: float) -> str:
    """How far an estimate is too low or too high."""
    text = distance(estimate, truth)
    if text.endswith("0.00"):
        return "as high as the exact value"
    return f"{text[1:]} nats too {'high' if text.startswith('+') else 'low'}"


def where_it_looks(name: str, estimate: Estimate | None, truth: Estimate | None, close_up: CloseUp) -> str:
    """The place in words; how many dots are in the picture; and whether few of them carry the estimate."""
    words = LOOKS[name][1]
    if estimate is None or estimate.draws is None or truth is None:
        return f"{words} Its dots come in a moment."
    (left, right), (bottom, top) = ((axis[0], axis[-1]) for axis in close_up.axes)
    z1, z2 = estimate.draws.z.T
    outside = 1.0 - float(((z1 >= left) & (z1 <= right) & (z2 >= bottom) & (z2 <= top)).mean())
    if outside > SOME:
        share = f"About {outside:.0%}" if outside < 1.0 else "All"
        words += f" {share} of its dots lie outside this picture."
    if (most := float(estimate.draws.shares.max())) > MUCH:
        words += f" The largest dot is {most:.0%} of the estimate: few places decide."
    return words


def with_error(estimate: Estimate) -> str:
    return nats(estimate.mean) + _error(estimate)


def _error(estimate: Estimate) -> str:
    return plus_minus(estimate.std_error) if not estimate.std_error < 0.005 else f"{SPACE}±{SPACE}<0.01"


def own_words(warnings: tuple[str, ...]) -> str:
    texts = [warning.removeprefix("1 of 1 images: ") for warning in warnings]
    return "; ".join(IN_SHORT.get(text, text) for text in texts) or "nothing to report"
