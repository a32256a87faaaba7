"""The link of what the page shows: a button that copies it, a panel that makes one for a lesson, the browser's Back, and in print the
link with its QR code."""

from __future__ import annotations

import io
from urllib.parse import unquote_plus

import segno

from aevb_lab.components.declaration import declare
from aevb_lab.serving import Published

LONGEST_CODE = 1200  # characters: a code of more has dots too fine for a phone before a sheet of paper
# Parameters whose changes the browser's Back takes back; the same for a change of page.
STEPS = (
    *("model", "run_shown", "train_data", "coordinates", "layers", "closer", "axes", "rest", "reconstruct_source"),
    *("reconstruct_order", "reconstruct_pairs", "own_close_up", "bound_chapter", "paths_view", "path_ends"),
    *("traverse_around", "samples_of", "samples_compare", "compare_view", "twin_kind", "twin_first", "likelihood_axis"),
    *(
        "likelihood_columns",
        "likelihood_slow",
        "likelihood_looks",
        "variance_axis",
        "variance_weights",
        "variance_all",
        "stage",
        "repair_source",
        "repair_kind",
    ),
    *("sketch_question", "sketch_set", "sketch_latent", "sketch_hidden", "sketch_algorithm", "sketch_sigma"),
    *("sketch_fixed_sigma", "sketch_beta", "sketch_rate"),
    *(
        "table_columns",
        "curves_axis",
        "curves_term",
        "paper_figure",
        "paper_data",
        "paper_size",
        "figure3_method",
        "paper_axes",
        "steer_view",
        "steer_source",
    ),
    "steer_plain",
)
_HTML = """
<section class="page-link" aria-label="Link to what this page shows">
  <input type="text" readonly hidden aria-label="Link to what this page shows">
  <output aria-live="polite"></output>
  <button type="button" data-role="copy" title="Copies the address of what you see now.">Copy link</button>
  <button type="button" data-role="make" aria-expanded="false" title="Makes a link with a question, with controls hidden, or for a projector.">Link for a class…</button>
  <button type="button" data-role="leave">Leave projector mode</button>
</section>
"""
_component = declare("page_link", _HTML, styles="page_link")


def link_code(query: str) -> bytes:
    """The QR code, as SVG, of a link that is escaped as a query string; nothing for a link that is too long or empty. It has one of
    eight masks, without a search for the best, so that it takes milliseconds."""
    text = unquote_plus(query, errors="replace") if len(query) <= 3 * LONGEST_CODE else ""
    if not 0 < len(text) <= LONGEST_CODE:
        return b""
    try:
        code = segno.make(text, error="l", micro=False, boost_error=False, mask=3)
    except ValueError:  # a character may take four bytes
        return b""
    drawing = io.BytesIO()
    code.save(drawing, kind="svg", border=2, omitsize=True, xmldecl=False, nl=False)
    return drawing.getvalue()


_CODES = Published(link_code, "link-code")


def page_link(parts: str, origin: str, *, key: str = "page_link") -> None:
    """Mount it. `parts` is the address of the table of parts that a link may hide; `origin` is where others find the app, empty where
    it is the page's own address. It asks the server for codes and for that table, and reports nothing."""
    _component(data={"steps": list(STEPS), "codes": _CODES.address, "parts": parts, "origin": origin}, key=key)
