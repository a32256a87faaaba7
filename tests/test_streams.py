"""Standard streams that are closed, full, ASCII or without a reader: the work is done, and nothing is a traceback."""

import io
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from vae_core import load_model
from vae_core.cli import progress, streams
from vae_core.cli.progress import ProgressBar, progress_bar

REPOSITORY = Path(__file__).resolve().parent.parent
TRAIN = "train --data digits --hidden 4 --epochs 1 --batch-size 500 --json --out run"
SHELL = shutil.which("sh")
pytestmark = pytest.mark.skipif(not SHELL or not Path("/dev/full").exists(), reason="needs a shell and /dev/full")


def shell(line: str, folder: Path, **environment: str) -> subprocess.CompletedProcess:
    """A line of shell in which VC is our command."""
    line = line.replace("VC", f"{shlex.quote(sys.executable)} -m vae_core")
    variables = os.environ | {"PYTHONPATH": str(REPOSITORY)} | environment
    return subprocess.run([SHELL, "-c", line], cwd=folder, env=variables, capture_output=True, timeout=240)


@pytest.mark.parametrize(
    ("redirection", "has_report"),
    [
        ("2>&-", True),
        pytest.param("2>/dev/full", True, marks=pytest.mark.slow),
        pytest.param("2>&1 | head -n 1", False, marks=pytest.mark.slow),
    ],
)
def test_training_ends_whatever_becomes_of_stderr(tmp_path, redirection, has_report):
    done = shell(f"(VC {TRAIN}; echo $? >code) {redirection}", tmp_path)
    assert (tmp_path / "code").read_text() == "0\n"
    load_model(tmp_path / "run" / "model.safetensors")
    assert b"Traceback" not in done.stdout + done.stderr
    if has_report:
        assert json.loads(done.stdout)["finished"] is True


def test_what_libraries_write_on_a_closed_stderr_is_in_no_file(tmp_path):
    code = (  # the file alone: all of vae_core takes long to load
        f"import os, runpy; runpy.run_path({str(REPOSITORY / 'vae_core/cli/streams.py')!r})['prepare_streams'](); "
        "file = open('out', 'wb'); os.write(2, b'a warning'); file.write(b'result'); file.close()"
    )
    shell(f"{shlex.quote(sys.executable)} -c {shlex.quote(code)} 2>&- <&-", tmp_path)
    assert (tmp_path / "out").read_bytes() == b"result"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("line", "code", "error"),
    [
        ("(VC list; echo $? >code) | head -n 0", 0, ""),
        ("VC list >/dev/full; echo $? >code", 2, "vae_core: stdout cannot be written: No space left on device\n"),
        pytest.param("VC list --json >&-; echo $? >code", 2, "vae_core: stdout cannot be written: it is closed\n"),
        pytest.param("VC train --help >/dev/full; echo $? >code", 2, "vae_core: stdout cannot be written: No space left on device\n", marks=pytest.mark.slow),
        pytest.param("(VC --help; echo $? >code) | head -n 0", 0, "", marks=pytest.mark.slow),
    ],
)  # fmt: skip
def test_a_report_that_cannot_be_written_is_one_line_and_one_without_a_reader_is_none(tmp_path, line, code, error):
    done = shell(line, tmp_path)
    assert (tmp_path / "code").read_text() == f"{code}\n"
    assert done.stderr.decode() == error


