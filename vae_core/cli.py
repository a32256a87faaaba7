"""The command line: `python -m vae_core train | evaluate | sample | restore | reproduce | list | download`."""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import math
import sys
import time
from pathlib import Path
from typing import Any, NoReturn

import torch
from PIL import Image

from vae_core import config as c
from vae_core.bounds import estimate_bound
from vae_core.checkpoint import (
    join_run,
    list_pretrained,
    load_model,
    model_header,
    pretrained_path,
    resume_run,
    run,
)
from vae_core.config import ModelConfig, TrainConfig
from vae_core.data import (
    DATASETS,
    Dataset,
    binarize,
    check_images,
    check_likelihood_fits,
    download,
    load_data,
    published_draw,
)
from vae_core.drawing import read_picture
from vae_core.errors import DataError, TrainingDiverged, VaeCoreError
from vae_core.experiments import MODELS, run_restoration
from vae_core.exploration import decoded_means, mosaic
from vae_core.files import write_atomic
from vae_core.marginal import DEFAULT_SAMPLES, METHODS, log_marginal
from vae_core.model import VAE
from vae_core.parallel import DEVICES, Group, choose_device, joined, launched
from vae_core.posterior import PROPOSALS
from vae_core.restoration import HIDDEN_PARTS, BitFlips, BlockMeans, GaussianNoise, Mask, hidden_part, restore
from vae_core.restoration import METHODS as RESTORATION_METHODS

BAD_INPUT = 2
SHOWN_SAMPLES = 5
MODEL_FLAGS = {"latent_dim", "hidden_dims", "likelihood", "mean", "variance", "variance_floor", "activation"}


