"""Runs through time, and models side by side: what the components of the Compare page get."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
import torch

import vae_core as vc
from app.components.packed import pack_arrays
from app.jobs import BranchPoint, Job, JobSpec
from app.session.images import Examples, dataset, examples_for, run_examples
from app.session.models import PCA_NAME, LoadedModel, content_key, history_of, load_model, model_names, run_name
from app.session.runs import my_jobs, submit
from app.theme import CLASS_COLORS, palette
from vae_core import latent, pca, representation
from vae_core.frames import load_frames
from vae_core.history import Record
from vae_core.models import pack_model, pretrained_path

SHOWN_IMAGES = 10
PRIOR_DRAWS = 10
NO_CLASS = 255
SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


@dataclass(frozen=True, eq=False)
class Travel:
    """A run that has frames: of a pretrained model, or one's own, finished or not."""

    name: str
    config: vc.ModelConfig
    path: Path
    history: vc.History | None
    examples: Examples | None
    spec: JobSpec | None
    about: dict[str, Any]

    @property
    def version(self) -> int:
        """Grows with the run."""
        return self.path.stat().st_mtime_ns

    @property
    def frames(self) -> list[vc.Frame]:
        return _frames(str(self.path), self.version)

    @property
    def records(self) -> list[Record]:
        """The curve as far as there are frames: it grows with them, and only then is there something new to send. Empty where
        it is not of a bound: the page draws a bound and its terms."""
        if self.history and "elbo" not in self.history.about.terms:
            return []
        last = self.frames[-1].samples_seen
        return [one for one in self.history.records if one.samples_seen <= last] if self.history else []

    @property
    def branch(self) -> BranchPoint | None:
        return self.spec.branch if self.spec else None

    def branch_points(self) -> list[vc.Frame]:
        """The frames from which one can train on: those that keep the encoder too, but for the untrained model."""
        names = set(vc.VAE(self.config, generator=None).state_dict())
        return [frame for frame in self.frames if frame.step and set(frame.weights) == names]


def travel_names() -> list[str]:
    """The runs that have frames: pretrained, then one's own, also while they train."""
    return [*_pretrained_with_frames(), *(run_name(job) for job in my_jobs() if job.frames_path)]


@cache
def _pretrained_with_frames() -> list[str]:
    folders = [pretrained_path(name) for name in vc.list_pretrained()]
    return [folder.name for folder in folders if (folder / "frames.safetensors").exists()]


def travel_of(name: str) -> Travel:
    """The run with this name."""
    for job in my_jobs():
        if job.frames_path and run_name(job) == name:
            return _own_travel(name, job)
    model = load_model(name)
    path = pretrained_path(name) / "frames.safetensors"
    return Travel(name, model.vae.config, path, history_of(model), examples_for(model), None, model.header)


def _own_travel(name: str, job: Job) -> Travel:
    spec, history = job.spec, job.snapshot().history
    about = {"data": spec.data, "train_config": spec.train_config.to_dict()}
    return Travel(name, spec.model_config, job.frames_path, history, run_examples(spec), spec, about)


@st.cache_resource(show_spinner="Loading the frames…", max_entries=8)
def _frames(path: str, changed: int) -> list[vc.Frame]:
    return load_frames(path)


def packed_frames(travels: Sequence[Travel], dark: bool) -> bytes:
    """One run, or a branch after its parent, for the time traveller. A branch begins at its branch point's place on
    the parent's clock."""
    key = json.dumps([[t.name, t.version, len(t.records)] for t in travels])
    return _packed_frames(key, dark, _travels=tuple(travels))


@st.cache_data(show_spinner="Packing the frames…", max_entries=16)
def _packed_frames(key: str, dark: bool, _travels: tuple[Travel, ...]) -> bytes:
    arrays: dict[str, np.ndarray] = {}
    axes = _widest_axes(_travels[0].frames[-1].means)
    reach = max(_reach(travel.frames[-1].means[:, axes].float().numpy()) for travel in _travels)
    tracks = []
    for number, travel in enumerate(_travels):
        track, own = _track(travel, axes, reach)
        tracks.append(track)
        arrays |= {f"{name}{number}": array for name, array in own.items()}
    examples = _travels[0].examples
    header = {
        "id": json.dumps([travel.name for travel in _travels]),
        "tracks": tracks,
        "class_names": list(examples.class_names) if examples is not None else [],
        "class_colours": list(CLASS_COLORS),
        "colours": asdict(palette(dark)),
        "curve_caption": "Mean over the whole test set, beta = 1, higher is better. Drag here too.",
    }
    return pack_arrays(header, arrays)


