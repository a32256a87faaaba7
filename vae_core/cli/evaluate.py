"""`evaluate`: the bound, or log p(x), of a data set."""

from __future__ import annotations

import argparse
import math
import time
from typing import Any

import torch

from vae_core.adaptive import ADAPTIVE, ALL_PROPOSALS
from vae_core.bounds import estimate_bound
from vae_core.cli.arguments import refuse_flags, seed, whole
from vae_core.cli.progress import progress_bar
from vae_core.cli.streams import say
from vae_core.config import BINARIZATIONS, ESTIMATORS
from vae_core.data.binarization import check_images, check_likelihood_fits, published_draw
from vae_core.data.datasets import DATASETS, load_data
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
    parser.add_argument("--data", help=f"{', '.join(DATASETS)} (default: the data on which the model was trained)")
    parser.add_argument(
        "--split", choices=("test", "train"), default="test", help="part of the data set (default test)"
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
    data = args.data or header.get("data")
    if not data:
        raise ValueError("--data must be given: the model file does not say on which data the model was trained")
    dataset = load_data(data)
    if not args.data and header.get("fingerprint", "") not in ("", dataset.fingerprint):
        raise ValueError(
            f"the model was trained on other images of {data}, those of {one_line(header.get('origin'))}, and these are of "
            f"{dataset.origin}: set VAE_DATA_DIR as before, or give --data {data}"
        )
    default = header.get("train_config", {}).get("binarization", dataset.binarization)
    binarization = args.binarization or default
    x = published_draw(dataset.x_test if args.split == "test" else dataset.x_train, binarization)
    check_images(x, vae.config.data_dim, f"{data} images")
    check_likelihood_fits(x, vae.config.likelihood, binarization)
    if args.num_images is not None and args.num_images > len(x):
        raise ValueError(
            f"--num-images must be at most the images of the {args.split} split (={len(x)}), got {args.num_images}"
        )
    x = x[: args.num_images].to(vae.device)
    return {
        "model": args.model,
        "data": data,
        "data_from": dataset.origin,
        "split": args.split,
        "binarization": binarization,
        "method": args.method,
        "num_images": len(x),
        **(evaluate_bound(vae, x, args) if args.method == "elbo" else evaluate_log_marginal(vae, x, args)),
        **({"seed": args.seed} if args.method in DRAWING else {}),
    }


def announce(vae: VAE, passes: int, *, gradients: bool = False) -> None:
    """Say how long so many decoder passes take, where somebody would wonder. What takes too long is refused by the estimator."""
    seconds = seconds_of(passes * operations_of_pass(vae.config, gradients=gradients))
    if LONG_SECONDS < seconds <= 3600 * MOST_HOURS and passes <= MOST_PASSES and vae.device.type == "cpu":
        time_needed = f"{seconds / 60:.0f} minutes" if seconds < 5400 else f"{seconds / 3600:.1f} hours"
        say(f"{passes:,} passes through the network: about {time_needed} of a processor core")


def evaluate_bound(vae: VAE, x: torch.Tensor, args: argparse.Namespace) -> dict[str, Any]:
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
        **mean_and_error(bound.elbo),
        "direction": "lower",
        "recon_log_lik": float(bound.recon_log_lik.double().mean()),
        "kl": float(bound.kl.double().mean()),
    }


def evaluate_log_marginal(vae: VAE, x: torch.Tensor, args: argparse.Namespace) -> dict[str, Any]:
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
        **mean_and_error(result.mean),
        "std_error_of_method": float(result.std_error.square().sum().sqrt() / len(x)),
        "direction": result.direction,
        "least_ess": None if result.ess is None else float(result.ess.min()),
        "decoder_passes": result.decoder_passes,
        "seconds": round(time.monotonic() - start, 1),
        "warnings": list(result.warnings),
    }


def mean_and_error(values: torch.Tensor) -> dict[str, float | None]:
    """The mean over images and its standard error, undefined for one image."""
    values = values.double()
    return {
        "mean": float(values.mean()),
        "std_error": float(values.std() / math.sqrt(len(values))) if len(values) > 1 else None,
    }
