"""Thirty pupils on one laptop: what one change costs the server is what depends on it, and no more."""

import sys
from pathlib import Path

import pytest
from browsing import run_apart

sys.path.append(str(Path(__file__).resolve().parent.parent / "benchmarks"))

from page import KINDS, ROUND, Session, turn_of  # noqa: E402


@pytest.mark.parametrize("kind", KINDS, ids=[f"{kind.page or 'map'}-{kind.key}" for kind in KINDS])
def test_a_change_runs_what_depends_on_it_and_sends_little(server, kind):
    """Of most, a fragment: the page's other elements are neither made nor looked at again. No change sends again what the
    browser has, a decoder's weights for instance."""

    async def use():
        session = Session(server.url, kind.page)
        await session.open()
        opened = session.elements
        assert bool(session.widgets[kind.key][1]) != kind.whole, "whether the widget stands in a fragment"
        for value in kind.values[:2]:  # there and back, so that the next time nothing is new
            await session.change(kind, value)
        before, elements = session.received, session.elements
        await session.change(kind, kind.values[0])
        await session.socket.close()
        return opened, session.elements - elements, session.received - before

    opened, changed, sent = run_apart(use())
    assert 0 < changed and sent < 300_000
    assert kind.whole or changed < opened


def test_the_benchmark_comes_round_to_all_values_of_all_kinds_and_back():
    for page in {kind.page for kind in KINDS}:
        turns = [turn_of(page, i) for i in range(2 * ROUND)]
        assert {(kind.key, str(value)) for kind, value in turns} == {
            (kind.key, str(value)) for kind in KINDS if kind.page == page for value in kind.values
        }
        for (kind, _), (again, value) in zip(turns[::2], turns[1::2], strict=True):
            assert kind == again and (not kind.whole or value == kind.values[-1])
