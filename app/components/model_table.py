"""The table of runs and models: sorted in the browser, with what differs from the chosen row marked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aevb_lab.components.declaration import declare

_HTML = """
<section class="model-table">
  <div role="region" aria-label="Table of runs and models" tabindex="0">
    <table><thead><tr></tr></thead><tbody></tbody></table>
  </div>
</section>
"""
_component = declare("model_table", _HTML, styles="model_table")


def model_table(
    content: dict[str, Any], *, on_view_change: Callable[[], None], on_card_change: Callable[[], None], key: str
) -> None:
    """Mount the table that `shown.model_table.table` made. The component's `view` has the `column` by which the visitor has sorted
    it, whether `down`, and the name of the row that is `chosen`; `card` is the name of the row whose card the visitor asks for."""
    _component(
        data=content, key=key, on_view_change=on_view_change, on_card_change=on_card_change, default={"view": None}
    )
