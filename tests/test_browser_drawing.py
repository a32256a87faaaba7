"""The drawing pad and the path's playback in a real headless Chromium: mouse, finger and keys."""

import pytest
from browsing import ON_SCREEN, press, rest

from aevb_lab.theme import palette

PAD = "canvas[data-role=pad]"
PLACE = ".st-key-own_plane canvas[data-role=on-plane]"
pytestmark = pytest.mark.browser


def open_pad(visit, **options):
    page = visit("/reconstruct?model=digits-2d&reconstruct_source=draw", **options)
    return drawn(page)


def drawn(page):
    page.wait_for_selector(f"{PAD}[data-strokes='1']")  # the example
    page.wait_for_selector(".st-key-own_numbers")
    return page


def numbers(page):
    return page.inner_text(".st-key-own_numbers")


def wait_for_other_numbers(page, before):
    page.wait_for_function(
        "before => (document.querySelector('.st-key-own_numbers')?.innerText ?? before) !== before", arg=before
    )


def test_the_mouse_draws_undoes_and_clears(visit):
    page = visit("/reconstruct?model=digits-2d")
    press(drawn(page), "own_look_closer")
    page.wait_for_selector(PLACE)
    before = numbers(page)
    page.get_by_role("button", name="Clear").click()
    page.get_by_text("Draw something").wait_for()
    page.wait_for_selector(".st-key-own_numbers", state="detached")
    box = page.locator(PAD).bounding_box()
    page.wait_for_selector(".st-key-own_plane .plane-axes")
    page.evaluate(
        """() => { window.redrawn = 0
        const isDrawing = ({ addedNodes }) => [...addedNodes].some((node) => node instanceof SVGElement)
        const seen = new MutationObserver((changes) => changes.some(isDrawing) && window.redrawn++)
        seen.observe(document.querySelector('.st-key-own_plane .plane-axes'), { childList: true, subtree: true }) }"""
    )
    readings, places = [], []
    for x in (0.35, 0.65):
        page.mouse.move(box["x"] + x * box["width"], box["y"] + 0.2 * box["height"])
        page.mouse.down()
        page.mouse.move(box["x"] + x * box["width"], box["y"] + 0.8 * box["height"], steps=6)
        page.mouse.up()
        wait_for_other_numbers(page, readings[-1] if readings else before)
        page.wait_for_selector(".st-key-own_numbers")
        readings.append(numbers(page))
        places.append(page.wait_for_selector(PLACE).get_attribute("data-at"))
    page.get_by_role("button", name="Undo").click()
    page.wait_for_selector(f"{PAD}[data-strokes='1']")
    first_reading = readings[0]
    page.wait_for_function(
        "reading => document.querySelector('.st-key-own_numbers')?.innerText === reading", arg=first_reading
    )
    page.wait_for_timeout(300)
    assert page.evaluate("window.redrawn") == 0 and places[0] != places[1], "x and its ellipse move, not the chart"
    page.get_by_text("upload", exact=True).click()
    page.get_by_text("Take a photo").wait_for()
    page.get_by_role("radio", name="draw").click()
    page.wait_for_selector(f"{PAD}[data-strokes='1']")
    page.wait_for_function(
        "reading => document.querySelector('.st-key-own_numbers')?.innerText === reading", arg=first_reading
    )


