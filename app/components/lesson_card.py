"""The card of a lesson: it floats over the page, says what to do, and sees in the browser when it is done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aevb_lab.components.declaration import declare

KEY = "lesson_card"
_HTML = """
<section class="lesson-card" role="region" aria-labelledby="lesson-title">
  <header>
    <button type="button" class="lesson-grip" aria-label="Move this card with the arrow keys or by dragging it">&#10303;</button>
    <h2 id="lesson-title"></h2><span class="lesson-count"></span>
    <button type="button" class="lesson-fold" aria-expanded="true" aria-label="Fold the card">&#8211;</button>
    <button type="button" class="lesson-close" aria-label="End the lesson">&#10005;</button>
  </header>
  <div class="lesson-body">
    <div class="lesson-words" aria-live="polite"><p class="lesson-say"></p><p class="lesson-do"></p><p class="lesson-fault" role="alert"></p></div>
    <div class="lesson-question"></div>
    <footer><button type="button" class="lesson-back">Back</button><button type="button" class="lesson-next">Next</button></footer>
  </div>
</section>
"""
_component = declare("lesson_card", _HTML, styles="lesson_card")


def lesson_card(content: dict[str, Any], on_act: Callable[[], None]) -> None:
    """Show the card of one step. `content` has: lesson, title, step, count, say, do, goal (as in the lesson's file, with CSS
    selectors in place of names of parts), fault (a sentence or None), here (whether this is the step's page), question and answer (or None). After a press
    call `on_act`; the component's `act` says which."""
    _component(data=content, key=KEY, on_act_change=on_act)
