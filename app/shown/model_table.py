"""The table of runs and models: ten samples of each, its settings, its bound and its time, for the browser."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

import vae_core as vc
from aevb_lab import cached
from aevb_lab.cached import by_content
from aevb_lab.escaping import plain, shortened
from aevb_lab.figures.numbers import duration, nats, plus_minus
from aevb_lab.figures.pictures import film_strip, picture_uri
from aevb_lab.jobs.job import Job
from aevb_lab.session.models import LoadedModel, card_of, history_of
from aevb_lab.session.runs import run_name
from aevb_lab.session.settings import DEFAULTS, SETTINGS
from aevb_lab.shown.run_words import STATE_WORDS, early_end
from vae_core.settings import Choice, Number, Setting, Widths, counts

COLUMNS = ("latent_dim", "hidden_dims", "likelihood", "beta", "learning_rate", "epochs", "seed")
FEW = ("log_marginal", "elbo", "time", "data", "latent_dim")  # the columns at first; all else is folded away
TILE = 56  # pixels of the longer side of one sample, about
GAP = 4  # pixels between two samples
LARGEST_TILE = 64  # larger ones lose rows and columns
LITTLE = 0.5  # nats: about two standard errors of a bound of 10,000 test images of MNIST
UNKNOWN = "not known"
MOST_STEPS = 10**12  # that a stranger's file may claim
TOOK = re.compile(r"\bIt took (\d+) (second|minute|hour)s?\b")  # in a card
LOG_MARGINALS = (  # log p(x) in a card: of the first test images, and of all of them
    re.compile(
        r"log p\(x\): \*\*(?P<mean>[-−]?\d{1,9}(\.\d+)?)\*\* nats per image "
        r"\(standard error (?P<error>\d{1,9}(\.\d+)?) over the first (?P<images>[\d,]{1,9}) test images\)"
    ),
    re.compile(
        r"log p\(x\) of all (?P<images>[\d,]{1,9}) test images is "
        r"\*\*(?P<mean>[-−]?\d{1,9}(\.\d+)?)\*\* ± (?P<error>\d{1,9}(\.\d+)?) nats"
    ),
)
FIRST_WEIGHTS = re.compile(r"\bfirst weights of ([^;|\s]{1,60});")  # in a card: the model that was trained on
SECONDS = {"second": 1.0, "minute": 60.0, "hour": 3600.0}
Row = dict[str, Any]


def columns() -> list[dict[str, Any]]:
    """All columns of the table after the name: key, label, kind, and words for a number that is higher and one that is lower."""
    results = (
        ("log_marginal", "log p(x) (nats)", ["higher", "lower"], 2),
        ("elbo", "ELBO (nats)", ["higher", "lower"], 2),
        ("time", "Time", ["longer", "shorter"], 0),
    )
    numbers = [
        dict(key=key, label=label, kind="number", words=words, digits=digits) for key, label, words, digits in results
    ]
    settings = [("data", "Data"), *((name, SETTINGS[name].label) for name in COLUMNS), ("others", "Other settings")]
    return numbers + [dict(key=key, label=label, kind="setting", words=[], digits=0) for key, label in settings]


def table(
    models: Sequence[LoadedModel], jobs: Sequence[Job], view: dict[str, Any], *, all_columns: bool = False
) -> dict[str, Any]:
    """One's own runs (`jobs`), with or without a model, and then all other models, as `components.model_table` shows them. Unless it has
    `all_columns`, the settings without a column are `folded` into the last one."""
    order = list(dict.fromkeys(model.data for model in models))
    models = sorted(models, key=lambda model: order.index(model.data))  # those of the same images stand together
    own = {run_name(job) for job in jobs}
    seconds = {run_name(job): training_seconds(job) for job in jobs}
    notes = {run_name(job): early_end(job.snapshot()) for job in jobs}
    rows = [_model_row(model, model.name, seconds.get(model.name)) for model in models]
    rows = [row | {"note": row["note"] or notes.get(row["name"], "")} for row in rows]
    ended = {
        run_name(job): f"{job.snapshot().epoch:.1f} of {job.spec.train_config.epochs:,}"
        for job in jobs
        if early_end(job.snapshot())
    }
    ended |= {model.name: text for model in models if model.name not in ended and (text := _epochs_of_file(model))}
    rows = [_with_epochs(row, ended[row["name"]]) if row["name"] in ended else row for row in rows]
    best = likeliest_names(rows)
    rows = [row | {"note": row["note"] or best.get(row["name"], "")} for row in rows]
    names = {row["name"] for row in rows}
    rows += [run_row(job) for job in jobs if run_name(job) not in names]
    rows = sorted(({**row, "own": row["name"] in own} for row in rows), key=lambda row: not row["own"])
    folded = [] if all_columns else [column for column in columns() if column["key"] not in (*FEW, "others")]
    keys = [column["key"] for column in folded]
    own_columns = [column for column in columns() if column["key"] not in keys]
    if folded:
        own_columns[-1] |= {"label": "Settings"}
    return {"columns": own_columns, "folded": folded, "rows": rows, "view": view}


@by_content(entries=128)
def _model_row(model: LoadedModel, name: str, seconds: float | None) -> Row:
    config = model.header.get("train_config")
    train = vars(vc.TrainConfig.from_dict(config)) if config else {}
    card = card_of(model) or ""
    seconds = _seconds_of_card(card) if seconds is None else seconds
    row = _row(name, model.data, vars(model.vae.config) | train, history_of(model), seconds, card)
    try:
        return row | {"picture": samples_picture(model)}
    except (vc.VaeCoreError, ValueError, ArithmeticError):  # a stranger's weights may do this
        return row | {"note": "its draws cannot be shown"}


def run_row(job: Job) -> Row:
    """The row of a run without a model."""
    snapshot, spec = job.snapshot(), job.spec
    values = vars(spec.model_config) | vars(spec.train_config)
    row = _row(run_name(job), spec.data, values, snapshot.history, training_seconds(job))
    return row | {"note": f"{STATE_WORDS[snapshot.state]}, no draws yet", "card": False}


def _with_epochs(row: Row, text: str) -> Row:
    """The row with other words for its epochs."""
    return row | {"cells": row["cells"] | {"epochs": row["cells"]["epochs"] | {"text": text}}}


def _epochs_of_file(model: LoadedModel) -> str:
    """How far the training of a file's model came, where that may be less than its settings say; "" for all its epochs."""
    epochs, history = (model.header.get("train_config") or {}).get("epochs"), history_of(model)
    if history is not None and history.records and isinstance(epochs, int):
        seen = history.records[-1].epoch
        return f"{seen:.1f} of {epochs:,}" if seen < epochs else ""
    step = model.header.get("step")
    return f"{step:,} steps" if type(step) is int and 0 <= step < MOST_STEPS and model.folder is None else ""


