"""How much memory training may take, takes, and which setting of a run takes most of it."""

from __future__ import annotations

import os
import subprocess
from contextlib import suppress
from pathlib import Path

from aevb_lab.jobs.job import JobSpec

SHARE_OF_MACHINE = 0.6  # for all workers together
LEAST_LIMIT = 1 << 30  # torch alone takes a third of this
CGROUP_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")
COPIES = 7  # parameters, gradient, two moments, the last good state, a file and its tensors while they are written
PASSES = 4  # a layer's output, its gradient, and what lies between


def memory_limit(workers: int) -> int | None:
    """The most bytes that one of so many workers may take; None where this machine does not say what it has."""
    try:
        machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return None
    for path in CGROUP_LIMITS:
        with suppress(OSError, ValueError):
            machine = min(machine, int(Path(path).read_text()))
    return max(LEAST_LIMIT, int(machine * SHARE_OF_MACHINE / workers))


def resident_bytes(pid: int) -> int | None:
    """The memory that a process has at present; None where that cannot be found out."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError, AttributeError):
        pass
    try:  # systems without /proc
        answer = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, timeout=2)
        return int(answer.stdout) * 1024
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None


def needs(spec: JobSpec) -> dict[str, int]:
    """About how many bytes a run takes, by the setting that one would lower."""
    model, train = spec.model_config, spec.train_config
    widths = [model.data_dim, *model.hidden_dims, model.latent_dim, *reversed(model.hidden_dims), model.data_dim]
    parameters = sum((rows + 1) * columns for rows, columns in zip(widths, widths[1:], strict=False))
    values = train.batch_size * train.num_samples * sum(widths)
    setting = "batch_size" if train.batch_size >= train.num_samples else "num_samples"
    return {"hidden_dims": 4 * COPIES * parameters, setting: 4 * PASSES * values}


def too_large(spec: JobSpec, limit: int) -> str:
    """The sentence for a run whose worker took more than `limit` bytes."""
    sizes = needs(spec)
    setting = max(sizes, key=lambda name: sizes[name])
    value = getattr(spec.model_config if setting == "hidden_dims" else spec.train_config, setting)
    size = f"{limit / 1e9:.1f} GB" if limit >= 1e8 else f"{limit / 1e6:.1f} MB"
    return f"training was stopped because it took more than {size} of memory; lower {setting}, which is {_text(value)}"


def _text(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
