"""The page Class and the card of a class: there only while there is a class, and the board for the teacher alone."""

import pytest
from components import sent_to
from streamlit.testing.v1 import AppTest

from aevb_lab import cached, main
from aevb_lab.classroom import room
from aevb_lab.session import classroom


@pytest.fixture
def opened():
    yield room.open_room("secret")
    room.ROOMS.clear()


@pytest.fixture
def open_class(monkeypatch):
    monkeypatch.setattr("aevb_lab.jobs.board.Board.warm", lambda board: None)

    def open_(*, is_teacher=False):
        monkeypatch.setattr(classroom, "is_teacher", lambda: is_teacher)
        page = AppTest.from_file("../app/main.py", default_timeout=120).run()
        page.switch_page("views/classroom.py").run()
        assert not page.exception, page.exception
        return page

    return open_


def components(page):
    return {element.proto.component_name for element in page.get("bidi_component")}


def test_pupils_see_how_many_are_here_and_no_board(open_class, opened):
    opened.sit("ab" * 8, "ann", is_teacher=False, wake=lambda: None)
    page = open_class()
    assert page.title[0].value == "Class" and any("Here: **1** pupil." in text.value for text in page.markdown)
    assert sent_to(page, "class_card") == {"room": opened.name} and "class_board" not in components(page)


def test_the_teacher_has_the_board_and_the_pupils_link_with_its_code(open_class, opened):
    page = open_class(is_teacher=True)
    assert sent_to(page, "class_board")["pages"]["/train"] == "Train"
    assert any(text.value.startswith("`http://127.0.0.1:") for text in page.markdown)
    assert len(page.get("image")) == 1
    texts = " ".join(text.value for text in [*page.markdown, *page.caption])
    assert "secret" not in texts and opened.token not in texts, "the page may be projected"


def test_without_a_class_there_is_no_page_and_no_card():
    assert len(main.pages()["Class"]) == 1, "Lessons are there without a class too"
    assert room.room() is None and not classroom.is_teacher()


def test_with_a_class_there_is_a_page(opened):
    assert len(main.pages()["Class"]) == 2


def test_the_game_s_leads_are_computed_and_only_views_that_a_hand_can_reach_count():
    assert cached.toy_lead((0.6, 0.0, 0.5)) < 0
    assert max(cached.toy_lead((1.0, loc / 10, scale / 10)) for loc in range(-15, 16) for scale in range(1, 5)) > 0
    for view in (
        (0.6, 0.0, 0.0),
        (0.6, 0.0, 1e-9),
        (0.61, 0.0, 0.5),
        (9.0, 0.0, 0.5),
        (0.6, 50.0, 0.5),
        (0.6, 0.0, 5.0),
    ):
        assert cached.toy_lead(view) is None
    for x in (0.6, 1.0, 2.0):  # the encoder's own q is level with itself
        toy = cached.toy()
        row = int(abs(toy.xs - x).argmin())
        assert cached.toy_lead((x, *map(float, toy.encoder[row]))) == pytest.approx(0.0, abs=1e-9)
