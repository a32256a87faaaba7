"""Calls every public function with arguments of wrong types, made from its signature, and prints how each call ended as JSON.

It runs in a process of its own: while tests run, annotations are checked before our own code sees an argument.
"""

import collections.abc
import functools
import inspect
import json
import os
import signal
import sys
import traceback
import types
import typing
import warnings
from pathlib import Path

import numpy as np
import torch

import vae_core as vc
from vae_core import studies
from vae_core.config import ModelConfig, TrainConfig
from vae_core.restoration.observations import Mask

SECONDS = 20
SMALL = {"num_temperatures": 3, "num_leapfrog": 1}
SLOW = ("studies.train_toy",)  # takes only a seed
WRONG = [
    None,
    3,
    -1.5,
    "x",
    b"x",
    [],
    {},
    object(),
    (1, 2),
    float("nan"),
    torch.zeros(3),
    np.zeros((2, 2)),
    [None],
    "\0",
    print,
]


@functools.cache
def good_values(folder):
    config = ModelConfig(6, (2, 3), 2, (5,))
    generator = torch.Generator().manual_seed(0)
    vae = vc.VAE(config, generator=generator)
    return {
        vc.VAE: vae, ModelConfig: config, TrainConfig: TrainConfig(), torch.Generator: generator, int: 1, float: 0.5, str: "digits",
        bool: True, Path: folder / "file", vc.Observation: Mask(torch.ones(6, dtype=torch.bool)), bytes: b"",
        vc.Dataset: vc.load_data("digits"), studies.Damage: studies.Damage("cover pixels", "lower-half"), np.ndarray: np.zeros(2),
        studies.Plane: studies.choose_plane(vae, None),
    }  # fmt: skip


def good_value(hint, folder):
    """A value of the type of an annotation; None where no simple one is known."""
    origin, parts = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return good_value(parts[0], folder)
    if hasattr(hint, "array_type"):
        sizes = {"batch": 1, "images": 1, "data": 6, "latent": 2, "observed": 6}
        shape = [sizes.get(name.strip("*"), 1) for name in hint.dim_str.split()]
        return torch.zeros(shape)
    if isinstance(origin, type) and issubclass(origin, collections.abc.Collection):
        return [good_value(parts[0], folder)] if parts else []
    return good_values(folder).get(hint) if isinstance(hint, collections.abc.Hashable) else None


def ending(function, arguments):
    """How a call ended: "returned", "ours", or what is wrong with its end."""

    def too_long(*_):
        raise TimeoutError("it takes too long")

    signal.signal(signal.SIGALRM, too_long)
    signal.alarm(SECONDS)
    try:
        result = function(**arguments)
        if inspect.isgenerator(result):
            next(result)
        return "returned"
    except (ValueError, TypeError, vc.VaeCoreError) as error:
        frame = traceback.extract_tb(error.__traceback__)[-1]
        is_ours = "/vae_core/" in frame.filename and (frame.line or "").startswith("raise ") or frame.name == "reject"
        text = str(error)
        return (
            "ours"
            if is_ours and text and "\n" not in text
            else f"{type(error).__name__}: {text[:90]} in {frame.filename}:{frame.lineno}"
        )
    except BaseException as error:
        frame = traceback.extract_tb(error.__traceback__)[-1]
        return f"{type(error).__name__}: {str(error)[:90]} in {frame.filename}:{frame.lineno}"
    finally:
        signal.alarm(0)


def endings(function, folder, few):
    """Calls of a function in which every argument, or one of them, is wrong; with `few` a sample of them."""
    hints = typing.get_type_hints(function)
    parameters = [p for p in inspect.signature(function).parameters.values() if p.kind != p.VAR_KEYWORD]
    required = [p.name for p in parameters if p.default is p.empty]
    good = {name: good_value(hints.get(name), folder) for name in required}
    good |= {p.name: SMALL[p.name] for p in parameters if p.name in SMALL}
    for number, value in enumerate(WRONG):
        if not few or number % 3 == 0:
            yield f"all {value!r}", dict.fromkeys(required, value)
        for place, parameter in enumerate(parameters):
            if few and (number + place) % len(WRONG):
                continue
            yield f"{parameter.name} {value!r}", good | {parameter.name: value}


def main():
    warnings.simplefilter("ignore")
    folder, few, results = Path(sys.argv[1]), sys.argv[2] == "few", {}
    os.chdir(folder)  # "x" is the name of a file too
    for module, prefix in ((vc, "vc"), (studies, "studies")):
        for name in module.__all__:
            function = getattr(module, name)
            if not inspect.isfunction(function) or f"{prefix}.{name}" in SLOW:
                continue
            calls = {}
            for words, arguments in endings(function, folder, few):
                calls[words.split(" at 0x")[0].replace("\n", "")] = ending(function, arguments)
            results[f"{prefix}.{name}"] = calls
    print("\n" + json.dumps(results))


if __name__ == "__main__":
    main()
