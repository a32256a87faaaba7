"""The page's speed: `python benchmarks/page.py [--only load bytes slow training sessions] [--out FILE.json]`.
(Longer than other files: five measurements share one server, one browser and one report.)

- load: from the health check's answer (first visitor) or from asking for the page (warm: a new browser context with empty
  caches, as a pupil's first look has; return: the same context again) until the first decoded image is on the screen, and
  the plane that the pointer moves over. The floors are the same for apps of one component and of one Plotly chart: what
  Streamlit and Plotly take by themselves.
- bytes: what the map sends for each model until the plane is there: the WebSocket's messages and all answers over HTTP but
  the files that are the same for everybody (Streamlit's and Plotly's own under /static/, the empty page). Counted by Chromium.
- slow: the first screen on a line of 1.6 Mbit/s with 300 ms, and on a processor of a quarter of the speed: when what is there,
  which bytes came, and how late the decoded image is behind the pointer (`slow_machines.py`).
- training: steps a second of an MNIST run that a Train page watches, over those of a bare `vc.fit` in a process of its own:
  one thread and the same niceness, the two taking turns. Meanwhile a user moves the pointer over a plane and changes a widget
  once a second: the map's coordinates in a second window, or a setting of the next run on the same page; or does nothing.
- sessions: 30 WebSocket clients that speak Streamlit's own messages, one change a second each, from the request to the
  script's end as the client sees it, with caches filled. Each goes round four kinds of changes of its page: on the map, on
  Reconstruct, Paths and Compare; half of them run a fragment, half the whole page.

Browser, server and this script share the machine.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import math
import os
import random
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
import websockets
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Common_pb2 import DoubleArray, StringArray
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(REPOSITORY), str(REPOSITORY / "tests"), str(REPOSITORY / "benchmarks")]

from browsing import CANVAS, FLAGS, PLOT, Server, wait_from_outside  # noqa: E402
from find_browser import find_browser  # noqa: E402
from slow_machines import measure_slow, report_slow  # noqa: E402

import vae_core as vc  # noqa: E402

TARGET = {"first_s": 4.0, "warm_s": 1.0, "bytes": 300_000, "training": 0.9, "sessions_p95_ms": 50.0}
FLOORS = {  # apps of one element: what Streamlit takes by itself, and with Plotly
    "component": (
        "import streamlit as st\nst.components.v2.component('one', html='<p class=one></p>', "
        "js='export default (c) => { c.parentElement.querySelector(\".one\").dataset.ready = 1 }', isolate_styles=False)()\n",
        ".one[data-ready]",
    ),
    "chart": (
        "import streamlit as st, plotly.graph_objects as go\nst.plotly_chart(go.Figure(go.Scatter(y=[0, 1])), key='one')\n",
        ".st-key-one .js-plotly-plot .point",
    ),
}
WATCH = """marks => { window.seenAt = {}; const names = new Set()
    new MutationObserver(() => { for (const [name, selector] of Object.entries(marks)) {
        if (names.has(name) || !document.querySelector(selector)) continue
        names.add(name)
        requestAnimationFrame(() => setTimeout(() => {
            window.seenAt[name] = performance.timeOrigin + performance.now()
            if (Object.keys(window.seenAt).length === Object.keys(marks).length) console.info("all marks seen")
        }))
    } }).observe(document, { childList: true, subtree: true, attributes: true }) }"""
WINDOW = {"width": 1440, "height": 1000}
DEADLINE = 90_000
WINDOW_SECONDS = 2  # until a new window is ready
SETTLE_SECONDS = 12  # the spare training process has been started by then


def stop(server: Server) -> None:
    server.process.terminate()
    server.process.wait(20)


def spread(values: list[float]) -> dict[str, float]:
    return {"median": statistics.median(values), "p95": float(np.quantile(values, 0.95)), "max": max(values)}


# -- load --------------------------------------------------------------------------------------------------------


def time_load(context: BrowserContext, url: str, marks: dict[str, str], began: float | None = None) -> dict[str, float]:
    """Seconds from `began` (a time of day; else from asking for the page) until each of the elements is on the screen. The
    page itself looks at the clock and says so: what asks it again and again from outside takes time from it. A new window first
    loads what its address bar unfolds, two hundred files of Chromium's own that a pupil's browser has long had."""
    page = context.new_page()
    page.add_init_script(f"({WATCH})({json.dumps(marks)})")
    if began is None:
        page.wait_for_timeout(1000 * WINDOW_SECONDS)
    began = began or time.time()
    with page.expect_console_message(lambda message: message.text == "all marks seen", timeout=DEADLINE):
        page.goto(url, wait_until="commit")
    answer = {name: at / 1000 - began for name, at in page.evaluate("window.seenAt").items()}
    page.close()
    return answer


def measure_load(browser: Browser, starts: int = 3, visits: int = 5) -> dict[str, Any]:
    marks = {
        "decoded_s": f"{CANVAS}[data-z]",
        "plane_s": f"{PLOT} .plane-cursor",
        "ready_s": f"{CANVAS}[data-ready=true]",
    }
    kinds: dict[str, list[dict[str, float]]] = {"first": [], "warm": [], "return": []}
    for _ in range(starts):
        server = Server()
        try:
            for visit in range(visits + 1):
                with closing(browser.new_context(viewport=WINDOW)) as context:
                    kinds["warm" if visit else "first"].append(
                        time_load(context, server.url, marks, None if visit else time.time())
                    )
                    if visit:
                        kinds["return"].append(time_load(context, server.url, marks))
                    else:
                        time.sleep(SETTLE_SECONDS)
        finally:
            stop(server)
    return {
        kind: {name: spread([visit[name] for visit in times]) for name in marks} for kind, times in kinds.items()
    } | {"floors": {name: spread(time_floor(browser, name, visits)) for name in FLOORS}}


def time_floor(browser: Browser, name: str, visits: int) -> list[float]:
    """Warm visits of an app of one element."""
    script, element = FLOORS[name]
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "one.py").write_text(script)
        shutil.copytree(REPOSITORY / "app" / ".streamlit", Path(folder) / ".streamlit")  # the app's settings for both
        server = Server(str(Path(folder) / "one.py"))
        try:
            times = []
            for _ in range(visits + 1):
                with closing(browser.new_context(viewport=WINDOW)) as context:
                    times.append(time_load(context, server.url, {"seen": element})["seen"])
        finally:
            stop(server)
    return times[1:]  # the first visitor waits for Python's imports


# -- bytes -------------------------------------------------------------------------------------------------------


def decoder_bytes(vae: vc.VAE) -> int:
    """What the decoder's weights take in float32, without a variance head."""
    linear = [layer for layer in vae.decoder if isinstance(layer, torch.nn.Linear)]
    shapes = [list(layer.weight.shape) for layer in linear]
    shapes[-1][0] = vae.config.data_dim
    return 4 * sum(rows * columns + rows for rows, columns in shapes)


