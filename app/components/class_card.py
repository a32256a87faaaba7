"""The card of a class, on every page while there is a class."""

from __future__ import annotations

from aevb_lab.components.declaration import declare

_HTML = """
<aside class="class-card on-chart" aria-label="Class" hidden>
  <p data-role="words" role="status"></p>
  <button type="button" data-role="act" hidden></button>
  <details data-role="answers" class="class-answers" open hidden><summary></summary></details>
</aside>
"""
_component = declare("class_card", _HTML, styles="class_card")


def class_card(room: str) -> None:
    """Mount the card of the class with this name. It says by itself who leads, and moves the page of a pupil who follows."""
    _component(data={"room": room}, key="class_card")
