"""Who is next: hosts that wait for a thread, for their connect-rate budget, or for their next try."""

from __future__ import annotations

import heapq
import itertools
import time
from collections import deque
from collections.abc import Callable, Hashable, Iterator
from typing import Generic, TypeVar

from networkops.types import Alone

T = TypeVar("T")


class Lanes(Generic[T]):
    """One queue for each key (the budgets an item draws from), served in turn.

    A refusal holds up its whole lane: of five thousand hosts behind one budget, one is asked for at a time. Only one
    that is `Alone` lets those behind it pass.
    """

    def __init__(self, key: Callable[[T], Hashable]) -> None:
        self._key = key
        self._lanes: dict[Hashable, deque[T]] = {}
        self._open: deque[Hashable] = deque()
        self._held: list[tuple[float, int, Hashable]] = []
        self._later: list[tuple[float, int, T]] = []
        self._order = itertools.count()

    def add(self, item: T) -> None:
        """Queue an item at the end of its lane."""
        key = self._key(item)
        if key in self._lanes:
            self._lanes[key].append(item)
        else:
            self._lanes[key] = deque((item,))
            self._open.append(key)

    def add_later(self, item: T, wait_s: float) -> None:
        """Queue an item when that time is over."""
        heapq.heappush(self._later, (time.monotonic() + wait_s, next(self._order), item))

    def take(self, admit: Callable[[T], float] | None) -> T | None:
        """The next item that `admit` lets through (it returns 0), or None."""
        self._wake()
        while self._open:
            key = self._open.popleft()
            lane = self._lanes[key]
            wait_s = admit(lane[0]) if admit else 0.0
            if isinstance(wait_s, Alone):
                self.add_later(self._pop(key), wait_s)
                continue
            if wait_s > 0:
                heapq.heappush(self._held, (time.monotonic() + wait_s, next(self._order), key))
                continue
            return self._pop(key)
        return None

    def _pop(self, key: Hashable) -> T:
        """The first item of an open lane, which goes to the end of the round."""
        lane = self._lanes[key]
        item = lane.popleft()
        if lane:
            self._open.append(key)
        else:
            del self._lanes[key]
        return item

    def next_moment(self) -> float:
        """When `take` is worth calling again although nothing was added; infinity when never."""
        return min((heap[0][0] for heap in (self._held, self._later) if heap), default=float("inf"))

    def drain(self) -> Iterator[T]:
        """All items, which are forgotten."""
        items = [*itertools.chain(*self._lanes.values()), *(entry[2] for entry in self._later)]
        for store in (self._lanes, self._open, self._held, self._later):
            store.clear()
        yield from items

    def _wake(self) -> None:
        now = time.monotonic()
        while self._later and self._later[0][0] <= now:
            self.add(heapq.heappop(self._later)[2])
        while self._held and self._held[0][0] <= now:
            self._open.append(heapq.heappop(self._held)[2])
