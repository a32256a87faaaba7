"""What the views of the page Paths say in words: of draws from the prior, of q(z), and of each dimension."""

from __future__ import annotations

from aevb_lab.figures.numbers import nats, percent, plus_minus
from aevb_lab.figures.tables import markdown_table
from vae_core.studies.paths import Aggregate, Dimensions

NEARLY, MOST = 0.05, 0.5  # shares of draws


def marked(count: int, of: int, in_holes: tuple[float, float] | None) -> str:
    """How many draws the visitor marked; and, if it is known, which share of many draws lies in holes, with its standard error."""
    if count == 0:
        return "You have pressed **none** so far."
    yours = f"You pressed **{count} of {of}**: {percent(count / of)}."
    if in_holes is None:
        return yours
    share, error = in_holes
    return (
        f"{yours} The computer takes many draws, and counts those that look like none of the pictures that belong to real images: "
        f"**{percent(share, 1, error=error)}**. Compare calls their places holes."
    )


def filled(mixture: Aggregate) -> str:
    """Whether the codes of all images fill the prior."""
    share = mixture.empty_share
    verdict = "Nearly" if share < NEARLY else "Not quite" if share < MOST else "No"
    amount = "Fewer than 1" if 0.0 < share < 0.005 else f"{'Only ' * (share < NEARLY)}{100 * share:.0f}"
    return f"**{verdict}: {amount[0].lower()}{amount[1:]} of 100 random z fall where no image has its code.**"


def dimension(use: Dimensions, number: int) -> str:
    """What one latent dimension, counted from 0, costs, and whether it is dead."""
    cost = f"**z{number + 1}**: KL **{nats(use.kl[number])}**{plus_minus(use.kl_error[number])} nats"
    return cost if use.active[number] else f"{cost}, **dead**: the decoder has learnt to ignore it"


def numbers_of_dimensions(use: Dimensions) -> str:
    """A table of all dimensions: how far the encoded mean varies over the images decides which are active."""
    rows = [
        [
            f"z{number + 1}",
            f"{nats(use.kl[number])}{plus_minus(use.kl_error[number])}",
            "undefined" if use.variance[number] != use.variance[number] else f"{use.variance[number]:.2g}",
            "active" if use.active[number] else "dead",
        ]
        for number in use.order
    ]
    return markdown_table(("dimension", "KL, nats", "variance of the mean", "active or dead"), rows)
