"""What the app keeps: loaded models, test images, training jobs. The only file that touches session state and caches.

Caches are keyed by names, never by arrays: Streamlit hashes only a sample of a large array.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
import torch

import vae_core as vc
from app import figures
from app.components.live_decoder import pack_decoder
from app.jobs import Board, Job, JobSpec, Look
from vae_core import checkpoint, data, exploration

MAP_POINTS = 2000
MAP_CELLS = 20
BOUND_SAMPLES = 16
DEFAULT_MODELS = ("mnist-2d", "digits-2d")
GRACE_SECONDS = 10.0
ADOPTION_TRIES = 12


@dataclass(frozen=True, eq=False)
class LoadedModel:
    """A model as the pages see it. `folder` holds its curves, frames and card, where it has them."""

    name: str
    vae: vc.VAE
    header: dict[str, Any]
    folder: Path | None

    @property
    def data(self) -> str:
        return self.header.get("data", "")

    @property
    def binarization(self) -> str:
        default = "none" if self.vae.config.likelihood == "gaussian" else "dynamic"
        return self.header.get("train_config", {}).get("binarization", default)


@dataclass(frozen=True, eq=False)
class Examples:
    """Test images of a data set, as grey values and as what is encoded (the published draw)."""

    grey: torch.Tensor
    x: torch.Tensor
    labels: np.ndarray | None
    class_names: tuple[str, ...]
    source: str


@dataclass(frozen=True, eq=False)
class Plane:
    """A plane through latent space: z = rest + a u + b v with (u, v) the rows of `basis`, and the encoded points on it."""

    basis: np.ndarray
    rest: np.ndarray
    points: np.ndarray
    titles: tuple[str, str]
    span: tuple[float, float]


# -- models ------------------------------------------------------------------------------------------------------


def model_names() -> list[str]:
    """Pretrained models (the default first), then this session's own: trained here, or uploaded."""
    names = vc.list_pretrained()
    first = [name for name in DEFAULT_MODELS if name in names]
    return first + [name for name in names if name not in first] + list(_own_models())


def load_model(name: str) -> LoadedModel:
    """A model by the name that `model_names` gave it."""
    own = _own_models()
    return own[name] if name in own else _load_pretrained(name)


def take_upload(key: str) -> None:
    """Keep the model of the file uploader `key` in this session; `upload_result` says how that went."""
    file = st.session_state.get(key)
    if file is None:
        return
    try:
        vae, header = checkpoint.load_model_bytes(file.getvalue(), file.name)
    except vc.CheckpointError as error:
        st.session_state["upload_result"] = ("refused", plain(str(error)))
        return
    name = _unused_name(Path(file.name).stem[:40] or "model")
    st.session_state.setdefault("uploads", {})[name] = LoadedModel(name, vae, header, None)
    st.session_state["upload_result"] = ("added", f"Loaded as **{plain(name)}**; it is on every page now.")


def upload_result() -> tuple[str, str]:
    """("added" or "refused", what to tell the user) of the last upload."""
    return st.session_state.get("upload_result", ("refused", "Nothing was uploaded."))


def model_bytes(model: LoadedModel) -> bytes:
    """The model as a .safetensors file, for a download."""
    about = {key: value for key, value in model.header.items() if key not in ("format", "kind", "model_config")}
    return checkpoint.pack_model(model.vae, **about)


@st.cache_resource(show_spinner=False)
def _load_pretrained(name: str) -> LoadedModel:
    folder = checkpoint.pretrained_path(name)
    path = folder / "model.safetensors"
    return LoadedModel(name, vc.load_model(path), checkpoint.model_header(path), folder)


def _own_models() -> dict[str, LoadedModel]:
    models = dict(st.session_state.get("uploads", {}))
    for job in my_jobs():
        path = job.model_path
        if path and path.exists():
            name = _run_name(job)
            models[name] = _load_run(str(path), path.stat().st_mtime_ns, name)
    return models


def _run_name(job: Job) -> str:
    return f"my {job.spec.data} run {job.token[:4]}"


@st.cache_resource(show_spinner=False, max_entries=64)
def _load_run(path: str, _changed: int, name: str) -> LoadedModel:
    return LoadedModel(name, vc.load_model(path), checkpoint.model_header(path), Path(path).parent)


def _unused_name(name: str) -> str:
    taken, number = set(model_names()), 2
    shown = name
    while shown in taken:
        shown, number = f"{name} ({number})", number + 1
    return shown


