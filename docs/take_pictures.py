"""The pictures of README and of `docs/pictures/`, taken of the app in a real headless Chromium: a still of each page in both
themes, and the map in motion: `python docs/take_pictures.py [--only latent_map film] [--out docs/pictures]` (`make pictures`).

A still is taken once its page has come to rest. The film is the map under a real mouse, one picture of the screen for each of its
moves, on a closed curve, so that it can go on for ever."""

from __future__ import annotations

import argparse
import io
import math
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(REPOSITORY), str(REPOSITORY / "tests")]

from browsing import CANVAS, DEADLINE, FLAGS, PLOT, Server, press, wait_for_status, wait_from_outside  # noqa: E402
from find_browser import find_browser  # noqa: E402

FOLDER = REPOSITORY / "docs" / "pictures"
THEMES = ("light", "dark")
# For pages: whether the script has run to its end. With less motion a spinner stands still too.
IS_DONE = """() => document.querySelector('[data-testid=stApp][data-test-script-state=notRunning]')
    && !document.querySelector('[data-testid=stSpinner], [data-testid=stSkeleton]')"""
FILM = "film"
STILL_SIZE, FILM_SIZE = (1440, 900), (1280, 720)
STILL_QUALITY, FILM_QUALITY = 82, 70
FILM_FRAMES, FRAME_MS = 72, 80
MOST_BYTES = {"all": 4_000_000, FILM: 1_200_000}
REST = 0.6  # seconds between two looks that must be the same
PATIENCE = 240.0  # seconds until a page must be at rest


def train(page: Page) -> None:
    press(page, "train_start")
    wait_for_status(page, "finished")


def learn(page: Page) -> None:
    """A drawing that has been learnt for a while, with one point that is looked at."""
    press(page, "sketch_start")
    page.wait_for_function("() => Number(document.querySelector('.sketch-pad canvas').dataset.step) > 2000")
    press(page, "sketch_pause")
    page.get_by_text("Look at a point", exact=True).click()
    page.locator(".sketch-pad canvas").first.click(position={"x": 250, "y": 95})


def unfold_nothing(page: Page) -> None:
    """The page as it opens."""


STILLS: dict[
    str, tuple[str, Callable[[Page], None]]
] = {  # by the file of the page's view: its address, and what is done there
    "latent_map": ("/", unfold_nothing),
    "reconstruct": ("/reconstruct", unfold_nothing),
    "paths": ("/paths", unfold_nothing),
    "train": ("/train?train_data=digits", train),
    "sketch": ("/sketch?sketch_set=ring", learn),
    "models": ("/models", unfold_nothing),
    "compare": ("/compare", unfold_nothing),
    "bound": ("/bound", unfold_nothing),
    "likelihood": ("/likelihood", unfold_nothing),
    "gradients": ("/gradients", unfold_nothing),
    "figures": ("/figures", unfold_nothing),
    "code": ("/code?model=mnist-20d&tower_step=19", unfold_nothing),
    "steer": ("/steer?model=mnist-20d&steer=slant:20.00", unfold_nothing),
    "repair": ("/repair", unfold_nothing),
    "lessons": ("/lessons", unfold_nothing),
}


def file_names() -> list[str]:
    """The names of all pictures."""
    return [still_name(name, theme) for name in STILLS for theme in THEMES] + [film_name()]


def still_name(name: str, theme: str) -> str:
    return f"{name}-{theme}.webp"


def film_name() -> str:
    return "map.webp"


def open_page(browser: Browser, url: str, size: tuple[int, int], theme: str) -> Page:
    """A page on which nothing moves by itself, such as the map's invitation."""
    width, height = size
    page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=theme, reduced_motion="reduce")
    page.set_default_timeout(DEADLINE)
    page.goto(url)
    page.wait_for_selector("h1")
    return page


def at_rest(page: Page) -> bytes:
    """A picture of the page once nothing runs and two pictures in a row are the same. TimeoutError for one that never rests."""
    deadline, before = time.monotonic() + PATIENCE, b""
    while time.monotonic() < deadline:
        time.sleep(REST)
        page.wait_for_function(IS_DONE)
        after = page.screenshot()
        if after == before:
            return after
        before = after
    raise TimeoutError(f"{page.url} is not at rest after {PATIENCE:g} s; is the machine busy?")


def take_still(browser: Browser, server: Server, name: str, theme: str, folder: Path) -> Path:
    address, act = STILLS[name]
    page = open_page(browser, server.url + address, STILL_SIZE, theme)
    at_rest(page)
    act(page)
    picture = Image.open(io.BytesIO(at_rest(page))).convert("RGB")
    page.close()
    path = folder / still_name(name, theme)
    picture.save(path, quality=STILL_QUALITY, method=6)
    return path


def curve(frames: int) -> Iterator[tuple[float, float]]:
    """Places on a closed curve in the middle of a plane, as shares of its width and height."""
    for frame in range(frames):
        angle = 2 * math.pi * frame / frames
        yield 0.5 + 0.27 * math.cos(angle), 0.5 + 0.24 * math.sin(2 * angle + 0.4)


def take_film(browser: Browser, server: Server, folder: Path, frames: int = FILM_FRAMES) -> Path:
    page = open_page(browser, server.url, FILM_SIZE, "light")
    page.wait_for_selector(f"{CANVAS}[data-ready=true]")
    page.wait_for_selector(f"{PLOT} .plane-cursor", state="attached")
    at_rest(page)
    plane, image = page.locator(PLOT).first.bounding_box(), page.locator(".live-decoder").bounding_box()
    area = page.locator(f"{PLOT} .plane-area").first.bounding_box()
    assert plane and image and area
    clip = {
        "x": plane["x"], "y": plane["y"],
        "width": image["x"] + image["width"] - plane["x"], "height": min(plane["height"], FILM_SIZE[1] - plane["y"]),
    }  # fmt: skip
    pictures = []
    for across, down in curve(frames):
        before = page.get_attribute(CANVAS, "data-z")
        page.mouse.move(area["x"] + across * area["width"], area["y"] + down * area["height"])
        page.wait_for_function("([canvas, z]) => document.querySelector(canvas).dataset.z !== z", arg=[CANVAS, before])
        pictures.append(Image.open(io.BytesIO(page.screenshot(clip=clip))).convert("RGB"))
    page.close()
    path = folder / film_name()
    pictures[0].save(
        path, save_all=True, append_images=pictures[1:], duration=FRAME_MS, loop=0, quality=FILM_QUALITY, method=6, minimize_size=True
    )  # fmt: skip
    return path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=[*STILLS, FILM], default=[*STILLS, FILM], metavar="PICTURE")
    parser.add_argument("--frames", type=int, default=FILM_FRAMES, help="of the film")
    parser.add_argument("--out", type=Path, default=FOLDER)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    wait_from_outside()
    server = Server()
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=find_browser(), args=FLAGS)
            if FILM in options.only:
                tell(take_film(browser, server, options.out, options.frames))
            for name in STILLS:
                for theme in THEMES if name in options.only else ():
                    tell(take_still(browser, server, name, theme, options.out))
            browser.close()
    finally:
        server.process.terminate()
        server.process.wait(20)
    total = sum(path.stat().st_size for path in options.out.glob("*.webp"))
    print(f"{total / 1e6:.2f} MB in all")
    if total > MOST_BYTES["all"]:
        sys.exit(f"the pictures have {total:,} bytes; {MOST_BYTES['all']:,} are allowed: lower STILL_QUALITY")


def tell(path: Path) -> None:
    print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB", flush=True)


if __name__ == "__main__":
    main()
