"""The guard over real sockets and in a real browser: no page breaks the policy, and no request leaves."""

import asyncio
import socket
import threading
import time
from contextlib import closing
from http.client import HTTPConnection

import pytest
import websockets
from browsing import CANVAS, PLOT, answers, free_port, rest, run_apart
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

import vae_core as vc
from vae_core.models import pretrained_path

HANDSHAKES = 200
HALF_OPEN = 100
PATIENCE = 20.0
pytestmark = pytest.mark.browser

# What a page full of a stranger's text could try. Each line resolves when the browser has given up or got through.
ATTEMPTS = """async place => {
    const settled = (element, parent = document.body) => new Promise(resolve => {
        element.onload = element.onerror = resolve
        parent.append(element)
        setTimeout(resolve, 500)  // a frame that is refused may say nothing
    })
    const make = (tag, values) => Object.assign(document.createElement(tag), values)
    const attempts = [
        fetch(`${place}/fetch`, { mode: "no-cors" }),
        settled(make("img", { src: `${place}/image` })),
        settled(make("script", { src: `${place}/script.js` })),
        settled(make("iframe", { src: `${place}/frame` })),
        settled(make("video", { src: `${place}/video` })),
        settled(make("object", { data: `${place}/object` })),
        settled(make("link", { rel: "stylesheet", href: `${place}/style.css` }), document.head),
        settled(make("link", { rel: "prefetch", href: `${place}/prefetch` }), document.head),
        settled(make("style", { textContent: `@import url("${place}/import.css"); body { background: url("${place}/background") }` })),
        new Promise(resolve => { const socket = new WebSocket(place.replace("http", "ws")); socket.onerror = socket.onopen = resolve }),
        new Promise(resolve => { const stream = new EventSource(`${place}/stream`); stream.onerror = stream.onopen = resolve }),
    ]
    try { attempts.push(new Promise(resolve => { new Worker(`${place}/worker.js`).onerror = resolve; setTimeout(resolve, 500) })) } catch {}
    navigator.sendBeacon(`${place}/beacon`, "text")
    await Promise.allSettled(attempts)
}"""


def ask(port, head, wait=PATIENCE):
    """The answer to bytes that no browser would send, up to its body."""
    with closing(socket.create_connection(("127.0.0.1", port), wait)) as connection:
        connection.sendall(head)
        answer = b""
        while b"\r\n\r\n" not in answer and (part := connection.recv(4096)):
            answer += part
        return answer.decode("latin-1")


def handshake(host, origin):
    return (
        f"GET /_stcore/stream HTTP/1.1\r\nHost: {host}\r\nOrigin: {origin}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: streamlit\r\n\r\n"
    ).encode()


def test_another_name_gets_neither_page_nor_socket(server):
    for head in (b"Host: evil.example", b"Host: localhost.evil.example:80", b"X-Forwarded-Host: localhost"):
        for version in (b"1.1", b"1.0"):
            answer = ask(server.port, b"GET / HTTP/%s\r\n%s\r\n\r\n" % (version, head))
            assert answer.split()[1] in ("403", "400") and "<!DOCTYPE" not in answer
    assert ask(server.port, handshake("evil.example", "http://evil.example")).split()[1] == "403"
    assert ask(server.port, handshake(f"127.0.0.1:{server.port}", "null")).split()[1] == "403"
    assert ask(server.port, handshake(f"127.0.0.1:{server.port}", server.url)).split()[1] == "101"
    assert ask(server.port, b"GET / HTTP/1.1\r\nHost: localhost:%d\r\n\r\n" % server.port).split()[1] == "200"


def test_foreign_handshakes_are_refused_at_once_and_hold_nobody_up(server):
    """Streamlit alone asks another host about each of them, for up to two seconds, while everybody waits."""
    refused, longest = [], [0.0]
    over = threading.Event()

    def watch():
        while not over.is_set():
            began = time.monotonic()
            assert answers(f"{server.url}/_stcore/health")
            longest[0] = max(longest[0], time.monotonic() - began)

    watcher = threading.Thread(target=watch)
    watcher.start()
    for number in range(HANDSHAKES):
        answer = ask(server.port, handshake(f"127.0.0.1:{server.port}", f"http://evil{number}.example"))
        refused.append(answer.split()[1] == "403")
    over.set()
    watcher.join()
    assert refused == [True] * HANDSHAKES and longest[0] < 1.5


