"""Devices and processes: two gloo processes against one, and CUDA.

Run as a program, this file is one of the two processes.
"""

import os
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from vae_core import (
    DataError,
    Dataset,
    FitState,
    History,
    ModelConfig,
    TrainConfig,
    TrainingDiverged,
    load_checkpoint,
    training,
)
from vae_core.bounds import Bound
from vae_core.cli.main import main
from vae_core.data.datasets import DATASETS, DatasetRecord
from vae_core.errors import ProcessLost
from vae_core.parallel import ALONE, Group, choose_device, joined, launched
from vae_core.runs import has_checkpoint, join_run, open_run
from vae_core.training import fit, start

REPOSITORY = Path(__file__).resolve().parent.parent
MODEL = ModelConfig(data_dim=6, image_shape=(2, 3), latent_dim=4, hidden_dims=(7,))
PLAIN = TrainConfig(epochs=3, batch_size=11, learning_rate=0.01)  # 23 images: minibatches of 11, 11 and 1
CASES = {
    "plain": (MODEL, PLAIN),
    "map": (MODEL, PLAIN.replace(objective="map", estimator="A", num_samples=2, optimizer="adagrad")),
    "gaussian": (
        MODEL.replace(likelihood="gaussian", variance="per_pixel", hidden_dims=()),
        PLAIN.replace(binarization="none", beta=0.5, schedule="cosine"),
    ),
}
STOP = 4  # a run has 9 steps


def toy(name: str = "toy") -> Dataset:
    x = torch.rand(34, 6, generator=torch.Generator().manual_seed(7))
    return Dataset(name, x[:23], x[23:], None, None, (2, 3), "dynamic")


def train(folder: Path, case: str, group: Group = ALONE, stop: int | None = None) -> None:
    if group.rank == 0:
        run = open_run(folder, toy(), *CASES[case], resume=has_checkpoint(folder), group=group)
    else:
        run = join_run(toy(), device="cpu", group=group)
    for event in run.events:
        if event.step == stop:
            break
    run.events.close()


# -- two processes -----------------------------------------------------------------------------------------------


def be_one_of_two(folder: Path, ports: list[str]) -> None:
    """All that the tests below look at, in one pair of processes: starting them takes longer than training."""
    rank = os.environ["RANK"]
    os.environ["MASTER_PORT"] = ports[0]
    with joined(torch.device("cpu")) as group:
        for case in CASES:
            train(folder / f"{case} 2", case, group)
        train(folder / "two parts", "plain", group, STOP)
        train(folder / "two parts", "plain", group)
        train(folder / "one then two", "plain", group)  # begun by the test, alone
        train(folder / "two then one", "plain", group, STOP)
    DATASETS["toy"] = DatasetRecord("toy", lambda record: toy())
    os.environ["MASTER_PORT"] = ports[1]
    line = "train --data toy --hidden 7 --epochs 3 --batch-size 11 --device cpu --lr 1e6 --out"
    code = main([*line.split(), str(folder / "diverged")])
    (folder / f"diverged exit {rank}").write_text(str(code))
    assert main(["list"]) == 2
    os.environ["MASTER_PORT"] = ports[2]
    with pytest.raises(ProcessLost) as lost, joined(torch.device("cpu")) as group:
        if rank == "1":
            with pytest.raises(DataError, match="toy must be the same in every process: here the images are not"):
                join_run(replace(toy(), x_train=toy().x_test), device="cpu", group=group)
            os._exit(0)
        train(folder / "lost", "plain", group)
    (folder / "lost.txt").write_text(str(lost.value))


def free_ports(count: int) -> list[str]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [str(s.getsockname()[1]) for s in sockets]
    for s in sockets:
        s.close()
    return ports


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """The folder in which a pair of processes has trained, and what they printed."""
    folder = tmp_path_factory.mktemp("pair")
    train(folder / "one then two", "plain", stop=STOP)
    command = [sys.executable, "-m", "tests.test_parallel", str(folder), *free_ports(3)]
    both = []
    for rank in "01":
        rendezvous = {"RANK": rank, "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "OMP_NUM_THREADS": "1"}
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "cwd": REPOSITORY}
        both.append(subprocess.Popen(command, env=os.environ | rendezvous, **pipes))
    try:
        printed = [process.communicate(timeout=180) for process in both]
    finally:
        for process in both:
            process.kill()
    assert [process.returncode for process in both] == [0, 0], printed
    return folder, printed


