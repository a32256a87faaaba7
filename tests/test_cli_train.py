"""Training from the command line: its flags, the same bytes as the Python call, and what goes on or is refused."""

import json
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest
import torch
from commands import TRAIN, one_line
from whole_runs import RUN_FILES

from vae_core import (
    Dataset,
    ModelConfig,
    TrainConfig,
    load_checkpoint,
    load_data,
    load_model,
)
from vae_core.cli.main import build_parser
from vae_core.data import datasets
from vae_core.runs import run
from vae_core.settings import settings_of

REPOSITORY = Path(__file__).resolve().parent.parent
pytestmark = pytest.mark.usefixtures("global_randomness_untouched")


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


def test_the_encoder_may_have_hidden_layers_of_its_own(command, tmp_path):
    train = [
        "train",
        "--data",
        "digits",
        "--hidden",
        "8",
        "--encoder-hidden",
        "20,10",
        "--epochs",
        1,
        "--out",
        tmp_path / "run",
    ]
    assert command(*train)[0] == 0
    vae = load_model(tmp_path / "run/model.safetensors")
    assert (vae.config.encoder_layers, vae.config.decoder_layers) == ((20, 10), (8,))
    assert command(*train, "--resume")[0] == 0
    code, _, err = command(*train[:5], "--encoder-hidden", "20", *train[7:], "--resume")
    assert code == 2 and "has encoder_hidden_dims [20, 10], not [20]; a run resumes as it began" in err


def test_a_run_may_start_from_the_weights_and_the_settings_of_a_model(command, finished, tmp_path):
    train = ["train", "--data", "digits", "--initial", finished / "model.safetensors", "--epochs", 1]
    assert command(*train, "--lr", 1e-9, "--out", tmp_path / "run")[0] == 0
    before, after = (load_model(folder / "model.safetensors") for folder in (finished, tmp_path / "run"))
    assert before.config == after.config
    assert all((before.state_dict()[name] - value).abs().max() < 1e-6 for name, value in after.state_dict().items())
    for flags, reason in {
        ("--latent-dim", 5): "has latent_dim 2, the run 5",
        (
            "--init",
            "glorot",
        ): "--initial does not go with --init: the model has its first weights; leave one of them out",
        ("--resume",): "--initial does not go with --resume: that run has its weights; leave one of them out",
    }.items():
        code, _, err = command(*train, *flags, "--out", tmp_path / ("run" if flags == ("--resume",) else "other"))
        assert code == 2 and reason in err


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
    "max_grad_norm": 30.0,
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
    assert {f.name for f in fields(ModelConfig)} - {"data_dim", "image_shape", "encoder_hidden_dims"} == set(
        MODEL_VALUES
    )
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


@pytest.mark.slow
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
