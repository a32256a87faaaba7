"""Room for visitors: open files, and the closed sessions that the server keeps."""

import asyncio
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
import uvicorn
import websockets
from browsing import REPOSITORY, answers, free_port, run_apart
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime import memory_session_storage, memory_uploaded_file_manager
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

from aevb_lab import limits, main

VISITS = 120
AT_ONCE = 10
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")


# Prints the soft limit after `make_room`, in children that began with (soft, hard) limits; the last one's system gives no more
# than 512, whatever its hard limit says, as macOS does.
ORDER = """
import os, resource
from aevb_lab import limits
set_limit = resource.setrlimit
def stingy(kind, pair):
    if pair[0] > 512:
        raise ValueError("not allowed to raise maximum limit")
    set_limit(kind, pair)
for soft, hard, system in ((256, 1024, set_limit), (256, 256, set_limit), (256, 1024, stingy)):
    if os.fork() == 0:
        set_limit(resource.RLIMIT_NOFILE, (soft, hard))
        resource.setrlimit, limits.MACOS_FILES = system, 512
        limits.make_room()
        os.write(1, b"%d " % resource.getrlimit(resource.RLIMIT_NOFILE)[0])
        os._exit(0)
    os.wait()
"""


def test_the_server_asks_for_as_many_open_files_as_the_system_gives():
    told = subprocess.run([sys.executable, "-c", ORDER], cwd=REPOSITORY, capture_output=True, text=True)
    assert told.stdout == "1024 256 512 ", told.stderr


def test_it_keeps_no_more_closed_sessions_than_there_are_files_for():
    assert [limits.kept_sessions(files) for files in (None, 1_048_576, 1024, 256, 128, 16)] == [128, 128, 128, 21, 8, 8]
    storage = memory_session_storage.MemorySessionStorage
    assert main.app and storage is limits.BoundedStorage, (
        "Streamlit takes the class from there when it makes its server"
    )


@pytest.fixture
def crowded(tmp_path):
    """A server of one line with our limits, which may have 256 files open and cannot raise that."""
    (tmp_path / "page.py").write_text("import streamlit as st\nst.write('hello')\n")
    (tmp_path / "server.py").write_text(
        "import streamlit as st\nfrom aevb_lab.limits import make_room\nfrom aevb_lab.serving import AtOnce\nmake_room()\n"
        "app = st.App('page.py')\napp = AtOnce(app)\n"
    )
    port = free_port()
    options = [
        f"--server.port={port}",
        "--server.address=127.0.0.1",
        "--server.headless=true",
        "--server.fileWatcherType=none",
        "--runner.postScriptGC=false",
    ]
    order = [sys.executable, "-m", "streamlit", "run", "server.py", *options]
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY)}
    with Path(tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(["sh", "-c", 'ulimit -n 256; exec "$@"', "sh", *order], cwd=tmp_path, env=environment,
                                   stdout=log, stderr=subprocess.STDOUT)  # fmt: skip
    deadline = time.monotonic() + 60
    while not answers(f"http://127.0.0.1:{port}/_stcore/health"):
        assert process.poll() is None and time.monotonic() < deadline, (tmp_path / "log").read_text()
        time.sleep(0.05)
    yield port, process.pid, tmp_path / "log"
    process.terminate()
    process.wait(20)


async def visit(port):
    """Look at the page until it is there."""
    address = f"ws://127.0.0.1:{port}/_stcore/stream"
    async with websockets.connect(address, subprotocols=["streamlit"], open_timeout=10) as page:
        await page.send(BackMsg(rerun_script={}).SerializeToString())
        while ForwardMsg.FromString(await asyncio.wait_for(page.recv(), 10)).WhichOneof("type") != "script_finished":
            pass


def test_visitors_who_come_and_go_use_no_room_up(crowded):
    port, server, log = crowded

    async def visits():
        for _ in range(VISITS // AT_ONCE):
            await asyncio.gather(*(visit(port) for _ in range(AT_ONCE)))

    run_apart(visits())
    if Path("/proc/self/fd").exists():
        assert len(os.listdir(f"/proc/{server}/fd")) < 200
    assert "Traceback" not in log.read_text()


def test_connections_that_ask_nothing_whole_are_closed_and_others_stay(monkeypatch):
    """Over real sockets: one that says nothing, one that never ends its request, one that begins a second and never ends it; and
    one whose answer takes longer than that."""
    monkeypatch.setattr(limits, "SILENT_SECONDS", 0.2)
    monkeypatch.setattr(limits, "LOOK_SECONDS", 0.05)
    question = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
    answered = asyncio.Event()

    async def answer(scope, receive, send):
        if scope["query_string"]:
            await answered.wait()
        await send({"type": "http.response.start", "status": 204})
        await send({"type": "http.response.body"})

    async def visit_and_wait():
        with socket.create_server(("127.0.0.1", 0)) as listening:
            app = limits.Impatient(answer)
            server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_level="critical"))
            serving = asyncio.create_task(server.serve(sockets=[listening]))
            slow, *silent = [await asyncio.open_connection(*listening.getsockname()) for _ in range(4)]
            slow[1].write(question.replace(b"/ ", b"/?slow "))
            for (_, writer), words in zip(silent, (b"", question[:20], question + question[:20]), strict=True):
                writer.write(words)
            for reader, writer in silent:
                await asyncio.wait_for(reader.read(), 20)  # to the end of the connection
                writer.close()
            answered.set()
            answer_of_slow = await asyncio.wait_for(slow[0].readline(), 20)
            slow[1].close()
            server.should_exit = True
            await serving
            app.watch.cancel()
            return answer_of_slow

    assert b"204" in run_apart(visit_and_wait())


