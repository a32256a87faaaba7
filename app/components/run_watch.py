"""The status of a run in training, for which the browser asks by itself."""

from __future__ import annotations

from aevb_lab.components.declaration import declare

_component = declare(
    "run_watch",
    '<div class="run-watch" hidden><p></p><progress max="1" aria-label="Progress of the training"></progress></div>',
    styles="run_watch",
)


def run_watch(content: bytes, *, key: str) -> bool:
    """Show the status that `shown.training.Watch` packed, and from then on the status at its address, in place of what the
    script wrote into the same container. The fragment around it runs again when the page is out of date, and when the address
    does not answer; in the second case this returns False."""
    run = _component(data=content, key=key, on_outdated_change=lambda: None, on_unanswered_change=lambda: None)
    return run.unanswered is None
