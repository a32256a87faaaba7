"""The page Gradients in a real headless Chromium: the slow motion plays, its numbers are in sight, and the curves come in."""

import re

import pytest
from browsing import rest
from understand import STAGES

from aevb_lab import cached
from aevb_lab.figures.numbers import nats
from aevb_lab.shown.gradients import DEEPEST
from aevb_lab.theme import palette

pytestmark = pytest.mark.filterwarnings("default")  # Streamlit's own, outside a server


SLOW_CANVAS = ".slow-motion canvas"
PAINTED_HEIGHT = """() => { const canvas = document.querySelector('.slow-motion canvas'), { width, height } = canvas
    const { data } = canvas.getContext('2d').getImageData(0, 0, width, height), rows = []
    for (let i = 0; i < data.length; i += 4) if (data[i] < 100) rows.push(Math.floor(i / 4 / width))
    return (rows.at(-1) - rows[0]) / height }"""


def wait_for_scene(page, number, stage, time="1.00"):
    """Until the scene is there and its motion is over, and the page's words and link too."""
    page.wait_for_function(
        """([number, stage, time]) => { const { dataset } = document.querySelector('.slow-motion canvas')
        return dataset.number === number && dataset.stage === stage && (!time || dataset.time === time) }""",
        arg=[str(number), str(stage), time],
    )
    page.locator(".st-key-slow_row").get_by_text(f"{stage + 1} of 8: {STAGES[stage]}.").wait_for()


@pytest.mark.slow
@pytest.mark.browser
def test_slow_motion_plays_pauses_and_goes_step_by_step_with_keys(visit):
    page = visit("/gradients?stage=Gradient&iteration=2")
    page.wait_for_selector(f"{SLOW_CANVAS}[data-stage='6']")
    assert page.locator(SLOW_CANVAS).bounding_box()["y"] < 450, "on the first screen, above the variances"
    wait_for_scene(page, 2, 6)
    page.focus(SLOW_CANVAS)
    page.keyboard.press("ArrowRight")
    wait_for_scene(page, 2, 7, time="")
    page.wait_for_url(lambda url: "stage=Update" in url)
    page.keyboard.press("ArrowRight")
    wait_for_scene(page, 3, 0, time="")  # beyond the end: the next iteration
    page.wait_for_url(lambda url: "iteration=3" in url)
    assert page.evaluate("document.activeElement.matches('.slow-motion canvas')"), "the focus stays"
    page.keyboard.press("ArrowLeft")
    wait_for_scene(page, 2, 7)
    page.keyboard.press(" ")  # plays from the first stage on
    page.wait_for_selector(".slow-motion [data-role=play][aria-pressed=true]")
    page.wait_for_function("['1', '2'].includes(document.querySelector('.slow-motion canvas').dataset.stage)")
    page.click(".slow-motion [data-role=play]")
    at = page.get_attribute(SLOW_CANVAS, "data-stage")
    assert page.inner_text(".slow-motion [data-role=play]") == "Play", "Pause holds it"
    wait_for_scene(page, 2, int(at), time="")
    page.locator(".st-key-stage button", has_text="KL").click()
    wait_for_scene(page, 2, 5)
    painted = page.evaluate(
        """() => { const canvas = document.querySelector('.slow-motion canvas'), seen = new Set()
        const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
        for (let i = 0; i < data.length; i += 4) seen.add('#' + [data[i], data[i + 1], data[i + 2]].map((part) => part.toString(16).padStart(2, '0')).join(''))
        return [...seen] }"""
    )
    colours = palette(False)
    assert {colours.data, colours.encoder, colours.latent, colours.decoder} <= set(painted), (
        "x, q, z and p have their colours"
    )


@pytest.mark.browser
def test_with_reduced_motion_the_scene_only_goes_by_steps(visit):
    page = visit("/gradients?stage=Encode", reduced_motion="reduce")
    page.wait_for_selector(f"{SLOW_CANVAS}[data-stage='1']")
    assert not page.is_visible(".slow-motion [data-role=play]")
    page.focus(SLOW_CANVAS)
    page.keyboard.press(" ")
    page.click(".slow-motion [data-role=step]")
    assert page.get_attribute(SLOW_CANVAS, "data-time") == "1.00", "at once"
    wait_for_scene(page, 1, 2)
    page.click(".slow-motion [data-role=back]")
    page.click(".slow-motion [data-role=back]")
    assert page.get_attribute(SLOW_CANVAS, "data-stage") == "0", "the scene waits for nobody"
    wait_for_scene(page, 1, 0)
    assert page.is_disabled(".slow-motion [data-role=back]")
    assert page.evaluate(PAINTED_HEIGHT) > 0.75, "the images of the minibatch fill the picture, in three columns"


