"""Models and checkpoints that are damaged, hostile or foreign: each is refused in one line, before its sizes are believed."""

import json
import random
import re
import subprocess
import sys
from copy import deepcopy
from pathlib import Path

import pytest
import safetensors.torch
import torch
from hostile_files import (
    DAMAGE,
    RESUMING,
    WEIGHT,
    pack,
    unpack,
    whole_checkpoint,
    with_config,
    with_entry,
    with_metadata,
)

from vae_core import (
    VAE,
    CheckpointError,
    load_checkpoint,
    load_model,
    load_pretrained,
    save_model,
)
from vae_core.files import check_header, pack_tensors
from vae_core.frames import capture_frame, load_frames, save_frames
from vae_core.models import load_model_bytes, pack_model

REPOSITORY = Path(__file__).resolve().parent.parent
pytestmark = pytest.mark.usefixtures("global_randomness_untouched")


@pytest.fixture(scope="module")
def whole(model_config, grey_dataset) -> bytes:
    """A checkpoint file of step 7, which is a model file too."""
    return whole_checkpoint(model_config, grey_dataset)


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


@pytest.mark.parametrize("kind", ["model", "checkpoint", "frames", "reference"])
def test_one_flipped_bit_anywhere_is_refused(whole, model_config, tmp_path, kind):
    """A bit of every third byte of the header, and of every 31st of the numbers."""
    if kind == "model":
        whole = pack_model(VAE(model_config, generator=torch.Generator().manual_seed(0)), data="toy")
    elif kind == "reference":
        whole = pack_tensors({"x": torch.arange(99, dtype=torch.uint8)}, {"source": "toy"})
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


@pytest.mark.parametrize("number", [99, 3, 0, None, "2", [2], True, 1.0, 2.0, -1, {}])
def test_another_format_is_refused_by_its_number(whole, tmp_path, number):
    text = assert_refused(with_metadata(whole, format=number), tmp_path, load_model, load_checkpoint)
    assert f"has the format {number!r}, and this version reads 1 and 2" in text


def test_a_field_of_a_newer_version_is_refused_by_its_name(whole, tmp_path):
    """Such as a decoder that skips layers: read without the field, the file would be another model, or a damaged one."""
    text = assert_refused(with_config(whole, skips_layers=True), tmp_path, load_checkpoint, load_model)
    assert text.endswith(
        "has skips_layers in its model_config, which this version does not know: a newer version wrote it, so install that one"
    )
    train_config = unpack(whole)[0]["__metadata__"]["vae_core"]
    text = assert_refused(
        with_metadata(whole, train_config=json.loads(train_config)["train_config"] | {"momentum": 0.9}),
        tmp_path,
        load_checkpoint,
        load_model,
    )
    assert "has momentum in its train_config" in text and text.endswith("so install that one")


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


@pytest.mark.parametrize("damage", RESUMING)
def test_checkpoints_that_cannot_be_resumed_are_refused_with_one_line(whole, tmp_path, damage):
    assert_refused(RESUMING[damage](whole), tmp_path, load_checkpoint)


def test_a_model_file_is_no_checkpoint_and_no_frames(vae, tmp_path):
    save_model(tmp_path / "m.safetensors", vae)
    model = (tmp_path / "m.safetensors").read_bytes()
    assert "is no checkpoint that can be resumed" in assert_refused(model, tmp_path, load_checkpoint)
    assert "holds no frames; it is of the kind 'model'" in assert_refused(model, tmp_path, load_frames)
    frames = pack_tensors({"step": torch.tensor([0])}, {"kind": "frames", "model_config": {}})
    assert "holds no frames: it has no 'samples_seen'" in assert_refused(frames, tmp_path, load_frames)


def test_a_sample_of_hostile_files_brings_out_no_foreign_error():
    """In a process of its own, where no type checker stands before our code. Nothing is left to other outcomes than these."""
    sample = [sys.executable, REPOSITORY / "tests/hostile_files.py", "25", "4"]
    done = subprocess.run(sample, cwd=REPOSITORY, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0 and done.stderr == "", done.stderr
    counts = json.loads(done.stdout)
    foreign = {name: set(count) - {"read", "refused", "kept"} for name, count in counts.items()}
    assert not any(foreign.values()), foreign
    total = {name: sum(count.values()) for name, count in counts.items()}
    assert (
        total["hostile models and checkpoints"] > 400 and total["hostile idx files"] + total["hostile npy files"] > 100
    )
    assert all(counts[f"mutations: {kind}"]["refused"] > 10 for kind in ("model", "checkpoint", "frames", "reference"))


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
        r"(?<!safetensors\.)\btorch\.load\b|\bimport (?:c?pickle)\b|\bpickle\.|\bcloudpickle\b|\bdill\b|joblib|allow_pickle\s*=\s*True"
    )
    sources = [*REPOSITORY.glob("vae_core/**/*.py"), *REPOSITORY.glob("app/**/*.py")]
    pickles = [f"{path.name}: {hit[0]}" for path in sources for hit in pattern.finditer(path.read_text())]
    assert len(sources) > 10 and pickles == []
