"""Visitors of a server: foreign handshakes, sessions that are abandoned, a tour that watches for calls to other hosts,
and uploads under one name. (Longer than other files: its visitors share one server and their cookies.)"""

from __future__ import annotations

import asyncio
import http.client
import os
import re
import socket
import statistics
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import torch
from children import REPOSITORY, Outcome, resident_bytes

sys.path[:0] = [str(REPOSITORY / "tests"), str(REPOSITORY / "benchmarks")]

from browsing import FLAGS, HARMLESS, PICTURE, Server  # noqa: E402
from find_browser import find_browser  # noqa: E402
from page import Kind, Session, turn_of  # noqa: E402
from streamlit.proto.BackMsg_pb2 import BackMsg  # noqa: E402
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg  # noqa: E402
from streamlit.proto.WidgetStates_pb2 import WidgetState  # noqa: E402

import vae_core as vc  # noqa: E402
from vae_core.models import pack_model  # noqa: E402

PAGES = (
    "",
    "reconstruct",
    "paths",
    "train",
    "compare",
    "bound",
    "likelihood",
    "code",
    "sketch",
    "steer",
    "gradients",
    "repair",
    "models",
    "lessons",
)
DECODER = re.compile(rb"decoders/[\w-]+")  # where the live decoder finds its weights
HEALTH_EVERY = 0.02
KEPT_SECONDS = 125.0  # Streamlit keeps closed sessions for 120 s
FORGET_SECONDS = 60.0
# Elsewhere it is a plane or a chart.
SETTLED = {"/compare": "canvas", "/bound": ".bound-toy [data-handle=loc]", "/lessons": "[data-testid=stExpander]"}
# In every Python process of the server: notes each call that names another host, before it is made.
WATCH = """
import os, sys
def watch(event, arguments, own=("127.0.0.1", "localhost", "::1", "0.0.0.0", "", None)):
    if event in ("socket.connect", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname"):
        place = arguments[1] if event in ("socket.connect", "socket.sendto") else arguments[0]
        host = place[0] if isinstance(place, tuple) else place
        if isinstance(host, bytes):
            host = host.decode(errors="replace")
        if host not in own and not (isinstance(place, (str, bytes)) and event == "socket.connect"):
            with open(os.environ["FAULTS_CALLS"], "a") as calls:
                calls.write(f"{event} {place}\\n")
sys.addaudithook(watch)
"""


@contextmanager
def watched_server() -> Iterator[tuple[Server, Path]]:
    """The app as `make app` starts it, and a file with a line for each call to another host."""
    with tempfile.TemporaryDirectory() as folder:
        calls = Path(folder) / "calls"
        calls.touch()
        (Path(folder) / "sitecustomize.py").write_text(WATCH)
        before = {name: os.environ.get(name) for name in ("PYTHONPATH", "FAULTS_CALLS")}
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [folder, str(REPOSITORY), before["PYTHONPATH"]]))
        os.environ["FAULTS_CALLS"] = str(calls)
        try:
            server = Server()
        finally:
            for name, value in before.items():
                os.environ.pop(name, None) if value is None else os.environ.__setitem__(name, value)
        try:
            yield server, calls
        finally:
            server.process.terminate()
            server.process.wait(20)
            Path(server.log).unlink()


class Health:
    """Asks /_stcore/health again and again within a `with`, and keeps how long each answer took, in ms."""

    def __init__(self, server: Server):
        self.port, self.ms = server.port, []
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.ask, daemon=True)

    def ask(self) -> None:
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)) as connection:
            while not self.ms or not self.over.wait(HEALTH_EVERY):
                began = time.perf_counter()
                connection.request("GET", "/_stcore/health")
                connection.getresponse().read()
                self.ms.append(1000 * (time.perf_counter() - began))

    def __enter__(self) -> Health:
        self.thread.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self.over.set()
        self.thread.join()

    def summary(self) -> dict[str, float]:
        ordered = sorted(self.ms) or [0.0]
        return {
            "health median ms": round(statistics.median(ordered), 1),
            "p99 ms": round(ordered[min(len(ordered) - 1, int(0.99 * len(ordered)))], 1),
            "longest ms": round(ordered[-1], 1),
        }


# -- handshakes --------------------------------------------------------------------------------------------------


def shake_hands(server: Server, number: int) -> tuple[Outcome, dict[str, float]]:
    """WebSocket handshakes of pages of other sites, one after the other, and the answers that others get meanwhile."""
    outcome = Outcome()
    with Health(server) as health:
        for i in range(number):
            head = (
                f"GET /_stcore/stream HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nOrigin: http://evil{i}.example\r\n"
                "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
            )
            with closing(socket.create_connection(("127.0.0.1", server.port), 60)) as connection:
                connection.sendall(head.encode())
                status = connection.recv(200).split()[1].decode()
            outcome.note("refused" if status == "403" else "let in", None if status == "403" else f"{i}: {status}")
    return outcome, health.summary()


# -- abandoned sessions ------------------------------------------------------------------------------------------


