"""Which of the typed lines may be recorded: those that the device has shown, and no others.

A password is typed where nothing is echoed. So a line is held back until the device has answered its Enter with a new
line, and is kept only if it stood on the screen by then, and not behind a word that asks for a secret.
"""

from __future__ import annotations

import re
from collections import deque

LONGEST_LINE = 1024
ASKS_FOR_SECRET = re.compile(r"(?i)pass|secret|key|pin|code|token|verification|community")
CONTROL = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b.|[\x00-\x1f\x7f]")
ENTER = re.compile(r"\r\n?|\n")


class Typed:
    """`keys` and `shown` are told of everything in order; `take` gives what may be kept, with its times."""

    def __init__(self) -> None:
        self._line: list[tuple[float, str]] = []
        self._before = ""
        """What stood on the device's line when the typed one began."""
        self._shown = ""
        """The device's line so far, as it stands."""
        self._waiting: deque[tuple[list[tuple[float, str]], str]] = deque()
        self._kept: list[tuple[float, str]] = []

    def keys(self, at: float, text: str) -> None:
        while found := ENTER.search(text):
            self._add(at, text[: found.end()])
            self._waiting.append((self._line, self._before))
            self._line = []
            text = text[found.end() :]
        if text:
            self._add(at, text)

    def _add(self, at: float, text: str) -> None:
        if not self._line:
            self._before = self._shown
        if sum(len(part) for _, part in self._line) < LONGEST_LINE:
            self._line.append((at, text[:LONGEST_LINE]))

    def shown(self, text: str) -> None:
        """Output of the device."""
        *whole, rest = text.split("\n")
        for part in whole:
            self._decide((self._shown + part)[-2 * LONGEST_LINE :])
            self._shown = ""
        self._shown = (self._shown + rest)[-2 * LONGEST_LINE :]

    def _decide(self, line: str) -> None:
        if not self._waiting:
            return
        typed, before = self._waiting.popleft()
        echo = line[len(before) :] if line.startswith(before) else ""
        words = [word for word in CONTROL.split("".join(part for _, part in typed)) if word]
        if not ASKS_FOR_SECRET.search(before) and _in_order(words, echo):
            self._kept += typed

    def take(self) -> list[tuple[float, str]]:
        kept, self._kept = self._kept, []
        return kept


def _in_order(words: list[str], echo: str) -> bool:
    at = 0
    for word in words:
        at = echo.find(word, at)
        if at < 0:
            return False
        at += len(word)
    return True
