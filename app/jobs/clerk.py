"""The clerk: a thread that ends turns and looks after workers, their memory, and what waiting jobs are told."""

from __future__ import annotations

import threading
import time
import traceback

from aevb_lab.jobs.crew import FIRST_SECONDS, TURN_SECONDS, Crew
from aevb_lab.jobs.desk import Desk
from aevb_lab.jobs.memory import bytes_of, resident_bytes, too_large

CHECK_SECONDS = 1.0
IDLE_SECONDS = 120.0  # then a worker that is not kept warm is ended
SOFT_SHARE = 0.75  # above this share of the memory limit, runs that wait are parked


class Clerk:
    """Looks after a crew until it is closed. A worker that takes more than `limit` bytes is ended, and with it its largest run; the
    others go on elsewhere."""

    def __init__(self, crew: Crew, limit: int | None):
        self._crew, self._limit = crew, limit
        self._next_check = 0.0
        self._thread: threading.Thread | None = None

    def begin(self) -> None:
        """Begin at the first call."""
        with self._crew.lock:
            if self._thread is None and not self._crew.is_closed:
                self._thread = threading.Thread(target=self._work, daemon=True, name="clerk")
                self._thread.start()

    def tell_places(self) -> None:
        """Tell each waiting job its place, and each one in training its share of the time."""
        crew, now = self._crew, time.monotonic()
        with crew.lock:
            ready, late = [desk for desk in crew.desks if desk.is_ready], crew.late or 0.0
            ends = [max(0.0, min(desk.turn_ends - now, TURN_SECONDS)) if desk.granted else 0.0 for desk in ready]
            forecast = crew.turns.queue(ends, FIRST_SECONDS + late, TURN_SECONDS + late)
            queue = [(crew.entries[token].job, wait) for token, wait in forecast]
            queue = [(job, wait) for job, wait in queue if job.snapshot().state == "queued"]
            for position, (job, wait) in enumerate(queue, 1):
                wait = None if crew.late is None or not ready else wait
                job.change(queue_position=position, queue_length=len(queue), wait_seconds=wait)
            for token, entry in crew.entries.items():
                if token in crew.turns and entry.job.snapshot().state == "running":
                    share = crew.turns.share(token, max(1, len(crew.desks)))
                    entry.job.change(share=share, others=len(crew.turns) - 1)

    def _work(self) -> None:
        crew = self._crew
        with crew.wake:
            while not crew.is_closed:
                try:
                    wait = self._look(time.monotonic())
                except Exception:  # such as no room for another thread: without a clerk nobody would get a turn again
                    traceback.print_exc()
                    wait = CHECK_SECONDS
                crew.wake.wait(wait)

    def _look(self, now: float) -> float | None:
        """Do what is due; returns in how many seconds something will be."""
        crew = self._crew
        for desk in list(crew.desks):
            if desk.turn_ends <= now:
                crew.end_turn(desk)
        if now >= self._next_check:
            self._next_check = now + CHECK_SECONDS
            for desk in list(crew.desks):
                self._check(desk, now)
            crew.has_news = True
        if crew.has_news:
            crew.has_news = False
            self.tell_places()
        moments = [self._next_check, *(desk.turn_ends for desk in crew.desks)]
        return max(0.0, min(moments) - time.monotonic()) if crew.desks else None

    def _check(self, desk: Desk, now: float) -> None:
        if any(entry.drop_by < now for entry in desk.entries.values()):
            self._crew.condemn(desk)
        elif (
            now - desk.idle_since > IDLE_SECONDS
            and not desk.entries
            and len(self._crew.desks) > self._crew.warm_workers
        ):
            self._crew.dismiss(desk)
        elif self._limit and desk.worker.pid:
            self._watch_memory(desk, resident_bytes(desk.worker.pid) or 0, self._limit)

    def _watch_memory(self, desk: Desk, size: int, limit: int) -> None:
        """Park a run that waits where there is little memory left; where there is none, end the worker and its largest run."""
        if size > limit and desk.entries:
            largest = max(desk.entries.values(), key=lambda entry: bytes_of(entry.job.spec))
            self._crew.condemn(desk)
            self._crew.fail(largest, too_large(largest.job.spec, limit))
        elif size > SOFT_SHARE * limit:
            idle = [entry for entry in desk.in_memory if not desk.is_busy_with(entry)]
            for entry in idle[:1]:
                self._crew.park(entry)
