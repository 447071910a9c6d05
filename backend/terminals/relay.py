"""Sessions of other processes: what a client says is carried to the process that holds the session, and back.

Each web process has one channel at Redis. What goes over it is encrypted, since people type passwords; and bounded,
since a seat's credit counts from the client to the holding process. Embedded mode has one web process and no relay.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4
from weakref import WeakKeyDictionary

import redis.asyncio
from django.conf import settings

from core.crypto import CannotDecrypt, seal, unseal
from core.reading import read
from core.tenancy import EVERY, within
from terminals.desk import Desk
from terminals.live import Live
from terminals.seats import BadFrame, Deliver, Frame, Person
from users.logins import Login, states_of

log = logging.getLogger(__name__)

ALIVE_EVERY_S = 5.0
GONE_AFTER_S = 20.0
ANSWER_WITHIN_S = 5.0
RETRY_S = 1.0
MOST_WAITING = 2_000
"""Messages on their way out of this process."""


class NotReached(Exception):
    """The process that holds the session does not answer."""


class Far:
    """A client of this process at a session of another one."""

    def __init__(self, relay: Relay, home: str, session: int, deliver: Deliver) -> None:
        self.name = uuid4().hex
        self.deliver = deliver
        self.heard_at = time.monotonic()
        self.joined: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        """Empty, or why not."""
        self._relay, self.home, self._session = relay, home, session

    def tell(self, kind: str, frame: Frame = b"", **more: Any) -> None:
        self._relay.tell(self.home, kind, self.name, frame, session=self._session, **more)


class Near:
    """A client of another process at a session of this one."""

    def __init__(self, desk: Desk, home: str) -> None:
        self.desk, self.home, self.heard_at = desk, home, time.monotonic()


class Relay:
    """The channel of one process. `lives` are the sessions that it holds."""

    def __init__(self, name: str, lives: Callable[[int], Live | None]) -> None:
        self._name = name
        self._lives = lives
        self._far: dict[str, Far] = {}
        self._near: dict[str, Near] = {}
        self._out: asyncio.Queue[tuple[str, bytes]] = asyncio.Queue(MOST_WAITING)
        self._tasks: list[asyncio.Task[None]] = []
        self._listening = asyncio.Event()

    def start(self) -> None:
        if not self._tasks:
            self._tasks = [asyncio.create_task(work()) for work in (self._listen, self._send, self._look)]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        self._listening.clear()

    # ---- the client's side

    async def join(
        self, home: str, session: int, person: Person, deliver: Deliver, *, watch: bool, after: int | None
    ) -> Far:
        """Take a seat at a session that the process `home` holds. Raises NotReached, BadFrame."""
        self.start()
        far = Far(self, home, session, deliver)
        self._far[far.name] = far
        login = person.login
        family = login.family.hex if login.family else None
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                await self._listening.wait()
                far.tell(
                    "join", watch=watch, after=after, user=person.user_id, name=person.name,
                    login=[login.key_id, family, login.session, login.until],
                )  # fmt: skip
                refusal = await far.joined
        except TimeoutError as error:
            self.leave(far)
            raise NotReached from error
        if refusal:
            self.leave(far)
            raise BadFrame(refusal)
        return far

    def leave(self, far: Far) -> None:
        if self._far.pop(far.name, None):
            far.tell("leave")

    # ---- messages

    def tell(self, to: str, kind: str, seat: str, frame: Frame, **more: Any) -> None:
        """Raises BadFrame where so much waits already that the client has to be let go."""
        head = {"from": self._name, "kind": kind, "seat": seat, **more}
        if isinstance(frame, dict):
            head["frame"] = frame
        body = frame if isinstance(frame, bytes) else b""
        try:
            self._out.put_nowait((to, json.dumps(head).encode() + b"\n" + body))
        except asyncio.QueueFull as error:
            raise BadFrame("The server is too busy to carry this.") from error

    async def _send(self) -> None:
        client = redis.asyncio.from_url(settings.REDIS_URL)
        try:
            while True:
                to, message = await self._out.get()
                try:
                    await client.publish(_channel(to), seal(message))
                except redis.RedisError as error:  # who waits for the message finds that nobody answers
                    log.warning("a message between web processes is lost: %s", type(error).__name__)
        finally:
            await client.aclose()

    async def _listen(self) -> None:
        while True:
            client = redis.asyncio.from_url(settings.REDIS_URL)
            try:
                async with client.pubsub(ignore_subscribe_messages=True) as inbox:
                    await inbox.subscribe(_channel(self._name))
                    self._listening.set()
                    async for message in inbox.listen():
                        await self._take(message["data"])
            except redis.RedisError as error:
                log.warning("messages of other web processes are not heard: %s", type(error).__name__)
                self._listening.clear()
                await asyncio.sleep(RETRY_S)
            finally:
                await client.aclose()

    async def _take(self, sealed: bytes) -> None:
        try:
            head, _, body = unseal(sealed).partition(b"\n")
            said = json.loads(head)
            frame: Frame = said.get("frame", body)
            await self._act(said, frame)
        except CannotDecrypt:
            log.warning("a message that is not of this installation was thrown away")
        except Exception:
            log.exception("a message of another web process failed")

    async def _act(self, said: dict[str, Any], frame: Frame) -> None:
        name, kind = said["seat"], said["kind"]
        if far := self._far.get(name):
            far.heard_at = time.monotonic()
            if kind == "joined" and not far.joined.done():
                far.joined.set_result(said["refusal"])
            elif kind == "out":
                await far.deliver(frame)
        elif near := self._near.get(name):
            near.heard_at = time.monotonic()
            if kind == "in" and (words := near.desk.receive(frame)):
                error = {"type": "error", "code": "bad_message", "detail": words, "close": 4400}
                self.tell(near.home, "out", name, error)
            elif kind == "login":
                near.desk.end_for_login(said["detail"])
            elif kind == "alive":
                self.tell(near.home, "alive", name, b"")
            elif kind == "leave":
                self._forget(name)
        elif kind == "join":
            await self._seat(said)

    # ---- the holder's side

    async def _seat(self, said: dict[str, Any]) -> None:
        name, home, live = said["seat"], said["from"], self._lives(said["session"])
        key, family, session, until = said["login"]
        login = Login(said["user"], key, UUID(family) if family else None, session, until)

        async def deliver(frame: Frame) -> None:
            self.tell(home, "out", name, frame)

        refusal = ""
        try:
            if live is None:
                raise BadFrame("The session has ended.")
            person = Person(said["user"], said["name"], login, await read(_state_of, login))
            seat = live.join(person, deliver, watch=said["watch"], after=said["after"])
            self._near[name] = Near(Desk(live, seat), home)
        except BadFrame as error:
            refusal = str(error)
        self.tell(home, "joined", name, b"", refusal=refusal)

    def _forget(self, name: str) -> None:
        if near := self._near.pop(name, None):
            near.desk.leave()

    async def _look(self) -> None:
        """Who is at the other end of each seat? A process that is gone says nothing any more."""
        while True:
            await asyncio.sleep(ALIVE_EVERY_S)
            late = time.monotonic() - GONE_AFTER_S
            for name in [name for name, near in self._near.items() if near.heard_at < late]:
                self._forget(name)
            for far in list(self._far.values()):
                if far.heard_at < late:
                    del self._far[far.name]
                    detail = "The server process that held the session does not answer."
                    await far.deliver({"type": "closed", "reason": "server", "detail": detail, "seq": 0})
                else:
                    far.tell("alive")


def _state_of(login: Login) -> Any:
    with within(EVERY):
        return states_of([login])[login]


def _channel(name: str) -> str:
    return f"webnet-terminal:{name}"


_relays: WeakKeyDictionary[asyncio.AbstractEventLoop, Relay] = WeakKeyDictionary()


def relay(name: str, lives: Callable[[int], Live | None]) -> Relay:
    """The relay of the running event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _relays:
        _relays[loop] = Relay(name, lives)
    return _relays[loop]
