"""The pages of the group Understand in a real headless Chromium: the toy computes what Python computes, the slow motion plays, and
numbers come in one after the other."""

import re

import pytest
from browsing import rest
from understand import STAGES, toy_bound

from aevb_lab import cached
from aevb_lab.figures.numbers import nats
from aevb_lab.session.models import load_model
from aevb_lab.shown.gradients import DEEPEST
from aevb_lab.theme import palette

pytestmark = pytest.mark.filterwarnings("default")  # Streamlit's own, outside a server


def toy_readings(page):
    readings = page.evaluate("({ ...document.querySelector('.bound-toy').dataset })")
    return {key: float(readings[key]) for key in ("x", "loc", "scale", "elbo", "kl", "logMarginal", "encoderElbo")}


def check_toy(readings):
    expected = toy_bound(
        cached.toy_model(), vars(cached.toy()), *(readings[key] for key in ("x", "loc", "scale"))
    )  # fmt: skip
    assert readings["logMarginal"] == pytest.approx(float(expected.log_marginal), abs=1e-4)
    assert readings["elbo"] == pytest.approx(float(expected.elbo), abs=1e-4)
    assert readings["kl"] == pytest.approx(float(expected.gap), abs=1e-4)


@pytest.mark.browser
def test_the_toy_in_the_browser_computes_what_python_computes(visit):
    page = visit("/bound?model=digits-2d&toy=1.0,0.5,0.3")
    page.wait_for_selector(".bound-toy [data-handle=loc]")
    first = toy_readings(page)
    assert (first["x"], first["loc"], first["scale"]) == (1.0, 0.5, 0.3)
    check_toy(first)
    handle = page.locator(".bound-toy [data-handle=loc] .grip")
    box = handle.bounding_box()
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(*middle)
    page.mouse.down()
    page.mouse.move(middle[0] + 60, middle[1])
    during = toy_readings(page)
    assert during["loc"] > 0.6, "q follows the pointer before it is let go of"
    page.mouse.up()
    check_toy(during)
    page.locator(".bound-toy [data-handle=scale]").focus()
    for _ in range(4):
        page.keyboard.press("Shift+ArrowLeft")
    narrow = toy_readings(page)
    assert narrow["scale"] < 0.6 * during["scale"]
    check_toy(narrow)
    page.locator(".bound-toy [data-handle=data]").focus()
    page.keyboard.press("ArrowDown")
    assert toy_readings(page)["x"] == pytest.approx(0.98)
    check_toy(toy_readings(page))
    page.wait_for_url(lambda url: "toy=0.98" in url)
    page.get_by_text("a real image", exact=True).click()
    page.wait_for_selector(".ellipse-bench[data-elbo]")
    page.get_by_text("a toy", exact=True).click()
    page.wait_for_selector(".bound-toy[data-x='0.98']")
    assert toy_readings(page)["scale"] == pytest.approx(narrow["scale"]), "the toy is as it was left"


def axis_of(page):
    """The places of the numbers under the toy's bar, and the right end of its ELBO."""
    ticks = page.locator(".bound-toy [data-role=sum] text").filter(has_text=re.compile(r"^(−16|−8|0)$"))
    end = page.locator(".bound-toy [data-role=sum] rect").first.bounding_box()
    return [box["x"] for box in (tick.bounding_box() for tick in ticks.all())], end["x"] + end["width"]


@pytest.mark.slow
@pytest.mark.browser
def test_the_bar_of_the_toy_moves_over_an_axis_that_does_not(visit):
    page = visit("/bound?model=digits-2d&toy=0.2,0,0.5")
    page.wait_for_selector(".bound-toy [data-handle=loc]")
    page.get_by_text("left of the axis").wait_for()
    ticks, ends, elbos = axis_of(page)[0], [], []
    assert len(ticks) == 3
    page.locator(".bound-toy [data-handle=loc]").focus()
    for _ in range(2):
        for _ in range(7):
            page.keyboard.press("Shift+ArrowRight")
        moved, end = axis_of(page)
        assert moved == ticks, "the axis stays"
        ends.append(end)
        elbos.append(toy_readings(page)["elbo"])
    unit = (
        ticks[1] - ticks[0]
    ) / 8  # pixels a nat; the first number begins at its tick, the second has its middle there
    assert (ends[1] - ends[0]) / unit == pytest.approx(elbos[1] - elbos[0], rel=0.1) and abs(elbos[1] - elbos[0]) > 1.0


