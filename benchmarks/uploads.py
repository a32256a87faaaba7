"""The server's memory under uploads: `python benchmarks/uploads.py [--count 60] [--megabytes 14]`.

One visitor uploads that many different models one after the other, each of which is then opened on the map. Prints the server's
resident memory before the first, and after each tenth.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import torch
from playwright.sync_api import sync_playwright

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(REPOSITORY), str(REPOSITORY / "tests")]

from browsing import FLAGS, Server  # noqa: E402
from find_browser import find_browser  # noqa: E402

import vae_core as vc  # noqa: E402


def resident_mb(process: int) -> float:
    """A process's memory, of Linux."""
    lines = Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=60)
    parser.add_argument("--megabytes", type=float, default=14.0)
    options = parser.parse_args()
    width = round(options.megabytes * 2**20 / 4 / (2 * 784))
    config = vc.ModelConfig(784, (28, 28), 2, (width,))
    server = Server()
    try:
        with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
            browser = playwright.chromium.launch(executable_path=find_browser(), args=FLAGS)
            page = browser.new_page()
            page.goto(f"{server.url}/models")
            page.locator("[data-testid=stFileUploader] input").wait_for(state="attached")
            print(f"before: {resident_mb(server.process.pid):,.0f} MB", flush=True)
            for number in range(options.count):
                path = Path(folder) / f"model {number}.safetensors"
                vc.save_model(path, vc.VAE(config, generator=torch.Generator().manual_seed(number)), data="mnist")
                page.locator("[data-testid=stFileUploader] input").set_input_files(path)
                page.locator("[data-testid=stAlert]", has_text=f"Loaded as model {number};").wait_for()
                path.unlink()
                page.locator("[data-testid=stSidebarNav] a").first.click()
                page.locator("canvas[data-role=decoded][data-z]").wait_for()
                page.locator(".st-key-model input").fill(f"model {number}")
                page.keyboard.press("Enter")
                page.wait_for_function(
                    "name => location.search.includes(encodeURIComponent(name).replace('%20', '+'))",
                    arg=f"model {number}",
                )
                page.locator(".st-key-latent_plane .plane-axes").wait_for()
                page.locator("[data-testid=stSidebarNav] a[href$='/models']").click()
                page.locator("[data-testid=stFileUploader] input").wait_for(state="attached")
                if number % 10 == 9:
                    print(f"after {number + 1}: {resident_mb(server.process.pid):,.0f} MB", flush=True)
            browser.close()
    finally:
        server.process.terminate()
        server.process.wait(20)


if __name__ == "__main__":
    main()