def count_bytes(browser: Browser, url: str, name: str) -> dict[str, Any]:
    context = browser.new_context(viewport={"width": 1440, "height": 1000})
    page = context.new_page()
    counted = {"websocket": 0, "http": 0}
    ours: set[str] = set()

    def received(event: dict) -> None:
        text, binary = event["response"]["payloadData"], event["response"]["opcode"] == 2
        counted["websocket"] += len(text) * 3 // 4 - text[-2:].count("=") if binary else len(text.encode())

    def answered(event: dict) -> None:
        path = event["response"]["url"].removeprefix(url).split("?")[0]
        if event["response"]["url"].startswith("http") and path != "/" and not path.startswith("/static/"):
            ours.add(event["requestId"])

    def arrived(event: dict) -> None:
        if event["requestId"] in ours:
            counted["http"] += int(event["encodedDataLength"])

    devtools = context.new_cdp_session(page)
    devtools.send("Network.enable")
    devtools.on("Network.webSocketFrameReceived", received)
    devtools.on("Network.responseReceived", answered)
    devtools.on("Network.loadingFinished", arrived)
    page.goto(f"{url}/?model={name}")
    page.wait_for_selector(f"{CANVAS}[data-ready=true]", timeout=DEADLINE)
    page.wait_for_selector(f"{PLOT} .plane-cursor", state="attached", timeout=DEADLINE)
    page.wait_for_timeout(2000)
    context.close()
    weights = decoder_bytes(vc.load_pretrained(name))
    total = sum(counted.values())
    return {"model": name, "decoder": weights, "besides": total - weights} | counted


def measure_bytes(browser: Browser) -> list[dict[str, Any]]:
    server = Server()
    try:
        return [count_bytes(browser, server.url, name) for name in vc.list_pretrained()]
    finally:
        stop(server)


