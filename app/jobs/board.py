"""The board: all jobs of a server, their slots and their queue. It closes the jobs of an owner who is gone."""

from __future__ import annotations

import atexit
import os
import secrets
import shutil
import sys
import tempfile
import threading
from collections import deque
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from aevb_lab.jobs.job import Job, JobSpec
from aevb_lab.jobs.workers import WorkerJob

if sys.platform != "win32":
    import fcntl

SPARE_SECONDS = 5.0
GRACE_SECONDS = 10.0
FOLDER_PREFIX = "aevb-lab-jobs-"


class Board:
    """All jobs of this server: at most `slots` train at a time, the others wait, first come, first served.

    A paused job keeps its slot. Jobs are private to the owner who submitted them; when the owner is gone, the jobs
    and their folders go too.
    """

    def __init__(self, slots: int | None = None, folder: Path | None = None, kind: type[Job] = WorkerJob):
        self.slots = slots or max(1, os.cpu_count() or 1)
        self._kind = kind
        self.lock = threading.RLock()
        self.all_jobs: dict[str, Job] = {}
        self.waiting: deque[Job] = deque()
        self.running: set[Job] = set()
        self.graces: dict[str, threading.Timer] = {}
        self.spare: Any = None
        self._keeps_spare = self._closed = False
        self._claim: IO[str] | None = None
        if folder:
            self.folder = Path(folder)
        else:
            self.folder, self._claim = _claimed_folder()
        atexit.register(self.shutdown)

    def submit(self, spec: JobSpec, owner: str, *, paused: bool = False) -> Job:
        """Put a job in the queue; it starts as soon as a slot is free. The same spec again is the same run again.
        With `paused` it waits at step 0, with its initial weights, until it is told to resume or step."""
        token = secrets.token_urlsafe(16)
        job = self._kind(spec, token, self.folder / token, owner, self.ended, paused)
        with self.lock:
            if self._closed:
                raise RuntimeError("the board has been shut down and takes no more jobs")
            self.touch(owner)
            self.all_jobs[token] = job
            self.waiting.append(job)
            self._fill()
        return job

    def get(self, token: str, owner: str) -> Job | None:
        """The owner's job with this token; None for anybody else."""
        job = self.all_jobs.get(token)
        return job if job and job.owner == owner else None

    def knows(self, token: str) -> bool:
        """Whether anybody has a job with this token."""
        return token in self.all_jobs

    def adopt(self, token: str, owner: str) -> Job | None:
        """Give all jobs of an owner who is gone, but not yet forgotten, to a new owner who has the token of one of them. A
        reloaded page is such a new owner. Returns the job with the token; None, and changes nothing, while the old owner is
        there."""
        with self.lock:
            job = self.all_jobs.get(token)
            if job is None or job.owner not in self.graces:
                return None
            last_owner = job.owner
            self.touch(last_owner)
            for orphan in self.jobs(last_owner):
                orphan.owner = owner
            return job

    def jobs(self, owner: str) -> list[Job]:
        """The owner's jobs, oldest first."""
        with self.lock:
            return [job for job in self.all_jobs.values() if job.owner == owner]

    def discard(self, job: Job) -> None:
        """Close a job and delete its folder, in the background."""
        with self.lock:
            self.all_jobs.pop(job.token, None)
        threading.Thread(target=_delete, args=([job],), daemon=True).start()

    def release(self, owner: str, grace: float = GRACE_SECONDS) -> None:
        """The owner seems to be gone: unless `touch` or `submit` comes within `grace` seconds, discard their jobs."""
        with self.lock:
            self.touch(owner)
            timer = self.graces[owner] = threading.Timer(grace, self.forget, (owner,))
            timer.daemon = True
            timer.start()

    def touch(self, owner: str) -> None:
        """The owner is here (again)."""
        with self.lock:
            timer = self.graces.pop(owner, None)
            if timer:
                timer.cancel()

    def warm(self) -> None:
        """From now on keep a spare process that has torch loaded, so that the next job need not wait for that."""
        with self.lock:
            self._keeps_spare = not self._closed
            if self._keeps_spare and self.spare is None:
                self.spare = self._kind.prepare()

    def warm_soon(self) -> None:
        """`warm` in a few seconds, when the machine is less busy: two imports of torch at once slow each other down."""
        with self.lock:
            self._keeps_spare = not self._closed
            self._warm_later()

    def shutdown(self) -> None:
        """End all jobs, wait for that, and delete their folders."""
        with self.lock:
            if self._closed:
                return
            self._closed, self._keeps_spare = True, False
            jobs, graces, spare = list(self.all_jobs.values()), list(self.graces.values()), self.spare
            self.all_jobs.clear()
            self.graces.clear()
            self.spare = None
        for timer in graces:
            timer.cancel()
        if spare:
            spare.hang_up()
        _delete(jobs)
        if spare:
            spare.dismiss()
        if self._claim:
            self._claim.close()
            shutil.rmtree(self.folder, ignore_errors=True)
        atexit.unregister(self.shutdown)

    def _fill(self) -> None:
        with self.lock:
            while self.waiting and len(self.running) < self.slots and not self._closed:
                job = self.waiting.popleft()
                if job.start(self.spare):
                    self.running.add(job)
                    self.spare = None
                    self._warm_later()  # when the new job has started
            for position, job in enumerate(self.waiting, 1):
                job.place(position)

    def _warm_later(self) -> None:
        if self._keeps_spare:
            timer = threading.Timer(SPARE_SECONDS, self.warm)
            timer.daemon = True
            timer.start()

    def ended(self, job: Job) -> None:
        with self.lock:
            self.running.discard(job)
            if job in self.waiting:
                self.waiting.remove(job)
            self._fill()

    def forget(self, owner: str) -> None:
        with self.lock:
            if self.graces.get(owner) is not threading.current_thread():
                return  # touched, or released anew, while this timer waited for the lock
            del self.graces[owner]
            jobs = self.jobs(owner)
            for job in jobs:
                del self.all_jobs[job.token]
        _delete(jobs)


def _delete(jobs: list[Job]) -> None:
    for job in jobs:
        job.hang_up()
    for job in jobs:
        job.close(wait=True)
        shutil.rmtree(job.folder, ignore_errors=True)


def _claimed_folder() -> tuple[Path, IO[str]]:
    """A new folder for jobs, and an open file in it whose lock says that its server lives. Folders of servers that
    were killed, whose locks are free, are deleted first (not on Windows)."""
    folder = Path(tempfile.mkdtemp(prefix=FOLDER_PREFIX))
    file = (folder / "new").open("w")
    if sys.platform != "win32":
        fcntl.flock(file, fcntl.LOCK_EX)
        (folder / "new").rename(folder / "claim")  # locked before others can see it
        for claim in folder.parent.glob(f"{FOLDER_PREFIX}*/claim"):
            with suppress(OSError), claim.open("r+") as lock_file:
                fcntl.flock(lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(claim.parent, ignore_errors=True)
    return folder, file
