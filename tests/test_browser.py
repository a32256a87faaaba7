"""The app in a real headless Chromium: what only a browser shows, and what only two processes can do to each other."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import numpy as np
import pytest
import torch
from find_browser import find_browser

import vae_core as vc

REPOSITORY = Path(__file__).resolve().parent.parent
PAGES = ["/", "/reconstruct", "/paths", "/train", "/models"]
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
HARMLESS = re.compile(r"/(train|reconstruct|paths|models)/_stcore/(health|host-config)$")  # asked below a direct link
CANVAS = "canvas[data-role=decoded]"
PLOT = ".st-key-latent_plane .js-plotly-plot"
DEADLINE = 90_000
pytestmark = pytest.mark.browser


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """The app as `make app` starts it."""

    def __init__(self):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        command = [sys.executable, "-m", "streamlit", "run", "app/main.py", "--server.port", str(self.port)]
        self.began = time.monotonic()
        self.process = subprocess.Popen(
            [*command, "--server.headless", "true"],
            cwd=REPOSITORY,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        while not self.healthy():
            assert time.monotonic() - self.began < 60 and self.process.poll() is None, "the app did not start"
            time.sleep(0.05)
        self.start_seconds = time.monotonic() - self.began

    def healthy(self):
        try:
            with urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=5) as answer:
                return answer.status == 200
        except OSError:
            return False

    def workers(self):
        """Process numbers of this server's training workers."""
        found = subprocess.run(["ps", "-eo", "pid,ppid,args"], capture_output=True, text=True).stdout.splitlines()
        rows = [line.split(None, 2) for line in found[1:]]
        return {int(pid) for pid, parent, args in rows if int(parent) == self.process.pid and "vae_core.worker" in args}


@pytest.fixture(scope="module")
def server():
    server = Server()
    yield server
    server.process.terminate()
    server.process.wait(20)


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    path = find_browser()
    assert path, "no browser found; `make test` installs one"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def visit(browser, server):
    """Open pages; at the end of the test none may have logged an error or asked another host for anything."""
    contexts, faults = [], []

    def open_(path="/", width=1440, height=1000, theme="light", **options):
        context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=theme, **options)
        page = context.new_page()
        page.set_default_timeout(DEADLINE)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda entry: faults.append(entry.text) if _is_fault(entry) else None)
        page.on("request", lambda request: faults.append(request.url) if _is_foreign(request.url) else None)
        contexts.append(context)
        page.goto(server.url + path)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert faults == []


def _is_fault(entry):
    return entry.type == "error" and not HARMLESS.search(entry.location.get("url", ""))


def _is_foreign(url):
    return not url.startswith(("http://127.0.0.1", "ws://127.0.0.1", "data:", "blob:"))


def status(page):
    return page.inner_text(".st-key-train_status")


def wait_for_status(page, word):
    page.wait_for_function("word => document.querySelector('.st-key-train_status')?.innerText.includes(word)", arg=word)


def press(page, key):
    page.click(f".st-key-{key} button:not([disabled])")


def step_of(page):
    return int(re.search(r"step ([\d,]+)", status(page)).group(1).replace(",", ""))


def decoded(page):
    return json.loads(
        page.evaluate(
            f"""() => {{ const canvas = document.querySelector('{CANVAS}')
            return JSON.stringify({{ z: canvas.dataset.z, pixels: Array.from(canvas.pixels) }}) }}"""
        )
    )


def open_map(visit, query="", **options):
    page = visit(f"/{query}", **options)
    page.wait_for_selector(f"{CANVAS}[data-z]")
    page.wait_for_selector(f"{PLOT} .plane-cursor", state="attached")
    return page


# -- pages -------------------------------------------------------------------------------------------------------


def test_the_server_is_healthy_within_ten_seconds(server):
    assert server.start_seconds < 10 or os.environ.get("CI"), f"{server.start_seconds:.1f} s"


@pytest.mark.parametrize("path", PAGES)
def test_every_page_opens_and_nothing_is_cut_off(visit, path):
    for width, theme in ((1440, "light"), (390, "dark")):
        page = visit(path, width=width, height=844, theme=theme)
        page.wait_for_selector(".js-plotly-plot .xy")
        assert page.locator("[data-testid=stException]").count() == 0
        main = page.locator("[data-testid=stMain]")
        assert main.evaluate("box => box.scrollWidth <= box.clientWidth"), f"{path} is wider than {width} px"


def test_navigation_is_visible_and_leads_to_every_page(visit):
    page = visit("/")
    for path in PAGES[1:]:
        page.click(f"a[href$='{path}']")
        page.wait_for_url(re.compile(path))
        page.wait_for_selector(".js-plotly-plot .xy")


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
    z = decoded(page)["z"]
    page.wait_for_function("z => decodeURIComponent(location.search).includes('z=' + z)", arg=z)

    page = open_map(visit, f"?model=digits-2d&z={z}")
    page.wait_for_selector(f"{CANVAS}[data-z='{z}']")


