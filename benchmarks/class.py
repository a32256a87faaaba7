"""A class that follows and answers: `python benchmarks/class.py [--pupils 30] [--seconds 20] [--no-browser] [--out FILE.json]`.

The server runs as `make class` starts it. Each pupil is a session of the app (Streamlit's own messages) with the socket of a class,
both in this process and without a browser. The teacher's point moves at 20 Hz; the delay is from the teacher's message until a
pupil has it. Meanwhile each pupil gives five answers. Each third one loses its line for the time of `--cut` seconds, in which it
answers too, and sends every answer twice. Answers that are lost are those which the teacher's board does not count at the end.
Then three browsers, a teacher's and two pupils', give the delay from image to image: from the moment that the decoded image on
the teacher's page has changed until a pupil's has. Server, browsers and pupils share the machine.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import os
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import websockets

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(REPOSITORY), str(REPOSITORY / "tests"), str(REPOSITORY / "benchmarks")]

from browsing import CANVAS, FLAGS, PLOT, ClassServer, wait_from_outside  # noqa: E402
from find_browser import find_browser  # noqa: E402
from page import SETTLE_SECONDS, Session, stop  # noqa: E402
from pupils import Client, letter_of, teacher_of  # noqa: E402

TARGET = {"median_ms": 200.0, "lost": 0}
HERTZ = 20
ANSWERS = 5
MARGIN_SECONDS = 3.0
DEADLINE = 90_000
WATCH = f"""() => {{ window.changes = []
    const canvas = document.querySelector("{CANVAS}")
    new MutationObserver(() => window.changes.push([canvas.dataset.z, performance.timeOrigin + performance.now()]))
        .observe(canvas, {{ attributes: true, attributeFilter: ["data-z"] }}) }}"""


def spread(values: list[float]) -> dict[str, float]:
    return {"median": float(np.median(values)), "p95": float(np.quantile(values, 0.95)), "max": max(values)}


def load_average() -> float | None:
    """How many processes wanted a core during the last minute; None where the system does not tell."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else None


def processor_seconds(pid: int) -> float | None:
    """What a process has used of the processor so far; None where the system does not tell."""
    with suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return None


# -- thirty pupils -----------------------------------------------------------------------------------------------


async def lead(teacher: Client, seconds: float) -> dict[float, float]:
    """Move the teacher's point; when each place was said, by its first coordinate."""
    times_said: dict[float, float] = {}
    await teacher.say(follow=True)
    ends, number = time.monotonic() + seconds, 0
    while time.monotonic() < ends:
        z = [number / 1000, math.sin(number / 10)]
        times_said[z[0]] = time.perf_counter()
        await teacher.say(places={"z": z})
        number += 1
        await asyncio.sleep(1 / HERTZ)
    return times_said


async def take_part(pupil: Client, number: int, seconds: float, cut: float) -> None:
    """Answer five questions; each third pupil with a bad line, and each answer twice."""
    is_cut = number % 3 == 0
    url = pupil.url
    await asyncio.sleep(0.02 * number)
    for step in range(ANSWERS):
        letter = letter_of(step, float(number))
        if is_cut and step == 1:
            await pupil.close()
            pupil.url = "http://127.0.0.1:9"  # nobody is there
        sending = asyncio.create_task(pupil.answer(letter))
        if is_cut and step == 1:
            await asyncio.sleep(cut)
            pupil.url = url
            await pupil.open()
        await sending
        if is_cut:
            pupil.kept.discard(letter["id"])  # it heard nothing, and sends it again
            await pupil.answer(letter)
        await asyncio.sleep(seconds / (2 * ANSWERS))


async def hold_class(server: ClassServer, pupils: int, seconds: float, cut: float) -> dict[str, Any]:
    sessions = [Session(server.url, "") for _ in range(pupils)]
    for session in sessions:
        await session.open()
    teacher = await teacher_of(server).open()
    clients = [await Client(server.url).open() for _ in range(pupils)]
    idle, began = processor_seconds(server.process.pid), time.perf_counter()
    await asyncio.sleep(MARGIN_SECONDS)
    before, lead_began = processor_seconds(server.process.pid), time.perf_counter()
    work = [take_part(pupil, number, seconds, cut) for number, pupil in enumerate(clients)]
    times_said, *_ = await asyncio.gather(lead(teacher, seconds), *work)
    after, lead_ended = processor_seconds(server.process.pid), time.perf_counter()
    delays = [1000 * (at - times_said[z[0]]) for pupil in clients for z, at in pupil.places if z[0] in times_said]
    steady = [len(pupil.places) / seconds for number, pupil in enumerate(clients) if number % 3]
    _, board = await teacher.ask("/class/board")
    counted = sum(count for *_, count in board["questions"])
    for client in (teacher, *clients):
        with suppress(websockets.WebSocketException):
            await client.close()
    for session in sessions:
        await session.socket.close()
    cpu = None if after is None or before is None else (after - before) / (lead_ended - lead_began)
    rest = None if before is None or idle is None else (before - idle) / (lead_began - began)
    return {
        "pupils": pupils, "hertz": len(times_said) / seconds, "points_a_second": min(steady),
        "delay_ms": spread(delays), "answers": ANSWERS * pupils, "lost": ANSWERS * pupils - counted,
        "server_cpu": cpu, "server_cpu_before": rest, "here": board["here"],
    }  # fmt: skip


# -- browsers ----------------------------------------------------------------------------------------------------


def measure_browsers(server: ClassServer, moves: int = 120) -> dict[str, Any]:
    from playwright.sync_api import sync_playwright

    wait_from_outside()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=FLAGS)
        pages = [browser.new_context(viewport={"width": 1440, "height": 1000}).new_page() for _ in range(3)]
        teacher, *pupils = pages
        teacher.goto(server.teachers_link)
        for page in pages:
            page.goto(server.url)
            page.wait_for_selector(f"{PLOT} .plane-cursor", state="attached", timeout=DEADLINE)
        teacher.click(".class-card [data-role=act]")
        for page in pupils:
            page.wait_for_selector(".class-card[data-state=following]", timeout=DEADLINE)
        for page in pages:
            page.evaluate(WATCH)
        box = teacher.locator(f"{PLOT} .plane-area").bounding_box()
        for number in range(moves):
            angle = number / 8
            teacher.mouse.move(
                box["x"] + box["width"] * (0.5 + 0.3 * math.cos(angle)),
                box["y"] + box["height"] * (0.5 + 0.3 * math.sin(angle)),
            )
            teacher.wait_for_timeout(50)
        teacher.wait_for_timeout(1000)
        times_shown = dict(teacher.evaluate("window.changes"))
        delays = [
            at - times_shown[z] for page in pupils for z, at in page.evaluate("window.changes") if z in times_shown
        ]
        browser.close()
    return {"browsers": len(pages), "moves": moves, "images": len(delays), "delay_ms": spread(delays)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--pupils", type=int, default=30)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--cut", type=float, default=20.0, help="seconds for which each third pupil has no line")
    parser.add_argument("--no-browser", action="store_true")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    server = ClassServer()
    try:
        time.sleep(SETTLE_SECONDS)
        results: dict[str, Any] = {"target": TARGET, "cores": os.cpu_count(), "load_before": load_average()}
        results["class"] = asyncio.run(hold_class(server, options.pupils, options.seconds, options.cut))
        if not options.no_browser:
            results["browsers"] = measure_browsers(server)
    finally:
        stop(server)
    text = json.dumps(results, indent=1)
    print(text)
    if options.out:
        options.out.write_text(text + "\n")


if __name__ == "__main__":
    main()
