"""What the views of the page Paths say in words: of draws from the prior, of q(z), and of each dimension."""

from __future__ import annotations

from aevb_lab.figures.numbers import nats, percent, plus_minus
from aevb_lab.figures.tables import markdown_table
from vae_core.studies.holes import Holes
from vae_core.studies.paths import Aggregate, Dimensions

NEARLY, MOST = 0.05, 0.5  # shares of draws


def marked(count: int, of: int, holes: Holes | None, ringed: int) -> str:
    """How many draws the visitor marked; and, if it is known, how many of them, and which share of many draws, lies in holes."""
    if count == 0:
        return "You have pressed **none** so far."
    yours = f"You pressed **{count} of {of}**."
    if holes is None:
        return yours
    return (
        f"{yours} The computer rings **{ringed}**: they look like none of the pictures that belong to real images. "
        f"Of {holes.num_draws:,} draws these are {_in_holes(holes)}. Compare calls their places holes."
    )


def _in_holes(holes: Holes) -> str:
    return f"**{percent(holes.share, 1, error=holes.share_error)}**"


def filled(mixture: Aggregate, holes: Holes | None) -> str:
    """Whether the codes of all images fill the prior; and which share of draws is strange by its picture, if it is known."""
    share = mixture.empty_share
    verdict = "Nearly" if share < NEARLY else "Not quite" if share < MOST else "No"
    amount = "fewer than 1" if 0.0 < share < 0.005 else f"{'only ' * (share < NEARLY)}{100 * share:.0f}"
    text = f"**{verdict}: {amount} of 100 random z fall where no image has its code.**"
    return (
        text
        if holes is None
        else f"{text} By their pictures it is {_in_holes(holes)} of draws: so many look like none of the pictures that belong to real images."
    )


def too_few(mixture: Aggregate, latent_dim: int, holes: Holes | None) -> str:
    """Why nothing is said where hardly two codes overlap; and what can be said by the pictures."""
    text = (
        f"**{mixture.images:,} images are too few to say.** In {latent_dim} dimensions there is so much room that hardly two codes overlap. So nearly every "
        "random z is far from all of them, and this says nothing of the model."
    )
    return (
        text
        if holes is None
        else f"{text} The pictures say more: {_in_holes(holes)} of draws look like none of the pictures that belong to real images."
    )


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
