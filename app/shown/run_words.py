"""What the Train page says of a run: its state, the term that changed more at first, and latent dimensions that carry nothing."""

from __future__ import annotations

import math

from aevb_lab.figures.numbers import duration, nats
from aevb_lab.jobs.job import Look, Snapshot
from vae_core.config import TrainConfig
from vae_core.history import Curve
from vae_core.studies.watching import FirstMove, dead_dimensions

STATE_WORDS = {
    "queued": "waiting for its first turn",
    "starting": "starting",
    "running": "training",
    "paused": "paused",
    "finished": "finished",
    "stopped": "stopped",
    "failed": "stopped by an error",
}
TERM_NAMES = {"recon_log_lik": "reconstruction", "kl": "KL"}  # the bound's two terms
CODE_AND_KL = "A code is an image's place on the map. KL is its cost."
GUESSES = {"reconstruction": "images (reconstruction)", "KL": "codes (KL)"}
OWN_PICTURES = {  # what `Algorithm.own_pictures` shows, by algorithm
    "wake_sleep": "**Dreams.** Above: images that the decoder draws from random z. Below: what comes back when the encoder reads them. "
    "Asleep, the encoder learns from dreams alone.",
    "mcem": "**Chains.** Each row begins with a test image. Then its z moves along a Markov chain, and each picture is decoded one move later. "
    "There is no encoder to jump to the right z.",
    "full_vb": "**An ensemble.** Each row has one z, decoded with eight draws of the weights. Where the pictures differ, the model is not sure "
    "of its weights.",
}
SETTLED_EPOCHS = 1.0  # before that most dimensions carry nothing yet
WATCHED = "This run belongs to another browser. You can watch it, but not stop or change it."
WATCHED_WITHOUT_COOKIES = (
    "This run belongs to another page. You can watch it, but not stop or change it. Was it yours before a reload? Your browser "
    "keeps no cookies for this address, so a reload loses runs and models."
)
DEAD_LINK = (
    "The run in this link is gone. Its pages were closed for more than two minutes, or the server was started again. Press Start "
    "to train a new one."
)


def status_words(snapshot: Snapshot) -> list[str]:
    """The run's state in words, then where it is."""
    parts = ["ready" if snapshot.waits_for_start else STATE_WORDS[snapshot.state]]
    if snapshot.state == "queued" and snapshot.queue_position:
        parts.append(f"place {snapshot.queue_position} of {snapshot.queue_length} in the queue")
        if snapshot.wait_seconds is not None:
            parts.append(f"about {duration(math.ceil(snapshot.wait_seconds))}")
    if snapshot.state == "running" and snapshot.share < 1.0:
        parts.append(f"in turns with {snapshot.others} other run{'s' if snapshot.others > 1 else ''}")
    history = snapshot.history
    step = max([snapshot.step, *(record.step for record in history.records[-1:])])  # the newest that is known
    parts.append(f"step {step:,}" + (f" of {snapshot.total_steps:,}" if snapshot.total_steps else ""))
    parts.append(f"epoch {snapshot.epoch:.1f}")
    if snapshot.state == "running":
        if snapshot.images_per_second:
            parts.append(f"{snapshot.images_per_second * snapshot.share:,.0f} images/s")
        if snapshot.time_left is not None:
            parts.append(f"{duration(snapshot.time_left)} left")
    if history.records:
        last = history.records[-1]
        which = "" if last.step == step else "last "
        parts.append(f"{which}test {history.about.label} {nats(history.test_value(last))} nats")
    if snapshot.waits_for_start:
        parts.append("press Start")
    elif snapshot.active and snapshot.look is None:
        parts.append("below: a finished run")
    return parts


def early_end(snapshot: Snapshot) -> str:
    """Of a run that was stopped, how far it came: its settings say how far it should have come. Nothing for another run."""
    if snapshot.state != "stopped" or snapshot.step >= snapshot.total_steps:
        return ""
    return f"stopped at step {snapshot.step:,} of {snapshot.total_steps:,}"


def stopped_words(snapshot: Snapshot) -> str:
    """Markdown for the map of a run that was stopped early: why it may look like noise. Nothing for another run."""
    words = early_end(snapshot)
    return words and (
        f"**This run {words}.** What looks like noise on the map is what it has not "
        "learnt yet. Start a run again on Train, and let it go on for longer."
    )


def has_two_terms(curve: Curve) -> bool:
    """Whether it is that of a bound, so that one can ask which of its terms changes more at first."""
    return set(TERM_NAMES) <= set(curve.terms)


def first_move_words(move: FirstMove, guess: str | None) -> str:
    """Which term changed more at first in a run, and whether the visitor's `guess`, one of TERM_NAMES, was right. One line on a wide window."""
    moved = {TERM_NAMES[term]: nats(getattr(move, term), 1, sign=True) for term in TERM_NAMES}
    name = TERM_NAMES[move.term]
    verdict = "The" if guess is None else "Right, the" if guess == name else "No, the"
    changes = f"reconstruction {moved['reconstruction']} nats, KL {moved['KL']}"
    return f"**{verdict} {name} changed more.** In the first {move.samples_seen:,} images: {changes}."


def dead_words(look: Look, snapshot: Snapshot, config: TrainConfig) -> str | None:
    """How many latent dimensions carry nothing, and which settings change that. None where all carry something, where it is too
    early to tell, and where no encoder is trained."""
    if not config.trains_encoder or snapshot.epoch < SETTLED_EPOCHS:
        return None
    size, count = look.means.shape[1], len(dead_dimensions(look.means))
    if not count:
        return None
    begin = "So far " if snapshot.active else ""
    if count == size:
        words = f"{begin}no dimension of z carries anything"
        return f"**{words[0].upper()}{words[1:]}**: each image has the same code. {_remedy(config, 'train for more epochs')}"
    words = f"**{begin}{count} of {size} dimensions carry nothing**: they are the same for each image."
    return f"{words} {_remedy(config, f'choose a latent size of {size - count}')}"


def _remedy(config: TrainConfig, otherwise: str) -> str:
    if config.algorithm == "aevb" and config.beta > 0.0:
        return f"Lower beta (now {config.beta:g}), or {otherwise}."
    return f"{otherwise[0].upper()}{otherwise[1:]}."
