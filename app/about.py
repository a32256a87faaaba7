"""What a report of a fault needs: the version, the machine, the settings and the paths, as text; and the window that shows it."""

from __future__ import annotations

import os
import platform
import tempfile
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import streamlit as st

from aevb_lab import hosting
from aevb_lab.classroom.room import room
from aevb_lab.components.report import report_to_copy
from aevb_lab.guard import EMBEDDERS
from vae_core import __version__

PACKAGES = ("torch", "streamlit", "plotly", "numpy", "scikit-learn", "onnx")


def report(settings: Mapping[str, Any], *, with_paths: bool = True) -> str:
    """The report, a line each. `settings` are those of the server by name; paths name folders of whoever runs it."""
    lines = [
        f"AEVB Lab {__version__}",
        f"Python {platform.python_version()} on {platform.system()} {platform.release()}, {platform.machine()}",
        ", ".join(f"{name} {version_of(name)}" for name in PACKAGES),
        f"{os.cpu_count()} processor cores, {_memory()}",
        "",
        *(f"{name.replace('_', ' ')}: {_in_words(value)}" for name, value in settings.items()),
    ]
    return "\n".join([*lines, "", *_paths()] if with_paths else lines)


def settings_of_server() -> dict[str, Any]:
    """The settings of the server that runs this page."""
    return {
        "address": st.get_option("server.address"),
        "port": st.get_option("server.port"),
        "base_path": hosting.base_path(),
        "allowed_hosts": tuple(st.get_option("server.allowedHosts")),
        "slots": hosting.slots(),
        "embed_in": tuple(os.environ.get(EMBEDDERS, "").split()),
        "class": room() is not None,
    }


def about_button() -> None:
    """In the side bar: the button that opens the window."""
    with st.sidebar:
        is_pressed = st.button(
            "About", key="about", icon=":material/info:", type="tertiary", help="Version and settings, to copy for a report."
        )  # fmt: skip
    if is_pressed:
        _window()


@st.dialog("About AEVB Lab", width="medium")
def _window() -> None:
    settings = settings_of_server()
    is_public = hosting.is_public(settings["address"] or "", settings["allowed_hosts"])
    st.markdown("Something does not work? Send this along with what you did and what you saw.")
    report_to_copy(report(settings, with_paths=not is_public))
    if is_public:
        st.markdown("`aevb-lab --about` on the server shows its paths too.")


def version_of(name: str) -> str:
    """The version of an installed package."""
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def _in_words(value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join(value) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "as usual" if value in (None, "") else str(value)


def _memory() -> str:
    from vae_core.sizes import in_words, total_memory

    size = total_memory()
    return "memory unknown" if size is None else f"{in_words(size)} of memory"


def _paths() -> list[str]:
    from vae_core.data.datasets import data_folders
    from vae_core.models import PRETRAINED

    data = dict.fromkeys(folder.parent for folder in data_folders("mnist"))  # each once
    return [
        f"program: {_from_home(Path(__file__).resolve().parent)}",
        f"pretrained models: {_from_home(PRETRAINED)}",
        *(f"data sets: {_from_home(folder)}" for folder in data),
        f"runs in training: {_from_home(Path(tempfile.gettempdir()))}",
    ]


def _from_home(path: Path) -> str:
    """The path; one below the user's home begins with ~, since a report is sent to others and need not name the user."""
    try:
        return str(Path("~", path.relative_to(Path.home())))
    except (ValueError, RuntimeError):  # elsewhere, or there is no home
        return str(path)
