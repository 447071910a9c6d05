"""Privileged mode by the stored secret: given once, when the device asks for it, and shown to nobody."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

WITHIN_S = 10.0
ASKS = re.compile(rb"(?i)(password|secret)[^\r\n]{0,20}:\s*\Z")
HIDDEN = b"\xe2\x80\xa2" * 6


class Enable:
    """Gives the command when it is made; `saw` is told of all output from then on and gives what may be shown."""

    def __init__(self, secret: str, write: Callable[[bytes], None]) -> None:
        self._secret = secret.encode()
        self._write = write
        self._until = time.monotonic() + WITHIN_S
        self._tail = b""
        self.is_waiting = True
        write(b"enable\r")

    def saw(self, data: bytes) -> bytes:
        if time.monotonic() > self._until:
            self.is_waiting = False
            return data
        self._tail = (self._tail + data)[-200:]
        if self.is_waiting and ASKS.search(self._tail):
            self.is_waiting = False
            self._write(self._secret + b"\r")
        return data.replace(self._secret, HIDDEN)  # some devices echo what they should not
