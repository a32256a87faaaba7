"""The board: all jobs of a server by token and owner, and their folders."""

from __future__ import annotations

import atexit
import os
import secrets
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO

from aevb_lab.jobs.clerk import Clerk
from aevb_lab.jobs.crew import Crew
from aevb_lab.jobs.job import Job, JobSpec, images_beside
from aevb_lab.jobs.memory import memory_limit
from aevb_lab.jobs.workers import Worker, WorkerProcess

if sys.platform != "win32":
    import fcntl

WARM_SECONDS = 5.0
WARM_WORKERS = 2
FOLDER_PREFIX = "aevb-lab-jobs-"


class Board:
    """All jobs of this server. At most `slots` train at any moment; all others take turns with them, so that everybody sees
    progress. Turns are fair by owner: the owner served least goes first, however many jobs each has. A paused job takes none.

    A job belongs to the owner who submitted it. `limit` is the most bytes that one worker may take.
    """

    def __init__(
        self,
        slots: int | None = None,
        folder: Path | None = None,
        kind: Callable[[], Worker] = WorkerProcess,
        limit: int | None = None,
    ):
        self.slots = slots or max(1, os.cpu_count() or 1)
        self.crew = Crew(self.slots, kind)
        self._clerk = Clerk(self.crew, limit or memory_limit(self.slots))
        self.lock = threading.RLock()
        self.all_jobs: dict[str, Job] = {}
        self._successors: dict[str, str] = {}  # who came after jobs that were reset and are gone, by token
        self._is_closed = False
        self._claim: IO[str] | None = None
        if folder:
            self.folder = Path(folder)
        else:
            self.folder, self._claim = _claimed_folder()
        atexit.register(self.shutdown)

    def submit(self, spec: JobSpec, owner: str, *, paused: bool = False) -> Job:
        """Train from the owner's next turn on. The same spec again is the same run again. With `paused` the job waits at step 0,
        with its initial weights, until it is told to resume or step. After `shutdown` it has failed, and says why."""
        token = secrets.token_urlsafe(16)
        job = Job(spec, token, self.folder / token, owner, self.crew.command)
        with self.lock:
            self.crew.add(job, paused=paused)
            self.all_jobs[token] = job
        self._clerk.begin()
        self._clerk.tell_places()
        return job

    def get(self, token: str, owner: str) -> Job | None:
        """The owner's job with this token; None for anybody else."""
        job = self.find(token)
        return job if job and job.owner == owner else None

    def find(self, token: str) -> Job | None:
        """Anybody's job with this token, to look at; of one that was reset and is gone, the job in its place."""
        with self.lock:
            while token not in self.all_jobs and token in self._successors:
                token = self._successors[token]
            return self.all_jobs.get(token)

    def jobs(self, owner: str) -> list[Job]:
        """The owner's jobs, oldest first."""
        with self.lock:
            return [job for job in self.all_jobs.values() if job.owner == owner]

    def reset(self, job: Job) -> Job:
        """The same run again from the same initial weights, paused at step 0. A run that has ended stays, for its model; another
        one goes, and its token leads to the new run. A run that is gone is not run again: two tabs may press Reset at once."""
        with self.lock:
            if job.token not in self.all_jobs:
                return self.find(job.token) or job
            new_job = self.submit(job.spec, job.owner, paused=True)
            if job.model_path is None:
                self._successors[job.token] = new_job.token
                self.discard(job)
        return new_job

    def states(self) -> list[tuple[str, str]]:
        """Owner and state of every job."""
        with self.lock:
            jobs = list(self.all_jobs.values())
        return [(job.owner, job.snapshot().state) for job in jobs]

    def stop_all(self) -> int:
        """Stop every job that has not ended, whoever has it; they keep their models. Returns how many there were."""
        jobs = self._active_jobs()
        for job in jobs:
            job.stop()
        return len(jobs)

    def reset_all(self) -> int:
        """Reset every job that has not ended, whoever has it. Returns how many there were."""
        jobs = self._active_jobs()
        for job in jobs:
            self.reset(job)
        return len(jobs)

    def _active_jobs(self) -> list[Job]:
        with self.lock:
            return [job for job in self.all_jobs.values() if job.snapshot().active]

    def discard(self, job: Job) -> None:
        """Close a job and delete its folder, in the background."""
        with self.lock:
            self.all_jobs.pop(job.token, None)
        threading.Thread(target=_delete, args=([job],), daemon=True).start()

    def forget(self, owner: str) -> list[Job]:
        """Close the jobs of an owner who is gone and delete their folders. Returns the jobs."""
        with self.lock:
            jobs = self.jobs(owner)
            for job in jobs:
                del self.all_jobs[job.token]
            self._successors = {old: new for old, new in self._successors.items() if self.find(new)}
        _delete(jobs)
        self.crew.forget(owner)
        return jobs

    def warm(self) -> None:
        """From now on keep workers that have torch loaded, so that the next jobs need not wait for that."""
        with self.crew.lock:
            self.crew.warm_workers = min(self.slots, WARM_WORKERS)
            self.crew.deal()
        self._clerk.begin()

    def warm_soon(self) -> None:
        """`warm` in a few seconds, when the machine is less busy: two imports of torch at once slow each other down."""
        timer = threading.Timer(WARM_SECONDS, self.warm)
        timer.daemon = True
        timer.start()

    def shutdown(self) -> None:
        """End all jobs, wait for that, and delete their folders."""
        with self.lock:
            if self._is_closed:
                return
            self._is_closed = True
            jobs = list(self.all_jobs.values())
            self.all_jobs.clear()
        self.crew.shutdown()
        _delete(jobs)
        if self._claim:
            self._claim.close()
            shutil.rmtree(self.folder, ignore_errors=True)
        atexit.unregister(self.shutdown)

    def kill(self) -> None:
        """End all workers at once and delete all folders, waiting for nobody: the last resort where `shutdown` takes too long."""
        for desk in list(self.crew.desks):
            desk.worker.kill()
        if self._claim:
            shutil.rmtree(self.folder, ignore_errors=True)


def _delete(jobs: list[Job]) -> None:
    for job in jobs:
        job.close()
    for job in jobs:
        job.wait()  # else its worker would write into the folder again
        shutil.rmtree(job.folder, ignore_errors=True)
        with suppress(OSError):
            images_beside(Path(job.folder)).unlink()


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
