"""`/ws/devices/{id}/ssh/`: a terminal on a device.

Query: `cols`, `rows` (of the screen), `session=ID` (an open session of this device: to come back to one's own, to watch
another's), `after=SEQ` (with it: send what follows this byte of the output), `watch=1` (only look), `token=JWT` where
no Authorization header can be sent. An API key comes in the header alone.

Binary frames are the terminal's bytes, both ways. Text frames are JSON. The client may send:

- `{"type": "resize", "cols", "rows"}`
- `{"type": "ack", "bytes": N}`: N bytes more have been shown; due at the latest when 16 KiB have been. Without that 64
  KiB are sent; then, by how soon the acknowledgements come, at most 32 to 256 KiB are on their way.
- `{"type": "enable"}`: enter privileged mode by the stored secret.
- `{"type": "take"}`: a watcher asks to type; `{"type": "answer", "gives": BOOL}`: the holder's answer.
- `{"type": "end"}`: end the session. Without it the session waits for its holder for the grace time.
- `{"type": "ping"}`, answered by `{"type": "pong"}`.

The server sends, beside the bytes:

- `{"type": "opened", "session", "device", "seq", "cols", "rows", "types", "holder", "watching", "jobs", …}`
- `{"type": "resumed", "seq", "reset", "modes"}`: the next bytes begin at `seq`; with `reset` on a terminal made new,
  which is to be written `modes` first.
- `{"type": "control", "holder", "types"}`, `{"type": "asked", "by", "within_s"}`, `{"type": "watching", "names"}`
- `{"type": "resized", "cols", "rows"}`, `{"type": "jobs", "jobs"}`, `{"type": "notice", "text"}`
- `{"type": "limit", "kind", "ends_in_s"}`: the session ends then; null when it no longer does.
- `{"type": "closed", "reason", "detail", "seq"}`: the session is over, then the socket closes with 1000.
- `{"type": "error", "code", "detail", "close"}`, then the socket closes with that code: 4400 not understood, 4401 no
  login (any more), 4403 no right, 4404 no such device or session for this user, 4409 no session can be opened, 4500 our
  fault. A foreign Origin gets HTTP 403.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any, ClassVar

from autobahn.exception import Disconnected
from django.http import QueryDict

from core.context import acting
from core.reading import DATABASE_AWAY, read
from ui.consumers.access import origin_allowed, take_credentials
from ui.consumers.feed import Refused
from ui.consumers.guard import guard
from ui.consumers.job_log import RECHECK_S, SERVER_FAILED
from ui.terminals.admit import Wish, again, let_in
from ui.terminals.place import Place, Visit, take_place
from users.permissions import Permission

log = logging.getLogger(__name__)

LONGEST_TEXT = 4096
LONGEST_INPUT = 64 * 1024
MOST_CELLS = 1000
MOST_EARLY = 100
PING = {"type": "ping"}
MISSPOKEN = Refused(4400, "bad_message", "This message was not understood.")


Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class TerminalConsumer:
    """An ASGI application of its own: channels' consumers look after the database on a thread at every frame."""

    permission: ClassVar[Permission] = Permission.OPEN_TERMINAL

    def __init__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        self.scope, self._next, self._send = scope, receive, send
        self._place: Place | None = None
        self._early: list[bytes | dict[str, Any]] = []
        self._gone = False

    @classmethod
    def as_asgi(cls) -> Any:
        async def application(scope: dict[str, Any], receive: Receive, send: Send) -> None:
            await cls(scope, receive, send).serve()

        application.consumer_class = cls  # type: ignore[attr-defined]  # as channels' have it
        return application

    async def serve(self) -> None:
        await self._next()
        if not origin_allowed(self.scope):
            await self._send({"type": "websocket.close"})
            return
        self._credentials = take_credentials(self.scope)
        await self._send({"type": "websocket.accept"})  # browsers hide the reason of a refused handshake
        self._task = asyncio.create_task(self._run())
        try:
            while (message := await self._next())["type"] == "websocket.receive":
                await self._receive(message.get("text"), message.get("bytes"))
        finally:
            self._gone = True
            self._task.cancel()
            await asyncio.wait({self._task})

    async def _receive(self, text: str | None, data: bytes | None) -> None:
        if self._gone:
            return
        frame = _read_frame(text, data)
        if frame is None:
            await self._refuse(MISSPOKEN)
        elif frame == PING:
            await self._deliver({"type": "pong"})
        elif self._place is None:
            self._early.append(frame)
            if len(self._early) > MOST_EARLY:
                await self._refuse(MISSPOKEN)
        elif words := self._place.receive(frame):
            await self._refuse(Refused(4400, "bad_message", words))

    async def _run(self) -> None:
        """From the admission to the end of the socket, not of the session."""
        try:
            wish = _read_wish(self.scope)
            visit = await read(let_in, self._credentials, wish, self.permission)
            with acting(correlation=visit.correlation, address=visit.address):
                self._place = await take_place(visit, wish, self._deliver)
            for frame in self._early:
                if words := self._place.receive(frame):
                    raise Refused(4400, "bad_message", words)
            await self._stay(visit, wish)
        except Refused as refused:
            if self._place is not None and refused.close in (4401, 4403, 4404):
                self._place.end_for_login(refused.detail)
            await self._refuse(refused)
        except Exception:
            log.exception("a terminal's socket failed")
            await self._refuse(Refused(SERVER_FAILED, "failed", "The server failed; connect again."))
        finally:
            if self._place is not None:
                self._place.leave()

    async def _stay(self, visit: Visit, wish: Wish) -> None:
        """Until cancelled, or until the login is no longer what it was. Raises Refused."""
        bell = asyncio.Event()
        with guard().watching(visit.person.login, bell) as doubt:
            while True:
                try:
                    async with asyncio.timeout(RECHECK_S):
                        await bell.wait()
                except TimeoutError:
                    pass
                bell.clear()
                doubt.take()
                try:
                    await read(again, self._credentials, wish, self.permission)
                except DATABASE_AWAY:  # nobody is thrown out because of that
                    await asyncio.sleep(1)
                    bell.set()

    async def _deliver(self, frame: bytes | dict[str, Any]) -> None:
        if self._gone:
            return
        try:
            if isinstance(frame, bytes):
                await self._send({"type": "websocket.send", "bytes": frame})
                return
            await self._send({"type": "websocket.send", "text": json.dumps(frame, ensure_ascii=False)})
            if frame["type"] == "closed":
                await self._close(1000)
        except Disconnected:  # the client has hung up, and word of it is on its way
            self._gone = True

    async def _refuse(self, refused: Refused) -> None:
        if not self._gone:
            error = {"type": "error", "code": refused.code, "detail": refused.detail, "close": refused.close}
            await self._deliver(error)
            await self._close(refused.close)
        if asyncio.current_task() is not self._task:
            self._task.cancel()

    async def _close(self, code: int) -> None:
        self._gone = True
        await self._send({"type": "websocket.close", "code": code})


