"""The app: `streamlit run app/main.py`. Page names, navigation, and what every run has to do.

Streamlit imports this file once, for its server, and runs it as a script whenever a visitor's page changes.
"""

import gc
import os
import socket
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# torch.set_num_threads counts for one thread, and every run of a script has a thread of its own, whose first products of
# matrices would start and wait for other threads: 30 ms for what takes 0.5.
os.environ.setdefault("OMP_NUM_THREADS", "1")

ICON = Path(__file__).parent / "static" / "icon.png"


def show() -> None:
    from app import state, theme

    state.leave_page()
    st.set_page_config(page_title="AEVB Lab", page_icon=str(ICON), layout="wide")
    st.html(theme.CSS)
    state.touch_presence()
    pages = {
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
    st.navigation(pages).run()


def warm_up() -> None:
    """Load what the first visitor would wait for: torch alone takes two seconds. All of it stays, so that looking through
    it for garbage, 0.2 s in which every session waits, is for nothing."""
    gc.disable()
    try:
        from app import state

        state.warm_up()
    finally:
        gc.freeze()
        gc.enable()


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[None]:
    """Beside a server that answers at once, get ready; when it stops, end all training."""
    warming = threading.Thread(target=warm_up, daemon=True, name="warm-up")
    warming.start()
    yield
    warming.join()
    from app import state

    state.board().shutdown()


class AtOnce:
    """Around the app: what is sent leaves at once. Streamlit opens its socket without naming TCP, so that asyncio does not turn
    Nagle's algorithm off, and the second part of an answer would wait 40 ms for the browser to acknowledge the first: of each
    of the hundred files of a first visit, and of each run. (As middleware inside the app it would see Starlette's `send`.)"""

    def __init__(self, app: ASGIApp):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        transport = getattr(getattr(send, "__self__", None), "transport", None)  # uvicorn's
        connection = transport and transport.get_extra_info("socket")
        if connection and connection.family in (socket.AF_INET, socket.AF_INET6):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await self.app(scope, receive, send)


class DecoderFirst:
    """Middleware: with the page, name the files that show the live decoder, so that the browser has them before it evaluates
    Plotly's five megabytes; else the decoded image waits for that in every other visit."""

    NAMES = ("BidiComponent", "serialization", "recordbatch", "_arrayReduce", "Html", "purify.es")

    def __init__(self, app: ASGIApp):
        self.app = app
        files = [
            path for name in self.NAMES for path in (Path(st.__file__).parent / "static/static/js").glob(f"{name}.*.js")
        ]
        self.link = ", ".join(f"<./static/js/{path.name}>; rel=modulepreload; crossorigin" for path in files).encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def named(message: Message) -> None:
            headers = message.get("headers", [])
            if any(name == b"content-type" and value.startswith(b"text/html") for name, value in headers):
                message = {**message, "headers": [*headers, (b"link", self.link)]}
            await send(message)

        await self.app(scope, receive, named if scope["type"] == "http" else send)


if __name__ == "__main__":
    show()
else:
    app = st.App(__file__, lifespan=lifespan, middleware=[Middleware(DecoderFirst)])  # Streamlit looks for this line
    app = AtOnce(app)
