"""Lesson links by hand: what they hide, ask and enlarge, one sentence for each mistake, and the table of what may be hidden."""

import ast
import importlib
import json
import re
from pathlib import Path

import link_parts
import pytest
from streamlit.testing.v1 import AppTest

import aevb_lab
from aevb_lab.lessons import by_hand, parts
from aevb_lab.session import settings
from vae_core.data.datasets import DATASETS

APP = Path(aevb_lab.__file__).parent
PASSED_ON = {"key", "class_key", "image_key"}  # names of keys that a caller gives
COMPUTED = {"settings.widget_key(name, data)", "name_field(job)"}  # Train's fields
pytestmark = pytest.mark.filterwarnings("default")  # Streamlit's own, outside a server


def constants_of(path):
    """The texts that names and attributes stand for in a file."""
    tree, values = ast.parse(path.read_text(encoding="utf-8")), {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("aevb_lab"):
            for alias in node.names:
                module = importlib.import_module(node.module)
                value = getattr(module, alias.name, None) or importlib.import_module(f"{node.module}.{alias.name}")
                values[alias.asname or alias.name] = value
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
            values |= {target.id: node.value.value for target in node.targets if isinstance(target, ast.Name)}
    return values


def patterns_of(node, constants):
    """The keys that an expression stands for; * where it depends on a model or on data."""
    match node:
        case ast.Constant(value=str(key)):
            return [key]
        case ast.JoinedStr(values=values):
            return ["".join(part.value if isinstance(part, ast.Constant) else "*" for part in values)]
        case ast.IfExp(body=body, orelse=other):
            return patterns_of(body, constants) + patterns_of(other, constants)
        case ast.Name(id=name):
            return [] if name in PASSED_ON else [constants[name]]
        case ast.Attribute(value=ast.Name(id=name), attr=attribute):
            return [getattr(constants[name], attribute)]
    assert ast.unparse(node) in COMPUTED, ast.unparse(node)
    return []


def keys_in(path):
    """All keys of widgets, containers and components in a file."""
    tree, constants, keys = ast.parse(path.read_text(encoding="utf-8")), constants_of(path), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            if name.startswith(("sorted", "min", "max", "pad.", "getattr")):
                continue
            nodes = [keyword.value for keyword in node.keywords if keyword.arg == "key"]
            nodes += node.args if name.endswith("picture_uploader") else []
            keys |= {key for value in nodes for key in patterns_of(value, constants)}
        elif isinstance(node, ast.FunctionDef):
            defaults = dict(
                zip([argument.arg for argument in node.args.kwonlyargs], node.args.kw_defaults, strict=True)
            )
            if isinstance(defaults.get("key"), ast.Constant):
                keys.add(defaults["key"].value)
    return keys


FRAME = {
    "page_link",
    "page_marks",
    "class_card",
    "lesson_card",
    "lesson_truth",
    "link_by_hand",
}  # the frame around pages has them


@pytest.fixture(scope="module")
def keys():
    """All keys of pages; those of Train's settings as the page computes them."""
    files = [*APP.glob("*views/*.py"), *(APP / "components").glob("*.py")]
    files += [APP / name for name in ("controls.py", "bring_images.py", "about.py", "words.py", "next_steps.py")]
    computed = {settings.widget_key(name, data) for name in settings.SETTINGS for data in DATASETS}
    return set().union(computed, {"name_token"}, *map(keys_in, files)) - FRAME


def test_every_key_of_every_page_may_be_hidden_or_is_named_as_one_that_may_not(keys):
    assert len(keys) > 150
    names = [*parts.names(), *link_parts.KEPT]
    assert not {key for key in keys if not any(link_parts.matches(name, key) for name in names)}
    assert not set(parts.names()) & set(link_parts.KEPT)


def test_every_name_of_the_table_is_a_key_of_some_page(keys):
    computed = {"path_class_*", "path_image_*", "twin_second_*"} | {
        f"train_{act}" for act in ("pause", "resume", "step", "stop")
    }
    names = set(parts.names()) | set(link_parts.KEPT)
    assert not {
        name
        for name in names - parts.SELECTORS.keys() - computed
        if not any(link_parts.matches(name, key) for key in keys)
    }
    assert all(any(link_parts.matches(name, seed) for name in names) for seed in parts.SEEDS)


def test_the_browser_gets_the_whole_table_at_an_address_of_its_content():
    table = json.loads(parts.TABLE.content)
    assert [name for name, *_ in table["parts"]] == list(parts.names())
    assert re.fullmatch(r"link-parts/[0-9a-f]{16}", parts.TABLE.address)


BIDI = "\u202e\u2066\u200f"
SENTENCES = [
    ("hide", "layers,model", ("layers", "model"), ""),
    ("hide", " layers , ,layers,", ("layers",), ""),
    ("hide", "", None, ""),
    ("hide", "banana", None, "This link hides “banana”, which is no control of this app."),
    ("hide", "layers,banana,<b>", ("layers",), "are no controls"),
    ("hide", "map_row", None, "“map\\_row”"),
    ("hide", "Layers", None, "is no control"),
    ("hide", "*", None, "is no control"),
    ("hide", "train_*", None, "is no control"),
    ("hide", "layers}body{display:none", None, "is no control"),
    ("hide", ",".join(f"x{i}" for i in range(500)), None, "and 497 more"),
    ("hide", "x" * 10_000, None, "is no control"),
    ("hide", f"layers{BIDI}", None, "is no control"),
    ("ask", "Where is the 7?", "Where is the 7?", ""),
    ("ask", "", None, ""),
    ("ask", "x" * 200, "x" * 200, ""),
    ("ask", "x" * 201, None, "may have 200 characters and has 201"),
    ("ask", "x" * 10_000, None, "may have 200 characters and has 10,000"),
    ("ask", f"Is {BIDI}this\x00 right?", "Is this right?", ""),
    ("ask", BIDI, None, "no letters that can be seen"),
    ("ask", "two\nlines", "two lines", ""),
    ("ask", "**bold** <script>alert(1)</script> $x$ :red[a] [a](http://b.c)", "**bold** <script>alert(1)</script> $x$ :red[a] [a](http://b.c)", ""),
    ("ask", "هل هذا 7؟", "هل هذا 7؟", ""),
    ("projector", "1", True, ""),
    ("projector", "0", None, ""),
    ("projector", "", None, ""),
    ("projector", "true", None, "projector must be 0 or 1 in a link, got “true”."),
    ("projector", "1" * 10_000, None, "projector must be 0 or 1"),
    ("projector", "<img src=x>", None, "projector must be 0 or 1"),
    ("projector", "١", None, "projector must be 0 or 1"),
]  # fmt: skip


@pytest.mark.parametrize(("param", "text", "state", "sentence"), SENTENCES, ids=lambda value: str(value)[:24])
def test_a_link_s_text_is_read_or_one_sentence_says_why_not(param, text, state, sentence):
    reading = by_hand.READ[param](text)
    assert reading.state == state and sentence in reading.fault and bool(sentence) == bool(reading.fault)
    assert len(reading.fault) < 400 and "\n" not in reading.fault and not set(BIDI) & set(reading.fault)


def open_page(link, view="gradients"):
    page = AppTest.from_file("../app/main.py", default_timeout=120)
    for key, value in link.items():
        page.query_params[key] = value
    page.switch_page(f"views/{view}.py").run()
    assert not page.exception
    return page


def html_of(page):
    return "".join(element.proto.body for element in page.get("html"))


def keys_of(page):
    return {element.key for element in [*page.main, *page.sidebar] if getattr(element, "key", None)}


def test_a_hidden_control_keeps_its_state_and_its_link_on_every_page():
    page = open_page({"hide": "stage,sidebar", "stage": "KL", "ask": "Which *is* larger?"})
    assert ".st-key-stage, [data-testid=stSidebar]" in html_of(page)
    assert page.button_group(key="stage").value == "KL" and page.query_params["stage"] == "KL"
    assert [text.value for text in page.text] == ["Which *is* larger?"] and not page.warning
    assert keys_of(page) - {"link_by_hand"} == keys_of(open_page({"stage": "KL"}))
    for param in ("hide", "ask"):
        del page.query_params[param]  # links within the app do not carry them
    page.switch_page("views/lessons.py").run()
    assert page.query_params["hide"] == "stage,sidebar" and page.text[0].value == "Which *is* larger?"


def test_a_malformed_link_shows_the_page_as_it_is_and_says_why():
    link = {"hide": "moon", "ask": "x" * 10_000, "projector": "yes"}
    page = open_page(link, "lessons")
    assert [("hides" in warning.value, "question" in warning.value, "projector" in warning.value) for warning in page.warning] == [
        (True, False, False), (False, True, False), (False, False, True),
    ]  # fmt: skip
    assert not page.query_params.keys() & link.keys() and not page.text and "--drawn" not in html_of(page)
    assert len(page.run().warning) == 3, "it stays on this page"
    page.switch_page("views/gradients.py").run()
    assert not page.warning


def test_projector_mode_holds_on_every_page():
    page = open_page({"projector": "1"}, "lessons")
    assert "--drawn" in html_of(page)
    del page.query_params["projector"]
    page.switch_page("views/gradients.py").run()
    assert "--drawn" in html_of(page) and page.query_params["projector"] == "1"
