"""docs/seams.md is complete and true: every private name of torch, Streamlit and Plotly that the code uses, and tests that exist."""

import re
import subprocess
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent
PAGE = (REPOSITORY / "docs" / "seams.md").read_text(encoding="utf-8")
PYTHON = re.compile(
    r"torch\.ops\.[\w.]+|torch\._(?!_)\w+|(?<=from )streamlit\.(?:runtime|web|proto)\b[\w.]*|fragment_storage"
)
# Fields of Plotly's charts; `this._x` would be our own.
BROWSER = re.compile(
    r"(?<!this)\.(_\w+)|\.(p2d|d2p|l2p|p2l|c2p)\b|\[?data-testid\^?=[\"']?(\w+)"
    r"|\.(draglayer|nsewdrag|legendtoggle|traces|modebar-btn)\b"  # classes of Plotly's elements
)


def sources(*patterns):
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *patterns]
    names = subprocess.run(listing, cwd=REPOSITORY, capture_output=True, check=True).stdout.decode().split("\0")
    paths = [REPOSITORY / name for name in names if name and "/bundles/" not in name]
    return "\n".join(path.read_text(encoding="utf-8") for path in paths if path.is_file())


def is_named(name, page):
    """Whether a page has the name as a word of its own: `_event` does not name `_ev`."""
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", page) is not None


def private_names(pattern, text):
    return {next(filter(None, [*match.groups(), match.group()])) for match in pattern.finditer(text)}


@pytest.mark.skipif(not (REPOSITORY / ".git").exists(), reason="only in a checkout")
def test_every_private_name_is_on_the_page():
    python = private_names(PYTHON, sources("vae_core/*.py", "app/*.py"))
    browser = private_names(BROWSER, sources("app/*.js", "app/*.css", "app/theme.py"))
    assert {"torch._fused_adam_", "torch.ops.mkldnn._linear_pointwise"} <= python
    assert {"_fullLayout", "_ev", "__data__", "legendtoggle", "stMain"} <= browser
    spelled = {"streamlit.runtime.scriptrunner": "get_script_run_ctx", "streamlit.web": "streamlit.web.cli"}
    assert sorted(name for name in python | browser if not is_named(spelled.get(name, name), PAGE)) == []


def test_every_test_on_the_page_exists():
    tests = re.findall(r"`(test_\w+\.py)::(test_\w+)`", PAGE)
    assert len(tests) > 15
    for file, name in tests:
        assert f"\ndef {name}(" in (REPOSITORY / "tests" / file).read_text(encoding="utf-8"), (file, name)


@pytest.mark.parametrize(("source", "name"), [
    ("y = torch._foreach_mul(a, b)", "torch._foreach_mul"),
    ("from streamlit.runtime import get_instance", "streamlit.runtime"),
])  # fmt: skip
def test_a_private_name_in_python_is_seen(source, name):
    assert private_names(PYTHON, source) == {name}


def test_a_private_field_in_the_browser_is_seen_and_our_own_is_not():
    assert private_names(BROWSER, "plot._fullLayout.xaxis.l2p(this._own)") == {"_fullLayout", "l2p"}
    assert private_names(BROWSER, "item.__data__[0]; find('.draglayer .drag')") == {"__data__", "draglayer"}


def test_a_name_within_another_word_is_not_on_the_page():
    assert is_named("_ev", "`plot._ev`") and not is_named("_ev", "`test_every_page`, `_event`")
