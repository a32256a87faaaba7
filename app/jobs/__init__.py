"""Training jobs behind the screen: worker processes or threads, a queue with slots, and snapshots of what they do."""

from app.jobs.board import Board
from app.jobs.job import BranchPoint, Job, JobSpec, Look, Snapshot, ThreadJob
from app.jobs.workers import WorkerJob, WorkerProcess

__all__ = ["Board", "BranchPoint", "Job", "JobSpec", "Look", "Snapshot", "ThreadJob", "WorkerJob", "WorkerProcess"]
