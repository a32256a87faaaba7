"""A run's folder: one process at a time writes into it, and what somebody else put there stays."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from hostile_files import (
    SHORT,
)
from whole_runs import contents, train_until

from vae_core import (
    VAE,
    CheckpointError,
    DataError,
    RunExists,
    load_checkpoint,
    save_model,
)
from vae_core.errors import FileError, FolderInUse
from vae_core.runs import open_run, run

REPOSITORY = Path(__file__).resolve().parent.parent
pytestmark = pytest.mark.usefixtures("global_randomness_untouched")


def test_a_run_can_be_resumed_before_its_first_step(model_config, grey_dataset, tmp_path):
    """Opened and never begun, as if it had been killed during its first evaluation."""
    train_until(tmp_path / "whole", grey_dataset, model_config, SHORT)
    open_run(tmp_path / "parts", grey_dataset, model_config, SHORT)
    assert [path.name for path in (tmp_path / "parts").iterdir()] == ["checkpoint.safetensors"]
    algorithm, state = load_checkpoint(tmp_path / "parts/checkpoint.safetensors")
    assert (state.step, algorithm.config, algorithm.vae.config) == (0, SHORT, model_config)
    train_until(tmp_path / "parts", grey_dataset, model_config, SHORT, resume=True)
    assert contents(tmp_path / "parts") == contents(tmp_path / "whole")


@pytest.mark.parametrize("resume", [False, True])
@pytest.mark.parametrize("name", ["model.safetensors", "notes.txt", "history.json", ".hidden", "checkpoint"])
def test_a_folder_with_files_of_ones_own_stays_as_it_is(model_config, grey_dataset, tmp_path, name, resume):
    (tmp_path / name).write_text("mine")
    changed = tmp_path.stat().st_mtime_ns
    kind, words = (
        (CheckpointError, "no checkpoint to resume in") if resume else (RunExists, f"is not empty: it holds {name};")
    )
    with pytest.raises(kind, match=words):
        run(tmp_path, grey_dataset, model_config, SHORT, resume=resume)
    assert [path.name for path in tmp_path.iterdir()] == [name] and (tmp_path / name).read_text() == "mine"
    assert tmp_path.stat().st_mtime_ns == changed, "not even a file that came and went"


def test_nothing_is_made_where_there_is_nothing_to_resume(model_config, grey_dataset, tmp_path):
    with pytest.raises(
        CheckpointError, match="there is no checkpoint to resume in .*typo: name the folder of a run, or leave"
    ):
        run(tmp_path / "a" / "typo", grey_dataset, model_config, SHORT, resume=True)
    with pytest.raises(DataError):
        run(tmp_path / "b", grey_dataset, model_config, SHORT.replace(binarization="none"))
    assert list(tmp_path.iterdir()) == []


def test_a_model_of_ones_own_beside_a_run_is_not_overwritten(model_config, grey_dataset, vae, tmp_path):
    train_until(tmp_path / "run", grey_dataset, model_config, SHORT, 7)
    save_model(tmp_path / "run/model.safetensors", VAE(model_config.replace(latent_dim=3), generator=torch.Generator()))
    before = (tmp_path / "run/model.safetensors").read_bytes()
    with pytest.raises(
        RunExists, match="model.safetensors is not of the run there, which would overwrite it: move it to"
    ):
        run(tmp_path / "run", grey_dataset, model_config, SHORT, resume=True)
    assert (tmp_path / "run/model.safetensors").read_bytes() == before


@pytest.mark.parametrize("resume", [False, True])
def test_a_folder_is_locked_from_the_start_of_a_run_to_its_end(model_config, grey_dataset, tmp_path, resume):
    def again():
        return run(tmp_path / "run", grey_dataset, model_config, SHORT, resume=resume)

    first = open_run(tmp_path / "run", grey_dataset, model_config, SHORT)
    for _ in range(3):
        with pytest.raises(
            FolderInUse, match=f"run is in use by process {os.getpid()}: wait for its end, or choose another"
        ):
            again()
        next(first.events)
    first.events.close()
    assert not (tmp_path / "run/.lock").exists()
    if resume:
        again()
    else:
        with pytest.raises(RunExists, match="already holds a run"):
            again()
    assert not (tmp_path / "run/.lock").exists(), "a run that is refused or dropped leaves no lock behind"


def test_a_file_of_ones_own_with_the_locks_name_stays_as_it_is(model_config, grey_dataset, tmp_path):
    (tmp_path / "precious").write_text("precious")
    makers = {
        "text": lambda path: path.write_text("my notes"),
        "link": lambda path: path.symlink_to(tmp_path / "precious"),
        "dangling": lambda path: path.symlink_to(tmp_path / "nowhere"),
        "folder": Path.mkdir,
        "pipe": os.mkfifo,
    }
    for name, make in makers.items():
        folder = tmp_path / name
        folder.mkdir()
        make(folder / ".lock")
        with pytest.raises(FileError, match=f"{name} could not be locked: .lock there is not of this program; move it"):
            run(folder, grey_dataset, model_config, SHORT)
        assert [path.name for path in folder.iterdir()] == [".lock"]
    assert (tmp_path / "text/.lock").read_text() == "my notes"
    assert (tmp_path / "precious").read_text() == "precious" and not (tmp_path / "nowhere").exists()
    for name, content in (
        ("dead", b"1"),
        ("empty", b""),
    ):  # what a killed process leaves, the second before it wrote its number
        (tmp_path / name).mkdir()
        (tmp_path / name / ".lock").write_bytes(content)
        run(tmp_path / name, grey_dataset, model_config, SHORT).close()


@pytest.mark.parametrize("becomes", ["nothing", "another run", "a link to another folder"])
def test_a_run_whose_folder_was_taken_away_writes_into_no_other_one(model_config, grey_dataset, tmp_path, becomes):
    folder = tmp_path / "run"
    first = open_run(folder, grey_dataset, model_config, SHORT)
    next(first.events)
    folder.rename(tmp_path / "moved")
    second = None
    if becomes == "another run":
        second = open_run(folder, grey_dataset, model_config, SHORT.replace(seed=5))
    elif becomes == "a link to another folder":
        (tmp_path / "other").mkdir()
        folder.symlink_to(tmp_path / "other")
    before = {path: path.read_bytes() for path in folder.iterdir()} if folder.exists() else {}
    with pytest.raises(FileError, match="run is not the folder any more that it was at the start: it was deleted or"):
        first.close()
    assert ({path: path.read_bytes() for path in folder.iterdir()} if folder.exists() else {}) == before
    if second:
        second.close()
    train_until(tmp_path / "moved", grey_dataset, model_config, SHORT, resume=True)


HOLDS = """
import sys, pathlib
from vae_core.locks import lock_folder
lock = lock_folder(pathlib.Path(sys.argv[1]))
print("locked", flush=True)
sys.stdin.read()
"""


def test_the_system_frees_the_folder_of_a_killed_process_and_the_next_run_clears_up(
    model_config, grey_dataset, tmp_path
):
    folder = tmp_path / "run"
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDS, str(folder)],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert holder.stdout.readline() == "locked\n"
        with pytest.raises(FolderInUse, match=f"in use by process {holder.pid}:"):
            run(folder, grey_dataset, model_config, SHORT)
    finally:
        holder.kill()
        holder.communicate()
    parts = [".checkpoint.safetensors.abc12.part", ".history.json.x_y.part", ".model.safetensors.1.part"]
    for name in parts:
        (folder / name).write_bytes(b"half")
    assert sorted(path.name for path in folder.iterdir()) == sorted([".lock", *parts])
    train_until(folder, grey_dataset, model_config, SHORT, 7)
    assert not list(folder.glob(".*"))
    (folder / parts[0]).write_bytes(b"half")
    (folder / ".notes.txt.abc.part").write_bytes(b"of another program")
    train_until(folder, grey_dataset, model_config, SHORT, resume=True)
    assert [path.name for path in folder.glob(".*")] == [".notes.txt.abc.part"]