def assert_close(folder: Path, other: Path, tolerance: float):
    (algorithm, state), (other_algorithm, other_state) = (
        load_checkpoint(f / "checkpoint.safetensors") for f in (folder, other)
    )
    tensors, others = algorithm.state_tensors(), other_algorithm.state_tensors()
    assert tensors.keys() == others.keys() and state.step == other_state.step == 9
    for name in tensors:
        torch.testing.assert_close(tensors[name], others[name], rtol=0, atol=tolerance, msg=name)
    assert len(state.history.records) == len(other_state.history.records)
    for a, b in zip(state.history.records, other_state.history.records, strict=True):
        assert (a.step, a.samples_seen) == (b.step, b.samples_seen)
        assert a.test_elbo == pytest.approx(b.test_elbo, abs=tolerance)
        assert (a.train_elbo or 0.0) == pytest.approx(b.train_elbo or 0.0, abs=tolerance)


@pytest.mark.parametrize("case", CASES)
def test_two_processes_train_what_one_does(pair, tmp_path, case):
    train(tmp_path, case)
    assert_close(pair[0] / f"{case} 2", tmp_path, 1e-5)


def test_two_processes_continue_exactly_what_two_began(pair):
    assert_close(pair[0] / "two parts", pair[0] / "plain 2", 0.0)


def test_the_number_of_processes_may_change_when_a_run_continues(pair):
    folder, _ = pair
    train(folder / "two then one", "plain")
    for mixed in ("two then one", "one then two"):
        assert_close(folder / mixed, folder / "plain 2", 1e-5)


def test_a_run_that_diverges_is_kept_and_reported_by_the_first_process_alone(pair):
    folder, ((_, first), (_, second)) = pair
    assert [(folder / f"diverged exit {rank}").read_text() for rank in "01"] == ["2", "0"]
    assert "vae_core, process 0 of 2: training stopped at step " in first and "diverged" not in second
    assert "training stopped" not in second and "steps" not in second, "the progress bar is process 0's"
    assert load_checkpoint(folder / "diverged/checkpoint.safetensors")[1].history.records


def test_the_loss_of_a_process_that_had_other_data_is_named(pair):
    text = (pair[0] / "lost.txt").read_text()
    assert text.startswith("another process of this run has ended or cannot be reached") and "\n" not in text


def test_only_train_runs_on_several_processes(pair):
    for _, error in pair[1]:
        assert "only train runs on several processes; start the other commands without torchrun" in error


def test_rows_are_shared_out_evenly_and_once():
    for count in (0, 1, 7, 100):
        for size in (1, 2, 3, 8):
            parts = [Group(rank, size).rows(count) for rank in range(size)]
            rows = [row for part, _ in parts for row in range(count)[part]]
            assert sorted(rows) == sorted([*range(count)] * parts[0][1]) and len({copies for _, copies in parts}) == 1
            lengths = [len(range(count)[part]) for part, _ in parts]
            assert max(lengths) - min(lengths) <= 1 and (min(lengths) > 0 or count == 0)


# -- devices -----------------------------------------------------------------------------------------------------


def test_auto_is_cuda_where_there_is_one(monkeypatch):
    monkeypatch.delenv("LOCAL_RANK", raising=False)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert choose_device("auto") == choose_device("cpu") == torch.device("cpu")
    with pytest.raises(ValueError, match="device must be cpu or auto on this machine: .* no CUDA device, got 'cuda'"):
        choose_device("cuda")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert choose_device("auto") == choose_device("cuda") == torch.device("cuda", 0)
    assert choose_device("cpu") == torch.device("cpu")
    monkeypatch.setenv("LOCAL_RANK", "1")
    assert choose_device("auto") == torch.device("cuda", 1)
    monkeypatch.setenv("LOCAL_RANK", "2")
    with pytest.raises(
        ValueError, match=r"at most one process for each CUDA device \(=2\), got 3 or more; lower torchrun's"
    ):
        choose_device("auto")
    with pytest.raises(ValueError, match="device must be one of auto, cpu, cuda, got 'tpu'"):
        choose_device("tpu")


