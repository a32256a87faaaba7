"""The worker's conversation, in process with a full queue of commands (no timing), and over real pipes. (Longer than
other files: one conversation, whose parts share their messages.)"""

import base64
import contextlib
import json
import os
import queue
import shutil
import subprocess
import sys
import threading
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from vae_core import AEVB, VAE, History, ModelConfig, Record, TrainConfig, live_run, load_checkpoint, load_model, worker
from vae_core.cli.main import main
from vae_core.data.datasets import REPOSITORY
from vae_core.errors import NonFiniteBound
from vae_core.files import read_tensors
from vae_core.frames import load_frames
from vae_core.latent import decoded_means, encoded_means, grid_axis, image_means, map_cells
from vae_core.live_run import Rate
from vae_core.looks import look_at, look_points
from vae_core.models import model_header
from vae_core.runs import open_run, run
from vae_core.training import fit, start
from vae_core.worker import serve

pytestmark = pytest.mark.usefixtures("global_randomness_untouched")
DEADLINE = 240  # a watchdog against hanging, never a measure of speed
MODEL = ModelConfig(data_dim=6, image_shape=(2, 3), latent_dim=2, hidden_dims=(7,))
TRAIN = TrainConfig(epochs=4, batch_size=5, binarization="none")  # 5 steps an epoch, of 5, 5, 5, 5 and 3 images
TOTAL = 20


@pytest.fixture
def talk(monkeypatch, dataset):
    """Give all commands at once, and return all messages."""
    monkeypatch.setattr(worker, "load_data", lambda name: dataset)

    def talk(*commands):
        inbox, messages = queue.SimpleQueue(), []
        for command in commands:
            inbox.put({"command": command} if isinstance(command, str) else command)
        serve(inbox, messages.append)
        json.dumps(messages, allow_nan=False)
        return messages

    return talk


def start_command(folder, train_config=TRAIN, model_config=MODEL, data="toy", **more):
    configs = {"model_config": model_config.to_dict(), "train_config": train_config.to_dict()}
    return {"command": "start", "folder": str(folder), "data": data, **configs, **more}


def of_kind(messages, kind):
    return [message for message in messages if message["event"] == kind]


def states(messages):
    return [message["state"] for message in of_kind(messages, "state")]


def assert_same_model(folder, other):
    (a, _), (b, _) = read_tensors(folder / "model.safetensors"), read_tensors(other / "model.safetensors")
    assert a.keys() == b.keys()
    assert all(torch.equal(a[name], b[name]) for name in a)


def model_after(steps, dataset):
    """The tensors that plain `fit` gives after so many steps."""
    algorithm, generator = start(MODEL, TRAIN)
    for event in fit(algorithm, dataset, generator=generator):
        if event.step == steps:
            return algorithm.vae.state_dict()


def assert_model_is(folder, expected):
    tensors = load_model(folder / "model.safetensors").state_dict()
    assert all(torch.equal(tensors[name], expected[name]) for name in expected)


# -- a whole run -------------------------------------------------------------------------------------------------


def test_a_whole_run_says_all_that_happens(talk, tmp_path, dataset):
    messages = talk(start_command(tmp_path / "run"))
    assert states(messages) == ["starting", "running", "finished"]
    assert messages[-1]["event"] == "state"
    records = [{k: v for k, v in message.items() if k != "event"} for message in of_kind(messages, "record")]
    history = History.from_json((tmp_path / "run" / "history.json").read_text())
    about = {"data": "toy", "binarization": "none", "records": records, "fingerprint": dataset.fingerprint}
    assert history == History.from_dict(about)
    last = of_kind(messages, "progress")[-1]
    assert (last["step"], last["total_steps"], last["samples_seen"], last["epoch"]) == (TOTAL, TOTAL, 4 * 23, 4.0)
    assert last["seconds_left"] == 0.0 and last["images_per_second"] > 0 and last["learning_rate"] == 1e-3
    assert of_kind(messages, "look")[-1]["step"] == TOTAL
    assert_model_is(tmp_path / "run", model_after(TOTAL, dataset))


