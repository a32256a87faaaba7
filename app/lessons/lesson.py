"""A lesson: a file of steps, each of which is done by doing. `read_lesson` reads one and says what is wrong in it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from math import isfinite
from pathlib import Path
from typing import Any

from aevb_lab.classroom.answers import LONGEST_CHOICE, MOST_STEPS, NAME
from aevb_lab.lessons.parts import PAGES, is_part
from aevb_lab.lessons.truths import KIND_OF, TRUTHS

FOLDER = Path(__file__).parent
LONGEST = 400  # characters of one text


class LessonError(ValueError):
    """A lesson's file breaks a rule; the text names file, step, rule and value."""


@dataclass(frozen=True)
class Goal:
    """What the visitor does to finish a step: exactly one of these."""

    moves: int = 0  # the point of the plane was at so many different places
    pins: bool = False  # a point is pinned
    presses: str = ""  # a part of the page was pressed or changed
    link: Mapping[str, str] | None = None  # the page's link has these values
    page: str | None = None  # the page with this address is open
    shows: str = ""  # the page shows this text
    answers: bool = False  # the step's question is answered


@dataclass(frozen=True)
class Prediction:
    """A question that is asked before the page shows its answer, which is the `truth` of this name."""

    kind: str
    question: str
    truth: str
    options: tuple[str, ...] = ()
    least: float = 0.0
    most: float = 1.0
    step: float = 0.1
    unit: str = ""
    model: str = ""  # which it is about; else the page's


@dataclass(frozen=True)
class Step:
    """One step: what the card says, where it is, what the visitor does there, and what marks it as done."""

    say: str
    do: str
    done_when: Goal
    page: str = ""
    link: Mapping[str, str] | None = None
    mark: str = ""
    show: tuple[str, ...] = ()
    hide: tuple[str, ...] = ()
    predict: Prediction | None = None


@dataclass(frozen=True)
class Lesson:
    """A lesson, as its file has it. `question` is what it answers, `minutes` how long a class needs, and `notes` the page for the
    teacher, in markdown."""

    name: str
    title: str
    audience: str
    minutes: int
    steps: tuple[Step, ...]
    notes: str = ""
    question: str = ""


KINDS = ("choice", "number", "point", "curve", "loop")  # what pupils can predict
GOALS = tuple(field.name for field in fields(Goal))
TOP_KEYS = {"title": str, "question": str, "audience": str, "minutes": int, "notes": str, "steps": list}
STEP_KEYS = {
    "say": str,
    "do": str,
    "done_when": dict,
    "page": str,
    "link": dict,
    "mark": str,
    "show": list,
    "hide": list,
    "predict": dict,
}
PREDICTION_KEYS = {
    "kind": str,
    "question": str,
    "truth": str,
    "options": list,
    "least": float,
    "most": float,
    "step": float,
    "unit": str,
    "model": str,
}
GOAL_KEYS = {"moves": int, "pins": bool, "presses": str, "link": dict, "page": str, "shows": str, "answers": bool}


def lessons() -> dict[str, Lesson]:
    """All lessons of the app's folder, by name; the shortest first. A file that breaks a rule is none: `lesson_faults` says why."""
    return _read_folder(FOLDER)[0]


def lesson_faults() -> list[str]:
    """One sentence for each file of the folder that is no lesson."""
    return _read_folder(FOLDER)[1]


@cache
def _read_folder(folder: Path) -> tuple[dict[str, Lesson], list[str]]:
    files, faults = [], []
    for path in sorted(folder.glob("*.toml")):
        try:
            files.append(read_lesson(path.stem, path.read_text(encoding="utf-8")))
        except UnicodeDecodeError:
            faults.append(f"lesson {path.stem}: the file must be text in UTF-8, and it is not; save it as UTF-8")
        except (LessonError, OSError) as error:
            faults.append(str(error))
    return {lesson.name: lesson for lesson in sorted(files, key=lambda lesson: lesson.minutes)}, faults


def question_of(name: str, number: int) -> str:
    """What a step of a lesson asks, with the lesson's title; empty where there is no such question."""
    lesson = lessons().get(name)
    step = lesson.steps[number - 1] if lesson and 1 <= number <= len(lesson.steps) else None
    return f"{lesson.title}, step {number}: {step.predict.question}" if lesson and step and step.predict else ""


