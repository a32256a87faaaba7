"""Runs up to a step or to their end, and the bytes that they leave."""

import math

from vae_core.runs import run

RUN_FILES = ("model.safetensors", "checkpoint.safetensors", "history.json", "frames.safetensors")


def train_until(folder, dataset, model_config, train_config, stop=math.inf, **options) -> list[int]:
    """The steps of `run`'s events up to `stop`, where it is closed."""
    steps = []
    events = run(folder, dataset, model_config, train_config, **options)
    for event in events:
        steps.append(event.step)
        if event.step >= stop:
            break
    events.close()
    return steps


def contents(folder) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in RUN_FILES}
