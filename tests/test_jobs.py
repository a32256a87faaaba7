"""Jobs and their board. The queue's rules are tested on jobs that train nothing; both real kinds share a contract."""

import os
import signal
import subprocess
import sys
import tempfile
import textwrap
import threading
import time

import numpy as np
import pytest
import torch

from aevb_lab.jobs import board as boards
from aevb_lab.jobs import workers
from aevb_lab.jobs.board import Board
from aevb_lab.jobs.job import Job, JobSpec, Snapshot, ThreadJob
from aevb_lab.jobs.workers import WorkerJob
from vae_core import History, ModelConfig, TrainConfig, load_data, load_model
from vae_core.data.datasets import REPOSITORY
from vae_core.frames import load_frames
from vae_core.training import fit, start

DEADLINE = 240
LONG = JobSpec("digits", ModelConfig(64, (8, 8), hidden_dims=(20,)), TrainConfig(epochs=20_000, seed=5))
SHORT = JobSpec("digits", LONG.model_config, TrainConfig(epochs=1, seed=5))
posix_only = pytest.mark.skipif(os.name != "posix", reason="uses signals, or a shell script as the interpreter")


def until(condition, seconds=DEADLINE):
    """Wait for what happens on other threads and in other processes."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)
    return True


def state(job):
    return job.snapshot().state


def position(job):
    return job.snapshot().queue_position


@pytest.fixture
def make_board(tmp_path):
    boards = []

    def make(kind=ThreadJob, slots=1, **options):
        boards.append(Board(slots, options.pop("folder", tmp_path / "jobs"), kind, **options))
        return boards[-1]

    yield make
    for board in boards:
        board.shutdown()


class IdleJob(Job):
    """Trains nothing: it is told what a worker would say."""

    def launch(self, request, prepared):
        self.folder.mkdir(parents=True)
        self.sent = [request]

    def send(self, command):
        self.sent.append(command)

    def drop(self):
        self.sent.append(None)

    def end(self, wait):
        self.finish()

    def say(self, state, message=""):
        self.fold({"event": "state", "state": state, "message": message})
        if state in ("finished", "stopped", "failed"):
            self.finish()


# -- the contract of both kinds ----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [ThreadJob, WorkerJob])
def test_a_job_pauses_steps_and_stops_with_exactly_that_model(make_board, kind):
    job = make_board(kind).submit(LONG, "ann", paused=True)
    until(lambda: state(job) == "paused")
    now = job.snapshot()
    assert (now.step, now.samples_seen, now.total_steps) == (0, 0, 1_500_000)
    for step in (1, 2, 3):
        version = job.snapshot().version
        job.step()
        until(lambda step=step: (look := job.snapshot().look) is not None and look.step == step)
        assert job.snapshot().step == step and state(job) == "paused" and job.snapshot().version > version
    look = job.snapshot().look
    assert look.means.shape == (297, 2) and look.means.dtype == np.float32
    assert look.pictures.shape == (20, 20, 64) and look.pictures.dtype == np.uint8
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
    one, other = board.submit(SHORT, "ann"), board.submit(SHORT, "ben")
    assert one.wait(DEADLINE) and other.wait(DEADLINE)
    assert state(one) == state(other) == "finished"
    assert one.snapshot().history == other.snapshot().history
    assert [record.step for record in one.snapshot().history.records] == [0, 1, 3, 7, 15]
    assert (one.snapshot().seconds_left, one.snapshot().epoch) == (0.0, 1.0)
    assert one.token != other.token and one.folder != other.folder
    assert one.model_path.read_bytes() == other.model_path.read_bytes()


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


def test_a_snapshot_that_somebody_holds_never_changes(make_board):
    job = make_board(IdleJob).submit(LONG, "ann")
    before = job.snapshot()
    record = {"step": 0, "samples_seen": 0, "epoch": 0.0, "train_elbo": None, "train_recon_log_lik": None}
    record |= {"train_kl": None, "test_elbo": -2.0, "test_recon_log_lik": -1.0, "test_kl": 1.0}
    job.fold({"event": "record", **record})
    assert before.history.records == [] and len(job.snapshot().history.records) == 1
    assert job.snapshot().version == before.version + 1


def test_what_a_closed_job_still_says_changes_nothing(make_board):
    job = make_board(IdleJob).submit(LONG, "ann")
    job.hang_up()
    closed = job.snapshot()
    job.fold({"event": "progress", "step": 5})
    job.fold({"event": "state", "state": "finished", "message": ""})
    assert job.snapshot() is closed and closed.state == "stopped"


def test_only_commands_that_make_sense_are_sent(make_board):
    job = make_board(IdleJob).submit(LONG, "ann")

    def sent_by(*calls):
        del job.sent[:]
        for call in calls:
            call()
        return [command["command"] for command in job.sent]

    job.say("running")
    assert sent_by(job.resume, job.step, job.pause) == ["pause"]
    job.say("paused")
    assert sent_by(job.pause, job.step, job.resume) == ["step", "resume"]
    assert sent_by(job.stop) == ["stop"]
    job.say("stopped")
    assert sent_by(job.pause, job.resume, job.step, job.stop) == []


# -- the queue ---------------------------------------------------------------------------------------------------


def test_first_come_first_served_with_a_visible_position(make_board):
    board = make_board(IdleJob, slots=2)
    a, b, c, d, e = (board.submit(LONG, "ann") for _ in range(5))
    assert [state(job) for job in (a, b, c, d, e)] == ["starting"] * 2 + ["queued"] * 3
    assert [position(job) for job in (a, b, c, d, e)] == [None, None, 1, 2, 3]
    b.say("finished")
    assert state(c) == "starting" and [position(job) for job in (c, d, e)] == [None, 1, 2]
    d.stop()
    assert state(d) == "stopped" and position(d) is None and position(e) == 1 and d.wait(0)
    a.say("running")
    a.say("paused")
    assert state(e) == "queued"  # a paused job keeps its slot
    a.close()
    assert state(a) == "stopped" and state(e) == "starting"
    assert d.model_path is None and not d.folder.exists()


def test_a_queued_job_cannot_be_paused_and_closing_it_twice_is_harmless(make_board):
    board = make_board(IdleJob)
    first, second, third = (board.submit(LONG, "ann") for _ in range(3))
    second.pause()
    assert state(second) == "queued"
    for _ in range(2):
        second.close()
        second.stop()
        first.close()
    assert [state(job) for job in (first, second, third)] == ["stopped", "stopped", "starting"]
    assert len(board.running) == 1


def test_a_job_that_cannot_be_launched_fails_and_frees_its_slot(make_board):
    class Broken(IdleJob):
        def launch(self, request, prepared):
            if request["train_config"]["seed"] == 1:
                raise OSError(12, "Cannot allocate memory")
            super().launch(request, prepared)

    board = make_board(Broken)
    bad = board.submit(JobSpec("digits", LONG.model_config, TrainConfig(seed=1)), "ann")
    assert state(bad) == "failed" and "Cannot allocate memory" in bad.snapshot().message and bad.wait(0)
    assert state(board.submit(LONG, "ann")) == "starting"
    bad.close(wait=True)
    assert state(bad) == "failed"


def test_jobs_are_private_to_their_owner(make_board):
    board = make_board(IdleJob)
    job = board.submit(LONG, "ann")
    assert board.get(job.token, "ann") is job
    assert board.get(job.token, "ben") is None and board.get("guess", "ann") is None
    assert board.jobs("ann") == [job] and board.jobs("ben") == []


def test_many_threads_may_use_a_board_at_once(make_board):
    board = make_board(IdleJob, slots=3)

    def use(owner):
        for _ in range(20):
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
    assert not board.running and not board.waiting
    assert all(state(job) == "stopped" for i in range(8) for job in board.jobs(str(i)))


# -- the end of a session ----------------------------------------------------------------------------------------


def test_an_owner_who_stays_away_loses_all_jobs_and_nobody_else_does(make_board):
    board = make_board(IdleJob, slots=3)
    mine, done, theirs = board.submit(LONG, "ann"), board.submit(LONG, "ann"), board.submit(LONG, "ben")
    waiting = board.submit(LONG, "ann")
    done.say("finished")
    board.release("ann", grace=0.05)
    until(lambda: not mine.folder.exists() and not done.folder.exists())
    assert (state(mine), state(done), state(waiting)) == ("stopped", "finished", "stopped")
    assert board.jobs("ann") == [] and board.get(mine.token, "ann") is None
    assert state(theirs) == "starting" and theirs.folder.exists()


def test_an_owner_who_comes_back_in_time_keeps_everything(make_board):
    board = make_board(IdleJob)
    job = board.submit(LONG, "ann")
    board.release("ann", grace=0.2)
    board.touch("ann")
    board.release("ben", grace=0.3)  # ends later than the first grace would have
    theirs = board.submit(LONG, "cat")
    board.release("cat", grace=0.3)
    until(lambda: state(theirs) == "stopped")
    assert state(job) == "starting" and job.folder.exists()


def test_a_page_that_is_reloaded_takes_its_jobs_over_and_nobody_takes_those_of_an_owner_who_is_there(make_board):
    board = make_board(IdleJob, slots=2)
    job, other = board.submit(LONG, "ann"), board.submit(LONG, "ann")
    assert board.adopt(job.token, "eve") is None and board.get(job.token, "ann") is job
    board.release("ann", grace=0.3)
    assert board.adopt("guess", "ann again") is None
    assert board.adopt(job.token, "ann again") is job
    assert board.jobs("ann again") == [job, other] and board.jobs("ann") == []
    assert board.adopt(job.token, "thief") is None
    last = board.submit(LONG, "ben")
    board.release("ben", grace=0.4)
    until(lambda: state(last) == "stopped")
    assert state(job) == state(other) == "starting"


def test_a_grace_that_is_over_while_its_owner_returns_does_nothing(make_board):
    board = make_board(IdleJob)
    job = board.submit(LONG, "ann")
    fired, forget = threading.Event(), board.forget
    board.forget = lambda owner: (fired.set(), forget(owner))
    with board.lock:
        board.release("ann", grace=0.0)
        timer = board.graces["ann"]
        assert fired.wait(DEADLINE)  # now it waits for the lock
        board.touch("ann")
    timer.join(DEADLINE)
    assert state(job) == "starting"


def test_a_discarded_job_is_closed_and_its_folder_deleted(make_board):
    board = make_board(IdleJob)
    job = board.submit(LONG, "ann")
    board.discard(job)
    until(lambda: not job.folder.exists())
    assert state(job) == "stopped" and board.get(job.token, "ann") is None


def test_after_shutdown_nothing_is_left_and_nothing_starts(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    board = Board(1, kind=IdleJob)
    running, waiting = board.submit(LONG, "ann"), board.submit(LONG, "ann")
    board.shutdown()
    board.shutdown()
    assert state(running) == state(waiting) == "stopped" and not hasattr(waiting, "sent")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(RuntimeError, match="shut down"):
        board.submit(LONG, "ann")


@posix_only
def test_a_new_board_deletes_the_folders_of_killed_servers_only(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    dead, foreign = tmp_path / f"{boards.FOLDER_PREFIX}dead", tmp_path / f"{boards.FOLDER_PREFIX}other"
    for folder in (dead, foreign):
        folder.mkdir()
    (dead / "claim").touch()
    living = Board(1, kind=IdleJob)
    assert not dead.exists() and foreign.exists()
    other = Board(1, kind=IdleJob)
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
def test_a_killed_worker_is_a_failed_job_and_the_next_one_starts_on_the_spare(make_board, monkeypatch):
    monkeypatch.setattr(boards, "SPARE_SECONDS", 0.0)
    board = make_board(WorkerJob)
    board.warm()
    first_spare = board.spare
    assert os.getpriority(os.PRIO_PROCESS, first_spare.pid) == min(os.nice(0) + 10, 19), "while it still imports torch"
    killed = board.submit(LONG, "ann")
    assert killed.process is first_spare
    waiting = board.submit(LONG, "ann")
    until(lambda: killed.snapshot().step > 0)
    until(lambda: board.spare is not None)
    second_spare = board.spare
    assert second_spare is not first_spare
    monkeypatch.setattr(boards, "SPARE_SECONDS", 1000.0)
    os.kill(first_spare.pid, signal.SIGKILL)
    until(lambda: state(killed) == "failed")
    assert "killed by signal 9" in killed.snapshot().message
    until(lambda: state(waiting) == "running")
    assert waiting.process is second_spare
    waiting.close()
    assert waiting.wait(DEADLINE) and gone(second_spare.pid)


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
            print(job.process.pid, flush=True)
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


@posix_only
def test_shutdown_ends_the_spare_too_and_a_dead_spare_is_replaced(make_board, interpreter):
    interpreter('read rehearse; read start; echo \'{"event": "state", "state": "finished"}\'; read more')
    board = make_board(WorkerJob)
    board.warm()
    dead = board.spare
    os.kill(dead.pid, signal.SIGKILL)
    until(lambda: not dead.alive)
    interpreter('read start; echo \'{"event": "state", "state": "finished"}\'')
    job = board.submit(LONG, "ann")
    assert job.wait(DEADLINE) and state(job) == "finished"
    interpreter("read rehearse; read start")
    board.warm()
    pid = board.spare.pid
    board.shutdown()
    assert gone(pid)


@posix_only
def test_a_worker_that_crashes_is_quoted(make_board, interpreter):
    interpreter("echo first >&2; echo 'ImportError: no torch' >&2; exit 3")
    job = make_board(WorkerJob).submit(LONG, "ann")
    assert job.wait(DEADLINE)
    assert job.snapshot().message == "the training process ended with exit code 3: ImportError: no torch"


@posix_only
@pytest.mark.parametrize("line", ["hello", "17", '{"event": "progress", "stepp": 1}', '{"event": "look"}'])
def test_a_worker_that_talks_nonsense_is_ended(make_board, interpreter, line):
    interpreter(f"echo '{line}'; read start; read more")
    job = make_board(WorkerJob).submit(LONG, "ann")
    assert job.wait(DEADLINE)
    assert state(job) == "failed" and "not a message" in job.snapshot().message


@posix_only
def test_a_worker_that_does_not_listen_is_killed(make_board, interpreter, monkeypatch):
    monkeypatch.setattr(workers, "TERMINATE_SECONDS", 0.1)
    monkeypatch.setattr(workers, "KILL_SECONDS", 0.2)
    interpreter('trap \'\' TERM; echo \'{"event": "state", "state": "running"}\'; while true; do sleep 0.1; done')
    job = make_board(WorkerJob).submit(LONG, "ann")
    until(lambda: state(job) == "running")
    pid = job.process.pid
    job.close()
    assert state(job) == "stopped"
    assert job.wait(DEADLINE) and gone(pid)
