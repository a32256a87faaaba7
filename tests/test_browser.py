"""The app in a real headless Chromium: what only a browser shows, and what only two processes can do to each other.
(Longer than other files: walks through several pages, which no page's own file can have.)"""

import os
import re
import signal
import time
from contextlib import suppress
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
import torch
from access import faults_of
from browsing import (
    CANVAS,
    DEADLINE,
    PICTURE,
    PLOT,
    REPOSITORY,
    Server,
    decoded,
    open_map,
    press,
    rest,
    status,
    step_of,
    wait_for_status,
    without_name,
)

import vae_core as vc
from aevb_lab.visitors import COOKIE

PAGES = [
    "/",
    "/reconstruct",
    "/paths",
    "/train",
    "/sketch",
    "/compare",
    "/bound",
    "/likelihood",
    "/gradients",
    "/figures",
    "/code",
    "/steer",
    "/repair",
    "/models",
    "/lessons",
]
WITHOUT_EQUATIONS = ("/models", "/lessons")
OVERLAPS = (Path(__file__).parent / "overlaps.js").read_text(encoding="utf-8")
# Elsewhere it is a plane or a chart.
FIRST_PICTURE = {
    "/compare": "canvas",
    "/bound": ".bound-toy [data-handle=loc]",
    "/sketch": ".sketch-pad canvas[data-step]",
    "/lessons": "[data-testid=stExpander]",
    "/steer": ".steering[data-ready=true]",
}
pytestmark = pytest.mark.browser


# -- pages -------------------------------------------------------------------------------------------------------


def test_the_server_is_healthy_within_ten_seconds(server):
    assert server.start_seconds < 10 or os.environ.get("CI"), f"{server.start_seconds:.1f} s"


@pytest.mark.parametrize(
    "path", [pytest.param(path, marks=[pytest.mark.slow] * (path not in ("/", "/train", "/bound"))) for path in PAGES]
)
def test_every_page_opens_nothing_is_cut_off_and_every_equation_is_set(visit, path):
    """On a phone, and when its window is widened."""
    page = visit(path, width=390, height=844, theme="dark")
    main = page.locator("[data-testid=stMain]")
    page.wait_for_selector(FIRST_PICTURE.get(path, PICTURE))
    assert page.locator("[data-testid=stException]").count() == 0
    for width in (390, 1440):
        page.set_viewport_size({"width": width, "height": 844})
        assert main.evaluate("box => box.scrollWidth <= box.clientWidth"), f"wider than {width} px"
        assert without_name(page) == [], "something that a screen reader cannot name"
    assert faults_of(page) == []
    if path not in WITHOUT_EQUATIONS:
        assert_equations_are_set(page, path)


@pytest.mark.slow
def test_a_wide_table_is_scrolled_on_a_phone(visit):
    page = visit("/likelihood?model=digits-2d", width=390, height=844)
    table = page.locator("[data-testid=stTable] div").first
    assert table.evaluate("box => (box.scrollLeft = 9999, box.scrollLeft + box.clientWidth >= box.scrollWidth - 1)")


MORE_EQUATIONS = [
    "/paths?paths_view=each+dimension",
    "/paths?paths_view=prior+samples",
    "/compare?compare_view=time+travel",
]


@pytest.mark.slow
@pytest.mark.parametrize("path", MORE_EQUATIONS)
def test_every_equation_of_other_views_is_set_and_none_is_raw_text(visit, path):
    assert_equations_are_set(visit(path), path)


def assert_equations_are_set(page, path):
    """With everything unfolded."""
    page.click(".st-key-maths summary")
    page.wait_for_selector(".st-key-maths .katex")
    closed = page.locator("[data-testid=stMain] details:not([open]) > summary")
    while closed.count():
        closed.first.click()
    assert page.locator(".katex-error").count() == 0, path
    assert "$$" not in page.inner_text("[data-testid=stMain]"), path


@pytest.mark.slow
def test_on_a_phone_the_legend_lies_neither_on_the_bars_nor_on_the_tool_bar(visit):
    page = visit("/reconstruct?model=digits-2d", width=390, height=844)
    chart = page.locator(".st-key-bound_terms .js-plotly-plot")
    chart.locator(".xy .point").first.wait_for()
    legend, plot = (chart.locator(part).first.bounding_box() for part in (".legend .bg", ".nsewdrag"))
    assert legend["height"] > 40.0, "two lines"
    assert legend["y"] + legend["height"] <= plot["y"]
    assert chart.locator(".modebar-group >> visible=true").count() == 0, "a phone shows no tools"


