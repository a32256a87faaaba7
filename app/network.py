"""Where pupils find this machine: its addresses, whether the app answers there, and what to do where pupils cannot reach it."""

from __future__ import annotations

import http.client
import ipaddress
import socket
import struct
import sys
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from typing import NamedTuple

if sys.platform != "win32":
    import fcntl

SIOCGIFADDR = 0xC0206921 if sys.platform == "darwin" else 0x8915  # asks the system for an interface's address
VIRTUAL = (
    "br-",
    "docker",
    "lxc",
    "tailscale",
    "tap",
    "tun",
    "utun",
    "vEthernet",
    "vboxnet",
    "veth",
    "virbr",
    "vmnet",
    "wg",
)
START_SECONDS, LOOK_SECONDS = 120.0, 0.5
ANSWER_SECONDS = 3.0


class Interface(NamedTuple):
    """A network that this machine is on: the system's name for it ("" where it is unknown), and this machine's address there."""

    name: str
    address: str

    @property
    def is_virtual(self) -> bool:
        """Whether it leads to programs on this machine, or through a tunnel, and not to pupils."""
        return self.name.startswith(VIRTUAL)


def local_address() -> str:
    """This machine's address on the local network; connecting a UDP socket sends nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
            return str(probe.getsockname()[0])
        except OSError:
            return "127.0.0.1"


def interfaces() -> list[Interface]:
    """The networks of this machine that pupils may be on: real ones first, each address once."""
    places = [*named_interfaces(), *(Interface("", address) for address in addresses_of_the_host())]
    unique: dict[str, Interface] = {}
    for place in places:
        if _is_for_others(place.address):
            unique.setdefault(place.address, place)
    return sorted(unique.values(), key=lambda place: place.is_virtual)


def named_interfaces() -> list[Interface]:
    places: list[Interface] = []
    if sys.platform != "win32":
        with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            for _, name in socket.if_nameindex():
                with suppress(OSError):  # no address
                    answer = fcntl.ioctl(probe.fileno(), SIOCGIFADDR, struct.pack("256s", name.encode()[:15]))
                    places.append(Interface(name, socket.inet_ntoa(answer[20:24])))
    return places


def addresses_of_the_host() -> list[str]:
    """What the system's own name stands for; on Windows these are all addresses."""
    with suppress(OSError):
        return [str(place[4][0]) for place in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)]
    return []


def _is_for_others(address: str) -> bool:
    place = ipaddress.ip_address(address)
    return not (place.is_loopback or place.is_link_local or place.is_unspecified or place.is_multicast)


def addresses() -> list[str]:
    """This machine's addresses, the one on the way to other networks first."""
    others = [place.address for place in interfaces()]
    return list(dict.fromkeys([local_address(), *others]))


# -- can pupils reach it? ----------------------------------------------------------------------------------------


def wait_until_it_answers(port: int, ended: threading.Event, seconds: float = START_SECONDS) -> bool:
    """Wait until the app answers on this machine; False where it does not in time, or where the server has `ended`."""
    deadline = time.monotonic() + seconds
    while not answers("127.0.0.1", port):
        if ended.wait(LOOK_SECONDS) or time.monotonic() > deadline:
            return False
    return True


def answers(address: str, port: int) -> bool:
    """Whether the app answers at this address, asked from this machine."""
    connection = http.client.HTTPConnection(address, port, timeout=ANSWER_SECONDS)
    try:
        connection.request("GET", "/_stcore/health")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def reachable_in_words(results: Iterable[tuple[str, bool]], port: int, platform: str = sys.platform) -> str:
    """What a test of all addresses from this machine says to the teacher, and what it cannot know."""
    results = list(results)
    if all(ipaddress.ip_address(address).is_loopback for address, _ in results):
        return "\n  This machine is on no network, so nobody else can reach it. Join a network, or make a hot spot, and start again.\n"
    lines = [f"    http://{address}:{port}   {'answers' if works else 'does not answer'}" for address, works in results]
    return "\n".join(
        [
            "",
            "  From this machine, each address of the app:",
            *lines,
            "  Only a pupil's device can show whether pupils reach it. Open the address on a phone that is in the same Wi-Fi.",
            "  If the page stays blank there, look at these:",
            *(f"  - {advice}" for advice in advice_for(port, platform)),
            "",
        ]
    )


def advice_for(port: int, platform: str) -> list[str]:
    """What to do where pupils cannot reach the app, the most frequent reason first."""
    return [
        _firewall(port, platform),
        "Client isolation: many guest networks keep their devices apart. Use another network, a hot spot of this machine or of a phone, "
        "or ask whoever runs the network.",
        "Another network: pupils' devices must be in one of the networks above. Mobile data must be off.",
        "A proxy: the browser must reach this address directly.",
    ]


def _firewall(port: int, platform: str) -> str:
    if platform == "win32":
        return (
            "Firewall: allow Python in private networks (Windows asks at the first start). Or run as administrator: "
            f'netsh advfirewall firewall add rule name="AEVB Lab" dir=in action=allow protocol=TCP localport={port}'
        )
    if platform == "darwin":
        return "Firewall: in System Settings, Network, Firewall, Options, let Python take incoming connections."
    return f"Firewall: open the port, with  sudo ufw allow {port}/tcp  or  sudo firewall-cmd --add-port={port}/tcp"
