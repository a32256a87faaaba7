"""Models by name: pretrained ones, and this session's own."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import streamlit as st

import vae_core as vc
from aevb_lab.escaping import LONGEST_NAME, code_block, file_stem, name_of, name_of_file, plain, with_minus_signs
from aevb_lab.jobs.job import Job, OwnImages
from aevb_lab.session.link import rename_choice
from aevb_lab.session.own_images import set_with
from aevb_lab.session.runs import first_name, my_jobs, run_name
from aevb_lab.session.uploads import has_file, take_file
from aevb_lab.shelf import kept, num_bytes
from vae_core import bundles
from vae_core.bundles import is_bundle, read_bundle
from vae_core.data.records import Framing
from vae_core.files import one_line
from vae_core.frames import frames_from_others
from vae_core.models import load_model_bytes, pack_model, page_limits, pretrained_path, trains_encoder
from vae_core.studies.examples import Examples, examples_from_others
from vae_core.studies.own_image import framing_of

PCA_NAME = "PCA of digits"
DEFAULT_MODELS = ("mnist-2d", "digits-2d")
LONGEST_CARD = 20_000  # characters
MOST_UPLOADS, MOST_MB = 5, 64  # models of one visitor, and the size of their files together


@dataclass(frozen=True, eq=False)
class Extras:
    """What a bundle has beside its model: texts, sample images, and the file of its frames, which have been checked."""

    card: str | None
    history: vc.History | None
    examples: Examples | None
    frames: bytes | None

    @property
    def num_bytes(self) -> int:
        """About how much memory it takes."""
        return num_bytes([self.card, self.examples, self.frames])


@dataclass(frozen=True, eq=False)
class LoadedModel:
    """A model for the pages. `key`, its key in caches, is the SHA-256 of its file, and of what else its test images depend on. `folder`
    holds its curves, frames and card, where it has them; `extras` are those of an uploaded bundle."""

    name: str
    key: str
    vae: vc.VAE
    header: dict[str, Any]
    folder: Path | None
    extras: Extras | None = None

    @property
    def data(self) -> str:
        """The name of its data set, as text that can be written anywhere; JSON may hold halves of characters."""
        name: str = self.header.get("data", "")
        return name.encode(errors="replace").decode()

    @property
    def binarization(self) -> str:
        default = self.vae.likelihood.binarizations[0]
        return self.header.get("train_config", {}).get("binarization", default)

    @property
    def made_as(self) -> dict[str, Any]:
        """How images for it are made, as `vae_core.studies.encode_drawing` wants to know it."""
        return {"data": self.data, "binarization": self.binarization, "reading": self.header.get("reading")}

    @property
    def framing(self) -> Framing | None:
        """How its images lie in their frame."""
        return framing_of(self.data, self.header.get("reading"), self.vae.config.image_shape)

    @property
    def trains_encoder(self) -> bool:
        """Whether q(z|x) was trained; Monte Carlo EM trains none."""
        return trains_encoder(self.header)


def model_names() -> list[str]:
    """Pretrained models (the default first), then this session's own: trained here, or uploaded."""
    names = vc.list_pretrained()
    first = [name for name in DEFAULT_MODELS if name in names]
    return first + [name for name in names if name not in first] + list(_own_models())


def load_model(name: str) -> LoadedModel:
    """The model with this name of `model_names`."""
    own_models = _own_models()
    return own_models[name] if name in own_models else load_pretrained(name)


class UploadedModels:
    """The models that a visitor has uploaded, kept in `models` by name, oldest first: at most MOST_UPLOADS, and of at most MOST_MB
    together."""

    lock = threading.Lock()  # for all visitors: a model is added in microseconds

    def __init__(self, models: dict[str, LoadedModel]):
        self._models = models

    def add(self, file_name: str, content: bytes, others: Iterable[str] = ()) -> tuple[LoadedModel, list[str]]:
        """Keep the model in a file, under a name that neither another of these nor one of `others` has, and so that no other's
        download has the name of its file. Returns the model, and the names of the oldest ones, which had to go. Raises
        vc.CheckpointError."""
        model = read_upload(content, file_name)
        with self.lock:
            model = replace(model, name=_unused_name(model.name, [*self._models, *others]))
            self._models[model.name] = model
            gone = []
            while len(self._models) > MOST_UPLOADS or self.num_bytes > MOST_MB * 2**20:
                gone.append(next(iter(self._models)))
                del self._models[gone[-1]]
        return model, gone

    def by_name(self) -> dict[str, LoadedModel]:
        """The models by name, as they are now."""
        with self.lock:
            return dict(self._models)

    def remove(self, name: str) -> None:
        """Forget the model with this name."""
        with self.lock:
            self._models.pop(name, None)

    @property
    def num_bytes(self) -> int:
        """The size of all weights together."""
        weights = sum(tensor.nbytes for model in self._models.values() for tensor in model.vae.state_dict().values())
        return weights + sum(model.extras.num_bytes for model in self._models.values() if model.extras)