@pytest.mark.slow
@pytest.mark.parametrize("width", [390, 820, 1440])
def test_nothing_on_a_page_covers_something_else_or_is_cut_off(visit, server, width):
    page = visit("/", width=width)
    more = ["/?model=mnist-20d&closer=posterior&rest=the+image's", "/?closer=neighbours", "/reconstruct?reconstruct_source=draw",
            "/paths?path_ends=points&model=mnist-20d", "/paths?paths_view=each+dimension", "/compare?compare_view=time+travel",
            "/bound?bound_chapter=a+real+image", "/bound?bound_chapter=other+pixels"]  # fmt: skip
    for path in [*PAGES, *more]:
        page.goto(server.url + path)
        page.wait_for_selector(
            FIRST_PICTURE.get(path, "[data-testid=stMain] :is(.plane-axes > svg, .js-plotly-plot .xy, canvas, img)")
        )
        for _ in range(10):  # on a busy machine a page may still be growing
            page.wait_for_timeout(3000)
            overlaps = page.evaluate(OVERLAPS)
            if not overlaps:
                break
        assert overlaps == [], path
        assert page.locator("[data-testid=stMain]").evaluate("box => box.scrollWidth <= box.clientWidth"), path
    over = "<p style='position: absolute; margin-top: -30px'>over the title</p>"
    page.evaluate("over => document.querySelector('h1').insertAdjacentHTML('afterend', over)", over)
    assert page.evaluate(OVERLAPS), "what covers is found"


@pytest.mark.slow
def test_navigation_is_visible_and_leads_to_every_page(visit):
    page = visit("/")
    for path in PAGES[1:]:
        page.click(f"a[href$='{path}']")
        page.wait_for_url(re.compile(path))
        page.wait_for_selector(FIRST_PICTURE.get(path, PICTURE))


# -- the map -----------------------------------------------------------------------------------------------------


def test_the_map_decodes_under_the_pointer_and_keeps_the_point_in_the_link(visit):
    page = open_map(visit, "?model=digits-2d")
    box = page.locator(PLOT).bounding_box()
    seen = set()
    for step in range(5):
        page.mouse.move(box["x"] + 150 + 30 * step, box["y"] + 200 + 20 * step)
        page.wait_for_timeout(60)
        seen.add(decoded(page)["z"])
    assert len(seen) == 5, "each position of the pointer is a point"
    before, at_once = page.evaluate(
        f"""async ([x, y]) => {{ const canvas = document.querySelector('{CANVAS}'), before = canvas.dataset.z
        const options = {{ clientX: x, clientY: y, bubbles: true }}
        document.querySelector('{PLOT}').dispatchEvent(new PointerEvent('pointerrawupdate', options))
        await null
        return [before, canvas.dataset.z] }}""",
        [box["x"] + 200, box["y"] + 200],
    )
    assert at_once != before, "the point is decoded when the pointer is heard of, before the next frame"
    page.mouse.move(box["x"] + 270, box["y"] + 280)
    linked = page.wait_for_function(
        """z => { const text = new URLSearchParams(location.search).get('z'), found = text?.split(',').map(Number)
        return found?.every((value, i) => Math.abs(value - z[i]) < 0.011) && text }""",
        arg=[float(part) for part in decoded(page)["z"].split(",")],  # a tie may be rounded either way
    )
    z = linked.json_value()
    page = open_map(visit, f"?model=digits-2d&z={z}")
    page.wait_for_selector(f"{CANVAS}[data-z='{z}']")


DECODED = ("mnist-20d", "emoji-2d")  # a Bernoulli and a Gaussian decoder, many dimensions and colours


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] * (name not in DECODED)) for name in vc.list_pretrained()]
)
def test_the_browser_decodes_what_torch_decodes(visit, name):
    vae = vc.load_pretrained(name)
    query = "" if vae.config.latent_dim > 2 else "&z=0.75,-1.25"
    page = open_map(visit, f"?model={name}{query}")
    if query:
        page.wait_for_selector(f"{CANVAS}[data-z='0.75,-1.25']")
    answer = decoded(page)
    z = torch.tensor([float(value) for value in answer["z"].split(",")])
    with torch.no_grad():
        expected = vae.decode(z).mean.numpy()
    assert np.abs(np.array(answer["pixels"]) - expected).max() < 1e-4


