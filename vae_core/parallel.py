"""Where a run computes: on one device, or on several processes that split every minibatch between them (data parallel).

Every process draws the order, the binarisation and eps of the whole minibatch, and uses its own rows of them. The gradients
are summed. So the result equals that of one process, up to the rounding of the sums.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import torch
import torch.distributed as dist
from torch import Tensor

from vae_core.config import require_choice
from vae_core.errors import ProcessLost

DEVICES = ("auto", "cpu", "cuda")
BY_TORCHRUN = (
    "torchrun sets it, so start the command by torchrun, or unset RANK, WORLD_SIZE and LOCAL_RANK to use one process"
)
TIMEOUT = timedelta(minutes=10)  # for a process that hangs; the end of a process is noticed at once


def choose_device(name: str) -> torch.device:
    """The device that "cpu", "cuda" or "auto" (CUDA where there is one) means here. Each process of a machine gets its own GPU."""
    require_choice("device", name, DEVICES)
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if name == "cpu" or (name == "auto" and not count):
        return torch.device("cpu")
    if not count:
        raise ValueError("device must be cpu or auto on this machine: torch finds no CUDA device, got 'cuda'")
    index = _whole_from_torchrun("LOCAL_RANK", 0)
    if index >= count:
        raise ValueError(
            f"this machine may have at most one process for each CUDA device (={count}), got {index + 1} or more; "
            "lower torchrun's --nproc-per-node, or choose --device cpu"
        )
    return torch.device("cuda", index)


def use_one_thread() -> None:
    """Let torch compute in the thread that calls it, for a process that serves many visitors at once."""
    torch.set_num_threads(1)


@dataclass(frozen=True)
class Group:
    """The processes that train one model together. This process is number `rank` of `size`; process 0 keeps the run."""

    rank: int = 0
    size: int = 1

    def rows(self, count: int) -> tuple[slice, int]:
        """This process's part of `count` rows, and how many processes have the same rows. Parts differ by at most one row. If
        there are fewer rows than processes, all processes have all rows."""
        if count < self.size:
            return slice(count), self.size
        return slice(count * self.rank // self.size, count * (self.rank + 1) // self.size), 1

    def sum_(self, *tensors: Tensor) -> None:
        """Replace each tensor by its sum over the processes, in one message. All must be of one dtype and device."""
        if self.size == 1:
            return
        flat = torch.cat([tensor.flatten() for tensor in tensors])
        with _losses_named():
            dist.all_reduce(flat)
        for tensor, total in zip(tensors, flat.split([tensor.numel() for tensor in tensors]), strict=True):
            tensor.copy_(total.view_as(tensor))

    def share(self, data: bytes, device: torch.device) -> bytes:
        """The bytes that process 0 gave, in every process; `device` is one that the group can send from."""
        with _losses_named():
            length = torch.tensor([len(data)], device=device)
            dist.broadcast(length, src=0)
            source = torch.frombuffer(bytearray(data), dtype=torch.uint8) if self.rank == 0 else None
            buffer = torch.empty(int(length), dtype=torch.uint8, device=device) if source is None else source.to(device)
            dist.broadcast(buffer, src=0)
        return buffer.cpu().numpy().tobytes()


ALONE = Group()


def launched() -> Group:
    """The group that torchrun names in the environment; `ALONE` without torchrun. ValueError where its variables make no
    sense."""
    group = Group(_whole_from_torchrun("RANK", 0), _whole_from_torchrun("WORLD_SIZE", 1, least=1))
    if group.rank >= group.size:
        raise ValueError(f"RANK must be below WORLD_SIZE (={group.size}), got {group.rank}: {BY_TORCHRUN}")
    if group.size > 1:
        if not os.environ.get("MASTER_ADDR"):
            raise ValueError(f"MASTER_ADDR must name the machine of process 0, and is not set: {BY_TORCHRUN}")
        if not 0 < _whole_from_torchrun("MASTER_PORT", 0) < 2**16:
            port = os.environ.get("MASTER_PORT", "nothing")
            raise ValueError(f"MASTER_PORT must be a port of that machine, from 1 to 65535, got {port}: {BY_TORCHRUN}")
    return group


def _whole_from_torchrun(name: str, default: int, least: int = 0) -> int:
    """A whole number that torchrun has put into the environment."""
    text = os.environ.get(name) or str(default)
    if not text.isdecimal() or len(text) > 9 or int(text) < least:
        raise ValueError(f"{name} must be a whole number of at least {least}, got {text[:40]!r}: {BY_TORCHRUN}")
    return int(text)


@contextmanager
def joined(device: torch.device) -> Iterator[Group]:
    """The group of the processes that torchrun started: gloo between CPUs, NCCL between CUDA devices."""
    group = launched()
    if group.size == 1:
        yield ALONE
        return
    if device.type == "cuda":
        torch.cuda.set_device(device)
    with _losses_named():
        dist.init_process_group("nccl" if device.type == "cuda" else "gloo", timeout=TIMEOUT)
    try:
        yield group
    except BaseException:
        if device.type == "cpu":  # NCCL would wait here for a lost process
            dist.destroy_process_group()
        raise
    dist.destroy_process_group()


@contextmanager
def _losses_named() -> Iterator[None]:
    try:
        yield
    except RuntimeError as error:  # torch.distributed raises it, with a stack trace of C++ as its text
        message = str(error).split(". ")[0].splitlines()[0]
        raise ProcessLost(
            f"another process of this run has ended or cannot be reached, and so must all; its own message says why "
            f"({message})"
        ) from error
