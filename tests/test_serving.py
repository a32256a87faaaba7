"""What the server sends leaves at once, from memory, and the decoder's files first."""

import asyncio
import re
import socket
import urllib.request

import uvicorn
from browsing import run_apart

from aevb_lab import main, serving


def get(app, path, method="GET", query=""):
    """What an app answers: the first message with its headers as a dictionary, and the body."""

    async def ask():
        sent = []

        async def send(message):
            sent.append(message)

        await app({"type": "http", "method": method, "path": path, "query_string": query.encode()}, None, send)
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


def test_the_page_names_the_decoders_files_and_what_they_import():
    async def answer(scope, receive, send):
        kind = b"text/html; charset=utf-8" if scope["path"] == "/train" else b"text/javascript"
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", kind)]})

    app = serving.DecoderFirst(answer)
    files = re.findall(
        r"<\./static/js/([^>]+)>; rel=modulepreload; crossorigin", get(app, "/train")[0]["headers"]["link"]
    )
    folder, page = serving.STREAMLIT / "static/js", (serving.STREAMLIT / "index.html").read_text(encoding="utf-8")
    for part in serving.DecoderFirst.PARTS:
        (name,) = (name for name in files if name.startswith(f"{part}."))
        for other in re.findall(r'from"\./([^"]+)"', (folder / name).read_text(encoding="utf-8")):
            assert other in files or other in page
    assert len(files) == len(set(files)) and not any(name in page for name in files)
    assert "link" not in get(app, "/static/js/x.js")[0]["headers"]


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
