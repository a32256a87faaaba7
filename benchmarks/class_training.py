"""A class that trains at once: `python benchmarks/class_training.py [--pupils 30] [--workers 2] [--cold] [--page-seconds 60] [--out FILE.json]`.

Each of the pupils trains the digits with the app's defaults, all from the same moment on, on a board as the app has it, in this
process and without pages. Bare is the same runs by `vc.fit` alone, shared among as many processes as the board has workers: the
same evaluations and frames, nothing saved or sent, Python and torch loaded before. Bare runs before and after the class, since a
machine may be a tenth faster a minute later; with --cold the workers have to load torch too. The ratio of processor seconds
(workers and board, over bare) says what the turns, pictures and checkpoints cost, also on a machine that is not idle.

At the end as many sessions press Start in the app itself, and for --page-seconds (0: not at all) /_stcore/health is asked every
100 ms, while a bystander on the Latent map changes something once a second: how long the answers and the page's runs take.
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
sys.path[:0] = [str(REPOSITORY), str(REPOSITORY / "benchmarks/faults")]

import torch  # noqa: E402

import vae_core as vc  # noqa: E402
from aevb_lab.jobs.board import Board  # noqa: E402
from aevb_lab.jobs.job import Job, JobSpec  # noqa: E402
from aevb_lab.jobs.memory import resident_bytes  # noqa: E402
from vae_core.data.datasets import DATASETS  # noqa: E402
from vae_core.settings import settings_of  # noqa: E402

TARGET = {"first_plane_s": 20.0, "longest_wait_s": 30.0, "over_bare": 1.3, "health_p99_ms": 250.0}
POLL_SECONDS = 0.05
HEALTH_SECONDS = 0.1


def spec_of(pupil: int, epochs: int) -> JobSpec:
    """The digits with the Train page's defaults, a seed for each pupil, and so many epochs (0: the default)."""
    own = DATASETS["digits"].own_settings
    model = {name: value for name, value in own.items() if name in settings_of(vc.ModelConfig)}
    train = {name: value for name, value in own.items() if name in settings_of(vc.TrainConfig)}
    train |= {"epochs": epochs} if epochs else {}
    return JobSpec("digits", vc.ModelConfig(64, (8, 8), **model), replace(vc.TrainConfig(**train), seed=pupil))


# -- bare --------------------------------------------------------------------------------------------------------


def train_barely(first: int, pupils: int, workers: int, epochs: int) -> None:
    """In a process of its own: every `workers`-th run, from number `first` on, one after the other."""
    if hasattr(os, "nice"):
        os.nice(10)
    torch.set_num_threads(1)
    dataset = vc.load_data("digits")
    algorithm, generator = vc.training.start(spec_of(0, 1).model_config, spec_of(0, 1).train_config)
    next(vc.fit(algorithm, dataset, generator=generator))
    print("ready", flush=True)
    sys.stdin.readline()
    began = time.process_time()
    for pupil in range(first, pupils, workers):
        spec = spec_of(pupil, epochs)
        algorithm, generator = vc.training.start(spec.model_config, spec.train_config)
        frames = [event.frame for event in vc.fit(algorithm, dataset, generator=generator) if event.frame]
        assert frames[-1].step == spec.train_config.epochs * 15
    print(time.process_time() - began, flush=True)