def test_progress_counts_images_as_the_events_do(talk, tmp_path, dataset):
    commands = ["pause", *["step"] * 7, "stop"]
    progress = of_kind(talk(start_command(tmp_path / "run"), *commands), "progress")
    algorithm, generator = start(MODEL, TRAIN)
    events = {event.step: event for event in fit(algorithm, dataset, generator=generator)}
    assert {message["step"] for message in progress} == set(range(8))
    for message in progress:
        event = events[message["step"]]
        assert (message["samples_seen"], message["epoch"]) == (event.samples_seen, event.epoch)
        assert message["total_steps"] == event.total_steps


def test_the_learning_rate_is_the_one_last_used(talk, tmp_path, dataset):
    config = TRAIN.replace(schedule="cosine", warmup_steps=3)
    progress = of_kind(talk(start_command(tmp_path / "run", config), "pause", *["step"] * 6, "stop"), "progress")
    algorithm, generator = start(MODEL, config)
    events = {event.step: event for event in fit(algorithm, dataset, generator=generator)}
    rates = {message["step"]: message["learning_rate"] for message in progress if message["step"]}
    assert rates == {step: events[step].info.learning_rate for step in range(1, 7)}


def test_looking_never_changes_the_run(talk, tmp_path):
    often = talk(start_command(tmp_path / "often", look_every=0.0))
    never = talk(start_command(tmp_path / "never", look_every=None))
    assert len(of_kind(often, "look")) > 1 and not of_kind(never, "look")
    assert_same_model(tmp_path / "often", tmp_path / "never")


@pytest.mark.parametrize("name", ["wake_sleep", "mcem", "full_vb"])
def test_every_algorithm_trains_here_as_it_does_elsewhere(talk, tmp_path, dataset, name):
    config = TRAIN.replace(algorithm=name)
    messages = talk(start_command(tmp_path / "here", config))
    for _ in run(tmp_path / "elsewhere", dataset, MODEL, config):
        pass
    assert states(messages)[-1] == "finished"
    assert_same_model(tmp_path / "here", tmp_path / "elsewhere")
    history = History.from_json((tmp_path / "elsewhere/history.json").read_text())
    records = [{k: v for k, v in message.items() if k != "event"} for message in of_kind(messages, "record")]
    assert [Record(**record) for record in records] == history.records
    look = of_kind(messages, "look")[-1]
    vae = load_model(tmp_path / "here/model.safetensors")
    assert look["means_of"] == ("p(z|x)" if name == "mcem" else "q(z|x)")
    assert np.array_equal(decode_look(look)[0], image_means(vae, dataset.x_test, look["means_of"]).half().numpy())


def test_a_model_without_pictures_of_its_own_goes_on_and_a_look_has_those_of_the_others(talk, tmp_path, monkeypatch):
    def fail(*args, **options):
        raise NonFiniteBound("log p(x|z) is nan")

    config = TRAIN.replace(algorithm="mcem")
    own = of_kind(talk(start_command(tmp_path / "whole", config)), "look")[-1]
    assert own["own_shape"] == [2, 8, MODEL.data_dim] and len(base64.b64decode(own["own"])) == 16 * MODEL.data_dim
    monkeypatch.setattr("vae_core.mcem.MCEM.own_pictures", fail)
    messages = talk(start_command(tmp_path / "without", config))
    assert states(messages)[-1] == "finished" and "own" not in of_kind(messages, "look")[-1]
    assert_same_model(tmp_path / "whole", tmp_path / "without")


def test_pauses_and_single_steps_do_not_change_the_run(talk, tmp_path):
    talk(start_command(tmp_path / "halting"), "pause", "step", "step", "pause", "resume", "pause", "step", "resume")
    talk(start_command(tmp_path / "straight"))
    assert_same_model(tmp_path / "halting", tmp_path / "straight")


# -- commands ----------------------------------------------------------------------------------------------------


def test_single_steps_are_single_and_each_is_reported(talk, tmp_path):
    messages = talk(start_command(tmp_path / "run"), "pause", "step", "step", "step", "stop")
    assert states(messages) == ["starting", "running", "paused", "stopped"]
    paused = messages.index({"event": "state", "state": "paused", "message": ""})
    after = messages[paused:]
    assert [m["step"] for m in of_kind(after, "progress")] == [1, 2, 3, 3]
    assert [m["step"] for m in of_kind(after, "look")] == [1, 2, 3, 3]
    assert messages[paused - 2]["event"] == "progress" and messages[paused - 2]["step"] == 0


def test_resume_goes_on_to_the_end(talk, tmp_path):
    messages = talk(start_command(tmp_path / "run"), "pause", "step", "resume")
    assert states(messages) == ["starting", "running", "paused", "running", "finished"]


