"""The app, as `aevb-lab` starts it: page names, navigation, and the beginning of every run.

Streamlit imports this file once, for its server, and runs it as a script whenever a visitor's page changes.
"""

import gc
import importlib
import os
import pkgutil
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from starlette.types import ASGIApp

from aevb_lab.guard import EMBEDDERS, Guard, stay_home
from aevb_lab.limits import Impatient, make_room
from aevb_lab.serving import AtOnce, DecoderFirst, FromMemory
from aevb_lab.visitors import VisitorCookie

# torch.set_num_threads counts for one thread only. Every run of a script has a thread of its own, and its first matrix products
# would start other threads and wait for them.
os.environ.setdefault("OMP_NUM_THREADS", "1")

ICON = Path(__file__).parent / "static" / "icon.png"


def show() -> None:
    from aevb_lab import next_steps, theme, words
    from aevb_lab.lessons import guide
    from aevb_lab.session import runs, viewer

    viewer.leave_page()
    st.set_page_config(page_title="AEVB Lab", page_icon=str(ICON), layout="wide")
    st.html(theme.CSS)
    runs.touch_presence()
    page = st.navigation(viewer.once("pages", pages))
    runs.tell_losses(page.url_path)
    guide.begin(page.url_path)
    words.words()
    page.run()
    next_steps.try_next(page.url_path)
    words.words_button()
    guide.guide(page.url_path)


def pages() -> dict[str, list[st.Page]]:
    """The pages by section. A session makes them once, because Streamlit looks for the file of each."""
    return {
        "Play": [
            st.Page("views/latent_map.py", title="Latent map", default=True),
            st.Page("views/reconstruct.py", title="Reconstruct", url_path="reconstruct"),
            st.Page("views/paths.py", title="Paths", url_path="paths"),
        ],
        "Learn": [
            st.Page("views/train.py", title="Train", url_path="train"),
            st.Page("views/compare.py", title="Compare", url_path="compare"),
        ],
        "Understand": [
            st.Page("views/bound.py", title="The bound", url_path="bound"),
            st.Page("views/likelihood.py", title="Estimating log p(x)", url_path="likelihood"),
            st.Page("views/gradients.py", title="Gradients", url_path="gradients"),
            st.Page("views/repair.py", title="Repair", url_path="repair"),
        ],
        "Class": [st.Page("views/lessons.py", title="Lessons", url_path="lessons")],
        "Paper": [st.Page("views/models.py", title="Models and runs", url_path="models")],
    }


def warm_up() -> None:
    """Load what the first visitor would wait for, such as torch. All of it stays in memory, so the garbage collector, for which
    every session waits, need not look through it."""
    gc.disable()
    try:
        from aevb_lab.shown import first_page

        first_page.warm_up()
        import_all()
    finally:
        gc.freeze()
        # A run of a page makes thousands of objects, and few of them are in cycles.
        gc.set_threshold(100_000, 20, 100)
        gc.enable()


def import_all() -> None:
    """Import what the pages import, so that the first visitor of a page does not wait for it."""
    for module in pkgutil.walk_packages([str(Path(__file__).parent)], "aevb_lab."):
        if not module.name.startswith(("aevb_lab.main", "aevb_lab.views")):  # they run as scripts
            importlib.import_module(module.name)


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[None]:
    """Warm up while the server already answers; end all training when it stops."""
    warming = threading.Thread(target=warm_up, daemon=True, name="warm-up")
    warming.start()
    yield
    warming.join()
    from aevb_lab.session.runs import board, visitors

    visitors().close()
    board().shutdown()


if __name__ == "__main__":
    show()
else:
    stay_home()
    make_room()
    # Streamlit finds the app by searching the source for the next line.
    app: ASGIApp = st.App(__file__, lifespan=lifespan, middleware=[Middleware(DecoderFirst), Middleware(VisitorCookie)])
    app = AtOnce(Impatient(Guard(FromMemory(app), embedders=os.environ.get(EMBEDDERS, "").split())))
