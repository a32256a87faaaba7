"""The page to take home, opened from disk in a real headless Chromium that has no network."""

import math

import numpy as np
import pytest
import torch
from access import AXE, PICTURES, RUN
from browsing import open_map

import vae_core as vc
from aevb_lab.session.models import LoadedModel, content_key, load_model
from aevb_lab.take_home import take_home_page
from vae_core.models import pack_model
from vae_core.studies.planes import View

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("default")]  # Streamlit's own, outside a server
PLANE, CANVAS = "[data-role=plane]", "canvas[data-role=decoded]"
IMAGE = f"""() => {{ const canvas = document.querySelector('{CANVAS}'), {{ latent, pixels, dataset, width, height }} = canvas
const drawn = Array.from(canvas.getContext('2d').getImageData(0, 0, width, height).data)
return {{ z: latent, pixels: Array.from(pixels), pinned: dataset.pinned, drawn }} }}"""
MOVED = f"z => document.querySelector('{CANVAS}').latent.some((value, i) => value !== z[i])"
GROUND = """() => { const canvas = document.querySelector('[data-role=ground]')
return canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.reduce((sum, byte) => (sum * 31 + byte) % 1e9, 7) }"""


@pytest.fixture
def open_file(browser, tmp_path):
    """Open a model's page from disk, without a network. At the end of the test nothing may have been asked for, and no error logged."""
    faults, contexts = [], []

    def open_(model, width=1440, height=900, theme="light", reduced_motion="reduce", **options):
        file = tmp_path / f"{len(contexts)}.html"
        file.write_bytes(take_home_page(model))
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=theme, reduced_motion=reduced_motion,
            offline=True, **options,
        )  # fmt: skip
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda entry: faults.append(entry.text) if entry.type == "error" else None)
        page.on("request", lambda sent: faults.append(sent.url[:80]) if sent.url != file.as_uri() else None)
        page.goto(file.as_uri())
        page.wait_for_selector(f"{CANVAS}[data-z]")
        return page

    yield open_
    for context in contexts:
        context.close()
    assert [fault for fault in faults if not fault.startswith("data:image/png")] == []


def assert_decoded(page, vae):
    """The image on screen is torch's mean of p(x|z) at the page's z, which is returned."""
    image = page.evaluate(IMAGE)
    with torch.no_grad():
        expected = vae.decode(torch.tensor([image["z"]])).mean[0].numpy()
    assert np.abs(np.array(image["pixels"]) - expected).max() < 1e-4
    parts = np.array(image["drawn"]).reshape(-1, 4)[:, :3]
    channels = parts if len(vae.config.image_shape) == 3 else parts[:, :1]
    assert np.abs(channels.ravel() - 255.0 * expected.clip(0.0, 1.0)).max() < 1.0
    return image["z"]


def place(page, across, up):
    """The place on screen of these shares of the plane's width and height."""
    box = page.locator(PLANE).bounding_box()
    return box["x"] + across * box["width"], box["y"] + up * box["height"]


def free_place(page, across, up):
    """The same, or the nearest place below it with no class's name in reach of a finger: a tap on a name hides the class."""
    is_near = """([x, y]) => [...document.querySelectorAll('.plane-name')].some((name) => {
        const { left, right, top, bottom } = name.getBoundingClientRect()
        return x > left - 20 && x < right + 20 && y > top - 20 && y < bottom + 20 })"""
    x, y = place(page, across, up)
    while page.evaluate(is_near, [x, y]):
        y += 8
    return x, y


def untrained(**settings):
    config = vc.ModelConfig(latent_dim=settings.pop("latent_dim", 2), hidden_dims=(7, 5), **settings)
    vae = vc.VAE(config, generator=torch.Generator().manual_seed(1)).eval()
    return LoadedModel("small", content_key(pack_model(vae)), vae, {"model_config": config.to_dict()}, None)


