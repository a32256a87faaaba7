"""docs/files.md names every file by its exact path, once, and nothing else; Python files in the order of the floors."""

import re
import subprocess
from collections import Counter
from pathlib import Path

import pytest
from test_architecture import APP, CORE, WITHIN

REPOSITORY = Path(__file__).resolve().parent.parent
MAP = REPOSITORY / "docs" / "files.md"
FOLDERS = ("vae_core", "app", "benchmarks", "examples", "tests", "pretrained/*.py", "docs/*.py")


def rows(text):
    """Path and description of each line of the map."""
    return re.findall(r"^\| `([^`]+)` \| (.+) \|$", text, re.MULTILINE)


def faults(listed, files):
    """What is wrong with a map of these paths; one that ends with / stands for all files below it."""
    folders = [path for path in listed if path.endswith("/")]
    inside = {file for file in files if file.startswith(tuple(folders))}
    return {
        "twice": [path for path, count in Counter(listed).items() if count > 1],
        "missing": sorted(files - inside - set(listed)),
        "gone": sorted(
            set(listed) - files - {folder for folder in folders if any(f.startswith(folder) for f in files)}
        ),
        "in a folder that is listed": sorted(inside & set(listed)),
    }


@pytest.mark.skipif(not (REPOSITORY / ".git").exists(), reason="only in a checkout")
def test_the_map_is_the_files():
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *FOLDERS]
    names = subprocess.run(listing, cwd=REPOSITORY, capture_output=True, check=True).stdout.decode().split("\0")
    files = {name for name in names if name and (REPOSITORY / name).exists()}
    listed = [path for path, _ in rows(MAP.read_text(encoding="utf-8"))]
    assert len(files) > 100
    assert {fault: paths for fault, paths in faults(listed, files).items() if paths} == {}


def test_every_description_says_something():
    descriptions = dict(rows(MAP.read_text(encoding="utf-8")))
    assert [path for path, description in descriptions.items() if len(description) < 5] == []
    assert [path for path, description in descriptions.items() if description[0].isupper()] == []


def test_a_file_is_called_empty_where_it_is_empty():
    descriptions = dict(rows(MAP.read_text(encoding="utf-8")))
    called_empty = {path for path, description in descriptions.items() if description == "empty"}
    files = {path for path in descriptions if (REPOSITORY / path).is_file()}
    assert called_empty == {path for path in files if not (REPOSITORY / path).read_bytes().strip()}


@pytest.mark.parametrize(
    ("folder", "order"),
    [
        ("vae_core", [part for floor in CORE for part in floor]),
        ("app", [part for floor in APP for part in floor]),
        *(
            (f"vae_core/{name}", WITHIN[name])
            for name in ("data", "restoration", "export", "studies", "experiments", "cli")
        ),
        *(
            (f"app/{name}", WITHIN[name])
            for name in ("figures", "jobs", "classroom", "components", "session", "shown", "scripts")
        ),
    ],
)
def test_files_stand_in_the_order_of_the_floors(folder, order):
    paths = [path for path, _ in rows(MAP.read_text(encoding="utf-8"))]
    listed = re.findall(rf"^{folder}/(\w+)\.py$", "\n".join(paths), re.MULTILINE)
    assert [part for part in listed if part in order] == [part for part in order if part in listed] != []


def test_each_fault_is_seen():
    files = {"app/a.py", "app/a.js", "app/kit/b.js"}
    assert not any(faults(["app/a.py", "app/a.js", "app/kit/"], files).values())
    assert faults(["app/a.py", "app/kit/b.js"], files)["missing"] == ["app/a.js"], "a.js is no part of a.py"
    assert faults(["app/a.py", "app/a.js", "a.js", "app/kit/", "app/old/"], files)["gone"] == ["a.js", "app/old/"]
    assert faults(["app/a.py", "app/a.py"], files)["twice"] == ["app/a.py"]
    assert faults(["app/kit/", "app/kit/b.js"], files)["in a folder that is listed"] == ["app/kit/b.js"]