def test_requests_that_never_end_keep_nobody_out(server):
    half = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(HALF_OPEN)]
    try:
        for connection in half:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
        assert answers(server.url) and answers(f"{server.url}/_stcore/health")
    finally:
        for connection in half:
            connection.close()


def test_too_large_headers_are_refused_and_change_nothing(server):
    cookie = b"GET /%s HTTP/1.1\r\nHost: localhost\r\nCookie: a=" + b"x" * 300_000
    answer = ask(server.port, cookie % b"")
    assert answer.split()[1].startswith("4")
    assert answers(server.url)


def test_what_is_no_message_ends_only_its_own_socket(server):
    async def hello(page):
        await page.send(BackMsg(app_heartbeat=True).SerializeToString())
        while not ForwardMsg.FromString(await asyncio.wait_for(page.recv(), PATIENCE)).heartbeat_ack:
            pass

    async def talk():
        address = f"ws://127.0.0.1:{server.port}/_stcore/stream"
        async with websockets.connect(address, subprotocols=["streamlit"]) as page:
            for nonsense in (b"\xff" * 9, "text", b"", b"\x08"):
                async with websockets.connect(address, subprotocols=["streamlit"]) as other:
                    await hello(other)
                    await other.send(nonsense)
                    with pytest.raises(websockets.ConnectionClosed) as end:
                        while True:
                            await asyncio.wait_for(other.recv(), PATIENCE)
                    assert end.value.rcvd.code in (1002, 1003)
                await hello(page)

    run_apart(talk())
    assert server.tracebacks() == ""


def test_a_page_elsewhere_cannot_upload(server):
    connection = HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
    for method in ("PUT", "DELETE"):
        connection.request(method, "/_stcore/upload_file/session/file", b"x", {"Origin": "http://evil.example"})
        answer = connection.getresponse()
        assert answer.status == 403 and b"own pages" in answer.read()
        connection.close()


def test_nothing_on_a_page_reaches_another_host(browser, server):
    """Another port of this machine stands for another host. Every way to ask it is tried on a page that is alive."""
    contacts = []
    with closing(socket.create_server(("127.0.0.1", free_port()))) as elsewhere:
        elsewhere.settimeout(0.2)
        over = threading.Event()

        def listen():
            while not over.is_set():
                try:
                    with elsewhere.accept()[0] as contact:
                        contacts.append(contact.recv(200))
                except TimeoutError:
                    pass

        listener = threading.Thread(target=listen)
        listener.start()
        place = f"http://127.0.0.1:{elsewhere.getsockname()[1]}"
        page = browser.new_context().new_page()
        page.goto(server.url)
        page.wait_for_selector(f"{CANVAS}[data-ready=true]")
        page.wait_for_selector(f"{PLOT} .plane-cursor", state="attached")
        page.evaluate(ATTEMPTS, place)
        assert contacts == []
        page.goto("about:blank")
        page.evaluate("place => fetch(place, { mode: 'no-cors' }).catch(() => 0)", place)  # the listener does hear
        page.context.close()
        over.set()
        listener.join()
    assert contacts  # browsers open a second connection now and then


def test_a_browser_can_upload_and_take_a_model_away(visit):
    """The ways of a file in and out, under the policy: a form of parts with the page's own origin, and a download."""
    page = visit("/models")
    page.wait_for_selector(".js-plotly-plot .xy")
    file = pretrained_path("digits-2d") / "model.safetensors"
    page.set_input_files(".st-key-upload_model input[type=file]", file)
    page.get_by_text("You can choose it on every page now").wait_for()
    page.get_by_title("The card and the files of model", exact=True).click()
    page.wait_for_selector(".st-key-download_model button")
    rest(page)
    with page.expect_download() as saved:
        page.click(".st-key-download_model button")
    assert vc.load_model(saved.value.path()).config == vc.load_model(file).config
