"""How often somebody may ask: a bucket that fills at a steady rate and that each request takes one drop from."""

from __future__ import annotations

import time
from collections.abc import Callable

MOST_BUCKETS = 4096


class Bucket:
    """At first `most` requests at once, afterwards `per_second`."""

    def __init__(self, per_second: float, most: float, now: Callable[[], float] = time.monotonic):
        self._per_second, self._most, self._now = per_second, most, now
        self._level, self._at = most, now()

    def take(self) -> bool:
        """Whether one more request is allowed now."""
        now = self._now()
        self._level = min(self._most, self._level + (now - self._at) * self._per_second)
        self._at = now
        if self._level < 1.0:
            return False
        self._level -= 1.0
        return True


class Buckets:
    """A bucket for each name, for at most MOST_BUCKETS names: the one that has asked least recently is forgotten."""

    def __init__(self, per_second: float, most: float, now: Callable[[], float] = time.monotonic):
        self._make = lambda: Bucket(per_second, most, now)
        self._buckets: dict[str, Bucket] = {}

    def take(self, name: str) -> bool:
        bucket = self._buckets.pop(name, None) or self._make()
        self._buckets[name] = bucket  # as the newest
        if len(self._buckets) > MOST_BUCKETS:
            del self._buckets[next(iter(self._buckets))]
        return bucket.take()