def test_commands_that_make_no_sense_now_do_nothing(talk, tmp_path):
    messages = talk(start_command(tmp_path / "run"), "resume", "step", "pause", "pause", "stop")
    assert states(messages) == ["starting", "running", "paused", "stopped"]
    assert of_kind(messages, "progress")[-1]["step"] == 0


def test_stop_keeps_the_model_of_this_step(talk, tmp_path, dataset):
    talk(start_command(tmp_path / "run"), "pause", *["step"] * 7, "stop")
    assert_model_is(tmp_path / "run", model_after(7, dataset))
    assert model_header(tmp_path / "run" / "model.safetensors")["step"] == 7


def test_a_stopped_run_resumes_to_the_same_end_and_tells_its_past(talk, tmp_path):
    first = talk(start_command(tmp_path / "run"), "pause", *["step"] * 7, "stop")
    second = talk(start_command(tmp_path / "run", resume=True))
    whole = talk(start_command(tmp_path / "whole"))
    assert_same_model(tmp_path / "run", tmp_path / "whole")
    assert of_kind(second, "record") == of_kind(whole, "record")
    assert of_kind(first, "record") == of_kind(whole, "record")[: len(of_kind(first, "record"))]


def test_when_nobody_listens_any_more_it_ends_and_keeps_its_state(talk, tmp_path):
    inbox = ["pause", *["step"] * 3]
    messages = talk(start_command(tmp_path / "run"), *inbox, None)
    assert states(messages)[-1] == "paused"
    assert load_checkpoint(tmp_path / "run" / "checkpoint.safetensors")[1].step == 3
    assert not (tmp_path / "run" / "model.safetensors").exists()


def test_closed_before_it_began_it_does_nothing(talk):
    assert talk(None) == []


def test_a_rehearsal_comes_before_the_start_and_changes_nothing(talk, tmp_path, monkeypatch):
    rehearsals = []
    monkeypatch.setattr(worker, "rehearse", lambda: rehearsals.append(1))
    messages = talk("rehearse", start_command(tmp_path / "run"), "pause", "stop")
    assert rehearsals == [1] and states(messages) == ["starting", "running", "paused", "stopped"]


# -- many runs in one worker -------------------------------------------------------------------------------------

NAMES = ("a", "b", "c")
SEEDS = {name: TRAIN.replace(seed=seed) for seed, name in enumerate(NAMES)}
ALGORITHMS = {"a": TRAIN, "b": TRAIN.replace(algorithm="mcem"), "c": TRAIN.replace(algorithm="full_vb", seed=2)}


@pytest.fixture
def host(talk, monkeypatch):
    """Give all commands at once to a worker that hosts named runs, as "command run"; it ends when nothing is left to do."""
    monkeypatch.setattr(worker, "rehearse", lambda: None)

    def host(starts, *commands):
        pairs = [dict(zip(("command", "run"), command.split(), strict=True)) for command in commands]
        return talk("host", *starts, *pairs, None)

    return host


def of_run(messages, name):
    return [message for message in messages if message.get("run") == name and message["event"] != "turn"]


@pytest.mark.parametrize(
    "configs", [pytest.param(SEEDS, id="seeds"), pytest.param(ALGORITHMS, marks=pytest.mark.slow, id="algorithms")]
)
def test_runs_that_take_turns_step_by_step_are_those_of_runs_alone(host, tmp_path, dataset, configs):
    starts = [start_command(tmp_path / name, config, run=name, paused=True) for name, config in configs.items()]
    steps = [f"step {name}" for _ in range(TOTAL) for name in NAMES]
    messages = host(starts, *steps)
    for name, config in configs.items():
        assert states(of_run(messages, name)) == ["starting", "paused", "finished"]
        for _ in run(tmp_path / "alone" / name, dataset, MODEL, config):
            pass
        assert_same_model(tmp_path / name, tmp_path / "alone" / name)
        assert (tmp_path / name / "history.json").read_bytes() == (
            tmp_path / "alone" / name / "history.json"
        ).read_bytes()


def test_a_turn_is_acknowledged_and_its_end_is_told(host, tmp_path):
    starts = [start_command(tmp_path / "a", run="a", paused=True)]
    starts.append(start_command(tmp_path / "b", run="b", paused=True, turn=True))
    messages = host(starts, "turn a", "step a", "turn nobody")
    turns = [message["run"] for message in of_kind(messages, "turn")]
    assert turns == [None, "a", None, "b", None, "a", None, "a", None, "nobody", None], (
        "the first says that it is ready"
    )


