"""Lesson links by hand: `?hide=layers,model&ask=Where is the 7?&projector=1`. They hold on every page until the visitor changes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, NamedTuple, TypeVar

import streamlit as st

from aevb_lab.escaping import plain, printable, shortened
from aevb_lab.lessons.parts import is_part, selector
from aevb_lab.session.kept import Kept, first_on_page
from aevb_lab.theme import PROJECTOR

LONGEST_QUESTION = 200  # characters
MOST_NAMED = 3  # names in a sentence
State = TypeVar("State")


class Reading(NamedTuple, Generic[State]):
    """What a link's text stands for, None where it is of no use; and what is wrong with it, in one sentence."""

    state: State | None
    fault: str = ""


def read_hide(text: str) -> Reading[tuple[str, ...]]:
    """Names of parts with commas between them."""
    parts = dict.fromkeys(part.strip() for part in text.split(",") if part.strip())
    wrong = [part for part in parts if not is_part(part)]
    right = tuple(part for part in parts if is_part(part)) or None
    if not wrong:
        return Reading(right)
    names = ", ".join(f"“{plain(shortened(name, 40))}”" for name in wrong[:MOST_NAMED])
    more = f" and {len(wrong) - MOST_NAMED:,} more" if len(wrong) > MOST_NAMED else ""
    verb = "are no controls" if len(wrong) > 1 else "is no control"
    return Reading(
        right, f"This link hides {names}{more}, which {verb} of this app. “Link for a class…” has a box for each."
    )


def read_ask(text: str) -> Reading[str]:
    """A question in plain text. What cannot be seen, or turns the direction of writing, is left out of it."""
    if len(text) > LONGEST_QUESTION:
        return Reading(
            None,
            f"The question of this link may have {LONGEST_QUESTION} characters and has {len(text):,}. It is left out.",
        )
    question = printable(text)
    fault = (
        "The question of this link has no letters that can be seen. It is left out." if text and not question else ""
    )
    return Reading(question or None, fault)


def read_projector(text: str) -> Reading[bool]:
    if text in ("", "0", "1"):
        return Reading(text == "1" or None)
    return Reading(
        None,
        f"projector must be 0 or 1 in a link, got “{plain(shortened(text, 20))}”. The page is shown as on any screen.",
    )


READ: dict[str, Callable[[str], Reading[Any]]] = {"hide": read_hide, "ask": read_ask, "projector": read_projector}
HIDE: Kept[tuple[str, ...]] = Kept(
    "link_hide", "hide", lambda text: read_hide(text).state, lambda names: ",".join(names) or None
)
ASK: Kept[str] = Kept("link_ask", "ask", lambda text: read_ask(text).state, lambda question: question or None)
PROJECTOR_ON: Kept[bool] = Kept(
    "link_projector", "projector", lambda text: read_projector(text).state, lambda is_on: "1" if is_on else None
)


class ByHand(NamedTuple):
    """What the link of this visit says."""

    hidden: tuple[str, ...]
    question: str
    is_projected: bool
    faults: list[str]

    @property
    def styles(self) -> str:
        """Hidden parts stay on the page, with their states and links, but nobody sees them and Tab passes them."""
        hidden = ", ".join(map(selector, self.hidden))
        rule = f"<style>{hidden} {{ display: none !important; }}</style>" if hidden else ""
        return rule + (PROJECTOR if self.is_projected else "")


def by_hand() -> ByHand:
    """Called at the beginning of a run."""
    texts = {param: st.query_params[param] for param in READ if param in st.query_params}
    faults = [fault for param, text in texts.items() if (fault := READ[param](text).fault)]
    return ByHand(HIDE.now(()), ASK.now(""), PROJECTOR_ON.now(False), first_on_page("link_faults", faults))


def show(link: ByHand) -> None:
    """The question and what is wrong with the link, above the page."""
    if not link.question and not link.faults:
        return
    with st.container(key="link_by_hand"):
        if link.question:
            st.text(link.question)  # reads no markup
        for fault in link.faults:
            st.warning(fault)


def link_by_hand() -> dict[str, str]:
    """The parameters, for links to other pages."""
    return {param: st.query_params[param] for param in READ if param in st.query_params}