def measure_slow_machines(browser: Browser) -> dict[str, Any]:
    server = Server()
    try:
        time.sleep(SETTLE_SECONDS)
        return measure_slow(browser, server.url)
    finally:
        stop(server)


# -- training ----------------------------------------------------------------------------------------------------


def train_barely() -> None:
    """Only the loop, in this process, with the Train page's settings for MNIST; says when it had made how many steps."""
    if hasattr(os, "nice"):
        os.nice(10)
    torch.set_num_threads(1)
    config = vc.ModelConfig(data_dim=784, image_shape=(28, 28), latent_dim=2, hidden_dims=(500,))
    algorithm = vc.AEVB(vc.VAE(config, generator=torch.Generator().manual_seed(0)), vc.TrainConfig(epochs=1000))
    for step, _ in enumerate(vc.fit(algorithm, vc.load_data("mnist"), generator=torch.Generator().manual_seed(0))):
        if step % 20 == 0:
            print(time.monotonic(), step, flush=True)


def page_steps(page: Page) -> int:
    """How far the run is, asked of the server: what the page shows may be half a second old."""
    answer = page.evaluate(
        """async () => { const asked = performance.getEntriesByType("resource").filter(({ name }) => name.includes("/runs/"))
        return await (await fetch(asked.at(-1).name.split("?")[0])).text() }"""
    )
    return int(re.search(r"step ([\d,]+)", answer).group(1).replace(",", ""))


def places(page: Page, *selectors: str) -> Iterator[tuple[float, float]]:
    """The middles of some elements, again and again in turn."""
    boxes = [page.locator(selector).first.bounding_box() for selector in selectors]
    return itertools.cycle([(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2) for box in boxes])


def use(page: Page, plot: str, seconds: float, presses: Iterator[tuple[float, float]]) -> None:
    """Move the pointer over a plane, and press what is in turn once a second, all with the mouse."""
    began, pressed, i = time.monotonic(), 0, 0
    box = page.locator(plot).first.bounding_box()  # each changed chart is a new element in the same place
    while time.monotonic() - began < seconds:
        page.mouse.move(box["x"] + 100 + 60 * math.cos(0.3 * i), box["y"] + 200 + 60 * math.sin(0.3 * i))
        if time.monotonic() - began > pressed + 1:
            pressed += 1
            page.mouse.click(*next(presses))
        time.sleep(0.05)
        i += 1


def measure_training(browser: Browser, rounds: int = 5, seconds: float = 8.0) -> dict[str, Any]:
    """Steps a second of the page's run over those of the bare loop, which runs alone just before and just after: a machine
    may be a tenth faster a minute later. `ratio_beside` is over the bare loop beside the same user of the same pages: what
    the page takes; the rest a browser takes from anything that trains on the same cores."""
    server = Server()
    bare = subprocess.Popen([sys.executable, __file__, "--train-barely"], stdout=subprocess.PIPE, text=True)
    try:
        train = browser.new_page(viewport={"width": 1440, "height": 1000})
        train.goto(f"{server.url}/train?train_data=mnist")
        train.wait_for_selector(".st-key-train_start button:not([disabled])", timeout=DEADLINE)
        train.locator("[data-testid=stExpander] summary").first.click()  # the settings
        train.fill(".st-key-train_epochs_mnist input", "1000")  # longer than this takes
        train.keyboard.press("Enter")
        other = browser.new_page(viewport={"width": 1440, "height": 1000})
        other.goto(server.url)
        other.wait_for_selector(f"{PLOT} .plane-cursor", state="attached", timeout=DEADLINE)
        bare.stdout.readline()
        bare.send_signal(signal.SIGSTOP)
        train.click(".st-key-train_start button")
        wait_for_state(train, "training")
        train.evaluate(
            "performance.setResourceTimingBufferSize(100000)"
        )  # `page_steps` looks for the run's address there
        coordinates = places(other, *(f".st-key-coordinates button:has-text('{a}')" for a in ("probability", "latent")))
        samples = places(
            train, *(f".st-key-train_num_samples [data-testid=stNumberInputStep{a}]" for a in ("Up", "Down"))
        )
        users: dict[str, Callable[[float], None]] = {  # in a second window; at the settings of the next run
            "map": lambda span: use(other, PLOT, span, coordinates),
            "settings": lambda span: use(train, ".st-key-train_plane .plane-axes", span, samples),
            "nobody": time.sleep,
        }
        rates: dict[str, list[float]] = {f"{user}{loop}": [] for user in users for loop in ("", ", bare")}
        ratio: dict[str, list[float]] = {user: [] for user in users}
        beside: dict[str, list[float]] = {user: [] for user in users}
        alone = 0.0
        for number in range(rounds + 1):
            for user, work in users.items():
                time.sleep(1)
                began, first = time.monotonic(), page_steps(train)
                work(seconds)
                rate = (page_steps(train) - first) / (time.monotonic() - began)
                train.click(".st-key-train_pause button")
                wait_for_state(train, "paused")
                before, alone = alone, bare_rate(bare, seconds / 2)
                used = bare_rate(bare, seconds, work)
                train.click(".st-key-train_resume button")
                wait_for_state(train, "training")
                if number:  # the pages have just been opened in the first round
                    rates[user].append(rate)
                    rates[f"{user}, bare"].append(used)
                    ratio[user].append(rate / statistics.mean((before, alone)))
                    beside[user].append(rate / used)
        train.click(".st-key-train_stop button")
    finally:
        bare.kill()
        bare.wait()
        stop(server)
    medians = [{user: round(statistics.median(of), 3) for user, of in each.items()} for each in (ratio, beside)]
    return {"steps_per_second": rates, "ratio": medians[0], "ratio_beside": medians[1]}


