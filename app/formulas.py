"""Formulas of the glossary as MathML, which browsers draw by themselves where Streamlit's own KaTeX is out of reach."""

from __future__ import annotations

import re
import unicodedata

from latex2mathml.converter import convert

# Browsers know no `mathvariant` but the normal one, and have letters of their own instead.
ALPHABETS = {"script": "SCRIPT", "double-struck": "DOUBLE-STRUCK", "sans-serif": "SANS-SERIF"}
OF_ALPHABET = re.compile(rf'<mi mathvariant="({"|".join(ALPHABETS)})">([A-Z])</mi>')
FUNCTION = re.compile(r"<m[io]>([A-Za-z]{2,})</m[io]>")


def mathml(latex: str) -> str:
    """A formula as an element `math`; functions such as log have some space around them."""
    converted = OF_ALPHABET.sub(lambda letter: f"<mi>{_letter(*letter.groups())}</mi>", convert(latex))
    return FUNCTION.sub(r'<mo lspace="0.15em" rspace="0.15em">\1</mo>', converted)


def _letter(alphabet: str, capital: str) -> str:
    name = f"{ALPHABETS[alphabet]} CAPITAL {capital}"
    try:
        return unicodedata.lookup(f"MATHEMATICAL {name}")
    except KeyError:  # a few are older than the others, and stand elsewhere
        return unicodedata.lookup(name)
