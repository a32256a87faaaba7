"""The page Steer in a real headless Chromium: z moves under the sliders and the wheel as Python moves it, and the link shows it again."""

import numpy as np
import pytest
from browsing import ON_SCREEN, rest

from aevb_lab import cached
from aevb_lab.session.models import load_model
from aevb_lab.session.steering import rows_of_text

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("default")]
BENCH = ".steering[data-ready=true]"
SLIDER = ".steering input[data-attribute='{}']"
Z = "document.querySelector('.steering').latent"


def z_of(page):
    return np.array(page.evaluate(f"Array.from({Z})"))


def wait_for_param(page, key):
    page.wait_for_function("key => new URLSearchParams(location.search).has(key)", arg=key)
    rest(page)


def test_a_slider_steers_as_python_does_and_the_link_shows_it_again(visit):
    page = visit("/steer?model=digits-2d&steer_image=3")
    page.wait_for_selector(BENCH)
    model = load_model("digits-2d")
    start = cached.encoded(model, 2)[0]
    assert np.allclose(z_of(page), start, atol=1e-5)
    slider = page.locator(SLIDER.format("slant"))
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] / 2, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.8 * box["width"], middle, steps=4)
    page.wait_for_function(
        f"start => Math.hypot(...{Z}.map((value, i) => value - start[i])) > 0.05", arg=start.tolist()
    )
    page.mouse.up()
    wait_for_param(page, "steer")
    asked = round(float(slider.input_value()), 2)
    way = cached.steered(model, start, (("slant", asked),))
    assert np.allclose(z_of(page), way.z[-1], atol=2e-3)
    measured = page.evaluate("Number(document.querySelector('.steering .asked-for .steered').dataset.value)")
    assert measured == pytest.approx(way.measured[-1, 0], abs=0.02)
    plain = page.evaluate("Number(document.querySelector('.steering .asked-for .plain').dataset.value)")
    assert plain == pytest.approx(cached.steered_plainly(model, start, (("slant", asked),)).measured[-1, 0], abs=0.02)
    assert page.locator(".steering .plain:visible").count() == 0, "the plain way is there when one asks for it"
    arrows = page.locator(".steering .row:not(.asked-for) .steered").all_inner_texts()
    about = cached.handles(model)
    change = (way.measured[-1] - way.measured[0])[1:] / (about.high - about.low)[1:]
    for text, share in zip(arrows, change, strict=True):
        assert text.startswith(
            "↑" if share > 0.03 else "↓" if share < -0.03 else ("1", "2", "3", "4", "5", "6", "7", "8", "9", "0")
        )
    page.get_by_text("Compare with the plain way").click()
    page.wait_for_selector(".steering figure.plain canvas", state="visible")
    page.wait_for_selector("canvas[data-role=chart]", state="visible")
    wait_for_param(page, "steer_plain")
    pixels = page.evaluate("Array.from(document.querySelector('canvas[data-role=steered]').pixels)")
    assert np.allclose(pixels, way.images[-1], atol=2e-3)
    page.wait_for_selector(".st-key-steer_film img")
    address = page.url[page.url.index("/steer") :]
    other = visit(address)
    other.wait_for_selector(BENCH)
    assert np.allclose(z_of(other), z_of(page), atol=1e-6), "the link has what was asked, with all its digits"
    other.get_by_role("button", name="Back to the image").click()
    assert np.allclose(z_of(other), start, atol=1e-5)
    other.wait_for_function("!new URLSearchParams(location.search).has('steer')")


def test_what_is_moved_its_answer_and_the_film_share_the_first_screen(visit):
    page = visit("/steer?model=mnist-20d&steer=slant:12.00", width=1280, height=800)
    page.wait_for_selector(BENCH)
    page.wait_for_selector(".st-key-steer_film img")
    rest(page)
    tops = [page.locator(part).bounding_box() for part in (".steering output", ".st-key-steer_film img")]
    assert all(0 < top["y"] < 780 for top in tops), tops
    page = visit("/steer?model=digits-2d&steer_class=0.300,0.90", width=1280, height=800)
    page.wait_for_selector(BENCH)
    wheel, hint = (page.locator(f".steering [data-role={part}]").bounding_box() for part in ("wheel", "hint"))
    assert 0 <= hint["y"] - wheel["y"] - wheel["height"] < 30
    words = page.locator(".steering [data-role=hint]")
    assert words.inner_text().startswith("On the rim, half of what is special to this image stays.")
    page.get_by_role("button", name="Back to the image").click()
    words.get_by_text("Pull the dot towards a class.").wait_for()


