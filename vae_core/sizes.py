"""Sizes that come from outside, counted before anything is allocated: what does not fit says what it needs and what to lower."""

from __future__ import annotations

import ctypes
import os
import sys
from contextlib import suppress
from pathlib import Path

from vae_core.errors import TooLarge

FLOAT_BYTES = 4
FEW_BYTES = 2**26  # what always fits: for less nobody asks the machine
USABLE = 0.8  # the share of the free memory that one call may take
UNKNOWN_MEMORY = 4 * 2**30  # where the machine does not tell
MOST_PASSES = 5 * 10**8  # through a network, in one call, however small it is
MOST_HOURS = 4.0  # one call may take them on one core
OPERATIONS_PER_SECOND = 5e10  # what a laptop's core does in products of matrices
UNITS = ("bytes", "kB", "MB", "GB", "TB", "PB", "EB")
MACHINE = Path("/proc/meminfo")
CONTAINER = Path("/sys/fs/cgroup")
LIMITS = ("memory.max", "memory/memory.limit_in_bytes")  # of containers, by version 2 and 1 of control groups


def require_memory(num_bytes: int, what: str, remedy: str) -> None:
    """TooLarge unless this machine has so many bytes free."""
    if num_bytes <= FEW_BYTES:
        return
    usable = int(USABLE * free_memory())
    if num_bytes > usable:
        raise TooLarge(f"{what} would need {in_words(num_bytes)} of memory and {in_words(usable)} are free: {remedy}")


def require_work(count: int, operations: int, unit: str, what: str, remedy: str) -> None:
    """TooLarge for more than anybody waits for: `count` things, called `unit`, of so many operations each."""
    hours = seconds_of(count * operations) / 3600
    if count > MOST_PASSES:
        raise TooLarge(f"{what} would need {count:,} {unit}, at most {MOST_PASSES:,}: {remedy}")
    if hours > MOST_HOURS:
        raise TooLarge(
            f"{what} would need {count:,} {unit}, about {hours:,.0f} hours of a processor core, at most {MOST_HOURS:g}: {remedy}"
        )


def seconds_of(operations: int) -> float:
    """About how long a core takes for so many operations."""
    return operations / OPERATIONS_PER_SECOND if operations < 10**300 else float("inf")


def in_words(num_bytes: int) -> str:
    """Bytes in the largest unit that gives at least 1, such as "1.5 GB"."""
    unit = min(max(0, num_bytes.bit_length() - 1) * 30103 // 300000, len(UNITS) - 1)  # log10(2) = 0.30103
    tenths = 10 * num_bytes // 1000**unit
    return f"{tenths / 10:,.4g} {UNITS[unit]}" if tenths < 10**6 else f"more than 100,000 {UNITS[unit]}"


def free_memory() -> int:
    """The bytes that can still be had: what the machine has free, or the container that this process runs in."""
    readings = [reading for reading in (_free_on_machine(), _free_in_container()) if reading is not None]
    return max(0, min(readings)) if readings else UNKNOWN_MEMORY


def total_memory() -> int | None:
    """The bytes that this machine has, or the container that this process runs in; None where neither says."""
    readings = [] if (machine := _physical_memory()) is None else [machine]
    for name in LIMITS:
        with suppress(OSError, ValueError):
            readings.append(int((CONTAINER / name).read_text()))
    return min(readings, default=None)


def _free_on_machine() -> int | None:
    try:
        rows = dict(line.split(":", 1) for line in MACHINE.read_text().splitlines())
        return 1024 * int(rows["MemAvailable"].split()[0])
    except (OSError, KeyError, ValueError):
        pass
    return _windows_memory()[1] or _physical_memory()  # on macOS


def _physical_memory() -> int | None:
    if sys.platform == "win32":
        return _windows_memory()[0]
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError):
        return None


def _windows_memory() -> tuple[int, int] | tuple[None, None]:
    """The bytes that a machine with Windows has, and those that are free; None twice elsewhere, or where it does not say."""
    if sys.platform == "win32":
        size = ctypes.c_ulonglong
        fields = ("all", "free", "file_all", "file_free", "virtual_all", "virtual_free", "virtual_more")

        class Status(ctypes.Structure):  # MEMORYSTATUSEX
            _fields_ = [("length", ctypes.c_ulong), ("load", ctypes.c_ulong), *((name, size) for name in fields)]

        status = Status(length=ctypes.sizeof(Status))
        if ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status)):
            return int(status.all), int(status.free)
    return None, None


def _free_in_container() -> int | None:
    """None without a limit. Pages of files that the kernel would give back count as free."""
    try:
        limit, used = (int((CONTAINER / f"memory.{name}").read_text()) for name in ("max", "current"))
        rows = dict(line.split() for line in (CONTAINER / "memory.stat").read_text().splitlines())
        return limit - used + int(rows["inactive_file"])
    except (OSError, KeyError, ValueError):
        return None
