"""Lessons in a real browser: each step is done by doing what its card says."""

from urllib.parse import parse_qs, urlsplit

import pytest
from browsing import CANVAS, rest

from aevb_lab.lessons.lesson import lessons
from aevb_lab.lessons.parts import selector

CARD = ".lesson-card"


def card_step(page):
    return page.inner_text(f"{CARD} .lesson-count")


def wait_for_step(page, number, count):
    page.wait_for_function(
        "text => document.querySelector('.lesson-count')?.textContent === text", arg=f"{number} of {count}"
    )


def wait_until_here(page, do):
    page.wait_for_function("text => document.querySelector('.lesson-do')?.textContent === text", arg=do)


def wait_until_done(page):
    page.wait_for_selector(f"{CARD}.done")


def plane_box(page):
    plot = page.wait_for_selector(".plane-area")
    return plot.bounding_box()


def move_over_the_plane(page, places):
    page.wait_for_selector(f"{CANVAS}[data-ready=true]")
    box = plane_box(page)
    for across, up in places:
        page.mouse.move(box["x"] + across * box["width"], box["y"] + up * box["height"], steps=4)
        page.wait_for_timeout(300)  # the card looks four times a second


def do(page, step):
    """Do what the step's goal says, as a visitor would."""
    goal = step.done_when
    if goal.answers:
        return answer(page, step.predict)
    if goal.moves:
        return move_over_the_plane(page, [(0.2 + 0.15 * i, 0.3 + 0.1 * (i % 3)) for i in range(goal.moves + 1)])
    if goal.pins:
        move_over_the_plane(page, [(0.85, 0.15)])
        return page.mouse.click(*middle(plane_box(page), 0.85, 0.15))
    if goal.presses:
        part = page.wait_for_selector(selector(goal.presses))
        part.scroll_into_view_if_needed()
        button = part.query_selector("button:not([disabled]), canvas, summary, label:has(input)")
        return (button or part).click()
    if goal.shows == "You beat the encoder":
        return page.click("button[data-role=climb]")
    if goal.page == "":
        page.click(".st-key-train_stop button:visible:not([disabled])")
        return page.click(".st-key-train_map a, .st-key-train_map button")
    if goal.page is not None:
        return page.click(f"[data-testid=stSidebarNavLink][href$='/{goal.page}']")
    if goal.link is not None:
        for key, value in goal.link.items():
            if page.locator(f".st-key-{key} input").count():  # a menu
                page.locator(f".st-key-{key} input").click()
                page.get_by_role("option", name=value).click()
            else:
                page.click(f".st-key-{key} button:has-text('{value}')")
    return None


def middle(box, across=0.5, up=0.5):
    return box["x"] + across * box["width"], box["y"] + up * box["height"]


def answer(page, prediction):
    if prediction.kind == "choice":
        page.click(f"{CARD} input[type=radio]")
    elif prediction.kind == "number":
        page.click(f"{CARD} .lesson-answer")
        page.wait_for_selector(f"{CARD} output:text('First move the slider')")
        page.press(f"{CARD} input[type=range]", "ArrowRight")
    elif prediction.kind == "point":
        page.click(f"{CARD} .lesson-answer")
        page.wait_for_selector(f"{CARD} output:text('First press a place on the map')")
        move_over_the_plane(page, [(0.45, 0.45)])
        page.focus("canvas[data-role=decoded]")
        page.keyboard.press("Enter")
        page.wait_for_selector("canvas[data-role=decoded][data-pinned=true]")
    elif prediction.kind == "loop":
        box = plane_box(page)
        page.mouse.move(*middle(box, 0.4, 0.4))
        page.mouse.down()
        for across, up in [(0.5, 0.4), (0.5, 0.5), (0.4, 0.5), (0.4, 0.41)]:
            page.mouse.move(*middle(box, across, up), steps=3)
        page.mouse.up()
    elif prediction.kind == "curve":
        page.focus(f"{CARD} canvas")
        page.keyboard.type("357788")
    page.click(f"{CARD} .lesson-answer")
    page.wait_for_selector(f"{CARD} .lesson-gap")
    assert len(page.inner_text(f"{CARD} .lesson-gap")) > 20


