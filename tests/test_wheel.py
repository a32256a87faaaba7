"""What pip installs works without a clone: models, lessons, settings and both commands, in a folder with an `app.py` of its own."""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import time
import venv
import zipfile
from pathlib import Path

import pytest
from browsing import CANVAS, DEADLINE, answers, decoded, free_port

REPOSITORY = Path(__file__).resolve().parent.parent
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
# The first page, as Streamlit runs it; its script is found by the command's own entry point.
FIRST_PAGE = """
import importlib, importlib.metadata
from streamlit.testing.v1 import AppTest
(command,) = importlib.metadata.entry_points(group="console_scripts", name="aevb-lab")
page = AppTest.from_file(str(importlib.import_module(command.module).ENTRY), default_timeout=240).run()
print(len(page.exception), page.selectbox(key="model").value)
"""

pytestmark = pytest.mark.slow


def tracked(*folders):
    listing = subprocess.run(
        ["git", "ls-files", "-z", *folders], cwd=REPOSITORY, capture_output=True, check=True
    ).stdout
    return [name for name in listing.decode().split("\0") if name and (REPOSITORY / name).is_file()]


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """What `python -m build` makes and says, from a copy of the tracked files, so that nothing of earlier builds gets in: the wheel
    comes from the source archive."""
    source = tmp_path_factory.mktemp("source")
    for name in tracked():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(REPOSITORY / name, source / name)
    command = [sys.executable, "-m", "build", "--no-isolation", "."]
    told = subprocess.run(command, cwd=source, env=ENVIRONMENT, capture_output=True, text=True, check=True)
    return source / "dist", told.stdout + told.stderr


@pytest.fixture(scope="module")
def wheel(built):
    (path,) = built[0].glob("aevb_lab-*.whl")
    return path


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """The commands of a new environment. It reads what the wheel requires where this one has it, but not the links that
    development installs leave there."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=True)
    binaries = folder / ("Scripts" if os.name == "nt" else "bin")
    install = [binaries / "python", "-m", "pip", "install", "-q", "--no-deps", "--no-index", str(wheel)]
    subprocess.run(install, env=ENVIRONMENT, check=True)
    order = "import sysconfig; print(sysconfig.get_path('purelib'))"
    told = subprocess.run(
        [binaries / "python", "-c", order], env=ENVIRONMENT, capture_output=True, text=True, check=True
    )
    (Path(told.stdout.strip()) / "requirements.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    return binaries


@pytest.fixture
def elsewhere(tmp_path):
    """A user's folder, whose own app.py and main.py must not be taken for ours."""
    for name in ("app.py", "main.py"):
        (tmp_path / name).write_text('raise SystemExit("this is the user\'s own file")\n', encoding="utf-8")
    return tmp_path


def run(command, folder):
    return subprocess.run(command, cwd=folder, env=ENVIRONMENT, capture_output=True, text=True)


def test_the_wheel_has_two_packages_with_models_and_settings(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names if ".dist-info" not in name} == {"vae_core", "aevb_lab"}
    ours = [name for name in names if name.startswith("aevb_lab/")]
    assert "aevb_lab/.streamlit/config.toml" in ours and "aevb_lab/static/icon.png" in ours
    scripts = {
        f"aevb_lab/{path.relative_to(REPOSITORY / 'app').as_posix()}" for path in (REPOSITORY / "app").rglob("*.js")
    }
    assert scripts and {name for name in ours if name.endswith(".js")} == scripts
    models = {path.parent.name for path in (REPOSITORY / "pretrained").glob("*/model.safetensors")}
    assert models == {name.split("/")[2] for name in names if name.endswith("/model.safetensors")}


def test_the_build_warns_of_nothing_and_twine_has_nothing_to_say(built):
    folder, words = built
    assert len(list(folder.iterdir())) == 2
    harmless = r"byte-compiling is disabled|no previously-included files"
    warnings = [
        line for line in words.splitlines() if re.search("warn|!!", line, re.I) and not re.search(harmless, line)
    ]
    assert warnings == []
    command = [sys.executable, "-m", "twine", "check", "--strict", *map(str, folder.iterdir())]
    told = subprocess.run(command, capture_output=True, text=True)
    assert told.returncode == 0 and "warning" not in told.stdout.lower(), told.stdout


def test_the_wheel_has_every_file_of_the_packages(wheel):
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    for_developers = {f"app/components/{name}" for name in ("build.mjs", "page.d.ts", "bundles/sources.json")}
    for_developers |= {"pretrained/README.md", "app/requirements.txt"}
    places = {"app/": "aevb_lab/", "pretrained/": "vae_core/pretrained/", "vae_core/": "vae_core/"}
    ours = {
        place + name.removeprefix(folder)
        for folder, place in places.items()
        for name in tracked(folder)
        if name not in for_developers
    }
    assert names == ours


def test_the_command_line_works_in_any_folder(installed, elsewhere):
    told = run([installed / "aevb", "list"], elsewhere)
    assert told.returncode == 0 and "digits-2d" in told.stdout, told.stderr
    told = run([installed / "aevb", "sample", "digits-2d", "--num", "4", "--out", "x.png"], elsewhere)
    assert told.returncode == 0 and (elsewhere / "x.png").stat().st_size > 100, told.stderr


def test_the_app_works_in_any_folder(installed, elsewhere):
    told = run([installed / "python", "-I", "-c", FIRST_PAGE], elsewhere)
    assert told.stdout.split("\n")[-2] == "0 mnist-2d", told.stderr


@pytest.mark.browser
def test_the_app_decodes_in_a_browser_and_says_what_it_is(installed, elsewhere, browser):
    told = run([installed / "aevb-lab", "--about"], elsewhere)
    assert told.returncode == 0 and f"program: {installed.parent}" in told.stdout, told.stderr
    port = free_port()
    command = [installed / "aevb-lab", "--port", str(port), "--no-browser", "--slots", "1"]
    process = subprocess.Popen(command, cwd=elsewhere, env=ENVIRONMENT)
    deadline = time.monotonic() + 120
    try:
        while not answers(f"http://127.0.0.1:{port}/_stcore/health"):
            assert process.poll() is None and time.monotonic() < deadline, "the app did not start"
            time.sleep(0.1)
        page = browser.new_page()
        page.set_default_timeout(DEADLINE)
        page.goto(f"http://127.0.0.1:{port}/")
        page.wait_for_selector(f"{CANVAS}[data-ready=true]")
        image = decoded(page)["pixels"]
        assert max(image) - min(image) > 0.5, "a digit has ink and ground"
        page.goto(f"http://127.0.0.1:{port}/lessons")
        page.wait_for_selector("text=First look")
        page.close()
    finally:
        process.terminate()
        process.wait(20)
