"""The app, as `aevb-lab` starts it: page names, navigation, and the beginning of every run.

Streamlit imports this file once, for its server, and runs it as a script whenever a visitor's page changes.
"""

import gc
import importlib
import os
import pkgutil
import threading
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal

import streamlit as st
from starlette.middleware import Middleware
from starlette.types import ASGIApp

from aevb_lab import ending, hosting
from aevb_lab.classroom.room import open_room, room
from aevb_lab.classroom.routes import LIVE, Acts, Classroom
from aevb_lab.front_page import FrontPage
from aevb_lab.guard import EMBEDDERS, Guard, guard_what_is_no_request, stay_home
from aevb_lab.limits import Impatient, make_room
from aevb_lab.overlap import let_runs_overlap
from aevb_lab.serving import AtOnce, AtPath, BelowPath, FromMemory
from aevb_lab.visitors import TEACHER, VisitorCookie

# torch.set_num_threads counts for one thread only. Every run of a script has a thread of its own, and its first matrix products
# would start other threads and wait for them.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# As a data address: Streamlit forgets a file of its own between two runs, and a browser that asks for it just then gets none.
ICON = f"data:image/png;base64,{b64encode((Path(__file__).parent / 'static' / 'icon.png').read_bytes()).decode()}"


def show() -> None:
    from aevb_lab import about, next_steps, theme, words
    from aevb_lab.components.class_card import class_card
    from aevb_lab.components.page_link import page_link
    from aevb_lab.lessons import by_hand, guide, parts
    from aevb_lab.session import classroom, images, kept, runs, viewer
    from aevb_lab.session import lesson as visit

    kept.begin_run(is_new_page=viewer.leave_page())
    link = by_hand.by_hand()
    asked = visit.link_now()  # before the page takes out of the link what is as at first
    side_bar: Literal["collapsed", "auto"] = "collapsed" if link.is_projected else "auto"
    st.set_page_config(page_title="AEVB Lab", page_icon=ICON, layout="wide", initial_sidebar_state=side_bar)
    st.html(theme.CSS + link.styles)
    if present := room():
        class_card(present.name)
    runs.touch_presence()
    # Of more than twelve pages Streamlit would show ten.
    page = st.navigation(viewer.once("pages", pages), expanded=True)
    st.set_page_config(page_title=f"{page.title} · AEVB Lab")  # tells tabs and the browser's history apart
    viewer.note_page()
    runs.tell_losses(page.url_path)
    images.tell_data_folder()
    words.words(page.url_path or "latent_map")
    page_link(parts.TABLE.address, classroom.class_address())  # before the page, which may run again before its end
    by_hand.show(link)
    try:
        page.run()
    finally:  # a page that estimates something runs again and again before its end: these are there from the first time
        guide.guide(page.url_path, asked)
        words.words_button()
        about.about_button()
    next_steps.try_next(page.url_path)
    kept.end_run()


def pages() -> dict[str, list[st.Page]]:
    """The pages by section. A session makes them once, because Streamlit looks for the file of each."""
    sections = {
        "Play": [
            st.Page("views/latent_map.py", title="Latent map", default=True),
            st.Page("views/reconstruct.py", title="Reconstruct", url_path="reconstruct"),
            st.Page("views/paths.py", title="Paths", url_path="paths"),
            st.Page("views/steer.py", title="Steer", url_path="steer"),
        ],
        "Learn": [
            st.Page("views/train.py", title="Train", url_path="train"),
            st.Page("views/sketch.py", title="Sketch", url_path="sketch"),
            st.Page("views/models.py", title="Models and runs", url_path="models"),
            st.Page("views/compare.py", title="Compare", url_path="compare"),
        ],
        "Understand": [
            st.Page("views/bound.py", title="The bound", url_path="bound"),
            st.Page("views/likelihood.py", title="Estimating log p(x)", url_path="likelihood"),
            st.Page("views/gradients.py", title="Gradients", url_path="gradients"),
            st.Page("views/figures.py", title="Figures 2 to 5", url_path="figures"),
            st.Page("views/code.py", title="Code", url_path="code"),
            st.Page("views/repair.py", title="Repair", url_path="repair"),
        ],
        "Class": [st.Page("views/lessons.py", title="Lessons", url_path="lessons")],
    }
    if room() is not None:
        sections["Class"].append(st.Page("views/classroom.py", title="Class", url_path="class"))
    return sections


def class_acts() -> Acts:
    """What the teacher's board asks of the rest of the app, which is loaded beside the running server."""

    def board() -> Any:
        return importlib.import_module("aevb_lab.session.runs").board()

    return Acts(
        states=lambda: board().states(),
        stop_all=lambda: board().stop_all(),
        reset_all=lambda: board().reset_all(),
        lead_of=lambda view: importlib.import_module("aevb_lab.cached").toy_lead(view),
        words_of=lambda question: importlib.import_module("aevb_lab.lessons.lesson").question_of(
            question.lesson, question.step
        ),
    )


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
    ending.obey_signals()
    threading.Thread(target=warm_up, daemon=True, name="warm-up").start()
    yield
    ending.end()


if __name__ == "__main__":
    show()
else:
    stay_home()
    guard_what_is_no_request()
    make_room()
    let_runs_overlap()
    hosting.slots()  # a mistake in it ends the start, not the first run
    around_pages = [Middleware(FrontPage), Middleware(VisitorCookie, base_path=hosting.base_path)]
    # Streamlit finds the app by searching the source for the next line. From then on it knows the settings beside this file.
    app: ASGIApp = st.App(__file__, lifespan=lifespan, middleware=around_pages)
    base = hosting.base_path()
    app = FromMemory(AtPath(app, base))
    secret = os.environ.pop(TEACHER, "")  # no worker inherits it
    if secret:
        app = Classroom(app, open_room(secret), class_acts(), base)
    own_sockets = [LIVE] if secret else []
    app = Guard(app, embedders=os.environ.get(EMBEDDERS, "").split(), own_sockets=own_sockets)
    app = AtOnce(Impatient(BelowPath(app, base)))
