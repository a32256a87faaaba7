"""Every public function answers arguments of wrong types in our words: name, rule and value, in one line."""

import inspect
import json
import os
import subprocess
import sys

import pytest
import torch
from browsing import REPOSITORY

import vae_core as vc
from vae_core import doors, studies

NAMES = [
    f"{prefix}.{name}"
    for prefix, module in (("vc", vc), ("studies", studies))
    for name in module.__all__
    if inspect.isfunction(getattr(module, name)) and name != "train_toy"  # which takes only a seed, and long
]


@pytest.fixture(scope="module")
def endings(tmp_path_factory):
    """How all calls of each function ended; a sample of them, or all with "all"."""
    results = {}

    def of(sample):
        if sample not in results:
            order = [
                sys.executable,
                str(REPOSITORY / "tests/wrong_types.py"),
                str(tmp_path_factory.mktemp("files")),
                sample,
            ]
            environment = os.environ | {"PYTHONPATH": str(REPOSITORY)}
            told = subprocess.run(order, env=environment, capture_output=True, text=True, timeout=900)
            assert told.returncode == 0, told.stderr
            results[sample] = json.loads(told.stdout.splitlines()[-1])
        return results[sample]

    return of


@pytest.mark.parametrize("sample", ["few", pytest.param("all", marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", NAMES)
def test_wrong_types_are_answered_in_our_words(endings, name, sample):
    calls = endings(sample)[name]
    assert "ours" in calls.values() or name == "vc.list_pretrained"
    assert {call: end for call, end in calls.items() if end not in ("ours", "returned")} == {}


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: vc.manifold(None), "vae must be a VAE, got None"),
        (lambda: vc.total_variation(torch.zeros(3), 3), "grid must be a Grid, got 3"),
        (lambda: studies.twins([None], torch.zeros(6)), r"vaes must be a sequence \(a VAE\), got \[None\]"),
        (
            lambda: studies.path_between(vc.load_pretrained("digits-2d"), None, [0.0, 0.0], 3),
            "start must be .* got None",
        ),
        (lambda: vc.save_model("x", 3), "vae must be a VAE, got 3"),
    ],
)
def test_the_argument_its_rule_and_its_value_are_named(call, words):
    with pytest.raises(TypeError, match=f"^{words}$"):
        call()


def test_a_door_changes_nothing_of_a_function():
    assert vc.elbo.__name__ == "elbo" and "eq. 6" in vc.elbo.__doc__
    assert "num_samples" in inspect.signature(vc.elbo).parameters
    with pytest.raises(TypeError, match="missing a required argument: 'vae'"):
        vc.manifold()
    with pytest.raises(TypeError, match="unexpected keyword argument 'cell'"):
        vc.manifold(None, cell=3)


def test_an_error_that_no_argument_explains_stays_what_it_is():
    @doors.door
    def fail(number: int = 0) -> None:
        raise IndexError("of something else")

    with pytest.raises(IndexError, match="of something else"):
        fail(3)
    with pytest.raises(TypeError, match="number must be a whole number, got 'x'"):
        fail("x")
