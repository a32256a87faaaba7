"""How much memory training may take, takes, and which setting of a run takes most of it."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from pathlib import Path

from aevb_lab.jobs.job import JobSpec
from vae_core.sizes import total_memory
from vae_core.training import training_bytes

SHARE_OF_MACHINE = 0.6  # for all workers together
LEAST_LIMIT = 1 << 30  # torch alone takes a third of this


def memory_limit(workers: int) -> int | None:
    """The most bytes that one of so many workers may take; None where this machine does not say what it has."""
    machine = total_memory()
    return None if machine is None else max(LEAST_LIMIT, int(machine * SHARE_OF_MACHINE / workers))


def resident_bytes(pid: int) -> int | None:
    """The memory that a process has at present; None where that cannot be found out."""
    if sys.platform == "win32":
        return _resident_on_windows(pid)
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        pass
    try:  # systems without /proc
        answer = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, timeout=2)
        return int(answer.stdout) * 1024
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None


def _resident_on_windows(pid: int) -> int | None:
    if sys.platform == "win32":
        names = ("peak", "resident", "peak_paged", "paged", "peak_other", "other", "page_file", "peak_page_file")

        class Counters(ctypes.Structure):  # PROCESS_MEMORY_COUNTERS
            _fields_ = [
                ("length", ctypes.c_ulong),
                ("faults", ctypes.c_ulong),
                *((name, ctypes.c_size_t) for name in names),
            ]

        kernel = ctypes.windll.kernel32
        kernel.OpenProcess.restype = ctypes.c_void_p
        process = ctypes.c_void_p(kernel.OpenProcess(0x1000, False, pid))  # PROCESS_QUERY_LIMITED_INFORMATION
        counters = Counters(length=ctypes.sizeof(Counters))
        try:
            if kernel.K32GetProcessMemoryInfo(process, ctypes.byref(counters), counters.length):
                return int(counters.resident)
        finally:
            kernel.CloseHandle(process)
    return None


def bytes_of(spec: JobSpec) -> int:
    """About how many bytes a run takes."""
    return sum(_bytes_by_setting(spec).values())


def too_large(spec: JobSpec, limit: int) -> str:
    """The sentence for a run whose worker took more than `limit` bytes."""
    sizes = _bytes_by_setting(spec)
    setting = max(sizes, key=lambda name: sizes[name])
    size = f"{limit / 1e9:.1f} GB" if limit >= 1e8 else f"{limit / 1e6:.1f} MB"
    rule = f"training was stopped because it took more than {size} of memory"
    if setting == "images" and spec.images is not None:
        return f"{rule}; bring fewer or smaller images than these {spec.images.report.num_images:,}"
    value = getattr(spec.model_config if setting == "hidden_dims" else spec.train_config, setting)
    return f"{rule}; lower {setting}, which is {_text(value)}"


def _bytes_by_setting(spec: JobSpec) -> dict[str, int]:
    sizes = dict(training_bytes(spec.model_config, spec.train_config))
    if spec.images is not None:
        sizes["images"] = 2 * 4 * spec.images.report.num_images * spec.model_config.data_dim  # read, then split
    return sizes


def _text(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