def choose_picture(page, number):
    """Press picture `number` of the row above the plane."""
    box = page.locator(SLOW_CANVAS).bounding_box()
    labels = 84  # slow_motion_places.js
    column = (box["width"] - labels) / 8
    page.mouse.click(box["x"] + labels + (number - 0.5) * column, box["y"] + 30)
    page.wait_for_selector(f"{SLOW_CANVAS}[data-image='{number}']")


@pytest.mark.browser
def test_the_image_in_front_is_chosen_by_press_and_key_and_stays_through_stages_and_in_the_link(visit):
    page = visit("/gradients?stage=Encode&slow_image=9", reduced_motion="reduce")
    page.wait_for_selector(f"{SLOW_CANVAS}[data-image='1']")  # there is no ninth
    wait_for_scene(page, 1, 1)
    choose_picture(page, 3)
    page.wait_for_url(lambda url: "slow_image=3" in url)
    page.focus(SLOW_CANVAS)
    page.keyboard.press("ArrowDown")
    page.wait_for_selector(f"{SLOW_CANVAS}[data-image='4']")
    page.keyboard.press("ArrowRight")
    wait_for_scene(page, 1, 2)
    assert page.get_attribute(SLOW_CANVAS, "data-image") == "4"
    assert "image 4" in page.inner_text(".slow-motion output")
    page.wait_for_url(lambda url: "slow_image=4" in url and "stage=Noise" in url)
    page.reload()
    page.wait_for_selector(f"{SLOW_CANVAS}[data-image='4'][data-stage='2']")
    page.focus(SLOW_CANVAS)
    for _ in range(3):
        page.keyboard.press("ArrowUp")
    page.wait_for_selector(f"{SLOW_CANVAS}[data-image='1']")
    page.wait_for_url(lambda url: "slow_image" not in url)


INKED = """([colour, tall]) => { const canvas = document.querySelector('.slow-motion canvas'), { width, height } = canvas
    const ratio = width / canvas.clientWidth, top = Math.max(0, Math.round(height - tall * ratio))
    const ink = [1, 3, 5].map(at => parseInt(colour.slice(at, at + 2), 16))
    const { data } = canvas.getContext('2d').getImageData(0, top, width, height - top)
    return data.filter((_, i) => i % 4 === 0 && ink.every((part, k) => data[i + k] === part)).length / ratio ** 2 }"""


@pytest.mark.slow
@pytest.mark.browser
def test_a_small_kl_is_seen_and_points_have_numbers_in_their_full_colour(visit):
    page = visit("/gradients?stage=KL", width=390, height=844, reduced_motion="reduce")
    page.wait_for_selector(SLOW_CANVAS)
    wait_for_scene(page, 1, 5)
    assert cached.iteration(1).kl.min() < 0.1, "of more than 40 nats: less than a pixel"
    ends = 8 * 4 * 15  # eight bars
    assert page.evaluate(INKED, [palette(False).encoder, 70]) > ends
    for stage in (4, 3):
        page.click(".slow-motion [data-role=back]")
        wait_for_scene(page, 1, stage)
    rings = 7 * 40  # all but the image in front, which is a picture
    assert page.evaluate(INKED, [palette(False).latent, 999]) > rings


@pytest.mark.browser
def test_on_a_phone_the_sentence_and_all_of_the_picture_are_on_the_first_screen_and_the_numbers_before_the_formula(
    visit,
):
    page = visit("/gradients?stage=KL", width=390, height=844, reduced_motion="reduce")
    page.wait_for_selector(SLOW_CANVAS)
    wait_for_scene(page, 1, 5)
    page.wait_for_selector(".st-key-slow_row .katex")
    sentence, picture, numbers, formula = (
        page.locator(selector).bounding_box()
        for selector in (
            ".st-key-slow_sentence",
            SLOW_CANVAS,
            ".st-key-slow_numbers table",
            ".st-key-slow_row .katex-display",
        )
    )
    assert sentence["y"] + sentence["height"] <= picture["y"] and picture["y"] + picture["height"] <= numbers["y"]
    assert numbers["y"] + numbers["height"] <= formula["y"]
    assert picture["y"] + picture["height"] <= 844, "with the bars at its lower edge"
    box, iteration = (page.locator(f".st-key-{key}").bounding_box() for key in ("stage", "slow_iteration"))
    assert 0 < sentence["y"] - box["y"] - box["height"] < 140, "what is chosen stands right above them"
    assert picture["y"] + picture["height"] <= iteration["y"] < numbers["y"], "and the iteration right below"
    output = page.locator(".slow-motion output")
    assert output.inner_text() == "6 of 8 · image 1", "the sentence has the stage's name"
    assert output.evaluate("element => element.scrollHeight <= 2.1 * parseFloat(getComputedStyle(element).lineHeight)")


