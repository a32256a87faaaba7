"""The crew: the workers of a server. It gives runs their turns, moves them, and goes on with what a worker held that ended."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable

from aevb_lab.jobs.desk import Desk, Entry
from aevb_lab.jobs.job import Job, Message
from aevb_lab.jobs.turns import Turns
from aevb_lab.jobs.workers import Worker

FIRST_SECONDS = 0.5  # a run's first turn: enough for a first picture
TURN_SECONDS = 1.0  # for each turn after it
MOVE_SECONDS = 3.0  # a run moves to another worker where its owner is so far behind
RUNS_IN_MEMORY = 16  # one worker has no more; others wait as checkpoints
SHUTDOWN_SECONDS = 1.0  # then workers that have not ended are killed
DROP_SECONDS = 10.0  # then a worker that does not let go of a run is ended
MOST_FALLS = 2  # so often a run goes on after its worker ended
MOST_FAILED_STARTS = 3
CLOSED = "the server ends, so no more training can begin; start it again, then train"


class Crew:
    """At most `slots` workers of a `kind`, each with many runs, of which one has a turn. `aevb_lab.jobs.clerk` says when a turn is
    over. `late` is how many seconds longer than planned turns are, on average; None while that is unknown."""

    def __init__(self, slots: int, kind: Callable[[], Worker]):
        self.slots = slots
        self._kind = kind
        self.lock = threading.RLock()
        self.wake = threading.Condition(self.lock)
        self.is_closed = self.has_news = False  # news: the places of those who wait have changed
        self._failed_starts = 0
        self.late: float | None = None
        self.warm_workers = 0
        self.turns = Turns()
        self.desks: list[Desk] = []
        self.entries: dict[str, Entry] = {}

    def add(self, job: Job, *, paused: bool) -> None:
        """Give a new job its turns; with `paused` only one, until it waits at step 0. After `shutdown` it fails at once."""
        with self.lock:
            if self.is_closed:
                job.change(state="failed", message=CLOSED)
                job.ended.set()
                return
            self.entries[job.token] = Entry(job, paused)
            self.turns.join(job.token, job.owner)
            if len(self.turns) <= self.slots:
                job.change(state="starting")
            self.deal()

    def command(self, job: Job, name: str) -> None:
        """Pass on a command of `Job`, or "close"; where it makes no sense it does nothing."""
        with self.lock:
            entry, now = self.entries.get(job.token), job.snapshot()
            if entry is None:
                return
            if name == "close":
                self._close(entry)
            elif not getattr(now, f"can_{name}"):
                return
            elif now.state == "queued":
                job.change(state="stopped", queue_position=None, message="stopped before it began")
                self._end(entry)
            elif entry.desk and not entry.is_parking:
                entry.desk.order(entry, name)
            elif name == "pause" and job.token in self.turns and not self.turns.has_begun(job.token):
                entry.starts_paused = True
            elif name in ("pause", "resume") and not (entry.later or entry.is_parking):
                self._set_state(entry, "paused" if name == "pause" else "running")
            else:
                entry.later.append(name)
            self.deal()

    def deal(self) -> None:
        """Hire workers for those who wait, and give a turn to each worker that has none."""
        if self.is_closed:
            return
        self._hire()
        for desk in list(self.desks):
            self._catch_up(desk)
            while desk.is_free and (entry := self._choose(desk)):
                self._grant(desk, entry)
        self.wake.notify()

    def end_turn(self, desk: Desk) -> None:
        """The time of a turn is up: the next run's turn comes, or the same one goes on."""
        self._charge(desk)
        entry = self._choose(desk)
        if entry is None or entry is desk.granted:
            desk.turn_ends = desk.charged + TURN_SECONDS
        else:
            desk.ended_at = desk.turn_ends
            self._end_turn(desk)
            self._grant(desk, entry)
            self.deal()

    def park(self, entry: Entry) -> None:
        """Take a run out of memory; its checkpoint goes on in any worker."""
        if entry.desk:
            entry.is_parking = True
            entry.desk.worker.send({"command": "park", "run": entry.token})

    def fail(self, entry: Entry, message: str) -> None:
        """End a job with this message."""
        entry.job.change(state="failed", queue_position=None, message=message)
        self._end(entry)

    def condemn(self, desk: Desk) -> None:
        """End a worker at once, for no fault of the run that it works on."""
        desk.is_condemned = True
        desk.worker.kill()

    def dismiss(self, desk: Desk) -> None:
        """End a worker that has nothing to do."""
        threading.Thread(target=desk.worker.end, daemon=True).start()  # first, because it may find no room for a thread
        self.desks.remove(desk)

    def forget(self, owner: str) -> None:
        """The owner, who has no jobs any more, is gone."""
        with self.lock:
            self.turns.forget_owner(owner)

    def shutdown(self) -> None:
        """End all workers and jobs, and wait for that."""
        with self.lock:
            self.is_closed = True
            desks = list(self.desks)
            for entry in list(self.entries.values()):
                entry.job.change(state="stopped", queue_position=None, message="closed")
            self.wake.notify()
        for desk in desks:
            desk.worker.hang_up()
        deadline = time.monotonic() + SHUTDOWN_SECONDS  # one for all workers
        for desk in desks:
            desk.worker.end(max(0.0, deadline - time.monotonic()))
        with self.lock:
            self.desks.clear()
            for entry in list(self.entries.values()):
                self._end(entry)

    # -- workers -------------------------------------------------------------------------------------------------

    def _hire(self) -> None:
        wanted = max(len(self.turns), any(entry.later for entry in self.entries.values()))
        if all(desk.is_ready for desk in self.desks):  # two that load torch at once slow each other down
            wanted = max(wanted, min(len(self.desks) + 1, self.warm_workers))
        while len(self.desks) < min(self.slots, wanted):
            try:
                desk = Desk(self._kind())
                threading.Thread(target=self._listen, args=(desk,), daemon=True, name="listener").start()
            except (OSError, RuntimeError) as error:  # no memory for another process, or no more threads
                if not self.desks:
                    self._give_up(f"training could not start: {error}")
                return
            self.desks.append(desk)
            desk.worker.send({"command": "host"})

    def _listen(self, desk: Desk) -> None:
        try:
            for message in desk.worker.messages():
                self._hear(desk, dict(message))
            reason = desk.worker.end()
        except Exception as error:  # whatever it was, the worker's runs must go on elsewhere
            desk.worker.end()
            reason = f"the training process sent something that is not a message: {error}"
        with self.lock:
            self._lose(desk, reason)

    def _lose(self, desk: Desk, reason: str) -> None:
        """A worker has ended: its runs go on from their checkpoints, but one that has ended several workers is given up."""
        if desk not in self.desks:
            return
        self._charge(desk)
        self.desks.remove(desk)
        self._failed_starts += not desk.is_ready
        for entry in list(desk.entries.values()):
            entry.leave_desk()
            self.turns.end(entry.token)
            if not entry.job.snapshot().active:
                self._end(entry)
        culprit = None if desk.is_condemned else desk.at_work
        if culprit and culprit.token in self.entries:
            culprit.falls += 1
            if culprit.falls > MOST_FALLS:
                self.fail(
                    culprit, f"{reason}; that happened {MOST_FALLS + 1} times in this run, so the run was stopped"
                )
        if self._failed_starts >= MOST_FAILED_STARTS:
            self._give_up(reason)
        self.deal()

    def _give_up(self, reason: str) -> None:
        """No worker can be had: all runs that need one fail."""
        self._failed_starts = self.warm_workers = 0
        for entry in list(self.entries.values()):
            if entry.token in self.turns or entry.later:
                self.fail(entry, reason)

    # -- turns ---------------------------------------------------------------------------------------------------

    def _choose(self, desk: Desk) -> Entry | None:
        """The run that should have this worker's next turn. Where the one to choose is in another worker's memory, it is parked to
        be moved, and the next best is chosen for now."""

        def cost(token: str) -> float | None:
            entry = self.entries[token]
            if entry.is_parking or entry.later:
                return None
            if entry.desk in (None, desk):
                return 0.0
            return None if entry.desk.is_busy_with(entry) else MOVE_SECONDS

        token = self.turns.next(cost)
        if token and self.entries[token].desk not in (None, desk):
            self.park(self.entries[token])
            token = self.turns.next(lambda token: None if cost(token) else cost(token))
        return self.entries[token] if token else None

    def _grant(self, desk: Desk, entry: Entry) -> None:
        self.turns.begin(entry.token)
        desk.granted, desk.has_begun, desk.turn_ends = entry, False, math.inf
        entry.last_turn = time.monotonic()
        if entry.desk:
            desk.worker.send({"command": "turn", "run": entry.token})
        elif not self._seat(desk, entry, turn=True):
            desk.granted = None

    def _seat(self, desk: Desk, entry: Entry, *, turn: bool = False) -> bool:
        """Give a run to a worker, perhaps with the turn; False where that fails."""
        for other in desk.in_memory[: max(0, len(desk.in_memory) + 1 - RUNS_IN_MEMORY)]:
            if not desk.is_busy_with(other):
                self.park(other)
        try:
            request = entry.request() | {"turn": turn}
        except OSError as error:
            self.fail(entry, f"training could not start: {error}")
            return False
        if entry.job.snapshot().state == "queued":
            entry.job.change(state="starting", queue_position=None, wait_seconds=None)
            self.has_news = True
        entry.desk = desk
        desk.entries[entry.token] = entry
        desk.worker.send(request)
        return True

    def _catch_up(self, desk: Desk) -> None:
        """Give runs that are not in memory, and for which commands came, to this worker."""
        for entry in list(self.entries.values()) if desk.is_ready and not desk.is_condemned else ():
            if entry.later and entry.desk is None and self._seat(desk, entry):
                for name in entry.later:
                    desk.order(entry, name)
                entry.later.clear()

    def _charge(self, desk: Desk) -> None:
        now = time.monotonic()
        if desk.at_work:
            self.turns.charge(desk.at_work.token, desk.at_work.job.owner, now - desk.charged)
        desk.charged = now

    def _end_turn(self, desk: Desk) -> None:
        if desk.granted:
            self.turns.end(desk.granted.token)
        desk.granted, desk.turn_ends = None, math.inf

    # -- what workers say ----------------------------------------------------------------------------------------

    def _hear(self, desk: Desk, message: Message) -> None:
        """Raises KeyError, TypeError or ValueError for what is no message."""
        token, event = message.pop("run", None), message["event"]
        if event == "turn":
            with self.lock:
                self._note_turn(desk, token)
        elif not desk.is_condemned:
            entry = desk.entries.get(token)
            if entry is None:
                raise ValueError(f"{event} of a run that it does not have")
            if event == "obeyed":
                with self.lock:
                    entry.untaken = entry.untaken[1:]
            elif event in ("state", "parked"):
                with self.lock:
                    self._note_state(entry, message.get("state", ""), message.get("message", ""))
            else:
                entry.job.fold(message)

    def _note_turn(self, desk: Desk, token: str | None) -> None:
        if not desk.is_ready:
            desk.is_ready, self._failed_starts, desk.idle_since = True, 0, time.monotonic()
        self._charge(desk)
        desk.at_work = self.entries.get(token) if token else None
        if desk.granted and not desk.has_begun:
            if token == desk.granted.token:
                self._begin_turn(desk, desk.granted)
                self.deal()  # the run before it is free now, for a worker that has none
        elif token is None:
            self._end_turn(desk)
            desk.idle_since = desk.charged
            self.deal()

    def _begin_turn(self, desk: Desk, entry: Entry) -> None:
        now = desk.charged
        if desk.ended_at is not None:
            late = now - desk.ended_at
            self.late = late if self.late is None else 0.8 * self.late + 0.2 * late
        desk.has_begun, desk.ended_at, desk.idle_since = True, None, math.inf
        desk.turn_ends = now + (FIRST_SECONDS if entry.job.snapshot().look is None else TURN_SECONDS)
        self.wake.notify()

    def _note_state(self, entry: Entry, state: str, text: str) -> None:
        if state in ("running", "paused"):
            self._set_state(entry, state)
        elif state in ("finished", "stopped", "failed"):
            entry.job.change(state=state, message=text)
            self._end(entry)
        elif state == "":  # parked
            entry.leave_desk()
            if not entry.job.snapshot().active:
                self._end(entry)
        elif state != "starting":  # which the board knows already
            raise ValueError(f"no state {state!r}")
        self.deal()

    def _set_state(self, entry: Entry, state: str) -> None:
        entry.job.change(state=state)
        if state == "paused":
            self.turns.leave(entry.token)
        elif entry.job.snapshot().active:
            self.turns.join(entry.token, entry.job.owner)

    def _close(self, entry: Entry) -> None:
        entry.job.change(state="stopped", queue_position=None, message="closed")
        self.turns.leave(entry.token)
        if entry.desk is None:
            self._end(entry)
        else:
            entry.drop_by = time.monotonic() + DROP_SECONDS
            if not entry.is_parking:
                entry.desk.worker.send({"command": "drop", "run": entry.token})

    def _end(self, entry: Entry) -> None:
        self.turns.forget(entry.token)
        entry.leave_desk()
        self.entries.pop(entry.token, None)
        entry.job.ended.set()
