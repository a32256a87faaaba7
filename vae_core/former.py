"""Names of version 0.1.0 that have moved since: each works where it was, and warns with its new place."""

from __future__ import annotations

import importlib
import sys
import types
import warnings
from functools import partial
from typing import Any

# A module of 0.1.0, and the modules that have its names now. `vae_core.cli` and `vae_core.worker` were commands, and had no names for others.
MOVED = {
    "aevb": ("algorithm",),
    "baselines": ("experiments.baselines",),
    "checkpoint": ("models", "runs", "frames"),
    "config": ("settings",),
    "data": ("data.datasets", "data.binarization", "data.records", "data.minibatches", "data.array_files"),
    "distributions": ("randomness",),
    "drawing": ("data.framing", "data.records"),
    "experiments": ("experiments.restoration", "experiments.outcomes"),
    "exploration": ("latent", "representation", "pca"),
    "observation": ("restoration.observations", "restoration.block_means", "randomness"),
    "posterior": ("importance", "randomness"),
    "restoration": ("restoration.restore", "restoration.chains", "restoration.answers", "restoration.distances", "restoration.grid",
                    "restoration.proposals", "importance"),
    "scores": ("experiments.scores", "restoration.distances"),
    "tables": ("experiments.tables",),
    "training": ("frames", "algorithm"),
}  # fmt: skip
GONE = {
    "exploration.active_units": "vae_core.latent.latent_use(vae, x).active.sum()",
    "observation.sample_pixels": "vae_core.likelihoods, whose classes draw pixels",
}


def keep_former_names(package: str) -> None:
    """Give each module of MOVED that is there its former names, and put one that is not there any more in its place."""
    for name in MOVED:
        path = f"{package}.{name}"
        try:
            module = importlib.import_module(path)
        except ModuleNotFoundError:
            module = types.ModuleType(path, f"Its names are in other modules since version 0.2.0: {MOVED[name]}.")
            sys.modules[path] = module
            setattr(sys.modules[package], name, module)
        module.__dict__["__getattr__"] = partial(_former, package, name)


def _former(package: str, module: str, name: str) -> Any:
    """What a module's attribute `name` was in version 0.1.0, with a DeprecationWarning that says where it is now."""
    if f"{module}.{name}" in GONE:
        raise AttributeError(f"{package}.{module}.{name} is gone since 0.2.0: use {GONE[f'{module}.{name}']}")
    if not name.startswith("_"):
        for place in MOVED[module]:
            current = importlib.import_module(f"{package}.{place}")
            is_its_own = getattr(current.__dict__.get(name), "__module__", None) == current.__name__
            if is_its_own or name.isupper() and name in current.__dict__:
                words = f"{package}.{module}.{name} is {current.__name__}.{name} since 0.2.0: import it from there"
                warnings.warn(words, DeprecationWarning, stacklevel=2)
                return current.__dict__[name]
    raise AttributeError(f"module {package + '.' + module!r} has no attribute {name!r}")