def my_uploads() -> UploadedModels:
    """The models that this visitor has uploaded."""
    return UploadedModels(st.session_state.setdefault("uploads", {}))


def take_upload(key: str) -> None:
    """Called when the file uploader with this key has changed: keep its model; `upload_result` is the outcome."""
    file = take_file(key)
    if file is None:
        return
    others = {*vc.list_pretrained(), *map(run_name, my_jobs()), *map(first_name, my_jobs()), PCA_NAME}
    try:
        model, gone = my_uploads().add(*file, others)
    except vc.CheckpointError as error:
        st.session_state["upload_result"] = ("refused", plain(str(error)), None)
        return
    text = f"Loaded as **{plain(model.name)}**. You can choose it on every page now."
    if gone:
        names = ", ".join(f"**{plain(name)}**" for name in gone)
        text += f" The app keeps at most {MOST_UPLOADS} uploaded models, of {MOST_MB} MB together. So the oldest is gone: {names}."
    st.session_state["upload_result"] = ("added", text, model.name)


def read_upload(content: bytes, file_name: str) -> LoadedModel:
    """The model in a visitor's file. Raises vc.CheckpointError, also for a model that is too large for pages that a class shares."""
    if len(content) > MOST_MB * 2**20:
        raise vc.CheckpointError(f"{file_name} may have at most {MOST_MB} MB, got {len(content) / 2**20:.0f} MB")
    if not is_bundle(content):
        vae, header = load_model_bytes(content, file_name, limits=page_limits())
        return LoadedModel(name_of_file(file_name), content_key(content), vae, header, None)
    files = read_bundle(content, file_name)
    vae, header = load_model_bytes(files[bundles.MODEL], file_name, limits=page_limits())
    extras = _extras_of(files, vae.config, file_name)
    return LoadedModel(name_of_file(file_name), content_key(content), vae, header, None, extras)


def _extras_of(files: dict[str, bytes], config: vc.ModelConfig, source: str) -> Extras:
    """What a bundle has beside its model, where it goes with the model. Raises vc.CheckpointError."""
    history = examples = None
    card = files.get(bundles.CARD, b"").decode(errors="replace")[:LONGEST_CARD]
    if bundles.HISTORY in files:
        try:
            history = vc.History.from_json(files[bundles.HISTORY].decode())
        except ValueError as error:
            raise vc.CheckpointError(f"{bundles.HISTORY} in {source} holds no curves: {error}") from error
    if bundles.REFERENCE in files:
        examples = examples_from_others(files[bundles.REFERENCE], config, f"{bundles.REFERENCE} in {source}")
    frames = files.get(bundles.FRAMES)
    if frames is not None:
        frames_from_others(frames, config, f"{bundles.FRAMES} in {source}")
    return Extras(card or None, history, examples, frames)


def upload_result(key: str) -> tuple[str, str, str | None] | None:
    """("added" or "refused", what to tell the user, the model's name if there is one) of the file that the uploader with this key shows."""
    return st.session_state.get("upload_result") if has_file(key) else None


def model_bytes(model: LoadedModel) -> bytes:
    """The model as a .safetensors file, for a download."""
    own = ("format", "kind", "model_config", "vae")  # `pack_model` writes the first three; the last is its own argument
    return pack_model(model.vae, **{key: value for key, value in model.header.items() if key not in own})


@st.cache_resource(show_spinner=False)
def load_pretrained(name: str) -> LoadedModel:
    """A model that comes with the project."""
    folder = pretrained_path(name)
    return _read_model(name, folder / "model.safetensors")


def _own_models() -> dict[str, LoadedModel]:
    models, jobs = my_uploads().by_name(), my_jobs()
    for job in jobs:
        path = job.model_path
        if path and path.exists():
            name = run_name(job)
            models[name] = _load_run(str(path), path.stat().st_mtime_ns, name)
    return {name: _with_set(model, set_of(model)) for name, model in models.items()}


def set_of(model: LoadedModel) -> OwnImages | None:
    """The visitor's own set that the model was trained on, where this session still has it: its own, or that of a run."""
    reading = model.header.get("reading")
    own = set_with(reading, [job.spec.images for job in my_jobs() if job.spec.images]) if reading else None
    return own if own is not None and own.report.image_shape == model.vae.config.image_shape else None


def _with_set(model: LoadedModel, own: OwnImages | None) -> LoadedModel:
    """The model with a key of its own where the visitor has its images: others who have the model have not."""
    return model if own is None else replace(model, key=f"{model.key}-{own.key}")


@kept(entries=64)
def _load_run(path: str, changed: int, name: str) -> LoadedModel:
    return _read_model(name, Path(path))


