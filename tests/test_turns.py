"""Turns at training: who is next, on numbers alone, and on a board whose runs train nothing or little. (Longer than
other files: one board, whose runs that do nothing all cases share.)"""

import os
import threading
import time

import pytest
import torch
from waiting import DEADLINE, until

from aevb_lab.jobs import clerk, crew, workers
from aevb_lab.jobs.board import Board
from aevb_lab.jobs.desk import Desk
from aevb_lab.jobs.job import BranchPoint, JobSpec
from aevb_lab.jobs.turns import Turns
from aevb_lab.jobs.workers import WorkerProcess, WorkerThread
from aevb_lab.visitors import Visitors
from vae_core import ModelConfig, TrainConfig, load_data, load_model, worker
from vae_core.live_run import LiveRun, state_message
from vae_core.models import pack_model
from vae_core.training import fit, start

MODEL = ModelConfig(64, (8, 8), hidden_dims=(20,))
LONG = JobSpec("digits", MODEL, TrainConfig(epochs=20_000, seed=5))
ANY = lambda token: 0.0  # noqa: E731


def state(job):
    return job.snapshot().state


# -- on numbers alone --------------------------------------------------------------------------------------------


def play(turns, count, seconds=1.0):
    """The runs that get the next turns."""
    tokens = []
    for _ in range(count):
        tokens.append(turns.next(ANY))
        turns.begin(tokens[-1])
        turns.charge(tokens[-1], tokens[-1].rstrip("0123456789"), seconds)
        turns.end(tokens[-1])
    return tokens


def test_owners_take_turns_however_many_runs_each_has():
    turns = Turns()
    for token in ("ann1", "ann2", "ann3", "ben1"):
        turns.join(token, token[:3])
    assert play(turns, 8) == ["ann1", "ben1", "ann2", "ben1", "ann3", "ben1", "ann1", "ben1"]


def test_who_was_served_less_goes_first():
    turns = Turns()
    turns.join("ann1", "ann")
    turns.join("ben1", "ben")
    turns.charge("ann1", "ann", 2.5)
    assert play(turns, 5) == ["ben1", "ben1", "ben1", "ann1", "ben1"]


def test_a_newcomer_goes_first_and_does_not_keep_the_others_waiting():
    turns = Turns()
    for name in ("ann", "ben"):
        turns.join(name, name)
    play(turns, 100)
    turns.join("cat", "cat")
    tokens = play(turns, 8)
    assert tokens[0] == "cat" and all(tokens.count(name) >= 2 for name in ("ann", "ben", "cat"))
    turns.leave("cat")
    play(turns, 100)
    turns.join("cat", "cat")
    assert play(turns, 8) == tokens, "nor does one who comes back from a long pause"


def test_a_newcomers_run_of_the_same_owner_goes_first_too():
    turns = Turns()
    turns.join("ann1", "ann")
    play(turns, 50)
    turns.join("ann2", "ann")
    tokens = play(turns, 6)
    assert tokens[0] == "ann2" and tokens.count("ann1") >= 2
    turns.join("ann3", "ann")
    turns.join("ann4", "ann")
    assert play(turns, 2) == ["ann3", "ann4"], "first come, first served"


def test_nobody_overtakes_by_pausing_and_going_on():
    turns = Turns()
    for name in ("ann", "ben"):
        turns.join(name, name)
    tokens = []
    for _ in range(40):
        tokens += play(turns, 1)
        turns.leave("ann")
        turns.join("ann", "ann")
        turns.leave("ben")
        turns.join("ben", "ben")
    assert abs(tokens.count("ann") - tokens.count("ben")) <= 1


def test_a_run_that_costs_something_stands_back_so_far_and_no_farther():
    turns = Turns()
    for name in ("ann", "ben"):
        turns.join(name, name)
    turns.charge("ann", "ann", 2.0)
    assert turns.next(lambda token: {"ann": 0.0, "ben": 3.0}[token]) == "ann"
    turns.charge("ann", "ann", 2.0)
    assert turns.next(lambda token: {"ann": 0.0, "ben": 3.0}[token]) == "ben"
    assert turns.next(lambda token: {"ann": 0.0, "ben": None}[token]) == "ann"
    assert turns.next(lambda token: None) is None


