"""The lesson that a visitor follows: its name and step, in the session and in the page's link, and the answers given in it."""

from __future__ import annotations

from typing import Any

import streamlit as st

from aevb_lab.session.reported import reported

NAME, STEP = "lesson", "step"  # in the link and in the session
_ENTERED = "lesson_entered"  # the step whose page was opened last
_ANSWERS = "lesson_answers"
_FAULT = "lesson_fault"
_LEFT = "lesson_left"
_PRAISED = "lesson_praised"  # the one that was finished just now, until the page Lessons has said so
FINISHED = "lessons_finished"  # their names are its keys; it belongs to the visitor, whose next page has it too


def name_now() -> str | None:
    """The lesson's name: the link's, else that of this session. Links within the app do not carry it."""
    name: str | None = st.query_params.get(NAME, st.session_state.get(NAME))
    return name or None


def step_text() -> str:
    """What link or session say of the step; "1" where they say nothing."""
    if NAME in st.query_params:
        return st.query_params.get(STEP, "1")
    return str(st.session_state.get(STEP, "1"))


def follow(name: str, step: int) -> None:
    """Be at this step of this lesson from now on, on whatever page."""
    st.session_state[NAME], st.session_state[STEP] = name, str(step)
    if st.query_params.get(NAME) != name or st.query_params.get(STEP) != str(step):
        st.query_params.update({NAME: name, STEP: str(step)})


def leave(finished: str | None = None) -> None:
    """Be in no lesson from now on; the one with this name was `finished`."""
    if finished is not None:
        st.session_state.setdefault(FINISHED, {})[finished] = True
        st.session_state[_PRAISED] = finished
    for key in (NAME, STEP, _ENTERED):
        st.session_state.pop(key, None)
    for key in (NAME, STEP):
        st.query_params.pop(key, None)
    st.session_state[_LEFT] = True


def is_finished(name: str) -> bool:
    """Whether this visitor went to the end of this lesson. As long as uploads are kept, this is."""
    return name in st.session_state.get(FINISHED, {})


def has_left() -> bool:
    """Whether the lesson was left since the last call."""
    return bool(st.session_state.pop(_LEFT, False))


def finished_now() -> str | None:
    """The lesson that the visitor has just finished, until `forget_finished_now`."""
    name: str | None = st.session_state.get(_PRAISED)
    return name


def forget_finished_now() -> None:
    st.session_state.pop(_PRAISED, None)


def keep_fault(name: str, step: int, fault: str) -> None:
    """Keep what is wrong with the link that led to this step, for its card to say."""
    st.session_state[_FAULT] = name, step, fault


def fault_of(name: str, step: int) -> str | None:
    """What is wrong with the link that led to this step."""
    *place, fault = st.session_state.get(_FAULT, (None, None, None))
    return fault if place == [name, step] else None


def enters(name: str, step: int) -> bool:
    """Whether this step was not entered before; from now on it was."""
    first = st.session_state.get(_ENTERED) != (name, step)
    st.session_state[_ENTERED] = name, step
    return first


def answer_of(name: str, step: int) -> Any | None:
    """The last answer to this step's question in this session."""
    return st.session_state.get(_ANSWERS, {}).get((name, step))


def keep_answer(name: str, step: int, answer: Any) -> None:
    """Keep an answer; None forgets it, so that the question can be tried again."""
    st.session_state.setdefault(_ANSWERS, {})[name, step] = answer


def link_now() -> dict[str, str]:
    """The page's link without what belongs to a lesson."""
    return {key: value for key, value in st.query_params.items() if key not in (NAME, STEP)}


def pressed(key: str) -> dict[str, Any] | None:
    """What the card with this key reports: {"close": true, "done": whether its step was}, {"answer": …} or {"again": true}."""
    return reported(key, "act", lambda act: act if isinstance(act, dict) else None)
