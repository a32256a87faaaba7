"""The curves of one run: what was measured, after how many training samples, on which data."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Record:
    """One point of the curves; all bounds in nats per datapoint, higher is better, beta = 1.

    `train_*` is the mean over the minibatches seen since the previous record (None before the first step), so it
    lags the parameters a little; `test_*` is the mean over the whole test set at exactly this step. In both,
    `elbo = recon_log_lik - kl`.
    """

    step: int
    samples_seen: int
    epoch: float
    train_elbo: float | None
    train_recon_log_lik: float | None
    train_kl: float | None
    test_elbo: float
    test_recon_log_lik: float
    test_kl: float

    @property
    def is_finite(self) -> bool:
        return all(math.isfinite(v) for v in asdict(self).values() if v is not None)


@dataclass
class History:
    """All records of a run in the order of training, and the data (name, binarisation) that they are of."""

    data: str
    binarization: str
    records: list[Record] = field(default_factory=list)

    def column(self, name: str) -> list[float | None]:
        """The values of one field of `Record`, in order."""
        return [getattr(record, name) for record in self.records]

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=1, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> "History":
        return cls.from_dict(json.loads(text))

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "History":
        history = cls(str(values["data"]), str(values["binarization"]), [Record(**r) for r in values["records"]])
        if not all(record.is_finite for record in history.records):  # TypeError where a value is no number
            raise ValueError("a record of the history is not finite")
        return history
