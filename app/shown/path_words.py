"""What the views of the page Paths say in words: of draws from the prior, of q(z), and of each dimension."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from aevb_lab.escaping import plain
from aevb_lab.figures.numbers import nats, percent, plus_minus
from aevb_lab.figures.tables import markdown_table
from vae_core.studies.holes import LEVEL, MOST_IMAGES, Holes
from vae_core.studies.paths import Aggregate, Dimensions
from vae_core.studies.planes import SUBSCRIPTS

NEARLY, MANY, FAR_FROM_ALL = 0.05, 0.25, 0.95  # shares of draws: strange ones, and those in empty places
FEW_STRIPS = 4  # latent numbers whose strips have the page's width, in the order of the numbers
BELOW_PICTURES = "Below a picture: the digit of the most similar real images, or their two digits. A ? stands for more."
FIRST_PRESS = "The computer answers after your first press."
THEN_COMPARE = "When you have pressed all, compare with the computer."
MOST_STRANGE = 8  # draws side by side


def marked(rows: Sequence[int], of: int, holes: Holes | None, framed: Sequence[int], *, means: bool) -> str:
    """How many draws the visitor marked, those in these `rows`; and, if it is known, how many are `framed`, and which share of many draws
    lies in holes. Their `means` are on screen, or an x drawn from each."""
    if not rows:
        return f"You pressed **none of {of}** yet."
    yours = f"You pressed **{len(rows)} of {of}**."
    if holes is None:
        return yours
    common = len({*rows} & {*framed})
    frames = (
        f"The computer frames **{len(framed)}**, in dashed violet, and {common or 'none'} of yours"
        if framed
        else "The computer frames **none**"
    )
    by = "" if means else ", by the means of p(x|z)"
    return (
        f"{yours} {frames}{by}. It frames a draw if nothing like it comes back from a real image, be it blurred or clean. "
        f"Of {holes.num_draws:,} draws, {_in_holes(holes)} are so. Their places are called holes."
    )


def why_framed(count: int, *, means: bool) -> str:
    """What the pictures below the draws show: those that the computer frames, so many in all."""
    return (
        f"**Why the frames?** Such a draw may look clean. Still it differs from what comes back from every real image. {_top(count, means)} "
        "Middle: the most similar picture that comes back. Bottom: where the two differ."
    )


def why_not_framed(count: int, *, means: bool, is_all: bool) -> str:
    """The same of the visitor's marks that the computer does not frame, or of all of them where that `is_all`."""
    which = "yours" if is_all else "your others"
    return f"**Why not {which}?** A picture much like it comes back from a real image. {_top(count, means)} Middle: that picture. Bottom: the real image."


def _top(count: int, means: bool) -> str:
    draws = (
        f"the {MOST_STRANGE} strangest of {count} draws"
        if count > MOST_STRANGE
        else "the draws"
        if count > 1
        else "the draw"
    )
    return f"Top: {draws}{'' if means else ', as means of p(x|z)'}."


def _in_holes(holes: Holes) -> str:
    return f"**{percent(holes.share, 1, error=holes.share_error)}**"


def says_something(mixture: Aggregate) -> bool:
    """Whether the share of empty places tells of the model: not where nearly every draw is far from all codes."""
    return mixture.empty_share < FAR_FROM_ALL


def drawn_at_random(share: float, error: float, mixture: Aggregate, is_strange: np.ndarray) -> str:
    """Which share of random z draws a picture unlike every real one; and whether those on the map, `is_strange`, lie far from all codes."""
    verdict = "Nearly: only" if share < NEARLY else "Not every one:" if share < MANY else "No:"
    text = f"**{verdict} {percent(share, 1, error=error)} of random z draw a picture unlike every real one.**"
    if mixture.masses is None:  # one latent number has no map
        return text
    latent_dim, count = mixture.z.shape[1], int(np.sum(is_strange))
    if not says_something(mixture):
        reason = (
            f"The map shows 2 of {latent_dim} latent numbers, so a × may lie in the cloud and still be far from all codes."
            if latent_dim > 2
            else "Here the cloud is many small spots: each q(z|x) is narrow, and hardly two of them overlap."
        )
        return f"{text} {reason}"
    if not count:
        return text
    far = int(np.sum(mixture.is_far & is_strange))
    amount = (
        ("Both" if count == 2 else f"All {count}")
        if far == count > 1
        else "The"
        if far == count
        else f"{far or 'None'} of the {count}"
    )
    return f"{text} The cloud is {mixture.images:,} small ovals, one for each image. {amount} × {'lie' if far > 1 else 'lies'} outside all of them."


def what_crosses_are(mixture: Aggregate) -> str:
    """What a × stands for."""
    return (
        f"{len(mixture.z)} random z. Real: the pictures that come back from the codes of {min(mixture.images, MOST_IMAGES):,} images. A × differs more from all of them than "
        f"{percent(LEVEL)} of them differ from their nearest one."
    )


def what_numbers_change(use: Dimensions, digits: Sequence[Sequence[str]], start: str) -> str:
    """How many latent numbers change the digit from the `start`, with the `digits` that each goes through."""
    several, total = sum(len(names) > 1 for names in digits), len(use.kl)
    order = " The costliest comes first." if total > FEW_STRIPS else ""
    if not any(digits):
        return f"**{use.num_active} of {total}** latent numbers are active: they change from image to image.{order}"
    if several == total:
        return f"**{'It changes' if total == 1 else 'Both change' if total == 2 else 'Each changes'} which digit it is.**{order}"
    return f"**From {start}, {several or 'none'} of {total} latent numbers clearly change{'' if several > 1 else 's'} which digit it is.**{order}"


def dimension(use: Dimensions, number: int, classes: Sequence[str] = ()) -> str:
    """The classes that one latent dimension, counted from 0, goes through, if they are known; what it costs, and whether it is dead."""
    name, names = f"z{number + 1}".translate(SUBSCRIPTS), [plain(name) for name in classes]
    change = (
        f"**{name}: {', '.join(names)}.**"
        if len(names) > 1
        else f"**{name}** keeps {names[0]}."
        if names
        else f"**{name}**."
    )
    cost = f"{change} KL {nats(use.kl[number])}{plus_minus(use.kl_error[number])} nats"
    return cost if _state(use, number) != "dead" else f"{cost}, **dead**: its mean hardly changes from image to image"


def _state(use: Dimensions, number: int) -> str:
    """Active or dead; with one image, nobody knows."""
    return "undefined" if np.isnan(use.kl_error[number]) else "active" if use.active[number] else "dead"


def numbers_of_dimensions(use: Dimensions) -> str:
    """A table of all dimensions: how far the encoded mean varies over the images decides which are active."""
    rows = [
        [
            f"z{number + 1}".translate(SUBSCRIPTS),
            f"{nats(use.kl[number])}{plus_minus(use.kl_error[number])}",
            "undefined" if np.isnan(use.kl_error[number]) else f"{use.variance[number]:.2g}",
            _state(use, number),
        ]
        for number in use.order
    ]
    return markdown_table(("dimension", "KL, nats", "variance of the mean", "active or dead"), rows)