def serve(app, talk):
    """Run `talk(address)` beside a server of this app, over real sockets."""

    async def both():
        with socket.create_server(("127.0.0.1", 0)) as listening:
            server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_level="critical"))
            serving = asyncio.create_task(server.serve(sockets=[listening]))
            try:
                return await asyncio.wait_for(talk(listening.getsockname()), 60)
            finally:
                server.should_exit = server.force_exit = True
                await serving

    return run_apart(both())


async def put(address, path, length, *parts):
    """Send these parts of a body of which this length was promised. What is answered, until the connection ends."""
    reader, writer = await asyncio.open_connection(*address)
    head = f"PUT {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    writer.write(head.encode() + b"".join(parts))
    answer = await reader.read()
    writer.close()
    return answer.decode()


def reading_app():
    """An app of Starlette that reads all that it is sent."""

    async def read(request):
        return Response(str(len(await request.body())))

    routes = [Route(path, read, methods=["PUT"]) for path in ("/other", f"{limits.UPLOADS}a/b")]
    return limits.Impatient(Starlette(routes=routes))


def test_a_body_that_stops_or_never_ends_is_given_up(monkeypatch):
    monkeypatch.setattr(limits, "SILENT_SECONDS", 0.2)

    async def trickle(address):
        reader, writer = await asyncio.open_connection(*address)
        head = f"PUT {limits.UPLOADS}a/b HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
        writer.write(head.encode())
        answer = asyncio.create_task(reader.readline())
        while not answer.done():
            writer.write(b"1\r\nx\r\n")
            await asyncio.wait([answer], timeout=0.02)
        writer.close()
        return answer.result()

    upload = f"{limits.UPLOADS}a/b"
    assert "408" in serve(reading_app(), lambda address: put(address, upload, 10, b"12345"))
    monkeypatch.setattr(limits, "BODY_SECONDS", 0.5)
    assert b"408" in serve(reading_app(), trickle)


def test_only_uploads_may_be_large_and_a_whole_body_arrives(monkeypatch):
    monkeypatch.setattr(limits, "OTHER_BYTES", 100)
    body = bytes(1000)
    assert serve(reading_app(), lambda address: put(address, "/other", 100, body[:100])).endswith("100")
    assert "413" in serve(reading_app(), lambda address: put(address, "/other", 1000, body))
    assert serve(reading_app(), lambda address: put(address, f"{limits.UPLOADS}a/b", 1000, body)).endswith("1000")


def test_a_connection_that_asks_again_and_again_is_not_silent(monkeypatch):
    monkeypatch.setattr(limits, "SILENT_SECONDS", 1.0)
    impatient, closed = limits.Impatient(None), []
    connection = type("Connection", (), {"transport": SimpleNamespace(close=lambda: closed.append(clock))})()
    for clock in range(10):
        connection.cycle = SimpleNamespace(response_complete=True)  # another request's
        impatient.close_silent([connection], float(clock))
    assert closed == []
    impatient.close_silent([connection], 11.0)
    assert closed == [9], "the last request is two seconds old"


def record(number, size=10):
    return UploadedFileRec(file_id=f"file{number}", name="x", type="", data=bytes(size))


def test_uploads_that_no_page_takes_are_bounded_in_number_size_and_time(monkeypatch):
    storage = limits.BoundedUploads("/upload")
    for number in range(20):
        storage.add_file("ann", record(number))
        storage.add_file("ann", record(number))  # sent twice
    storage.add_file("ben", record(0))
    ids = [f"file{number}" for number in range(20)]
    assert [file.file_id for file in storage.get_files("ann", ids)] == ids[-limits.WAITING_FILES :]
    assert len(storage.get_files("ben", ids)) == 1
    monkeypatch.setattr(limits, "WAITING_BYTES", 100)
    storage.add_file("ann", record(20, 95))
    assert [file.file_id for file in storage.get_files("ann", [*ids, "file20"])] == ["file20"]
    storage.remove_session_files("ann")
    assert list(storage.waiting) == [("ben", "file0")]
    monkeypatch.setattr(limits, "WAITING_SECONDS", 0.05)
    storage.add_file("cat", record(1))
    assert len(storage.get_files("cat", ids)) == 1
    deadline = time.monotonic() + 60
    while storage.get_files("cat", ids):
        assert time.monotonic() < deadline, "it was never dropped"
        time.sleep(0.01)
    assert list(storage.waiting) == [("ben", "file0")]
    storage.remove_session_files("ben")
    assert not storage.waiting and main.app
    assert memory_uploaded_file_manager.MemoryUploadedFileManager is limits.BoundedUploads, (
        "Streamlit takes the class from there when it makes its server"
    )
