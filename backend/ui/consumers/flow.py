"""How much log may be on its way to one client. The ASGI server takes whatever it is given and keeps it in memory.

A client that acknowledges has at most `WINDOW_BYTES` on the way. One that never does gets a burst and then a steady
rate: enough for any reader, and little for the server to hold until its ping finds out that nobody reads.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

WINDOW_BYTES = 512 * 1024
BURST_BYTES = 8 * 1024 * 1024
BYTES_PER_S = 1024 * 1024


class Flow:
    """Counts what was sent and acknowledged. `acks=True`: the client is known to acknowledge."""

    def __init__(self, *, acks: bool, clock: Callable[[], float] = time.monotonic) -> None:
        self.acks = acks
        self._clock = clock
        self._on_the_way: deque[tuple[int, int]] = deque()
        self._bytes = 0
        self._tokens = float(BURST_BYTES)
        self._filled_at = clock()

    def sent(self, seq: int, size: int) -> None:
        """A frame of lines up to `seq` went out."""
        self._refill()
        self._tokens -= size
        self._on_the_way.append((seq, size))
        self._bytes += size
        if not self.acks and len(self._on_the_way) > 1:
            self._forget(before=self._on_the_way[-1][0])

    def acknowledged(self, seq: int) -> None:
        """The client has all lines up to `seq`; from now on it is held to its acknowledgements."""
        self.acks = True
        self._forget(before=seq + 1)

    def _forget(self, *, before: int) -> None:
        while self._on_the_way and self._on_the_way[0][0] < before:
            self._bytes -= self._on_the_way.popleft()[1]

    def pause_s(self) -> float | None:
        """Seconds to wait before the next frame; None: until the client acknowledges."""
        if self.acks:
            return 0.0 if self._bytes < WINDOW_BYTES else None
        self._refill()
        return 0.0 if self._tokens > 0 else -self._tokens / BYTES_PER_S + 0.05

    def _refill(self) -> None:
        now = self._clock()
        self._tokens = min(float(BURST_BYTES), self._tokens + (now - self._filled_at) * BYTES_PER_S)
        self._filled_at = now