def history_of(model: LoadedModel) -> vc.History | None:
    """The curves of the run that made the model, where they are known."""
    path = model.folder / "history.json" if model.folder else None
    return vc.History.from_json(path.read_text(encoding="utf-8")) if path and path.exists() else None


def card_of(model: LoadedModel) -> str | None:
    """The model's card in markdown, where it has one."""
    path = model.folder / "card.md" if model.folder else None
    return path.read_text(encoding="utf-8") if path and path.exists() else None


# -- images ------------------------------------------------------------------------------------------------------


def examples_for(model: LoadedModel) -> Examples | None:
    """Test images that the model can encode: of its data set when that is on this machine, else the sample that
    comes with a pretrained model; None when there is neither."""
    examples = _examples(model.data, model.binarization) or (_shipped_examples(model.name) if model.folder else None)
    fits = examples is not None and examples.x.shape[1] == model.vae.config.data_dim
    return examples if fits else None


@st.cache_resource(show_spinner="Loading images…")
def dataset(name: str) -> vc.Dataset:
    """A data set by name. Raises vc.DatasetUnavailable, which is not cached."""
    return vc.load_data(name)


def available_data() -> dict[str, bool]:
    """The data sets by name, and whether each is on this machine."""
    return {name: data.is_available(name) for name in data.DATASETS}


@st.cache_resource(show_spinner=False)
def _examples(data_name: str, binarization: str) -> Examples | None:
    try:
        images = dataset(data_name)
    except vc.DatasetUnavailable:
        return None
    count = MAP_POINTS
    x = data.published_draw(images.x_test, binarization)[:count]
    labels = None if images.y_test is None else images.y_test[:count].numpy()
    source = f"the first {len(x):,} test images of {data_name}, binarisation: {binarization}"
    return Examples(images.x_test[:count], x, labels, images.class_names, source)


@st.cache_resource(show_spinner=False)
def _shipped_examples(name: str) -> Examples | None:
    path = checkpoint.PRETRAINED / name / "reference.safetensors"
    if not path.exists():
        return None
    tensors, about = checkpoint.read_tensors(path)
    grey, x = tensors["grey"].float() / 255.0, tensors["x"].float()
    return Examples(grey, x, tensors["labels"].numpy(), tuple(about["class_names"]), about["source"])


@dataclass(frozen=True, eq=False)
class ExampleBound:
    """Each example's bound and its terms in nats, (examples,)."""

    elbo: np.ndarray
    recon_log_lik: np.ndarray
    kl: np.ndarray


def bound_of_examples(model: LoadedModel) -> ExampleBound:
    """The bound of each of `examples_for(model)`, 16 draws of z each, seed 0."""
    return _bound_of_examples(_key(model), _model=model)


@st.cache_resource(show_spinner="Measuring the bound of each image…", max_entries=16)
def _bound_of_examples(key: str, _model: LoadedModel) -> ExampleBound:
    generator = torch.Generator().manual_seed(0)
    bound = vc.estimate_bound(_model.vae, examples_for(_model).x, num_samples=BOUND_SAMPLES, generator=generator)
    return ExampleBound(*(term.numpy() for term in bound))


def reconstructions(model: LoadedModel, rows: np.ndarray) -> np.ndarray:
    """The decoded mean at each chosen example's encoded mean, (rows, data_dim)."""
    x = examples_for(model).x[torch.from_numpy(rows.copy())]
    return exploration.decoded_means(model.vae, exploration.encoded_means(model.vae, x)).numpy()


@dataclass(frozen=True, eq=False)
class LatentPath:
    """A path through latent space: z (steps, latent), decoded means (steps, data_dim), log p(z) (steps,) in nats."""

    z: np.ndarray
    images: np.ndarray
    log_prior: np.ndarray


def path_between(model: LoadedModel, start: int, end: int, steps: int) -> LatentPath:
    """The straight line between the encoded means of two examples."""
    ends = exploration.encoded_means(model.vae, examples_for(model).x[[start, end]])
    z = exploration.straight_path(ends[0], ends[1], steps)
    images = exploration.decoded_means(model.vae, z)
    return LatentPath(z.numpy(), images.numpy(), model.vae.prior.log_prob(z).numpy())


# -- planes ------------------------------------------------------------------------------------------------------


def plane_of(model: LoadedModel) -> Plane:
    """The two latent dimensions that say most about x (largest mean KL), the others held at 0."""
    return _plane(model.name, _key(model), _model=model)


