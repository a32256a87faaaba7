"""The link of a page in a real headless Chromium: copied, printed, opened elsewhere, and back through the browser's history."""

from urllib.parse import parse_qs, urlsplit

import pytest
from browsing import CANVAS, DEADLINE, PLOT, open_map, press

pytestmark = pytest.mark.browser

COPY = ".page-link button"
TWIN = "document.querySelector('.twin')"


def params(page):
    """The parameters of the page's address, without the run of other tests."""
    return {key: values[-1] for key, values in parse_qs(urlsplit(page.url).query).items() if key != "run"}


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
    assert other.get_attribute("canvas[data-role=pad]", "data-strokes") == strokes == "2"


def test_copying_works_by_keyboard_by_touch_and_without_a_clipboard(visit):
    page = open_map(visit, "?model=digits-2d&z=1.00,1.00&pinned=true", has_touch=True)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.tap(COPY)
    said = "document.querySelector('.page-link output').textContent"
    page.wait_for_function(f"{said} === 'Copied'")
    assert parse_qs(urlsplit(page.evaluate("navigator.clipboard.readText()")).query)["z"] == ["1.00,1.00"]
    page.evaluate("document.querySelector('.page-link output').textContent = ''")
    page.focus(COPY)
    page.keyboard.press("Enter")
    page.wait_for_function(f"{said} === 'Copied'")
    # A page without encryption has no clipboard, and a browser may refuse to copy what is selected.
    page.evaluate("""() => { Object.defineProperty(navigator, 'clipboard', { value: undefined })
        document.execCommand = () => false }""")
    page.click(COPY)
    page.wait_for_function(f"{said}.startsWith('Copy the link')")
    field = "document.querySelector('.page-link input')"
    assert page.evaluate(f"document.activeElement === {field}")
    assert page.evaluate(f"{field}.value.slice({field}.selectionStart, {field}.selectionEnd)") == page.url
    page.keyboard.press("Tab")
    assert page.is_hidden(".page-link input")


def test_a_link_taken_at_once_has_the_point_of_which_the_server_has_not_heard(visit):
    page = open_map(visit, "?model=digits-2d")
    plane = page.locator(f"{PLOT} .nsewdrag").first.bounding_box()
    page.mouse.move(plane["x"] + 150, plane["y"] + 120)
    page.wait_for_function(f"document.querySelector('{CANVAS}').dataset.z !== '0.00,0.00'")
    z = page.get_attribute(CANVAS, "data-z")
    page.focus(COPY)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.keyboard.press("Enter")
    page.wait_for_function("document.querySelector('.page-link output').textContent === 'Copied'")
    assert parse_qs(urlsplit(page.evaluate("navigator.clipboard.readText()")).query)["z"] == [z]


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
    page.focus(".twin canvas.plane")
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


def test_back_returns_to_the_view_before(visit):
    page = open_map(visit, "?model=digits-2d&z=1.00,1.00&pinned=true")
    length = page.evaluate("history.length")
    page.focus(CANVAS)
    for key in ("Enter", "ArrowRight", "Enter"):  # free it, move it, pin it
        page.keyboard.press(key)
    wait_for_params(page, z="1.10,1.00", pinned="true")
    assert page.evaluate("history.length") == length, "a moved point is no step"
    press(page, "closer")  # its first option
    page.wait_for_selector(".ellipse-bench")
    wait_for_params(page, closer="posterior")
    page.click("a[href$='/paths']")
    page.wait_for_selector(".st-key-path_steps")
    wait_for_params(page, model="digits-2d")
    page.click(".st-key-paths_view button:has-text('prior samples')")
    page.wait_for_selector(".st-key-samples_seed")
    assert page.evaluate("history.length") == length + 3
    page.go_back(timeout=DEADLINE)
    page.wait_for_selector(".st-key-path_steps")
    page.go_back(timeout=DEADLINE)
    page.wait_for_selector(".ellipse-bench")
    page.wait_for_function(f"document.querySelector('{CANVAS}')?.dataset.z === '1.10,1.00'")
    assert page.get_attribute(CANVAS, "data-pinned") == "true"
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
    page.click(".st-key-reconstruct_source button:has-text('test images')")
    page.wait_for_selector(".st-key-reconstructions")
    wait_for_params(page, drawing=None)
    page.go_back(timeout=DEADLINE)
    page.wait_for_selector("canvas[data-role=pad][data-strokes='0']")
    page.go_back(timeout=DEADLINE)
    page.wait_for_selector(".st-key-reconstructions")
    page.go_back(timeout=DEADLINE)
    page.wait_for_function(f"document.querySelector('canvas[data-role=brush]')?.dataset.hidden === '{hidden}'")
