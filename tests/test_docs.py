"""The documentation site: every block of code runs, the examples of the API give what they say, and the site asks nobody else."""

import ast
import contextlib
import doctest
import functools
import http.server
import importlib
import json
import re
import shlex
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import torch

from aevb_lab import launch, take_home_command
from vae_core.cli import main as cli

REPOSITORY = Path(__file__).resolve().parent.parent
DOCS = REPOSITORY / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
TRIED_ELSEWHERE = {  # pages with a test of their own that runs each of their blocks
    "export.md": "test_export.py",
    "scikit-learn.md": "test_estimator_in_use.py",
}
FENCED = re.compile(r"^```(\w*)\n(.*?)^```", re.DOTALL | re.MULTILINE)


def blocks_of(path):
    """The language and the text of each block of code: fenced ones, and commands that are indented."""
    text = path.read_text(encoding="utf-8")
    blocks = FENCED.findall(text)
    indented = re.findall(
        r"(?:^    .*\n)+", re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE), re.MULTILINE
    )
    first = ("aevb", "docker", "torchrun", "make", "pip", "python", "---")
    return blocks + [("sh", block) for block in indented if block.strip().startswith(first)]


WITH_BLOCKS = [path for path in PAGES if blocks_of(path) and path.name not in TRIED_ELSEWHERE]


def names_of(path):
    return str(path.relative_to(DOCS))


@pytest.mark.slow
@pytest.mark.parametrize("path", WITH_BLOCKS, ids=names_of)
def test_every_block_of_the_page_runs(path, tmp_path, monkeypatch, capsys):
    """In the order of the page and in one folder."""
    monkeypatch.chdir(tmp_path)
    space = {}
    with torch.random.fork_rng():
        for language, text in blocks_of(path):
            if language == "python":
                exec(compile(text, str(path), "exec"), space)
            elif language == "sh":
                for line in text.splitlines():
                    assert try_command(line.strip()), (line, capsys.readouterr().err)
            else:
                assert is_read(language, text), f"nobody tries a block of {language}"


def try_command(line):
    """Run a command of this project; read one that installs, builds or never ends. Whether it is right."""
    line = re.sub(r"\s{2,}#.*|\s+\(.*\)$", "", line)
    if not line or line.startswith("---") or ": " in line:  # the head of a README for a hub
        return True
    name, *words = shlex.split(line)
    if name == "torchrun":
        at = words.index("vae_core")
        return cli.build_parser().parse_args(words[at + 1 :]).command == "train"
    if name == "aevb-lab" and words[:1] == ["take-home"]:
        return take_home_command.take_home(words[1:]) == 0
    if name == "aevb-lab":
        return launch.build_parser().parse_args(words) is not None
    if name == "make":
        return all(re.search(rf"^{word}:", (REPOSITORY / "Makefile").read_text(), re.MULTILINE) for word in words)
    if name in ("pip", "docker", "npm"):  # test_wheel.py and test_deploy.py install
        return words[0] in ("install", "build", "run")
    if name in ("aevb", "python"):
        return cli.main(words if name == "aevb" else words[2:]) == 0
    return False


def is_read(language, text):
    """Blocks that no interpreter here runs: their form, or the test that tries them."""
    if language == "json":
        return json.loads(text) is not None
    if language == "nginx":  # test_browser_nginx.py runs it
        return text.count("{") == text.count("}")
    return language in ("", "js", "text")  # figures and pictures of code; tests/js runs what is there


def test_every_page_whose_blocks_are_tried_elsewhere_has_such_a_test():
    for page, test in TRIED_ELSEWHERE.items():
        assert page in (REPOSITORY / "tests" / test).read_text(encoding="utf-8") and (DOCS / page).exists()


def test_every_page_of_the_app_has_a_page_here_with_its_picture_and_its_question():
    main = (REPOSITORY / "app" / "main.py").read_text(encoding="utf-8")
    views = dict(re.findall(r'st\.Page\("views/(\w+)\.py", title="([^"]+)"', main))
    assert views.pop("classroom") == "Class", "teacher.md is about this one"
    for view, title in views.items():
        text = (DOCS / "pages" / f"{view}.md").read_text(encoding="utf-8")
        assert text.startswith(f"# {title}\n") and f"](../pictures/{view}-light.webp)" in text
        question = re.search(r"^\*\*(.+\?)\*\*$", text, re.MULTILINE)[1]
        assert f'"{question}"' in (REPOSITORY / "app" / "views" / f"{view}.py").read_text(encoding="utf-8")
    assert {path.stem for path in (DOCS / "pages").glob("*.md")} == set(views)


