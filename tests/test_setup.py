"""The set-up: what a fresh machine gets, what the launchers pass, what must never be committed."""

import gc
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from streamlit.web.server.app_discovery import discover_asgi_app

from app import classroom, main
from app.shown import first_page

REPOSITORY = Path(__file__).resolve().parent.parent
CONFIG = tomllib.loads((REPOSITORY / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
MAKEFILE = (REPOSITORY / "Makefile").read_text(encoding="utf-8")


def tracked_files():
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, check=True).stdout
    return [REPOSITORY / name for name in listing.decode().split("\0") if name]


def test_the_collector_does_not_run_after_every_rerun():
    assert CONFIG["runner"]["postScriptGC"] is False
    assert "--runner.postScriptGC false" in MAKEFILE


def test_main_is_the_server_too_and_loads_torch_only_beside_it():
    source = REPOSITORY / "app" / "main.py"
    assert discover_asgi_app(source).import_string == "main:app", "else nothing gets ready before the first visitor"
    order = "import sys, app.main; print('torch' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", order], cwd=REPOSITORY, capture_output=True, text=True)
    assert told.stdout == "False\n", told.stderr


def test_nothing_asks_calls_home_or_listens_to_the_network_by_default():
    assert CONFIG["server"]["address"] == "127.0.0.1"
    assert CONFIG["server"]["showEmailPrompt"] is False and CONFIG["browser"]["gatherUsageStats"] is False
    assert CONFIG["server"]["maxUploadSize"] <= 64 and CONFIG["client"]["showErrorDetails"] == "none"
    assert CONFIG["client"]["toolbarMode"] == "viewer"


def test_both_themes_are_our_own():
    for theme in ("light", "dark"):
        assert CONFIG["theme"][theme]["primaryColor"].lower() != "#ff4b4b"


def test_requirements_pin_torch_and_end_with_this_package():
    lines = (REPOSITORY / "requirements.txt").read_text(encoding="utf-8").split()
    assert lines[0] == "torch==2.13.0" and lines[-2:] == ["-e", "."]
    allowed = {"torch", "streamlit", "plotly", "numpy", "scikit-learn", "safetensors", "jaxtyping", "pillow"}
    assert {re.split(r"[=><]", line)[0] for line in lines[:-2]} == allowed
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert {re.split(r"[=><]", line)[0] for line in project["dependencies"]} == allowed


def test_continuous_integration_calls_make_test_and_nothing_cleverer():
    script = (REPOSITORY / ".ci" / "run").read_text(encoding="utf-8")
    commands = [line for line in script.splitlines() if line and not line.startswith("#")]
    assert commands == ["set -euo pipefail", 'cd "$(dirname "$0")/.."', "exec make test"]


def test_a_class_is_told_the_address_and_what_is_not_protected():
    text = classroom.announce("8501")
    assert f"http://{classroom.local_address()}:8501" in text
    assert "no password" in text and "queue" in text


@pytest.mark.skipif(not (REPOSITORY / ".git").exists(), reason="only in a checkout")
def test_the_repository_is_small_and_names_no_machine():
    files = [path for path in tracked_files() if path.exists()]
    assert sum(path.stat().st_size for path in files) < 100e6
    text = [path for path in files if path.suffix in {".py", ".md", ".js", ".css", ".toml", ".txt", ".json", ""}]
    machine = re.compile(r"(?<![\w.:/-])/(?:root|home/\w+|work|Users/\w+)/\w")
    assert [path.name for path in text if machine.search(path.read_text(encoding="utf-8"))] == []


def test_each_run_s_thread_computes_alone():
    """torch.set_num_threads counts for the thread that calls it; OpenMP reads its own setting once, when it is loaded."""
    order = "import streamlit.web.cli, app.main, torch; print(torch.__config__.parallel_info())"
    environment = {name: value for name, value in os.environ.items() if name != "OMP_NUM_THREADS"}
    told = subprocess.run(
        [sys.executable, "-c", order], cwd=REPOSITORY, env=environment, capture_output=True, text=True
    )
    assert "omp_get_max_threads() : 1\n" in told.stdout, told.stderr


def test_what_is_loaded_at_the_start_is_never_looked_through_for_garbage(monkeypatch):
    """Else a collection holds every session up for 0.2 s; what comes later is collected as ever."""
    monkeypatch.setattr(first_page, "warm_up", lambda: collecting.append(gc.isenabled()))
    collecting, before = [], gc.get_freeze_count()
    main.warm_up()
    frozen = gc.get_freeze_count()
    gc.unfreeze()
    assert collecting == [False] and gc.isenabled() and frozen > before + 10_000
