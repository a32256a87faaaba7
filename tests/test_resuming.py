"""Runs that are interrupted, killed, diverge or go on: they end in the bytes of a run that nobody disturbed."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from hostile_files import (
    SHORT,
)
from whole_runs import RUN_FILES, contents, train_until

from vae_core import (
    AEVB,
    CheckpointError,
    FitState,
    History,
    NonFiniteBound,
    RunExists,
    TrainingDiverged,
    load_checkpoint,
    save_checkpoint,
    save_model,
)
from vae_core.cli.main import main
from vae_core.frames import load_frames
from vae_core.runs import open_run, run
from vae_core.training import start

REPOSITORY = Path(__file__).resolve().parent.parent
pytestmark = pytest.mark.usefixtures("global_randomness_untouched")


@pytest.mark.parametrize("optimizer", ["adam", "adagrad"])
@pytest.mark.parametrize("stop", [0, 1, 7, 10])
def test_a_resumed_run_ends_in_the_same_files_as_an_uninterrupted_one(
    model_config, grey_dataset, tmp_path, optimizer, stop
):
    config = replace(SHORT, optimizer=optimizer)
    whole = train_until(tmp_path / "whole", grey_dataset, model_config, config)
    before = train_until(tmp_path / "parts", grey_dataset, model_config, config, stop)
    after = train_until(tmp_path / "parts", grey_dataset, model_config, config, resume=True)
    assert before + after == whole == list(range(21))
    assert contents(tmp_path / "parts") == contents(tmp_path / "whole")


def test_a_run_resumed_after_every_single_step_is_the_uninterrupted_run(model_config, grey_dataset, tmp_path):
    train_until(tmp_path / "whole", grey_dataset, model_config, SHORT)
    for step in range(21):
        train_until(tmp_path / "parts", grey_dataset, model_config, SHORT, step, resume=step > 0)
    assert contents(tmp_path / "parts") == contents(tmp_path / "whole")


def test_checkpoints_are_written_while_it_trains(model_config, grey_dataset, tmp_path, monkeypatch):
    monkeypatch.setattr("vae_core.runs.CHECKPOINT_SECONDS", 0.0)
    for event in run(tmp_path / "run", grey_dataset, model_config, SHORT):
        assert load_checkpoint(tmp_path / "run/checkpoint.safetensors")[1].step == event.step
        assert (tmp_path / "run/model.safetensors").exists() == event.finished


def test_an_interrupt_within_a_step_saves_no_half_made_step(model_config, grey_dataset, tmp_path, monkeypatch):
    """Ctrl-C may arrive after the parameters have moved and before the step is counted."""
    train_until(tmp_path / "whole", grey_dataset, model_config, SHORT)
    monkeypatch.setattr("vae_core.runs.CHECKPOINT_SECONDS", 0.0)
    real = AEVB.step

    def interrupted(self, x, **options):
        info = real(self, x, **options)
        if options["step"] == 7:
            raise KeyboardInterrupt
        return info

    with monkeypatch.context() as patch:
        patch.setattr(AEVB, "step", interrupted)
        with pytest.raises(KeyboardInterrupt):
            train_until(tmp_path / "parts", grey_dataset, model_config, SHORT)
    assert load_checkpoint(tmp_path / "parts/checkpoint.safetensors")[1].step == 7
    train_until(tmp_path / "parts", grey_dataset, model_config, SHORT, resume=True)
    assert contents(tmp_path / "parts") == contents(tmp_path / "whole")


KILLED = """
import os, sys
from vae_core import runs
from vae_core.aevb import AEVB
from vae_core.cli.main import main

def dies(real, after):
    calls = iter(range(after))
    return lambda *args, **kwargs: real(*args, **kwargs) if next(calls, None) is not None else os.kill(os.getpid(), 9)

runs.CHECKPOINT_SECONDS = 0.02
if sys.argv.pop(1) == "step":
    AEVB.step = dies(AEVB.step, 130)
else:
    os.replace = dies(os.replace, 20)
