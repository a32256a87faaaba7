import hashlib
import json
import math
import os
import pickle
import random
import re
import subprocess
import sys
from copy import deepcopy
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch

from vae_core import (
    AEVB,
    VAE,
    CheckpointError,
    FitState,
    History,
    NonFiniteBound,
    Record,
    RunExists,
    TrainConfig,
    TrainingDiverged,
    elbo,
    fit,
    load_checkpoint,
    load_model,
    load_pretrained,
    save_checkpoint,
    save_model,
)
from vae_core.checkpoint import pack_checkpoint
from vae_core.cli.main import main
from vae_core.files import check_header, pack_tensors, write_atomic
from vae_core.frames import capture_frame, load_frames, save_frames
from vae_core.models import load_model_bytes, model_header, pack_model
from vae_core.runs import run
from vae_core.training import start

pytestmark = pytest.mark.usefixtures("global_randomness_untouched")

REPOSITORY = Path(__file__).resolve().parent.parent
SHORT = TrainConfig(epochs=4, batch_size=5, learning_rate=0.01)  # 23 images: 5 steps an epoch, 20 in all
RUN_FILES = ("model.safetensors", "checkpoint.safetensors", "history.json", "frames.safetensors")


def train_until(folder, dataset, model_config, train_config, stop=math.inf, **options) -> list[int]:
    """The steps of `run`'s events up to `stop`, where it is closed."""
    steps = []
    events = run(folder, dataset, model_config, train_config, **options)
    for event in events:
        steps.append(event.step)
        if event.step >= stop:
            break
    events.close()
    return steps


def contents(folder) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in RUN_FILES}


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
    for one, other in zip(frames, loaded, strict=True):
        assert torch.equal(one.means, other.means) and torch.equal(one.pictures, other.pictures)
        assert one.weights.keys() == other.weights.keys()
        assert all(torch.equal(one.weights[name], other.weights[name]) for name in one.weights)
    with pytest.raises(CheckpointError, match="f.safetensors does not fit its config: encoder.0.weight is missing"):
        load_model(tmp_path / "f.safetensors")


# -- resuming ----------------------------------------------------------------------------------------------------


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
        train_until(tmp_path / "parts", grey_dataset, model_config, SHORT, step, resume=True)
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

    train_until(tmp_path / "run", grey_dataset, model_config, SHORT, 7)
    with pytest.raises(CheckpointError, match="has learning_rate 0.01, not 0.5; a run resumes as it began"):
        resume(config=replace(SHORT, learning_rate=0.5))
    with pytest.raises(CheckpointError, match=r"has hidden_dims \[7\], not \[5\]; a run resumes as it began"):
        resume(model=model_config.replace(hidden_dims=(5,)))
    with pytest.raises(CheckpointError, match="is of toy, not of other"):
        resume(dataset=replace(grey_dataset, name="other"))


def test_resuming_a_finished_run_makes_no_step(model_config, grey_dataset, tmp_path):
    train_until(tmp_path / "run", grey_dataset, model_config, SHORT)
    before = contents(tmp_path / "run")
    assert train_until(tmp_path / "run", grey_dataset, model_config, SHORT, resume=True) == []
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


# -- writing -----------------------------------------------------------------------------------------------------


def test_a_file_is_synced_renamed_and_its_folder_synced(tmp_path, monkeypatch):
    calls = []
    for name in ("fsync", "replace"):
        real = getattr(os, name)
        monkeypatch.setattr(os, name, lambda *args, name=name, real=real: (calls.append(name), real(*args)))
    write_atomic(tmp_path / "a", b"new")
    assert calls == ["fsync", "replace", "fsync"] and (tmp_path / "a").read_bytes() == b"new"


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


