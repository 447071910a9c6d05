"""`/ws/jobs/{id}/`: a job's log and status, live.

Query: `after=SEQ` (send what comes after this line; 0 sends all), `device=ID`, `level=…` (repeatable, exact levels),
`format=html` (the page's fragments in place of data), `token=JWT` where no Authorization header can be sent. An API key
comes in the header alone.

The server sends JSON text frames:

- `{"type": "log", "after": A, "seq": B, "lines": [{"seq", "at", "level", "device", "device_id", "text"}]}`: every line
  after A up to B that the filter lets through, in order. To resume, connect with `after=B` of the last frame.
  With `format=html`: `"html"` and `"count"` in place of `"lines"`. A page that fell more than SKIP_BEYOND lines behind
  gets the newest lines only: A is then above the last B, and the page loads what lies between when somebody looks.
- `{"type": "status", "job": {…}}` when job or targets changed, a few times a second at most; with `"html"` for pages.
- `{"type": "error", "code", "detail", "close"}`: what went wrong in words. `close` is the code that the socket closes
  with right after, null where it stays open (`unavailable`: the database does not answer, it is asked again).
- `{"type": "pong"}`, the answer to a ping.

The client may send `{"type": "ping"}` and `{"type": "ack", "seq": B}`. From its first ack on, at most a window of lines
is on its way to it; a client with `format=html` has to acknowledge from the start.

After the end of the job, when all lines are sent, comes the final status, and the socket closes with 1000. Other codes:
4400 message or query not understood, 4401 no login (any more), 4403 no right, 4404 no such job for this user, 4500 our
fault, try again. A foreign Origin gets HTTP 403.
"""

from __future__ import annotations

import asyncio
import json
import logging
from contextlib import ExitStack
from typing import Any, ClassVar

from autobahn.exception import Disconnected
from channels.generic.websocket import AsyncWebsocketConsumer

from core.reading import DATABASE_AWAY, read
from ui.consumers.access import origin_allowed, take_credentials
from ui.consumers.feed import BadQuery, Feed, Refused, admit, read_query
from ui.consumers.flow import Flow
from ui.consumers.guard import Doubt, guard
from ui.consumers.watch import Bell, watch
from users.permissions import Permission

log = logging.getLogger(__name__)

RECHECK_S = 30.0
RETRY_S = 2.0
UNAVAILABLE_S = 60.0
SERVER_FAILED = 4500  # 1011 is the word for it, but the ASGI server lets no application say it
STATUS_EVERY_S = 0.25
HTML_EVERY_S = 0.1
LONGEST_MESSAGE = 4096


class JobLogConsumer(AsyncWebsocketConsumer):
    permission: ClassVar[Permission] = Permission.VIEW
    channel_layer_alias = ""  # one channel a process (watch.py), not one a socket

    async def connect(self) -> None:
        if not origin_allowed(self.scope):
            await self.close()
            return
        self._credentials = take_credentials(self.scope)
        self._flow = Flow(acks=False)
        self._bell = Bell()
        await self.accept()  # browsers hide the reason of a refused handshake
        self._task = asyncio.create_task(self._run())

    async def disconnect(self, code: int) -> None:
        if task := getattr(self, "_task", None):
            task.cancel()

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        match _parse(text_data):
            case {"type": "ack", "seq": int(seq)}:
                self._flow.acknowledged(seq)
                self._bell.set()
            case {"type": "ping"}:
                await self._frame({"type": "pong"})
            case _:
                self._task.cancel()
                await self._refuse(Refused(4400, "bad_message", "This message was not understood."))

    async def _run(self) -> None:
        try:
            feed = Feed(self.scope["url_route"]["kwargs"]["job_id"], read_query(self.scope["query_string"]))
            self._flow.acks = feed.query.html
            await self._follow(feed)
            await self.close(1000)
        except BadQuery as error:
            await self._refuse(Refused(4400, "bad_query", str(error)))
        except Refused as refused:
            await self._refuse(refused)
        except Disconnected:
            pass  # the client has hung up, and word of it is on its way
        except Exception:
            log.exception("live log of a job failed")
            await self._refuse(Refused(SERVER_FAILED, "failed", "The server failed; connect again."))

    async def _follow(self, feed: Feed) -> None:
        """Until the job has ended and the client has everything. Raises Refused."""
        loop = asyncio.get_running_loop()
        doubt: Doubt | None = None
        checked_at, silent_since = 0.0, None
        with ExitStack() as until_closed:
            self._bell = until_closed.enter_context(watch().job(feed.job_id))
            while not feed.is_over:
                self._bell.clear()
                try:
                    if doubt is None or doubt.take() or loop.time() - checked_at >= RECHECK_S:
                        feed.user, feed.scope, login = await read(
                            admit, self._credentials, feed.job_id, self.permission
                        )
                        checked_at = loop.time()
                        doubt = doubt or until_closed.enter_context(guard().watching(login, self._bell))
                    await self._advance(feed)
                    silent_since = None
                except DATABASE_AWAY:
                    silent_since = await self._apologise(silent_since)

    async def _advance(self, feed: Feed) -> None:
        """Send the next window and the status, or wait for a reason to."""
        pause = self._flow.pause_s()
        if pause is None:
            await self._wait(RECHECK_S)
            return
        await asyncio.sleep(pause)
        now = asyncio.get_running_loop().time()
        look = await read(feed.look, with_status=now - feed.status_at >= STATUS_EVERY_S)
        self._bell.seen = feed.seen
        if look.log:
            await self.send(text_data=look.log)
            self._flow.sent(feed.seq, len(look.log))
        if look.status:
            feed.status_at = now
            await self.send(text_data=look.status)
        if feed.query.html and (look.log or look.status):
            await asyncio.sleep(HTML_EVERY_S)
        if not (look.more or feed.is_over):
            await self._wait(STATUS_EVERY_S if feed.owes_status else RECHECK_S)

    async def _wait(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._bell.wait()
        except TimeoutError:
            pass

    async def _apologise(self, since: float | None) -> float:
        """Tell once that the database is away; give up after a while, so that clients go elsewhere."""
        now = asyncio.get_running_loop().time()
        words = "The database does not answer at the moment."
        if since is None:
            await self._frame({"type": "error", "code": "unavailable", "detail": words, "close": None})
        elif now - since > UNAVAILABLE_S:
            raise Refused(SERVER_FAILED, "unavailable", words)
        await asyncio.sleep(RETRY_S)
        return now if since is None else since

    async def _refuse(self, refused: Refused) -> None:
        frame = {"type": "error", "code": refused.code, "detail": refused.detail, "close": refused.close}
        await self._frame(frame)
        await self.close(refused.close)

    async def _frame(self, frame: dict[str, Any]) -> None:
        await self.send(text_data=json.dumps(frame))


def _parse(text: str | None) -> Any:
    if text is None or len(text) > LONGEST_MESSAGE:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
