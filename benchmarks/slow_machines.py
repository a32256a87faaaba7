"""The first screen on a slow line and on a slow computer, as Chromium's developer tools imitate them: a part of `page.py`."""

from __future__ import annotations

import json
import time
from collections import Counter
from contextlib import closing
from typing import Any

from browsing import CANVAS, PLOT
from playwright.sync_api import Browser, CDPSession, Page

MARKS = {
    "skeleton_s": "#loading, [data-testid=stApp]",
    "decoded_s": f"{CANVAS}[data-z]",
    "plane_s": f"{PLOT} .plane-cursor",
    "names_s": f"{PLOT} .plane-name",
    "ready_s": f"{CANVAS}[data-ready=true]",  # the decoder's weights are there, so the image follows the pointer
}
WATCH = """marks => { window.seenAt = {}
    const look = () => { for (const [name, selector] of Object.entries(marks)) {
        if (!(name in window.seenAt) && document.querySelector(selector)) window.seenAt[name] = performance.now()
    } }
    new MutationObserver(look).observe(document, { childList: true, subtree: true, attributes: true })
    window.longTasks = []
    new PerformanceObserver(list => window.longTasks.push(...list.getEntries().map(entry => entry.duration)))
        .observe({ type: "longtask", buffered: true }) }"""
LINE = {"offline": False, "latency": 300, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 0.75e6 / 8}
SLOWDOWN = 4
MOVES = 60
DEADLINE = 180_000
KINDS = {
    ".js": "scripts",
    ".css": "styles",
    ".woff2": "fonts",
    "/decoders/": "decoder",
    "/_stcore/": "Streamlit's own questions",
}


def measure_slow(browser: Browser, url: str) -> dict[str, Any]:
    """First visits with empty caches: on a line of 1.6 Mbit/s with 300 ms, then again with full caches; and with a processor of a
    quarter of the speed, with the pointer over the plane."""
    answers: dict[str, Any] = {}
    for case, line, slowdown in (("line", LINE, 1), ("processor", None, SLOWDOWN), ("both", LINE, SLOWDOWN)):
        with closing(browser.new_context(viewport={"width": 1440, "height": 900})) as context:
            for visit in ("first", "return"):
                page = context.new_page()
                page.add_init_script(f"({WATCH})({json.dumps(MARKS)})")
                tools = context.new_cdp_session(page)
                tools.send("Network.enable")
                if line:
                    tools.send("Network.emulateNetworkConditions", line)
                tools.send("Emulation.setCPUThrottlingRate", {"rate": slowdown})
                received = count_bytes(tools)
                answers[f"{case}, {visit}"] = time_marks(page, url) | {"bytes": dict(received)}
                if not line:
                    answers[f"{case}, {visit}"]["pointer_ms"] = move(page)
                page.close()
    return answers


def count_bytes(tools: CDPSession) -> Counter[str]:
    """How many bytes of each kind come, as they come over the line. It fills as the page loads."""
    received: Counter[str] = Counter()
    addresses: dict[str, str] = {}

    def arrived(event: dict[str, Any]) -> None:
        address = addresses.get(event["requestId"], "")
        kind = next((kind for part, kind in KINDS.items() if part in address), "page and others")
        received[kind] += int(event["encodedDataLength"])

    def message(event: dict[str, Any]) -> None:
        text, binary = event["response"]["payloadData"], event["response"]["opcode"] == 2
        received["messages"] += len(text) * 3 // 4 if binary else len(text)

    tools.on("Network.requestWillBeSent", lambda event: addresses.update({event["requestId"]: event["request"]["url"]}))
    tools.on("Network.loadingFinished", arrived)
    tools.on("Network.webSocketFrameReceived", message)
    return received


def time_marks(page: Page, url: str) -> dict[str, Any]:
    """Seconds from asking for the page until each mark is there, and the longest time without an answer to the visitor."""
    page.wait_for_timeout(2000)
    page.goto(url, wait_until="commit", timeout=DEADLINE)
    deadline = time.monotonic() + DEADLINE / 1000
    while len(seen := page.evaluate("window.seenAt")) < len(MARKS) and time.monotonic() < deadline:
        page.wait_for_timeout(250)
    page.wait_for_timeout(1000)
    tasks = page.evaluate("window.longTasks")
    paint = page.evaluate(
        "performance.getEntriesByName('first-contentful-paint').map(entry => entry.startTime)[0] ?? 0"
    )
    return {name: at / 1000 for name, at in seen.items()} | {
        "paint_s": paint / 1000,
        "longest_task_ms": max(tasks, default=0.0),
        "long_tasks_ms": sum(tasks),
    }


def move(page: Page) -> dict[str, float]:
    """How late the decoded image is, from a pointer's event to its drawing."""
    page.evaluate(
        """selector => { const canvas = document.querySelector(selector); window.delays = []
        let pixels = canvas.pixels, at = 0
        window.addEventListener("pointermove", event => (at = event.timeStamp), true)
        Object.defineProperty(canvas, "pixels", { get: () => pixels, set: value => { pixels = value; if (at) delays.push(performance.now() - at) } }) }""",
        CANVAS,
    )
    box = page.locator(f"{PLOT} .plane-area").bounding_box()
    assert box
    for i in range(MOVES):
        page.mouse.move(box["x"] + box["width"] * (0.2 + 0.01 * i), box["y"] + box["height"] * (0.3 + 0.005 * i))
        page.wait_for_timeout(40)
    delays = sorted(page.evaluate("delays"))
    return {"median": delays[len(delays) // 2], "p95": delays[int(0.95 * len(delays))], "max": delays[-1]}


def report_slow(results: dict[str, Any]) -> None:
    for case, times in results.items():
        marks = ", ".join(
            f"{name.removesuffix('_s')} {times.get(name, float('nan')):.1f} s" for name in ["paint_s", *MARKS]
        )
        print(f"slow {case}: {marks}; longest task {times['longest_task_ms']:.0f} ms of {times['long_tasks_ms']:.0f}")
        print("    kB: " + ", ".join(f"{kind} {count / 1000:.0f}" for kind, count in sorted(times["bytes"].items())))
        if delays := times.get("pointer_ms"):
            print(
                f"    pointer to image: median {delays['median']:.1f} ms, p95 {delays['p95']:.1f}, at most {delays['max']:.1f}"
            )
