"""How soon the decoded image follows the pointer over the Latent map, or with --take-home over the page to take home, in a real
headless Chromium, and whether its pixels are torch's: `python benchmarks/pointer.py [--take-home] [--model mnist-2d] [--moves 80] [--out FILE.json]`.

Each move is a real pointer event, timed from the event's own stamp
- to changed pixels: when the decoder's canvas was drawn,
- to the frame: the first animation frame that shows them, which has to wait for the screen (16.7 ms at 60 Hz),
- to the end of that frame's work: layout, painting, and handing the result to the compositor.
The floor is the same for an empty page on which a pointer event colours a canvas: what the browser and its screen take by
themselves. Chromium, server and this script share the machine, so a busy machine shows, in the floor too.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from playwright.sync_api import Browser, Page, sync_playwright

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(REPOSITORY), str(REPOSITORY / "tests")]

from browsing import CANVAS, FLAGS, PLOT, Server  # noqa: E402
from find_browser import find_browser  # noqa: E402

import vae_core as vc  # noqa: E402

WARM_UP = 10
TARGET = {"median_ms": 8.0, "p95_ms": 16.0, "pixels": 1e-4}
BARE = "<canvas data-role=decoded width=28 height=28 style='width: 340px'></canvas>"
COLOUR = """canvasSelector => {
  const canvas = document.querySelector(canvasSelector), context = canvas.getContext('2d')
  window.onpointermove = event => {
    context.fillStyle = `rgb(${event.clientX % 256}, 0, 0)`
    context.fillRect(0, 0, 28, 28)
    canvas.pixels = []
  }
}"""
WATCH = """canvasSelector => {
  const canvas = document.querySelector(canvasSelector)
  window.moves = []
  let pixels = canvas.pixels, drawn = 0, counted = 0
  Object.defineProperty(canvas, 'pixels', { get: () => pixels, set(value) { pixels = value; drawn = performance.now() } })
  window.addEventListener('pointermove', event => {
    const look = () => {
      if (drawn === counted) return requestAnimationFrame(look)
      const move = { drawn: drawn - event.timeStamp, frame: performance.now() - event.timeStamp,
                     z: Array.from(canvas.latent ?? []), pixels: Array.from(pixels) }
      counted = drawn
      moves.push(move)
      const { port1, port2 } = new MessageChannel() // its message is handled once the frame's work is done
      port1.onmessage = () => (move.painted = performance.now() - event.timeStamp)
      port2.postMessage(null)
    }
    requestAnimationFrame(look)
  }, true)
}"""


def move_over(page: Page, box: dict[str, float], moves: int) -> list[dict]:
    """What the page saw of `moves` moves over a box, after some to warm up."""
    page.evaluate(WATCH, CANVAS)
    for i in range(WARM_UP + moves):
        angle, radius = 0.37 * i, 0.1 + 0.35 * (i % 29) / 29
        x = box["x"] + box["width"] * (0.5 + radius * math.cos(angle))
        page.mouse.move(x, box["y"] + box["height"] * (0.5 + radius * math.sin(angle)))
        time.sleep(0.035)
    page.wait_for_timeout(500)
    return page.evaluate("moves")[WARM_UP:]


def latencies(seen: list[dict]) -> dict[str, float]:
    """Median and 95th percentile in ms from input to changed pixels, to the frame, and to the end of its work."""
    answer = {}
    for name in ("drawn", "frame", "painted"):
        values = np.array([move[name] for move in seen])
        answer |= {f"{name}_median_ms": float(np.median(values)), f"{name}_p95_ms": float(np.quantile(values, 0.95))}
    return answer


def measure_floor(browser: Browser, moves: int) -> dict[str, float]:
    page = browser.new_page(viewport={"width": 1440, "height": 1000})
    page.set_content(BARE)
    page.evaluate(COLOUR, CANVAS)
    seen = move_over(page, {"x": 400, "y": 200, "width": 600, "height": 600}, moves)
    page.close()
    return {"moves": len(seen)} | latencies(seen)


def measure(browser: Browser, url: str, name: str, moves: int) -> dict:
    """Latencies over the map of a model, and the largest difference of a pixel to torch's."""
    page = browser.new_page(viewport={"width": 1440, "height": 1000})
    page.goto(f"{url}/?model={name}")
    page.wait_for_selector(f"{CANVAS}[data-ready=true]", timeout=90_000)
    page.wait_for_selector(f"{PLOT} .plane-cursor", state="attached", timeout=90_000)
    page.wait_for_timeout(1500)
    seen = move_over(page, page.locator(f"{PLOT} .plane-area").first.bounding_box(), moves)
    page.close()
    return about_moves(name, seen)


def measure_file(browser: Browser, name: str, moves: int) -> dict:
    """The same over the page to take home, opened from disk."""
    from aevb_lab.session.models import load_model
    from aevb_lab.take_home import take_home_page

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "page.html"
        file.write_bytes(take_home_page(load_model(name)))
        page = browser.new_page(viewport={"width": 1440, "height": 1000})
        page.goto(file.as_uri())
        page.wait_for_selector(f"{CANVAS}[data-z]")
        page.wait_for_timeout(1500)
        seen = move_over(page, page.locator("[data-role=plane]").bounding_box(), moves)
        page.close()
    return about_moves(name, seen) | {"page": "take-home"}


def about_moves(name: str, seen: list[dict]) -> dict:
    vae = vc.load_pretrained(name)
    with torch.no_grad():
        expected = vae.decode(torch.tensor([move["z"] for move in seen])).mean.numpy()
    pixels = float(np.abs(np.array([move["pixels"] for move in seen]) - expected).max())
    return {"model": name, "moves": len(seen)} | latencies(seen) | {"pixels_max_difference": pixels}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", nargs="+", default=vc.list_pretrained())
    parser.add_argument("--moves", type=int, default=80)
    parser.add_argument("--take-home", action="store_true", help="the page to take home, opened from disk")
    parser.add_argument("--out", type=Path, default=Path("pointer.json"))
    options = parser.parse_args()
    if options.moves < 60:
        parser.error(f"--moves must be at least 60, got {options.moves}")
    server = None if options.take_home else Server()
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=find_browser(), args=FLAGS)
            rows, floors = [], []
            for name in options.model:  # the floor in between, so that a busy moment shows in both
                row = (
                    measure(browser, server.url, name, options.moves)
                    if server
                    else measure_file(browser, name, options.moves)
                )
                rows.append(row)
                floors.append({"model": "empty page"} | measure_floor(browser, options.moves))
            about = {"browser": browser.version, "cores": os.cpu_count(), "load": os.getloadavg()[0]}
            browser.close()
    finally:
        if server:
            server.process.terminate()
            server.process.wait(20)
    options.out.write_text(json.dumps(about | {"target": TARGET, "results": rows, "floor": floors}, indent=2) + "\n")
    print("| model | moves | input to pixels, median / p95 ms | to frame | to its end | pixels − torch, at most |")
    print("| --- | --- | --- | --- | --- | --- |")
    for row in rows + floors:
        times = " | ".join(
            f"{row[f'{k}_median_ms']:.1f} / {row[f'{k}_p95_ms']:.1f}" for k in ("drawn", "frame", "painted")
        )
        difference = f"{row['pixels_max_difference']:.1e}" if "pixels_max_difference" in row else ""
        print(f"| {row['model']} | {row['moves']} | {times} | {difference} |")


if __name__ == "__main__":
    main()
