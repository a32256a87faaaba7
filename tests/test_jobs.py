"""Jobs and their board: one contract on processes and on threads. tests/test_turns.py has whose turn it is. (Longer
than other files: one contract runs on both kinds of jobs.)"""

import os
import signal
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from waiting import DEADLINE, until

from aevb_lab.jobs import board as boards
from aevb_lab.jobs import clerk, crew, workers
from aevb_lab.jobs.board import Board
from aevb_lab.jobs.job import Job, JobSpec, Snapshot
from aevb_lab.jobs.workers import WorkerProcess, WorkerThread
from vae_core import History, ModelConfig, TrainConfig, load_data, load_model
from vae_core.data.datasets import REPOSITORY
from vae_core.frames import load_frames
from vae_core.training import fit, start

LONG = JobSpec("digits", ModelConfig(64, (8, 8), hidden_dims=(20,)), TrainConfig(epochs=20_000, seed=5))
SHORT = JobSpec("digits", LONG.model_config, TrainConfig(epochs=1, seed=5))
posix_only = pytest.mark.skipif(os.name != "posix", reason="uses signals, or a shell script as the interpreter")


def state(job):
    return job.snapshot().state


@pytest.fixture
def make_board(tmp_path):
    boards = []

    def make(kind=WorkerThread, slots=1, **options):
        boards.append(Board(slots, options.pop("folder", tmp_path / "jobs"), kind, **options))
        return boards[-1]

    yield make
    for board in boards:
        board.shutdown()


@pytest.fixture
def alone():
    """A job that no board trains, and the commands that it passes on."""
    told = []
    job = Job(LONG, "token", Path("nowhere"), "ann", lambda job, command: told.append(command))
    job.told = told
    return job


# -- the contract of both kinds ----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [WorkerThread, WorkerProcess])
def test_a_job_pauses_steps_and_stops_with_exactly_that_model(make_board, kind):
    job = make_board(kind).submit(LONG, "ann", paused=True)
    until(lambda: state(job) == "paused")
    now = job.snapshot()
    assert (now.step, now.samples_seen, now.total_steps) == (0, 0, 300_000)
    for step in (1, 2, 3):
        version = job.snapshot().version
        job.step()
        until(lambda step=step: (look := job.snapshot().look) is not None and look.step == step)
        assert job.snapshot().step == step and state(job) == "paused" and job.snapshot().version > version
    look = job.snapshot().look
    assert look.means.shape == (297, 2) and look.means.dtype == np.float32
    assert look.pictures.shape == (12, 12, 64) and look.pictures.dtype == np.uint8
    assert job.model_path is None and len(load_frames(job.frames_path)) > 1
    job.stop()
    until(lambda: state(job) == "stopped")

    algorithm, generator = start(LONG.model_config, LONG.train_config)
    events = fit(algorithm, load_data("digits"), generator=generator)
    records = [event.record for _, event in zip(range(4), events, strict=False) if event.record]
    assert job.snapshot().history == History("digits", "dynamic", records)
    trained = load_model(job.model_path).state_dict()
    assert all(torch.equal(tensor, trained[name]) for name, tensor in algorithm.vae.state_dict().items())
    assert job.wait(DEADLINE)


def test_a_job_says_what_its_curve_and_its_points_are_of(make_board):
    board = make_board()
    for name, curve, of in (("mcem", "log_marginal", "p(z|x)"), ("full_vb", "bound_over_parameters", "q(z|x)")):
        job = board.submit(
            JobSpec("digits", LONG.model_config, LONG.train_config.replace(algorithm=name)), "ann", paused=True
        )
        assert job.snapshot().history.curve == curve
        until(lambda job=job: job.snapshot().look is not None)
        job.stop()
        until(lambda job=job: state(job) == "stopped")
        now = job.snapshot()
        assert now.history.curve == curve and now.look.means_of == of
        assert len(now.history.records) == 1 and now.history.test_value(now.history.records[0]) < 0
        assert job.wait(DEADLINE)