def training_seconds(job: Job) -> float | None:
    """How long a run has trained, about: the images that it has seen, at its last speed."""
    snapshot = job.snapshot()
    return snapshot.samples_seen / snapshot.images_per_second if snapshot.images_per_second else None


@by_content(entries=128)
def samples_picture(model: LoadedModel) -> str:
    """Ten decoded draws from the prior in two rows, as a data address."""
    shape = model.vae.config.image_shape
    factor = max(1, TILE // max(shape[:2]))
    step = -(-max(shape[:2]) // LARGEST_TILE)
    large = cached.samples(model).reshape(-1, *shape)[:, ::step, ::step].repeat(factor, 1).repeat(factor, 2)
    half = len(large) // 2
    strips = [film_strip(part.reshape(half, -1), large.shape[1:], GAP) for part in (large[:half], large[half:])]
    return picture_uri(np.vstack([strips[0], np.full_like(strips[0][:GAP], 128), strips[1]]))


def _row(
    name: str,
    data: str,
    values: Mapping[str, Any],
    history: vc.History | None,
    seconds: float | None,
    card: str = "",
) -> Row:
    texts = {key: _setting_text(key, values) for key in SETTINGS}
    others = {SETTINGS[key].label: text for key, text in texts.items() if key not in COLUMNS and text is not None}
    unusual = [
        SETTINGS[key].label for key in SETTINGS if SETTINGS[key].label in others and values.get(key) != DEFAULTS[key]
    ]
    cells = {key: {"text": texts[key] or "–", "value": _sortable(values.get(key))} for key in COLUMNS}
    cells["data"] = {"text": shortened(data, 60) or UNKNOWN, "value": data.casefold()}
    cells["others"] = {"text": "", "value": len(unusual)}
    cells["elbo"] = _elbo(history)
    cells["log_marginal"] = _log_marginal(card, history)
    cells["time"] = {"text": "–" if seconds is None else duration(seconds), "value": seconds}
    parent = FIRST_WEIGHTS.search(card)
    return dict(
        name=name, note="", picture="", card=True, cells=cells, others=others, unusual=unusual,
        parent=parent[1] if parent else "",
        draws=values["num_samples"] if values.get("objective") == "iwae" else None,  # of the importance-weighted bound
    )  # fmt: skip


def _setting_text(key: str, values: Mapping[str, Any]) -> str | None:
    """A setting's value in words; None where it does not count."""
    about: Setting = SETTINGS[key]
    if key not in values:
        return UNKNOWN
    if about.only is not None and (about.only.name not in values or not counts(about, values)):
        return None
    value = values[key]
    match about:
        case Choice():
            return about.names.get(value, value).split(" (")[0]
        case Widths():
            return layers_text(value, values.get("encoder_hidden_dims"))
        case Number():
            return f"{value:g}"
        case _:
            return str(value)


def layers_text(hidden_dims: tuple[int, ...], encoder_hidden_dims: tuple[int, ...] | None) -> str:
    """The widths of a model's hidden layers, and those of the encoder where it has its own."""
    hidden, encoder = ("-".join(map(str, widths)) or "linear" for widths in (hidden_dims, encoder_hidden_dims or ()))
    return hidden if encoder_hidden_dims is None else f"{hidden} (encoder {encoder})"


def _sortable(value: Any) -> float | str | None:
    if isinstance(value, tuple):
        return float(sum(value))
    return value if isinstance(value, (int, float, str)) else None


def _elbo(history: vc.History | None) -> Row:
    """The cell of the last point of the test curve; `images` says what the number is of."""
    if history is None or not history.records:
        return {"text": "not measured", "value": None, "terms": [None, None], "images": ""}
    last = history.records[-1]
    value = history.test_value(last)
    label = "" if history.curve == "elbo" else f" ({history.about.label})"
    return {
        "text": nats(value) + label,
        "value": round(value, 2),
        "terms": [last.test_recon_log_lik, last.test_kl],
        "images": f"{history.data} {history.binarization} {history.curve}",
    }


def _log_marginal(card: str, history: vc.History | None) -> Row:
    """The cell of log p(x) as the card has it: of the first test images, which all models of these data have. `measured` has the mean
    and the standard error by the number of images."""
    matches = [match for pattern in LOG_MARGINALS if (match := pattern.search(card))]
    if history is None or not matches or matches[0].re is not LOG_MARGINALS[0]:
        return {"text": "not measured", "value": None, "images": "", "measured": {}}
    measured = {match["images"]: (float(match["mean"].replace("−", "-")), float(match["error"])) for match in matches}
    images = matches[0]["images"]
    mean, error = measured[images]
    return {
        "text": nats(mean) + plus_minus(error),
        "value": mean,
        "images": f"{history.data} {history.binarization} {images}",
        "measured": measured,
    }


def _seconds_of_card(card: str) -> float | None:
    took = TOOK.search(card)
    return float(took[1]) * SECONDS[took[2]] if took else None


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
    verdict = "This is not chance" if lead > 2.0 * bound else "This may be chance"
    name, next_name = plain(best["name"]), plain(second["name"])
    answer = f"On {plain(best['cells']['data']['text'])} it is **{name}**."
    text = f"It is {nats(lead)} nats above {next_name}, over {images} test images.{'' if lead > 2.0 * bound else ' This may be chance.'}"
    numbers = (
        f"- {name} {nats(mean)}{plus_minus(error)}, {next_name} {nats(other)}{plus_minus(other_error)} nats over {images} test "
        f"images{in_table}. {verdict}: the difference is {nats(lead)}, and its error at most {nats(bound)}."
    )
    reasons = _reason_of_draws(best, second) or _reason_of_terms(best, second)
    return Likeliest(answer, best.get("picture"), " ".join([text, *reasons]), numbers)


def _reason_of_draws(best: Mapping[str, Any], second: Mapping[str, Any]) -> list[str]:
    """Why the importance-weighted bound gives a higher log p(x), where only the better of two models was trained with it."""
    count = best["draws"]
    if count is None or second["draws"] is not None:
        return []
    start = f"It is {plain(best['parent'])}, trained further" if best["parent"] else "It was trained"
    return [
        f"{start} with {count} draws of z for each image. **Its training raised a bound that is closer to log p(x) than the ELBO.**"
    ]


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
        counted = "counted less" if low_beta else "did not count"
        return [f"**{plain(lowest['name'])} was trained with beta = {low_beta:g}: the price of a code {counted}.**"]
    return []
