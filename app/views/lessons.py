"""Lessons: all of them, each with a link to its first step, and its notes for the teacher."""

import streamlit as st

from aevb_lab import controls
from aevb_lab.escaping import plain
from aevb_lab.lessons.guide import show_list
from aevb_lab.lessons.lesson import lessons


@controls.explained
def page() -> None:
    controls.page_head(
        "Lessons",
        "What do you want to find out?",
        "A card leads you through the pages. You finish a step by doing what it says.",
    )
    show_list()
    with st.expander("For teachers: what to say, and what pupils answer"):
        for lesson in lessons().values():
            st.markdown(f"### {plain(lesson.title)}\n\n{lesson.notes}")


page()
