import json
import math
import os
import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
import torch
from hostile_files import idx_bytes
from PIL import Image

from vae_core import (
    VAE,
    Dataset,
    Mask,
    ModelConfig,
    TrainConfig,
    binarized_test,
    estimate_bound,
    hidden_part,
    load_checkpoint,
    load_data,
    load_model,
    restore,
    save_model,
)
from vae_core.cli.main import build_parser, main
from vae_core.data import datasets
from vae_core.latent import decoded_means
from vae_core.locks import lock_folder
from vae_core.runs import run
from vae_core.settings import settings_of

pytestmark = pytest.mark.usefixtures("global_randomness_untouched")

REPOSITORY = Path(__file__).resolve().parent.parent
TRAIN = "train --data digits --hidden 16 --epochs 2 --batch-size 100 --seed 3".split()
RUN_FILES = ("model.safetensors", "checkpoint.safetensors", "history.json", "frames.safetensors")


@pytest.fixture
def command(capsys):
    """Run a command in this process: exit code, standard output, standard error."""

    def run(*args: object) -> tuple[int, str, str]:
        try:
            code = main([str(arg) for arg in args])
        except SystemExit as exit:  # argparse ends like this, for bad flags as for --help
            code = exit.code
        return code, *capsys.readouterr()

    return run


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Path:
    """The folder of a finished run, made by the command line."""
    folder = tmp_path_factory.mktemp("cli") / "run"
    assert main([*TRAIN, "--out", str(folder)]) == 0
    return folder


def one_line(text: str) -> str:
    """The last line of standard error, which must be all of it but for a progress bar."""
    lines = [line for line in text.splitlines() if line and not line.startswith("[")]
    assert len(lines) == 1, text
    return lines[0]


# -- train -------------------------------------------------------------------------------------------------------


def test_train_prints_one_json_object_and_keeps_the_run(command, tmp_path):
    code, out, err = command(*TRAIN, "--json", "--out", tmp_path / "run")
    report = json.loads(out)
    assert code == 0 and sorted(path.name for path in (tmp_path / "run").iterdir()) == sorted(RUN_FILES)
    assert (report["data"], report["binarization"], report["finished"]) == ("digits", "dynamic", True)
    assert (report["steps"], report["samples_seen"]) == (30, 3000)
    history = json.loads((tmp_path / "run/history.json").read_text())
    assert report["test_elbo"] == history["records"][-1]["test_elbo"]
    assert report["test_elbo"] == pytest.approx(report["test_recon_log_lik"] - report["test_kl"], abs=1e-4)
    bar = err.replace("\r", "\n").split("\n[")[-1]
    assert "30/30 steps" in bar and "images/s" in bar and "s left" in bar and "test ELBO" in bar


def test_the_command_line_and_python_end_in_the_same_bytes(finished, tmp_path):
    digits = load_data("digits")
    model_config = ModelConfig(64, (8, 8), hidden_dims=(16,))
    train_config = TrainConfig(epochs=2, batch_size=100, seed=3)
    for _ in run(tmp_path / "run", digits, model_config, train_config):
        pass
    for name in RUN_FILES:
        assert (tmp_path / "run" / name).read_bytes() == (finished / name).read_bytes(), name


