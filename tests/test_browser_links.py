"""The link of a page in a real headless Chromium: copied, printed, opened elsewhere, and back through the browser's history. (Longer than other files: each
page's own state is in its link.)"""

import ast
import io
from pathlib import Path
from urllib.parse import parse_qs, quote, unquote, urlsplit

import numpy as np
import pytest
import zxingcpp
from browsing import CANVAS, DEADLINE, PLOT, open_map, rest
from PIL import Image

from aevb_lab.components.page_link import LONGEST_CODE, STEPS, link_code
from aevb_lab.session.drawing import SOURCE

pytestmark = pytest.mark.browser
VIEWS = Path(__file__).resolve().parent.parent / "app" / "views"

COPY = ".page-link button"


def wait_for_params(page, **expected):
    """Wait until the address has these parameters, where None is one that it has not."""
    page.wait_for_function(
        """expected => { const params = new URLSearchParams(location.search)
        return Object.entries(expected).every(([key, value]) => params.get(key) === value) }""",
        arg=expected,
    )


def copied(page):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.click(COPY)
    page.wait_for_function("document.querySelector('.page-link output').textContent === 'Copied'")
    return page.evaluate("navigator.clipboard.readText()")


def path_of(link):
    parts = urlsplit(link)
    return f"{parts.path}?{parts.query}"


def test_a_drawing_and_a_point_open_elsewhere_by_the_copied_link(visit):
    page = visit("/reconstruct?model=digits-2d&reconstruct_source=draw")
    numbers = ".st-key-own_numbers"
    before = page.wait_for_selector(numbers).inner_text()
    pad = page.locator("canvas[data-role=pad]")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    page.mouse.move(box["x"] + 60, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + 120, box["y"] + 150, steps=12)
    page.mouse.up()
    page.wait_for_function(
        "before => (document.querySelector('.st-key-own_numbers')?.innerText ?? before) !== before", arg=before
    )
    page.wait_for_function("new URLSearchParams(location.search).get('drawing')")
    after, strokes = page.inner_text(numbers), pad.get_attribute("data-strokes")
    link = copied(page)
    other = visit(path_of(link))
    other.wait_for_function("text => document.querySelector('.st-key-own_numbers')?.innerText === text", arg=after)
    assert strokes == "1", "it has taken the place of the example"
    other.wait_for_selector("canvas[data-role=pad][data-strokes='1']")


def test_copying_works_by_keyboard_by_touch_and_without_a_clipboard(visit):
    page = open_map(visit, "?model=digits-2d&z=1.00,1.00&pinned=true", has_touch=True)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.tap(COPY)
    output = "document.querySelector('.page-link output').textContent"
    page.wait_for_function(f"{output} === 'Copied'")
    assert parse_qs(urlsplit(page.evaluate("navigator.clipboard.readText()")).query)["z"] == ["1.00,1.00"]
    page.evaluate("document.querySelector('.page-link output').textContent = ''")
    page.focus(COPY)
    page.keyboard.press("Enter")
    page.wait_for_function(f"{output} === 'Copied'")
    # A page without encryption has no clipboard, and a browser may refuse to copy what is selected.
    page.evaluate("""() => { Object.defineProperty(navigator, 'clipboard', { value: undefined })
        document.execCommand = () => false }""")
    page.click(COPY)
    page.wait_for_function(f"{output}.startsWith('Copy the link')")
    field = "document.querySelector('.page-link input')"
    assert page.evaluate(f"document.activeElement === {field}")
    selected = page.evaluate(f"{field}.value.slice({field}.selectionStart, {field}.selectionEnd)")
    assert unquote(selected) == unquote(page.url), (
        "the link; whether a comma is written as %2C depends on who wrote it last"
    )
    page.keyboard.press("Tab")
    assert page.is_hidden(".page-link input")


