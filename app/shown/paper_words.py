"""What the paper's figures 2 and 3, made again, say in words."""

from __future__ import annotations

from collections.abc import Sequence

from aevb_lab.figures.numbers import nats, plus_minus
from aevb_lab.figures.paper import NAMES
from vae_core.experiments.committed import Gap, Lead, LikelihoodRun

TEST_FRAMES = " The test images are the end of the film, where the face does other things."


def leading(measured: Sequence[Lead]) -> str:
    """Whether AEVB learns faster than wake-sleep, of the runs that are there."""
    if not measured:
        return "The runs that would answer this are not made yet."
    clear = [lead for lead in measured if lead.mean > 2 * lead.std_error]
    behind = [lead for lead in measured if lead.mean < -2 * lead.std_error]
    verdict = "Yes" if len(clear) == len(measured) else "No" if not clear else "Not always"
    sentences = [f"**{verdict}.**"]
    if clear:
        sentences.append(_ahead(clear, measured))
    for lead in measured:
        if lead in behind:
            error = plus_minus(lead.std_error)
            sentences.append(
                f"With {lead.latent_dim} latent dimensions wake-sleep is ahead by {nats(-lead.mean)}{error} nats."
            )
        elif lead not in clear:
            sentences.append(
                f"With {lead.latent_dim} latent dimensions nobody is clearly ahead: AEVB's lead is {_in_nats(lead)} nats."
            )
    latest = max(measured, key=lambda lead: lead.last_behind)
    if latest.last_behind:
        size, images = latest.latent_dim, latest.last_behind
        sentences.append(
            f"Before, wake-sleep can be ahead: with {size} latent dimensions for the last time at {images:,} images."
        )
    return " ".join(sentences)


def _ahead(clear: Sequence[Lead], measured: Sequence[Lead]) -> str:
    samples = {lead.samples for lead in measured}
    after = f"After {samples.pop():,} training images" if len(samples) == 1 else "In the longest runs"
    low, high = (choose(clear, key=lambda lead: lead.mean) for choose in (min, max))
    least = f"by {_in_nats(low)} nats with {low.latent_dim} latent dimensions"
    if len(measured) == 1:
        return f"{after} AEVB is ahead {least}."
    count = f"all {len(measured)}" if len(clear) == len(measured) else f"{len(clear)} of {len(measured)}"
    most = "" if low is high else f", and {_in_nats(high)} with {high.latent_dim}"
    return f"{after} AEVB is ahead at {count} latent sizes: {least}{most}."


def _in_nats(lead: Lead) -> str:
    return f"{nats(lead.mean)}{plus_minus(lead.std_error)}"


def over_fitting(data: str, measured: Sequence[Gap]) -> str:
    """Whether more latents over-fit, with a table."""
    if len(measured) < 2:
        return "This needs the runs of two latent sizes that have seen equally many images. They are not made yet."
    few, many = measured[0], measured[-1]
    error = (few.std_error**2 + many.std_error**2) ** 0.5
    more = many.mean - few.mean > 2 * error
    verdict = (
        "**Yes**, by more than two standard errors."
        if more
        else "**No**: the gap between training and test is not clearly larger."
    )
    text = (
        f"{verdict} After {many.samples:,} training images, AEVB with {many.latent_dim} latent dimensions has a training bound that is "
        f"{_above(many)} its test bound. With {few.latent_dim} it is {_above(few)} it."
    )
    if all(gap.mean > 2 * gap.std_error for gap in (few, many)):
        frames = TEST_FRAMES if data == "frey_faces" else ""
        text += f" So both over-fit: they know their training images better.{frames}"
    lines = ["| latent dimensions | train − test, nats |", "|---|---|"]
    lines += [f"| {gap.latent_dim} | {nats(gap.mean)}{plus_minus(gap.std_error)} |" for gap in measured]
    return "\n\n".join([text, "\n".join(lines)])


def few_images(runs: Sequence[LikelihoodRun]) -> str:
    """Figure 3: which algorithm finds test images most likely with so many training images, and how much better it knows its training
    images."""
    sentences = [
        "log p(x) says how likely a model finds images: solid for test images, dotted for its training images."
    ]
    for count in sorted({run.run.num_train for run in runs}):
        own = [run for run in runs if run.run.num_train == count]
        samples = max(set.intersection(*({point["samples"] for point in run.points} for run in own)), default=None)
        if samples is None:
            continue
        ends = {run.run.algorithm: _likelihoods(run, samples) for run in own}
        best = max(ends, key=lambda name: ends[name]["test"]["mean"])
        gap = ends[best]["train"]["mean"] - ends[best]["test"]["mean"]
        test = ends[best]["test"]
        sentences.append(
            f"With {count:,} training images, after {samples:,} were seen, **{NAMES[best]}** has the highest log p(x) of test images: "
            f"{nats(test['mean'])}{plus_minus(test['std_error'])} nats. Its training images have {nats(abs(gap))} nats "
            f"{'more' if gap >= 0.0 else 'less'}."
        )
    return " ".join(sentences)


def _likelihoods(run: LikelihoodRun, samples: int) -> dict[str, dict[str, float]]:
    parts: dict[str, dict[str, float]] = next(p["hmc"] for p in run.points if p["samples"] == samples)
    return parts


def likelihood_settings(runs: Sequence[LikelihoodRun]) -> str:
    """A table of figure 3's runs."""
    lines = ["| training images | algorithm | step size | images a second | command |", "|---|---|---|---|---|"]
    lines += [
        f"| {run.run.num_train:,} | {NAMES[run.run.algorithm]} | {run.rate:g} | {run.speed:,.0f} | `{run.command}` |"
        for run in runs
    ]
    return "100 tanh units, 3 latent dimensions, M = 100, L = 1, Adagrad, seed 0.\n\n" + "\n".join(lines)


def _above(gap: Gap) -> str:
    return f"{nats(abs(gap.mean))}{plus_minus(gap.std_error)} nats {'above' if gap.mean >= 0.0 else 'below'}"
