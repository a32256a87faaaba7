"""`train`: a run in a folder, alone or under torchrun."""

from __future__ import annotations

import argparse
import contextlib
import time
from pathlib import Path
from typing import Any

import torch

from vae_core.cli.arguments import check_folder_path, flag_options, widths
from vae_core.cli.own_data import add_reading_flags, data_help, is_name, load_named, read_own
from vae_core.cli.progress import progress_bar
from vae_core.cli.streams import say
from vae_core.config import ModelConfig, TrainConfig
from vae_core.data.datasets import DATASETS
from vae_core.data.reading import ReadReport
from vae_core.data.records import Dataset
from vae_core.errors import TrainingDiverged
from vae_core.history import CURVES, curve_of
from vae_core.models import find_model, load_model
from vae_core.parallel import Group, choose_device, joined, launched
from vae_core.runs import join_run, resume_run, run
from vae_core.settings import Widths, counts, require_it_counts, settings_of

SETTINGS = settings_of(ModelConfig) | settings_of(TrainConfig)
OWN_ENCODER = "encoder_hidden_dims"
DECIDED_BY_SETTINGS = ("likelihood", "binarization")  # decisions about images that are settings of a run


def add_train_flags(parser: argparse.ArgumentParser) -> None:
    """Flags of both configs. Those not given stay absent, so that --resume can take them from the checkpoint."""
    parser.add_argument("--data", required=True, help=data_help())
    parser.add_argument("--out", type=Path, required=True, metavar="RUN", help="folder of the run")
    parser.add_argument("--resume", action="store_true", help="go on with the run in RUN from where it was saved")
    parser.add_argument(
        "--initial", metavar="MODEL",
        help="start from the weights and the settings of this model: a pretrained name, or a path to a .safetensors file",
    )  # fmt: skip
    for config in (ModelConfig, TrainConfig):
        for name, about in settings_of(config).items():
            default = getattr(config, name)
            text = f"{about.short or about.help} (default {Widths.write(default) if isinstance(about, Widths) else default})".strip()
            parser.add_argument(about.flag, dest=name, default=argparse.SUPPRESS, help=text, **flag_options(about))
    parser.add_argument(
        "--encoder-hidden", dest=OWN_ENCODER, default=argparse.SUPPRESS, type=widths, metavar="W,W",
        help="widths of the encoder's hidden layers where they are not those of --hidden, which are then the decoder's in reverse",
    )  # fmt: skip
    add_reading_flags(parser, apart=DECIDED_BY_SETTINGS)


def train_command(args: argparse.Namespace) -> dict[str, Any] | None:
    """Alone, or under torchrun: then process 0 keeps the run and reports, and the others only do their share."""
    if launched().rank == 0:  # process 0 alone writes
        check_folder_path(args.out)
    device = choose_device(args.device)
    dataset, report = chosen_data(args)
    if report and launched().rank == 0:
        say(str(report))
    with joined(device) as group:
        if group.rank == 0:
            return train_and_report(args, dataset, report, device, group)
        # A run that diverges does so in all processes at the same step. This process ends without an error, because after an
        # error torchrun would end process 0 too, which is then saving the last good state.
        with contextlib.suppress(TrainingDiverged):
            for _ in join_run(dataset, device=device, group=group).events:
                pass
    return None


def chosen_data(args: argparse.Namespace) -> tuple[Dataset, ReadReport | None]:
    """The images of --data, and for one's own the report of how they were read: as the run that is resumed has them, if it is one."""
    if is_name(args.data):
        return load_named(args), None
    checkpoint = resume_run(args.out) if args.resume else None
    former = checkpoint[1].history.reading if checkpoint else None
    return read_own(args, former, **{name: getattr(args, name) for name in DECIDED_BY_SETTINGS if hasattr(args, name)})


