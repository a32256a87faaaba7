"""One repair of Streamlit 1.67: a page's last run may still add a widget while its next run begins.

Each run has a thread and a lock of its own. The next run goes through the widgets' states, and a state that the last run adds at
that moment ends it with "dictionary changed size during iteration", in a red box on the page.
"""

from collections.abc import Iterator

from streamlit.runtime.state.session_state import WStates


def let_runs_overlap() -> None:
    """Go through the names that the widgets' states have at the start."""
    WStates.__iter__ = _names  # type: ignore[method-assign]


def _names(states: WStates) -> Iterator[str]:
    return iter(tuple(states.states))
