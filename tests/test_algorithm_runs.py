"""Each algorithm as a run: made by name, kept, killed, resumed bit for bit, loaded, and shown for what it is."""

import json
import math
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

import vae_core as vc
from vae_core.checkpoint import load_checkpoint, pack_checkpoint
from vae_core.cli.main import main
from vae_core.config import ALGORITHMS
from vae_core.files import unpack_tensors
from vae_core.frames import load_frames
from vae_core.history import CURVE_OF, CURVES
from vae_core.latent import decoded_means, encoded_means, image_means, posterior_means
from vae_core.models import model_header, trains_encoder
from vae_core.parallel import Group
from vae_core.runs import run
from vae_core.training import ALGORITHMS as CLASSES
from vae_core.training import make_algorithm, start

REPOSITORY = Path(__file__).resolve().parent.parent
SHORT = vc.TrainConfig(epochs=4, batch_size=5, learning_rate=0.01)  # 23 images: 5 steps an epoch, 20 in all
RUN_FILES = ("model.safetensors", "checkpoint.safetensors", "history.json", "frames.safetensors")


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def contents(folder):
    return {name: (folder / name).read_bytes() for name in RUN_FILES}


def train(folder, dataset, model_config, name, stop=math.inf, **options):
    events = run(folder, dataset, model_config, replace(SHORT, algorithm=name), **options)
    for event in events:
        if event.step >= stop:
            break
    events.close()


def test_the_names_are_those_of_the_config():
    assert tuple(CLASSES) == ALGORITHMS == tuple(CURVE_OF)
    assert all(issubclass(kind, vc.Algorithm) and kind.name == name for name, kind in CLASSES.items())


@pytest.mark.parametrize("name", ALGORITHMS)
def test_a_config_makes_its_algorithm_and_a_class_names_itself(model_config, name):
    algorithm, _ = start(model_config, replace(SHORT, algorithm=name))
    assert type(algorithm) is CLASSES[name]
    assert CLASSES[name](vc.VAE(model_config, generator=generator()), SHORT).config.algorithm == name


@pytest.mark.parametrize("stop", [0, 7])
@pytest.mark.parametrize("name", ALGORITHMS)
def test_a_resumed_run_ends_in_the_same_files_as_an_uninterrupted_one(model_config, grey_dataset, tmp_path, name, stop):
    train(tmp_path / "whole", grey_dataset, model_config, name)
    train(tmp_path / "parts", grey_dataset, model_config, name, stop)
    train(tmp_path / "parts", grey_dataset, model_config, name, resume=True)
    assert contents(tmp_path / "parts") == contents(tmp_path / "whole")


@pytest.mark.parametrize("name", ALGORITHMS)
def test_an_encoder_with_hidden_layers_of_its_own_trains_is_saved_and_resumes_bit_for_bit(
    model_config, grey_dataset, tmp_path, name
):
    config = model_config.replace(encoder_hidden_dims=(9, 8))
    test_a_resumed_run_ends_in_the_same_files_as_an_uninterrupted_one(config, grey_dataset, tmp_path, name, 7)
    vae = vc.load_model(tmp_path / "whole/model.safetensors")
    assert vae.config == config and [layer.out_features for layer in vae.encoder.linear_layers()] == [9, 8, 8]
    with pytest.raises(
        vc.CheckpointError, match=r"has encoder_hidden_dims \[9, 8\], not None; a run resumes as it began"
    ):
        train(tmp_path / "whole", grey_dataset, model_config, name, resume=True)


