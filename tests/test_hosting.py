"""How the server is reached: each setting as a flag and as a variable, the path below which the app is, and what a report says."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from browsing import run_apart

import vae_core as vc
from aevb_lab import about, hosting, launch, serving, visitors
from aevb_lab.classroom import room, routes

REPOSITORY = Path(__file__).resolve().parent.parent
WORDS = {  # of each option: words, their value, and words that are no value
    "port": ("8600", 8600, ["0", "65536", "x", "8501.0"]),
    "address": ("0.0.0.0", "0.0.0.0", ["http://0.0.0.0", "0.0.0.0:80", "", "a b", "192.0.2.1", "lab.example"]),
    "allowed_hosts": ("lab.example", ("lab.example",), ["https://lab.example", "lab.example:443", "lab.example/x", "a b"]),
    "base_path": ("/lab/", "lab", ["a b", "..", "lab/../x", "lab?x", "https://x/y", "a//b"]),
    "slots": ("1", 1, ["0", "65", "-1", "1.5", "two"]),
    "embed_in": ("https://moodle.example", ("https://moodle.example",), ["moodle.example", "https://moodle.example/x"]),
}  # fmt: skip


@pytest.fixture(autouse=True)
def untouched(monkeypatch):
    """Neither the tester's environment nor a test's own choice counts in another test."""
    for option in hosting.OPTIONS:
        monkeypatch.delenv(option.variable, raising=False)
    environment = dict(os.environ)
    yield
    for name in set(os.environ) - set(environment):
        del os.environ[name]


def chosen(*words):
    return launch.build_parser().parse_args(words)


def started(monkeypatch, *words):
    """Streamlit's options in a start with these words."""
    calls = []
    for stream in ("stdout", "stderr"):
        monkeypatch.setattr(sys, stream, getattr(sys, stream))
    monkeypatch.setattr(launch.cli, "main", lambda arguments, prog_name: calls.append(arguments[2:]))
    monkeypatch.setattr(launch, "local_address", lambda: "192.0.2.7")
    monkeypatch.setattr(launch, "addresses", lambda: ["192.0.2.7"])
    monkeypatch.setattr(launch, "wait_until_it_answers", lambda port, ended: False)
    assert launch.main(list(words)) == 0
    return calls[0]


def test_every_option_is_tried_here():
    assert {option.name for option in hosting.OPTIONS} == set(WORDS) | {"no_browser"}
    assert len({option.variable for option in hosting.OPTIONS}) == len(hosting.OPTIONS)


@pytest.mark.parametrize("name", WORDS)
def test_a_flag_goes_before_its_variable_and_the_variable_before_the_default(name, monkeypatch):
    option = next(option for option in hosting.OPTIONS if option.name == name)
    words, value, _ = WORDS[name]
    assert getattr(chosen(), name) == option.default
    flagged = getattr(chosen(option.flag, words), name)
    assert (tuple(flagged) if option.is_list else flagged) == value
    monkeypatch.setenv(option.variable, f" {words} ")
    assert getattr(chosen(), name) == value
    other = {"port": "8700", "slots": "2", "address": "127.0.0.2", "base_path": "other"}.get(
        name, "https://other.example"
    )
    if name != "allowed_hosts":
        assert getattr(chosen(option.flag, other), name) != value
    monkeypatch.setenv(option.variable, "")
    assert getattr(chosen(), name) == option.default, "an empty variable says nothing"


@pytest.mark.parametrize(("name", "words"), [(name, words) for name, (*_, bad) in WORDS.items() for words in bad])
def test_what_is_no_value_is_answered_in_one_line_wherever_it_stands(name, words, monkeypatch, capsys):
    option = next(option for option in hosting.OPTIONS if option.name == name)
    for by_flag in (True, False):
        if not by_flag and not words or option.is_list and " " in words and not by_flag:
            continue  # an empty variable says nothing, and a space parts two names
        monkeypatch.setenv(option.variable, "" if by_flag else words)
        with pytest.raises(SystemExit) as stop:
            launch.main([f"{option.flag}={words}"] if by_flag else [])
        told = capsys.readouterr().err
        assert stop.value.code == 2 and told.count("\n") == 1 and repr(words) in told and "must be" in told
        assert (option.flag if by_flag else option.variable) in told


def test_lists_take_several_words_by_flag_and_by_variable(monkeypatch):
    assert chosen("--allowed-hosts", "a.example", "*.b.example").allowed_hosts == ["a.example", "*.b.example"]
    monkeypatch.setenv("AEVB_ALLOWED_HOSTS", "a.example, *.b.example")
    assert chosen().allowed_hosts == ("a.example", "*.b.example")


