"""A sample of `hostile_values.py`: every value ends in our own words, before anything large is allocated."""

import itertools
import math

import numpy as np
import pytest
import torch
from hostile_values import (
    NOT_COUNTS,
    calls,
    calls_of_any_size,
    hostile_fields,
    hostile_histories,
    other_lines,
    train_lines,
    wrong_calls,
)
from jaxtyping import TypeCheckError
from PIL import Image

import vae_core as vc
from vae_core.cli.main import main
from vae_core.history import Record

pytestmark = pytest.mark.usefixtures("global_randomness_untouched")


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    """What stands for MODEL, PICTURE and OUT in a command line."""
    folder = tmp_path_factory.mktemp("hostile")
    config = vc.ModelConfig(64, (8, 8), hidden_dims=(4,))
    vae = vc.VAE(config, generator=torch.Generator().manual_seed(0))
    vc.save_model(folder / "model.safetensors", vae, data="digits")
    Image.fromarray(np.full((8, 8), 255, np.uint8)).save(folder / "picture.png")
    return {"MODEL": folder / "model.safetensors", "PICTURE": folder / "picture.png", "OUT": folder / "out"}


def refused(line: list[str], places, capsys) -> str:
    """The one line with which a command line is refused."""
    for name, path in places.items():
        line = [str(path) + part.removeprefix(name) if part.startswith(name) else part for part in line]
    try:
        code = main(line)
    except SystemExit as end:
        code = end.code
    out, err = capsys.readouterr()
    lines = [text for text in err.splitlines() if text and not text.startswith("[")]
    assert (code, out, len(lines)) == (2, "", 1), (line, err)
    assert "Traceback" not in err and not places["OUT"].exists() and not places["OUT"].with_suffix(".png").exists()
    return lines[0]


def test_hostile_flags_of_train_are_refused_with_one_line(places, capsys):
    start = ["train", "--data", "digits", "--out", "OUT"]
    for line in itertools.islice(train_lines(), 0, None, 7):
        refused([*start, *line], places, capsys)


def test_hostile_flags_of_other_commands_are_refused_with_one_line(places, capsys):
    for line in itertools.islice(other_lines(), 0, None, 5):
        refused(line, places, capsys)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("train --data digits --out OUT --hidden 100000000", "parameters (data_dim 64, hidden_dims (100000000,)"),
        ("train --data digits --out OUT --hidden 100000000", "choose smaller hidden_dims or a smaller latent_dim"),
        (
            "train --data digits --out OUT --epochs 1000000000",
            "a run of 1,000,000,000 epochs would keep 400 GB of curves",
        ),
        ("train --data digits --out OUT --latent-dim 100000000000000000000000", "must be below 2**63"),
        ("train --data digits --out OUT --beta 1e308", "beta must be at most 1e+30, got 1e+308"),
        ("train --data digits --out OUT --num-samples 1000000000", "choose a smaller num_samples or batch_size"),
        ("train --data digits --out OUT --threads 100000", "argument --threads: must be at most"),
        ("evaluate digits-2d --num-samples 1000000000", "297,000,000,000 passes through the network"),
        ("sample digits-2d --num 1000000000000 --out OUT.png", "choose a smaller --num"),
    ],
)
def test_what_does_not_fit_says_what_it_needs_and_what_to_lower(places, capsys, monkeypatch, line, words):
    monkeypatch.setattr("vae_core.sizes.free_memory", lambda: 16 * 10**9)
    assert words in refused(line.split(), places, capsys)


@pytest.mark.parametrize("flag", ["--batch-size", "--warmup-steps"])
def test_counts_that_cost_nothing_may_be_large(places, capsys, tmp_path, flag):
    out = tmp_path / "run"
    line = f"train --data digits --hidden 4 --epochs 1 --batch-size 500 --out {out} {flag} {10**18}"
    assert main(line.split()) == 0