def _track(travel: Travel, axes: list[int], reach: float) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    frames, config = travel.frames, travel.config
    records = travel.records
    labels = class_labels(travel)
    means = torch.stack([frame.means for frame in frames]).float()[:, :, axes].numpy()
    titles = ["z" + str(axis + 1).translate(SUBSCRIPTS) for axis in axes]
    if len(axes) == 1:  # a second axis that says nothing: the class
        rows = np.where(labels == NO_CLASS, 0, labels) * 0.5 - 2.25
        means, titles = np.concatenate([means, np.broadcast_to(rows[:, None], means.shape)], -1), [*titles, "class"]
    full = [i for i, frame in enumerate(frames) if frame.weights]
    rows = shown_rows(labels)
    arrays = {
        "means": means.astype("<f4"),
        "labels": labels,
        "pictures": torch.stack([frame.pictures for frame in frames]).numpy(),
        "reconstructions": np.concatenate(
            [_decoded(config, frames[i], frames[i].means[rows].float()) for i in full] or [_nothing(config)]
        ),
    }
    draws = prior_draws(config)
    if len(draws):
        arrays["samples"] = np.concatenate([_decoded(config, frames[i], draws) for i in full] or [_nothing(config)])
    examples = travel.examples
    originals = examples is not None and len(examples.x) > max(rows)
    if originals:
        arrays["originals"] = _bytes(examples.x[rows])
    branch = travel.branch
    title = travel.name if branch is None else f"{travel.name}, from step {branch.step:,}"
    if frames[0].means_of != "q(z|x)":
        title += f" (points: means of {frames[0].means_of})"
    if records and travel.history.curve != "elbo":
        title += f" (curve: {travel.history.about.label})"
    return {
        "title": title,
        "latent_dim": config.latent_dim,
        "image_shape": list(config.image_shape),
        "cells": list(frames[0].pictures.shape[:2]),
        "steps": [frame.step for frame in frames],
        "seen": [frame.samples_seen for frame in frames],
        "offset": branch.samples_seen if branch else 0,
        "points": means.shape[1],
        "full": full,
        "count": len(rows),
        "draws": len(draws),
        "originals": originals,
        "span": [-reach, reach],
        "picture_span": [-3.5, 3.5],
        "titles": titles,
        "ink": config.likelihood == "bernoulli",
        "pictures_caption": "Means of p(x|z) along the line z₁ from −3.5 to 3.5"
        if config.latent_dim == 1
        else "Means of p(x|z) at 100 fixed draws from the prior",
        "record_steps": [record.step for record in records],
        "record_seen": [record.samples_seen for record in records],
        "elbo": [record.test_elbo for record in records],
        "recon": [record.test_recon_log_lik for record in records],
        "kl": [record.test_kl for record in records],
    }, arrays


def class_labels(travel: Travel) -> np.ndarray:
    """The class of each frame's points; NO_CLASS where it is not known on this machine."""
    labels = np.full(len(travel.frames[0].means), NO_CLASS, np.uint8)
    known = travel.examples.labels if travel.examples is not None else None
    if known is not None:
        count = min(len(known), len(labels))
        labels[:count] = known[:count]
    return labels


def shown_rows(labels: np.ndarray) -> list[int]:
    """The first image of each class, or the first ten."""
    classes = [int(np.flatnonzero(labels == label)[0]) for label in np.unique(labels) if label != NO_CLASS]
    return classes[:SHOWN_IMAGES] or list(range(min(SHOWN_IMAGES, len(labels))))


def _widest_axes(means: torch.Tensor) -> list[int]:
    """The two latent axes along which the encoded means vary most, in order."""
    return sorted(means.float().var(0).argsort(descending=True)[:2].tolist())


def _reach(points: np.ndarray) -> float:
    return max(3.5, float(np.quantile(np.abs(points), 0.995)) * 1.08)


def prior_draws(config: vc.ModelConfig) -> torch.Tensor:
    """The draws from the prior, the same at every frame, that full frames decode; none with more than two latent
    dimensions, where every frame's own pictures are of such draws."""
    count = PRIOR_DRAWS if config.latent_dim <= 2 else 0
    return torch.randn(count, config.latent_dim, generator=torch.Generator().manual_seed(0))


def _decoded(config: vc.ModelConfig, frame: vc.Frame, z: torch.Tensor) -> np.ndarray:
    """Decoded with the frame's own weights, which are of half precision."""
    vae = vc.VAE(config, generator=None)
    vae.load_state_dict({name: tensor.float() for name, tensor in frame.weights.items()}, strict=False)
    return _bytes(latent.decoded_means(vae, z))


