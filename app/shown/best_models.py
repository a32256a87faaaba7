"""Which of the models in the table is best, and why, in words above it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from aevb_lab.escaping import plain
from aevb_lab.figures.numbers import as_factor, nats, plus_minus

UNSEEN = 2.0  # nats: a typical image is at most 7 times as likely
LITTLE = 0.5  # nats: about two standard errors of a bound of 10,000 test images of MNIST


class Likeliest(NamedTuple):
    """The row with the highest log p(x) of those that may be compared, and its picture; how far the lowest is below it, and its picture; what
    is said of the next one; and whether the differences are chance, and why there are any."""

    answer: str
    picture: str | None
    lowest: str
    lowest_picture: str | None
    next: str
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
    lowest, second, best = group[0], group[-2], group[-1]
    few, many = (row["cells"]["latent_dim"]["value"] for row in (lowest, best))
    size = f"has {few} latent numbers, not {many}, and " if None not in (few, many) and few < many else ""
    lead, error = difference(best, lowest)
    fall = (
        f"**{plain(lowest['name'])}** {size}is **{nats(lead)}{plus_minus(error)} nats** lower: "
        f"it finds a typical test image {as_factor(lead)} times less likely."
        if lead > UNSEEN
        else f"**{plain(lowest['name'])}** {size}is **{nats(lead)}{plus_minus(error)} nats** lower."
    )
    next_words = ""
    if second is not lowest:
        little, its_error = difference(best, second)
        unseen = ": ten draws cannot show that" if little < UNSEEN else ""
        next_words = (
            f"**{plain(second['name'])}**, the next, is {nats(little)}{plus_minus(its_error)} nats lower{unseen}."
        )
    reasons = _reason_of_draws(best, second) or _reason_of_terms(best, second)
    answer = f"On {plain(best['cells']['data']['text'])} it is **{plain(best['name'])}**."
    numbers = " ".join([_chance(best, second), *reasons])
    return Likeliest(answer, best.get("picture"), fall, lowest.get("picture"), next_words, f"- {numbers}")


def difference(best: Mapping[str, Any], other: Mapping[str, Any]) -> tuple[float, float]:
    """How far the log p(x) of a row is above that of a lower one, and the standard error of this difference. Images that are hard for one model
    are hard for another, so on the same images the error is small. Where it was not measured, it is at most that of two means of other images."""
    cell, lower = best["cells"]["log_marginal"], other["cells"]["log_marginal"]
    bound = math.hypot(cell["measured"][1], lower["measured"][1])
    return cell["value"] - lower["value"], cell["leads"].get(other["name"], (None, bound))[1]


def _chance(best: Mapping[str, Any], second: Mapping[str, Any]) -> str:
    lead, error = difference(best, second)
    is_exact = second["name"] in best["cells"]["log_marginal"]["leads"]
    times = lead / error if error else math.inf
    size = f": it is {math.floor(times)} times its error" if math.isfinite(times) else ""
    verdict = f"This is not chance{size}" if times >= 2 else "This may be chance"
    if not is_exact:
        verdict = f"{'This is not chance' if times >= 2 else 'This may be chance'}: its error is at most {nats(error)}"
    return f"{plain(best['name'])} is {nats(lead)} nats above {plain(second['name'])}. {verdict}."


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