@pytest.mark.browser
@pytest.mark.parametrize("stage", [pytest.param("Reconstruction", marks=pytest.mark.slow), "KL"])
def test_the_numbers_of_all_images_are_on_the_first_screen(visit, stage):
    page = visit(f"/gradients?stage={stage}", width=1440, height=900, reduced_motion="reduce")
    table = page.locator(".st-key-slow_numbers table")
    table.wait_for()
    rest(page)
    box = table.bounding_box()
    assert box["y"] + box["height"] < 900
    assert box["y"] < page.locator(".st-key-slow_row .katex-display").bounding_box()["y"], (
        "symbols are for those who want them"
    )


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.parametrize(("image", "key", "is_right"), [(1, "ArrowDown", True), (8, "ArrowUp", False)])
def test_the_letters_stand_in_the_corner_away_from_the_line(visit, image, key, is_right):
    page = visit(f"/gradients?stage=KL&slow_image={image}", width=1440, height=900, reduced_motion="reduce")
    page.wait_for_selector(f"{SLOW_CANVAS}[data-image='{image}']")
    page.evaluate("""() => { const { prototype } = CanvasRenderingContext2D, { fillText } = prototype
        prototype.fillText = function (text, x, y) { if (text.startsWith('q(z|x)')) window.letters = x; fillText.call(this, text, x, y) } }""")
    page.focus(SLOW_CANVAS)
    page.keyboard.press(key)
    letters = page.wait_for_function("window.letters").json_value()
    assert (letters > page.locator(SLOW_CANVAS).bounding_box()["width"] / 2) is is_right


@pytest.mark.slow
@pytest.mark.browser
def test_a_bar_that_is_longer_than_the_scale_is_cut_and_has_its_number(visit):
    page = visit("/gradients?stage=KL&iteration=26", width=1440, height=900, reduced_motion="reduce")
    page.wait_for_selector(f"{SLOW_CANVAS}[data-number='26'][data-time='1.00']")
    elbo = cached.iteration(26).elbo
    assert [nats(value, 0) for value in elbo if value < -DEEPEST] == ["−53"], "one of the eight"
    page.evaluate("""() => { window.texts = []; const { prototype } = CanvasRenderingContext2D, { fillText } = prototype
        prototype.fillText = function (text, x, y) { window.texts.push([text, y]); fillText.call(this, text, x, y) } }""")
    page.focus(SLOW_CANVAS)
    page.keyboard.press("ArrowDown")
    page.wait_for_function("window.texts.some(([text]) => text === '−53')")
    texts = dict(page.evaluate("window.texts"))
    assert texts["−53"] < page.locator(SLOW_CANVAS).bounding_box()["height"] and "−40" not in texts


@pytest.mark.browser
def test_all_curves_with_their_words_fit_below_their_heading_on_one_screen(visit):
    page = visit("/gradients?variance_all=true", width=1440, height=900, reduced_motion="reduce")
    page.wait_for_selector(".st-key-variance_status")
    rest(page)
    ends = page.evaluate("""() => { const heading = [...document.querySelectorAll('h2')].find(({ innerText }) => innerText.startsWith('How steady'))
        return [heading, document.querySelector('.st-key-variance_status')].map((part) => part.getBoundingClientRect()).map(({ top, bottom }) => [top, bottom]) }""")
    assert ends[1][1] - ends[0][0] < 900 - 60, "below the buttons at the top"


@pytest.mark.slow
@pytest.mark.browser
def test_variances_are_drawn_while_they_are_measured(visit):
    page = visit("/gradients?variance_weights=trained&variance_axis=M")
    status = page.locator(".st-key-variance_status")
    status.wait_for()

    def repeats():
        return int(re.match(r"(\d+) of \d+ gradients", status.inner_text()).group(1))

    first = repeats()
    page.wait_for_function(
        "first => parseInt(document.querySelector('.st-key-variance_status').innerText) > first", arg=first
    )
    assert repeats() > first
