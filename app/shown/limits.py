"""How close the pretrained models are to their limits, as tables."""

from collections.abc import Sequence

from aevb_lab.figures.numbers import nats, plus_minus
from aevb_lab.figures.tables import markdown_table
from vae_core.experiments.limits import Limit

OTHERS = ("gzip", "bz2", "PNG, one picture", "WebP, one picture", "each pixel by itself")


def bits_table(limits: Sequence[Limit]) -> str:
    """Markdown: bits a pixel by the bound, by log p(x) and by other programs, for the models of black and white pixels."""
    rows = [
        [
            limit.model,
            *map(_bits, (limit.bits_per_pixel(limit.elbo), limit.bits_per_pixel(limit.log_marginal))),
            *(_bits(limit.others[name]) for name in OTHERS),
        ]
        for limit in limits
        if limit.is_binary
    ]
    return markdown_table(("bits a pixel", "bound", "limit", *OTHERS), rows)


def gaps_table(limits: Sequence[Limit]) -> str:
    """Markdown: the gap of every model and its two parts, which add up to it."""
    rows = [
        [
            limit.model,
            *(
                nats(mean.value) + plus_minus(mean.std_error)
                for mean in (limit.split_gap, limit.amortisation, limit.shape)
            ),
        ]
        for limit in limits
    ]
    return markdown_table(("nats an image", "gap", "amortisation", "shape"), rows)


def _bits(value: float) -> str:
    return f"{value:.3f}"
