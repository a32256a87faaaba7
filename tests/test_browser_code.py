"""The page Code in a real headless Chromium: bits go on and off under the hand as Python's stack says."""

import itertools
import math
import re

import numpy as np
import pytest

from aevb_lab import cached
from aevb_lab.session.models import load_model
from aevb_lab.theme import palette

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("default")]
CANVAS = ".bit-tower canvas"


def height_at(page, step):
    page.wait_for_selector(f"{CANVAS}[data-step='{step}']")
    return float(page.get_attribute(CANVAS, "data-height"))


def test_the_tower_grows_and_shrinks_as_the_stack_does(visit):
    page = visit("/code?model=digits-2d&code_count=10&tower_step=4")
    heights = cached.tower(load_model("digits-2d"), 0, 10).heights
    assert height_at(page, 4) == pytest.approx(heights[1, 1], abs=0.1)
    slider = page.locator(".bit-tower input")
    slider.focus()
    page.keyboard.press("ArrowRight")
    assert height_at(page, 5) == pytest.approx(heights[1, 2], abs=0.1)
    page.get_by_role("button", name="Put on").click()
    page.wait_for_selector(f"{CANVAS}[data-height='{heights[1, 3]:.1f}']")
    words = page.inner_text(".bit-tower output")
    assert "Image 2, step 3" in words
    pixels, latent, taken, net = map(int, re.search(r"(\d+) \+ (\d+) − (\d+) \(of step 1\) = (\d+)", words).groups())
    first, second = (math.ceil(height) for height in heights[1, [0, 3]])
    assert pixels + latent - taken == net == second - first, "what is read adds up, to the last bit"
    assert f"The tower has {second} bits: {math.ceil(heights[0, 0])} from the beginning" in words
    page.get_by_role("button", name="Take off").click()
    page.wait_for_selector(f"{CANVAS}[data-step='3'][data-height='{heights[1, 0]:.1f}']")
    assert "Image 2: q(z|x) is known again" in page.inner_text(".bit-tower output")
    slider.fill("30")
    assert height_at(page, 30) == pytest.approx(heights[9, 3], abs=0.1)
    page.wait_for_url(lambda url: "tower_step=30" in url)
    slider.fill("3")
    for _ in range(4):  # quick presses: each counts
        page.get_by_role("button", name="One step").click()
    page.wait_for_selector(f"{CANVAS}[data-step='7'][data-height='{heights[2, 1]:.1f}']")


@pytest.mark.slow
def test_while_bits_fly_the_words_say_what_the_tower_soon_has(visit):
    """The first words of an image say why bits come off, and that they are not lost."""
    page = visit("/code?model=digits-2d&code_count=10")
    page.wait_for_selector(f"{CANVAS}[data-step='0']")
    page.evaluate(
        f"""() => {{ window.moments = []
        const [output, canvas] = [document.querySelector('.bit-tower output'), document.querySelector('{CANVAS}')]
        new MutationObserver(() => window.moments.push([output.textContent, Math.ceil(Number(canvas.dataset.height))]))
          .observe(canvas, {{ attributes: true, attributeFilter: ['data-height'] }}) }}"""
    )
    page.get_by_role("button", name="Put on").click()
    page.wait_for_function("() => window.moments.some(([words]) => words.includes('The tower has'))")  # it has landed
    moments = page.evaluate("window.moments")
    first = next(words for words, _ in moments if "step 1 of 3" in words)
    assert re.search("off the tower. (They are not lost: they come|It is not lost: it comes) back", first)
    totals = [
        (*match.groups(), height)
        for words, height in moments
        if (match := re.search(r"tower (soon )?has (\d+)", words))
    ]
    assert totals and all(soon or int(total) == height for soon, total, height in totals)


@pytest.mark.browser
@pytest.mark.parametrize("width", [390, 1440])
def test_each_part_of_an_images_length_has_its_name_inside_or_beside_it(visit, width):
    """On a phone the bits that q(z|x) takes off are a block that is shorter than its name."""
    page = visit("/code?model=mnist-2d&code_count=10&tower_step=3", width=width, height=844, reduced_motion="reduce")
    page.wait_for_selector(f"{CANVAS}[data-step='3']")
    page.evaluate(
        """() => { window.names = []
        const { fillText } = CanvasRenderingContext2D.prototype
        CanvasRenderingContext2D.prototype.fillText = function (text, x, y) {
          const wide = this.measureText(text).width, left = this.textAlign === 'center' ? x - wide / 2 : x
          window.names.push([text, left, left + wide]); fillText.call(this, text, x, y) } }"""
    )
    page.locator(".bit-tower input").focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowRight")
    page.wait_for_selector(f"{CANVAS}[data-step='3']")
    words = " ".join(text for text, *_ in page.evaluate("window.names"))
    assert "comes with the pixels" in words and "?" not in words, "words in place of a picture that is still to come"
    names = [
        entry
        for entry in page.evaluate("window.names")
        if re.match(r"pixels \d|\+ z|− taken off|.*its bound: ", entry[0])
    ]
    side = page.locator(CANVAS).bounding_box()["width"]
    assert len({text.rsplit(" ", 1)[0] for text, _, _ in names}) >= 4
    assert all(left >= 0 and right <= side for _, left, right in names), names