def test_a_link_taken_at_once_has_the_point_of_which_the_server_has_not_heard(visit):
    page = open_map(visit, "?model=digits-2d")
    plane = page.locator(f"{PLOT} .plane-area").first.bounding_box()
    page.mouse.move(plane["x"] + 150, plane["y"] + 120)
    page.wait_for_function(f"document.querySelector('{CANVAS}').dataset.z !== '0.00,0.00'")
    z = page.get_attribute(CANVAS, "data-z")
    page.focus(COPY)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.keyboard.press("Enter")
    page.wait_for_function("document.querySelector('.page-link output').textContent === 'Copied'")
    assert parse_qs(urlsplit(page.evaluate("navigator.clipboard.readText()")).query)["z"] == [z]


@pytest.mark.slow
def test_the_draws_and_the_z_of_compare_are_in_the_link(visit):
    page = visit("/compare")
    page.wait_for_selector(".twin[data-draws]")
    page.click(".twin [data-role=more]")
    page.focus(".twin canvas[data-role=draws]")
    page.keyboard.press("ArrowRight")
    page.click(".twin [data-role=all]")
    wait_for_params(page, twin_axes="1")
    page.wait_for_function("new URLSearchParams(location.search).get('twin')?.startsWith('10,1')")
    other = visit(path_of(page.url))
    words = page.inner_text(".twin output")
    other.wait_for_function("words => document.querySelector('.twin output')?.innerText === words", arg=words)
    assert other.get_attribute(".twin", "data-draws") == "10,10"
    assert other.get_attribute(".twin [data-role=all]", "aria-pressed") == "true"
    page.focus(".twin canvas[data-role=plane]")
    page.keyboard.press("ArrowUp")
    page.wait_for_function("new URLSearchParams(location.search).get('twin')?.startsWith('10,-1,')")
    z = page.get_attribute(".twin", "data-z")
    other.goto(page.url)
    other.wait_for_function("z => document.querySelector('.twin')?.dataset.z === z", arg=z)


@pytest.mark.parametrize(
    "value", ["", "nan", "Infinity,1", "1" + "0" * 400, "20,-1,1", "7", "<b>", "-10,-1,0,0", "0,3.5", "9" * 9000]
)
@pytest.mark.slow
def test_nonsense_for_what_only_the_browser_reads_is_forgotten(visit, value):
    page = visit(f"/compare?twin={value}&twin_axes={value}")
    page.wait_for_selector(".twin[data-draws]")
    assert page.get_attribute(".twin", "data-draws").startswith("0,") or value.startswith("20")
    page.goto(f"{page.url.split('?')[0]}?compare_view=time+travel&moment={value}")
    page.wait_for_selector(".time-travel[data-t]")


@pytest.mark.slow
def test_back_returns_to_the_view_before(visit):
    # A page of its own: a page's history has 50 entries at most.
    page = open_map(visit, "?model=digits-2d&z=1.00,1.00&pinned=true", timezone_id="Europe/Berlin")
    length = page.evaluate("history.length")
    page.focus(CANVAS)
    for key in ("Enter", "ArrowRight", "Enter"):  # free it, move it, pin it
        page.keyboard.press(key)
    wait_for_params(page, z="1.10,1.00", pinned="true")
    assert page.evaluate("history.length") == length, "a moved point is no step"
    page.click(".st-key-closer button:has-text('posterior')")
    page.wait_for_selector(".ellipse-bench")
    wait_for_params(page, closer="posterior")
    page.click("a[href$='/paths']")
    page.wait_for_selector(".st-key-path_ends_shown")
    wait_for_params(page, model="digits-2d")
    page.click(".st-key-paths_view button:has-text('prior samples')")
    page.wait_for_selector(".st-key-samples_seed")
    assert page.evaluate("history.length") == length + 3
    page.go_back(timeout=DEADLINE)
    page.wait_for_selector(".st-key-path_ends_shown")
    page.go_back(timeout=DEADLINE)
    page.wait_for_selector(".ellipse-bench")
    page.wait_for_function(f"document.querySelector('{CANVAS}')?.dataset.z === '1.10,1.00'")
    assert page.get_attribute(CANVAS, "data-pinned") == "true"
    assert "digits-2d" in page.input_value("[data-testid=stSidebar] [data-testid=stSelectbox] input"), "the model too"
    page.go_back(timeout=DEADLINE)
    page.wait_for_selector(".ellipse-bench", state="detached")
    wait_for_params(page, closer=None, z="1.10,1.00", model="digits-2d")
    page.go_forward(timeout=DEADLINE)
    page.wait_for_selector(".ellipse-bench")
    assert page.evaluate("history.length") == length + 3


