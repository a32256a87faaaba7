"""The end of the server: soon after Ctrl-C or SIGTERM it is over, and nothing of it is left."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
import websockets
from browsing import Server, run_apart
from streamlit.proto.BackMsg_pb2 import BackMsg

from aevb_lab import ending
from aevb_lab.jobs.board import FOLDER_PREFIX

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")

WATCHDOG = 60
SECONDS = (
    15.0  # END_SECONDS on an idle machine; without an end of our own the unfinished request keeps the server for ever
)
PAGE = """
import tempfile
import streamlit as st
from aevb_lab.jobs.job import JobSpec
from aevb_lab.session import runs
from vae_core import ModelConfig, TrainConfig
runs.touch_presence()
if not runs.my_jobs():
    runs.submit(JobSpec("digits", ModelConfig(64, (8, 8), hidden_dims=(20,)), TrainConfig(epochs=20_000)))
    tempfile.mkstemp(prefix="submitted-")
"""
SERVER = """
import streamlit as st
from aevb_lab.guard import stay_home
from aevb_lab.limits import Impatient
from aevb_lab.main import lifespan
from aevb_lab.serving import AtOnce
stay_home()
app = st.App("page.py", lifespan=lifespan)
app = AtOnce(Impatient(app))
"""


def is_there(pid):
    """Whether a process runs; one that its new parent has not reaped yet does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.fixture
def training(tmp_path, monkeypatch):
    """A server whose visitors train, and the folder for its temporary files."""
    (tmp_path / "page.py").write_text(PAGE)
    (tmp_path / "server.py").write_text(SERVER)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    server = Server(str(tmp_path / "server.py"))
    yield server, tmp_path
    server.process.kill()
    server.process.wait(20)


async def visit(port):
    address = f"ws://127.0.0.1:{port}/_stcore/stream"
    page = await websockets.connect(address, subprotocols=["streamlit"], open_timeout=WATCHDOG)
    await page.send(BackMsg(rerun_script={}).SerializeToString())
    return page


@pytest.mark.skipif(not Path("/proc").exists(), reason="looks for processes in /proc")
@pytest.mark.parametrize(
    ("number", "has_begun"), [pytest.param(signal.SIGINT, True, marks=pytest.mark.slow), (signal.SIGTERM, False)]
)
def test_the_server_ends_soon_with_pages_open_requests_unfinished_and_runs_in_training(training, number, has_begun):
    server, folder = training

    async def visits():
        pages = [await visit(server.port) for _ in range(3)]
        deadline = time.monotonic() + WATCHDOG
        while not (len(list(folder.glob("submitted-*"))) == len(pages) and server.workers()) or (
            has_begun and not list(folder.glob(f"{FOLDER_PREFIX}*/*/checkpoint.safetensors"))
        ):
            assert time.monotonic() < deadline, "no run began"
            await asyncio.sleep(0.02)
        workers = server.workers()
        with closing(socket.create_connection(("127.0.0.1", server.port))) as endless:
            endless.sendall(
                b"PUT /_stcore/upload_file/a/b HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n12"
            )
            began = time.monotonic()
            server.process.send_signal(number)
            server.process.wait(WATCHDOG)
            seconds = time.monotonic() - began
        for page in pages:
            await page.close()
        return workers, seconds

    workers, seconds = run_apart(visits())
    assert seconds < SECONDS
    assert server.process.returncode == 128 + number
    until = time.monotonic() + WATCHDOG
    while any(map(is_there, workers)) and time.monotonic() < until:  # the system may still be taking them away
        time.sleep(0.05)
    assert workers and not any(map(is_there, workers))
    assert list(folder.glob(f"{FOLDER_PREFIX}*")) == []
    assert "3 training runs were not finished" in Path(server.log).read_text()
    assert server.tracebacks() == ""


WITHOUT_END = """
import os, signal, sys, threading, time
from aevb_lab import ending
class Server:
    config = type("Config", (), {})()
    def handle_exit(self, number, frame):
        pass  # it never ends by itself
server = Server()
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, server.handle_exit)
ending.obey_signals()
"""
STUCK = f"""{WITHOUT_END}
ending.END_SECONDS = 0.3
ending.last_resorts += [lambda: 1 / 0, lambda: print("resort", flush=True)]
ending.last_acts.append(lambda: time.sleep(1000))
os.kill(os.getpid(), signal.SIGTERM)
os.kill(os.getpid(), signal.SIGINT)
ending.end()
"""


def test_what_is_stuck_is_ended_by_the_last_resorts():
    told = subprocess.run([sys.executable, "-c", STUCK], capture_output=True, text=True, timeout=WATCHDOG)
    assert (told.returncode, told.stdout) == (128 + signal.SIGTERM, "resort\n"), told.stderr


HOPELESS = f"""{WITHOUT_END}
ending.END_SECONDS, ending.SYSTEM_SECONDS = 0.1, 1.5
ending.last_resorts.append(lambda: (print("hangs", flush=True), time.sleep(1000)))
ending.last_acts.append(lambda: time.sleep(1000))
os.kill(os.getpid(), signal.SIGINT)
ending.end()
"""


def test_what_hangs_in_the_last_resorts_too_is_ended_by_the_system():
    told = subprocess.run([sys.executable, "-c", HOPELESS], capture_output=True, text=True, timeout=WATCHDOG)
    assert (told.returncode, told.stdout) == (-signal.SIGALRM, "hangs\n"), told.stderr


AT_ONCE = f"""{WITHOUT_END}
acted = threading.Event()
ending.END_SECONDS = {WATCHDOG}
ending.last_acts.append(lambda: (print("acted", flush=True), acted.set()))
os.kill(os.getpid(), signal.SIGTERM)
acted.wait({WATCHDOG})
print("no connection is left", flush=True)
ending.end()
"""


def test_the_last_acts_begin_while_the_server_still_waits_for_connections():
    told = subprocess.run([sys.executable, "-c", AT_ONCE], capture_output=True, text=True, timeout=2 * WATCHDOG)
    assert (told.returncode, told.stdout) == (128 + signal.SIGTERM, "acted\nno connection is left\n"), told.stderr


CUT_OFF = f"""{WITHOUT_END}
import asyncio, logging
log = logging.getLogger("uvicorn.error").error
log("a fault", exc_info=ValueError("shown"))
log("an answer that was on its way", exc_info=asyncio.CancelledError("graceful shutdown exceeded"))
"""


def test_an_answer_that_the_end_cuts_off_is_not_logged_as_a_fault():
    told = subprocess.run([sys.executable, "-c", CUT_OFF], capture_output=True, text=True, timeout=WATCHDOG).stderr
    assert "ValueError: shown" in told and "graceful" not in told, told


def test_without_a_server_of_uvicorn_signals_are_left_alone():
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    ending.obey_signals()
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


def test_the_last_acts_are_done_once_and_a_server_that_no_signal_ends_goes_on(monkeypatch):
    acts = []
    monkeypatch.setattr(ending, "last_acts", [lambda: acts.append(os.getpid())])
    ending.end()
    ending.end()
    assert acts == [os.getpid()]