def main(argv: list[str] | None = None) -> int:
    """Run one command; 0, or 2 with one clear line on stderr."""
    args = build_parser().parse_args(argv)
    try:
        torch.set_num_threads(args.threads)
        if launched().size > 1 and args.command is not train_command:
            raise ValueError("only train runs on several processes; start the other commands without torchrun")
        report = args.command(args)
    except (VaeCoreError, ValueError, OSError) as error:
        process = f", process {launched().rank} of {launched().size}" if launched().size > 1 else ""
        print(f"vae_core{process}: {error}", file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt:
        print("vae_core: interrupted; a run continues with --resume", file=sys.stderr)
        return 130
    if report is not None:
        print(json.dumps(report) if args.json else "\n".join(f"{key}: {value}" for key, value in report.items()))
    return 0


class Parser(argparse.ArgumentParser):
    """argparse, but for bad flags one line rather than the whole usage."""

    def error(self, message: str) -> NoReturn:
        self.exit(BAD_INPUT, f"{self.prog}: {message} (see --help)\n")


def build_parser() -> argparse.ArgumentParser:
    parser = Parser(prog="python -m vae_core", description="Auto-Encoding Variational Bayes.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Any, text: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=text)
        sub.set_defaults(command=run)
        sub.add_argument("--json", action="store_true", help="print one JSON object on stdout")
        sub.add_argument("--threads", type=whole, default=1, help="torch threads (default 1)")
        if name in ("train", "evaluate", "sample", "restore"):
            sub.add_argument(
                "--device", choices=DEVICES, default="auto", help="auto (default): CUDA where there is one"
            )
        return sub

    train = command("train", train_command, "Train a VAE with AEVB and keep it in a folder.")
    add_train_flags(train)

    evaluate = command("evaluate", evaluate_command, "Estimate the bound, or log p(x), of a data set, in nats.")
    evaluate.add_argument("model", help="a pretrained name, or a path to a .safetensors file")
    evaluate.add_argument("--data", help=f"{', '.join(DATASETS)} (default: what the model was trained on)")
    evaluate.add_argument("--split", choices=("test", "train"), default="test")
    evaluate.add_argument("--num-images", type=whole, help="only the first so many images of the split")
    evaluate.add_argument("--method", choices=("elbo", *METHODS), default="elbo")
    defaults = ", ".join(f"{method} {count}" for method, count in {"elbo": 1, **DEFAULT_SAMPLES}.items())
    evaluate.add_argument("--num-samples", type=whole, help=f"samples (ais: chains) per image (default {defaults})")
    evaluate.add_argument("--estimator", choices=c.ESTIMATORS, help="of the ELBO (default B)")
    evaluate.add_argument("--proposal", choices=PROPOSALS, help="of importance (default encoder)")
    evaluate.add_argument("--num-temperatures", type=whole, help="of ais (default 1000)")
    evaluate.add_argument("--binarization", choices=c.BINARIZATIONS, help="default: the model's own")
    evaluate.add_argument("--seed", type=seed, default=0)

    sample = command("sample", sample_command, "Decode draws from the prior into a PNG: means of p(x|z).")
    sample.add_argument("model", help="a pretrained name, or a path to a .safetensors file")
    sample.add_argument("--num", type=whole, default=64)
    sample.add_argument("--seed", type=seed, default=0)
    sample.add_argument("--out", type=Path, required=True, help="FILE.png")

    restore_ = command(
        "restore", restore_command, "Draw what pictures were, given a part or a bad copy of them, into a PNG."
    )
    add_restore_flags(restore_)

    reproduce = command("reproduce", reproduce_command, "Make the tables of an experiment again, row by row.")
    reproduce.add_argument("experiment", choices=("restoration",))
    reproduce.add_argument("--data", choices=MODELS, required=True)
    reproduce.add_argument("--num-images", type=whole, default=100, help="test images (default 100)")
    reproduce.add_argument("--seed", type=seed, default=0)
    reproduce.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="rows that are there already are kept"
    )

    command("list", list_command, "List the pretrained models.")
    fetch = command("download", download_command, "Fetch a data set into the user's cache folder (uses the network).")
    fetch.add_argument("data", choices=("mnist", "fashion_mnist"))
    return parser


def whole(text: str) -> int:
    """argparse type: a whole number of at least 1."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number of at least 1, got {text!r}")
    return int(text)


def seed(text: str) -> int:
    """argparse type: what `torch.Generator.manual_seed` takes."""
    try:
        return TrainConfig(seed=int(text)).seed
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"must be a whole number from 0 to 2**63 - 1, got {text!r}") from error


def widths(text: str) -> tuple[int, ...]:
    """argparse type: "500,500" to (500, 500); "" to ()."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not all(part.isdecimal() and int(part) for part in parts):
        raise argparse.ArgumentTypeError(f"must be whole numbers of at least 1, such as 500,500, got {text!r}")
    return tuple(map(int, parts))


# -- where results go, judged before the work that they are of -----------------------------------------------------


def check_picture_path(path: Path) -> None:
    if path.suffix.lower() != ".png":
        raise ValueError(f"--out must end in .png, got {path}")
    if path.is_dir():
        raise ValueError(f"--out must be a file, got the folder {path}")
    if not path.parent.is_dir():
        raise ValueError(f"--out must be a file in a folder that exists, got {path}: make the folder first")


def check_folder_path(path: Path) -> None:
    """The folder itself and those above it are made where they are missing, but a file is in the way."""
    for part in (path, *path.parents):
        if part.is_file():
            raise ValueError(f"--out must be a folder, got the file {part}")


# -- train -------------------------------------------------------------------------------------------------------


def add_train_flags(parser: argparse.ArgumentParser) -> None:
    """Flags of both configs. Those not given stay absent, so that --resume can take them from the checkpoint."""
    parser.add_argument("--data", required=True, help=", ".join(DATASETS))
    parser.add_argument("--out", type=Path, required=True, metavar="RUN", help="folder of the run")
    parser.add_argument("--resume", action="store_true", help="continue the run in RUN exactly where it was saved")
    model, training = ModelConfig(1, (1, 1)), TrainConfig()

    def flag(name: str, field: str, **options: Any) -> None:
        default = getattr(model if field in MODEL_FLAGS else training, field)
        shown = ",".join(map(str, default)) if isinstance(default, tuple) else default
        options["help"] = f"{options.get('help', '')} (default {shown})".strip()
        parser.add_argument(name, dest=field, default=argparse.SUPPRESS, **options)

    flag("--latent-dim", "latent_dim", type=whole)
    flag("--hidden", "hidden_dims", type=widths, metavar="W,W", help="encoder's hidden widths; '' is linear")
    flag("--likelihood", "likelihood", choices=c.LIKELIHOODS, help="gaussian where the data set is not binarised")
    flag("--mean", "mean", choices=c.MEANS, help="Gaussian decoder's mean")
    flag("--variance", "variance", choices=c.VARIANCES, help="Gaussian decoder's variance")
    flag("--variance-floor", "variance_floor", type=float)
    flag("--activation", "activation", choices=c.ACTIVATIONS)
    flag("--epochs", "epochs", type=whole)
    flag("--batch-size", "batch_size", type=whole, help="M")
    flag("--lr", "learning_rate", type=float)
    flag("--optimizer", "optimizer", choices=c.OPTIMIZERS)
    flag("--schedule", "schedule", choices=c.SCHEDULES, help="of the learning rate")
    flag("--warmup-steps", "warmup_steps", type=int)
    flag("--estimator", "estimator", choices=c.ESTIMATORS)
    flag("--num-samples", "num_samples", type=whole, help="L")
    flag("--objective", "objective", choices=c.OBJECTIVES)
    flag("--beta", "beta", type=float, help="weight of the KL term in the objective")
    flag("--binarization", "binarization", choices=c.BINARIZATIONS, help="the data set's own where not given")
    flag("--init", "initialization", choices=c.INITIALIZATIONS, help="of the weights")
    flag("--seed", "seed", type=seed)


def train_command(args: argparse.Namespace) -> dict[str, Any] | None:
    """Alone, or under torchrun: then process 0 keeps the run and reports, and the others only do their share."""
    if launched().rank == 0:  # of several machines, this one's disk
        check_folder_path(args.out)
    dataset, device = load_data(args.data), choose_device(args.device)
    with joined(device) as group:
        if group.rank == 0:
            return train_and_report(args, dataset, device, group)
        # A run that diverges does so in all processes at the same step. This one ends quietly: at a failure torchrun
        # would end process 0 too, which is just then saving the last good state.
        with contextlib.suppress(TrainingDiverged):
            for _ in join_run(dataset, device=device, group=group).events:
                pass


def train_and_report(args: argparse.Namespace, dataset: Dataset, device: torch.device, group: Group) -> dict[str, Any]:
    given = {k: v for k, v in vars(args).items() if k in TrainConfig.__dataclass_fields__ or k in MODEL_FLAGS}
    saved = resume_run(args.out) if args.resume else None
    if saved:
        model_config, train_config = saved[0].vae.config, saved[0].config
    else:
        grey = dataset.binarization == "none"
        likelihood = given.get("likelihood", "gaussian" if grey else "bernoulli")
        model_config = ModelConfig(dataset.data_dim, dataset.image_shape, likelihood=likelihood)
        train_config = TrainConfig(binarization="none" if likelihood == "gaussian" else dataset.binarization)
    model_config = model_config.replace(**{k: v for k, v in given.items() if k in MODEL_FLAGS})
    train_config = train_config.replace(**{k: v for k, v in given.items() if k not in MODEL_FLAGS})

    began, event = time.monotonic(), None
    bar = ProgressBar()
    try:
        options = {"resume": args.resume, "device": device, "group": group}
        for event in run(args.out, dataset, model_config, train_config, **options):
            bar.show(event.step, event.total_steps, event.samples_seen, event.record)
    finally:  # an error's line must not run into the bar's
        bar.close()
    report = {"out": str(args.out), "data": dataset.name, "binarization": train_config.binarization}
    if event is None:
        return report | {"finished": True, "note": "the run had finished before"}
    last = resume_run(args.out)[1].history.records[-1]
    return report | {
        "finished": event.finished,
        "steps": event.step,
        "samples_seen": event.samples_seen,
        "test_elbo": last.test_elbo,
        "test_recon_log_lik": last.test_recon_log_lik,
        "test_kl": last.test_kl,
        "seconds": round(time.monotonic() - began, 1),
    }


class ProgressBar:
    """One line on stderr: how far, how fast, how long yet, and the last test bound."""

    def __init__(self) -> None:
        self._began: tuple[float, int] | None = None
        self._shown, self._record = 0.0, None

    def show(self, step: int, total: int, samples_seen: int, record: Any) -> None:
        now = time.monotonic()
        self._began = self._began or (now, samples_seen)
        self._record = record or self._record
        if now - self._shown < (0.2 if sys.stderr.isatty() else 10.0) and step < total:
            return
        self._shown = now
        rate = (samples_seen - self._began[1]) / max(now - self._began[0], 1e-9)
        left = f"{(total - step) * samples_seen / step / rate:.0f} s left" if rate and step else "starting"
        bound = f", test ELBO {self._record.test_elbo:.2f} nats" if self._record else ""
        filled = "#" * (30 * step // total)
        text = f"[{filled:<30}] {step}/{total} steps, {rate:,.0f} images/s, {left}{bound}"
        start, end = ("\r", "") if sys.stderr.isatty() else ("", "\n")  # a log file gets a line now and then
        print(f"{start}{text:<110}", end=end, file=sys.stderr, flush=True)

    def show_images(self, done: int, total: int, what: str = "images") -> None:
        """The same for an evaluation, which counts images."""
        self._began = self._began or (time.monotonic(), 0)
        filled = "#" * (30 * done // total)
        print(f"\r[{filled:<30}] {done}/{total} {what}", end="", file=sys.stderr, flush=True)

    def close(self) -> None:
        if self._began:
            print(file=sys.stderr)


# -- the other commands ------------------------------------------------------------------------------------------


def model_file(name: str) -> Path:
    """The file of MODEL: a pretrained name, or a path."""
    return Path(name) if name.endswith(".safetensors") else pretrained_path(name) / "model.safetensors"


def evaluate_command(args: argparse.Namespace) -> dict[str, Any]:
    path = model_file(args.model)
    vae, header = load_model(path).to(choose_device(args.device)), model_header(path)
    data = args.data or header.get("data")
    if not data:
        raise ValueError("--data must be given: the model file does not say what it was trained on")
    dataset = load_data(data)
    default = header.get("train_config", {}).get("binarization", dataset.binarization)
    binarization = args.binarization or default
    x = published_draw(dataset.x_test if args.split == "test" else dataset.x_train, binarization)
    check_images(x, vae.config.data_dim, f"{data} images")
    check_likelihood_fits(x, vae.config.likelihood, binarization)
    x = x[: args.num_images].to(vae.device)
    return {
        "model": args.model,
        "data": data,
        "split": args.split,
        "binarization": binarization,
        "method": args.method,
        "num_images": len(x),
        **(evaluate_bound(vae, x, args) if args.method == "elbo" else evaluate_log_marginal(vae, x, args)),
        "seed": args.seed,
    }


def evaluate_bound(vae: VAE, x: torch.Tensor, args: argparse.Namespace) -> dict[str, Any]:
    refuse_flags(args, "proposal", "num_temperatures")
    estimator, num_samples = args.estimator or "B", args.num_samples or 1
    generator = torch.Generator().manual_seed(args.seed)
    bound = estimate_bound(vae, x, estimator=estimator, num_samples=num_samples, generator=generator)
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
    own = {"importance": "proposal", "ais": "num_temperatures"}.get(args.method)
    refuse_flags(args, *({"estimator", "proposal", "num_temperatures"} - {own}))
    options = {own: getattr(args, own)} if own and getattr(args, own) is not None else {}
    began, bar = time.monotonic(), ProgressBar()
    try:
        result = log_marginal(
            vae,
            x,
            method=args.method,
            num_samples=args.num_samples,
            generator=torch.Generator().manual_seed(args.seed),
            progress=lambda done, total: bar.show_images(done, total),
            **options,
        )
    finally:
        bar.close()
    return {
        **options,
        "num_samples": result.num_samples,
        **mean_and_error(result.mean),
        "std_error_of_method": float(result.std_error.square().sum().sqrt() / len(x)),
        "direction": result.direction,
        "least_ess": None if result.ess is None else float(result.ess.min()),
        "decoder_passes": result.decoder_passes,
        "seconds": round(time.monotonic() - began, 1),
        "warnings": list(result.warnings),
    }


def mean_and_error(values: torch.Tensor) -> dict[str, float | None]:
    """The mean over images and its standard error, undefined for one image."""
    values = values.double()
    return {
        "mean": float(values.mean()),
        "std_error": float(values.std() / math.sqrt(len(values))) if len(values) > 1 else None,
    }


def refuse_flags(args: argparse.Namespace, *names: str) -> None:
    """An option of another method is an error, never ignored."""
    for name in sorted(names):
        if getattr(args, name) is not None:
            raise ValueError(f"--{name.replace('_', '-')} does not go with --method {args.method}")


def sample_command(args: argparse.Namespace) -> dict[str, Any]:
    check_picture_path(args.out)
    vae = load_model(model_file(args.model)).to(choose_device(args.device))
    columns = math.ceil(math.sqrt(args.num))
    rows = -(-args.num // columns)
    z = torch.randn(args.num, vae.config.latent_dim, generator=torch.Generator().manual_seed(args.seed))
    x = torch.zeros(rows * columns, vae.config.data_dim)
    x[: args.num] = decoded_means(vae, z.to(vae.device)).clamp(0.0, 1.0).cpu()
    picture = mosaic(x.reshape(rows, columns, -1), vae.config.image_shape)
    file = io.BytesIO()
    Image.fromarray((picture * 255).round().to(torch.uint8).numpy()).save(file, "PNG")
    write_atomic(args.out, file.getvalue())
    return {"out": str(args.out), "num": args.num, "seed": args.seed, "shows": "means of p(x|z), z from the prior"}


# -- restore -----------------------------------------------------------------------------------------------------


def add_restore_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", help="a pretrained name, or a path to a .safetensors file")
    parser.add_argument(
        "images", nargs="+", type=Path, metavar="IMAGE", help="PNG or JPEG of the model's size (--factor: smaller)"
    )
    seen = parser.add_mutually_exclusive_group(required=True)
    seen.add_argument(
        "--mask",
        type=Path,
        metavar="FILE",
        help="a picture of the model's size: what is white was seen, black is missing",
    )
    seen.add_argument("--hide", choices=HIDDEN_PARTS, help="this part of the images is missing")
    seen.add_argument(
        "--noise",
        type=float,
        metavar="SCALE",
        help="standard deviation of Gaussian noise in the images (pixels lie in [0, 1])",
    )
    seen.add_argument("--flip", type=float, metavar="PROBABILITY", help="with which each pixel, 0 or 1, was flipped")
    seen.add_argument("--factor", type=whole, help="each pixel is the mean of FACTOR x FACTOR of the restored image")
    parser.add_argument("--binarization", choices=c.BINARIZATIONS, default="none", help="of the images (default none)")
    parser.add_argument("--method", choices=RESTORATION_METHODS, default="posterior")
    parser.add_argument("--num-samples", type=whole, default=100)
    parser.add_argument("--seed", type=seed, default=0)
    parser.add_argument("--out", type=Path, required=True, help="FILE.png")


def restore_command(args: argparse.Namespace) -> dict[str, Any]:
    """A row per image: what was seen (missing pixels grey), mean and standard deviation of x given that, five samples."""
    check_picture_path(args.out)
    vae = load_model(model_file(args.model)).to(choose_device(args.device))
    shape, generator = vae.config.image_shape, torch.Generator().manual_seed(args.seed)
    if args.mask:
        observation = Mask(read_image(args.mask, shape) > 0.5)
    elif args.hide:
        observation = Mask(hidden_part(args.hide, shape))
    elif args.factor:
        observation = BlockMeans(args.factor, shape)
        shape = observation.observed_shape
    else:
        observation = BitFlips(args.flip) if args.noise is None else GaussianNoise(args.noise)
    grey = torch.stack([read_image(path, shape) for path in args.images])
    y = binarize(grey, args.binarization, generator=generator)
    began = time.monotonic()
    found = restore(
        vae, y.to(vae.device), observation, method=args.method, num_samples=args.num_samples, generator=generator
    )
    seen = enlarge(torch.where(observation.observed, y, 0.5) if isinstance(observation, Mask) else y, shape, vae)
    rows = torch.stack([seen, *(part.cpu() for part in (found.mean, found.std, *found.samples[:SHOWN_SAMPLES]))], 1)
    picture = mosaic(rows.clamp(0.0, 1.0), vae.config.image_shape)
    file = io.BytesIO()
    Image.fromarray((picture * 255).round().to(torch.uint8).numpy()).save(file, "PNG")
    write_atomic(args.out, file.getvalue())
    went = found.diagnostics
    return {
        "out": str(args.out),
        "model": args.model,
        "images": [str(path) for path in args.images],
        "columns": ["seen", "mean", "std", *(f"sample {i + 1}" for i in range(rows.shape[1] - 3))],
        "binarization": args.binarization,
        "method": found.method,
        "num_samples": args.num_samples,
        "seed": args.seed,
        "answers": [[round(answer.weight, 4) for answer in answers] for answers in found.completions],
        "mean_std": [float(value) for value in found.std.mean(1)],
        "effective_candidates": [None if math.isnan(n) else n for n in went.effective_candidates.tolist()],
        "acceptance": [None if math.isnan(a) else a for a in went.acceptance.tolist()],
        "decoder_passes": went.decoder_passes,
        "seconds": round(time.monotonic() - began, 1),
        "warnings": list(went.warnings),
    }


def read_image(path: Path, shape: tuple[int, int]) -> torch.Tensor:
    """The grey values (pixels,) in [0, 1] of a picture that must have a size."""
    try:
        picture = read_picture(path.read_bytes())
    except DataError as error:
        raise DataError(f"{path}: {error}") from error
    if tuple(picture.shape) != tuple(shape):
        raise DataError(
            f"{path} must be {shape[0]} pixels high and {shape[1]} wide here, got {picture.shape[0]} and {picture.shape[1]}"
        )
    return picture.flatten()


def enlarge(x: torch.Tensor, shape: tuple[int, int], vae: VAE) -> torch.Tensor:
    """Images (images, pixels) of a shape at the size of the model's: each pixel as often as it takes."""
    large = torch.nn.functional.interpolate(x.reshape(-1, 1, *shape), size=vae.config.image_shape, mode="nearest")
    return large.reshape(len(x), -1)


def reproduce_command(args: argparse.Namespace) -> dict[str, Any]:
    check_folder_path(args.out)
    began, bar = time.monotonic(), ProgressBar()
    try:
        table = run_restoration(
            args.data,
            args.out,
            num_images=args.num_images,
            seed=args.seed,
            progress=lambda done, total: bar.show_images(done, total, "rows"),
        )
    finally:
        bar.close()
    best = {name: row["verdict"]["psnr"]["best"] for name, row in table["rows"].items()}
    return {
        "out": str(args.out),
        "data": args.data,
        "rows": len(table["rows"]),
        "the VAE wins": [name for name, who in best.items() if who == "VAE"],
        "the VAE does not win": [name for name, who in best.items() if who != "VAE"],
        "seconds": round(time.monotonic() - began, 1),
    }


def list_command(args: argparse.Namespace) -> dict[str, Any]:
    models = {}
    for name in list_pretrained():
        header = model_header(model_file(name))
        model = header["model_config"]
        models[name] = (
            f"{header.get('data')}, {model['likelihood']}, latent_dim {model['latent_dim']}, hidden {model['hidden_dims']}"
        )
    return models


def download_command(args: argparse.Namespace) -> dict[str, Any]:
    return {"data": args.data, "folder": str(download(args.data))}
