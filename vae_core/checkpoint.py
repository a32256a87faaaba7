"""Keeping models and runs: safetensors files with the configs as JSON in the header, and the folder of a run."""

from __future__ import annotations

import hashlib
import math
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor

from vae_core.aevb import AEVB
from vae_core.config import ModelConfig, TrainConfig, require_whole
from vae_core.data import REPOSITORY, Dataset
from vae_core.distributions import draw_seed
from vae_core.errors import CheckpointError, DataError, RunExists, TrainingDiverged
from vae_core.files import one_line, pack_tensors, read_tensors, unpack_tensors, write_atomic, write_tensors
from vae_core.history import History
from vae_core.model import VAE
from vae_core.parallel import ALONE, Group
from vae_core.training import Event, FitState, Frame, fit, start

FORMAT = 1
PRETRAINED = REPOSITORY / "pretrained"
CHECKPOINT_SECONDS = 2.0
Path_ = str | os.PathLike[str]


# -- models ------------------------------------------------------------------------------------------------------


def save_model(path: Path_, vae: VAE, **about: Any) -> None:
    """Write a model; `about` (JSON types: data, training config, ...) goes into the header beside its config."""
    _require_finite(path, vae.state_dict())
    write_atomic(path, pack_model(vae, **about))


def pack_model(vae: VAE, **about: Any) -> bytes:
    """The content of a model file."""
    return pack_tensors({f"model.{k}": v for k, v in vae.state_dict().items()}, _header("model", vae.config, about))


def load_model(path: Path_) -> VAE:
    """A VAE in eval mode from a model or checkpoint file of this project; anything else raises CheckpointError."""
    return _build_model(*read_tensors(path), str(path))


def load_model_bytes(data: bytes, source: str) -> tuple[VAE, dict[str, Any]]:
    """The same from bytes (an upload), with the header's JSON object. `source` names them in messages."""
    tensors, metadata = unpack_tensors(data, source)
    return _build_model(tensors, metadata, source), metadata


def model_header(path: Path_) -> dict[str, Any]:
    """The JSON object in a model's header: model_config, and what `save_model` was told about it."""
    return read_tensors(path)[1]


def list_pretrained() -> list[str]:
    """The names of the models that come with the project."""
    return sorted(path.parent.name for path in PRETRAINED.glob("*/model.safetensors"))


def pretrained_path(name: str) -> Path:
    """The folder of a pretrained model."""
    if name not in list_pretrained():
        raise CheckpointError(f"there is no pretrained model {name!r}; there are {', '.join(list_pretrained())}")
    return PRETRAINED / name


def load_pretrained(name: str) -> VAE:
    """A pretrained model by name, in eval mode, wherever Python was started."""
    return load_model(pretrained_path(name) / "model.safetensors")


def _header(kind: str, config: ModelConfig, about: dict[str, Any]) -> dict[str, Any]:
    return {"format": FORMAT, "kind": kind, "model_config": config.to_dict(), **about}


def is_finite(tensors: dict[str, Tensor]) -> bool:
    return all(bool(torch.isfinite(tensor).all()) for tensor in tensors.values())


def _require_finite(path: Path_, tensors: dict[str, Tensor]) -> None:
    for name, tensor in tensors.items():
        if not is_finite({name: tensor}):
            raise CheckpointError(f"{path} was not written: {name} holds values that are not finite")


def _config_of(metadata: dict[str, Any], source: str) -> ModelConfig:
    try:
        if "train_config" in metadata:
            TrainConfig.from_dict(metadata["train_config"])
        if not isinstance(metadata.get("data", ""), str):
            raise ValueError(f"data must be a name, got {metadata['data']!r}")
        return ModelConfig.from_dict(metadata["model_config"])
    except (KeyError, ValueError, TypeError) as error:
        raise CheckpointError(f"{source} has no usable configs: {one_line(error)}") from error


def _build_model(tensors: dict[str, Tensor], metadata: dict[str, Any], source: str) -> VAE:
    config = _config_of(metadata, source)
    size = config.latent_dim + sum(config.hidden_dims) + config.data_dim
    if size > sum(t.numel() for t in tensors.values()) or len(config.hidden_dims) > len(tensors):
        raise CheckpointError(f"{source} is damaged: its config describes a larger model than it holds")
    with torch.device("meta"):
        expected = VAE(config, generator=None).state_dict()
    for name, tensor in expected.items():
        found = tensors.get(f"model.{name}")
        if found is None or found.shape != tensor.shape or found.dtype != tensor.dtype:
            what = "is missing" if found is None else f"is {tuple(found.shape)} {found.dtype}"
            raise CheckpointError(f"{source} does not fit its config: {name} {what}, not {tuple(tensor.shape)} float32")
    extra = [name for name in tensors if name.startswith("model.") and name.removeprefix("model.") not in expected]
    if extra:
        raise CheckpointError(f"{source} does not fit its config: it holds {one_line(extra[0])} besides")
    vae = VAE(config, generator=None)
    vae.load_state_dict({name: tensors[f"model.{name}"] for name in expected})
    return vae.eval()