def measure_bare(pupils: int, workers: int, epochs: int) -> tuple[float, float]:
    """Seconds until all runs are done, and processor seconds."""
    command = [sys.executable, __file__, "--pupils", str(pupils), "--workers", str(workers), "--epochs", str(epochs)]
    processes = [
        subprocess.Popen([*command, "--barely", str(number)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for number in range(workers)
    ]
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    began = time.monotonic()
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    processor = sum(float(process.stdout.readline()) for process in processes)
    seconds = time.monotonic() - began
    for process in processes:
        process.communicate()
    return seconds, processor


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


def processor_seconds(pid: int) -> float:
    """What a process has used so far; 0 where there is no /proc."""
    try:
        return sum(map(int, Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13])) / os.sysconf(
            "SC_CLK_TCK"
        )
    except OSError:
        return 0.0


def measure_class(pupils: int, workers: int, cold: bool, epochs: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        board = Board(workers, Path(folder))
        try:
            if not cold:
                board.warm()
                while len(board.crew.desks) < workers or not all(desk.is_ready for desk in board.crew.desks):
                    time.sleep(POLL_SECONDS)
            began, memory, pids = time.monotonic(), 0, {os.getpid()}
            before = {pid: processor_seconds(pid) for pid in pids | {desk.worker.pid for desk in board.crew.desks}}
            seats = [Pupil(board.submit(spec_of(i, epochs), f"pupil {i}"), time.monotonic()) for i in range(pupils)]
            while any(pupil.end is None for pupil in seats):
                for pupil in seats:
                    pupil.look()
                pids |= {desk.worker.pid for desk in board.crew.desks}
                memory = max(memory, *(resident_bytes(desk.worker.pid) or 0 for desk in board.crew.desks), 0)
                time.sleep(POLL_SECONDS)
            seconds = time.monotonic() - began
            processor = sum(processor_seconds(pid) - before.get(pid, 0.0) for pid in pids)
        finally:
            board.shutdown()
    return {
        "finished": sum(pupil.job.snapshot().state == "finished" for pupil in seats),
        "first_plane_s": max(pupil.first_plane or float("inf") for pupil in seats),
        "longest_wait_s": max(pupil.longest_wait for pupil in seats),
        "seconds": seconds,
        "processor_s": processor,
        "first_end_s": min(pupil.end or 0.0 for pupil in seats),
        "worker_mb": memory / 1e6,
    }


# -- the app while they train --------------------------------------------------------------------------------------


def measure_pages(pupils: int, seconds: float) -> dict[str, float]:
    """What a bystander notices, in ms, while so many sessions of the app train."""
    import visitors  # it starts servers and speaks for browsers

    visitors.HEALTH_EVERY = HEALTH_SECONDS
    with visitors.watched_server() as (server, _):
        outcome, figures = visitors.train_at_once(server, pupils, seconds)
    return {
        "health_median_ms": figures["health median ms"],
        "health_p99_ms": figures["p99 ms"],
        "health_longest_ms": figures["longest ms"],
        "page_p95_ms": figures["p95 of a change ms"],
        "page_runs": outcome.counts["changes"],
        "server_mb": figures["memory MB"],
    }


def report(results: dict[str, Any]) -> None:
    print(f"| {results['pupils']} pupils on {results['workers']} workers | measured | goal |\n| --- | --- | --- |")
    print(f"| finished | {results['finished']} | {results['pupils']} |")
    print(f"| last first plane after | {results['first_plane_s']:.1f} s | {TARGET['first_plane_s']:.0f} s |")
    print(f"| longest time without progress | {results['longest_wait_s']:.1f} s | {TARGET['longest_wait_s']:.0f} s |")
    bare = ", ".join(f"{seconds:.1f} s" for seconds in results["bare_s"])
    used = ", ".join(f"{seconds:.1f} s" for seconds in results["bare_processor_s"])
    print(f"| whole class | {results['seconds']:.1f} s | |\n| bare | {bare} | |")
    print(f"| over bare | {results['over_bare']:.2f} | {TARGET['over_bare']} |")
    print(f"| processor time | {results['processor_s']:.1f} s, bare {used} | |")
    print(f"| processor time over bare | {results['processor_over_bare']:.2f} | {TARGET['over_bare']} |")
    print(f"| memory of the largest worker | {results['worker_mb']:.0f} MB | |")
    if "health_p99_ms" in results:
        print(f"| /_stcore/health, p99 | {results['health_p99_ms']:.0f} ms | {TARGET['health_p99_ms']:.0f} ms |")
        print(f"| a bystander's page, p95 of {results['page_runs']} runs | {results['page_p95_ms']:.0f} ms | |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pupils", type=int, default=30)
    parser.add_argument("--workers", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--cold", action="store_true", help="the workers have yet to start")
    parser.add_argument("--out", type=Path, default=Path("class_training.json"))
    parser.add_argument("--epochs", type=int, default=0, help="fewer than the app's default, for a quick look")
    parser.add_argument(
        "--page-seconds", type=float, default=60.0, help="how long the app is watched while a class trains"
    )
    parser.add_argument("--barely", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.barely is not None:
        return train_barely(options.barely, options.pupils, options.workers, options.epochs)
    size = options.pupils, options.workers, options.epochs
    bare = [measure_bare(*size)]
    results = measure_class(options.pupils, options.workers, options.cold, options.epochs)
    bare.append(measure_bare(*size))
    seconds, processor = zip(*bare, strict=True)
    results |= {"pupils": options.pupils, "workers": options.workers, "cold": options.cold, "cores": os.cpu_count()}
    results |= {"bare_s": seconds, "over_bare": results["seconds"] / (sum(seconds) / len(bare)), "target": TARGET}
    results |= {"bare_processor_s": processor, "epochs": options.epochs}
    results["processor_over_bare"] = results["processor_s"] / (sum(processor) / len(bare))
    if options.page_seconds > 0:
        results |= measure_pages(options.pupils, options.page_seconds)
    options.out.write_text(json.dumps(results, indent=2) + "\n")
    report(results)


if __name__ == "__main__":
    main()
