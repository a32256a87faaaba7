"""The page that Streamlit's code fills: what a browser shows of it before that code has come, and what it loads first.

On a slow line Streamlit's code takes seconds. Meanwhile the page shows the shapes of what will come and how much of the code is
there. It does so before the style sheet has come, and does not ask first for a font that our themes do not use.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from functools import cache

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from aevb_lab.serving import STREAMLIT, Stored, read_file

CODE = STREAMLIT / "static" / "js"
PARTS = (
    "Html",
    "Selectbox",
    "BidiComponent",
)  # Streamlit's names for parts that it loads when they are first on screen
KIND = "text/html; charset=utf-8"
INLINE_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)
FONT = re.compile(r'\s*<link\s+rel="preload"[^>]*as="font"[^>]*/>')
STYLES = re.compile(r'\s*<link rel="stylesheet"[^>]*>')
ROOT = '<div id="root"></div>'
# Its script says how many of the bytes have come, and takes it away as soon as the page has something to show.
SKELETON = """
<noscript><style>#loading { display: none }</style></noscript>
<style>
#loading { position: fixed; inset: 0; z-index: 1; pointer-events: none; font: 16px system-ui, sans-serif; color-scheme: light dark;
  color: light-dark(#1d1d2b, #ececf4); background: light-dark(#fff, #14141d); padding: 5rem 1rem 0; }
#loading b { font-size: 1.7rem; }
#loading div { display: flex; flex-direction: column; gap: 1.5rem; margin-top: 1.5rem; }
#loading i { flex: none; width: min(100%, 75vh); aspect-ratio: 1; border-radius: 0.5rem; background: light-dark(#f0f0f5, #22222e); }
@media (min-width: 800px) {
  #loading { padding-left: 21rem; } /* beside the side bar */
  #loading div { flex-direction: row; align-items: flex-start; }
  #loading i { width: min(75vh, 44vw); }
  #loading i + i { width: min(40vh, 24vw); }
}
</style>
<div id="loading" role="status" data-bytes="BYTES"><b>AEVB Lab</b><p>Loading the page</p><div><i></i><i></i></div></div>
"""
SCRIPT = """<script>
{
  const box = document.getElementById("loading"), words = box.querySelector("p"), all = Number(box.dataset.bytes)
  const megabytes = (bytes) => (bytes / 1e6).toFixed(1)
  let count = 0
  const files = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (entry.name.includes("/static/")) count += entry.encodedBodySize
    words.textContent = count < 0.98 * all ? `Loading the page: ${megabytes(count)} of ${megabytes(all)} MB` : "Opening the page"
  })
  const page = new MutationObserver(() => {
    if (!document.querySelector("#root [data-testid=stMain] [data-testid=stElementContainer] *, [role=dialog]")) return
    files.disconnect()
    page.disconnect()
    box.remove()
  })
  files.observe({ type: "resource", buffered: true })
  page.observe(document.body, { childList: true, subtree: true })
}
</script>"""
# What Streamlit is not asked for: we pack the page, and no browser keeps one of an earlier version.
UNASKED = (b"accept-encoding", b"if-none-match", b"if-modified-since")
REPLACED = (b"content-type", b"content-length", b"etag", b"last-modified", b"accept-ranges", b"vary")  # headers


@cache
def files() -> list[str]:
    """The names of the parts' files and of all that they import, without those that Streamlit's page names itself."""
    page = streamlit_page()
    names = [path.name for part in PARTS for path in CODE.glob(f"{part}.*.js")]
    for name in names:  # the loop adds to this list
        imports = re.findall(r'(?:from|import)"\./([^"]+)"', (CODE / name).read_text(encoding="utf-8"))
        names += [module for module in dict.fromkeys(imports) if module not in names and module not in page]
    return names


@cache
def streamlit_page() -> str:
    return (STREAMLIT / "index.html").read_text(encoding="utf-8")


def first_files() -> Iterator[Stored]:
    """All the files that a browser loads before it shows the page, read and packed."""
    named = re.findall(r"\./(static/(?:js|css)/[^\"]+)", streamlit_page())
    for path in dict.fromkeys([*named, *(f"static/js/{name}" for name in files())]):
        yield read_file(STREAMLIT / path)


@cache
def page_text() -> str:
    """The page. Its style sheet comes after the skeleton, which a browser shows without waiting for it."""
    size = sum(len(stored.packed or stored.body) for stored in first_files())
    page = FONT.sub("", streamlit_page())
    styles = "".join(STYLES.findall(page))
    return STYLES.sub("", page).replace(ROOT, f"{SKELETON.replace('BYTES', str(size))}{SCRIPT}\n{ROOT}{styles}")


def inline_scripts() -> list[str]:
    """The SHA-256, in base64, of each script within the page."""
    scripts = INLINE_SCRIPT.findall(page_text())
    return [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts]


class FrontPage:
    """Middleware: sends our page where Streamlit sends its own, and names in its headers the files for the live decoder and for the
    choice of its model, so that the browser loads them at once. Otherwise it would ask for them one after the other, after the
    server's first run."""

    def __init__(self, app: ASGIApp):
        self.app = app
        self.page = Stored.of(page_text().encode(), KIND)
        self.link = ", ".join(f"<./static/js/{name}>; rel=modulepreload; crossorigin" for name in files()).encode()
        self.size = str(len(streamlit_page().encode())).encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET":
            return await self.app(scope, receive, send)
        is_page = False

        async def send_page(message: Message) -> None:
            nonlocal is_page
            if message["type"] == "http.response.start":
                headers = dict(message.get("headers", []))
                is_page = headers.get(b"content-type", b"").startswith(b"text/html") and (
                    headers.get(b"content-length") == self.size
                )
                if is_page:
                    others = [(name, value) for name, value in message["headers"] if name not in REPLACED]
                    return await self.page.send(send, scope, [*others, (b"link", self.link)])
            if not is_page:
                await send(message)

        asked = [field for field in scope["headers"] if field[0] not in UNASKED]
        await self.app({**scope, "headers": asked} if wants_page(scope) else scope, receive, send_page)


def wants_page(scope: Scope) -> bool:
    return any(name == b"accept" and b"text/html" in value for name, value in scope["headers"])