@pytest.mark.parametrize("name", vc.list_pretrained())
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


def test_a_finger_moves_the_point(visit):
    page = open_map(visit, "?model=digits-2d", width=390, height=844, has_touch=True, is_mobile=True)
    plot = page.locator(PLOT)
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    before = decoded(page)["z"]
    page.touchscreen.tap(box["x"] + box["width"] * 0.7, box["y"] + box["height"] * 0.6)
    page.wait_for_function(f"before => document.querySelector('{CANVAS}').dataset.z !== before", arg=before)


def test_the_map_works_on_in_probability_coordinates_and_for_another_model(visit):
    page = open_map(visit, "?model=digits-2d")
    page.get_by_text("probability", exact=True).click()
    page.wait_for_function(f"document.querySelector('{PLOT}').layout.meta.coordinates === 'probability'")
    box = page.locator(f"{PLOT} .xy .plot, {PLOT} .nsewdrag").first.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)  # u = 1/2 is z = 0
    page.wait_for_timeout(100)
    assert max(abs(float(value)) for value in decoded(page)["z"].split(",")) < 0.05
    page.click("a[href$='/paths']")
    page.wait_for_selector(".st-key-path_plane .js-plotly-plot")
    assert "model=digits-2d" in page.url, "the model is kept from page to page"
    page.click("a[href$='/']")
    page.wait_for_selector(f"{CANVAS}[data-z]")


# -- training ----------------------------------------------------------------------------------------------------


def test_a_digits_run_trains_live_pauses_steps_resumes_stops_and_is_on_the_other_pages(visit, server):
    page = visit("/train")
    page.wait_for_selector(".st-key-train_start button:not([disabled])")
    assert "step 0" in status(page)
    press(page, "train_start")
    wait_for_status(page, "training")
    page.wait_for_function(
        """() => { const plot = document.querySelector('.st-key-train_curve .js-plotly-plot')
        const elbo = plot?.data?.find(trace => trace.legendgroup === 'elbo')?.y
        return elbo && elbo.length > 8 && elbo[elbo.length - 1] > elbo[0] + 5 }"""
    )
    press(page, "train_pause")
    wait_for_status(page, "paused")
    before = step_of(page)
    press(page, "train_step")
    wait_for_status(page, f"step {before + 1:,}")
    page.reload()
    wait_for_status(page, "paused")
    assert step_of(page) == before + 1, "a run survives a reload"

    stranger = visit(page.url.removeprefix(server.url))
    stranger.wait_for_selector(".st-key-train_start button:not([disabled])")
    assert "ready" in status(stranger), "a run belongs to its browser session"

    press(page, "train_resume")
    wait_for_status(page, "training")
    page.click("a[href$='/models']")
    page.wait_for_selector(".st-key-overlaid_curves .js-plotly-plot")
    page.click("a[href$='/train']")
    page.wait_for_function(
        "step => Number((document.querySelector('.st-key-train_status')?.innerText.match(/step ([0-9,]+)/) || [0, '0'])[1].replace(',', '')) > step",
        arg=before + 20,
    )
    press(page, "train_stop")
    wait_for_status(page, "stopped")
    page.get_by_text("See it on the map").click()
    page.wait_for_url(re.compile("model=my"))
    page.wait_for_selector(f"{CANVAS}[data-z]")


def test_reset_goes_back_to_the_same_initial_weights(visit):
    page = visit("/train")
    press(page, "train_start")
    wait_for_status(page, "training")
    first = (
        "document.querySelector('.st-key-train_curve .js-plotly-plot').data.find(t => t.legendgroup === 'elbo').y[0]"
    )
    page.wait_for_function("document.querySelector('.st-key-train_curve .js-plotly-plot')?.data?.length > 0")
    begun_at = page.evaluate(first)
    press(page, "train_reset")
    wait_for_status(page, "paused")
    wait_for_status(page, "step 0 ")
    page.wait_for_function(f"begunAt => {first} === begunAt", arg=begun_at)


def test_a_run_is_gone_seconds_after_its_tab_closes(visit, server):
    page = visit("/train")
    spare = server.workers()
    press(page, "train_start")
    wait_for_status(page, "training")
    ours = server.workers() & spare if spare else server.workers()
    assert ours
    page.context.close()
    end = time.monotonic() + 40
    while ours & server.workers():
        assert time.monotonic() < end, "the worker outlived its page"
        time.sleep(0.2)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="kills as on Unix")
def test_when_the_server_is_killed_its_workers_end(browser):
    server = Server()
    page = browser.new_page()
    page.set_default_timeout(DEADLINE)
    page.goto(f"{server.url}/train")
    press(page, "train_start")
    wait_for_status(page, "training")
    workers = server.workers()
    os.kill(server.process.pid, signal.SIGKILL)
    server.process.wait()
    page.close()
    end = time.monotonic() + 20
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