def test_places_and_times_are_those_of_the_turns_to_come():
    turns = Turns()
    names = [f"pupil{'x' * i}" for i in range(6)]
    for name in names:
        turns.join(name, name)
    turns.begin(names[0])
    turns.begin(names[1])
    queue = turns.queue([0.2, 0.4], first=0.5, full=1.0)
    assert [token for token, _ in queue] == names[2:]
    assert [seconds for _, seconds in queue] == pytest.approx([0.2, 0.4, 0.7, 0.9])
    assert turns.next(ANY) == names[2], "a look ahead changes nothing"


def test_twenty_runs_of_one_pupil_do_not_delay_the_next_one():
    turns = Turns()
    for i in range(20):
        turns.join(f"ann{i}", "ann")
    turns.begin("ann0")
    turns.begin("ann1")
    turns.join("ben", "ben")
    places = [token for token, _ in turns.queue([0.5, 0.5], 0.5, 1.0)]
    assert places.index("ben") == 0 and len(places) == 19


def test_a_queue_without_end_is_looked_at_only_so_far():
    turns = Turns()
    for i in range(1000):
        turns.join(f"ann{i}", "ann")
    queue = turns.queue([0.0], 0.5, 1.0)
    assert len(queue) == 1000 and queue[0][1] == 0.0 and queue[-1] == ("ann999", None)


def test_owners_and_runs_that_are_gone_leave_nothing():
    turns = Turns()
    before = {name: len(value) for name, value in vars(turns).items() if isinstance(value, dict)}
    turns.join("ann1", "ann")
    play(turns, 3)
    turns.leave("ann1")
    turns.forget("ann1")
    turns.forget_owner("ann")
    assert {name: len(value) for name, value in vars(turns).items() if isinstance(value, dict)} == before
    assert len(turns) == 0 and "ann1" not in turns


# -- on a board --------------------------------------------------------------------------------------------------


class IdleRun(LiveRun):
    """A run that trains nothing: each of its steps takes a moment."""

    at_work = []

    def __init__(self, request, emit, load):
        self.name, self.paused, self.has_ended, self.made = request["run"], request["paused"], False, 0
        self.emit = lambda message: emit({"run": self.name} | message)
        self.total = request["train_config"]["epochs"]

    def open(self):
        self.emit(state_message("starting"))
        self.emit(state_message("paused" if self.paused else "running"))
        self.leave()

    def advance(self):
        time.sleep(0.001)
        self.at_work.append(self.name)
        self.made += 1
        self.emit({"event": "progress", "step": self.made})
        if self.made >= self.total:
            self.has_ended = True
            self.emit(state_message("finished"))

    def obey(self, command):
        if command == "step":
            self.advance()
            self.leave()
        elif command == "stop":
            self.has_ended = True
            self.emit(state_message("stopped"))
        else:
            self.paused = command == "pause"
            self.emit(state_message("paused" if self.paused else "running"))

    def leave(self):
        look = {"means": "", "means_shape": [0, 2], "pictures": "", "pictures_shape": [0, 0, 64], "means_of": "q(z|x)"}
        self.emit({"event": "progress", "step": self.made})
        self.emit({"event": "look", "step": self.made, **look})

    def close(self):
        pass

    def fail(self, error):
        self.has_ended = True
        self.emit(state_message("failed", str(error)))


@pytest.fixture
def make_board(tmp_path, monkeypatch):
    boards = []
    monkeypatch.setattr(crew, "FIRST_SECONDS", 0.02)
    monkeypatch.setattr(crew, "TURN_SECONDS", 0.04)

    def make(kind=WorkerThread, slots=1, **options):
        boards.append(Board(slots, tmp_path / "jobs", kind, **options))
        return boards[-1]

    yield make
    for board in boards:
        board.shutdown()


@pytest.fixture
def idle_board(make_board, monkeypatch):
    monkeypatch.setattr(worker, "LiveRun", IdleRun)
    monkeypatch.setattr(worker, "rehearse", lambda: None)
    monkeypatch.setattr(IdleRun, "at_work", [])
    return make_board


def test_each_of_a_class_gets_a_first_look_in_the_first_round_and_a_fair_share(idle_board):
    board = idle_board(slots=2)
    jobs = [board.submit(LONG, f"pupil {i}") for i in range(12)]
    until(lambda: all(job.snapshot().look for job in jobs))
    until(lambda: all(job.snapshot().step > 100 for job in jobs))
    steps = {job.token: IdleRun.at_work.count(job.token) for job in jobs}
    assert max(steps.values()) < 4 * min(steps.values())
    until(lambda: {(job.snapshot().share, job.snapshot().others) for job in jobs} == {(2 / 12, 11)})


