"""Train a pretrained model again: `python pretrained/train.py NAME`. These are the commands that made the models.

`python pretrained/train.py NAME --remarks` measures what stands under "To know" in a model's card again, without training.

An unfinished run in runs/NAME is resumed; a finished one is published into pretrained/NAME: the model, its curves, its
frames, a few test images where their licence allows, and a card whose numbers `make slow` measures again. Of a WEIGHTLESS one the card and
the curves are published, into docs/results/.
"""

import argparse
import dataclasses
import json
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import torch

import vae_core as vc
from vae_core.averages import error_of_mean
from vae_core.data.datasets import DATASETS
from vae_core.data.records import Part
from vae_core.experiments.baselines import RIDGES, TUNING_IMAGES, Training, gaussian_log_prob
from vae_core.files import write_atomic
from vae_core.latent import latent_use
from vae_core.restoration.observations import Mask
from vae_core.runs import has_checkpoint
from vae_core.studies.examples import pack_examples, take_examples

FOLDER = Path(__file__).resolve().parent
RESULTS = FOLDER.parent / "docs" / "results"
EVALUATION = ["--split", "test", "--method", "elbo", "--num-samples", "16", "--seed", "0"]
LIKELIHOOD = ["--split", "test", "--method", "importance", "--num-samples", "1000", "--seed", "0"]
ALL_IMAGES = ["--split", "test", "--method", "importance", "--num-samples", "5000", "--seed", "0"]
REMARKS = "## To know"
FIRST_IMAGES = 1000  # test images, of which log p(x) is measured
THINNED = ("mnist-20d", "digits-ae", "emoji-2d")  # only branch points keep weights
SPARSE = ("emoji-2d", "mnist-20d")  # only every second frame is kept
HALVED = ("mnist-2d",)  # the decoder of every second full frame is dropped: the folder must stay under 60 MB
FRAMELESS = ("mnist-50d", "mnist-50d-iwae")  # no frames, for the same reason: no time travel
WEIGHTLESS = ("mnist-50d-burda",)  # only its card and its curve are kept, in RESULTS: the app does not need it
MEASURED_WHOLE = ("mnist-50d", "mnist-50d-iwae", *WEIGHTLESS)  # log p(x) of all test images: half an hour each
CHOSEN = ("digits-2d", "mnist-2d", "mnist-20d")  # on held-out training images, by choose.py
DEEP = [
    "--hidden",
    "500,500",
    "--activation",
    "silu",
    "--batch-size",
    "100",
    "--warmup-steps",
    "600",
    "--schedule",
    "cosine",
]
RECIPES = {
    "digits-2d": ["--data", "digits", "--latent-dim", "2", "--hidden", "256,256", "--epochs", "600", "--schedule", "cosine",
                  "--init", "fan_in", "--lr", "5e-3"],
    "digits-ae": ["--data", "digits", "--latent-dim", "2", "--hidden", "256,256", "--epochs", "600", "--schedule", "cosine",
                  "--init", "glorot", "--beta", "0"],
    "mnist-2d": ["--data", "mnist", "--latent-dim", "2", *DEEP, "--init", "fan_in", "--max-grad-norm", "1000", "--lr", "2e-3",
                 "--epochs", "300"],
    "mnist-20d": ["--data", "mnist", "--latent-dim", "20", *DEEP, "--init", "fan_in", "--estimator", "STL", "--max-grad-norm", "1000",
                  "--lr", "2e-3", "--epochs", "150"],
    "mnist-50d": ["--data", "mnist", "--latent-dim", "50", *DEEP, "--init", "fan_in", "--estimator", "STL", "--max-grad-norm", "1000",
                  "--lr", "2e-3", "--epochs", "200"],
    "mnist-50d-iwae": ["--data", "mnist", "--initial", "mnist-50d", "--objective", "iwae", "--num-samples", "10", "--estimator", "STL",
                       "--batch-size", "100", "--schedule", "cosine", "--max-grad-norm", "1000", "--lr", "5e-4", "--warmup-steps", "600",
                       "--epochs", "60"],
    "mnist-50d-burda": ["--data", "mnist", "--latent-dim", "50", "--hidden", "200,200", "--activation", "tanh", "--init", "fan_in",
                        "--estimator", "STL", "--batch-size", "100", "--warmup-steps", "600", "--schedule", "cosine", "--max-grad-norm",
                        "1000", "--lr", "1e-3", "--epochs", "3280"],
    "frey-2d": ["--data", "frey_faces", "--latent-dim", "2", "--hidden", "200", "--epochs", "400",
                "--schedule", "cosine", "--init", "glorot", "--variance", "per_pixel", "--variance-floor", "1e-3"],
    "emoji-2d": ["--data", "emoji_like", "--latent-dim", "2", "--hidden", "64", "--epochs", "150", "--schedule", "cosine",
                 "--init", "glorot", "--lr", "2e-3", "--variance", "per_pixel", "--variance-floor", "1e-2", "--mean", "identity"],
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name", choices=RECIPES)
    parser.add_argument("--remarks", action="store_true", help="only write the last part of the card again")
    args = parser.parse_args()
    if args.remarks:
        file = card_file(args.name)
        kept = file.read_text(encoding="utf-8").split(f"\n{REMARKS}\n")[0]
        write_atomic(file, (kept + remarks(args.name)).encode())
        return
    out = FOLDER.parent / "runs" / args.name
    command = ["train", *RECIPES[args.name], "--seed", "0", "--threads", "1"]
    report = _vae_core([*(resumed(command) if has_checkpoint(out) else command), "--out", str(out)])
    timing = out / "seconds.json"
    if "seconds" in report:
        timing.write_text(json.dumps(report["seconds"]), encoding="utf-8")
    seconds = json.loads(timing.read_text(encoding="utf-8")) if timing.exists() else None
    publish(args.name, out, command, seconds)


def resumed(command: list[str]) -> list[str]:
    """The command that goes on with a run. It has no first weights."""
    start = command.index("--initial") if "--initial" in command else len(command)
    return [*command[:start], *command[start + 2 :], "--resume"]


def _vae_core(arguments: list[str]) -> dict:
    command = [sys.executable, "-m", "vae_core", *arguments, "--json"]
    return json.loads(subprocess.run(command, cwd=FOLDER.parent, check=True, stdout=subprocess.PIPE).stdout)


def card_file(name: str) -> Path:
    return RESULTS / f"{name}.md" if name in WEIGHTLESS else FOLDER / name / "card.md"


def model_of(name: str) -> str:
    """The model in commands: its name, or its file where it has no folder here."""
    return f"runs/{name}/model.safetensors" if name in WEIGHTLESS else name


def publish(name: str, run: Path, command: list[str], seconds: float | None) -> None:
    if name in WEIGHTLESS:
        shutil.copyfile(run / "history.json", RESULTS / f"{name}.json")
    else:
        publish_weights(name, run)
    header = vc.models.model_header(run / "model.safetensors")
    dataset = vc.load_data(header["data"])
    measured = _vae_core(["evaluate", model_of(name), "--data", dataset.name, *EVALUATION])
    likelihood = _vae_core(["evaluate", model_of(name), "--data", dataset.name, *_likelihood(dataset)])
    vae = vc.load_model(run / "model.safetensors")
    text = card(name, vae, header, dataset, measured, likelihood, command, seconds)
    write_atomic(card_file(name), text.encode())


def publish_weights(name: str, run: Path) -> None:
    """The model's folder, without its card."""
    folder = FOLDER / name
    folder.mkdir(exist_ok=True)
    for file in ("model.safetensors", "history.json"):
        shutil.copyfile(run / file, folder / file)
    vae = vc.load_model(run / "model.safetensors")
    if name not in FRAMELESS:
        frames = vc.frames.load_frames(run / "frames.safetensors")
        vc.frames.save_frames(folder / "frames.safetensors", vae.config, thinned(name, frames, vae))
    header = vc.models.model_header(folder / "model.safetensors")
    dataset = vc.load_data(header["data"])
    if DATASETS[dataset.name].may_be_passed_on:
        write_reference(folder / "reference.safetensors", dataset, header["train_config"]["binarization"])


def _likelihood(dataset: vc.Dataset) -> list[str]:
    """How log p(x) is measured: of at most so many images."""
    return [*LIKELIHOOD, "--num-images", str(min(FIRST_IMAGES, len(dataset.x_test)))]


def thinned(name: str, frames: list[vc.Frame], vae: vc.VAE) -> list[vc.Frame]:
    """The frames, some of them without weights, which keeps the repository small. Branch points keep theirs."""
    decoders = [frame.step for frame in frames if 0 < len(frame.weights) < len(vae.state_dict())]
    frames = frames[::-2][::-1] if name in SPARSE else frames
    dropped = decoders if name in THINNED else decoders[::2] if name in HALVED else []
    return [dataclasses.replace(frame, weights={}) if frame.step in dropped else frame for frame in frames]


def write_reference(path: Path, dataset: vc.Dataset, binarization: str) -> None:
    """The first test images, grey and as encoded (the published draw), for machines without the data set."""
    test = Part(dataset.x_test, dataset.y_test, dataset.image_shape, dataset.class_names)
    examples = take_examples(test, dataset.name, binarization)
    write_atomic(path, pack_examples(examples, **{"from": DATASETS[dataset.name].source}))


def card(
    name: str,
    vae: vc.VAE,
    header: dict,
    dataset: vc.Dataset,
    measured: dict,
    likelihood: dict,
    command: list[str],
    seconds: float | None,
) -> str:
    model, train = header["model_config"], header["train_config"]
    encoder = "-".join(map(str, [model["data_dim"], *vae.config.encoder_layers, model["latent_dim"]]))
    decoder = vae.likelihood.label
    if model["likelihood"] == "gaussian":
        decoder += (
            f", mean {model['mean']}, variance {model['variance']} with a floor of {model['variance_floor']:g}; "
            "densities are per pixel on the scale [0, 1]"
        )
    draw = (
        "the published draw (`torch.rand` from seed 13126114)" if measured["binarization"] == "dynamic" else "as it is"
    )
    algorithm = "AEVB" if train["objective"] == "ml" else f"AEVB, objective {train['objective'].upper()}"
    start = f"of {command[command.index('--initial') + 1]}" if "--initial" in command else train["initialization"]
    beta = "" if train["beta"] == 1.0 else f", beta = {train['beta']:g} (the numbers below are of the bound, beta = 1)"
    limit = f"; gradients are at most {train['max_grad_norm']:g} long" if train.get("max_grad_norm") else ""
    time = "" if not seconds else f"{seconds:.0f} seconds" if seconds <= 90 else f"{seconds / 60:.0f} minutes"
    took = f" It took {time} on one core beside other work." if time else ""
    return f"""# {name}

| | |
| --- | --- |
| data | {dataset.name}, {len(dataset.x_train):,} training and {len(dataset.x_test):,} test images of {"x".join(map(str, dataset.image_shape))} |
| source | {DATASETS[dataset.name].source} |
| read from | {dataset.origin} |
| binarisation | {train["binarization"]}; the test set: {draw} |
| encoder | Gaussian, diagonal; {encoder}, {model["activation"]} |
| decoder | {decoder}; {"-".join(map(str, [model["latent_dim"], *vae.config.decoder_layers, model["data_dim"]]))} |
| training | {algorithm}, estimator {train["estimator"]}, L = {train["num_samples"]}, M = {train["batch_size"]}, {train["optimizer"]} at {train["learning_rate"]:g}, {train["warmup_steps"]} warm-up steps, {train["schedule"]} decay, {train["epochs"]} epochs{beta}; first weights {start}{limit} |
| seed | {train["seed"]} |

Test ELBO: **{measured["mean"]:.3f}** nats per image (standard error {measured["std_error"]:.3f} over {measured["num_images"]:,} images), of which
reconstruction {measured["recon_log_lik"]:.3f} and KL {measured["kl"]:.3f}; L = {measured["num_samples"]}, higher is better. Measured by

    python -m vae_core evaluate {model_of(name)} --data {dataset.name} {" ".join(EVALUATION)} --json

log p(x): **{likelihood["mean"]:.2f}** nats per image (standard error {likelihood["std_error"]:.2f} over the first {likelihood["num_images"]:,} test images), by the adaptive importance estimate.
It is too low, or right.{_warnings(likelihood)} Measured by

    python -m vae_core evaluate {model_of(name)} --data {dataset.name} {" ".join(_likelihood(dataset))} --json

Trained by `python pretrained/train.py {name}`, which runs

    python -m vae_core {" ".join(command)}
{took and chr(10) + took.strip() + chr(10)}{remarks(name)}"""


def _warnings(report: dict) -> str:
    return "".join(f" {text[0].upper()}{text[1:]}." for text in report["warnings"])


def remarks(name: str) -> str:
    """The last part of a card: what a reader of its numbers must know."""
    data = RECIPES[name][RECIPES[name].index("--data") + 1]
    lines = [
        "No record says how the settings were chosen. So the test images may have had a part in it, and the test ELBO may be a little high."
    ]
    if name in CHOSEN:
        lines = ["The first weights, the estimator, the learning rate and the encoder's widths were chosen on training images that were held "
                 "out: [choices.md](../../docs/results/choices.md)."]  # fmt: skip
    if name in MEASURED_WHOLE:
        lines = [
            "No setting was chosen on the test images: the settings are those of mnist-20d, or were set before the run."
            if name not in WEIGHTLESS
            else "The layers, the number of epochs and the first learning rate are those of Burda et al. (2016). With this rate, these first weights are better "
            "than others on images that were held out: [choices.md](choices.md). There 0.002 is better after 100 epochs; it was not tried for longer. A whole run with glorot and 0.002 ended at -87.85 ± 0.24 nats, with 12 active latent numbers. "
            "Its weights are not kept: `runs/` has them after the command above."
        ]
        lines.append(_whole(name, data))
    lines += _leads(name, data)
    if data == "digits":
        lines.append("The digits are of 13 writers, who are in both parts. So test images are no new hands.")
    if name == "digits-ae":
        lines.append(
            "It is a VAE with beta = 0: its q(z|x) is still a Gaussian, whose standard deviation has shrunk to about 0.0002."
        )
    if DATASETS[data].is_sequence:
        lines += film_remarks(name, data)
    return f"\n{REMARKS}\n\n" + "".join(f"- {line}\n" for line in lines)


def _whole(name: str, data: str) -> str:
    """log p(x) of all test images, and the active units."""
    arguments = ["evaluate", model_of(name), "--data", data, *ALL_IMAGES]
    whole = _vae_core(arguments)
    vae = vc.load_model(FOLDER.parent / model_of(name)) if name in WEIGHTLESS else vc.load_pretrained(name)
    active = int(latent_use(vae, vc.binarized_test(data)).active.sum())
    return (
        f"log p(x) of all {whole['num_images']:,} test images is **{whole['mean']:.2f}** ± {whole['std_error']:.2f} nats, with {whole['num_samples']:,} draws "
        f"each.{_warnings(whole)} Measured by `python -m vae_core {' '.join(arguments)}`. {active} of its latent numbers are active."
    )


def _leads(name: str, data: str) -> list[str]:
    """How far log p(x) is above that of each lower model of the same data, on the same images: a line, or none."""
    own = _log_marginals(name, data) if name not in WEIGHTLESS else None
    leads = []
    for other in vc.list_pretrained() if own is not None else []:
        if other != name and RECIPES[other][RECIPES[other].index("--data") + 1] == data:
            difference = own - _log_marginals(other, data)
            if float(difference.mean()) > 0.0:
                leads.append(
                    f"**{float(difference.mean()):.2f}** ± {float(error_of_mean(difference)):.2f} nats above {other}"
                )
    if not leads:
        return []
    return [
        f"On the same test images as above, log p(x) is {'; '.join(leads)}. Here ± is the standard error of the mean difference."
    ]


@cache
def _log_marginals(name: str, data: str) -> torch.Tensor:
    """log p(x) of each of the first test images, as the command in the card estimates it."""
    x = vc.binarized_test(data)[:FIRST_IMAGES]
    return vc.log_marginal(
        vc.load_pretrained(name), x, num_samples=1000, generator=torch.Generator().manual_seed(0)
    ).mean.double()


def film_remarks(name: str, data: str) -> list[str]:
    """Of frames of a film with densities: the test ELBO's error, the training images' ELBO, and what one Gaussian has."""
    train = _vae_core(["evaluate", name, "--data", data, "--split", "train", *EVALUATION[2:]])
    test = _vae_core(["evaluate", name, "--data", data, *EVALUATION])
    mean, error, ridge = gaussian_score(vc.load_data(data))
    return [
        f"Test images are the last frames of a film, and neighbours are alike: {test['autocorrelation_time']:.0f} of them say as much as one. "
        "The standard error counts that.",
        f"The model is over-fitted: the training images have an ELBO of {train['mean']:.1f} ± {train['std_error']:.1f} nats.",
        f"One Gaussian with the full covariance of the training pixels has {mean:.1f} ± {error:.1f} nats on the test images, far more. Its "
        f"ridge, {ridge:g}, was chosen on the last {TUNING_IMAGES} training images. Two latent numbers are few for these faces.",
        "The variance has a floor, since densities have no limit: a pixel that is drawn ever more exactly has a density that grows without "
        "end. Such a likelihood is unbounded.",
    ]


def gaussian_score(dataset: vc.Dataset) -> tuple[float, float, float]:
    """log p(x) of the test images under one Gaussian, its mean in nats and its standard error, and its ridge."""
    training, nothing = (
        Training(dataset.x_train, dataset.image_shape),
        Mask(torch.zeros(dataset.data_dim, dtype=torch.bool)),
    )
    rest, held_out = training.split
    ridge = max(RIDGES, key=lambda ridge: float(gaussian_log_prob(rest, held_out, nothing, ridge).sum()))
    values = gaussian_log_prob(training, dataset.x_test, nothing, ridge)
    return float(values.mean()), float(error_of_mean(values, is_sequence=DATASETS[dataset.name].is_sequence)), ridge


if __name__ == "__main__":
    main()
