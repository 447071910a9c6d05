"""One client at a session: what it was sent, and how much more it may be sent before it says that it has shown it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from users.logins import Login

if TYPE_CHECKING:
    from terminals.live import Live

CREDIT = 64 * 1024
FRAME = 32 * 1024
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
        if not 0 < count <= CREDIT - self._credit:
            raise BadFrame("More bytes were acknowledged than were sent.")
        self._credit += count
        self._bell.set()

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

    async def _send_output(self) -> None:
        ring = self.live.ring
        while self.seq >= 0 and self._credit > 0 and ring.end > self.seq:
            if self.seq < ring.start:  # a watcher who is slower than the device
                self.welcome()
                return
            data = ring.read(self.seq, min(self._credit, FRAME))
            self.seq += len(data)
            self._credit -= len(data)
            await self._deliver(data)
            self.live.flow()