@pytest.mark.slow
def test_back_restores_a_drawing_a_model_and_what_is_hidden(visit):
    page = visit("/repair?model=digits-2d&hidden=AAAAAP____8")
    page.wait_for_selector("canvas[data-role=brush][data-hidden]")
    hidden = page.get_attribute("canvas[data-role=brush]", "data-hidden")
    page.click("a[href$='/reconstruct']")
    page.click(".st-key-reconstruct_source button:has-text('draw')")
    page.wait_for_selector("canvas[data-role=pad]")
    page.click("[data-do=clear]")
    wait_for_params(page, drawing=".")
    page.click(".st-key-reconstruct_source button:has-text('upload')")
    page.wait_for_selector(".st-key-reconstruct_source button[aria-checked=true]:has-text('upload')")
    wait_for_params(page, drawing=None)
    page.go_back(timeout=DEADLINE)
    page.wait_for_selector("canvas[data-role=pad][data-strokes='0']")
    page.go_back(timeout=DEADLINE)
    page.wait_for_selector(".st-key-reconstructions")
    page.go_back(timeout=DEADLINE)
    page.wait_for_function(f"document.querySelector('canvas[data-role=brush]')?.dataset.hidden === '{hidden}'")


# -- print -------------------------------------------------------------------------------------------------------


def read_codes(picture):
    return [code.text for code in zxingcpp.read_barcodes(np.asarray(Image.open(io.BytesIO(picture)).convert("L")))]


def hand_out(page):
    """What stands on the paper of a page: whether each part of the app is there, and how far the page is from its right edge."""
    return page.evaluate(
        """() => { const seen = selector => [...document.querySelectorAll(selector)].filter(node => node.getClientRects().length).length
        return { side: seen('[data-testid=stSidebar]'), buttons: seen('[data-testid=stMain] button:not([aria-checked=true], [aria-pressed=true])'),
          title: seen('h1'), code: seen('.page-link-printed svg'), pictures: seen('.js-plotly-plot, canvas, img, .bound-toy svg'),
          ground: getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor } }"""
    )


def print_page(visit, path, theme):
    page = visit(path, theme=theme)
    page.wait_for_selector("h1")
    page.wait_for_selector(".page-link button")
    page.wait_for_function(
        "document.querySelector('.js-plotly-plot, [data-testid=stMain] canvas, [data-testid=stImage] img, .bound-toy svg')"
    )
    page.emulate_media(media="print", color_scheme=theme)
    page.wait_for_selector(".page-link-printed svg")
    parts = hand_out(page)
    assert parts["side"] == parts["buttons"] == 0 and parts["title"] and parts["code"] == 1 and parts["pictures"], parts
    assert parts["ground"] == "rgb(255, 255, 255)"
    code = page.locator(".page-link-printed")
    assert unquote(code.locator("figcaption").inner_text()) == unquote(page.url)
    assert [unquote(link) for link in read_codes(code.screenshot())] == [unquote(page.url)]
    assert code.locator("p").inner_text() == "Only this computer can open this link."
    page.emulate_media(media="screen", color_scheme=theme)
    assert page.is_hidden(".page-link-printed") and page.is_visible(COPY)


def test_a_printed_page_is_a_hand_out_with_a_code_that_leads_back_to_it(visit):
    print_page(visit, "/?model=digits-2d&z=1.00,1.00&pinned=true", "dark")