# -- the API -----------------------------------------------------------------------------------------------------


def documented():
    """The names that the page API lists."""
    return re.findall(r"^::: (\S+)$", (DOCS / "api.md").read_text(encoding="utf-8"), re.MULTILINE)


def named(path):
    module, _, name = path.rpartition(".")
    return getattr(importlib.import_module(module), name)


@pytest.mark.slow  # it loads scikit-learn
def test_the_api_lists_what_is_there_and_each_has_words():
    assert len(documented()) > 25
    assert [path for path in documented() if not (named(path).__doc__ or "").strip()] == []


def with_examples():
    """The modules of vae_core that have an example in a docstring."""
    paths = [
        path for path in sorted((REPOSITORY / "vae_core").rglob("*.py")) if ">>> " in path.read_text(encoding="utf-8")
    ]
    names = [".".join(path.relative_to(REPOSITORY).with_suffix("").parts) for path in paths]
    long = ("vae_core.__init__", "vae_core.estimator")  # they train for seconds
    return [pytest.param(name, marks=pytest.mark.slow if name in long else ()) for name in names]


@pytest.mark.parametrize("name", with_examples())
def test_the_examples_of_docstrings_give_what_they_say(name):
    module = importlib.import_module(name)
    finder, runner = doctest.DocTestFinder(), doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    tests = [test for test in finder.find(module) if test.examples]
    source = ast.parse(Path(module.__file__).read_text(encoding="utf-8"))
    written = sum(
        ">>> " in (ast.get_docstring(node) or "")
        for node in ast.walk(source)
        if hasattr(node, "body") and isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
    )
    assert len(tests) == written >= 1, "each example is found"
    for test in tests:
        assert runner.run(test).failed == 0


# -- the site ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Built strictly: a link that leads nowhere, or a page that is in no menu, fails it."""
    folder = tmp_path_factory.mktemp("site")
    if not (REPOSITORY / "node_modules" / "katex").exists():
        pytest.skip("no KaTeX: `make docs` installs it")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "-d", str(folder)]
    told = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True)
    assert told.returncode == 0 and "WARNING" not in told.stderr, told.stderr
    return folder


@contextlib.contextmanager
def served(folder):
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=folder)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.slow
@pytest.mark.browser
def test_the_site_shows_each_page_and_its_formulas_without_another_host(site, browser):
    faults = []
    with served(site) as address:
        page = browser.new_page()
        page.on(
            "request",
            lambda sent: None if sent.url.startswith((address, "data:", "blob:")) else faults.append(sent.url),
        )
        page.on("response", lambda answer: faults.append(answer.url) if answer.status >= 400 else None)
        page.on("pageerror", lambda error: faults.append(str(error)))
        for file in sorted(site.rglob("*.html")):
            if file.name == "404.html":
                continue
            page.goto(f"{address}/{file.relative_to(site)}")
            assert page.locator("h1").count() >= 1
            assert page.evaluate("() => [...document.images].filter((i) => i.complete && !i.naturalWidth).length") == 0
            formulas = page.locator(".arithmatex")
            assert (
                page.locator(".arithmatex .katex").count() == formulas.count()
                and page.locator(".katex-error").count() == 0
            )
        page.goto(f"{address}/pages/bound.html")
        page.wait_for_selector(".katex")
        for _ in range(3):  # clicked through
            page.click(".md-footer__link--next")
            page.wait_for_load_state()
        page.goto(f"{address}/index.html")
        page.keyboard.press("/")
        page.keyboard.type("posterior")
        page.wait_for_selector(".md-search-result__item")
        page.close()
    assert faults == []


@pytest.mark.slow
def test_links_and_files_of_the_site_stay_within_it(site):
    """Also those that mkdocs does not follow: in HTML, to pictures and to parts of pages."""
    broken = []
    for file in site.rglob("*.html"):
        text = file.read_text(encoding="utf-8")
        for target in re.findall(r'(?:href|src)="([^"]+)"', text):
            path, _, part = target.partition("#")
            if (
                re.match(r"https?:|mailto:|data:|javascript:", target)
                or not path
                and not part
                or file.name == "404.html"
            ):
                continue
            other = (file.parent / path).resolve() if path else file
            if (
                not other.exists()
                or part
                and other.suffix == ".html"
                and f'id="{part}"' not in other.read_text(encoding="utf-8")
            ):
                broken.append((file.name, target))
    assert broken == []
    scripts = {
        url
        for file in site.rglob("*.html")
        for url in re.findall(r'<(?:script|link)[^>]+(?:src|href)="(https?:[^"]+)"', file.read_text(encoding="utf-8"))
    }
    assert scripts == set()
