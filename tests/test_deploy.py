"""The Dockerfile: its form, and its commands in a clean folder; docs/deploy.md says what the launcher takes."""

import fnmatch
import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from browsing import answers, free_port

from aevb_lab import hosting

REPOSITORY = Path(__file__).resolve().parent.parent
TEXT = (REPOSITORY / "Dockerfile").read_text(encoding="utf-8")
PAGE = (REPOSITORY / "docs" / "deploy.md").read_text(encoding="utf-8")
STEPS = [
    tuple(line.split(None, 1))
    for line in re.sub(r"\\\n\s*", " ", TEXT).splitlines()
    if line.strip() and not line.startswith("#")
]


def stages():
    """The steps of each stage."""
    parts = []
    for word, rest in STEPS:
        if word == "FROM":
            parts.append([])
        parts[-1].append((word, rest))
    return parts


def test_the_image_is_slim_in_two_stages_without_rights_and_looked_after():
    build, image = stages()
    assert [rest.split()[0] for word, rest in STEPS if word == "FROM"] == ["python:3.11-slim"] * 2
    assert ("ARG", "TORCH_INDEX_URL=https://download.pytorch.org/whl/cpu") in build
    words = [word for word, _ in image]
    user = words.index("USER")
    assert image[user] == ("USER", "user") and "--uid 1000" in dict(image)["RUN"]
    assert "RUN" not in words[user:] and words.count("HEALTHCHECK") == words.count("ENTRYPOINT") == 1
    assert json.loads(dict(image)["ENTRYPOINT"]) == ["aevb-lab"]
    assert not any(re.search(r"\bADD\b|sudo|:latest|apt-get", f"{word} {rest}") for word, rest in STEPS)
    pips = [rest for word, rest in STEPS if word == "RUN" and "pip install" in rest]
    assert len(pips) == 3 and all("--no-cache-dir" in rest for rest in pips)
    assert dict(image)["WORKDIR"] != "/", "Streamlit refuses it"


def copied():
    """What the build stage copies, and where to."""
    pairs = [rest.split() for word, rest in stages()[0] if word == "COPY"]
    return [(source, words[-1]) for words in pairs for source in words[:-1]]


def test_the_build_gets_what_it_copies_and_nothing_else():
    lines = (REPOSITORY / ".dockerignore").read_text(encoding="utf-8").split("\n")
    allowed = {line[1:] for line in lines if line.startswith("!")}
    assert "*" in lines and allowed == {source for source, _ in copied()}
    assert all((REPOSITORY / source).exists() for source in allowed)


def test_the_page_has_every_setting_and_the_settings_of_the_image_are_settings():
    for option in hosting.OPTIONS:
        assert f"`{option.flag}" in PAGE and f"`{option.variable}" in PAGE
    variables = {option.variable for option in hosting.OPTIONS}
    assert set(re.findall(r"AEVB_\w+", PAGE + TEXT)) <= variables


def test_the_list_for_community_cloud_is_the_one_for_everybody():
    lines = (REPOSITORY / "app" / "requirements.txt").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if not line.startswith("#")] == [
        "--extra-index-url https://download.pytorch.org/whl/cpu",
        "-r ../requirements.txt",
    ]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="its commands are for a shell")
def test_its_commands_run_in_a_clean_folder_and_the_app_is_healthy(tmp_path):
    """Both stages but for the base image and its user; torch from pip's usual index, which is what is reached here."""
    build, opt, home = tmp_path / "build", tmp_path / "opt", tmp_path / "home"
    build.mkdir(), opt.mkdir(), home.mkdir()
    ignored = [line for line in (REPOSITORY / ".dockerignore").read_text().split() if line.startswith("**/")]

    def leave_out(folder, names):
        return [name for name in names for pattern in ignored if fnmatch.fnmatch(name, pattern.removeprefix("**/"))]

    binaries = Path(sys.executable).resolve().parent  # `python` is that of the base image
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("AEVB_", "PYTHON", "VIRTUAL_"))
    }
    environment |= {"TORCH_INDEX_URL": "", "HOME": str(home), "PATH": f"{binaries}:{environment['PATH']}"}
    for word, rest in stages()[0]:
        if word == "COPY":
            *sources, target = rest.split()
            for source in sources:
                place = build / (source if target == "./" else target)
                if (REPOSITORY / source).is_dir():
                    shutil.copytree(REPOSITORY / source, place, ignore=leave_out, symlinks=True)
                else:
                    shutil.copyfile(REPOSITORY / source, place)
        elif word == "RUN":
            command = rest.replace("/opt/aevb", str(opt / "aevb"))
            told = subprocess.run(["sh", "-c", command], cwd=build, env=environment, capture_output=True, text=True)
            assert told.returncode == 0, (command, told.stderr[-2000:])
    shutil.rmtree(build)  # the second stage does not have it
    image = dict(stages()[1])
    variables = dict(pair.split("=", 1) for pair in image["ENV"].split())
    port = free_port()
    variables |= {"HOME": str(home), "AEVB_PORT": str(port), "PATH": f"{opt / 'aevb' / 'bin'}:{environment['PATH']}"}
    entry = [str(opt / "aevb" / "bin" / json.loads(image["ENTRYPOINT"])[0])]
    process = subprocess.Popen(entry, cwd=home, env=environment | variables)
    try:
        deadline = time.monotonic() + 180
        while not answers(f"http://127.0.0.1:{port}/_stcore/health"):
            assert process.poll() is None and time.monotonic() < deadline, "the app did not start"
            time.sleep(0.2)
        check = json.loads(image["HEALTHCHECK"].split("CMD", 1)[1])
        assert subprocess.run(check, env=environment | variables, cwd=home).returncode == 0
        sick = environment | variables | {"AEVB_PORT": str(free_port())}
        assert subprocess.run(check, env=sick, cwd=home, capture_output=True).returncode != 0
    finally:
        process.terminate()
        process.wait(20)