def test_a_run_of_the_importance_weighted_bound_has_its_curve_and_resumes_bit_for_bit(
    model_config, grey_dataset, tmp_path
):
    config = replace(SHORT, objective="iwae", estimator="STL", num_samples=3)
    for folder, stop in (("whole", math.inf), ("parts", 7), ("parts", math.inf)):
        events = run(tmp_path / folder, grey_dataset, model_config, config, resume=(tmp_path / folder).exists())
        for event in events:
            if event.step >= stop:
                break
        events.close()
    assert contents(tmp_path / "parts") == contents(tmp_path / "whole")
    history = vc.History.from_json((tmp_path / "whole/history.json").read_text())
    assert history.curve == "importance_bound" and history.column("test_log_marginal")[-1] > -10.0
    with pytest.raises(ValueError, match="curve must be 'elbo'"):
        vc.fit(start(model_config, SHORT)[0], grey_dataset, state=vc.FitState(5, history))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "estimator of the objective 'iwae' must be one of A, STL, got 'B'"),
        ({"estimator": "STL", "beta": 2.0}, "beta must be 1 for the objective 'iwae', which has no KL term"),
        ({"algorithm": "wake_sleep"}, "objective must be 'ml' or 'map' for the algorithm 'wake_sleep', got 'iwae'"),
        ({"algorithm": "mcem"}, "objective must be 'ml' or 'map' for the algorithm 'mcem', got 'iwae'"),
        ({"algorithm": "full_vb"}, "objective must be 'ml' and beta 1 for full VB"),
    ],
)
def test_what_the_importance_weighted_bound_does_not_go_with_is_named(model_config, options, message):
    with pytest.raises(ValueError, match=message):
        start(model_config, replace(SHORT, objective="iwae", **options))


KILLED = """
import os, sys
from vae_core import runs
from vae_core.cli.main import main
from vae_core.training import ALGORITHMS

def dies(real, after):
    calls = iter(range(after))
    return lambda *args, **kwargs: real(*args, **kwargs) if next(calls, None) is not None else os.kill(os.getpid(), 9)

runs.CHECKPOINT_SECONDS = 0.02
kind = ALGORITHMS[sys.argv[sys.argv.index("--algorithm") + 1]]
kind.step = dies(kind.step, 50)
main(sys.argv[1:])
"""


@pytest.mark.slow
@pytest.mark.parametrize("name", ["wake_sleep", "mcem", "full_vb"])  # test_resuming kills AEVB
def test_a_killed_command_line_run_resumes_bit_for_bit(tmp_path, capsys, name):
    """kill -9 within step 50, in the second epoch of 30 steps."""
    flags = f"train --algorithm {name} --data digits --hidden 16 --batch-size 50 --epochs 2 --seed 3 --json".split()
    command = [sys.executable, "-c", KILLED, *flags, "--out", str(tmp_path / "parts")]
    process = subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    assert main([*flags, "--out", str(tmp_path / "whole")]) == 0
    report = json.loads(capsys.readouterr().out)
    assert process.wait(timeout=240) == -9
    assert 0 < load_checkpoint(tmp_path / "parts/checkpoint.safetensors")[1].step <= 50
    assert main([*flags, "--out", str(tmp_path / "parts"), "--resume"]) == 0
    assert contents(tmp_path / "parts") == contents(tmp_path / "whole")

    history = vc.History.from_json((tmp_path / "whole/history.json").read_text())
    curve = CURVES[CURVE_OF[name]]
    assert history.about == curve and report["algorithm"] == name and report["curve"] == curve.label
    term = f"test_{curve.terms[0]}"
    assert report[term] == history.column(term)[-1] > history.column(term)[0]
    assert ("test_elbo" in report) == (name != "mcem")


@pytest.mark.parametrize("name", ALGORITHMS)
def test_a_file_says_its_algorithm_and_its_options(model_config, grey_dataset, tmp_path, name):
    train(tmp_path / "run", grey_dataset, model_config, name)
    header = model_header(tmp_path / "run/model.safetensors")
    assert header["train_config"]["algorithm"] == name and trains_encoder(header) == (name != "mcem")
    options = {"mcem": vc.MCEMConfig(), "full_vb": vc.FullVBConfig()}.get(name)
    assert header.get("algorithm_options") == (vars(options) if options else None)
    assert vc.load_model(tmp_path / "run/model.safetensors").config == model_config


