"""Whose turn it is at training: fair between owners, however many runs each of them has."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass, field
from itertools import count

MOST_BEHIND = 1.0  # seconds: so far may one who joins be behind those who have turns
FORECAST_TURNS = 400  # a queue whose end is farther away gets no time
Cost = Callable[[str], float | None]


@dataclass
class Run:
    """A run that wants turns, with the seconds that it has had."""

    number: int
    seconds: float = 0.0
    has_begun: bool = False
    has_turn: bool = False


@dataclass
class Owner:
    """One who has runs, with the seconds that all of them have had. `level` are the seconds of the run that had the last turn."""

    seconds: float = 0.0
    level: float = 0.0
    runs: dict[str, Run] = field(default_factory=dict)

    def next_run(self, cost: Cost) -> tuple[float, str] | None:
        """The run served least of those that `cost` allows, and its cost; runs that have not begun before others."""
        offers = [(price, token) for token in self.runs if (price := cost(token)) is not None]
        return min(offers, key=lambda offer: self._rank(*offer), default=None)

    def _rank(self, price: float, token: str) -> tuple[float, bool, int]:
        run = self.runs[token]
        return price + run.seconds, run.has_begun, run.number


class Turns:
    """The runs that want turns. The owner served least goes first, and among the runs of one owner the one served least. Whoever
    joins, for the first time or after a break, is hardly behind the others: a newcomer goes first, but does not keep them waiting
    until all have had the same, and nobody saves up turns."""

    def __init__(self) -> None:
        self._owners: dict[str, Owner] = {}
        self._owner_of: dict[str, str] = {}
        self._past: dict[str, tuple[float, bool]] = {}  # what runs had that take no turns now
        self._level = 0.0  # the seconds of the owner who had the last turn
        self._numbers = count()

    def __contains__(self, token: str) -> bool:
        return token in self._owner_of

    def __len__(self) -> int:
        return len(self._owner_of)

    def join(self, token: str, name: str) -> None:
        """The run of the owner with this name wants turns from now on."""
        if token in self._owner_of:
            return
        owner = self._owners.setdefault(name, Owner())
        if not owner.runs:
            owner.seconds = max(owner.seconds, self._level - MOST_BEHIND)
        seconds, has_begun = self._past.pop(token, (0.0, False))
        owner.runs[token] = Run(next(self._numbers), max(seconds, owner.level - MOST_BEHIND), has_begun)
        self._owner_of[token] = name

    def leave(self, token: str) -> None:
        """The run wants no turns until it joins again."""
        if token in self._owner_of:
            run = self._owners[self._owner_of.pop(token)].runs.pop(token)
            self._past[token] = run.seconds, run.has_begun

    def forget(self, token: str) -> None:
        """The run will never join again."""
        self.leave(token)
        self._past.pop(token, None)

    def forget_owner(self, name: str) -> None:
        """The owner, who has no runs any more, is gone."""
        if name in self._owners and not self._owners[name].runs:
            del self._owners[name]

    def begin(self, token: str) -> None:
        """The run has a turn."""
        run, owner = self._run(token), self._owners[self._owner_of[token]]
        run.has_begun = run.has_turn = True
        self._level, owner.level = max(self._level, owner.seconds), max(owner.level, run.seconds)

    def end(self, token: str) -> None:
        """The run's turn is over."""
        if token in self._owner_of:
            self._run(token).has_turn = False

    def charge(self, token: str, name: str, seconds: float) -> None:
        """A worker has worked on this run for so long."""
        if name in self._owners:
            self._owners[name].seconds += seconds
        if token in self._owner_of:
            self._run(token).seconds += seconds

    def has_begun(self, token: str) -> bool:
        """Whether the run has had a turn."""
        return self._run(token).has_begun

    def next(self, cost: Cost) -> str | None:
        """The run that should have the next turn. `cost(token)` is None where a run cannot have it; else a number of seconds by
        which the run stands back."""
        offers = [(offer, owner) for owner in self._owners.values() if (offer := owner.next_run(cost)) is not None]
        if not offers:
            return None

        def rank(entry: tuple[tuple[float, str], Owner]) -> tuple[float, int, bool, int]:
            (price, token), owner = entry
            turns = sum(run.has_turn for run in owner.runs.values())
            return owner.seconds + price, turns, owner.runs[token].has_begun, owner.runs[token].number

        return min(offers, key=rank)[0][1]

    def share(self, token: str, workers: int) -> float:
        """The part of one worker's time that the run gets at present."""
        owners = sum(bool(owner.runs) for owner in self._owners.values())
        return min(1.0, workers / owners / len(self._owners[self._owner_of[token]].runs))

    def queue(self, ends: Sequence[float], first: float, full: float) -> list[tuple[str, float | None]]:
        """The runs that have not begun, in the order of their first turns, and the seconds until then. `ends` are the seconds
        until each worker's present turn ends; a `first` turn and a `full` one take so long. The answer plays the turns
        through."""
        waiting = {token for token in self._owner_of if not self._run(token).has_begun}
        if not waiting:
            return []
        future, order, workers = self._copy(), [], sorted(ends) or [0.0]
        for _ in range(FORECAST_TURNS):
            token = future.next(lambda token: 0.0)
            if token is None or not waiting:
                break
            moment = heapq.heappop(workers)
            seconds = full if future.has_begun(token) else first
            heapq.heappush(workers, moment + seconds)
            if token in waiting:
                waiting.remove(token)
                order.append((token, moment))
            future._run(token).has_begun = True
            future.charge(token, future._owner_of[token], seconds)
        rest = sorted(waiting, key=lambda token: self._run(token).number)
        return [*order, *((token, None) for token in rest)]

    def _run(self, token: str) -> Run:
        return self._owners[self._owner_of[token]].runs[token]

    def _copy(self) -> Turns:
        future = Turns()
        future._owner_of = dict(self._owner_of)
        for name, owner in self._owners.items():
            future._owners[name] = Owner(
                owner.seconds, owner.level, {token: copy(run) for token, run in owner.runs.items()}
            )
        return future
