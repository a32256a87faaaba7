"""The table of docs/reliability.md: `python benchmarks/faults [--only PART ...] [--out FILE.json]`.

Each part tries many things that go wrong, and counts how they end. A fault is a library's error where ours should be, a crash, a
damaged or lost file, a call to another host, a mixed-up upload, or something that is left behind. With `--class` it is the table of
`class_training.py` instead: thirty sessions that train at once.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch: forked children have no threads for it
import torch  # noqa: E402
from streamlit.logger import set_log_level  # noqa: E402

REPOSITORY = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(REPOSITORY), str(REPOSITORY / "benchmarks"), str(REPOSITORY / "tests")]

import hostile  # noqa: E402
import mutations  # noqa: E402
import saving  # noqa: E402
import visitors  # noqa: E402
from children import Outcome  # noqa: E402
from table import faults, table  # noqa: E402

SPARE_SECONDS = 12.0  # until the server has its spare process
# What a server keeps for the next visitor: workers that are ready, helpers, connections.
EXTRA = {"processes": os.cpu_count() or 1, "threads": 10, "files": 20}
HEALTH_MS = 250.0


class Row(NamedTuple):
    """One line of the table."""

    part: str
    what: str
    outcome: Outcome
    seconds: float
    figures: dict[str, float]

    def to_dict(self) -> dict[str, Any]:
        counts, figures = dict(self.outcome.counts), {"s": round(self.seconds, 1)} | self.figures
        return {
            "part": self.part,
            "what": self.what,
            "counts": counts,
            "figures": figures,
            "faults": self.outcome.faults,
        }


class Count(NamedTuple):
    """How many of a part are tried; `small` is for the test of this script."""

    full: int
    small: int


ALONE: dict[str, tuple[str, Count, Callable[[int], Outcome]]] = {  # parts that need no server
    "files": ("hostile files", Count(0, 10), hostile.try_files),
    "models": ("model files, changed", Count(20_000, 40), mutations.try_models),
    "idx": ("idx data sets, changed", Count(20_000, 40), mutations.try_idx),
    "npy": ("npy files, changed", Count(20_000, 40), mutations.try_npy),
    "pictures": ("pictures, changed", Count(20_000, 40), mutations.try_pictures),
    "own": ("own images, changed", Count(20_000, 60), mutations.try_own_images),
    "links": ("links, read", Count(20_000, 60), hostile.try_links),
    "pages": ("links, opened on pages", Count(300, 1), hostile.try_pages),
    "kills": ("kill -9 while a checkpoint is written", Count(200, 3), saving.kill_writers),
    "writes": ("write calls that fail, with six error numbers", Count(6, 1), saving.fail_writes),
    "resumes": ("killed runs, resumed", Count(10, 1), saving.resume_runs),
}
SERVED = {  # parts that need one
    "handshakes": ("WebSocket handshakes of other sites", Count(200, 5)),
    "uploads": ("uploads at once under one name", Count(40, 3)),
    "tour": ("all pages, both themes: calls to other hosts", Count(2, 1)),
    "abandoned": ("sessions abandoned while they train", Count(100, 2)),
}


def try_alone(part: str, small: bool) -> Row:
    what, count, attempt = ALONE[part]
    began = time.monotonic()
    outcome = attempt(count.small if small else count.full)
    return Row(part, what, outcome, time.monotonic() - began, {})


def try_served(parts: list[str], small: bool, meanwhile: Callable[[], list[Row]]) -> list[Row]:
    """The parts that need a server, on one. What its visitors leave is counted at the end, when it has had time to forget them."""
    rows = []
    with visitors.watched_server() as (server, calls):
        if not small:
            time.sleep(SPARE_SECONDS)
        asyncio.run(visitors.look_once(server))
        before = visitors.traces(server)
        for part in parts:
            what, count = SERVED[part]
            number, began, outcome, figures = count.small if small else count.full, time.monotonic(), Outcome(), {}
            if part == "abandoned":
                asyncio.run(visitors.abandon(server, number))
            elif part == "handshakes":
                outcome, figures = visitors.shake_hands(server, number)
                if figures["longest ms"] > HEALTH_MS:
                    outcome.note("slow", f"/_stcore/health answered after {figures['longest ms']} ms")
            elif part == "uploads":
                outcome = visitors.upload_models(server, number)
            else:
                with visitors.opened_browser() as browser:
                    outcome = visitors.tour(server, browser, calls, **({"pages": ("", "bound")} if small else {}))
            rows.append(Row(part, what, outcome, time.monotonic() - began, figures))
        last = time.monotonic()
        rows += meanwhile()
        if "abandoned" in parts and not small:
            row = next(row for row in rows if row.part == "abandoned")
            kept = max(0.0, visitors.KEPT_SECONDS - (time.monotonic() - last))
            left = visitors.wait_until_forgotten(server, before, EXTRA, kept, visitors.FORGET_SECONDS)
            row.outcome.counts["forgotten"] += SERVED["abandoned"][1].full
            row.figures.update({f"{name} left": count for name, count in left.items()})
            for name, count in left.items():
                if count > EXTRA.get(name, 0):
                    row.outcome.note("left behind", f"{count} {name}")
        if server.tracebacks():
            rows[0].outcome.note("traceback", server.tracebacks()[-400:])
    return rows


def train_class(small: bool) -> int:
    """Two tables: the runs of a class by themselves, and what others notice of a class on a server."""
    pupils, seconds = (2, 3.0) if small else (30, 60.0)
    order = [sys.executable, str(REPOSITORY / "benchmarks" / "class_training.py"), "--pupils", str(pupils)]
    results = REPOSITORY / "benchmarks" / "class_training.json"
    code = subprocess.call(order + (["--epochs", "1", "--out", os.devnull] if small else ["--out", str(results)]))
    with visitors.watched_server() as (server, _):
        began = time.monotonic()
        outcome, figures = visitors.train_at_once(server, pupils, seconds)
        if figures["p99 ms"] > HEALTH_MS:
            outcome.note("slow", f"99 of 100 answers of /_stcore/health took up to {figures['p99 ms']} ms")
        row = Row(
            "class", f"{pupils} sessions that train at once", outcome, time.monotonic() - began, figures
        ).to_dict()
    print(table([row]))
    return code or int(faults(row) > 0)


def main(arguments: list[str] | None = None) -> int:
    parts = [*ALONE, *SERVED]
    parser = argparse.ArgumentParser(description="Try what goes wrong, and count how it ends.")
    parser.add_argument("--only", nargs="+", choices=parts, default=parts, metavar="PART", help=", ".join(parts))
    parser.add_argument(
        "--out", type=Path, help="write the counts as JSON; parts that were not tried stay as they are there"
    )
    parser.add_argument("--small", action="store_true", help="a few cases of each part, to try this script")
    parser.add_argument("--class", action="store_true", dest="for_class", help="thirty sessions that train at once")
    options = parser.parse_args(arguments)
    if options.for_class:
        return train_class(options.small)
    torch.set_num_threads(1)
    set_log_level("ERROR")  # pages run here without a server, and Streamlit says so each time
    began = time.monotonic()

    def alone() -> list[Row]:
        return [try_alone(part, options.small) for part in ALONE if part in options.only]

    served = [part for part in SERVED if part in options.only]
    rows = try_served(served, options.small, alone) if served else alone()
    rows.sort(key=lambda row: parts.index(row.part))
    when = {"commit": _commit(), "load_average": round(os.getloadavg()[1], 1)}
    results = [row.to_dict() | when for row in rows]
    print(table(results))
    for row in results:
        for example in row["faults"]:
            print(f"{row['part']}: {example}")
    if options.out:
        earlier = json.loads(options.out.read_text())["rows"] if options.out.exists() else []
        kept = {row["part"]: row for row in earlier + results}
        about = {
            "cores": os.cpu_count(),
            "machine": platform.machine(),
            "python": platform.python_version(),
            "torch": torch.__version__,
            "seconds": round(time.monotonic() - began),
        }
        in_order = [kept[part] for part in parts if part in kept]
        options.out.write_text(json.dumps(about | {"rows": in_order}, indent=2) + "\n")
    return 1 if any(faults(row) for row in results) else 0


def _commit() -> str:
    with contextlib.suppress(OSError, subprocess.CalledProcessError):
        order = ["git", "describe", "--always", "--dirty", "--abbrev=10"]
        return subprocess.run(order, cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout.strip()
    return "unknown"


if __name__ == "__main__":
    sys.exit(main())