def wait_for_state(page: Page, word: str) -> None:
    page.wait_for_function(
        "word => document.querySelector('.st-key-train_status').innerText.includes(word)", arg=word, timeout=DEADLINE
    )


def bare_rate(bare: subprocess.Popen, seconds: float, use: Callable[[float], None] = time.sleep) -> float:
    """Steps a second of a stopped bare loop by its own clock, while something is in use; from a second after it goes on."""
    bare.send_signal(signal.SIGCONT)
    time.sleep(1)
    began = time.monotonic()
    use(seconds)
    marks, ended = [], time.monotonic()
    while not marks or marks[-1][0] < ended:
        at, step = map(float, bare.stdout.readline().split())
        if at >= began:
            marks.append((at, step))
    bare.send_signal(signal.SIGSTOP)
    return (marks[-1][1] - marks[0][1]) / (marks[-1][0] - marks[0][0])


# -- sessions ----------------------------------------------------------------------------------------------------

ROUND = 40  # pairs of changes, after which all values of all kinds have come
KEPT_RUNS = 2  # after as many runs without it a browser forgets a large message
BEGINS: dict[str, Callable[[str, Any], WidgetState]] = {  # what a browser sends for an untouched widget
    "button_group": lambda identity, widget: WidgetState(
        id=identity, string_array_value=StringArray(data=[widget.options[i].content for i in widget.default])
    ),
    "selectbox": lambda identity, widget: WidgetState(id=identity, string_value=widget.options[widget.default]),
    "number_input": lambda identity, widget: WidgetState(id=identity, int_value=int(widget.default)),
    "slider": lambda identity, widget: WidgetState(id=identity, double_array_value=DoubleArray(data=widget.default)),
}


class Kind(NamedTuple):
    """Changes of one widget: its page and key, the field of its state, the values it takes in turn, an even number of them,
    and whether the whole page runs or only a fragment."""

    page: str
    key: str
    field: str
    values: list[Any]
    whole: bool = False


IMAGES = [1 + 11 * i for i in range(20)]
KINDS = [
    Kind("", "coordinates", "string_array_value", [["probability"], ["latent"]]),
    Kind("", "layers", "string_array_value", [["points"], ["images", "points"]]),
    Kind("", "closer", "string_array_value", [["neighbours"], []], whole=True),
    Kind("", "model", "string_value", ["digits-2d", "mnist-2d"], whole=True),
    Kind("reconstruct", "reconstruct_first", "int_value", IMAGES),
    Kind("reconstruct", "reconstruct_order", "string_array_value", [["in order"], ["worst first"]]),
    Kind("reconstruct", "reconstruct_source", "string_array_value", [["draw"], ["test images"]], whole=True),
    Kind("reconstruct", "model", "string_value", ["digits-2d", "mnist-2d"], whole=True),
    Kind("paths", "path_steps", "double_array_value", [[5.0 + i] for i in range(10)]),
    Kind("paths", "path_image_A_mnist", "int_value", IMAGES),
    Kind("paths", "paths_view", "string_array_value", [["prior samples"], ["a path"]], whole=True),
    Kind("paths", "model", "string_value", ["digits-2d", "mnist-2d"], whole=True),
    Kind("compare", "twin_seed", "int_value", list(range(10))),
    Kind("compare", "twin_image", "int_value", IMAGES),
    Kind("compare", "twin_kind", "string_array_value", [["any two"], ["VAE, plain autoencoder, PCA"]], whole=True),
    Kind("compare", "compare_view", "string_array_value", [["time travel"], ["side by side"]], whole=True),
]


