"""Waiting by condition for what happens on other threads and in other processes."""

import time

DEADLINE = 240


def until(condition, seconds=DEADLINE):
    """True once the condition holds; AssertionError if that takes longer than any machine needs."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)
    return True
