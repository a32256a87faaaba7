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

from aevb_lab.guard import stay_home
from aevb_lab.hosting import OPTIONS, add_options, hand_over, is_public
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
    options = build_parser().parse_args(words)
    sys.stdout, sys.stderr = BestEffort(sys.stdout), BestEffort(sys.stderr)
    if options.about or options.version:
        return about(options)
    hand_over(options)
    stay_home()
    if not options.for_class:
        cli.main(["run", str(ENTRY), *settings(options.port, options=options)], prog_name="streamlit")
        return 0
    address = local_address()
    others = [other for other in addresses() if other != address]
    with _class(address, options.port, [address, *others], options.base_path):
        cli.main(["run", str(ENTRY), *settings(options.port, address, others, options)], prog_name="streamlit")
    return 0


def build_parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="aevb-lab",
        description="Start AEVB Lab in the browser. Ctrl-C ends it.",
        epilog="A flag goes before the variable of the environment that stands in brackets. "
        "aevb-lab take-home MODEL --out FILE.html writes the map as one file, which works without the app: see aevb-lab take-home --help.",
    )
    parser.add_argument(
        "--class",
        action="store_true",
        dest="for_class",
        help="serve on the local network, and print a link for the teacher and a link with QR code for the pupils",
    )
    add_options(parser)
    parser.add_argument("--about", action="store_true", help="print version, settings and paths, and start nothing")
    parser.add_argument("--version", action="store_true", help="print the version, and start nothing")
    return parser


def about(options: argparse.Namespace) -> int:
    """Print the version or, with all that a report of a fault needs, the settings too."""
    # Here, because it loads torch.
    from aevb_lab.about import report
    from vae_core import __version__

    if options.version:
        print(f"aevb-lab {__version__}")
        return 0
    given = {option.name: getattr(options, option.name) for option in OPTIONS} | {"class": options.for_class}
    print(report(given | {"address": address_of(options)}))
    return 0


def address_of(options: argparse.Namespace) -> str:
    """Where the app listens."""
    return options.address or ("0.0.0.0" if options.for_class else "127.0.0.1")


@contextmanager
def _class(address: str, port: int, everywhere: Sequence[str], base_path: str) -> Iterator[None]:
    """Say where the class is, give the server the teacher's secret, and test the addresses once it answers."""
    secret = secrets.token_urlsafe(12)
    print(announce(address, port, base_path), flush=True)
    if sys.stdout.isatty():
        print(qr_code(home(address, port, base_path)), flush=True)
    print(for_the_teacher(address, port, secret, base_path), flush=True)
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


def settings(
    port: int, class_address: str | None = None, others: Sequence[str] = (), options: argparse.Namespace | None = None
) -> list[str]:
    """Streamlit's options: for this machine alone or, given its address on the local network, for a class. `others` are its
    addresses on other networks. `options` are the launcher's (None: as without flags)."""
    options = options or build_parser().parse_args(["--class"] if class_address else [])
    words = [*SETTINGS, f"--server.port={port}", f"--server.address={address_of(options)}"]
    if class_address or options.no_browser or is_public(address_of(options), options.allowed_hosts):
        words.append("--server.headless=true")
    if class_address:
        words.append(f"--browser.serverAddress={class_address}")
    if options.base_path:
        words.append(f"--server.baseUrlPath={options.base_path}")
    hosts = [*([class_address, *others] if class_address else []), *options.allowed_hosts]
    names = dict.fromkeys([*hosts, "localhost", "127.0.0.1"]) if hosts else {}
    return [*words, *(f"--server.allowedHosts={host}" for host in names)]


def home(address: str, port: int, base_path: str = "") -> str:
    """Where the app is, as a link without a slash at its end."""
    return f"http://{address}:{port}" + (f"/{base_path}" if base_path else "")


def announce(address: str, port: int, base_path: str = "") -> str:
    return f"""
  For the pupils:   {home(address, port, base_path)}

  Anyone on this network can open this address. It has no password and no encryption, so others on the network can
  read what is sent. Each browser has its own models and training runs. They are deleted two minutes after its last tab
  is closed. Whoever has the link of a run can watch it. All runs take turns on this machine, and each pupil gets a fair
  share. Ctrl-C here ends the server and all that is on it.
"""


def for_the_teacher(address: str, port: int, secret: str, base_path: str = "") -> str:
    return f"""
  For the teacher:  {home(address, port, base_path)}{TEACH}{secret}

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


if __name__ == "__main__":
    sys.exit(main())
