"""The planes in a real headless Chromium: axes that no gesture changes, a pinned point, the invitation, and their size."""

import pytest
from browsing import CANVAS, PLOT, open_map

pytestmark = pytest.mark.browser
Z = f"document.querySelector('{CANVAS}').dataset.z"
PINNED = f"document.querySelector('{CANVAS}').dataset.pinned === 'true'"
RANGES = """key => document.querySelector(`.st-key-${key} .plane-axes`).axes.spans
    .map((span) => span.map((end) => end.toFixed(3)).join()).join(' ')"""
PLANES = {
    "/?model=digits-2d": "latent_plane",
    "/train?train_data=digits": "train_plane",
    "/repair?model=digits-2d": "repair_plane",
    "/reconstruct?model=digits-2d&reconstruct_source=draw": "own_plane",
    "/paths?model=digits-2d": "path_plane",
}


def at(page, key, across, up):
    """The place on the screen of a part of a plane's axes."""
    area = page.locator(f".st-key-{key} .plane-area").first
    area.scroll_into_view_if_needed()
    box = area.bounding_box()
    return box["x"] + across * box["width"], box["y"] + up * box["height"]


def gestures(page, key, is_touch):
    """Everything that a visitor may try on a plane, and who uses the edges of its axes too."""
    if is_touch:
        touch = page.context.new_cdp_session(page)

        def fingers(*moments):
            for kind, places in zip(
                ("touchStart", *["touchMove"] * (len(moments) - 2), "touchEnd"), moments, strict=True
            ):
                touch.send(
                    "Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in places]}
                )

        for part in (0.3, 0.7):
            page.touchscreen.tap(*at(page, key, part, 0.6))
        for _ in range(2):  # a double tap
            page.touchscreen.tap(*at(page, key, 0.5, 0.5))
        x, y = at(page, key, 0.3, 0.3)
        fingers([(x, y)], [(x + 40, y + 20)], [(x + 90, y + 60)], [])
        fingers(
            [(x, y), (x + 60, y + 60)], [(x - 20, y - 20), (x + 90, y + 90)], [(x - 40, y - 40), (x + 120, y + 120)], []
        )
        return
    x, y = at(page, key, 0.4, 0.4)
    page.mouse.click(x, y)
    page.mouse.dblclick(x + 30, y)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 80, y + 70, steps=4)
    page.mouse.up()
    page.mouse.wheel(0, 1)
    for across, up in ((0.5, 1.03), (-0.03, 0.5), (0.99, 1.03), (-0.03, 0.01)):  # the axes and their ends
        x, y = at(page, key, across, up)
        page.mouse.dblclick(x, y)
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + 40, y - 40, steps=3)
        page.mouse.up()


