"""Pages of the group Understand in a real headless Chromium: the toy computes what Python computes, and estimates come in one after the
other."""

import re

import numpy as np
import pytest
from understand import toy_bound

from aevb_lab import cached
from aevb_lab.session.models import load_model

pytestmark = pytest.mark.filterwarnings("default")  # Streamlit's own, outside a server


# The middles of the bands of the toy, and the places of z = 0 and 3, in pixels.
BANDS = """() => {
    const bands = document.querySelector(".bound-toy path[opacity='0.12']").getAttribute("d").match(/M[^Z]+/g)
    const middles = bands.map((band) => { const [, left, width] = band.match(/M([^,]+),[^h]+h([^V]+)/); return Number(left) + Number(width) / 2 })
    const labels = [...document.querySelectorAll(".bound-toy text[text-anchor=middle]")]
    return [middles, ...["0", "3"].map((z) => Number(labels.find((label) => label.textContent === z).getAttribute("x")))]
}"""


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
    toy, (columns, zero, three) = cached.toy(), page.evaluate(BANDS)
    z = 3.0 * (np.array(columns) - zero) / (three - zero)
    means = np.interp(z, toy.first + toy.spacing * np.arange(len(toy.f)), toy.f)
    assert len(z) > 3 and (np.abs(means - 0.98) < 2.0 * toy.noise + 0.05).all(), "bands where x lies in the decoder's"
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
    page.wait_for_selector(".st-key-bound_words:has-text('of your q')")
    told = re.search(r"ELBO (−[\d.]+)", page.inner_text(".st-key-bound_words"))
    assert float(told[1].replace("−", "-")) == pytest.approx(page.evaluate(elbo), abs=2e-3)


@pytest.mark.browser
@pytest.mark.slow
def test_estimates_come_in_one_after_the_other(visit):
    page = visit("/likelihood?model=digits-2d&likelihood_slow=true")
    page.wait_for_function("document.querySelectorAll('.stTable tbody tr, [data-testid=stTable] tbody tr').length >= 7")
    page.wait_for_selector(".st-key-estimate_status:not(:has-text('Running'))")