def _read_model(name: str, path: Path) -> LoadedModel:
    content = path.read_bytes()
    return LoadedModel(name, content_key(content), *load_model_bytes(content, str(path)), path.parent)


def content_key(content: bytes) -> str:
    """The key of a model in caches: the SHA-256 of its file, or of `pack_model` where it has no file. A name is not
    enough, because two visitors may give it to different models. An address in memory is not enough either: it is used again
    once a model is freed, and then the next visitor would get the decoder of the last one."""
    return hashlib.sha256(content).hexdigest()


def _unused_name(name: str, names: Iterable[str]) -> str:
    stems = {file_stem(other).casefold() for other in names}
    number, unused = 2, name
    while file_stem(unused).casefold() in stems:
        ending = f" ({number})"
        unused, number = name[: LONGEST_NAME - len(ending)].rstrip() + ending, number + 1
    return unused


def history_of(model: LoadedModel) -> vc.History | None:
    """The curves of the model's training, where there are any."""
    if model.extras is not None:
        return model.extras.history
    path = model.folder / "history.json" if model.folder else None
    return _history(str(path), path.stat().st_mtime_ns) if path and path.exists() else None


@kept(entries=64)
def _history(path: str, changed: int) -> vc.History:
    return vc.History.from_json(Path(path).read_text(encoding="utf-8"))


def card_of(model: LoadedModel) -> str | None:
    """The model's card as a part of a page, in markdown, where it has one: without its title, and with a head for its table."""
    if model.extras is not None:  # a stranger's text, which nothing may obey
        return None if model.extras.card is None else code_block(model.extras.card)
    path = model.folder / "card.md" if model.folder else None
    if path is None or not path.exists():
        return None
    card = re.sub(r"\A# .*\n+", "", path.read_text(encoding="utf-8")).replace("| | |\n", "| what | value |\n")
    return with_minus_signs(card)


def card_text(model: LoadedModel) -> str:
    """The card of the model's folder or bundle; of a run, which has none, what its header says."""
    if model.extras and model.extras.card:
        return model.extras.card
    path = model.folder / bundles.CARD if model.folder else None
    if path is not None and path.exists():
        return path.read_text(encoding="utf-8")
    lines = [f"| {name} | {value.replace('|', '/')} |" for name, value in facts_of(model)]
    return "\n".join([f"# {model.name}", "", "| what | value |", "| --- | --- |", *lines, ""])


def facts_of(model: LoadedModel) -> list[tuple[str, str]]:
    """What a model's file says of it: names and values, which may be a stranger's."""
    config, train = model.vae.config, model.header.get("train_config", {})
    rows: dict[str, Any] = {"data": model.data, "binarisation": model.binarization, "likelihood": config.likelihood}
    rows |= {"image shape": config.image_shape, "latent size": config.latent_dim, "hidden layers": config.hidden_dims}
    rows |= {} if config.encoder_hidden_dims is None else {"the encoder's hidden layers": config.encoder_hidden_dims}
    rows |= {
        name: train[name]
        for name in ("algorithm", "epochs", "batch_size", "optimizer", "learning_rate", "seed")
        if name in train
    }
    reading = model.header.get("reading")
    if isinstance(reading, dict) and isinstance(reading.get("decisions"), dict):
        rows |= {"SHA-256 of the images": reading.get("sha256", "")} | reading["decisions"]
    return [(name, one_line(value)) for name, value in rows.items()]


def rename_run(job: Job, text: str) -> str:
    """Give one's own run a name: the first 40 printable characters of the text, and a number where another run or model has that
    name. With none of them it gets its first name back. Returns the name."""
    old, wanted = run_name(job), name_of(text)
    others = [name for other in my_jobs() if other is not job for name in (run_name(other), first_name(other))]
    taken = [*vc.list_pretrained(), *my_uploads().by_name(), *others, PCA_NAME]
    job.title = _unused_name(wanted, taken) if wanted and wanted != first_name(job) else ""
    name = run_name(job)
    for other in my_jobs():
        other.follow(old, name)
    for choice in ("model", "table_row"):
        rename_choice(choice, old, name)
    return name


def name_field(job: Job) -> str:
    """The key of the field for the name of one's own run, which shows the present name."""
    key = f"name_{job.token}"
    st.session_state[key] = run_name(job)
    return key


def take_name(job: Job) -> None:
    """Called when the visitor has changed that field."""
    rename_run(job, st.session_state.get(f"name_{job.token}", ""))


def present_names() -> dict[str, str]:
    """The names of one's own runs by those that they had first, which an older link may have."""
    return {first_name(job): run_name(job) for job in my_jobs() if job.title}


def run_model_name(job: Job) -> str | None:
    """The name under which the other pages list the run's model, once there is one."""
    return run_name(job) if job.model_path else None
