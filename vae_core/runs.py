"""The folder of a run: its checkpoint, curves, frames, and at the end its model."""

from __future__ import annotations

import contextlib
import hashlib
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any, NamedTuple

import torch

from vae_core.algorithm import Algorithm
from vae_core.checkpoint import about_training, build_algorithm, load_checkpoint, pack_checkpoint, save_checkpoint
from vae_core.config import ModelConfig, TrainConfig
from vae_core.data.records import Dataset
from vae_core.errors import CheckpointError, DataError, RunExists, TooLarge, TrainingDiverged
from vae_core.files import MAX_HEADER_BYTES, FilePath, one_line, part_of, remove_parts, unpack_tensors, write_atomic
from vae_core.frames import Frame, load_frames, save_frames
from vae_core.locks import LOCK_NAME, FolderLock, lock_folder
from vae_core.model import VAE
from vae_core.models import is_finite, load_model, save_model
from vae_core.parallel import ALONE, Group
from vae_core.randomness import draw_seed
from vae_core.sizes import in_words
from vae_core.training import Event, FitState, fit, start

CHECKPOINT_SECONDS = 2.0
RECORD_TEXT_BYTES = 400  # a record of full VB in a header, the longest there is
MOST_EPOCHS = MAX_HEADER_BYTES // RECORD_TEXT_BYTES
CHECKPOINT, MODEL = "checkpoint.safetensors", "model.safetensors"
RUN_FILES = (CHECKPOINT, MODEL, "history.json", "frames.safetensors", "initial.safetensors")


def has_checkpoint(folder: FilePath) -> bool:
    """Whether there is a run in the folder that can go on."""
    return (Path(folder) / CHECKPOINT).is_file()


def resume_run(
    folder: FilePath, *, device: torch.device | str = "cpu", group: Group = ALONE
) -> tuple[Algorithm, FitState] | None:
    """The state in a run's folder, or None when it has no checkpoint."""
    path = Path(folder) / CHECKPOINT
    return load_checkpoint(path, device=device, group=group) if has_checkpoint(folder) else None


class Run(NamedTuple):
    """A run in a folder: iterate over `events` to train; at each event `algorithm` and `state` are complete."""

    algorithm: Algorithm
    state: FitState
    events: Generator[Event, None, None]
    release: Callable[[], None] = lambda: None

    def close(self) -> None:
        """Save, and let others have the folder, also where no event has been asked for yet."""
        self.events.close()
        self.release()


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
    """`fit` a run of the config's algorithm and keep it in `folder`: checkpoint.safetensors (before the first step, every
    CHECKPOINT_SECONDS and at every end), history.json, frames.safetensors, and model.safetensors once finished.

    A folder that holds something is refused (RunExists) unless `resume`; then its checkpoint continues, and a folder without
    one is a CheckpointError, as are configs or data that differ from the checkpoint's. Only `epochs` may be larger than
    before, if the schedule is constant: the run then goes on as if it had been so long from the start, bit for bit (its
    frames apart: the steps of those that it has were chosen for the shorter run).

    The folder is locked until `events` ends or is closed; meanwhile other processes get FolderInUse. Closing saves. A run that
    diverges keeps its last good state and raises TrainingDiverged.

    A new run starts from the weights of the model file `initial`, where there is one (it may lie in the folder), and
    with new moments of the optimiser; a model of another config is a CheckpointError.

    In a `group` of processes, process 0 opens the run and keeps it; every other one calls `join_run`.
    """
    check_epochs(train_config)
    folder = Path(folder)
    with contextlib.ExitStack() as lock:
        if resume:
            held = _lock(folder, resume=True)
            lock.callback(held.release)
            algorithm, state = load_checkpoint(folder / CHECKPOINT, device=device, group=group)
            is_new = _require_same_run(folder, algorithm, state, dataset, model_config, train_config)
        else:
            if not (folder / LOCK_NAME).exists():
                require_free(folder, initial=initial)
            algorithm, generator = start(model_config, train_config, device=device, group=group)
            if initial:
                _start_from(initial, algorithm.vae)
            state, is_new = FitState(draw_seed(generator), dataset.new_history(train_config)), True
        events = fit(algorithm, dataset, state=state)
        if not resume:
            held = _lock(folder, initial=initial)
            lock.callback(held.release)
        if group.size > 1:
            _require_same_data(dataset, algorithm.vae.device, group)
            group.share(pack_checkpoint(algorithm, state), algorithm.vae.device)
        if is_new:  # killed from here on, it goes on as it was asked for
            save_checkpoint(folder / CHECKPOINT, algorithm, state)
        lock.pop_all()  # from here on the run lets go of it
    return Run(algorithm, state, _keep(folder, algorithm, state, events, held), held.release)


def require_free(folder: Path, *, resume: bool = False, initial: FilePath | None = None) -> None:
    """RunExists unless the folder is empty or missing, so that a run can begin there; with `resume` CheckpointError unless it
    has a checkpoint. What a killed process left behind does not count, nor does the file `initial`."""
    contents = sorted(folder.iterdir()) if folder.is_dir() else []
    names = [
        p.name for p in contents if p.name != LOCK_NAME and part_of(p) not in RUN_FILES and p != Path(initial or "")
    ]
    if resume and CHECKPOINT not in names:
        raise CheckpointError(
            f"there is no checkpoint to resume in {folder}: name the folder of a run, or leave --resume out to begin one"
        )
    if not resume and CHECKPOINT in names:
        raise RunExists(f"{folder} already holds a run; resume it, or choose another folder")
    if not resume and names:
        more = f" and {len(names) - 1} more" if len(names) > 1 else ""
        raise RunExists(f"{folder} is not empty: it holds {one_line(names[0])}{more}; choose another folder")