def test_the_file_decodes_under_pointer_and_keys_and_along_a_path_without_a_network(open_file):
    model = load_model("mnist-2d")
    page, points = open_file(model), []
    for across, up in ((0.2, 0.3), (0.8, 0.4), (0.5, 0.9), (1.0, 0.0)):
        page.mouse.move(*place(page, across, up), steps=3)
        points.append(assert_decoded(page, model.vae))
    assert points[0][0] < 0 < points[0][1] and points[2][1] < 0 and len({tuple(z) for z in points}) == 4
    page.mouse.move(*place(page, 0.4, 0.4))
    page.mouse.down()
    page.mouse.up()
    kept = assert_decoded(page, model.vae)
    page.mouse.move(*place(page, 0.6, 0.6))
    assert page.evaluate(IMAGE)["pinned"] == "true" and assert_decoded(page, model.vae) == kept
    page.keyboard.press("Escape")
    assert page.evaluate(IMAGE)["pinned"] == "false"
    page.focus(PLANE)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowDown")
    assert np.allclose(assert_decoded(page, model.vae), [kept[0] + 0.1, kept[1] - 0.5])
    page.click("[data-role=choose]")
    for across, up in ((0.3, 0.3), (0.7, 0.6)):
        page.mouse.click(*place(page, across, up))
    begin = assert_decoded(page, model.vae)
    page.locator("[data-role=way] input").fill("100")
    end = assert_decoded(page, model.vae)
    page.locator("[data-role=way] input").fill("25")
    assert np.allclose(assert_decoded(page, model.vae), 0.75 * np.array(begin) + 0.25 * np.array(end), atol=1e-5)
    assert begin[0] < 0 < end[0] and "25 % of the way" in page.inner_text("[data-role=way]")
    before = page.evaluate(GROUND)
    page.get_by_role("checkbox", name="0", exact=True).click()
    assert page.evaluate(GROUND) != before and page.get_attribute(".plane-name >> nth=0", "aria-checked") == "false"


@pytest.mark.slow
@pytest.mark.parametrize("name", vc.list_pretrained())
def test_each_pretrained_model_under_a_finger(open_file, name):
    model = load_model(name)
    page = open_file(model, width=390, height=844, theme="dark", has_touch=True, is_mobile=True)
    points = []
    for across, up in ((0.3, 0.3), (0.7, 0.4), (0.5, 0.8)):
        page.touchscreen.tap(*free_place(page, across, up))
        page.wait_for_function(MOVED, arg=points[-1] if points else [0.0] * model.vae.config.latent_dim)
        points.append(tuple(assert_decoded(page, model.vae)))
        assert page.evaluate(IMAGE)["pinned"] == "false", "after a finger nothing would move the point"
    assert len(set(points)) == 3
    session = page.context.new_cdp_session(page)
    for kind, x in (("touchStart", 0.3), ("touchMove", 0.5), ("touchMove", 0.9)):
        across, up = place(page, x, 0.5)
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": across, "y": up}]})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    page.wait_for_function(MOVED, arg=points[-1])
    assert_decoded(page, model.vae)
    assert page.evaluate("scrollY") == 0, "a finger on the plane moves the point, not the page"
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    tall = page.locator(PLANE).bounding_box()
    assert tall["y"] + tall["height"] <= 844, "plane and image are on one screen"


@pytest.mark.slow
@pytest.mark.parametrize(
    "settings",
    [
        {"likelihood": "continuous_bernoulli", "data_dim": 6, "image_shape": (2, 3)},
        {"likelihood": "gaussian", "mean": "identity", "data_dim": 18, "image_shape": (3, 2, 3)},
        {"likelihood": "bernoulli", "data_dim": 12, "image_shape": (4, 3), "latent_dim": 1},
        {"likelihood": "continuous_bernoulli", "data_dim": 24, "image_shape": (4, 2, 3), "latent_dim": 5},
        {"likelihood": "gaussian", "data_dim": 6, "image_shape": (6, 1), "activation": "silu"},
    ],
)
def test_every_likelihood_shape_and_number_of_latents(open_file, settings):
    model = untrained(**settings)
    page = open_file(model)
    for across, up in ((0.2, 0.3), (0.8, 0.7)):
        page.mouse.move(*place(page, across, up))
        assert_decoded(page, model.vae)
    page.click("[data-role=choose]")
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.locator("[data-role=way] input").fill("50")
    assert_decoded(page, model.vae)


