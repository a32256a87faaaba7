"""Lessons as files: what they may say, and one sentence for each mistake. And the truths that they ask for."""

import re

import numpy as np
import pytest
import torch
from hostile_models import small_vae

import vae_core as vc
from aevb_lab import cached
from aevb_lab.figures.plane import ellipse_rings
from aevb_lab.lessons import lesson as lesson_file
from aevb_lab.lessons.guide import picture_of
from aevb_lab.lessons.lesson import LONGEST, LessonError, lessons, read_lesson
from aevb_lab.lessons.truths import KIND_OF, TRUTHS, Asked, gap_of
from aevb_lab.session.images import require_examples
from aevb_lab.session.models import load_model
from aevb_lab.shown.welcome import CHANGE
from vae_core import VAE
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
        ('steps = "many"\ntitle = "A"', "steps must be a list, got 'many'"),
        ('title = "A"\nsteps = [1, 2]', "step 1 must be a table"),
        ('title = " "\n' + STEP, "title must have letters"),
        (f"minutes = 5.5\n{GOOD}", "minutes must be a whole number, got 5.5"),
        (f"minutes = -1\n{GOOD}", "minutes must lie from 1 to 90, got -1"),
        ('title = "A lesson"\n' + STEP * 100, "may have 99 steps and has 100"),
        (GOOD.replace("moves = 3", ""), "exactly one of"),
        (GOOD + "hide = [3]", "hide must name parts of a page"),
        (GOOD + f'page = "{"x" * 300}"', "page must be one of"),
        (GOOD + f'surprise = "{"x" * 300}"', "got 'surprise'"),
        (GOOD + '[steps.predict]\nkind = "number"\nquestion = "?"\ntruth = "what the encoder loses"\nleast = -inf\nmost = inf', "all of them finite"),
        (GOOD + '[steps.predict]\nkind = "number"\nquestion = "?"\ntruth = "what the encoder loses"\nleast = nan', "all of them finite"),
        (GOOD + '[steps.predict]\nkind = "point"\nquestion = "?"\ntruth = "what the encoder loses"', "kind must be 'number' for this truth, got 'point'"),
        (GOOD + '[steps.predict]\nkind = "choice"\nquestion = "?"\ntruth = "which estimator is wrong"\noptions = ["a", "a"]', "options must differ"),
        (GOOD + f'[steps.predict]\nkind = "choice"\nquestion = "?"\ntruth = "which estimator is wrong"\noptions = ["a", "{"x" * 81}"]', "1 to 80 characters"),
        ("title = \"A\"\0", "the file must be TOML"),
        (GOOD + '[steps.predict]\nkind = "song"\nquestion = "?"\ntruth = "how the bound rises"', "kind must be one of"),
        (GOOD + '[steps.predict]\nkind = "point"\nquestion = "?"\ntruth = "nothing"', "truth must be one of"),
        (GOOD + '[steps.predict]\nkind = "choice"\nquestion = "?"\ntruth = "how the bound rises"\noptions = ["a"]', "two or more, got 1"),
        (GOOD + '[steps.predict]\nkind = "number"\nquestion = "?"\ntruth = "what the encoder loses"\nleast = 3\nmost = 2', "least must lie below most"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_file_is_told_in_one_sentence(text, sentence):
    with pytest.raises(LessonError, match=re.escape(sentence)) as error:
        read_lesson("bad", text)
    assert str(error.value).startswith("lesson bad") and "\n" not in str(error.value) and len(str(error.value)) < 400


def test_a_file_that_is_no_lesson_takes_no_other_lesson_away(tmp_path, monkeypatch):
    (tmp_path / "good.toml").write_text(GOOD)
    (tmp_path / "bad.toml").write_text("title = ")
    (tmp_path / "latin.toml").write_bytes(b'title = "caf\xe9"')
    (tmp_path / "Bad Name.toml").write_text(GOOD)
    monkeypatch.setattr(lesson_file, "FOLDER", tmp_path)
    assert list(lessons()) == ["good"]
    assert [fault.split(":")[0] for fault in lesson_file.lesson_faults()] == [
        "lesson Bad Name",
        "lesson bad",
        "lesson latin",
    ]
    assert all("\n" not in fault for fault in lesson_file.lesson_faults())


def test_the_lessons_of_the_app_have_no_faults_and_each_truth_is_predicted_in_one_way():
    assert lesson_file.lesson_faults() == [] and set(KIND_OF) == set(TRUTHS)


def test_a_question_has_its_words():
    assert lesson_file.question_of("the-bound", 2).startswith("The bound, step 2: Which z could")
    assert [
        lesson_file.question_of(*place)
        for place in (("moon", 1), ("the-bound", 1), ("the-bound", 0), ("the-bound", 99))
    ] == [""] * 4


WORST = [
    None,
    True,
    "abc",
    "",
    [],
    {},
    [None],
    [1e400, 0],
    [float("nan")] * 2,
    10**400,
    -(10**400),
    1e300,
    [[1]],
    {"a": 1},
    [10**400] * 41,
    [0.1] * 40,
    ["a"] * 41,
]


@pytest.mark.parametrize(
    "truth",
    [
        "where one digit becomes another",
        "what the encoder loses",
        "how the bound rises",
        "where the posterior is",
        "holes of the VAE",
    ],
)
@pytest.mark.parametrize("answer", WORST, ids=lambda value: str(value)[:12])
def test_an_answer_that_is_none_is_told_in_one_sentence(truth, answer):
    asked = Asked(load_model("digits-2d"), 3, answer, 0.0, 100.0)
    with pytest.raises(ValueError) as error:
        gap_of(truth, asked)
    assert "\n" not in str(error.value) and len(str(error.value)) < 160


def test_a_loop_around_the_posterior_holds_most_of_it():
    model = load_model("digits-2d")
    best = cached.close_up(model, 3).best
    gap = gap_of(
        "where the posterior is", Asked(model, 3, ellipse_rings(np.array(best.loc), best.covariance)[1].tolist())
    )
    share = int(re.search(r"holds (\d+)\u00a0%", gap.text)[1])
    assert 60 <= share <= 100 and len(gap.lines) == 3 and np.allclose(gap.spot, best.loc)
    assert "best region of the same size" in gap.text and "the ✓" in gap.text, "the letter that stands on the map"
    careless = gap_of(
        "where the posterior is", Asked(model, 3, [[-3.0, -3.0], [3.0, -3.0], [3.0, 3.0], [-3.0, 3.0]])
    ).text
    assert "But it is large" in careless and int(re.search(r"([\d,]+) times smaller", careless)[1].replace(",", "")) > 5


def test_each_lesson_has_apicture_of_its_own():
    pictures = [picture_of(lesson, number) for number, lesson in enumerate(lessons().values())]
    assert None not in pictures and len(set(pictures)) == len(pictures)


def test_every_truth_is_asked_for_and_there_are_eight_predictions():
    asked = {step.predict.truth for lesson in lessons().values() for step in lesson.steps if step.predict}
    assert asked == set(TRUTHS) and len(TRUTHS) >= 8


@pytest.fixture
def sides_and_top():
    """A linear decoder of three pixels: the first is white on the right of the map, the second on the left, the third above z2 = 1."""
    vae = VAE(vc.ModelConfig(data_dim=3, image_shape=(1, 3), latent_dim=2, hidden_dims=()), generator=torch.Generator())
    with torch.no_grad():
        vae.decoder[0].weight.copy_(torch.tensor([[9.0, 0.0], [-9.0, 0.0], [0.0, 9.0]]))
        vae.decoder[0].bias.copy_(torch.tensor([0.0, 0.0, -9.0]))
    x = torch.tensor([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 1.0], [1.0, 0.0, 1.0]]).repeat_interleave(15, 0)
    return vae, x, np.repeat([0, 1, 2, 2], 15)