# -- checkpoints -------------------------------------------------------------------------------------------------


def save_checkpoint(path: Path_, algorithm: AEVB, state: FitState) -> None:
    """Write all that resuming needs: parameters, the optimiser's moments, the random streams' seed, the curves."""
    tensors = algorithm.state_tensors()
    _require_finite(path, tensors)
    write_atomic(path, pack_checkpoint(algorithm, state))


def pack_checkpoint(algorithm: AEVB, state: FitState) -> bytes:
    """The content of a checkpoint file."""
    about = {"train_config": algorithm.config.to_dict(), "state": state.to_dict()}
    return pack_tensors(algorithm.state_tensors(), _header("checkpoint", algorithm.vae.config, about))


def load_checkpoint(path: Path_, *, device: torch.device | str = "cpu", group: Group = ALONE) -> tuple[AEVB, FitState]:
    """The algorithm and the state as they were saved; `fit(algorithm, dataset, state=state)` continues bit for bit
    (with the same number of threads and of processes, on the same kind of device)."""
    return _build_algorithm(*read_tensors(path), str(path), device, group)


def _build_algorithm(
    tensors: dict[str, Tensor], metadata: dict[str, Any], source: str, device: torch.device | str, group: Group
) -> tuple[AEVB, FitState]:
    vae = _build_model(tensors, metadata, source).train().to(device)
    try:
        algorithm = AEVB(vae, TrainConfig.from_dict(metadata["train_config"]), group)
        algorithm.load_state_tensors(tensors)
        state = _state_of(metadata["state"])
    except (KeyError, TypeError, ValueError) as error:
        raise CheckpointError(f"{source} is no checkpoint that can be resumed: {one_line(repr(error))}") from error
    if state.step and not algorithm.optimizer.state:
        raise CheckpointError(f"{source} is no checkpoint that can be resumed: it lacks the optimiser's moments")
    return algorithm, state


def _state_of(saved: dict[str, Any]) -> FitState:
    require_whole("seed", saved["seed"], 0)
    require_whole("step", saved["step"], 0)
    sums = [float(value) for value in saved["sums"]]
    if len(sums) != 4 or not all(map(math.isfinite, sums)):
        raise ValueError(f"sums must be 4 finite numbers, got {sums}")
    return FitState(saved["seed"], History.from_dict(saved["history"]), saved["step"], sums)


# -- frames ------------------------------------------------------------------------------------------------------


def save_frames(path: Path_, config: ModelConfig, frames: list[Frame]) -> None:
    """Write the frames of a run as one file: stacked means and pictures, and the weights of full frames."""
    tensors = {
        "step": torch.tensor([frame.step for frame in frames]),
        "samples_seen": torch.tensor([frame.samples_seen for frame in frames]),
        "means": torch.stack([frame.means for frame in frames]),
        "pictures": torch.stack([frame.pictures for frame in frames]),
    }
    for frame in frames:
        tensors |= {f"weights.{frame.step}.{name}": tensor for name, tensor in frame.weights.items()}
    write_tensors(path, tensors, _header("frames", config, {}))


def load_frames(path: Path_) -> list[Frame]:
    """The frames of a run in the order of training."""
    tensors, metadata = read_tensors(path)
    if metadata.get("kind") != "frames":
        raise CheckpointError(f"{path} holds no frames; it is of the kind {one_line(metadata.get('kind'))!r}")
    weights: dict[str, dict[str, Tensor]] = {}
    try:
        for name, tensor in tensors.items():
            if name.startswith("weights."):
                _, step, rest = name.split(".", 2)
                weights.setdefault(step, {})[rest] = tensor
        columns = zip(*(tensors[name] for name in ("step", "samples_seen", "means", "pictures")), strict=True)
        return [Frame(int(s), int(n), means, mosaic, weights.get(str(int(s)), {})) for s, n, means, mosaic in columns]
    except (KeyError, TypeError, ValueError) as error:
        raise CheckpointError(f"{path} holds no frames: {one_line(repr(error))}") from error


# -- the folder of a run -----------------------------------------------------------------------------------------


