"""What every page's texts and charts get: the words of the glossary are underlined, and the keyboard reaches the legends. Both
are one component, because each one costs every run of a page."""

from __future__ import annotations

from collections.abc import Callable

from aevb_lab.components.declaration import declare
from aevb_lab.components.packed import pack_arrays
from aevb_lab.glossary import patterns

_component = declare("page_marks", '<div class="page-marks on-chart" hidden></div>', styles="page_marks")
_PATTERNS = pack_arrays({"patterns": patterns()}, {})  # as bytes, which cost a page's run less than JSON


def page_marks(on_word_change: Callable[[], None]) -> None:
    """Underline the words. After a press on one, call `on_word_change`; the component's state then has the entry's key as
    `word`. Let Tab reach the legends of all charts, and let Enter and Space show and hide a class."""
    _component(data=_PATTERNS, key="page_marks", on_word_change=on_word_change)
