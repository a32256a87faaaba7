"""The shelf of results that visitors share: how many bytes it takes, what is the same, and that each result is made once."""

import math
import threading
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import plotly.graph_objects as go
import pytest
import torch

import vae_core as vc
from aevb_lab import cached, shelf
from vae_core import studies

KB = 1000


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(shelf, "SHELF", shelf.Shelf(10 * KB))
    return shelf.SHELF


def test_all_results_together_take_no_more_than_the_shelf_has(small):
    calls = []

    @shelf.kept()
    def first(number):
        calls.append(number)
        return np.zeros(3 * KB, np.uint8)

    @shelf.kept()
    def second(number):
        return b"." * (4 * KB)

    for number in (0, 1, 2, 0):
        first(number)
    assert calls == [0, 1, 2] and 9 * KB < small.num_bytes < 10 * KB
    second(0)  # takes the place of 1 and 2, which were used before 0
    first(0)
    assert calls == [0, 1, 2] and small.num_bytes < 10 * KB
    first(1)
    assert calls == [0, 1, 2, 1]
    first.clear()
    second.clear()
    assert small.num_bytes == 0


def test_a_result_larger_than_the_shelf_is_given_and_not_kept(small):
    @shelf.kept()
    def large(number):
        return np.zeros(11 * KB, np.uint8)

    @shelf.kept()
    def little():
        return 1

    assert little() == 1 and len(large(1)) == 11 * KB
    assert 0 < small.num_bytes < KB, "and nothing else went for it"


def test_of_one_function_no_more_than_its_entries_stay(small):
    calls = []

    @shelf.kept(entries=2)
    def double(number):
        calls.append(number)
        return 2 * number

    assert [double(number) for number in (1, 2, 1, 3, 1, 2)] == [2, 4, 2, 6, 2, 4]
    assert calls == [1, 2, 3, 2]


def test_a_failure_is_not_kept_and_leaves_nothing_behind(small):
    calls = []

    @shelf.kept()
    def fail(number):
        calls.append(number)
        if len(calls) == 1:
            raise ValueError("once")
        return number

    with pytest.raises(ValueError, match="once"):
        fail(3)
    assert fail(3) == 3 == fail(3) and calls == [3, 3]


def test_many_who_ask_at_once_get_one_result(small):
    calls, begun, go_on = [], threading.Event(), threading.Event()

    @shelf.kept()
    def slow(number):
        calls.append(number)
        begun.set()
        assert go_on.wait(60)
        return [number]

    results = []
    threads = [threading.Thread(target=lambda: results.append(slow(1))) for _ in range(8)]
    for thread in threads:
        thread.start()
    assert begun.wait(60)
    go_on.set()
    for thread in threads:
        thread.join(60)
    assert calls == [1] and len(results) == 8 and all(result is results[0] for result in results)


@dataclass(frozen=True)
class Wish:
    number: float = 1.0
    names: tuple[str, ...] = ()


DIFFERENT = [
    {"a": 1}, {"a": 2}, {"b": 1}, {}, None, True, 1, 1.0, "1", b"1", (1,), [1], (), math.inf, math.nan, -0.0, 0.0, (1, (2,)), ((1, 2),), "None", Wish(), Wish(2.0),
    Wish(names=("a",)), np.zeros(2), np.zeros(2, np.float32), np.zeros((2, 1)), torch.ones(2), np.array(["a"]), np.float64(7.0),
    SimpleNamespace(key="a"), SimpleNamespace(key="b"), studies.View(), studies.View(principal=True),
]  # fmt: skip


def test_arguments_that_differ_have_different_keys_and_equal_ones_the_same():
    keys = [shelf.content_of(value) for value in DIFFERENT]
    assert len(set(keys)) == len(DIFFERENT)
    assert keys == [shelf.content_of(value) for value in DIFFERENT]
    large = np.zeros(10**6)
    other = large.copy()
    other[123_457] = 1.0  # not in a sample
    assert shelf.content_of(large) != shelf.content_of(other) and shelf.content_of(large) == shelf.content_of(
        large.copy()
    )
    with pytest.raises(TypeError, match="object cannot be a part of a key"):
        shelf.content_of(object())


def test_names_and_defaults_of_arguments_do_not_matter(small):
    calls = []

    @shelf.kept()
    def add(a, b=2):
        calls.append((a, b))
        return a + b

    assert add(1) == add(1, 2) == add(b=2, a=1) == 3 and calls == [(1, 2)]
    assert add.__name__ == "add"


@pytest.mark.parametrize(("value", "least"), [
    (np.zeros(1000), 8000),
    (torch.zeros(10, 100)[:, :1], 4000),  # a view keeps all of it
    ([b"a" * 500, {"x": "b" * 500}], 1000),
    (Wish(names=("a" * 1000,)), 1000),
    (vc.VAE(vc.ModelConfig(6, (2, 3), 2, (50,)), generator=torch.Generator().manual_seed(0)), 4 * 50 * 8),
    (go.Figure(go.Scatter(x=np.zeros(1000))), 8000),
])  # fmt: skip
def test_sizes_are_about_right(value, least):
    assert least <= shelf.num_bytes(value) < 3 * least + 60 * KB
    assert shelf.num_bytes([value, value]) < shelf.num_bytes(value) + 2 * shelf.BASE_BYTES


def test_every_cache_of_the_app_is_on_this_shelf():
    for name in ("plane", "close_up", "bounds", "estimates", "repaired", "own_picture"):
        assert isinstance(getattr(cached, name), shelf.Kept), name
    assert shelf.SHELF.most_bytes == 2**29