def resume_run(
    folder: Path_, *, device: torch.device | str = "cpu", group: Group = ALONE
) -> tuple[AEVB, FitState] | None:
    """The state in a run's folder, or None when it has no checkpoint yet."""
    path = Path(folder) / "checkpoint.safetensors"
    return load_checkpoint(path, device=device, group=group) if path.exists() else None


class Run(NamedTuple):
    """A run in a folder: iterate over `events` to train; at each event `algorithm` and `state` are complete."""

    algorithm: AEVB
    state: FitState
    events: Iterator[Event]


def run(
    folder: Path_,
    dataset: Dataset,
    model_config: ModelConfig,
    train_config: TrainConfig,
    **options: Any,
) -> Iterator[Event]:
    """The events of `open_run`, for a caller that needs no more."""
    return open_run(folder, dataset, model_config, train_config, **options).events


def open_run(
    folder: Path_,
    dataset: Dataset,
    model_config: ModelConfig,
    train_config: TrainConfig,
    *,
    resume: bool = False,
    initial: Path_ | None = None,
    device: torch.device | str = "cpu",
    group: Group = ALONE,
) -> Run:
    """`fit` an AEVB run and keep it in `folder`: checkpoint.safetensors (every 2 s and at every end), history.json,
    frames.safetensors, and model.safetensors once finished.

    A folder that holds something is refused (RunExists) unless `resume`; then its checkpoint continues, and configs
    that differ from the checkpoint's are a CheckpointError. Closing `events` saves. A run that diverges keeps
    its last good state and raises TrainingDiverged.

    A new run starts from the weights of the model file `initial`, where there is one (it may lie in the folder), and
    with new moments of the optimiser; a model of another config is a CheckpointError.

    In a `group` of processes, process 0 opens the run and keeps it; every other one calls `join_run`.
    """
    folder = Path(folder)
    held = [path for path in folder.iterdir() if path != Path(initial or "")] if folder.exists() else []
    if held and not resume:
        raise RunExists(f"{folder} already holds a run; resume it, or choose another folder")
    saved = resume_run(folder, device=device, group=group) if resume else None
    if saved is None:
        algorithm, generator = start(model_config, train_config, device=device, group=group)
        if initial:
            _start_from(initial, algorithm.vae)
        state = FitState(draw_seed(generator), History(dataset.name, train_config.binarization))
    else:
        algorithm, state = saved
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


def join_run(dataset: Dataset, *, device: torch.device | str, group: Group) -> Run:
    """The run that process 0 of the group has opened, in another process: its share of the work, and nothing kept. All
    that it needs comes from process 0, so the machines share no folder; only the data must be on each (DataError where
    they are others than process 0 has)."""
    _require_same_data(dataset, torch.device(device), group)
    shared = group.share(b"", torch.device(device))
    algorithm, state = _build_algorithm(*unpack_tensors(shared, "the run"), "the run", device, group)
    return Run(algorithm, state, fit(algorithm, dataset, state=state))


def _require_same_data(dataset: Dataset, device: torch.device, group: Group) -> None:
    mine = hashlib.blake2b(dataset.x_train.contiguous().numpy()).digest()
    if group.share(mine, device) != mine:
        raise DataError(f"{dataset.name} must be the same in every process: here the images are not those of process 0")


def _start_from(initial: Path_, vae: VAE) -> None:
    given = load_model(initial)
    for name, value in vae.config.to_dict().items():
        if given.config.to_dict()[name] != value:
            raise CheckpointError(f"{initial} has {name} {given.config.to_dict()[name]!r}, the run {value!r}")
    vae.load_state_dict(given.state_dict())


def _keep(folder: Path, algorithm: AEVB, state: FitState, events: Iterator[Event]) -> Iterator[Event]:
    frames_path = folder / "frames.safetensors"
    frames: list[Frame] = []
    if state.history.records and frames_path.exists():  # a run that starts (again) makes its frame of step 0 itself
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
            if event.finished:  # the model before the checkpoint: a run that counts as finished has its model
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
    # Any other exception (Ctrl-C) may have stopped a step halfway: what was saved before it is the last complete state.


def finish_run(folder: Path_, algorithm: AEVB, state: FitState) -> None:
    """Write model.safetensors, which is what makes a run finished."""
    about = {"data": state.history.data, "train_config": algorithm.config.to_dict(), "step": state.step}
    save_model(Path(folder) / "model.safetensors", algorithm.vae, **about)


def _require_same(folder: Path, saved: ModelConfig | TrainConfig, asked: ModelConfig | TrainConfig) -> None:
    for name, value in saved.to_dict().items():
        other = asked.to_dict()[name]
        if other != value:
            raise CheckpointError(f"the run in {folder} has {name} {value!r}, not {other!r}; a run resumes as it began")