@pytest.mark.parametrize(
    "variables, message",
    [
        (
            {"RANK": "abc"},
            "RANK must be a whole number of at least 0, got 'abc': torchrun sets it, so start the command by",
        ),
        ({"RANK": "-1", "WORLD_SIZE": "2"}, "RANK must be a whole number of at least 0, got '-1'"),
        ({"RANK": "1.0"}, "RANK must be a whole number of at least 0, got '1.0'"),
        ({"RANK": "9" * 5000}, "RANK must be a whole number of at least 0, got '9999999999"),
        ({"RANK": "3"}, r"RANK must be below WORLD_SIZE \(=1\), got 3"),
        ({"RANK": "2", "WORLD_SIZE": "2"}, r"RANK must be below WORLD_SIZE \(=2\), got 2"),
        ({"WORLD_SIZE": "two"}, "WORLD_SIZE must be a whole number of at least 1, got 'two'"),
        ({"WORLD_SIZE": "0"}, "WORLD_SIZE must be a whole number of at least 1, got '0'"),
        ({"WORLD_SIZE": "2"}, "MASTER_ADDR must name the machine of process 0, and is not set"),
        (
            {"WORLD_SIZE": "2", "MASTER_ADDR": "x"},
            "MASTER_PORT must be a port of that machine, from 1 to 65535, got nothing",
        ),
        ({"WORLD_SIZE": "2", "MASTER_ADDR": "x", "MASTER_PORT": "99999"}, "MASTER_PORT must be a port .*, got 99999"),
        ({"WORLD_SIZE": "2", "MASTER_ADDR": "x", "MASTER_PORT": "http"}, "MASTER_PORT must be a whole number"),
    ],
)
def test_variables_of_torchrun_that_make_no_sense_are_named(monkeypatch, capsys, variables, message):
    for name in ("RANK", "WORLD_SIZE", "LOCAL_RANK", "MASTER_ADDR", "MASTER_PORT"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ValueError, match=message):
        launched()
    assert main(["list"]) == 2
    error = capsys.readouterr().err
    assert error.startswith("vae_core: ") and error.count("\n") == 1 and "unset RANK" in error


def test_a_local_rank_that_is_no_number_is_named(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setenv("LOCAL_RANK", "first")
    with pytest.raises(ValueError, match="LOCAL_RANK must be a whole number of at least 0, got 'first'"):
        choose_device("auto")


def test_bounds_that_are_read_late_say_at_which_step_one_was_not_finite():
    bounds = [Bound(*torch.full((3,), value)) for value in (-1.0, -2.0, torch.nan, -3.0)]
    state = FitState(5, History("toy", "dynamic"), step=14, unread=[(bound, 2) for bound in bounds])
    with pytest.raises(training.NonFiniteBound, match="the bound of a minibatch is nan"):
        state.read()
    assert (state.step, state.sums, state.unread) == (12, [-6.0, -6.0, -6.0, 4], [])


@pytest.fixture
def cuda():
    if not torch.cuda.is_available():
        pytest.skip(
            "needs a CUDA device: checks that training there repeats, resumes, agrees with the CPU and never waits"
        )
    return torch.device("cuda")


@pytest.mark.cuda
def test_training_on_cuda_repeats_resumes_and_waits_for_nothing(cuda, tmp_path):
    for name, stop in (("whole", None), ("again", None), ("parts", 4), ("parts", None)):
        run = open_run(tmp_path / name, toy(), MODEL, PLAIN, resume=has_checkpoint(tmp_path / name), device=cuda)
        for event in run.events:
            if event.step == stop:
                break
        run.events.close()
    assert_close(tmp_path / "whole", tmp_path / "again", 0.0)
    assert_close(tmp_path / "whole", tmp_path / "parts", 0.0)
    algorithm, _ = start(MODEL, PLAIN, device=cuda)
    noise, x = torch.Generator(cuda).manual_seed(0), toy().x_train.round().to(cuda)
    algorithm.step(x, num_train=23, generator=noise)
    torch.cuda.set_sync_debug_mode("error")
    try:
        algorithm.step(x, num_train=23, generator=noise)
    finally:
        torch.cuda.set_sync_debug_mode("default")


@pytest.mark.cuda
def test_a_step_on_cuda_is_the_cpus_within_rounding(cuda):
    ends = []
    for device in ("cpu", cuda):
        algorithm, _ = start(MODEL, PLAIN, device=device)
        x, noise = toy().x_train.round().to(device), torch.Generator().manual_seed(0)  # the CPU's: the same eps
        for _ in range(3):
            algorithm.step(x, num_train=23, generator=noise)
        ends.append({name: tensor.cpu() for name, tensor in algorithm.state_tensors().items()})
    for name, tensor in ends[0].items():
        torch.testing.assert_close(ends[1][name], tensor, rtol=1e-4, atol=1e-5, msg=name)


@pytest.mark.cuda
def test_a_run_that_diverges_on_cuda_goes_back_to_a_good_step(cuda):
    algorithm, generator = start(MODEL, PLAIN.replace(learning_rate=1e6), device=cuda)
    with pytest.raises(TrainingDiverged) as error:
        list(fit(algorithm, toy(), generator=generator))
    assert error.value.last_good_step < error.value.step
    assert all(bool(torch.isfinite(tensor).all()) for tensor in algorithm.state_tensors().values())


if __name__ == "__main__":
    be_one_of_two(Path(sys.argv[1]), sys.argv[2:])