@pytest.mark.parametrize("is_touch", [False, pytest.param(True, marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    ("path", "key"),
    [pytest.param(*plane, marks=[pytest.mark.slow] * (number > 0)) for number, plane in enumerate(PLANES.items())],
)
def test_no_gesture_changes_a_plane_s_axes(visit, path, key, is_touch):
    options = {"width": 390, "height": 844, "has_touch": True, "is_mobile": True} if is_touch else {}
    page = visit(path, **options)
    page.wait_for_selector(f".st-key-{key} canvas[data-role=points]", state="attached")
    before = page.evaluate(RANGES, key)
    gestures(page, key, is_touch)
    page.wait_for_timeout(400)  # longer than a double press may take
    assert page.evaluate(RANGES, key) == before
    assert page.locator(f".st-key-{key} .modebar >> visible=true").count() == 0


def test_a_press_pins_the_point_and_a_second_one_or_escape_frees_it(visit):
    page = open_map(visit, "?model=digits-2d")
    place, elsewhere = at(page, "latent_plane", 0.7, 0.3), at(page, "latent_plane", 0.2, 0.8)
    page.mouse.click(*place)
    page.wait_for_function(PINNED)
    z = page.evaluate(Z)
    assert (
        page.evaluate(f"getComputedStyle(document.querySelector('{PLOT} .plane-cursor')).backgroundColor")
        != "rgba(0, 0, 0, 0)"
    )
    page.mouse.move(*elsewhere)
    page.mouse.move(5, 5)
    assert page.evaluate(Z) == z, "moving the mouse and leaving the plane change nothing"
    page.wait_for_function("location.search.includes('pinned=true')")
    copy = page.url
    other = open_map(visit, copy[copy.index("?") :])
    other.wait_for_selector(f"{CANVAS}[data-z='{z}'][data-pinned=true]")
    other.mouse.move(*elsewhere)
    assert other.evaluate(Z) == z, "the link holds the pin"
    page.click(".page-link [data-role=make]")
    page.wait_for_selector(".link-panel")
    page.keyboard.press("Escape")
    page.wait_for_selector(".link-panel", state="detached")
    assert page.evaluate(PINNED), "Esc shuts what lies over the page, and frees the point only where nothing does"
    page.keyboard.press("Escape")
    page.wait_for_function(f"!({PINNED})")
    page.wait_for_function("!location.search.includes('pinned')")
    page.mouse.move(*elsewhere)
    page.wait_for_function(f"z => {Z} !== z", arg=z)
    page.mouse.click(*elsewhere)
    page.wait_for_function(PINNED)
    page.mouse.click(*place)
    page.wait_for_function(f"!({PINNED}) && {Z} === '{z}'")
    page.mouse.move(5, 5)
    assert page.evaluate(Z) == z, "the point stays where the pointer was last on the plane"


def test_keys_and_a_finger_pin_the_point(visit):
    page = open_map(visit, "?model=digits-2d", width=390, height=844, has_touch=True, is_mobile=True)
    page.touchscreen.tap(*at(page, "latent_plane", 0.7, 0.3))
    page.wait_for_function(PINNED)
    z = page.evaluate(Z)
    page.focus(CANVAS)
    page.keyboard.press("Enter")
    page.wait_for_function(f"!({PINNED}) && {Z} === '{z}'")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    page.wait_for_function(f"{PINNED} && {Z} !== '{z}'")


def test_the_invitation_decodes_until_somebody_touches_the_page(visit):
    page = open_map(visit, "?model=digits-2d")
    page.wait_for_selector(f"{PLOT} .plane-cursor.inviting")
    places = set()
    while len(places) < 5:
        places.add(page.evaluate(Z))
        page.wait_for_timeout(50)
    page.keyboard.press("Shift")
    page.wait_for_function(f"{Z} === '0.00,0.00' && !document.querySelector('.inviting')")
    calm = open_map(visit, "?model=digits-2d", reduced_motion="reduce")
    calm.wait_for_timeout(2500)  # it would have begun
    assert calm.evaluate(Z) == "0.00,0.00" and calm.locator(".inviting").count() == 0


@pytest.mark.parametrize("width, height, least", [
    (1440, 900, 560),
    (390, 844, 290),
    pytest.param(1920, 1080, 700, marks=pytest.mark.slow),
    pytest.param(820, 1180, 360, marks=pytest.mark.slow),
    pytest.param(720, 450, 250, marks=pytest.mark.slow),
])  # fmt: skip
def test_plane_and_image_are_as_large_as_the_window_allows_and_both_in_view(visit, width, height, least):
    page = open_map(visit, "?model=digits-2d&z=0,0", width=width, height=height)
    page.wait_for_function(f"document.querySelector('{PLOT} .plane-area').getBoundingClientRect().width >= {least}")
    plane = page.locator(f"{PLOT} .plane-area").first.bounding_box()
    assert abs(plane["width"] - plane["height"]) < 3
    image = page.locator(CANVAS).bounding_box()
    bottoms = [box["y"] + box["height"] for box in (plane, image)]
    if height > 450:  # a window of 450 px is one at 200 %: there the head scrolls away
        assert max(bottoms) <= height
    else:
        page.locator(f"{PLOT} .plane-area").first.scroll_into_view_if_needed()
        page.mouse.move(width / 2, height / 2)
        page.mouse.wheel(0, 150)
        page.wait_for_function(f"document.querySelector('{CANVAS}').getBoundingClientRect().top >= 0")
    assert page.locator("[data-testid=stMain]").evaluate("box => box.scrollWidth <= box.clientWidth")


@pytest.mark.slow
def test_a_legend_answers_to_tab_and_space_and_keeps_the_focus(visit):
    """Of a chart that has one of Plotly's; planes have none."""
    page = visit("/gradients", reduced_motion="reduce")  # else more is measured meanwhile
    chart = ".st-key-gradient_variance .js-plotly-plot"
    page.wait_for_selector(f"{chart} .traces[role=checkbox]")
    names = page.locator(f"{chart} .traces").evaluate_all("items => items.map(item => item.getAttribute('aria-label'))")
    first, second = names[:2]
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.getAttribute('aria-label')") == first:
            break
    here = "document.activeElement.matches('.traces[aria-label=\"{}\"][aria-checked={}]')"
    assert page.evaluate(here.format(first, "true"))
    page.keyboard.press("Space")
    page.wait_for_function(here.format(first, "false"))
    ring = "getComputedStyle(document.activeElement.querySelector('.legendtoggle')).strokeWidth"
    assert page.evaluate(ring) == "2px"
    page.keyboard.press("Space")
    page.wait_for_function(here.format(first, "true"))
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # at once: with a pointer this would count as a double press
    page.wait_for_function(here.format(second, "false"))
    assert page.get_attribute(f"{chart} .traces[aria-label='{first}']", "aria-checked") == "true"


CONTRAST = """selector => { // WCAG's, of an element's text with the grounds behind it
    const parse = (colour) => { const [r, g, b, a = 1] = colour.match(/[\\d.]+/g).map(Number); return [r, g, b, a] }
    const over = ([r, g, b, a], below) => [r, g, b].map((part, i) => a * part + (1 - a) * below[i])
    const element = document.querySelector(selector), grounds = []
    for (let node = element; node; node = node.parentElement) grounds.push(parse(getComputedStyle(node).backgroundColor))
    const ground = grounds.reverse().reduce((below, colour) => over(colour, below), [255, 255, 255])
    const luminance = (rgb) => rgb.map((part) => part / 255).map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
        .reduce((sum, part, i) => sum + part * [0.2126, 0.7152, 0.0722][i], 0)
    const [low, high] = [luminance(over(parse(getComputedStyle(element).color), ground)), luminance(ground)].sort((a, b) => a - b)
    return (high + 0.05) / (low + 0.05) }"""
WRITTEN = {
    "/train?train_data=digits": ["[data-testid=stBaseButton-primary] p"],
    "/gradients": ["[data-testid=stCaptionContainer] p", "[data-testid=stCaptionContainer] code"],
}


@pytest.mark.slow
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_small_text_and_primary_buttons_can_be_read(visit, server, theme):
    page = visit("/", theme=theme)
    for path, selectors in WRITTEN.items():
        page.goto(server.url + path)
        for selector in selectors:
            page.wait_for_selector(f"[data-testid=stMain] {selector}", state="attached")
            assert page.evaluate(CONTRAST, f"[data-testid=stMain] {selector}") >= 4.5, selector


def test_the_ends_of_a_path_are_dragged_and_moved_by_keys(visit):
    """By the dot, by the letter and by arrow keys; what is let go of is the nearest image, and the link holds it."""
    page = visit("/paths?model=digits-2d", height=1000)
    handle = ".path-end[data-handle={}]"
    page.wait_for_selector(handle.format("B"))

    def middle(selector):
        box = page.locator(selector).bounding_box()
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def drag(selector, across, up):
        page.mouse.move(*at(page, "path_plane", 0.5, 0.5))
        start = middle(selector)
        page.mouse.move(*start)
        page.mouse.down()
        page.mouse.move(start[0] + across, start[1] - up, steps=5)
        page.mouse.up()

    x, y = middle(handle.format("B"))
    to_x, to_y = at(page, "path_plane", 0.3, 0.4)
    drag(handle.format("B"), to_x - x, y - to_y)
    page.wait_for_function(f"""() => {{
        const box = document.querySelector('{handle.format("B")}').getBoundingClientRect()
        return location.search.includes('path_image_B') && Math.abs(box.x + box.width / 2 - {to_x}) < 60
    }}""")
    is_kept = "name => location.search.includes(name)"
    assert not page.evaluate(is_kept, "path_image_A")
    letter = ".path-end:not([data-handle]) >> nth=0"  # of A
    place = middle(handle.format("A"))
    drag(letter, to_x - place[0], -60)
    page.wait_for_function(is_kept, arg="path_image_A")
    link = page.url
    page.focus(handle.format("A"))
    left = middle(handle.format("A"))[0]
    page.keyboard.press("ArrowLeft")  # to the next dot on the left
    page.wait_for_function("link => location.href !== link", arg=link)
    assert middle(handle.format("A"))[0] < left
    assert page.evaluate("document.activeElement.dataset.handle") == "A", "the next key moves it too"
    ring = "() => document.querySelector('canvas[data-role=path]').dataset.ring.split(',').map(Number)"
    page.wait_for_function(f"""() => {{
        const box = document.querySelector('{handle.format("A")}').getBoundingClientRect()
        const area = document.querySelector('.st-key-path_plane .plane-area').getBoundingClientRect()
        const [x, y] = ({ring})()
        return Math.hypot(box.x + box.width / 2 - area.x - x, box.y + box.height / 2 - area.y - y) < 3
    }}""")  # A is where the path begins
    link = page.url
    page.mouse.click(*at(page, "path_plane", 0.8, 0.8), button="right")
    page.mouse.click(*at(page, "path_plane", 0.2, 0.8))
    page.wait_for_function("link => location.href !== link", arg=link)
    assert middle(handle.format("B"))[0] < at(page, "path_plane", 0.6, 0.5)[0], "only the left button moves an end"