@pytest.mark.slow
def test_the_path_plays_there_and_back_and_a_press_stops_it(open_file):
    model = load_model("digits-2d")
    page = open_file(model, reduced_motion="no-preference")
    page.mouse.move(*place(page, 0.5, 0.5))
    page.click("[data-role=play]")
    first = page.evaluate(IMAGE)["z"]
    page.wait_for_function(
        f"z => Math.hypot(...z.map((v, i) => v - document.querySelector('{CANVAS}').latent[i])) > 0.2", arg=first
    )
    page.mouse.move(*place(page, 0.1, 0.1))
    assert_decoded(page, model.vae)
    assert page.inner_text("[data-role=play]") == "Pause", "a moving pointer does not stop the path"
    page.mouse.click(*place(page, 0.1, 0.1))
    assert page.inner_text("[data-role=play]") == "Play" and page.evaluate(IMAGE)["pinned"] == "false"
    page.click("[data-role=choose]")
    page.mouse.click(*place(page, 0.2, 0.2))
    page.mouse.click(*place(page, 0.3, 0.2))
    assert page.inner_text("[data-role=play]") == "Pause", "a new path plays at once"
    page.wait_for_selector("[data-role=play]:text-is('Play')")
    assert page.input_value("[data-role=way] input") == "0", "it ends where it began"


@pytest.mark.slow
def test_the_point_wanders_until_somebody_touches_the_page(open_file):
    page = open_file(load_model("digits-2d"), reduced_motion="no-preference")
    page.wait_for_function(f"Math.hypot(...document.querySelector('{CANVAS}').latent) > 0.3")
    page.mouse.move(*place(page, 0.5, 0.5))
    still = page.evaluate(IMAGE)["z"]
    page.wait_for_timeout(300)
    assert page.evaluate(IMAGE)["z"] == still


@pytest.mark.slow
def test_both_themes_have_a_switch_and_paper_is_light(open_file):
    page = open_file(load_model("digits-2d"), theme="dark")
    ground = "getComputedStyle(document.body).backgroundColor"
    dark, picture = page.evaluate(ground), page.evaluate(GROUND)
    page.click("[data-role=theme]")
    light, light_picture = page.evaluate(ground), page.evaluate(GROUND)
    assert light == "rgb(255, 255, 255)" != dark and picture != light_picture
    page.click("[data-role=theme]")
    assert page.evaluate(ground) == dark
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate(ground) == light and not page.is_visible("[data-role=play]")
    assert math.isclose(page.locator(PLANE).bounding_box()["width"], 10.5 / 2.54 * 96, abs_tol=1)


@pytest.mark.slow
def test_download_on_the_map_gives_the_plane_that_is_on_screen(visit):
    page = open_map(visit, "?model=mnist-20d&axes=principal")
    page.locator(".st-key-take_away button").first.click()
    with page.expect_download() as saved:
        page.get_by_role("button", name="Page to take home").click()
    with open(saved.value.path(), "rb") as file:
        assert file.read() == take_home_page(load_model("mnist-20d"), View(principal=True))


@pytest.mark.slow
@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 390)])
def test_everybody_can_use_the_page(open_file, theme, width):
    page = open_file(load_model("digits-2d"), theme=theme, width=width)
    page.evaluate(AXE)
    page.click(".plane-name >> nth=3")
    page.click("[data-role=choose]")
    assert page.evaluate(RUN, {}) + page.evaluate(PICTURES) == []
