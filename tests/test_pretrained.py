"""What lies in pretrained/: complete, small enough, lawful; and its numbers, measured again (slow)."""

import json
import re
import runpy
import subprocess
import sys

import numpy as np
import pytest
import torch

import vae_core as vc
from vae_core import checkpoint
from vae_core.averages import error_of_mean
from vae_core.data.datasets import REPOSITORY
from vae_core.experiments.baselines import Training, gaussian_log_prob
from vae_core.frames import load_frames
from vae_core.models import PRETRAINED, model_header, pretrained_path
from vae_core.restoration.observations import Mask

LIMIT = {"digits-2d": -23.3, "mnist-2d": -132.6, "mnist-20d": -89.0, "mnist-50d": -88.5, "mnist-50d-iwae": -90.0}
TRAIN = runpy.run_path(str(PRETRAINED / "train.py"))


def card(name):
    return (PRETRAINED / name / "card.md").read_text(encoding="utf-8")


@pytest.fixture(params=vc.list_pretrained())
def name(request):
    return request.param


def test_the_promised_models_are_there():
    assert {"digits-2d", "mnist-2d", "mnist-20d", "frey-2d"} <= set(vc.list_pretrained())


def test_a_models_recipe_is_the_command_of_its_card(name):
    recipes = TRAIN["RECIPES"]
    command = re.search(r"python -m vae_core train (.*)", card(name))[1].split()
    recipe = [*recipes[name], "--seed", "0", "--threads", "1"]
    assert sorted(zip(command[::2], command[1::2], strict=True)) == sorted(zip(recipe[::2], recipe[1::2], strict=True))


@pytest.mark.parametrize("name", TRAIN["WEIGHTLESS"])
def test_a_model_without_weights_has_its_card_and_curve(name):
    text, history = (
        (REPOSITORY / "docs" / "results" / f"{name}.{end}").read_text(encoding="utf-8") for end in ("md", "json")
    )
    command = re.search(r"python -m vae_core train (.*)", text)[1].split()
    recipe = [*TRAIN["RECIPES"][name], "--seed", "0", "--threads", "1"]
    assert sorted(zip(command[::2], command[1::2], strict=True)) == sorted(zip(recipe[::2], recipe[1::2], strict=True))
    curve, epochs = vc.History.from_json(history), int(recipe[recipe.index("--epochs") + 1])
    assert curve.records[-1].epoch == epochs and f"{epochs} epochs" in text
    elbo = float(re.search(r"Test ELBO: \*\*(-[\d.]+)\*\*", text)[1])
    assert elbo == pytest.approx(curve.records[-1].test_elbo, abs=0.1), "the card's is of more draws"
    assert name not in vc.list_pretrained()


def test_a_model_has_its_card_curves_and_frames(name):
    folder = pretrained_path(name)
    history = vc.History.from_json((folder / "history.json").read_text(encoding="utf-8"))
    header = model_header(folder / "model.safetensors")
    assert history.records[-1].step == header["step"] and history.data == header["data"]
    assert f"seed | {header['train_config']['seed']}" in card(name)
    if name in TRAIN["FRAMELESS"]:
        assert not (folder / "frames.safetensors").exists()
        return
    frames = load_frames(folder / "frames.safetensors")
    assert frames[-1].step == header["step"] and 3 <= sum(bool(frame.weights) for frame in frames) <= 10


def test_an_unfinished_run_goes_on_without_first_weights():
    command = ["train", *TRAIN["RECIPES"]["mnist-50d-iwae"], "--seed", "0"]
    rest = TRAIN["resumed"](command)
    assert rest[-1] == "--resume" and "--initial" not in rest and "mnist-50d" not in rest
    assert len(rest) == len(command) - 1
    assert TRAIN["resumed"](["train", "--seed", "0"]) == ["train", "--seed", "0", "--resume"]


def test_the_last_frame_is_the_model_in_half_precision(name):
    if name in TRAIN["FRAMELESS"]:
        return
    frame = load_frames(pretrained_path(name) / "frames.safetensors")[-1]
    state = vc.load_pretrained(name).state_dict()
    assert frame.weights.keys() == state.keys()
    assert all(torch.equal(frame.weights[key], tensor.half()) for key, tensor in state.items())


