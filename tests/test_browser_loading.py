"""What a page shows before all of it has come, in a real headless Chromium: a skeleton, the first image, how much is there."""

import re
import time

import numpy as np
import pytest
import torch
from browsing import CANVAS, DEADLINE, ON_SCREEN, PLOT, decoded

import vae_core as vc

pytestmark = pytest.mark.browser
LOADING = ".live-decoder [data-role=loading]"
READY = f"{CANVAS}[data-ready=true]"
LINE = {"offline": False, "latency": 300, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 0.75e6 / 8}
INK = f"""() => {{ const canvas = document.querySelector('{CANVAS}')
    const {{ data }} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
    return Array.from({{ length: data.length / 4 }}, (_, i) => data[4 * i]) }}"""
SOON, LATER = 1.0, 15.0  # seconds


def hold(page, pattern):
    """Requests for such an address wait until the function that comes back is called, with what is done to them: to one at least."""
    held = []
    page.route(pattern, lambda route: held.append(route))

    def release(act):
        deadline = time.monotonic() + DEADLINE / 1000
        while not held:
            assert time.monotonic() < deadline, f"nobody asked for {pattern}"
            page.wait_for_timeout(20)
        for route in held:
            act(route)

    return held, release


def test_the_first_image_is_there_before_the_decoder_and_the_point_goes_where_the_pointer_went(visit, server):
    page = visit("/models")
    held, release = hold(page, "**/decoders/*")
    page.goto(f"{server.url}/?model=digits-2d&z=0.50,-0.75")
    page.wait_for_selector(f"{CANVAS}[data-z='0.50,-0.75'][data-ready=false]")
    page.wait_for_selector(f"{PLOT} .plane-name")
    first = decoded(page)
    with torch.no_grad():
        expected = vc.load_pretrained("digits-2d").decode(torch.tensor([0.5, -0.75])).mean.numpy()
    assert np.array_equal(np.array(first["pixels"], np.float32), expected), "the server's own numbers"
    page.mouse.move(*page.evaluate(ON_SCREEN, ["latent_plane", [1.0, 1.0]]))
    page.mouse.move(*page.evaluate(ON_SCREEN, ["latent_plane", [-1.0, 2.0]]))
    page.wait_for_timeout(100)
    assert decoded(page) == first and len(held) == 1, "nothing is decoded without the decoder"
    assert "(−1.00, 2.00), the nearest picture of the map" in page.inner_text(".live-decoder output")
    tile = np.array(page.evaluate(INK)) / 255
    with torch.no_grad():
        there = vc.load_pretrained("digits-2d").decode(torch.tensor([-1.0, 2.0])).mean.numpy()
    assert np.corrcoef(tile, there)[0, 1] > 0.9 > np.corrcoef(tile, expected)[0, 1]
    release(lambda route: route.continue_())
    page.wait_for_selector(READY)
    page.wait_for_function("!document.querySelector('.live-decoder [data-role=loading]').checkVisibility()")
    z = [float(value) for value in decoded(page)["z"].split(",")]
    assert z == pytest.approx([-1.0, 2.0], abs=0.03)


def test_a_decoder_that_does_not_come_says_so(visit, server):
    page = visit("/models")
    _, release = hold(page, "**/decoders/*")
    page.goto(f"{server.url}/?model=digits-2d")
    page.wait_for_selector(f"{CANVAS}[data-ready=false]")
    release(lambda route: route.fulfill(status=200, body=b"cut off"))
    page.wait_for_selector(f"{LOADING} >> text=Reload the page")


def test_a_skeleton_says_how_much_has_come_until_the_page_is_there(visit, server):
    page = visit("/models")
    held, release = hold(page, re.compile(r"/static/js/index\."))
    page.goto(server.url, wait_until="commit")
    page.wait_for_selector("#loading >> text=/Loading the page: 0\\.\\d of 0\\.\\d MB/")
    assert page.locator("#loading i").first.bounding_box()["width"] > 300, "in the shape of the plane"
    release(lambda route: route.continue_())
    page.wait_for_selector(READY)
    page.wait_for_selector("#loading", state="detached")
    sizes = page.evaluate(
        "performance.getEntriesByType('resource').map(({ name, encodedBodySize, decodedBodySize }) => [name, encodedBodySize, decodedBodySize])"
    )
    scripts = [(packed, size) for name, packed, size in sizes if name.endswith(".js") and size > 20_000]
    assert len(scripts) > 5 and all(packed < 0.6 * size for packed, size in scripts), "packed"
    assert not any("PlotlyChart" in name for name, _, _ in sizes), "the map needs none of it"


@pytest.mark.slow
def test_on_a_slow_line_the_first_screen_stands_within_fifteen_seconds(browser, server):
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    tools = page.context.new_cdp_session(page)
    tools.send("Network.enable")
    tools.send("Network.emulateNetworkConditions", LINE)
    page.goto(server.url, wait_until="commit")
    page.wait_for_selector(f"{PLOT} .plane-name")
    page.wait_for_selector(f"{CANVAS}[data-z]")
    seconds = page.evaluate("performance.now()") / 1000
    paint = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime") / 1000
    page.wait_for_selector(f"{LOADING} >> text=/Loading the decoder: \\d\\.\\d of 2\\.6 MB/")
    page.context.close()
    assert paint < SOON and seconds < LATER
