"""Models, checkpoints and frames on disk: round trips bit for bit, and how a file is written."""

import errno
import os
from dataclasses import replace

import pytest
import torch
from hostile_files import (
    ERRNOS,
    SHORT,
    failing_saves,
)

from vae_core import (
    VAE,
    CheckpointError,
    FitState,
    History,
    elbo,
    fit,
    load_checkpoint,
    load_model,
    save_checkpoint,
    save_model,
)
from vae_core.errors import FileError
from vae_core.files import write_atomic
from vae_core.frames import load_frames, save_frames
from vae_core.models import model_header
from vae_core.runs import run
from vae_core.training import start

pytestmark = pytest.mark.usefixtures("global_randomness_untouched")


# -- round trips -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("options", [{}, {"likelihood": "gaussian", "variance": "per_pixel"}, {"hidden_dims": ()}])
def test_a_model_survives_its_file_bit_for_bit(model_config, generator, tmp_path, options):
    vae = VAE(model_config.replace(**options), generator=generator(1))
    save_model(tmp_path / "m.safetensors", vae, data="toy")
    loaded = load_model(tmp_path / "m.safetensors")
    assert loaded.config == vae.config and not loaded.training
    assert loaded.state_dict().keys() == vae.state_dict().keys()
    assert all(torch.equal(tensor, loaded.state_dict()[name]) for name, tensor in vae.state_dict().items())
    x = torch.zeros(5, 6)
    assert torch.equal(elbo(vae, x, generator=generator(2)).elbo, elbo(loaded, x, generator=generator(2)).elbo)
    assert model_header(tmp_path / "m.safetensors")["data"] == "toy"


@pytest.mark.parametrize("optimizer", ["adam", "adagrad"])
@pytest.mark.parametrize("step", [0, 7])
def test_a_checkpoint_survives_its_file_bit_for_bit(model_config, grey_dataset, tmp_path, optimizer, step):
    config = replace(SHORT, optimizer=optimizer)
    algorithm, _ = start(model_config, config)
    state = FitState(5, History("toy", "dynamic"))
    next(event for event in fit(algorithm, grey_dataset, state=state) if event.step == step)
    save_checkpoint(tmp_path / "c.safetensors", algorithm, state)
    loaded, loaded_state = load_checkpoint(tmp_path / "c.safetensors")
    assert loaded_state == state and loaded.config == config and loaded.vae.config == model_config
    before, after = algorithm.state_tensors(), loaded.state_tensors()
    assert before.keys() == after.keys() and all(torch.equal(before[name], after[name]) for name in before)


def test_frames_survive_their_file(model_config, grey_dataset, tmp_path):
    algorithm, generator = start(model_config, SHORT)
    frames = [e.frame for e in fit(algorithm, grey_dataset, generator=generator) if e.frame]
    save_frames(tmp_path / "f.safetensors", model_config, frames)
    loaded = load_frames(tmp_path / "f.safetensors")
    assert [(f.step, f.samples_seen) for f in loaded] == [(f.step, f.samples_seen) for f in frames]
    for frame, copy in zip(frames, loaded, strict=True):
        assert torch.equal(frame.means, copy.means) and torch.equal(frame.pictures, copy.pictures)
        assert frame.weights.keys() == copy.weights.keys()
        assert all(torch.equal(frame.weights[name], copy.weights[name]) for name in frame.weights)
    with pytest.raises(
        CheckpointError, match="f.safetensors holds the frames of a run and no model: give model.safetensors"
    ):
        load_model(tmp_path / "f.safetensors")


# -- writing -----------------------------------------------------------------------------------------------------


def test_a_file_is_synced_renamed_and_its_folder_synced(tmp_path, monkeypatch):
    calls = []
    for name in ("fsync", "replace"):
        real = getattr(os, name)
        monkeypatch.setattr(os, name, lambda *args, name=name, real=real: (calls.append(name), real(*args)))
    write_atomic(tmp_path / "a", b"new")
    assert calls == ["fsync", "replace", "fsync"] and (tmp_path / "a").read_bytes() == b"new"


@pytest.mark.parametrize("links", [True, False])
def test_a_file_that_is_to_be_new_takes_nobodys_place(tmp_path, monkeypatch, links):
    def no_links(*args):
        raise OSError(errno.EPERM, "Operation not permitted")

    if not links:
        monkeypatch.setattr(os, "link", no_links)
    write_atomic(tmp_path / "a", b"new", only_new=True)
    assert (tmp_path / "a").read_bytes() == b"new"
    (tmp_path / "dangling").symlink_to("nowhere")
    for name in ("a", "dangling"):
        with pytest.raises(FileError, match=f"{name} could not be written: "):
            write_atomic(tmp_path / name, b"newer", only_new=True)
    assert (tmp_path / "a").read_bytes() == b"new" and (tmp_path / "dangling").is_symlink()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "dangling"]


@pytest.mark.parametrize("name", ["fsync", "replace", "chmod"])
@pytest.mark.parametrize(
    "failure", [OSError(28, "No space left on device"), KeyboardInterrupt()], ids=["full", "ctrl-c"]
)
def test_an_interrupted_save_is_loud_keeps_the_old_file_and_leaves_nothing_behind(
    vae, tmp_path, monkeypatch, name, failure
):
    save_model(tmp_path / "m.safetensors", vae, version=1)
    before = (tmp_path / "m.safetensors").read_bytes()

    def fail(*args):
        raise failure

    with monkeypatch.context() as patch:
        patch.setattr(os, name, fail)
        with pytest.raises(type(failure)):
            save_model(tmp_path / "m.safetensors", vae, version=2)
    assert [path.name for path in tmp_path.iterdir()] == ["m.safetensors"]
    assert (tmp_path / "m.safetensors").read_bytes() == before


def test_every_call_of_a_save_may_fail_for_every_reason(vae, tmp_path):
    """Our error, which names the file and the reason, and the old file whole (after the rename, the new one)."""
    path = tmp_path / "m.safetensors"
    save_model(path, vae, version=2)
    new = path.read_bytes()
    save_model(path, vae, version=1)
    outcomes = list(failing_saves(lambda: save_model(path, vae, version=2), path, new))
    assert [(call, result) for call, result in outcomes if result != "kept"] == []
    calls = [call.partition(": ")[2] for call, _ in outcomes[:: len(ERRNOS)]]
    assert calls == [
        "mkstemp",
        "open",
        "fdopen",
        "write",
        "flush",
        "fsync",
        "close",
        "chmod",
        "replace",
        "open",
        "fsync",
    ]


def test_a_save_that_fails_stops_the_run_loudly(model_config, grey_dataset, tmp_path, monkeypatch):
    events = run(tmp_path / "run", grey_dataset, model_config, SHORT)
    next(events)
    monkeypatch.setattr(os, "replace", lambda *args: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(OSError, match="No space left"):
        events.close()