@pytest.mark.slow
def test_the_wheel_goes_to_a_class_by_mouse_and_by_keys(visit):
    page = visit("/steer?model=digits-2d")
    page.wait_for_selector(BENCH)
    model = load_model("digits-2d")
    start, codes = cached.encoded(model, 0)[0], cached.wheel(model)[1]
    own = int(cached.require_examples(model).labels[0])
    wheel = page.locator("canvas[data-role=wheel]")
    wheel.scroll_into_view_if_needed()
    wheel.focus()
    for _ in range(2):
        page.keyboard.press("Shift+ArrowRight")
    for _ in range(10):
        page.keyboard.press("ArrowUp")
    page.wait_for_selector("canvas[data-role=wheel][data-turn='0.200'][data-amount='1.00']")
    assert np.allclose(z_of(page), codes[2] + 0.5 * (start - codes[own]), atol=1e-4)
    assert "class 2" in wheel.get_attribute("aria-description")
    wait_for_param(page, "steer_class")
    page.keyboard.press("Escape")
    assert np.allclose(z_of(page), start, atol=1e-5)
    box = wheel.bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + 0.35 * box["height"])
    assert float(wheel.get_attribute("data-amount")) > 0.3 and wheel.get_attribute("data-turn") in ("0.000", "1.000")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["mnist-20d", "emoji-2d", "frey-2d", "mnist-2d"])
def test_every_model_is_steered_as_python_steers_it(visit, name):
    model = load_model(name)
    if cached.examples_for(model) is None:
        pytest.skip("its images are not here")
    about, start = cached.handles(model), cached.encoded(model, 0)[0]
    attribute = about.names[0]
    asked = round(float(0.3 * about.low[0] + 0.7 * about.high[0]), 2)
    page = visit(f"/steer?model={name}&steer={attribute}:{asked:.2f}")
    page.wait_for_selector(BENCH)
    way = cached.steered(model, start, ((attribute, asked),))
    assert np.allclose(z_of(page), way.z[-1], atol=5e-3)


@pytest.mark.slow
def test_steering_follows_the_pointer(visit):
    """Each move of the pointer is drawn soon, also with twenty latent numbers."""
    page = visit("/steer?model=mnist-20d")
    page.wait_for_selector(BENCH)
    slider = page.locator(SLIDER.format("slant"))
    slider.scroll_into_view_if_needed()
    times = slider.evaluate("""async (slider) => { const times = []
        for (let i = 0; i < 12; i++) {
            const before = performance.now()
            slider.value = String(i)
            slider.dispatchEvent(new Event("input"))
            await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))
            times.push(performance.now() - before)
        }
        return times }""")
    assert np.median(times) < 150


@pytest.mark.slow
def test_a_loop_on_the_map_picks_a_group(visit):
    page = visit("/steer?model=digits-2d&steer_view=a+sum+of+codes&steer_map=true")
    page.wait_for_selector(".st-key-steer_plane canvas[data-role=points]", state="attached")
    rest(page)
    page.locator(".st-key-steer_plane .plane-area").first.scroll_into_view_if_needed()
    corners = [(-3.0, -3.0), (3.0, -3.0), (3.0, 0.0), (-3.0, 0.0)]
    places = [page.evaluate(ON_SCREEN, ["steer_plane", list(corner)]) for corner in corners]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=8)
    page.mouse.up()
    for param in ("steer_rows_C", "steer_kind_C"):
        wait_for_param(page, param)
    points = cached.plane(load_model("digits-2d")).points
    rows = np.flatnonzero((np.abs(points[:, 0]) < 2.9) & (points[:, 1] < -0.1) & (points[:, 1] > -2.9))
    text = page.evaluate("new URLSearchParams(location.search).get('steer_rows_C')")
    assert set(rows.tolist()) <= set(rows_of_text(text, len(points)))
