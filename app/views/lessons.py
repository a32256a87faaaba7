"""Lessons: all of them, each with a link to its first step, and its notes for the teacher."""

import streamlit as st

from aevb_lab import controls, linked
from aevb_lab.escaping import plain
from aevb_lab.lessons.guide import show_list
from aevb_lab.lessons.lesson import lesson_faults, lessons
from aevb_lab.session.classroom import class_room, pupils_link
from aevb_lab.session.lesson import finished_now, forget_finished_now


@controls.explained
def page() -> None:
    controls.page_head(
        "Lessons",
        "What do you want to find out?",
        "A card leads you through the pages. You finish a step by doing what it says.",
    )
    name = finished_now()
    if name in lessons():
        st.success(f"You have finished **{plain(lessons()[name].title)}**. Choose the next lesson.")
    forget_finished_now()
    show_list()
    for fault in lesson_faults():
        st.warning(plain(f"{fault[0].upper()}{fault[1:]}."))
    with st.expander("For teachers: what to say, and what pupils answer", key="lessons_notes"):
        for lesson in lessons().values():
            st.markdown(f"### {plain(lesson.title)}\n\n{lesson.notes}")
    _links()


def _links() -> None:
    """A lesson's link and its QR code, for the wall."""
    fold = linked.fold("For teachers: the link to a lesson, and its QR code", key="lessons_links")
    if not fold.open:
        return
    with fold:
        titles = {name: lesson.title for name, lesson in lessons().items()}
        name = linked.menu("Lesson", list(titles), key="lesson_link", format_func=titles.__getitem__, width=320)
        controls.link_and_code(f"{pupils_link()}/?lesson={name}&step=1")
        present = class_room()
        if present is not None:
            st.markdown(f"Connected now: **{present.here()}**.")


page()
