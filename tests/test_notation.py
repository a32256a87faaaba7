"""docs/notation.md is true: every function and test it names exists, and it has every numbered equation."""

import ast
import pkgutil
import re
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent
TEXT = (REPOSITORY / "docs" / "notation.md").read_text()
FUNCTIONS = sorted(set(re.findall(r"`(vae_core\.\w+(?:\.\w+)+)`", TEXT)))
TESTS = sorted(set(re.findall(r"`(tests/\w+\.py::\w+)`", TEXT)))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_function_exists(name):
    assert callable(pkgutil.resolve_name(name))


@pytest.mark.parametrize("name", TESTS)
def test_test_exists(name):
    path, _, function = name.partition("::")
    defined = {n.name for n in ast.parse((REPOSITORY / path).read_text()).body if isinstance(n, ast.FunctionDef)}
    assert function in defined


@pytest.mark.parametrize("number", range(1, 11))
def test_every_numbered_equation_of_the_main_text_has_a_row(number):
    rows = [line for line in TEXT.splitlines() if line.startswith("| eq.")]
    assert any(f"({number})" in row.split("|")[1] for row in rows)


def test_names_are_found_at_all():
    assert len(FUNCTIONS) > 30 and len(TESTS) > 35
