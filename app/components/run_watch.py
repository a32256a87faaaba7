"""A run in training, as the browser asks for it."""

from __future__ import annotations

from app.components.declaration import declare

_component = declare(
    "run_watch",
    '<div class="run-watch" hidden><p></p><progress max="1" aria-label="Progress of the training"></progress></div>',
    styles="run_watch",
)


def run_watch(packed: bytes, *, key: str) -> bool:
    """Show the status that `shown.training.Watch` packed, and from then on what is found at its address. In its container it stands for
    what the script wrote there. When what the page was drawn for changes, the fragment that it is in runs again; also when
    the address does not answer, and then this is False."""
    run = _component(data=packed, key=key, on_outdated_change=lambda: None, on_unanswered_change=lambda: None)
    return run.unanswered is None
