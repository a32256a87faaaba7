"""How close the pretrained models are to their limits, as `benchmarks/coding.py --limits` measured it."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import NamedTuple

COMMITTED = Path(__file__).with_name("limits.json")


class Mean(NamedTuple):
    """A mean over images and its standard error, nats."""

    value: float
    std_error: float


class Limit(NamedTuple):
    """The numbers of one model on the first test images of its data, nats per image.

    `gap` is log p(x) less the ELBO, and `split_gap` the same over fewer images. Of that, `amortisation` is what a diagonal Gaussian of
    each image's own wins, and `shape` is the rest. `others` are other programs' bits per pixel on all test images; {} for densities."""

    model: str
    data: str
    num_images: int
    data_dim: int
    is_binary: bool
    elbo: Mean
    log_marginal: Mean
    gap: Mean
    split_gap: Mean
    amortisation: Mean
    shape: Mean
    others: dict[str, float]

    def bits_per_pixel(self, nats: Mean) -> float:
        """A bound or log p(x) as the length of a code."""
        return -nats.value / math.log(2.0) / self.data_dim


def read_limits(path: Path = COMMITTED) -> list[Limit]:
    """The limits of all models that were measured."""
    content = json.loads(path.read_text(encoding="utf-8"))
    return [
        Limit(
            model=row["model"],
            data=row["data"],
            num_images=row["images"],
            data_dim=row["data_dim"],
            is_binary=row["binary"],
            elbo=Mean(*row["elbo"]),
            log_marginal=Mean(*row["log_marginal"]),
            gap=Mean(*row["gap"]),
            split_gap=Mean(*row["split"]["gap"]),
            amortisation=Mean(*row["split"]["amortisation"]),
            shape=Mean(*row["split"]["shape"]),
            others=content["others"].get(row["data"], {}) if row["binary"] else {},
        )
        for row in content["models"]
    ]
