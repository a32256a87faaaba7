"""Lesson links by hand and projector mode in a browser: what is hidden is out of reach, letters are large, and a lesson's page fits the wall."""

import io
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
import zxingcpp
from browsing import CANVAS, PLOT, decoded, open_map
from PIL import Image

from aevb_lab.lessons.lesson import lessons
from aevb_lab.lessons.parts import PAGES, selector

PANEL = ".link-panel"
WALL = {"width": 1280, "height": 720}
PICTURES = {  # what is there once a page is whole
    "": f"{CANVAS}[data-ready=true]", "reconstruct": ".st-key-reconstructions img", "paths": ".path-player canvas",
    "train": ".st-key-train_plane .plane-axes svg", "compare": ".twin-columns canvas", "bound": ".bound-toy svg",
    "likelihood": ".st-key-estimates .js-plotly-plot .xy", "gradients": ".slow-motion canvas", "repair": ".st-key-repair_plane svg",
    "figures": ".js-plotly-plot .xy", "code": ".bit-tower canvas[data-step]", "sketch": ".sketch-pad canvas[data-step]",
    "steer": ".steering[data-ready=true]",
    "models": ".model-table td",
}  # fmt: skip
# Visible letters that are smaller than 22 pixels on the screen, but for the parts of formulas and the letters that are icons.
SMALL = """() => {
    const walker = document.createTreeWalker(document.querySelector("[data-testid=stApp]"), NodeFilter.SHOW_TEXT), small = []
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        const parent = node.parentElement
        if (!node.textContent.trim() || !parent.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue
        if (parent.closest(".katex, style, script, noscript, [data-testid=stIconMaterial], [aria-hidden=true], [data-testid=stSidebar], option")) continue
        const range = document.createRange()
        range.selectNodeContents(node)
        const box = range.getBoundingClientRect()
        if (box.width < 2 || box.height < 2) continue
        const size = parseFloat(getComputedStyle(parent).fontSize) * (parent.currentCSSZoom ?? 1)
        if (size < 21.9) small.push([node.textContent.trim().slice(0, 40), size, parent.className?.baseVal ?? parent.className])
    }
    return small
}"""
BOX = """selector => { const { left, top, right, bottom } = document.querySelector(selector).getBoundingClientRect()
    return [left, top, right, bottom] }"""

FITS = """selector => { const { left, top, right, bottom } = document.querySelector(selector).getBoundingClientRect()
    return left >= 0 && top >= 0 && right <= innerWidth && bottom <= innerHeight }"""


def read_codes(picture):
    return [code.text for code in zxingcpp.read_barcodes(np.asarray(Image.open(io.BytesIO(picture)).convert("L")))]


def is_whole(page, address):
    page.wait_for_selector(PICTURES[address])
    page.wait_for_selector("[data-testid=stSkeleton]", state="detached")


def tab_stops(page, count=60):
    """The keys around what Tab reaches, in its order."""
    keys = set()
    for _ in range(count):
        page.keyboard.press("Tab")
        keys |= set(page.evaluate("[...document.activeElement.closest('[class*=st-key-]')?.classList ?? []]"))
    return keys


def test_what_a_link_hides_is_out_of_sight_and_out_of_reach_and_keeps_its_state(visit):
    page = open_map(visit, "?hide=layers,sidebar&layers=points&ask=**Where** <b>is</b> the 7?")
    assert (
        page.is_hidden(".st-key-layers")
        and page.is_hidden("[data-testid=stSidebar]")
        and page.is_visible(".st-key-coordinates")
    )
    assert page.inner_text(".st-key-link_by_hand") == "**Where** <b>is</b> the 7?"
    assert (
        page.locator(".st-key-link_by_hand b").count() == 0 and page.locator(".st-key-link_by_hand strong").count() == 0
    )
    stops = tab_stops(page)
    assert "st-key-coordinates" in stops and "st-key-layers" not in stops
    assert "layers=points" in page.url and "hide=layers" in page.url


def test_the_panel_makes_a_link_for_the_page_that_others_open(visit):
    page = open_map(visit)
    page.click(".page-link [data-role=make]")
    page.check(f"{PANEL} [value=layers]")
    page.check(f"{PANEL} [value=model]")
    page.fill(f"{PANEL} input[type=text]:not([readonly])", "What & where? x" + "x" * 300)
    link = page.input_value(f"{PANEL} input[readonly]")
    page.click(f"{PANEL} button:has-text('QR')")
    page.wait_for_selector(f"{PANEL} svg")
    assert read_codes(page.locator(f"{PANEL} svg").screenshot()) == [link]
    asked = parse_qs(urlsplit(link).query)
    assert (
        asked["hide"] == ["model,layers"]
        and asked["ask"] == [("What & where? x" + "x" * 300)[:200]]
        and "projector" not in asked
    )
    page.click(f"{PANEL} button:has-text('Try it here')")
    page.wait_for_function("() => document.querySelector('.st-key-layers')?.checkVisibility() === false")
    assert page.locator(PANEL).count() == 0
    page.click(".page-link [data-role=make]")
    assert page.is_checked(f"{PANEL} [value=layers]"), "what is hidden can be shown again"
    page.keyboard.press("Escape")
    page.wait_for_selector(PANEL, state="detached")
    assert page.evaluate("document.activeElement.dataset.role") == "make"