def test_arrow_keys_move_the_point(visit):
    page = open_map(visit, "?model=digits-2d")
    page.focus(CANVAS)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowUp")
    page.wait_for_selector(f"{CANVAS}[data-z='0.10,0.50']")


def touch(page, corners, steps=12):
    """A finger that goes along straight lines between these corners."""
    session = page.context.new_cdp_session(page)
    way = [corners[0]]
    for (x0, y0), (x1, y1) in zip(corners, corners[1:], strict=False):
        way += [(x0 + (x1 - x0) * i / steps, y0 + (y1 - y0) * i / steps) for i in range(1, steps + 1)]
    for number, (x, y) in enumerate(way):
        kind = "touchMove" if number else "touchStart"
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def test_a_finger_moves_the_point(visit):
    page = open_map(visit, "?model=digits-2d", width=390, height=844, has_touch=True, is_mobile=True)
    plane = page.locator(f"{PLOT} .plane-area").first
    plane.scroll_into_view_if_needed()
    box = plane.bounding_box()
    before = decoded(page)["z"]
    page.touchscreen.tap(box["x"] + box["width"] * 0.7, box["y"] + box["height"] * 0.6)
    page.wait_for_function(f"before => document.querySelector('{CANVAS}').dataset.z !== before", arg=before)
    page.keyboard.press("Escape")  # the tap has pinned it
    end = box["x"] + box["width"] * 0.96, box["y"] + box["height"] * 0.04  # far from any dot
    touch(page, [(box["x"] + box["width"] * 0.3, box["y"] + box["height"] * 0.9), end])
    z = [float(value) for value in decoded(page)["z"].split(",")]
    assert min(z) > 0.8 * max(z) > 2.0, "the point follows the finger up to where it is lifted"
    assert plane.bounding_box()["y"] == box["y"], "the page stays where it is"
    assert not page.locator(".plane-thumbnail").is_visible(), "nothing is told of dots that the finger has left"


def test_the_map_works_on_in_probability_coordinates_and_for_another_model(visit):
    page = open_map(visit, "?model=digits-2d")
    page.get_by_text("probability", exact=True).click()
    page.wait_for_function(f"document.querySelector('{PLOT}')?.axes?.meta.coordinates === 'probability'")
    box = page.locator(f"{PLOT} .plane-area").first.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)  # u = 1/2 is z = 0
    page.wait_for_timeout(100)
    assert max(abs(float(value)) for value in decoded(page)["z"].split(",")) < 0.05
    page.click("a[href$='/paths']")
    page.wait_for_selector(".st-key-path_plane .plane-axes")
    assert "model=digits-2d" in page.url, "the model is kept from page to page"
    page.click("a[href$='/']")
    page.wait_for_selector(f"{CANVAS}[data-z]")


PAINTED = """name => { const canvas = document.querySelector(name)
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
    return data.filter((value, i) => i % 4 === 3 && value > 0).length }"""

# -- training ----------------------------------------------------------------------------------------------------


# The key of the button of Train that has the focus, "buttons" for their row; "" for none.
FOCUSED = """() => document.activeElement?.closest('[class*=st-key-train_]')?.className.match(/st-key-train_(\\w+)/)[0].slice(7) ?? ''"""


def watch_focus(page):
    """From now on a list of what has the focus at each picture of the page; the function returns it."""
    page.evaluate(
        f"""window.focusSeen = []; const look = () => {{ window.focusSeen.push(({FOCUSED})()); requestAnimationFrame(look) }}
        document.addEventListener("focusin", look, {{ once: true }})"""
    )
    return lambda: page.evaluate("window.focusSeen")


def pause(page):
    """Press Pause. On a busy machine Streamlit may lose a press while it draws the buttons anew: then press again."""
    for _ in range(4):
        press(page, "train_pause")
        with suppress(TimeoutError):
            return wait_for_status(page, "paused", timeout=DEADLINE / 4)
    wait_for_status(page, "paused")


