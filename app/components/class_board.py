"""The teacher's board: numbers of the class, the answers, and orders to all runs. It asks the server for them by itself."""

from __future__ import annotations

from aevb_lab.components.declaration import declare

_HTML = """
<section class="class-board" aria-label="Board of the class">
  <p data-role="pupils"></p>
  <p data-role="pages"></p>
  <p data-role="runs"></p>
  <p data-role="toy"></p>
  <div class="class-buttons">
    <button type="button" data-role="stop_all">Stop all runs</button>
    <button type="button" data-role="reset_all">Reset all runs</button>
    <output aria-live="polite"></output>
  </div>
  <h2>Answers</h2>
  <p data-role="none">Nobody has answered a question yet.</p>
  <label data-role="choose" hidden>Question <select></select></label>
  <div data-role="answers" class="class-answers"></div>
  <div class="class-buttons">
    <button type="button" data-role="show" hidden>Show the class</button>
    <a data-role="csv" href="class/answers.csv" download hidden>Save all answers (CSV)</a>
    <a data-role="sheet" href="class/answers.html" target="_blank" hidden>A sheet of all answers to print</a>
  </div>
</section>
"""
_component = declare("class_board", _HTML, styles="class_board")


def class_board(pages: dict[str, str]) -> None:
    """Mount the board; `pages` are the names of the pages by their paths, such as {"/train": "Train"}."""
    _component(data={"pages": pages}, key="class_board")
