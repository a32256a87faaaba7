"""What a run shows while it trains: which term of the bound moves first, and which latent dimensions carry nothing."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from vae_core.config import require_number
from vae_core.history import History
from vae_core.latent import ACTIVE_VARIANCE

MOVE = 1.0  # nats


class FirstMove(NamedTuple):
    """The term of the bound (eq. 7), "recon_log_lik" or "kl", that moved first on the test set; how many training images had
    been seen by then, and by how much both terms differed from their first values, nats per image."""

    term: str
    samples_seen: int
    recon_log_lik: float
    kl: float


def first_move(history: History, least: float = MOVE) -> FirstMove | None:
    """The term that first differs from its first value by `least` nats or more; of two that do so at the same record, the one
    that differs more. None before that, and for a curve that is not that of a bound. ValueError unless `least` is positive."""
    require_number("least", least, above=0.0)
    if not {"recon_log_lik", "kl"} <= set(history.about.terms) or not history.records:
        return None
    recon_log_lik, kl = (np.array(history.column(f"test_{term}"), float) for term in ("recon_log_lik", "kl"))
    changes = np.stack([recon_log_lik - recon_log_lik[0], kl - kl[0]])
    rows = np.flatnonzero((np.abs(changes) >= least).any(0))
    if not len(rows):
        return None
    row = rows[0]
    term = ("recon_log_lik", "kl")[int(np.abs(changes[:, row]).argmax())]
    return FirstMove(term, history.records[row].samples_seen, float(changes[0, row]), float(changes[1, row]))


def dead_dimensions(means: Float[np.ndarray, "images latent"]) -> list[int]:
    """The latent dimensions (from 0) that carry nothing: the encoded mean varies between images by at most ACTIVE_VARIANCE, as in
    `vae_core.latent.latent_use`. None of them for fewer than two images, which tell nothing."""
    if len(means) < 2:
        return []
    return np.flatnonzero(means.astype(np.float64).var(0, ddof=1) <= ACTIVE_VARIANCE).tolist()
