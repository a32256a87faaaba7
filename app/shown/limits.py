"""How close the pretrained models are to their limits, as a table."""

from collections.abc import Sequence

from aevb_lab.figures.numbers import nats, plus_minus
from vae_core.experiments.limits import Limit

OTHERS = ("gzip", "bz2", "PNG, one picture", "WebP, one picture", "each pixel by itself")
HEADS = (
    "model",
    "ELBO, nats",
    "log p(x), nats",
    "gap",
    "amortisation",
    "shape",
    "bits a pixel: bound",
    "limit",
    *OTHERS,
)


def limits_table(limits: Sequence[Limit]) -> str:
    """Markdown, a row for each model."""
    rows = [" | ".join([limit.model, *_nats(limit), *_bits(limit)]) for limit in limits]
    return "\n".join(
        f"| {row} |" for row in (" | ".join(HEADS), " | ".join(["---", *["---:"] * (len(HEADS) - 1)]), *rows)
    )


def _nats(limit: Limit) -> list[str]:
    means = (limit.elbo, limit.log_marginal, limit.gap, limit.amortisation, limit.shape)
    return [nats(mean.value) + plus_minus(mean.std_error) for mean in means]


def _bits(limit: Limit) -> list[str]:
    if not limit.is_binary:
        return ["–"] * (2 + len(OTHERS))
    bits = [limit.bits_per_pixel(limit.elbo), limit.bits_per_pixel(limit.log_marginal)]
    return [f"{value:.3f}" for value in (*bits, *(limit.others[name] for name in OTHERS))]