@pytest.mark.parametrize(("text", "is_on"), [("1", True), ("yes", True), ("0", False), ("", False), ("maybe", None)])
def test_the_browser_stays_shut_where_the_environment_says_so(text, is_on, monkeypatch, capsys):
    monkeypatch.setenv("AEVB_NO_BROWSER", text)
    if is_on is None:
        with pytest.raises(SystemExit):
            chosen()
        assert "AEVB_NO_BROWSER: it must be 1 or 0, got 'maybe'" in capsys.readouterr().err
    else:
        assert ("--server.headless=true" in launch.settings(8501, options=chosen())) == is_on
    monkeypatch.setenv("AEVB_NO_BROWSER", "0")
    assert "--server.headless=true" in launch.settings(8501, options=chosen("--no-browser"))


def test_a_server_for_others_opens_no_browser_and_answers_to_its_names_and_to_localhost(monkeypatch):
    words = started(monkeypatch, "--address", "0.0.0.0", "--allowed-hosts", "lab.example", "--base-path", "/tools/lab/")
    assert {"--server.address=0.0.0.0", "--server.baseUrlPath=tools/lab", "--server.headless=true"} < set(words)
    hosts = [word.removeprefix("--server.allowedHosts=") for word in words if "allowedHosts" in word]
    assert hosts == ["lab.example", "localhost", "127.0.0.1"]


def test_a_class_below_a_path_is_told_that_path(monkeypatch, capsys):
    words = started(monkeypatch, "--class", "--base-path", "lab", "--allowed-hosts", "lab.example")
    told = capsys.readouterr().out
    assert "For the pupils:   http://192.0.2.7:8501/lab\n" in told
    assert re.search(r"For the teacher:  http://192\.0\.2\.7:8501/lab/class/teach/[\w-]+\n", told)
    hosts = [word.removeprefix("--server.allowedHosts=") for word in words if "allowedHosts" in word]
    assert hosts == ["192.0.2.7", "lab.example", "localhost", "127.0.0.1"]
    assert {"--server.address=0.0.0.0", "--server.baseUrlPath=lab"} < set(words)


def test_the_slots_reach_the_board(monkeypatch):
    started(monkeypatch, "--slots", "3")
    assert hosting.slots() == 3
    monkeypatch.setenv(hosting.SLOTS, "")
    assert hosting.slots() is None
    monkeypatch.setenv(hosting.SLOTS, "many")
    with pytest.raises(ValueError, match=r"AEVB_SLOTS: the slots must be .*'many'"):
        hosting.slots()
    source = (REPOSITORY / "app" / "session" / "runs.py").read_text(encoding="utf-8")
    assert "Board(hosting.slots())" in source


# -- below a path ------------------------------------------------------------------------------------------------


def seen_by(app_of, path, kind="http"):
    """The path of the request that the innermost app gets."""
    paths = []

    async def innermost(scope, receive, send):
        paths.append(scope.get("path"))

    run_apart(app_of(innermost)({"type": kind} | ({} if path is None else {"path": path}), None, None))
    return paths[0]


@pytest.mark.parametrize(("asked", "ours", "streamlits"), [
    ("/lab/", "/", "/lab/"),
    ("/lab/class/live", "/class/live", "/lab/class/live"),
    ("/train", "/train", "/lab/train"),
    ("/laboratory", "/laboratory", "/lab/laboratory"),
    ("/lab", "/lab", "/lab"),
])  # fmt: skip
def test_our_layers_see_no_path_and_streamlit_sees_its_own(asked, ours, streamlits):
    """Also where a proxy took the path away: /train is then /lab/train."""
    assert seen_by(lambda app: serving.BelowPath(app, "/lab"), asked) == ours
    assert seen_by(lambda app: serving.BelowPath(serving.AtPath(app, "/lab"), "/lab"), asked, "websocket") == streamlits
    assert seen_by(lambda app: serving.BelowPath(serving.AtPath(app, ""), ""), asked) == asked


def test_the_start_and_the_end_of_the_server_have_no_path():
    assert seen_by(lambda app: serving.BelowPath(serving.AtPath(app, "/lab"), "/lab"), None, "lifespan") is None


def test_cookies_and_the_teachers_way_lie_below_the_path():
    sent = []

    async def send(message):
        sent.append(message)

    async def page(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})

    scope = {"type": "http", "method": "GET", "path": "/", "headers": [(b"accept", b"text/html")]}
    run_apart(visitors.VisitorCookie(page, lambda: "/lab")(scope, None, send))
    assert b"Path=/lab;" in dict(sent.pop()["headers"])[b"set-cookie"]
    lesson = room.Room("secret")
    way = {"type": "http", "method": "GET", "path": f"{visitors.TEACH}secret", "headers": []}
    run_apart(routes.Classroom(page, lesson, base="/lab")(way, None, send))
    headers = dict(sent[0]["headers"])
    assert headers[b"location"] == b"/lab/class" and b"Path=/lab;" in headers[b"set-cookie"]


