"""Which jobs this process watches, and what wakes their watchers: the doorbell, and a look at the database.

However many sockets are open, a process has one ticker, which asks for all watched jobs in one query, and one channel
at the channel layer. Neither carries lines: they only say that a job has news. A ring that got lost costs one tick.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from weakref import WeakKeyDictionary

from channels.layers import get_channel_layer
from django.conf import settings

from core.reading import read
from core.tenancy import EVERY, within
from jobs.doorbell import group_of
from jobs.selectors import Head, job_heads

log = logging.getLogger(__name__)

RETRY_S = 2.0
GONE: Head = (-1, -1)


class Bell(asyncio.Event):
    """Set whenever the job may have news. The watcher clears it before it looks, and notes in `seen` what it saw."""

    seen: Head | None = None
    rung_for: Head | None = None


class Watch:
    """The watchers of one event loop."""

    def __init__(self) -> None:
        self._bells: dict[int, set[Bell]] = {}
        self._ticker: asyncio.Task[None] | None = None
        self._doorbell = Doorbell(self._wake)

    @contextmanager
    def job(self, job_id: int) -> Iterator[Bell]:
        """A bell that rings for the job, while in it."""
        bell = Bell()
        self._bells.setdefault(job_id, set()).add(bell)
        self._doorbell.follow(set(self._bells))
        if self._ticker is None:
            self._ticker = asyncio.create_task(self._tick())
        try:
            yield bell
        finally:
            self._leave(job_id, bell)

    def _leave(self, job_id: int, bell: Bell) -> None:
        self._bells[job_id].discard(bell)
        if not self._bells[job_id]:
            del self._bells[job_id]
            self._doorbell.follow(set(self._bells))
        if not self._bells and self._ticker is not None:
            self._ticker.cancel()
            self._ticker = None

    def _wake(self, job_id: int) -> None:
        for bell in self._bells.get(job_id, ()):
            bell.set()

    async def _tick(self) -> None:
        away = False
        while True:
            await asyncio.sleep(RETRY_S if away else settings.LIVE_TICK)
            try:
                heads = await read(_heads, list(self._bells))
            except Exception as error:  # a ticker that ends would leave every watcher asleep
                if not away:
                    log.warning("live updates wait for the database: %s", type(error).__name__)
                    self._wake_all()  # they find out for themselves, and tell their clients
                away = True
                continue
            away = False
            for job_id, bells in self._bells.items():
                head = heads.get(job_id, GONE)
                for bell in bells:
                    # who heard the doorbell has seen it by now; who waits for a slow client is told once
                    if head not in (bell.seen, bell.rung_for):
                        bell.rung_for = head
                        bell.set()

    def _wake_all(self) -> None:
        for job_id in self._bells:
            self._wake(job_id)


class Doorbell:
    """One channel of this process, in the groups of all watched jobs. Embedded mode has no bell to hear."""

    def __init__(self, wake: Callable[[int], None]) -> None:
        self._wake = wake
        self._wanted: set[int] = set()
        self._changed = asyncio.Event()
        self._listening: asyncio.Task[None] | None = None

    def follow(self, jobs: set[int]) -> None:
        self._wanted = jobs
        self._changed.set()
        if jobs and self._listening is None and not settings.EMBEDDED:
            self._listening = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        while self._wanted:
            try:
                await self._serve(get_channel_layer())
            except Exception as error:  # whatever ails the layer, the ticker still looks
                log.warning("doorbell not heard, the database is asked meanwhile: %s", type(error).__name__)
                await asyncio.sleep(RETRY_S)
        self._listening = None

    async def _serve(self, layer: Any) -> None:
        """Hear until nobody watches any more.

        Not a task group: a layer that fails while it is cancelled would turn the cancellation into an error there.
        """
        channel = await layer.new_channel()
        self._changed.set()
        both = [asyncio.create_task(self._join_groups(layer, channel)), asyncio.create_task(self._hear(layer, channel))]
        try:
            done, _ = await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in both:
                task.cancel()
            await asyncio.gather(*both, return_exceptions=True)

    async def _join_groups(self, layer: Any, channel: str) -> None:
        """Be in the groups of the watched jobs, and in none when there are none left."""
        joined: set[int] = set()
        while self._wanted or joined:
            await self._changed.wait()
            self._changed.clear()
            wanted = self._wanted
            for job_id in wanted - joined:
                await layer.group_add(group_of(job_id), channel)
            for job_id in joined - wanted:
                await layer.group_discard(group_of(job_id), channel)
            joined = wanted

    async def _hear(self, layer: Any, channel: str) -> None:
        while True:
            self._wake((await layer.receive(channel))["job"])


def _heads(job_ids: list[int]) -> dict[int, Head]:
    """Of jobs that their watchers were let to; the numbers go to nobody."""
    with within(EVERY):
        return job_heads(job_ids)


_watches: WeakKeyDictionary[asyncio.AbstractEventLoop, Watch] = WeakKeyDictionary()


def watch() -> Watch:
    """The watch of the running event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _watches:
        _watches[loop] = Watch()
    return _watches[loop]
