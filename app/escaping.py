"""Text from outside, such as a name in a model's file, for each kind of place that shows it: as text, never obeyed."""

from __future__ import annotations

import hashlib
import re
import unicodedata

LONGEST_NAME = 40
LONGEST_TEXT = 500
INVISIBLE = "\u115f\u1160\u2800\u3164\uffa0"  # Unicode calls these letters or signs, and draws nothing
JOINER = "\u2060"  # has no width; no line breaks there
# After its markdown is read, Streamlit looks for addresses, e-mails, emojis and icons in the text itself, where a backslash
# is gone already.
OBEYED_IN_TEXT = re.compile(r"https?:(?=//)|www(?=\.)|@|:(?=[\w+-])", re.IGNORECASE)
MARKDOWN = re.compile(r"[\\`*_{}\[\]()#+\-.!|<>~$:&=]")
HARMLESS = re.compile(r"[A-Za-z0-9]+(?:[ -][A-Za-z0-9]+)*")  # such as digits-2d
CHART = {ord(sign): f"&#{ord(sign)};" for sign in "&<>%$"}
HYPHEN_OR_CODE = re.compile(r"^ {4}.*$|`[^`]*`|(?<![\w.\\-])-(?=\.?\d)", re.MULTILINE)
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def printable(text: str) -> str:
    """The text in one line, without control characters, invisible ones and those that turn the direction of writing."""
    line = " ".join(unicodedata.normalize("NFC", text).split())
    return "".join(sign for sign in line if sign.isprintable() and sign not in INVISIBLE)


def shortened(text: str, most: int = LONGEST_TEXT) -> str:
    """`printable` text of at most `most` characters."""
    text = printable(text[: 8 * most])
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def plain(text: str) -> str:
    """A user's or a file's text for any place that reads markdown: each character is shown as it is."""
    text = shortened(text)
    if HARMLESS.fullmatch(text):
        return text
    return MARKDOWN.sub(r"\\\g<0>", OBEYED_IN_TEXT.sub(rf"\g<0>{JOINER}", text))


def in_code(text: str) -> str:
    """The same in the letters of code, for names that people type: nothing is obeyed between a fence and its end."""
    text = shortened(text) or "…"
    fence = "`" * (1 + max(map(len, re.findall("`+", text)), default=0))
    return f"{fence}{text}{fence}" if len(fence) == 1 else f"{fence} {text} {fence}"


def code_block(text: str) -> str:
    """A text of several lines as code: nothing is obeyed between a fence and its end."""
    lines = "\n".join(map(printable, text.splitlines()))
    fence = "`" * (3 + max(map(len, re.findall("`+", text)), default=0))
    return f"{fence}text\n{lines}\n{fence}"


def in_chart(text: str) -> str:
    """The same for a chart: Plotly obeys some HTML, %{...} in the text beside the pointer, and formulas between dollars."""
    return shortened(text).translate(CHART)


def with_minus_signs(text: str) -> str:
    """Markdown of ours with a minus sign where it has a hyphen before a number. Code stays as it is."""
    return HYPHEN_OR_CODE.sub(lambda match: "−" if match[0] == "-" else match[0], text)


def in_cell(text: str) -> str:
    """The same for a cell of a CSV file: a spreadsheet computes what begins like a formula, unless a ' stands before it."""
    if not text.startswith(FORMULA):
        return text
    try:
        float(text)
    except ValueError:
        return f"'{text}"
    return text


def file_stem(name: str) -> str:
    """A name as the beginning of a file's name, which only names that differ in their spaces and hyphens share."""
    stem = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.")
    if re.fullmatch(r"[A-Za-z0-9._ -]*", name):
        return stem or "model"
    return f"{stem or 'model'}-{hashlib.sha256(name.encode(errors='replace')).hexdigest()[:6]}"


def name_of(text: str) -> str:
    """A text from a visitor as a name of at most 40 printable characters; empty where nothing is left of it."""
    return printable(printable(text[: 8 * LONGEST_NAME])[:LONGEST_NAME])


def name_of_file(file_name: str) -> str:
    """The name of a model, of at most 40 printable characters, by the name of its file."""
    stem = re.sub(r"\.(safetensors|zip)$", "", re.split(r"[/\\]", file_name)[-1], flags=re.IGNORECASE)
    return name_of(stem) or "model"
