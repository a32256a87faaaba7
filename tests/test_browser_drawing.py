"""The drawing pad and the path's playback in a real headless Chromium: mouse, finger and keys."""

import re

import pytest

PAD = "canvas[data-role=pad]"
pytestmark = pytest.mark.browser


def open_pad(visit, **options):
    page = visit("/reconstruct?model=digits-2d&reconstruct_source=draw", **options)
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
    page = open_pad(visit)
    before = numbers(page)
    page.get_by_role("button", name="Clear").click()
    page.get_by_text("Draw something").wait_for()
    assert page.locator(".st-key-own_numbers").count() == 0
    box = page.locator(PAD).bounding_box()
    for x in (0.35, 0.65):
        page.mouse.move(box["x"] + x * box["width"], box["y"] + 0.2 * box["height"])
        page.mouse.down()
        page.mouse.move(box["x"] + x * box["width"], box["y"] + 0.8 * box["height"], steps=6)
        page.mouse.up()
    page.wait_for_selector(f"{PAD}[data-strokes='2']")
    wait_for_other_numbers(page, before)
    both = numbers(page)
    page.get_by_role("button", name="Undo").click()
    wait_for_other_numbers(page, both)
    page.wait_for_selector(f"{PAD}[data-strokes='1']")
    one = numbers(page)
    page.click("a[href$='/paths']")
    page.wait_for_url(re.compile("/paths"))
    page.wait_for_selector(".st-key-path_plane .js-plotly-plot")
    page.click("a[href$='/reconstruct']")
    page.get_by_text("draw", exact=True).click()
    page.wait_for_selector(f"{PAD}[data-strokes='1']")
    page.wait_for_function("one => document.querySelector('.st-key-own_numbers')?.innerText === one", arg=one)


def test_a_finger_draws(visit):
    page = open_pad(visit, width=390, height=844, has_touch=True, is_mobile=True)
    before = numbers(page)
    page.locator(PAD).scroll_into_view_if_needed()
    box = page.locator(PAD).bounding_box()
    page.touchscreen.tap(box["x"] + 0.9 * box["width"], box["y"] + 0.1 * box["height"])
    page.wait_for_selector(f"{PAD}[data-strokes='2']")
    wait_for_other_numbers(page, before)


def test_keys_draw_and_take_back(visit):
    page = open_pad(visit)
    before = numbers(page)
    page.focus(PAD)
    for key in ["Space", *["ArrowDown"] * 5, "Shift+ArrowLeft", "Space"]:
        page.keyboard.press(key)
    page.wait_for_selector(f"{PAD}[data-strokes='2']")
    wait_for_other_numbers(page, before)
    page.keyboard.press("Backspace")
    page.wait_for_selector(f"{PAD}[data-strokes='1']")
    page.wait_for_function("before => document.querySelector('.st-key-own_numbers')?.innerText === before", arg=before)