@pytest.mark.slow
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(
    "path", sorted(path.stem for path in VIEWS.glob("*.py") if path.stem not in ("__init__", "latent_map", "classroom"))
)
def test_every_printed_page_is_a_hand_out(visit, path, theme):
    print_page(visit, f"/{path}", theme)


def test_nothing_is_cut_on_paper(visit):
    page = open_map(visit, "?model=digits-2d", theme="dark")
    width = f"document.querySelector('{PLOT}').getBoundingClientRect().width"
    page.wait_for_selector(".page-link button")
    page.wait_for_function(f"{width} < 800")  # with the page's styles, an image stands beside the plane
    before = page.evaluate(width)
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    page.set_viewport_size({"width": 703, "height": 1000})  # a sheet of paper is narrower than the window
    page.emulate_media(media="print", color_scheme="dark")
    zoom = float(page.evaluate("document.documentElement.style.getPropertyValue('--print-zoom')"))
    page.wait_for_function(f"size => Math.abs({width} - size) < 1", arg=before * zoom)
    assert 0.3 < zoom < 1
    assert page.evaluate("document.documentElement.scrollWidth") <= 703, "else the browser makes all smaller still"
    beside = "document.querySelector('.live-decoder canvas').getBoundingClientRect().left"
    assert page.evaluate(beside) > before * zoom, "the image stands beside the plane, as on the screen"
    page.emulate_media(media="screen", color_scheme="dark")
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    page.wait_for_function(f"before => {width} < before", arg=before)


# -- without a browser -------------------------------------------------------------------------------------------


def test_a_code_is_its_link_and_none_is_made_of_what_is_too_long():
    for link in (
        "http://127.0.0.1:8501/?z=1.00%2C-0.50&path_point_A=0.5%2C+%E2%88%921",
        "x",
        "http://x/" + "a" * (LONGEST_CODE - 9),
    ):
        drawing = link_code(quote(link, safe="")).decode()
        assert drawing.startswith("<svg") and "script" not in drawing
    for link in ("", "a" * (LONGEST_CODE + 1), "\U0001f600" * LONGEST_CODE, "%" * 10**6):
        assert link_code(quote(link, safe="")) == b""
    assert link_code("%ff%fe%00").startswith(b"<svg"), "bytes that are no text"


