"""The app, as `aevb-lab` starts it. Page names, navigation, and what every run has to do.

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

from app.serving import AtOnce, DecoderFirst, FromMemory

# torch.set_num_threads counts for one thread, and every run of a script has a thread of its own, whose first products of
# matrices would start and wait for other threads: 30 ms for what takes 0.5.
os.environ.setdefault("OMP_NUM_THREADS", "1")

ADOPTION_SECONDS = 0.25
ICON = Path(__file__).parent / "static" / "icon.png"


def show() -> None:
    from app import theme
    from app.components.legend_keys import legend_keys
    from app.session import runs, viewer

    viewer.leave_page()
    st.set_page_config(page_title="AEVB Lab", page_icon=str(ICON), layout="wide")
    st.html(theme.CSS)
    legend_keys()
    runs.touch_presence()
    page = st.navigation(viewer.once("pages", pages))
    if runs.awaits_adoption():
        st.fragment(look_for_run, run_every=ADOPTION_SECONDS)()
    else:
        page.run()


def look_for_run() -> None:
    """After a reload, until the run in the link is this page's: its model may be what the page shows."""
    from app.session import runs

    st.caption("Looking for your run…")
    if runs.current_job() or not runs.awaits_adoption():
        st.rerun()


def pages() -> dict[str, list[st.Page]]:
    """By the names of their sections. To look for their ten files takes a fourteenth of a run."""
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
        "Paper": [st.Page("views/models.py", title="Models and runs", url_path="models")],
    }


def warm_up() -> None:
    """Load what the first visitor would wait for: torch alone takes two seconds. All of it stays, so that looking through
    it for garbage, 0.2 s in which every session waits, is for nothing."""
    gc.disable()
    try:
        from app.shown import first_page

        first_page.warm_up()
        import_all()
    finally:
        gc.freeze()
        # A run of a page makes some thousand objects, and few of them refer to each other.
        gc.set_threshold(100_000, 20, 100)
        gc.enable()


def import_all() -> None:
    """All that some page imports, so that the first visitor of each page does not wait for it."""
    for module in pkgutil.walk_packages([str(Path(__file__).parent)], "app."):
        if not module.name.startswith(("app.main", "app.views")):  # which run as scripts
            importlib.import_module(module.name)


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[None]:
    """Beside a server that answers at once, get ready; when it stops, end all training."""
    warming = threading.Thread(target=warm_up, daemon=True, name="warm-up")
    warming.start()
    yield
    warming.join()
    from app.session.runs import board

    board().shutdown()


if __name__ == "__main__":
    show()
else:
    # Streamlit looks for the next line in the source.
    app: ASGIApp = st.App(__file__, lifespan=lifespan, middleware=[Middleware(DecoderFirst)])
    app = AtOnce(FromMemory(app))