def test_a_run_that_is_left_says_where_it_is(talk, tmp_path, monkeypatch):
    """The commands come while the first run trains."""
    monkeypatch.setattr(worker, "rehearse", lambda: None)
    inbox, messages = queue.SimpleQueue(), []

    def emit(message):
        messages.append(message)
        if message["event"] == "progress" and message["run"] == "a" and message["step"] == 3:
            inbox.put({"command": "turn", "run": "b"})
        if message == {"run": "b", "event": "state", "state": "finished", "message": ""}:
            inbox.put(None)

    monkeypatch.setattr(live_run, "PROGRESS_SECONDS", 0.0)
    inbox.put({"command": "host"})
    for name in ("a", "b"):
        inbox.put(start_command(tmp_path / name, run=name))
    inbox.put({"command": "turn", "run": "a"})
    serve(inbox, emit)
    left = [message for message in of_run(messages, "a") if message["event"] in ("progress", "look")]
    assert [(message["event"], message["step"]) for message in left[-2:]] == [("progress", 3), ("look", 3)]
    assert load_checkpoint(tmp_path / "a" / "checkpoint.safetensors")[1].step == 3, "and is saved at the end"


def test_a_parked_run_goes_on_from_its_step_and_says_only_what_is_new(host, talk, tmp_path):
    first = host([start_command(tmp_path / "run", run="a", paused=True)], *["step a"] * 7, "park a", "step a")
    assert first[-1] == {"run": "a", "event": "parked"} and of_kind(first, "progress")[-1]["step"] == 7
    last_step = of_kind(first, "record")[-1]["step"]
    second = host(
        [start_command(tmp_path / "run", run="a", paused=True, resume=True, since=last_step, step=9)], "stop a"
    )
    assert states(second) == ["starting", "paused", "stopped"]
    assert of_kind(second, "progress")[-1]["step"] == 9, "a run that had been farther goes there by itself"
    assert all(message["step"] > last_step for message in of_kind(second, "record"))
    talk(start_command(tmp_path / "alone"), "pause", *["step"] * 9, "stop")
    assert_same_model(tmp_path / "run", tmp_path / "alone")


@pytest.mark.parametrize("command", ["park", "drop", "stop"])
def test_a_run_that_leaves_before_its_first_step_here_lets_others_have_its_folder(host, tmp_path, dataset, command):
    host([start_command(tmp_path / "run", run="a", paused=True)], "step a", "park a")
    again = start_command(tmp_path / "run", paused=True, resume=True)
    messages = host([again | {"run": "b"}], f"{command} b")
    opened = open_run(tmp_path / "run", dataset, MODEL, TRAIN, resume=True)  # FolderInUse while it is locked
    opened.close()
    assert opened.state.step == 1 and states(messages)[:2] == ["starting", "paused"]


def test_a_dropped_run_says_that_it_is_gone_and_what_comes_later_for_it_does_nothing(host, tmp_path):
    messages = host([start_command(tmp_path / "a", run="a", paused=True)], "drop a", "step a", "stop a", "park a")
    assert states(messages) == ["starting", "paused", "stopped"] and messages[-1]["message"] == "closed"


def test_what_fails_in_one_run_harms_no_other(host, tmp_path, monkeypatch):
    whole_step = AEVB.step

    def step(self, x, **options):
        if self.config.seed == 1:
            raise RuntimeError("boom")
        return whole_step(self, x, **options)

    monkeypatch.setattr(AEVB, "step", step)
    starts = [start_command(tmp_path / name, config, run=name, paused=True) for name, config in SEEDS.items()]
    starts.append(start_command(tmp_path / "d", run="d", model_config=MODEL.replace(data_dim=7, image_shape=(1, 7))))
    messages = host(starts, *(f"step {name}" for _ in range(TOTAL) for name in NAMES))
    assert [states(of_run(messages, name))[-1] for name in (*NAMES, "d")] == [
        "finished",
        "failed",
        "finished",
        "failed",
    ]
    assert "image_shape" in of_run(messages, "d")[-1]["message"]


