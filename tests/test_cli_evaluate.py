"""The command line on a finished run: evaluate, sample, restore and list give the numbers of the Python call."""

import json
import math
import re

import numpy as np
import pytest
import torch
from commands import one_line
from PIL import Image

from vae_core import (
    VAE,
    Mask,
    ModelConfig,
    binarized_test,
    estimate_bound,
    hidden_part,
    load_model,
    restore,
    save_model,
)
from vae_core.latent import decoded_means

pytestmark = pytest.mark.usefixtures("global_randomness_untouched")


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
    noise = float(samples.std(0).square().sum().sqrt()) / math.sqrt(200) / len(x)  # z alone is noisy, x is the same
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
    restoration = restore(load_model(path), x, observation, num_samples=6, generator=generator(3))
    assert report["answers"] == [[round(answer.weight, 4) for answer in answers] for answers in restoration.completions]
    assert report["mean_std"] == pytest.approx(restoration.std.mean(1).tolist()) and report["warnings"] == []
    assert report["effective_candidates"] == [None, None], "no candidates on a grid"
    rows = np.asarray(Image.open(out)).reshape(2, 8, 8, 8).transpose(0, 2, 1, 3).reshape(2, 8, 64)
    seen = torch.where(observation.observed, x, 0.5)
    for column, part in enumerate([seen, restoration.mean, restoration.std, *restoration.samples[:5]]):
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
