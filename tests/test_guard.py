"""The guard in front of the app: whom it answers, what it lets in, and what its answers allow a browser. (Longer
than other files: it holds tables of hosts, origins and messages.)"""

import asyncio
import base64
import hashlib
import importlib.util
import re
import socket
from pathlib import Path

import pytest
import requests
import uvicorn
from browsing import run_apart
from starlette.websockets import WebSocket
from streamlit import config, net_util
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.web.server import server_util

from aevb_lab import front_page, guard, launch, limits, main, serving

OWN_HOSTS = ["localhost", "localhost:1", "LocalHost:65535", "localhost.:8501", "127.0.0.1:8501", "[::1]:8501", "[::1]",
             "[0:0:0:0:0:0:0:1]:80", "lab.school.example:8501", "LAB.school.example", "192.0.2.7:8501", "a.b.wild.example"]  # fmt: skip
FOREIGN_HOSTS = ["evil.example", "evil.example:8501", "localhost.evil.example", "127.0.0.1.evil.example", "evil-localhost",
                 "localhost@evil.example", "user:word@localhost", "localhost:8501:8501", "localhost:", "localhost:0", "localhost:65536",
                 "localhost:port", "localhost..", ".localhost", "", " ", "localhost ", "localhost/", "localhost,evil.example", "[::1",
                 "::1", "[::2]:8501", "[::1%25lo]", "[]", "[::1].evil.example", "127.1", "2130706433", "0x7f.0.0.1", "0.0.0.0",
                 "127.0.0.1\x00", "löcalhost", "xn--lcalhost-n4a", "wild.example", "evilwild.example", "192.0.2.70"]  # fmt: skip
HOSTS = ["lab.school.example", "192.0.2.7", "*.wild.example"]
HEARTBEAT = BackMsg(app_heartbeat=True).SerializeToString()
PAGE = "http://localhost:8501"
FOREIGN_ORIGINS = ["http://evil.example", "http://localhost:8502", "http://localhost", "https://localhost", "http://127.0.0.1:8501",
                   "null", "", "localhost:8501", "http://", "file://", "http://localhost:8501/", "http://user@localhost:8501",
                   "http://localhost:8501.evil.example", "ftp://localhost:8501", "http://localhost:8501, http://evil.example",
                   "http://[::1]:8501", "chrome-extension://localhost:8501", "http://löcalhost:8501", "http://localhost:99999"]  # fmt: skip


async def answer(scope, receive, send):
    """An app that greets, or takes each message of a socket and sends its kind back."""
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/html")]})
        return await send({"type": "http.response.body", "body": b"hello"})
    while (message := await receive())["type"] != "websocket.disconnect":
        await send({"type": "websocket.send", "text": message["type"]})


def ask(
    host="localhost:8501",
    origin=None,
    *,
    app=None,
    kind="http",
    method="GET",
    path="/",
    client="192.0.2.9",
    messages=(),
    extensions=None,
):
    """What the guard sends for a request; None stands for a header that is missing, a list for one that comes twice."""
    headers = [
        (name, value.encode("latin-1" if value.isascii() else "utf-8"))
        for name, values in ((b"host", host), (b"origin", origin))
        for value in ([] if values is None else values if isinstance(values, list) else [values])
    ]
    scope = {
        "type": kind,
        "method": method,
        "path": path,
        "query_string": b"",
        "headers": headers,
        "client": (client, 5),
        "extensions": extensions or {},
    }
    sent, incoming = [], iter([*messages, {"type": "websocket.disconnect", "code": 1000}])

    async def receive():
        return next(incoming)

    async def send(message):
        sent.append(message)

    run_apart((app or guard.Guard(answer, HOSTS))(scope, receive, send))
    return sent


async def shut_and_listen(scope, receive, send):
    """What Streamlit does with the socket of a page that goes away while it is answered."""
    page = WebSocket(scope, receive, send)
    await page.accept()
    await page.close()
    await page.receive_bytes()


def test_a_socket_that_the_app_has_shut_is_no_error():
    sent = ask(app=guard.Guard(shut_and_listen, HOSTS), kind="websocket", messages=[{"type": "websocket.connect"}])
    assert [message["type"] for message in sent] == ["websocket.accept", "websocket.close"]


