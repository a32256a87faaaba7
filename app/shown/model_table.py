"""The table of runs and models: ten samples of each, its settings, its bound and its time, for the browser."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

import vae_core as vc
from aevb_lab import cached
from aevb_lab.cached import by_content
from aevb_lab.escaping import shortened
from aevb_lab.figures.numbers import duration, nats, plus_minus
from aevb_lab.figures.pictures import film_strip, picture_uri
from aevb_lab.jobs.job import Job
from aevb_lab.session.models import LoadedModel, card_of, history_of
from aevb_lab.session.runs import run_name
from aevb_lab.session.settings import DEFAULTS, SETTINGS
from aevb_lab.shown.best_models import likeliest_names
from aevb_lab.shown.run_words import STATE_WORDS, early_end
from vae_core.settings import Choice, Number, Setting, Widths, counts

COLUMNS = ("latent_dim", "hidden_dims", "likelihood", "beta", "learning_rate", "epochs", "seed")
FEW = ("log_marginal", "elbo", "time", "data", "latent_dim")  # the columns at first; all else is folded away
TILE = 56  # pixels of the longer side of one sample, about
GAP = 4  # pixels between two samples
LARGEST_TILE = 64  # larger ones lose rows and columns
UNKNOWN = "not known"
MOST_STEPS = 10**12  # that a stranger's file may claim
TOOK = re.compile(r"\bIt took (\d+) (second|minute|hour)s?\b")  # in a card
LOG_MARGINAL = re.compile(  # in a card, of the first test images
    r"log p\(x\): \*\*(?P<mean>[-−]?\d{1,9}(\.\d+)?)\*\* nats per image "
    r"\(standard error (?P<error>\d{1,9}(\.\d+)?) over the first (?P<images>[\d,]{1,9}) test images\)"
)
LEAD = re.compile(  # in a card: how far log p(x) is above that of another model, on the same images
    r"\*\*(?P<lead>\d{1,9}(\.\d+)?)\*\* ± (?P<error>\d{1,9}(\.\d+)?) nats above (?P<name>[\w-]{1,60})"
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


def likeliest_first(models: Sequence[LoadedModel]) -> list[LoadedModel]:
    """The models in the order of the table: those of the same images stand together, the one with the highest log p(x) first."""
    order = list(dict.fromkeys(model.data for model in models))
    return sorted(models, key=lambda model: (order.index(model.data), -_height(model)))


@by_content(entries=128)
def _height(model: LoadedModel) -> float:
    """The model's log p(x); that of a model without one is lowest."""
    value = _log_marginal(card_of(model) or "", history_of(model))["value"]
    return -math.inf if value is None else value


def table(
    models: Sequence[LoadedModel], jobs: Sequence[Job], view: dict[str, Any], *, all_columns: bool = False
) -> dict[str, Any]:
    """One's own runs (`jobs`), with or without a model, and then all other models, as `components.model_table` shows them. Unless it has
    `all_columns`, the settings without a column are `folded` into the last one."""
    models = likeliest_first(models)
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
    """Ten decoded draws from the prior in a row, as a data address."""
    shape = model.vae.config.image_shape
    factor = max(1, TILE // max(shape[:2]))
    step = -(-max(shape[:2]) // LARGEST_TILE)
    large = cached.samples(model).reshape(-1, *shape)[:, ::step, ::step].repeat(factor, 1).repeat(factor, 2)
    return picture_uri(film_strip(large.reshape(len(large), -1), large.shape[1:], GAP))


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
    return {
        "text": nats(value),
        "label": "" if history.curve == "elbo" else history.about.label,
        "value": round(value, 2),
        "terms": [last.test_recon_log_lik, last.test_kl],
        "images": f"{history.data} {history.binarization} {history.curve}",
    }


def _log_marginal(card: str, history: vc.History | None) -> Row:
    """The cell of log p(x) as the card has it: of the first test images, which all models of these data have. `measured` has the mean
    and its standard error, and `leads`, by the name of another model, how far the mean is above that model's on the same images, with the
    standard error of this difference."""
    match = LOG_MARGINAL.search(card)
    if history is None or not match:
        return {"text": "not measured", "value": None, "images": "", "measured": (), "leads": {}}
    mean, error = float(match["mean"].replace("−", "-")), float(match["error"])
    return {
        "text": nats(mean) + plus_minus(error),
        "value": mean,
        "images": f"{history.data} {history.binarization} {match['images']}",
        "measured": (mean, error),
        "leads": {lead["name"]: (float(lead["lead"]), float(lead["error"])) for lead in LEAD.finditer(card)},
    }


def _seconds_of_card(card: str) -> float | None:
    took = TOOK.search(card)
    return float(took[1]) * SECONDS[took[2]] if took else None