def walk(page, name):
    lesson = lessons()[name]
    for number, step in enumerate(lesson.steps, 1):
        wait_for_step(page, number, len(lesson.steps))
        wait_until_here(page, step.do or step.predict.question)
        do(page, step)
        wait_until_done(page)
        rest(page)  # a press on what is drawn anew is lost
        place = page.get_attribute(CANVAS, "data-z") if step.done_when.pins else None
        page.click(f"{CARD} .lesson-next")
        if place:
            page.wait_for_selector(f"{CANVAS}[data-z='{place}'][data-pinned=false]")  # where the visitor has put it
    page.wait_for_selector(CARD, state="detached")
    page.wait_for_selector(f"text=You have finished {lessons()[name].title}")


def test_the_first_look_is_walked_from_its_button(visit):
    page = visit("/?z=1.00,1.00&pinned=true")
    page.click(".st-key-show_around button")
    page.wait_for_selector("canvas[data-role=decoded][data-z='1.00,1.00'][data-pinned=false]")  # it can move
    walk(page, "first-look")
    assert "lesson=" not in page.url


def test_a_lesson_keeps_the_visitors_drawing_and_lies_over_nothing_of_the_page(visit):
    page = visit("/?lesson=your-own-digit&step=1")
    wait_for_step(page, 1, 3)
    wait_until_here(page, lessons()["your-own-digit"].steps[0].do)  # the lesson has led to its page
    rest(page)
    card, side_bar = (page.locator(part).bounding_box() for part in (CARD, "[data-testid=stSidebar]"))
    assert side_bar["x"] <= card["x"] and card["x"] + card["width"] <= side_bar["x"] + side_bar["width"]
    pad = page.locator("canvas[data-role=pad]")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.2 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.8 * box["height"], steps=8)
    page.mouse.up()
    wait_until_done(page)
    page.wait_for_url("**drawing=*")
    drawing = parse_qs(urlsplit(page.url).query)["drawing"]
    page.click(f"{CARD} .lesson-next")
    wait_for_step(page, 2, 3)
    rest(page)
    page.evaluate(
        """async card => {  // Skip, and then the run before still tells its address, as on a slow line
            document.querySelector(`${card} .lesson-next`).click()
            await new Promise(go => setTimeout(go))
            history.pushState({}, "", `${location.pathname}?lesson=your-own-digit&step=2`)
        }""",
        CARD,
    )
    assert "step=3" in page.url
    wait_for_step(page, 3, 3)
    page.wait_for_url("**drawing=*")
    assert parse_qs(urlsplit(page.url).query)["drawing"] == drawing


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in lessons() if name != "first-look"])
def test_a_lesson_is_walked_by_doing(visit, name):
    walk(visit(f"/?lesson={name}&step=1"), name)


def test_a_lesson_survives_a_reload_and_says_what_a_link_gets_wrong(visit):
    page = visit("/?lesson=first-look&step=4")
    wait_for_step(page, 4, 6)
    page.reload()
    wait_for_step(page, 4, 6)
    page.goto(page.url.split("?")[0] + "?lesson=moon")
    page.wait_for_selector("text=There is no lesson called moon")
    page.goto(page.url.split("?")[0] + "?lesson=first-look&step=99")
    page.wait_for_selector("text=has 6 steps and no step 99")


@pytest.mark.parametrize(("step", "bench"), [(1, ".bound-toy"), (4, ".ellipse-bench")])
def test_on_a_phone_the_card_leaves_the_sentence_of_the_bound_in_view(visit, step, bench):
    page = visit(f"/?lesson=the-bound&step={step}", width=390, height=844, has_touch=True, is_mobile=True)
    page.wait_for_selector(f"{bench}[data-elbo]")
    page.get_by_role("button", name="Let it climb").evaluate("button => button.click()")
    page.get_by_text("You beat the encoder by").wait_for()
    page.wait_for_function(
        """bench => { const box = document.querySelector(`${bench} output`).getBoundingClientRect()
        return box.top > 0 && box.bottom < document.querySelector('.lesson-card').getBoundingClientRect().top }""",
        arg=bench,
    )