def test_a_short_job_runs_to_its_end_and_the_same_spec_again_is_the_same_run(make_board):
    board = make_board(slots=2)
    job, other = board.submit(SHORT, "ann"), board.submit(SHORT, "ben")
    assert job.wait(DEADLINE) and other.wait(DEADLINE)
    assert state(job) == state(other) == "finished"
    assert job.snapshot().history == other.snapshot().history
    assert [record.step for record in job.snapshot().history.records] == [0, 1, 3, 7, 15]
    assert (job.snapshot().seconds_left, job.snapshot().epoch) == (0.0, 1.0)
    assert job.token != other.token and job.folder != other.folder
    assert job.model_path.read_bytes() == other.model_path.read_bytes()


def test_a_job_that_cannot_train_says_why(make_board):
    job = make_board().submit(JobSpec("nothing", SHORT.model_config, SHORT.train_config), "ann")
    assert job.wait(DEADLINE)
    assert state(job) == "failed" and "no data set named 'nothing'" in job.snapshot().message
    assert job.model_path is None and job.frames_path is None


def test_a_job_that_still_starts_can_be_paused_before_its_first_step(make_board):
    job = make_board().submit(LONG, "ann")
    job.pause()
    until(lambda: state(job) == "paused")
    assert job.snapshot().step == 0 and job.snapshot().look.step == 0
    job.resume()
    until(lambda: job.snapshot().step > 0)


def test_a_thread_ends_soon_after_it_is_closed(make_board):
    job = make_board().submit(LONG, "ann")
    until(lambda: job.snapshot().step > 0)
    job.close()
    assert state(job) == "stopped"
    step = job.snapshot().step
    assert job.wait(DEADLINE)
    assert job.snapshot().step == step  # what it still said changed nothing


# -- the snapshot ------------------------------------------------------------------------------------------------


def test_what_can_be_done_in_each_state():
    def able(state):
        now = Snapshot(History("digits", "dynamic"), state)
        return now.active, now.can_pause, now.can_resume, now.can_step, now.can_stop

    yes, no = True, False
    assert able("queued") == (yes, no, no, no, yes)
    assert able("starting") == able("running") == (yes, yes, no, no, yes)
    assert able("paused") == (yes, no, yes, yes, yes)
    assert able("finished") == able("stopped") == able("failed") == (no,) * 5


def test_a_snapshot_that_somebody_holds_never_changes(alone):
    before = alone.snapshot()
    record = {"step": 0, "samples_seen": 0, "epoch": 0.0, "train_elbo": None, "train_recon_log_lik": None}
    record |= {"train_kl": None, "test_elbo": -2.0, "test_recon_log_lik": -1.0, "test_kl": 1.0}
    alone.fold({"event": "record", **record})
    assert before.history.records == [] and len(alone.snapshot().history.records) == 1
    assert alone.snapshot().version == before.version + 1
    alone.fold({"event": "record", **record})
    assert len(alone.snapshot().history.records) == 1, "a run that goes on from a checkpoint says it again"


def test_what_a_closed_job_still_says_changes_nothing(alone):
    alone.change(state="stopped", message="closed")
    closed = alone.snapshot()
    alone.fold({"event": "progress", "step": 5})
    alone.change(state="finished")
    assert alone.snapshot() is closed and closed.state == "stopped"


def test_the_time_left_is_that_of_the_present_share(alone):
    assert alone.snapshot().time_left is None
    alone.fold({"event": "progress", "seconds_left": 10.0})
    assert alone.snapshot().time_left == 10.0
    alone.change(share=0.25)
    assert alone.snapshot().time_left == 40.0


def test_only_commands_that_make_sense_do_something(make_board):
    board = make_board()
    job = board.submit(LONG, "ann")
    job.resume()
    job.step()
    until(lambda: job.snapshot().step > 0)
    job.resume()
    job.step()
    assert state(job) == "running"
    job.pause()
    until(lambda: state(job) == "paused")
    job.pause()
    step = job.snapshot().step
    job.step()
    until(lambda: job.snapshot().step == step + 1)
    job.resume()
    until(lambda: job.snapshot().step > step + 1)
    job.stop()
    until(lambda: state(job) == "stopped")
    ended = job.snapshot()
    for command in (job.pause, job.resume, job.step, job.stop, job.close):
        command()
    assert job.snapshot() is ended


