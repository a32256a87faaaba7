"""Models by name: pretrained ones, and this session's own."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import streamlit as st

import vae_core as vc
from aevb_lab.jobs.job import Job
from aevb_lab.session.runs import my_jobs, run_name
from aevb_lab.session.viewer import plain
from vae_core.models import load_model_bytes, pack_model, pretrained_path, trains_encoder

PCA_NAME = "PCA of digits"
DEFAULT_MODELS = ("mnist-2d", "digits-2d")


@dataclass(frozen=True, eq=False)
class LoadedModel:
    """A model for the pages. `key` is the SHA-256 of its file, its key in caches. `folder` holds its curves, frames and card,
    where it has them."""

    name: str
    key: str
    vae: vc.VAE
    header: dict[str, Any]
    folder: Path | None

    @property
    def data(self) -> str:
        return self.header.get("data", "")

    @property
    def binarization(self) -> str:
        default = self.vae.likelihood.binarizations[0]
        return self.header.get("train_config", {}).get("binarization", default)

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


def take_upload(key: str) -> None:
    """Keep the model of the file uploader `key` in this session; `upload_result` is the outcome."""
    file = st.session_state.get(key)
    if file is None:
        return
    try:
        model = read_upload(file.getvalue(), file.name)
    except vc.CheckpointError as error:
        st.session_state["upload_result"] = ("refused", plain(str(error)))
        return
    name = _unused_name(model.name)
    st.session_state.setdefault("uploads", {})[name] = replace(model, name=name)
    st.session_state["upload_result"] = ("added", f"Loaded as **{plain(name)}**; it is on every page now.")


def read_upload(content: bytes, file_name: str) -> LoadedModel:
    """The model in a visitor's file. Raises vc.CheckpointError."""
    name = Path(file_name).stem[:40] or "model"
    return LoadedModel(name, content_key(content), *load_model_bytes(content, file_name), None)


def upload_result() -> tuple[str, str]:
    """("added" or "refused", what to tell the user) of the last upload."""
    return st.session_state.get("upload_result", ("refused", "Nothing was uploaded."))


def model_bytes(model: LoadedModel) -> bytes:
    """The model as a .safetensors file, for a download."""
    about = {key: value for key, value in model.header.items() if key not in ("format", "kind", "model_config")}
    return pack_model(model.vae, **about)


@st.cache_resource(show_spinner=False)
def load_pretrained(name: str) -> LoadedModel:
    """A model that comes with the project."""
    folder = pretrained_path(name)
    return _read_model(name, folder / "model.safetensors")


def _own_models() -> dict[str, LoadedModel]:
    models = dict(st.session_state.get("uploads", {}))
    for job in my_jobs():
        path = job.model_path
        if path and path.exists():
            name = run_name(job)
            models[name] = _load_run(str(path), path.stat().st_mtime_ns, name)
    return models


@st.cache_resource(show_spinner=False, max_entries=64)
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


def _unused_name(name: str) -> str:
    names, number, unused = set(model_names()), 2, name
    while unused in names:
        unused, number = f"{name} ({number})", number + 1
    return unused


def history_of(model: LoadedModel) -> vc.History | None:
    """The curves of the model's training, where there are any."""
    path = model.folder / "history.json" if model.folder else None
    return _history(str(path), path.stat().st_mtime_ns) if path and path.exists() else None


@st.cache_resource(show_spinner=False, max_entries=64)
def _history(path: str, changed: int) -> vc.History:
    return vc.History.from_json(Path(path).read_text(encoding="utf-8"))


def card_of(model: LoadedModel) -> str | None:
    """The model's card in markdown, where it has one."""
    path = model.folder / "card.md" if model.folder else None
    return path.read_text(encoding="utf-8") if path and path.exists() else None


def run_model_name(job: Job) -> str | None:
    """The name under which the other pages list the run's model, once there is one."""
    return run_name(job) if job.model_path else None
