"""Fixtures for tests in a real headless Chromium: one server, one browser, and pages that must stay silent."""

import asyncio
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from find_browser import find_browser

REPOSITORY = Path(__file__).resolve().parent.parent
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
HARMLESS = re.compile(r"/[a-z]+/_stcore/(health|host-config)$")  # asked below a direct link
CANVAS = "canvas[data-role=decoded]"
PLOT = ".st-key-latent_plane .plane-axes"
PICTURE = ":is(.plane-axes > svg, .js-plotly-plot .xy)"  # a plane or a chart, drawn
DEADLINE = 90_000
NAMED_ROLES = {
    "Canvas", "application", "button", "checkbox", "combobox", "image", "link", "radio", "slider", "spinbutton", "switch",
    "textbox",
}  # fmt: skip


def run_apart(coroutine):
    """asyncio.run in a thread of its own: Playwright's loop runs in this one once a browser is open."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, coroutine).result()


# For pages: where a plane has these values, on the screen. It is called with the plane's key and the values.
ON_SCREEN = """([key, [a, b]]) => { const plane = document.querySelector(`.st-key-${key} .plane-axes`), at = plane.getBoundingClientRect()
    const { spans: [[left, right], [bottom, top]], box } = plane.axes
    return [at.left + box.left + ((a - left) / (right - left)) * box.width, at.top + box.top + ((top - b) / (top - bottom)) * box.height] }"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(url):
    """Whether a server answers at this address, and with success."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False


class Server:
    """The app as `make app` starts it, or another script."""

    def __init__(self, script="app/main.py"):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.began = time.monotonic()
        handle, self.log = tempfile.mkstemp(suffix=".log")
        with os.fdopen(handle, "wb") as log:
            command = [sys.executable, "-m", *self.command(script)]
            self.process = subprocess.Popen(command, cwd=REPOSITORY, stdout=log, stderr=subprocess.STDOUT)
        while not self.healthy():
            assert time.monotonic() - self.began < 240 and self.process.poll() is None, "the app did not start"
            time.sleep(0.05)
        self.start_seconds = time.monotonic() - self.began

    def command(self, script):
        return ["streamlit", "run", script, "--server.port", str(self.port), "--server.headless", "true"]

    def tracebacks(self):
        """What the server wrote of errors that no page showed."""
        text = Path(self.log).read_text(errors="replace")
        return text[text.index("Traceback") :] if "Traceback" in text else ""

    def healthy(self):
        return answers(f"{self.url}/_stcore/health")

    def workers(self):
        """Process numbers of this server's training workers."""
        lines = subprocess.run(["ps", "-eo", "pid,ppid,args"], capture_output=True, text=True).stdout.splitlines()
        rows = [line.split(None, 2) for line in lines[1:]]
        return {int(pid) for pid, parent, args in rows if int(parent) == self.process.pid and "vae_core.worker" in args}


class ClassServer(Server):
    """The app as `make class` starts it."""

    def command(self, script):
        return ["aevb_lab.launch", "--class", "--port", str(self.port)]

    @property
    def teachers_link(self):
        path = re.search(r"/class/teach/[\w-]+", Path(self.log).read_text(errors="replace"))
        return self.url + path[0]


@pytest.fixture(scope="session")
def server():
    server = Server()
    yield server
    server.process.terminate()
    server.process.wait(20)
    assert server.tracebacks() == ""


def wait_for_function(page, expression, *, arg=None, timeout=None):
    """What Playwright's own waits for, as a handle. That one evaluates a text within the page again and again, which the app's
    content security policy forbids; what is evaluated from outside, as here, is not the page's."""
    deadline = time.monotonic() + (timeout or DEADLINE) / 1000
    while time.monotonic() < deadline:
        handle = page.evaluate_handle(expression, arg)
        if handle.evaluate("value => Boolean(value)"):
            return handle
        page.wait_for_timeout(15)
    raise TimeoutError(f"never true: {expression}")


def wait_from_outside():
    """From now on `page.wait_for_function` is the function above."""
    from playwright.sync_api import Page

    Page.wait_for_function = wait_for_function


@pytest.fixture(scope="session")
def browser():
    from playwright.sync_api import sync_playwright

    wait_from_outside()

    path = find_browser()
    assert path, "no browser found; `make test` installs one"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def left(browser):
    """Blank pages that tests have left, by the options of their contexts. A browser that has read Streamlit's files opens
    a page in a third of the processor time that a new one takes."""
    return defaultdict(list)