def test_a_digits_run_trains_live_pauses_steps_resumes_stops_and_is_on_the_other_pages(visit, server):
    page = visit("/train?train_data=digits&train_epochs_digits=10000&train_batch_size=20")  # no machine ends it first
    page.wait_for_selector(".st-key-train_start button:not([disabled])")
    assert "step 0" in status(page)
    focus = watch_focus(page)
    page.locator(".st-key-train_start button:visible").first.focus()
    page.keyboard.press("Enter")
    wait_for_status(page, "training")
    page.wait_for_function(f"({FOCUSED})() === 'train_pause'")
    assert "" not in focus(), "after Start the focus goes to Pause, and is never lost"
    page.wait_for_function(
        """() => { const plot = document.querySelector('.st-key-train_curve .js-plotly-plot')
        const elbo = plot?.data?.find(trace => trace.legendgroup === 'elbo')?.y
        return elbo && elbo.length > 8 && elbo[elbo.length - 1] > elbo[0] + 5 }"""
    )
    pause(page)
    before = step_of(page)
    press(page, "train_step")
    wait_for_status(page, f"step {before + 1:,}")
    page.reload()
    wait_for_status(page, "paused")
    assert step_of(page) == before + 1, "a run survives a reload"
    page.wait_for_selector(f"canvas[data-role=points][data-version='{before + 1}']", state="attached")
    assert page.evaluate(f"({PAINTED})('canvas[data-role=points]')") > 1000, "points and pictures over the chart's axes"

    stranger = visit(page.url.removeprefix(server.url))
    stranger.get_by_text("This run belongs to another browser. You can watch it, but not stop or change it.").wait_for()
    stranger.wait_for_selector("canvas[data-role=points][data-version]", state="attached")
    assert "paused" in status(stranger) and step_of(stranger) == before + 1
    for key in ("resume", "step", "stop", "reset"):
        assert stranger.is_disabled(f".st-key-train_{key} button"), "a run belongs to its browser"
    other_tab = page.context.new_page()
    other_tab.goto(page.url)
    wait_for_status(other_tab, "paused")
    other_tab.wait_for_selector(".st-key-train_resume button:not([disabled])")
    assert other_tab.get_by_text("belongs to another").count() == 0, "and to all its tabs"
    other_tab.close()
    assert COOKIE in [cookie["name"] for cookie in page.context.cookies()]
    assert COOKIE not in page.evaluate("document.cookie"), "no script can read the secret"

    press(page, "train_resume")
    wait_for_status(page, "training")
    page.click("a[href$='/models']")
    page.wait_for_selector(".st-key-overlaid_curves .js-plotly-plot")
    page.click("a[href$='/train']")
    page.wait_for_function(
        "step => Number((document.querySelector('.st-key-train_status')?.innerText.match(/step ([0-9,]+)/) || [0, '0'])[1].replace(',', '')) > step",
        arg=before + 20,
    )
    page.route("**/runs/*", lambda route: route.fulfill(status=204))  # then the script is asked
    page.locator(".st-key-train_stop button:visible").first.focus()
    page.keyboard.press("Enter")
    wait_for_status(page, "stopped")
    page.wait_for_function(f"({FOCUSED})() === 'train_map'")
    page.locator(".st-key-train_download button:visible").first.wait_for()
    primary = page.locator(".st-key-train_buttons [data-testid=stBaseButton-primary]:visible")
    assert [text.split() for text in primary.all_inner_texts()] == ["map See it on the map".split()], (
        "the one primary button"
    )
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("model=my"))
    page.wait_for_selector(f"{CANVAS}[data-z]")
    page.get_by_text("This run stopped at step").wait_for()