@pytest.mark.slow
def test_x_has_a_ring_and_its_letter_touches_it_and_a_phones_first_screen_leads_to_the_pad(visit):
    """On mnist-2d's map the oval of q is as small as a dot, among two thousand points."""
    page = visit("/reconstruct?model=mnist-2d&reconstruct_source=draw", width=390, height=844)
    page.wait_for_selector(f"{PLACE}[data-at]", state="attached")
    page.wait_for_selector(".st-key-own_plane canvas[data-role=points]", state="attached")
    colour = [int(palette(False).encoder[i : i + 2], 16) for i in (1, 3, 5)]
    extent = page.wait_for_function(
        """([selector, colour]) => { const canvas = document.querySelector(selector), scale = canvas.width / canvas.clientWidth
        const { data, width } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height), across = [], down = []
        for (let i = 0; i < data.length; i += 4) if (data[i + 3] === 255 && colour.every((part, k) => data[i + k] === part)) {
          across.push((i / 4 % width) / scale); down.push(Math.floor(i / 4 / width) / scale) }
        const span = (values) => Math.max(...values) - Math.min(...values)
        return across.length > 200 && [span(across), span(down)] }""",
        arg=[PLACE, colour],
    ).json_value()
    assert max(extent) < 24 + 2 * 9 + 5 and min(extent) > 14, "the letter and the ring beside it"
    order = page.evaluate(
        "[...document.querySelectorAll('.st-key-own_plane canvas[data-role]')].sort((a, b) => a.style.zIndex - b.style.zIndex).at(-1).dataset.role"
    )
    assert order == "on-plane", "above all marks"
    page = visit("/reconstruct?model=mnist-2d", width=390, height=844)
    page.get_by_text("Press draw to draw one yourself.").wait_for()
    page.get_by_role("radio", name="draw").click()
    page.wait_for_selector(PLACE, state="attached")
    assert page.locator(PAD).bounding_box()["y"] < 400


@pytest.mark.slow
def test_the_palette_draws_in_colour_and_a_reload_keeps_it(visit):
    page = visit("/reconstruct?model=emoji-2d&reconstruct_source=draw")
    page.wait_for_selector(PAD)
    page.get_by_role("button", name="Clear").click()
    page.get_by_text("Draw something").wait_for()
    page.get_by_role("radio", name="red").check()
    box = page.locator(PAD).bounding_box()
    page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 0.5 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.7 * box["width"], box["y"] + 0.5 * box["height"], steps=6)
    page.mouse.up()
    page.wait_for_selector(".st-key-own_numbers")
    middle = (
        "canvas => Array.from(canvas.getContext('2d').getImageData(canvas.width / 2, canvas.height / 2, 1, 1).data)"
    )
    assert page.locator(PAD).evaluate(middle) == [255, 0, 0, 255]
    page.wait_for_function("() => location.search.includes('drawing=%7E') || location.search.includes('drawing=~')")
    page.reload()
    page.wait_for_selector(f"{PAD}[data-strokes='1']")
    assert page.locator(PAD).evaluate(middle) == [255, 0, 0, 255]


def test_a_finger_and_keys_draw_and_keys_take_back(visit):
    page = open_pad(visit, width=390, height=844, has_touch=True, is_mobile=True)
    before = numbers(page)
    page.locator(PAD).scroll_into_view_if_needed()
    box = page.locator(PAD).bounding_box()
    page.touchscreen.tap(box["x"] + 0.9 * box["width"], box["y"] + 0.1 * box["height"])
    wait_for_other_numbers(page, before)
    assert page.get_attribute(PAD, "data-strokes") == "1", "the first stroke takes the place of the example"
    tapped = numbers(page)
    page.focus(PAD)
    for key in ["Space", *["ArrowDown"] * 5, "Shift+ArrowLeft", "Space"]:
        page.keyboard.press(key)
    page.wait_for_selector(f"{PAD}[data-strokes='2']")
    wait_for_other_numbers(page, tapped)
    page.keyboard.press("Backspace")
    page.wait_for_selector(f"{PAD}[data-strokes='1']")
    page.wait_for_function("tapped => document.querySelector('.st-key-own_numbers')?.innerText === tapped", arg=tapped)


# -- playback ----------------------------------------------------------------------------------------------------

FRAME = "canvas[data-role=frame]"