@pytest.mark.slow
@pytest.mark.browser
def test_climbing_beats_the_encoder_or_is_level_with_it(visit):
    page = visit("/bound?model=digits-2d", reduced_motion="reduce")
    page.click(".bound-toy [data-role=encoder]")
    start = toy_readings(page)
    assert start["elbo"] == pytest.approx(start["encoderElbo"], abs=1e-6)
    page.click(".bound-toy [data-role=climb]")
    assert toy_readings(page)["elbo"] >= start["elbo"]
    page.click(".bound-toy [data-role=restart]")
    page.locator(".bound-toy [data-handle=loc]").focus()
    for _ in range(10):
        page.keyboard.press("Shift+ArrowRight")
    page.click(".bound-toy [data-role=climb]")
    top = toy_readings(page)
    assert top["elbo"] > top["encoderElbo"] + 0.5
    assert "You beat the encoder" in page.inner_text(".bound-toy output")


@pytest.mark.slow
@pytest.mark.browser
def test_a_finger_drags_q_and_the_page_still_fits_a_phone(visit):
    page = visit("/bound?model=digits-2d", width=390, height=844, has_touch=True, is_mobile=True)
    page.wait_for_selector(".bound-toy [data-handle=loc]")
    before = toy_readings(page)
    box = page.locator(".bound-toy [data-handle=loc] .grip").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    session = page.context.new_cdp_session(page)
    for kind, points in (("touchStart", [[x, y]]), ("touchMove", [[x + 40, y]]), ("touchEnd", [])):
        touches = [{"x": at[0], "y": at[1]} for at in points]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})
    assert toy_readings(page)["loc"] > before["loc"] + 0.5
    ring = "getComputedStyle(document.activeElement.closest('[data-handle=loc]')).outlineStyle"
    assert page.evaluate(ring) == "none", "what a pointer has taken shows no box"
    page.keyboard.press("ArrowRight")
    assert page.evaluate(ring) == "solid"
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 390


@pytest.mark.browser
def test_q_climbs_the_bound_of_a_real_image(visit):
    page = visit("/bound?model=digits-2d&bound_image_digits-2d=9", height=1600, reduced_motion="reduce")
    page.wait_for_selector(".ellipse-bench[data-elbo]")
    close_up = cached.close_up(load_model("digits-2d"), 8)
    elbo = "Number(document.querySelector('.ellipse-bench').dataset.elbo)"
    assert page.evaluate(elbo) == pytest.approx(close_up.encoder.elbo, abs=1e-3)
    page.click(".ellipse-bench [data-role=climb]")
    assert (
        page.evaluate(elbo) == pytest.approx(close_up.best.elbo, abs=0.01)
        and close_up.best.elbo > close_up.encoder.elbo + 0.05
    )


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
    for key in ("iteration", "slow_jump", "stage"):
        box = page.locator(f".st-key-{key}").bounding_box()
        assert 0 < sentence["y"] - box["y"] - box["height"] < 140, "what is chosen stands right above them"
    output = page.locator(".slow-motion output")
    assert output.inner_text() == "6 of 8 · image 1", "the sentence has the stage's name"
    assert output.evaluate("element => element.scrollHeight <= 2.1 * parseFloat(getComputedStyle(element).lineHeight)")


@pytest.mark.browser
@pytest.mark.parametrize("stage", ["Reconstruction", "KL"])
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
    ends = page.evaluate("""() => { const heading = [...document.querySelectorAll('h2')].find(({ innerText }) => innerText.startsWith('Why move'))
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


@pytest.mark.browser
@pytest.mark.slow
def test_estimates_come_in_one_after_the_other(visit):
    page = visit("/likelihood?model=digits-2d&likelihood_slow=true")
    page.wait_for_function("document.querySelectorAll('.stTable tbody tr, [data-testid=stTable] tbody tr').length >= 7")
    page.wait_for_selector(".st-key-estimate_status:not(:has-text('Running'))")