def configs_of(args: argparse.Namespace, dataset: Dataset, training: dict[str, Any]) -> tuple[ModelConfig, TrainConfig]:
    """The configs that the flags ask for. Settings without a flag come from the run that is resumed, or suit the data set: `training`.
    ValueError for a flag without effect."""
    checkpoint = resume_run(args.out) if args.resume else None
    if args.initial and (args.resume or hasattr(args, "initialization")):
        flag = "--resume: that run has its weights" if args.resume else "--init: the model has its first weights"
        raise ValueError(f"--initial does not go with {flag}; leave one of them out")
    if checkpoint:
        model_config, train_config = checkpoint[0].vae.config, checkpoint[0].config
    else:
        likelihood = getattr(args, "likelihood", training["likelihood"])
        usual = {name: value for name, value in training.items() if name in settings_of(ModelConfig)}
        model_config = ModelConfig(dataset.data_dim, dataset.image_shape, **usual | {"likelihood": likelihood})
        if args.initial:
            model_config = load_model(find_model(args.initial)).config
            likelihood = model_config.likelihood
        counted = counts(settings_of(TrainConfig)["binarization"], {"likelihood": likelihood})
        usual = {name: value for name, value in training.items() if name in settings_of(TrainConfig)}
        train_config = TrainConfig(**usual | {"binarization": dataset.binarization if counted else "none"})
    flags = {name: value for name, value in vars(args).items() if name in SETTINGS}
    model_config = model_config.replace(**{name: flags[name] for name in settings_of(ModelConfig).keys() & flags})
    train_config = train_config.replace(**{name: flags[name] for name in settings_of(TrainConfig).keys() & flags})
    if hasattr(args, OWN_ENCODER):
        model_config = model_config.replace(**{OWN_ENCODER: getattr(args, OWN_ENCODER)})
        if not train_config.trains_encoder:
            raise ValueError(
                f"--encoder-hidden does not go with --algorithm {train_config.algorithm}: it trains no encoder; leave it out"
            )
    values = model_config.to_dict() | train_config.to_dict()
    for name, value in flags.items():
        require_it_counts(SETTINGS[name], value, values)
    if "activation" in flags and not model_config.encoder_layers + model_config.decoder_layers:
        raise ValueError(
            f"--activation {flags['activation']} does not go with --hidden '': a linear model has no hidden units; leave it "
            "out, or give --hidden the widths of hidden layers"
        )
    return model_config, train_config


def train_and_report(
    args: argparse.Namespace, dataset: Dataset, read: ReadReport | None, device: torch.device, group: Group
) -> dict[str, Any]:
    training = read.training if read else {"likelihood": DATASETS[args.data].own_settings["likelihood"]}
    model_config, train_config = configs_of(args, dataset, training)
    start, event = time.monotonic(), None
    curve = CURVES[curve_of(train_config)]
    with progress_bar() as bar:
        options = {
            "resume": args.resume,
            "initial": args.initial and find_model(args.initial),
            "device": device,
            "group": group,
        }
        for event in run(args.out, dataset, model_config, train_config, **options):
            bar.show(event.step, event.total_steps, event.samples_seen, event.record, curve)
    report: dict[str, Any] = {"out": str(args.out), "data": dataset.name, "data_from": dataset.origin}
    report |= {"data_sha256": read.sha256, "notes": list(read.notes)} if read else {}
    report |= {"binarization": train_config.binarization}
    if train_config.algorithm != "aevb":
        report |= {"algorithm": train_config.algorithm, "curve": curve.label}
    if event is None:
        return report | {"finished": True, "note": "the run had finished before"}
    checkpoint = resume_run(args.out)
    assert checkpoint is not None, "a run that has made a step has a checkpoint"
    last = checkpoint[1].history.records[-1]
    return report | {
        "finished": event.finished,
        "steps": event.step,
        "samples_seen": event.samples_seen,
        **{name: getattr(last, name) for term in curve.terms if hasattr(last, name := f"test_{term}")},
        "seconds": round(time.monotonic() - start, 1),
    }
