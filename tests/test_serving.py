"""What the server sends leaves at once, from memory, packed, and the decoder's files first."""

import asyncio
import gzip
import re
import socket
import threading
import urllib.request

import numpy as np
import pytest
import uvicorn
from browsing import run_apart

from aevb_lab import front_page, main, serving


def get(app, path, method="GET", query="", **headers):
    """What an app answers: the first message with its headers as a dictionary, and the body."""
    asked = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]

    async def ask():
        sent = []

        async def send(message):
            sent.append(message)

        await app(
            {"type": "http", "method": method, "path": path, "query_string": query.encode(), "headers": asked},
            None,
            send,
        )
        return sent

    start, *bodies = run_apart(ask())
    return start | {"headers": {name.decode(): value.decode() for name, value in start["headers"]}}, bodies


def test_what_the_server_sends_leaves_at_once():
    """On a socket opened as Streamlit opens it; asyncio itself would leave Nagle's algorithm on."""
    at_once = []

    async def answer(scope, receive, send):
        connection = send.__self__.transport.get_extra_info("socket")
        at_once.append(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        await send({"type": "http.response.start", "status": 204})
        await send({"type": "http.response.body"})

    async def visit(app):
        with socket.socket() as listening:
            listening.bind(("127.0.0.1", 0))
            listening.listen()
            server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_level="critical"))
            serving = asyncio.create_task(server.serve(sockets=[listening]))
            url = f"http://127.0.0.1:{listening.getsockname()[1]}/"
            await asyncio.to_thread(lambda: urllib.request.urlopen(url).close())
            server.should_exit = True
            await serving

    run_apart(visit(answer))
    run_apart(visit(serving.AtOnce(answer)))
    assert [bool(option) for option in at_once] == [False, True]
    assert isinstance(main.app, serving.AtOnce), (
        "around the app, as in this test: inside, `send` is Starlette's for HTTP"
    )


def test_streamlits_files_come_from_memory_and_all_else_from_the_app():
    async def answer(scope, receive, send):
        await send({"type": "http.response.start", "status": 404, "headers": []})

    app = serving.FromMemory(answer)
    for name, kind in (
        ("js/index.*.js", "text/javascript"),
        ("css/index.*.css", "text/css"),
        ("media/*.woff2", "font/woff2"),
    ):
        path = next((serving.STREAMLIT / "static").glob(name))
        start, (body,) = get(app, f"/static/{path.relative_to(serving.STREAMLIT / 'static').as_posix()}")
        assert (
            start["status"] == 200
            and start["headers"]["content-type"] == kind
            and "immutable" in start["headers"]["cache-control"]
        )
        assert body["body"] == path.read_bytes() and int(start["headers"]["content-length"]) == len(body["body"])
    for path in ("/", "/index.html", "/static/js/../../index.html", "/static/js/none.aaaa.js", "/static/js", "/train"):
        assert get(app, path)[0]["status"] == 404
    script = next((serving.STREAMLIT / "static/js").glob("index.*.js")).name
    assert get(app, f"/static/js/{script}", method="POST")[0]["status"] == 404


@pytest.mark.parametrize("accepted", ["gzip", "br, GZIP;q=0.5", "deflate,gzip, zstd"])
def test_scripts_and_styles_leave_packed_and_are_packed_once_in_a_thread(monkeypatch, accepted):
    app, threads, compress = serving.FromMemory(None), [], gzip.compress
    monkeypatch.setattr(
        serving.gzip, "compress", lambda *a, **k: threads.append(threading.current_thread()) or compress(*a, **k)
    )
    for name in ("js/index.*.js", "css/index.*.css", "js/Toolbar.*.js"):
        file = next((serving.STREAMLIT / "static").glob(name))
        monkeypatch.delitem(serving.packed_files, file, raising=False)
        path = f"/static/{file.relative_to(serving.STREAMLIT / 'static').as_posix()}"
        count = len(threads)
        for _ in range(2):
            start, (body,) = get(app, path, accept_encoding=accepted)
            assert start["headers"]["content-encoding"] == "gzip" and start["headers"]["vary"] == "accept-encoding"
            assert int(start["headers"]["content-length"]) == len(body["body"]) < 0.6 * file.stat().st_size
            assert gzip.decompress(body["body"]) == file.read_bytes()
        assert len(threads) == count + 1, "the second answer is the first one's"
        start, (body,) = get(app, path)
        assert "content-encoding" not in start["headers"] and body["body"] == file.read_bytes()
    assert threading.main_thread() not in threads


