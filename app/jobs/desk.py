"""A desk: one worker, and the runs that it holds in memory."""

from __future__ import annotations

import math
import shutil
from dataclasses import dataclass, field
from typing import Any

from aevb_lab.jobs.job import Job, Message
from aevb_lab.jobs.workers import Worker
from vae_core.data.parcels import pack_files
from vae_core.files import write_atomic

INITIAL = "initial.safetensors"


@dataclass(eq=False)
class Entry:
    """A job that has not ended, and the desk that has it in memory, if one does. A job that leaves its desk `is_parking` until
    its checkpoint is written; `later` are the commands for it that came meanwhile. `untaken` are those that its worker has been
    sent and has not obeyed yet: if the worker ends first, the next one gets them."""

    job: Job
    starts_paused: bool = False
    desk: Desk | None = None
    is_parking: bool = False
    later: list[str] = field(default_factory=list)
    untaken: list[str] = field(default_factory=list)
    last_turn: float = 0.0
    falls: int = 0  # how often its worker ended while it worked on this job
    drop_by: float = math.inf

    @property
    def token(self) -> str:
        return self.job.token

    @property
    def is_to_pause(self) -> bool:
        """Whether the job is to wait where its worker finds it."""
        state = self.job.snapshot().state
        return state == "paused" or (self.starts_paused and state in ("queued", "starting"))

    def leave_desk(self) -> None:
        """It is in no worker's memory any more. What its worker did not obey is for the next one."""
        if self.desk:
            self.desk.entries.pop(self.token, None)
        self.desk, self.is_parking = None, False
        self.later, self.untaken = [*self.untaken, *self.later], []

    def request(self) -> Message:
        """The command that gives the job to a worker: to begin, or to go on from the checkpoint in its folder. Raises OSError."""
        spec, now, folder = self.job.spec, self.job.snapshot(), self.job.folder
        records = now.history.records
        resumes = (folder / "checkpoint.safetensors").exists()
        if not resumes:
            shutil.rmtree(folder, ignore_errors=True)  # what a worker left that was killed before its first checkpoint
        request: dict[str, Any] = {
            "command": "start",
            "run": self.token,
            "folder": str(folder.absolute()),
            "data": spec.data,
            "model_config": spec.model_config.to_dict(),
            "train_config": spec.train_config.to_dict(),
            "resume": resumes,
            "paused": self.is_to_pause,
            "step": now.step,
            "since": records[-1].step if records else -1,
        }
        if spec.images:
            path = self.job.images_path
            if not path.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                write_atomic(path, pack_files(spec.images.files))
            request["images"] = {
                "path": str(path.absolute()),
                "options": spec.images.options.to_dict(),
                "key": spec.images.key,
            }
        if spec.points is not None:
            request["points"] = spec.points
        if spec.branch and not resumes:
            folder.mkdir(parents=True, exist_ok=True)
            write_atomic(folder / INITIAL, spec.branch.model)
            request["initial"] = str((folder / INITIAL).absolute())
        return request


@dataclass(eq=False)
class Desk:
    """A worker and its entries by token. It `is_ready` once it has said so; `at_work` is what it works on, `charged` up to which
    moment. The turn is `granted` to an entry, it `has_begun` when the worker has said so, and ends at `turn_ends`; the turn before
    should have `ended_at`."""

    worker: Worker
    entries: dict[str, Entry] = field(default_factory=dict)
    is_ready: bool = False
    is_condemned: bool = False
    at_work: Entry | None = None
    charged: float = 0.0
    granted: Entry | None = None
    has_begun: bool = False
    turn_ends: float = math.inf
    ended_at: float | None = None
    idle_since: float = math.inf

    @property
    def is_free(self) -> bool:
        return self.is_ready and not self.is_condemned and self.granted is None

    @property
    def in_memory(self) -> list[Entry]:
        """The entries that stay, the one whose last turn is longest ago first."""
        return sorted((e for e in self.entries.values() if not e.is_parking), key=lambda entry: entry.last_turn)

    def order(self, entry: Entry, name: str) -> None:
        """Pass on a command for one of the entries."""
        entry.untaken.append(name)
        self.worker.send({"command": name, "run": entry.token})

    def is_busy_with(self, entry: Entry) -> bool:
        return entry in (self.granted, self.at_work)
