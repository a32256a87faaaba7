"""What `make class` prints: the address for the pupils, and what serving on the local network means."""

import socket
import sys


def local_address() -> str:
    """This machine's address on the local network; connecting a UDP socket sends nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
            return probe.getsockname()[0]
        except OSError:
            return "127.0.0.1"


def announce(port: str) -> str:
    return f"""
  For the pupils:   http://{local_address()}:{port}

  Anyone on this network can open this address; there is no password and no encryption, so others on the network
  could read along. Each browser has its own models and training runs, which nobody else sees, and which go when its
  tab is closed. At most one run per processor core trains at a time; the others wait in a visible queue.
  Ctrl-C here ends the server and everything on it.
"""


if __name__ == "__main__":
    print(local_address() if sys.argv[1:] == ["--address"] else announce(sys.argv[1] if len(sys.argv) > 1 else "8501"))
