"""The lesson on screen: its card over the page, what is marked and hidden, and the page of each step."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from urllib.parse import urlencode

import numpy as np
import streamlit as st

from aevb_lab import cached, theme
from aevb_lab.components.lesson_card import KEY, lesson_card
from aevb_lab.components.on_plane import on_plane
from aevb_lab.escaping import plain, shortened
from aevb_lab.figures.pictures import enlarge, film_strip, picture_uri
from aevb_lab.lessons.by_hand import link_by_hand
from aevb_lab.lessons.lesson import Goal, Lesson, Prediction, Step, lessons
from aevb_lab.lessons.parts import PAGES, selector
from aevb_lab.lessons.truths import Asked, Gap, gap_of, row_of
from aevb_lab.session import lesson as visit
from aevb_lab.session.images import available_data, require_examples
from aevb_lab.session.models import LoadedModel, load_model, model_names
from aevb_lab.session.viewer import is_dark
from vae_core.errors import VaeCoreError

IMAGES = (
    "map_image",
    "bound_image_",
    "likelihood_image_",
    "repair_image",
    "steer_image",
)  # keys of a link that name a test image
PLANES = {"": "latent_plane", "reconstruct": "own_plane", "repair": "repair_plane"}  # charts for places, by page
PICTURE = 72  # pixels of a lesson's picture
SMALL = {"mnist-2d": "digits-2d"}  # a model whose images are always there, in place of one whose images are not


def guide(address: str, link: dict[str, str]) -> None:
    """The card, the mark and what is hidden, after the page with this address was drawn. `link` is the page's as this run found it."""
    name = visit.name_now()
    if name is None:
        return
    lesson, step = _now()
    if lesson is None:
        _explain(name)
        return
    visit.follow(lesson.name, step)
    current = lesson.steps[step - 1]
    _card(lesson, step, address, enter=visit.enters(lesson.name, step) and not _is_open(current, address, link))


def _now() -> tuple[Lesson | None, int]:
    """The lesson and the number of its step, from 1."""
    lesson = lessons().get(visit.name_now() or "")
    text = visit.step_text()
    if lesson is None:
        return None, 1
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 0
    if 1 <= number <= len(lesson.steps):
        return lesson, number
    visit.keep_fault(
        lesson.name, 1, f"{lesson.title} has {len(lesson.steps)} steps and no step {shortened(text, 20) or '“”'}."
    )
    return lesson, 1


def _explain(name: str) -> None:
    """A link named a lesson that is not there."""
    st.warning(f"There is no lesson called {plain(shortened(name, 40))}. Choose one of these:")
    show_list()
    st.button("Go on without a lesson", on_click=visit.leave)


def show_list() -> None:
    """All lessons, each with a picture of what it is about and a link to its first step. A finished one has a tick."""
    for number, lesson in enumerate(lessons().values()):
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            picture = picture_of(lesson, number)
            if picture:
                st.image(picture, width=PICTURE, alt=f"Images of the lesson {lesson.title}")
            is_finished = visit.is_finished(lesson.name)
            steps = f"{len(lesson.steps)} steps · {lesson.minutes} min"
            with st.container(width="stretch", gap=None):
                st.markdown(
                    f"**{plain(lesson.title)}**{' ✓ finished' if is_finished else ''}  \n{plain(lesson.question)}  \n{plain(lesson.audience)} · {steps}"
                )
            st.page_link(
                f"views/{PAGES[lesson.steps[0].page]}.py",
                label="Start again" if is_finished else "Start",
                icon=":material/play_circle:",
                query_params={visit.NAME: lesson.name, visit.STEP: "1"},
            )


