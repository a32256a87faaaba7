"""Widgets whose values are in the page's link. Whatever a link says, each of them has a value that the page can use: what it
cannot use is forgotten, and the widget begins at its default. So no view binds a widget to the link itself."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Literal, TypeVar

import streamlit as st
from streamlit.elements.lib.mutable_expander_container import ExpanderContainer

from aevb_lab.session.link import forget_unless, number_of

T = TypeVar("T")
Scalar = TypeVar("Scalar", int, float)
LINK: Literal["query-params"] = "query-params"
NONE_OF_THEM = ""  # in a link, of a widget that takes any number of options
LONGEST = 2000  # characters of a text


def choice(label: str, options: Sequence[T], *, key: str, default: T | None = None, **look: Any) -> T:
    """One of a few options side by side, at first `default` or the first one."""
    first = options[0] if default is None else default
    _forget_unless_option(key, options, look)
    value = st.segmented_control(label, options, default=first, required=True, key=key, bind=LINK, **look)
    return first if value is None else value


def choice_or_none(label: str, options: Sequence[T], *, key: str, **look: Any) -> T | None:
    """One of a few options side by side, at first none of them."""
    _forget_unless_option(key, options, look)
    return st.segmented_control(label, options, key=key, bind=LINK, **look)


def choices(label: str, options: Sequence[T], *, key: str, **look: Any) -> list[T]:
    """Any of a few options, at first all of them."""
    _forget_unless_option(key, options, look, NONE_OF_THEM)
    return st.pills(label, options, default=list(options), selection_mode="multi", key=key, bind=LINK, **look)


def several(label: str, options: Sequence[T], default: Sequence[T], *, key: str, **look: Any) -> list[T]:
    """Any of a list of options, at first those of `default`."""
    _forget_unless_option(key, options, look, NONE_OF_THEM)
    return st.multiselect(label, options, default=list(default), key=key, bind=LINK, **look)


def menu(label: str, options: Sequence[T], first: int = 0, *, key: str, **look: Any) -> T:
    """One of a list of options, at first the one in place `first`."""
    first = min(first, len(options) - 1)
    _forget_unless_option(key, options, look)
    value = st.selectbox(label, options, first, key=key, bind=LINK, **look)
    return value if value in options else options[first]


def steps(label: str, options: Sequence[T], first: T, *, key: str, **look: Any) -> T:
    """One of some ordered options on a slider."""
    _forget_unless_option(key, options, look)
    value = st.select_slider(label, options, first, key=key, bind=LINK, **look)
    return value if value in options else first


def number(label: str, least: int, most: int, first: int, step: int = 1, *, key: str, **look: Any) -> int:
    """A whole number in a field, from `least` to `most`; at first `first`, or the nearest to it that is allowed."""
    first = min(max(first, least), most)
    forget_unless(key, partial(_is_within, least=least, most=most))
    begin: int | Literal["min"] = "min" if first == least else first  # for Streamlit that is no value that code has set
    value = st.number_input(label, least, most, begin, step, key=key, bind=LINK, **look)
    return first if value is None else int(value)


def decimal(label: str, least: float, most: float, first: float, *, key: str, **look: Any) -> float:
    """A number in a field, from `least` to `most`."""
    forget_unless(key, partial(_is_within, least=least, most=most))
    value = st.number_input(label, least, most, first, key=key, bind=LINK, **look)
    return first if value is None else float(value)


def slider(
    label: str, least: Scalar, most: Scalar, first: Scalar, step: Scalar | None = None, *, key: str, **look: Any
) -> Scalar:
    """A number on a slider."""
    forget_unless(key, partial(_is_within, least=least, most=most))
    return st.slider(label, least, most, first, step, key=key, bind=LINK, **look)


def text(label: str, first: str, *, key: str, is_usable: Callable[[str], bool], **look: Any) -> str:
    """A text in a field. A link's text counts where it `is_usable`; the page judges what a visitor types."""
    forget_unless(key, lambda link_text: len(link_text) <= LONGEST and is_usable(link_text))
    value = st.text_input(label, first, key=key, bind=LINK, max_chars=LONGEST, **look)
    return first if value is None else value


def switch(label: str, *, key: str, help: str) -> bool:
    """On or off, at first off."""
    forget_unless(key, _is_truth)
    return bool(st.toggle(label, key=key, bind=LINK, help=help))


def fold(label: str, *, key: str) -> ExpanderContainer:
    """A part of the page that is folded away at first. The page runs again when the visitor unfolds it."""
    forget_unless(key, _is_truth)
    return st.expander(label, key=key, bind=LINK, on_change="rerun")


def _forget_unless_option(key: str, options: Sequence[Any], look: dict[str, Any], *others: str) -> None:
    """A link holds an option as it is shown."""
    names = {*map(look.get("format_func", str), options), *others}
    forget_unless(key, names.__contains__)


def _is_truth(text: str) -> bool:
    return text.lower() in ("true", "false")


def _is_within(text: str, *, least: float, most: float) -> bool:
    value = number_of(text)
    return math.isfinite(value) and least <= value <= most