def status(*sent):
    return sent[0].get("status") or sent[0].get("code")


def headers_of(sent):
    return {name.decode(): value.decode() for name, value in sent[0]["headers"]}


# -- names and origins -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", OWN_HOSTS)
def test_the_app_answers_to_its_own_names_on_any_port(host):
    sent = ask(host)
    assert status(*sent) == 200 and sent[1]["body"] == b"hello"
    assert ask(host, kind="websocket", messages=[say(HEARTBEAT)]) == [
        {"type": "websocket.send", "text": "websocket.receive"}
    ]


@pytest.mark.parametrize("host", [*FOREIGN_HOSTS, None, ["localhost", "localhost"], ["localhost", "evil.example"]])
def test_under_any_other_name_neither_page_nor_socket_is_there(host):
    sent = ask(host)
    assert status(*sent) == 403 and b"--allowed-hosts NAME" in sent[1]["body"]
    assert headers_of(sent)["x-frame-options"] == "DENY" and policy_of(sent)["default-src"] == ["'none'"]
    assert ask(host, kind="websocket") == [{"type": "websocket.close", "code": 1008}]
    assert ask(host, host and f"http://{host}", kind="websocket") == [{"type": "websocket.close", "code": 1008}]


@pytest.mark.parametrize("origin", [*FOREIGN_ORIGINS, [PAGE, PAGE], [PAGE, "http://evil.example"]])
def test_a_page_of_another_origin_opens_no_socket_and_changes_nothing(origin):
    assert ask(origin=origin, kind="websocket") == [{"type": "websocket.close", "code": 1008}]
    for method in ("PUT", "POST", "DELETE", "PATCH"):
        sent = ask(origin=origin, method=method)
        assert status(*sent) == 403 and b"own pages" in sent[1]["body"]
    for method in ("GET", "HEAD", "OPTIONS"):
        assert status(*ask(origin=origin, method=method)) == 200


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("localhost:8501", "http://localhost:8501"),
        ("localhost:8501", "HTTP://LOCALHOST:8501"),
        ("localhost.:8501", "http://localhost:8501"),
        ("[::1]:8501", "http://[0:0::1]:8501"),
        ("lab.school.example", "http://lab.school.example:80"),
        ("lab.school.example", "https://lab.school.example"),
        ("lab.school.example:443", "https://lab.school.example"),
        ("lab.school.example", None),
    ],
)
def test_the_app_s_own_pages_and_programs_without_a_page_are_let_in(host, origin):
    assert status(*ask(host, origin, method="PUT")) == 200
    assert ask(host, origin, kind="websocket") == []


def test_https_and_http_have_their_own_ports():
    assert not guard.is_same_site(b"https://lab.school.example", b"lab.school.example:80")
    assert not guard.is_same_site(b"http://lab.school.example", b"lab.school.example:443")


def test_the_names_are_those_of_streamlit_s_settings(monkeypatch):
    options = {
        "server.allowedHosts": ["lab.example"],
        "server.address": "0.0.0.0",
        "browser.serverAddress": "192.0.2.7",
    }
    monkeypatch.setattr(config, "get_option", options.__getitem__)
    assert guard.configured_hosts() == ["lab.example", "192.0.2.7"]
    app = guard.Guard(answer)
    assert [status(*ask(host, app=app)) for host in ("lab.example:1", "192.0.2.7", "0.0.0.0")] == [200, 200, 403]
    options["server.allowedHosts"] = ["*"]
    assert status(*ask("any.example", app=guard.Guard(answer))) == 200


@pytest.mark.parametrize(
    "path", ["/_stcore/metrics", "/lab/_stcore/metrics/", "/_stcore/script-health-check", "/_stcore/agent/mcp"]
)
def test_what_is_for_the_machine_itself_is_closed_to_others(path):
    assert status(*ask(path=path, client="127.0.0.1")) == 200
    assert status(*ask("[::1]:8501", path=path, client="::1")) == 200
    sent = ask(path=path, client="192.0.2.9")
    assert status(*sent) == 403 and b"Only the machine on which the app runs" in sent[1]["body"]
    assert status(*ask("lab.school.example", path=path, client="127.0.0.1")) == 403, "a proxy passes on what others ask"
    assert status(*ask(path="/_stcore/health", client="192.0.2.9")) == 200