def test_on_a_phone_start_brings_buttons_and_map_into_sight_once(visit):
    page = visit("/train?train_data=digits&train_epochs_digits=10000&train_batch_size=20", width=390, height=844)
    page.wait_for_selector(".st-key-train_curve .js-plotly-plot .xy")
    page.locator(".st-key-train_start button:visible:not([disabled])").click()
    wait_for_status(page, "training")
    page.wait_for_selector("canvas[data-role=points][data-version]", state="attached")
    page.wait_for_function("""() => {
        const box = part => document.querySelector(`.st-key-train_${part}`).getBoundingClientRect()
        // the guess is answered below what stands at the top of each page, then come the buttons, and all of the map is in sight
        const isAnswered = document.querySelector(".st-key-train_first").innerText.includes("changed more")
        return isAnswered && box("first").top > 50 && box("first").top < 90 && box("plane").bottom < 844 + 10
    }""")
    scrolled = "document.querySelector('[data-testid=stMain]').scrollTop"
    page.evaluate(f"{scrolled} = 0")
    count = step_of(page)
    page.wait_for_function(
        "step => Number(document.querySelector('.st-key-train_status').innerText.match(/step ([0-9,]+)/)[1].replace(',', '')) > step",
        arg=count + 200,
    )
    assert page.evaluate(scrolled) == 0, "who scrolls stays there"
    page.locator(".st-key-train_stop button:visible").click()
    wait_for_status(page, "stopped")
    page.get_by_text("If you close them all, it is gone.").wait_for()


@pytest.mark.slow
def test_a_page_that_watches_a_run_wakes_its_script_only_for_what_the_script_draws(visit):
    sent, asked, got = [], [], []

    def listen(socket):
        socket.on("framesent", lambda frame: sent.append(frame))
        socket.on("framereceived", lambda frame: got.append(len(frame)))

    page = visit()
    page.on("websocket", listen)
    page.on("requestfinished", lambda request: asked.append(request) if "/runs/" in request.url else None)
    page.goto(page.url.rstrip("/") + "/train?train_data=mnist")
    page.wait_for_selector(".st-key-train_start button:not([disabled])")
    press(page, "train_start")
    look = "document.querySelector('canvas[data-role=points]')?.dataset.version"
    page.wait_for_function(f"{look} > 1")
    count, version = len(asked), page.evaluate(look)
    page.wait_for_function(f"version => {look} !== version", arg=version)
    assert len(asked) > count

    page.locator("[data-testid=stExpander] summary").first.click()
    page.evaluate("""window.looks = []; new MutationObserver(([{ target }]) => window.looks.push(Number(target.dataset.version)))
        .observe(document.querySelector('canvas[data-role=points]'), { attributeFilter: ['data-version'] })""")
    count, runs = len(got), len(sent)
    page.click(".st-key-train_num_samples [data-testid=stNumberInputStepUp]")
    page.wait_for_function("window.looks.length > 2")
    looks = page.evaluate("window.looks")
    assert len(sent) > runs and looks == sorted(looks), "a run of the script leaves the newest look where it is"
    assert max(got[count:], default=0) < 100_000, "and does not send one, which is 340 kB"
    press(page, "train_pause")
    wait_for_status(page, "paused")
    until_quiet(page, sent, "a paused run wakes no script")
    count, runs = len(asked), len(sent)
    until(page, lambda: len(asked) > count, "but is watched")
    assert len(sent) == runs
    press(page, "train_stop")
    wait_for_status(page, "stopped")
    until_quiet(page, asked, "nothing more to watch")


