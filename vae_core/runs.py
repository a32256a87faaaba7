"""The folder of a run: its checkpoint, curves, frames, and at the end its model."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any, NamedTuple

import torch

from vae_core.algorithm import Algorithm
from vae_core.checkpoint import about_training, build_algorithm, load_checkpoint, pack_checkpoint, save_checkpoint
from vae_core.config import ModelConfig, TrainConfig
from vae_core.data.records import Dataset
from vae_core.errors import CheckpointError, DataError, RunExists, TooLarge, TrainingDiverged
from vae_core.files import MAX_HEADER_BYTES, FilePath, unpack_tensors, write_atomic
from vae_core.frames import Frame, load_frames, save_frames
from vae_core.history import History
from vae_core.model import VAE
from vae_core.models import is_finite, load_model, save_model
from vae_core.parallel import ALONE, Group
from vae_core.randomness import draw_seed
from vae_core.sizes import in_words
from vae_core.training import Event, FitState, fit, start

CHECKPOINT_SECONDS = 2.0
RECORD_TEXT_BYTES = 400  # of a record of full VB, the longest there is, in a header
MOST_EPOCHS = MAX_HEADER_BYTES // RECORD_TEXT_BYTES


def resume_run(
    folder: FilePath, *, device: torch.device | str = "cpu", group: Group = ALONE
) -> tuple[Algorithm, FitState] | None:
    """The state in a run's folder, or None when it has no checkpoint yet."""
    path = Path(folder) / "checkpoint.safetensors"
    return load_checkpoint(path, device=device, group=group) if path.exists() else None


class Run(NamedTuple):
    """A run in a folder: iterate over `events` to train; at each event `algorithm` and `state` are complete."""

    algorithm: Algorithm
    state: FitState
    events: Generator[Event, None, None]


def run(
    folder: FilePath,
    dataset: Dataset,
    model_config: ModelConfig,
    train_config: TrainConfig,
    **options: Any,
) -> Generator[Event, None, None]:
    """The events of `open_run`, for a caller that needs nothing else."""
    return open_run(folder, dataset, model_config, train_config, **options).events


def open_run(
    folder: FilePath,
    dataset: Dataset,
    model_config: ModelConfig,
    train_config: TrainConfig,
    *,
    resume: bool = False,
    initial: FilePath | None = None,
    device: torch.device | str = "cpu",
    group: Group = ALONE,
) -> Run:
    """`fit` a run of the config's algorithm and keep it in `folder`: checkpoint.safetensors (every CHECKPOINT_SECONDS and at every
    end), history.json, frames.safetensors, and model.safetensors once finished.

    A folder that holds something is refused (RunExists) unless `resume`; then its checkpoint continues, and configs
    that differ from the checkpoint's are a CheckpointError. Closing `events` saves. A run that diverges keeps
    its last good state and raises TrainingDiverged.

    A new run starts from the weights of the model file `initial`, where there is one (it may lie in the folder), and
    with new moments of the optimiser; a model of another config is a CheckpointError.

    In a `group` of processes, process 0 opens the run and keeps it; every other one calls `join_run`.
    """
    check_epochs(train_config)
    folder = Path(folder)
    contents = [path for path in folder.iterdir() if path != Path(initial or "")] if folder.exists() else []
    if contents and not resume:
        raise RunExists(f"{folder} already holds a run; resume it, or choose another folder")
    checkpoint = resume_run(folder, device=device, group=group) if resume else None
    if checkpoint is None:
        algorithm, generator = start(model_config, train_config, device=device, group=group)
        if initial:
            _start_from(initial, algorithm.vae)
        state = FitState(draw_seed(generator), History.of(dataset.name, train_config))
    else:
        algorithm, state = checkpoint
        if state.history.data != dataset.name:
            raise CheckpointError(f"the run in {folder} is of {state.history.data}, not of {dataset.name}")
        _require_same(folder, algorithm.vae.config, model_config)
        _require_same(folder, algorithm.config, train_config)
    events = fit(algorithm, dataset, state=state)
    folder.mkdir(parents=True, exist_ok=True)
    if group.size > 1:
        _require_same_data(dataset, algorithm.vae.device, group)
        group.share(pack_checkpoint(algorithm, state), algorithm.vae.device)
    return Run(algorithm, state, _keep(folder, algorithm, state, events))