def test_a_folder_that_is_gone_keeps_no_other_run_from_being_saved_at_the_end(monkeypatch, tmp_path, dataset):
    monkeypatch.setattr(worker, "load_data", lambda name: dataset)
    monkeypatch.setattr(worker, "rehearse", lambda: None)
    inbox = queue.SimpleQueue()
    starts = [start_command(tmp_path / name, SEEDS[name], run=name, paused=True) for name in NAMES]
    for command in ({"command": "host"}, *starts, *({"command": "step", "run": name} for name in NAMES), None):
        inbox.put(command)

    def delete_the_first(message):
        if message.get("run") == "c" and message.get("step") == 1:
            shutil.rmtree(tmp_path / "a", ignore_errors=True)

    serve(inbox, delete_the_first)
    assert not (tmp_path / "a").exists()
    assert [load_checkpoint(tmp_path / name / "checkpoint.safetensors")[1].step for name in ("b", "c")] == [1, 1]


def test_runs_of_one_worker_share_their_data(host, tmp_path, monkeypatch, dataset):
    loads = []
    monkeypatch.setattr(worker, "load_data", lambda name: loads.append(name) or dataset)
    host([start_command(tmp_path / name, run=name, paused=True) for name in NAMES])
    assert loads == ["toy"]


# -- failures ----------------------------------------------------------------------------------------------------


def test_divergence_says_so_and_keeps_the_last_good_model(talk, tmp_path, dataset):
    messages = talk(start_command(tmp_path / "run", TRAIN.replace(learning_rate=1e30)))
    assert states(messages) == ["starting", "running", "failed"]
    text = messages[-1]["message"]
    assert "training stopped at step" in text and "smaller learning_rate" in text and "\n" not in text
    vae = load_model(tmp_path / "run" / "model.safetensors")
    assert all(bool(torch.isfinite(tensor).all()) for tensor in vae.state_dict().values())
    step = model_header(tmp_path / "run" / "model.safetensors")["step"]
    assert f"the model of step {step} is kept" in text
    assert of_kind(messages, "progress")[-1]["step"] == step == of_kind(messages, "look")[-1]["step"]


@pytest.mark.parametrize(
    "error, text", [(RuntimeError("boom\nand more"), "RuntimeError: boom"), (ValueError("full\nof it"), "full")]
)
def test_any_other_failure_is_one_line(talk, tmp_path, monkeypatch, capsys, error, text):
    def fail(*args, **options):
        raise error

    monkeypatch.setattr(AEVB, "step", fail)
    messages = talk(start_command(tmp_path / "run"))
    assert states(messages)[-1] == "failed"
    assert text in messages[-1]["message"] and "\n" not in messages[-1]["message"]
    assert capsys.readouterr().out == ""


def test_a_failure_keeps_the_last_saved_state_as_a_model(talk, tmp_path, monkeypatch):
    monkeypatch.setattr("vae_core.runs.CHECKPOINT_SECONDS", -1.0)
    whole_step = AEVB.step

    def fail_later(self, x, *, step, **options):
        if step == 3:
            raise RuntimeError("boom")
        return whole_step(self, x, step=step, **options)

    monkeypatch.setattr(AEVB, "step", fail_later)
    messages = talk(start_command(tmp_path / "run"))
    assert messages[-1]["message"] == "RuntimeError: boom"
    assert (
        model_header(tmp_path / "run" / "model.safetensors")["step"] == 3 == of_kind(messages, "progress")[-1]["step"]
    )


def test_a_folder_with_a_run_is_refused_and_left_alone(talk, tmp_path):
    talk(start_command(tmp_path / "run"), "pause", "stop")
    (tmp_path / "run" / "model.safetensors").unlink()
    messages = talk(start_command(tmp_path / "run"))
    assert states(messages) == ["starting", "failed"] and "already holds a run" in messages[-1]["message"]
    assert not (tmp_path / "run" / "model.safetensors").exists()


@pytest.mark.parametrize("first", [{"command": "pause"}, {}, {"command": "start"}])
def test_a_wrong_first_command_is_a_failure(talk, first):
    assert states(talk(first))[-1] == "failed"


def test_an_unknown_command_is_a_failure_that_names_the_known_ones(talk, tmp_path):
    messages = talk(start_command(tmp_path / "run"), "pase")
    assert states(messages)[-1] == "failed"
    assert "one of pause, resume, step, stop, got 'pase'" in messages[-1]["message"]


