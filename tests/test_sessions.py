"""Thirty pupils on one laptop: what one change costs the server is what depends on it, and no more."""

import sys
from pathlib import Path

import pytest
from browsing import run_apart

sys.path.append(str(Path(__file__).resolve().parent.parent / "benchmarks"))

from page import CHANGES, Session  # noqa: E402


@pytest.mark.parametrize(("page", "key", "change"), CHANGES, ids=[page or "map" for page, _, _ in CHANGES])
def test_a_change_runs_a_fragment_of_its_page_and_sends_little(server, page, key, change):
    """The page's other elements, a decoder's weights among them, are neither made nor looked at again."""

    async def use():
        session = Session(server.url, page)
        await session.open()
        before, elements = session.received, session.elements
        assert session.widgets[key][1], "the widget stands in no fragment"
        await session.change(key, *change(3))
        await session.socket.close()
        return elements, session.elements - elements, session.received - before

    elements, changed, sent = run_apart(use())
    assert 0 < changed < elements and sent < 300_000
