"""The curves of one run: what was measured, after how many training samples, on which data."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, NamedTuple

from vae_core.config import TrainConfig, require_choice, require_whole
from vae_core.errors import described


class Curve(NamedTuple):
    """What the curves of a run show: the fields of its records (after "train_" or "test_"), of which the first sums up the
    others; its name on a screen; and its meaning, in one or two sentences."""

    terms: tuple[str, ...]
    label: str
    meaning: str


CURVES = {
    "elbo": Curve(
        ("elbo", "recon_log_lik", "kl"),
        "ELBO",
        "The bound on log p(x): reconstruction minus KL. Solid: the test set. Dotted: the training images just seen.",
    ),
    "log_marginal": Curve(
        ("log_marginal",),
        "estimate of log p(x)",
        "log p(x), estimated with draws from the prior (importance sampling, biased low). There is no bound to show, "
        "since Monte Carlo EM trains no encoder. Solid: the test set. Dotted: the training images just seen.",
    ),
    "importance_bound": Curve(
        ("log_marginal",),
        "importance-weighted bound",
        "The bound on log p(x) from L weighted draws of z for each image (IWAE): higher than the ELBO. Solid: the test set. "
        "Dotted: the training images just seen.",
    ),
    "bound_over_parameters": Curve(
        ("elbo", "recon_log_lik", "kl", "kl_parameters"),
        "bound over z and θ",
        "The bound with z and the decoder's weights θ drawn from q. Dotted: the training images just seen, minus the KL of z "
        "and minus KL(q(θ) ‖ p(θ)) / N. Solid: the test set, minus the KL of z only. It is a bound on what the model predicts.",
    ),
}
RECORD_BYTES = 1000  # one record takes them in memory, with its numbers; in a file it takes less than half
ABOUT_DATA = ("origin", "fingerprint")
CURVE_OF = {"aevb": "elbo", "wake_sleep": "elbo", "mcem": "log_marginal", "full_vb": "bound_over_parameters"}


def curve_of(config: TrainConfig) -> str:
    """The name in CURVES of the curve that a run with this config draws."""
    return "importance_bound" if config.objective == "iwae" else CURVE_OF[config.algorithm]


@dataclass(frozen=True)
class Record:
    """One point of the curves; all terms in nats per datapoint, beta = 1. A term that the run's curve does not have is None.

    `train_*` is the mean over the minibatches seen since the previous record (None before the first step), so it
    lags the parameters a little; `test_*` is the mean over the whole test set at exactly this step. In both,
    `elbo = recon_log_lik - kl`, less `kl_parameters` where there is one: KL(q(theta) || p(theta)) / N of full VB.
    `log_marginal` is an estimate of log p(x), biased low.
    """

    step: int
    samples_seen: int
    epoch: float
    train_elbo: float | None = None
    train_recon_log_lik: float | None = None
    train_kl: float | None = None
    test_elbo: float | None = None
    test_recon_log_lik: float | None = None
    test_kl: float | None = None
    train_log_marginal: float | None = None
    test_log_marginal: float | None = None
    train_kl_parameters: float | None = None

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if name in ("step", "samples_seen"):
                require_whole(name, value, 0)
            elif not (
                isinstance(value, (int, float)) and not isinstance(value, bool) or value is None and name != "epoch"
            ):
                raise ValueError(f"{name} of a record must be a number, got {value!r}")

    @property
    def is_finite(self) -> bool:
        """Whether all its numbers are finite."""
        return all(abs(v) <= sys.float_info.max for v in asdict(self).values() if v is not None)


@dataclass
class History:
    """All records of a run in the order of training, the data that they were measured on (name, binarisation), and the name of
    their curve in `CURVES`. `origin` and `fingerprint` are those of the `Dataset`; "" in files of version 0.1.0. `reading` says how one's own images were
    read; {} for the sets that everybody has."""

    data: str
    binarization: str
    records: list[Record] = field(default_factory=list)
    curve: str = "elbo"
    origin: str = ""
    fingerprint: str = ""
    reading: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        data: str,
        config: TrainConfig,
        origin: str = "",
        fingerprint: str = "",
        reading: dict[str, Any] | None = None,
    ) -> History:
        """The empty history of a run with this config."""
        return cls(data, config.binarization, [], curve_of(config), origin, fingerprint, reading or {})

    @property
    def about(self) -> Curve:
        """What the curves show."""
        return CURVES[self.curve]

    def test_value(self, record: Record) -> float:
        """The value that the test curve shows for a record, in nats per datapoint; higher is better."""
        return getattr(record, f"test_{self.about.terms[0]}")

    def extended(self, *records: Record) -> History:
        """A new history with these records at its end."""
        return replace(self, records=[*self.records, *records])

    def column(self, name: str) -> list[float | None]:
        """The values of one field of `Record`, in order."""
        return [getattr(record, name) for record in self.records]

    def to_dict(self) -> dict[str, Any]:
        """As JSON types. Terms that only other curves have are left out, and what is not known of the data."""
        absent = {f.name for f in fields(Record) if f.name.endswith(("_log_marginal", "_kl_parameters"))}
        records = [
            {name: value for name, value in asdict(record).items() if value is not None or name not in absent}
            for record in self.records
        ]
        return self.about_data() | {"binarization": self.binarization, "records": records, "curve": self.curve}

    def about_data(self) -> dict[str, Any]:
        """What is known of the data, for the header of a model's file too."""
        reading = {"reading": self.reading} if self.reading else {}
        return {"data": self.data} | {name: text for name in ABOUT_DATA if (text := getattr(self, name))} | reading

    def to_json(self) -> str:
        """`to_dict` as the text of history.json."""
        return json.dumps(self.to_dict(), indent=1, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> History:
        """The history that `to_json` gave. ValueError for any other text."""
        rule = "a history must be an object of JSON"
        try:
            values = json.loads(text)
        except RecursionError as error:
            raise ValueError(f"{rule}, got lists within lists without end") from error
        except (ValueError, TypeError) as error:
            raise ValueError(f"{rule}, got {described(text)[:60]}: {error}") from error
        return cls.from_dict(values)

    @classmethod
    def from_dict(cls, values: Any) -> History:
        """The history that `to_dict` gave; ValueError for anything else. One of version 0.1.0 names no curve: it is of the bound."""
        if not isinstance(values, dict):
            raise ValueError(f"a history must be built from a dict, got {type(values).__name__}")
        curve, records = values.get("curve", "elbo"), values.get("records")
        require_choice("curve", curve, tuple(CURVES))
        about = [values.get(name, "") for name in ("data", "binarization", *ABOUT_DATA)]
        if not all(isinstance(text, str) for text in about) or not all(about[:2]):
            raise ValueError(
                f"data, binarization, origin and fingerprint of a history must be texts, got {about!r}"[:300]
            )
        reading = values.get("reading", {})
        if not isinstance(reading, dict):
            raise ValueError(f"reading of a history must be an object, got {type(reading).__name__}")
        if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
            raise ValueError("records of a history must be a list of objects")
        names = {f.name for f in fields(Record)}
        for record in records:
            if not {"step", "samples_seen", "epoch"} <= record.keys() <= names:
                raise ValueError(
                    f"a record must have step, samples_seen, epoch and terms of curves, got {sorted(record)}"
                )
        history = cls(about[0], about[1], [Record(**record) for record in records], curve, about[2], about[3], reading)
        if not all(record.is_finite for record in history.records):
            raise ValueError("a record of the history is not finite")
        for term in history.about.terms:
            if hasattr(Record, name := f"test_{term}") and None in history.column(name):
                raise ValueError(f"each record must have a {name}, and one has none")
        return history
