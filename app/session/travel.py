"""Runs that have frames: pretrained ones and this session's own, also while they train; and branches of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

import vae_core as vc
from aevb_lab.jobs.job import BranchPoint, Job, JobSpec, OwnImages
from aevb_lab.session.images import available_data, examples_for, run_examples
from aevb_lab.session.models import content_key, history_of, load_model, my_uploads
from aevb_lab.session.own_images import set_with
from aevb_lab.session.runs import my_jobs, run_name, submit
from aevb_lab.shelf import kept
from vae_core.data.datasets import DATASETS
from vae_core.files import unpack_tensors
from vae_core.frames import frames_of, load_frames
from vae_core.history import Record
from vae_core.models import pack_model, pretrained_path
from vae_core.studies import travel as study
from vae_core.studies.examples import Examples


@dataclass(frozen=True, eq=False)
class Travel:
    """A run that has frames: of a pretrained model, or one's own, finished or not."""

    name: str
    config: vc.ModelConfig
    path: Path | None  # of the file of frames; None where `file` has them
    history: vc.History | None
    examples: Examples | None
    spec: JobSpec | None
    about: dict[str, Any]
    file: bytes = b""

    @property
    def version(self) -> int:
        """Grows with the run."""
        return self.path.stat().st_mtime_ns if self.path else 0

    @property
    def key(self) -> tuple[object, ...]:
        """The run's key in caches, in its present state. The path is different for each run; the name may be that of another
        visitor's run."""
        return self.name, str(self.path or content_key(self.file)), self.version, len(self.records)

    @property
    def frames(self) -> list[vc.Frame]:
        return _frames(str(self.path), self.version) if self.path else _brought_frames(self.file)

    @property
    def records(self) -> list[Record]:
        """The records up to the last frame, so that curve and frames grow together. Empty where the curve is not that of a
        bound: the page draws a bound and its terms."""
        if self.history and "elbo" not in self.history.about.terms:
            return []
        last = self.frames[-1].samples_seen
        return [record for record in self.history.records if record.samples_seen <= last] if self.history else []

    @property
    def branch(self) -> BranchPoint | None:
        return self.spec.branch if self.spec else None

    @property
    def classes(self) -> np.ndarray:
        """The class of each of a frame's points; `NO_CLASS` where this machine has no labels."""
        labels = None if self.examples is None else self.examples.labels
        return study.point_classes(labels, self.frames[0])

    def branch_points(self) -> list[vc.Frame]:
        """The frames from which one can train on."""
        return study.branch_points(self.config, self.frames)


def travel_names() -> list[str]:
    """The runs that have frames: pretrained, then one's own, also while they train."""
    uploads = [name for name, model in my_uploads().by_name().items() if model.extras and model.extras.frames]
    return [*_pretrained_with_frames(), *uploads, *(run_name(job) for job in my_jobs() if job.frames_path)]


@cache
def _pretrained_with_frames() -> list[str]:
    folders = [pretrained_path(name) for name in vc.list_pretrained()]
    return [folder.name for folder in folders if (folder / "frames.safetensors").exists()]


def travel_of(name: str) -> Travel:
    """The run with this name."""
    for job in my_jobs():
        path = job.frames_path
        if path and run_name(job) == name:
            return _own_travel(name, job, path)
    model = load_model(name)
    about = model.vae.config, history_of(model), examples_for(model)
    if model.extras and model.extras.frames:
        return Travel(name, about[0], None, *about[1:], None, model.header, model.extras.frames)
    return Travel(name, about[0], pretrained_path(name) / "frames.safetensors", *about[1:], None, model.header)


def _own_travel(name: str, job: Job, path: Path) -> Travel:
    spec, history = job.spec, job.snapshot().history
    about = {"data": spec.data, "train_config": spec.train_config.to_dict()}
    return Travel(name, spec.model_config, path, history, run_examples(spec), spec, about)


@kept(entries=8, spinner="Loading the frames…")
def _frames(path: str, changed: int) -> list[vc.Frame]:
    return load_frames(path)


@kept(entries=4, spinner="Loading the frames…")
def _brought_frames(file: bytes) -> list[vc.Frame]:
    return frames_of(*unpack_tensors(file, "the bundle"), "the bundle")


# -- branches ----------------------------------------------------------------------------------------------------


def branches_of(travel: Travel) -> list[str]:
    """The names of one's own branches of a run, oldest first."""
    return [run_name(job) for job in my_jobs() if job.frames_path and _is_branch_of(job, travel.name)]


def is_training(name: str) -> bool:
    """Whether this run, if it is the visitor's own, or a branch of it is in training."""
    jobs = [job for job in my_jobs() if run_name(job) == name or _is_branch_of(job, name)]
    return any(job.snapshot().takes_turns for job in jobs)


def _is_branch_of(job: Job, name: str) -> bool:
    return job.spec.branch is not None and job.spec.branch.parent == name


def _set_of(travel: Travel) -> OwnImages | None:
    return travel.spec.images if travel.spec else set_with(travel.about.get("reading"))


def can_train_on(travel: Travel) -> bool:
    """Whether the images of a run are here, so that it can train on."""
    data = travel.about.get("data", "")
    return _set_of(travel) is not None or data in DATASETS and available_data()[data]


def branch_from(travel: Travel, step: int, **changes: Any) -> None:
    """Train on from a branch point, with some of the training's settings changed."""
    frame = next(frame for frame in travel.branch_points() if frame.step == step)
    config = replace(vc.TrainConfig.from_dict(travel.about["train_config"]), **changes)
    point = BranchPoint(travel.name, step, frame.samples_seen, pack_model(study.model_at(travel.config, frame)))
    images = _set_of(travel)
    submit(JobSpec(travel.about["data"], travel.config, config, point, images))