def test_who_queues_twenty_runs_gets_no_more_than_the_other(idle_board):
    board = idle_board()
    many = [board.submit(LONG, "ann") for _ in range(20)]
    job = board.submit(LONG, "ben")
    assert (job.snapshot().queue_position or 1) <= 2
    until(lambda: job.snapshot().step > 200)
    ann = sum(IdleRun.at_work.count(job.token) for job in many)
    assert ann < 2 * IdleRun.at_work.count(job.token) + 200


def test_two_pupils_pause_and_a_third_starts(idle_board):
    board = idle_board(slots=2)
    paused = [board.submit(LONG, name) for name in ("ann", "ben")]
    for job in paused:
        until(lambda job=job: state(job) == "running")
        job.pause()
        until(lambda job=job: state(job) == "paused")
    third = board.submit(LONG, "cat")
    until(lambda: third.snapshot().step > 0, 10)
    made = [job.snapshot().step for job in paused]
    until(lambda: third.snapshot().step > 100)
    assert [job.snapshot().step for job in paused] == made
    paused[0].step()
    until(lambda: paused[0].snapshot().step == made[0] + 1, 10)
    assert state(paused[0]) == "paused" and third.snapshot().share == 1.0
    paused[0].resume()
    until(lambda: state(paused[0]) == "running" and paused[0].snapshot().step > made[0] + 10)


def test_a_run_that_waits_at_step_0_takes_no_turns(idle_board):
    board = idle_board()
    waiting = board.submit(LONG, "ann", paused=True)
    until(lambda: state(waiting) == "paused")
    other = board.submit(LONG, "ben")
    until(lambda: other.snapshot().step > 50)
    assert waiting.snapshot().step == 0 and other.snapshot().share == 1.0


def test_who_waits_is_told_the_place_and_the_time_as_soon_as_turns_have_been_measured(idle_board, monkeypatch):
    monkeypatch.setattr(crew, "FIRST_SECONDS", 0.5)
    board = idle_board()
    jobs = [board.submit(LONG, f"pupil {i}") for i in range(6)]
    until(lambda: state(jobs[0]) == "running")
    until(lambda: [job.snapshot().queue_position for job in jobs] == [None, 1, 2, 3, 4, 5])
    assert {job.snapshot().queue_length for job in jobs[1:]} == {5}
    until(lambda: jobs[5].snapshot().wait_seconds)
    told = jobs[5].snapshot().wait_seconds
    assert 0.0 < told < 10.0
    until(lambda: jobs[5].snapshot().look)
    assert jobs[5].snapshot().queue_position is None and jobs[5].snapshot().wait_seconds is None


def test_a_worker_without_work_takes_runs_over_from_another(idle_board):
    board = idle_board(slots=2)
    first = board.submit(LONG, "ann")
    until(lambda: state(first) == "running")
    jobs = [first, *(board.submit(JobSpec("digits", MODEL, TrainConfig(epochs=20)), f"pupil {i}") for i in range(3))]
    jobs.append(board.submit(LONG, "ben"))
    until(lambda: all(state(job) == "finished" for job in jobs[1:4]))

    def desks():
        return {id(entry.desk) for entry in board.crew.entries.values()}

    until(lambda: len(desks()) == 2 and None not in desks())
    count = len(IdleRun.at_work)
    until(lambda: len(IdleRun.at_work) > count + 100)
    recent = IdleRun.at_work[count:]
    assert min(recent.count(first.token), recent.count(jobs[4].token)) > 20


def test_a_worker_that_came_while_turns_changed_takes_a_run_over_at_the_next_change(idle_board, monkeypatch):
    board = idle_board()
    jobs = [board.submit(LONG, name) for name in ("ann", "ben")]
    until(lambda: all(job.snapshot().step > 0 for job in jobs))
    with monkeypatch.context() as patch:
        patch.setattr(Desk, "is_busy_with", lambda desk, entry: True)  # the one run no more, the other not yet
        with board.crew.lock:
            board.crew.slots = 2
            board.crew.deal()
        until(lambda: len(board.crew.desks) == 2 and board.crew.desks[1].is_free)
    until(lambda: len({id(entry.desk) for entry in board.crew.entries.values()} - {id(None)}) == 2)


