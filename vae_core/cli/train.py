"""`train`: a run in a folder, alone or under torchrun."""

from __future__ import annotations

import argparse
import contextlib
import time
from pathlib import Path
from typing import Any

import torch

from vae_core import config as c
from vae_core.cli.arguments import check_folder_path, seed, whole, widths
from vae_core.cli.progress import ProgressBar
from vae_core.config import ModelConfig, TrainConfig
from vae_core.data.datasets import DATASETS, Dataset, load_data
from vae_core.errors import TrainingDiverged
from vae_core.likelihoods import LIKELIHOODS, default_likelihood
from vae_core.parallel import Group, choose_device, joined, launched
from vae_core.runs import join_run, resume_run, run

MODEL_FLAGS = {"latent_dim", "hidden_dims", "likelihood", "mean", "variance", "variance_floor", "activation"}


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
        likelihood = given.get("likelihood", default_likelihood(dataset.binarization))
        model_config = ModelConfig(dataset.data_dim, dataset.image_shape, likelihood=likelihood)
        train_config = TrainConfig(binarization=LIKELIHOODS[likelihood].binarization_of(dataset.binarization))
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
