"""`evaluate`: the bound, or log p(x), of a data set."""

from __future__ import annotations

import argparse
import time
from typing import Any

import torch

from vae_core.adaptive import ADAPTIVE, ALL_PROPOSALS
from vae_core.averages import autocorrelation_time, error_of_mean
from vae_core.bounds import estimate_bound
from vae_core.cli.arguments import refuse_flags, seed, whole
from vae_core.cli.own_data import add_reading_flags, data_help, is_name, load_named, read_own
from vae_core.cli.progress import progress_bar
from vae_core.cli.streams import say
from vae_core.config import BINARIZATIONS, ESTIMATORS
from vae_core.data.binarization import check_images, check_likelihood_fits, published_draw
from vae_core.data.datasets import is_sequence
from vae_core.data.records import Dataset
from vae_core.files import one_line
from vae_core.marginal import METHODS, WITH_GRADIENTS, log_marginal, passes_of_method
from vae_core.model import VAE, operations_of_pass
from vae_core.models import find_model, load_model, model_header, trains_encoder
from vae_core.parallel import choose_device
from vae_core.sizes import MOST_HOURS, MOST_PASSES, seconds_of

DRAWING = ("elbo", *(method for method, row in METHODS.items() if row.num_samples))  # methods that draw samples
TAKES = {
    "estimator": ("elbo",),
    "proposal": ("importance",),
    "num_temperatures": ("ais",),
    "num_samples": DRAWING,
    "seed": DRAWING,
}
LONG_SECONDS = 60.0  # a command that takes longer says so before it begins


def add_evaluate_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", help="a pretrained name, or a path to a .safetensors file")
    parser.add_argument("--data", help=f"{data_help()} (default: the data on which the model was trained)")
    parser.add_argument(
        "--split",
        choices=("test", "train", "all"),
        help="part of the data set (default test; all of other images of one's own)",
    )
    parser.add_argument(
        "--num-images", type=whole, help="how many images of the split, from its first one (default all)"
    )
    parser.add_argument(
        "--method", choices=("elbo", *METHODS), default="elbo", help="what to estimate, and how (default elbo)"
    )
    counts = {"elbo": 1} | {method: row.num_samples for method, row in METHODS.items() if row.num_samples}
    defaults = ", ".join(f"{method} {count}" for method, count in counts.items())
    parser.add_argument("--num-samples", type=whole, help=f"draws of z per image, for ais chains (default {defaults})")
    parser.add_argument("--estimator", choices=ESTIMATORS, help="estimator of the ELBO (default B)")
    parser.add_argument(
        "--proposal", choices=ALL_PROPOSALS, help=f"where importance sampling draws z (default {ADAPTIVE})"
    )
    parser.add_argument("--num-temperatures", type=whole, help="temperatures of ais (default 1000)")
    parser.add_argument(
        "--binarization",
        choices=BINARIZATIONS,
        help="how grey pixels become black or white (default: as the model was trained)",
    )
    parser.add_argument("--seed", type=seed, help="seed of the draws (default 0)")
    add_reading_flags(parser, apart=("likelihood", "binarization"))


def evaluate_command(args: argparse.Namespace) -> dict[str, Any]:
    refuse_flags(args, TAKES)
    args.seed = args.seed or 0
    path = find_model(args.model)
    vae, header = load_model(path).to(choose_device(args.device)), model_header(path)
    if not trains_encoder(header) and (args.method == "elbo" or args.proposal == "encoder"):
        raise ValueError(
            f"--method must not need the encoder, which Monte Carlo EM does not train, got {args.method}: choose hmc, ais, "
            "quadrature, or importance with another proposal"
        )
    x, about_data = chosen_images(args, vae, header)
    data = about_data["data"]
    return {
        "model": args.model,
        **about_data,
        "method": args.method,
        "num_images": len(x),
        **(evaluate_bound(vae, x, data, args) if args.method == "elbo" else evaluate_log_marginal(vae, x, data, args)),
        **({"seed": args.seed} if args.method in DRAWING else {}),
    }


def chosen_images(args: argparse.Namespace, vae: VAE, header: dict[str, Any]) -> tuple[torch.Tensor, dict[str, Any]]:
    """The images of --data, as the model gets them, on its device, and what the report says of them."""
    dataset, about_data = chosen_data(args, vae, header)
    data, split = dataset.name, args.split or about_data.pop("split", "test")
    about_data.pop("split", None)
    default = header.get("train_config", {}).get("binarization", dataset.binarization)
    binarization = args.binarization or default
    grey = {"test": [dataset.x_test], "train": [dataset.x_train], "all": [dataset.x_train, dataset.x_test]}[split]
    x = published_draw(torch.cat(grey), binarization)
    check_images(x, vae.config.data_dim, f"{data} images")
    check_likelihood_fits(x, vae.config.likelihood, binarization)
    if args.num_images is not None and args.num_images > len(x):
        raise ValueError(
            f"--num-images must be at most the images of the {split} split (={len(x)}), got {args.num_images}"
        )
    about = {"data": data, "data_from": dataset.origin, **about_data, "split": split, "binarization": binarization}
    return x[: args.num_images].to(vae.device), about


