"""Download in a real headless Chromium: pictures in both formats, and scripts with what only the browser knows."""

import io
import json
import re
import runpy
from xml.etree import ElementTree

import numpy as np
import pytest
import torch
from browsing import PLOT, decoded, open_map
from PIL import Image, ImageColor

import vae_core as vc
from aevb_lab.session.models import load_model
from aevb_lab.take_home import take_home_page
from aevb_lab.theme import palette

SVG = "{http://www.w3.org/2000/svg}"
pytestmark = pytest.mark.browser


@pytest.fixture
def take(tmp_path):
    """Open the popover of a page and press one of its buttons; the saved file."""

    def take_(page, button):
        if not page.locator(".take-away button").count():
            page.locator(".st-key-take_away button").first.click()
            page.wait_for_selector(".take-away button")
            room = page.locator("[data-testid=stPopoverBody]").bounding_box()
            assert room["height"] >= 300 and room["y"] >= 0, "it is filled after it has found its place"
        with page.expect_download() as saved:
            page.get_by_role("button", name=button, exact=True).click()
        path = tmp_path / saved.value.suggested_filename
        saved.value.save_as(path)
        return path

    return take_


def test_the_map_gives_its_pictures_and_its_script(visit, take, monkeypatch, tmp_path):
    page = open_map(visit, "?model=digits-2d&closer=posterior")
    page.wait_for_selector(".ellipse-bench svg")
    box = page.locator(f"{PLOT} .plane-area").bounding_box()
    page.mouse.move(box["x"] + 0.63 * box["width"], box["y"] + 0.31 * box["height"], steps=4)
    picture = decoded(page)
    page.mouse.move(5, 5)
    page.click(".ellipse-bench [data-q=best]")
    script = take(page, "Script with the same numbers (.py)")
    own = page.get_attribute(".ellipse-bench", "data-q").replace(",", ", ")
    assert f"m1, m2, s1, s2, angle = [{own}]" in script.read_text(encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    with torch.enable_grad():
        made = runpy.run_path(str(script))
    assert script.name == "digits-2d-map.py"
    assert ",".join(f"{value:.2f}" for value in made["z"].tolist()) == picture["z"] != "0.00,0.00"
    assert np.allclose(made["image"], picture["pixels"], atol=1e-4)
    assert f"{made['sums'].encoder.elbo:.3f}".replace("-", "−") in page.inner_text("[data-testid=stMain]")

    svg = take(page, "Latent plane as SVG")
    text = svg.read_text(encoding="utf-8")
    assert svg.name == "digits-2d-latent-plane.svg" and text.startswith("<svg")
    assert text.count("<path") >= 297 and "z₁" in text  # points and letters, not their picture
    png = take(page, "Latent plane as PNG")
    with Image.open(png) as image:
        assert image.format == "PNG" and image.getpixel((2, 2))[:3] == (255, 255, 255)
    with Image.open(take(page, "Decoded image, mean of p(x|z) as PNG")) as image:
        pixels = np.asarray(image.convert("L")).astype(float)[35::70, 35::70]  # each repeated 70 times
        assert image.size == (560, 560) and np.abs(pixels.ravel() - 255 * np.array(picture["pixels"])).max() < 1
    drawing = take(page, "Contours of the true posterior p(z|x), the encoder's q and your q as SVG")
    assert drawing.read_text(encoding="utf-8").count("<ellipse") >= 4
    assert page.locator(".take-away button").count()  # open all the while
    csv = take(page, "Encoded images (CSV)")
    assert csv.name == "digits-2d-points.csv" and len(csv.read_text(encoding="utf-8").splitlines()) == 298
    home = take(page, "Page to take home (.html, needs no network)")
    assert home.name == "digits-2d.html" and home.read_bytes() == take_home_page(load_model("digits-2d"))


def inked(picture, colour):
    """The share of a picture that has a colour, nearly."""
    pixels = np.asarray(picture.convert("RGB"), dtype=float)
    return (np.abs(pixels - ImageColor.getrgb(colour)).max(-1) < 24).mean()


@pytest.mark.parametrize("path, chart, overlay, colour, letters", [
    ("reconstruct?model=digits-2d&reconstruct_source=draw", "own_plane", "[data-role=on-plane]", palette(False).encoder, ["x"]),
    pytest.param("paths?model=digits-2d", "path_plane", "[data-role=path]", palette(False).decoder, ["A", "B"], marks=pytest.mark.slow),
    pytest.param("repair?model=digits-2d&repair_player=true", "repair_plane", "[data-role=chain]", palette(False).latent, ["A"], marks=pytest.mark.slow),
])  # fmt: skip
def test_a_saved_chart_has_what_other_components_draw_over_it(visit, take, path, chart, overlay, colour, letters):
    page = visit(f"/{path}")
    page.wait_for_selector(f".st-key-{chart} {overlay}")
    page.wait_for_timeout(700)
    screenshot = Image.open(io.BytesIO(page.locator(f".st-key-{chart} .plane-axes").screenshot()))
    label = chart.replace("_", " ").capitalize()
    with Image.open(take(page, f"{label} as PNG")) as taken:
        assert taken.size == pytest.approx([2 * screenshot.width, 2 * screenshot.height], abs=4)
        assert (
            inked(taken, colour) == pytest.approx(inked(screenshot, colour), rel=0.25)
            and inked(screenshot, colour) > 1e-4
        )
    layers = ElementTree.parse(take(page, f"{label} as SVG")).getroot().findall(f"{SVG}svg")
    written = [element.text for layer in layers for element in layer.iter(f"{SVG}text")]  # letters, not their picture
    assert sorted(written) == sorted([*"0123456789", *letters])
    assert sum(1 for layer in layers for _ in layer.iter(f"{SVG}path")) >= 2


@pytest.mark.slow
def test_a_chart_is_saved_in_both_formats(visit, take):
    """One of Plotly's, whose camera a phone does not show."""
    page = visit("/paths?model=digits-2d", width=390, height=844)
    page.get_by_text("More about the path").click()
    chart = page.locator(".st-key-path_density .js-plotly-plot")
    chart.locator(".xy").first.wait_for()
    assert page.locator(".st-key-path_density .modebar >> visible=true").count() == 0
    box = chart.bounding_box()
    with Image.open(take(page, "Path radius as PNG")) as taken:
        assert taken.size == pytest.approx([2 * box["width"], 2 * box["height"]], abs=4)
    assert "step from A to B" in take(page, "Path radius as SVG").read_text(encoding="utf-8")


@pytest.mark.slow
def test_compare_gives_the_frame_and_the_cursor(visit, take, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    page = visit("/compare?compare_view=time+travel&run_shown=digits-2d", width=390, theme="dark")
    page.wait_for_selector(".time-travel[data-t]")
    page.focus(".time-travel input[type=range]")
    for key in ("Home", "ArrowRight", "ArrowRight"):
        page.keyboard.press(key)
    step = page.get_attribute(".time-travel", "data-steps")
    script = take(page, "Script with the same numbers (.py)").read_text(encoding="utf-8")
    assert f"zip(FOLDERS, [{step}]" in script and 0 < int(step) < 9000
    popover = page.locator("[data-testid=stPopoverBody]").bounding_box()
    assert popover["x"] >= 0 and popover["x"] + popover["width"] <= 390
    assert take(page, "Training run (GIF)").name == "digits-2d-training.gif"  # made outside the session

    page = visit("/compare")
    page.wait_for_selector(".twin[data-z]")
    page.locator(".twin canvas[data-role=plane]").nth(1).hover(position={"x": 200, "y": 120})
    latent = json.loads(page.evaluate("JSON.stringify(document.querySelector('.twin').latent)"))
    script = take(page, "Script with the same numbers (.py)").read_text(encoding="utf-8")
    z = json.loads(re.search(r"z = torch.tensor\((\[.*?\])", script).group(1))
    assert z == latent != [0, 0]
    vae = vc.load_pretrained("digits-ae")
    pixels = page.evaluate("Array.from(document.querySelectorAll('.twin canvas[data-role=decoded]')[1].pixels)")
    with torch.no_grad():
        expected = vae.decode(torch.tensor(z)).mean.numpy()
    assert np.allclose(expected, pixels, atol=1e-4)
