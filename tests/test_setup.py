"""The set-up: what a fresh machine gets, what the launchers pass, what must never be committed."""

import asyncio
import gc
import os
import re
import socket
import subprocess
import sys
import tomllib
import urllib.request
from pathlib import Path

import pytest
import uvicorn
from browsing import run_apart
from streamlit.web.server.app_discovery import discover_asgi_app

from app import classroom, main, state
from app.main import AtOnce

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
    imported = [line for line in source.read_text(encoding="utf-8").splitlines() if line.startswith(("import", "from"))]
    assert not [line for line in imported if "app" in line.split()[1] or "vae_core" in line or "torch" in line]


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
    monkeypatch.setattr(state, "warm_up", lambda: collecting.append(gc.isenabled()))
    collecting, before = [], gc.get_freeze_count()
    main.warm_up()
    frozen = gc.get_freeze_count()
    gc.unfreeze()
    assert collecting == [False] and gc.isenabled() and frozen > before + 10_000


def test_what_the_server_sends_leaves_at_once():
    """On a socket opened as Streamlit opens it; asyncio itself would leave Nagle's algorithm on."""
    at_once = []

    async def answer(scope, receive, send):
        connection = send.__self__.transport.get_extra_info("socket")
        at_once.append(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        await send({"type": "http.response.start", "status": 204})
        await send({"type": "http.response.body"})

    async def visit(app):
        with socket.socket() as listening:
            listening.bind(("127.0.0.1", 0))
            listening.listen()
            server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_level="critical"))
            serving = asyncio.create_task(server.serve(sockets=[listening]))
            url = f"http://127.0.0.1:{listening.getsockname()[1]}/"
            await asyncio.to_thread(lambda: urllib.request.urlopen(url).close())
            server.should_exit = True
            await serving

    run_apart(visit(answer))
    run_apart(visit(main.AtOnce(answer)))
    assert [bool(option) for option in at_once] == [False, True]
    assert isinstance(main.app, AtOnce), "around the app, as in this test: inside, `send` is Starlette's for HTTP"


def test_the_page_names_the_live_decoders_files_which_are_there():
    async def answer(scope, receive, send):
        kind = b"text/html; charset=utf-8" if scope["path"] == "/train" else b"text/javascript"
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", kind)]})

    async def links(path):
        sent = []

        async def send(message):
            sent.append(message)

        await main.DecoderFirst(answer)({"type": "http", "path": path}, None, send)
        return [value.decode() for name, value in sent[0]["headers"] if name == b"link"]

    (link,) = run_apart(links("/train"))
    files = re.findall(r"<\./static/js/([^>]+)>; rel=modulepreload; crossorigin", link)
    assert [name.rsplit(".", 2)[0] for name in files] == list(main.DecoderFirst.NAMES)
    assert run_apart(links("/static/js/x.js")) == []
