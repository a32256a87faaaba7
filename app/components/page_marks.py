"""What every page gets: the words of the glossary are underlined, and the keyboard finds its way. Both are one component, because
each one costs every run of a page."""

from __future__ import annotations

from collections.abc import Callable

from aevb_lab.components.declaration import declare
from aevb_lab.components.packed import pack_arrays
from aevb_lab.formulas import mathml
from aevb_lab.glossary import WORDS, patterns

_component = declare("page_marks", '<div class="page-marks on-chart" hidden></div>', styles="page_marks")
_WORDS = pack_arrays(
    {
        "patterns": patterns(),
        "entries": {key: [word.name, word.meaning, mathml(word.symbols), word.example] for key, word in WORDS.items()},
    },
    {},
)  # as bytes, which cost a page's run less than JSON


def page_marks(on_word_change: Callable[[], None]) -> None:
    """Underline the words, and show the meaning of one below a mouse that rests on it; after a press also an example and symbols. Where a visitor
    asks for all words, call `on_word_change`; the component's state then has the entry's key as `word`. On a phone the menu shuts when a page is chosen in it. The first Tab of a page
    offers to skip to its plane; Tab reaches the legends of all charts, and what scrolls; where a press disables or replaces what was
    pressed, its neighbour has the focus."""
    _component(data=_WORDS, key="page_marks", on_word_change=on_word_change)
