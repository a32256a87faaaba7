"""Class: for the teacher the board, for pupils what is known of the class."""

import streamlit as st

from aevb_lab import controls
from aevb_lab.components.class_board import class_board
from aevb_lab.session.classroom import class_room, is_teacher, page_names, pupils_link

ANSWERS = "Answers have no names. Only this server's memory keeps them, and they are gone when the server ends."


@controls.explained
def page() -> None:
    if class_room() is None:
        controls.page_head("Class", "There is no class now.")
        st.markdown("Start one on the machine of the server with `make class`, or `aevb-lab --class`.")
    elif is_teacher():
        controls.page_head(
            "Class",
            "What is the class doing?",
            "Open a page and press “Follow me”: the pupils' pages then show what yours shows.",
        )
        class_board(page_names())
        st.markdown(ANSWERS)
        _join()
    else:
        _for_pupils()


def _for_pupils() -> None:
    controls.page_head("Class", "You are in a class.")
    present = class_room()
    count = present.here() if present else 0
    st.markdown(
        f"Here: **{count}** {'pupil' if count == 1 else 'pupils'}. When the teacher leads, your page follows. Press “Look around” "
        "to use the pages on your own, and “Come along” to follow again."
    )
    st.markdown(ANSWERS)


def _join() -> None:
    """The pupils' link and its QR code, for the wall."""
    st.header("The pupils' link", anchor=False)
    controls.link_and_code(pupils_link())


page()
