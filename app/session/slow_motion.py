"""The iteration and the stage on the page Gradients, and the iterations that the visitor has seen."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from aevb_lab.session.reported import as_numbers, reported

SCENE = "slow_motion"  # the key of the component
MOST_VISITED = 6  # iterations in one line


def go_to_stage(number: int, stage: str) -> None:
    """Show a stage of an iteration: the widgets with the keys "iteration" and "stage" take these values."""
    st.session_state["iteration"] = number
    st.session_state["stage"] = stage


def follow_scene(stages: Sequence[str], most: int) -> None:
    """Called when the visitor has taken the scene to another stage; the page and its link go there too. Places that there are not,
    from iteration 1 to `most`, are ignored."""
    at = reported(SCENE, "at", as_numbers)
    if at and len(at) == 2 and 1 <= at[0] <= most and 0 <= at[1] < len(stages):
        go_to_stage(int(at[0]), stages[int(at[1])])


def visited(number: int, elbo: float) -> dict[int, float]:
    """The mean ELBO of the first minibatch at the iterations that this visitor saw last, in their order; `number` is the newest one."""
    elbos: dict[int, float] = st.session_state.setdefault("slow_visited", {})
    elbos.pop(number, None)
    elbos[number] = elbo
    for oldest in list(elbos)[:-MOST_VISITED]:
        del elbos[oldest]
    return dict(sorted(elbos.items()))