def until(page, condition, why, seconds=60):
    """Let the page's events come until the condition holds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, why
        page.wait_for_timeout(50)


def until_quiet(page, messages, why, pause=1.5):
    """Until none of these messages comes for a time in which a page that watches would have sent three."""
    last = [len(messages), time.monotonic()]

    def is_quiet():
        if len(messages) != last[0]:
            last[:] = len(messages), time.monotonic()
        return time.monotonic() - last[1] > pause

    until(page, is_quiet, why)


@pytest.mark.slow
def test_reset_goes_back_to_the_same_initial_weights(visit):
    curve = """document.querySelector('.st-key-train_curve .js-plotly-plot')?.data
        ?.find(trace => trace.legendgroup === 'elbo')?.y"""
    page = visit("/train?train_data=digits")
    page.wait_for_function(f"() => {curve}?.length > 1")
    former = page.evaluate(f"() => {curve}")  # of the finished run that the page shows before the first one
    press(page, "train_start")
    page.wait_for_function(
        f"former => {{ const elbo = {curve}; return elbo?.length > 1 && elbo[0] !== former[0] }}", arg=former
    )
    begun_at = page.evaluate(f"() => {curve}[0]")
    press(page, "train_reset")
    wait_for_status(page, "ready")
    page.wait_for_function(
        f"begunAt => {{ const elbo = {curve}; return elbo?.length === 1 && elbo[0] === begunAt }}", arg=begun_at
    )
    assert step_of(page) == 0
    assert page.is_enabled(".st-key-train_start button"), "what one presses now"
    run = parse_qs(urlsplit(page.url).query)["run"]
    press(page, "train_start")
    wait_for_status(page, "training")
    assert parse_qs(urlsplit(page.url).query)["run"] == run, "it is the run that was reset"


@pytest.mark.slow
def test_a_reload_of_any_page_keeps_the_sessions_models_and_the_settings_that_made_them(visit):
    page = visit("/train?train_data=digits")
    page.wait_for_selector(".st-key-train_start button:not([disabled])")
    page.get_by_text("More settings", exact=True).click()
    for name, value in (("hidden_digits", "16"), ("epochs_digits", "2")):
        page.fill(f".st-key-train_{name} input", value)
        page.keyboard.press("Enter")
    rest(page)  # the form has to reach the server before Start
    press(page, "train_start")
    wait_for_status(page, "finished")
    page.get_by_text("See it on the map").click()
    page.wait_for_selector(f"{CANVAS}[data-z]")
    page.reload()
    page.wait_for_selector(f"{CANVAS}[data-z]")
    page.wait_for_function("document.querySelector('.st-key-model input')?.value.startsWith('my digits run')")
    assert "model=my" in page.url
    page.click("a[href$='/train']")
    wait_for_status(page, "finished")
    page.get_by_text("More settings", exact=True).click()
    for name, value in (
        ("hidden_digits", "16"),
        ("epochs_digits", "2"),
    ):  # a field's first frame is empty: Streamlit fills it after
        filled = f"value => document.querySelector('.st-key-train_{name} input')?.value === value"
        page.wait_for_function(filled, arg=value)
    press(page, "train_reset")
    wait_for_status(page, "ready")
    page.click("a[href$='/models']")
    page.wait_for_selector(".model-table tbody tr:has-text('my digits run')")


@pytest.mark.slow  # the digits run survives a reload and has a second tab
def test_a_run_outlives_its_closed_tab_and_is_there_again_on_its_link(visit):
    page = visit("/train?train_data=digits")
    press(page, "train_start")
    wait_for_status(page, "training")
    page.wait_for_url(re.compile("run="))
    address, context, step = page.url, page.context, step_of(page)
    page.close()
    again = context.new_page()
    again.goto(address)
    again.wait_for_selector(".st-key-train_pause button:not([disabled])")
    assert step_of(again) >= step
    press(again, "train_stop")
    wait_for_status(again, "stopped")


@pytest.mark.slow
def test_a_run_is_gone_after_the_grace_when_its_tab_has_closed(browser, tmp_path, monkeypatch):
    (tmp_path / "sitecustomize.py").write_text("from aevb_lab import visitors\nvisitors.GRACE_SECONDS = 1.0\n")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), str(REPOSITORY)]))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    server = Server()
    page = browser.new_page()
    page.set_default_timeout(DEADLINE)
    page.goto(f"{server.url}/train?train_data=digits")
    press(page, "train_start")
    wait_for_status(page, "training")
    folders = [path.parent for path in tmp_path.glob("*/*/frames.safetensors")]
    assert len(folders) == 1
    page.close()
    end = time.monotonic() + 240
    while any(folder.exists() for folder in folders):
        assert time.monotonic() < end, "the run outlived its page"
        time.sleep(0.1)
    server.process.terminate()
    server.process.wait(20)


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="kills as on Unix")
def test_when_the_server_is_killed_its_workers_end(browser):
    server = Server()
    page = browser.new_page()
    page.set_default_timeout(DEADLINE)
    page.goto(f"{server.url}/train?train_data=digits")
    press(page, "train_start")
    wait_for_status(page, "training")
    workers = server.workers()
    os.kill(server.process.pid, signal.SIGKILL)
    server.process.wait()
    page.close()
    end = time.monotonic() + 240
    while any(_alive(pid) for pid in workers):
        assert time.monotonic() < end, "a worker outlived its server"
        time.sleep(0.1)


def _alive(pid):
    try:
        return (
            Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z" if Path("/proc").exists() else not os.kill(pid, 0)
        )
    except OSError:
        return False