def test_a_border_lies_where_the_drawing_changes_and_not_among_drawings_of_another_class(sides_and_top):
    places = border(*sides_and_top, 0, 1).places
    assert np.abs(places[:, 0]).max() < 0.1 and places[:, 1].max() == pytest.approx(1.0, abs=0.1)
    assert np.linalg.norm(places, axis=1).max() == pytest.approx(3.03, abs=0.1)
    above = border(*sides_and_top, 1, 2).places
    assert above[:, 1] == pytest.approx(np.ones(len(above)), abs=0.1) and above[:, 0].min() > -0.1


def test_the_distance_from_a_border_is_that_of_its_nearest_place(sides_and_top):
    distance, nearest = border(*sides_and_top, 0, 1).distance(np.array([0.5, -1.0]))
    assert distance == pytest.approx(0.5, abs=0.1) and nearest == pytest.approx([0.0, -1.0], abs=0.1)


def test_a_border_needs_two_classes_that_touch_and_two_latent_dimensions(sides_and_top):
    with pytest.raises(ValueError, match="the two classes touch nowhere on this map; choose two others"):
        border(*sides_and_top, 0, 3)
    with pytest.raises(ValueError, match="latent_dim must be 2 for a border on the map, got 3"):
        border(small_vae(latent_dim=3), torch.zeros(20, 6), np.zeros(20, int), 0, 1)


@pytest.mark.parametrize("name", ["digits-2d", "mnist-2d"])
def test_the_first_question_has_an_answer_on_the_map(name):
    model = load_model(name)
    places = cached.border(model, *map(require_examples(model).class_names.index, CHANGE)).places
    assert len(places) >= 10
