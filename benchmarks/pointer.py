"""How soon the decoded image follows the pointer over the Latent map, in a real headless Chromium, and whether its pixels are
torch's: `python benchmarks/pointer.py [--model mnist-2d] [--moves 80] [--out FILE.json]`.

Each move is a real pointer event. Its latency is from the event's own time stamp to the first animation frame after the
decoder's canvas changed. Chromium, server and this script share the machine, so a busy machine shows: a bare frame's
interval, measured on the same page, is printed beside it.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import torch

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(REPOSITORY), str(REPOSITORY / "tests")]

from browsing import CANVAS, FLAGS, PLOT, Server  # noqa: E402
from find_browser import find_browser  # noqa: E402

import vae_core as vc  # noqa: E402

TARGET = {"median_ms": 8.0, "p95_ms": 16.0, "pixels": 1e-4}
WATCH = """([canvasSelector, plotSelector]) => {
  const canvas = document.querySelector(canvasSelector)
  window.moves = []
  window.frames = []
  let last = 0
  const frame = now => { if (last) frames.push(now - last); last = now; if (frames.length < 120) requestAnimationFrame(frame) }
  requestAnimationFrame(frame)
  let drawn = 0
  window.addEventListener('pointermove', event => { // before the decoder hears of it
    const before = canvas.pixels
    const look = () => {
      if (canvas.pixels === before) return requestAnimationFrame(look)
      moves.push({ frame: performance.now() - event.timeStamp, drawn: drawn - event.timeStamp,
                   z: Array.from(canvas.latent), pixels: Array.from(canvas.pixels) })
    }
    requestAnimationFrame(look)
  }, true)
  const plot = document.querySelector(plotSelector) // after the decoder, whose listener was there before
  plot.addEventListener('pointermove', () => (drawn = performance.now()), true)
}"""


def measure(name: str, moves: int, start: int = 10) -> dict:
    """Latencies in ms and the largest difference of a pixel to torch's over `moves` moves, after `start` to warm up."""
    from playwright.sync_api import sync_playwright

    server = Server()
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=find_browser(), args=FLAGS)
            page = browser.new_page(viewport={"width": 1440, "height": 1000})
            page.goto(f"{server.url}/?model={name}")
            page.wait_for_selector(f"{CANVAS}[data-z]", timeout=90_000)
            page.wait_for_selector(f"{PLOT} .plane-cursor", state="attached", timeout=90_000)
            box = page.locator(f"{PLOT} .nsewdrag").first.bounding_box()
            page.wait_for_timeout(1500)
            page.evaluate(WATCH, [CANVAS, PLOT])
            for i in range(start + moves):
                angle, radius = 0.37 * i, 0.1 + 0.35 * (i % 29) / 29
                x = box["x"] + box["width"] * (0.5 + radius * math.cos(angle))
                page.mouse.move(x, box["y"] + box["height"] * (0.5 + radius * math.sin(angle)))
                time.sleep(0.035)
            page.wait_for_timeout(500)
            seen, frames = page.evaluate("[moves, frames]")
            browser.close()
    finally:
        server.process.terminate()
        server.process.wait(20)
    seen = seen[start:]
    vae = vc.load_pretrained(name)
    with torch.no_grad():
        expected = vae.decode(torch.tensor([move["z"] for move in seen])).mean.numpy()
    frame = np.array([move["frame"] for move in seen])
    drawn = np.array([move["drawn"] for move in seen])
    pixels = float(np.abs(np.array([move["pixels"] for move in seen]) - expected).max())
    return {
        "model": name,
        "moves": len(seen),
        "median_ms": float(np.median(frame)),
        "p95_ms": float(np.quantile(frame, 0.95)),
        "decoded_median_ms": float(np.median(drawn)),
        "decoded_p95_ms": float(np.quantile(drawn, 0.95)),
        "frame_interval_median_ms": float(np.median(frames)),
        "pixels_max_difference": pixels,
        "cores": os.cpu_count(),
        "load": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", nargs="+", default=vc.list_pretrained())
    parser.add_argument("--moves", type=int, default=80)
    parser.add_argument("--out", type=Path, default=Path("pointer.json"))
    options = parser.parse_args()
    if options.moves < 60:
        parser.error(f"--moves must be at least 60, got {options.moves}")
    version = subprocess.run([find_browser(), "--version"], capture_output=True, text=True).stdout.strip()
    rows = [measure(name, options.moves) for name in options.model]
    options.out.write_text(json.dumps({"browser": version, "target": TARGET, "results": rows}, indent=2) + "\n")
    print(
        "| model | moves | input to frame, median / p95 ms | input to canvas, median / p95 ms | pixels − torch, at most |"
    )
    print("| --- | --- | --- | --- | --- |")
    for row in rows:
        print(
            f"| {row['model']} | {row['moves']} | {row['median_ms']:.1f} / {row['p95_ms']:.1f} | "
            f"{row['decoded_median_ms']:.1f} / {row['decoded_p95_ms']:.1f} | {row['pixels_max_difference']:.1e} |"
        )


if __name__ == "__main__":
    main()