def read_lesson(name: str, text: str) -> Lesson:
    """The lesson of a file's text. Raises LessonError."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise LessonError(f"lesson {name}: the file must be TOML, and it is not: {error}") from None
    where = f"lesson {name}"
    if not NAME.fullmatch(name):
        raise LessonError(
            f"{where}: a lesson's file must be named with at most 40 small letters, digits, - and _; rename it"
        )
    values = _values(table, TOP_KEYS, where, needed=("title", "steps"))
    if not values["title"].strip():
        raise LessonError(f"{where}: title must have letters, got {values['title']!r}; give it a name")
    if not values["steps"]:
        raise LessonError(f"{where}: steps must have at least one step and has none; add a [[steps]]")
    if len(values["steps"]) > MOST_STEPS:
        raise LessonError(
            f"{where}: a lesson may have {MOST_STEPS} steps and has {len(values['steps'])}; make two of it"
        )
    steps = tuple(_step(step, f"{where}, step {number}") for number, step in enumerate(values.pop("steps"), 1))
    minutes = values.setdefault("minutes", 5)
    if not 1 <= minutes <= 90:
        raise LessonError(f"{where}: minutes must lie from 1 to 90, got {minutes}; try 5")
    return Lesson(name, steps=steps, **({"audience": ""} | values))


def _step(table: Any, where: str) -> Step:
    values = _values(table, STEP_KEYS, where, needed=("say", "done_when"))
    values.setdefault("do", "")
    for key in ("show", "hide"):
        values[key] = tuple(_part(part, f"{where}: {key}") for part in values.get(key, ()))
    if values.get("mark"):
        _part(values["mark"], f"{where}: mark")
    if values.get("page", "") not in PAGES:
        raise LessonError(f"{where}: page must be one of {', '.join(map(repr, PAGES))}, got {_short(values['page'])}")
    if "link" in values:
        _texts(values["link"], f"{where}: link")
    if "predict" in values:
        values["predict"] = _prediction(values["predict"], where)
    values["done_when"] = _goal(values["done_when"], where, asks="predict" in values)
    return Step(**values)


def _goal(table: dict[str, Any], where: str, *, asks: bool) -> Goal:
    where = f"{where}: done_when"
    if len(table) != 1:
        raise LessonError(f"{where} must have exactly one of {', '.join(GOALS)}, got {', '.join(table) or 'nothing'}")
    goal = Goal(**_values(table, GOAL_KEYS, where))
    if goal.presses:
        _part(goal.presses, f"{where}.presses")
    if goal.link is not None:
        _texts(goal.link, f"{where}.link")
    if goal.page is not None and goal.page not in PAGES:
        raise LessonError(f"{where}.page must be one of {', '.join(map(repr, PAGES))}, got {_short(goal.page)}")
    if goal.answers and not asks:
        raise LessonError(f"{where}.answers needs a question and the step has none; add predict")
    if not any([goal.moves > 0, goal.pins, goal.presses, goal.link, goal.page is not None, goal.shows, goal.answers]):
        raise LessonError(f"{where} must ask for something, got {_short(table)}; try moves = 3")
    return goal


def _prediction(table: dict[str, Any], where: str) -> Prediction:
    where = f"{where}: predict"
    values = _values(table, PREDICTION_KEYS, where, needed=("kind", "question", "truth"))
    if values["kind"] not in KINDS:
        raise LessonError(f"{where}.kind must be one of {', '.join(KINDS)}, got {_short(values['kind'])}")
    if values["truth"] not in TRUTHS:
        raise LessonError(f"{where}.truth must be one of {', '.join(TRUTHS)}, got {_short(values['truth'])}")
    values["options"] = options = tuple(map(str, values.get("options", ())))
    if values["kind"] == "choice" and len(options) < 2:
        raise LessonError(f"{where}.options must have two or more, got {len(options)}; add an option")
    if len(set(options)) < len(options) or not all(0 < len(option) <= LONGEST_CHOICE for option in options):
        raise LessonError(
            f"{where}.options must differ and have 1 to {LONGEST_CHOICE} characters each, got {_short(options)}"
        )
    if values["kind"] != KIND_OF[values["truth"]]:
        raise LessonError(f"{where}.kind must be {KIND_OF[values['truth']]!r} for this truth, got {values['kind']!r}")
    prediction = Prediction(**values)
    scale = (prediction.least, prediction.most, prediction.step)
    if not all(map(isfinite, scale)) or not (prediction.least < prediction.most and prediction.step > 0):
        raise LessonError(
            f"{where}: least must lie below most, and step above 0, all of them finite, got least {prediction.least:g}, "
            f"most {prediction.most:g}, step {prediction.step:g}"
        )
    return prediction


def _values(table: Any, kinds: Mapping[str, type], where: str, needed: tuple[str, ...] = ()) -> dict[str, Any]:
    """The table's values, each of its kind; texts are one short line."""
    if not isinstance(table, dict):
        raise LessonError(f"{where} must be a table of keys and values, got {_short(table)}")
    for key in needed:
        if key not in table:
            raise LessonError(f"{where}: {key} is missing; add {key} = …")
    for key, value in table.items():
        if key not in kinds:
            raise LessonError(f"{where}: the keys are {', '.join(kinds)}, got {_short(key)}")
        kind = (int, float) if kinds[key] is float else kinds[key]
        if not isinstance(value, kind) or (isinstance(value, bool) and kinds[key] is not bool):
            raise LessonError(f"{where}: {key} must be {WORDS_OF_KINDS[kinds[key]]}, got {_short(value)}")
        if isinstance(value, str) and key != "notes" and len(value) > LONGEST:
            raise LessonError(f"{where}: {key} may have {LONGEST} characters and has {len(value)}; say less")
    return dict(table)


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:79]}…"


def _part(name: Any, where: str) -> str:
    if not isinstance(name, str) or not is_part(name):
        raise LessonError(f"{where} must name parts of a page, as `parts.py` lists them, got {_short(name)}")
    return name


def _texts(table: Mapping[str, Any], where: str) -> None:
    for key, value in table.items():
        if not isinstance(value, str):
            raise LessonError(f'{where} must have texts, got {key} = {value!r}; try {key} = "{value}"')


WORDS_OF_KINDS = {
    str: "a text", int: "a whole number", float: "a number", bool: "true or false", list: "a list", dict: "a table",
}  # fmt: skip