@pytest.mark.parametrize("accepted", ["identity", "br", "gzip;q=0", "gzip; q=0.0, br", "xgzip", ""])
def test_a_browser_that_does_not_take_gzip_gets_none(accepted):
    file = next((serving.STREAMLIT / "static/js").glob("index.*.js"))
    start, (body,) = get(serving.FromMemory(None), f"/static/js/{file.name}", accept_encoding=accepted)
    assert "content-encoding" not in start["headers"] and body["body"] == file.read_bytes()


def test_what_is_packed_already_is_not_packed_again():
    file = next((serving.STREAMLIT / "static/media").glob("*.woff2"))
    start, (body,) = get(serving.FromMemory(None), f"/static/media/{file.name}", accept_encoding="gzip")
    assert "content-encoding" not in start["headers"] and body["body"] == file.read_bytes()
    noise = np.random.default_rng(0).bytes(5000)
    assert serving.Stored.of(noise, serving.BYTES).packed is None, "nothing is won"


def page_of(body, *others, kind=b"text/html; charset=utf-8"):
    """An app that answers as Streamlit does: with its page, or with something else."""

    async def answer(scope, receive, send):
        assert not {name for name, _ in scope["headers"]} & {b"if-none-match", b"if-modified-since"}
        size = str(len(body)).encode()
        headers = [
            (b"content-type", kind),
            (b"content-length", size),
            (b"etag", b"x"),
            (b"cache-control", b"no-cache"),
            *others,
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body[:100], "more_body": True})
        await send({"type": "http.response.body", "body": body[100:]})

    return front_page.FrontPage(answer)


def test_the_page_names_the_decoders_files_and_what_they_import():
    page = front_page.streamlit_page()
    app = page_of(page.encode(), (b"set-cookie", b"a=1"))
    start, bodies = get(app, "/train", accept="text/html", accept_encoding="gzip", if_none_match="x")
    files = re.findall(r"<\./static/js/([^>]+)>; rel=modulepreload; crossorigin", start["headers"]["link"])
    folder = serving.STREAMLIT / "static/js"
    for part in front_page.PARTS:
        (name,) = (name for name in files if name.startswith(f"{part}."))
        for other in re.findall(r'from"\./([^"]+)"', (folder / name).read_text(encoding="utf-8")):
            assert other in files or other in page
    assert len(files) == len(set(files)) and not any(name in page for name in files)
    assert start["headers"]["set-cookie"] == "a=1" and start["headers"]["cache-control"] == "no-cache"
    assert "etag" not in start["headers"], "a browser would keep the page of another version"
    text = gzip.decompress(b"".join(body["body"] for body in bodies)).decode()
    assert text == front_page.page_text()
    assert int(start["headers"]["content-length"]) == sum(len(body["body"]) for body in bodies)


def test_the_page_shows_shapes_before_its_style_sheet_and_asks_for_no_font_first():
    text, page = front_page.page_text(), front_page.streamlit_page()
    assert (
        text.index('id="loading"') < text.index('rel="stylesheet"') and 'as="font"' in page and 'as="font"' not in text
    )
    assert text.index('id="loading"') < text.index('<div id="root">')
    scripts = re.compile(r'(?:src|href)="([^"]+\.js)"')
    assert scripts.findall(text) == scripts.findall(page), "all that Streamlit's page loads, in its order"
    size = int(re.search(r'data-bytes="(\d+)"', text)[1])
    assert 300_000 < size < 1_000_000, "what a browser loads until the page opens, packed"


@pytest.mark.parametrize(("body", "kind"), [
    (b"<p>another page</p>", b"text/html"),
    (front_page.streamlit_page().encode(), b"text/plain"),
])  # fmt: skip
def test_what_is_not_the_page_stays_as_it_is(body, kind):
    start, bodies = get(page_of(body, kind=kind), "/media/x", accept="*/*")
    assert b"".join(part["body"] for part in bodies) == body and "link" not in start["headers"]


def test_what_is_published_is_there_for_as_long_as_somebody_holds_it():
    async def answer(scope, receive, send):
        await send({"type": "http.response.start", "status": 404, "headers": []})

    app, held = serving.FromMemory(answer), serving.Published(b"weights", "decoders/name")
    start, (body,) = get(app, "/decoders/name")
    assert (start["status"], body["body"]) == (200, b"weights")
    del held
    assert get(app, "/decoders/name")[0]["status"] == 404


def test_what_is_made_when_asked_for_is_never_kept_by_a_browser():
    questions, app = [], serving.FromMemory(None)
    held = serving.Published(lambda query: questions.append(query) or b"now", "runs/name")
    start, (body,) = get(app, f"/{held.address}", query="look=7")
    assert (start["status"], body["body"], questions) == (200, b"now", ["look=7"])
    assert start["headers"]["cache-control"] == "no-store" and start["headers"]["content-length"] == "3"
