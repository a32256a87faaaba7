"""The standard streams. stdout has the report; stderr is best effort: what goes wrong there never ends the work."""

from __future__ import annotations

import contextlib
import io
import json
import math
import os
import select
import sys
from collections.abc import Mapping
from typing import Any

PROG = "vae_core"


def prepare_streams() -> None:
    """Make the standard streams safe: what their encoding lacks is escaped, and no file that is opened later can get the number
    of a stream that is closed, for what libraries write on stderr would end up in it."""
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # it gets the lowest free number, which is this one
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def say(text: str, end: str = "\n") -> None:
    """Write on stderr. Where that fails, the text is lost, and so is all that follows."""
    if sys.stderr is None:  # it was closed before Python began
        return
    try:
        sys.stderr.write(text + end)
        sys.stderr.flush()
    except (OSError, ValueError):
        _discard(sys.stderr)


def can_say() -> bool:
    """Whether stderr takes a line now. A terminal that was stopped, or a pipe that nobody reads, would make the work wait."""
    try:
        return sys.stderr is not None and bool(select.select([], [sys.stderr], [], 0)[1])
    except (OSError, ValueError, TypeError):  # no descriptor: the stream is of another kind, which does not wait
        return True


def is_terminal() -> bool:
    """Whether stderr is a terminal, where a bar can be drawn over."""
    with contextlib.suppress(OSError, ValueError):
        return sys.stderr is not None and sys.stderr.isatty()
    return False


def write_report(report: dict[str, Any], *, as_json: bool) -> bool:
    """The result of a command on stdout: one JSON object, or a line for each of its entries. A number that is undefined is null in
    JSON, which has no other word for it, and "undefined" in a line. Whether the report could be written."""
    if as_json:
        return write(json.dumps(_defined(report, None), allow_nan=False) + "\n")
    return write("".join(f"{key}: {value}\n" for key, value in _defined(report, "undefined").items()))


def write(text: str) -> bool:
    """Write on stdout, with all that is still in its buffer. False, and one line on stderr, where that fails. A reader that has left
    has what it wanted."""
    try:
        if sys.stdout is None:
            raise OSError("it is closed")
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        _discard(sys.stdout)
    except (OSError, ValueError) as error:
        if sys.stdout is not None:
            _discard(sys.stdout)
        say(f"{PROG}: stdout cannot be written: {getattr(error, 'strerror', None) or error}")
        return False
    return True


def _defined(value: Any, undefined: str | None) -> Any:
    """A value of JSON, however deep, with `undefined` for None and in place of each number that is not finite."""
    if isinstance(value, Mapping):
        return {key: _defined(part, undefined) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_defined(part, undefined) for part in value]
    return undefined if value is None or (isinstance(value, float) and not math.isfinite(value)) else value


def _discard(stream: Any) -> None:
    """Point a broken stream at nothing. Else Python would try to write the rest when it ends, and fail."""
    with contextlib.suppress(OSError, ValueError):
        descriptor, nothing = stream.fileno(), os.open(os.devnull, os.O_WRONLY)
        if nothing != descriptor:
            os.dup2(nothing, descriptor)
            os.close(nothing)
