"""How soon p(z|y) follows the brush of the Repair page, in a real headless Chromium: `python benchmarks/repair.py [--model mnist-2d]
[--strokes 20] [--out FILE.json]`.

Each stroke covers a new line of pixels; timed is the way from the brush being lifted to the new posterior's being drawn, which
goes through the server. Chromium, server and this script share the machine, so a busy machine shows.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(REPOSITORY), str(REPOSITORY / "tests")]

from browsing import FLAGS, Server, wait_from_outside  # noqa: E402
from find_browser import find_browser  # noqa: E402

WARM_UP = 3
TARGET_MS = 300.0
WATCH = """() => {
  window.followed = []
  let lifted = 0
  document.querySelector('canvas[data-role=brush]').addEventListener('pointerup', event => (lifted = event.timeStamp), true)
  new MutationObserver(() => window.followed.push(performance.now() - lifted))
    .observe(document.querySelector('.repair-map'), { attributes: true, attributeFilter: ['data-id'] })
}"""


def follow(page: Page, url: str, model: str, strokes: int) -> list[float]:
    """Milliseconds of each stroke after the warm-up."""
    page.goto(f"{url}/repair?model={model}&hidden=centre")
    page.wait_for_selector(".st-key-repair_plane canvas[data-role=posterior]", state="attached")
    page.evaluate(WATCH)
    box = page.locator("canvas[data-role=brush]").bounding_box()
    for number in range(WARM_UP + strokes):
        x = box["x"] + box["width"] * (number + 0.5) / (WARM_UP + strokes)
        page.mouse.move(x, box["y"] + 0.02 * box["height"])
        page.mouse.down()
        page.mouse.move(x, box["y"] + 0.2 * box["height"], steps=4)
        page.mouse.up()
        page.wait_for_function("count => window.followed.length === count", arg=number + 1)
        page.wait_for_timeout(500)  # the chain is sent after it
    return page.evaluate("window.followed")[WARM_UP:]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="mnist-2d")
    parser.add_argument("--strokes", type=int, default=20)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    server = Server()
    try:
        wait_from_outside()
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=find_browser(), args=FLAGS)
            page = browser.new_page(viewport={"width": 1440, "height": 1000})
            page.set_default_timeout(60_000)
            times = sorted(follow(page, server.url, options.model, options.strokes))
            browser.close()
    finally:
        server.process.terminate()
    result = {
        "model": options.model,
        "strokes": len(times),
        "median_ms": round(statistics.median(times), 1),
        "p95_ms": round(times[min(len(times) - 1, int(0.95 * len(times)))], 1),
        "target_ms": TARGET_MS,
        "load": os.getloadavg()[0],
    }
    print(json.dumps(result, indent=2))
    if options.out:
        options.out.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
