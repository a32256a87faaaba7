"""Ends at bad moments: `kill -9` while files are written, writes that fail, runs that are killed and resumed."""

from __future__ import annotations

import errno
import io
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import torch
from children import Outcome, judge

import vae_core as vc
from vae_core import runs
from vae_core.checkpoint import load_checkpoint, save_checkpoint
from vae_core.cli.main import main as command_line
from vae_core.files import write_atomic
from vae_core.frames import load_frames, save_frames
from vae_core.models import load_model, pretrained_path, save_model
from vae_core.training import FitState

ERRORS = (errno.EIO, errno.ENOSPC, errno.EACCES, errno.EROFS, errno.EDQUOT, errno.EINTR)
SYSTEM_CALLS = ("open", "fdopen", "write", "fsync", "fchmod", "chmod", "link", "rename", "replace")
KILL_SECONDS = 0.02  # the longest that a writer lives after its first file
RUN = ("--data", "digits", "--hidden", "24", "--epochs", "30", "--seed", "3")
CHECKPOINT_SECONDS = 0.1  # so that a run of a second has some


def algorithm_at(step: int) -> tuple[vc.AEVB, FitState]:
    """A small algorithm and a state, both of which say at which step they are."""
    config = vc.ModelConfig(data_dim=64, image_shape=(8, 8), latent_dim=2, hidden_dims=(64,))
    algorithm = vc.AEVB(vc.VAE(config, generator=torch.Generator().manual_seed(0)), vc.TrainConfig())
    algorithm.step(torch.zeros(4, 64), num_train=4, generator=torch.Generator().manual_seed(0))
    return algorithm, at_step(algorithm, FitState(1, vc.History.of("digits", algorithm.config)), step)


def at_step(algorithm: vc.AEVB, state: FitState, step: int) -> FitState:
    with torch.no_grad():
        for parameter in algorithm.vae.parameters():
            parameter.fill_(float(step))
    state.step = step
    return state


# -- kill -9 -----------------------------------------------------------------------------------------------------


def kill_writers(number: int, seed: int = 0) -> Outcome:
    """A child writes a checkpoint, again and again, and says after each that it is saved; it is killed at a random moment. The
    file must be whole, and no older than the last one that was said to be saved."""
    outcome, choice = Outcome(), random.Random(seed)
    algorithm, state = algorithm_at(0)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "checkpoint.safetensors"
        for kill in range(number):
            reader, writer = os.pipe()
            child = os.fork()
            if child == 0:
                os.close(reader)
                for step in range(1, 1_000_000):
                    save_checkpoint(path, algorithm, at_step(algorithm, state, step))
                    os.write(writer, f"{step}\n".encode())
            os.close(writer)
            with os.fdopen(reader, "rb") as steps:
                first = steps.readline()
                time.sleep(choice.uniform(0.0, KILL_SECONDS))
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)
                saved = int((first + steps.read()).split(b"\n")[-2])
            outcome.note(*_whole_checkpoint(path, saved, kill))
    return outcome


def _whole_checkpoint(path: Path, saved: int, kill: int) -> tuple[str, str | None]:
    try:
        algorithm, state = load_checkpoint(path)
    except vc.CheckpointError as error:
        return "corrupt", f"kill {kill}: {error}"
    values = {float(value) for parameter in algorithm.vae.parameters() for value in parameter.detach().unique()}
    if values != {float(state.step)}:
        return "corrupt", f"kill {kill}: the file mixes two steps"
    return (
        ("whole", None)
        if state.step >= saved
        else ("lost", f"kill {kill}: step {saved} was saved, {state.step} is there")
    )


# -- writes that fail --------------------------------------------------------------------------------------------


class FailingFile:
    """A file whose calls are counted, and of which one fails."""

    def __init__(self, file: Any, count: Callable[[], None]):
        self.file, self.count = file, count

    def __enter__(self) -> FailingFile:
        return self

    def __exit__(self, *_: Any) -> None:
        self.file.close()

    def __getattr__(self, name: str) -> Any:
        if name in ("write", "flush", "writelines", "truncate"):
            self.count()
        return getattr(self.file, name)


@contextmanager
def failing(call: int, number: int) -> Iterator[list[int]]:
    """Within, the system call with this number (from 0) of those that write fails with an error number. Yields a list with
    how many there have been."""
    made, originals = [0], {name: getattr(os, name) for name in SYSTEM_CALLS if hasattr(os, name)}

    def count() -> None:
        made[0] += 1
        if made[0] == call + 1:
            raise OSError(number, os.strerror(number))

    def wrapped(name: str) -> Callable[..., Any]:
        def system_call(*arguments: Any, **options: Any) -> Any:
            count()
            answer = originals[name](*arguments, **options)
            return FailingFile(answer, count) if name == "fdopen" else answer

        return system_call

    for name in originals:
        setattr(os, name, wrapped(name))
    try:
        yield made
    finally:
        for name, original in originals.items():
            setattr(os, name, original)


