"""How this server is reached, and how much trains at once: each setting as a flag of `aevb-lab` and as a variable of the environment."""

from __future__ import annotations

import argparse
import ipaddress
import os
import re
import socket
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from streamlit import config

from aevb_lab.guard import EMBEDDERS, check_embedder

SLOTS = "AEVB_SLOTS"  # main.py's server reads this one and EMBEDDERS itself, however it was started
MOST_SLOTS = 64
NAME = r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*"
HOST = re.compile(rf"\*|(?:\*\.)?{NAME}|\[[0-9a-f:.]+\]", re.IGNORECASE)
SEGMENT = re.compile(r"[A-Za-z0-9_~-][A-Za-z0-9._~-]*")


def read_port(text: str) -> int:
    if not text.isdecimal() or len(text) > 5 or not 1 <= int(text) <= 65535:
        raise ValueError(f"a port must be a whole number from 1 to 65535, got {text[:40]!r}; try 8501")
    return int(text)


def read_slots(text: str) -> int:
    if not text.isdecimal() or len(text) > 2 or not 1 <= int(text) <= MOST_SLOTS:
        rule = f"the slots must be a whole number from 1 to {MOST_SLOTS}"
        raise ValueError(f"{rule}, got {text[:40]!r}; try 1 for each processor core")
    return int(text)


def read_base_path(text: str) -> str:
    """As Streamlit wants it: "lab" for https://school.example/lab/."""
    path = text.strip("/")
    if path and not all(SEGMENT.fullmatch(segment) for segment in path.split("/")):
        rule = "a base path must be the path of an address, of letters, digits and - . _ ~"
        raise ValueError(f"{rule}, got {text[:40]!r}; try lab")
    return path


def read_address(text: str) -> str:
    """One of this machine's addresses: a socket can be bound to no other."""
    try:
        address = ipaddress.ip_address("127.0.0.1" if text == "localhost" else text)
        with socket.socket(socket.AF_INET if address.version == 4 else socket.AF_INET6) as probe:
            probe.bind((str(address), 0))
    except (ValueError, OSError):
        rule = "an address must be one of this machine's, without http:// and without a port"
        raise ValueError(f"{rule}, got {text[:40]!r}; try 0.0.0.0 for all of them") from None
    return str(address)


def read_host(text: str) -> str:
    if not HOST.fullmatch(text):
        rule = "a host must be the name in the address that visitors type, without https:// and without a port"
        raise ValueError(f"{rule}, got {text[:40]!r}; try lab.school.example")
    return text.lower()


def read_yes(text: str) -> bool:
    if text.lower() not in ("0", "1", "no", "yes", "false", "true"):
        raise ValueError(f"it must be 1 or 0, got {text[:40]!r}")
    return text.lower() in ("1", "yes", "true")


class Option(NamedTuple):
    """One setting: its flag, its variable, how its words are read, what it is where nobody says, and what it does."""

    name: str
    variable: str
    read: Callable[[str], Any]
    default: Any
    help: str
    metavar: str | None = None

    @property
    def is_list(self) -> bool:
        return isinstance(self.default, tuple)

    @property
    def is_switch(self) -> bool:
        return isinstance(self.default, bool)

    @property
    def flag(self) -> str:
        return f"--{self.name.replace('_', '-')}"

    def of_text(self, text: str) -> Any:
        """The value of its variable; ValueError where it is none."""
        return tuple(map(self.read, text.replace(",", " ").split())) if self.is_list else self.read(text.strip())


OPTIONS = (
    Option("port", "AEVB_PORT", read_port, 8501, "where the app listens (default: 8501)", "N"),
    Option(
        "address", "AEVB_ADDRESS", read_address, None,
        "the address of this machine on which it listens (default: 127.0.0.1, for this machine alone; for a class 0.0.0.0, which is all of them)",
        "ADDRESS",
    ),
    Option(
        "allowed_hosts", "AEVB_ALLOWED_HOSTS", read_host, (),
        "names under which it answers besides localhost, for example lab.school.example or *.school.example", "NAME",
    ),
    Option("base_path", "AEVB_BASE_PATH", read_base_path, "", "the path below which it is, for example lab for https://school.example/lab/", "PATH"),
    Option("slots", SLOTS, read_slots, None, "how many runs train at the same time (default: one for each processor core)", "N"),
    Option(
        "embed_in", EMBEDDERS, check_embedder, (),
        "let pages of this learning platform show the app in a frame, for example https://moodle.school.example", "ORIGIN",
    ),
    Option("no_browser", "AEVB_NO_BROWSER", read_yes, False, "do not open the browser"),
)  # fmt: skip


def add_options(parser: argparse.ArgumentParser, environment: Mapping[str, str] = os.environ) -> None:
    """The flags. What no flag says, the environment says; a variable that is no value ends the command as a flag would."""
    for option in OPTIONS:
        default, words = option.default, environment.get(option.variable, "")
        if words.strip():
            try:
                default = option.of_text(words)
            except ValueError as error:
                parser.error(f"the variable {option.variable}: {error}")
        text = f"{option.help} [{option.variable}]"
        if option.is_switch:
            parser.add_argument(option.flag, action="store_true", default=default, help=text)
            continue
        parser.add_argument(
            option.flag,
            type=_as_argument(option.read),
            nargs="+" if option.is_list else None,
            default=default,
            metavar=option.metavar,
            help=text,
        )


def hand_over(options: argparse.Namespace) -> None:
    """Tell the server, which Streamlit starts in this process, what Streamlit has no option for."""
    if options.embed_in:
        os.environ[EMBEDDERS] = " ".join(options.embed_in)
    if options.slots is not None:
        os.environ[SLOTS] = str(options.slots)


def slots() -> int | None:
    """How many runs train at the same time, as the environment says; None where it does not. ValueError where it is no number."""
    text = os.environ.get(SLOTS, "").strip()
    try:
        return read_slots(text) if text else None
    except ValueError as error:
        raise ValueError(f"the variable {SLOTS}: {error}") from None


def base_path() -> str:
    """The path below which Streamlit is told to be, such as "/lab"; "" for the whole site."""
    path: str = config.get_option("server.baseUrlPath").strip("/")
    return f"/{path}" if path else ""


def is_public(address: str, allowed_hosts: tuple[str, ...]) -> bool:
    """Whether a server is meant for others than whoever sits at its machine."""
    try:
        is_loopback = ipaddress.ip_address("127.0.0.1" if address == "localhost" else address).is_loopback
    except ValueError:  # a name, or none: all addresses
        is_loopback = False
    return bool(allowed_hosts) or not is_loopback


def _as_argument(read: Callable[[str], Any]) -> Callable[[str], Any]:
    """argparse shows the words of its own kind of error only."""

    def argument(text: str) -> Any:
        try:
            return read(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return argument
