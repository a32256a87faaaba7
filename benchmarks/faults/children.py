"""Trying cases in forked children, so that a crash, an endless loop or a flood of memory ends one child and is counted."""

from __future__ import annotations

import json
import os
import select
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vae_core.errors import VaeCoreError

REPOSITORY = Path(__file__).resolve().parent.parent.parent
OURS = (str(REPOSITORY / "vae_core"), str(REPOSITORY / "app"), str(REPOSITORY / "aevb_lab"))
BATCH = 500  # cases of one child
CASE_SECONDS = 20.0
MEMORY_BYTES = 1_500_000_000
KEPT_FAULTS = 10
Case = tuple[str, Callable[[], Any]]  # its name, and what is tried


@dataclass
class Outcome:
    """How many cases ended how, and what went wrong with the first few of those that ended badly."""

    counts: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def note(self, kind: str, fault: str | None = None) -> None:
        self.counts[kind] += 1
        if fault and len(self.faults) < KEPT_FAULTS:
            self.faults.append(fault)


def judge(attempt: Callable[[], Any]) -> tuple[str, str]:
    """How an attempt ends, in this process: "accepted"; "refused" in our words, in one line; "foreign" where a library's error came
    through."""
    try:
        attempt()
    except (VaeCoreError, ValueError) as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        ours = isinstance(error, VaeCoreError) or str(Path(place.filename).absolute()).startswith(OURS)
        if ours and "\n" not in str(error).strip() and str(error).strip():
            return "refused", str(error)
        return "foreign", f"{type(error).__name__}: {error} ({Path(place.filename).name}:{place.lineno})"
    except BaseException as error:  # a library may raise anything, and a child must tell
        place = traceback.extract_tb(error.__traceback__)[-1]
        return "foreign", f"{type(error).__name__}: {error} ({Path(place.filename).name}:{place.lineno})"
    return "accepted", ""


def try_all(cases: Sequence[Case], seconds: float | None = None) -> Outcome:
    """Try every case, a batch in each child. A child that dies, stands still or grows too large is blamed on the case it was at,
    and the next child goes on behind that. A case may take CASE_SECONDS, or `seconds`."""
    outcome, position = Outcome(), 0
    while position < len(cases):
        batch = cases[position : position + BATCH]
        done, fault = _run_child(batch, outcome, seconds or CASE_SECONDS)
        position += done
        if fault and done < len(batch):  # one that is slow to end after its last case is nobody's fault
            outcome.note("crashed", f"{cases[position][0]}: {fault}")
            position += 1
    return outcome


def _run_child(batch: Sequence[Case], outcome: Outcome, seconds: float) -> tuple[int, str | None]:
    """How many cases one child answered for, and how it ended badly."""
    sys.stdout.flush()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(reader)
            with os.fdopen(writer, "w") as answers:
                for _, attempt in batch:
                    answers.write(json.dumps(judge(attempt)) + "\n")
                    answers.flush()
        finally:
            os._exit(0)
    os.close(writer)
    done, fault, began = 0, None, time.monotonic()
    with os.fdopen(reader, "rb", buffering=0) as answers:
        pending = b""
        while fault is None:
            if select.select([answers], [], [], 0.1)[0]:
                part = answers.read(65536)
                if not part:
                    break
                *lines, pending = (pending + part).split(b"\n")
                for line in lines:
                    kind, text = json.loads(line)
                    outcome.note(kind, f"{batch[done][0]}: {text}" if kind == "foreign" else None)
                    done, began = done + 1, time.monotonic()
            if resident_bytes(child) > MEMORY_BYTES:
                fault = f"grew above {MEMORY_BYTES / 1e9:.1f} GB"
            elif time.monotonic() - began > seconds:
                fault = f"no end within {seconds:.0f} s"
    if fault:
        os.kill(child, signal.SIGKILL)
    status = os.waitpid(child, 0)[1]
    if fault is None and done < len(batch):
        fault = f"the process ended by signal {os.WTERMSIG(status)}" if os.WIFSIGNALED(status) else "the process ended"
    return done, fault


def resident_bytes(process: int) -> int:
    """What a process holds in memory; 0 where the system does not tell."""
    try:
        pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")
