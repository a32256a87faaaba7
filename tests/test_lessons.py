"""Lessons as files: what they may say, and one sentence for each mistake. And the truths that they ask for."""

import re

import numpy as np
import pytest

from aevb_lab.lessons.lesson import LONGEST, LessonError, lessons, read_lesson
from aevb_lab.lessons.truths import TRUTHS
from vae_core.studies.borders import border

EIGHT = {
    "first-look", "train-one", "holes", "the-bound", "which-estimator-lies", "noise-outside", "repair", "your-own-digit", "period",
}  # fmt: skip
STEP = '[[steps]]\nsay = "Look."\ndone_when = { moves = 3 }\n'
GOOD = f'title = "A lesson"\n{STEP}'


def test_all_lessons_are_read_and_say_what_a_class_needs():
    assert set(lessons()) >= EIGHT
    for name, lesson in lessons().items():
        assert lesson.title and lesson.audience and lesson.steps and len(lesson.notes) > 200, name


def test_a_short_lesson_is_enough():
    lesson = read_lesson("short", GOOD)
    assert lesson.title == "A lesson" and lesson.steps[0].done_when.moves == 3 and lesson.minutes == 5


@pytest.mark.parametrize(
    "text, sentence",
    [
        ("title = ", "the file must be TOML"),
        (STEP, "title is missing"),
        ('title = "A lesson"', "steps is missing"),
        ('title = "A lesson"\nsteps = []', "at least one step"),
        ('title = 3\n' + STEP, "title must be a text, got 3"),
        (f'colour = "red"\n{GOOD}', "got 'colour'"),
        (f"minutes = 1000\n{GOOD}", "minutes must lie from 1 to 90, got 1000"),
        (f"minutes = true\n{GOOD}", "minutes must be a whole number, got True"),
        (GOOD + 'mark = "nowhere"', "mark must name parts of a page"),
        (GOOD + 'hide = ["nowhere"]', "hide must name parts of a page"),
        (GOOD + 'page = "moon"', "page must be one of"),
        (GOOD + "link = { model = 3 }", "link must have texts, got model = 3"),
        (GOOD.replace("moves = 3", "moves = 0"), "must ask for something"),
        (GOOD.replace("moves = 3", "moves = 3, pins = true"), "exactly one of"),
        (GOOD.replace("moves = 3", "answers = true"), "needs a question"),
        (GOOD.replace("moves = 3", 'presses = "<b>"'), "must name parts of a page"),
        (GOOD.replace('"Look."', f'"{"x" * (LONGEST + 1)}"'), f"may have {LONGEST} characters and has {LONGEST + 1}"),
        (GOOD + '[steps.predict]\nkind = "song"\nquestion = "?"\ntruth = "how the bound rises"', "kind must be one of"),
        (GOOD + '[steps.predict]\nkind = "point"\nquestion = "?"\ntruth = "nothing"', "truth must be one of"),
        (GOOD + '[steps.predict]\nkind = "choice"\nquestion = "?"\ntruth = "how the bound rises"\noptions = ["a"]', "two or more, got 1"),
        (GOOD + '[steps.predict]\nkind = "number"\nquestion = "?"\ntruth = "what the encoder loses"\nleast = 3\nmost = 2', "least must lie below most"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_file_is_told_in_one_sentence(text, sentence):
    with pytest.raises(LessonError, match=re.escape(sentence)) as error:
        read_lesson("bad", text)
    assert str(error.value).startswith("lesson bad") and "\n" not in str(error.value)


def test_every_truth_is_asked_for_and_there_are_eight_predictions():
    asked = {step.predict.truth for lesson in lessons().values() for step in lesson.steps if step.predict}
    assert asked == set(TRUTHS) and len(TRUTHS) >= 8


def test_the_border_between_two_clouds_lies_in_the_middle():
    generator = np.random.default_rng(0)
    left, right = (generator.normal((at, 0.0), 0.5, (400, 2)) for at in (-1.0, 1.0))
    line = border(np.concatenate([left, right]), np.arange(800) >= 400)
    distance, nearest = line.distance(np.array([0.5, 0.0]))
    assert distance == pytest.approx(0.5, abs=0.2) and nearest[0] == pytest.approx(0.0, abs=0.2)
    assert np.abs(line.places[:, 0]).max() < 0.6


def test_a_border_needs_both_classes():
    with pytest.raises(ValueError, match="must have both classes"):
        border(np.zeros((20, 2)), np.zeros(20, bool))