def traces(server: Server) -> dict[str, int]:
    """What a server holds: processes, folders of runs, threads, open files, and sessions with a visitor."""
    pid = server.process.pid
    folders = [
        token
        for claim in Path(tempfile.gettempdir()).glob("aevb-lab-jobs-*/claim")
        if os.path.samefile(claim, claim) and _holds(pid, claim)
        for token in claim.parent.iterdir()
        if token.is_dir()
    ]
    status = Path(f"/proc/{pid}/status").read_text()
    threads = int(status.split("Threads:")[1].split()[0])
    with urllib.request.urlopen(f"{server.url}/_stcore/metrics?families=active_sessions", timeout=60) as answer:
        active = [line for line in answer.read().decode().splitlines() if line.startswith("active_sessions ")]
    return {
        "processes": len(server.workers()),
        "folders": len(folders),
        "threads": threads,
        "files": len(os.listdir(f"/proc/{pid}/fd")),
        "sessions": int(float(active[0].split()[1])) if active else 0,
    }


def _holds(pid: int, path: Path) -> bool:
    """Whether a process has this file open."""
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        try:
            if entry.resolve() == path.resolve():
                return True
        except OSError:
            continue
    return False


async def start_run(session: Session) -> None:
    """Press Start on the page Train."""
    message = BackMsg()
    state = WidgetState(id=session.widgets["train_start"][0], trigger_value=True)
    message.rerun_script.fragment_id = session.widgets["train_start"][1]
    message.rerun_script.widget_states.widgets.extend([*session.states.values(), state])
    await session.run(message)


async def abandon(server: Server, number: int, train: bool = True) -> None:
    """Sessions that start a run and are gone without a word."""
    for _ in range(number):
        session = Session(server.url, "train")
        await session.open()
        if train:
            await start_run(session)
        session.socket.transport.abort()


async def look_once(server: Server) -> None:
    """A visitor who comes and goes, so that what the first one causes is there."""
    session = Session(server.url, "train")
    await session.open()
    await session.socket.close()


def wait_until_forgotten(
    server: Server, before: dict[str, int], extra: dict[str, int], kept: float, seconds: float
) -> dict[str, int]:
    """What is still there of visitors who are gone, above what was there before them. Closed sessions are kept for a time, of which
    `kept` seconds are left, and cleared when the next one closes; so one comes and goes then. After that, up to `seconds`."""
    time.sleep(kept)
    asyncio.run(look_once(server))
    ends = time.monotonic() + seconds
    while True:
        now = traces(server)
        left = {name: max(0, now[name] - before[name]) for name in before}
        if all(count <= extra.get(name, 0) for name, count in left.items()) or time.monotonic() > ends:
            return left
        time.sleep(1.0)


# -- a class -----------------------------------------------------------------------------------------------------


def train_at_once(server: Server, number: int, seconds: float) -> tuple[Outcome, dict[str, float]]:
    """What others notice while so many sessions train: a visitor of the map who changes something once a second, and the health
    check; and the memory of the server with its workers."""
    with Health(server) as health:
        ms, megabytes = asyncio.run(_train_at_once(server, number, seconds))
    outcome = Outcome()
    outcome.counts["changes"] = len(ms)
    figures = {"p95 of a change ms": round(sorted(ms)[int(0.95 * len(ms))], 1), "memory MB": round(megabytes)}
    return outcome, figures | health.summary()


async def _train_at_once(server: Server, number: int, seconds: float) -> tuple[list[float], float]:
    pupils = [Session(server.url, "train") for _ in range(number)]
    looker, ms, most = Session(server.url, ""), [], 0.0
    await looker.open()
    for pupil in pupils:
        await pupil.open()
    await asyncio.gather(*map(start_run, pupils))
    ends = time.monotonic() + seconds
    while time.monotonic() < ends or not ms:
        ms.append(1000 * await looker.change(*turn_of("", len(ms))))
        most = max(most, sum(map(resident_bytes, [server.process.pid, *server.workers()])) / 1e6)
        await asyncio.sleep(1.0)
    for session in (looker, *pupils):
        await session.socket.close()
    return ms, most


# -- uploads -----------------------------------------------------------------------------------------------------


def upload_models(server: Server, number: int) -> Outcome:
    """As many sessions upload as many models, all under one name and at the same time, and then look at them on the map. Each
    must be sent the weights of its own decoder, and of no other."""
    config = vc.ModelConfig(data_dim=64, image_shape=(8, 8), latent_dim=2, hidden_dims=(32,))
    files, marks = [], []
    for seed in range(number):
        vae = vc.VAE(config, generator=torch.Generator().manual_seed(seed))
        files.append(pack_model(vae, data="digits", train_config=vc.TrainConfig().to_dict()))
        weights = next(layer for layer in vae.decoder if isinstance(layer, torch.nn.Linear)).weight
        marks.append(weights.detach().numpy().astype("<f4").tobytes())
    outcome = Outcome()
    for seed, received in enumerate(asyncio.run(_upload_all(server, files))):
        own, others = marks[seed] in received, sum(mark in received for mark in marks)
        kind = "own" if own and others == 1 else "mixed up" if others else "missing"
        outcome.note(kind, None if kind == "own" else f"session {seed}: {kind}")
    return outcome


