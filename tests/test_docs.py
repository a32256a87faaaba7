"""The documentation site: every block of code runs, the examples of the API give what they say, and the site asks nobody else."""

import ast
import contextlib
import doctest
import functools
import http.server
import importlib
import itertools
import json
import os
import re
import shlex
import subprocess
import sys
import textwrap
import threading
from pathlib import Path
from typing import NamedTuple

import pytest
import torch

from aevb_lab import launch, take_home_command
from aevb_lab.shown.welcome import first_question
from vae_core.cli import main as cli

REPOSITORY = Path(__file__).resolve().parent.parent
DOCS = REPOSITORY / "docs"
PAGES = [REPOSITORY / "README.md", REPOSITORY / "CONTRIBUTING.md", *sorted(DOCS.rglob("*.md"))]
# Pages, or parts of pages, with a test of their own that runs each of their blocks.
TRIED_ELSEWHERE = {
    "README.md#In Python": "test_readme.py",
    "README.md#On the command line": "test_readme.py",
    "docs/export.md": "test_export.py",
    "docs/scikit-learn.md": "test_estimator_in_use.py",
}
# What no test runs as it stands, by how a command begins or by the language of a block: why, and what is tried instead. `is_right` below
# reads each of them. A block that is neither here nor above runs in this file.
NOT_RUN = {
    "make": "it sets up and works for minutes; continuous integration runs `make check` and `make test`",
    "pip install": "it changes the environment; test_wheel.py and test_deploy.py install into new ones",
    "npm": "it needs Node; test_bundles.py compares the bundles with their sources",
    "python tests/js/write_numbers.py": "it writes into the repository; test_bundles.py compares what it writes",
    "docker": "there is no Docker; test_deploy.py runs the commands of the Dockerfile in a clean folder",
    "torchrun": "the last of them needs two machines; test_parallel.py starts two processes",
    "aevb-lab": "it serves until it is stopped; test_wheel.py and test_browser_nginx.py start it",
    "python -m vae_core reproduce": "it takes hours; test_paper_figures.py and test_experiments.py run it with small data",
    "nginx": "it needs nginx and names; test_browser_nginx.py runs this very text with names of its own",
    "yaml": "the head of a README for a hub, which nobody here can reach",
    "text": "a drawing",
}
FENCE = re.compile(r"^```(\w*)\n(.*?)^```\n", re.DOTALL | re.MULTILINE)
INDENTED = re.compile(r"(?<=\n\n)(?: {4}.*\n|\n(?= {4}))+")


class Block(NamedTuple):
    """One block of code; `place` is its page and the heading above it."""

    place: str
    language: str
    text: str

    @property
    def commands(self):
        return [line for line in map(without_comment, self.text.splitlines()) if line] if self.language == "sh" else []

    @property
    def reason(self):
        """Why it does not run here; "" where it does."""
        page = self.place.split("#")[0]
        return TRIED_ELSEWHERE.get(self.place) or TRIED_ELSEWHERE.get(page) or NOT_RUN.get(self.language, "")


def blocks_of(path):
    """Each block of code: fenced ones, and indented ones, which are Python or commands."""
    blocks, name = [], path.relative_to(REPOSITORY).as_posix()
    for part in re.split(r"^## ", path.read_text(encoding="utf-8"), flags=re.MULTILINE):
        place = f"{name}#{part.splitlines()[0]}"
        blocks += [Block(place, language, text) for language, text in FENCE.findall(part)]
        for text in map(textwrap.dedent, INDENTED.findall(FENCE.sub("", part))):
            language = "python" if re.match(r"import |from ", text) else "sh"
            blocks.append(Block(place, language, text))
    return blocks


BLOCKS = {path: blocks_of(path) for path in PAGES}


def without_comment(line):
    return re.sub(r"(^|\s+)#.*", "", line).strip()


def not_run(command):
    """How a command begins that is in the table; "" for one that runs. A plan is quickly made, and so is a page to take home."""
    if "--plan" in command or command.startswith("aevb-lab take-home"):
        return ""
    return next((start for start in NOT_RUN if command == start or command.startswith(f"{start} ")), "")