def picture_of(lesson: Lesson, number: int) -> str | None:
    """Four decoded draws of the model that the lesson begins with, others for each `number`, or the test image that it speaks of first."""
    link = next((link for link in map(_link_of, lesson.steps) if "model" in link), {})
    model = load_model(link.get("model", model_names()[0]))
    shape = model.vae.config.image_shape
    try:
        keys = [key for key in link if key.startswith(IMAGES)]
        if keys:
            examples = require_examples(model)
            images = examples.x[row_of(link, keys, len(examples.x))].numpy()[None]
        else:
            images = cached.prior_samples(model, 4, number).means
    except (VaeCoreError, ValueError, ArithmeticError):
        return None
    rows = [
        film_strip(images[:2].reshape(len(images[:2]), -1), shape),
        *([film_strip(images[2:].reshape(2, -1), shape)] if len(images) == 4 else []),
    ]
    picture = np.vstack(rows)
    return picture_uri(enlarge(picture, max(1, PICTURE // picture.shape[0])))


def _is_open(step: Step, address: str, link: dict[str, str]) -> bool:
    """Whether the page with this address and link shows the step's state."""
    if step.done_when.moves and "pinned" in link:
        return False  # a pinned point does not move
    return address == step.page and all(link.get(key) == value for key, value in _link_of(step).items())


def _place(lesson: Lesson, number: int, *, point: bool = False, keep: bool = False) -> dict[str, Any] | None:
    """Where in the app a step is, for the browser, with the map's `point` as it is now; None where there is no such step. `keep`:
    the visitor keeps what the page shows."""
    if not 1 <= number <= len(lesson.steps):
        return None
    step = lesson.steps[number - 1]
    own = {visit.NAME: lesson.name, visit.STEP: str(number)}
    z = {key: value for key, value in visit.link_now().items() if point and key == "z"}
    return {"path": f"/{step.page}", "query": urlencode(z | _link_of(step) | own | link_by_hand()), "keep": keep}


def _stays(lesson: Lesson, number: int) -> bool:
    """Whether the next step begins where this one does, so that the visitor's point and draws stay as they are."""
    step, following = lesson.steps[number - 1], lesson.steps[number : number + 1]
    return bool(following) and step.page == following[0].page and step.link == following[0].link


def _link_of(step: Step) -> dict[str, str]:
    """The state of the step's page. Where a model's images are not on this machine, a smaller one takes its place."""
    link = dict(step.link or {})
    name = link.get("model", "")
    if name in SMALL and name in model_names() and not available_data().get(load_model(name).data, False):
        link = {key.replace(name, SMALL[name]): value.replace(name, SMALL[name]) for key, value in link.items()}
    return link


def _styles(lesson: Lesson, number: int, *, is_answered: bool) -> str:
    """What the step marks and hides. Once its question `is_answered`, only what later questions ask stays hidden."""
    step = lesson.steps[number - 1]
    later = {name for following in lesson.steps[number:] for name in following.hide}
    names = [name for name in step.hide if name not in step.show and not (is_answered and name not in later)]
    hidden = ", ".join(map(selector, names))
    rules = [f"{hidden} {{ display: none !important; }}"] if hidden else []
    if step.mark:
        rules.append(f"{selector(step.mark)} {{ {MARK} }}")
    return " ".join(rules)


MARK = (
    "outline: 3px solid light-dark(#5145cd, #a79bff); outline-offset: 6px; border-radius: 6px; scroll-margin: 4rem 0;"
)


@st.fragment
def _card(lesson: Lesson, number: int, address: str, *, enter: bool) -> None:
    step = lesson.steps[number - 1]
    here = address == step.page
    answer = visit.answer_of(lesson.name, number)
    gap = fault = None
    if here:
        st.html(f"<style>{_styles(lesson, number, is_answered=answer is not None)}</style>")
    if here and step.predict is not None and answer is not None:
        try:
            gap = _gap(step, step.predict, answer)
        except (VaeCoreError, ValueError, ArithmeticError) as error:
            fault = f"{str(error)[:1].upper()}{str(error)[1:]}."
            visit.keep_answer(lesson.name, number, None)
            answer = None
        if gap is not None and address in PLANES and gap.spot is not None:
            on_plane(
                PLANES[address], gap.spot, gap.lines, asdict(theme.palette(is_dark())), letter="✓", key="lesson_truth"
            )
    lesson_card(
        {
            "lesson": lesson.name,
            "title": lesson.title,
            "step": number,
            "count": len(lesson.steps),
            "say": step.say,
            "do": step.do or (step.predict.question if step.predict else ""),
            "fault": fault or visit.fault_of(lesson.name, number),
            "goal": _goal(step.done_when),
            "mark": selector(step.mark) if here and step.mark else None,
            "here": here,
            "enter": _place(lesson, number, point=here) if enter else None,
            "back": _place(lesson, number - 1),
            "next": _place(lesson, number + 1, keep=_stays(lesson, number)),
            "question": None if step.predict is None else asdict(step.predict),
            "picture": _picture(step, step.predict)
            if here and step.predict is not None and step.predict.kind == "loop"
            else None,
            "answer": answer,
            "gap": None if gap is None else {"text": gap.text, "truth": gap.truth},
        },
        on_act=_act,
    )
    if visit.has_left():
        if visit.finished_now():
            st.switch_page("views/lessons.py", query_params={})
        st.rerun()


def _act() -> None:
    """Called after a press on the card."""
    report = visit.pressed(KEY)
    if report is None:
        return
    name, number = str(report.get("lesson")), report.get("step")
    lesson = lessons().get(name)
    if lesson is None or not isinstance(number, int) or not 1 <= number <= len(lesson.steps):
        return
    if report.get("close"):
        visit.leave(finished=name if report.get("done") and number == len(lesson.steps) else None)
    elif "answer" in report:
        visit.keep_answer(name, number, report["answer"])
    elif report.get("again"):
        visit.keep_answer(name, number, None)


def _goal(goal: Goal) -> dict[str, Any]:
    """The goal for the browser: what is asked, with CSS selectors for parts of the page."""
    values = {key: value for key, value in asdict(goal).items() if value or (key == "page" and value is not None)}
    if goal.presses:
        values["presses"] = selector(goal.presses)
    return values


def _subject(step: Step, prediction: Prediction) -> tuple[LoadedModel, int]:
    """The model that a question is about, and the row of its test image."""
    link = _link_of(step) | visit.link_now()  # the page's link lacks what is as at first
    model = load_model(prediction.model or link.get("model", model_names()[0]))
    keys = [key for key in link if key.startswith(IMAGES)]
    return model, row_of(link, keys, len(require_examples(model).x))


def _gap(step: Step, prediction: Prediction, answer: Any) -> Gap:
    asked = Asked(*_subject(step, prediction), answer, prediction.least, prediction.most, prediction.options)
    return gap_of(prediction.truth, asked)


def _picture(step: Step, prediction: Prediction) -> str:
    """The test image that a question is about, for the card."""
    model, row = _subject(step, prediction)
    image = require_examples(model).x[row].numpy()[None]
    return picture_uri(enlarge(film_strip(image, model.vae.config.image_shape), 4))
