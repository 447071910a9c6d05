"""The latest output of a session, by sequence: what a client that comes back is sent."""

from __future__ import annotations

import re

CAPACITY = 256 * 1024
MODES = re.compile(rb"\x1b\[\?([0-9;]{1,64})([hl])")


class Ring:
    """Bytes from `start` to `end`, counted since the session began. Holds at most twice CAPACITY."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self.start = 0
        self._capacity = capacity
        self._kept = bytearray()
        self._modes: dict[bytes, bytes] = {}

    @property
    def end(self) -> int:
        return self.start + len(self._kept)

    @property
    def modes(self) -> bytes:
        """Sets a fresh terminal to the modes (another screen, a hidden cursor) that held where `start` is."""
        return b"".join(b"\x1b[?%s%s" % (mode, on) for mode, on in self._modes.items())

    def add(self, data: bytes) -> None:
        self._kept += data
        if len(self._kept) > 2 * self._capacity:
            self._trim(len(self._kept) - self._capacity)

    def read(self, after: int, most: int) -> bytes:
        """At most so many bytes that follow `after`, which must not be before `start`."""
        at = after - self.start
        return bytes(memoryview(self._kept)[at : at + most])

    def _trim(self, least: int) -> None:
        """Drop the oldest, up to a line's end if there is one near, so that no sequence is cut in two."""
        line = self._kept.find(b"\n", least, least + 4096)
        cut = line + 1 if line >= 0 else least
        for names, on in MODES.findall(self._kept, 0, cut):
            for name in names.split(b";"):
                self._modes[name] = on
        del self._kept[:cut]
        self.start += cut