def test_commands_for_a_run_that_has_not_begun(idle_board, monkeypatch):
    monkeypatch.setattr(crew, "FIRST_SECONDS", 1000.0)
    board = idle_board()
    first, second, third, fourth = (board.submit(LONG, "ann") for _ in range(4))
    until(lambda: state(first) == "running")
    second.pause()
    assert state(second) == "queued", "a queued job cannot be paused"
    second.stop()
    assert state(second) == "stopped" and second.snapshot().message == "stopped before it began" and second.wait(0)
    assert second.model_path is None and not second.folder.exists()
    for _ in range(2):
        third.close()
        third.stop()
    assert state(third) == "stopped" and third.wait(0) and state(fourth) == "queued"
    until(lambda: fourth.snapshot().queue_position == 1)
    first.stop()
    until(lambda: state(fourth) == "running")


def test_a_hundred_abandoned_sessions_leave_nothing_after_the_grace(idle_board):
    before = {thread.name for thread in threading.enumerate()}
    board = idle_board(slots=2)
    visitors = Visitors(lambda visitor: [job.token for job in board.forget(visitor)], grace=0.2)
    for i in range(100):
        visitors.arrive(f"pupil {i}", f"session {i}")
        visitors.belongings(f"pupil {i}")["uploads"] = {}
        board.submit(LONG, f"pupil {i}", paused=i % 3 == 0)
    until(lambda: sum(state(job) != "queued" for job in board.all_jobs.values()) > 20)
    for i in range(100):
        visitors.leave(f"pupil {i}", f"session {i}")
    until(lambda: not board.all_jobs and not board.crew.entries)
    until(lambda: not any(isinstance(thread, threading.Timer) for thread in threading.enumerate()))
    assert len(board.crew.turns) == 0 and all(not desk.entries for desk in board.crew.desks)
    assert list(board.folder.glob("*")) == [] if board.folder.exists() else True
    board.shutdown()
    until(lambda: {thread.name for thread in threading.enumerate()} <= before)


# -- the same numbers, whatever happens --------------------------------------------------------------------------


def spec(seed, epochs=4):
    return JobSpec("digits", MODEL, TrainConfig(epochs=epochs, seed=seed))


def trained_alone(job):
    """The tensors of the job's model, by `fit` alone, after as many steps."""
    algorithm, generator = start(job.spec.model_config, job.spec.train_config)
    for event in fit(algorithm, load_data("digits"), generator=generator):
        if event.step == job.snapshot().step:
            return algorithm.vae.state_dict()


def assert_undisturbed(job):
    model, expected = load_model(job.model_path).state_dict(), trained_alone(job)
    assert all(torch.equal(model[name], expected[name]) for name in expected)


def test_runs_in_turns_are_those_of_undisturbed_ones(make_board):
    board = make_board()
    jobs = [board.submit(spec(seed), f"pupil {seed}") for seed in range(3)]
    for job in jobs:
        assert job.wait(DEADLINE) and state(job) == "finished"
        assert_undisturbed(job)


def test_runs_beyond_those_in_memory_wait_as_checkpoints_and_nothing_changes(make_board, monkeypatch):
    monkeypatch.setattr(crew, "RUNS_IN_MEMORY", 2)
    board = make_board()
    paused = board.submit(spec(9, epochs=1000), "ann")
    until(lambda: paused.snapshot().step > 0)
    paused.pause()
    until(lambda: state(paused) == "paused")
    made = paused.snapshot().step
    jobs = [board.submit(spec(seed), f"pupil {seed}") for seed in range(4)]
    for job in jobs:
        assert job.wait(DEADLINE) and state(job) == "finished"
        assert_undisturbed(job)
        steps = [record.step for record in job.snapshot().history.records]
        assert steps == sorted(set(steps)) and steps[-1] == 60
    assert state(paused) == "paused" and paused.snapshot().step == made
    paused.step()
    until(lambda: paused.snapshot().step == made + 1)
    paused.stop()
    until(lambda: state(paused) == "stopped")
    assert_undisturbed(paused)


