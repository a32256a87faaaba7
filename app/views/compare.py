"""Compare: time travel through a run, and models side by side on the same image, noise and point."""

import streamlit as st

from app import controls, state
from app.components.time_travel import time_travel


def page() -> None:
    controls.page_head("Compare", "Why does the autoencoder have holes?", "First: how a plane came to be.")
    _travel()


def _travel() -> None:
    st.subheader("Time travel", anchor=False)
    names = state.travel_names()
    travel = state.travel_of(_run_picker(names))
    time_travel(state.packed_frames([travel], state.is_dark()))
    st.caption(_what_moves(travel))


def _run_picker(names: list[str]) -> str:
    state.restore_choice("run_shown", names)
    name = st.selectbox(
        "Run",
        names,
        index=names.index("digits-2d") if "digits-2d" in names else 0,
        key="run_shown",
        bind="query-params",
        width=320,
        help="A pretrained model's training, or your own run (Train), finished or paused.",
    )
    state.keep_choice("run_shown", name)
    return name if name in names else names[0]


def _what_moves(travel: state.Travel) -> str:
    full = sum(bool(frame.weights) for frame in travel.frames)
    return (
        f"{len(travel.frames)} frames, evenly spaced in log(step), each with the encoded means of "
        f"{len(travel.frames[0].means):,} test images and 100 decoded pictures. Between two frames only the positions of the "
        f"points and on the curve are interpolated; pictures are those of the frame before. {full} frames keep the decoder, so "
        f"reconstructions exist at those only. Arrow keys move by one frame, the space bar plays."
    )


page()