def turn_of(page: str, number: int) -> tuple[Kind, Any]:
    """The change number 0, 1, ... of a session on a page: two of one kind, which may lead away and back, then two of the next."""
    kinds = [kind for kind in KINDS if kind.page == page]
    pair, half = divmod(number, 2)
    rounds, which = divmod(pair, len(kinds))
    kind = kinds[which]
    return kind, kind.values[(2 * rounds + half) % len(kind.values)]


class Session:
    """A browser session without a browser: it keeps what a page keeps, says what a page says, and draws nothing."""

    def __init__(self, url: str, page: str):
        self.url, self.page, self.place = url.replace("http", "ws") + "/_stcore/stream", page, ""
        self.widgets: dict[str, tuple[str, str]] = {}  # key: identity, fragment
        self.states: dict[str, WidgetState] = {}  # all widgets': a browser sends all of them at each change
        self.runs_of_messages: dict[str, int] = {}  # hash of a large message: the run that had it last
        self.runs = self.received = self.elements = 0  # runs, bytes and elements so far

    async def open(self) -> None:
        self.socket = await websockets.connect(self.url, subprotocols=["streamlit"], max_size=None, compression=None)
        await self.run(BackMsg(), page_name=self.page)

    async def change(self, kind: Kind, value: Any) -> float:
        """Change a widget; seconds until the script, or the fragment that the widget stands in, has run to its end."""
        identity, fragment = self.widgets[kind.key]
        state = self.states[identity] = WidgetState(id=identity)
        if isinstance(value, list):
            getattr(state, kind.field).data.extend(value)
        else:
            setattr(state, kind.field, value)
        message = BackMsg()
        message.rerun_script.fragment_id = fragment
        message.rerun_script.widget_states.widgets.extend(self.states.values())
        return await self.run(message)

    async def run(self, message: BackMsg, page_name: str = "") -> float:
        request = message.rerun_script
        request.page_name, request.page_script_hash = page_name, self.place
        request.cached_message_hashes.extend(self.runs_of_messages)
        request.context_info.url, request.context_info.color_scheme = f"{self.url}/{self.page}", "light"
        self.runs += 1
        asked = time.perf_counter()
        await self.socket.send(message.SerializeToString())
        while True:
            content = await self.socket.recv()
            answer = ForwardMsg.FromString(content)
            kind = answer.WhichOneof("type")
            self.received += len(content)
            self.elements += kind in ("delta", "ref_hash")
            if kind == "script_finished":
                took = time.perf_counter() - asked
                self.runs_of_messages = {
                    text: run for text, run in self.runs_of_messages.items() if run >= self.runs - KEPT_RUNS
                }
                return took
            if kind == "ref_hash" or answer.metadata.cacheable:
                self.runs_of_messages[answer.ref_hash or answer.hash] = self.runs
            if kind == "navigation":
                self.place = answer.navigation.page_script_hash
            if kind == "delta" and answer.delta.WhichOneof("type") == "new_element":
                self.keep(answer.delta.new_element, answer.delta.fragment_id)

    def keep(self, element: Element, fragment: str) -> None:
        """Remember a widget, and the value that it begins with."""
        kind = element.WhichOneof("type")
        if kind == "exception":
            raise RuntimeError(f"/{self.page}: {element.exception.message}")
        widget = getattr(element, kind)
        identity = getattr(widget, "id", "")
        if not identity.startswith("$$ID-"):
            return
        self.widgets[identity.split("-", 2)[2]] = (identity, fragment)
        if kind in BEGINS and identity not in self.states:
            self.states[identity] = BEGINS[kind](identity, widget)


