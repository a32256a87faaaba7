"""A class in real browsers: the pupils' pages and points follow the teacher's, a pupil looks away and comes back, a bad line loses nothing."""

import asyncio
import json
import math
import os
import signal
import statistics
import time

import pytest
from access import faults_of
from browsing import CANVAS, PLOT, ClassServer, run_apart
from pupils import Client, letter_of, teacher_of

pytestmark = pytest.mark.browser
CARD = ".class-card"
ACT = f"{CARD} [data-role=act]"
# Each new place on the canvas of a page, with the moment at which its image was there. Both pages share the machine's clock.
WATCH = f"""() => {{ window.changes = []
    const canvas = document.querySelector("{CANVAS}")
    new MutationObserver(() => window.changes.push([canvas.dataset.z, performance.timeOrigin + performance.now()]))
        .observe(canvas, {{ attributes: true, attributeFilter: ["data-z"] }}) }}"""
ANSWER = """letter => window.dispatchEvent(new CustomEvent("class-answer", { detail: letter }))"""

HIDE = """() => fetch("class/orders", { method: "POST", body: JSON.stringify({ order: "hide" }) })"""


@pytest.fixture(scope="module")
def server():
    """A class's server, in place of the one that other tests share."""
    server = ClassServer()
    yield server
    server.process.terminate()
    server.process.wait(20)
    assert server.tracebacks() == ""


@pytest.fixture
def teacher(visit, server):
    page = visit(server.teachers_link.removeprefix(server.url))
    page.wait_for_selector(".class-board[data-here]")
    assert page.url == f"{server.url}/class", "the secret has left the address"
    yield page
    page.evaluate(HIDE)
    if page.get_attribute(CARD, "data-state") == "teacher" and page.inner_text(ACT) == "Let them go":
        page.click(ACT)
        page.wait_for_function(f"() => document.querySelector('{ACT}').textContent === 'Follow me'")


def is_at(page, path, query=""):
    page.wait_for_function(
        "([path, query]) => location.pathname === path && location.search.includes(query)", arg=[path, query]
    )


def ready(page):
    page.wait_for_selector(f"{PLOT} .plane-cursor", state="attached")
    page.wait_for_selector(f"{CARD}[data-line=open]", state="attached")


def lead_from(page, name):
    page.click(f"[data-testid=stSidebarNav] a[href$='/{name}']")


def delays_of(teacher, pupil, moves=40):
    """Milliseconds from an image on the teacher's page to the same one on the pupil's."""
    for page in (teacher, pupil):
        page.evaluate(WATCH)
    box = teacher.locator(f"{PLOT} .plane-area").bounding_box()
    for number in range(moves):
        x, y = (0.5 + 0.3 * turn(number / 6) for turn in (math.cos, math.sin))
        teacher.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])
        teacher.wait_for_timeout(50)
    last = teacher.get_attribute(CANVAS, "data-z")
    pupil.wait_for_function(f"z => document.querySelector('{CANVAS}').dataset.z === z", arg=last)
    times_shown = dict(teacher.evaluate("window.changes"))
    return [at - times_shown[z] for z, at in pupil.evaluate("window.changes") if z in times_shown]


def test_pages_settings_and_points_follow_and_a_pupil_looks_away_and_comes_back(visit, server, teacher):
    pupil = visit("/")
    ready(pupil)
    assert not pupil.is_visible(CARD), "while nobody leads, pupils see nothing of it"
    assert "secret" not in json.dumps(pupil.context.cookies()) and "aevb_teacher" not in str(pupil.context.cookies())
    teacher.wait_for_function(f"() => document.querySelector('{CARD}').innerText.includes('1 pupil')")
    teacher.wait_for_selector("[data-testid=stSidebarNav] a[href$='/class']")  # the last page: none is left out
    lead_from(teacher, "")
    ready(teacher)
    teacher.click(ACT)
    pupil.wait_for_selector(f"{CARD}[data-state=following]")
    teacher.click(".st-key-coordinates button:has-text('probability')")
    is_at(pupil, "/", "coordinates=probability")
    pupil.wait_for_selector(".st-key-coordinates button[aria-checked=true]:has-text('probability')")
    ready(pupil)
    delays = delays_of(teacher, pupil)
    assert len(delays) >= 20 and statistics.median(delays) < 200
    lead_from(teacher, "bound")
    is_at(pupil, "/bound")
    pupil.wait_for_selector(".bound-toy[data-elbo]")
    pupil.click(ACT)
    pupil.wait_for_selector(f"{CARD}[data-state=away]")
    lead_from(teacher, "paths")
    is_at(teacher, "/paths")
    pupil.wait_for_timeout(1000)
    assert pupil.url.startswith(f"{server.url}/bound"), "a pupil who looks away stays"
    pupil.click(ACT)
    is_at(pupil, "/paths")
    teacher.click(ACT)
    pupil.wait_for_selector(f"{CARD}[data-state=free]", state="attached")