def test_options_that_are_not_the_defaults_come_back_with_the_checkpoint(vae, grey_dataset, tmp_path):
    options = {"mcem": vc.MCEMConfig(num_leapfrog=3, num_candidates=50), "full_vb": vc.FullVBConfig(0.2)}
    for name, given in options.items():
        algorithm = CLASSES[name](vae, SHORT, options=given)
        state = vc.FitState(5, vc.History.of("toy", algorithm.config))
        vc.save_checkpoint(tmp_path / "c.safetensors", algorithm, state)
        loaded, loaded_state = load_checkpoint(tmp_path / "c.safetensors")
        assert type(loaded) is CLASSES[name] and loaded.options == given and loaded_state == state
    with pytest.raises(ValueError, match="algorithm_options must be left out for aevb, which has none"):
        make_algorithm(vae, SHORT, options={"first_scale": 0.1})


@pytest.mark.parametrize("name", ["wake_sleep", "mcem", "full_vb"])
def test_a_group_of_processes_is_refused(vae, name):
    with pytest.raises(
        ValueError, match=f"algorithm must be one whose minibatches a group of 2 processes can share, got '{name}'"
    ):
        make_algorithm(vae, replace(SHORT, algorithm=name), Group(0, 2))


@pytest.mark.parametrize("name", ALGORITHMS)
def test_a_checkpoint_of_another_algorithm_is_refused(model_config, name):
    """Its tensors, its curve and its sums are others."""
    algorithm, _ = start(model_config, replace(SHORT, algorithm=name))
    tensors = algorithm.state_tensors()
    for other in set(ALGORITHMS) - {name}:
        if CURVE_OF[other] != CURVE_OF[name]:
            state = vc.FitState(5, vc.History.of("toy", algorithm.config))
            with pytest.raises(ValueError, match=f"curve must be '{CURVE_OF[other]}' for {other}"):
                vc.fit(start(model_config, replace(SHORT, algorithm=other))[0], TOY, state=state)
        if {"mcem", "full_vb"} & {name, other}:
            with pytest.raises(ValueError, match="is no tensor of the algorithm|and it is missing"):
                start(model_config, replace(SHORT, algorithm=other))[0].load_state_tensors(tensors)


TOY = vc.Dataset("toy", torch.zeros(23, 6), torch.zeros(5, 6), None, None, (2, 3), "dynamic")


def test_a_header_of_version_0_1_0_means_aevb(model_config):
    algorithm, _ = start(model_config, SHORT)
    packed = pack_checkpoint(algorithm, vc.FitState(5, vc.History("toy", "dynamic")))
    header = unpack_tensors(packed, "here")[1]
    train_config = {key: value for key, value in header["train_config"].items() if key != "algorithm"}
    assert vc.TrainConfig.from_dict(train_config).algorithm == "aevb"
    assert trains_encoder({}) and trains_encoder({"train_config": train_config})
    history = {key: value for key, value in header["state"]["history"].items() if key != "curve"}
    assert vc.History.from_dict(history) == vc.History("toy", "dynamic", [], "elbo")


# -- what is shown -----------------------------------------------------------------------------------------------


def records_of(dataset, model_config, name):
    algorithm, g = start(model_config, replace(SHORT, algorithm=name))
    events = list(vc.fit(algorithm, dataset, generator=g))
    return algorithm, [event.record for event in events if event.record], [e.frame for e in events if e.frame]


def test_monte_carlo_em_shows_an_estimate_of_log_p_and_no_bound_of_its_untrained_encoder(grey_dataset, model_config):
    """The estimate lies within 0.5 nats of the exact log p(x): 1,000 draws in two dimensions."""
    model_config = model_config.replace(latent_dim=2)
    algorithm, records, frames = records_of(grey_dataset, model_config, "mcem")
    x = vc.published_draw(grey_dataset.x_test, "dynamic")
    exact = vc.log_marginal(algorithm.vae, x, method="quadrature", generator=generator()).mean.mean().item()
    assert records[-1].test_log_marginal == pytest.approx(exact, abs=0.5)
    assert all(r.test_elbo is r.test_kl is r.train_elbo is r.train_kl is None for r in records)
    assert records[0].train_log_marginal is None and records[-1].train_log_marginal < 0
    assert {frame.means_of for frame in frames} == {"p(z|x)"}
    means = posterior_means(algorithm.vae, x[:2000])
    assert torch.equal(frames[-1].means, means.half())
    assert not torch.allclose(means, encoded_means(algorithm.vae, x[:2000]), atol=0.1)