def test_the_guard_stands_around_all_of_the_app():
    layers = [main.app, main.app.app, main.app.app.app, main.app.app.app.app, main.app.app.app.app.app]
    expected = [serving.AtOnce, limits.Impatient, serving.BelowPath, guard.Guard, serving.FromMemory]
    assert list(map(type, layers)) == expected


# -- messages ----------------------------------------------------------------------------------------------------


def say(data):
    return {"type": "websocket.receive", ("text" if isinstance(data, str) else "bytes"): data}


@pytest.mark.parametrize(
    ("data", "code"), [("hello", 1003), (b"\xff\xff\xff", 1002), (b"hello", 1002), (b"", 1002), ("", 1003)]
)
def test_what_is_no_message_ends_its_own_socket(data, code):
    sent = ask(kind="websocket", messages=[say(HEARTBEAT), say(data), say(HEARTBEAT)])
    assert sent == [{"type": "websocket.send", "text": "websocket.receive"}, {"type": "websocket.close", "code": code}]


@pytest.mark.parametrize(
    "kind", ["clear_cache", "set_run_on_save", "debug_shutdown_runtime", "debug_disconnect_websocket"]
)
def test_no_visitor_forgets_the_caches_or_changes_the_server_of_all(kind):
    message = BackMsg(**{kind: True}).SerializeToString()
    assert ask(kind="websocket", messages=[say(message)]) == []


def test_every_kind_of_message_is_decided():
    kinds = {field.name for field in BackMsg.DESCRIPTOR.oneofs_by_name["type"].fields}
    refused = {"clear_cache", "set_run_on_save", "debug_disconnect_websocket", "debug_shutdown_runtime"}
    assert kinds == {*guard.KINDS} | refused, "a new Streamlit: decide on its new messages"


# -- headers -----------------------------------------------------------------------------------------------------


def test_a_socket_that_is_refused_is_told_why_with_the_headers():
    for host, origin, reason in (("evil.example", None, b"--allowed-hosts"), ("localhost:8501", "null", b"own pages")):
        start, body = ask(host, origin, kind="websocket", extensions={"websocket.http.response": {}})
        assert (start["type"], start["status"]) == ("websocket.http.response.start", 403)
        assert headers_of([start])["x-content-type-options"] == "nosniff" and policy_of([start])["frame-ancestors"]
        assert body["type"] == "websocket.http.response.body" and reason in body["body"]


def policy_of(sent):
    rules = headers_of(sent)["content-security-policy"].split("; ")
    return {rule: sources for rule, *sources in map(str.split, rules)}


def test_every_answer_has_the_headers():
    for sent in (ask(), ask(method="PUT", origin="null"), ask(path="/_stcore/metrics")):
        headers = headers_of(sent)
        assert headers["x-content-type-options"] == "nosniff" and headers["referrer-policy"] == "same-origin"
        assert headers["x-frame-options"] == "SAMEORIGIN" and headers["cross-origin-opener-policy"] == "same-origin"
        assert policy_of(sent)["frame-ancestors"] == ["'self'"]
    refused = headers_of(ask("evil.example"))
    assert refused["x-content-type-options"] == "nosniff" and refused["referrer-policy"] == "same-origin"
    assert "cross-origin-opener-policy" not in headers_of(ask("lab.school.example")), (
        "without encryption browsers complain of it"
    )


def test_the_policy_names_no_place_but_the_server_itself():
    for host, sockets in {
        "localhost:8501": "localhost:8501",
        "LAB.school.example": "lab.school.example",
        "[::1]:8501": "",
    }.items():
        policy = policy_of(ask(host))
        own = {f"ws://{sockets}", f"wss://{sockets}"} if sockets else set()
        assert set(policy["connect-src"]) == {"'self'", "data:", "blob:"} | own
        script = policy.pop("script-src")
        assert set(script[:2]) == {"'self'", "blob:"} and all(source.startswith("'sha256-") for source in script[2:])
        assert policy.pop("style-src") == ["'self'", "'unsafe-inline'"]
        assert policy.pop("default-src") == policy.pop("base-uri") == ["'none'"]
        others = {source for sources in policy.values() for source in sources} - own
        assert others <= {"'self'", "data:", "blob:"}


