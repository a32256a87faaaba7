"""The end of the server. After Ctrl-C or SIGTERM it is over within END_SECONDS, whatever still goes on, and leaves nothing behind.

Uvicorn waits for open connections and for answers that are on their way, Python for its threads, and torch takes its time to
leave: on a machine that is busy with training all of them together took longer than a person, or a service manager, waits.
"""

import asyncio
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import Any

END_SECONDS = 2.0  # then `last_resorts` have a second at most, on a busy machine
CONNECTION_SECONDS = 0.5  # for answers that are on their way
SYSTEM_SECONDS = (
    6.0  # then the system ends the server, whatever hangs; the next server deletes the folder that this one leaves
)

last_acts: list[Callable[[], None]] = []  # in good order: what the server does when it ends
last_resorts: list[Callable[[], None]] = []  # what ends all that must not outlive the server; none of them waits
_signal: int | None = None
_acting: threading.Thread | None = None  # does the last acts from the signal on


def obey_signals() -> None:
    """Called within uvicorn's server, whose handlers of Ctrl-C and SIGTERM go on doing their work. Elsewhere it does nothing."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    servers = [getattr(handler, "__self__", None) for handler in handlers.values()]
    if threading.current_thread() is not threading.main_thread() or not all(hasattr(s, "config") for s in servers):
        return
    servers[0].config.timeout_graceful_shutdown = CONNECTION_SECONDS  # type: ignore[union-attr]
    for number, handler in handlers.items():
        signal.signal(number, _also(handler))
    logging.getLogger("uvicorn.error").addFilter(_tells_a_fault)


def _tells_a_fault(record: logging.LogRecord) -> bool:
    """False for an answer still on its way after CONNECTION_SECONDS: uvicorn cancels it and would log that as a fault."""
    return not (record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError))


def end() -> None:
    """Do the last acts, or wait for those who do them, and, if a signal ended the server, exit at once: Python's own end would wait
    for threads and for torch."""
    if _acting is not None:
        _acting.join()
    _act()
    if _signal is not None:
        _leave(_signal)


def _act() -> None:
    while last_acts:
        last_acts.pop(0)()


def _also(handler: Any) -> Callable[[int, FrameType | None], None]:
    def handle(number: int, frame: FrameType | None) -> None:
        global _signal, _acting
        if _signal is None:
            _signal = number
            _set_alarm()
            timer = threading.Timer(END_SECONDS, _give_up, (number,))
            _acting = threading.Thread(target=_act, name="last acts")  # while uvicorn waits for its connections
            for thread in (timer, _acting):
                thread.daemon = True
                thread.start()
        handler(number, frame)

    return handle


def _set_alarm() -> None:
    """The system's own timer needs neither Python nor a turn on a busy processor."""
    if sys.platform != "win32":
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, SYSTEM_SECONDS)


def _give_up(number: int) -> None:
    for resort in last_resorts:
        with suppress(Exception):  # whatever fails in one, the others must do their work, and the server must end
            resort()
    _leave(number)


def _leave(number: int) -> None:
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):
            stream.flush()
    os._exit(128 + number)  # as a shell counts what a signal ended
