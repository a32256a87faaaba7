"""Which of the models in the table is best, and why, in words above it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from aevb_lab.escaping import plain
from aevb_lab.figures.numbers import nats, plus_minus

LITTLE = 0.5  # nats: about two standard errors of a bound of 10,000 test images of MNIST


class Likeliest(NamedTuple):
    """The row with the highest log p(x) of those that may be compared: which it is, its picture, how far it is above the next and why,
    and the numbers with their errors."""

    answer: str
    picture: str | None
    words: str
    numbers: str


def likeliest(rows: Sequence[Mapping[str, Any]]) -> list[Likeliest]:
    """The best row of each set of images; none of those with one row."""
    return [_likeliest_of(group) for group in _comparable(rows, "log_marginal") if len(group) > 1]


def likeliest_names(rows: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """The rows with the highest log p(x) of those that may be compared: their names, and a note that says so."""
    best = [group[-1] for group in _comparable(rows, "log_marginal") if len(group) > 1]
    return {row["name"]: f"highest log p(x) of {row['cells']['data']['text']}" for row in best}


def _comparable(rows: Sequence[Mapping[str, Any]], key: str) -> list[list[Mapping[str, Any]]]:
    """The rows that have a number, in groups whose numbers are of the same images and the same quantity, the lowest first."""
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        if row["cells"][key]["value"] is not None:
            groups.setdefault(row["cells"][key]["images"], []).append(row)
    return [sorted(group, key=lambda row: row["cells"][key]["value"]) for group in groups.values()]


def _likeliest_of(group: Sequence[Mapping[str, Any]]) -> Likeliest:
    """Images that are hard for one model are hard for another. So errors of means over other images are at least as large."""
    second, best = group[-2:]
    values, others = best["cells"]["log_marginal"]["measured"], second["cells"]["log_marginal"]["measured"]
    first, *_, images = 2 * [count for count in values if count in others]
    in_table = "" if images == first else f"; the table has those of {first}"
    (mean, error), (other, other_error) = values[images], others[images]
    lead, bound = mean - other, math.hypot(error, other_error)
    is_clear = lead > 2.0 * bound
    verdict = "This is not chance" if is_clear else "This may be chance"
    name, next_name = plain(best["name"]), plain(second["name"])
    answer = f"On {plain(best['cells']['data']['text'])} it is **{name}**."
    text = f"It leads {next_name} by {nats(lead)} nats over {images} test images, {'which is not chance' if is_clear else 'which may be chance'}."
    numbers = (
        f"- {name} {nats(mean)}{plus_minus(error)}, {next_name} {nats(other)}{plus_minus(other_error)} nats over {images} test "
        f"images{in_table}. {verdict}: the difference is {nats(lead)}, and its error at most {nats(bound)}."
    )
    reasons = _reason_of_draws(best, second) or _reason_of_terms(best, second)
    return Likeliest(answer, best.get("picture"), " ".join([*_above_fewer(group), text, *reasons]), numbers)


def _above_fewer(group: Sequence[Mapping[str, Any]]) -> list[str]:
    """How far the best of three or more rows is above the lowest, where that has fewer latent numbers."""
    lowest, best = group[0], group[-1]
    few, many = (row["cells"]["latent_dim"]["value"] for row in (lowest, best))
    if len(group) < 3 or None in (few, many) or few >= many:
        return []
    lead = best["cells"]["log_marginal"]["value"] - lowest["cells"]["log_marginal"]["value"]
    return [f"**It is {nats(lead)} nats above {plain(lowest['name'])}**, which has {few} latent numbers, not {many}."]


def _reason_of_draws(best: Mapping[str, Any], second: Mapping[str, Any]) -> list[str]:
    """Why the importance-weighted bound gives a higher log p(x), where only the better of two models was trained with it."""
    count = best["draws"]
    if count is None or second["draws"] is not None:
        return []
    start = f"It is {plain(best['parent'])}, trained further" if best["parent"] else "It was trained"
    return [f"{start} on **a bound that is closer to log p(x)**, with {count} draws of z for each image."]


def _reason_of_terms(best: Mapping[str, Any], second: Mapping[str, Any]) -> list[str]:
    terms = zip(best["cells"]["elbo"]["terms"], second["cells"]["elbo"]["terms"], strict=True)
    recon, kl = (None if None in pair else pair[0] - pair[1] for pair in terms)
    return [] if recon is None or kl is None else _reason(best, second, recon, kl)


def best_elbo_in_words(rows: Sequence[Mapping[str, Any]]) -> str:
    """Of the rows that may be compared, which has the highest ELBO and which of its terms differ from those of the lowest: a list;
    nothing where no two rows may be."""
    groups = [group for group in _comparable(rows, "elbo") if group[0]["cells"]["elbo"]["images"].endswith(" elbo")]
    lines = [_best_of(group) for group in groups if len(group) > 1]
    return "\n".join(["ELBO = reconstruction − KL.", *lines]) if lines else ""


def _best_of(group: Sequence[Mapping[str, Any]]) -> str:
    lowest, second, best = group[0], group[-2], group[-1]
    lead = best["cells"]["elbo"]["value"] - second["cells"]["elbo"]["value"]
    text = f"- On {plain(best['cells']['data']['text'])}: **{plain(best['name'])}**, {'only ' if lead < LITTLE else ''}{nats(lead)} nats above {plain(second['name'])}."
    terms = zip(best["cells"]["elbo"]["terms"], lowest["cells"]["elbo"]["terms"], strict=True)
    (recon, kl) = (None if None in pair else pair[0] - pair[1] for pair in terms)
    if recon is None or kl is None:
        return text
    against = "Its" if lowest is second else f"Against {plain(lowest['name'])}, the lowest, its"
    picture, code = ("better" if recon >= 0.0 else "worse"), ("more" if kl >= 0.0 else "less")
    terms_text = f"{against} reconstructions are {nats(abs(recon))} nats {picture}, and its code costs {nats(abs(kl))} nats {code}."
    return " ".join([text, terms_text, *_reason(best, lowest, recon, kl)])


def _reason(best: Mapping[str, Any], lowest: Mapping[str, Any], recon: float, kl: float) -> list[str]:
    """A setting that differs between two rows, where the differences of their terms speak for it: one sentence, or none."""
    (size, beta), (low_size, low_beta) = (
        [row["cells"][key]["value"] for key in ("latent_dim", "beta")] for row in (best, lowest)
    )
    if None in (size, beta, low_size, low_beta):
        return []
    if size > low_size and recon > 0.0 and kl > 0.0:
        return [f"**Its code says more about an image: {size} latent numbers, not {low_size}.**"]
    if low_beta < beta and kl < 0.0:
        price = "a lower price of" if low_beta else "no price on"
        return [f"**{plain(lowest['name'])} was trained with {price} codes: beta = {low_beta:g}.**"]
    return []