def test_the_policy_lets_the_inline_scripts_of_the_page_run():
    scripts = re.findall(r"<script(?![^>]*\bsrc=)[^>]*>(.*?)</script>", front_page.page_text(), re.DOTALL)
    hashes = [f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'" for script in scripts]
    assert len(hashes) >= 2 and policy_of(ask())["script-src"][2:] == hashes


def test_a_flag_names_the_platforms_that_may_show_the_app_in_a_frame(monkeypatch, capsys):
    monkeypatch.setattr(launch.cli, "main", lambda arguments, prog_name: None)
    monkeypatch.setenv(guard.EMBEDDERS, "")
    launch.main(["--embed-in", "https://moodle.school.example", "https://*.lms.example:8443"])
    origins = launch.os.environ[guard.EMBEDDERS].split()
    sent = ask(app=guard.Guard(answer, HOSTS, origins))
    assert policy_of(sent)["frame-ancestors"] == [
        "'self'",
        "https://moodle.school.example",
        "https://*.lms.example:8443",
    ]
    assert "x-frame-options" not in headers_of(sent), "it can name nobody else"
    for origin in (
        "moodle.school.example",
        "https://moodle.school.example/course",
        "*",
        "'none'",
        "https://a; script-src *",
        "https://a b",
    ):
        with pytest.raises(SystemExit) as stop:
            launch.main(["--embed-in", origin])
        assert stop.value.code == 2 and "try https://moodle.school.example" in capsys.readouterr().err


# -- nothing outside is asked ------------------------------------------------------------------------------------


def test_streamlit_still_asks_outside_for_its_address_and_the_app_does_not_let_it(monkeypatch):
    questions = []
    monkeypatch.setattr(requests, "get", lambda *address, **_: questions.append(address))
    monkeypatch.setattr(net_util, "get_external_ip", net_util.get_external_ip)
    spec = importlib.util.spec_from_file_location("untouched", net_util.__file__)
    untouched = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(untouched)
    net_util.get_external_ip = untouched.get_external_ip
    assert not server_util.is_url_from_allowed_origins("http://evil.example") and len(questions) > 0
    questions.clear()
    guard.stay_home()
    assert not server_util.is_url_from_allowed_origins("http://evil.example") and questions == []


def test_no_start_asks_outside():
    """Streamlit prints its address before it loads the app; with an address of its own it need not ask for one."""
    settings = (Path(launch.ENTRY).parent / ".streamlit" / "config.toml").read_text(encoding="utf-8")
    assert re.search(r'^\[browser\]$[^\[]*^serverAddress = "127.0.0.1"$', settings, re.MULTILINE)
    assert any(word.startswith("--browser.serverAddress=") for word in launch.settings(8501, "192.0.2.7"))


NO_REQUESTS = [
    b"nonsense\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n",
    b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03",  # the beginning of TLS
    b"GET /_stcore/stream HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
]


@pytest.mark.parametrize("words", NO_REQUESTS, ids=range(len(NO_REQUESTS)))
def test_what_is_no_request_is_answered_with_the_headers(words):
    guard.guard_what_is_no_request()

    async def answer_late(scope, receive, send):
        await receive()
        await answer(scope, receive, send)

    async def talk():
        with socket.create_server(("127.0.0.1", 0)) as listening:
            config = uvicorn.Config(answer_late, lifespan="off", log_level="critical", ws="websockets-sansio")
            server = uvicorn.Server(config)
            serving = asyncio.create_task(server.serve(sockets=[listening]))
            reader, writer = await asyncio.open_connection(*listening.getsockname())
            writer.write(words)
            told = await asyncio.wait_for(reader.read(), 60)
            writer.close()
            server.should_exit = server.force_exit = True
            await serving
            return told

    told = run_apart(talk()).lower()
    if words.startswith(b"POST"):
        assert told == b"", "the app had been asked, and nothing may get into the middle of its answer"
        return
    assert told.startswith(b"http/1.1 4"), told
    for name, value in guard.FOR_STRANGERS:
        assert told.count(b"\r\n" + name + b": " + value.lower()) == 1