def test_the_path_plays_pauses_and_is_moved_by_keys_with_its_point_on_the_plane(visit):
    page = visit("/paths?model=digits-2d&path_ends=points&path_point_A=-1,0&path_point_B=1,0")
    page.wait_for_selector(f"{FRAME}[data-frame='0']")
    page.wait_for_selector(".st-key-path_plane canvas[data-role=path][data-ring]", state="attached")
    page.get_by_role("button", name="Play").click()
    page.wait_for_function(f"Number(document.querySelector('{FRAME}').dataset.frame) > 15")
    page.get_by_role("button", name="Pause").click()
    slider = page.locator(".path-player input")
    slider.focus()
    page.keyboard.press("Home")
    for _ in range(30):
        page.keyboard.press("ArrowRight")
    page.wait_for_selector(f"{FRAME}[data-frame='30']")
    assert "50 % of the way, |z| = 0.00" in slider.get_attribute("aria-valuetext")
    frame = page.evaluate(
        """() => { const strip = document.querySelector('.st-key-path_film [data-testid=stImage]')
        const { left, width } = getComputedStyle(strip, '::after')
        return [parseFloat(left) + 1, parseFloat(width) - 2].map((pixels) => pixels / strip.clientWidth) }"""
    )
    assert frame == pytest.approx([6 / 12, 1 / 12], abs=0.01), "the seventh of twelve pictures of the strip is framed"
    off = page.evaluate(
        """() => { const plane = document.querySelector('.st-key-path_plane .plane-axes')
        const { spans: [[left, right], [bottom, top]], box } = plane.axes
        const ring = plane.querySelector('canvas[data-role=path]').dataset.ring.split(',').map(Number)
        return Math.hypot(ring[0] + (left / (right - left)) * box.width, ring[1] - (top / (top - bottom)) * box.height) }"""
    )
    assert off < 1.0, "half-way is the origin"


@pytest.mark.slow
@pytest.mark.parametrize("touch", [False, True])
def test_a_press_on_the_plane_moves_the_nearer_end_of_the_path(visit, touch):
    options = {"width": 390, "height": 900, "has_touch": True, "is_mobile": True} if touch else {}
    page = visit("/paths?model=digits-2d&path_ends=points&path_point_A=-1,0&path_point_B=1,0", **options)
    page.wait_for_selector(".st-key-path_plane canvas[data-role=path][data-ring]", state="attached")
    rest(page)  # a press is heard only by a page that rests
    page.locator(".st-key-path_plane").scroll_into_view_if_needed()
    place = page.evaluate(ON_SCREEN, ["path_plane", [2, 1.5]])
    (page.touchscreen.tap if touch else page.mouse.click)(*place)
    page.wait_for_function(
        """() => { const b = document.querySelector('.st-key-path_point_B input').value.split(',').map(Number)
        return Math.abs(b[0] - 2) < 0.1 && Math.abs(b[1] - 1.5) < 0.1 }"""
    )
    assert page.input_value(".st-key-path_point_A input") == "-1,0"
    page.wait_for_function(
        "decodeURIComponent(location.search).includes('path_point_B=2.0') || decodeURIComponent(location.search).includes('path_point_B=1.9')"
    )


def test_a_press_on_the_plane_makes_an_image_the_nearer_end_and_the_film_is_saved(visit):
    page = visit("/paths?model=digits-2d")
    page.wait_for_selector(".st-key-path_plane canvas[data-role=path][data-ring]", state="attached")
    rest(page)
    page.locator(".st-key-path_class_A_digits").get_by_text("4", exact=True).click()
    page.wait_for_url(lambda url: "path_class_A_digits=4" in url)
    box = page.locator(".st-key-path_plane .plane-area").first.bounding_box()
    rest(page)
    page.mouse.click(box["x"] + 0.15 * box["width"], box["y"] + 0.5 * box["height"])
    page.wait_for_url(lambda url: "path_image_" in url)
    rest(page)  # the button of the film before saves nothing
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save the film as a GIF").click()
    assert saved.value.suggested_filename == "digits-2d-path.gif"
    assert saved.value.path().read_bytes().startswith(b"GIF89a")