def test_an_image_that_takes_less_than_a_bit_says_so_and_all_lengths_are_whole_bits(visit):
    """With mnist-2d q(z|x) of the second image is so narrow that it takes a part of a bit."""
    page = visit("/code?model=mnist-2d&code_count=30&tower_step=4", reduced_motion="reduce")
    page.wait_for_selector(f"{CANVAS}[data-step='4']")
    words = page.inner_text(".bit-tower output")
    assert "takes less than 1 bit off the tower. The oval is so small that there is hardly a choice." in words
    slider = page.locator(".bit-tower input")
    slider.fill("6")
    page.wait_for_selector(f"{CANVAS}[data-step='6']")
    words = page.inner_text(".bit-tower output")
    pixels, latent, net = map(
        int, re.search(r"bits. (\d+) \+ (\d+) = (\d+) bits; over all z of the oval", words).groups()
    )
    heights = cached.tower(load_model("mnist-2d"), 0, 30).heights
    assert pixels + latent == net == math.ceil(heights[1, 3]) - math.ceil(heights[1, 0])
    slider.focus()
    for _ in range(3):
        page.keyboard.press("ArrowLeft")
    page.wait_for_selector(f"{CANVAS}[data-step='3']")
    assert "gives less than 1 bit back" in page.inner_text(".bit-tower output")


def test_on_a_phone_a_line_above_the_tower_says_what_happens(visit):
    page = visit("/code?model=digits-2d&code_count=10&tower_step=5", width=390, height=844, reduced_motion="reduce")
    page.wait_for_selector(f"{CANVAS}[data-step='5']")
    line, heights = page.locator(".bit-tower p"), cached.tower(load_model("digits-2d"), 0, 10).heights
    bits = math.ceil(heights[1, 2]) - math.ceil(heights[1, 1])
    assert line.inner_text() == f"Image 2 ↑ pixels go on: {bits} bits"
    box, canvas = line.bounding_box(), page.locator(CANVAS).bounding_box()
    assert box["y"] + box["height"] <= canvas["y"] and box["height"] < 30, "one line, above the tower"
    page.locator(".bit-tower input").focus()
    page.keyboard.press("ArrowLeft")
    page.wait_for_selector(f"{CANVAS}[data-step='4']")
    assert line.inner_text() == f"Image 2 ↓ pixels come off: {bits} bits"
    page.set_viewport_size({"width": 1280, "height": 800})
    line.wait_for(state="hidden")


def test_the_answer_above_the_tower_is_that_of_its_words(visit):
    page = visit("/code?model=mnist-2d&code_count=10&tower_step=3")
    page.wait_for_selector(f"{CANVAS}[data-step='3']")
    (net,) = re.search(
        r"takes (\d+) bits instead of 784, one for each pixel", page.inner_text(".st-key-code_answer")
    ).groups()
    assert f"(of step 1) = {net} bits" in page.inner_text(".bit-tower output")


RECORD = """() => { window.bits = []; window.shapes = []; window.titles = []
const { fillRect, ellipse, fillText } = CanvasRenderingContext2D.prototype
CanvasRenderingContext2D.prototype.fillRect = function (x, y, ...size) { window.bits.push([this.fillStyle, x, y]); fillRect.call(this, x, y, ...size) }
CanvasRenderingContext2D.prototype.ellipse = function (x, y, a, b, ...rest) { window.shapes.push([y - b, y + b]); ellipse.call(this, x, y, a, b, ...rest) }
CanvasRenderingContext2D.prototype.fillText = function (text, x, y) { window.titles.push([text, y]); fillText.call(this, text, x, y) } }"""


def redrawn(page, step):
    """All that is drawn at a step, recorded."""
    page.wait_for_selector(f"{CANVAS}[data-step='{step}']")
    page.evaluate(RECORD)
    page.locator(".bit-tower input").evaluate("input => input.dispatchEvent(new Event('input'))")
    return page.evaluate("[window.bits, window.shapes, window.titles]")


def test_as_many_bits_have_the_pixels_colour_as_the_words_say(visit):
    """A part of a bit at the top was of the colour of the bits below it: a grey bit on the blue ones."""
    heights = cached.tower(load_model("digits-2d"), 0, 10).heights
    parts = np.ceil(heights) - np.round(heights)
    image = int(np.argmax(parts[:, 1] != parts[:, 2]))
    step = 3 * image + 2
    page = visit(f"/code?model=digits-2d&code_count=10&tower_step={step}", reduced_motion="reduce")
    bits, _, _ = redrawn(page, step)
    runs = [(colour, len(list(run))) for colour, run in itertools.groupby(colour for colour, _, _ in bits)]
    pixels = math.ceil(heights[image, 2]) - math.ceil(heights[image, 1])
    assert f"the pixels go on, {pixels} bits" in page.inner_text(".bit-tower output")
    assert (palette(False).data, pixels) in runs, runs


def test_on_a_phone_the_words_of_the_close_up_lie_above_the_oval(visit):
    page = visit("/code?model=mnist-2d&code_count=10", width=390, height=844, reduced_motion="reduce")
    _, ovals, titles = redrawn(page, 0)
    (title,) = {y for text, y in titles if text == "close-up"}
    assert len(ovals) == 4 and all(top > title + 2 for top, bottom in ovals[2:]), (ovals, title)


def test_on_a_phone_the_tower_begins_near_its_words(visit):
    """Above it stand the buttons and one line, below it the words, which change."""
    page = visit("/code?model=mnist-2d&code_count=10", width=390, height=844)
    page.wait_for_selector(f"{CANVAS}[data-step='0']")
    slider, tower, words = (page.locator(f".bit-tower {part}").bounding_box() for part in ("input", "canvas", "output"))
    assert 0 < tower["y"] - slider["y"] - slider["height"] < 60 and words["y"] > tower["y"] + tower["height"]
    assert tower["y"] + 130 < 844, "its ground, where two rows of bits lie, is on the first screen"
