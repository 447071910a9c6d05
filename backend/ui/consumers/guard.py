"""Tells open sockets when something about their login has changed, so that they ask again whether they may go on.

One look a second for all sockets of the process, a handful of queries however many they are. It decides nothing: what
it finds changed is only a reason to ask again the same question as at the beginning.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from weakref import WeakKeyDictionary

from core.reading import read
from users.logins import Login, states_of

log = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0


class Doubt:
    """Whether a socket's login is to be looked at again."""

    def __init__(self, ring: asyncio.Event) -> None:
        self._ring = ring
        self._is_set = False

    def set(self) -> None:
        self._is_set = True
        self._ring.set()

    def take(self) -> bool:
        """Whether there is one; from now on there is none."""
        was, self._is_set = self._is_set, False
        return was


class Guard:
    """The open logins of one event loop."""

    def __init__(self) -> None:
        self._doubts: dict[Login, set[Doubt]] = {}
        self._states: dict[Login, Any] = {}
        self._ticker: asyncio.Task[None] | None = None

    @contextmanager
    def watching(self, login: Login, ring: asyncio.Event) -> Iterator[Doubt]:
        """A doubt that is raised, with a ring of the event, when the login may not be what it was."""
        doubt = Doubt(ring)
        self._doubts.setdefault(login, set()).add(doubt)
        if self._ticker is None:
            self._ticker = asyncio.create_task(self._tick())
        try:
            yield doubt
        finally:
            self._leave(login, doubt)

    def _leave(self, login: Login, doubt: Doubt) -> None:
        self._doubts[login].discard(doubt)
        if not self._doubts[login]:
            del self._doubts[login]
            self._states.pop(login, None)
        if not self._doubts and self._ticker is not None:
            self._ticker.cancel()
            self._ticker = None

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            try:
                states = await read(states_of, list(self._doubts))
            except Exception as error:  # a guard that falls asleep would let everybody stay
                log.warning("open sockets are not looked after: %s", type(error).__name__)
                continue
            for login, state in states.items():
                # what was never seen may have changed between the socket's own look and this one
                if login in self._doubts and self._states.get(login) != state:
                    self._states[login] = state
                    for doubt in self._doubts[login]:
                        doubt.set()


_guards: WeakKeyDictionary[asyncio.AbstractEventLoop, Guard] = WeakKeyDictionary()


def guard() -> Guard:
    """The guard of the running event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _guards:
        _guards[loop] = Guard()
    return _guards[loop]
