"""One client at a session: what it was sent, and how much more it may be sent before it says that it has shown it."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from users.logins import Login

if TYPE_CHECKING:
    from terminals.live import Live

CREDIT = 64 * 1024
"""Bytes on the way at first; then as many as the client shows within SHOWN_IN_S, between these."""
LEAST_CREDIT, MOST_CREDIT = 32 * 1024, 256 * 1024
SHOWN_IN_S = 0.05
FRAME = 64 * 1024
ACK_AT = 16 * 1024
"""A client acknowledges at the latest when it has shown so many bytes."""
MOST_FRAMES = 100

Frame = bytes | dict[str, Any]
Deliver = Callable[[Frame], Awaitable[None]]


class BadFrame(Exception):
    """The client said what it may not say; the words tell what."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who sits there, and by which login."""

    user_id: int
    name: str
    login: Login
    state: Any = field(repr=False, compare=False, default=None)
    """What the login was when the seat was taken, as `users.logins.states_of` says it."""


class Seat:
    """Bytes go out within the credit, notices at once."""

    def __init__(self, live: Live, person: Person, deliver: Deliver, *, wants_to_type: bool, after: int | None) -> None:
        self.live = live
        self.person = person
        self.types = wants_to_type
        self.seq = -1 if after is None else after
        self._deliver = deliver
        self._credit = CREDIT
        """Of so many bytes on the way at most."""
        self._on_way = 0
        self._timed: tuple[int, float] | None = None
        """Bytes still to be acknowledged up to the one whose way is timed, and when it was sent."""
        self._frames: deque[Frame] = deque()
        self._bell = asyncio.Event()
        self._last: dict[str, Any] | None = None
        self._task = asyncio.create_task(self._pump())

    def tell(self, frame: dict[str, Any]) -> None:
        self._frames.append(frame)
        if len(self._frames) > MOST_FRAMES:  # of who does not listen the oldest are forgotten
            self._frames.popleft()
        self._bell.set()

    def ring(self) -> None:
        self._bell.set()

    def acknowledged(self, count: int) -> None:
        """The client has shown so many bytes more. Raises BadFrame."""
        if not 0 < count <= self._on_way:
            raise BadFrame("More bytes were acknowledged than were sent.")
        self._on_way -= count
        if self._timed is not None:
            left, sent_at = self._timed
            self._timed = (left - count, sent_at) if left > count else None
            if left <= count:
                self._adapt(time.monotonic() - sent_at)
        self._bell.set()

    def _adapt(self, took_s: float) -> None:
        """A slow line or browser gets less ahead, so that Ctrl-C is not behind it; a fast one gets more."""
        if took_s < SHOWN_IN_S:
            self._credit = min(self._credit * 2, MOST_CREDIT)
        elif took_s > 2 * SHOWN_IN_S:
            self._credit = max(self._credit // 2, LEAST_CREDIT)

    @property
    def lag(self) -> int:
        return self.live.ring.end - self.seq if self.seq >= 0 else 0

    def welcome(self) -> None:
        """Tell how things stand, and from where on the output follows."""
        ring = self.live.ring
        self.tell(self.live.introduction(self))
        reset = not ring.start <= self.seq <= ring.end
        if reset:
            self.seq = ring.start
        modes = ring.modes.decode() if reset else ""
        self.tell({"type": "resumed", "seq": self.seq, "reset": reset, "modes": modes})

    async def finish(self, last: dict[str, Any], within_s: float) -> None:
        """Send what is left and then `last`; a client that takes nothing gets `last` alone."""
        self._last = last
        self._bell.set()
        await asyncio.wait({self._task}, timeout=within_s)
        if not self._task.done():
            self._task.cancel()
            await asyncio.wait({self._task})
            await self._deliver(last)

    def leave(self) -> None:
        self._task.cancel()
        self.live.left(self)

    async def _pump(self) -> None:
        while True:
            await self._bell.wait()
            self._bell.clear()
            while self._frames:
                await self._deliver(self._frames.popleft())
            await self._send_output()
            if self._last is not None and not self.lag and not self._frames:
                await self._deliver(self._last)
                return

    def _is_better_late(self) -> bool:
        """In a flood few large frames are cheaper: what is on its way is acknowledged soon, and more is there then."""
        return self._on_way >= ACK_AT and self.lag < FRAME and self._last is None

    async def _send_output(self) -> None:
        ring = self.live.ring
        while self.seq >= 0 and self._on_way < self._credit and ring.end > self.seq and not self._is_better_late():
            if self.seq < ring.start:  # a watcher who is slower than the device
                self.welcome()
                return
            data = ring.read(self.seq, min(self._credit - self._on_way, FRAME))
            self.seq += len(data)
            self._on_way += len(data)
            if self._timed is None and self._on_way >= ACK_AT:
                self._timed = (self._on_way, time.monotonic())
            await self._deliver(data)
            self.live.flow()
