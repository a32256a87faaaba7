"""What the paper's figures 2 and 3, made again, say in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from math import hypot
from typing import Any, NamedTuple

import numpy as np

from aevb_lab.figures.numbers import listed, measured, nats
from vae_core.experiments.committed import Gap, Lead, LikelihoodRun, PaperRun
from vae_core.experiments.figure_tables import NAMES
from vae_core.marginal import LOW_ESS

METHODS = {"hmc": "the paper's way (App. D)", "importance": "importance sampling"}  # of figure 3
PARTS = ("train", "test")
EARLY_IMAGES = 100_000
MUCH_LOWER = 50.0  # nats: a test bound that ends so far below its highest value has over-fitted
EARLY = 0.01  # of the training images: leads before are a matter of chance
OVER_FITTING = "A model over-fits when it finds its training images likelier than new ones."
TEST_FRAMES = " The test images are the end of the film, where the face does other things."


def leading(leads: Sequence[Lead], size: int | None = None) -> tuple[str, str]:
    """Whether AEVB learns faster than wake-sleep, of the runs that are there: with the chosen latent size, and with the others. With none
    chosen all is one answer."""
    if not leads:
        return "The runs that would answer this are not made yet.", ""
    clear = [lead for lead in leads if lead.mean > 2 * lead.std_error]
    behind = [lead for lead in leads if lead.mean < -2 * lead.std_error]
    verdict = "Yes" if len(clear) == len(leads) else "No" if not clear else "Not always"
    of_size = [lead for lead in leads if lead.latent_dim == size]
    answer = [f"**{verdict}.**", *(_as_images(lead) if lead in clear else _not_ahead([lead]) for lead in of_size)]
    sentences = []
    if clear:
        sentences.append(_ahead(clear, leads))
    others = [lead for lead in leads if lead not in clear and lead not in of_size]
    sentences += [_not_ahead([lead]) for lead in others if lead in behind]
    sentences.append(_not_ahead([lead for lead in others if lead not in behind]))
    latest = max(clear, key=lambda lead: lead.last_behind, default=None)
    if latest and latest.last_behind > EARLY * latest.samples:
        sentences.append(
            f"Earlier, wake-sleep led at a few points, with {latest.latent_dim} latent dimensions for the last time at {latest.last_behind:,} images."
        )
    first, others_too = (answer, sentences) if of_size else (answer + sentences, [])
    return " ".join(filter(None, first)), " ".join(filter(None, others_too))


def early(curves: Mapping[int, tuple[np.ndarray, np.ndarray]], leads: Sequence[Lead]) -> str:
    """Where AEVB is not clearly ahead at the end with each latent size: that it was, after EARLY_IMAGES, if so; `curves` are its leads by size,
    (samples, nats)."""
    ahead = [lead[samples <= EARLY_IMAGES][-1] for samples, lead in curves.values() if samples[0] <= EARLY_IMAGES]
    is_clear = all(lead.mean > 2 * lead.std_error for lead in leads)
    if is_clear or len(ahead) < 2 or len(ahead) < len(leads) or min(ahead) <= 0.0:
        return ""
    return f" After {EARLY_IMAGES:,} images AEVB was ahead at all {len(ahead)}, by {nats(min(ahead), 0)} to {nats(max(ahead), 0)} nats."


def both_over_fit(runs: Sequence[PaperRun]) -> str:
    """That runs (of one latent size) get worse on test images, if each of seed 0 ends far below its highest test bound."""
    firsts = [run for run in runs if not run.run.seed]
    falls = [float(run.test.max() - run.test[-1]) for run in firsts]
    return " Later both over-fit: on test images they get worse." if falls and min(falls) > MUCH_LOWER else ""


def _not_ahead(leads: Sequence[Lead]) -> str:
    """Of sizes where AEVB is not clearly ahead: of one by how much it or wake-sleep is; of several all at once."""
    if not leads:
        return ""
    if len(leads) > 1:
        *first, last = (str(lead.latent_dim) for lead in leads)
        return f"With {', '.join(first)} and {last} latent dimensions nobody is clearly ahead."
    (lead,) = leads
    if lead.mean < -2 * lead.std_error:
        return f"With {lead.latent_dim} latent dimensions wake-sleep is ahead by {measured(-lead.mean, lead.std_error)} nats."
    return f"With {lead.latent_dim} latent dimensions nobody is clearly ahead: AEVB's lead is {_in_nats(lead)} nats."


def _ahead(clear: Sequence[Lead], leads: Sequence[Lead]) -> str:
    samples = {lead.samples for lead in leads}
    after = f"After {samples.pop():,} training images" if len(samples) == 1 else "In the longest runs"
    low, high = (choose(clear, key=lambda lead: lead.mean) for choose in (min, max))
    least = f"by {_in_nats(low)} nats with {low.latent_dim} latent dimensions"
    if len(leads) == 1:
        return f"{after} AEVB is ahead {least}."
    count = f"all {len(leads)}" if len(clear) == len(leads) else f"{len(clear)} of {len(leads)}"
    most = "" if low is high else f", and {_in_nats(high)} with {high.latent_dim}"
    return f"{after} AEVB is ahead at {count} latent sizes: {least}{most}."


def _as_images(lead: Lead) -> str:
    """The lead as training images that are saved."""
    if not 0 < lead.same_after < lead.samples:
        return ""
    return (
        f"With {lead.latent_dim} latent dimensions AEVB needs {lead.same_after:,} images for what wake-sleep reaches after "
        f"{lead.samples:,}.{_as_fast(lead.samples / lead.same_after)}"
    )


def _as_fast(ratio: float) -> str:
    times = f"{ratio:.1f}".removesuffix(".0")
    return "" if times == "1" else f" **Counted in images, it is {times} times as fast.**"


def _in_nats(lead: Lead) -> str:
    return measured(lead.mean, lead.std_error)


def over_fitting(data: str, gaps: Sequence[Gap]) -> str:
    """Whether more latents over-fit, with a table."""
    if len(gaps) < 2:
        return "This needs the runs of two latent sizes that have seen equally many images. They are not made yet."
    few, many = gaps[0], gaps[-1]
    error = (few.std_error**2 + many.std_error**2) ** 0.5
    growth = many.mean - few.mean
    more = growth > 2 * error
    verdict = (
        "**Yes**, by more than two standard errors."
        if more
        else "**It is not clear**: the gap between training and test is larger, but by less than two standard errors."
        if growth > error
        else f"**No**: with more of them the gap between training and test {'is smaller' if growth < -2 * error else 'is not clearly larger'}."
    )
    both = ""
    if all(gap.mean > 2 * gap.std_error for gap in (few, many)):
        frames = TEST_FRAMES if data == "frey_faces" else ""
        both = (
            f" **Those with {few.latent_dim} and with {many.latent_dim} latent numbers both over-fit here.**{frames} Do more latent "
            "numbers over-fit more?"
        )
    text = (
        f"{OVER_FITTING}{both} {verdict} After {many.samples:,} training images, AEVB with {many.latent_dim} latent dimensions has a training bound that is "
        f"{_above(many)} its test bound. With {few.latent_dim} it is {_above(few)} it."
    )
    lines = ["| latent dimensions | train − test, nats |", "|---|---|"]
    lines += [f"| {gap.latent_dim} | {measured(gap.mean, gap.std_error)} |" for gap in gaps]
    return "\n\n".join([text, "\n".join(lines)])


class Panel(NamedTuple):
    """Of the runs with equally many training images: which over-fit, and which finds test images most likely; in Markdown."""

    verdict: str
    numbers: str


class FewImages(NamedTuple):
    """Figure 3 in Markdown: its answer, and a panel for each number of training images."""

    answer: str
    panels: dict[int, Panel]


def few_images(runs: Sequence[LikelihoodRun], method: str) -> FewImages:
    """Figure 3 by one of METHODS."""
    panels, of_aevb, over_fitting_runs = {}, [], []
    for count in sorted({run.run.num_train for run in runs}):
        of_count = [run for run in runs if run.run.num_train == count]
        seen = Counter(point["samples"] for run in of_count for point in run.points)
        samples = max(seen, key=lambda number: (seen[number], number))  # the most that most runs have seen
        ends = {
            NAMES[run.run.algorithm]: point[method]
            for run in of_count
            for point in run.points
            if point["samples"] == samples
        }
        over = [
            name for name, end in ends.items() if _gap(end) > 2.0 * hypot(*(end[part]["std_error"] for part in PARTS))
        ]
        over_fitting_runs.append(over)
        verdict = f"{listed(over)} over-fit{'s' if len(over) == 1 else ''}" if over else "Nothing clearly over-fits"
        gaps = listed([f"{name} {nats(_gap(end), 1, sign=True)}" for name, end in ends.items()])
        best, *others = sorted(ends, key=lambda name: -ends[name]["test"]["mean"])
        test = ends[best]["test"]
        of_aevb += [(count, samples, ends["AEVB"]["test"])] if "AEVB" in ends else []
        panels[count] = Panel(
            f"{verdict}.",
            f"Training minus test, in nats: {gaps}. "
            f"After {samples:,} were seen, {best} is best on test images: {measured(test['mean'], test['std_error'])} nats. "
            f"{_within_errors(test, {name: ends[name]['test'] for name in others})}"
            f"Each image was seen about {round(samples / count):,} times.{_behind(of_count, samples)}{_fallen(of_count, method)}",
        )
    is_clear = len(panels) > 1 and over_fitting_runs[0] and not over_fitting_runs[-1]
    answer = (
        ["**If there are only a few training images, a model learns them by heart.** With many it does not."]
        if is_clear
        else []
    )
    return FewImages(" ".join([*answer, *_nearly_as_good(of_aevb)]), panels)


def _within_errors(best: Mapping[str, Any], others: Mapping[str, Mapping[str, Any]]) -> str:
    """The others that are too near to the best one to tell."""
    near = [
        f"{name} ({measured(end['mean'], end['std_error'])})"
        for name, end in others.items()
        if best["mean"] - end["mean"] < 2.0 * hypot(best["std_error"], end["std_error"])
    ]
    return f"{listed(near)} may be as good: the errors overlap. " if near else ""


def _behind(runs: Sequence[LikelihoodRun], samples: int) -> str:
    """The runs that have not seen so many images yet."""
    shorter = [run for run in runs if max(point["samples"] for point in run.points) < samples]
    return "".join(
        f" {NAMES[run.run.algorithm]} has seen only {max(point['samples'] for point in run.points):,} so far."
        for run in shorter
    )


def _fallen(runs: Sequence[LikelihoodRun], method: str) -> str:
    """The runs that know even their training images worse at the end than before."""
    texts = []
    for run in runs:
        last, best = run.points[-1][method]["train"], max(run.points, key=lambda point: point[method]["train"]["mean"])
        before = best[method]["train"]
        if before["mean"] - last["mean"] > 2.0 * hypot(before["std_error"], last["std_error"]):
            texts.append(
                f" {NAMES[run.run.algorithm]} gets worse with time, on training images too: {nats(before['mean'], 1)} after "
                f"{best['samples']:,}, and {nats(last['mean'], 1)} at the end."
            )
    return "".join(texts)


def _nearly_as_good(ends: Sequence[tuple[int, int, Mapping[str, Any]]]) -> list[str]:
    """Where few training images were as good for AEVB as many: a sentence that says so."""
    if len(ends) < 2:
        return []
    (few, seen, first), (many, also_seen, last) = ends[0], ends[-1]
    is_near = abs(first["mean"] - last["mean"]) < 2.0 * hypot(first["std_error"], last["std_error"])
    if not is_near or seen != also_seen:
        return []
    return [
        f"Yet on test images AEVB is about as good with {few:,} images as with {many:,}: {nats(first['mean'], 1)} and {nats(last['mean'], 1)} nats differ "
        f"by less than two standard errors."
    ]


def _gap(end: Mapping[str, Any]) -> float:
    """How much better training images are known than test images."""
    return end["train"]["mean"] - end["test"]["mean"]


def own_draws(data: str, sizes: Sequence[int]) -> str:
    """Figure 5: what one sees in the draws of the models with these latent sizes."""
    if data == "frey_faces":
        return "**Faces that nobody filmed.** Each z gives a face with a turn and a look of its own."
    if len(sizes) < 2:
        return "**Digits that nobody wrote.** Some lie between two digits."
    few, many = min(sizes), max(sizes)
    return (
        f"**Digits that nobody wrote, and {many} latent numbers draw them sharper than {few}**: more numbers say more about a picture. Half as many pixels are grey. "
        "Some draws lie between two digits."
    )


def likelihood_settings(runs: Sequence[LikelihoodRun]) -> str:
    """A table of figure 3's runs."""
    lines = [
        "| training images | algorithm | step size | images a second, with the test curve | command |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {run.run.num_train:,} | {NAMES[run.run.algorithm]} | {run.rate:g} | {run.speed:,.0f} | `{run.command}` |"
        for run in runs
    ]
    return f"100 tanh units, 3 latent dimensions, M = 100, L = 1, Adagrad, seed 0. {_warnings(runs)}\n\n" + "\n".join(
        lines
    )


def _warnings(runs: Sequence[LikelihoodRun]) -> str:
    """For how many images an estimator says that its effective sample size is too small."""
    texts = []
    for method, name in METHODS.items():
        parts = [point[method][part] for run in runs for point in run.points for part in ("train", "test")]
        counts = [
            int(text.split(" of ")[0]) for part in parts for text in part.get("warnings", []) if text.endswith(LOW_ESS)
        ]
        if counts:
            texts.append(
                f"{name} warns that its effective sample size is below 10, for {min(counts):,} to {max(counts):,} of 1,000 images."
            )
    return " ".join(texts)


def _above(gap: Gap) -> str:
    return f"{measured(abs(gap.mean), gap.std_error)} nats {'above' if gap.mean >= 0.0 else 'below'}"