@pytest.mark.slow
def test_a_commands_names_that_the_encoding_lacks_are_escaped(tmp_path):
    done = shell("VC sample digits-2d --num 1 --out ü.png", tmp_path, PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert done.returncode == 0 and (tmp_path / "ü.png").exists(), done.stderr
    assert done.stdout.startswith(b"out: \\xfc.png\n")


# -- in this process ---------------------------------------------------------------------------------------------


class Broken:
    """A stream on which every call fails."""

    def __init__(self, error: Exception):
        self.error = error
        self.calls = 0

    def write(self, *text):
        self.calls += 1
        raise self.error

    flush = isatty = fileno = write


@pytest.mark.parametrize("error", [OSError(28, "No space left"), BrokenPipeError(), ValueError("I/O on closed file"), UnicodeEncodeError("ascii", "ü", 0, 1, "")])  # fmt: skip
def test_progress_never_raises(monkeypatch, error):
    stream = Broken(error)
    monkeypatch.setattr(sys, "stderr", stream)
    with progress_bar() as bar:
        bar.show_images(1, 2)
        bar.show(3, 3, 30, None)
    streams.say("vae_core: words")
    assert stream.calls >= 3
    monkeypatch.setattr(sys, "stderr", None)
    with progress_bar() as bar:
        bar.show_images(1, 2)
    streams.say("words")


@pytest.mark.parametrize(
    ("stream", "written", "words"),
    [
        (Broken(BrokenPipeError()), True, ""),
        (Broken(OSError(28, "No space left on device")), False, "vae_core: stdout cannot be written: No space left on device\n"),
        (None, False, "vae_core: stdout cannot be written: it is closed\n"),
    ],
)  # fmt: skip
def test_a_report_without_a_reader_is_no_failure_and_one_that_is_lost_is_one_line(
    monkeypatch, capsys, stream, written, words
):
    monkeypatch.setattr(sys, "stdout", stream)
    assert streams.write_report({"a": 1}, as_json=False) is written
    assert capsys.readouterr().err == words


def test_what_the_encoding_lacks_is_escaped(monkeypatch):
    content = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(content, "ascii"))
    streams.prepare_streams()
    assert streams.write_report({"out": "ü.png", "lone": "\udcff"}, as_json=False)
    assert content.getvalue() == b"out: \\xfc.png\nlone: \\udcff\n"


def test_nothing_goes_to_stdout_when_stderr_is_closed(monkeypatch, capsys):
    monkeypatch.setattr(sys, "stderr", None)
    streams.say("vae_core: words")
    with progress_bar() as bar:
        bar.show_images(2, 2)
    assert capsys.readouterr().out == ""


def test_a_log_file_gets_few_lines_and_no_returns(monkeypatch, capsys):
    clock = iter(range(1000))
    monkeypatch.setattr(progress.time, "monotonic", lambda: float(next(clock)))
    with progress_bar() as bar:
        for done in range(1, 101):
            bar.show_images(done, 100)
    text = capsys.readouterr().err
    lines = text.splitlines()
    assert "\r" not in text and 10 <= len(lines) <= 12
    assert lines[-1] == f"[{'#' * 30}] 100/100 images"
    assert re.search(r"/100 images, \d+ s left$", lines[1])


def test_a_terminal_gets_one_line_that_is_drawn_over(monkeypatch, capsys):
    monkeypatch.setattr(progress, "is_terminal", lambda: True)
    bar = ProgressBar()
    for done in (1, 2, 3):
        monkeypatch.setattr(progress, "BAR_SECONDS", 0.0)
        bar.show_images(done, 3)
    bar.close()
    text = capsys.readouterr().err
    assert text.count("\r") == 3 and text.count("\n") == 1 and text.endswith("\n")


def test_work_does_not_wait_for_a_reader(monkeypatch):
    read_end, write_end = os.pipe()
    os.set_blocking(write_end, False)
    with os.fdopen(write_end, "w") as pipe:
        with pytest.raises(BlockingIOError):
            while True:
                os.write(write_end, b"." * 4096)
        os.set_blocking(write_end, True)
        monkeypatch.setattr(sys, "stderr", pipe)
        assert not streams.can_say()
        with progress_bar() as bar:
            bar.show_images(1, 2)  # would wait for ever
        monkeypatch.undo()
        os.read(read_end, 1 << 20)
    os.close(read_end)


def test_json_has_null_for_what_is_undefined(capsys):
    assert streams.write_report({"mean": 1.5, "std_error": float("nan"), "name": "ü"}, as_json=True)
    assert json.loads(capsys.readouterr().out) == {"mean": 1.5, "std_error": None, "name": "ü"}