def test_answers_outlive_a_bad_line_and_stand_on_the_board(visit, server, teacher):
    pupil = visit("/class")
    pupil.wait_for_selector(f"{CARD}[data-line=open]", state="attached")
    letter = {"lesson": "holes", "step": 1, "question": "which", "kind": "choice", "value": "<b>PCA</b>"}
    held = []  # requests that the line does not carry
    pupil.route("**/class/answers*", lambda route: held.append(route))
    pupil.evaluate(ANSWER, letter)
    pupil.wait_for_selector(f"{CARD}[data-unsent='1']")
    pupil.reload()
    pupil.wait_for_selector(f"{CARD}[data-unsent='1']")
    pupil.unroute("**/class/answers*")
    pupil.wait_for_selector(f"{CARD}[data-unsent='0']", state="attached")
    teacher.wait_for_selector(".class-board [data-role=answers] svg")
    assert "<b>PCA</b> (1)" in teacher.text_content(".class-board [data-role=answers] svg"), "shown as text"
    teacher.click(".class-board [data-role=show]")
    pupil.wait_for_selector(f"{CARD} [data-role=answers] svg")
    assert "1 answer: <b>PCA</b> 1" in pupil.inner_text(f"{CARD} [data-role=answers]")
    assert pupil.evaluate("() => localStorage.getItem('aevb-class-answers')") is None


@pytest.mark.slow
def test_eight_tabs_of_one_browser_work(browser, server):
    context = browser.new_context()
    pages = [context.new_page() for _ in range(8)]
    for page in pages:
        page.goto(server.url)
    for page in pages:
        page.bring_to_front()
        ready(page)
    assert run_apart(board_of(server))["here"] == 1, "tabs of one browser are one pupil"
    context.close()


async def board_of(server):
    return (await teacher_of(server).ask("/class/board"))[1]


@pytest.mark.slow
def test_thirty_pupils_follow_and_lose_no_answer(server):
    async def lesson():
        teacher = await teacher_of(server).open()
        pupils = [await Client(server.url).open() for _ in range(30)]
        await teacher.say(follow=True)
        times_said, answers = {}, []
        for number in range(100):
            times_said[float(number)] = time.perf_counter()
            await teacher.say(places={"z": [number, 0]})
            if number < len(pupils):
                answers.append(asyncio.create_task(pupils[number].answer(letter_of(7, float(number)))))
            await asyncio.sleep(0.05)
        await asyncio.gather(*answers)
        for pupil in pupils:
            await pupil.wait_for(lambda state: state.get("places") == {"z": [99.0, 0.0]})
        _, after = await teacher.ask("/class/board")
        for client in (teacher, *pupils):
            await client.close()
        assert after["here"] == 30 and after["questions"][-1] == ["test", 7, "q", 30]
        return [1000 * (at - times_said[z[0]]) for pupil in pupils for z, at in pupil.places]

    delays = run_apart(lesson())
    assert len(delays) >= 30 * 10 * 5, "at least ten times a second"
    assert statistics.median(delays) < 200


@pytest.mark.slow
def test_control_c_ends_the_server_at_once_while_lines_are_open(browser):
    server = ClassServer()
    page = browser.new_context().new_page()
    page.goto(server.url)
    ready(page)

    async def hold():
        clients = [await Client(server.url).open() for _ in range(10)]
        began = time.monotonic()
        os.kill(server.process.pid, signal.SIGINT)
        await asyncio.to_thread(server.process.wait, 60)
        took = time.monotonic() - began
        for client in clients:
            await client.socket.wait_closed()
        return took

    try:
        assert run_apart(hold()) < 3
    finally:
        server.process.kill()
        page.context.close()


OVERLAP = """([first, second]) => { const [a, b] = [first, second].map((selector) => document.querySelector(selector).getBoundingClientRect())
    return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom }"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("width", "theme"),
    [
        (1440, "light"),
        (390, "light"),
        (1440, "dark"),
    ],
)
def test_the_cards_of_lesson_and_class_lie_apart_and_have_no_faults_of_ours(visit, teacher, width, theme):
    page = visit("/?lesson=first-look&step=3", width=width, theme=theme)
    page.wait_for_selector(".lesson-card .lesson-answer")
    teacher.click(ACT)
    page.wait_for_selector(f"{CARD}:is([data-state=following], [data-state=away])")
    if page.get_attribute(CARD, "data-state") == "following":
        page.click(ACT)  # else the teacher's page takes the lesson away
    page.wait_for_selector(f"{CARD}[data-state=away]")
    page.goto(f"{page.url.split('?')[0]}?lesson=first-look&step=3")
    page.wait_for_selector(".lesson-card .lesson-answer")
    page.wait_for_selector(f"{CARD}[data-state=away]")
    page.wait_for_function("() => getComputedStyle(document.documentElement).getPropertyValue('--class-card') > '0px'")
    assert page.is_visible(CARD) and not page.evaluate(OVERLAP, [CARD, ".lesson-card"])
    assert [fault for fault in faults_of(page) if "lesson" in fault or "class-" in fault] == []


@pytest.mark.slow
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_board_says_what_was_asked_and_has_no_faults_of_ours(visit, server, teacher, theme):
    teacher.emulate_media(color_scheme=theme)
    answer = {"lesson": "the-bound", "step": 3, "question": "q", "kind": "number", "value": 2.5}
    assert (
        run_apart(
            Client(server.url).ask(f"/class/answers?tab={'ab' * 8}", answer | {"id": theme.encode().hex().zfill(16)})
        )[0]
        == 200
    )
    teacher.wait_for_function(
        "() => document.querySelector('.class-board select')?.textContent.includes('How many nats does the encoder lose')"
    )
    assert faults_of(teacher) == []
    with teacher.expect_popup() as popup:
        teacher.click(".class-board [data-role=sheet]")
    sheet = popup.value
    section = sheet.locator("section", has=sheet.locator("h2", has_text="How many nats does the encoder lose"))
    assert "2.5" in section.inner_text()
    sheet.close()