# -- looks and rates ---------------------------------------------------------------------------------------------


@pytest.fixture
def vae_2d():
    return VAE(MODEL, generator=torch.Generator().manual_seed(0))


def decode_look(look):
    means = np.frombuffer(base64.b64decode(look["means"]), np.float16).reshape(look["means_shape"])
    return means, np.frombuffer(base64.b64decode(look["pictures"]), np.uint8).reshape(look["pictures_shape"])


def test_a_look_is_what_exploration_gives(vae, dataset):
    means, pictures = decode_look(look_at(vae, dataset.x_test))
    assert np.array_equal(means, encoded_means(vae, dataset.x_test).half().numpy())
    expected = decoded_means(vae, look_points(4)).mul(255).round().to(torch.uint8).numpy()
    assert pictures.shape == (10, 10, 6) and np.array_equal(pictures, expected)


def test_the_points_of_a_look():
    assert look_points(1).shape == (1, 20, 1) and look_points(2).shape == (20, 20, 2)
    axis = grid_axis(20)
    assert torch.equal(look_points(2)[0, 0], torch.stack([axis[0], axis[-1]]))  # top left
    assert torch.equal(look_points(3), look_points(3)) and look_points(3).shape == (10, 10, 3)


@pytest.mark.parametrize(("farthest", "reach"), [(0.5, 3.5), (3.4, 4.375), (4.0, 4.375), (4.3, 5.46875)])
def test_a_look_decodes_as_far_as_its_means_lie(vae_2d, dataset, monkeypatch, farthest, reach):
    means = torch.zeros(3, 2)
    means[1, 0] = -farthest
    monkeypatch.setattr("vae_core.looks.image_means", lambda *_: means)
    _, pictures = decode_look(look_at(vae_2d, dataset.x_test))
    expected = decoded_means(vae_2d, look_points(2, map_cells((2, 3)), reach)).mul(255).round().to(torch.uint8).numpy()
    assert np.array_equal(pictures, expected) and float(look_points(2, 12, reach).max()) == pytest.approx(
        reach * 11 / 12
    )


def test_there_is_no_look_at_what_is_not_finite(vae, dataset):
    vae.decoder[0].weight.data.fill_(float("nan"))
    assert look_at(vae, dataset.x_test) is None


def test_the_rate_leaves_waits_out_and_forgets(monkeypatch):
    clock = SimpleNamespace(now=0.0)
    monkeypatch.setattr(live_run, "time", SimpleNamespace(monotonic=lambda: clock.now))
    rate = Rate()
    assert rate.measure(0) is None
    clock.now = 1.0
    assert rate.measure(100) == 100.0
    clock.now = 61.0
    rate.skip(59.0)  # only one of these 60 seconds was training
    assert rate.measure(200) == 100.0
    for second in range(1, 10):
        clock.now += 1.0
        last = rate.measure(200 + 500 * second)
    assert last == 500.0


def test_the_rate_of_a_run_leaves_its_pauses_out(monkeypatch, dataset, tmp_path):
    clock = SimpleNamespace(now=0.0)

    class SlowQueue(queue.SimpleQueue):
        """Somebody takes ten minutes before each command."""

        def get(self):
            clock.now += 600.0
            return super().get()

    def monotonic():
        clock.now += 0.01
        return clock.now

    monkeypatch.setattr(live_run, "time", SimpleNamespace(monotonic=monotonic, thread_time=lambda: 0.0))
    monkeypatch.setattr(worker, "load_data", lambda name: dataset)
    inbox, messages = SlowQueue(), []
    for command in (start_command(tmp_path / "run"), *({"command": c} for c in ("pause", "step", "step", "stop"))):
        inbox.put(command)
    serve(inbox, messages.append)
    assert of_kind(messages, "progress")[-1]["images_per_second"] > 10


# -- the process -------------------------------------------------------------------------------------------------

PRELUDE = f"""
import os, sys, time
sys.path.insert(0, {str(REPOSITORY)!r})
from vae_core import worker
load_data = worker.load_data
"""


@pytest.fixture
def launch():
    """Start a worker process, by default the real one; whatever happens, it is gone after the test or the deadline."""
    processes, watchdogs = [], []

    def launch(*command):
        process = subprocess.Popen(
            [sys.executable, *(command or ("-m", "vae_core.worker"))],
            cwd=REPOSITORY,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        processes.append(process)
        watchdogs.append(threading.Timer(DEADLINE, process.kill))
        watchdogs[-1].start()
        return process

    yield launch
    for watchdog in watchdogs:
        watchdog.cancel()
    for process in processes:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout, process.stderr):
            with contextlib.suppress(OSError):
                pipe.close()


