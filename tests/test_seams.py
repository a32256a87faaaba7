"""docs/seams.md is complete and true: every private name of other projects that the code uses, bounds, and tests that exist."""

import ast
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent
PAGE = (REPOSITORY / "docs" / "seams.md").read_text(encoding="utf-8")
PYTHON = re.compile(r"torch\.ops\.[\w.]+|torch\._(?!_)\w+|fragment_storage")
PUBLIC = {"streamlit", "streamlit.delta_generator", "streamlit.errors"}
# Fields of Plotly's charts; `this._x` would be our own.
FIELDS = re.compile(r"(?<!this)\.(_\w+)|\.(p2d|d2p|l2p|p2l|c2p|traces)\b")
# Names in the page that Streamlit and Plotly made, in style sheets, components, and Python that writes either.
PAGE_NAMES = re.compile(
    r"\b(st[A-Z]\w+(?:-[a-z]+)?)|\.(block-container)|\[(data-stale)"
    r"|[.#](js-plotly-[a-z]+|modebar[a-z-]*|legendtoggle|(?:drag|scatter|hover|info|cartesian)layer|nsewdrag|js-line|g-[a-z]*title)(?![\w(])"
)


def sources(*patterns):
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *patterns]
    names = subprocess.run(listing, cwd=REPOSITORY, capture_output=True, check=True).stdout.decode().split("\0")
    paths = [REPOSITORY / name for name in names if name and "/bundles/" not in name]
    return [path.read_text(encoding="utf-8") for path in paths if path.is_file()]


def is_named(name, page):
    """Whether a page has the name as a word of its own: `_event` does not name `_ev`."""
    return re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", page) is not None


def private_names(pattern, texts):
    return {next(filter(None, [*match.groups(), match.group()])) for text in texts for match in pattern.finditer(text)}


def inner_modules(text):
    """The modules inside Streamlit, uvicorn and websockets that a source imports, but for public ones."""
    modules = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module == "streamlit":
            modules |= {f"streamlit.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            modules.add(node.module or "")
    return {name for name in modules if re.match(r"(streamlit|uvicorn|websockets)\.", name)} - PUBLIC


@pytest.mark.skipif(not (REPOSITORY / ".git").exists(), reason="only in a checkout")
def test_every_private_name_is_on_the_page():
    code = sources("vae_core/*.py", "app/*.py")
    python = private_names(PYTHON, code) | set().union(*map(inner_modules, code))
    browser = private_names(FIELDS, sources("app/*.js"))
    page = private_names(PAGE_NAMES, sources("app/*.js", "app/*.css", "app/*.py"))
    assert {"torch._fused_adam_", "torch.ops.mkldnn._linear_pointwise", "streamlit.net_util"} <= python
    assert {"_fullLayout", "_ev", "__data__"} <= browser
    assert {"stMain", "stExpandSidebarButton", "legendtoggle", "js-plotly-plot", "modebar-group", "g-ytitle"} <= page
    spelled = {"streamlit.runtime.scriptrunner": "get_script_run_ctx", "streamlit.config": "runner.postScriptGC"}
    assert sorted(name for name in python | browser | page if not is_named(spelled.get(name, name), PAGE)) == []


def test_the_bounds_on_the_page_are_those_of_the_project():
    """Whoever raises one meets the other."""
    dependencies = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    bounds = dict(re.fullmatch(r"([\w-]+)(.*)", dependency).groups() for dependency in dependencies)
    headings = "".join(re.findall("^## .*", PAGE, re.M))
    stated = {name.lower(): bound for name, bound in re.findall(r"([\w-]+) \(`([^`]+)`", headings)}
    assert stated.keys() == {"torch", "streamlit", "uvicorn", "websockets", "plotly", "scikit-learn"}
    assert stated == {name: bounds[name] for name in stated}


def test_every_test_on_the_page_exists():
    tests = re.findall(r"`(test_\w+\.py)::(test_\w+)`", PAGE)
    assert len(tests) > 15
    for file, name in tests:
        assert f"\ndef {name}(" in (REPOSITORY / "tests" / file).read_text(encoding="utf-8"), (file, name)


def test_a_private_name_in_python_is_seen():
    assert private_names(PYTHON, ["y = torch._foreach_mul(a, b)"]) == {"torch._foreach_mul"}


@pytest.mark.parametrize(("source", "module"), [
    ("from streamlit.runtime import get_instance", "streamlit.runtime"),
    ("from streamlit.elements.lib.layout_utils import Width", "streamlit.elements.lib.layout_utils"),
    ("import streamlit.watcher.path_watcher as watcher", "streamlit.watcher.path_watcher"),
    ("def f():\n    from streamlit import net_util", "streamlit.net_util"),
    ("from uvicorn.protocols.http.h11_impl import H11Protocol", "uvicorn.protocols.http.h11_impl"),
])  # fmt: skip
def test_an_inner_module_is_seen_wherever_it_is_imported(source, module):
    assert inner_modules(source) == {module}


def test_public_modules_are_no_seams():
    assert inner_modules("import streamlit as st\nimport uvicorn\nfrom streamlit.errors import Error") == set()


def test_a_private_field_in_the_browser_is_seen_and_our_own_is_not():
    assert private_names(FIELDS, ["plot._fullLayout.xaxis.l2p(this._own)"]) == {"_fullLayout", "l2p"}
    assert private_names(FIELDS, ["item.__data__[0]"]) == {"__data__"}


@pytest.mark.parametrize(("source", "name"), [
    ("find('.draglayer .drag')", "draglayer"),
    ('"[data-testid^=\'stSidebar\']"', "stSidebar"),
    (".stImage img { width: 1px }", "stImage"),
    ('HIDDEN = "#js-plotly-tester, .modebar-container"', "js-plotly-tester modebar-container"),
    ("[data-stale=true] {}", "data-stale"),
])  # fmt: skip
def test_a_name_in_the_page_is_seen_in_whatever_writes_it(source, name):
    assert private_names(PAGE_NAMES, [source]) == set(name.split())


def test_a_name_within_another_word_is_not_on_the_page():
    assert is_named("_ev", "`plot._ev`") and not is_named("_ev", "`test_every_page`, `_event`")
