"""What Train says of a run: which term changed more at first, and which latent dimensions carry nothing."""

from dataclasses import replace

import numpy as np
import pytest
import torch

import vae_core as vc
from aevb_lab.figures.numbers import duration
from aevb_lab.jobs.job import Look, Snapshot
from aevb_lab.shown.run_words import (
    STATE_WORDS,
    dead_words,
    first_move_words,
    has_two_terms,
    status_words,
    stopped_words,
)
from vae_core.history import History
from vae_core.latent import encoded_means, latent_use
from vae_core.settings import Choice, settings_of
from vae_core.studies import dead_dimensions, first_move


def history_of(*terms, algorithm="aevb"):
    """A history with a record for each (reconstruction, KL) of the test set, after 0, 100, 200 … images."""
    history = History.of("digits", vc.TrainConfig(algorithm=algorithm))
    records = [
        vc.Record(k, 100 * k, k / 15, test_elbo=r - kl, test_recon_log_lik=r, test_kl=kl)
        for k, (r, kl) in enumerate(terms)
    ]
    return history.extended(*records)


# -- the term that changes more at first -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        ([(-40, 0.1), (-39.5, 0.2), (-38, 0.5), (-30, 3)], ("recon_log_lik", 200, 2.0, 0.4)),
        ([(-40, 0.1), (-40.5, 1.3), (-30, 3)], ("kl", 100, -0.5, 1.2)),
        ([(-40, 5), (-40, 3.9), (-30, 1)], ("kl", 100, 0.0, -1.1)),  # downwards
        ([(-40, 0.0), (-42, 1.5)], ("recon_log_lik", 100, -2.0, 1.5)),  # both at once: the one that moved more
        ([(-40, 0.0), (-41, 0.0)], ("recon_log_lik", 100, -1.0, 0.0)),  # by exactly one nat
    ],
)
def test_the_term_that_moves_first(terms, expected):
    move = first_move(history_of(*terms))
    assert move[:2] == expected[:2] and move[2:] == pytest.approx(expected[2:])


@pytest.mark.parametrize("terms", [[], [(-40, 0.1)], [(-40, 0.1), (-39.2, 1.0)]])
def test_before_a_term_has_moved_there_is_no_answer(terms):
    assert first_move(history_of(*terms)) is None


def test_a_curve_that_is_no_bound_has_no_terms():
    history = History.of("digits", vc.TrainConfig(algorithm="mcem")).extended(
        *(vc.Record(k, 100 * k, 0.0, test_log_marginal=-40.0 + 9 * k) for k in range(3))
    )
    assert first_move(history) is None and not has_two_terms(history.about)
    assert has_two_terms(history_of(algorithm="full_vb").about)


def test_the_least_move_is_positive():
    with pytest.raises(ValueError, match="least must be a finite number above 0"):
        first_move(history_of(), least=0.0)


def test_the_answer_names_the_guess():
    move = first_move(history_of((-40, 0.1), (-38, 0.5)))
    answer = "In the first 100 images: reconstruction +2.0 nats, KL +0.4."
    assert first_move_words(move, None) == f"**The reconstruction changed more.** {answer}"
    assert first_move_words(move, "reconstruction") == f"**Right, the reconstruction changed more.** {answer}"
    assert first_move_words(move, "KL") == f"**No, the reconstruction changed more.** {answer}"


# -- dimensions that carry nothing -------------------------------------------------------------------------------


def test_dead_dimensions_are_those_that_are_not_active():
    vae, x = vc.load_pretrained("digits-2d"), vc.binarized_test("digits")
    assert dead_dimensions(encoded_means(vae, x).numpy()) == []
    with torch.no_grad():
        last = next(module for module in reversed(list(vae.encoder.modules())) if hasattr(module, "weight"))
        last.weight[1] = 0.0  # the mean of the second dimension is the same for each image
    use = latent_use(vae, x)
    assert dead_dimensions(encoded_means(vae, x).numpy()) == [1] == np.flatnonzero(~use.active.numpy()).tolist()


