"""The page Sketch in a real headless Chromium: one draws, it trains, and one looks at a point."""

import pytest
from browsing import rest

from aevb_lab.session.sketch import Choices
from vae_core import studies

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("default")]
PAD = ".sketch-pad canvas[data-role=pad]"


def press(page, key):
    page.locator(f".st-key-{key} button:visible").first.click()


def tool(page, name):
    page.locator(".sketch-tools label", has_text=name).click()


def at(page, x, y):
    """The place of x on the screen."""
    box = page.locator(PAD).bounding_box()
    return box["x"] + (x / 5 + 0.5) * box["width"], box["y"] + (0.5 - y / 5) * box["height"]


def choose(page, key, place):
    """The option in this place of a menu."""
    page.locator(f".st-key-{key}").scroll_into_view_if_needed()  # a menu shuts when the page scrolls
    page.locator(f".st-key-{key} input").first.click()
    page.locator("[role=option]").nth(place).click()


def has_trained(page, steps):
    page.wait_for_function(
        "([pad, steps]) => Number(document.querySelector(pad).dataset.step) >= steps", arg=[PAD, steps]
    )


def test_a_drawing_is_learnt_and_a_point_is_looked_at(visit):
    page = visit("/sketch?sketch_set=seven+points&sketch_hidden=8")
    page.wait_for_selector(f"{PAD}[data-points='7'][data-step]")
    assert "Ready: press Start" in page.inner_text(".sketch-pad [data-role=status]")
    tool(page, "Line")
    page.mouse.move(*at(page, -1, 2))
    page.mouse.down()
    page.mouse.move(*at(page, 1, 2), steps=8)
    page.mouse.up()
    page.wait_for_url("**points=*")
    count = int(page.get_attribute(PAD, "data-points"))
    assert 10 < count < 30
    rest(page)
    press(page, "sketch_start")
    has_trained(page, 1)
    tool(page, "Look at a point")
    page.mouse.click(*at(page, -1.7, -0.4))
    page.wait_for_selector(f"{PAD}[data-chosen^='-1.6'], {PAD}[data-chosen^='-1.7']")
    assert "a gap of" in page.inner_text(".sketch-pad [data-role=words]")
    page.wait_for_url("**sketch_point=*")
    rest(page)
    press(page, "sketch_pause")
    page.wait_for_function(
        "() => document.querySelector('.sketch-pad [data-role=status]').textContent.startsWith('Paused')"
    )


def test_any_place_can_be_looked_at_and_near_a_blue_point_it_is_that_point(visit):
    page = visit("/sketch?sketch_set=ring")
    page.wait_for_selector(f"{PAD}[data-step]")
    tool(page, "Look at a point")
    page.mouse.move(*at(page, 0.5, 0.5))
    page.mouse.down()
    page.mouse.move(*at(page, 0, 0), steps=4)
    page.mouse.up()
    page.wait_for_url("**sketch_point=*")
    words = page.locator(".sketch-pad [data-role=words]")
    assert "no blue point: log p(x) is about" in words.inner_text() and "Press a blue point" in words.inner_text()
    assert page.locator(".sketch-pad [data-role=latent]").is_visible()
    points = studies.point_set("ring")
    page.mouse.click(*at(page, *points[0]))
    page.wait_for_function(
        "() => document.querySelector('.sketch-pad [data-role=words]').textContent.includes('a gap of')"
    )


def test_clear_moves_nothing_and_the_next_stroke_stays(visit):
    page = visit("/sketch")
    page.wait_for_selector(f"{PAD}[data-step]")
    before = page.locator(PAD).bounding_box()
    page.click(".sketch-pad [data-do=clear]")
    page.wait_for_selector(f"{PAD}[data-points='0']")
    page.wait_for_url("**points=.*")
    rest(page)
    assert page.locator(PAD).bounding_box() == before
    greens = (
        "pad => { const { data, width, height } = document.querySelector(pad).getContext('2d').getImageData(0, 0, 9999, 9999);"
        " let n = 0; for (let i = 0; i < data.length; i += 4) n += data[i + 3] > 0 && data[i + 1] - data[i] > 60; return n }"
    )
    assert page.evaluate(greens, PAD) == 0, "the model of the old points is gone"
    page.mouse.move(*at(page, -1, 0))
    page.mouse.down()
    page.mouse.move(*at(page, 1, 0), steps=8)
    page.mouse.up()
    count = page.get_attribute(PAD, "data-points")
    assert int(count) > 8
    page.wait_for_url(lambda url: "points=." not in url)
    rest(page)
    assert page.get_attribute(PAD, "data-points") == count and page.locator(PAD).bounding_box() == before