def chosen_data(args: argparse.Namespace, vae: VAE, header: dict[str, Any]) -> tuple[Dataset, dict[str, Any]]:
    """The images of --data or those that the model was trained on, and what the report says of one's own: their SHA-256, and whether
    the model was trained on them. Other images get the model's shape, and are all for testing."""
    trained_on, reading = header.get("data"), header.get("reading") or {}
    if not (args.data or trained_on):
        raise ValueError("--data must be given: the model file does not say on which data the model was trained")
    if not args.data and reading:
        raise ValueError(
            f"--data must be given: the model was trained on somebody's own images, {one_line(trained_on)}, with the SHA-256 "
            f"{one_line(reading.get('sha256'))}"
        )
    is_given, args.data = bool(args.data), args.data or trained_on
    if is_name(args.data):
        dataset = load_named(args)
        if not is_given and header.get("fingerprint", "") not in ("", dataset.fingerprint):
            raise ValueError(
                f"the model was trained on other images of {args.data}, those of {one_line(header.get('origin'))}, and these are of "
                f"{dataset.origin}: set VAE_DATA_DIR as before, or give --data {args.data}"
            )
        return dataset, {"note": f"the model was trained on other images: {one_line(trained_on)}"} if reading else {}
    if reading:
        dataset, report = read_own(args, reading)
        if report.sha256 == reading.get("sha256"):
            return dataset, {"data_sha256": report.sha256, "split": "test"}
    dataset, report = read_own(args, image_shape=vae.config.image_shape)
    note = f"the model was trained on other images: {one_line(trained_on or 'unknown ones')}"
    return dataset, {"data_sha256": report.sha256, "note": note, "split": "all"}


def announce(vae: VAE, passes: int, *, gradients: bool = False) -> None:
    """Say how long so many decoder passes take, where somebody would wonder. What takes too long is refused by the estimator."""
    seconds = seconds_of(passes * operations_of_pass(vae.config, gradients=gradients))
    if LONG_SECONDS < seconds <= 3600 * MOST_HOURS and passes <= MOST_PASSES and vae.device.type == "cpu":
        time_needed = f"{seconds / 60:.0f} minutes" if seconds < 5400 else f"{seconds / 3600:.1f} hours"
        say(f"{passes:,} passes through the network: about {time_needed} of a processor core")


def evaluate_bound(vae: VAE, x: torch.Tensor, data: str, args: argparse.Namespace) -> dict[str, Any]:
    estimator, num_samples = args.estimator or "B", args.num_samples or 1
    announce(vae, num_samples * len(x))
    generator = torch.Generator().manual_seed(args.seed)
    with progress_bar() as bar:
        bound = estimate_bound(
            vae, x, estimator=estimator, num_samples=num_samples, generator=generator, progress=bar.show_images
        )
    return {
        "estimator": estimator,
        "num_samples": num_samples,
        **mean_and_error(bound.elbo, data),
        "direction": "lower",
        "recon_log_lik": float(bound.recon_log_lik.double().mean()),
        "kl": float(bound.kl.double().mean()),
    }


def evaluate_log_marginal(vae: VAE, x: torch.Tensor, data: str, args: argparse.Namespace) -> dict[str, Any]:
    """`std_error` is that of a mean over images, as for the bound; `std_error_of_method` is the part of it that more
    samples would remove."""
    own_flag = {"importance": "proposal", "ais": "num_temperatures"}.get(args.method)
    options = {own_flag: getattr(args, own_flag)} if own_flag and getattr(args, own_flag) is not None else {}
    start = time.monotonic()
    counts = options | {"num_samples": args.num_samples or METHODS[args.method].num_samples}
    gradients = args.method in WITH_GRADIENTS
    announce(vae, passes_of_method(vae, len(x), args.method, counts), gradients=gradients)
    with progress_bar() as bar:
        result = log_marginal(
            vae,
            x,
            method=args.method,
            num_samples=args.num_samples,
            generator=torch.Generator().manual_seed(args.seed),
            progress=bar.show_images,
            **options,
        )
    return {
        **options,
        "num_samples": result.num_samples,
        **mean_and_error(result.mean, data),
        "std_error_of_method": float(result.std_error.square().sum().sqrt() / len(x)),
        "direction": result.direction,
        "least_ess": None if result.ess is None else float(result.ess.min()),
        "decoder_passes": result.decoder_passes,
        "seconds": round(time.monotonic() - start, 1),
        "warnings": list(result.warnings),
    }


def mean_and_error(values: torch.Tensor, data: str) -> dict[str, float | int | None]:
    """The mean over images and its standard error, undefined for one image. The images of a film count for less than their number:
    `autocorrelation_time` is how many frames in a row say as much as one."""
    values, sequence = values.double(), is_sequence(data)
    about = {"autocorrelation_time": round(float(autocorrelation_time(values)), 1)} if sequence else {}
    return {"mean": float(values.mean()), "std_error": float(error_of_mean(values, is_sequence=sequence)), **about}