def test_fields_of_configs_and_records_take_no_other_type():
    good = 0
    for kind, values in hostile_fields():
        try:
            made = kind.from_dict(values) if hasattr(kind, "from_dict") else kind(**values)
        except TypeCheckError:  # while tests run, annotations are checked first
            assert kind is Record
        except ValueError as error:
            assert str(error) and "\n" not in str(error)
        else:
            good += 1
            assert made == made.replace() if hasattr(made, "replace") else True
    assert 10 < good < 200, "None and numbers are good for some fields"


def test_objects_that_are_no_history_are_refused():
    for values in hostile_histories():
        with pytest.raises((ValueError, TypeCheckError), match=r"\w"):
            vc.History.from_dict(values)
    for text in ("", "{", "[" * 100_000, "null"):
        with pytest.raises(ValueError):
            vc.History.from_json(text)


@pytest.fixture(scope="module")
def small():
    vae = vc.VAE(vc.ModelConfig(6, (2, 3), 2, (5,)), generator=torch.Generator().manual_seed(0))
    return vae, torch.tensor([[1.0, 0, 1, 0, 1, 0], [0, 0, 1, 1, 0, 1], [1, 1, 1, 0, 0, 0]])


def test_counts_from_outside_are_refused_before_anything_is_allocated(small, monkeypatch):
    monkeypatch.setattr("vae_core.sizes.free_memory", lambda: 4 * 10**9)
    for name, call in calls(*small):
        for value in NOT_COUNTS:
            with pytest.raises(ValueError) as error:
                call(value)
            assert "\n" not in str(error.value), (name, value)


def test_words_and_indices_that_do_not_exist_are_refused(small):
    for name, call in wrong_calls(*small):
        with pytest.raises(ValueError) as error:
            call(None)
        assert "\n" not in str(error.value), name


def test_pieces_of_work_may_be_large_but_not_negative(small):
    for name, call in calls_of_any_size(*small):
        for value in NOT_COUNTS:
            if value < 1:
                with pytest.raises(ValueError):
                    call(value)
            else:
                assert call(value) is not None, name


@pytest.mark.parametrize("mode", ["dynamic", "threshold", "none"])
@pytest.mark.parametrize("value", [255.0, -0.1, math.nan, math.inf, -math.inf, 1.001])
def test_binarize_takes_grey_values_alone(mode, value, generator):
    x = torch.tensor([[0.5, value, 1.0]])
    with pytest.raises(vc.DataError, match=r"x must lie in \[0, 1\]"):
        vc.binarize(x, mode, generator=generator())


def test_images_that_are_no_floats_are_refused(generator):
    with pytest.raises(vc.DataError, match="x_test must be of a floating type, got torch.uint8"):
        vc.Dataset("bad", torch.zeros(3, 6), torch.zeros(3, 6, dtype=torch.uint8), None, None, (2, 3), "none")


X, Y = torch.zeros(3, 6), torch.zeros(3, dtype=torch.int64)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"y_train": Y[:2]},
            r"y_train must be int64 of the shape \(3,\), a label for each image, got torch.int64 \(2,\)",
        ),
        ({"y_test": Y.float()}, "y_test must be int64"),
        ({"y_test": Y[:, None]}, "y_test must be int64"),
        ({"y_test": Y - 1}, "y_test must be labels of at least 0, got -1"),
        ({"x_test": X[:0]}, r"x_test must have the shape \(images, data_dim=6\), got \(0, 6\)"),
        ({"x_test": X[0]}, "x_test must have the shape"),
        ({"x_test": X.double()}, "x_test must be torch.float32, as x_train is, got torch.float64"),
        ({"image_shape": (2, 2)}, "x_train must have the shape"),
        ({"image_shape": (-2, -3)}, "each side of image_shape must be a whole number"),
    ],
)
def test_a_dataset_is_what_it_says(changes, message):
    good = {"x_train": X, "x_test": X, "y_train": Y, "y_test": Y, "image_shape": (2, 3), "binarization": "none"}
    vc.Dataset("good", **good)
    with pytest.raises(ValueError, match=message):
        vc.Dataset("bad", **(good | changes))
