"""A class that trains at once: `python benchmarks/class_training.py [--pupils 30] [--workers 2] [--cold] [--out FILE.json]`.

Each of the pupils trains the digits with the app's defaults, all from the same moment on, on a board as the app has it, in this
process and without pages. Bare is the same runs by `vc.fit` alone, shared among as many processes as the board has workers: the
same evaluations and frames, nothing saved or sent, Python and torch loaded before. Bare runs before and after the class, since a
machine may be a tenth faster a minute later; with --cold the workers have to load torch too.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY))

import torch  # noqa: E402

import vae_core as vc  # noqa: E402
from aevb_lab.jobs.board import Board  # noqa: E402
from aevb_lab.jobs.job import Job, JobSpec  # noqa: E402
from aevb_lab.jobs.memory import resident_bytes  # noqa: E402
from vae_core.data.datasets import DATASETS  # noqa: E402
from vae_core.settings import settings_of  # noqa: E402

TARGET = {"first_plane_s": 20.0, "longest_wait_s": 30.0, "over_bare": 1.3}
POLL_SECONDS = 0.05


def spec_of(pupil: int) -> JobSpec:
    """The digits with the Train page's defaults, and a seed for each pupil."""
    own = DATASETS["digits"].own_settings
    model = {name: value for name, value in own.items() if name in settings_of(vc.ModelConfig)}
    train = {name: value for name, value in own.items() if name in settings_of(vc.TrainConfig)}
    return JobSpec("digits", vc.ModelConfig(64, (8, 8), **model), replace(vc.TrainConfig(**train), seed=pupil))


# -- bare --------------------------------------------------------------------------------------------------------


def train_barely(first: int, pupils: int, workers: int) -> None:
    """In a process of its own: every `workers`-th run, from number `first` on, one after the other."""
    if hasattr(os, "nice"):
        os.nice(10)
    torch.set_num_threads(1)
    dataset = vc.load_data("digits")
    algorithm, generator = vc.training.start(spec_of(0).model_config, spec_of(0).train_config)
    next(vc.fit(algorithm, dataset, generator=generator))
    print("ready", flush=True)
    sys.stdin.readline()
    for pupil in range(first, pupils, workers):
        spec = spec_of(pupil)
        algorithm, generator = vc.training.start(spec.model_config, spec.train_config)
        frames = [event.frame for event in vc.fit(algorithm, dataset, generator=generator) if event.frame]
        assert frames[-1].step == spec.train_config.epochs * 15


def measure_bare(pupils: int, workers: int) -> float:
    """Seconds until all runs are done."""
    command = [sys.executable, __file__, "--pupils", str(pupils), "--workers", str(workers), "--barely"]
    processes = [
        subprocess.Popen([*command, str(number)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for number in range(workers)
    ]
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    began = time.monotonic()
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        assert process.wait() == 0
    return time.monotonic() - began


# -- the class ---------------------------------------------------------------------------------------------------


@dataclass
class Pupil:
    """What one pupil saw, in seconds after Start; `last` is the version of the last news."""

    job: Job
    began: float
    first_plane: float | None = None
    longest_wait: float = 0.0
    end: float | None = None
    news: float = 0.0
    last: tuple[int, int] = (-1, -1)

    def look(self) -> None:
        now, snapshot = time.monotonic() - self.began, self.job.snapshot()
        if self.end is not None:
            return
        if snapshot.look and self.first_plane is None:
            self.first_plane = now
        state = snapshot.step, snapshot.look.step if snapshot.look else -1
        if state != self.last:
            self.longest_wait = max(self.longest_wait, now - self.news) if self.first_plane is not None else 0.0
            self.last, self.news = state, now
        if not snapshot.active:
            self.end = now


def measure_class(pupils: int, workers: int, cold: bool) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        board = Board(workers, Path(folder))
        try:
            if not cold:
                board.warm()
                while len(board.crew.desks) < workers or not all(desk.is_ready for desk in board.crew.desks):
                    time.sleep(POLL_SECONDS)
            began = time.monotonic()
            seats = [Pupil(board.submit(spec_of(i), f"pupil {i}"), time.monotonic()) for i in range(pupils)]
            memory = 0
            while any(pupil.end is None for pupil in seats):
                for pupil in seats:
                    pupil.look()
                sizes = [resident_bytes(desk.worker.pid) or 0 for desk in board.crew.desks if desk.worker.pid]
                memory = max(memory, *sizes, 0)
                time.sleep(POLL_SECONDS)
            seconds = time.monotonic() - began
        finally:
            board.shutdown()
    return {
        "finished": sum(pupil.job.snapshot().state == "finished" for pupil in seats),
        "first_plane_s": max(pupil.first_plane or float("inf") for pupil in seats),
        "longest_wait_s": max(pupil.longest_wait for pupil in seats),
        "seconds": seconds,
        "first_end_s": min(pupil.end or 0.0 for pupil in seats),
        "worker_mb": memory / 1e6,
    }


def report(results: dict[str, Any]) -> None:
    print(f"| {results['pupils']} pupils on {results['workers']} workers | measured | goal |\n| --- | --- | --- |")
    print(f"| finished | {results['finished']} | {results['pupils']} |")
    print(f"| last first plane after | {results['first_plane_s']:.1f} s | {TARGET['first_plane_s']:.0f} s |")
    print(f"| longest time without progress | {results['longest_wait_s']:.1f} s | {TARGET['longest_wait_s']:.0f} s |")
    bare = ", ".join(f"{seconds:.1f} s" for seconds in results["bare_s"])
    print(f"| whole class | {results['seconds']:.1f} s | |\n| bare | {bare} | |")
    print(f"| over bare | {results['over_bare']:.2f} | {TARGET['over_bare']} |")
    print(f"| memory of the largest worker | {results['worker_mb']:.0f} MB | |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pupils", type=int, default=30)
    parser.add_argument("--workers", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--cold", action="store_true", help="the workers have yet to start")
    parser.add_argument("--out", type=Path, default=Path("class_training.json"))
    parser.add_argument("--barely", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.barely is not None:
        return train_barely(options.barely, options.pupils, options.workers)
    bare = [measure_bare(options.pupils, options.workers)]
    results = measure_class(options.pupils, options.workers, options.cold)
    bare.append(measure_bare(options.pupils, options.workers))
    results |= {"pupils": options.pupils, "workers": options.workers, "cold": options.cold, "cores": os.cpu_count()}
    results |= {"bare_s": bare, "over_bare": results["seconds"] / (sum(bare) / len(bare)), "target": TARGET}
    options.out.write_text(json.dumps(results, indent=2) + "\n")
    report(results)


if __name__ == "__main__":
    main()