async def use_pages(url: str, sessions: int, seconds: float) -> dict[str, list[float]]:
    """Seconds from request to the end of the run for all changes, by kind of change."""
    pages = list(dict.fromkeys(kind.page for kind in KINDS))
    opened = []
    for number in range(sessions):
        session = Session(url, pages[number % len(pages)])
        await session.open()
        if len(opened) < len(pages):
            for i in range(2 * ROUND):  # caches of what others have looked at before
                await session.change(*turn_of(session.page, i))
        opened.append(session)
    times: dict[str, list[float]] = {f"{kind.page or 'map'} {kind.key}": [] for kind in KINDS}
    ends = time.monotonic() + seconds

    async def use(number: int, session: Session) -> None:
        phase = random.Random(number)
        await asyncio.sleep(phase.random())
        turn = 2 * phase.randrange(ROUND)
        while time.monotonic() < ends:
            began = time.monotonic()
            kind, value = turn_of(session.page, turn)
            times[f"{kind.page or 'map'} {kind.key}"].append(await session.change(kind, value))
            turn += 1
            await asyncio.sleep(max(0.0, began + 1.0 - time.monotonic()))

    await asyncio.gather(*(use(number, session) for number, session in enumerate(opened)))
    for session in opened:
        await session.socket.close()
    return times


def measure_sessions(sessions: int = 30, seconds: float = 40.0) -> dict[str, Any]:
    server = Server()
    try:
        time.sleep(SETTLE_SECONDS)
        times = asyncio.run(use_pages(server.url, sessions, seconds))
    finally:
        stop(server)
    return {
        "sessions": sessions,
        "changes": sum(map(len, times.values())),
        "ms": spread([1000 * t for part in times.values() for t in part]),
        "kinds": {name: spread([1000 * t for t in part]) for name, part in times.items()},
    }


# -- all ---------------------------------------------------------------------------------------------------------


def report(results: dict[str, Any]) -> None:
    if load := results.get("load"):
        for who in ("first", "warm", "return"):
            decoded, plane, ready = (load[who][mark] for mark in ("decoded_s", "plane_s", "ready_s"))
            print(f"{who} visit: decoded image after {decoded['median']:.2f} s (at most {decoded['max']:.2f}), "
                  f"plane after {plane['median']:.2f} ({plane['max']:.2f}), decoder {ready['median']:.2f} ({ready['max']:.2f})")  # fmt: skip
        for name, times in load["floors"].items():
            print(f"warm visit of an app of one {name}: {times['median']:.2f} s (at most {times['max']:.2f})")
    for row in results.get("bytes", []):
        print(f"{row['model']}: {row['besides']:,} bytes besides {row['decoder']:,} of the decoder's weights")
    report_slow(results.get("slow", {}))
    if training := results.get("training"):
        for user, ratio in training["ratio"].items():
            print(f"training through the page ({user}): {ratio:.2f} of the bare loop's steps a second, "
                  f"{training['ratio_beside'][user]:.2f} of the bare loop's beside the same user")  # fmt: skip
    if sessions := results.get("sessions"):
        print(f"{sessions['sessions']} sessions, {sessions['changes']} changes: median {sessions['ms']['median']:.0f} ms, "
              f"p95 {sessions['ms']['p95']:.0f} ms")  # fmt: skip
        for kind, ms in sessions["kinds"].items():
            print(f"    {kind}: median {ms['median']:.0f} ms, p95 {ms['p95']:.0f} ms")


def main() -> None:
    parts = ("load", "bytes", "slow", "training", "sessions")
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=parts, default=parts)
    parser.add_argument("--out", type=Path, default=Path("page.json"))
    parser.add_argument("--train-barely", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.train_barely:
        return train_barely()
    results = json.loads(options.out.read_text()) if options.out.exists() else {}
    wait_from_outside()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=FLAGS)
        browser.new_page().goto("about:blank")  # a browser that is itself awake
        for part, measure in (
            ("load", measure_load),
            ("bytes", measure_bytes),
            ("slow", measure_slow_machines),
            ("training", measure_training),
        ):
            if part in options.only:
                results[part] = measure(browser)
        results["browser"] = browser.version
        browser.close()
    if "sessions" in options.only:
        results["sessions"] = measure_sessions()
    results |= {"target": TARGET, "cores": os.cpu_count(), "load_average": os.getloadavg()[0]}
    options.out.write_text(json.dumps(results, indent=2) + "\n")
    report({part: results[part] for part in options.only})


if __name__ == "__main__":
    main()
