"""A text that a visitor copies into a report."""

from __future__ import annotations

from aevb_lab.components.declaration import declare

_HTML = """
<section class="report">
  <pre tabindex="0" role="region" aria-label="Report"></pre>
  <button type="button">Copy for a report</button>
  <output aria-live="polite"></output>
</section>
"""
_component = declare("report", _HTML, styles="report")


def report_to_copy(text: str, *, key: str = "report") -> None:
    """Show the text with a button that copies it. It reports nothing."""
    _component(data={"text": text}, key=key)