def test_posterior_means_are_those_of_the_exact_posterior():
    """Of a linear-Gaussian model, within 0.1: 1,000 draws from the prior in two dimensions, posterior scales of 0.4."""
    config = vc.ModelConfig(5, (1, 5), 2, (), "gaussian", mean="identity", variance_floor=0.0)
    vae = vc.VAE(config, generator=generator(1))
    with torch.no_grad():
        vae.log_var.fill_(-1.0)
    x = decoded_means(vae, torch.tensor([[0.5, -0.5], [0.0, 1.0], [-1.0, 0.2]]))
    loadings, noise = vae.decoder[0].weight.detach(), math.exp(-1.0)
    precision = torch.eye(2) + loadings.T @ loadings / noise
    exact = (x - vae.decoder[0].bias.detach()) @ loadings @ torch.linalg.inv(precision) / noise
    torch.testing.assert_close(posterior_means(vae, x), exact, atol=0.1, rtol=0)
    assert torch.equal(image_means(vae, x, "p(z|x)"), posterior_means(vae, x))
    assert torch.equal(image_means(vae, x, "q(z|x)"), encoded_means(vae, x))
    with pytest.raises(ValueError, match="of must be one of"):
        image_means(vae, x, "p(x|z)")


def test_full_vb_shows_both_kls_and_a_test_bound_over_draws_of_the_weights(grey_dataset, model_config):
    algorithm, records, _ = records_of(grey_dataset, model_config, "full_vb")
    last = records[-1]
    assert last.train_kl_parameters > 0 < last.train_kl
    parts = last.train_recon_log_lik - last.train_kl - last.train_kl_parameters
    assert last.train_elbo == pytest.approx(parts, abs=1e-4)
    assert last.test_elbo == pytest.approx(last.test_recon_log_lik - last.test_kl, abs=1e-4)
    with torch.no_grad():
        for scale in algorithm.posterior.log_scale.values():
            scale.fill_(-30.0)  # q(theta) of no width: then it is the bound of the one model
    x = vc.published_draw(grey_dataset.x_test, "dynamic").repeat(200, 1)
    narrow = algorithm.evaluate(x, generator=generator(1)).elbo
    plain = vc.estimate_bound(algorithm.vae, x, generator=generator(2)).elbo
    error = (narrow - plain).std() / len(x) ** 0.5
    assert abs((narrow - plain).mean()) < 4.5 * error


def test_frames_say_what_their_means_are_of(grey_dataset, model_config, tmp_path):
    for name, of in (("mcem", "p(z|x)"), ("aevb", "q(z|x)")):
        train(tmp_path / name, grey_dataset, model_config, name)
        assert {frame.means_of for frame in load_frames(tmp_path / name / "frames.safetensors")} == {of}


def test_evaluate_refuses_an_encoder_that_nobody_trained(tmp_path, capsys):
    flags = "train --algorithm mcem --data digits --hidden 8 --epochs 1 --json".split()
    assert main([*flags, "--out", str(tmp_path / "run")]) == 0
    evaluate = ["evaluate", str(tmp_path / "run/model.safetensors"), "--num-images", "3", "--json"]
    capsys.readouterr()
    for options in ([], ["--method", "importance", "--proposal", "encoder"]):
        assert main([*evaluate, *options]) == 2
        assert "--method must not need the encoder, which Monte Carlo EM does not train" in capsys.readouterr().err
    for options in (["--method", "importance"], ["--method", "importance", "--proposal", "defensive"]):
        assert main([*evaluate, *options]) == 0
        assert json.loads(capsys.readouterr().out)["mean"] < 0
