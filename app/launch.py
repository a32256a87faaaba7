"""The command `aevb-lab`: starts the app for this machine alone or, with --class, for a class on the local network.
`aevb-lab take-home` writes the page to take home instead."""

import argparse
import io
import os
import secrets
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NoReturn, TextIO

import segno
from streamlit.web import cli

from aevb_lab.guard import EMBEDDERS, check_embedder, stay_home
from aevb_lab.network import addresses, answers, local_address, reachable_in_words, wait_until_it_answers
from aevb_lab.visitors import TEACH, TEACHER

# Streamlit reads .streamlit/config.toml beside this file, wherever it is started.
ENTRY = Path(__file__).resolve().with_name("main.py")
# These settings hold even where the user's environment sets them otherwise.
SETTINGS = ("--runner.postScriptGC=false", "--server.showEmailPrompt=false", "--browser.gatherUsageStats=false")


def main(arguments: Sequence[str] | None = None) -> int:
    words = sys.argv[1:] if arguments is None else list(arguments)
    if words[:1] == ["take-home"]:
        # Here, because it loads torch, which the launcher does without.
        from aevb_lab.take_home_command import take_home

        return take_home(words[1:])
    parser = _Parser(
        prog="aevb-lab",
        description="Start AEVB Lab in the browser. Ctrl-C ends it.",
        epilog="aevb-lab take-home MODEL --out FILE.html writes the map as one file, which works without the app: see aevb-lab take-home --help.",
    )
    parser.add_argument("--port", type=_port, default=8501, help="where the app listens (default: 8501)")
    parser.add_argument(
        "--class",
        action="store_true",
        dest="for_class",
        help="serve on the local network, and print a link for the teacher and a link with QR code for the pupils",
    )
    parser.add_argument(
        "--embed-in",
        type=_embedder,
        nargs="+",
        metavar="ORIGIN",
        help="let pages of this learning platform show the app in a frame, for example https://moodle.school.example",
    )
    options = parser.parse_args(words)
    sys.stdout, sys.stderr = BestEffort(sys.stdout), BestEffort(sys.stderr)
    if options.embed_in:
        os.environ[EMBEDDERS] = " ".join(options.embed_in)
    stay_home()
    if not options.for_class:
        cli.main(["run", str(ENTRY), *settings(options.port)], prog_name="streamlit")
        return 0
    address = local_address()
    others = [other for other in addresses() if other != address]
    with _class(address, options.port, [address, *others]):
        cli.main(["run", str(ENTRY), *settings(options.port, address, others)], prog_name="streamlit")
    return 0


@contextmanager
def _class(address: str, port: int, everywhere: Sequence[str]) -> Iterator[None]:
    """Say where the class is, give the server the teacher's secret, and test the addresses once it answers."""
    secret = secrets.token_urlsafe(12)
    print(announce(address, port), flush=True)
    if sys.stdout.isatty():
        print(qr_code(f"http://{address}:{port}"), flush=True)
    print(for_the_teacher(address, port, secret), flush=True)
    ended = threading.Event()
    threading.Thread(target=_test, args=(everywhere, port, ended), daemon=True, name="network").start()
    os.environ[TEACHER] = secret
    try:
        yield
    finally:
        ended.set()
        os.environ.pop(TEACHER, None)


def _test(everywhere: Sequence[str], port: int, ended: threading.Event) -> None:
    """Say of each address whether the app answers there, once it has started."""
    if wait_until_it_answers(port, ended):
        print(reachable_in_words([(address, answers(address, port)) for address in everywhere], port), flush=True)


class BestEffort(io.TextIOBase):
    """A standard stream for what a server says at its start. What cannot be written, since the disk is full or the reader has left,
    is lost: that must not end the server."""

    def __init__(self, stream: TextIO | None):
        self._stream = stream  # None where it was closed before Python began

    def write(self, text: str) -> int:
        with suppress(OSError, ValueError):
            if self._stream is not None:
                self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError, ValueError):
            if self._stream is not None:
                self._stream.flush()

    def fileno(self) -> int:
        if self._stream is None:
            raise OSError("the stream is closed")
        return self._stream.fileno()

    def isatty(self) -> bool:
        return self._stream is not None and self._stream.isatty()

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self._stream.encoding if self._stream is not None else "utf-8"


def settings(port: int, class_address: str | None = None, others: Sequence[str] = ()) -> list[str]:
    """Streamlit's options: for this machine alone or, given its address on the local network, for a class. `others` are its
    addresses on other networks."""
    options = [*SETTINGS, f"--server.port={port}"]
    if class_address is None:
        return [*options, "--server.address=127.0.0.1"]
    hosts = dict.fromkeys([class_address, *others, "localhost", "127.0.0.1"])
    return [
        *options,
        "--server.address=0.0.0.0",
        "--server.headless=true",
        f"--browser.serverAddress={class_address}",
        *(f"--server.allowedHosts={host}" for host in hosts),
    ]


def announce(address: str, port: int) -> str:
    return f"""
  For the pupils:   http://{address}:{port}

  Anyone on this network can open this address. It has no password and no encryption, so others on the network can
  read what is sent. Each browser has its own models and training runs. They are deleted two minutes after its last tab
  is closed. Whoever has the link of a run can watch it. All runs take turns on this machine, and each pupil gets a fair
  share. Ctrl-C here ends the server and all that is on it.
"""


def for_the_teacher(address: str, port: int, secret: str) -> str:
    return f"""
  For the teacher:  http://{address}:{port}{TEACH}{secret}

  Whoever opens this link can lead the class and see its answers, so do not show it to the class. Once you have opened it,
  the browser shows another address, without the secret: that one may be on the wall. Press "Follow me" there, and the
  pupils' pages show what yours shows.
"""


def qr_code(link: str) -> str:
    """The QR code of a link for a terminal: two rows of modules in each line of text, dark on light whatever the terminal's colours."""
    rows = [list(map(bool, row)) for row in segno.make(link, micro=False).matrix_iter(border=2)]
    rows += [[False] * len(rows[0])] * (len(rows) % 2)
    signs = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}
    lines = [
        "".join(signs[pair] for pair in zip(*pair_of_rows, strict=True))
        for pair_of_rows in zip(rows[::2], rows[1::2], strict=True)
    ]
    return "\n".join(f"  \x1b[30;107m{line}\x1b[0m" for line in lines)


class _Parser(argparse.ArgumentParser):
    """argparse with one line, rather than the whole usage, for bad flags, as in `vae_core.cli`, which would load torch."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message} (see --help)\n")


def _embedder(text: str) -> str:
    try:
        return check_embedder(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _port(text: str) -> int:
    if not text.isdecimal() or len(text) > 5 or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"a port must be a whole number from 1 to 65535, got {text[:40]!r}; try 8501")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