def _nothing(config: vc.ModelConfig) -> np.ndarray:
    return np.zeros((1, config.data_dim), np.uint8)


def _bytes(images: torch.Tensor) -> np.ndarray:
    return (images.clamp(0.0, 1.0) * 255.0).round().to(torch.uint8).numpy()


def branches_of(travel: Travel) -> list[str]:
    """The names of one's own branches of a run, oldest first."""
    return [run_name(job) for job in my_jobs() if job.frames_path and _is_branch_of(job, travel.name)]


def is_training(name: str) -> bool:
    """Whether this run, one's own, or a branch of it is on its way."""
    ours = [job for job in my_jobs() if run_name(job) == name or _is_branch_of(job, name)]
    return any(job.snapshot().state in ("queued", "starting", "running") for job in ours)


def _is_branch_of(job: Job, name: str) -> bool:
    return job.spec.branch is not None and job.spec.branch.parent == name


# -- models side by side -----------------------------------------------------------------------------------------

TRIPLE = ("digits-2d", "digits-ae", PCA_NAME)
TRIPLE_TITLES = ("VAE (digits-2d)", "autoencoder (digits-ae)", "PCA of digits")
NOISE_DRAWS = 64


@dataclass(frozen=True, eq=False)
class Twin:
    """A model on one x with the shared eps: the bound over the draws of eps and its terms, nats; where the first draw
    puts z, and the mean of p(x|z) there. `far` is KL(q(z) ‖ p(z)) over the test images, nats; None without images."""

    title: str
    model: LoadedModel
    elbo: float
    elbo_error: float
    recon_log_lik: float
    kl: float
    z: np.ndarray
    reconstruction: np.ndarray
    squared_error: float
    far: float | None


def twin_names(model: LoadedModel) -> list[str]:
    """The models that share x and z with this one: the same data, image shape and latent size."""
    return [
        name
        for name in model_names()
        if name != model.name and _shares_space(load_model(name), model) and examples_for(load_model(name)) is not None
    ]


def _shares_space(one: LoadedModel, other: LoadedModel) -> bool:
    a, b = one.vae.config, other.vae.config
    same = (a.image_shape, a.latent_dim) == (b.image_shape, b.latent_dim)
    return same and (one.data, one.binarization) == (other.data, other.binarization)


def triple() -> list[LoadedModel]:
    """VAE, plain autoencoder and PCA, all of digits with two latent dimensions."""
    return [load_model(TRIPLE[0]), load_model(TRIPLE[1]), pca_of_digits()]


@st.cache_resource(show_spinner=False)
def pca_of_digits() -> LoadedModel:
    """Probabilistic PCA with two components, of one binary draw (seed 0) of the training images of digits."""
    images = dataset("digits")
    x = vc.binarize(images.x_train, "dynamic", generator=torch.Generator().manual_seed(0))
    header = {"data": "digits", "train_config": {"binarization": "dynamic"}}
    vae = pca.probabilistic_pca(x, 2, images.image_shape)
    return LoadedModel(TRIPLE[2], content_key(pack_model(vae, **header)), vae, header, None)


def twins_on(models: Sequence[LoadedModel], row: int, seed: int) -> list[Twin]:
    """Each model on the same x (a row of the first one's examples) with the same eps (drawn from `seed`)."""
    return _twins_on(_twins_key(models), row, seed, _models=tuple(models))


def _twins_key(models: Sequence[LoadedModel]) -> str:
    """Names too, since they stand in the cached answers."""
    return json.dumps([[model.name, model.key] for model in models])


@st.cache_resource(show_spinner=False, max_entries=256)
@torch.no_grad()
def _twins_on(key: str, row: int, seed: int, _models: tuple[LoadedModel, ...]) -> list[Twin]:
    x = examples_for(_models[0]).x[row]
    latent_dim = _models[0].vae.config.latent_dim
    eps = torch.randn(NOISE_DRAWS, latent_dim, generator=torch.Generator().manual_seed(seed))
    return [_twin(model, x, eps) for model in _models]


def _title(model: LoadedModel) -> str:
    return dict(zip(TRIPLE, TRIPLE_TITLES, strict=True)).get(model.name, model.name)