def fail_writes(number: int = len(ERRORS)) -> Outcome:
    """Every write call of every kind of save fails in turn, with each of the first `number` error numbers. The save says so (or goes on), and the
    file is the old or the new one, whole. Nothing else is left in the folder."""
    outcome = Outcome()
    algorithm, state = algorithm_at(1)
    frames = load_frames(pretrained_path("digits-2d") / "frames.safetensors")
    config = vc.load_pretrained("digits-2d").config
    saves: dict[str, tuple[Callable[[Path, int], None], Callable[[Path], Any]]] = {
        "checkpoint": (
            lambda path, step: save_checkpoint(path, algorithm, at_step(algorithm, state, step)),
            load_checkpoint,
        ),
        "model": (lambda path, step: (at_step(algorithm, state, step), save_model(path, algorithm.vae))[1], load_model),
        "frames": (lambda path, step: save_frames(path, config, frames[:step]), load_frames),
        "history": (
            lambda path, step: write_atomic(path, state.history.to_json().encode() + b" " * step),
            Path.read_bytes,
        ),
    }
    for kind, (save, load) in saves.items():
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / kind
            with failing(-1, 0) as made:
                save(path, 2)
            after = path.read_bytes()
            save(path, 1)
            before = path.read_bytes()
            for call in range(made[0]):
                for error in ERRORS[:number]:
                    path.write_bytes(before)
                    outcome.note(*_save_once(path, save, load, call, error, before, after))
    return outcome


def _save_once(
    path: Path, save: Any, load: Any, call: int, number: int, before: bytes, after: bytes
) -> tuple[str, str | None]:
    name = f"{path.name}, call {call}, {errno.errorcode[number]}"
    try:
        with failing(call, number):
            save(path, 2)
        kind = "went on"
    except OSError as error:
        kind = "said so" if error.errno == number else "foreign"
    except vc.VaeCoreError:
        kind = "said so"
    except Exception as error:
        return "foreign", f"{name}: {error!r}"
    if path.read_bytes() not in (before, after) or (kind == "went on" and path.read_bytes() != after):
        return "corrupt", name
    if judge(lambda: load(path))[0] != "accepted":
        return "corrupt", f"{name}: cannot be loaded"
    rest = [other.name for other in path.parent.iterdir() if other != path]
    for other in rest:
        (path.parent / other).unlink()
    return (kind, None) if not rest else ("left something", f"{name}: {rest}")


# -- kill and resume ---------------------------------------------------------------------------------------------


def resume_runs(number: int, seed: int = 0) -> Outcome:
    """Runs of the command line, killed at random moments and resumed until they end: the model is that of a run that nobody
    disturbed, byte for byte."""
    outcome, choice = Outcome(), random.Random(seed)
    vc.load_data("digits")  # imports what each child would import
    with tempfile.TemporaryDirectory() as folder:
        undisturbed, began = Path(folder) / "undisturbed", time.monotonic()
        if run_child("--out", str(undisturbed)) != 0:
            raise RuntimeError("the undisturbed run failed")
        seconds = time.monotonic() - began
        for run in range(number):
            path, kills = Path(folder) / str(run), 0
            while (code := run_child("--out", str(path), *_resume(path), kill_after=None if kills > 3 else
                                     choice.uniform(0.1, 0.7) * seconds)) is None:  # fmt: skip
                kills += 1
            same = (
                code == 0
                and (path / "model.safetensors").read_bytes() == (undisturbed / "model.safetensors").read_bytes()
            )
            outcome.counts["kills"] += kills
            outcome.note(
                "bit for bit" if same else "different", None if same else f"run {run}: exit {code}, after {kills} kills"
            )
    return outcome


def _resume(folder: Path) -> list[str]:
    if (folder / "checkpoint.safetensors").exists():
        return ["--resume"]
    shutil.rmtree(folder, ignore_errors=True)  # killed before there was anything to resume
    return []


def run_child(*arguments: str, kill_after: float | None = None) -> int | None:
    """The exit code of `aevb train` in a child of this process, which has torch loaded; None where it was killed first."""
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        code = 99
        try:
            runs.CHECKPOINT_SECONDS = CHECKPOINT_SECONDS
            with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
                code = command_line(["train", *RUN, *arguments])
        finally:
            os._exit(code)
    ends = None if kill_after is None else time.monotonic() + kill_after
    while True:
        pid, status = os.waitpid(child, 0 if ends is None else os.WNOHANG)
        if pid:
            return os.waitstatus_to_exitcode(status)
        if ends is not None and time.monotonic() > ends:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return None
        time.sleep(0.01)