def test_a_job_that_cannot_be_launched_fails_and_says_why(make_board):
    def broken():
        raise OSError(12, "Cannot allocate memory")

    job = make_board(broken).submit(LONG, "ann")
    assert state(job) == "failed" and "Cannot allocate memory" in job.snapshot().message and job.wait(0)
    job.close(wait=True)
    assert state(job) == "failed"


def test_without_memory_for_a_second_worker_all_runs_take_turns_on_the_first(make_board):
    workers = []

    def scarce():
        if workers:
            raise OSError(12, "Cannot allocate memory")
        workers.append(WorkerThread())
        return workers[0]

    board = make_board(scarce, slots=2)
    jobs = [board.submit(LONG, name) for name in ("ann", "ben")]
    until(lambda: all(job.snapshot().step > 0 for job in jobs))


def test_jobs_are_private_to_their_owner(make_board):
    board = make_board()
    job = board.submit(LONG, "ann", paused=True)
    assert board.get(job.token, "ann") is job
    assert board.get(job.token, "ben") is None and board.get("guess", "ann") is None
    assert board.jobs("ann") == [job] and board.jobs("ben") == []
    assert board.find(job.token) is job and board.find("guess") is None, "whoever has the link may look"


def test_many_threads_may_use_a_board_at_once(make_board):
    board = make_board(slots=3)

    def use(owner):
        for _ in range(10):
            job = board.submit(LONG, owner)
            job.pause()
            job.stop()
            job.close()

    threads = [threading.Thread(target=use, args=(str(i),)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(DEADLINE)
        assert not thread.is_alive(), "a deadlock"
    until(lambda: not board.crew.entries and len(board.crew.turns) == 0)
    assert all(state(job) == "stopped" for i in range(8) for job in board.jobs(str(i)))


# -- the end of a session ----------------------------------------------------------------------------------------


def test_an_owner_who_is_gone_loses_all_jobs_and_nobody_else_does(make_board):
    board = make_board(slots=2)
    mine, done = board.submit(LONG, "ann"), board.submit(SHORT, "ann")
    theirs, waiting = board.submit(LONG, "ben"), board.submit(LONG, "ann")
    assert done.wait(DEADLINE)
    until(lambda: mine.folder.exists() and theirs.folder.exists())
    assert board.forget("ann") == [mine, done, waiting]
    assert not mine.folder.exists() and not done.folder.exists()
    assert (state(mine), state(done), state(waiting)) == ("stopped", "finished", "stopped")
    assert board.jobs("ann") == [] and board.get(mine.token, "ann") is None
    assert state(theirs) == "running" and theirs.folder.exists()


def test_a_reset_run_is_found_by_its_old_token_until_its_owner_is_gone(make_board):
    board = make_board()
    job = board.submit(LONG, "ann", paused=True)
    until(lambda: state(job) == "paused")
    once = board.reset(job)
    twice = board.reset(once)
    until(lambda: state(twice) == "paused" and twice.snapshot().step == 0)
    assert board.get(job.token, "ann") is board.get(once.token, "ann") is board.find(twice.token) is twice
    assert board.get(job.token, "ben") is None and board.jobs("ann") == [twice]
    board.forget("ann")
    assert board.find(job.token) is None and vars(board)["_successors"] == {}


def test_a_run_is_reset_once_from_two_tabs_and_never_for_an_owner_who_is_gone(make_board):
    board = make_board()
    job = board.submit(LONG, "ann")
    threads = [threading.Thread(target=board.reset, args=(job,)) for _ in range(3)] + [
        threading.Thread(target=board.reset_all)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(board.jobs("ann")) == 1 and board.find(job.token) is board.reset(job)
    board.forget("ann")
    board.reset(job)
    assert board.states() == []


def test_all_runs_are_stopped_or_reset_whoever_has_them_and_ended_ones_stay(make_board):
    board = make_board()
    ended = board.submit(SHORT, "ann")
    until(lambda: state(ended) == "finished")
    running = [board.submit(LONG, name) for name in ("ann", "ben")]
    assert board.reset_all() == 2
    assert sorted(owner for owner, _ in board.states()) == ["ann", "ann", "ben"]
    fresh = [board.get(job.token, job.owner) for job in running]
    until(lambda: [state(job) for job in fresh] == ["paused", "paused"])
    assert [job.snapshot().step for job in fresh] == [0, 0] and [job.spec for job in fresh] == [LONG, LONG]
    assert board.stop_all() == 2
    until(lambda: [state(job) for job in fresh] == ["stopped", "stopped"])
    assert ended.model_path is not None and board.stop_all() == board.reset_all() == 0


def test_a_discarded_job_is_closed_and_its_folder_deleted(make_board):
    board = make_board()
    job = board.submit(LONG, "ann")
    until(job.folder.exists)
    board.discard(job)
    until(lambda: not job.folder.exists())
    assert state(job) == "stopped" and board.get(job.token, "ann") is None


def test_after_shutdown_nothing_is_left_and_nothing_starts(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(crew, "SHUTDOWN_SECONDS", DEADLINE)  # a thread cannot be ended in the middle of a step
    board = Board(1, kind=WorkerThread)
    running, waiting = board.submit(LONG, "ann"), board.submit(LONG, "ann")
    until(lambda: state(running) == "running")
    board.shutdown()
    board.shutdown()
    assert state(running) == state(waiting) == "stopped"

    def left():
        return [
            path for path in tmp_path.iterdir() if not path.name.startswith("torchinductor")
        ]  # torch's own, at its import

    assert left() == []
    late = board.submit(LONG, "ann")
    assert state(late) == "failed" and late.wait(0) and "the server ends" in late.snapshot().message
    assert board.get(late.token, "ann") is late, "the page shows the sentence"
    assert board.reset(running) is running and state(running) == "stopped"
    assert left() == []


@posix_only
def test_a_new_board_deletes_the_folders_of_killed_servers_only(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    dead, foreign = tmp_path / f"{boards.FOLDER_PREFIX}dead", tmp_path / f"{boards.FOLDER_PREFIX}other"
    for folder in (dead, foreign):
        folder.mkdir()
    (dead / "claim").touch()
    living = Board(1, kind=WorkerThread)
    assert not dead.exists() and foreign.exists()
    other = Board(1, kind=WorkerThread)
    assert living.folder.exists() and living.folder != other.folder
    living.shutdown()
    other.shutdown()


# -- worker processes --------------------------------------------------------------------------------------------


def gone(pid):
    """Whether a process has ended; one that its new parent has not reaped yet counts."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return False


@posix_only
def test_warm_workers_are_ready_before_the_first_job_and_at_a_low_priority(make_board, monkeypatch):
    monkeypatch.setattr(boards, "WARM_SECONDS", 0.0)
    board = make_board(WorkerProcess)
    board.warm_soon()
    until(lambda: board.crew.desks)
    pid = board.crew.desks[0].worker.pid
    assert os.getpriority(os.PRIO_PROCESS, pid) == min(os.nice(0) + 10, 19), "while it still imports torch"
    until(lambda: board.crew.desks[0].is_ready)
    job = board.submit(SHORT, "ann")
    assert job.wait(DEADLINE) and state(job) == "finished"
    assert [desk.worker.pid for desk in board.crew.desks] == [pid], "a worker stays for the next job"
    board.shutdown()
    until(lambda: gone(pid))


@posix_only
def test_when_the_server_is_killed_its_workers_end(tmp_path):
    script = tmp_path / "server.py"
    script.write_text(
        textwrap.dedent(
            f"""
            import sys, time
            sys.path.insert(0, {str(REPOSITORY)!r})
            from aevb_lab.jobs.board import Board
            from aevb_lab.jobs.job import JobSpec
            from vae_core import ModelConfig, TrainConfig
            board = Board(1)
            spec = JobSpec("digits", ModelConfig(64, (8, 8)), TrainConfig(epochs=20_000))
            job = board.submit(spec, "ann", paused=True)  # so it says nothing and does not notice that nobody listens
            while job.snapshot().state != "paused":
                time.sleep(0.01)
            print(board.crew.desks[0].worker.pid, flush=True)
            time.sleep(1000)
            """
        )
    )
    environment = dict(os.environ, TMPDIR=str(tmp_path))
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, env=environment) as server:
        watchdog = threading.Timer(DEADLINE, server.kill)
        watchdog.start()
        worker = int(server.stdout.readline())
        watchdog.cancel()
        assert not gone(worker)
        server.send_signal(signal.SIGKILL)
    until(lambda: gone(worker), 5)


@pytest.fixture
def interpreter(tmp_path, monkeypatch):
    """A shell script in place of Python, so of the worker."""

    def replace(text):
        path = tmp_path / "python"
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)
        monkeypatch.setattr(sys, "executable", str(path))

    return replace


HELLO = 'read host; echo \'{"event": "turn", "run": null}\'; read start; token=${start#*\'"run": "\'}; token=${token%%\'"\'*}\n'


def tell(event, more=""):
    """A line of shell that says something of the run that was started."""
    return f"""echo '{{"event": "{event}", "run": "'$token'"{more}}}'\n"""


@posix_only
def test_shutdown_has_one_deadline_for_all_workers(make_board, interpreter):
    """Four workers that heed neither the end of their commands nor SIGTERM."""
    interpreter("trap '' TERM\nwhile true; do sleep 0.1; done")
    board = make_board(WorkerProcess, slots=4)
    for number in range(4):
        board.submit(LONG, f"pupil {number}")
    until(lambda: len(board.crew.desks) == 4)
    pids = [desk.worker.pid for desk in board.crew.desks]
    began = time.monotonic()
    board.shutdown()
    assert time.monotonic() - began < 2.5  # one second for each of them would be more than four
    assert all(map(gone, pids))


@posix_only
def test_a_worker_that_crashes_again_and_again_is_quoted_and_its_run_given_up(make_board, interpreter):
    interpreter(HELLO + tell("turn") + "echo first >&2; echo 'RuntimeError: bad luck' >&2; exit 3")
    job = make_board(WorkerProcess).submit(LONG, "ann")
    assert job.wait(DEADLINE) and state(job) == "failed"
    quotation = "the training process ended with exit code 3: RuntimeError: bad luck"
    assert job.snapshot().message == f"{quotation}; that happened 3 times in this run, so the run was stopped"


@posix_only
def test_where_no_worker_starts_all_runs_fail_and_say_why(make_board, interpreter):
    interpreter("echo first >&2; echo 'ImportError: no torch' >&2; exit 3")
    board = make_board(WorkerProcess, slots=2)
    jobs = [board.submit(LONG, name) for name in ("ann", "ben", "cat")]
    for job in jobs:
        assert job.wait(DEADLINE)
        assert job.snapshot().message == "the training process ended with exit code 3: ImportError: no torch"


@posix_only
@pytest.mark.parametrize("line", ["hello", "17", '{"event": "progress", "stepp": 1}', '{"event": "look"}', "{}"])
def test_a_worker_that_talks_nonsense_is_ended(make_board, interpreter, line):
    interpreter(HELLO + tell("turn") + f"echo '{line}'; read more")
    job = make_board(WorkerProcess).submit(LONG, "ann")
    assert job.wait(DEADLINE)
    assert state(job) == "failed" and "not a message" in job.snapshot().message


@posix_only
@pytest.mark.parametrize("more", [', "stepp": 1', ', "step": 1, "means": "?"'])
def test_a_worker_that_talks_nonsense_of_a_run_is_ended(make_board, interpreter, more):
    interpreter(HELLO + tell("turn") + tell("look", more) + "read more")
    job = make_board(WorkerProcess).submit(LONG, "ann")
    assert job.wait(DEADLINE)
    assert state(job) == "failed" and "not a message" in job.snapshot().message


@posix_only
def test_a_worker_that_does_not_let_go_of_a_run_is_killed(make_board, interpreter, monkeypatch):
    monkeypatch.setattr(workers, "CLOSE_SECONDS", 0.2)
    monkeypatch.setattr(crew, "DROP_SECONDS", 0.1)
    monkeypatch.setattr(clerk, "CHECK_SECONDS", 0.05)
    interpreter(
        "trap '' TERM\n"
        + HELLO
        + tell("turn")
        + tell("state", ', "state": "running"')
        + "while true; do sleep 0.1; done"
    )
    board = make_board(WorkerProcess)
    job = board.submit(LONG, "ann")
    until(lambda: state(job) == "running")
    pid = board.crew.desks[0].worker.pid
    job.close()
    assert state(job) == "stopped"
    assert job.wait(DEADLINE) and gone(pid)