async def _upload_all(server: Server, files: list[bytes]) -> list[bytes]:
    return await asyncio.gather(*(_upload_one(server, content) for content in files))


class Recorder:
    """A session's socket that keeps all that comes."""

    def __init__(self, socket: Any):
        self.socket, self.received = socket, bytearray()

    async def recv(self) -> bytes:
        content = await self.socket.recv()
        self.received += content
        return content

    def __getattr__(self, name: str) -> Any:
        return getattr(self.socket, name)


async def _upload_one(server: Server, content: bytes) -> bytes:
    """All that a session is sent on the map after it has uploaded a model and chosen it, with the decoders to which that points."""
    session = Session(server.url, "models")
    await session.open()
    await upload(server, session, "upload_model", "model.safetensors", content)
    session.socket = Recorder(session.socket)
    session.place = ""  # the first page
    await session.run(BackMsg())
    await session.change(Kind("", "model", "string_value", ["model"], whole=True), "model")
    received = bytes(session.socket.received)
    decoders = [await asyncio.to_thread(_get, server, path) for path in set(DECODER.findall(received))]
    await session.socket.close()
    return received + b"".join(decoders)


def _get(server: Server, path: bytes) -> bytes:
    """What is at this address; nothing for the decoder of a model that the session shows no more."""
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)) as connection:
        connection.request("GET", f"/{path.decode()}")
        answer = connection.getresponse()
        content = answer.read()
        return content if answer.status == 200 else b""


async def upload(server: Server, session: Session, key: str, name: str, content: bytes) -> None:
    """What a browser does when its visitor chooses a file: ask for an address, put the file there, say which file it is."""
    question = BackMsg()
    question.file_urls_request.request_id = name
    question.file_urls_request.file_names.append(name)
    await session.socket.send(question.SerializeToString())
    while (answer := ForwardMsg.FromString(await session.socket.recv())).WhichOneof("type") != "file_urls_response":
        pass
    (addresses,) = answer.file_urls_response.file_urls
    await asyncio.to_thread(_put, server, addresses.upload_url, name, content)
    identity, fragment = session.widgets[key]
    state = WidgetState(id=identity)
    state.file_uploader_state_value.uploaded_file_info.add(
        file_id=addresses.file_id, file_urls=addresses, name=name, size=len(content)
    )
    message = BackMsg()
    message.rerun_script.fragment_id = fragment
    message.rerun_script.widget_states.widgets.extend([*session.states.values(), state])
    await session.run(message)


def _put(server: Server, path: str, name: str, content: bytes) -> None:
    """Upload a file as a browser's form does, with the token that the server gives each browser."""
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)) as connection:
        connection.request("GET", "/_stcore/health")
        answer = connection.getresponse()
        answer.read()
        cookie = answer.headers["Set-Cookie"].split(";")[0]
        body = (
            f'--part\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        ).encode() + content + b"\r\n--part--\r\n"  # fmt: skip
        headers = {
            "Content-Type": "multipart/form-data; boundary=part",
            "Cookie": cookie,
            "X-Xsrftoken": cookie.partition("=")[2],
            "Origin": server.url,
        }
        connection.request("PUT", path, body, headers)
        answer = connection.getresponse()
        answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"the upload of {name} was answered with {answer.status}")


# -- a tour ------------------------------------------------------------------------------------------------------


@contextmanager
def opened_browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=FLAGS)
        yield browser
        browser.close()


def tour(
    server: Server,
    browser: Any,
    calls: Path,
    themes: tuple[str, ...] = ("light", "dark"),
    pages: tuple[str, ...] = PAGES,
) -> Outcome:
    """Every page in a browser, in both themes, with a look at all that browser and server ask of other hosts, and at all that the
    content security policy stops."""
    outcome = Outcome()
    for theme in themes:
        page = browser.new_context(color_scheme=theme, viewport={"width": 1280, "height": 900}).new_page()
        page.set_default_timeout(90_000)
        page.on("request", lambda sent: _note_address(outcome, sent.url, server))
        page.on("websocket", lambda sent: _note_address(outcome, sent.url, server))
        page.on("console", lambda entry: _note_console(outcome, entry))
        for path in pages:
            page.goto(f"{server.url}/{path}")
            page.wait_for_selector(SETTLED.get(f"/{path}", PICTURE))
            outcome.counts["pages"] += 1
        page.context.close()
    for line in calls.read_text().splitlines():
        outcome.note("outbound", f"the server: {line}")
    return outcome


def _note_address(outcome: Outcome, address: str, server: Server) -> None:
    if address.startswith(("data:", "blob:", server.url, server.url.replace("http", "ws"))):
        outcome.counts["requests"] += 1
    else:
        outcome.note("outbound", address)


def _note_console(outcome: Outcome, entry: Any) -> None:
    if entry.type == "error" and not HARMLESS.search(entry.location.get("url", "")):
        outcome.note("console errors", entry.text)
