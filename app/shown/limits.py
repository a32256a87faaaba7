"""How close the pretrained models are to their limits: as bars, in a sentence, and as tables."""

import math
from collections.abc import Sequence

import plotly.graph_objects as go

from aevb_lab.figures.coding import pixel_bars
from aevb_lab.figures.numbers import nats, percent, plus_minus
from aevb_lab.figures.tables import markdown_table
from vae_core.experiments.limits import Limit

OTHERS = ("ten pixels before", "gzip", "bz2", "PNG, one picture", "WebP, one picture", "each pixel by itself")
RIVAL = "gzip"


def limit_bars(limits: Sequence[Limit], dark: bool) -> go.Figure:
    """Bits a pixel by the bounds, by log p(x) and by other programs, of models of the same black and white pixels."""
    models = {
        limit.model: (limit.bits_per_pixel(limit.log_marginal), limit.bits_per_pixel(limit.elbo)) for limit in limits
    }
    others = {name: limits[0].others[name] for name in OTHERS}
    return pixel_bars(models, others, revision=f"limits of {limits[0].data}", dark=dark)


def in_one_sentence(limits: Sequence[Limit]) -> str:
    """Markdown: how much shorter the best model's code is than that of a usual program, and how near all models are to their limits."""
    binary = [limit for limit in limits if limit.is_binary]
    shares = [limit.bits_per_pixel(limit.elbo) / limit.others[RIVAL] for limit in binary]
    best = binary[shares.index(min(shares))]
    share = "less than half" if min(shares) < 0.5 else percent(min(shares))
    farthest = max(limit.elbo.value / limit.log_marginal.value - 1.0 for limit in binary)
    return (
        f"**Each model here takes at most {percent(math.ceil(1000.0 * farthest) / 1000.0, 1)} more bits than its limit.** {best.model} takes {share} of {RIVAL}'s bits: "
        f"{_bits(best.bits_per_pixel(best.elbo))} a pixel instead of {_bits(best.others[RIVAL])}."
    )


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