@pytest.fixture
def visit(browser, server, left):
    """Open pages, each in a context that no other page of this test shares; at the end of the test none may have logged
    an error or asked another host for anything."""
    opened, faults = [], []
    watched = {
        "pageerror": lambda error: faults.append(str(error)),
        "console": lambda entry: (
            faults.append(f"{entry.text} {entry.location.get('url')}") if _is_fault(entry) else None
        ),
        "request": lambda sent: faults.append(sent.url) if _is_foreign(sent.url) else None,
        "websocket": lambda sent: faults.append(sent.url) if _is_foreign(sent.url) else None,
    }

    def open_(path="/", width=1440, height=1000, theme="light", reduced_motion="no-preference", **options):
        kind = frozenset(options.items())
        page = left[kind].pop() if left[kind] else browser.new_context(**options).new_page()
        page.context.clear_cookies()  # another visitor
        page.set_default_timeout(DEADLINE)
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(media="screen", color_scheme=theme, reduced_motion=reduced_motion)  # one test prints
        for event, note in watched.items():
            page.on(event, note)
        opened.append((kind, page))
        page.goto(server.url + path)
        return page

    yield open_
    for kind, page in opened:
        if page.is_closed():
            continue
        page.goto("about:blank")
        page.mouse.up()
        page.mouse.move(0, 0)
        for event, note in watched.items():
            page.remove_listener(event, note)
        page.unroute_all()
        left[kind].append(page)
    assert faults == []


def _is_fault(entry):
    return entry.type == "error" and not HARMLESS.search(entry.location.get("url", ""))


def _is_foreign(url):
    return not url.startswith(("http://127.0.0.1", "ws://127.0.0.1", "data:", "blob:"))


def without_name(page):
    """Controls and pictures that a screen reader meets on the page and has no name for. (Plotly's icons are drawn inside
    buttons that have one.)"""
    session, nameless = page.context.new_cdp_session(page), []
    for node in session.send("Accessibility.getFullAXTree")["nodes"]:
        if node["ignored"] or node["role"]["value"] not in NAMED_ROLES or node["name"]["value"].strip():
            continue
        about = session.send("DOM.describeNode", {"backendNodeId": node["backendDOMNodeId"]})["node"]
        if about["nodeName"] != "svg":
            nameless.append((node["role"]["value"], about["nodeName"], about["attributes"]))
    session.detach()
    return nameless


def status(page):
    return page.inner_text(".st-key-train_status")


def wait_for_status(page, words, timeout=None):
    """Wait until a part of the status begins with these words. (Before a run begins, the last part says what a finished run is below.)"""
    begins = """words => document.querySelector('.st-key-train_status')?.innerText.split(/ · |\\n/).some((part) => part.startsWith(words))"""
    page.wait_for_function(begins, arg=words, timeout=timeout)


def press(page, key):
    page.click(f".st-key-{key} button:not([disabled])")


def rest(page):
    """Wait until the page's script has run to its end: a press on what it is about to draw anew is lost. Between the runs that
    one event starts there are moments; so it must have ended for a while."""
    is_over = "document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'notRunning'"
    deadline, since = time.monotonic() + DEADLINE / 1000, None
    while since is None or time.monotonic() - since < 0.3:
        assert time.monotonic() < deadline, "the page never rests"
        page.wait_for_timeout(30)
        since = (since or time.monotonic()) if page.evaluate(is_over) else None


def step_of(page):
    step = "document.querySelector('.st-key-train_status')?.innerText.match(/step ([0-9,]+)/)?.[1]"
    return int(page.wait_for_function(step).json_value().replace(",", ""))


def decoded(page):
    return json.loads(
        page.evaluate(
            f"""() => {{ const canvas = document.querySelector('{CANVAS}')
            return JSON.stringify({{ z: canvas.dataset.z, pixels: Array.from(canvas.pixels) }}) }}"""
        )
    )


def open_map(visit, query="", **options):
    page = visit(f"/{query}", **options)
    page.wait_for_selector(f"{CANVAS}[data-ready=true]")
    page.wait_for_selector(f"{PLOT} .plane-cursor", state="attached")
    page.wait_for_selector(f"{PLOT} canvas[data-role=points]", state="attached")
    return page