def _read_frame(text: str | None, data: bytes | None) -> bytes | dict[str, Any] | None:
    """A frame that may be said; None for any other."""
    if data is not None:
        return data if 0 < len(data) <= LONGEST_INPUT else None
    if text is None or len(text) > LONGEST_TEXT:
        return None
    try:
        frame = json.loads(text)
    except (ValueError, RecursionError):
        return None
    match frame:
        case {"type": "resize", "cols": int(cols), "rows": int(rows)} if _fits(cols) and _fits(rows):
            return {"type": "resize", "cols": cols, "rows": rows}
        case {"type": "ack", "bytes": int(count)} if count is not True and count > 0:
            return {"type": "ack", "bytes": count}
        case {"type": "answer", "gives": bool(gives)}:
            return {"type": "answer", "gives": gives}
        case {"type": "enable" | "take" | "end" | "ping" as kind}:
            return {"type": kind}
    return None


def _fits(cells: int) -> bool:
    return cells is not True and 0 < cells <= MOST_CELLS


def _read_wish(scope: dict[str, Any]) -> Wish:
    given = QueryDict(scope["query_string"])

    def number(name: str, default: int | None, most: int) -> int | None:
        text = given.get(name)
        if text is None:
            return default
        if not text.isdecimal() or not text.isascii() or len(text) > 18 or int(text) > most:
            raise Refused(4400, "bad_query", f"{name} is a number up to {most}.")
        return int(text)

    return Wish(
        device=scope["url_route"]["kwargs"]["device_id"],
        session=number("session", None, 2**53),
        after=number("after", None, 2**53),
        cols=number("cols", 80, MOST_CELLS) or 80,
        rows=number("rows", 24, MOST_CELLS) or 24,
        watch=given.get("watch") == "1",
    )
