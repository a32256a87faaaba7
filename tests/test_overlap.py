"""A page's run that adds a widget while the next run begins."""

import pytest
from streamlit.runtime.state.session_state import WStates

from aevb_lab.overlap import let_runs_overlap


def walk_while_another_run_adds(names):
    """The names that a walk meets, and all names after it."""
    states, met = WStates(), []
    for name in names:
        states.set_from_value(name, 1)
    for name in states:
        met.append(name)
        states.set_from_value(f"late-{name}", 2)
    return met, list(states)


def streamlits_own(states):
    yield from states.states


def test_a_widget_may_join_while_the_next_run_goes_through_them(monkeypatch):
    monkeypatch.setattr(WStates, "__iter__", streamlits_own)
    with pytest.raises(RuntimeError, match="dictionary changed size"):
        walk_while_another_run_adds("ab")
    let_runs_overlap()
    assert walk_while_another_run_adds("ab") == (["a", "b"], ["a", "b", "late-a", "late-b"])
