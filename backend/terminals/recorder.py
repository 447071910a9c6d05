"""Writes a session down as it happens: an asciicast in parts, each in the database within a second."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial

import orjson

from core.reading import DATABASE_AWAY, read
from terminals.models import TerminalSession
from terminals.services import keep_part
from terminals.typed import Typed

log = logging.getLogger(__name__)

FLUSH_EVERY_S = 0.5
FLUSH_AT = 2**20
MOST_WAITING = 4 * 2**20
"""Bytes not yet written after which the device has to wait."""
RETRY_S = 1.0
LAST_TRIES = 10

Event = tuple[float, str, str | bytes]


class Recorder:
    """What was shown, typed (where it may be kept) and resized, in order of time."""

    def __init__(self, session: TerminalSession, *, typed: bool, caught_up: Callable[[], None]) -> None:
        self.waiting = 0
        self.written = 0
        """Parts that stand in the database."""
        self.total = 0
        self._caught_up = caught_up
        self._session = session
        self._typed = Typed() if typed else None
        self._events: list[Event] = []
        self._began = time.monotonic()
        self._bell = asyncio.Event()
        self._full = asyncio.Event()
        self._ended = False
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Write from now on, as who the caller is."""
        self._task = asyncio.create_task(self._run())

    @property
    def now_s(self) -> float:
        return time.monotonic() - self._began

    def shown(self, data: bytes) -> None:
        """Whole characters of UTF-8."""
        self._add("o", data)
        self.total += len(data)
        if self._typed:
            self._typed.shown(data.decode())

    def keys(self, data: bytes) -> None:
        if self._typed:
            self._typed.keys(self.now_s, data.decode("utf-8", "replace"))

    def resized(self, cols: int, rows: int) -> None:
        self._add("r", f"{cols}x{rows}")

    def marked(self, words: str) -> None:
        self._add("m", words)

    def _add(self, kind: str, data: str | bytes) -> None:
        self._events.append((self.now_s, kind, data))
        self.waiting += len(data)
        self._bell.set()
        if self.waiting >= FLUSH_AT:
            self._full.set()

    async def finish(self) -> None:
        """Write the rest, however long the database takes within reason. Nothing is recorded after it."""
        self._ended = True
        self._bell.set()
        self._full.set()
        if self._task is not None:
            await asyncio.wait({self._task})  # not cancelled with us: a part that is being written is written

    async def _run(self) -> None:
        ended = False
        while not ended:
            await self._bell.wait()
            with suppress(TimeoutError):
                async with asyncio.timeout(FLUSH_EVERY_S):
                    await self._full.wait()
            ended = self._ended
            self._bell.clear()
            self._full.clear()
            if (events := self._take()) and not await self._write(events):
                log.error("the end of the recording of terminal #%s is lost: no database", self._session.pk)
                return

    def _take(self) -> list[Event]:
        """What there is to be written, typed lines in their places."""
        events, self._events = self._events, []
        if self._typed and (typed := self._typed.take()):
            events = sorted([*events, *((at, "i", text) for at, text in typed)], key=lambda event: event[0])
        return events

    async def _write(self, events: list[Event]) -> bool:
        """The next part. False where the session has ended and the database does not come back."""
        # Each try writes the very same part, as one whose answer got lost may have written it.
        size, tries = self.waiting, 0
        write = partial(_write, self._session, self.written + 1, events, self.total)
        while tries < LAST_TRIES:
            try:
                await read(write)
            except DATABASE_AWAY as error:
                log.warning("a recording waits for the database: %s", type(error).__name__)
                tries += self._ended
                await asyncio.sleep(RETRY_S)
            else:
                self.written += 1
                self.waiting -= size
                self._caught_up()
                return True
        return False


def _write(session: TerminalSession, number: int, events: list[Event], total: int) -> None:
    keep_part(
        session=session, number=number, lines=b"".join(map(_line, events)), bytes_out=total, recorded_s=events[-1][0]
    )


def _line(event: Event) -> bytes:
    at, kind, data = event
    text = data.decode() if isinstance(data, bytes) else data
    return orjson.dumps((round(at, 6), kind, text), option=orjson.OPT_APPEND_NEWLINE)