@pytest.mark.parametrize("command", ["resume", "step", "stop", "close"])
def test_commands_reach_a_run_that_is_no_longer_in_memory(make_board, monkeypatch, command):
    monkeypatch.setattr(crew, "RUNS_IN_MEMORY", 1)
    board = make_board()
    job = board.submit(LONG, "ann", paused=True)
    until(lambda: state(job) == "paused")
    other = board.submit(LONG, "ben")
    until(lambda: other.snapshot().step > 0 and board.crew.entries[job.token].desk is None)
    getattr(job, command)()
    expected = {"resume": "running", "step": "paused", "stop": "stopped", "close": "stopped"}[command]
    until(lambda: state(job) == expected)
    if command in ("resume", "step"):
        until(lambda: job.snapshot().step > 0)
    if command == "stop":
        assert_undisturbed(job)


class FallibleThread(WorkerThread):
    """A worker that can end in the middle of everything, as a killed process does."""

    pid = 1
    made = []

    def __init__(self):
        super().__init__()
        self.is_lost = threading.Event()
        self.ignores = None  # a command that it is sent and does not live to see
        self.made.append(self)

    def send(self, command):
        if command["command"] != self.ignores:
            super().send(command)

    def messages(self):
        for message in super().messages():
            if self.is_lost.is_set():
                return
            yield message

    def kill(self):
        self.is_lost.set()
        self.hang_up()

    def end(self, patience=None):
        super().end(patience)
        return "the training process was killed by signal 9"


@pytest.fixture
def fallible(monkeypatch):
    monkeypatch.setattr(FallibleThread, "made", [])
    monkeypatch.setattr(clerk, "resident_bytes", lambda pid: 0)
    monkeypatch.setattr(clerk, "CHECK_SECONDS", 0.02)
    monkeypatch.setattr(crew, "SHUTDOWN_SECONDS", DEADLINE)
    monkeypatch.setattr(workers, "CLOSE_SECONDS", DEADLINE)  # a thread's folders are locked until it has ended
    return FallibleThread


def test_what_a_killed_worker_held_goes_on_elsewhere_with_nothing_lost(make_board, fallible):
    board = make_board(fallible)
    paused = board.submit(spec(7, epochs=1000), "ann")
    until(lambda: paused.snapshot().step > 5)
    paused.pause()
    until(lambda: state(paused) == "paused")
    made = paused.snapshot().step
    jobs = [board.submit(spec(seed, epochs=8), f"pupil {seed}") for seed in range(2)]
    until(lambda: all(job.snapshot().step > 10 for job in jobs))
    fallible.made[0].kill()
    for job in jobs:
        assert job.wait(DEADLINE) and state(job) == "finished" and job.snapshot().message == ""
        assert_undisturbed(job)
    assert state(paused) == "paused" and paused.snapshot().step == made
    paused.step()
    until(lambda: paused.snapshot().step == made + 1)
    paused.stop()
    until(lambda: state(paused) == "stopped")
    assert_undisturbed(paused)
    assert len(fallible.made) == 2


@pytest.mark.parametrize("command", ["pause", "resume", "step", "stop"])
def test_a_command_that_a_worker_did_not_live_to_obey_is_obeyed_by_the_next_one(make_board, fallible, command):
    board = make_board(fallible)
    job, other = board.submit(LONG, "ann", paused=command in ("resume", "step")), board.submit(LONG, "ben")
    until(lambda: state(job) in ("running", "paused") and other.snapshot().step > 0)
    first = fallible.made[0]
    first.ignores = command
    getattr(job, command)()
    if command == "step":
        job.step()
    first.kill()
    if command == "step":
        until(lambda: job.snapshot().step == 2)
    expected = {"pause": "paused", "resume": "running", "step": "paused", "stop": "stopped"}[command]
    until(lambda: state(job) == expected)
    made = other.snapshot().step
    until(lambda: other.snapshot().step > made)
    assert state(job) == expected and len(fallible.made) == 2
    if command == "step":
        assert job.snapshot().step == 2, "each press is one step"
    if command == "stop":
        assert_undisturbed(job)


def test_a_clerk_whose_work_fails_once_goes_on(make_board, fallible, monkeypatch, capsys):
    failures = []

    def bytes_of(pid):
        if not failures:
            failures.append(pid)
            raise RuntimeError("can't start new thread")
        return 0

    monkeypatch.setattr(clerk, "resident_bytes", bytes_of)
    board = make_board(fallible, limit=10**9)
    jobs = [board.submit(LONG, name) for name in ("ann", "ben", "cat")]
    until(lambda: failures and all(job.snapshot().step > 0 for job in jobs))
    assert "can't start new thread" in capsys.readouterr().err