def say(process, command):
    process.stdin.write(json.dumps(command) + "\n")
    process.stdin.flush()


def listen(process, until):
    """Messages up to the first one that `until` accepts."""
    messages = []
    for line in process.stdout:
        messages.append(json.loads(line))
        if until(messages[-1]):
            return messages
    raise AssertionError(
        f"the worker ended or was killed at the deadline after {len(messages)} messages: {messages[-1:]}"
    )


def ends_with_its_stdin(process):
    process.stdin.close()
    return process.wait(DEADLINE) == 0


def test_a_digits_run_is_bit_equal_to_the_command_lines(tmp_path, launch):
    config, digits = TrainConfig(epochs=5, seed=3), ModelConfig(64, (8, 8), hidden_dims=(50,))
    process = launch()
    say(process, start_command(tmp_path / "worker", config, digits, data="digits"))
    flags = ["--data", "digits", "--hidden", "50", "--epochs", "5", "--seed", "3", "--out", str(tmp_path / "cli")]
    assert main(["train", *flags]) == 0
    messages = listen(process, lambda m: m.get("state") in ("finished", "failed"))
    assert messages[-1]["state"] == "finished"
    assert process.wait(DEADLINE) == 0
    assert_same_model(tmp_path / "worker", tmp_path / "cli")
    assert (tmp_path / "worker" / "history.json").read_bytes() == (tmp_path / "cli" / "history.json").read_bytes()
    frames, others = (load_frames(tmp_path / name / "frames.safetensors") for name in ("worker", "cli"))
    assert [frame.step for frame in frames] == [frame.step for frame in others]
    looks = of_kind(messages, "look")
    assert looks[-1]["step"] == 75 and looks[-1]["means_shape"] == [297, 2]
    assert looks[-1]["pictures_shape"] == [12, 12, 64]
    assert process.stderr.read() == ""


def test_it_ends_with_its_stdin_while_training_and_while_waiting(tmp_path, launch):
    training, waiting = launch(), launch()
    say(training, start_command(tmp_path / "run", TrainConfig(epochs=20_000), ModelConfig(64, (8, 8)), data="digits"))
    assert listen(training, lambda m: m.get("step", 0) > 0)[-1]["step"] > 0
    assert ends_with_its_stdin(training)
    assert ends_with_its_stdin(waiting)
    assert load_checkpoint(tmp_path / "run" / "checkpoint.safetensors")[1].step > 0


def test_only_messages_are_on_stdout_and_it_ends_with_its_stdin_whatever_it_is_doing(tmp_path, launch):
    process = launch(
        "-c",
        f"""
import os, sys, time
sys.path.insert(0, {str(REPOSITORY)!r})
import torch
from vae_core import worker
def load_data(name):
    print("stray")
    os.write(1, b"raw\\n")
    print(torch.get_num_threads(), os.nice(0) if hasattr(os, "nice") else 10, flush=True)
    time.sleep(1000)
worker.load_data = load_data
worker.main()
""",
    )
    niceness = os.nice(0) if hasattr(os, "nice") else 0
    say(process, start_command(tmp_path / "run"))
    assert listen(process, lambda m: True) == [{"event": "state", "state": "starting", "message": ""}]
    assert [process.stderr.readline().strip() for _ in range(3)] == ["stray", "raw", f"1 {min(niceness + 10, 19)}"]
    assert ends_with_its_stdin(process)
    assert process.stdout.read() == ""


def test_a_line_that_is_no_json_is_a_failure_not_a_traceback(launch):
    process = launch()
    process.stdin.write("hello\n")
    process.stdin.flush()
    message = listen(process, lambda m: m.get("state") == "failed")[-1]
    assert "the first command must be 'start', got 'hello'" in message["message"]
    assert process.wait(DEADLINE) == 0


def test_a_worker_gets_ready_without_data_too(monkeypatch, tmp_path):
    """The digits are not there where VAE_DATA_DIR is mistyped; then each run says so, and the worker lives."""
    monkeypatch.setenv("VAE_DATA_DIR", str(tmp_path / "mistyped"))
    worker.rehearse()