def test_each_block_runs_or_the_table_says_why_not():
    taken = set()
    for block in itertools.chain.from_iterable(BLOCKS.values()):
        assert block.reason or block.language in ("python", "sh"), f"nobody tries {block}"
        taken |= {block.place, block.place.split("#")[0], block.language, *map(not_run, block.commands)}
        if not block.reason and block.language == "sh":
            runs = ("aevb ", "python -m vae_core ", "aevb-lab take-home ")
            assert [line for line in block.commands if not not_run(line) and not line.startswith(runs)] == []
    assert {*TRIED_ELSEWHERE, *NOT_RUN} <= taken, "a line of a table is about nothing"
    tests = re.findall(r"\btest_\w+\.py", " ".join([*TRIED_ELSEWHERE.values(), *NOT_RUN.values()]))
    assert [name for name in tests if not (REPOSITORY / "tests" / name).exists()] == []
    for place, test in TRIED_ELSEWHERE.items():
        assert Path(place.split("#")[0]).name in (REPOSITORY / "tests" / test).read_text(encoding="utf-8")


WITH_BLOCKS = [path for path, blocks in BLOCKS.items() if not all(block.reason for block in blocks)]


@pytest.mark.slow
@pytest.mark.parametrize("path", WITH_BLOCKS, ids=lambda path: path.relative_to(REPOSITORY).as_posix())
def test_every_block_of_the_page_runs(path, tmp_path, monkeypatch, capsys):
    """In the order of the page and in one folder."""
    monkeypatch.chdir(tmp_path)
    space = {}
    with torch.random.fork_rng():
        for block in BLOCKS[path]:
            if block.reason:
                continue
            if block.language == "python":
                exec(compile(block.text, str(path), "exec"), space)
            for command in block.commands:
                assert is_right(command) if not_run(command) else runs(command), (command, capsys.readouterr().err)


def runs(command):
    name, *words = shlex.split(command)
    if name == "aevb-lab":
        return take_home_command.take_home(words[1:]) == 0
    return cli.main(words if name == "aevb" else words[2:]) == 0


def is_right(command):
    """Whether a command that is only read has flags and names that are there."""
    parts = [shlex.split(part) for part in command.split(" && ")]
    if len(parts) > 1:
        return all(is_right(shlex.join(part)) for part in parts)
    name, *words = parts[0]
    if name == "make":
        makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
        return all(re.search(rf"^{word}:", makefile, re.MULTILINE) for word in words)
    if name == "npm":
        scripts = json.loads((REPOSITORY / "package.json").read_text(encoding="utf-8"))["scripts"]
        return words == ["ci"] or words[0] == "run" and words[1] in scripts
    if name == "aevb-lab":
        return launch.build_parser().parse_args(words) is not None
    if name == "torchrun":
        command = words[words.index("vae_core") + 1 :]
        return command[0] == "train" and cli.build_parser().parse_args(command) is not None
    if words[:2] == ["-m", "vae_core"]:
        return cli.build_parser().parse_args(words[2:]) is not None
    files = [word for word in words if word.endswith((".txt", ".py"))]
    return words[0] in ("install", "build", "run", *files) and all((REPOSITORY / file).exists() for file in files)


def test_every_page_of_the_app_has_a_page_here_with_its_picture_and_its_question():
    main = (REPOSITORY / "app" / "main.py").read_text(encoding="utf-8")
    views = dict(re.findall(r'st\.Page\("views/(\w+)\.py", title="([^"]+)"', main))
    assert views.pop("classroom") == "Class", "teacher.md is about this one"
    for view, title in views.items():
        text = (DOCS / "pages" / f"{view}.md").read_text(encoding="utf-8")
        assert text.startswith(f"# {title}\n") and f"](../pictures/{view}-light.webp)" in text
        question = re.search(r"^\*\*(.+\?)\*\*$", text, re.MULTILINE)[1]
        words = (REPOSITORY / "app" / "views" / f"{view}.py").read_text(encoding="utf-8")
        assert question in (first_question("digits", "0123456789"), *re.findall(r'"([^"\n]+\?)"', words))
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
    environment = os.environ | {"NO_MKDOCS_2_WARNING": "1"}  # as `make docs` has it
    told = subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True)
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
