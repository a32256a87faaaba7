"""docs/files.md names every file by its exact path, once, and nothing else."""

import re
import subprocess
from collections import Counter
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent
MAP = REPOSITORY / "docs" / "files.md"
FOLDERS = ("vae_core", "app", "benchmarks", "tests", "pretrained/*.py")


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
    assert [path for path, description in rows(MAP.read_text(encoding="utf-8")) if len(description) < 5] == []


def test_each_fault_is_seen():
    files = {"app/a.py", "app/a.js", "app/kit/b.js"}
    assert not any(faults(["app/a.py", "app/a.js", "app/kit/"], files).values())
    assert faults(["app/a.py", "app/kit/b.js"], files)["missing"] == ["app/a.js"], "a.js is no part of a.py"
    assert faults(["app/a.py", "app/a.js", "a.js", "app/kit/", "app/old/"], files)["gone"] == ["a.js", "app/old/"]
    assert faults(["app/a.py", "app/a.py"], files)["twice"] == ["app/a.py"]
    assert faults(["app/kit/", "app/kit/b.js"], files)["in a folder that is listed"] == ["app/kit/b.js"]