@st.cache_resource(show_spinner=False, max_entries=64)
def _plane(_name: str, key: str, _model: LoadedModel) -> Plane:
    latent_dim = _model.vae.config.latent_dim
    examples = examples_for(_model)
    means = exploration.encoded_means(_model.vae, examples.x).numpy() if examples else np.zeros((0, latent_dim))
    axes = _widest_axes(_model, examples) if latent_dim > 2 else list(range(latent_dim))
    basis = np.eye(latent_dim, dtype=np.float32)[axes]
    points = means @ basis.T
    if latent_dim == 1:  # a second axis that says nothing: the class, so that points do not hide each other
        rows = examples.labels if examples is not None and examples.labels is not None else np.zeros(len(points))
        points = np.column_stack([points, rows * 0.5 - 2.25])
    reach = max(3.5, float(np.quantile(np.abs(points), 0.995)) * 1.08) if len(points) else 3.5
    names = [f"z{_subscript(axis + 1)}" for axis in axes]
    titles = (names[0], names[1] if len(names) > 1 else "class")
    return Plane(basis, np.zeros(latent_dim, np.float32), points.astype(np.float32), titles, (-reach, reach))


@torch.no_grad()
def _widest_axes(model: LoadedModel, examples: Examples | None) -> list[int]:
    if examples is None:
        return [0, 1]
    q = model.vae.encode(examples.x).base_dist
    kl = 0.5 * (q.loc.square() + q.scale.square() - 1.0 - 2.0 * q.scale.log()).mean(0)
    return sorted(kl.argsort(descending=True)[:2].tolist())


def _subscript(number: int) -> str:
    return str(number).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))


def to_probability(points: np.ndarray) -> np.ndarray:
    """u = Phi(z), so that equal areas are equally likely under the prior."""
    return torch.special.ndtr(torch.from_numpy(points)).numpy()


def on_plane(plane: Plane, z: np.ndarray) -> np.ndarray:
    """Points (count, latent) as positions (count, 2) on a plane."""
    positions = z @ plane.basis.T
    return positions if positions.shape[1] == 2 else np.column_stack([positions, np.zeros(len(z), np.float32)])


def manifold_picture(model: LoadedModel, coordinates: str, dark: bool) -> str | None:
    """The decoded manifold over the plane as a PNG data address; None with one latent dimension."""
    if model.vae.config.latent_dim < 2:
        return None
    return _manifold_picture(_key(model), coordinates, dark, _model=model)


@st.cache_data(show_spinner=False, max_entries=128)
def _manifold_picture(key: str, coordinates: str, dark: bool, _model: LoadedModel) -> str:
    plane = plane_of(_model)
    axis = exploration.grid_axis(MAP_CELLS, coordinates, plane.span[1])
    grid = exploration.plane_points(2, axis, axis) @ torch.from_numpy(plane.basis) + torch.from_numpy(plane.rest)
    return cells_picture(exploration.decoded_means(_model.vae, grid), _model.vae.config, dark)


def cells_picture(images: torch.Tensor, config: vc.ModelConfig, dark: bool) -> str:
    """Decoded images (rows, columns, data_dim) in [0, 1] as one PNG data address: binary images as ink."""
    picture = exploration.mosaic((images.clamp(0.0, 1.0) * 255.0).round().to(torch.uint8), config.image_shape).numpy()
    return figures.picture_uri(figures.as_ink(picture, dark) if config.likelihood == "bernoulli" else picture)


def packed_decoder(model: LoadedModel, chart: str) -> bytes:
    """The decoder for the browser, which listens to the chart with this key."""
    return _packed_decoder(_key(model), chart, _model=model)


@st.cache_data(show_spinner=False, max_entries=32)
def _packed_decoder(key: str, chart: str, _model: LoadedModel) -> bytes:
    config = _model.vae.config
    linear = [layer for layer in _model.vae.decoder if isinstance(layer, torch.nn.Linear)]
    layers = [(layer.weight.detach().numpy(), layer.bias.detach().numpy()) for layer in linear]
    weight, bias = layers[-1]
    layers[-1] = (weight[: config.data_dim], bias[: config.data_dim])  # a variance head is of no use to the picture
    mean = "sigmoid" if config.likelihood == "bernoulli" else config.mean
    header = {"id": key, "chart": chart, "mean": mean, "activation": config.activation}
    return pack_decoder(header | {"image_shape": list(config.image_shape), "latent_dim": config.latent_dim}, layers)


def _key(model: LoadedModel) -> str:
    """A name that changes whenever the weights may have changed."""
    return f"{model.name}@{id(model)}"


