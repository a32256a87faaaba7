"""A run in training, as the browser asks for it."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

_FOLDER = Path(__file__).parent
_component = st.components.v2.component(
    "run_watch",
    html='<div class="run-watch" hidden><p></p><progress max="1" aria-label="Progress of the training"></progress></div>',
    css=(_FOLDER / "run_watch.css").read_text(encoding="utf-8"),
    js="\n".join((_FOLDER / name).read_text(encoding="utf-8") for name in ("packed.js", "run_watch.js")),
    isolate_styles=False,
)


def run_watch(packed: bytes, *, key: str) -> bool:
    """Show the status that `shown.training.Watch` packed, and from then on what is found at its address. In its container it stands for
    what the script wrote there. When what the page was drawn for changes, the fragment that it is in runs again; also when
    the address does not answer, and then this is False."""
    run = _component(data=packed, key=key, on_outdated_change=lambda: None, on_unanswered_change=lambda: None)
    return run.unanswered is None
