"""`make faults` on a few cases of each part, and docs/reliability.md, which has its table and names the tests of its promises."""

import json
import os
import re
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent
FAULTS = REPOSITORY / "benchmarks" / "faults"
PAGE = (REPOSITORY / "docs" / "reliability.md").read_text(encoding="utf-8")
ALONE = ["files", "models", "idx", "npy", "pictures", "own", "links", "pages", "kills", "writes", "resumes"]
sys.path[:0] = [str(FAULTS)]

import children  # noqa: E402
import visitors  # noqa: E402
from table import faults, table  # noqa: E402

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="it forks")


def apart(function, *arguments):
    """Call a function that runs an event loop of its own; Playwright's runs in this thread once a browser is open."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(function, *arguments).result()


def faults_of(outcome, *good):
    return {kind: count for kind, count in outcome.counts.items() if kind not in good}, outcome.faults


@pytest.mark.slow
@pytest.mark.parametrize("parts", [["writes"], ALONE])
def test_every_part_without_a_server_runs_and_finds_nothing(tmp_path, parts):
    order = [sys.executable, str(FAULTS), "--small", "--only", *parts, "--out", str(tmp_path / "faults.json")]
    told = subprocess.run(order, cwd=REPOSITORY, capture_output=True, text=True)
    assert told.returncode == 0, told.stdout + told.stderr
    results = json.loads((tmp_path / "faults.json").read_text())
    assert [row["part"] for row in results["rows"]] == parts
    assert all(faults(row) == 0 and sum(row["counts"].values()) > 0 for row in results["rows"])
    assert results["cores"] == os.cpu_count() and all(row["commit"] for row in results["rows"])


@pytest.mark.slow
@pytest.mark.browser
def test_every_part_with_a_server_runs_and_finds_nothing(server, browser, tmp_path):
    (tmp_path / "calls").touch()
    shaken, ms = visitors.shake_hands(server, 3)
    assert faults_of(shaken, "refused") == ({}, []) and 0 < ms["health median ms"] <= ms["longest ms"]
    assert faults_of(apart(visitors.upload_models, server, 2), "own") == ({}, [])
    short = visitors.tour(server, browser, tmp_path / "calls", ("light",), ("models",))
    assert faults_of(short, "pages", "requests") == ({}, []) and short.counts["pages"] == 1
    before = visitors.traces(server)
    assert before["threads"] > 1 and before["files"] > 1
    apart(lambda: visitors.asyncio.run(visitors.abandon(server, 1, train=False)))
    left = apart(visitors.wait_until_forgotten, server, before, {}, 0.0, 0.0)
    assert left.keys() == before.keys() and left["files"] < 30


def boom():
    os.kill(os.getpid(), signal.SIGKILL)


def unending():
    while True:
        pass


def hungry():
    return [bytearray(b"x" * 10_000_000) for _ in range(1_000)]


def foreign():
    return int("x" * 3)  # a ValueError that is not in our words


def test_every_kind_of_bad_end_is_a_fault(monkeypatch):
    cases = [("fine", int), ("boom", boom), ("foreign", foreign), ("unending", unending), ("fine", int)]
    outcome = apart(children.try_all, cases, 3.0)
    assert outcome.counts == {"accepted": 2, "crashed": 2, "foreign": 1}
    first, second, third = outcome.faults
    assert "boom" in first and "signal 9" in first and "ValueError" in second and "no end" in third
    monkeypatch.setattr(children, "MEMORY_BYTES", children.resident_bytes(os.getpid()) + 300_000_000)
    (fault,) = apart(children.try_all, [("hungry", hungry)]).faults
    assert fault.startswith("hungry") and "GB" in fault


def test_a_call_of_the_server_to_another_host_is_noted(tmp_path):
    (tmp_path / "sitecustomize.py").write_text(visitors.WATCH)
    order = """
import socket
for call in (lambda: socket.getaddrinfo("evil.invalid", 80), lambda: socket.create_connection(("127.0.0.1", 9)),
             lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(("192.0.2.1", 9))):
    try:
        call()
    except OSError:
        pass
"""
    environment = os.environ | {"PYTHONPATH": str(tmp_path), "FAULTS_CALLS": str(tmp_path / "calls")}
    subprocess.run([sys.executable, "-c", order], env=environment, check=True)
    calls = (tmp_path / "calls").read_text().splitlines()
    assert [line.split()[0] for line in calls] == ["socket.getaddrinfo", "socket.connect"]
    assert "evil.invalid" in calls[0] and "192.0.2.1" in calls[1]


# -- the page ----------------------------------------------------------------------------------------------------


def test_every_test_that_holds_a_promise_exists():
    promises = re.findall(r"^\| (.+?) \| (`test_.+) \|$", PAGE, re.MULTILINE)
    assert len(promises) > 15
    for promise, cell in promises:
        tests = re.findall(r"`(test_\w+\.py)::(test_\w+)`", cell)
        assert tests and re.sub(r"`test_\w+\.py::test_\w+`|[, ]", "", cell) == "", promise
        for file, name in tests:
            assert f"\ndef {name}(" in (REPOSITORY / "tests" / file).read_text(encoding="utf-8"), (file, name)


def test_the_page_has_the_table_of_the_last_results():
    results = json.loads((REPOSITORY / "benchmarks" / "faults.json").read_text(encoding="utf-8"))
    assert table(results["rows"]) in PAGE
    assert [row["commit"] for row in results["rows"] if f"`{row['commit']}`" not in PAGE] == []
    parts = re.findall(
        r'^    "(\w+)": \(".+?", Count', (FAULTS / "__main__.py").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert [row["part"] for row in results["rows"]] == parts and len(parts) > 10
