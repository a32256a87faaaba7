"""From a dropped zip to a moving plane: `python benchmarks/own_images.py [--count 2000] [--size 96] [--rounds 3]`.

A zip of that many colour photographs (JPEG patches of scikit-learn's two, in two folders) is dropped on Train. Prints the seconds until
25 images are on screen, until all are read, and, from the press on Start, until a plane is on the page (of a finished run) and until it is that of these images. The hand
between them takes no time here.
"""

from __future__ import annotations

import argparse
import io
import sys
import tempfile
import time
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import Page, sync_playwright
from sklearn.datasets import load_sample_images

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(REPOSITORY), str(REPOSITORY / "tests")]

from browsing import FLAGS, Server, wait_for_function  # noqa: E402
from find_browser import find_browser  # noqa: E402

VERSION = "document.querySelector('.st-key-train_plane canvas[data-role=points]')?.dataset.version"


def zip_of_photographs(count: int, size: int, seed: int) -> bytes:
    """`count` patches, `size` pixels wide and high, in the folders "china" and "flower"."""
    rng = np.random.default_rng(seed)
    sources = load_sample_images().images
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for number in range(count):
            kind = number % 2
            height, width, _ = sources[kind].shape
            top, left = rng.integers(0, [height - size, width - size])
            patch = io.BytesIO()
            Image.fromarray(sources[kind][top : top + size, left : left + size]).save(patch, "JPEG", quality=90)
            archive.writestr(f"{('china', 'flower')[kind]}/{number}.jpg", patch.getvalue())
    return buffer.getvalue()


def seconds_of(page: Page, url: str, content: bytes, count: int, watchdog: float) -> tuple[float, float, float, float]:
    """Until 25 images are on screen and all are read; from Start, until a plane is there and until it is their own. Seconds."""
    page.goto(f"{url}/train?train_data=digits")
    page.locator(".st-key-train_own button:visible").first.click()
    files = page.locator(".st-key-images_files input[type=file]")
    files.wait_for(state="attached")
    with (
        tempfile.TemporaryDirectory() as folder
    ):  # a file of the disk, as a hand drops it: its bytes pass through no other program
        path = Path(folder) / "photographs.zip"
        path.write_bytes(content)
        begin = time.perf_counter()
        files.set_input_files(path)
        preview, whole = _seconds_of_reading(page, count, begin, watchdog)
    begin = time.perf_counter()
    page.locator(".st-key-images_start button:visible").first.click()
    page.get_by_role("dialog").wait_for(state="detached", timeout=watchdog)
    page.locator(".st-key-train_stop button:visible:not([disabled])").wait_for(timeout=watchdog)
    page.wait_for_selector(".st-key-train_watch", state="attached", timeout=watchdog)
    wait_for_function(page, f"() => {VERSION} >= 0", timeout=watchdog)
    first_plane = time.perf_counter() - begin
    version = page.locator(".st-key-train_plane canvas[data-role=points]").get_attribute("data-version")
    wait_for_function(page, f"before => {VERSION} !== before", arg=version, timeout=watchdog)
    moved = time.perf_counter() - begin
    page.locator(".st-key-train_stop button:visible").first.click()
    return preview, whole, first_plane, moved


def _seconds_of_reading(page: Page, count: int, begin: float, watchdog: float) -> tuple[float, float]:
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("img", name="as they are trained on").first.wait_for(timeout=watchdog)
    preview = time.perf_counter() - begin
    dialog.get_by_text(f"{count:,} images").first.wait_for(timeout=watchdog)
    return preview, time.perf_counter() - begin


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--size", type=int, default=96)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    server = Server()
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=find_browser(), args=FLAGS)
            for seed in range(options.rounds):
                content = zip_of_photographs(options.count, options.size, seed)
                page = browser.new_context().new_page()
                preview, whole, first_plane, moved = seconds_of(page, server.url, content, options.count, 120_000.0)
                print(
                    f"{options.count:,} photographs, {len(content) / 2**20:.1f} MB: 25 images {preview:.1f} s, all {whole:.1f} s after the drop; "
                    f"a plane {first_plane:.1f} s, one of these images {moved:.1f} s after Start",
                    flush=True,
                )
                page.context.close()
            browser.close()
    finally:
        server.process.terminate()
        server.process.wait(20)


if __name__ == "__main__":
    main()