def test_the_seed_of_a_page_is_part_of_its_link(visit):
    page = visit("/compare")
    page.wait_for_selector(".st-key-twin_seed input", state="attached")
    page.click(".page-link [data-role=make]")
    page.fill(f"{PANEL} input[type=number]", "7")
    assert "twin_seed=7" in page.input_value(f"{PANEL} input[readonly]")


def test_projector_mode_has_large_letters_and_the_pointer_still_means_its_place(visit):
    page = open_map(visit, "?projector=1", **WALL)
    page.wait_for_selector("[data-testid=stSkeleton]", state="detached")
    assert page.evaluate(SMALL) == []
    assert page.is_hidden(".page-link [data-role=copy]") and page.is_hidden(".st-key-take_away")
    left, top, right, bottom = page.evaluate(BOX, PLOT)
    assert left >= 0 and top >= 0 and right <= 1280 and bottom <= 720 and bottom - top > 480
    x, y = page.evaluate(
        """([a, b]) => { const plane = document.querySelector(".st-key-latent_plane .plane-area").getBoundingClientRect()
        const { spans: [[left, right], [bottom, top]] } = document.querySelector(".st-key-latent_plane .plane-axes").axes
        return [plane.left + (a - left) / (right - left) * plane.width, plane.top + (top - b) / (top - bottom) * plane.height] }""",
        [1.5, -0.75],
    )
    page.mouse.move(x, y, steps=4)
    page.wait_for_function("() => document.querySelector('canvas[data-role=decoded]').dataset.z.startsWith('1.5')")
    z = [float(value) for value in decoded(page)["z"].split(",")]
    assert z == pytest.approx([1.5, -0.75], abs=0.03)


def test_projector_mode_holds_on_other_pages_and_ends_at_a_press(visit):
    page = open_map(visit, "?projector=1", **WALL)
    page.goto(page.url)
    page.wait_for_selector(CANVAS)
    page.click(".page-link [data-role=leave]")
    page.wait_for_selector(".page-link [data-role=copy]", state="visible")
    assert "projector" not in page.url


@pytest.mark.slow
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("address", PAGES)
def test_letters_are_large_on_every_page(visit, address, theme):
    page = visit(f"/{address}?projector=1", theme=theme, **WALL)
    is_whole(page, address)
    assert page.evaluate(SMALL) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing scrolls sideways"


@pytest.mark.slow
@pytest.mark.parametrize(("address", "least"), [("train", 440), ("paths", 400), ("repair", 430), ("compare", 300)])
def test_planes_are_large_and_whole_on_the_wall(visit, address, least):
    page = visit(f"/{address}?projector=1", **WALL)
    is_whole(page, address)
    if address == "compare":
        page.wait_for_function("() => document.querySelector('.twin').dataset.z")
        sentence = page.locator(".twin-sentence")
        assert sentence.locator("strong").is_visible() and not sentence.locator("span").is_visible(), "in one line"
        boxes = page.evaluate(
            """() => [...document.querySelectorAll('.twin canvas[data-role=plane]')].map((canvas) => {
                const { top, bottom } = canvas.getBoundingClientRect(), zoom = canvas.currentCSSZoom
                return [canvas.plane.box[3] * zoom, bottom, canvas.width / canvas.clientWidth / zoom] })"""
        )
        assert len(boxes) == 3 and all(
            side > least and bottom <= 720 and density >= 0.99 for side, bottom, density in boxes
        )
        return
    left, top, right, bottom = page.evaluate(BOX, ".plane-area")
    assert bottom - top > least and top >= 0 and bottom <= 720 and 0 <= left and right <= 1280


@pytest.mark.slow
def test_what_cannot_be_pressed_looks_so_on_the_wall(visit):
    page = visit("/train?projector=1", **WALL)
    page.wait_for_selector(".st-key-train_pause button:disabled p")
    colour = "key => getComputedStyle(document.querySelector(`.st-key-train_${key} button p`)).color"
    assert page.evaluate(colour, "pause") not in ("rgb(0, 0, 0)", "rgb(255, 255, 255)")


@pytest.mark.slow
@pytest.mark.parametrize("name", lessons())
def test_what_a_step_speaks_of_fits_the_wall(visit, name):
    for number, step in enumerate(lessons()[name].steps, 1):
        page = visit(f"/?lesson={name}&step={number}&projector=1", **WALL)
        page.wait_for_function(
            "text => document.querySelector('.lesson-count')?.textContent === text",
            arg=f"{number} of {len(lessons()[name].steps)}",
        )
        mark = step.mark if step.mark not in step.hide else ""  # it is to be seen once the question is answered
        page.wait_for_selector(selector(mark) if mark else "h1")
        page.wait_for_selector("[data-testid=stSkeleton]", state="detached")
        assert "projector=1" in page.url
        if mark:  # it is brought into sight once the page is complete
            page.wait_for_function(FITS, arg=selector(mark))


def test_the_code_of_a_lesson_s_link_is_read_back_from_the_page(visit):
    page = visit("/lessons?lessons_links=true")
    page.wait_for_selector(".st-key-lessons_links img")
    picture = page.locator(".st-key-lessons_links img")
    picture.scroll_into_view_if_needed()
    link = page.inner_text(".st-key-lessons_links code")
    page.wait_for_function("() => document.querySelector('.st-key-lessons_links img').naturalWidth > 0")
    assert read_codes(picture.screenshot()) == [link] and "/?lesson=" in link and link.endswith("&step=1")
