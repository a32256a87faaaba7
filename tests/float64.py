"""`pytest --float64`: the tests of `vae_core` while float64 is torch's default dtype.

A test writes `torch.rand(2, 3)` and means float32, as its models are. So in the test files `torch` is a stand-in, whose functions
that make tensors of the default dtype still make float32. `vae_core` itself gets no help.
"""

import ast
import importlib
import sys
from pathlib import Path
from types import ModuleType

import pytest
import torch

FACTORIES = {
    *("tensor", "as_tensor", "scalar_tensor", "rand", "randn", "normal", "zeros", "ones", "full", "empty", "eye"),
    *("linspace", "logspace", "arange"),
}
NOT_CORE = {"aevb_lab", "app", "streamlit", "plotly", "playwright", "browsing", "components"}


class Float32Torch(ModuleType):
    """torch, but for the dtype that FACTORIES give where none is written."""

    def __getattr__(self, name):
        value = getattr(torch, name)
        return in_float32(value) if name in FACTORIES else value


def in_float32(factory):
    def make(*args, **options):
        before = torch.get_default_dtype()
        torch.set_default_dtype(torch.float32)
        try:
            return factory(*args, **options)
        finally:
            torch.set_default_dtype(before)

    return make


STAND_IN = Float32Torch("torch")


def is_core(path: Path) -> bool:
    """Whether a test file is of vae_core and not of the app, by what it imports."""
    tops = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            tops |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            tops.add(node.module.split(".")[0])
    return "vae_core" in tops and not tops & NOT_CORE


def pytest_addoption(parser):
    parser.addoption(
        "--float64", action="store_true", help="the tests of vae_core, with float64 as torch's default dtype"
    )


def pytest_configure(config):
    if not config.getoption("--float64"):
        return
    core = Path(__file__).resolve().parent.parent / "vae_core"
    for path in sorted(core.rglob("*.py")):  # all of it before any test file: it must have the real torch
        name = ".".join(path.relative_to(core.parent).with_suffix("").parts)
        if not name.endswith(("__init__", "__main__")):
            importlib.import_module(name)
    torch.set_default_dtype(torch.float64)


def pytest_ignore_collect(collection_path, config):
    if config.getoption("--float64") and collection_path.name.startswith("test_") and collection_path.suffix == ".py":
        return None if is_core(collection_path) else True
    return None


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector):
    """A test file is imported here."""
    if not (collector.config.getoption("--float64") and isinstance(collector, pytest.Module)):
        return (yield)
    sys.modules["torch"] = STAND_IN
    try:
        return (yield)
    finally:
        sys.modules["torch"] = torch
