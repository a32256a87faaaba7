"""Every text that a page under AppTest puts on the screen, and the sentences of a text."""

import ast
import json
import re
import tomllib
from pathlib import Path

from google.protobuf.descriptor import FieldDescriptor

REPOSITORY = Path(__file__).resolve().parent.parent
COMPONENTS = REPOSITORY / "app" / "components"
READ = {"body", "label", "help", "caption", "alt", "placeholder", "options", "content", "text", "title", "delta"}
ABBREVIATIONS = re.compile(r"\b(App|eq|sec|Algorithm|fig|s\.d|et al|e\.g)\.(?=\s)")
NO_TEXTS = {"bdata", "dtype", "color", "source", "uirevision", "family"}
MINUS = re.compile(r"(?<![\w.\\\-−–])-(?=\.?\d)|%\{[xyz](?:\[\d\])?:[^}]*\}")
WORDS_OF_MATHS = re.compile(r"\$\$.*?\$\$|\$[^$\n]*\$", re.DOTALL)


def texts_of(page):
    """The texts of a page's elements, and of those inside its containers."""
    for root in (page.main, page.sidebar):
        yield from _texts(root)


def _texts(node):
    proto = getattr(node, "proto", None)
    if proto is not None:
        yield from _strings(proto)
    for child in getattr(node, "children", {}).values():
        yield from _texts(child)


def _strings(proto):
    for field, value in proto.ListFields():
        values = value if field.is_repeated else [value]
        if field.type == FieldDescriptor.TYPE_MESSAGE and not field.message_type.GetOptions().map_entry:
            for message in values:
                yield from _strings(message)
        elif field.type == FieldDescriptor.TYPE_STRING and field.name in READ:
            yield from values


def texts_of_charts(page):
    """The texts in a page's charts, and in its tables."""
    for chart in page.get("plotly_chart"):
        yield from _chart_texts(json.loads(chart.proto.spec))
    for table in page.table:
        yield from (str(cell) for cell in [*table.value.columns, *table.value.index, *table.value.to_numpy().ravel()])


def _chart_texts(part):
    for key, value in part.items() if isinstance(part, dict) else enumerate(part):
        if isinstance(value, str) and key not in NO_TEXTS:
            yield value
        elif isinstance(value, dict | list):
            yield from _chart_texts(value)


def hyphens_of(text):
    """Where a text has a hyphen for a minus sign before a number, or lets Plotly write one: in the text of a hover, a value that
    is formatted there."""
    return [
        text[max(0, match.start() - 12) : match.end() + 4] for match in MINUS.finditer(WORDS_OF_MATHS.sub("", text))
    ]


def texts_of_components():
    """The texts in the JavaScript and HTML of components that hold at least three words, where a number stands for each value."""
    for path in [*COMPONENTS.glob("*.js"), *COMPONENTS.glob("kit/*.js")]:
        source = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        source = re.sub(r"^\s*//.*$| // .*$", "", source, flags=re.MULTILINE)
        for quotes in re.findall(r'"([^"\n]*)"|`([^`\n]*)`', source):
            yield from _prose(re.sub(r"\$\{[^}]*\}", "1", "".join(quotes)))
    for path in COMPONENTS.glob("*.py"):
        for quotes in re.findall(r'aria-label="([^"]+)"|>([^<>{}"]{12,})</', path.read_text(encoding="utf-8")):
            yield from _prose("".join(quotes))


def texts_of_lessons():
    """What lessons say to pupils and teachers."""
    for path in (REPOSITORY / "app" / "lessons").glob("*.toml"):
        lesson = tomllib.loads(path.read_text(encoding="utf-8"))
        yield from (lesson["title"], lesson["question"], lesson["audience"], lesson["notes"])
        for step in lesson["steps"]:
            yield from (step["say"], step.get("do", ""), step.get("predict", {}).get("question", ""))


def texts_of_code(folder):
    """The texts in a folder's Python files that hold at least three words, where "…" stands for each value: labels, tips, errors and
    the help of commands. Documentation of code, programs, HTML and styles are none."""
    for path in sorted((REPOSITORY / folder).rglob("*.py")):
        if path.parent.name == "scripts" or path.name in ("theme.py", "front_page.py", "tables.py"):
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        own = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}  # documentation
        parts = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
        for node in ast.walk(tree):
            if isinstance(node, ast.JoinedStr):
                text = "".join(part.value if isinstance(part, ast.Constant) else "…" for part in node.values)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in own | parts:
                text = node.value
            else:
                continue
            if not text.lstrip().startswith("<") and not re.search(r"\{ [a-z-]+: ", text):
                yield from _prose(text)


def _prose(text):
    if len(re.findall(r"[A-Za-z]{2,} ", text)) > 2:
        yield text


def sentences_of(text):
    """The sentences of a text in markdown: a line that is blank ends one, as a full stop does; a formula is one word. Tables and
    blocks of code have none."""
    text = re.sub(r"^( {4}|\|)[^\n]*$|```.*?```", "", text, flags=re.MULTILINE | re.DOTALL)
    text = ABBREVIATIONS.sub(r"\1", WORDS_OF_MATHS.sub(" formula ", text))
    for part in re.split(r"(?<=[.!?])[*_)\"']*\s+|\n\s*\n|  \n|\n\s*[-|]", text):
        yield " ".join(part.split())


def words_of(sentence):
    return [word for word in sentence.split() if re.search(r"\w", word)]