# -- the report --------------------------------------------------------------------------------------------------


def test_about_prints_version_settings_and_paths_and_starts_nothing(monkeypatch, capsys):
    monkeypatch.setattr(launch.cli, "main", lambda *_, **__: pytest.fail("it must start nothing"))
    assert launch.main(["--about", "--slots", "2", "--class"]) == 0
    told = capsys.readouterr().out
    assert told.startswith(f"AEVB Lab {vc.__version__}\nPython {sys.version.split()[0]} on ")
    for line in ("slots: 2", "class: yes", "address: 0.0.0.0", f"program: {REPOSITORY / 'app'}", "torch "):
        assert line in told
    assert launch.main(["--version"]) == 0
    assert capsys.readouterr().out == f"aevb-lab {vc.__version__}\n"


def test_a_report_does_not_name_the_user(monkeypatch):
    monkeypatch.setenv("HOME", str(REPOSITORY.parent))
    monkeypatch.setenv("USERPROFILE", str(REPOSITORY.parent))
    told = about.report({})
    assert f"program: {Path('~', REPOSITORY.name, 'app')}" in told and str(REPOSITORY) not in told


def test_a_report_for_visitors_names_no_folder_of_the_server():
    assert str(REPOSITORY) in about.report({})
    assert (
        str(REPOSITORY) not in about.report({}, with_paths=False)
        and "/" not in about.report({"port": 1}, with_paths=False).split("port")[1]
    )
    assert hosting.is_public("0.0.0.0", ()) and hosting.is_public("127.0.0.1", ("lab.example",))
    for address in ("192.168.1.5", "::", "fe80::1", ""):
        assert hosting.is_public(address, ()), address
    for address in ("127.0.0.1", "127.0.0.2", "::1", "localhost"):
        assert not hosting.is_public(address, ()), address


# -- torch's CPU build -------------------------------------------------------------------------------------------

PIP = """#!/bin/sh
echo "$@" >> calls
case "$*" in
  *"pip show"*) exit 1;;
  *--index-url*) exit {reached};;
esac
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere PyPI has the CPU build")
@pytest.mark.parametrize("reached", [True, False])
def test_on_linux_without_a_card_torchs_cpu_build_comes_first_and_pips_index_is_the_fall_back(reached, tmp_path):
    for name in ("Makefile", "requirements.txt", "pyproject.toml"):
        shutil.copyfile(REPOSITORY / name, tmp_path / name)
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(PIP.format(reached=0 if reached else 1))
    python.chmod(0o755)
    environment = {"PATH": os.environ["PATH"], "TORCH_INDEX_URL": "http://127.0.0.1:9/cpu"}
    if shutil.which("nvidia-smi"):
        pytest.skip("there is a card")
    told = subprocess.run(
        ["make", ".venv/.app"], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    first, second, third = (tmp_path / "calls").read_text().splitlines()
    assert first == "-m pip show -q torch" and second.endswith("--index-url http://127.0.0.1:9/cpu torch==2.13.0")
    assert third.endswith("-r requirements.txt") and "index-url" not in third
    assert ("is not reached" in told.stdout) == (not reached)


def test_only_the_address_of_pytorchs_own_index_stands_in_what_installs():
    """And no lock file names a registry's host."""
    for name in ("README.md", "Makefile", "pyproject.toml", "Dockerfile", "requirements.txt", "requirements-dev.txt"):
        path = REPOSITORY / name
        urls = (
            set(re.findall(r"https?://[\w.-]+(?:/whl/cpu)?", path.read_text(encoding="utf-8")))
            if path.exists()
            else set()
        )
        indexes = {url for url in urls if re.search(r"whl|simple|index|pypi|pythonhosted|npmjs|registry", url)}
        assert indexes <= {"https://download.pytorch.org/whl/cpu"}, name
    assert not [path.name for path in REPOSITORY.glob("*.lock")]


def test_the_double_click_for_windows_sets_up_and_starts_with_all_flags():
    text = (REPOSITORY / "start.bat").read_bytes().decode("ascii")
    assert text.count("\r\n") == text.count("\n"), "cmd jumps to the wrong lines without"
    labels, jumps = set(re.findall(r"^:(\w+)", text, re.MULTILINE)), set(re.findall(r"goto (\w+)", text))
    assert jumps == labels and "not tried" in text
    assert "-r requirements.txt" in text and 'aevb-lab.exe" %*' in text


@pytest.mark.slow
def test_the_code_fits_together_on_windows_too(tmp_path):
    """As far as types say: nobody has run it there."""
    command = [sys.executable, "-m", "mypy", "--platform", "win32", "--cache-dir", str(tmp_path)]
    assert subprocess.run(command, cwd=REPOSITORY).returncode == 0