def _lock(folder: Path, **options: Any) -> FolderLock:
    """The lock of a folder for a run. One that is refused stays as it is: `require_free` judges it before the lock's file is
    made, and again when nobody else can change it."""
    if not (folder / LOCK_NAME).exists():
        require_free(folder, **options)
    lock = lock_folder(folder)
    try:
        require_free(folder, **options)
    except BaseException:
        lock.release()
        raise
    remove_parts(folder, RUN_FILES)
    return lock


def _require_same_run(
    folder: Path,
    algorithm: Algorithm,
    state: FitState,
    dataset: Dataset,
    model_config: ModelConfig,
    train_config: TrainConfig,
) -> bool:
    """CheckpointError unless the run in the folder can go on with these data and configs. True where it gets more epochs."""
    history, before = state.history, algorithm.config
    if history.data != dataset.name:
        raise CheckpointError(f"the run in {folder} is of {history.data}, not of {dataset.name}")
    if history.fingerprint not in ("", dataset.fingerprint):  # version 0.1.0 kept none
        raise CheckpointError(
            f"the run in {folder} is of other images of {dataset.name}: it began with those of {history.origin}, and these "
            f"are of {dataset.origin}; set VAE_DATA_DIR as before"
        )
    _require_same(folder, algorithm.vae.config, model_config)
    _require_same(folder, before, train_config.replace(epochs=before.epochs))
    if train_config.epochs < before.epochs:
        raise CheckpointError(
            f"the run in {folder} has epochs {before.epochs}, not {train_config.epochs}; a run may get more epochs, not fewer"
        )
    if train_config.epochs > before.epochs and before.schedule != "constant":
        raise CheckpointError(
            f"the run in {folder} has epochs {before.epochs}, not {train_config.epochs}: with the schedule {before.schedule} it "
            f"cannot get more; begin a new run with --epochs {train_config.epochs}, or with --schedule constant"
        )
    if (folder / MODEL).exists() and load_model(folder / MODEL).config != algorithm.vae.config:
        raise RunExists(
            f"{folder / MODEL} is not of the run there, which would overwrite it: move it to another folder"
        )
    algorithm.config = train_config
    return train_config.epochs > before.epochs


def check_epochs(config: TrainConfig) -> None:
    """TooLarge for more epochs than a checkpoint's header has room for the records of."""
    if config.epochs > MOST_EPOCHS:
        num_bytes = config.epochs * RECORD_TEXT_BYTES
        raise TooLarge(
            f"a run of {config.epochs:,} epochs would keep {in_words(num_bytes)} of curves in its checkpoint, and there is room "
            f"for {in_words(MAX_HEADER_BYTES)}: choose at most {MOST_EPOCHS:,} epochs"
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
    if difference := initial_model.config.difference(vae.config):
        name, initial_value, value = difference
        raise CheckpointError(f"{initial} has {name} {initial_value!r}, the run {value!r}")
    vae.load_state_dict(initial_model.state_dict())


def _keep(
    folder: Path,
    algorithm: Algorithm,
    state: FitState,
    events: Generator[Event, None, None],
    lock: FolderLock,
) -> Generator[Event, None, None]:
    """The events of the run, whose frames, checkpoint and, at its end, model this saves in its folder. It saves the last state too
    when the caller closes it or training diverges. Any other exception (Ctrl-C) may interrupt a step: then nothing is saved,
    and the file holds the last complete state. At the end it releases the lock. Nothing is written into another folder that has
    taken the place of this one."""
    frames_path = folder / "frames.safetensors"
    frames: list[Frame] = []
    last_save = time.monotonic()

    def save() -> None:
        lock.require()
        write_atomic(folder / "history.json", state.history.to_json().encode())
        save_checkpoint(folder / CHECKPOINT, algorithm, state)

    try:
        if state.history.records and frames_path.exists():  # a run without records makes its frame of step 0 itself
            frames = [frame for frame in load_frames(frames_path) if frame.step <= state.step]
        for event in events:
            if event.frame:
                frames.append(event.frame)
                lock.require()
                save_frames(frames_path, algorithm.vae.config, frames)
            if event.finished:  # the model is written first, so that a finished run always has its model
                lock.require()
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
        lock.require()
        if frames:
            save_frames(frames_path, algorithm.vae.config, frames)
        save()
        raise
    finally:
        lock.release()


def finish_run(folder: FilePath, algorithm: Algorithm, state: FitState) -> None:
    """Write model.safetensors, which marks a run as finished."""
    about = state.history.about_data() | about_training(algorithm) | {"step": state.step}
    save_model(Path(folder) / MODEL, algorithm.vae, **about)


def _require_same(folder: Path, saved_config: ModelConfig | TrainConfig, config: ModelConfig | TrainConfig) -> None:
    if difference := saved_config.difference(config):
        name, value, new_value = difference
        raise CheckpointError(f"the run in {folder} has {name} {value!r}, not {new_value!r}; a run resumes as it began")
