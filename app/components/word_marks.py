"""The words of the glossary, underlined wherever they stand on the page."""

from __future__ import annotations

from collections.abc import Callable

from aevb_lab.components.declaration import declare
from aevb_lab.components.packed import pack_arrays
from aevb_lab.glossary import patterns

_component = declare("word_marks", '<div class="word-marks on-chart" hidden></div>', styles="word_marks")
_PATTERNS = pack_arrays({"patterns": patterns()}, {})  # as bytes, which cost a page's run less than JSON


def word_marks(on_word_change: Callable[[], None], *, key: str = "word_marks") -> None:
    """Underline the words. After a press on one, call `on_word_change`; the component's state then has the entry's key as
    `word`."""
    _component(data=_PATTERNS, key=key, on_word_change=on_word_change)