def plain(text: str) -> str:
    """Text that a user or a file gave, so that no character of it is read as markdown."""
    return re.sub(r"([\\`*_{}\[\]()#+\-.!|<>~$:])", r"\\\1", text)


# -- theme and links ---------------------------------------------------------------------------------------------


def is_dark() -> bool:
    return st.context.theme.type == "dark"


def start_point(latent_dim: int) -> list[float] | None:
    """The z of the link that opened this page, read once so that a moving point does not redraw the chart."""
    if "start_point" not in st.session_state:
        text = st.query_params.get("z", "")
        try:
            st.session_state["start_point"] = [float(part) for part in text.split(",")] if text else None
        except ValueError:
            st.session_state["start_point"] = None
    z = st.session_state["start_point"]
    return z if z and len(z) == latent_dim and all(np.isfinite(z)) else None


def remember_point() -> None:
    """Put the z at which the pointer rested into the page's link."""
    z = (st.session_state.get("decoder") or {}).get("z")
    if z and len(z) <= 4:
        st.query_params["z"] = ",".join(f"{value:.2f}" for value in z)


# -- training jobs -----------------------------------------------------------------------------------------------


@st.cache_resource(show_spinner=False)
def board() -> Board:
    """The process-wide board of training slots."""
    torch.set_num_threads(1)
    made = Board()
    made.warm()
    return made


def owner() -> str:
    """Who this browser session is to the board."""
    return st.session_state.setdefault("owner", secrets.token_urlsafe(12))


@st.cache_resource(scope="session", on_release=lambda name: board().release(name, grace=GRACE_SECONDS))
def _presence(name: str) -> str:
    return name


def touch_presence() -> None:
    """Called on every run: fires `release` when the browser goes away, and takes that back when it reconnects. The
    current run stays in the link of every page, so that a reload finds it."""
    _presence(owner())
    board().touch(owner())
    token = st.session_state.get("run")
    if token and st.query_params.get("run") != token:
        st.query_params["run"] = token


def my_jobs() -> list[Job]:
    """This session's jobs, oldest first."""
    return [job for job in board().jobs(owner())]


def current_job() -> Job | None:
    """The run on the Train page: this session's newest, or the one in the link (`?run=token`) after a reload."""
    token = st.session_state.get("run")
    if token is None and (asked := st.query_params.get("run")):
        job = board().get(asked, owner()) or board().adopt(asked, owner())
        if job:
            st.session_state["run"] = token = job.token
    return board().get(token, owner()) if token else None


def awaits_adoption() -> bool:
    """Whether the link names a run that may become ours in a moment, when the server has noticed that the page before
    this one is gone."""
    if "run" in st.session_state or not st.query_params.get("run"):
        return False
    tries = st.session_state["adoption_tries"] = st.session_state.get("adoption_tries", 0) + 1
    return tries < ADOPTION_TRIES


def submit(spec: JobSpec) -> Job:
    """Queue a training run and make it the current one."""
    return _make_current(board().submit(spec, owner=owner()))


def reset(job: Job) -> Job:
    """The same run again from the same initial weights, waiting at step 0."""
    board().discard(job)
    return _make_current(board().submit(job.spec, owner=owner(), paused=True))


def _make_current(job: Job) -> Job:
    st.session_state["run"] = st.query_params["run"] = job.token
    return job


def discard(job: Job) -> None:
    """Close a run and forget it."""
    board().discard(job)


def run_examples(spec: JobSpec) -> Examples | None:
    """The test images whose encoded means a run shows."""
    return _examples(spec.data, spec.train_config.binarization)


def run_model_name(job: Job) -> str | None:
    """The name under which the other pages list the run's model, once there is one."""
    return _run_name(job) if job.model_path else None


def look_picture(look: Look, config: vc.ModelConfig, dark: bool) -> str:
    """A look's decoded pictures as one PNG data address."""
    return cells_picture(torch.tensor(look.pictures).float() / 255.0, config, dark)


def look_points(look: Look, spec: JobSpec) -> tuple[np.ndarray, tuple[str, str]]:
    """A look's encoded means on its first two latent axes, and the axes' names."""
    if look.means.shape[1] > 1:
        return look.means[:, :2], ("z₁", "z₂")
    examples = run_examples(spec)
    rows = examples.labels[: len(look.means)] if examples is not None and examples.labels is not None else 0.0
    return np.column_stack([look.means, np.zeros(len(look.means)) + rows * 0.5 - 2.25]), ("z₁", "class")