def test_a_save_that_fails_stops_the_run_loudly(model_config, grey_dataset, tmp_path, monkeypatch):
    events = run(tmp_path / "run", grey_dataset, model_config, SHORT)
    next(events)
    monkeypatch.setattr(os, "replace", lambda *args: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(OSError, match="No space left"):
        events.close()


# -- hostile and damaged files -----------------------------------------------------------------------------------


def pack(header: object, payload: bytes = b"") -> bytes:
    """A file of this header. Where that has a checksum, the right one is put in, so that what a test changes is refused for
    itself."""
    header = json.loads(json.dumps(header)) if isinstance(header, dict) else header
    sealed = isinstance(header, dict) and "checksum" in header.get("__metadata__", {})
    if sealed:
        header["__metadata__"]["checksum"] = "0" * 64
    raw = header if isinstance(header, bytes) else json.dumps(header).encode()
    whole = len(raw).to_bytes(8, "little") + raw + payload
    return whole.replace(b"0" * 64, hashlib.sha256(whole).hexdigest().encode(), 1) if sealed else whole


def unpack(whole: bytes) -> tuple[dict, bytes]:
    size = int.from_bytes(whole[:8], "little")
    return json.loads(whole[8 : 8 + size]), whole[8 + size :]


def with_metadata(whole: bytes, **changes: object) -> bytes:
    """The file with other values at the top of its JSON object (or without one, where the value is ...)."""
    header, payload = unpack(whole)
    metadata = json.loads(header["__metadata__"]["vae_core"]) | changes
    metadata = {name: value for name, value in metadata.items() if value is not ...}
    header["__metadata__"]["vae_core"] = json.dumps(metadata)
    return pack(header, payload)


def with_config(whole: bytes, **changes: object) -> bytes:
    header, _ = unpack(whole)
    return with_metadata(whole, model_config=json.loads(header["__metadata__"]["vae_core"])["model_config"] | changes)


def with_entry(whole: bytes, name: str, **changes: object) -> bytes:
    header, payload = unpack(whole)
    header[name] |= changes
    return pack(header, payload)


def with_bytes(whole: bytes, name: str, value: float) -> bytes:
    """The file with the first number of a tensor replaced."""
    header, payload = unpack(whole)
    start = header[name]["data_offsets"][0]
    return pack(header, payload[:start] + np.float32(value).tobytes() + payload[start + 4 :])


def renamed(whole: bytes, change) -> bytes:
    header, payload = unpack(whole)
    return pack({change(name) if name != "__metadata__" else name: entry for name, entry in header.items()}, payload)


def withfile_header(whole: bytes, change) -> bytes:
    header, payload = unpack(whole)
    change(header)
    return pack(header, payload)


def swap_offsets(header: dict) -> None:
    """Two tensors of equal size on the same bytes."""
    header["model.decoder.2.weight"]["data_offsets"] = header[WEIGHT]["data_offsets"]


WEIGHT = "model.encoder.0.weight"  # (7, 6)
DAMAGE = {
    "empty": lambda whole: b"",
    "seven bytes": lambda whole: whole[:7],
    "random bytes": lambda whole: np.random.default_rng(0).bytes(4000),
    "text": lambda whole: b"<!doctype html><title>404 Not Found</title>",
    "zip": lambda whole: b"PK\x03\x04" + whole,
    "pickle": lambda whole: pickle.dumps({"state_dict": list(range(100))}),
    "huge header length": lambda whole: b"\xff" * 8 + whole[8:],
    "header beyond the end": lambda whole: len(whole).to_bytes(8, "little") + whole[8:],
    "header length zero": lambda whole: bytes(8) + whole[8:],
    "trailing bytes": lambda whole: whole + b"\0" * 4,
    "plain safetensors": lambda whole: safetensors.torch.save({"weight": torch.zeros(7, 6)}),
    "someone else's metadata": lambda whole: safetensors.torch.save({"weight": torch.zeros(7)}, {"format": "pt"}),
    "header a list": lambda whole: pack([1, 2]),
    "header a number": lambda whole: pack(3),
    "header deeply nested": lambda whole: pack(b'{"a":' * 100_000),
    "header in utf-16": lambda whole: pack(json.dumps(unpack(whole)[0]).encode("utf-16"), unpack(whole)[1]),
    "header not utf-8": lambda whole: pack(b'{"\xff": 1}'),
    "metadata no json": lambda whole: pack({"__metadata__": {"vae_core": "{"}}),
    "metadata a list": lambda whole: pack({"__metadata__": {"vae_core": "[]"}}),
    "metadata deeply nested": lambda whole: pack({"__metadata__": {"vae_core": "[" * 100_000}}),
    "metadata a huge number": lambda whole: pack({"__metadata__": {"vae_core": "9" * 10_000}}),
    "config with a number of 400 digits": lambda whole: with_config(whole, variance_floor=10**400),
    "other metadata no string": lambda whole: withfile_header(whole, lambda h: h["__metadata__"].update(x=1)),
    "no config": lambda whole: with_metadata(whole, model_config=...),
    "config a list": lambda whole: with_metadata(whole, model_config=[1]),
    "config with a foreign field": lambda whole: with_config(whole, **{"evil\n\x1b[31m" + "x" * 9999: 1}),
    "config with a missing field": lambda whole: with_metadata(whole, model_config={"data_dim": 6}),
    "config of other types": lambda whole: with_config(whole, latent_dim="2", hidden_dims=None),
    "config with nan": lambda whole: with_config(whole, variance_floor=math.nan),
    "config with other widths": lambda whole: with_config(whole, hidden_dims=[5]),
    "config without hidden layers": lambda whole: with_config(whole, hidden_dims=[]),
    "config of another likelihood": lambda whole: with_config(whole, likelihood="gaussian"),
    "training config a number": lambda whole: with_metadata(whole, train_config=5),
    "training config of a foreign field": lambda whole: with_metadata(whole, train_config={"evil": 1}),
    "data a list": lambda whole: with_metadata(whole, data=["digits"]),
    "foreign names": lambda whole: renamed(whole, lambda name: name.removeprefix("model.")),
    "a name too many": lambda whole: withfile_header(
        whole, lambda h: h.update({"model.extra": h.pop("optimizer.encoder.0.bias.step")})
    ),
    "a shape transposed": lambda whole: with_entry(whole, WEIGHT, shape=[6, 7]),
    "a shape flattened": lambda whole: with_entry(whole, WEIGHT, shape=[42]),
    "a shape with a negative side": lambda whole: with_entry(whole, WEIGHT, shape=[-7, -6]),
    "a shape with true": lambda whole: with_entry(whole, WEIGHT, shape=[7, 6, True]),
    "a shape that overflows": lambda whole: with_entry(whole, WEIGHT, shape=[2**62, 2**62, 0]),
    "a shape as text": lambda whole: with_entry(whole, WEIGHT, shape="76"),
    "a dtype of equal size": lambda whole: with_entry(whole, WEIGHT, dtype="F16", shape=[7, 12]),
    "an unknown dtype": lambda whole: with_entry(whole, WEIGHT, dtype="BF16"),
    "a dtype as list": lambda whole: with_entry(whole, WEIGHT, dtype=["F32"]),
    "overlapping tensors": lambda whole: withfile_header(whole, swap_offsets),
    "offsets beyond the end": lambda whole: with_entry(whole, WEIGHT, data_offsets=[10**9, 10**9 + 168]),
    "offsets negative": lambda whole: with_entry(whole, WEIGHT, data_offsets=[-168, 0]),
    "offsets reversed": lambda whole: with_entry(whole, WEIGHT, data_offsets=[168, 0]),
    "offsets as floats": lambda whole: withfile_header(
        whole, lambda h: [e.update(data_offsets=[*map(float, e["data_offsets"])]) for e in h.values() if "dtype" in e]
    ),
    "an entry that is no object": lambda whole: withfile_header(whole, lambda h: h.update({WEIGHT: 3})),
    "nan inside": lambda whole: with_bytes(whole, WEIGHT, math.nan),
    "infinity inside": lambda whole: with_bytes(whole, WEIGHT, -math.inf),
    "nan in a tensor with a name to forge lines": lambda whole: with_bytes(
        renamed(whole, lambda name: name + "\n\x1b[31mall is well" * (name == WEIGHT)),
        WEIGHT + "\n\x1b[31mall is well",
        math.nan,
    ),
    "twenty thousand empty tensors": lambda whole: pack(
        unpack(whole)[0] | {f"{i:x}": {"dtype": "U8", "shape": [0], "data_offsets": [0, 0]} for i in range(20_000)}
    ),
    "a million empty tensors": lambda whole: pack(
        b'{"__metadata__":{"vae_core":"{}"}'
        + b"".join(b',"%x":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}' % i for i in range(1_000_000))
        + b"}"
    ),
}


@pytest.fixture(scope="module")
def whole(model_config, grey_dataset) -> bytes:
    """A checkpoint file of step 7, which is a model file too."""
    algorithm, _ = start(model_config, SHORT)
    state = FitState(5, History("toy", "dynamic"))
    next(event for event in fit(algorithm, grey_dataset, state=state) if event.step == 7)
    return pack_checkpoint(algorithm, state)


def assert_refused(content: bytes, folder: Path, *loaders) -> str:
    """Every loader raises CheckpointError with one printable line that names the file; the last one's is returned."""
    path = folder / "bad.safetensors"
    path.write_bytes(content)
    for load in loaders:
        with pytest.raises(CheckpointError) as error:
            load(path)
        text = str(error.value)
        assert "bad.safetensors" in text and text.isprintable() and len(text) < 600, text
    return text


def test_the_undamaged_file_loads(whole, tmp_path):
    """So that the refusals below are of the damage and of nothing else."""
    (tmp_path / "good.safetensors").write_bytes(pack(*unpack(whole)))
    for load in (load_model, load_checkpoint):
        load(tmp_path / "good.safetensors")
    load_model_bytes(with_metadata(with_entry(whole, WEIGHT)), "an upload")


@pytest.mark.parametrize("damage", DAMAGE)
def test_damaged_and_foreign_files_are_refused_with_one_line(whole, tmp_path, damage):
    assert_refused(
        DAMAGE[damage](whole), tmp_path, load_model, load_checkpoint, lambda p: load_model_bytes(p.read_bytes(), str(p))
    )


def test_a_file_truncated_anywhere_is_refused(whole, tmp_path):
    for length in {*range(0, len(whole), 61), *range(len(whole) - 20, len(whole)), *range(20)}:
        assert_refused(whole[:length], tmp_path, load_model)


@pytest.mark.parametrize("kind", ["model", "checkpoint", "frames"])
def test_one_flipped_bit_anywhere_is_refused(whole, model_config, tmp_path, kind):
    """A bit of every third byte of the header, and of every 31st of the numbers."""
    if kind == "model":
        whole = pack_model(VAE(model_config, generator=torch.Generator().manual_seed(0)), data="toy")
    elif kind == "frames":
        frame = capture_frame(load_model_bytes(whole, "here")[0], torch.zeros(9, 6), 3, 15, "branch")
        save_frames(tmp_path / "f.safetensors", model_config, [frame])
        whole = (tmp_path / "f.safetensors").read_bytes()
    check_header(whole, "here")
    rng, start = random.Random(0), len(whole) - len(unpack(whole)[1])
    for place in [*range(0, start, 3), *range(start, len(whole), 31)]:
        damaged = bytearray(whole)
        damaged[place] ^= 1 << rng.randrange(8)
        with pytest.raises(CheckpointError):
            check_header(bytes(damaged), "here")


def test_a_file_of_format_2_needs_its_checksum_and_one_of_format_1_none(whole, tmp_path):
    header, payload = unpack(whole)
    assert list(header["__metadata__"]) == ["checksum", "format", "vae_core"]
    assert header["__metadata__"]["format"] == "pt" and json.loads(header["__metadata__"]["vae_core"])["format"] == 2
    without_one = {**header, "__metadata__": {"vae_core": header["__metadata__"]["vae_core"]}}
    for damaged in (
        pack(without_one, payload),
        whole.replace(header["__metadata__"]["checksum"].encode(), b"f" * 64, 1),
        whole.replace(header["__metadata__"]["checksum"].encode(), b"f" * 63 + b" ", 1),
        pack(
            json.dumps({**header, "__metadata__": header["__metadata__"] | {"checksum": "\ud800" * 64}}).encode(),
            payload,
        ),
    ):
        assert "checksum" in assert_refused(damaged, tmp_path, load_model, load_checkpoint)
    (tmp_path / "first.safetensors").write_bytes(with_metadata(pack(without_one, payload), format=1))
    assert load_checkpoint(tmp_path / "first.safetensors")[1].step == 7
    (tmp_path / "first.safetensors").write_bytes(with_metadata(pack(without_one, payload), format=...))
    assert load_checkpoint(tmp_path / "first.safetensors")[1].step == 7


@pytest.mark.parametrize("number", [99, 3, 0, None, "2", [2]])
def test_another_format_is_refused_by_its_number(whole, tmp_path, number):
    text = assert_refused(with_metadata(whole, format=number), tmp_path, load_model, load_checkpoint)
    assert f"has the format {number}, and this version reads 1 and 2" in text


def test_equal_tensors_give_equal_bytes_which_other_readers_can_read(vae, tmp_path):
    """Whatever the order in which the tensors come; and each starts at a multiple of its item's size."""
    tensors = {
        "b": torch.arange(3.0),
        "a": torch.zeros(2, dtype=torch.uint8),
        "c": torch.tensor(5),
        "d": torch.ones(1).half(),
    }
    packed = pack_tensors(tensors, {"kind": "x"})
    assert packed == pack_tensors(dict(reversed(tensors.items())), {"kind": "x"})
    assert pack_model(vae, data="toy") == pack_model(deepcopy(vae), data="toy") != pack_model(vae, data="other")
    loaded = safetensors.torch.load(packed)
    assert loaded.keys() == tensors.keys()
    assert all(
        torch.equal(loaded[name], tensor) and loaded[name].dtype == tensor.dtype for name, tensor in tensors.items()
    )
    header, payload = unpack(packed)
    starts = {name: entry["data_offsets"][0] for name, entry in header.items() if name != "__metadata__"}
    assert (len(packed) - len(payload)) % 8 == 0
    assert all(starts[name] % tensor.element_size() == 0 for name, tensor in tensors.items())


def test_missing_files_and_folders_are_named(tmp_path):
    with pytest.raises(CheckpointError, match="cannot read .*nothing.safetensors: No such file or directory"):
        load_model(tmp_path / "nothing.safetensors")
    with pytest.raises(CheckpointError, match="cannot read .*: Is a directory"):
        load_checkpoint(tmp_path)
    with pytest.raises(CheckpointError, match="there is no pretrained model 'mnist-3d'; there are"):
        load_pretrained("mnist-3d")


@pytest.mark.parametrize(
    "changes",
    [
        {"latent_dim": 10**9},
        {"hidden_dims": [10**12]},
        {"hidden_dims": [10**30]},
        {"data_dim": 10**8, "image_shape": [10**4, 10**4]},
        {"hidden_dims": [1] * 100},
        {"hidden_dims": [1] * 1_000_000},
        {"hidden_dims": [200, 200]},  # fewer widths than the file has numbers, but 60,000 weights between them
    ],
    ids=lambda changes: f"{changes}"[:40],
)
def test_a_config_of_a_gigantic_model_allocates_nothing(whole, tmp_path, monkeypatch, changes):
    devices, real = [], VAE
    monkeypatch.setattr(
        "vae_core.models.VAE", lambda *a, **k: devices.append(torch.empty(0).device.type) or real(*a, **k)
    )
    assert_refused(with_config(whole, **changes), tmp_path, load_model, load_checkpoint)
    assert set(devices) <= {"meta"}
    load_model_bytes(whole, "an upload")
    assert devices[-2:] == ["meta", "cpu"]


def test_a_config_of_very_many_layers_is_refused_before_they_are_made(whole, tmp_path, monkeypatch):
    """As many widths as the file has numbers: building the layers would take minutes, even without memory."""
    header, payload = unpack(whole)
    header["x"] = {"dtype": "U8", "shape": [50_000], "data_offsets": [len(payload), len(payload) + 50_000]}
    monkeypatch.setattr("vae_core.models.VAE", lambda *a, **k: pytest.fail("the model was built"))
    content = with_config(pack(header, payload + bytes(50_000)), hidden_dims=[1] * 20_000)
    assert "its config describes a larger model than it holds" in assert_refused(content, tmp_path, load_model)


def test_a_header_of_very_many_tensors_is_refused_by_their_number(whole, tmp_path):
    text = assert_refused(DAMAGE["twenty thousand empty tensors"](whole), tmp_path, load_model)
    assert "lists more than 4000 tensors" in text


RESUMING = {
    "no training config": lambda whole: with_metadata(whole, train_config=...),
    "no state": lambda whole: with_metadata(whole, state=...),
    "state a list": lambda whole: with_metadata(whole, state=[]),
    "step as text": lambda whole: with_state(whole, step="7"),
    "step negative": lambda whole: with_state(whole, step=-7),
    "seed as text": lambda whole: with_state(whole, seed="5"),
    "sums too short": lambda whole: with_state(whole, sums=[0.0]),
    "sums infinite": lambda whole: with_state(whole, sums=[math.inf, 0, 0, 1]),
    "history a list": lambda whole: with_state(whole, history=[]),
    "records of other fields": lambda whole: with_state(whole, history={**HISTORY, "records": [{"step": 1}]}),
    "records as text": lambda whole: with_state(whole, history={**HISTORY, "records": "none"}),
    "records of text": lambda whole: with_state(whole, history={**HISTORY, "records": [RECORD | {"test_kl": "low"}]}),
    "records of nan": lambda whole: with_state(whole, history={**HISTORY, "records": [RECORD | {"test_kl": math.nan}]}),
    "records without a bound": lambda whole: with_state(
        whole, history={**HISTORY, "records": [RECORD | {"test_kl": None}]}
    ),
    "moments of a foreign parameter": lambda whole: renamed(whole, lambda name: name.replace("r.encoder.0", "r.x.0")),
    "moments of a foreign name": lambda whole: renamed(whole, lambda name: name.replace("exp_avg_sq", "sum")),
    "moments of a wrong shape": lambda whole: with_entry(whole, f"{MOMENT}.exp_avg", shape=[6, 7]),
    "moments of a wrong dtype": lambda whole: with_entry(whole, f"{MOMENT}.exp_avg", dtype="F64", shape=[7, 3]),
    "moments of integers": lambda whole: with_entry(whole, f"{MOMENT}.step", dtype="U8", shape=[4]),
    "moments of some parameters": lambda whole: without(whole, "optimizer.encoder"),
    "no moments": lambda whole: without(whole, "optimizer."),
    "foreign tensors": lambda whole: renamed(whole, lambda name: name.replace("optimizer", "x")),
    "moments of another optimizer": lambda whole: with_metadata(
        whole, train_config={**SHORT.to_dict(), "optimizer": "adagrad"}
    ),
}
HISTORY = {"data": "toy", "binarization": "dynamic", "records": []}
RECORD = dict.fromkeys((field.name for field in fields(Record)), 1)
MOMENT = "optimizer.encoder.0.weight"


def with_state(whole: bytes, **changes: object) -> bytes:
    header, _ = unpack(whole)
    return with_metadata(whole, state=json.loads(header["__metadata__"]["vae_core"])["state"] | changes)


def without(whole: bytes, prefix: str) -> bytes:
    """The file without the tensors of some names."""
    metadata = json.loads(unpack(whole)[0]["__metadata__"]["vae_core"])
    tensors = safetensors.torch.load(whole)
    return pack_tensors({name: t for name, t in tensors.items() if not name.startswith(prefix)}, metadata)


@pytest.mark.parametrize("damage", RESUMING)
def test_checkpoints_that_cannot_be_resumed_are_refused_with_one_line(whole, tmp_path, damage):
    assert_refused(RESUMING[damage](whole), tmp_path, load_checkpoint)


def test_a_model_file_is_no_checkpoint_and_no_frames(vae, tmp_path):
    save_model(tmp_path / "m.safetensors", vae)
    model = (tmp_path / "m.safetensors").read_bytes()
    assert "is no checkpoint that can be resumed" in assert_refused(model, tmp_path, load_checkpoint)
    assert "holds no frames; it is of the kind 'model'" in assert_refused(model, tmp_path, load_frames)
    frames = pack_tensors({"step": torch.tensor([0])}, {"kind": "frames", "model_config": {}})
    assert "holds no frames: KeyError" in assert_refused(frames, tmp_path, load_frames)


def test_random_damage_is_refused_or_harmless(whole, tmp_path):
    """300 files with a few bytes of their header, or one value of their JSON, replaced: CheckpointError or a load."""
    rng = random.Random(0)
    odd = [None, True, -1, 0, 1e308, 10**25, "", "x", [], {}, [[]], {"a": 1}, [0, 0], "F32"]

    def replace_one_value(value):
        node = value
        while True:
            key = rng.choice(list(node) if isinstance(node, dict) else range(len(node)))
            if not isinstance(node[key], dict | list) or not node[key] or rng.random() < 0.2:
                node[key] = rng.choice(odd)
                return
            node = node[key]

    path = tmp_path / "bad.safetensors"
    refused = 0
    for i in range(300):
        header, payload = unpack(whole)
        if i % 3 == 0:
            raw = bytearray(whole)
            for _ in range(3):
                raw[rng.randrange(8 + len(whole) - len(payload))] = rng.randrange(256)
            content = bytes(raw)
        elif i % 3 == 1:
            replace_one_value(header)
            content = pack(header, payload)
        else:
            metadata = json.loads(header["__metadata__"]["vae_core"])
            replace_one_value(metadata)
            content = with_metadata(whole, **metadata)
        path.write_bytes(content)
        for load in (load_model, load_checkpoint):
            try:
                load(path)
            except CheckpointError as error:
                refused += 1
                assert str(error).isprintable()
    assert refused > 300


def test_nothing_in_the_product_can_unpickle():
    pattern = re.compile(
        r"(?<!safetensors\.)\btorch\.load\b|\bpickle\b|\bcloudpickle\b|\bdill\b|joblib|allow_pickle\s*=\s*True"
    )
    sources = [*REPOSITORY.glob("vae_core/**/*.py"), *REPOSITORY.glob("app/**/*.py")]
    found = [f"{path.name}: {hit[0]}" for path in sources for hit in pattern.finditer(path.read_text())]
    assert len(sources) > 10 and found == []