def check_epochs(config: TrainConfig) -> None:
    """TooLarge for more epochs than a checkpoint's header has room for the records of."""
    if config.epochs > MOST_EPOCHS:
        num_bytes = config.epochs * RECORD_TEXT_BYTES
        raise TooLarge(
            f"a run of {config.epochs:,} epochs would keep {in_words(num_bytes)} of curves in its checkpoint, a record for each "
            f"epoch, and there is room for {in_words(MAX_HEADER_BYTES)}: choose at most {MOST_EPOCHS:,} epochs"
        )


def join_run(dataset: Dataset, *, device: torch.device | str, group: Group) -> Run:
    """In another process: the run that process 0 of the group has opened. This process does its share of the work and saves
    nothing. Everything but the data comes from process 0, so the machines need no common folder. DataError where the data
    differ from those of process 0."""
    _require_same_data(dataset, torch.device(device), group)
    shared = group.share(b"", torch.device(device))
    algorithm, state = build_algorithm(*unpack_tensors(shared, "the run"), "the run", device, group)
    return Run(algorithm, state, fit(algorithm, dataset, state=state))


def _require_same_data(dataset: Dataset, device: torch.device, group: Group) -> None:
    digest = hashlib.blake2b(dataset.x_train.contiguous().numpy().data).digest()
    if group.share(digest, device) != digest:
        raise DataError(f"{dataset.name} must be the same in every process: here the images are not those of process 0")


def _start_from(initial: FilePath, vae: VAE) -> None:
    initial_model = load_model(initial)
    for name, value in vae.config.to_dict().items():
        if initial_model.config.to_dict()[name] != value:
            raise CheckpointError(f"{initial} has {name} {initial_model.config.to_dict()[name]!r}, the run {value!r}")
    vae.load_state_dict(initial_model.state_dict())


def _keep(
    folder: Path, algorithm: Algorithm, state: FitState, events: Generator[Event, None, None]
) -> Generator[Event, None, None]:
    """The events of the run, whose frames, checkpoint and, at its end, model this saves in its folder. It saves the last state too
    when the caller closes it or training diverges. Any other exception (Ctrl-C) may interrupt a step: then nothing is saved,
    and the file holds the last complete state."""
    frames_path = folder / "frames.safetensors"
    frames: list[Frame] = []
    if state.history.records and frames_path.exists():  # a run without records makes its frame of step 0 itself
        frames = [frame for frame in load_frames(frames_path) if frame.step <= state.step]
    last_save = time.monotonic()

    def save() -> None:
        write_atomic(folder / "history.json", state.history.to_json().encode())
        save_checkpoint(folder / "checkpoint.safetensors", algorithm, state)

    try:
        for event in events:
            if event.frame:
                frames.append(event.frame)
                save_frames(frames_path, algorithm.vae.config, frames)
            if event.finished:  # the model is written first, so that a finished run always has its model
                finish_run(folder, algorithm, state)
            due = time.monotonic() - last_save > CHECKPOINT_SECONDS and is_finite(algorithm.state_tensors())
            if due or event.finished:
                save()
                last_save = time.monotonic()
            yield event
    except GeneratorExit:
        save()
        raise
    except TrainingDiverged:
        frames = [frame for frame in frames if frame.step <= state.step]
        if frames:
            save_frames(frames_path, algorithm.vae.config, frames)
        save()
        raise


def finish_run(folder: FilePath, algorithm: Algorithm, state: FitState) -> None:
    """Write model.safetensors, which marks a run as finished."""
    about = {"data": state.history.data, **about_training(algorithm), "step": state.step}
    save_model(Path(folder) / "model.safetensors", algorithm.vae, **about)


def _require_same(folder: Path, saved_config: ModelConfig | TrainConfig, config: ModelConfig | TrainConfig) -> None:
    for name, value in saved_config.to_dict().items():
        new_value = config.to_dict()[name]
        if new_value != value:
            raise CheckpointError(
                f"the run in {folder} has {name} {value!r}, not {new_value!r}; a run resumes as it began"
            )