def test_fewer_than_two_images_tell_nothing():
    assert dead_dimensions(np.zeros((1, 3), np.float32)) == [] == dead_dimensions(np.zeros((0, 3), np.float32))


def words(alive, size, *, state="stopped", epoch=2.0, **train):
    means = np.zeros((50, size), np.float32)
    means[:, :alive] = np.random.default_rng(0).normal(size=(50, alive))
    snapshot = Snapshot(history_of(), state=state, epoch=epoch)
    return dead_words(Look(1, means, np.zeros((1, 1, 4), np.uint8)), snapshot, vc.TrainConfig(**train))


def test_the_line_says_how_many_and_what_to_change():
    nothing = "carry nothing**: they are the same for each image."
    assert words(12, 20) == f"**8 of 20 dimensions {nothing} Lower beta (now 1), or choose a latent size of 12."
    assert words(12, 20, beta=4.5).endswith("Lower beta (now 4.5), or choose a latent size of 12.")
    assert words(12, 20, beta=0.0).endswith("image. Choose a latent size of 12."), "beta cannot be lower"
    assert words(12, 20, algorithm="wake_sleep").endswith("image. Choose a latent size of 12."), "it has no beta"
    assert words(1, 2, state="running").startswith("**So far 1 of 2 dimensions carry nothing**")


def test_where_all_dimensions_are_dead_no_size_would_help():
    assert words(0, 3, beta=9) == (
        "**No dimension of z carries anything**: each image has the same code. "
        "Lower beta (now 9), or train for more epochs."
    )
    assert words(0, 3, state="paused").startswith("**So far no dimension of z carries anything**")


def test_no_line_where_all_carry_something_or_it_is_too_early_or_no_encoder_is_trained():
    assert words(20, 20) is None and words(1, 2, epoch=0.9) is None and words(1, 2, algorithm="mcem") is None


# -- words -------------------------------------------------------------------------------------------------------


def test_every_state_has_words():
    for state in STATE_WORDS:
        assert status_words(Snapshot(history_of((-40, 0.1)), state=state, step=1))[0] == STATE_WORDS[state]


def test_the_status_says_whether_the_bound_is_of_this_step():
    snapshot = Snapshot(history_of((-40, 0.1), (-39, 0.2), (-38, 0.3)), state="paused", step=5)
    assert "last test ELBO −38.30 nats" in status_words(snapshot)
    now = status_words(replace(snapshot, step=2))
    assert "test ELBO −38.30 nats" in now
    behind = status_words(replace(snapshot, step=1))
    assert behind == now, "the history may be newer than the count of steps"


def test_the_map_of_a_run_that_stopped_early_says_so():
    stopped = Snapshot(history_of((-40, 0.1)), state="stopped", step=218, total_steps=2400)
    assert stopped_words(stopped).startswith("**This run stopped at step 218 of 2,400.** What looks like noise")
    assert stopped_words(replace(stopped, step=2400)) == "" == stopped_words(replace(stopped, state="finished"))


def test_a_run_that_was_reset_asks_for_start_and_one_without_a_picture_says_what_is_below():
    history = history_of((-40, 0.1))
    reset, begun = (Snapshot(history, state="paused", step=step) for step in (0, 1))
    assert status_words(reset)[0] == "ready" and status_words(reset)[-1] == "press Start"
    assert begun.waits_for_start is False and status_words(begun)[-1] == "below: a finished run"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.4, "0 s"), (99.0, "99 s"), (710.0, "12 min"), (3599.0, "1 h 0 min"), (7500.0, "2 h 5 min")],
)
def test_a_time_is_told_as_one_says_it(seconds, words):
    assert duration(seconds) == words
    running = Snapshot(history_of(), state="running", step=1, seconds_left=seconds)
    assert f"{words} left" in status_words(running)


def test_every_choice_has_words_that_are_no_code():
    for config in (vc.ModelConfig, vc.TrainConfig):
        for name, about in settings_of(config).items():
            if isinstance(about, Choice):
                assert set(about.names) == set(about.choices), name
                assert len(set(about.names.values())) == len(about.names), name
                assert not set(about.names.values()) & set(about.choices) and "_" not in "".join(about.names.values())