def test_the_folder_stays_small():
    files = [path for path in PRETRAINED.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    assert sum(path.stat().st_size for path in files) < 60e6


def test_no_frey_face_is_here_and_the_samples_say_where_they_come_from():
    assert not (PRETRAINED / "frey-2d" / "reference.safetensors").exists()
    tensors, about = checkpoint.read_tensors(PRETRAINED / "mnist-2d" / "reference.safetensors")
    assert "CC BY-SA 3.0" in about["from"] and len(tensors["grey"]) == 200


def test_the_mnist_samples_are_the_test_set(real_data):
    real_data("mnist")
    tensors, _ = checkpoint.read_tensors(PRETRAINED / "mnist-2d" / "reference.safetensors")
    assert torch.equal(tensors["x"].float(), vc.binarized_test("mnist")[:200])


@pytest.mark.slow
def test_the_cards_numbers_are_measured_again(name, real_data):
    real_data(model_header(pretrained_path(name) / "model.safetensors")["data"])
    text = card(name)
    command = re.search(r"python -m vae_core (evaluate .*)", text).group(1).split()
    done = subprocess.run([sys.executable, "-m", "vae_core", *command], cwd=REPOSITORY, capture_output=True, check=True)
    measured = json.loads(done.stdout)
    numbers = re.search(
        r"\*\*(-?[\d.]+)\*\*.*error ([\d.]+) over ([\d,]+) images.*?reconstruction (-?[\d.]+) and KL ([\d.]+)",
        text,
        re.S,
    )
    expected = [float(number.replace(",", "")) for number in numbers.groups()]
    numbers = [measured[key] for key in ("mean", "std_error", "num_images", "recon_log_lik", "kl")]
    assert np.allclose(numbers, expected, atol=2e-3)
    assert measured["mean"] > LIMIT.get(name, -np.inf)


@pytest.mark.slow
def test_the_cards_log_p_of_x_is_measured_again(name, real_data):
    command = re.search(r"python -m vae_core (evaluate .*--method importance.*)", card(name))
    if command is None:
        return
    real_data(model_header(pretrained_path(name) / "model.safetensors")["data"])
    done = subprocess.run(
        [sys.executable, "-m", "vae_core", *command[1].split()], cwd=REPOSITORY, capture_output=True, check=True
    )
    mean, std_error = re.search(
        r"log p\(x\): \*\*(-[\d.]+)\*\* nats per image \(standard error ([\d.]+)", card(name)
    ).groups()
    measured = json.loads(done.stdout)
    assert measured["mean"] == pytest.approx(float(mean), abs=0.02)
    assert measured["std_error"] == pytest.approx(float(std_error), abs=0.02)


@pytest.mark.slow
@pytest.mark.parametrize("name", LIMIT)
def test_an_evaluator_written_on_encode_and_decode_alone_agrees(name, real_data):
    data = model_header(pretrained_path(name) / "model.safetensors")["data"]
    real_data(data)
    vae, x, draws = vc.load_pretrained(name), vc.binarized_test(data), {"digits": 256}.get(data, 8)
    generator = torch.Generator().manual_seed(7)
    total = []
    with torch.no_grad():
        for rows in x.split(500):
            q = vae.encode(rows)
            z = q.mean + q.stddev * torch.randn(draws, *q.mean.shape, generator=generator)
            logits = vae.decode(z).base_dist.logits
            likelihood = (rows * logits - torch.nn.functional.softplus(logits)).sum(-1).mean(0)
            kl = 0.5 * (q.mean**2 + q.variance - q.variance.log() - 1.0).sum(-1)
            total.append(likelihood - kl)
    mean = float(torch.cat(total).double().mean())
    done = subprocess.run(
        [sys.executable, "-m", "vae_core", "evaluate", name, "--data", data, "--num-samples", str(draws), "--json"],
        cwd=REPOSITORY, capture_output=True, check=True,
    )  # fmt: skip
    assert mean == pytest.approx(json.loads(done.stdout)["mean"], abs=0.05)  # Monte Carlo error of each: about 0.01


@pytest.mark.slow
def test_the_frey_cards_other_numbers_are_measured_again(real_data):
    """The ELBO of the training images, and what one Gaussian has on the test images: ridge 0.001."""
    real_data("frey_faces")
    text, dataset = card("frey-2d"), vc.load_data("frey_faces")
    number = r"(\d+\.\d) ± (\d+\.\d) nats"
    train, train_error = map(float, re.search(f"training images have an ELBO of {number}", text).groups())
    bound = vc.estimate_bound(
        vc.load_pretrained("frey-2d"), dataset.x_train, num_samples=16, generator=torch.Generator().manual_seed(0)
    )
    elbo = bound.elbo.double()
    assert float(elbo.mean()) == pytest.approx(train, abs=0.06)
    assert float(error_of_mean(elbo, is_sequence=True)) == pytest.approx(train_error, abs=0.06)
    mean, error = map(float, re.search(f"full covariance of the training pixels has {number}", text).groups())
    training, nothing = Training(dataset.x_train, dataset.image_shape), Mask(torch.zeros(560, dtype=torch.bool))
    values = gaussian_log_prob(training, dataset.x_test, nothing, 1e-3)
    assert float(values.mean()) == pytest.approx(mean, abs=0.06)
    assert float(error_of_mean(values, is_sequence=True)) == pytest.approx(error, abs=0.06)
    covariance = dataset.x_train.double().T.cov() + 1e-3 * torch.eye(560, dtype=torch.float64)
    plain = torch.distributions.MultivariateNormal(dataset.x_train.double().mean(0), covariance)
    assert float(plain.log_prob(dataset.x_test.double()).mean()) == pytest.approx(mean, abs=0.06)