def test_the_chart_of_a_point_is_on_the_screen_and_its_colours_have_names(visit):
    page = visit("/sketch?sketch_point=0,0", width=1440, height=900)
    page.wait_for_selector(f"{PAD}[data-step]")
    latent = page.locator(".sketch-pad [data-role=latent]")
    latent.wait_for()
    box = latent.bounding_box()
    assert box["y"] + box["height"] <= 900
    assert "Violet dots" in page.inner_text(".sketch-pad [data-role=legend]")


def test_where_the_bound_jumps_a_button_sets_the_smaller_learning_rate(visit):
    page = visit("/sketch?sketch_rate=0.03")
    press(page, "sketch_start")
    page.get_by_role("button", name="Try the learning rate 0.01").click()
    page.wait_for_url(lambda url: "sketch_rate" not in url)  # 0.01 is the page's own


def test_on_a_phone_what_is_said_of_a_point_stands_right_below_the_drawing(visit):
    page = visit("/sketch?sketch_point=0,0", width=390, height=844)
    page.wait_for_selector(f"{PAD}[data-step]")
    latent = page.locator(".sketch-pad [data-role=latent]")
    latent.wait_for()
    pad, words, answer = (
        page.locator(f".sketch-pad [data-role={role}]").bounding_box() for role in ("pad", "words", "latent")
    )
    assert 0 <= words["y"] - pad["y"] - pad["height"] < 20
    assert answer["y"] + answer["height"] - pad["y"] < 844 - 60, "the drawing and the answer are on one screen"


@pytest.mark.slow
def test_keys_draw_and_take_back_and_the_link_restores_the_drawing(visit):
    page = visit("/sketch?sketch_set=my+drawing&points=.")
    page.wait_for_selector(f"{PAD}[data-points='0']")
    tool(page, "Line")
    page.locator(PAD).focus()
    page.keyboard.press("Space")
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    page.wait_for_selector(f"{PAD}[data-points='6']")
    page.wait_for_url(lambda url: "points=." not in url)
    rest(page)
    points = studies.points_of_text(page.evaluate("() => new URLSearchParams(location.search).get('points')"))
    assert points.shape == (6, 2) and (abs(points[1:, 0] - points[:-1, 0] - 0.1) < 0.02).all()
    other = visit(page.url[page.url.index("/sketch") :])
    other.wait_for_selector(f"{PAD}[data-points='6']")
    page.locator(PAD).focus()
    page.keyboard.press("Backspace")
    page.wait_for_selector(f"{PAD}[data-points='0']")


@pytest.mark.slow
@pytest.mark.parametrize("question", range(1, 6))
def test_every_question_starts_and_its_run_goes_on_with_a_changed_setting(visit, question):
    page = visit("/sketch")
    page.wait_for_selector(f"{PAD}[data-step]")
    rest(page)
    choose(page, "sketch_question", question)
    has_trained(page, 100)
    rest(page)
    choose(page, "sketch_rate", 0)
    before = int(page.get_attribute(PAD, "data-step"))
    has_trained(page, before + 20)
    assert before >= 100, "the steps are counted together"


@pytest.mark.slow
def test_on_a_phone_a_finger_draws_and_the_pad_is_on_the_first_screen(visit):
    page = visit("/sketch", width=390, height=844, has_touch=True)
    page.wait_for_selector(f"{PAD}[data-step]")
    box = page.locator(PAD).bounding_box()
    assert box["y"] < 0.75 * 844 and box["width"] > 340
    before = int(page.get_attribute(PAD, "data-points"))
    page.touchscreen.tap(*at(page, 1.8, 1.8))
    page.wait_for_selector(f"{PAD}[data-points='{before + 4}']")


@pytest.mark.slow
def test_the_pictures_numbers_are_the_studies(visit):
    """What the browser was sent last is what Python computes of the same weights."""
    page = visit("/sketch?sketch_set=seven+points&sketch_latent=2&sketch_hidden=4")
    page.wait_for_selector(f"{PAD}[data-step]")
    words = page.inner_text(".sketch-pad [data-role=status]")
    choices = Choices(2, 4, "learnt, one for all", 0.2, "aevb", 1.0, 0.01)
    picture = studies.first_picture(studies.point_set("seven points"), choices.model_config, choices.train_config)
    assert f"log p(x) is {picture.log_marginal.mean():.2f}".replace("-", "−") in words