def test_a_run_that_ends_its_workers_is_given_up_alone(make_board, fallible):
    board = make_board(fallible)
    bad, good = board.submit(spec(1, epochs=10_000), "ann"), board.submit(spec(2), "ben")
    killed = 0
    while state(bad) != "failed":
        with board.crew.lock:
            desk = next(iter(board.crew.desks), None)
            if desk and desk.at_work is board.crew.entries.get(bad.token) is not None:
                killed += 1
                desk.worker.kill()
                board.crew.lock.release()
                until(lambda desk=desk: desk not in board.crew.desks)
                board.crew.lock.acquire()
        time.sleep(0.005)
    assert killed == crew.MOST_FALLS + 1 and bad.wait(0)
    assert "killed by signal 9" in bad.snapshot().message and "3 times" in bad.snapshot().message
    assert good.wait(DEADLINE) and state(good) == "finished"
    assert_undisturbed(good)


def test_a_worker_above_the_memory_limit_ends_with_its_largest_run_and_the_others_go_on(
    make_board, fallible, monkeypatch
):
    board = make_board(fallible, limit=10**9)
    large = board.submit(JobSpec("digits", MODEL.replace(hidden_dims=(700,)), LONG.train_config), "ann")
    small = board.submit(spec(3, epochs=20), "ben")
    until(lambda: large.snapshot().step > 0 and small.snapshot().step > 0)
    first = fallible.made[0]
    monkeypatch.setattr(clerk, "resident_bytes", lambda pid: 0 if first.is_lost.is_set() else 2 * 10**9)
    assert large.wait(DEADLINE) and state(large) == "failed"
    assert large.snapshot().message == (
        "training was stopped because it took more than 1.0 GB of memory; lower hidden_dims, which is 700"
    )
    assert small.wait(DEADLINE) and state(small) == "finished"
    assert_undisturbed(small)


def test_where_little_memory_is_left_runs_that_wait_are_parked(make_board, fallible, monkeypatch):
    board = make_board(fallible, limit=10**9)
    paused = board.submit(LONG, "ann", paused=True)
    until(lambda: state(paused) == "paused")
    monkeypatch.setattr(clerk, "resident_bytes", lambda pid: 8 * 10**8)
    until(lambda: board.crew.entries[paused.token].desk is None)
    assert state(paused) == "paused" and (paused.folder / "checkpoint.safetensors").exists()


def test_the_largest_batch_is_named_where_it_takes_the_memory():
    from aevb_lab.jobs.memory import too_large

    config = TrainConfig(batch_size=1500, num_samples=1)
    assert "lower batch_size, which is 1500" in too_large(JobSpec("digits", MODEL, config), 10**9)
    config = TrainConfig(batch_size=10, num_samples=5000)
    assert "lower num_samples, which is 5000" in too_large(JobSpec("digits", MODEL, config), 10**9)


def test_a_branch_begins_at_its_parents_model(make_board):
    algorithm, _ = start(MODEL, TrainConfig(seed=8))
    point = BranchPoint("parent", 4, 400, pack_model(algorithm.vae))
    job = make_board().submit(JobSpec("digits", MODEL, LONG.train_config, point), "ann", paused=True)
    until(lambda: state(job) == "paused")
    job.stop()
    assert job.wait(DEADLINE) and state(job) == "stopped"
    model = load_model(job.model_path).state_dict()
    assert all(torch.equal(tensor, model[name]) for name, tensor in algorithm.vae.state_dict().items())


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="uses signals")
def test_a_killed_process_is_replaced_and_its_run_goes_on_from_the_checkpoint(make_board):
    import signal

    board = make_board(WorkerProcess)
    slow = MODEL.replace(hidden_dims=(500, 500))  # few steps a second, which the test makes again
    job = board.submit(JobSpec("digits", slow, LONG.train_config.replace(batch_size=500)), "ann")
    until(lambda: job.snapshot().step > 5)
    with board.crew.lock:
        os.kill(board.crew.desks[0].worker.pid, signal.SIGKILL)
        made = job.snapshot().step
    until(lambda: job.snapshot().step > made and state(job) == "running")
    job.stop()
    assert job.wait(DEADLINE) and state(job) == "stopped"
    assert_undisturbed(job)
