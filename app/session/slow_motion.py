"""The iteration and the stage on the page Gradients."""

from __future__ import annotations

import streamlit as st


def go_to_stage(number: int, stage: str) -> None:
    """Show a stage of an iteration: the widgets with the keys "iteration" and "stage" take these values."""
    st.session_state["iteration"] = number
    st.session_state["stage"] = stage
