"""Where pupils find this machine: its addresses, what the launcher says of them, and the QR code in the terminal."""

import http.server
import re
import sys
import threading

import numpy as np
import pytest
import segno
import zxingcpp

from aevb_lab import launch, network
from aevb_lab.network import Interface


@pytest.fixture
def health():
    """A server that answers as the app does; its port."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200 if self.path == "/_stcore/health" else 404)
            self.end_headers()

        def log_message(self, *arguments):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


def test_all_networks_are_named_once_and_real_ones_first(monkeypatch):
    named = [Interface("lo", "127.0.0.1"), Interface("docker0", "172.17.0.1"), Interface("wlan0", "192.168.1.5"),
             Interface("eth0", "10.0.0.7"), Interface("eth1", "169.254.3.4")]  # fmt: skip
    monkeypatch.setattr(network, "named_interfaces", lambda: named)
    monkeypatch.setattr(network, "addresses_of_the_host", lambda: ["127.0.1.1", "10.0.0.7", "192.168.56.1"])
    monkeypatch.setattr(network, "local_address", lambda: "10.0.0.7")
    assert [place.address for place in network.interfaces()] == [
        "192.168.1.5",
        "10.0.0.7",
        "192.168.56.1",
        "172.17.0.1",
    ]
    assert network.addresses() == ["10.0.0.7", "192.168.1.5", "192.168.56.1", "172.17.0.1"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows names no interfaces here")
def test_the_system_s_own_interfaces_are_read():
    assert "127.0.0.1" in [place.address for place in network.named_interfaces()]


def test_without_a_network_there_is_still_an_address(monkeypatch):
    monkeypatch.setattr(network, "interfaces", list)
    monkeypatch.setattr(network, "local_address", lambda: "127.0.0.1")
    assert network.addresses() == ["127.0.0.1"]
    assert "no network" in network.reachable_in_words([("127.0.0.1", True)], 8501)


def test_an_address_is_asked_whether_the_app_answers_there(health):
    assert network.answers("127.0.0.1", health) and not network.answers("127.0.0.1", 1)
    assert network.wait_until_it_answers(health, threading.Event())
    ended = threading.Event()
    ended.set()
    assert not network.wait_until_it_answers(1, ended), "nobody waits for a server that has ended"
    assert not network.wait_until_it_answers(1, threading.Event(), seconds=0.0)


@pytest.mark.parametrize(
    ("platform", "word"),
    [("linux", "sudo ufw allow 8600/tcp"), ("darwin", "System Settings"), ("win32", "localport=8600")],
)
def test_the_teacher_is_told_what_was_tested_what_was_not_and_what_to_do(platform, word):
    text = network.reachable_in_words([("192.168.1.5", True), ("10.0.0.7", False)], 8600, platform)
    assert re.search(r"http://192\.168\.1\.5:8600 +answers\n", text)
    assert re.search(r"http://10\.0\.0\.7:8600 +does not answer\n", text)
    assert word in text and "Client isolation" in text and "Only a pupil's device can show" in text


def test_the_qr_code_in_the_terminal_is_the_link_s():
    link = "http://192.168.178.123:8501"
    halves = {" ": (0, 0), "▀": (1, 0), "▄": (0, 1), "█": (1, 1)}
    rows = []
    for line in launch.qr_code(link).split("\n"):
        pairs = [halves[sign] for sign in re.sub(r"\x1b\[[0-9;]*m", "", line)[2:]]
        rows += [[upper for upper, _ in pairs], [lower for _, lower in pairs]]
    matrix = [list(row) for row in segno.make(link, micro=False).matrix_iter(border=2)]
    assert rows[: len(matrix)] == matrix and not any(map(any, rows[len(matrix) :]))
    screen = np.kron(255 * (1 - np.array(rows, np.uint8)), np.ones((8, 8), np.uint8))
    assert [code.text for code in zxingcpp.read_barcodes(screen)] == [link], "a camera reads it from the screen"
    assert len(rows[0]) <= 40, "it fits a terminal of 80 signs"


def test_a_class_has_a_new_secret_each_time_and_only_its_server_knows_it(monkeypatch, capsys):
    environments = []
    monkeypatch.setattr(launch.cli, "main", lambda arguments, prog_name: environments.append(dict(launch.os.environ)))
    monkeypatch.setattr(launch, "wait_until_it_answers", lambda port, ended: False)
    monkeypatch.setattr(launch, "addresses", lambda: ["192.0.2.7", "10.0.0.7"])
    monkeypatch.setattr(launch, "local_address", lambda: "192.0.2.7")
    for stream in ("stdout", "stderr"):
        monkeypatch.setattr(sys, stream, getattr(sys, stream))
    for _ in range(2):
        launch.main(["--class", "--port", "8600"])
    secrets = [environment[launch.TEACHER] for environment in environments]
    text = capsys.readouterr().out
    assert [f"http://192.0.2.7:8600/class/teach/{secret}\n" in text for secret in secrets] == [True, True]
    assert secrets[0] != secrets[1] and min(map(len, secrets)) >= 16 and launch.TEACHER not in launch.os.environ
    assert "▀" not in text, "a QR code is for a terminal"
    assert launch.settings(8600, "192.0.2.7", ["10.0.0.7"])[-4:] == [
        f"--server.allowedHosts={host}" for host in ("192.0.2.7", "10.0.0.7", "localhost", "127.0.0.1")
    ]