@pytest.mark.slow
def test_a_run_in_a_process_of_its_own_ends_in_the_same_bytes(finished, tmp_path):
    args = [sys.executable, "-m", "vae_core", *TRAIN, "--json", "--out", str(tmp_path / "run")]
    done = subprocess.run(args, cwd=REPOSITORY, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0 and json.loads(done.stdout)["finished"]
    for name in RUN_FILES:
        assert (tmp_path / "run" / name).read_bytes() == (finished / name).read_bytes(), name


SETTINGS = settings_of(ModelConfig) | settings_of(TrainConfig)
MODEL_VALUES = {
    "latent_dim": 3,
    "hidden_dims": (7, 5),
    "likelihood": "gaussian",
    "mean": "identity",
    "variance": "network",
    "variance_floor": 0.25,
    "activation": "silu",
}
TRAIN_VALUES = {
    "epochs": 3,
    "batch_size": 9,
    "learning_rate": 0.125,
    "optimizer": "adagrad",
    "schedule": "cosine",
    "warmup_steps": 5,
    "estimator": "A",
    "num_samples": 2,
    "objective": "map",
    "beta": 0.5,
    "initialization": "paper",
    "binarization": "threshold",
    "seed": 11,
    "algorithm": "wake_sleep",
}


@pytest.fixture
def configs_of(command, monkeypatch, tmp_path):
    """The configs that `train` would run with for some flags."""

    def configs(*flags: str) -> tuple[ModelConfig, TrainConfig]:
        seen = []
        monkeypatch.setattr(
            "vae_core.cli.train.run", lambda folder, dataset, *configs, **_: seen.extend(configs) or iter(())
        )
        code, _, err = command("train", "--out", tmp_path / "run", *flags)
        assert code == 0, err
        return tuple(seen)

    return configs


def flags_of(values: dict) -> list[str]:
    """Flags for config fields, by the parser's own names."""
    train = build_parser()._subparsers._group_actions[0].choices["train"]
    names = {action.dest: action.option_strings[0] for action in train._actions}
    text = {name: ",".join(map(str, v)) if isinstance(v, tuple) else str(v) for name, v in values.items()}
    return [part for name in values for part in (names[name], text[name])]


def test_every_field_of_both_configs_has_a_flag(configs_of):
    assert {f.name for f in fields(ModelConfig)} - {"data_dim", "image_shape"} == set(MODEL_VALUES)
    assert {f.name for f in fields(TrainConfig)} == set(TRAIN_VALUES)
    together = {name: value for name, value in TRAIN_VALUES.items() if name not in ("binarization", "algorithm")}
    model, train = configs_of("--data", "digits", *flags_of(MODEL_VALUES), *flags_of(together))
    assert model == ModelConfig(64, (8, 8), **MODEL_VALUES)
    assert train == TrainConfig(**together, binarization="none")
    for name in ("binarization", "algorithm"):  # these do not go with some of the others
        model, train = configs_of("--data", "digits", *flags_of({name: TRAIN_VALUES[name]}))
        assert model == ModelConfig(64, (8, 8)) and train == TrainConfig(**{name: TRAIN_VALUES[name]})


@pytest.mark.parametrize("field", [*MODEL_VALUES, *TRAIN_VALUES])
def test_each_flag_changes_its_own_field_alone(configs_of, field):
    values = {name: value for name, value in (MODEL_VALUES | TRAIN_VALUES).items() if name == field}
    only = SETTINGS[field].only
    needed = flags_of({only.name: only.values[0]}) if only else []
    model, train = configs_of("--data", "digits", *needed, *flags_of(values))
    before_model, before_train = configs_of("--data", "digits", *needed)
    changed = {**model.to_dict(), **train.to_dict()}
    expected = {**before_model.to_dict(), **before_train.to_dict()} | values
    expected["hidden_dims"] = list(expected["hidden_dims"])
    if field == "likelihood":
        expected["binarization"] = "none"  # grey pixels for a Gaussian decoder, unless asked otherwise
    assert changed == expected


@pytest.mark.parametrize("field", [name for name, about in SETTINGS.items() if about.only])
def test_a_flag_without_effect_is_refused_by_name_before_anything_is_written(command, tmp_path, field):
    only = SETTINGS[field].only
    other = next(choice for choice in SETTINGS[only.name].choices if choice not in only.values)
    flags = flags_of({only.name: other, field: (MODEL_VALUES | TRAIN_VALUES)[field]})
    code, _, err = command("train", "--data", "digits", "--out", tmp_path / "run", *flags)
    assert code == 2 and one_line(err).startswith(f"vae_core: {SETTINGS[field].flag} ")
    flag = SETTINGS[only.name].flag
    assert f"does not go with {flag} {other}: {only.because}; leave it out, or choose {flag} " in err
    assert not (tmp_path / "run").exists()


def test_no_flags_are_the_defaults_that_design_md_names(configs_of):
    model, train = configs_of("--data", "digits")
    assert model == ModelConfig(64, (8, 8)) and train == TrainConfig()
    assert configs_of("--data", "digits", "--hidden", "")[0].hidden_dims == ()


def test_frey_faces_get_a_gaussian_decoder_by_default(configs_of, real_data):
    real_data("frey_faces")
    model, train = configs_of("--data", "frey_faces")
    assert (model.likelihood, model.image_shape, train.binarization) == ("gaussian", (28, 20), "none")


def test_a_data_set_that_only_has_a_record_trains(command, configs_of, made_up_set, tmp_path):
    assert "stripes" in command("train", "--help")[1]
    code, out, err = command("train", "--data", "stripes", "--epochs", 2, "--json", "--out", tmp_path / "stripes")
    assert code == 0 and json.loads(out)["data"] == "stripes", err
    code, out, _ = command("evaluate", tmp_path / "stripes/model.safetensors", "--json")
    assert code == 0 and json.loads(out)["num_images"] == 11
    model, train = configs_of("--data", "stripes")
    assert (model.likelihood, model.image_shape, train.binarization) == ("gaussian", (2, 3), "none")


# -- resume ------------------------------------------------------------------------------------------------------


def test_an_existing_run_is_refused_without_resume(command, finished):
    before = (finished / "checkpoint.safetensors").read_bytes()
    code, out, err = command(*TRAIN, "--out", finished)
    assert (code, out) == (2, "")
    assert one_line(err) == f"vae_core: {finished} already holds a run; resume it, or choose another folder"
    assert (finished / "checkpoint.safetensors").read_bytes() == before


def test_resume_without_a_checkpoint_is_refused_and_touches_nothing(command, tmp_path):
    code, out, err = command(*TRAIN, "--resume", "--out", tmp_path / "tipo")
    assert (code, out) == (2, "") and not (tmp_path / "tipo").exists()
    assert f"there is no checkpoint to resume in {tmp_path / 'tipo'}: name the folder of a run, or leave" in one_line(
        err
    )


@pytest.mark.parametrize("resume", [[], ["--resume"]])
def test_a_folder_of_ones_own_is_refused_and_stays_as_it_is(command, finished, tmp_path, resume):
    (tmp_path / "notes").mkdir()
    mine = (finished / "model.safetensors").read_bytes()
    (tmp_path / "notes/model.safetensors").write_bytes(mine)
    code, _, err = command(*TRAIN, *resume, "--out", tmp_path / "notes")
    words = (
        "no checkpoint to resume" if resume else "notes is not empty: it holds model.safetensors; choose another folder"
    )
    assert code == 2 and words in one_line(err)
    assert [path.name for path in (tmp_path / "notes").iterdir()] == ["model.safetensors"]
    assert (tmp_path / "notes/model.safetensors").read_bytes() == mine


def test_a_run_that_died_before_its_first_step_goes_on_as_it_was_asked_for(command, finished, tmp_path, monkeypatch):
    """Killed in its first evaluation, before anything was drawn. The options are not given again."""
    with monkeypatch.context() as patch:
        patch.setattr("vae_core.training.capture_frame", lambda *args: (_ for _ in ()).throw(KeyboardInterrupt))
        code, _, err = command(*TRAIN, "--out", tmp_path / "run")
    assert code == 130 and one_line(err) == "vae_core: interrupted; the run goes on with --resume"
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["checkpoint.safetensors"]
    assert command("train", "--data", "digits", "--resume", "--out", tmp_path / "run")[0] == 0
    for name in RUN_FILES:
        assert (tmp_path / "run" / name).read_bytes() == (finished / name).read_bytes(), name


def test_only_a_run_that_can_go_on_is_said_to_go_on(command, finished, tmp_path, monkeypatch):
    def interrupted(*args, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr("vae_core.cli.own_data.load_data", interrupted)
    for line in (["evaluate", finished / "model.safetensors"], [*TRAIN, "--out", tmp_path / "run"]):
        code, _, err = command(*line)
        assert code == 130 and one_line(err) == "vae_core: interrupted"


def test_two_runs_that_start_together_do_not_share_a_folder(tmp_path):
    """Two processes at the same moment: one finishes its run, the other says who is there."""
    commands = [
        [
            sys.executable,
            "-m",
            "vae_core",
            *TRAIN,
            "--epochs",
            "40",
            "--seed",
            str(seed),
            "--out",
            str(tmp_path / "race"),
        ]
        for seed in (1, 2)
    ]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "cwd": REPOSITORY}
    processes = [subprocess.Popen(command, **pipes) for command in commands]
    printed = [process.communicate(timeout=240) for process in processes]
    codes = [process.returncode for process in processes]
    assert sorted(codes) == [0, 2], printed
    winner = codes.index(0)
    error = one_line(printed[1 - winner][1])
    assert (
        f"race is in use by process {processes[winner].pid}: wait for its end" in error
        or "already holds a run" in error
    )
    assert load_checkpoint(tmp_path / "race/checkpoint.safetensors")[0].config.seed == winner + 1
    assert sorted(path.name for path in (tmp_path / "race").iterdir()) == sorted(RUN_FILES)


def test_resume_of_a_finished_run_exits_0(command, finished):
    code, out, _ = command(*TRAIN, "--resume", "--json", "--out", finished)
    assert code == 0 and json.loads(out)["finished"] is True


@pytest.mark.parametrize(
    "flags, message",
    [
        (["--lr", "0.5"], "has learning_rate 0.001, not 0.5; a run resumes as it began"),
        (["--hidden", "5"], "has hidden_dims [16], not [5]; a run resumes as it began"),
        (["--epochs", "1"], "has epochs 2, not 1; a run may get more epochs, not fewer"),
    ],
)
def test_resume_with_other_flags_is_refused(command, finished, flags, message):
    code, _, err = command(*TRAIN, "--resume", "--out", finished, *flags)
    assert code == 2 and one_line(err).endswith(message)


def test_a_finished_run_goes_on_to_more_epochs(command, tmp_path):
    longer = [*TRAIN, "--epochs", "3"]
    assert command(*longer, "--out", tmp_path / "whole")[0] == 0
    assert command(*TRAIN, "--out", tmp_path / "run")[0] == 0
    code, out, _ = command("train", "--data", "digits", "--resume", "--epochs", 3, "--json", "--out", tmp_path / "run")
    report = json.loads(out)
    assert code == 0 and (report["finished"], report["steps"]) == (True, 45)
    for name in RUN_FILES[:3]:
        assert (tmp_path / "run" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes(), name


def test_resume_needs_no_flags_but_data_and_out_and_keeps_to_its_data(command, finished, monkeypatch):
    assert command("train", "--data", "digits", "--resume", "--out", finished)[0] == 0
    other = Dataset("other", torch.zeros(5, 64), torch.zeros(5, 64), None, None, (8, 8), "dynamic")
    monkeypatch.setitem(datasets.DATASETS, "other", datasets.DatasetRecord("other", lambda record: other))
    code, _, err = command("train", "--data", "other", "--resume", "--out", finished)
    assert code == 2 and one_line(err).endswith("is of digits, not of other")


def test_a_run_that_diverges_exits_2_with_the_reason(command, tmp_path):
    code, _, err = command(*TRAIN, "--lr", "1e6", "--out", tmp_path / "run")
    assert code == 2 and one_line(err.replace("\r", "\n")).startswith("vae_core: training stopped at step ")
    assert (tmp_path / "run/checkpoint.safetensors").exists()


# -- evaluate, sample, list --------------------------------------------------------------------------------------


def test_evaluate_reports_the_bound_of_the_published_draw_with_its_standard_error(command, finished, generator):
    path = finished / "model.safetensors"
    code, out, _ = command("evaluate", path, "--num-samples", 3, "--seed", 5, "--json")
    report = json.loads(out)
    bound = estimate_bound(load_model(path), binarized_test("digits"), num_samples=3, generator=generator(5))
    elbo = bound.elbo.double()
    assert code == 0 and report == {
        "model": str(path),
        "data": "digits",
        "data_from": "scikit-learn",
        "split": "test",
        "binarization": "dynamic",
        "method": "elbo",
        "estimator": "B",
        "num_samples": 3,
        "num_images": 297,
        "mean": float(elbo.mean()),
        "std_error": float(elbo.std() / math.sqrt(297)),
        "direction": "lower",
        "recon_log_lik": float(bound.recon_log_lik.double().mean()),
        "kl": float(bound.kl.double().mean()),
        "seed": 5,
    }
    assert -64 < report["mean"] < 0


def test_evaluate_agrees_with_an_evaluator_written_on_encode_and_decode_alone(command, finished, generator):
    report = json.loads(command("evaluate", finished / "model.safetensors", "--num-samples", 200, "--json")[1])
    vae, x = load_model(finished / "model.safetensors"), binarized_test("digits")
    with torch.no_grad():
        q = vae.encode(x)
        z = q.mean + q.stddev * torch.randn(200, *q.mean.shape, generator=generator(9))
        p = vae.decode(z).mean.double()
    log_lik = (x * p.log() + (1 - x) * (1 - p).log()).sum(-1)
    samples = log_lik - torch.distributions.kl_divergence(q, vae.prior)
    noise = float(samples.std(0).square().sum().sqrt()) / math.sqrt(200) / len(x)  # of z alone, x is the same
    assert abs(report["mean"] - float(samples.mean())) < 5 * math.sqrt(2) * noise + 1e-4
    assert report["std_error"] == pytest.approx(float(samples.mean(0).std()) / math.sqrt(len(x)), rel=0.02)


def test_evaluate_takes_the_split_the_estimator_and_the_binarisation(command, finished):
    flags = "--split train --estimator A --binarization threshold --data digits --json".split()
    report = json.loads(command("evaluate", finished / "model.safetensors", *flags)[1])
    assert (report["split"], report["num_images"], report["estimator"]) == ("train", 1500, "A")
    assert report["binarization"] == "threshold"


def test_evaluate_prints_the_same_as_lines_without_json(command, finished):
    code, out, _ = command("evaluate", finished / "model.safetensors")
    assert code == 0 and "direction: lower" in out.splitlines() and "num_images: 297" in out.splitlines()


def strictly(text: str) -> dict:
    """One JSON object, as its standard has it: Python's own reader takes NaN and Infinity too."""

    def refuse(name: str):
        raise ValueError(f"{name} is no JSON")

    return json.loads(text, parse_constant=refuse)


@pytest.mark.parametrize("flags", ["", "--method importance --num-samples 1", "--method quadrature"])
def test_what_is_undefined_is_null_in_json_and_a_word_in_lines(command, flags):
    """One image has no standard error, and one sample has none either."""
    line = f"evaluate digits-2d --num-images 1 {flags}".split()
    code, out, _ = command(*line, "--json")
    assert code == 0 and strictly(out)["std_error"] is None
    code, out, _ = command(*line)
    assert code == 0 and "std_error: undefined\n" in out
    assert not re.search(r"\b(nan|inf|None)\b", out)


@pytest.mark.parametrize(
    "flags",
    ["elbo", "importance", "importance --proposal defensive", "hmc --num-samples 8", "ais --num-temperatures 4"],
)
def test_a_model_whose_numbers_are_not_finite_exits_2_with_one_line(command, tmp_path, generator, flags):
    """Weights of 1e30 are finite, so the file is a model. Its log p(x) is not."""
    vae = VAE(ModelConfig(64, (8, 8), 2, (3,), "gaussian", mean="identity", variance="shared"), generator=generator())
    with torch.no_grad():
        for parameter in vae.decoder.parameters():
            parameter.fill_(1e30)
    save_model(tmp_path / "huge.safetensors", vae, data="digits")
    line = (
        f"evaluate {tmp_path / 'huge.safetensors'} --binarization none --num-images 2 --json --method {flags}".split()
    )
    code, out, err = command(*line)
    assert code == 2 and out == "" and "finite" in one_line(err)


def test_sample_writes_the_means_of_prior_draws_as_a_picture(command, finished, tmp_path, generator):
    path, picture = finished / "model.safetensors", tmp_path / "s.png"
    code, out, _ = command("sample", path, "--num", 5, "--seed", 4, "--out", picture, "--json")
    assert code == 0 and json.loads(out)["num"] == 5
    pixels = np.asarray(Image.open(picture))
    assert pixels.shape == (2 * 8, 3 * 8)
    means = decoded_means(load_model(path), torch.randn(5, 2, generator=generator(4)))
    cells = pixels.reshape(2, 8, 3, 8).transpose(0, 2, 1, 3).reshape(6, 64)
    assert np.array_equal(cells[:5], (means * 255).round().byte().numpy()) and not cells[5].any()
    again = tmp_path / "again.png"
    command("sample", path, "--num", 5, "--seed", 4, "--out", again)
    assert again.read_bytes() == picture.read_bytes()


def test_restore_gives_the_pictures_and_numbers_of_the_call(command, finished, tmp_path, generator):
    path, out = finished / "model.safetensors", tmp_path / "r.png"
    x, names = binarized_test("digits")[:2], [tmp_path / "a.png", tmp_path / "b.png"]
    for image, name in zip(x, names, strict=True):
        Image.fromarray((image.reshape(8, 8) * 255).byte().numpy()).save(name)
    code, printed, _ = command(
        "restore", path, *names, "--hide", "right-half", "--num-samples", 6, "--seed", 3, "--out", out, "--json"
    )
    report = json.loads(printed)
    assert code == 0 and report["columns"] == ["seen", "mean", "std", *(f"sample {i}" for i in range(1, 6))]
    observation = Mask(hidden_part("right-half", (8, 8)))
    found = restore(load_model(path), x, observation, num_samples=6, generator=generator(3))
    assert report["answers"] == [[round(answer.weight, 4) for answer in answers] for answers in found.completions]
    assert report["mean_std"] == pytest.approx(found.std.mean(1).tolist()) and report["warnings"] == []
    assert report["effective_candidates"] == [None, None], "no candidates on a grid"
    rows = np.asarray(Image.open(out)).reshape(2, 8, 8, 8).transpose(0, 2, 1, 3).reshape(2, 8, 64)
    seen = torch.where(observation.observed, x, 0.5)
    for column, part in enumerate([seen, found.mean, found.std, *found.samples[:5]]):
        assert np.array_equal(rows[:, column], (part.clamp(0, 1) * 255).round().byte().numpy())

    mask, low = tmp_path / "mask.png", tmp_path / "low.png"
    Image.fromarray((observation.observed.reshape(8, 8) * 255).byte().numpy()).save(mask)
    command("restore", path, *names, "--mask", mask, "--num-samples", 6, "--seed", 3, "--out", tmp_path / "again.png")
    assert (tmp_path / "again.png").read_bytes() == out.read_bytes()
    means = torch.nn.functional.avg_pool2d(x[:1].reshape(1, 1, 8, 8), 2)[0, 0]
    Image.fromarray((means * 255).round().byte().numpy()).save(low)
    for flags in (["--factor", 2], ["--noise", 0.5], ["--flip", 0.1]):
        image = low if flags[0] == "--factor" else names[0]
        code, printed, _ = command(
            "restore", path, image, *flags, "--method", "pseudo_gibbs", "--num-samples", 2, "--out", out, "--json"
        )
        assert (
            code == 0
            and json.loads(printed)["method"] == "pseudo_gibbs"
            and np.asarray(Image.open(out)).shape == (8, 5 * 8)
        )


def test_list_names_the_pretrained_models_which_other_commands_take_by_name(command, finished, tmp_path, monkeypatch):
    monkeypatch.setattr("vae_core.models.PRETRAINED", tmp_path)
    (tmp_path / "tiny-2d").mkdir()
    (tmp_path / "tiny-2d/model.safetensors").write_bytes((finished / "model.safetensors").read_bytes())
    (tmp_path / "no-model").mkdir()
    code, out, _ = command("list", "--json")
    assert code == 0 and json.loads(out) == {"tiny-2d": "digits, bernoulli, latent_dim 2, hidden [16]"}
    assert json.loads(command("evaluate", "tiny-2d", "--json")[1])["model"] == "tiny-2d"
    code, _, err = command("evaluate", "tiny-3d")
    refused = "vae_core: there is no pretrained model 'tiny-3d'; there are tiny-2d; did you mean tiny-2d?"
    assert code == 2 and one_line(err) == refused
    assert one_line(command("evaluate", "mnist-2")[2]).endswith("there are tiny-2d")


# -- bad input ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line, message",
    [
        ("", "the following arguments are required: COMMAND"),
        ("fly", "invalid choice: 'fly'"),
        ("train --out OUT", "the following arguments are required: --data"),
        ("train --data minst --out OUT", "there is no data set named 'minst'; the names are digits, mnist,"),
        ("train --data digits --out OUT --epochs 0", "--epochs: must be a whole number of at least 1, got '0'"),
        ("train --data digits --out OUT --epochs two", "--epochs: must be a whole number of at least 1, got 'two'"),
        ("train --data digits --out OUT --latent-dim -2", "argument --latent-dim"),
        (
            "train --data digits --out OUT --hidden 5,x",
            "--hidden: must be whole numbers of at least 1, such as 500,500, got '5,x'",
        ),
        ("train --data digits --out OUT --lr 0", "learning_rate must be a finite number above 0, got 0.0"),
        ("train --data digits --out OUT --lr x", "--lr: must be a number, such as 0.5 or 1e-3, got 'x'"),
        (
            "train --data digits --out OUT --warmup-steps x",
            "--warmup-steps: must be a whole number of at least 0, got 'x'",
        ),
        (
            "train --data digits --out OUT --latent-dim 1e23",
            "--latent-dim: must be a whole number of at least 1, got '1e23'",
        ),
        ("restore MODEL GREY --noise loud --out OUT.png", "--noise: must be a number, such as 0.5 or 1e-3, got 'loud'"),
        ("train --data digits --out OUT --lr nan", "learning_rate must be a finite number above 0, got nan"),
        ("train --data digits --out OUT --beta -1", "beta must be a finite number of at least 0, got -1.0"),
        (
            "train --data digits --out OUT --warmup-steps -1",
            "--warmup-steps: must be a whole number of at least 0, got '-1'",
        ),
        ("train --data digits --out OUT --seed -1", "--seed: must be a whole number from 0 to 2**63 - 1, got '-1'"),
        (
            "train --data digits --out OUT --seed 99999999999999999999",
            "--seed: must be a whole number from 0 to 2**63 - 1",
        ),
        ("train --data digits --out OUT --optimizer sgd", "invalid choice: 'sgd'"),
        ("train --data digits --out OUT --binarization none", "a Bernoulli decoder needs pixels that are 0 or 1"),
        ("train --data digits --out FILE", "--out must be a folder, got the file FILE"),
        ("train --data digits --out FILE/run", "--out must be a folder, got the file FILE"),
        ("train --data minst --out FILE", "--out must be a folder, got the file FILE"),
        ("reproduce restoration --data mnist --out FILE", "--out must be a folder, got the file FILE"),
        ("evaluate no-such-model", "there is no pretrained model 'no-such-model'; there are"),
        ("evaluate MISSING.safetensors", "cannot read MISSING.safetensors: No such file or directory"),
        ("evaluate FOREIGN.safetensors", "FOREIGN.safetensors is not a file that this project wrote"),
        ("evaluate MODEL --data minst", "there is no data set named 'minst'"),
        ("evaluate MODEL --binarization none", "a Bernoulli decoder needs pixels that are 0 or 1"),
        ("evaluate MODEL --num-samples 0", "--num-samples: must be a whole number of at least 1, got '0'"),
        ("evaluate SMALL --data digits", "digits images must have the shape (images, data_dim=6), got (297, 64)"),
        ("evaluate SMALL", "--data must be given: the model file does not say on which data the model was trained"),
        ("sample MODEL", "the following arguments are required: --out"),
        ("sample MODEL --num 0 --out OUT.png", "--num: must be a whole number of at least 1, got '0'"),
        (
            "sample no-such-model --out OUT/nowhere/s.png",
            "--out must be a file in a folder that exists, got OUT/nowhere/s.png: make the folder first",
        ),
        (
            "sample MODEL --out FILE/s.png",
            "--out must be a file in a folder that exists, got FILE/s.png: make the folder",
        ),
        ("sample no-such-model --out OUT.jpg", "--out must end in .png, got OUT.jpg"),
        ("sample MODEL --out OUT", "--out must end in .png, got OUT"),
        ("sample MODEL --out FOLDER.png", "--out must be a file, got the folder FOLDER.png"),
        ("restore MODEL GREY --hide centre --out OUT.jpg", "--out must end in .png, got OUT.jpg"),
        ("restore MODEL GREY --out OUT.png", "one of the arguments --mask --hide --noise --flip --factor is required"),
        ("restore MODEL GREY --hide middle --out OUT.png", "invalid choice: 'middle'"),
        ("restore MODEL GREY --hide centre --flip 0.1 --out OUT.png", "not allowed with argument --hide"),
        ("restore MODEL GREY --flip 0.5 --out OUT.png", "probability of a flip must be below 0.5"),
        ("restore MODEL GREY --noise 0 --out OUT.png", "scale of the noise must be a finite number above 0, got 0.0"),
        (
            "restore MODEL GREY --factor 3 --out OUT.png",
            "factor must divide both sides of the image (=8 x 8), got 3; these do: 2, 4, 8",
        ),
        ("restore MODEL GREY --factor 2 --out OUT.png", "GREY must be 4 pixels high and 4 wide here, got 8 and 8"),
        (
            "restore MODEL GREY --hide centre --out OUT.png",
            "a Bernoulli decoder needs observed pixels that are 0 or 1 and these are grey; binarize them ('threshold'",
        ),
        (
            "restore MODEL GREY --mask FILE --out OUT.png",
            "FILE: the file is not a PNG or JPEG picture: save it as one of these",
        ),
        ("restore MODEL MISSING.png --hide centre --out OUT.png", "No such file or directory"),
        (
            "restore MODEL MISSING.png --hide centre --out OUT/nowhere/s.png",
            "--out must be a file in a folder that exists, got OUT/nowhere/s.png: make the folder first",
        ),
        ("download digits", "invalid choice: 'digits'"),
    ],
)
def test_bad_input_exits_2_with_one_clear_line(command, finished, vae, tmp_path, line, message):
    save_model(tmp_path / "small.safetensors", vae)
    (tmp_path / "foreign.safetensors").write_bytes(b"PK\x03\x04 something else")
    (tmp_path / "file").write_text("")
    (tmp_path / "folder.png").mkdir()
    Image.fromarray(np.full((8, 8), 100, np.uint8)).save(tmp_path / "grey.png")
    names = {
        "MODEL": finished / "model.safetensors",
        "SMALL": tmp_path / "small.safetensors",
        "FOREIGN": tmp_path / "foreign",
        "MISSING": tmp_path / "missing",
        "FILE": tmp_path / "file",
        "FOLDER": tmp_path / "folder",
        "GREY": tmp_path / "grey.png",
        "OUT": tmp_path / "out",
    }
    for name, path in names.items():
        line, message = line.replace(name, str(path)), message.replace(name, str(path))
    code, out, err = command(*line.split())
    assert (code, out) == (2, "")
    assert message in one_line(err)
    assert not (tmp_path / "out").exists(), "bad input left something behind"


def test_what_is_no_model_is_answered_with_what_is_one(command, finished, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, source in {"RUN": RUN_FILES, "UNFINISHED": RUN_FILES[1:2], "PART": RUN_FILES[2:]}.items():
        (tmp_path / name).mkdir()
        for file in source:
            (tmp_path / name / file).write_bytes((finished / file).read_bytes())
    (tmp_path / "X.SAFETENSORS").write_bytes((finished / "model.safetensors").read_bytes())
    (tmp_path / "renamed").write_bytes((finished / "model.safetensors").read_bytes())
    (tmp_path / "model.pt").write_bytes(b"PK")
    for name, message in {
        "RUN": "RUN is a folder; its model is RUN/model.safetensors",
        "RUN/": "RUN is a folder; its model is RUN/model.safetensors",
        "UNFINISHED": "UNFINISHED is a folder; its model is UNFINISHED/checkpoint.safetensors",
        "PART": "PART is a folder without a model: give a .safetensors file that this project wrote, or the name of",
        "model.pt": "model.pt is no .safetensors file, and files of other kinds are never opened: give a .safetensors",
        "gone.pth": "gone.pth is no .safetensors file",
        "runs/gone": "cannot read runs/gone: No such file or directory; give a .safetensors file",
        "RUN/frames.safetensors": "RUN/frames.safetensors holds the frames of a run and no model: give model.safetensors",
        "RUN/history.json": "RUN/history.json is not a file that this project wrote",
        "Digits_2D": "there is no pretrained model 'Digits_2D'; there are digits-2d, digits-ae, ",
        "": "the model's name is empty: give a .safetensors file",
    }.items():
        for line in (["evaluate", name], ["sample", name, "--out", "s.png"]):
            code, _, err = command(*line)
            assert code == 2 and message in one_line(err), err
    assert one_line(command("evaluate", "Digits_2D")[2]).endswith("; did you mean digits-2d?")
    for name in ("X.SAFETENSORS", "renamed", "UNFINISHED/checkpoint.safetensors", "digits-2d"):
        assert command("evaluate", name)[0] == 0


@pytest.mark.parametrize(
    "spelling", ["mine.png", "./mine.png", "link.png", "twin.png", "folder/../mine.png", "again/mine.png"]
)
def test_nothing_is_written_over_what_is_read(command, finished, tmp_path, monkeypatch, spelling):
    monkeypatch.chdir(tmp_path)
    Image.fromarray((binarized_test("digits")[0].reshape(8, 8) * 255).byte().numpy()).save("mine.png")
    (tmp_path / "link.png").symlink_to("mine.png")
    os.link("mine.png", "twin.png")
    (tmp_path / "folder").mkdir()
    (tmp_path / "again").symlink_to(".")
    model, before = finished / "model.safetensors", (tmp_path / "mine.png").read_bytes()
    for line in (
        ["restore", model, "mine.png", "--hide", "centre", "--out", spelling],
        ["restore", model, spelling, "--hide", "centre", "--out", "mine.png"],
        ["restore", model, "folder/../again/mine.png", "--mask", spelling, "--out", "mine.png"],
    ):
        code, _, err = command(*line)
        assert code == 2 and "--out must be another file than " in one_line(err), err
        assert (tmp_path / "mine.png").read_bytes() == before and (tmp_path / "link.png").is_symlink()
    os.link(model, "model.png")
    assert "must be another file than" in one_line(command("sample", model, "--out", "model.png")[2])
    assert os.path.samefile(model, "model.png")


@pytest.mark.parametrize(
    "line, message",
    [
        ("train --data digits --out OUT --hidden= --activation tanh", "--activation tanh does not go with --hidden ''"),
        (
            "evaluate MODEL --proposal encoder",
            "--proposal does not go with --method elbo: leave it out, or choose --method importance",
        ),
        (
            "evaluate MODEL --method ais --estimator A",
            "--estimator does not go with --method ais: leave it out, or choose --method elbo",
        ),
        (
            "evaluate MODEL --num-temperatures 5",
            "--num-temperatures does not go with --method elbo: leave it out, or choose --method ais",
        ),
        (
            "evaluate MODEL --method quadrature --num-samples 5",
            "--num-samples does not go with --method quadrature: leave it out, or choose --method elbo or importance or hmc or ais",
        ),
        (
            "evaluate MODEL --method quadrature --seed 0",
            "--seed does not go with --method quadrature: leave it out, or choose --method elbo or importance or hmc or ais",
        ),
        (
            "evaluate MODEL --num-images 298",
            "--num-images must be at most the images of the test split (=297), got 298",
        ),
        ("list --threads 2", "unrecognized arguments: --threads 2"),
        ("download mnist --threads 2", "unrecognized arguments: --threads 2"),
        ("list --seed 2", "unrecognized arguments: --seed 2"),
    ],
)
def test_an_option_that_would_be_ignored_is_refused_by_name(command, finished, tmp_path, line, message):
    names = {"MODEL": finished / "model.safetensors", "OUT": tmp_path / "out"}
    code, out, err = command(*[names.get(word, word) for word in line.split()])
    assert (code, out) == (2, "") and message in one_line(err)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("method", ["elbo", "importance", "ais", "quadrature"])
def test_a_long_evaluation_says_beforehand_how_long_it_takes(command, finished, monkeypatch, method):
    model = finished / "model.safetensors"
    counts = [] if method == "quadrature" else ["--num-samples", 4]
    counts += ["--num-temperatures", 3] if method == "ais" else []
    few = ["evaluate", model, "--method", method, "--num-images", 2, *counts]
    words = r"[\d,]+ passes through the network: about 0 minutes of a processor core"
    assert not re.search(words, command(*few)[2])
    monkeypatch.setattr("vae_core.cli.evaluate.LONG_SECONDS", 1e-9)
    assert bool(re.search(words, command(*few)[2])) == (method != "quadrature")


def test_reports_and_histories_name_the_folder_of_the_data(command, tmp_path, monkeypatch):
    """The cases of a set of one's own: whole, incomplete, one level too deep, and a folder that is not there."""
    for part, count in (("train", 7), ("t10k", 3)):
        for name, shape in ((f"{part}-images-idx3-ubyte", (count, 2, 3)), (f"{part}-labels-idx1-ubyte", (count,))):
            (tmp_path / "my/mnist").mkdir(parents=True, exist_ok=True)
            (tmp_path / "my/mnist" / name).write_bytes(idx_bytes(shape, bytes(math.prod(shape))))
    monkeypatch.setenv("VAE_DATA_DIR", str(tmp_path / "my"))
    train = ["train", "--data", "mnist", "--hidden", "5", "--epochs", "1", "--json", "--out"]
    code, out, _ = command(*train, tmp_path / "run")
    origin = str(tmp_path / "my/mnist")
    assert code == 0 and json.loads(out)["data_from"] == origin
    assert json.loads((tmp_path / "run/history.json").read_text())["origin"] == origin
    report = json.loads(command("evaluate", tmp_path / "run/model.safetensors", "--json")[1])
    assert (report["data_from"], report["num_images"]) == (origin, 3)
    (tmp_path / "others/mnist").mkdir(parents=True)
    for name in (
        "train-images-idx3-ubyte",
        "train-labels-idx1-ubyte",
        "t10k-images-idx3-ubyte",
        "t10k-labels-idx1-ubyte",
    ):
        content = (tmp_path / "my/mnist" / name).read_bytes()
        (tmp_path / "others/mnist" / name).write_bytes(content[:-9] + bytes([255] * 9) if "images" in name else content)
    monkeypatch.setenv("VAE_DATA_DIR", str(tmp_path / "others"))
    for model in ("model.safetensors", "checkpoint.safetensors"):
        code, _, err = command("evaluate", tmp_path / "run" / model)
        assert code == 2 and f"was trained on other images of mnist, those of {origin}, and these are of" in one_line(
            err
        )
        code, out, _ = command("evaluate", tmp_path / "run" / model, "--data", "mnist", "--json")
        assert code == 0 and json.loads(out)["data_from"] == str(tmp_path / "others/mnist")
    code, _, err = command(*train, tmp_path / "run", "--resume")
    assert code == 2 and "is of other images of mnist: it began with those of" in one_line(err)
    (tmp_path / "my/mnist/t10k-labels-idx1-ubyte").unlink()
    for folder, words in (
        ("my", "lacks t10k-labels-idx1-ubyte or t10k-labels-idx1-ubyte.gz: put what is missing there"),
        ("my/mnist", "which holds train-images-idx3-ubyte itself: set it to"),
        ("mistyped", "which is no folder: correct it, or unset it"),
    ):
        monkeypatch.setenv("VAE_DATA_DIR", str(tmp_path / folder))
        for line in ([*train, tmp_path / "other"], ["evaluate", tmp_path / "run/model.safetensors"]):
            code, out, err = command(*line)
            assert (code, out) == (2, "") and words in one_line(err)
        assert not (tmp_path / "other").exists()


def test_a_damaged_table_of_an_experiment_is_refused_and_kept(command, tmp_path):
    committed = (REPOSITORY / "docs/results/restoration.json").read_text()
    table = json.loads(committed)["mnist"]
    wrong = {
        "a list": [],
        "a number": 3,
        "null": None,
        "a table of text": {"digits": "x"},
        "no rows": {"digits": {"num_images": 5, "seed": 0}},
        "rows a list": {"digits": table | {"rows": []}},
        "a row of text": {"digits": table | {"rows": {"x": "y"}}},
        "a score of text": {
            "digits": table | {"distances": table["distances"] | {"methods": {"a": {"value": {"mean": "x"}}}}}
        },
        "models a number": {"digits": table | {"models": 5}},
        "nan": {"digits": table | {"seed": math.nan}},
    }
    texts = {name: json.dumps(value) for name, value in wrong.items()}
    texts |= {"no JSON": "{", "nested": "[" * 100_000, "empty": "", "bytes": "\ud800"}
    for name, text in texts.items():
        (tmp_path / "restoration.json").write_bytes(text.encode(errors="surrogatepass"))
        code, _, err = command("reproduce", "restoration", "--data", "digits", "--num-images", 5, "--out", tmp_path)
        assert code == 2 and "restoration.json is not what `reproduce restoration` wrote (" in one_line(err), name
        assert "Error" not in err and "object" not in err, "a name of Python's"
        assert [path.name for path in tmp_path.iterdir()] == ["restoration.json"]
    (tmp_path / "restoration.json").rename(tmp_path / "restoration.md")
    code, _, err = command("reproduce", "restoration", "--data", "digits", "--num-images", 5, "--out", tmp_path)
    assert code == 2 and "restoration.md would be overwritten and has no restoration.json beside it" in one_line(err)


def test_an_experiment_that_another_process_makes_is_left_to_it(command, tmp_path):
    lock = lock_folder(tmp_path)
    code, _, err = command("reproduce", "restoration", "--data", "digits", "--num-images", 5, "--out", tmp_path)
    assert code == 2 and f"is in use by process {os.getpid()}: wait for its end" in one_line(err)
    lock.release()


def test_missing_data_exits_2_and_says_what_to_do(command, tmp_path, monkeypatch):
    monkeypatch.setattr("vae_core.data.datasets.REPOSITORY", tmp_path / "clone" / "main")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("VAE_DATA_DIR", raising=False)
    code, _, err = command("train", "--data", "mnist", "--out", tmp_path / "run")
    assert code == 2 and "run `python -m vae_core download mnist`" in one_line(err)


@pytest.mark.parametrize("name", ["", "train", "evaluate", "sample", "restore", "list", "download"])
def test_every_command_has_help(command, name):
    code, out, _ = command(*name.split(), "--help")
    assert code == 0 and out.startswith("usage: python -m vae_core")