main(sys.argv[1:])
"""


def test_a_killed_command_line_run_resumes_bit_for_bit(tmp_path, capsys):
    """kill -9 within step 130, in the second epoch of 75 steps, and within a save."""
    flags = "train --data digits --hidden 64 --batch-size 20 --epochs 4 --optimizer adagrad --lr 0.05 --seed 3 --json"
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", KILLED, when, *flags.split(), "--out", str(tmp_path / when)],
            cwd=REPOSITORY,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for when in ("step", "save")
    ]
    assert main([*flags.split(), "--out", str(tmp_path / "whole")]) == 0
    for process, when in zip(processes, ("step", "save"), strict=True):
        assert process.wait(timeout=240) == -9
        step = load_checkpoint(tmp_path / when / "checkpoint.safetensors")[1].step
        assert 0 < step <= 130 and not (tmp_path / when / "model.safetensors").exists()
        assert main([*flags.split(), "--out", str(tmp_path / when), "--resume"]) == 0
        assert contents(tmp_path / when) == contents(tmp_path / "whole")


def test_an_existing_run_is_refused_and_stays_as_it_is(model_config, grey_dataset, tmp_path):
    train_until(tmp_path / "run", grey_dataset, model_config, SHORT, 7)
    before = (tmp_path / "run/checkpoint.safetensors").read_bytes()
    with pytest.raises(RunExists, match="run already holds a run; resume it, or choose another folder"):
        run(tmp_path / "run", grey_dataset, model_config, SHORT)
    assert (tmp_path / "run/checkpoint.safetensors").read_bytes() == before


def test_a_run_resumes_only_as_it_began(model_config, grey_dataset, tmp_path):
    def resume(dataset=grey_dataset, model=model_config, config=SHORT):
        return run(tmp_path / "run", dataset, model, config, resume=True)

    train_until(tmp_path / "run", replace(grey_dataset, origin="here"), model_config, SHORT, 7)
    with pytest.raises(CheckpointError, match="has learning_rate 0.01, not 0.5; a run resumes as it began"):
        resume(config=replace(SHORT, learning_rate=0.5))
    with pytest.raises(CheckpointError, match=r"has hidden_dims \[7\], not \[5\]; a run resumes as it began"):
        resume(model=model_config.replace(hidden_dims=(5,)))
    with pytest.raises(CheckpointError, match="is of toy, not of other"):
        resume(dataset=replace(grey_dataset, name="other"))
    with pytest.raises(
        CheckpointError, match="is of other images of toy: it began with those of here, and these are of the"
    ):
        resume(dataset=replace(grey_dataset, x_test=grey_dataset.x_test.flip(1), origin="there"))
    with pytest.raises(CheckpointError, match="has epochs 4, not 3; a run may get more epochs, not fewer"):
        resume(config=replace(SHORT, epochs=3))


def test_resuming_a_finished_run_makes_no_step(model_config, grey_dataset, tmp_path):
    train_until(tmp_path / "run", grey_dataset, model_config, SHORT)
    before = contents(tmp_path / "run")
    assert train_until(tmp_path / "run", grey_dataset, model_config, SHORT, resume=True) == []
    assert contents(tmp_path / "run") == before


@pytest.mark.parametrize(
    "algorithm, stop", [("aevb", 10), ("aevb", 7), ("wake_sleep", 10), ("mcem", 10), ("full_vb", 10)]
)
def test_a_run_with_more_epochs_is_the_run_that_had_them_from_the_start(
    model_config, grey_dataset, tmp_path, algorithm, stop
):
    """Bit for bit, but for the frames: those of the first steps were chosen for the shorter run."""
    longer = SHORT.replace(algorithm=algorithm, epochs=3, warmup_steps=3)
    train_until(tmp_path / "whole", grey_dataset, model_config, longer)
    train_until(tmp_path / "parts", grey_dataset, model_config, longer.replace(epochs=2), stop)
    opened = open_run(tmp_path / "parts", grey_dataset, model_config, longer, resume=True)
    assert load_checkpoint(tmp_path / "parts/checkpoint.safetensors")[0].config == longer, (
        "killed now, it keeps its wish"
    )
    assert [event.step for event in opened.events] == list(range(stop + 1, 16))
    for name in RUN_FILES[:3]:
        assert (tmp_path / "parts" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes(), name
    assert load_frames(tmp_path / "parts/frames.safetensors")[-1].step == 15


def test_a_schedule_that_knows_its_end_takes_no_more_epochs(model_config, grey_dataset, tmp_path):
    config = SHORT.replace(schedule="cosine")
    train_until(tmp_path / "run", grey_dataset, model_config, config)
    before = contents(tmp_path / "run")
    with pytest.raises(
        CheckpointError, match="not 6: with the schedule cosine .*begin a new run with --epochs 6, or with"
    ):
        run(tmp_path / "run", grey_dataset, model_config, config.replace(epochs=6), resume=True)
    assert contents(tmp_path / "run") == before


@pytest.mark.parametrize("rate", [1e6, 1e30])
def test_a_run_that_diverges_keeps_its_last_good_state(model_config, grey_dataset, tmp_path, monkeypatch, rate):
    monkeypatch.setattr("vae_core.runs.CHECKPOINT_SECONDS", 0.0)
    config = replace(SHORT, learning_rate=rate)
    for resume in (False, True):
        with pytest.raises(TrainingDiverged) as error:
            train_until(tmp_path / "run", grey_dataset, model_config, config, resume=resume)
    state = load_checkpoint(tmp_path / "run/checkpoint.safetensors")[1]
    assert state.step == error.value.last_good_step == state.history.records[-1].step
    assert History.from_json((tmp_path / "run/history.json").read_text()) == state.history
    assert [frame.step for frame in load_frames(tmp_path / "run/frames.safetensors")] == [0]
    assert not (tmp_path / "run/model.safetensors").exists()


def test_a_run_that_failed_once_keeps_no_later_frame_and_resumes_bit_for_bit(
    model_config, grey_dataset, tmp_path, monkeypatch
):
    train_until(tmp_path / "whole", grey_dataset, model_config, SHORT)
    real = AEVB.step

    def fails(self, x, **options):
        if options["step"] == 9:
            raise NonFiniteBound("injected")
        return real(self, x, **options)

    with monkeypatch.context() as patch:
        patch.setattr(AEVB, "step", fails)
        with pytest.raises(TrainingDiverged, match="stopped at step 9: injected; the model of step 5 is kept"):
            train_until(tmp_path / "parts", grey_dataset, model_config, SHORT)
    assert [frame.step for frame in load_frames(tmp_path / "parts/frames.safetensors")] == [0, 1, 2, 3, 4, 5]
    assert train_until(tmp_path / "parts", grey_dataset, model_config, SHORT, resume=True)[0] == 6
    assert contents(tmp_path / "parts") == contents(tmp_path / "whole")


def test_parameters_that_are_not_finite_are_never_saved(model_config, grey_dataset, tmp_path, monkeypatch):
    """The bound of step 8 was finite, its update was not; step 9 finds out. A save is due in between."""
    monkeypatch.setattr("vae_core.runs.CHECKPOINT_SECONDS", 0.0)
    monkeypatch.setattr("vae_core.training.frame_steps", lambda total: {})
    real = AEVB.step

    def spoilt(self, x, **options):
        info = real(self, x, **options)
        if options["step"] == 7:
            with torch.no_grad():
                self.vae.decoder[0].weight.fill_(torch.nan)
        return info

    monkeypatch.setattr(AEVB, "step", spoilt)
    with pytest.raises(TrainingDiverged, match="stopped at step 8: the objective of a minibatch is nan") as error:
        train_until(tmp_path / "run", grey_dataset, model_config, SHORT)
    assert load_checkpoint(tmp_path / "run/checkpoint.safetensors")[1].step == error.value.last_good_step == 5
    algorithm, _ = start(model_config, SHORT)
    with torch.no_grad():
        algorithm.vae.decoder[0].weight.fill_(torch.nan)
    for save in (
        lambda p: save_model(p, algorithm.vae),
        lambda p: save_checkpoint(p, algorithm, FitState(0, History("", ""))),
    ):
        with pytest.raises(
            CheckpointError, match="was not written: .*decoder.0.weight holds values that are not finite"
        ):
            save(tmp_path / "bad.safetensors")
    assert not (tmp_path / "bad.safetensors").exists()