def _twin(model: LoadedModel, x: torch.Tensor, eps: torch.Tensor) -> Twin:
    bound = vc.elbo(model.vae, x.expand(len(eps), -1), eps=eps[None])  # a draw of eps to each copy of x
    q = model.vae.encode(x[None]).base_dist
    z = q.loc[0] + q.scale[0] * eps[0]
    again = latent.decoded_means(model.vae, z[None])[0]
    error = float(bound.elbo.std()) / len(eps) ** 0.5
    values = [float(term.double().mean()) for term in bound]
    return Twin(
        _title(model), model, values[0], error, values[1], values[2], z.numpy(), again.numpy(),
        float((again - x).square().mean()), _far_from_prior(model.key, _model=model),
    )  # fmt: skip


@st.cache_resource(show_spinner=False, max_entries=32)
def _far_from_prior(key: str, _model: LoadedModel) -> float:
    generator = torch.Generator().manual_seed(0)
    return representation.split_information(
        _model.vae, examples_for(_model).x, num_samples=4, generator=generator
    ).marginal_kl


def packed_twins(twins: Sequence[Twin]) -> bytes:
    """Where each model puts z of the chosen x, and x again, for the browser."""
    models = [twin.model for twin in twins]
    axes, arrays = _axes_of(_twins_key(models), _first=models[0]), {}
    for number, twin in enumerate(twins):
        arrays[f"z{number}"] = _planar(twin.z[None, axes])[0]
        arrays[f"reconstruction{number}"] = twin.reconstruction.astype(np.float32)
    return pack_arrays({"id": _twins_key(models)}, arrays)


def packed_models(models: Sequence[LoadedModel], dark: bool) -> bytes:
    """The models' decoders and points for the browser."""
    return _packed_models(_twins_key(models), dark, _models=tuple(models))


@st.cache_resource(show_spinner=False, max_entries=64)
def _axes_of(key: str, _first: LoadedModel) -> list[int]:
    return _widest_axes(latent.encoded_means(_first.vae, examples_for(_first).x))


@st.cache_resource(show_spinner=False, max_entries=16)
def _packed_models(key: str, dark: bool, _models: tuple[LoadedModel, ...]) -> bytes:
    first = _models[0]
    examples, axes = examples_for(first), _axes_of(key, _first=first)
    arrays = {"labels": np.full(len(examples.x), NO_CLASS, np.uint8)}
    if examples.labels is not None:
        arrays["labels"] = examples.labels.astype(np.uint8)
    about, reach = [], 4.0
    for number, model in enumerate(_models):
        config = model.vae.config
        points = latent.encoded_means(model.vae, examples.x)[:, axes].numpy()
        reach = max(reach, _reach(points))
        arrays[f"points{number}"] = _planar(points)
        layers = [layer for layer in model.vae.decoder if isinstance(layer, torch.nn.Linear)]
        for i, layer in enumerate(layers):
            rows = config.data_dim if i == len(layers) - 1 else None  # a variance head is of no use to the picture
            arrays[f"weight{number}.{i}"] = layer.weight.detach()[:rows].numpy()
            arrays[f"bias{number}.{i}"] = layer.bias.detach()[:rows].numpy()
        mean = "sigmoid" if config.likelihood == "bernoulli" else config.mean
        about.append({"title": _title(model), "layers": len(layers), "activation": config.activation, "mean": mean})
    titles = ["z" + str(axis + 1).translate(SUBSCRIPTS) for axis in axes]
    header = {
        "id": key,
        "models": about,
        "latent_dim": first.vae.config.latent_dim,
        "image_shape": list(first.vae.config.image_shape),
        "axes": axes,
        "titles": [*titles, ""][:2],
        "reach": reach,
        "colours": asdict(palette(dark)),
        "class_colours": list(CLASS_COLORS),
    }
    return pack_arrays(header, arrays)


def _planar(points: np.ndarray) -> np.ndarray:
    """Two coordinates each; of one latent dimension the second is 0."""
    points = points.astype(np.float32)
    return points if points.shape[1] == 2 else np.column_stack([points, np.zeros(len(points), np.float32)])


def branch_from(travel: Travel, step: int, **changes: Any) -> Job:
    """Train on from a branch point, with some of the training's settings changed."""
    frame = next(frame for frame in travel.branch_points() if frame.step == step)
    vae = vc.VAE(travel.config, generator=None)
    vae.load_state_dict({name: tensor.float() for name, tensor in frame.weights.items()})
    config = replace(vc.TrainConfig.from_dict(travel.about["train_config"]), **changes)
    point = BranchPoint(travel.name, step, frame.samples_seen, pack_model(vae))
    return submit(JobSpec(travel.about["data"], travel.config, config, point))