def keys_of_choices(path):
    """The keys of a view's choices and switches; of a key that the view computes, the name of its variable."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    texts = {"pad.SOURCE": SOURCE} | {
        ast.unparse(node.targets[0]): node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        name = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
        if name in ("linked.choice", "linked.choice_or_none", "linked.choices", "linked.switch"):
            key = next(word.value for word in node.keywords if word.arg == "key")
            yield key.value if isinstance(key, ast.Constant) else texts.get(ast.unparse(key), ast.unparse(key))


def test_every_choice_of_a_view_is_a_step_of_back():
    keys = {key for path in VIEWS.parent.glob("*views/*.py") for key in keys_of_choices(path)}
    assert keys - set(STEPS) == {"repair_factor", "class_key", "train_guess"}, (
        "a number, an end of a path, and an answer"
    )


def test_a_page_begins_with_its_own_model_until_the_visitor_chooses_one(visit):
    page = visit("/")
    picker = ".st-key-model input"

    def go(name, path, model):
        rest(page)
        page.locator("[data-testid=stSidebarNavLink]", has_text=name).first.click()
        page.wait_for_function(
            f"location.pathname === '{path}' && document.querySelector('{picker}')?.value === '{model}'"
        )

    go("Steer", "/steer", "mnist-20d")
    go("Latent map", "/", "mnist-2d")
    rest(page)
    page.locator(picker).click()
    page.get_by_role("option", name="digits-2d", exact=True).click()
    wait_for_params(page, model="digits-2d")
    go("Steer", "/steer", "digits-2d")


def test_on_a_phone_the_menu_shuts_when_a_page_is_chosen_in_it(browser, server):
    page = browser.new_page(viewport={"width": 390, "height": 844}, has_touch=True)
    page.goto(f"{server.url}/lessons")
    page.wait_for_function("CSS.highlights.get('glossary')?.size > 0")  # what listens is mounted
    page.evaluate("document.querySelector('[data-testid=stMain]').scrollTo(0, 400)")
    page.locator("[data-testid=stExpandSidebarButton]").tap()
    page.locator("[data-testid=stSidebarNavLink]", has_text="Models and runs").tap()
    page.wait_for_selector(".model-table")
    page.wait_for_function("document.querySelector('[data-testid=stMain]').scrollTop === 0")
    page.wait_for_function("document.querySelector('[data-testid=stSidebar]').getBoundingClientRect().right <= 0")
    page.close()


def test_draws_are_marked_by_press_and_by_key_and_the_link_holds_the_marks(visit):
    page = visit("/paths?paths_view=prior+samples&model=digits-2d")
    draws = page.locator(".st-key-samples_gallery button")
    draws.nth(1).click()
    page.get_by_text("You pressed 1 of 40").wait_for()
    draws.nth(1).click()  # the same one again
    page.get_by_text("You pressed none of 40 yet.").wait_for()
    draws.nth(1).click()
    page.get_by_text("You pressed 1 of 40").wait_for()
    draws.nth(7).focus()
    page.keyboard.press("Enter")
    page.get_by_text("You pressed 2 of 40").wait_for()
    presses = "rows => rows.forEach(row => document.querySelectorAll('.st-key-samples_gallery button')[row].click())"
    page.evaluate(presses, [2, 3, 4, 5, 6])  # faster than the server answers
    page.get_by_text("You pressed 7 of 40").wait_for()
    page.evaluate(presses, [2, 3, 4, 5, 6])
    page.get_by_text("You pressed 2 of 40").wait_for()
    draws.nth(1).click()
    page.get_by_text("You pressed 1 of 40").wait_for()
    page.wait_for_url(lambda url: url.endswith("%2C0%2C7"))
    again = visit(page.url.partition("127.0.0.1")[2].partition("/")[2].join(["/", ""]))
    again.wait_for_selector(".st-key-samples_gallery button[aria-pressed=true][data-row='7']")
    assert again.locator(".st-key-samples_gallery button[aria-pressed=true]").count() == 1


def test_a_finger_presses_the_point_that_it_is_on(visit):
    """Plotly chooses the point that the mouse was over last: without a mouse that would be the one pressed before."""
    page = visit(
        "/paths?paths_view=q(z)+beside+the+prior&model=digits-2d", width=390, height=844, has_touch=True, is_mobile=True
    )
    marks = ".st-key-aggregate_plane .scatterlayer .trace:nth-child(2) .point"
    for number in (3, 40, 12):
        page.wait_for_selector(marks)
        page.locator(marks).nth(number).scroll_into_view_if_needed()
        rest(page)
        box = page.locator(marks).nth(number).bounding_box()
        across, up = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        page.touchscreen.tap(across, up)
        page.wait_for_function(
            """([across, up]) => [...document.querySelectorAll(".st-key-aggregate_plane .scatterlayer .trace:last-child .point")].some((ring) => {
                const { x, y, width, height } = ring.getBoundingClientRect()
                return width > 15 && Math.hypot(x + width / 2 - across, y + height / 2 - up) < 2 })""",
            arg=[across, up],
        )


def test_the_buttons_at_the_top_make_room_while_one_reads_further_down(visit):
    page = visit("/models?model=digits-2d")
    page.wait_for_selector(".page-link")
    opacity = "wanted => getComputedStyle(document.querySelector('.page-link')).opacity === wanted"
    page.wait_for_function(opacity, arg="1")
    scroll = "to => { document.querySelector('[data-testid=stMain]').scrollTop = to }"
    page.wait_for_function("document.querySelector('[data-testid=stMain]').scrollHeight > innerHeight + 600")
    page.evaluate(scroll, 500)
    page.wait_for_function(opacity, arg="0")
    page.evaluate(scroll, 0)
    page.wait_for_function(opacity, arg="1")
